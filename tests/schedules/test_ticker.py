"""The ticker: it runs at once, at its pace and when woken, never twice at a time, and outlives what it calls."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread

import pytest

from congkhai.schedules import Ticker, TickerError

LONG = timedelta(hours=1)
SOON = 10.0  # seconds to wait for what should come at once; only a failure takes as long


@contextmanager
def running(intervals: dict[str, timedelta], call: Callable[[str], None]) -> Iterator[Ticker]:
    ticker = Ticker(intervals, call)
    ticker.start()
    try:
        yield ticker
    finally:
        ticker.stop()


class Calls:
    """Remembers calls and lets a test wait until there were so many."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._guard = Lock()
        self._waits: list[tuple[int, Event]] = []

    def __call__(self, name: str) -> None:
        with self._guard:
            self.names.append(name)
            for count, event in self._waits:
                if len(self.names) >= count:
                    event.set()

    def wait(self, count: int) -> bool:
        event = Event()
        with self._guard:
            if len(self.names) >= count:
                return True
            self._waits.append((count, event))
        return event.wait(SOON)


def test_every_interval_runs_once_at_once() -> None:
    calls = Calls()
    with running({"scan": LONG, "probe": LONG}, calls):
        assert calls.wait(2)
    assert sorted(calls.names) == ["probe", "scan"]


def test_an_interval_comes_again_at_its_pace() -> None:
    calls = Calls()
    with running({"scan": timedelta(milliseconds=20)}, calls):
        assert calls.wait(4)


def test_waking_runs_one_name_and_leaves_the_others() -> None:
    calls = Calls()
    with running({"scan": LONG, "probe": LONG}, calls) as ticker:
        assert calls.wait(2)
        ticker.wake("probe")
        assert calls.wait(3)
    assert sorted(calls.names) == ["probe", "probe", "scan"]


def test_a_wake_during_a_run_brings_one_more_run_and_never_two_at_a_time() -> None:
    entered, release, calls, overlap, busy = Event(), Event(), Calls(), Event(), Lock()

    def slow(name: str) -> None:
        if not busy.acquire(blocking=False):
            overlap.set()
            return
        try:
            entered.set()
            release.wait(SOON)
            calls(name)
        finally:
            busy.release()

    with running({"scan": LONG}, slow) as ticker:
        assert entered.wait(SOON)
        for _ in range(3):
            ticker.wake("scan")
        # Waking is asynchronous: let the woken runs reach the ticker before the first one ends.
        Event().wait(0.2)
        release.set()
        assert calls.wait(2)
    assert not overlap.is_set()
    assert 2 <= len(calls.names) <= 4


def test_a_call_that_raises_is_logged_and_does_not_stop_the_ticker(caplog: pytest.LogCaptureFixture) -> None:
    calls = Calls()

    def failing(name: str) -> None:
        calls(name)
        raise RuntimeError("planted")

    with caplog.at_level(logging.ERROR, logger="congkhai.schedules.ticker"), running({"scan": LONG}, failing) as ticker:
        assert calls.wait(1)
        ticker.wake("scan")
        assert calls.wait(2)
    logged = [record for record in caplog.records if record.name == "congkhai.schedules.ticker"]
    assert len(logged) == 2
    assert "scan" in logged[0].getMessage()
    assert logged[0].exc_info is not None


def test_stopping_waits_for_the_run_under_way_and_nothing_comes_after() -> None:
    entered, calls = Event(), Calls()

    def slow(name: str) -> None:
        entered.set()
        Event().wait(0.2)
        calls(name)

    ticker = Ticker({"scan": timedelta(milliseconds=10)}, slow)
    ticker.start()
    assert entered.wait(SOON)
    ticker.stop()
    done = len(calls.names)
    assert done >= 1
    Event().wait(0.1)
    assert len(calls.names) == done
    assert not ticker.running


def test_a_call_that_wakes_during_the_stop_does_not_block_it() -> None:
    entered, stopping = Event(), Event()

    def slow(name: str) -> None:
        entered.set()
        stopping.wait(SOON)
        for _ in range(20):
            ticker.wake("scan")

    ticker = Ticker({"scan": LONG}, slow)
    ticker.start()
    assert entered.wait(SOON)
    stopper = Thread(target=ticker.stop, daemon=True)
    stopper.start()
    stopping.set()
    stopper.join(SOON)
    assert not stopper.is_alive()


def test_stopping_at_any_moment_is_quiet() -> None:
    names = dict.fromkeys(["scan", "probe", "reconcile", "checkpoint"], LONG)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change often, so that a stop meets the scheduler in the midst of its work
    try:
        for _ in range(40):  # an exception in the scheduler's own thread fails the test
            with running(names, Calls()):
                pass
    finally:
        sys.setswitchinterval(usual)


def test_a_stopped_ticker_can_start_again() -> None:
    calls = Calls()
    ticker = Ticker({"scan": LONG}, calls)
    for count in (1, 2):
        ticker.start()
        ticker.start()
        assert ticker.running
        assert calls.wait(count)
        ticker.stop()
        ticker.stop()
    assert len(calls.names) == 2


def test_waking_a_ticker_that_does_not_run_does_nothing() -> None:
    calls = Calls()
    Ticker({"scan": LONG}, calls).wake("scan")
    assert calls.names == []


def test_unknown_names_and_absurd_intervals_are_refused() -> None:
    ticker = Ticker({"scan": LONG}, Calls())
    with pytest.raises(TickerError) as caught:
        ticker.wake("scna")
    assert "scan" in caught.value.advice
    with pytest.raises(TickerError):
        Ticker({"scan": timedelta(0)}, Calls())
