"""
One ASiC container, judged: its signatures, its manifest and timestamps, files that nobody signed, and the signed files
inside it.

Source: EN 319 162-1; the rules for uncovered members and a manifest that disagrees are this project's own and stricter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from ._text import _
from .asice import Member, mentions
from .asice_read import Container, read_container
from .container_evidence import Evidence, judge_evidence
from .errors import ContainerError, FormatError
from .existence import Existence
from .limits import Limits
from .parallel import NAMESPACES, beside
from .pdf_file import MAX_PDF, can_judge_pdf, judge_pdf, not_judged
from .report import FileReport, Indication, ReportFinding
from .signature import Judged, judge_signature
from .surroundings import MemberDigests, container_surroundings
from .timestamp_report import timestamp_reports
from .trust import Trust
from .xml_file import (
    BesideFile,
    carries_signature,
    conclude,
    cover_findings,
    failed_file,
    find_signatures,
    judge_xml,
)
from .xmlsafe import ASIC, ds, parse


def judge_container(
    path: Path, name: str, trust: Trust, existence: Existence, limits: Limits
) -> tuple[FileReport, ...]:
    """
    Judge a container and the signed files inside it.

    Args:
        path: the file.
        name: for the report.
        trust: what is trusted.
        existence: when its signatures are taken to have existed.
        limits: of this verification.

    Returns:
        The container's report first, then one for each signed member (``name!member``).

    Raises:
        OSError: the file cannot be read.
    """
    try:
        container = read_container(path, limits=limits)
        digests = MemberDigests(container.members)
        evidence = judge_evidence(container, digests, trust, existence, limits)
        judged = _signatures(container, digests, trust, evidence, limits)
        inner, notes = _inside(container, name, trust, _Proofs(evidence, judged), limits)
    except (FormatError, ContainerError) as error:
        return (failed_file(name, kind_of(path), error.what),)
    findings = [*container.problems, *evidence.findings, *_uncovered(container, judged)]
    findings += [*cover_findings(judged, name), *notes]
    return (conclude(name, container.kind, judged, findings), *inner)


def kind_of(path: Path) -> str:
    """Return which kind of container a file's name claims, for one that cannot be read."""
    return "asics" if path.suffix.lower() in {".asics", ".scs"} else "asice"


def _signatures(
    container: Container, digests: MemberDigests, trust: Trust, evidence: Evidence, limits: Limits
) -> list[Judged]:
    names = frozenset(one.name for one in container.members)
    judged: list[Judged] = []
    for file, data in container.signatures:
        parsed = parse(data, limits=limits)
        found, _counter = find_signatures(parsed, limits)
        _check_root(parsed.root)
        around = container_surroundings(parsed, container.members, digests)
        if len(judged) + len(found) > limits.signatures:
            raise FormatError(
                what=_("Gói có hơn {limit} chữ ký.").format(limit=limits.signatures), code="congkhai-S301"
            )
        existence = evidence.of(frozenset({file}))
        covering = timestamp_reports(stamp for stamp, covers in evidence.stamps if file in covers)
        for one in found:
            made = judge_signature(one, around, trust, existence, limits, members=names)
            report = replace(made.report, timestamps=(*made.report.timestamps, *covering))
            judged.append(replace(made, report=report) if covering else made)
    return judged


def _check_root(root: etree._Element) -> None:
    """A signature file holds signatures and nothing else."""
    loose = (root.text or "").strip() or any((child.tail or "").strip() for child in root)
    if root.tag != f"{{{ASIC}}}XAdESSignatures" or any(child.tag != ds("Signature") for child in root) or loose:
        raise FormatError(what=_("Tệp chữ ký trong gói chứa nội dung khác ngoài chữ ký."), code="congkhai-S307")


class _Proofs:
    """What the container's timestamps prove about each file in it."""

    def __init__(self, evidence: Evidence, judged: Sequence[Judged]) -> None:
        self._evidence = evidence
        # A seal whose value and references hold, with a timestamp that holds, proves its files, whoever sealed.
        self._seals = [
            (one.coverage.members, one.history)
            for one in judged
            if one.report.integrity == "intact" and one.history is not None and one.history.proven
        ]

    def of(self, names: Iterable[str]) -> Existence:
        """Return what is known about some files together: the latest of their proofs counts."""
        wanted = frozenset(names)
        found = self._evidence.of(wanted)
        seals = [history for members, history in self._seals if wanted <= members]
        if not seals:
            return found
        found = replace(found, whole=min(found.file, *(one.best for one in seals)))
        for one in seals:
            found = found.with_material(one.own)
            known = dict(found.known)
            for thing, moment in one.existence.known:
                known[thing] = min(moment, known.get(thing, moment))
            found = replace(found, known=tuple(sorted(known.items())))
        return found


def _uncovered(container: Container, judged: Sequence[Judged]) -> list[ReportFinding]:
    covered = {
        name for one in judged if one.report.indication is not Indication.FAILED for name in one.coverage.members
    }
    return [
        ReportFinding(
            "V10", "error", one.name, _("Không chữ ký nào bảo vệ tệp {name} trong gói.").format(name=one.name),
            _("Không dùng tệp này làm căn cứ; hỏi lại nơi lập gói."),
        )
        for one in container.members
        if one.name not in covered
    ]  # fmt: skip


def _inside(
    container: Container, name: str, trust: Trust, proofs: _Proofs, limits: Limits
) -> tuple[list[FileReport], list[ReportFinding]]:
    """Judge the signed files inside; the reports of XML files, and notes about what was not looked into."""
    names = {one.name for one in container.members}
    companions: dict[str, list[BesideFile]] = {}
    for one in container.members:
        split = beside(one.name)
        if split is not None and split[0] in names and one.size <= limits.xml_bytes:
            companions.setdefault(split[0], []).append(BesideFile(one.name, _read(one)))
    attached = {companion.name for group in companions.values() for companion in group}
    reports: list[FileReport] = []
    notes: list[ReportFinding] = []
    for one in container.members:
        if one.name in attached:
            continue
        kind = _kind(one)
        if kind == "container":
            notes.append(ReportFinding("V15", "info", one.name, _("Gói lồng trong gói, không được mở để kiểm tra.")))
        elif kind == "pdf":
            if can_judge_pdf() and one.size <= MAX_PDF:
                reports.append(judge_pdf(_read(one), f"{name}!{one.name}", trust, proofs.of([one.name])))
            else:
                notes.append(not_judged(one.name, "info"))
        elif kind == "xml":
            beside_it = companions.get(one.name, ())
            existence = proofs.of([one.name, *(companion.name for companion in beside_it)])
            report = _xml(one, f"{name}!{one.name}", beside_it, trust, existence, limits)
            reports += [report] if report else []
            if report is None and one.size > limits.xml_bytes:
                notes.append(ReportFinding("V17", "info", one.name, _("Tệp XML quá lớn, không tìm chữ ký bên trong.")))
    return reports, notes


def _kind(member: Member) -> str:
    """Look at the first bytes: what a file is, its name does not decide."""
    with member.open() as stream:
        head = stream.read(4096)
        if head.startswith(b"PK\x03\x04") and b"mimetypeapplication/vnd.etsi.asic" in head:
            return "container"
        if head.startswith(b"%PDF-"):
            return "pdf" if mentions(stream, b"/ByteRange", head) else ""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return "xml" if text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")) else ""


def _xml(
    member: Member, path: str, companions: Sequence[BesideFile], trust: Trust, existence: Existence, limits: Limits
) -> FileReport | None:
    if member.size > limits.xml_bytes:
        return None
    data = _read(member)
    try:
        if not carries_signature(parse(data, limits=limits)):
            return None
    except FormatError as error:
        # HTML pages and broken XML are only data; something that speaks of signatures must not slip through unread.
        words = ["http://www.w3.org/2000/09/xmldsig#", *NAMESPACES]
        speaks = any(word.encode() in data for word in words)
        return failed_file(path, "xml", error.what) if speaks else None
    return judge_xml(data, path, trust, existence, limits, companions=companions)


def _read(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read()
