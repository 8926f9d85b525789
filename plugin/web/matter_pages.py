"""What people decide about one disclosure: withdraw, replace, correct, end, interruptions, requests, scans."""

import sqlalchemy as sa
from starlette.responses import Response

from .. import desk, supply
from ..continuity import decide_break
from ..errors import InputError
from ..guards import ENDING
from ..paper_matter import is_own, title_of
from ..pausing import correct_matter
from ..records import Disclosure, DisclosureState, Minutes, PostingState
from ..scans import keep_scan, scan_of, scans_of
from ..store import read
from ..store import tables as t
from ..text import _
from .downloads import download
from .fields import moment_field, require_newest, stamp
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_S = DisclosureState
_BEFORE = (_S.PROPOSED, _S.REVIEW, _S.DUE)


def _present(visit: Visit, id_: str = "") -> Disclosure:
    with visit.house.store.read() as connection:
        found = read.disclosure(connection, id_ or visit.path("id"))
    if found.agency != visit.house.agency:
        raise InputError(_("Không có nội dung công khai nào mang mã này."), where=found.id, code="congkhai-E140")
    return found


def show(visit: Visit) -> Response:
    """Show every act that is open on a matter in its present state."""
    matter = _present(visit)
    with visit.house.store.read() as connection:
        documents = [read.document(connection, one) for one in matter.documents]
        breaks = [one for posting in matter.postings for one in read.breaks(connection, posting.id)]
        asked = supply.supplies(connection, visit.house.agency, disclosure=matter.id)
        ground = supply.ground_of(connection, matter)
    up = [one for one in matter.postings if one.state is PostingState.UP]
    stays = any(not one.required_days and one.kind != ENDING for one in up)
    acts = {
        "decide": matter.state in (_S.PROPOSED, _S.REVIEW),
        "withdraw": matter.state in (_S.DUE, _S.POSTED),
        "supersede": matter.state in (*_BEFORE, _S.POSTED),
        "correct": matter.state in (*_BEFORE, _S.POSTED),
        "end": matter.state is _S.FILED and stays,
        "ask": bool(ground),
    }
    return page(
        visit, "matter-acts.html", matter=matter, documents=documents, breaks=breaks, asked=asked, acts=acts,
        seen=stamp(matter),
    )  # fmt: skip


def _done(matter: Disclosure, done: str = "saved") -> Response:
    return redirect(f"/cong-khai/{matter.id}", done=done)


def _decided(visit: Visit) -> Disclosure:
    matter = _present(visit)
    require_newest(visit, matter)
    return matter


def confirmed(visit: Visit) -> Response:
    """Confirm a proposed matter."""
    matter = _decided(visit)
    desk.confirm_matter(visit.house, matter.id, visit.person)
    return _done(matter, "confirmed")


def excluded(visit: Visit) -> Response:
    """Decide that a matter is not disclosed."""
    matter = _decided(visit)
    reason = visit.text("reason", needed=_("lý do không công khai"))
    desk.exclude_matter(visit.house, matter.id, visit.person, reason)
    return _done(matter, "excluded")


def withdrawn(visit: Visit) -> Response:
    """Take a public matter down before its time."""
    matter = _decided(visit)
    desk.withdraw_matter(visit.house, matter.id, visit.person, visit.text("reason", needed=_("lý do gỡ")))
    return _done(matter)


def superseded(visit: Visit) -> Response:
    """End a matter because another takes its place."""
    matter = _decided(visit)
    desk.supersede_matter(visit.house, matter.id, visit.person, visit.text("reason", needed=_("lý do thay thế")))
    return _done(matter)


def ended(visit: Visit) -> Response:
    """End a permanent posting whose paper was replaced or repealed."""
    matter = _decided(visit)
    desk.end_permanent(visit.house, matter.id, visit.person, visit.text("reason", needed=_("lý do kết thúc")))
    return _done(matter)


def corrected(visit: Visit) -> Response:
    """Replace a paper of a matter by its corrected form, named by its number or id."""
    matter = _decided(visit)
    named = visit.text("document", needed=_("văn bản đã sửa"))
    correct_matter(
        visit.house, matter.id, visit.person, visit.text("reason", needed=_("lý do sửa")),
        document=document_named(visit, named), instead_of=visit.text("instead_of"),
    )  # fmt: skip
    return _done(matter)


def document_named(visit: Visit, named: str) -> str:
    """Return the id of the paper that a clerk names. Raises InputError when none or several have that number."""
    d = t.document.c
    plain = named.replace(" ", "")
    query = sa.select(d.id).where(
        d.agency == visit.house.agency, sa.or_(d.id == named, sa.func.replace(d.number, " ", "") == plain),
        d.status == "current",
    )  # fmt: skip
    with visit.house.store.read() as connection:
        found = connection.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise InputError(
            _("Không xác định được văn bản “{named}”.").format(named=named[:60]), code="congkhai-E724",
            advice=_("Ghi đúng số, ký hiệu của văn bản đã được nhận về, hoặc mã của nó."),
        )  # fmt: skip
    return str(found[0])


def gap_decided(visit: Visit) -> Response:
    """Decide how an interruption counts."""
    matter = _decided(visit)
    number = visit.text("number")
    if not number.isascii() or not number.isdigit():
        raise InputError(_("Không có lần gián đoạn này."), where=number[:20], code="congkhai-E725")
    decide_break(
        visit.house, int(number), visit.person, effect=visit.text("effect"),
        reason=visit.text("reason", needed=_("lý do")), accept=visit.text("accept") != "",
    )  # fmt: skip
    return _done(matter)


def asked(visit: Visit) -> Response:
    """Keep a request for information."""
    matter = _present(visit)
    supply.ask(
        visit.house, matter.id, visit.person, asked_by=visit.text("asked_by", needed=_("người yêu cầu")),
        wanted=visit.text("wanted", needed=_("nội dung yêu cầu")),
        asked_at=moment_field(visit, "asked_at") or visit.house.clock.now(),
    )  # fmt: skip
    return redirect(f"/cong-khai/{matter.id}/thao-tac", done="saved")


def answered(visit: Visit) -> Response:
    """Keep what was answered to a request."""
    matter = _present(visit)
    number = visit.text("number")
    if not number.isascii() or not number.isdigit():
        raise InputError(_("Không có yêu cầu này."), where=number[:20], code="congkhai-E725")
    supply.answer(
        visit.house, int(number), visit.person, text=visit.text("answer", needed=_("nội dung trả lời")),
        files=tuple(data for _name, data in visit.uploads("files") if data),
        at=moment_field(visit, "at") or visit.house.clock.now(),
    )  # fmt: skip
    return redirect(f"/cong-khai/{matter.id}/thao-tac", done="saved")


def _paper(visit: Visit) -> Minutes:
    with visit.house.store.read() as connection:
        paper = read.minutes_by_id(connection, visit.path("id"))
        if not is_own(visit.house, paper, connection):
            raise InputError(_("Không có biên bản nào mang mã này."), where=paper.id, code="congkhai-E140")
    return paper


def scans(visit: Visit) -> Response:
    """Show the scans of a paper signed by hand, and the form for another."""
    paper = _paper(visit)
    with visit.house.store.read() as connection:
        held = scans_of(connection, paper.id)
        title = title_of(connection, paper.subject)
    titles = {rule.role: rule.title for rule in visit.house.regulation.signers}
    return page(visit, "scans.html", paper=paper, title=title, scans=held, titles=titles)


def scanned(visit: Visit) -> Response:
    """Keep a scan."""
    paper = _paper(visit)
    given = visit.upload("scan")
    if given is None:
        raise InputError(_("Chưa chọn tệp nào."), code="congkhai-E723", advice=_("Chọn tệp PDF hoặc ảnh đã quét."))
    keep_scan(visit.house, paper.id, visit.person, given[0], given[1], visit.text("note"))
    return redirect(f"/bien-ban/{paper.id}/ban-quet", done="scanned")


def scan_file(visit: Visit) -> Response:
    """Hand out a scan."""
    paper = _paper(visit)
    number = visit.path("number")
    with visit.house.store.read() as connection:
        found = scan_of(connection, int(number) if number.isascii() and number.isdigit() else 0)
    if found.minutes != paper.id:
        raise InputError(_("Không có bản quét này."), where=number[:20], code="congkhai-E723")
    return download(visit.house.store.vault.read(found.sha256), found.name, found.media_type)


PAGES = (
    Page("/cong-khai/{id}/thao-tac", "GET", Right.CLERK, show),
    Page("/cong-khai/{id}/xac-nhan", "POST", Right.CLERK, confirmed),
    Page("/cong-khai/{id}/khong-cong-khai", "POST", Right.CLERK, excluded),
    Page("/cong-khai/{id}/go", "POST", Right.CLERK, withdrawn),
    Page("/cong-khai/{id}/thay-the", "POST", Right.CLERK, superseded),
    Page("/cong-khai/{id}/ket-thuc", "POST", Right.CLERK, ended),
    Page("/cong-khai/{id}/sua-van-ban", "POST", Right.CLERK, corrected),
    Page("/cong-khai/{id}/gian-doan", "POST", Right.CLERK, gap_decided),
    Page("/cong-khai/{id}/yeu-cau", "POST", Right.CLERK, asked),
    Page("/cong-khai/{id}/tra-loi", "POST", Right.CLERK, answered),
    Page("/bien-ban/{id}/ban-quet", "GET", Right.READ, scans),
    Page("/bien-ban/{id}/ban-quet", "POST", Right.CLERK, scanned),
    Page("/bien-ban/{id}/ban-quet/{number}", "GET", Right.READ, scan_file, journal="read.scan"),
)
