"""
``congkhai verify``: offline verification of XML and ASiC-E files and whole folders, with no ini and no daemon.

What is displayed for each signature are the seven fields of TT 15/2025/TT-BKHCN Điều 6, whatever the result.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..clock import ZONE, SystemClock
from ..errors import CongkhaiError, UsageError
from ..text import _

if TYPE_CHECKING:
    from congkhai.signing import FileReport, Report, SignatureReport

_EXIT = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "INDETERMINATE": 3}
_PARALLEL_FROM = 64
"""Files in a folder from which more processes are faster than their start."""


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
@click.option("--json", "as_json", is_flag=True, help=_("In kết quả dạng JSON."))
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], trust_folder: Path | None, at_text: str | None, as_json: bool
) -> None:
    """Verify, print, and exit with 0 passed, 1 failed, 2 unreadable, 3 indeterminate."""
    # signing is loaded here and not above: the help of another verb must not wait for it
    from congkhai.signing import SigningError, Trust, merge, verify_path

    at = _moment(at_text)
    try:
        trust = Trust.nothing() if trust_folder is None else Trust.load(trust_folder)
        with _progress() as progress:
            workers = max(1, min(os.cpu_count() or 1, 8)) if _many(paths) else 1
            report = merge(verify_path(path, trust, at, workers=workers, progress=progress) for path in paths)
    except SigningError as error:
        raise CongkhaiError(error.what, error.where, error.advice, error.code, error.exit_code) from error
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


def _many(paths: tuple[Path, ...]) -> bool:
    """Tell whether a folder is among the paths that is worth more than one process."""
    for path in paths:
        if path.is_dir():
            for count, _file in enumerate(path.rglob("*"), start=1):
                if count >= _PARALLEL_FROM:
                    return True
    return False


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on stderr while a folder is worked through, only where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_("Đang kiểm tra"), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(report: "Report", *, trusting: bool) -> Iterator[str]:
    for file in report.files:
        yield f"{file.path} – {_file_result(file)}"
        for signature in file.signatures:
            yield from _signature_lines(signature)
        yield ""
    weight = {"error": _("Lỗi"), "warn": _("Cảnh báo"), "info": _("Thông tin")}
    for finding in report.findings:
        yield f"{weight[finding.severity]} {finding.id} – {_clean(finding.where)}: {_clean(finding.message)}"
        if finding.advice:
            yield f"  {_clean(finding.advice)}"
    if report.findings:
        yield ""
    if not trusting:
        yield _("Chưa có chứng thư gốc nào được tin cậy. Chạy lại với --trust THƯ-MỤC chứa chứng thư gốc và CRL.")
    results = {
        "TOTAL_PASSED": _("Kết quả chung: hợp lệ."),
        "TOTAL_FAILED": _("Kết quả chung: không hợp lệ."),
        "INDETERMINATE": _("Kết quả chung: chưa kết luận được."),
    }
    yield results[report.indication]


def _file_result(file: "FileReport") -> str:
    if file.indication == "TOTAL_PASSED":
        return _("hợp lệ ({count} chữ ký)").format(count=len(file.signatures))
    return _("không hợp lệ") if file.indication == "TOTAL_FAILED" else _("chưa kết luận được")


def result_line(signature: "SignatureReport") -> str:
    """Return the result line of one signature, as Điều 6 wants it, with the reason when it is not valid."""
    reason = _clean(signature.messages[0]) if signature.messages else ""
    if signature.indication == "TOTAL_PASSED":
        return _("Chữ ký số hợp lệ")
    # A weak algorithm leaves the question open to a validator, but the circular wants it called what it is.
    if signature.indication == "TOTAL_FAILED" or signature.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE":
        return _("Chữ ký số không hợp lệ: {reason}").format(reason=reason)
    return _("Chưa kết luận được: {reason}").format(reason=reason)


def _signature_lines(signature: "SignatureReport") -> Iterator[str]:
    unknown = _("không có thông tin")
    integrity = {
        "intact": _("nguyên vẹn, không thay đổi sau khi ký"),
        "changed": _("đã bị thay đổi"),
        "unknown": _("không kiểm tra được"),
    }
    stamped = signature.timestamp_time is not None
    signing_time = signature.timestamp_time or signature.signing_time
    kind = _("dấu thời gian") if stamped else _("do người ký tự khai, không phải dấu thời gian")
    role = f" ({_clean(signature.role)})" if signature.role else ""
    fields = [
        (_("Cơ quan, tổ chức cấp chứng thư"), _clean(signature.issuer) or unknown),
        (_("Chủ thể ký"), f"{_clean(signature.signer) or unknown}{role}"),
        (_("Đơn vị quản lý chứng thư"), _clean(signature.cert_manager) or unknown),
        (_("Thời điểm ký"), f"{_local(signing_time)} ({kind})" if signing_time else unknown),
        (_("Tính toàn vẹn của dữ liệu đã ký"), integrity[signature.integrity]),
        (_("Hiệu lực của chữ ký tại thời điểm ký"), result_line(signature)),
        (_("Thời hạn của chứng thư"), _period(signature) or unknown),
        (_("Phạm vi được ký"), _scope(signature)),
        (_("Mức, thuật toán"), f"{signature.level or unknown}, {_clean(signature.algorithm) or unknown}"),
    ]
    yield f"  {result_line(signature)}"
    for label, value in fields:
        yield f"    {label}: {value}"
    for message in signature.messages:
        yield f"    - {_clean(message)}"


def _scope(signature: "SignatureReport") -> str:
    names = ", ".join(_clean(one) for one in signature.scope[:12]) or _("không xác định")
    more = _(" và {count} nội dung khác").format(count=len(signature.scope) - 12) if len(signature.scope) > 12 else ""
    kind = _("toàn bộ") if signature.covers == "FULL" else _("chỉ một phần")
    return f"{kind}: {names}{more}"


def _period(signature: "SignatureReport") -> str:
    start, end = signature.certificate_valid_from, signature.certificate_valid_to
    return _("từ {start} đến {end}").format(start=_local(start), end=_local(end)) if start and end else ""


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"


def _clean(text: str) -> str:
    """Take control characters out of what a foreign file brought along: it must not steer the reader's terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
