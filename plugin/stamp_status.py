"""
Papers and dossiers whose signatures still wait for a timestamp or for long-term data, and how much of the budget is
left; ``congkhai status`` shows them before the budget is spent, not only after.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from congkhai.signing import Budget, budget_state

from .clock import ZONE
from .house import House
from .paper_matter import title_of
from .store import read
from .store import tables as t
from .text import _

_KINDS = ("raise", "raise-dossier")
RENEWAL = "archive timestamp"
"""Rule of a deadline that renews what is there; nothing waits for it."""


def stamp_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """
    Return what waits for timestamp services or for revocation data.

    Returns:
        Rows of the waiting list with ``since``, ``ends`` (when the budget is spent), ``next_try`` and ``state``
        (``waiting``, ``late`` or ``spent``); nothing where no service is configured.
    """
    if not house.configuration.timestamp.url:
        return []
    rows = connection.execute(
        sa.select(t.deadline.c.kind, t.deadline.c.subject, t.deadline.c.due)
        .where(t.deadline.c.kind.in_(_KINDS), t.deadline.c.state == "open", t.deadline.c.rule != RENEWAL)
        .order_by(t.deadline.c.due)
    ).all()
    found = (_row(house, connection, row.kind, row.subject, row.due) for row in rows)
    return [one for one in found if one is not None]


def _row(house: House, connection: sa.Connection, kind: str, subject: str, due: datetime) -> dict[str, str] | None:
    since: datetime | None
    if kind == "raise":
        paper = read.minutes_by_id(connection, subject)
        since = max((one.signed_at for one in paper.signatures), default=None)
        disclosure = paper.subject
    else:
        dossier = read.dossier(connection, subject)
        since, disclosure = (None if dossier is None else dossier.sealed_at), subject
    if since is None:
        return None
    return {"id": disclosure, "title": title_of(connection, disclosure)} | _facts(house, subject, since, due)


def _facts(house: House, subject: str, since: datetime, due: datetime) -> dict[str, Any]:
    longest: timedelta = house.configuration.timestamp.budget
    state = budget_state(Budget(longest=longest, warn_after=longest / 2), [since], house.clock.now())
    ends = since + longest
    texts = {
        "waiting": _("Chờ dấu thời gian hoặc dữ liệu dài hạn; hạn chờ đến {ends}, thử lại lúc {due}."),
        "late": _(
            "Đã chờ dấu thời gian quá nửa hạn (đến {ends}); kiểm tra [timestamp], mạng và proxy. Thử lại lúc {due}."
        ),
        "spent": _("Hết hạn chờ dấu thời gian từ {ends}; kiểm tra [timestamp], mạng và proxy. Thử lại lúc {due}."),
    }
    step = texts[state.state].format(ends=_local(ends), due=_local(due))
    return {
        "what": "timestamp", "subject": subject, "state": state.state, "since": since.astimezone(ZONE).isoformat(),
        "ends": ends.astimezone(ZONE).isoformat(), "next_try": due.astimezone(ZONE).isoformat(), "next": step,
    }  # fmt: skip


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M %d/%m/%Y}"
