"""Comments at the clerk's desk: listed, entered, matched to their matter, answered or marked, erased."""

import sqlalchemy as sa
from starlette.responses import Response

from .. import feedback_desk
from ..errors import InputError
from ..feedback import ENTRIES, STATES, FeedbackItem, disclosure_of_code, enter, item_of, source_title
from ..feedback_desk import MARKS
from ..feedback_records import feedback_codes
from ..store import read
from ..store import tables as t
from ..text import _
from .fields import moment_field
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_PAGE = 50


def feedback_states() -> dict[str, str]:
    """Return what each state of a comment is called."""
    return {
        "new": _("chưa xử lý"), "answered": _("đã trả lời"), "noted": _("đã ghi nhận"), "duplicate": _("trùng"),
        "foreign": _("không phải ý kiến"),
    }  # fmt: skip


def _number(visit: Visit) -> int:
    text = visit.path("number")
    if not text.isascii() or not text.isdigit():
        raise InputError(_("Không có ý kiến này."), where=text[:20], code="congkhai-E575")
    return int(text)


def listing(visit: Visit) -> Response:
    """Show comments, newest first, by state, paged by number."""
    state, after = visit.query("trang-thai"), visit.query("sau")
    item = t.feedback_item.c
    query = sa.select(t.feedback_item).where(item.agency == visit.house.agency)
    if state == "unmatched":
        query = query.where(item.disclosure.is_(None), item.state == "new")
    elif state in STATES:
        query = query.where(item.state == state)
    if after.isascii() and after.isdigit():
        query = query.where(item.id < int(after))
    with visit.house.store.read() as connection:
        rows = connection.execute(query.order_by(item.id.desc()).limit(_PAGE + 1)).all()
        titles = _titles(connection, [row.disclosure for row in rows if row.disclosure])
    following = str(rows[_PAGE - 1].id) if len(rows) > _PAGE else ""
    attended = [(name, one.title) for name, one in visit.house.feedback.items() if one.attended]
    return page(
        visit, "feedback.html", rows=rows[:_PAGE], following=following, state=state, states=feedback_states(),
        titles=titles, sources={row.source: source_title(visit.house, row.source) for row in rows}, attended=attended,
    )  # fmt: skip


def _titles(connection: sa.Connection, ids: list[str]) -> dict[str, str]:
    d = t.disclosure.c
    return dict(connection.execute(sa.select(d.id, d.title).where(d.id.in_(ids))).all())


def show(visit: Visit) -> Response:
    """Show one comment with what can be done about it."""
    with visit.house.store.read() as connection:
        one: FeedbackItem = item_of(connection, visit.house.agency, _number(visit))
        title = read.disclosure(connection, one.disclosure).title if one.disclosure else ""
    return page(
        visit, "feedback-item.html", one=one, title=title, source=source_title(visit.house, one.source),
        states=feedback_states(), marks=[mark for mark in MARKS if mark != one.state],
    )  # fmt: skip


def entry(visit: Visit) -> Response:
    """Show the form for a comment that a clerk received."""
    matter = visit.query("ve")
    title = ""
    if matter:
        with visit.house.store.read() as connection:
            title = read.disclosure(connection, matter).title
    ways = [(one, source_title(visit.house, one) or _("văn thư ghi")) for one in (*ENTRIES, *visit.house.feedback)]
    return page(visit, "feedback-enter.html", matter=matter, title=title, ways=ways)


def entered(visit: Visit) -> Response:
    """Keep a comment that a clerk received."""
    about = _matter(visit, visit.text("matter"))
    number = enter(
        visit.house, about, visit.person, visit.text("text", needed=_("nội dung ý kiến")),
        source=visit.text("source") or "clerk", received_at=moment_field(visit, "received"),
        sender=visit.text("sender"), ref=visit.text("ref"),
    )  # fmt: skip
    return redirect(f"/cong-khai/{about}" if about else f"/y-kien/{number}", done="feedback")


def _matter(visit: Visit, named: str) -> str | None:
    """Return the matter that an id or a code ``GY-…`` names; None when nothing is named. Raises InputError."""
    if not named:
        return None
    codes = feedback_codes(named)
    with visit.house.store.read() as connection:
        found = disclosure_of_code(connection, visit.house.agency, codes[0]) if codes else None
        return found or read.disclosure(connection, named).id


def assigned(visit: Visit) -> Response:
    """Say which matter a comment is about."""
    named = visit.text("matter", needed=_("mã nội dung công khai"))
    feedback_desk.assign(visit.house, _number(visit), str(_matter(visit, named)), visit.person)
    return redirect(f"/y-kien/{_number(visit)}", done="saved")


def answered(visit: Visit) -> Response:
    """Keep what was answered."""
    feedback_desk.answer(visit.house, _number(visit), visit.person, visit.text("answer", needed=_("nội dung trả lời")))
    return redirect(f"/y-kien/{_number(visit)}", done="saved")


def marked(visit: Visit) -> Response:
    """Mark a comment without an answer."""
    feedback_desk.mark(visit.house, _number(visit), visit.person, visit.text("mark"), visit.text("reason"))
    return redirect(f"/y-kien/{_number(visit)}", done="saved")


def erased(visit: Visit) -> Response:
    """Erase what a comment said and who sent it."""
    feedback_desk.erase(visit.house, _number(visit), visit.person, visit.text("reason", needed=_("căn cứ xóa")))
    return redirect(f"/y-kien/{_number(visit)}", done="saved")


def looked(visit: Visit) -> Response:
    """Say that an attended source (a suggestion box) was looked into and everything in it was entered."""
    feedback_desk.looked(visit.house, visit.text("source"), visit.person, moment_field(visit, "at"))
    return redirect("/y-kien", done="saved")


PAGES = (
    Page("/y-kien", "GET", Right.READ, listing),
    Page("/y-kien/nhap", "GET", Right.CLERK, entry),
    Page("/y-kien/nhap", "POST", Right.CLERK, entered),
    Page("/y-kien/da-xem", "POST", Right.CLERK, looked),
    Page("/y-kien/{number}", "GET", Right.READ, show, journal="read.comment", subject="number"),
    Page("/y-kien/{number}/xep", "POST", Right.CLERK, assigned),
    Page("/y-kien/{number}/tra-loi", "POST", Right.CLERK, answered),
    Page("/y-kien/{number}/danh-dau", "POST", Right.CLERK, marked),
    Page("/y-kien/{number}/xoa", "POST", Right.CLERK, erased),
)
