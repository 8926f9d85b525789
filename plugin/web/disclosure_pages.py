"""Disclosures: the list with its filters, and one matter with everything that happened to it."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.responses import Response

from ..clock import local_date
from ..disclosures import earliest_close
from ..errors import InputError
from ..feedback import items
from ..feedback_records import feedback_code
from ..paper_matter import is_own
from ..records import Attachment, Disclosure, DisclosureState, Document, Dossier, Minutes
from ..scans import scans_of
from ..search import exact_first, holding
from ..store import read
from ..store import tables as t
from ..text import _
from .downloads import download
from .feedback_pages import feedback_states
from .fields import read_moment
from .history import history
from .next_steps import next_steps
from .page_image import page_image
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit
from .volumes import hand_out
from .words import paper_words

_PAGE = 50
_KINDS = ("posting", "closing", "report")
_MOST_PAGES = 10_000
_SMALL = 40  # pixels: enough to learn how many pages there are


def listing(visit: Visit) -> Response:
    """Show disclosures, newest first: by words, state, category, period and unit, paged by key."""
    asked = {name: visit.query(name) for name in ("tim", "trang-thai", "khoan", "tu", "den", "don-vi")}
    after, d = visit.query("sau"), t.disclosure.c
    house = visit.house
    where: list[sa.ColumnElement[bool]] = [d.agency == house.agency]
    if asked["trang-thai"]:
        where.append(d.state == asked["trang-thai"])
    if asked["khoan"]:
        where.append(d.category == asked["khoan"])
    if asked["tu"]:
        where.append(d.trigger >= local_date(read_moment(asked["tu"])))
    if asked["den"]:
        where.append(d.trigger <= local_date(read_moment(asked["den"])))
    by_day = bool(asked["tu"] or asked["den"])  # a period is walked along its own days, everything else along opening
    moment: sa.ColumnElement[Any] = d.trigger if by_day else d.opened_at
    when, _mark, last = after.partition("~")
    if last:
        try:
            start = date.fromisoformat(when) if by_day else datetime.fromisoformat(when)
        except ValueError as error:
            raise InputError(_("Địa chỉ trang kế tiếp không đúng."), where="sau", code="congkhai-E712") from error
        # The first says nothing new; it lets the database begin where the last page ended.
        where += [moment <= start, sa.or_(moment < start, d.id < last)]
    with house.store.read() as connection:
        if asked["tim"]:
            where += holding(connection, house.agency, asked["tim"])
        if asked["don-vi"]:
            where += holding(connection, house.agency, asked["don-vi"], unit=True)
        query = sa.select(d.id, d.title, d.category, d.state, d.publish_by, d.opened_at, d.trigger).where(*where)
        rows = list(connection.execute(query.order_by(moment.desc(), d.id.desc()).limit(_PAGE + 1)))
    following = ""
    if len(rows) > _PAGE:
        rows = rows[:_PAGE]
        at = f"{rows[-1].trigger}" if by_day else f"{rows[-1].opened_at:%Y-%m-%dT%H:%M:%SZ}"
        key = f"{at}~{rows[-1].id}"
        following = urlencode({**{name: value for name, value in asked.items() if value}, "sau": key})
    if asked["tim"]:
        rows = [rows[place] for place in exact_first(asked["tim"], [row.title for row in rows])]
    return page(
        visit, "disclosures.html", rows=rows, following=following, states=[one.value for one in DisclosureState],
        categories=[(one.clause, one.text) for one in house.regulation.categories], asked=asked,
    )  # fmt: skip


def matter(visit: Visit) -> Response:
    """Show one disclosure: papers, postings with their evidence, minutes, dossier, history."""
    full = visit.query("lich-su") == "tat-ca"
    with visit.house.store.read() as connection:
        found = read.disclosure(connection, visit.path("id"))
        _own(visit, found)
        documents = [read.document(connection, one) for one in found.documents]
        papers = [one for one in (read.minutes(connection, found.id, kind) for kind in _KINDS) if one]
        dossier = read.dossier(connection, found.id)
        events, cut = history(connection, found, papers, dossier, full=full)
        scans = {one.id: len(scans_of(connection, one.id)) for one in papers}
        comments = list(items(connection, visit.house.agency, disclosure=found.id))
        volumes = len(read.volumes(connection, dossier.id)) if dossier is not None else 0
    titles = {rule.role: rule.title for rule in visit.house.regulation.signers}
    return page(
        visit, "disclosure.html", matter=found, documents=documents, papers=papers, dossier=dossier, history=events,
        volumes=volumes,
        steps=next_steps(visit.house, found, papers, dossier, earliest_close(found)),
        cut=cut, full=full, closes=earliest_close(found), titles=titles, scans=scans, comments=comments,
        states=feedback_states(), code=feedback_code(found.id), category=visit.house.regulation.category(found.key),
    )  # fmt: skip


def _own(visit: Visit, found: Disclosure) -> None:
    if found.agency != visit.house.agency:
        raise InputError(_("Không có nội dung công khai nào mang mã này."), where=found.id, code="congkhai-E140")


def _file(visit: Visit) -> tuple[Disclosure, Document, Attachment]:
    """Return the file that the address names, with its matter. Raises InputError."""
    with visit.house.store.read() as connection:
        found = read.disclosure(connection, visit.path("id"))
        _own(visit, found)
        document: Document = read.document(connection, visit.path("document"))
    if document.id not in found.documents:
        raise InputError(_("Văn bản này không thuộc nội dung công khai đó."), code="congkhai-E140")
    for file in document.attachments:
        if str(file.ordinal) == visit.path("ordinal") and not file.problem:
            return found, document, file
    raise InputError(_("Văn bản này không có tệp đó."), where=document.id, code="congkhai-E140")


def attachment(visit: Visit) -> Response:
    """Hand out one file of a disclosed document."""
    _matter, _document, file = _file(visit)
    return download(visit.house.store.vault.read(file.sha256), file.name, file.media_type)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_PAGES:
        raise InputError(_("Không có trang này."), where=text[:20], code="congkhai-E728")
    return int(text)


def preview(visit: Visit) -> Response:
    """Show one page of a PDF as a picture that we drew; the file itself is never opened in the browser."""
    found, document, file = _file(visit)
    number = _number(visit.query("trang", "1"))
    _picture, count = page_image(visit.house.store.vault.read(file.sha256), number, width=_SMALL)
    return page(
        visit, "preview.html", matter=found, name=file.name, number=number, count=count,
        base=f"/cong-khai/{found.id}/xem/{document.id}/{file.ordinal}",
        file=f"/cong-khai/{found.id}/tep/{document.id}/{file.ordinal}",
    )  # fmt: skip


def preview_picture(visit: Visit) -> Response:
    """Hand out the picture of one page."""
    _matter, _document, file = _file(visit)
    picture, _count = page_image(visit.house.store.vault.read(file.sha256), _number(visit.path("number")))
    return Response(picture, media_type="image/png")


def _paper(visit: Visit) -> tuple[Disclosure | None, Minutes]:
    """Return minutes that are fully signed, and their disclosure; None for those of a staff matter."""
    with visit.house.store.read() as connection:
        found: Minutes = read.minutes_by_id(connection, visit.path("id"))
        if not is_own(visit.house, found, connection):
            raise InputError(_("Không có biên bản nào mang mã này."), where=found.id, code="congkhai-E140")
        matter = read.disclosure(connection, found.disclosure) if found.disclosure else None
    if not found.pdf_sha256:
        raise InputError(_("Bản PDF có sau khi người cuối cùng ký."), where=found.id, code="congkhai-E713")
    return matter, found


def paper_preview(visit: Visit) -> Response:
    """Show one page of the PDF of minutes as a picture."""
    found, paper_ = _paper(visit)
    number = _number(visit.query("trang", "1"))
    _picture, count = page_image(visit.house.store.vault.read(paper_.pdf_sha256), number, width=_SMALL)
    return page(
        visit, "preview.html", matter=found, name=f"{paper_words(paper_.kind)}.pdf", number=number, count=count,
        base=f"/bien-ban/{paper_.id}/xem", file=f"/bien-ban/{paper_.id}.pdf",
    )  # fmt: skip


def paper_picture(visit: Visit) -> Response:
    """Hand out the picture of one page of minutes."""
    _matter, found = _paper(visit)
    data = visit.house.store.vault.read(found.pdf_sha256)
    return Response(page_image(data, _number(visit.path("number")))[0], media_type="image/png")


def paper(visit: Visit) -> Response:
    """Hand out minutes as signed XML, or their PDF."""
    with visit.house.store.read() as connection:
        found: Minutes = read.minutes_by_id(connection, visit.path("id"))
        if not is_own(visit.house, found, connection):
            raise InputError(_("Không có biên bản nào mang mã này."), where=found.id, code="congkhai-E140")
    if visit.path("form") == "xml":
        return download(visit.house.store.vault.read(found.file_sha256), f"{found.id}.xml", "application/xml")
    if not found.pdf_sha256:
        raise InputError(_("Bản PDF có sau khi người cuối cùng ký."), where=found.id, code="congkhai-E713")
    return download(visit.house.store.vault.read(found.pdf_sha256), f"{found.id}.pdf", "application/pdf", inline=True)


def container(visit: Visit) -> Response:
    """Hand out the whole sealed dossier; one of several volumes as a ZIP file."""
    with visit.house.store.read() as connection:
        _own(visit, read.disclosure(connection, visit.path("id")))
        found: Dossier | None = read.dossier(connection, visit.path("id"))
        volumes = read.volumes(connection, found.id) if found is not None else ()
    if found is None or not found.sha256:
        raise InputError(_("Hồ sơ này chưa được niêm phong."), where=visit.path("id"), code="congkhai-E713")
    return hand_out(visit.house.store.vault, found, volumes or (found.sha256,))


PAGES = (
    Page("/cong-khai", "GET", Right.READ, listing),
    Page("/cong-khai/{id}", "GET", Right.READ, matter),
    Page("/cong-khai/{id}/tep/{document}/{ordinal}", "GET", Right.READ, attachment, journal="read.file"),
    Page("/cong-khai/{id}/ho-so.asice", "GET", Right.READ, container, journal="read.dossier"),
    Page("/cong-khai/{id}/xem/{document}/{ordinal}", "GET", Right.READ, preview),
    Page(
        "/cong-khai/{id}/xem/{document}/{ordinal}/{number}.png", "GET", Right.READ, preview_picture, journal="read.file"
    ),
    Page("/bien-ban/{id}/xem", "GET", Right.READ, paper_preview),
    Page("/bien-ban/{id}/xem/{number}.png", "GET", Right.READ, paper_picture, journal="read.paper"),
    Page("/bien-ban/{id}.{form}", "GET", Right.READ, paper, journal="read.paper"),
)
