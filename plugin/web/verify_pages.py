"""Verification for anybody: a file goes in, the verdict comes out, nothing is kept."""

import tempfile
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from starlette.responses import Response

from congkhai.signing import Guard, Report, Trust, verify_path

from .. import verification
from ..errors import InputError, NotAllowedError
from ..openness import closed_to_visitors
from ..signer_check import trust_in
from ..store import read
from ..text import _
from ..verification_pdf import verification_pdf
from .downloads import download
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit

_GUARD = Guard(seconds=30)
"""A hostile file costs a process of its own this long, and never the page."""
_LOOKS = threading.BoundedSemaphore(4)
"""How many files are verified at once: many uploads must not take the machine away from the work."""
_PATIENCE = 20.0  # seconds that an upload waits for its turn


def form(visit: Visit) -> Response:
    """Show where to drop a file."""
    return page(visit, "verify.html", report=None, name="", words=verification)


def upload(visit: Visit) -> Response:
    """Verify an uploaded file; it lies in a folder of its own and is gone when the answer is."""
    given = visit.upload("file")
    if given is None:
        raise InputError(_("Chưa chọn tệp nào."), code="congkhai-E714", advice=_("Chọn tệp XML, ASiC-E hoặc PDF."))
    name, data = given
    if not data:
        raise InputError(_("Tệp này trống."), code="congkhai-E714", advice=_("Chọn lại tệp cần kiểm tra."))
    return _answer(visit, name, data)


def dossier(visit: Visit) -> Response:
    """Verify a sealed dossier that lies here, as the QR code on its papers asks."""
    with visit.house.store.read() as connection:
        matter = read.disclosure(connection, visit.path("id"))
        found = read.dossier(connection, matter.id)
        closed = visit.session is None and bool(closed_to_visitors(visit.house, connection, [matter.id]))
    if closed or matter.agency != visit.house.agency or found is None or not found.sha256:
        raise InputError(_("Chưa có hồ sơ nào mang mã này."), where=visit.path("id"), code="congkhai-E140")
    return _answer(visit, f"{found.id}.asice", visit.house.store.vault.read(found.sha256))


def _answer(visit: Visit, name: str, data: bytes) -> Response:
    trust, now = trust_in(visit.house.configuration.trust.folder), visit.house.clock.now()
    report = judge(name, data, trust, now)
    if visit.text("receipt") if visit.request.method == "POST" else visit.query("receipt"):
        return download(verification_pdf(report, trust, now, now), "bien-nhan.pdf", "application/pdf")
    return page(visit, "verify.html", report=report, name=name, words=verification)


def judge(name: str, data: bytes, trust: Trust, at: datetime) -> Report:
    """
    Verify bytes that came under a name, in a folder of their own that is gone afterwards.

    Raises:
        NotAllowedError: so many are being verified that this one cannot wait (E752).
    """
    if not _LOOKS.acquire(timeout=_PATIENCE):
        raise NotAllowedError(
            _("Đang có nhiều tệp được kiểm tra cùng lúc."), code="congkhai-E752", advice=_("Chờ một lát rồi gửi lại."),
        )  # fmt: skip
    try:
        return _judged(name, data, trust, at)
    finally:
        _LOOKS.release()


def _judged(name: str, data: bytes, trust: Trust, at: datetime) -> Report:
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in {".xml", ".asice", ".asics", ".pdf", ".zip"} else ".bin"
    with tempfile.TemporaryDirectory(prefix="congkhai-") as folder:
        file = Path(folder, f"tep{suffix}")
        file.write_bytes(data)
        return _without(f"{folder}/", verify_path(file, trust, at, guard=_GUARD))


def _without(folder: str, report: Report) -> Report:
    """Name files without the folder they lay in: no path of this machine leaves it."""
    files = tuple(replace(one, path=one.path.removeprefix(folder)) for one in report.files)
    findings = tuple(replace(one, where=one.where.removeprefix(folder)) for one in report.findings)
    return replace(report, files=files, findings=findings)


PAGES = (
    Page("/kiem-tra", "GET", Right.OPEN_VERIFY, form),
    Page("/kiem-tra", "POST", Right.OPEN_VERIFY, upload),
    Page("/kiem-tra/{id}", "GET", Right.OPEN_VERIFY, dossier),
)
