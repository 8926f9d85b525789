"""
The circuit breaker between us and one outside system, shared by everybody in this process who calls it.

Its state lies in a small file in the plugin's own folder, written when it opens and when it closes again: a daemon that
is restarted does not begin to hammer a system that was down, and ``congkhai status``, which is another process, sees
what the daemon sees. Times here are real ones, never simulated: they belong to back-off, not to the law.
"""

import json
import logging
import random
import threading
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from congkhai.plugin.clock import Clock
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import Guard

log = logging.getLogger("congkhai.connectors.manners")

FILE = "breaker.json"
_LONGEST = timedelta(hours=1)
"""How long a breaker stays open at most, however often its trial call failed."""


class Breaker:
    """Counts failed calls in a row; beyond `failures` it lets none pass for `pause`, then one on trial."""

    def __init__(self, name: str, folder: Path | None, failures: int, pause: timedelta, clock: Clock) -> None:
        """
        Args:
            name: of the ini section, for the log.
            folder: where the state is kept; None keeps it in memory only.
            failures: failed calls in a row that open it; 0 never opens it.
            pause: how long it stays open at first; doubled each time a trial call fails, one hour at most.
            clock: real time.
        """
        self._name = name
        self._path = folder / FILE if folder is not None else None
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._trips = 0
        self._state = read_guard(folder) if folder is not None else Guard()

    def admit(self) -> timedelta | None:
        """
        Ask whether a call may leave now.

        Returns:
            None when it may; otherwise how long none may. After the pause one caller is let through on trial, and the
            others wait for what becomes of it.
        """
        with self._lock:
            state = self._state
            if state.state == "closed" or state.until is None:
                return None
            left = state.until - self._clock.now()
            if left > timedelta(0):
                return left
            # The next one may try only when this trial has had its time, so that a caller that died blocks nobody.
            until = self._clock.now() + self._pause
            self._state = Guard("half-open", state.failures, state.reason, state.since, until)
            return None

    def succeeded(self) -> None:
        """Note that the system answered: whatever it said, it is alive."""
        with self._lock:
            was, self._state, self._trips = self._state, Guard(), 0
            if was.state != "closed":
                log.info("source answers again", extra={"source": self._name})
                self._keep()

    def failed(self, reason: str) -> None:
        """Note a call that got no usable answer; `reason` is a code, never text from outside."""
        with self._lock:
            failures = self._state.failures + 1
            tried = self._state.state != "closed"
            if not self._limit or (failures < self._limit and not tried):
                self._state = Guard("closed", failures, reason)
                return
            now = self._clock.now()
            pause = min(self._pause * 2**self._trips, _LONGEST) * (0.75 + random.random() / 2)  # noqa: S311 - jitter
            self._trips += 1
            until = now + timedelta(seconds=max(1, round(pause.total_seconds())))
            self._state = Guard("open", failures, reason, self._state.since or now, until)
            log.warning("circuit breaker open", extra={"source": self._name, "reason": reason, "failures": failures})
            self._keep()

    def _keep(self) -> None:
        if self._path is None:
            return
        kept: dict[str, Any] = {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in asdict(self._state).items()
        }
        try:
            write_durably(self._path, json.dumps(kept).encode())
        except OSError:  # the state in memory still holds the calls back; a full disk shows itself elsewhere
            log.warning("breaker state not kept", extra={"source": self._name})


def read_guard(folder: Path) -> Guard:
    """Return the state kept in a plugin's folder; a closed breaker when there is none or it cannot be read."""
    try:
        kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
        moments = {name: datetime.fromisoformat(kept[name]) if kept[name] else None for name in ("since", "until")}
        state = str(kept["state"])
        if state in {"open", "half-open"} and moments["until"] is None:
            return Guard()
        return Guard(state, int(kept["failures"]), str(kept["reason"]), moments["since"], moments["until"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Guard()
