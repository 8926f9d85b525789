"""
Looking for a paper in an e-office by its lists, with little trust: what the two iOffice products have in common.

A search that shows nothing is only worth something when the same search, asked for everything, shows papers that we
hold: then account, rights and ids are those of the pull. A detail is opened only where the account is the daemon's own,
and its "not found" counts only while the detail of another paper opens.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from congkhai.plugin.interfaces import Presence

from .ioffice_reply import Declined

MOST_ROWS = 400
"""Rows that one search is followed for; one that shows more does not look for what was asked."""
_LEAST = 2
_NOT_FOUND = re.compile(r"(?i).*not[ _.-]?found.*|http-404|http-410|.*no[ _.-]?data.*")


class UnsureError(Exception):
    """A list that cannot be trusted: a row without an id, more rows than a search finds, a list that ended early."""


def shows(rows: Iterable[str | None], wanted: str) -> bool:
    """
    Tell whether a search shows a paper; `rows` are ids, None for a row that has none.

    Raises:
        UnsureError: it does not, and not everything that it showed could be read.
    """
    count, readable = 0, True
    for count, id_ in enumerate(rows, start=1):
        if id_ == wanted:
            return True
        readable &= id_ is not None
        if count >= MOST_ROWS:
            break
    if not readable or count >= MOST_ROWS:
        raise UnsureError
    return False


def presence(
    wanted: str, searches: Sequence[Callable[[], Iterable[str | None]]], control: Callable[[], str | None],
    detail: Callable[[str], bool] | None,
) -> Presence:  # fmt: skip
    """
    Decide on one paper; asks no more than it must.

    Args:
        wanted: its id at the source.
        searches: independent ways to find it, each a list of ids. A single one is not enough to miss it without a
            detail: what it searches for may have been corrected at the source.
        control: returns the id of another held paper that the unfiltered list shows, None when it shows none.
        detail: tells whether the detail of an id is that paper; raises Declined. None: details must not be opened.

    Raises:
        OutsideError, AccessError: as the calls.
    """
    try:
        if any(shows(search(), wanted) for search in searches):
            return Presence.THERE
    except UnsureError:
        return Presence.UNKNOWN
    if len(searches) < (_LEAST if detail is None else 1):
        return Presence.UNKNOWN
    other = control()
    if other is None:
        return Presence.UNKNOWN
    return Presence.GONE if detail is None else _by_detail(wanted, other, detail)


def _by_detail(wanted: str, other: str, detail: Callable[[str], bool]) -> Presence:
    try:
        return Presence.THERE if detail(wanted) else Presence.UNKNOWN
    except Declined as error:
        if not _NOT_FOUND.fullmatch(error.code):
            return Presence.UNKNOWN  # no right, or a word that we do not know
    try:
        return Presence.GONE if detail(other) else Presence.UNKNOWN
    except Declined:
        return Presence.UNKNOWN  # details do not open at all
