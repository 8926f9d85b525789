"""Acts measured against one another: in turn, in short slices, so that a busy machine disturbs all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 9


@dataclass(frozen=True)
class Rates:
    """Times per second of each act, one value a round, in the same order for all."""

    rounds: Mapping[str, tuple[float, ...]]

    def rate(self, name: str) -> float:
        """Return the median rate of an act."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """Return how many times faster an act is than another: the median of the rounds' ratios."""
        pairs = zip(self.rounds[name], self.rounds[other], strict=True)
        return statistics.median(one / two for one, two in pairs)


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
    """Return times per second after the median duration: what else the machine does in between is not the act's."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < 3 or time.perf_counter() < end:
        before = time.perf_counter()
        act()
        taken.append(time.perf_counter() - before)
    return 1 / statistics.median(taken)
