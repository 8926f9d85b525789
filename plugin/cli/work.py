"""``congkhai work``: stuck work, seen, retried or given up with a reason."""

from pathlib import Path

import click

from ..clock import ZONE
from ..clock_guard import release_clock
from ..errors import InputError
from ..outbox import settle_by_person
from ..status import status
from ..text import _
from ..work import retry as retry_work
from ..work import skip as skip_work
from ._open import as_json, json_option, opened


@click.group(help=_("Việc bị vướng: xem, chạy lại, hoặc bỏ qua kèm lý do."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Việc bị vướng và lý do."))
@json_option
@click.pass_obj
def show(ini: Path | None, machine: bool) -> None:
    """Run ``work list``."""
    with opened(ini) as house:
        stuck = status(house)["stuck"]
    if machine:
        as_json(stuck)
        return
    for row in stuck:
        click.echo(f"{row['id']}  ({row['what']})\n    {row['next']}")


@command.command(help=_("Chạy lại một việc bị vướng, hoặc một nguồn đang tạm dừng, ngay bây giờ."))
@click.argument("key")
@click.option("--by", required=True, help=_("Người quyết định."))
@click.pass_obj
def retry(ini: Path | None, key: str, by: str) -> None:
    """Run ``work retry``."""
    with opened(ini) as house:
        _must(retry_work(house, key, by), key)


@command.command(help=_("Bỏ qua một việc bị vướng; lý do ghi vào nhật ký."))
@click.argument("key")
@click.option("--by", required=True, help=_("Người quyết định."))
@click.option("--reason", required=True, help=_("Lý do."))
@click.pass_obj
def skip(ini: Path | None, key: str, by: str, reason: str) -> None:
    """Run ``work skip``."""
    with opened(ini) as house:
        _must(skip_work(house, key, by, reason), key)


@command.command(help=_("Quyết định một việc gửi ra ngoài chưa rõ kết quả; lý do ghi vào nhật ký."))
@click.argument("key")
@click.option("--happened/--not-happened", required=True, help=_("Đã thực hiện, hoặc chưa (được phép làm lại)."))
@click.option("--by", required=True, help=_("Người quyết định."))
@click.option("--reason", required=True, help=_("Căn cứ."))
@click.pass_obj
def decide(ini: Path | None, key: str, happened: bool, by: str, reason: str) -> None:
    """Run ``work decide``."""
    with opened(ini) as house:
        _must(settle_by_person(house, key, happened=happened, by=by, reason=reason), key)


@command.command(help=_("Xác nhận giờ máy hiện tại là đúng khi phần mềm đang giữ việc vì nghi giờ sai."))
@click.option("--by", required=True, help=_("Người xác nhận."))
@click.option("--reason", required=True, help=_("Đã đối chiếu với đâu."))
@click.pass_obj
def clock(ini: Path | None, by: str, reason: str) -> None:
    """Run ``work clock``."""
    with opened(ini) as house:
        now = house.clock.now().astimezone(ZONE)
        if release_clock(house, by, reason):
            click.echo(_("Đã ghi nhận: {now:%H:%M:%S %d/%m/%Y} là giờ đúng; việc được làm tiếp.").format(now=now))
        else:
            click.echo(_("Giờ máy không bị nghi ngờ; không có gì phải xác nhận."))


def _must(found: bool, key: str) -> None:
    if not found:
        raise InputError(
            what=_("Không có việc bị vướng nào mang khoá này."), where=key, code="congkhai-E141",
            advice=_("Xem khoá bằng congkhai work list."),
        )  # fmt: skip
