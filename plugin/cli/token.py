"""``congkhai token``: what programs show when they read the interface, and private calendar addresses."""

from datetime import timedelta
from pathlib import Path

import click

from ..icalendar_feed import feed_roles
from ..text import _
from ..tokens import CALENDAR, Scope, end_token, make_token, tokens
from ..web.feed_pages import feed_path
from ..web.words import seconds_words
from ._open import as_json, json_option, opened


@click.group(help=_("Mã truy cập cho phần mềm khác đọc dữ liệu, và địa chỉ lịch riêng: cấp, xem, chấm dứt."))
def command() -> None:
    """Group of the verbs about tokens."""


@command.command(help=_("Cấp một mã truy cập; mã chỉ hiện một lần này."))
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([one.value for one in Scope]),
              help=_("Được làm gì; lặp lại để có nhiều phạm vi."))  # fmt: skip
@click.option("--calendar", "role", default="", help=_("Thay cho phạm vi: mở lịch của vai trò này."))
@click.option("--days", type=click.IntRange(min=1, max=3660), default=None, help=_("Tự hết hạn sau số ngày này."))
@click.pass_obj
def add(ini: Path | None, name: str, scopes: tuple[str, ...], role: str, days: int | None) -> None:
    """Make a token and show it once."""
    if bool(scopes) == bool(role):
        raise click.UsageError(_("Chọn --scope, hoặc --calendar."))
    with opened(ini) as house:
        if role and role not in feed_roles(house):
            raise click.UsageError(_("Vai trò có lịch: {roles}.").format(roles=", ".join(feed_roles(house)) or "–"))
        with house.store.write(house.agency, "congkhai token") as tx:
            secret = make_token(
                tx, name, [f"{CALENDAR}:{role}"] if role else scopes, lasts=timedelta(days=days) if days else None
            )
    if role:
        click.echo(_("Địa chỉ lịch riêng, chỉ hiện một lần: {path}").format(path=feed_path(house, secret)))
    else:
        click.echo(_("Mã truy cập, chỉ hiện một lần: {secret}").format(secret=secret))


@command.command("list", help=_("Xem các mã truy cập đang dùng."))
@json_option
@click.pass_obj
def list_(ini: Path | None, machine: bool) -> None:
    """List the open tokens."""
    with opened(ini) as house, house.store.read() as connection:
        found = tokens(connection, house.agency)
    if machine:
        as_json([
            {"id": one.id, "name": one.name, "scopes": sorted(one.scopes), "made_by": one.made_by,
             "made_at": one.made_at.isoformat(), "until": one.until, "used": one.used} for one in found
        ])  # fmt: skip
        return
    for one in found:
        used = seconds_words(one.used) if one.used else _("chưa dùng")
        ends = _("; hết hạn {when}").format(when=seconds_words(one.until)) if one.until else ""
        click.echo(f"{one.id} {one.name}: {', '.join(sorted(one.scopes))}; {used}{ends}")


@command.command(help=_("Chấm dứt một mã truy cập, gọi bằng tên hoặc mã của nó."))
@click.argument("name")
@click.pass_obj
def end(ini: Path | None, name: str) -> None:
    """End a token."""
    with opened(ini) as house, house.store.write(house.agency, "congkhai token") as tx:
        end_token(tx, name)
    click.echo(_("Đã chấm dứt."))
