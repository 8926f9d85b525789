"""
Closing a dossier that will never be complete: the head gives reason and basis, reads what will be missing, and signs.

What is read before signing comes from the octets that the signature covers. A key on the server is used at its holder's
desk (the page shows the command), unless the agency lets it work by itself.
"""

import shlex

from starlette.responses import Response

from congkhai.signing import SignerCheck, SigningError

from ..dossier_decision import Draft, key_of, read_draft, settle_words, sign_here, take_back
from ..dossier_waiver import closable, errors_in
from ..errors import CongkhaiError, InputError
from ..records import Dossier, Severity
from ..signer_check import checked_signer
from ..signers_elsewhere import RegisteredSigner
from ..text import _
from ..work import explain
from .app import PLUG_IN
from .body_view import fields_of
from .dossier_visit import dossier_of
from .downloads import download
from .render import page
from .rights import Right
from .routes import Page
from .sign_pages import PLUG_IN_PATH
from .visit import Visit, redirect


def _role(visit: Visit) -> str:
    return visit.holder.role if visit.holder is not None else ""


def ask(visit: Visit) -> Response:
    """Show what is missing, what the decision will do, and the form for reason and basis."""
    found, _volumes = dossier_of(visit)
    return _form(visit, closable(visit.house, found.id))


def _form(visit: Visit, found: Dossier, problem: str = "", status: int = 200) -> Response:
    wrong = [one for one in found.findings if one.severity is Severity.ERROR]
    name, signer = key_of(visit.house, _role(visit))
    return page(
        visit, "waive.html", status, dossier=found, wrong=wrong, signer=signer, name=name, problem=problem,
        reason=visit.text("reason"), basis=visit.text("basis"), seen=_seen(found),
    )  # fmt: skip


def _seen(found: Dossier) -> str:
    """Return what a form was made from: version and faults."""
    return f"{found.version}:" + ",".join(f"{one}/{where}" for one, where in errors_in(found.findings))


def settled(visit: Visit) -> Response:
    """Settle the words of the decision and show them for signing; nothing is decided yet."""
    found = closable(visit.house, dossier_of(visit)[0].id)
    if visit.text("seen") != _seen(found):
        return _form(visit, found, _("Danh sách còn thiếu đã thay đổi; hãy xem lại danh sách mới rồi gửi lại."), 409)
    if not visit.text("reason"):
        return _form(visit, found, _("Hãy ghi lý do: quyết định không nêu lý do thì không có giá trị giải trình."), 400)
    draft = settle_words(visit.house, found.id, _role(visit), visit.text("reason"), visit.text("basis"), visit.person)
    return redirect(f"/ho-so/{found.id}/ket-thuc/{draft.sha256}")


def _draft(visit: Visit) -> Draft:
    """Return the settled words that the address names. Raises InputError, NotAllowedError."""
    return read_draft(visit.house, dossier_of(visit)[0].id, visit.path("draft"))


def confirm(visit: Visit) -> Response:
    """Show exactly what will be signed and what will stay missing, and the ways to sign."""
    draft = _draft(visit)
    name, signer = key_of(visit.house, _role(visit))
    check: SignerCheck | None = None
    problem = ""
    try:
        check = checked_signer(signer, visit.house.configuration.trust.folder, visit.house.clock.now())
    except (CongkhaiError, SigningError) as error:
        problem = " ".join(explain(error))
    content = draft.content
    said = [
        "congkhai", "dossier", "waive", content.dossier, "--signer", name, "--reason", content.reason,
        *(["--decision", content.bases[0]] if content.bases else []),
    ]  # fmt: skip
    return page(
        visit, "waive-sign.html", dossier=dossier_of(visit)[0], draft=draft, fields=fields_of(draft.body),
        signer=signer, check=check, problem=problem, plug_in=PLUG_IN + PLUG_IN_PATH, command=shlex.join(said),
        alone=not signer.attended, desk=signer.attended and not isinstance(signer, RegisteredSigner),
        base=f"/ho-so/{content.dossier}/ket-thuc/{draft.sha256}",
    )  # fmt: skip


def body(visit: Visit) -> Response:
    """Hand out what is signed, as a file of its own."""
    draft = _draft(visit)
    return download(draft.body, f"{draft.content.dossier}-quyet-dinh.xml", "application/xml")


def act(visit: Visit) -> Response:
    """Sign by what was sent back, or with a key that may work by itself; the dossier is then sealed as it is."""
    found, sha256 = dossier_of(visit)[0], visit.path("draft")
    what = visit.text("act", needed=_("việc cần làm"))
    if what == "here":
        sign_here(visit.house, found.id, sha256, _role(visit))
        return redirect(f"/ho-so/{found.id}", done="waived")
    given = visit.upload("returned")
    if what != "return" or given is None or not given[1]:
        raise InputError(
            _("Chưa chọn tệp nào."), where=found.id, code="congkhai-E714", advice=_("Chọn tệp XML đã ký rồi gửi lại.")
        )
    try:
        take_back(visit.house, found.id, sha256, _role(visit), given[1])
    except SigningError as error:  # what was sent is at fault, not the page
        raise InputError(error.what, error.where, error.advice, error.code) from error
    return redirect(f"/ho-so/{found.id}", done="waived")


PAGES = (
    Page("/ho-so/{id}/ket-thuc", "GET", Right.DECIDE, ask),
    Page("/ho-so/{id}/ket-thuc", "POST", Right.DECIDE, settled),
    Page("/ho-so/{id}/ket-thuc/{draft}", "GET", Right.DECIDE, confirm, connects_to_plug_in=True, proven=True),
    Page("/ho-so/{id}/ket-thuc/{draft}/than.xml", "GET", Right.DECIDE, body, journal="read.paper"),
    Page("/ho-so/{id}/ket-thuc/{draft}", "POST", Right.DECIDE, act, proven=True),
)
