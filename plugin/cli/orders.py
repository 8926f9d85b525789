"""``congkhai orders``: who signs, who stands in, who has approved or refused, and what comes of a refusal."""

from datetime import date
from pathlib import Path

import click
import sqlalchemy as sa

from .. import orders
from ..clock import ZONE
from ..store import read
from ..store import tables as t
from ..text import _
from ._acts import by_option, reason_option
from ._open import as_json, json_option, opened
from .limits import read_day


@click.group(help=_("Trình tự ký: chờ ai, duyệt, từ chối, ký thay, vắng mặt, lập lại văn bản."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Các văn bản chưa ký xong, đang chờ ai và vì sao."))
@json_option
@click.pass_obj
def show(ini: Path | None, machine: bool) -> None:
    """Run ``orders list``."""
    found = []
    with opened(ini) as house, house.store.read() as connection:
        query = (
            sa.select(t.minutes.c.id, t.signing_order.c.state, t.signing_order.c.due, t.signing_order.c.reason)
            .outerjoin(t.signing_order, t.signing_order.c.minutes == t.minutes.c.id)
            .where(t.minutes.c.agency == house.agency, t.minutes.c.pdf_sha256 == "")
        )
        for row in connection.execute(query.order_by(t.minutes.c.made_at, t.minutes.c.id)):
            paper = read.minutes_by_id(connection, row.id)
            if paper.kind.startswith(orders.VOID):
                continue
            found.append({
                "id": paper.id, "kind": paper.kind, "disclosure": paper.subject, "state": row.state or "open",
                "due": row.due and row.due.astimezone(ZONE).isoformat(), "reason": row.reason or "",
                "waiting": {role: orders.why_not_yet(house, connection, paper, role) for role in paper.missing},
            })  # fmt: skip
    if machine:
        as_json(found)
        return
    for one in found:
        click.echo(f"{one['id']}  {one['kind']}  {one['state']}  {one['due'] or ''}  {one['reason']}".rstrip())
        for role, why in one["waiting"].items():
            click.echo(f"    {role}: {why or _('đến lượt ký')}")


@command.command(help=_("Duyệt để văn bản đến người ký."))
@click.argument("minutes", metavar="ID")
@click.option("--role", required=True, help=_("Vai trò của người duyệt."))
@by_option
@click.pass_obj
def approve(ini: Path | None, minutes: str, role: str, by: str) -> None:
    """Run ``orders approve``."""
    with opened(ini) as house:
        orders.approve(house, minutes, role, by)
    click.echo(_("Đã ghi."))


@command.command(help=_("Từ chối ký hoặc duyệt một văn bản, kèm lý do."))
@click.argument("minutes", metavar="ID")
@click.option("--role", required=True, help=_("Vai trò của người từ chối."))
@by_option
@reason_option()
@click.pass_obj
def refuse(ini: Path | None, minutes: str, role: str, by: str, reason: str) -> None:
    """Run ``orders refuse``."""
    with opened(ini) as house:
        orders.refuse(house, minutes, role, by, reason)
    click.echo(_("Đã ghi: không ai ký văn bản này cho đến khi lập lại hoặc cho ký tiếp."))


@command.command("go-on", help=_("Cho ký tiếp một văn bản đã bị từ chối, kèm lý do."))
@click.argument("minutes", metavar="ID")
@by_option
@reason_option()
@click.pass_obj
def go_on(ini: Path | None, minutes: str, by: str, reason: str) -> None:
    """Run ``orders go-on``."""
    with opened(ini) as house:
        orders.go_on(house, minutes, by, reason)
    click.echo(_("Đã ghi."))


@command.command(help=_("Lập lại một văn bản chưa ký xong; bản cũ được giữ cùng các chữ ký đã có."))
@click.argument("minutes", metavar="ID")
@by_option
@reason_option()
@click.pass_obj
def remake(ini: Path | None, minutes: str, by: str, reason: str) -> None:
    """Run ``orders remake``."""
    with opened(ini) as house:
        orders.remake(house, minutes, by, reason)
    click.echo(_("Văn bản mới được lập ngay khi tiến trình nền chạy."))


@command.command(help=_("Ghi người ký thay một vai trò (KT., TL., TUQ.), có văn bản làm căn cứ."))
@click.option("--role", required=True, help=_("Vai trò được ký thay, ví dụ head."))
@click.option("--signer", required=True, help=_("TÊN của [signer:TÊN] giữ khoá của người ký thay."))
@click.option("--form", type=click.Choice(orders.FORMS), required=True, help=_("Hình thức ký thay."))
@click.option("--title", required=True, help=_("Chức vụ của người ký thay, ví dụ Phó Chủ tịch."))
@click.option("--basis", required=True, help=_("Văn bản phân công, uỷ quyền: số, ký hiệu, ngày."))
@click.option("--from", "first", required=True, help=_("Từ ngày."))
@click.option("--to", "last", default="", help=_("Đến hết ngày; bỏ trống: chưa định (không dùng cho TUQ.)."))
@by_option
@click.pass_obj
def deputy(
    ini: Path | None, role: str, signer: str, form: str, title: str, basis: str, first: str, last: str, by: str
) -> None:  # fmt: skip
    """Run ``orders deputy``."""
    with opened(ini) as house:
        orders.add_deputy(house, orders.Deputy(role, signer, form, title, basis), *_days(first, last), by)
    click.echo(_("Đã ghi: áp dụng cho văn bản lập từ nay; văn bản đã lập thì dùng congkhai orders remake."))


@command.command(help=_("Ghi người giữ một vai trò vắng mặt."))
@click.option("--role", required=True, help=_("Vai trò."))
@click.option("--from", "first", required=True, help=_("Từ ngày."))
@click.option("--to", "last", default="", help=_("Đến hết ngày; bỏ trống: chưa định."))
@by_option
@reason_option()
@click.pass_obj
def absent(ini: Path | None, role: str, first: str, last: str, by: str, reason: str) -> None:
    """Run ``orders absent``."""
    with opened(ini) as house:
        orders.add_absence(house, role, *_days(first, last), by, reason)
    click.echo(_("Đã ghi."))


@command.command(help=_("Kết thúc việc ký thay và vắng mặt của một vai trò."))
@click.option("--role", required=True, help=_("Vai trò."))
@by_option
@click.pass_obj
def back(ini: Path | None, role: str, by: str) -> None:
    """Run ``orders back``."""
    with opened(ini) as house:
        count = orders.end_stand_in(house, role, by)
    click.echo(_("Đã kết thúc {count} mục.").format(count=count))


def _days(first: str, last: str) -> tuple[date, date | None]:
    return read_day(first, "--from"), read_day(last, "--to") if last else None
