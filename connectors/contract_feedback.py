"""
The contract of `FeedbackSource`, as tests that any plugin can run against its simulator; used like `contract`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from congkhai.plugin.errors import AccessError, CongkhaiError, OutsideError
from congkhai.plugin.interfaces import FeedbackSource, PulledFeedback
from congkhai.plugin.records import CursorMark

from .contract import RESULTS, must


def _nothing() -> None:
    return None


@dataclass(slots=True)
class FeedbackBench:
    """
    A place where comments arrive, simulated, with a source that reads it.

    Attributes:
        make: returns a new source over the same place, as after a restart.
        kept: what each comment says, by its key at the source; empty for a place into which only a person can look.
        seen: what other readers see of the place (flags, folders, counts); equal as long as nothing was changed there.
        calls: how many calls have reached the place so far.
        faults: what can be planted, by name; `heal` ends every planted fault.
    """

    make: Callable[[], FeedbackSource]
    kept: Mapping[str, str]
    seen: Callable[[], object] = int
    calls: Callable[[], int] = int
    faults: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    heal: Callable[[], None] = _nothing


@dataclass(slots=True)
class Reader:
    """
    What the house does with comments: it keeps each key once, and the last mark.

    Attributes:
        held: text by key.
        offered: every key that was offered, in order.
    """

    held: dict[str, str] = field(default_factory=dict)
    offered: list[str] = field(default_factory=list)
    cursor: str | None = None

    def pull(self, source: FeedbackSource, most: int | None = None) -> None:
        """Read once; stop as if killed after `most` items. Raises what the source raises."""
        for number, item in enumerate(source.pull(self.cursor), start=1):
            if isinstance(item, CursorMark):
                self.cursor = item.value
            else:
                self.take(item)
            if number == most:
                break

    def take(self, item: PulledFeedback) -> None:
        """Keep one comment."""
        must(item.key and item.received_at.tzinfo is not None, "a comment has a key and a moment with its zone")
        before = self.held.setdefault(item.key, item.text)
        must(before == item.text, "a comment offered again MUST say the same under the same key")
        self.offered.append(item.key)


class FeedbackContract:
    """The tests; see the module."""

    @pytest.fixture
    def bench(self) -> FeedbackBench:
        """Return the bench; every plugin gives its own."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def untouched(self, bench: FeedbackBench) -> "object":
        """Hold after every test that others see at the source what they saw before."""
        before = bench.seen()
        yield
        bench.heal()
        must(bench.seen() == before, "pull MUST change nothing at the source that other readers see")

    def test_it_says_what_it_is(self, bench: FeedbackBench) -> None:
        """It has a name for minutes, and only a person looks where nothing can be offered."""
        source = bench.make()
        must(source.title, "a source has a title")
        must(source.attended == (not bench.kept), "only an attended source offers nothing")

    def test_every_comment_is_offered_with_what_it_says(self, bench: FeedbackBench) -> None:
        """Everything, once."""
        reader = Reader()
        reader.pull(bench.make())
        must(reader.held == dict(bench.kept), f"read {sorted(reader.held)} instead of {sorted(bench.kept)}")
        must(len(reader.offered) == len(set(reader.offered)), "one reading offers each comment once")

    def test_reading_twice_from_the_beginning_brings_the_same_keys(self, bench: FeedbackBench) -> None:
        """Repeatable: the house keeps each key once."""
        reader = Reader()
        for _turn in range(2):
            reader.cursor = None
            reader.pull(bench.make())
        must(reader.held == dict(bench.kept), "a second reading MUST bring the same comments")

    def test_from_its_own_cursor_nothing_is_new(self, bench: FeedbackBench) -> None:
        """A new source starts from the mark of the former one."""
        reader = Reader()
        reader.pull(bench.make())
        before = list(reader.offered)
        reader.pull(bench.make())
        must(reader.offered == before, "from its own cursor, nothing is new")

    def test_a_reading_that_is_killed_anywhere_loses_nothing(self, bench: FeedbackBench) -> None:
        """A mark comes only after everything before it."""
        reader = Reader()
        for most in (1, 2, 3):
            reader.pull(bench.make(), most)
        reader.pull(bench.make())
        must(reader.held == dict(bench.kept), f"lost: {sorted(set(bench.kept) - set(reader.held))}")

    def test_a_cursor_of_another_version_loses_nothing(self, bench: FeedbackBench) -> None:
        """What cannot be read as a cursor starts from the beginning."""
        for cursor in ('{"v": 999}', "", "x"):
            reader = Reader(cursor=cursor)
            reader.pull(bench.make())
            must(reader.held == dict(bench.kept), f"an unknown cursor MUST not lose comments: {cursor!r}")

    def test_with_every_fault_on_only_errors_of_the_house_come_and_nothing_is_lost(self, bench: FeedbackBench) -> None:
        """What was yielded before an error stands; after it everything arrives."""
        for name, plant in bench.faults.items():
            reader = Reader()
            plant()
            for _turn in range(2):
                try:
                    reader.pull(bench.make())
                except OutsideError as error:
                    must(str(error).strip() and error.code, f"{name}: an error says what and bears a code")
                    if isinstance(error, AccessError):
                        break  # the house asks no more until a person says so
                except CongkhaiError as error:
                    raise AssertionError(f"{name}: pull may raise OutsideError only, not {error!r}") from error
            bench.heal()
            reader.pull(bench.make())
            must(reader.held == dict(bench.kept), f"{name}: lost {sorted(set(bench.kept) - set(reader.held))}")

    def test_nobody_is_written_to_for_a_comment_that_is_not_there(self, bench: FeedbackBench) -> None:
        """An unknown key is answered with no."""
        must(bench.make().acknowledge("<nobody@example.invalid>") is False, "an unknown comment is not acknowledged")

    def test_an_offline_check_touches_nothing(self, bench: FeedbackBench) -> None:
        """Without `live` no call leaves the machine."""
        source = bench.make()
        before = bench.calls()
        results = source.check(live=False)
        must(bench.calls() == before, "check without live MUST NOT touch the source")
        must(
            all(one.result in RESULTS and one.id and one.what for one in results), "a result has id, word and sentence"
        )

    def test_a_live_check_answers_in_health_and_in_illness(self, bench: FeedbackBench) -> None:
        """It never raises, and in health nothing of it fails."""
        must(all(one.result != "fail" for one in bench.make().check(live=True)), "in health no check fails")
        for name, plant in bench.faults.items():
            plant()
            must(all(one.result in RESULTS for one in bench.make().check(live=True)), f"{name}: check MUST answer")
            bench.heal()
