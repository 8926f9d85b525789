"""Verification for anybody: a file goes in, the verdict comes out, nothing is kept."""

import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from starlette.responses import Response

from congkhai.signing import Guard, Report, Trust, verify_path

from .. import verification
from ..dossier_seal import container_name
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
    suffix = Path(name).suffix.lower()  # of the name itself nothing becomes a path
    known = suffix if suffix in {".xml", ".asice", ".asics", ".pdf", ".zip"} else ".bin"
    return _answer(visit, name, {f"tep{known}": data})


def dossier(visit: Visit) -> Response:
    """Verify a sealed dossier that lies here, every volume of it, as the QR code on its papers asks."""
    with visit.house.store.read() as connection:
        matter = read.disclosure(connection, visit.path("id"))
        found = read.dossier(connection, matter.id)
        volumes = read.volumes(connection, found.id) if found is not None else ()
        closed = visit.session is None and bool(closed_to_visitors(visit.house, connection, [matter.id]))
    if closed or matter.agency != visit.house.agency or found is None or not found.sha256:
        raise InputError(_("Chưa có hồ sơ nào mang mã này."), where=visit.path("id"), code="congkhai-E140")
    digests, vault = volumes or (found.sha256,), visit.house.store.vault
    files = {
        container_name(found.id, number, len(digests)): vault.read(sha256) for number, sha256 in enumerate(digests, 1)
    }
    return _answer(visit, found.id if len(files) > 1 else f"{found.id}.asice", files)


def _answer(visit: Visit, name: str, files: Mapping[str, bytes]) -> Response:
    trust, now = trust_in(visit.house.configuration.trust.folder), visit.house.clock.now()
    report = judge(files, trust, now)
    if visit.text("receipt") if visit.request.method == "POST" else visit.query("receipt"):
        return download(verification_pdf(report, trust, now, now), "bien-nhan.pdf", "application/pdf")
    return page(visit, "verify.html", report=report, name=name, words=verification)


def judge(files: Mapping[str, bytes], trust: Trust, at: datetime) -> Report:
    """
    Verify bytes that came under names, in a folder of their own that is gone afterwards.

    Args:
        files: one file, or the volumes of a dossier, by names that we gave them.

    Raises:
        NotAllowedError: so many are being verified that this one cannot wait (E752).
    """
    if not _LOOKS.acquire(timeout=_PATIENCE):
        raise NotAllowedError(
            _("Đang có nhiều tệp được kiểm tra cùng lúc."), code="congkhai-E752", advice=_("Chờ một lát rồi gửi lại."),
        )  # fmt: skip
    try:
        return _judged(files, trust, at)
    finally:
        _LOOKS.release()


def _judged(files: Mapping[str, bytes], trust: Trust, at: datetime) -> Report:
    with tempfile.TemporaryDirectory(prefix="congkhai-") as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
        whole = Path(folder) if len(files) > 1 else Path(folder, *files)
        return _without(f"{folder}/", verify_path(whole, trust, at, guard=_GUARD))


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
