"""``congkhai posting``: what people do by hand: print the sheet, confirm with evidence, confirm that it is down."""

from pathlib import Path

import click

from ..clock import ZONE
from ..confirmation import confirm, evidence_fields
from ..desk import confirm_taken_down
from ..errors import InputError
from ..house import House
from ..interfaces import Printable
from ..publish import channel_of, notice_of
from ..records import PostingState
from ..store import read
from ..text import _
from ._open import as_json, json_option, opened
from .feedback import read_moment

_by = click.option("--by", required=True, metavar="NAME", help=_("Người thực hiện và xác nhận."))


@click.group(help=_("Công khai do người thực hiện: in tờ niêm yết, xác nhận kèm minh chứng, xác nhận đã gỡ."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Những lần công khai đang chờ người xác nhận, và minh chứng cần có."))
@json_option
@click.pass_obj
def show_list(ini: Path | None, *, machine: bool) -> None:
    """Run ``posting list``."""
    with opened(ini) as house:
        rows = _waiting(house)
    if machine:
        as_json(rows)
        return
    for row in rows:
        click.echo(f"{row['posting']}  {row['title']}\n    {row['place']}")
        for field in row["evidence"]:  # type: ignore[attr-defined]  # a list, as built below
            click.echo(f"    - {field['key']} ({field['kind']}): {field['label']}")
    click.echo(_("{count} việc chờ xác nhận.").format(count=len(rows)))


@command.command(help=_("Ghi tờ niêm yết để in ra tệp PDF."))
@click.argument("posting")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("Tệp PDF sẽ ghi."))
@click.pass_obj
def sheet(ini: Path | None, posting: str, out: Path) -> None:
    """Run ``posting sheet``."""
    with opened(ini) as house:
        with house.store.read() as connection:
            present = read.posting(connection, posting)
            matter = read.disclosure(connection, present.disclosure)
        channel = channel_of(house, present)
        if not isinstance(channel, Printable):
            raise InputError(
                what=_("Hình thức này không có tờ để in."), where=posting, code="congkhai-E566",
                advice=_("Khai kênh với type = notice-board."),
            )  # fmt: skip
        pdf = channel.sheet(notice_of(house, matter, present))
    out.write_bytes(pdf)
    click.echo(_("Đã ghi {out}.").format(out=out))


@command.command("confirm", help=_("Xác nhận đã công khai, kèm minh chứng của hình thức đó."))
@click.argument("posting")
@click.option("--since", default="", metavar="ISO", help=_("Từ lúc nào người xem thấy được; bỏ trống: từ bây giờ."))
@click.option("--photo", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=_("Ảnh chụp."))
@click.option(
    "--file", "files", multiple=True, metavar="KEY=PATH", help=_("Tệp minh chứng, ví dụ minutes=bien-ban.pdf.")
)
@click.option("--answer", "answers", multiple=True, metavar="KEY=TEXT", help=_("Nội dung, ví dụ participants=25."))
@click.option("--address", default="", help=_("Địa chỉ trang, khi đăng trên một trang web."))
@click.option("--note", default="", help=_("Ghi chú."))
@_by
@click.pass_obj
def confirm_one(
    ini: Path | None, posting: str, since: str, photo: Path | None, files: tuple[str, ...], answers: tuple[str, ...],
    address: str, note: str, by: str,
) -> None:  # fmt: skip
    """Run ``posting confirm``."""
    brought = {key: _read(path) for key, path in map(_pair, files)}
    if photo is not None:
        brought["photo"] = _read(str(photo))
    with opened(ini) as house:
        confirm(
            house, posting, by, since=read_moment(since) if since else None, answers=dict(map(_pair, answers)),
            files=brought, remark=note, address=address,
        )  # fmt: skip


@command.command(help=_("Xác nhận đã gỡ một lần công khai."))
@click.argument("posting")
@click.option("--at", "moment", default="", metavar="ISO", help=_("Lúc gỡ; bỏ trống: bây giờ."))
@_by
@click.pass_obj
def down(ini: Path | None, posting: str, moment: str, by: str) -> None:
    """Run ``posting down``."""
    with opened(ini) as house:
        at = read_moment(moment) if moment else house.clock.now()
        confirm_taken_down(house, posting, by, at=at)


def _waiting(house: House) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    with house.store.read() as connection:
        matters = list(read.disclosures(connection, house.agency))
    for matter in matters:
        for posting in matter.postings:
            if posting.state is not PostingState.WAITING:
                continue
            fields = [
                {"key": one.key, "kind": one.kind, "label": one.label, "required": one.required}
                for one in evidence_fields(house, posting.id)
            ]
            rows.append(
                {
                    "posting": posting.id, "disclosure": matter.id, "title": matter.title, "place": posting.place,
                    "publish_by": matter.publish_by.astimezone(ZONE).isoformat(), "evidence": fields,
                }
            )  # fmt: skip
    return rows


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError(
            what=_("“{text}” không có dạng mục=giá trị.").format(text=text), code="congkhai-E566",
            advice=_("Xem các mục cần có bằng congkhai posting list."),
        )  # fmt: skip
    return key.strip(), value.strip()


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            what=_("Không đọc được tệp minh chứng: {reason}.").format(reason=error.strerror), where=path,
            advice=_("Kiểm tra đường dẫn và quyền đọc."), code="congkhai-E566",
        ) from error  # fmt: skip
