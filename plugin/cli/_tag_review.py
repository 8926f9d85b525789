"""
Sub-verbs of ``congkhai tag`` that work on the store: the work list, what a clerk decides, corrections.

What they need of the house is imported when they run: tagging lines must start fast.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..text import _

if TYPE_CHECKING:
    from ..regulation_records import Regulation

json_option = click.option("--json", "machine", is_flag=True, help=_("Kết quả dạng JSON cho máy đọc."))
_BY = click.option("--by", required=True, metavar="NAME", help=_("Ai quyết định."))


@click.command(name="review", help=_("Danh sách văn bản chờ người xem lại nhãn, kèm đề xuất và lý do."))
@json_option
@click.pass_obj
def review(ini: Path | None, *, machine: bool) -> None:
    """Show the work list."""
    from ..tagging.clerk import waiting
    from ._open import as_json, opened

    with opened(ini) as house:
        rows = list(waiting(house))
    if machine:
        as_json([
            {"document": row.document.id, "number": row.document.number, "subject": row.document.subject,
             "disclosure": row.disclosure, "regime": row.regime, "why": list(row.why),
             "tags": [{"category": tag.category, "key": tag.key, "sub": tag.sub, "confidence": tag.confidence,
                       "why": list(tag.why)} for tag in row.tags]}
            for row in rows
        ])  # fmt: skip
        return
    for row in rows:
        paper = row.document
        day = f"{paper.issued:%d/%m/%Y}" if paper.issued else ""
        about = "  ".join(part for part in (paper.type, paper.number, day, paper.issuer) if part)
        click.echo(f"{paper.id}  {about}")
        click.echo(f"    {paper.subject}")
        for tag in row.tags:
            click.echo(f"    {tag.category} {tag.sub or tag.key} ({tag.confidence:.0%}): {'; '.join(tag.why)}")
        for reason in row.why:
            click.echo(f"    - {reason}")
    click.echo(_("{n} văn bản chờ xem lại.").format(n=len(rows)))
    if rows:
        click.echo(
            _(
                "Chấp nhận: congkhai tag accept MÃ --by TÊN; đổi: tag change MÃ KHOẢN…; không thuộc diện công khai: "
                "tag exclude MÃ --reason LÝ-DO."
            )
        )


@click.command(name="accept", help=_("Chấp nhận đề xuất đứng đầu cho một văn bản."))
@click.argument("document")
@_BY
@click.pass_obj
def accept(ini: Path | None, document: str, by: str) -> None:
    """Confirm the first proposal."""
    from ..tagging.clerk import accept as act
    from ._open import opened

    with opened(ini) as house:
        decision = act(house, document, by=by)
    click.echo(_("Đã xác nhận: {keys}.").format(keys=", ".join(tag.sub or tag.key for tag in decision.tags)))


@click.command(
    name="change", help=_("Đổi nội dung công khai của một văn bản; áp dụng ngay và cho văn bản giống về sau.")
)
@click.argument("document")
@click.argument("keys", nargs=-1, required=True, metavar="KEY_OR_CLAUSE...")
@_BY
@click.option("--reason", default="", help=_("Lý do."))
@click.pass_obj
def change(ini: Path | None, document: str, keys: tuple[str, ...], by: str, reason: str) -> None:
    """Say which items a document belongs to."""
    from ..tagging.clerk import correct
    from ._open import opened

    with opened(ini) as house:
        chosen = [_item(house.regulation, key) for key in keys]
        correct(house, document, chosen, by=by, reason=reason)
    click.echo(_("Đã đổi thành: {keys}.").format(keys=", ".join(chosen)))


def _item(regulation: "Regulation", written: str) -> str:
    """Return the key of an item that a clerk names by its clause number; a key stays as it is."""
    held = {category.key for category in regulation.clause(written)}
    return held.pop() if len(held) == 1 else written


@click.command(name="exclude", help=_("Xác định một văn bản không thuộc diện công khai, kèm lý do."))
@click.argument("document")
@_BY
@click.option("--reason", required=True, help=_("Lý do."))
@click.pass_obj
def exclude(ini: Path | None, document: str, by: str, reason: str) -> None:
    """Say that a document is no disclosure item."""
    from ..tagging.clerk import correct
    from ._open import opened

    with opened(ini) as house:
        correct(house, document, (), by=by, reason=reason)
    click.echo(_("Đã ghi: không thuộc diện công khai."))


@click.command(name="corrections", help=_("Những lần sửa nhãn đang có hiệu lực; --json xuất tất cả, mỗi dòng một lần."))
@json_option
@click.pass_obj
def listed(ini: Path | None, *, machine: bool) -> None:
    """List corrections, or export them."""
    from ..tagging.corrections import corrections, export
    from ._open import opened

    with opened(ini) as house, house.store.read() as connection:
        if machine:
            for line in export(connection, house.agency):
                click.echo(line)
            return
        for one in corrections(connection, house.agency):
            keys = ", ".join(one.keys) or _("không thuộc diện công khai")
            click.echo(f"{one.id:>5}  {one.at:%Y-%m-%d}  {one.by}  {keys}  {one.reason}")


@click.command(name="import", help=_("Nhận các lần sửa nhãn đã xuất từ kho khác (tệp JSON lines)."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_BY
@click.pass_obj
def take_in(ini: Path | None, file: Path, by: str) -> None:
    """Take in exported corrections."""
    from ..tagging.corrections import take_in as act
    from ._open import opened

    lines = file.read_text("utf-8").splitlines()
    with opened(ini) as house, house.store.write(house.agency, by) as tx:
        count = act(tx, lines, house.regulation)
    click.echo(_("Đã nhận {n} lần sửa nhãn.").format(n=count))


@click.command(name="revoke", help=_("Thu hồi một lần sửa nhãn; văn bản đã quyết định giữ nguyên."))
@click.argument("number", type=int)
@_BY
@click.option("--reason", required=True, help=_("Lý do."))
@click.pass_obj
def revoke(ini: Path | None, number: int, by: str, reason: str) -> None:
    """Take a correction back."""
    from ..tagging.corrections import revoke as act
    from ._open import opened

    with opened(ini) as house, house.store.write(house.agency, by) as tx:
        act(tx, number, reason)
    click.echo(_("Đã thu hồi lần sửa nhãn số {number}.").format(number=number))


VERBS = (review, accept, change, exclude, listed, take_in, revoke)
"""In the order in which help names them."""
