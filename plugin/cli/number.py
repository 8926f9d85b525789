"""``congkhai number``: numbers of minutes and reports, as the e-office or the clerk gave them."""

from pathlib import Path

import click

from ..entries import ENTERED, OF_MEETINGS, entries
from ..errors import InputError
from ..minuting import paper_id
from ..numbers import RESERVED, USED, VOID, WANTED, number_of, numbers, reserve, void
from ..store import Transaction, read
from ..text import _
from ._open import as_json, json_option, opened

_by = click.option("--by", required=True, metavar="NAME", help=_("Người thực hiện."))


@click.group(help=_("Số của biên bản, báo cáo: biên bản nào chờ số, ghi số đã cấp, hủy số chưa dùng."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Các số đã ghi và những văn bản đang chờ số, cũ nhất trước."))
@click.option(
    "--state", "states", multiple=True, type=click.Choice((WANTED, RESERVED, USED, VOID)),
    help=_("Chỉ số ở trạng thái này: chờ số, giữ chỗ, đã dùng, đã hủy."),
)  # fmt: skip
@json_option
@click.pass_obj
def show_list(ini: Path | None, states: tuple[str, ...], *, machine: bool) -> None:
    """Run ``number list``."""
    words = {WANTED: _("chờ số"), RESERVED: _("giữ chỗ"), USED: _("đã dùng"), VOID: _("đã hủy")}
    with opened(ini) as house:
        with house.store.read() as connection:
            found = numbers(connection, house.agency, *states)
        if machine:
            as_json([
                {"number": one.text, "paper": one.paper, "disclosure": one.disclosure, "kind": one.kind,
                 "state": one.state, "by": one.by, "at": one.at.isoformat(), "reason": one.reason}
                for one in found
            ])  # fmt: skip
            return
        for one in found:
            click.echo(f"{one.text or '—'}  {words[one.state]}  {one.disclosure}  {one.kind}")
        click.echo(_("{count} số.").format(count=len(found)))


@command.command("set", help=_("Ghi số đã cấp cho một biên bản, báo cáo chưa lập, ví dụ: set d1 posting 12/BB-UBND."))
@click.argument("disclosure")
@click.argument("kind", type=click.Choice(("posting", "closing", "report", *OF_MEETINGS)))
@click.argument("number")
@_by
@click.pass_obj
def enter(ini: Path | None, disclosure: str, kind: str, number: str, by: str) -> None:
    """Run ``number set``."""
    with opened(ini) as house, house.store.write(house.agency, by) as tx:
        reserve(tx, number, _paper(tx, disclosure, kind), disclosure, kind)
        click.echo(_("Đã ghi số {number}.").format(number=number))


def _paper(tx: Transaction, matter: str, kind: str) -> str:
    """Return the paper that a number is for; of a meeting the first without one. Raises InputError (E735)."""
    if kind not in OF_MEETINGS:
        return paper_id(tx.connection, read.disclosure(tx.connection, matter).id, kind)
    held = (one for one in entries(tx.connection, tx.agency, ENTERED, subject=matter) if one.kind == kind)
    free = (
        one.paper
        for one in held
        if not number_of(tx.connection, tx.agency, one.paper) and not read.has_minutes(tx.connection, one.paper)
    )
    paper = next(free, "")
    if not paper:
        raise InputError(
            _("Không có biên bản nào của việc này chờ số."), where=matter, code="congkhai-E735",
            advice=_("Xem các văn bản chờ số bằng congkhai number list --state wanted."),
        )  # fmt: skip
    return paper


@command.command("void", help=_("Hủy một số đang giữ chỗ; số đã hủy không dùng lại."))
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help=_("Lý do."))
@_by
@click.pass_obj
def give_up(ini: Path | None, number: str, reason: str, by: str) -> None:
    """Run ``number void``."""
    with opened(ini) as house, house.store.write(house.agency, by) as tx:
        void(tx, number, reason)
        click.echo(_("Đã hủy số {number}.").format(number=number))
