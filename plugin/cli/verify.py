"""
``congkhai verify``: verification of XML, ASiC and PDF files and whole folders, with no ini and no daemon, and without
the network unless ``--online`` asks for it.

What is displayed for each signature are the seven fields of TT 15/2025/TT-BKHCN Điều 6, whatever the result.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..clock import ZONE, SystemClock
from ..errors import CongkhaiError, UsageError
from ..text import _
from ..verification import clean, fields, file_line, finding_lines, overall_line, result_line

if TYPE_CHECKING:
    from congkhai.signing import Report, ReportFinding, Trust

_EXIT = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 3}
_MOST_WORKERS = 8


def _known_kind(path: Path | None) -> Path | None:
    """Refuse a report of a kind that is not written, before anything is verified."""
    if path is not None and path.suffix.lower() not in {".pdf", ".xml", ".json"}:
        raise click.BadParameter(_("tên tệp báo cáo phải kết thúc bằng .pdf, .xml hoặc .json"))
    return path


@click.command("verify", help=_("Kiểm tra chữ ký số của tệp XML, gói ASiC-E hoặc cả thư mục, không cần mạng."))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option(
    "--trust", "trust_folder", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help=_("Thư mục chứng thư gốc, CRL và trả lời OCSP được tin cậy; thiếu thì không chữ ký nào được coi là hợp lệ."),
)  # fmt: skip
@click.option(
    "--at", "at_text", default=None, metavar="ISO",
    help=_("Thời điểm cần kiểm tra, ví dụ 2026-11-22T08:00:00+07:00; mặc định là bây giờ."),
)  # fmt: skip
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    callback=lambda _ctx, _param, value: _known_kind(value),
    help=_("Ghi báo cáo vào tệp: .pdf để đọc, .xml theo ETSI TS 119 102-2, .json như --json."),
)  # fmt: skip
@click.option(
    "--online", is_flag=True,
    help=_("Hỏi OCSP, tải CRL và chứng thư nơi cấp còn thiếu trước khi kiểm tra; không chọn thì không dùng mạng."),
)  # fmt: skip
@click.option(
    "--proxy",
    default=None,
    metavar="URL",
    help=_("Đi ra mạng qua proxy này khi có --online; mặc định theo [timestamp] proxy trong tệp cấu hình nếu có."),
)
@click.option(
    "--time-limit", type=click.FloatRange(min=0), default=120.0, show_default=True, metavar="SECONDS",
    help=_("Số giây tối đa cho mỗi tệp, tệp lớn được thêm; quá thì dừng, chưa kết luận được. 0: không giới hạn."),
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=_("In kết quả dạng JSON."))
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    trust_folder: Path | None,
    at_text: str | None,
    report_file: Path | None,
    online: bool,
    proxy: str | None,
    time_limit: float,
    as_json: bool,
) -> None:
    """Verify, print, and exit with 0 passed, 1 failed, 2 unreadable, 3 indeterminate."""
    # signing is loaded here and not above: the help of another verb must not wait for it
    from congkhai.signing import Guard, SigningError, Trust, merge, verify_path

    at = _moment(at_text)
    if proxy is not None and not online:
        raise click.UsageError(_("--proxy chỉ dùng cùng với --online"))
    try:
        trust = Trust.nothing() if trust_folder is None else Trust.load(trust_folder)
        guard = Guard(seconds=time_limit) if time_limit else None
        workers = max(1, min(os.cpu_count() or 1, _MOST_WORKERS))
        notes: tuple[ReportFinding, ...] = ()
        if online:
            from ..verification_online import current_trust  # the only way to the network, loaded on demand only

            trust, notes = current_trust(
                paths, trust, SystemClock(), ini=ctx.obj, proxy=proxy, guard=guard, workers=workers
            )
        with _progress() as progress:
            report = merge(
                verify_path(path, trust, at, workers=workers, guard=guard, progress=progress) for path in paths
            )
        report = replace(report, findings=(*report.findings, *notes))
    except SigningError as error:
        raise CongkhaiError(error.what, error.where, error.advice, error.code, error.exit_code) from error
    if report_file is not None and report.files:
        _write_report(report_file, report, trust, at)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(report, trusting=bool(trust.anchors))))
    ctx.exit(_EXIT[report.indication])


def _moment(text: str | None) -> datetime:
    """Read ``--at``; a time without zone is Vietnamese time, a date alone its first moment."""
    if text is None:
        return SystemClock().now()
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)
        moment.astimezone(ZONE)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            what=_("Không hiểu thời điểm “{text}”.").format(text=text),
            where="--at",
            advice=_("Viết theo ISO 8601, ví dụ 2026-11-22 hoặc 2026-11-22T08:00:00+07:00."),
            code="congkhai-E121",
        ) from error
    return moment


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on stderr while a folder is worked through, only where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    # Drawn when something happens and not by a thread of its own: beside threads no worker can be forked.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(_("Đang kiểm tra"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total, refresh=True)


def _lines(report: "Report", *, trusting: bool) -> Iterator[str]:
    for file in report.files:
        yield f"{clean(file.path)} – {file_line(file)}"
        for signature in file.signatures:
            yield f"  {result_line(signature)}"
            for label, value in fields(signature):
                yield f"    {label}: {value}"
            for message in signature.messages:
                yield f"    - {clean(message)}"
        yield ""
    for line, advice in finding_lines(report):
        yield line
        if advice:
            yield f"  {advice}"
    if report.findings:
        yield ""
    if not trusting:
        yield _("Chưa có chứng thư gốc nào được tin cậy. Chạy lại với --trust THƯ-MỤC chứa chứng thư gốc và CRL.")
    yield overall_line(report)


def _write_report(path: Path, report: "Report", trust: "Trust", at: datetime) -> None:
    """Write the report as the file's name asks for: PDF for people, TS 119 102-2 XML or JSON for programs."""
    from congkhai.signing import etsi_report

    if path.suffix.lower() == ".pdf":
        from ..verification_pdf import verification_pdf

        data = verification_pdf(report, trust, at, SystemClock().now())
    elif path.suffix.lower() == ".xml":
        data = etsi_report(report, at)
    else:
        data = json.dumps(report.to_dict(), ensure_ascii=False, indent=2).encode()
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(
            what=_("Không ghi được báo cáo: {reason}").format(reason=error.strerror or error),
            where=str(path),
            advice=_("Kiểm tra thư mục và quyền ghi."),
            code="congkhai-E122",
        ) from error
