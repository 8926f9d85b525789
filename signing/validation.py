"""
Verification of files and folders: offline, without asking or trusting anybody but the trust folder.

Source: EN 319 102-1 (process and indications); TT 15/2025/TT-BKHCN Điều 6.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from ._text import _
from .asice import mentions
from .container_file import judge_container, kind_of
from .errors import FormatError, UnreadableError
from .existence import Existence
from .guarded import Guard, Stopped, run_guarded
from .limits import DEFAULT_LIMITS, Limits
from .parallel import beside
from .pdf_file import MAX_PDF, can_judge_pdf, judge_pdf, not_judged
from .report import FileReport, Report, ReportFinding, worst
from .trust import Trust
from .xml_file import BesideFile, carries_signature, failed_file, judge_xml
from .xmlsafe import parse

_CONTAINERS = {".asice", ".sce", ".asics", ".scs"}
_UNGUARDED = Guard(seconds=float("inf"), memory=None)


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
    guard: Guard | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """
    Verify one XML file, container or PDF file, or every signed file of a folder.

    Args:
        path: file or folder; signature files ``NAME.sig-ROLE.xml`` beside ``NAME.xml`` are found and counted in.
        trust: what is trusted; with `Trust.nothing` no signature passes.
        at: moment to judge at, with zone; nothing proves an earlier one without a timestamp.
        limits: against hostile input.
        workers: processes for a folder; 1 works in this one, unless there is a guard.
        guard: what one file may cost; every file is then judged in a process that is stopped when it asks for more.
        progress: called with files done and files in all.

    Returns:
        The report. In a folder unsigned files are listed as findings (V30), not judged; a file that was stopped or
        could not be read is an error finding (V07, V08, V09), which leaves the whole INDETERMINATE.

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
            return _folder(path, trust, existence, limits, workers, guard, progress)
        job = _Job(path, str(path), companions_of(path))
        looked = (
            _look(job, trust, existence, limits)
            if guard is None
            else _guarded_one(job, trust, existence, limits, guard)
        )
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


def companions_of(path: Path) -> tuple[Path, ...]:
    """Return the signature files that lie beside a file, by their names."""
    found = (one for one in path.parent.glob("*.sig-*.xml") if one.is_file())
    return tuple(sorted(one for one in found if (split := beside(one.name)) and split[0] == path.name))


def _folder(
    folder: Path,
    trust: Trust,
    existence: Existence,
    limits: Limits,
    workers: int,
    guard: Guard | None,
    progress: Callable[[int, int], None] | None,
) -> Report:
    jobs = _jobs(folder, limits)

    def done(count: int) -> None:
        if progress is not None:
            progress(count, len(jobs))

    report = _report(_run(jobs, trust, existence, limits, workers, guard, done))
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


def _run(
    jobs: Sequence[_Job],
    trust: Trust,
    existence: Existence,
    limits: Limits,
    workers: int,
    guard: Guard | None,
    done: Callable[[int], None],
) -> list[_Looked]:
    if guard is not None or (workers > 1 and len(jobs) > 1):
        return _apart(jobs, trust, existence, limits, workers, guard or _UNGUARDED, done)
    looked: list[_Looked] = []
    for job in jobs:
        looked.append(_look(job, trust, existence, limits))
        done(len(looked))
    return looked


def _apart(
    jobs: Sequence[_Job],
    trust: Trust,
    existence: Existence,
    limits: Limits,
    workers: int,
    guard: Guard,
    done: Callable[[int], None],
) -> list[_Looked]:
    """Judge files in processes of their own."""
    work = partial(_look, trust=trust, existence=existence, limits=limits)
    found = run_guarded(
        work, jobs, workers=workers, allowed=lambda job: guard.allowed(_size(job)), memory=guard.memory, done=done
    )
    return [
        _Looked(job.name, (), (_stopped(job.name, one),)) if isinstance(one, Stopped) else one
        for job, one in zip(jobs, found, strict=True)
    ]


def _guarded_one(job: _Job, trust: Trust, existence: Existence, limits: Limits, guard: Guard) -> _Looked:
    """Judge one file in a process of its own; raises OSError when it cannot be read."""
    with job.path.open("rb") if job.path.is_file() else nullcontext():
        pass  # says at once, and in the system's own words, that a file cannot be read
    (looked,) = _apart([job], trust, existence, limits, 1, guard, lambda _count: None)
    if looked.reports or not any(one.severity == "error" for one in looked.findings):
        return looked
    # A single file that could not be judged still is a file with a result: nothing is known of it.
    return _Looked(job.name, (FileReport(job.name, _kind(job.path), worst(()), (), looked.findings),))


def _size(job: _Job) -> int:
    try:
        return job.path.stat().st_size
    except OSError:
        return 0


def _stopped(name: str, stopped: Stopped) -> ReportFinding:
    if stopped.why == "time":
        return ReportFinding(
            "V07", "error", name, _("Kiểm tra tệp này quá thời gian cho phép nên đã bị dừng, chưa kết luận được."),
            _("Nếu tin nguồn gửi, kiểm tra lại riêng tệp này với giới hạn thời gian dài hơn."),
        )  # fmt: skip
    if stopped.why == "unreadable":
        return ReportFinding(
            "V09", "error", name, _("Không đọc được: {reason}").format(reason=stopped.detail),
            _("Kiểm tra quyền đọc."),
        )  # fmt: skip
    reason = _("hết bộ nhớ cho phép") if stopped.why == "memory" else stopped.detail
    return ReportFinding(
        "V08", "error", name, _("Không kiểm tra được tệp này ({reason}), chưa kết luận được.").format(reason=reason),
        _("Không dùng tệp này làm căn cứ; báo cho bộ phận kỹ thuật."),
    )  # fmt: skip


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


def _kind(path: Path) -> str:
    """Return the format that a file's name claims, for the report of one that could not be judged."""
    suffix = path.suffix.lower()
    return kind_of(path) if suffix in _CONTAINERS else "pdf" if suffix == ".pdf" else "xml"


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
