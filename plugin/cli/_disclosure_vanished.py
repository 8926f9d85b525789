"""Sub-verbs of ``congkhai disclosure`` for papers that their source does not show any more."""

from pathlib import Path

import click

from ..clock import ZONE
from ..text import _
from ..vanished import confirm_recalled, keep_vanished, step_of, vanished
from ._acts import act, by_option, reason_option
from ._open import as_json, json_option, opened


@click.command("vanished", help=_("Văn bản đang hoặc sắp công khai đã bị thu hồi, hoặc nguồn không còn cho thấy."))
@json_option
@click.pass_obj
def show(ini: Path | None, machine: bool) -> None:
    """Run ``disclosure vanished``."""
    with opened(ini) as house, house.store.read() as connection:
        found = vanished(connection, house.agency)
    if machine:
        as_json(
            [
                {"document": one.document, "disclosure": one.matter, "title": one.title, "number": one.number,
                 "source": one.source, "seen_at": one.seen_at.astimezone(ZONE).isoformat(),
                 "gone_since": one.gone_since.astimezone(ZONE).isoformat(),
                 "gone_last": one.gone_last.astimezone(ZONE).isoformat(), "gone_times": one.gone_times}
                for one in found
            ]
        )  # fmt: skip
        return
    for one in found:
        click.echo(f"{one.document}  {one.number}  {one.title}\n    {step_of(one)}")


@click.command(help=_("Kết luận văn bản đã bị thu hồi: gỡ khắp các kênh, kèm lý do."))
@click.argument("document")
@by_option
@reason_option()
@click.pass_obj
def recalled(ini: Path | None, document: str, by: str, reason: str) -> None:
    """Run ``disclosure recalled``."""
    act(ini, lambda house, _now: confirm_recalled(house, document, by, reason))


@click.command(help=_("Kết luận giữ nguyên văn bản đã biến mất khỏi nguồn hoặc bị báo thu hồi; không hỏi lại."))
@click.argument("document")
@by_option
@reason_option(required=False)
@click.pass_obj
def kept(ini: Path | None, document: str, by: str, reason: str) -> None:
    """Run ``disclosure kept``."""
    act(ini, lambda house, _now: keep_vanished(house, document, by, reason))
