"""How every connector and channel calls outside: pace, patience, the breaker, and what never leaves."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from congkhai.connectors.manners import Outgoing, OutgoingSettings, Transient
from congkhai.connectors.manners_breaker import Breaker, read_guard
from congkhai.connectors.manners_wire import retry_after
from congkhai.connectors.simulators.base import Simulator
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.scenario import Scenario
from congkhai.connectors.simulators.wire import Call, Reply
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.status import guards

START = datetime(2025, 7, 1, 2, 0, tzinfo=UTC)


class Web(Simulator):
    """A server that answers what it was told to, in order, and then ``200 ok``."""

    kind = "web"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Scenario("w", START, START, "", "", ()))
        self.answers: list[Reply] = []
        self.seen: list[Call] = []

    def serve(self, call: Call) -> Reply:
        self.seen.append(call)
        return self.answers.pop(0) if self.answers else Reply(body=b"ok")


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.web = Web(folder / "web")
        self.running = Running(self.web)
        self.clock = FixedClock(START)
        self.waits: list[float] = []
        self.ticks = 0.0

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.ticks += seconds

    def out(self, folder: str = "own", **changes: str) -> Outgoing:
        settings = OutgoingSettings.model_validate({"max-rps": "1000", "retry-wait": "1 s", **changes})
        return Outgoing(
            settings, "cong", folder=self.folder / folder, system="cổng thử", clock=self.clock, sleep=self.sleep,
            ticks=lambda: self.ticks,
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"{self.running.base}/a"

    def answers(self, *replies: Reply) -> None:
        self.web.answers.extend(replies)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.running.stop()


DOWN = Reply(status=503, body=b"down")


def test_a_read_is_repeated_and_waits_longer_each_time(world):
    world.answers(DOWN, Reply(reset=True))
    assert world.out().get(world.url).text == "ok"
    long = [wait for wait in world.waits if wait > 0.1]
    assert len(long) == 2
    assert 0.5 <= long[0] <= 1.5
    assert 1.0 <= long[1] <= 3.0


def test_a_read_that_stays_unanswered_says_so_without_the_address(world):
    world.answers(DOWN, DOWN, DOWN)
    with pytest.raises(OutsideError) as caught:
        world.out().get(world.url, params={"token": "bi-mat"}, headers={"Authorization": "bi-mat"})
    assert caught.value.code == "congkhai-E530"
    assert "http-503" in caught.value.explain()
    assert "bi-mat" not in caught.value.explain()
    assert len(world.web.seen) == 3


def test_the_http_librarys_own_log_never_shows_a_query(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.out().get(world.url, params={"access_token": "bi-mat"})
    assert "access_token=bi-mat" in world.web.seen[0].query
    assert "bi-mat" not in caplog.text


@pytest.mark.parametrize("reply", [DOWN, Reply(reset=True), Reply(body=b"ok", cut=1)])
def test_an_act_without_a_clear_answer_is_sent_once_and_undecided(world, reply):
    world.answers(reply)
    with pytest.raises(UndecidedError):
        world.out().post(world.url, json={"a": 1})
    assert len(world.web.seen) == 1


def test_an_act_that_never_arrived_may_be_tried_again(world):
    world.running.stop()
    with pytest.raises(OutsideError) as caught:
        world.out().post(world.url, json={"a": 1})
    assert not isinstance(caught.value, UndecidedError)


def test_a_status_below_500_is_for_the_caller_to_read(world):
    world.answers(Reply(status=404), Reply(status=302, headers=(("Location", "http://127.0.0.1:1/steal"),)))
    out = world.out()
    assert out.get(world.url).status == 404
    assert out.get(world.url).status == 302
    assert len(world.web.seen) == 2


def test_retry_after_holds_everybody_of_the_section_back(world):
    world.answers(Reply(status=429, headers=(("Retry-After", "7"),)))
    one, other = world.out(), world.out()
    one.get(world.url)
    assert 7 in world.waits
    world.answers(Reply(status=429, headers=(("Retry-After", "3600"),)))
    with pytest.raises(OutsideError):
        one.get(world.url)
    asked = len(world.web.seen)
    with pytest.raises(OutsideError):
        other.get(world.url)
    assert len(world.web.seen) == asked
    assert 3600 not in world.waits
    world.ticks += 3600
    assert other.get(world.url).ok


def test_retry_after_as_a_date_is_held_against_the_servers_own_clock():
    headers = {"retry-after": "Tue, 01 Jul 2025 02:00:30 GMT", "date": "Tue, 01 Jul 2025 02:00:00 GMT"}
    assert retry_after(headers) == 30
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({"retry-after": "Tue, 01 Jul 2025 02:00:30 GMT"}) is None


def test_the_pace_is_one_for_all_objects_of_a_section(world):
    one, other = world.out(**{"max-rps": "2"}), world.out(**{"max-rps": "2"})
    for out in (one, other, one, other):
        out.get(world.url)
    assert world.ticks == pytest.approx(1.5)


def test_the_breaker_opens_lets_one_call_try_and_closes_again(world):
    world.answers(*[DOWN] * 4)
    out = world.out(retries="0", **{"breaker-failures": "3", "breaker-pause": "2 min"})
    for _ in range(3):
        with pytest.raises(OutsideError):
            out.get(world.url)
    asked = len(world.web.seen)
    with pytest.raises(OutsideError) as caught:
        out.get(world.url)
    assert caught.value.code == "congkhai-E532"
    assert len(world.web.seen) == asked
    assert out.guard().state == "open"
    assert out.guard().reason == "http-503"
    world.clock.moment += timedelta(minutes=3)
    with pytest.raises(OutsideError):
        out.get(world.url)  # the call on trial fails too: longer than before
    assert len(world.web.seen) == asked + 1
    world.clock.moment += timedelta(minutes=2, seconds=30)
    with pytest.raises(OutsideError) as caught:
        out.get(world.url)
    assert caught.value.code == "congkhai-E532"
    world.clock.moment += timedelta(minutes=5)
    assert out.get(world.url).ok
    assert out.guard().state == "closed"


def test_an_open_breaker_is_shown_where_it_is_asked_for(world):
    class Source:
        def __init__(self, out: Outgoing) -> None:
            self.guard = out.guard

    def shown() -> list[str]:
        house = SimpleNamespace(connectors={"a": Source(out), "b": object()}, channels={})
        return [f"{name} {state.state} {state.reason}" for name, state in guards(house)]

    out = world.out(retries="0", **{"breaker-failures": "1"})
    assert shown() == []
    world.answers(DOWN)
    with pytest.raises(OutsideError):
        out.get(world.url)
    assert shown() == ["a open http-503"]


def test_an_open_breaker_survives_a_restart_and_is_seen_by_another_process(world):
    breaker = Breaker("cong", world.folder / "b", 1, timedelta(minutes=2), world.clock)
    breaker.failed("timeout")
    assert read_guard(world.folder / "b").state == "open"
    again = Breaker("cong", world.folder / "b", 1, timedelta(minutes=2), world.clock)
    assert again.admit() is not None
    world.clock.moment += timedelta(minutes=3)
    assert again.admit() is None
    assert again.admit() is not None  # one on trial, the others wait


@pytest.mark.parametrize("kept", [b"", b"{", b'{"state": "open", "until": null}', b'{"state": 1}', b"[]"])
def test_a_broken_breaker_file_is_a_closed_breaker(tmp_path, kept):
    (tmp_path / "breaker.json").write_bytes(kept)
    assert read_guard(tmp_path).state == "closed"


def test_a_refusal_by_the_system_is_an_answer_and_counts_for_the_breaker(world):
    out = world.out(retries="0", **{"breaker-failures": "2"})
    world.answers(DOWN, Reply(status=403), DOWN, Reply(status=403))
    for _ in range(2):
        with pytest.raises(OutsideError):
            out.get(world.url)
        assert out.get(world.url).status == 403
    assert out.guard().state == "closed"


def test_an_answer_that_is_too_long_is_cut_off(world):
    world.answers(Reply(body=b"x" * 200_000))
    with pytest.raises(OutsideError) as caught:
        world.out(**{"max-answer": "100 KiB"}).get(world.url)
    assert caught.value.code == "congkhai-E533"
    assert len(world.web.seen) == 1


def test_a_download_is_there_whole_or_not_at_all(world, tmp_path):
    world.answers(Reply(body=b"x" * 300_000), Reply(body=b"y" * 300_000, cut=1000), Reply(status=404, body=b"no"))
    out = world.out(retries="0")
    got = out.download(world.url, tmp_path / "one", 1_000_000)
    assert (tmp_path / "one").read_bytes() == b"x" * 300_000
    assert got.size == 300_000
    assert got.content == b""
    with pytest.raises(OutsideError):
        out.download(world.url, tmp_path / "two", 1_000_000)
    assert out.download(world.url, tmp_path / "three", 1_000_000).status == 404
    world.answers(Reply(body=b"x" * 300_000))
    with pytest.raises(OutsideError):
        out.download(world.url, tmp_path / "four", 1000)
    assert sorted(path.name for path in tmp_path.glob("*") if path.is_file()) == ["one"]


def test_no_other_place_is_ever_called(world):
    out = Outgoing(world.out().settings, "cong", origins=("https://cong.example.vn/a/",))
    with pytest.raises(NotAllowedError):
        out.get(world.url)
    with pytest.raises(NotAllowedError):
        out.post(world.url)
    assert world.web.seen == []


def test_the_whole_answer_has_a_time_limit(world):
    world.answers(Reply(body=b"x" * 300_000))
    out = world.out(retries="0", **{"total-timeout": "1 s"})
    real = out.ticks
    out.ticks = lambda: real() + len(world.web.seen) * 2.0
    with pytest.raises(OutsideError) as caught:
        out.get(world.url)
    assert "timeout" in caught.value.explain()


def test_clocks_that_differ_are_reported_once(world, caplog):
    out = world.out()
    out.get(world.url)
    out.get(world.url)
    assert out.skew is not None
    assert abs(out.skew) > timedelta(days=30)  # the test's clock stands in 2025
    assert [record.message for record in caplog.records].count("clocks differ") == 1


def test_a_reply_that_is_no_json_says_so(world):
    world.answers(Reply(body=b"\xef\xbb\xbf{}"), Reply(body=b"<html>"))
    out = world.out()
    assert out.get(world.url).json() == {}
    with pytest.raises(Transient):
        out.get(world.url).json()


@pytest.mark.parametrize(
    ("url", "good"),
    [("https://a.vn/x", True), ("http://127.0.0.1:9/", True), ("http://a.vn/", False), ("ftp://a.vn", False),
     ("https://u:p@a.vn/", False), ("", False)],
)  # fmt: skip
def test_secrets_never_go_over_plain_http_to_another_machine(url, good):
    settings = OutgoingSettings.model_validate({})
    if good:
        settings.require_safe(url, "url")
    else:
        with pytest.raises(ValueError, match="url"):
            settings.require_safe(url, "url")


@pytest.mark.parametrize(
    "keys", [{"client-key": "a.pem"}, {"proxy": "socks://a"}, {"read-timeout": "0 s"}, {"max-rps": "0"}]
)
def test_settings_that_cannot_work_are_refused(keys):
    with pytest.raises(ValidationError):
        OutgoingSettings.model_validate(keys)
