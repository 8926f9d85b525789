"""What staff may see without an account: the list in force, one matter, its papers, and a form for their comments."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import sqlalchemy as sa
from starlette.responses import Response

from ..clock import ZONE, local_date
from ..disclosures import STOPPED
from ..errors import InputError
from ..feedback import LONGEST, submit
from ..feedback_records import feedback_code
from ..openness import closed_to_visitors, may_leave, open_files
from ..records import Disclosure, DisclosureState, Document, PostingState
from ..store import read
from ..store import tables as t
from ..text import _
from .downloads import download
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_IN_FORCE = (DisclosureState.DUE, DisclosureState.POSTED, DisclosureState.CLOSING)
_MOST = 100
_MOST_QUARTER = 200
_FEED_DAYS = timedelta(days=90)


def _public(visit: Visit, id_: str) -> Disclosure:
    """
    Read a matter that is up in at least one place and that this visitor may see.

    Raises:
        InputError: it is another one; as if there were none.
    """
    with visit.house.store.read() as connection:
        found = read.disclosure(connection, id_)
        closed = visit.session is None and bool(closed_to_visitors(visit.house, connection, [id_]))
    up = any(one.state in (PostingState.UP, PostingState.DOWN) for one in found.postings)
    stopped = found.state in (DisclosureState.WITHDRAWN, DisclosureState.SUPERSEDED, DisclosureState.EXCLUDED)
    if found.agency != visit.house.agency or not up or stopped or closed:
        raise InputError(_("Không có nội dung công khai nào mang mã này."), where=id_, code="congkhai-E140")
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A matter in force as the list shows it; `key`: where the next page begins."""

    id: str
    title: str
    category: str
    begun: datetime | None
    key: str


def _listed(visit: Visit, after: str = "", limit: int = _MOST) -> tuple[list[_Row], str]:
    """Return a page of what is in force, newest first, and where the next one begins."""
    d, p = t.disclosure.c, t.posting.c
    up = sa.exists().where(p.disclosure == d.id, p.state == PostingState.UP.value)
    begun = sa.select(sa.func.min(p.posted_from)).where(p.disclosure == d.id).scalar_subquery()
    query = sa.select(d.id, d.title, d.category, d.opened_at, sa.type_coerce(begun, t.Moment).label("begun"))
    query = query.where(d.agency == visit.house.agency, up, d.state.in_([one.value for one in _IN_FORCE]))
    query = query if visit.session else query.where(may_leave())
    when, _mark, last = after.partition("~")
    if last:
        try:
            start = datetime.fromisoformat(when)
        except ValueError as error:
            raise InputError(_("Địa chỉ trang kế tiếp không đúng."), where="sau", code="congkhai-E712") from error
        query = query.where(d.opened_at <= start, sa.or_(d.opened_at < start, d.id < last))
    with visit.house.store.read() as connection:
        rows = connection.execute(query.order_by(d.opened_at.desc(), d.id.desc()).limit(limit + 1)).all()
        ids = [row.id for row in rows]
        closed = frozenset() if visit.session else closed_to_visitors(visit.house, connection, ids)
    found = [
        _Row(row.id, row.title, row.category, row.begun, f"{row.opened_at:%Y-%m-%dT%H:%M:%SZ}~{row.id}")
        for row in rows[:limit]
    ]
    following = found[-1].key if len(rows) > limit else ""
    return [one for one in found if one.id not in closed], following


def listing(visit: Visit) -> Response:
    """Show what is public now."""
    today = local_date(visit.house.clock.now())
    matters, following = _listed(visit, visit.query("sau"))
    quarter_ = (today.year, (today.month + 2) // 3)
    return page(visit, "public.html", matters=matters, following=following, quarter=quarter_)


def matter(visit: Visit) -> Response:
    """Show one public matter with its papers and the comment form."""
    found = _public(visit, visit.path("id"))
    with visit.house.store.read() as connection:
        documents = [read.document(connection, one) for one in found.documents]
    return page(
        visit, "public-matter.html", matter=found, documents=documents,
        category=visit.house.regulation.category(found.key), code=feedback_code(found.id), longest=LONGEST,
        number=visit.query("so"), files=_files(visit, found, documents),
    )  # fmt: skip


def _files(visit: Visit, found: Disclosure, documents: list[Document]) -> frozenset[str]:
    """Return the digests of the files that this visitor may have."""
    if visit.session is None:
        return open_files(visit.house, found, documents)
    return frozenset(file.sha256 for one in documents for file in one.attachments if not file.problem)


def comment(visit: Visit) -> Response:
    """Keep a comment from whoever read the matter; too many within the hour are refused."""
    found = _public(visit, visit.path("id"))
    number = submit(visit.house, found.id, visit.text("text"), client=visit.address, sender=visit.text("sender"))
    return redirect(f"/dang-cong-khai/{found.id}?so={number}", done="feedback-sent")


def quarter(visit: Visit) -> Response:
    """Show what became public in a quarter, as it is printed and reported."""
    year, number = visit.path("year"), visit.path("quarter")
    if not re.fullmatch(r"20\d\d", year) or number not in "1234":
        raise InputError(_("Không có quý này."), where=f"{year}/{number}"[:20], code="congkhai-E729")
    first = date(int(year), 3 * int(number) - 2, 1)
    following = date(first.year + first.month // 10, first.month % 12 + 3 if first.month < 10 else 1, 1)
    d, p = t.disclosure.c, t.posting.c
    begun = sa.func.min(sa.cast(p.posted_from, sa.Text)).label("begun")
    places = sa.func.count(p.id).label("places")
    edges = [_start(day).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for day in (first, following)]
    q = t.posting.alias("first").c
    within = (q.posted_from >= _start(first), q.posted_from < _start(following))
    query = (
        sa.select(d.id, d.title, d.category, d.state, begun, places)
        .join(t.posting, p.disclosure == d.id)
        .where(d.agency == visit.house.agency, p.posted_from.is_not(None))
        .where(d.state.not_in([one.value for one in STOPPED]), d.id.in_(sa.select(q.disclosure).where(*within)))
        .group_by(d.id, d.title, d.category, d.state)
        .having(begun >= edges[0], begun < edges[1])
        .order_by(begun, d.id)
        .limit(_MOST_QUARTER + 1)
    )
    when, _mark, last = visit.query("sau").partition("~")
    if last:  # moments are text that sorts, so that any text is a fair place to go on from
        query = query.having(sa.or_(begun > when, sa.and_(begun == when, d.id > last)))
    query = query if visit.session else query.where(may_leave())
    with visit.house.store.read() as connection:
        rows = connection.execute(query).all()
        ids = [row.id for row in rows]
        closed = frozenset() if visit.session else closed_to_visitors(visit.house, connection, ids)
    shown = [(row, datetime.fromisoformat(row.begun)) for row in rows[:_MOST_QUARTER] if row.id not in closed]
    place = visit.query("so", "1")
    start = int(place) if place.isascii() and place.isdigit() and len(place) < 7 else 1
    more = ""
    if len(rows) > _MOST_QUARTER:
        last_row = rows[_MOST_QUARTER - 1]
        more = urlencode({"so": start + len(shown), "sau": f"{last_row.begun}~{last_row.id}"})
    return page(
        visit, "quarter.html", rows=shown, more=more, year=int(year), number=int(number), start=start,
        texts={one.clause: one.text for one in visit.house.regulation.categories},
        present=local_date(visit.house.clock.now()),
    )  # fmt: skip


def _start(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZONE)


def attachment(visit: Visit) -> Response:
    """Hand out one file of a public matter."""
    found = _public(visit, visit.path("id"))
    with visit.house.store.read() as connection:
        documents = [read.document(connection, one) for one in found.documents]
    allowed = _files(visit, found, documents)
    for file in (file for one in documents for file in one.attachments if file.sha256 in allowed):
        if file.sha256.startswith(visit.path("digest")) and len(visit.path("digest")) >= 16:
            return download(visit.house.store.vault.read(file.sha256), file.name, file.media_type)
    raise InputError(_("Không có tệp này."), where=visit.path("digest"), code="congkhai-E140")


def feed(visit: Visit) -> Response:
    """Return what became public lately as an Atom feed (RFC 4287)."""
    from .app import own_address

    home = own_address(visit.house)
    since = visit.house.clock.now() - _FEED_DAYS
    entries, newest = [], since
    for one in _listed(visit)[0]:
        begun = one.begun
        if begun is None or begun < since:
            continue
        newest = max(newest, begun)
        address = f"{home}/dang-cong-khai/{one.id}"
        entries.append(
            f"<entry><id>urn:congkhai:{escape(one.id)}</id><title>{escape(one.title)}</title>"
            f"<updated>{begun.astimezone(ZONE).isoformat()}</updated><link href={quoteattr(address)}/></entry>"
        )
    agency = visit.house.configuration.agency
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">'
        f"<id>urn:congkhai:{escape(agency.code)}</id>"
        f"<title>{escape(agency.name)}: {escape(_('nội dung công khai'))}</title>"
        f"<author><name>{escape(agency.name)}</name></author>"
        f"<updated>{newest.astimezone(ZONE).isoformat()}</updated>"
        f'<link rel="self" href={quoteattr(home + "/dang-cong-khai.atom")}/>{"".join(entries)}</feed>'
    )
    return Response(body, media_type="application/atom+xml")


PAGES = (
    Page("/dang-cong-khai", "GET", Right.OPEN_LIST, listing),
    Page("/dang-cong-khai.atom", "GET", Right.OPEN_LIST, feed),
    Page("/dang-cong-khai/quy/{year}/{quarter}", "GET", Right.OPEN_LIST, quarter),
    Page("/dang-cong-khai/{id}", "GET", Right.OPEN_LIST, matter),
    Page("/dang-cong-khai/{id}/y-kien", "POST", Right.OPEN_LIST, comment),
    Page("/dang-cong-khai/{id}/tep/{digest}", "GET", Right.OPEN_LIST, attachment, journal="read.file"),
)
