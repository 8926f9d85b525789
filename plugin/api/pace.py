"""How often somebody may ask: a bucket for each caller that fills evenly; in memory, for each node its own."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_CALLERS = 10_000


@dataclass
class Pace:
    """
    Buckets of a size, one for each caller.

    Attributes:
        per_minute: how many requests are let through within a minute, and at once.
        ticks: a clock that tells no date.
    """

    per_minute: int
    ticks: Callable[[], float] = time.monotonic
    _buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, caller: str) -> int:
        """Return 0 when a request of `caller` may pass, which then counts; else after how many seconds the next may."""
        with self._lock:
            now = self.ticks()
            left, at = self._buckets.pop(caller, (float(self.per_minute), now))
            left = min(float(self.per_minute), left + (now - at) * self.per_minute / 60)
            passes = left >= 1
            self._buckets[caller] = (left - 1 if passes else left, now)
            while len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
        return 0 if passes else int((1 - left) * 60 / self.per_minute) + 1
