"""``congkhai minutes``: minutes of meetings, ballot counts and posted declarations, from what a clerk enters."""

from pathlib import Path

import click

from ..entries import KINDS, Facts, entries, facts_to
from ..entry_file import LARGEST, read_entry
from ..entry_file import sample as sample_of
from ..errors import InputError
from ..house import House
from ..minuting_entered import record
from ..orders import remake
from ..papers_status import facts_step, paper_names
from ..platform import write_durably
from ..store import read
from ..text import _
from ..verification import clean
from ._acts import by_option, reason_option
from ._open import as_json, json_option, opened

_file = click.option(
    "--file", "path", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True,
    help=_("Tệp nội dung; lấy mẫu bằng congkhai minutes sample."),
)  # fmt: skip


@click.group(help=_("Biên bản hội nghị, kiểm phiếu, niêm yết bản kê khai: nhập nội dung, sửa, lấy tệp."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command(help=_("In một tệp mẫu để điền, có lời giải thích."))
@click.argument("kind", type=click.Choice(KINDS))
def sample(kind: str) -> None:
    """Run ``minutes sample``."""
    click.echo(sample_of(kind), nl=False)


def _read(path: Path, kind: str) -> Facts:
    data = path.read_bytes()[: 4 * LARGEST]
    try:
        return read_entry(data.decode("utf-8-sig"), kind, path.name)
    except UnicodeDecodeError as error:
        raise InputError(
            _("Tệp không phải UTF-8."), where=path.name, code="congkhai-E733", advice=_("Lưu lại tệp dạng UTF-8.")
        ) from error


@command.command(help=_("Nhập nội dung một biên bản; MÃ là của một việc (v…) hoặc nội dung công khai (bản kê khai)."))
@click.argument("subject", metavar="MÃ")
@click.argument("kind", type=click.Choice(KINDS))
@_file
@click.option("--part", default="", help=_("Phần của hồ sơ, ví dụ 13.2; bỏ trống: phần phù hợp với loại biên bản."))
@by_option
@click.pass_obj
def new(ini: Path | None, subject: str, kind: str, path: Path, part: str, by: str) -> None:
    """Run ``minutes new``."""
    facts = _read(path, kind)
    with opened(ini) as house:
        paper = record(house, subject, kind, facts, by, part)
    click.echo(paper or _("Đã ghi."))
    click.echo(_("Biên bản được lập và đưa đến người ký ngay khi tiến trình nền chạy."), err=True)


@command.command(help=_("Sửa nội dung đã nhập của một biên bản chưa ký xong; bản cũ được giữ, số cũ bị hủy."))
@click.argument("paper", metavar="ID")
@_file
@by_option
@reason_option()
@click.pass_obj
def correct(ini: Path | None, paper: str, path: Path, by: str, reason: str) -> None:
    """Run ``minutes correct``."""
    with opened(ini) as house:
        with house.store.read() as connection:
            present = read.minutes_by_id(connection, paper)
        kind = present.kind if present.kind in KINDS else "declarations"
        remake(house, paper, by, reason, facts=_read(path, kind))
    click.echo(_("Văn bản mới được lập ngay khi tiến trình nền chạy."))


@command.command("list", help=_("Các biên bản chờ nhập và đã nhập, cũ nhất trước."))
@json_option
@click.pass_obj
def show_list(ini: Path | None, machine: bool) -> None:
    """Run ``minutes list``."""
    with opened(ini) as house, house.store.read() as connection:
        found = entries(connection, house.agency)
        made = {one.paper for one in found if one.paper and read.has_minutes(connection, one.paper)}
    if machine:
        as_json([
            {"id": one.paper, "matter": one.subject, "kind": one.kind, "part": one.part, "state": one.state,
             "made": one.paper in made, "by": one.by, "at": one.at.isoformat(), "facts": facts_to(one.facts)}
            for one in found
        ])  # fmt: skip
        return
    for one in found:
        told = facts_step(one) if one.state == "asked" else _("đã lập") if one.paper in made else _("đã nhập")
        click.echo(clean(f"{one.paper or '—':16}  {one.subject}  {paper_names()[one.kind]}  {told}"))


@command.command(help=_("Ghi tệp XML đã ký và bản PDF của một biên bản, báo cáo vào một thư mục."))
@click.argument("paper", metavar="ID")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help=_("Thư mục."))
@click.pass_obj
def export(ini: Path | None, paper: str, folder: Path) -> None:
    """Run ``minutes export``."""
    with opened(ini) as house:
        for path in _export(house, paper, folder):
            click.echo(path)


def _export(house: House, id_: str, folder: Path) -> list[Path]:
    with house.store.read() as connection:
        found = read.minutes_by_id(connection, id_)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sha256, ending in ((found.file_sha256, "xml"), (found.pdf_sha256, "pdf")):
        if sha256:
            written.append(folder / f"{found.id}.{ending}")
            write_durably(written[-1], house.store.vault.read(sha256))
    return written
