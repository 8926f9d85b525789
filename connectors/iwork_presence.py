"""Whether iWork still shows a paper: the lists of its direction by number and by subject, which mark nothing read."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from congkhai.plugin.interfaces import Presence, Sought

from .still_there import presence

Walk = Callable[[str, Mapping[str, str]], Iterator[tuple[str | None, str]]]
"""Walks a list by its name with filled-in columns: the id of each row (None: it has none) and its remote id."""

_NEWEST = 100
"""Rows of the unfiltered list among which a held paper must stand."""
_SUBJECT = 120
"""Letters of a subject that are searched for."""


def still_there(
    paper: Sought, lists: tuple[str, ...], walk: Walk, is_held: Callable[[str], bool],
    detail: Callable[[str], Any] | None,
) -> Presence:  # fmt: skip
    """
    Look for one paper; see `congkhai.plugin.interfaces.Searching`.

    Args:
        lists: names of the lists that show its direction.
        is_held: tells whether the paper of a remote id is held.
        detail: opens a detail by its id; None where the account is an official's.

    Raises:
        OutsideError, AccessError: as the calls.
    """
    wanted = paper.remote_id.partition("-")[2]

    def ids(name: str, columns: Mapping[str, str]) -> Iterator[str | None]:
        return (id_ for id_, _remote_id in walk(name, columns))

    def control() -> str | None:
        for name in lists:
            for id_, remote_id in islice(walk(name, {}), _NEWEST):
                if id_ is not None and id_ != wanted and is_held(remote_id):
                    return id_
        return None

    searches = [partial(ids, name, columns) for columns in _questions(paper) for name in lists]
    opened = None if detail is None else partial(_is_paper, detail)
    return presence(wanted, searches, control, opened)


def _is_paper(detail: Callable[[str], Any], id_: str) -> bool:
    found = detail(id_)
    return isinstance(found[0] if isinstance(found, list) and len(found) == 1 else found, Mapping)


def _questions(paper: Sought) -> Iterator[Mapping[str, str]]:
    if paper.number:
        yield {"column_sohieu": paper.number}
    if paper.subject:
        yield {"column_trichyeu": paper.subject[:_SUBJECT]}
