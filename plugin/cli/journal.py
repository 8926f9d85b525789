"""``congkhai journal``: read, sign and verify the journal."""

import json
from dataclasses import asdict
from pathlib import Path

import click
import sqlalchemy as sa

from ..checkpoints import make_checkpoint, written
from ..clock import ZONE
from ..journal_proofs import check_journal
from ..store import tables as t
from ..store.journal import Verdict
from ..text import _
from ._open import as_json, json_option, opened


@click.group(help=_("Nhật ký chỉ ghi thêm, móc xích bằng mã băm."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command(help=_("Tính lại chuỗi nhật ký, báo mọi chỗ bị sửa, xóa, chèn, đảo hoặc cắt; không cần mạng."))
@click.option(
    "--against", "outside", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
    help=_("Tệp hoặc thư mục ở ngoài kho (hồ sơ đã nộp, điểm kiểm tra, biên bản) để đối chiếu; dùng được nhiều lần."),
)  # fmt: skip
@click.option("--quick", is_flag=True, help=_("Chỉ tính lại chuỗi, không đọc hồ sơ và điểm kiểm tra trong kho."))
@json_option
@click.pass_obj
def verify(ini: Path | None, outside: tuple[Path, ...], quick: bool, machine: bool) -> None:
    """Run ``journal verify``; exit code 1 when the chain is broken or does not fit what was signed."""
    with opened(ini) as house:
        verdict, proofs = check_journal(house, outside, inside=not quick)
    wrong = [*verdict.broken, *proofs.problems]
    if machine:
        as_json({
            "agency": verdict.agency, "entries": verdict.entries, "head": verdict.head.hash,
            "broken": list(verdict.broken), "problems": list(proofs.problems), "heads_compared": verdict.anchors,
            "proven_to": verdict.proven, "foreign": proofs.foreign,
        })  # fmt: skip
    for sentence in () if machine else wrong:
        click.echo(sentence, err=True)
    if verdict.broken and not machine:
        click.echo(_("Nhật ký đã bị thay đổi: giữ nguyên kho, đối chiếu bản sao lưu."), err=True)
    elif not machine:
        click.echo(
            _("Nhật ký nguyên vẹn: {n} mục, đầu chuỗi {head}.").format(n=verdict.entries, head=verdict.head.hash)
        )
        click.echo(_proven(verdict))
    if wrong:
        raise click.exceptions.Exit(1)


def _proven(verdict: Verdict) -> str:
    if verdict.proven < 0:
        return _("Chưa có điểm kiểm tra hay hồ sơ nào để đối chiếu: ký bằng congkhai journal checkpoint.")
    return _("Đã đối chiếu {count} đầu chuỗi đã ký; xác nhận đến mục #{seq}, còn {left} mục sau đó.").format(
        count=verdict.anchors, seq=verdict.proven, left=verdict.head.seq - verdict.proven
    )


@command.command(help=_("Ký đầu nhật ký bằng khóa niêm phong (điểm kiểm tra), và ghi ra tệp nếu muốn."))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
    help=_("Thư mục nhận các điểm kiểm tra; nên là nơi không chung máy với kho."),
)  # fmt: skip
@json_option
@click.pass_obj
def checkpoint(ini: Path | None, out: Path | None, machine: bool) -> None:
    """Run ``journal checkpoint``."""
    with opened(ini) as house:
        make_checkpoint(house, "asked")
        made = written(house, out)
    if machine:
        as_json([asdict(one) for one in made])
        return
    newest = made[-1] if made else None
    if newest is None:
        click.echo(_("Nhật ký còn trống, chưa có gì để ký."))
        return
    click.echo(
        _("Điểm kiểm tra #{seq}, {when}: {head}").format(
            seq=newest.seq, when=f"{newest.made_at.astimezone(ZONE):%H:%M:%S %d/%m/%Y}", head=newest.hash
        )
    )
    if out is not None:
        click.echo(_("Đã ghi {count} tệp vào {folder}.").format(count=len(made), folder=out))


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
