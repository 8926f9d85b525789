"""What the work list says about feedback: comments without a matter or an answer, boxes to look into, sources down."""

import sqlalchemy as sa

from .clock import ZONE
from .feedback import items, source_title
from .house import House
from .store import tables as t
from .text import _


def feedback_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return what a clerk has to do, oldest comment first, as rows of the work list; no text of a comment."""
    found = []
    for one in items(connection, house.agency, states=("new",)):
        step = (
            _("Cho biết ý kiến về nội dung nào: congkhai feedback assign {number} MÃ.")
            if one.disclosure is None
            else _("Trả lời hoặc ghi nhận: congkhai feedback answer {number}.")
        ).format(number=one.id)
        title = source_title(house, one.source) or _("văn thư nhập")
        when = f"{one.received_at.astimezone(ZONE):%d/%m/%Y}"
        found.append(
            {
                "id": one.disclosure or f"feedback:{one.id}", "what": "feedback", "subject": str(one.id), "next": step,
                "title": _("Ý kiến số {number}, nhận {when}, {source}").format(
                    number=one.id, when=when, source=title
                ),
            }
        )  # fmt: skip
    row = t.deadline
    waiting = connection.scalar(
        sa.select(sa.func.count()).select_from(row).where(
            row.c.agency == house.agency, row.c.kind == "closing-minutes", row.c.state == "open"
        )
    )  # fmt: skip
    for name, source in house.feedback.items() if waiting else ():
        if source.attended:
            step = _("Xem {title}, nhập ý kiến (nếu có), rồi: congkhai feedback looked {name}.")
            found.append(
                {
                    "id": f"feedback:{name}", "what": "feedback-source", "subject": name, "title": source.title,
                    "next": step.format(title=source.title, name=name),
                }
            )  # fmt: skip
    return found


def feedback_stuck(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return the sources that cannot be read, with since when and why."""
    row = t.feedback_source
    query = sa.select(row).where(row.c.agency == house.agency, row.c.failing_since.is_not(None)).order_by(row.c.name)
    found = []
    for one in connection.execute(query):
        if one.name not in house.feedback:
            continue
        words = _("Không đọc được nguồn ý kiến từ {when}: {error}").format(
            when=one.failing_since.astimezone(ZONE).isoformat(), error=one.error
        )
        if one.paused:
            words += " " + _("Sửa xong thì chạy congkhai feedback resume {name}.").format(name=one.name)
        found.append({"id": f"feedback:{one.name}", "what": "feedback-source", "next": words})
    return found
