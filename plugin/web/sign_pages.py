"""
Signing: what waits for me, exactly what I would sign, and the ways in which I can sign it.

What is shown is read from the octets that the signature covers, and from nothing else. Keys that lie on the server are
used at their holder's desk only (`congkhai sign`): nobody types a PIN here.
"""

from typing import Any

from starlette.responses import Response

from congkhai.signing import SignerCheck, SigningError

from ..errors import CongkhaiError, InputError, NotAllowedError
from ..orders import approve, refuse
from ..paper_matter import title_of
from ..records import Minutes
from ..signer_check import checked_signer
from ..signer_keys import Confirmed
from ..signers_elsewhere import RegisteredSigner
from ..signing_remote import begin, give_up, open_request, request_of
from ..signing_return import accept, body_file, of_paper
from ..signing_turns import Turn, turn_if_any, turns
from ..store import tables as t
from ..text import _
from ..work import explain
from .app import PLUG_IN
from .body_view import fields_of
from .downloads import download
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

_REFRESH = 3  # seconds between two looks at a phone's answer
PLUG_IN_PATH = "/SignXML"


def _role(visit: Visit) -> str:
    """Return the role for whose key the visitor signs; empty when they sign for none."""
    return visit.holder.role if visit.holder is not None and Right.SIGN in visit.rights else ""


def waiting(visit: Visit) -> Response:
    """List what waits for the visitor's signature, and what they will be asked for later."""
    found = turns(visit.house, _role(visit)) if _role(visit) else []
    with visit.house.store.read() as connection:
        titles = {one.paper.id: title_of(connection, one.paper.subject or one.paper.disclosure) for one in found}
    under_way = {one.paper.id: open_request(visit.house, one.paper.id, one.role) for one in found}
    return page(visit, "sign-list.html", turns=found, titles=titles, role=_role(visit), under_way=under_way)


def paper(visit: Visit) -> Response:
    """Show exactly what a signature on a paper covers, who has signed, and what the visitor can do with it."""
    made = of_paper(visit.house, visit.path("id"))
    turn = turn_if_any(visit.house, made.id, _role(visit))
    return page(visit, "sign-paper.html", **_shown(visit, made), turn=turn, approves=_approves(visit, made.id))


def _approves(visit: Visit, minutes: str) -> bool:
    """Tell whether a paper waits for the visitor to let it go to its signers."""
    o = t.signing_order.c
    query = t.signing_order.select().where(o.minutes == minutes, o.state == "approval", o.approver == _role(visit))
    with visit.house.store.read() as connection:
        return bool(_role(visit)) and connection.execute(query).first() is not None


def _shown(visit: Visit, made: Minutes) -> dict[str, Any]:
    """Return what the page of a paper shows: the fields of the very octets, their digest, the signatures there are."""
    with visit.house.store.read() as connection:
        title = title_of(connection, made.subject or made.disclosure)
    seats = {rule.role: rule.title for rule in visit.house.regulation.signers}
    return {"paper": made, "title": title, "fields": fields_of(body_file(visit.house, made)), "titles": seats}


def _turn(visit: Visit) -> Turn:
    """Return the visitor's turn at the paper of the address. Raises NotAllowedError."""
    found = turn_if_any(visit.house, visit.path("id"), _role(visit))
    if found is None or found.hindrance:
        raise NotAllowedError(
            found.hindrance if found else _("Văn bản này không chờ bạn ký."), where=visit.path("id"),
            code="congkhai-E696" if found else "congkhai-E221", advice=_("Xem danh sách chờ ký của bạn."),
        )  # fmt: skip
    return found


def ways(visit: Visit) -> Response:
    """
    Show whose certificate must be used and what its check found, then the ways to sign.

    The one page that may talk to the plug-in on the signer's own PC. Source: TT 15/2025/TT-BKHCN Điều 5 (certificate
    shown and checked before signing).
    """
    turn = _turn(visit)
    request = open_request(visit.house, turn.paper.id, turn.role)
    if request is not None:
        return redirect(f"/ky/{turn.paper.id}/cho/{request.id}")
    check: SignerCheck | None = None
    problem = ""
    try:
        check = checked_signer(turn.signer, visit.house.configuration.trust.folder, visit.house.clock.now())
    except (CongkhaiError, SigningError) as error:  # whoever must not sign now is told why, and shown no way to
        problem = " ".join(explain(error))
    return page(
        visit, "sign-now.html", turn=turn, paper=turn.paper, plug_in=PLUG_IN + PLUG_IN_PATH, check=check,
        problem=problem, remote=isinstance(turn.signer, Confirmed),
        desk=not isinstance(turn.signer, RegisteredSigner | Confirmed),
        titles={rule.role: rule.title for rule in visit.house.regulation.signers},
    )  # fmt: skip


def act(visit: Visit) -> Response:
    """Sign by what was sent back, ask the phone, refuse, or let the paper go to its signers."""
    minutes, what = of_paper(visit.house, visit.path("id")).id, visit.text("act", needed=_("việc cần làm"))
    if what == "approve":
        approve(visit.house, minutes, _role(visit), visit.person)
        return redirect(f"/ky/{minutes}", done="approved")
    if what == "refuse":
        found = turn_if_any(visit.house, minutes, _role(visit))
        role = found.role if found is not None else _role(visit)
        refuse(visit.house, minutes, role, visit.person, visit.text("reason", needed=_("lý do từ chối")))
        return redirect("/ky", done="refused")
    _turn(visit)
    if what == "remote":
        return redirect(f"/ky/{minutes}/cho/{begin(visit.house, minutes, _role(visit), visit.person)}")
    given = visit.upload("returned")
    if what != "return" or given is None or not given[1]:
        raise InputError(
            _("Chưa chọn tệp nào."), where=minutes, code="congkhai-E714", advice=_("Chọn tệp XML đã ký rồi gửi lại.")
        )
    try:
        accept(visit.house, minutes, _role(visit), given[1], visit.person)
    except SigningError as error:  # what was sent is at fault, not the page
        raise InputError(error.what, error.where, error.advice, error.code) from error
    return redirect("/ky", done="signed")


def body(visit: Visit) -> Response:
    """Hand out the body of a paper as a file of its own: what other programs sign."""
    made = of_paper(visit.house, visit.path("id"))
    return download(body_file(visit.house, made), f"{made.id}-than.xml", "application/xml")


def wait(visit: Visit) -> Response:
    """Show how a request to the phone stands; the page comes again by itself, without JavaScript."""
    request = request_of(visit.house, visit.path("request"))
    made = of_paper(visit.house, request.minutes)
    stays = visit.query("dung") != ""
    with visit.house.store.read() as connection:
        title = title_of(connection, made.subject or made.disclosure)
    answer = page(visit, "sign-wait.html", request=request, paper=made, title=title, stays=stays, every=_REFRESH)
    if request.open and not stays:
        answer.headers["Refresh"] = str(_REFRESH)
    return answer


def stop_waiting(visit: Visit) -> Response:
    """Stop waiting for the phone."""
    request = request_of(visit.house, visit.path("request"))
    made = of_paper(visit.house, request.minutes)
    if turn_if_any(visit.house, made.id, _role(visit)) is None:
        raise NotAllowedError(_("Văn bản này không chờ bạn ký."), where=made.id, code="congkhai-E221")
    give_up(visit.house, request.id, visit.person)
    return redirect(f"/ky/{made.id}/ky-so")


def beside(visit: Visit) -> Response:
    """Hand out a signature that lies in a file of its own."""
    made = of_paper(visit.house, visit.path("id"))
    for one in made.signatures:
        if one.role == visit.path("role") and one.beside:
            name = f"{made.id}.sig-{one.role}.xml"
            return download(visit.house.store.vault.read(one.beside), name, "application/xml")
    raise InputError(_("Văn bản này không có chữ ký nào ở tệp riêng của vai trò đó."), code="congkhai-E140")


PAGES = (
    Page("/ky", "GET", Right.SIGN, waiting),
    Page("/ky/{id}", "GET", Right.READ, paper),
    Page("/ky/{id}/than.xml", "GET", Right.READ, body, journal="read.paper"),
    Page("/ky/{id}/ky-so", "GET", Right.SIGN, ways, connects_to_plug_in=True, proven=True),
    Page("/ky/{id}/ky-so", "POST", Right.SIGN, act, proven=True),
    Page("/ky/{id}/cho/{request}", "GET", Right.SIGN, wait),
    Page("/ky/{id}/cho/{request}", "POST", Right.SIGN, stop_waiting),
    Page("/ky/{id}/chu-ky/{role}.xml", "GET", Right.READ, beside, journal="read.paper"),
)
