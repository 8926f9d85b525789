"""``congkhai report``: results, lists, compliance and receipts as PDF, CSV or JSON."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from .. import reports
from ..clock import SystemClock
from ..errors import UsageError
from ..house import House
from ..platform import write_durably
from ..text import _
from ._acts import MOMENT
from ._open import as_json, json_option, opened
from .limits import read_day

_F = TypeVar("_F", bound=Callable[..., Any])
_ENDINGS = (".pdf", ".csv", ".json")


@click.group(help=_("Báo cáo: kết quả, danh sách quý, chấp hành 6 tháng và năm, phiếu kiểm tra; PDF, CSV, JSON."))
def command() -> None:
    """Hold the sub-verbs together."""


def _output(function: _F) -> _F:
    """Add ``--output`` and ``--json``."""
    function = click.option(
        "--output", type=click.Path(path_type=Path, dir_okay=False),
        help=_("Tệp .pdf, .csv hoặc .json; bỏ trống: in tóm tắt ra màn hình."),
    )(function)  # fmt: skip
    return json_option(function)


def _year(function: _F) -> _F:
    return click.option(
        "--year", type=click.IntRange(2000, 2999), default=None, help=_("Năm; bỏ trống: năm nay.")
    )(function)  # fmt: skip


def _give(made: reports.Report, output: Path | None, *, machine: bool) -> None:
    """Write a report where it was asked for. Raises UsageError for another ending."""
    if output is not None:
        ending = output.suffix.lower()
        if ending not in _ENDINGS:
            raise UsageError(
                what=_("Không biết ghi báo cáo dạng {ending}.").format(ending=ending or "–"), where="--output",
                code="congkhai-E699", advice=_("Đặt tên tệp kết thúc bằng .pdf, .csv hoặc .json."),
            )  # fmt: skip
        write_durably(output, _bytes(made, ending))
    if machine:
        as_json(reports.as_data(made))
    elif output is not None:
        click.echo(output)
    else:
        click.secho(made.title, bold=True)
        for label, value in made.facts:
            click.echo(f"  {label}: {value}")
        for table in made.tables:
            click.echo(f"\n{table.title} ({len(table.rows)})")
            for row in table.rows:
                click.echo("  " + " | ".join(" ; ".join(cell.split("\n")) for cell in row))


def _bytes(made: reports.Report, ending: str) -> bytes:
    if ending == ".csv":
        return reports.to_csv(made)
    if ending == ".json":
        return json.dumps(reports.as_data(made), ensure_ascii=False, indent=1).encode()
    from ..reports_pdf import report_pdf

    return report_pdf(made)


def _run(ini: Path | None, make: Callable[[House], reports.Report], output: Path | None, *, machine: bool) -> None:
    with opened(ini) as house:
        made = make(house)
    _give(made, output, machine=machine)


@command.command(help=_("Kết quả công khai của một nội dung: mọi hình thức đã dùng, mỗi hình thức với minh chứng."))
@click.argument("disclosure", metavar="ID")
@_output
@click.pass_obj
def results(ini: Path | None, disclosure: str, output: Path | None, machine: bool) -> None:
    """Run ``report results``."""
    _run(ini, lambda house: reports.results(house, disclosure), output, machine=machine)


@command.command(help=_("Danh sách nội dung đã công khai trong quý (khoản 2 Điều 13 của Luật)."))
@_year
@click.option("--quarter", type=click.IntRange(1, 4), default=None, help=_("Quý; bỏ trống: quý này."))
@_output
@click.pass_obj
def quarterly(ini: Path | None, year: int | None, quarter: int | None, output: Path | None, machine: bool) -> None:
    """Run ``report quarterly``."""

    def make(house: House) -> reports.Report:
        day = reports.today(house)
        return reports.quarterly(house, year or day.year, quarter or (day.month + 2) // 3)

    _run(ini, make, output, machine=machine)


@command.command("six-month", help=_("Báo cáo chấp hành quy định công khai 6 tháng."))
@_year
@click.option("--half", type=click.IntRange(1, 2), default=1, show_default=True, help=_("1: đầu năm; 2: cuối năm."))
@_output
@click.pass_obj
def six_month(ini: Path | None, year: int | None, half: int, output: Path | None, machine: bool) -> None:
    """Run ``report six-month``."""
    _run(
        ini, lambda house: reports.periodic(house, "six-month", year or reports.today(house).year, half), output,
        machine=machine,
    )  # fmt: skip


@command.command(help=_("Báo cáo chấp hành quy định công khai cả năm."))
@_year
@_output
@click.pass_obj
def annual(ini: Path | None, year: int | None, output: Path | None, machine: bool) -> None:
    """Run ``report annual``."""
    _run(
        ini, lambda house: reports.periodic(house, "annual", year or reports.today(house).year), output,
        machine=machine,
    )  # fmt: skip


@command.command(help=_("Tình hình chấp hành trong một khoảng ngày: theo tháng, nội dung, đơn vị."))
@click.option("--from", "first", required=True, help=_("Từ ngày."))
@click.option("--to", "last", required=True, help=_("Đến hết ngày."))
@_output
@click.pass_obj
def compliance(ini: Path | None, first: str, last: str, output: Path | None, machine: bool) -> None:
    """Run ``report compliance``."""
    start, end = read_day(first, "--from"), read_day(last, "--to")
    if end < start:
        raise UsageError(
            _("Ngày cuối trước ngày đầu."), where="--to", code="congkhai-E699", advice=_("Đổi lại hai ngày.")
        )
    title = _("Tình hình chấp hành quy định công khai")
    _run(
        ini, lambda house: reports.compliance(house, start, end, "compliance", title), output, machine=machine
    )  # fmt: skip


@command.command(help=_("Dự thảo kế hoạch công khai năm theo quy chế; cơ quan xem lại, ký và ban hành."))
@_year
@_output
@click.pass_obj
def plan(ini: Path | None, year: int | None, output: Path | None, machine: bool) -> None:
    """Run ``report plan``."""
    _run(ini, lambda house: reports.plan(house, year or reports.today(house).year), output, machine=machine)


@command.command(help=_("Phiếu kết quả kiểm tra cho người kiểm tra: kiểm tra tệp ngoại tuyến và ghi lại mã băm."))
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--trust", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True,
    help=_("Thư mục chứng thư gốc, CRL, OCSP."),
)  # fmt: skip
@click.option("--at", type=MOMENT, default=None, help=_("Thời điểm cần kết luận; bỏ trống: bây giờ."))
@click.option("--who", default="", help=_("Người kiểm tra, ghi trên phiếu."))
@_output
@click.pass_context
def receipt(
    ctx: click.Context, paths: tuple[Path, ...], trust: Path, at: datetime | None, who: str, output: Path | None,
    machine: bool,
) -> None:  # fmt: skip
    """Run ``report receipt``; needs no ini. Exit codes as ``verify``."""
    from congkhai.signing import Trust

    from ..reports_receipt import receipt as make

    now = SystemClock().now()
    made = make(paths, Trust.load(trust), at or now, now, who=who)
    _give(made, output, machine=machine)
    ctx.exit({"TOTAL_PASSED": 0, "TOTAL_FAILED": 1}.get(str(made.data["indication"]), 3))
