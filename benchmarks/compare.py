"""
Acts measured against one another, so that a busy machine does not decide.

In turn, in short slices; counted is the processor's time of this thread, not the clock's; of each slice the median, and
of all slices the best, because what else the machine does can only make an act slower. All acts are treated alike.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 15
_FEWEST = 5
"""Times that an act is done in a slice, however long it takes."""


@dataclass(frozen=True)
class Rates:
    """Times per second of each act, one value a round, in the same order for all."""

    rounds: Mapping[str, tuple[float, ...]]

    def rate(self, name: str) -> float:
        """Return the rate of an act in its best round."""
        return max(self.rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """Return how many times faster an act is than another, each in its best round."""
        return self.rate(name) / self.rate(other)

    def microseconds(self, name: str) -> float:
        """Return how long an act takes in its best round."""
        return 1e6 / self.rate(name)


def compare(acts: Mapping[str, Callable[[], object]], seconds: float) -> Rates:
    """
    Measure several acts.

    Args:
        acts: name → a call that does it once.
        seconds: for each act, over all rounds.
    """
    for act in acts.values():
        act()
    found: dict[str, list[float]] = {name: [] for name in acts}
    for _round in range(ROUNDS):
        for name, act in acts.items():
            found[name].append(_slice(act, seconds / ROUNDS))
    return Rates({name: tuple(rates) for name, rates in found.items()})


def _slice(act: Callable[[], object], seconds: float) -> float:
    """Return times per second after the median processor time."""
    taken: list[int] = []
    end = time.perf_counter() + seconds
    while len(taken) < _FEWEST or time.perf_counter() < end:
        before = time.thread_time_ns()
        act()
        taken.append(time.thread_time_ns() - before)
    return 1e9 / max(statistics.median(taken), 1)
