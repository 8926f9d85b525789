"""``congkhai once``: one complete pass over everything that is due."""

from datetime import datetime
from pathlib import Path

import click

from ..clock import ZONE
from ..daemon import once
from ..text import _
from ._open import as_json, json_option, opened_all


def _moment(_ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(_("một thời điểm ISO 8601, ví dụ 2026-07-01T08:00:00+07:00")) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


@click.command(help=_("Làm một lượt mọi việc đã đến hạn rồi thoát."))
@click.option(
    "--now", callback=_moment, default=None, metavar="ISO",
    help=_("Chỉ cho kho tạo với --simulated-clock: chuyển đồng hồ mô phỏng đến thời điểm này rồi làm."),
)  # fmt: skip
@json_option
@click.pass_obj
def command(ini: Path | None, now: datetime | None, machine: bool) -> None:
    """Run the verb."""
    with opened_all(ini) as (house, *others):
        if now is not None:
            house.store.set_simulated_time(now)
        done = once(house, others=others)
        if machine:
            as_json({"done": done, "now": house.clock.now().astimezone(ZONE).isoformat()})
        else:
            click.echo(_("Đã làm {done} việc.").format(done=done))
