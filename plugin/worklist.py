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
from .house import House
from .orders import VOID
from .publish import act_of
from .records import Decision, DisclosureState, DocumentStatus, PostingState
from .status import stuck_work
from .store import read
from .store import tables as t
from .text import _

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
        joined = sa.select(*columns).join(t.disclosure, d.id == p.disclosure).where(d.agency == house.agency)
        return joined.where(*(one(house) for one in where))

    def make(house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        posting = read.posting(connection, row.id)
        channel = house.channels.get(posting.channel)
        steps = {
            "posting": channel.instructions(act_of(house, posting, "publish").key) if channel else "",
            "unsure": _("Kiểm tra trên {place} xem đã đăng chưa rồi xác nhận.").format(place=row.place),
            "take-down": _("Gỡ khỏi {place} rồi xác nhận.").format(place=row.place),
        }
        due = None if kind == "take-down" else row.publish_by
        return Item(
            kind, row.id, row.matter, row.title, due, steps[kind], _key(row.publish_by, row.id), row.category
        )  # fmt: skip

    return _Source(query, d.publish_by, p.id, make)


def _attended(house: House) -> list[str]:
    return [name for name, channel in house.channels.items() if channel.attended]


def _signatures() -> _Source:
    m, d = t.minutes.c, t.disclosure.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (m.id, m.kind, m.made_at, d.id.label("matter"), d.title, d.category)
        joined = sa.select(*columns).join(t.disclosure, d.id == m.disclosure).where(d.agency == house.agency)
        # The rendition is made when the last role has signed.
        asked = joined.where(m.pdf_sha256 == "", m.kind.not_like(f"{VOID}%"))
        return asked.where(d.state.not_in([state.value for state in STOPPED]))

    def make(house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        titles = {rule.role: rule.title for rule in house.regulation.signers}
        missing = read.minutes_by_id(connection, row.id).missing
        who = ", ".join(titles.get(role) or role for role in missing)
        step = _("Chờ ký: {who}.").format(who=who)
        return Item("signature", row.id, row.matter, row.title, None, step, _key(row.made_at, row.id), row.category)

    return _Source(query, m.made_at, m.id, make)


def _dossiers() -> _Source:
    s, d = t.dossier.c, t.disclosure.c

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        columns = (s.id, d.id.label("matter"), d.title, d.opened_at, d.category)
        joined = sa.select(*columns).join(t.disclosure, d.id == s.disclosure).where(d.agency == house.agency)
        return joined.where(s.complete.is_(False))

    def make(_house: House, connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        present = read.dossier(connection, row.matter)
        lacking = "; ".join(one.message for one in present.findings if one.severity == "error") if present else ""
        return Item("dossier", row.id, row.matter, row.title, None, lacking, _key(row.opened_at, row.id), row.category)

    return _Source(query, d.opened_at, s.id, make)


def _tags() -> _Source:
    o, later = t.document.c, t.decision.alias()
    newer = sa.exists().where(later.c.document == t.decision.c.document, later.c.seq > t.decision.c.seq)
    held = sa.exists().where(t.disclosure_document.c.document == o.id)

    def query(house: House) -> sa.Select[tuple[object, ...]]:
        joined = sa.select(o.id, o.subject, o.received_at).join(t.decision, t.decision.c.document == o.id)
        waits = (t.decision.c.decision == Decision.REVIEW.value, ~newer, ~held)
        return joined.where(o.agency == house.agency, o.status == DocumentStatus.CURRENT.value, *waits)

    def make(_house: House, _connection: sa.Connection, row: "sa.Row[tuple[object, ...]]") -> Item:
        step = _("Cho biết văn bản thuộc nội dung công khai nào, hoặc không thuộc kèm lý do.")
        return Item("tag", row.id, "", row.subject, None, step, _key(row.received_at, row.id))

    return _Source(query, o.received_at, o.id, make)


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
            lambda _h: sa.or_(
                sa.and_(_d.state == DisclosureState.CLOSING.value, _p.required_days > 0),
                _d.state.in_([state.value for state in STOPPED]),
            ),
        ),
        "tag": _tags(),
        "feedback": _comments(),
        "signature": _signatures(),
        "dossier": _dossiers(),
    }
)  # fmt: skip
"""Every kind of waiting thing, in the order of the page; ``stuck`` comes beside, from the work rows."""
APART = frozenset({"tag", "feedback", "stuck"})
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
