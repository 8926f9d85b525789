"""
The contract of `Channel`, as tests that any plugin can run against its simulator; used like `contract`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from congkhai.plugin.errors import CongkhaiError, NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import Channel, Evidenced, Guarded
from congkhai.plugin.records import Notice

from .contract import RESULTS, must


def _nothing() -> None:
    return None


@dataclass(slots=True)
class ChannelBench:
    """
    A place to publish at, simulated, with a channel to it.

    Attributes:
        make: returns a new channel over the same place and the same folder, as after a restart.
        notice: what is published.
        shown: how many publications people see there now.
        made: how many were ever made there.
        faults: what can be planted, by name; `heal` ends every planted fault.
        lose_reply: makes the place act on the next publication and break the connection instead of answering.
        calls: how many calls have reached the place so far.
        tripwires: how many forbidden calls have reached it.
        probes: whether the place can be looked at; False where what is sent cannot be seen again (mail).
    """

    make: Callable[[], Channel]
    notice: Notice
    shown: Callable[[], int] = int
    made: Callable[[], int] = int
    faults: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    heal: Callable[[], None] = _nothing
    lose_reply: Callable[[], None] | None = None
    calls: Callable[[], int] = int
    tripwires: Callable[[], int] = int
    probes: bool = True


class ChannelContract:
    """The tests; see the module. An attended channel is held to what an attended one promises."""

    @pytest.fixture
    def bench(self) -> ChannelBench:
        """Return the bench; every plugin gives its own."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def forbidden_calls(self, bench: ChannelBench) -> "object":
        """Hold after every test that no forbidden call was made."""
        yield
        bench.heal()
        must(bench.tripwires() == 0, "a channel MUST NOT make forbidden calls")

    def test_it_says_what_it_is(self, bench: ChannelBench) -> None:
        """Attended or not, its form in the regulation, and where people see it."""
        channel = bench.make()
        must(channel.attended in (True, False), "attended is yes or no")
        must(channel.form and channel.place, "a channel names its form and its place")
        if channel.attended and isinstance(channel, Evidenced):
            must(len({one.key for one in channel.evidence}) == len(channel.evidence), "each evidence stands once")
        if not channel.attended:
            must(channel.instructions(bench.notice.key) == "", "who acts by itself instructs nobody")

    def test_a_notice_is_published_once_and_found_again(self, bench: ChannelBench) -> None:
        """Not there before, there after, once, however often it is asked for."""
        if bench.make().attended:
            with pytest.raises(NotAllowedError):
                bench.make().publish(bench.notice)
            return
        must(bench.make().find(bench.notice.key) is None, "find is None when it certainly is not there")
        receipt = bench.make().publish(bench.notice)
        must(receipt.key == bench.notice.key, "a receipt bears the key of its notice")
        found = bench.make().find(bench.notice.key)
        must(found is not None and found.key == bench.notice.key, "what was published MUST be found again")
        if bench.make().find(bench.notice.key) is None:  # the house never publishes without asking first
            bench.make().publish(bench.notice)
        must(bench.shown() == 1 and bench.made() == 1, f"once, not {bench.shown()} of {bench.made()}")

    def test_two_looks_at_an_unchanged_notice_see_the_same(self, bench: ChannelBench) -> None:
        """Visible, with one digest."""
        if not bench.make().attended:
            bench.make().publish(bench.notice)
        first, second = bench.make().probe(bench.notice.key), bench.make().probe(bench.notice.key)
        must(first.sha256 == second.sha256, "two probes of an unchanged notice MUST give the same digest")
        if not bench.make().attended and bench.probes:
            must(first.visible is True, f"what was just published is visible: {first.message}")

    def test_a_look_at_what_was_never_published_never_says_visible(self, bench: ChannelBench) -> None:
        """Gone, or not to be told; never an error."""
        must(not bench.make().probe("f" * 32).visible, "nothing is visible that was never published")

    def test_what_is_withdrawn_is_gone(self, bench: ChannelBench) -> None:
        """Taken down once, and again without harm."""
        if bench.make().attended:
            with pytest.raises(NotAllowedError):
                bench.make().withdraw(bench.notice.key)
            return
        bench.make().publish(bench.notice)
        bench.make().withdraw(bench.notice.key)
        bench.make().withdraw(bench.notice.key)
        if bench.probes:
            must(bench.shown() == 0, "what was withdrawn MUST NOT be seen")
            must(bench.make().probe(bench.notice.key).visible is not True, "a probe MUST NOT see what was withdrawn")

    def test_a_lost_reply_publishes_nothing_twice(self, bench: ChannelBench) -> None:
        """The place acted and did not answer: it is there at most once, and found or left to a person."""
        if bench.lose_reply is None:
            must(bench.made() == 0, "nothing is there before")
            return
        bench.lose_reply()
        for _turn in range(3):
            channel = bench.make()
            try:
                if channel.find(bench.notice.key) is not None:
                    break
                channel.publish(bench.notice)
            except (UndecidedError, OutsideError):
                continue
        must(bench.made() <= 1, f"a lost reply MUST NOT publish twice: {bench.made()}")

    def test_with_every_fault_on_it_raises_errors_of_the_house_only_and_ends_well(self, bench: ChannelBench) -> None:
        """Whatever fails, publishing again after it ends with one notice."""
        for name, plant in bench.faults.items():
            plant()
            for _turn in range(2):
                channel = bench.make()
                try:
                    if channel.find(bench.notice.key) is None and not channel.attended:
                        channel.publish(bench.notice)
                except CongkhaiError as error:
                    must(isinstance(error, OutsideError), f"{name}: publish may raise OutsideError, not {error!r}")
                    must(error.code and str(error), f"{name}: an error says what and bears a code")
                probe = bench.make().probe(bench.notice.key)
                must(probe.visible in (True, False, None), f"{name}: probe never raises")
            bench.heal()
        if bench.make().attended:
            return
        try:
            if bench.make().find(bench.notice.key) is None:
                bench.make().publish(bench.notice)
        except UndecidedError:
            pass  # honest: a person decides
        must(bench.made() <= 1, f"one notice, not {bench.made()}")

    def test_an_offline_check_touches_nothing(self, bench: ChannelBench) -> None:
        """Without `live` no call leaves the machine."""
        channel = bench.make()
        before = bench.calls()
        results = channel.check(live=False)
        must(bench.calls() == before, "check without live MUST NOT touch the place")
        must(
            all(one.result in RESULTS and one.id and one.what for one in results), "a result has id, word and sentence"
        )
        if isinstance(channel, Guarded):
            must(channel.guard().state in {"closed", "open", "half-open"}, "a guard is closed, open or half-open")
        must(bench.calls() == before, "guard MUST open no connection")

    def test_a_live_check_publishes_nothing_and_never_raises(self, bench: ChannelBench) -> None:
        """In health and in illness it answers, and nothing appears."""
        must(all(one.result != "fail" for one in bench.make().check(live=True)), "in health no check fails")
        for name, plant in bench.faults.items():
            plant()
            must(all(one.result in RESULTS for one in bench.make().check(live=True)), f"{name}: check MUST answer")
            bench.heal()
        must(bench.made() == 0, "a check publishes nothing")
