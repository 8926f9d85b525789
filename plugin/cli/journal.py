"""``congkhai journal``: read and verify the journal."""

import json
from pathlib import Path

import click
import sqlalchemy as sa

from ..store import tables as t
from ..store import verify_journal
from ..text import _
from ._open import as_json, json_option, opened


@click.group(help=_("Nhật ký chỉ ghi thêm, móc xích bằng mã băm."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command(help=_("Tính lại chuỗi nhật ký và báo mọi chỗ bị sửa, xoá, chèn hoặc cắt."))
@json_option
@click.pass_obj
def verify(ini: Path | None, machine: bool) -> None:
    """Run ``journal verify``; exit code 1 when the chain is broken."""
    with opened(ini) as house, house.store.read() as connection:
        verdict = verify_journal(connection, house.agency)
    if machine:
        as_json({
            "agency": verdict.agency, "entries": verdict.entries, "head": verdict.head.hash,
            "broken": list(verdict.broken),
        })  # fmt: skip
    elif verdict.broken:
        for sentence in verdict.broken:
            click.echo(sentence, err=True)
        click.echo(_("Nhật ký đã bị thay đổi: giữ nguyên kho, đối chiếu bản sao lưu."), err=True)
    else:
        click.echo(
            _("Nhật ký nguyên vẹn: {n} mục, đầu chuỗi {head}.").format(n=verdict.entries, head=verdict.head.hash)
        )
    if verdict.broken:
        raise click.exceptions.Exit(1)


@command.command(help=_("Xem nhật ký, mục mới nhất sau cùng."))
@click.option("--last", default=50, show_default=True, help=_("Số mục."))
@json_option
@click.pass_obj
def show(ini: Path | None, last: int, machine: bool) -> None:
    """Run ``journal show``."""
    with opened(ini) as house, house.store.read() as connection:
        query = sa.select(t.journal).where(t.journal.c.agency == house.agency)
        rows = connection.execute(query.order_by(t.journal.c.seq.desc()).limit(last)).all()[::-1]
    if machine:
        as_json([{"seq": row.seq, "hash": row.hash, **json.loads(row.body)} for row in rows])
        return
    for row in rows:
        body = json.loads(row.body)
        click.echo(f"{row.seq:>6}  {body['at']}  {body['act']:<22} {body['subject']}  {body['actor']}")
