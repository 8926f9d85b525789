"""
Verification of files and folders: offline, without asking or trusting anybody but the trust folder.

Source: EN 319 102-1 (process and indications); TT 15/2025/TT-BKHCN Điều 6.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ._text import _
from .asice import mentions
from .container_file import judge_container
from .errors import FormatError, UnreadableError
from .existence import Existence
from .limits import DEFAULT_LIMITS, Limits
from .parallel import beside
from .pdf_file import MAX_PDF, can_judge_pdf, judge_pdf, not_judged
from .report import FileReport, Report, ReportFinding, worst
from .trust import Trust
from .xml_file import BesideFile, carries_signature, failed_file, judge_xml
from .xmlsafe import parse

_CONTAINERS = {".asice", ".sce"}


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to look at: where it lies, how the report calls it, and the signature files beside it."""

    path: Path
    name: str
    companions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one file gave: reports of a signed file, or nothing for an unsigned one."""

    name: str
    reports: tuple[FileReport, ...]
    findings: tuple[ReportFinding, ...] = ()


def verify_bytes(
    data: bytes,
    name: str,
    trust: Trust,
    at: datetime,
    *,
    companions: Sequence[BesideFile] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> FileReport:
    """
    Verify one XML file in memory.

    Args:
        data: the file.
        name: for the report.
        trust: what is trusted.
        at: moment to judge at, with zone.
        companions: signature files that lie beside it.
        limits: against hostile input.

    Raises:
        ValueError: `at` has no zone.
    """
    return judge_xml(data, name, trust, _existence(at), limits, companions=companions)


def verify_path(
    path: Path,
    trust: Trust,
    at: datetime,
    *,
    limits: Limits = DEFAULT_LIMITS,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """
    Verify one XML file, one ASiC-E container, or every signed file of a folder.

    Args:
        path: file or folder; signature files ``NAME.sig-ROLE.xml`` beside ``NAME.xml`` are found and counted in.
        trust: what is trusted; with `Trust.nothing` no signature passes.
        at: moment to judge at, with zone; nothing proves an earlier one without a timestamp.
        limits: against hostile input.
        workers: processes for a folder; 1 works in this one.
        progress: called with files done and files in all.

    Returns:
        The report. In a folder unsigned files are listed as findings (V30), not judged.

    Raises:
        UnreadableError: no such path, not readable, or one file of a kind that carries no signature.
        ValueError: `at` has no zone.
    """
    existence = _existence(at)
    try:
        if not path.exists():
            raise UnreadableError(
                what=_("Không có tệp hoặc thư mục {path}.").format(path=path), advice=_("Kiểm tra lại đường dẫn."),
                code="congkhai-S411",
            )  # fmt: skip
        if path.is_dir():
            return _folder(path, trust, existence, limits, workers, progress)
        looked = _look(_Job(path, str(path), _companions(path)), trust, existence, limits)
    except OSError as error:
        raise UnreadableError(
            what=_("Không đọc được: {reason}").format(reason=error.strerror or error), where=str(path),
            advice=_("Kiểm tra quyền đọc."), code="congkhai-S412",
        ) from error  # fmt: skip
    if not looked.reports:
        raise UnreadableError(
            what=_("Tệp này không phải XML, gói ASiC-E hay loại tệp nào mang chữ ký số kiểm tra được."),
            where=str(path), code="congkhai-S413", advice=_("Cho tệp .xml, .asice hoặc thư mục hồ sơ."),
        )  # fmt: skip
    return _report([looked])


def _existence(at: datetime) -> Existence:
    if at.tzinfo is None:
        raise ValueError("the moment of verification needs a zone")
    return Existence(at)


def _companions(path: Path) -> tuple[Path, ...]:
    found = (one for one in path.parent.glob("*.sig-*.xml") if one.is_file())
    return tuple(sorted(one for one in found if (split := beside(one.name)) and split[0] == path.name))


def _folder(
    folder: Path,
    trust: Trust,
    existence: Existence,
    limits: Limits,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> Report:
    jobs = _jobs(folder, limits)
    looked: list[_Looked] = []
    for done, one in enumerate(_run(jobs, trust, existence, limits, workers), start=1):
        looked.append(one)
        if progress is not None:
            progress(done, len(jobs))
    report = _report(looked)
    if report.files:
        return report
    nothing = ReportFinding("V02", "error", str(folder), _("Trong thư mục không có tệp nào được ký."))
    return Report(report.indication, (), (nothing, *report.findings))


def _jobs(folder: Path, limits: Limits) -> list[_Job]:
    files = sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    if len(files) > limits.folder_files:
        raise UnreadableError(
            what=_("Thư mục có hơn {limit} tệp.").format(limit=limits.folder_files), where=str(folder),
            advice=_("Kiểm tra từng thư mục con."), code="congkhai-S414",
        )  # fmt: skip
    names = {one.relative_to(folder).as_posix(): one for one in files}
    companions: dict[str, list[Path]] = {}
    for name, one in names.items():
        split = beside(name)
        if split is not None and split[0] in names:
            companions.setdefault(split[0], []).append(one)
    attached = {one for group in companions.values() for one in group}
    return [_Job(one, name, tuple(companions.get(name, ()))) for name, one in names.items() if one not in attached]


def _run(jobs: Sequence[_Job], trust: Trust, existence: Existence, limits: Limits, workers: int) -> Iterator[_Looked]:
    if workers <= 1 or len(jobs) < 2:
        for job in jobs:
            yield _look(job, trust, existence, limits)
        return
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        work = partial(_look, trust=trust, existence=existence, limits=limits)
        yield from pool.map(work, jobs, chunksize=max(1, min(16, len(jobs) // (workers * 4))))


def _look(job: _Job, trust: Trust, existence: Existence, limits: Limits) -> _Looked:
    """Look at one file; what it is, its first bytes decide, its name only where they say nothing."""
    with job.path.open("rb") as stream:
        head = stream.read(1024)
    suffix = job.path.suffix.lower()
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix in _CONTAINERS or (head.startswith(b"PK\x03\x04") and b"mimetypeapplication/vnd.etsi.asic" in head):
        return _Looked(job.name, judge_container(job.path, job.name, trust, existence, limits))
    if head.startswith(b"%PDF-") and _signed_pdf(job.path):
        if not can_judge_pdf():
            return _Looked(job.name, (), (not_judged(job.name, "error"),))
        with job.path.open("rb") as stream:
            return _Looked(job.name, (judge_pdf(stream.read(MAX_PDF + 1), job.name, trust, existence),))
    if suffix == ".xml" or text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _look_xml(job, trust, existence, limits, must=suffix == ".xml")
    return _Looked(job.name, (), (_unsigned(job.name),))


def _signed_pdf(path: Path) -> bool:
    with path.open("rb") as stream:
        return mentions(stream, b"/ByteRange")


def _unsigned(name: str) -> ReportFinding:
    return ReportFinding("V30", "info", name, _("Tệp không có chữ ký số, không được đánh giá."))


def _look_xml(job: _Job, trust: Trust, existence: Existence, limits: Limits, *, must: bool) -> _Looked:
    with job.path.open("rb") as stream:
        data = stream.read(limits.xml_bytes + 1)
    try:
        signed = carries_signature(parse(data, limits=limits))
    except FormatError as error:
        if not must:
            return _Looked(job.name, (), (_unsigned(job.name),))
        return _Looked(job.name, (failed_file(job.name, "xml", error.what),))
    if not signed:
        return _Looked(job.name, (), (_unsigned(job.name),))
    companions = [
        BesideFile(one.name, one.read_bytes()) for one in job.companions if one.stat().st_size <= limits.xml_bytes
    ]
    return _Looked(job.name, (judge_xml(data, job.name, trust, existence, limits, companions=companions),))


def _report(looked: Sequence[_Looked]) -> Report:
    files = tuple(report for one in looked for report in one.reports)
    loose = tuple(finding for one in looked for finding in one.findings)
    verdicts = [one.indication for one in files]
    if any(finding.severity == "error" for finding in loose):
        verdicts.append(worst(()))
    return Report(worst(verdicts), files, (*(finding for one in files for finding in one.findings), *loose))
