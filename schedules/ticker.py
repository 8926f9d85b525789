"""
The ticker: asks at set intervals "what is due now?", and nothing more.

A thin wrapper of APScheduler's background scheduler with its memory store. Nothing that matters is kept here: after a
restart, or when the machine slept, the next run finds everything that became due meanwhile.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from threading import Lock

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from ._text import _
from .errors import TickerError

log = logging.getLogger(__name__)


class Ticker:
    """
    Calls one function by name at intervals, in background threads.

    A name never runs twice at the same time; runs that were missed are made up by one. A call that raises is logged
    and comes again at its next turn.

    Args:
        intervals: name to time between runs, each at least one millisecond.
        call: gets the name; must bear being called early, late, and once too often.

    Raises:
        TickerError: an interval that is too short.
    """

    def __init__(self, intervals: Mapping[str, timedelta], call: Callable[[str], None]) -> None:
        self._intervals = dict(intervals)
        self._call = call
        self._scheduler: BackgroundScheduler | None = None
        self._guard = Lock()
        self._busy: set[str] = set()
        self._again: set[str] = set()
        for name, interval in self._intervals.items():
            if interval < timedelta(milliseconds=1):
                raise TickerError(
                    _("Nhịp {interval} quá ngắn.").format(interval=interval), name, _("Đặt nhịp từ 1 ms trở lên.")
                )

    @property
    def running(self) -> bool:
        """Whether the ticker was started and not stopped."""
        return self._scheduler is not None

    def start(self) -> None:
        """Run every name once at once, then at its interval. Starting twice changes nothing."""
        if self._scheduler is not None:
            return
        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for name, interval in self._intervals.items():
            trigger = IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC)
            scheduler.add_job(self._run, trigger, args=(name,), id=name)
        scheduler.start()
        self._scheduler = scheduler
        for name in self._intervals:
            self.wake(name)

    def stop(self) -> None:
        """Start no further run and wait for those under way. Not to be called from within `call`."""
        with self._guard:
            scheduler, self._scheduler = self._scheduler, None
            self._again.clear()
        if scheduler is not None:
            # APScheduler 3.11 breaks off its pass over due jobs with JobLookupError when it is shut down meanwhile.
            # Paused, it ends that pass in order; removing the jobs waits for it and leaves nothing for another.
            scheduler.pause()
            scheduler.remove_all_jobs()
            scheduler.shutdown(wait=True)

    def wake(self, name: str) -> None:
        """
        Run one name now, beside its interval.

        When it is already running, one more run follows, so that what was written before the call is seen. On a
        ticker that is not running nothing happens: its start runs every name.

        Raises:
            TickerError: no such name.
        """
        if name not in self._intervals:
            raise TickerError(
                _("Không có nhịp tên “{name}”.").format(name=name),
                "wake",
                _("Các nhịp đang có: {names}.").format(names=", ".join(sorted(self._intervals))),
            )
        with self._guard:  # not while `stop` shuts down: adding a job would wait for a lock that waits for this thread
            if self._scheduler is not None:
                # A job of its own, without trigger, runs at once; the interval's own job keeps its pace.
                self._scheduler.add_job(self._run, args=(name,), kwargs={"woken": True}, name=f"wake {name}")

    def _run(self, name: str, *, woken: bool = False) -> None:
        with self._guard:
            if name in self._busy:
                if woken:
                    self._again.add(name)
                return
            self._busy.add(name)
        while True:
            try:
                self._call(name)
            except Exception:
                # The ticker must outlive any fault of what it calls; the callee keeps its own state.
                log.exception("ticker call %s failed", name)
            with self._guard:
                if name not in self._again:
                    self._busy.discard(name)
                    return
                self._again.discard(name)
