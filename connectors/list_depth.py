"""How deep a list without a window of dates has to be walked: down to where the last complete run began."""

from collections.abc import Sequence

ANCHORS = 12
"""Rows of each list that are remembered."""


class Depth:
    """
    Whether a walk has come down to where the last complete run began.

    Half of the remembered rows decide: a single one may have been moved up since, and some may be gone. Where none is
    remembered, and where most are gone, only the end of the list is deep enough.
    """

    def __init__(self, tops: Sequence[str]) -> None:
        self._left = set(tops)
        self._enough = len(self._left) // 2 if tops else -1

    def pass_by(self, ids: Sequence[str]) -> None:
        """Note the rows of one page."""
        self._left.difference_update(ids)

    @property
    def reached(self) -> bool:
        """Tell whether the walk is deep enough."""
        return len(self._left) <= self._enough
