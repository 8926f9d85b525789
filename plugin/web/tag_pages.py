"""Tag review: what is proposed and why, accepted with one key, changed, or decided to be no disclosure item."""

import sqlalchemy as sa
from starlette.responses import Response

from ..errors import InputError
from ..records import Document, Tag
from ..store import read
from ..store import tables as t
from ..tagging import clerk
from ..tagging.alike import alike_waiting, correction_on
from ..tagging.fold import fold
from ..text import _
from .bulk import each, outcome
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_MOST = 50


def listing(visit: Visit) -> Response:
    """Show the papers that wait for a clerk, oldest first, each with its best proposal and the reasons."""
    rows = list(clerk.waiting(visit.house, after=visit.query("sau"), limit=_MOST + 1))
    following = rows[_MOST - 1].key if len(rows) > _MOST else ""
    return page(visit, "tags.html", rows=rows[:_MOST], following=following, texts=_texts(visit))


def _texts(visit: Visit) -> dict[str, str]:
    """Return what each key and sub-key of the regulation is called."""
    found = {}
    for one in visit.house.regulation.categories:
        found[one.key] = one.text
        found |= {sub: f"{one.text} ({_sub_words(sub)})" for sub in one.sub_keys}
    return found


def _sub_words(key: str) -> str:
    """Return what a finer kind inside an item is called; a regulation's own key stays as it is."""
    names = {
        "personnel.people": _("quyết định về người cụ thể"), "personnel.programmes": _("đề án, chương trình, kế hoạch"),
        "integrity.conclusions": _("kết luận"), "integrity.declarations": _("bản kê khai tài sản, thu nhập"),
        "inspection.denunciation": _("tố cáo"), "inspection.complaint": _("khiếu nại"),
        "inspection.other": _("thanh tra, kiểm tra khác"), "own_regulation": _("quy chế của cơ quan"),
    }  # fmt: skip
    return names.get(key, key.rpartition(".")[2])


def _document(visit: Visit) -> Document:
    with visit.house.store.read() as connection:
        found = read.document(connection, visit.path("document"))
    if found.agency != visit.house.agency:
        raise InputError(_("Không có văn bản này."), where=found.id, code="congkhai-E726")
    return found


def _proposal(visit: Visit, document: str) -> tuple[tuple[Tag, ...], tuple[str, ...], str]:
    """Return the newest decision on a paper: its tags, its reasons, and what it was."""
    query = sa.select(t.decision).where(t.decision.c.document == document).order_by(t.decision.c.seq.desc()).limit(1)
    with visit.house.store.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return (), (), ""
    tags = tuple(Tag(one["category"], one["key"], one["confidence"], tuple(one["why"]), one["sub"]) for one in row.tags)
    return tags, tuple(row.why), row.decision


def show(visit: Visit) -> Response:
    """Show one paper with the proposal, its reasons, and the items it may be changed to."""
    document = _document(visit)
    tags, why, decision = _proposal(visit, document.id)
    wanted = visit.query("tim")
    folded = fold(wanted).split()
    chosen = {tag.sub or tag.key for tag in tags}
    items = []
    for one in visit.house.regulation.categories:
        words = fold(f"{one.clause} {one.text} {one.key}")
        if all(word in words for word in folded):
            items.append((one, [one.key, *one.sub_keys]))
    items.sort(key=lambda item: not chosen.intersection(item[1]))
    with visit.house.store.read() as connection:
        matter = connection.scalar(
            sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document.id)
        )
    return page(
        visit, "tag.html", document=document, tags=tags, why=why, decision=decision, items=items, wanted=wanted,
        texts=_texts(visit), lead=next((tag.sub or tag.key for tag in tags), ""), matter=matter,
    )  # fmt: skip


def of_matter(visit: Visit) -> Response:
    """Go on to the leading paper of a matter."""
    with visit.house.store.read() as connection:
        found = read.disclosure(connection, visit.path("id"))
    return redirect(f"/nhan/{found.documents[0]}")


def accepted(visit: Visit) -> Response:
    """Accept the first proposal as it stands."""
    clerk.accept(visit.house, _document(visit).id, by=visit.person)
    return _after(visit)


def changed(visit: Visit) -> Response:
    """Say which items a paper belongs to."""
    lead = visit.text("key", needed=_("nội dung công khai"))
    keys = list(dict.fromkeys([lead, *visit.texts("further")]))
    clerk.correct(visit.house, _document(visit).id, keys, by=visit.person, reason=visit.text("reason"))
    return _after(visit)


def excluded(visit: Visit) -> Response:
    """Say that a paper is no disclosure item."""
    reason = visit.text("reason", needed=_("lý do"))
    clerk.correct(visit.house, _document(visit).id, (), by=visit.person, reason=reason)
    return _after(visit)


def _after(visit: Visit) -> Response:
    """Show what the decision means for other papers that wait, when there are any."""
    document = _document(visit)
    if alike_waiting(visit.house, document):
        return redirect(f"/nhan/{document.id}/tuong-tu", done="tagged")
    return redirect("/nhan", done="tagged")


def alike(visit: Visit) -> Response:
    """Show the waiting papers that are like one on which a clerk decided."""
    document = _document(visit)
    return page(
        visit, "tag-alike.html", document=document, rows=alike_waiting(visit.house, document), texts=_texts(visit),
        correction=correction_on(visit.house, document.id),
    )  # fmt: skip


def carried_over(visit: Visit) -> Response:
    """Decide the chosen papers in the same way as the one they are like."""
    house, document = visit.house, _document(visit)
    correction = correction_on(house, document.id)
    if correction is None:
        raise InputError(
            _("Văn bản này chưa được văn thư xác định."), where=document.id, code="congkhai-E727",
            advice=_("Chấp nhận hoặc đổi nhãn của nó trước."),
        )  # fmt: skip
    held = {row.document.id: row.document.subject for row, _share in alike_waiting(house, document)}
    chosen = [one for one in visit.texts("id") if one in held]
    done, failures = each(
        chosen, lambda one: clerk.correct(house, one, correction.keys, by=visit.person, reason=correction.reason),
        lambda one: held[one],
    )  # fmt: skip
    return outcome(visit, done, failures, "/nhan", "tagged")


PAGES = (
    Page("/nhan", "GET", Right.READ, listing),
    Page("/nhan/{document}", "GET", Right.READ, show),
    Page("/nhan/{document}/tuong-tu", "GET", Right.CLERK, alike),
    Page("/nhan/{document}/tuong-tu", "POST", Right.CLERK, carried_over),
    Page("/nhan/{document}/dong-y", "POST", Right.CLERK, accepted),
    Page("/nhan/{document}/doi", "POST", Right.CLERK, changed),
    Page("/nhan/{document}/khong-thuoc", "POST", Right.CLERK, excluded),
    Page("/cong-khai/{id}/nhan", "GET", Right.READ, of_matter),
)
