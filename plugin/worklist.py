"""
The work list ("Việc cần làm"): what waits for a person, one kind at a time, soonest first, paged by key.

`status` says the same of the whole house at once; here each kind is one query that stays quick on a large store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa

from .clock import ZONE
from .disclosures import STOPPED
from .entries import ASKED
from .house import House
from .numbers import WANTED
from .orders import VOID
from .paper_matter import title_of
from .papers_status import paper_names
from .publish import act_of
from .records import DisclosureState, DocumentStatus, PostingState
from .status import stuck_work
from .store import read
from .store import tables as t
from .text import _
from .vanished import papers, step_of

PAGE = 50
MOST_COUNTED = 1000
"""Counts stop here ("hơn 1.000"): nobody needs the exact number of a thousand things to do."""

_OPEN = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing that a person has to do.

    Attributes:
        kind: one of `KINDS`.
        subject: id of what the act is about: disclosure, posting, minutes, dossier or work.
        disclosure: id of the matter; empty where there is none.
        due: legal moment by which it must be done, or None.
        next: the next step, in one sentence.
        key: where the next page begins.
    """

    kind: str
    subject: str
    disclosure: str
    title: str
    due: datetime | None
    next: str
    key: str
    category: str = ""


def _key(moment: datetime, id_: str) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}~{id_}"


def _after(key: str, moment: "sa.ColumnElement[datetime]", id_: "sa.ColumnElement[str]") -> sa.ColumnElement[bool]:
    when, _mark, last = key.partition("~")
    try:
        start = datetime.fromisoformat(when)
    except ValueError:
        return sa.true()
    return sa.or_(moment > start, sa.and_(moment == start, id_ > last))


def _matters(house: House, *where: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return sa.select(t.disclosure).where(t.disclosure.c.agency == house.agency, *where)


def _end_of_today(house: House) -> datetime:
    now = house.clock.now().astimezone(ZONE)
    return datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), ZONE)


def _of_matters(kind: str, next_: Callable[[], str], *where: Callable[[House], sa.ColumnElement[bool]]) -> "_Source":
    c = t.disclosure.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        return _matters(house, *(one(house) for one in where))

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        return Item(
            kind, row.id, row.id, row.title, row.publish_by, row.note or next_(), _key(row.publish_by, row.id),
            row.category,
        )  # fmt: skip

    return _Source(query, c.publish_by, c.id, make)


@dataclass(frozen=True, slots=True)
class _Source:
    query: Callable[[House], sa.Select[tuple[object, ...]]]
    moment: "sa.ColumnElement[datetime]"
    id: "sa.ColumnElement[str]"
    make: Callable[[House, sa.Connection, "sa.Row[tuple[object, ...]]"], Item]


def _of_postings(kind: str, *where: Callable[[House], sa.ColumnElement[bool]]) -> _Source:
    p, d = t.posting.c, t.disclosure.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (p.id, p.place, d.id.label("matter"), d.title, d.publish_by, d.category)
        # The sum keeps the database from walking along every matter of the agency: few postings are in these states.
        joined = sa.select(*columns).join(t.disclosure, d.id == p.disclosure).where(d.agency + "" == house.agency)
        return joined.where(*(one(house) for one in where))

    def make(house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        if kind == "posting":
            posting = read.posting(connection, row.id)
            channel = house.channels.get(posting.channel)
            step = channel.instructions(act_of(house, posting, "publish").key) if channel else ""
        elif kind == "unsure":
            step = _("Kiểm tra trên {place} xem đã đăng chưa rồi xác nhận.").format(place=row.place)
        else:
            step = _("Gỡ khỏi {place} rồi xác nhận.").format(place=row.place)
        due = None if kind == "take-down" else row.publish_by
        return Item(
            kind, row.id, row.matter, row.title, due, step, _key(row.publish_by, row.id), row.category
        )  # fmt: skip

    return _Source(query, d.publish_by, p.id, make)


def _attended(house: House) -> list[str]:
    return [name for name, channel in house.channels.items() if channel.attended]


def _signatures() -> _Source:
    m, d = t.minutes.c, t.disclosure.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (m.id, m.kind, m.roles, m.subject, m.made_at, d.id.label("matter"), d.title, d.category)
        joined = sa.select(*columns).outerjoin(t.disclosure, d.id == m.disclosure).where(m.agency == house.agency)
        # The rendition is made when the last role has signed.
        asked = joined.where(m.pdf_sha256 == "", m.kind.not_like(f"{VOID}%"))
        goes_on = (d.state + "").not_in([state.value for state in STOPPED])
        return asked.where(sa.or_(m.disclosure.is_(None), goes_on))

    def make(house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        titles = {rule.role: rule.title for rule in house.regulation.signers}
        signed = set(connection.scalars(sa.select(t.signature.c.role).where(t.signature.c.minutes == row.id)))
        who = ", ".join(titles.get(role) or role for role in row.roles if role not in signed)
        step = _("Chờ ký: {who}.").format(who=who)
        title = row.title or title_of(connection, row.subject)
        return Item("signature", row.id, row.matter or "", title, None, step, _key(row.made_at, row.id),
                    row.category or "")  # fmt: skip

    return _Source(query, m.made_at, m.id, make)


def _matter_of(connection: sa.Connection, subject: str) -> str:
    """Return the subject where it is a disclosure, which has a page of its own; else nothing."""
    found = connection.scalar(sa.select(t.disclosure.c.id).where(t.disclosure.c.id == subject))
    return str(found or "")


def _numbers() -> _Source:
    n = t.number.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        return sa.select(t.number).where(n.agency == house.agency, n.state == WANTED)

    def make(_house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        step = _("Lấy số cho {paper} rồi ghi.").format(paper=paper_names().get(row.kind, row.kind))
        title, matter = title_of(connection, row.disclosure), _matter_of(connection, row.disclosure)
        return Item("number", row.subject, matter, title, None, step, _key(row.at, row.subject))

    return _Source(query, n.at, n.subject, make)


def _facts() -> _Source:
    e = t.entry.c
    number = sa.cast(e.id, sa.Text)

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        return sa.select(t.entry).where(e.agency == house.agency, e.state == ASKED)

    def make(_house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        step = _("Nhập {paper}.").format(paper=paper_names()[row.kind])
        title, matter = title_of(connection, row.subject), _matter_of(connection, row.subject)
        return Item("facts", str(row.id), matter, title, None, step, _key(row.at, str(row.id)))

    return _Source(query, e.at, number, make)


def _dossiers() -> _Source:
    s, d, m = t.dossier.c, t.disclosure.c, t.staff_matter.c
    opened = sa.func.coalesce(d.opened_at, m.opened_at, type_=d.opened_at.type)

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (s.id, s.findings, s.title, d.id.label("matter"), d.title.label("paper"), opened.label("opened"),
                   d.category)  # fmt: skip
        joined = (
            sa.select(*columns)
            .outerjoin(t.disclosure, d.id == s.disclosure)
            .outerjoin(t.staff_matter, sa.and_(m.id == s.subject, s.disclosure.is_(None)))
        )
        mine = sa.func.coalesce(d.agency, m.agency) == house.agency
        # Of a staff matter whose period still runs nothing is missing yet.
        due = sa.or_(d.id.is_not(None), sa.cast(s.findings, sa.Text).like('%"severity": "error"%'))
        return joined.where(mine, due, s.complete.is_(False), s.sha256 == "")

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        lacking = " ".join(one["message"] for one in row.findings if one["severity"] == "error")
        return Item("dossier", row.id, row.matter or "", row.paper or row.title, None, lacking,
                    _key(row.opened, row.id), row.category or "")  # fmt: skip

    return _Source(query, opened, s.id, make)


def _tags() -> _Source:
    o, w = t.document.c, t.waiting_paper.c
    held = sa.exists().where(t.disclosure_document.c.document == o.id)

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        joined = sa.select(o.id, o.subject, w.at).join(t.waiting_paper, w.document == o.id)
        return joined.where(w.agency == house.agency, o.status == DocumentStatus.CURRENT.value, ~held)

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        step = _("Cho biết văn bản thuộc nội dung công khai nào, hoặc không thuộc kèm lý do.")
        return Item("tag", row.id, "", row.subject, None, step, _key(row.at, row.id))

    return _Source(query, w.at, o.id, make)


def _vanished() -> _Source:
    v = t.vanishing.c

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        return Item(
            "vanished", row.document, row.matter, row.title, None, step_of(row), _key(row.gone_since, row.document),
            row.category,
        )  # fmt: skip

    return _Source(lambda house: papers(house.agency), v.gone_since, v.document, make)


def _comments() -> _Source:
    f = t.feedback_item.c
    number = sa.cast(f.id, sa.Text)

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (f.id, f.disclosure, f.at, f.text)
        return sa.select(*columns).where(f.agency == house.agency, f.state == "new")

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        title = _("Ý kiến số {number}: {text}").format(number=row.id, text=row.text[:120])
        step = _("Trả lời hoặc ghi nhận.") if row.disclosure else _("Cho biết ý kiến về nội dung nào.")
        return Item("feedback", str(row.id), "", title, None, step, _key(row.at, str(row.id)))

    return _Source(query, f.at, number, make)


_d, _p = t.disclosure.c, t.posting.c
_e = t.disclosure.alias("ending").c
_ENDING = [state.value for state in (DisclosureState.CLOSING, *sorted(STOPPED))]
_OPEN_NAMES = [state.value for state in _OPEN]

KINDS: Mapping[str, _Source] = MappingProxyType(
    {
        "overdue": _of_matters(
            "overdue", lambda: _("Công khai qua các kênh còn lại."),
            lambda _h: _d.state.in_(_OPEN_NAMES), lambda h: _d.publish_by <= h.clock.now(),
        ),
        "today": _of_matters(
            "today", lambda: _("Công khai qua các kênh còn lại trong hôm nay."),
            lambda _h: _d.state.in_(_OPEN_NAMES), lambda h: _d.publish_by > h.clock.now(),
            lambda h: _d.publish_by <= _end_of_today(h),
        ),
        "review": _of_matters(
            "review", lambda: _("Xem đề xuất rồi đồng ý, đổi nhóm, hoặc không công khai kèm lý do."),
            lambda _h: _d.state.in_([DisclosureState.PROPOSED.value, DisclosureState.REVIEW.value]),
        ),
        "posting": _of_postings(
            "posting", lambda _h: _p.state == PostingState.WAITING.value,
            lambda _h: _d.state == DisclosureState.DUE.value,
        ),
        "unsure": _of_postings("unsure", lambda _h: _p.state == PostingState.UNSURE.value),
        "take-down": _of_postings(
            "take-down", lambda _h: _p.state == PostingState.UP.value, lambda h: _p.channel.in_(_attended(h)),
            # What stays up for good is far more than what ends: the matters come first.
            lambda h: _p.disclosure.in_(sa.select(_e.id).where(_e.agency == h.agency, _e.state.in_(_ENDING))),
            lambda _h: sa.or_(_d.state != DisclosureState.CLOSING.value, _p.required_days > 0),
        ),
        "vanished": _vanished(),
        "tag": _tags(),
        "feedback": _comments(),
        "number": _numbers(), "facts": _facts(), "signature": _signatures(),
        "dossier": _dossiers(),
    }
)  # fmt: skip
"""Every kind of waiting thing, in the order of the page; ``stuck`` comes beside, from the work rows."""
APART = frozenset({"tag", "feedback", "number", "facts", "stuck"})
"""Kinds that are not about a matter."""


def items(house: House, kind: str, *, after: str = "", limit: int = PAGE, category: str = "") -> list[Item]:
    """
    Read one page of a kind of work, soonest first.

    Args:
        after: `Item.key` of the last row seen; empty: from the beginning.
        category: clause number; only things about matters of this category. Empty: all.

    Raises:
        KeyError: there is no such kind.
    """
    source = KINDS[kind]
    query = source.query(house)
    if category and kind not in APART:
        query = query.where(t.disclosure.c.category == category)
    if after:
        query = query.where(_after(after, source.moment, source.id))
    with house.store.read() as connection:
        rows = connection.execute(query.order_by(source.moment, source.id).limit(limit)).all()
        return [source.make(house, connection, row) for row in rows]


def stuck(house: House) -> list[Item]:
    """Return what is stuck: work that gave up, sources and plugins that fail, papers that could not be read."""
    with house.store.read() as connection:
        found = stuck_work(connection, house)
    return [
        Item("stuck", one["id"], "", one["what"], None, one["next"], str(number)) for number, one in enumerate(found)
    ]


def counts(house: House) -> dict[str, int]:
    """Count each kind, up to one more than `MOST_COUNTED`."""
    found: dict[str, int] = {}
    with house.store.read() as connection:
        for kind, source in KINDS.items():
            capped = source.query(house).with_only_columns(sa.literal(1)).limit(MOST_COUNTED + 1).subquery()
            found[kind] = int(connection.scalar(sa.select(sa.func.count()).select_from(capped)) or 0)
        found["stuck"] = len(stuck_work(connection, house))
    return found
