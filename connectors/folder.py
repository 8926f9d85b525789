"""
Connector ``folder``: papers that a clerk or a scanner drops into a folder, as PDF, DOCX or picture.

With a sidecar (`folder_sidecar`) the paper has the fields that it says. What it leaves out, and everything of a paper
without one, is read off the first page (`folder_text`, `folder_fields`) and only proposed: the paper is marked
``fields-proposed`` with the confidence of each field, shown in ``status``, and nothing is made public before a clerk
has confirmed it. The first page is read in any case, for the secrecy gate: what a scan says, only OCR can tell.

How a file ends: taken in → the processed folder, after intake's commit, with its sidecar and further files; refused for
secrecy → stays where it is and is not read again while the house has it refused; unreadable → the held folder, with the
reason beside it. A paper's id is the digest of its file; what the sidecar says makes its version.
"""

import hashlib
import json
import logging
import mimetypes
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote_from_bytes, unquote_to_bytes

from congkhai.plugin.clock import local_date
from congkhai.plugin.errors import InputError, NotAllowedError, OutsideError
from congkhai.plugin.hooks import RegisterConnector, hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    Direction,
    Filing,
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
    Receipt,
)
from congkhai.plugin.text import _

from .doubts import doubts, plausible
from .durable_files import kept_name
from .edxml_folder import CODE, Arrival, DropFolder, Reason, Refusals, folder_problems, shown_name
from .edxml_media import extension_of, fits, is_active, media_type
from .folder_fields import Proposed, propose
from .folder_settings import FolderSettings
from .folder_sidecar import Sidecar, SidecarError, candidates, read_sidecar
from .folder_text import PageText, first_page, languages, program
from .ioffice_fields import folded
from .read_back import NothingFiled

_LOG = logging.getLogger(__name__)
_TYPES = mimetypes.MimeTypes(filenames=())


@dataclass(frozen=True, slots=True)
class _Paper:
    """One paper in the folder: its file, digest and bytes, its sidecar, and the digests of its further files."""

    arrival: Arrival
    digest: str
    data: bytes = field(repr=False)
    sidecar: Sidecar
    sidecar_digest: str
    files: tuple[tuple[str, str], ...]


class FolderConnector(NothingFiled):
    """Connector to one folder of papers; see the module."""

    def __init__(self, settings: FolderSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        settle = settings.settle_time if settings.complete_when == "settled" else None
        self._folder = DropFolder(settings.places, context.folder, settings.file_names, settle)
        self._beside = DropFolder(settings.places, context.folder, ("*.json", "*.ini"), settle)
        self._refusals = Refusals(context.folder / "refused.json")
        self._offered: dict[str, tuple[_Paper, str]] = {}

    def plain(self, secrecy: str | None) -> bool:
        """Tell whether a marking of the sidecar, or its absence (None), means "not secret" here."""
        if secrecy is None or not folded(secrecy):
            return self._settings.source_is_plain
        return folded(secrecy) in {folded(value) for value in self._settings.secrecy_plain_values}

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:  # noqa: ARG002 - a folder needs no cursor
        """Offer the papers that have fully arrived, oldest first. Raises OutsideError when a folder fails."""
        arrivals = self._folder.arrivals()
        ready = {arrival.name for arrival in self._beside.arrivals()}
        self._refusals.keep_only(arrivals)
        self._offered.clear()
        by_name = {arrival.name: arrival for arrival in arrivals}
        taken = {name for one in arrivals for name in self._named_by(one.name, ready)} & by_name.keys()
        for arrival in arrivals:
            if arrival.name in taken:
                continue  # another paper's further file
            ticket = self._refusals.ticket(arrival)
            if ticket is None or not known.refused_ticket(ticket):
                yield from self._offer(arrival, known, ready)

    def look_again(self) -> timedelta | None:
        """Say when a paper or sidecar that was being written at the last pull will have been quiet long enough."""
        waits = [one.soon for one in (self._folder, self._beside) if one.soon is not None]
        return min(waits) if waits else None

    def _named_by(self, name: str, ready: set[str]) -> tuple[str, ...]:
        try:
            return self._sidecar(name, ready).attachments
        except (SidecarError, OSError):
            return ()

    def _sidecar(self, name: str, ready: set[str]) -> Sidecar:
        found = next((one for one in candidates(name) if one in ready), None)
        return Sidecar() if found is None else read_sidecar(self._settings.folder / found)

    def _offer(self, arrival: Arrival, known: Known, ready: set[str]) -> Iterator[Pulled]:
        data, digest = self._folder.read(arrival, self._settings.max_file)
        if not digest:
            return  # it changed while it was read
        if data is None:
            yield from self._aside(arrival, digest, "too-large")
            return
        try:
            sidecar = self._sidecar(arrival.name, ready)
            paper = self._paper(arrival, digest, data, sidecar)
        except SidecarError as error:
            yield from self._aside(arrival, digest, error.code)
            return
        if paper is None or (not sidecar.name and self._settings.sidecar == "required"):
            return  # the sidecar, or a file it names, has yet to come
        if problem := _unusable(arrival.name, data):
            yield from self._aside(arrival, digest, problem)
            return
        page = first_page(data, media_type(data), self._settings)
        if not page.text and not sidecar.fields:
            yield from self._aside(arrival, digest, page.problem)
            return
        document = self._document(paper, page)
        if known.fingerprint(document.remote_id) == document.fingerprint:
            self._finish(paper)
            return
        self._offered = {document.ref: (paper, known.ticket(document.remote_id))}  # one paper's bytes at a time
        if self.plain(document.secrecy):
            yield from doubts(document, shown_name(arrival.name))
        yield document

    def _paper(self, arrival: Arrival, digest: str, data: bytes, sidecar: Sidecar) -> _Paper | None:
        """Read the further files' digests; None while one of them has not fully arrived."""
        files = list[tuple[str, str]]()
        everything = DropFolder(self._settings.places, self._context.folder, ("*",), None)
        there = {one.name: one for one in everything.arrivals()} if sidecar.attachments or sidecar.name else {}
        for name in sidecar.attachments:
            found = there.get(name)
            if found is None:
                return None
            files.append((name, everything.read(found, 0)[1]))
        beside = everything.read(there[sidecar.name], 0)[1] if sidecar.name in there else ""
        return _Paper(arrival, digest, data, sidecar, beside, tuple(files))

    def _document(self, paper: _Paper, page: PageText) -> PulledDocument:
        said, found = paper.sidecar.fields, propose(page.text, page.confidence) if page.text else Proposed()
        today = local_date(self._context.clock.now())
        marks, proposed = list[str](), list[str]()

        def chosen(name: str, read: str) -> str:
            if said.get(name):
                return said[name]
            if read:
                proposed.append(name)
            return read

        issued = paper.sidecar.issued
        if issued is None and found.issued is not None:
            issued = found.issued
            proposed.append("issued")
        if issued is not None and not plausible(issued, today):
            marks += ["date-implausible", f"date-as-written: {issued.isoformat()}"]
            issued = None
        number, subject = chosen("number", found.number), chosen("subject", found.subject)
        issuer = said.get("issuer") or self._settings.issuer or chosen("issuer", found.issuer)
        marks += [f"{name}-missing" for name, value in (("number", number), ("subject", subject)) if not value]
        if proposed:
            marks += ["fields-proposed", f"read-by-{page.how}"]
            sure = found.confidence
            marks += [f"confidence-{name}: {sure[name]:.2f}" for name in proposed if name in sure]
        if page.problem:
            marks.append(f"first-page-{page.problem}")
        direction = Direction(said.get("direction") or self._settings.direction)
        return PulledDocument(
            remote_id=f"file-{paper.digest[:32]}",
            direction=direction,
            type=chosen("type", found.type),
            number=number,
            issued=issued,
            arrived=(paper.sidecar.arrived or today) if direction is Direction.IN else None,
            issuer=issuer,
            subject=subject,
            fingerprint=_fingerprint(paper),
            secrecy=said.get("secrecy"),
            signer=said.get("signer", ""),
            identifier=said.get("identifier", ""),
            urgency=said.get("urgency", ""),
            marks=tuple(marks),
            ref=_reference(paper.arrival.name, paper.digest),
            text=page.text,
        )

    def _aside(self, arrival: Arrival, digest: str, code: str) -> Iterator[PulledProblem]:
        message, advice = _reason(code)
        yield PulledProblem(shown_name(arrival.name), code, message, advice, digest)
        reason = Reason(code, message, advice, digest, arrival.size, self._context.clock.now())
        self._folder.set_aside(arrival.name, digest, self._settings.places.held, reason)

    def _finish(self, paper: _Paper) -> None:
        """Move what belongs to a paper, the paper itself last: after a crash in between it is offered again."""
        for name, digest in (*paper.files, (paper.sidecar.name, paper.sidecar_digest)):
            if name and digest:
                self._folder.finish(name, digest)
        self._folder.finish(paper.arrival.name, paper.digest)

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the paper's file and its further files."""
        paper, _ticket = self._offered[document.ref]
        refs = [_attachment(1, paper.arrival.name, paper.digest, len(paper.data))]
        refs += [_attachment(number, name, digest, None) for number, (name, digest) in enumerate(paper.files, start=2)]
        return tuple(refs)

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """
        Return one file.

        Raises:
            OutsideError: it is not there any more.
            InputError: it is larger than allowed, or not what its name says.
        """
        digest, _slash, written = attachment.ref.partition("/")
        name = os.fsdecode(unquote_to_bytes(written))
        data = self._folder.find(name, digest)
        if data is None:
            raise OutsideError(
                what=_("Tệp không còn trong thư mục."), where=str(attachment.ordinal),
                advice=_("Đưa tệp lại vào thư mục; congkhai sẽ đọc lại."), code=CODE,
            )  # fmt: skip
        problem = "too-large" if len(data) > self._settings.max_file else _unusable(name, data)
        if problem:
            message, advice = _reason(problem)
            raise InputError(what=message, where=str(attachment.ordinal), advice=advice, code=problem)
        return data

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:  # noqa: ARG002 - a code only
        """Move the paper where intake's outcome sends it; a refused one stays and is only remembered."""
        kept = self._offered.get(document.ref)
        if kept is None:
            return
        paper, ticket = kept
        if outcome is Outcome.REFUSED:
            self._refusals.remember(paper.arrival, ticket)
        elif outcome is Outcome.HELD:
            message, advice = _reason("held-by-house")
            said = Reason("held-by-house", message, advice, paper.digest, len(paper.data), self._context.clock.now())
            self._folder.set_aside(paper.arrival.name, paper.digest, self._settings.places.held, said)
        else:
            self._finish(paper)
        _LOG.info("paper %s: %s", paper.digest[:16], outcome.value)

    def file_dossier(self, filing: Filing) -> Receipt:
        """Refuse: papers come out of this folder, dossiers go elsewhere. Raises NotAllowedError."""
        raise NotAllowedError(
            what=_("Thư mục văn bản chỉ để nhận, không nhận hồ sơ."), where=filing.key,
            advice=_("Khai một nơi nộp hồ sơ khác, ví dụ type = handover."),
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings and whether scans can be read; with `live` also the folders."""
        prefix = f"connector:{self._context.name}"
        results = [self._check_plain(f"{prefix}:source-is-plain"), self._check_ocr(f"{prefix}:ocr")]
        if not live:
            return (*results, CheckResult(f"{prefix}:folder", "skipped", _("Chưa thử thư mục (dùng --live).")))
        advice = _("Tạo thư mục, cấp quyền cho tài khoản chạy congkhai, đặt tất cả trên cùng ổ đĩa.")
        found = folder_problems(self._settings.places)
        wrong = [CheckResult(f"{prefix}:folder", "fail", what, advice) for what in found]
        waiting = _("Có {count} tệp đang chờ.").format(count=0 if wrong else len(self._folder.arrivals()))
        return (*results, *(wrong or [CheckResult(f"{prefix}:folder", "ok", waiting)]))

    def _check_plain(self, key: str) -> CheckResult:
        if self._settings.source_is_plain:
            basis = self._settings.source_is_plain_basis
            return CheckResult(key, "ok", _("Nguồn được khai là không có văn bản mật: {basis}").format(basis=basis))
        return CheckResult(
            key, "warn", _("Chỉ nhận văn bản mà tệp thông tin ghi rõ là không mật."),
            _("Nếu nguồn không có văn bản mật, khai source-is-plain = yes và source-is-plain-basis."),
        )  # fmt: skip

    def _check_ocr(self, key: str) -> CheckResult:
        advice = _("Cài gói tesseract-ocr và tesseract-ocr-vie, hoặc ghi tệp thông tin cho bản quét.")
        tesseract = program(self._settings)
        if tesseract is None:
            return CheckResult(key, "warn", _("Không đọc được bản quét: chưa có Tesseract."), advice)
        lacking = set(self._settings.ocr_languages.split("+")) - set(languages(tesseract))
        if lacking:
            what = _("Tesseract thiếu ngôn ngữ {names}.").format(names=", ".join(sorted(lacking)))
            return CheckResult(key, "warn", what, advice)
        return CheckResult(key, "ok", _("Đọc được bản quét bằng Tesseract."))


def _reason(code: str) -> tuple[str, str]:
    """Return what is wrong with a file and what to do, for a reason code."""
    again = _("Sửa tệp hoặc ghi tệp thông tin (JSON, INI) đi kèm, rồi đưa lại vào thư mục.")
    reasons = {
        "too-large": _("Tệp lớn hơn mức cho phép."),
        "unreadable": _("Không mở được tệp: hỏng, đặt mật khẩu hoặc không đúng định dạng."),
        "type-mismatch": _("Nội dung tệp không đúng như phần mở rộng của tên."),
        "active-content": _("Tệp chứa mã thực thi hoặc macro nên không được nhận."),
        "empty": _("Tệp rỗng."),
        "no-ocr": _("Bản quét không có chữ, mà máy chưa có Tesseract để nhận dạng."),
        "ocr-failed": _("Nhận dạng chữ của bản quét không xong."),
        "no-text": _("Trang đầu không có chữ nào đọc được."),
        "sidecar-unreadable": _("Tệp thông tin đi kèm không đọc được."),
        "sidecar-unknown-field": _("Tệp thông tin đi kèm có trường không biết."),
        "sidecar-value": _("Tệp thông tin đi kèm có giá trị không dùng được."),
        "held-by-house": _("Văn bản chờ người có thẩm quyền xem xét."),
    }
    return reasons[code], again


def _unusable(name: str, data: bytes) -> str:
    """Return the reason why a file cannot be used, or empty text."""
    if not data:
        return "empty"
    found = media_type(data)
    if not fits(extension_of(name), found):
        return "type-mismatch"
    return "active-content" if is_active(name, data, found) else ""


def _fingerprint(paper: _Paper) -> str:
    said = {"fields": dict(paper.sidecar.fields), "files": list(paper.files)}
    written = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return f"1:{paper.digest[:32]}:{hashlib.sha256(written).hexdigest()[:32]}"


def _reference(name: str, digest: str) -> str:
    return f"{digest}/{quote_from_bytes(os.fsencode(name), safe='')}"


def _attachment(ordinal: int, name: str, digest: str, size: int | None) -> AttachmentRef:
    kind = _TYPES.guess_type(name)[0] or "application/octet-stream"
    return AttachmentRef(ordinal, kept_name(shown_name(name), f"{ordinal}"), kind, _reference(name, digest), size)


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``type = folder``."""
    register("folder", FolderSettings, FolderConnector)
