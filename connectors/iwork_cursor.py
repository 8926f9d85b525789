"""
Where an iWork run goes on, and how deep the next one has to walk.

The lists have no window of dates, so the place is known by the rows that stood on top when the last complete run walked
by. The cursor is JSON::

    {"v": 2, "swept": moment of the last walk to the end, "tops": {list: opaque ids of its newest rows}}
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Where the last complete run began.

    Attributes:
        swept: moment of the last walk to the end; None before the first.
        tops: opaque ids of the newest rows of that run, by list.
    """

    swept: datetime | None = None
    tops: Mapping[str, Sequence[str]] = field(default_factory=dict)


def write_cursor(swept: datetime, tops: Mapping[str, Sequence[str]]) -> str:
    """Return the cursor as intake keeps it."""
    return json.dumps({"v": 2, "swept": swept.isoformat(), "tops": {name: list(ids) for name, ids in tops.items()}})


def read_cursor(text: str | None) -> Cursor:
    """Read a cursor; the one of another version starts from the beginning, which costs time and loses nothing."""
    try:
        kept = json.loads(text or "")
        tops = {str(name): tuple(map(str, ids)) for name, ids in kept["tops"].items()}
        cursor = Cursor(datetime.fromisoformat(kept["swept"]), tops)
        return cursor if kept["v"] == 2 and cursor.swept and cursor.swept.tzinfo else Cursor()
    except (ValueError, KeyError, TypeError, AttributeError):
        return Cursor()
