"""The rarer sub-verbs of ``congkhai disclosure``: pause, correct, exempt, end, and information on request."""

from datetime import datetime
from pathlib import Path

import click

from .. import desk, supply
from ..clock import ZONE
from ..continuity import decide_break
from ..exemptions import CONDITIONS, exempt_posting
from ..house import House
from ..pausing import correct_matter, pause_posting, resume_posting
from ..text import _
from . import _disclosure_vanished as vanished_commands
from ._acts import MOMENT, act, by_option, bytes_of, file_option, reason_option
from ._open import as_json, json_option, opened


@click.command(help=_("Tạm dừng công khai ở một nơi; thời hạn được kéo dài theo."))
@click.argument("posting")
@by_option
@reason_option()
@click.pass_obj
def pause(ini: Path | None, posting: str, by: str, reason: str) -> None:
    """Run ``disclosure pause``."""
    act(ini, lambda house, _now: pause_posting(house, posting, by, reason))


@click.command(help=_("Cho hiển thị lại sau khi tạm dừng."))
@click.argument("posting")
@by_option
@file_option("--photo", _("Ảnh chụp tại nơi niêm yết."))
@click.pass_obj
def resume(ini: Path | None, posting: str, by: str, photo: Path | None) -> None:
    """Run ``disclosure resume``."""
    data = bytes_of(photo)
    act(ini, lambda house, _now: resume_posting(house, posting, by, photo=data))


@click.command(help=_("Thay văn bản bằng bản đã sửa; thời hạn tính theo [work] after-correction."))
@click.argument("disclosure")
@click.argument("document")
@click.option("--instead-of", default="", help=_("Mã văn bản bị thay; mặc định văn bản chính."))
@by_option
@reason_option()
@click.pass_obj
def correct(ini: Path | None, disclosure: str, document: str, instead_of: str, by: str, reason: str) -> None:
    """Run ``disclosure correct``."""
    act(
        ini,
        lambda house, _now: correct_matter(house, disclosure, by, reason, document=document, instead_of=instead_of),
    )


@click.command(help=_("Rút nội dung đang công khai trước thời hạn, kèm lý do."))
@click.argument("disclosure")
@by_option
@reason_option()
@click.pass_obj
def withdraw(ini: Path | None, disclosure: str, by: str, reason: str) -> None:
    """Run ``disclosure withdraw``."""
    act(ini, lambda house, _now: desk.withdraw_matter(house, disclosure, by, reason))


@click.command(help=_("Chấm dứt vì đã có nội dung công khai khác thay thế."))
@click.argument("disclosure")
@by_option
@reason_option()
@click.pass_obj
def supersede(ini: Path | None, disclosure: str, by: str, reason: str) -> None:
    """Run ``disclosure supersede``."""
    act(ini, lambda house, _now: desk.supersede_matter(house, disclosure, by, reason))


@click.command("end", help=_("Kết thúc nội dung công khai thường xuyên khi văn bản được thay thế hoặc bãi bỏ."))
@click.argument("disclosure")
@by_option
@reason_option()
@click.pass_obj
def end_permanent(ini: Path | None, disclosure: str, by: str, reason: str) -> None:
    """Run ``disclosure end``."""
    act(ini, lambda house, _now: desk.end_permanent(house, disclosure, by, reason))


@click.command(help=_("Ghi miễn thời gian công khai vì đã thông báo bằng văn bản đến toàn thể, hoặc theo luật khác."))
@click.argument("posting")
@click.option("--notice", required=True, help=_("Số, ký hiệu, ngày của thông báo; hoặc điều khoản của luật khác."))
@click.option("--notified", type=MOMENT, required=True, help=_("Thời điểm mọi người đã nhận được."))
@click.option("--condition", type=click.Choice(CONDITIONS), default=CONDITIONS[0], show_default=True,
              help=_("Trường hợp miễn."))  # fmt: skip
@file_option("--scan", _("Bản quét thông báo."))
@by_option
@reason_option()
@click.pass_obj
def exempt(
    ini: Path | None, posting: str, notice: str, notified: datetime, condition: str, scan: Path | None, by: str,
    reason: str,
) -> None:  # fmt: skip
    """Run ``disclosure exempt``."""
    data = bytes_of(scan)

    def call(house: House, _now: datetime) -> str:
        effective = exempt_posting(
            house, posting, by, notice=notice, notified=notified, reason=reason, condition=condition, scan=data
        )
        wide = _("Đã ghi, nhưng rộng hơn Luật: vẫn phải công khai đủ thời gian; hồ sơ sẽ nêu điều này.")
        return _("Đã ghi.") if effective else wide

    act(ini, call)


@click.command(help=_("Quyết định một lần gián đoạn tính thế nào, kèm lý do."))
@click.argument("number", type=int)
@click.option("--effect", type=click.Choice(["note", "extend", "restart"]), required=True,
              help=_("note: chỉ ghi nhận; extend: kéo dài; restart: đếm lại."))  # fmt: skip
@click.option("--accept", is_flag=True, help=_("Nội dung đang hiển thị là đúng (với lần nội dung bị khác)."))
@by_option
@reason_option()
@click.pass_obj
def gap(ini: Path | None, number: int, effect: str, accept: bool, by: str, reason: str) -> None:
    """Run ``disclosure gap``."""
    act(
        ini,
        lambda house, _now: decide_break(house, number, by, effect=effect, reason=reason, accept=accept),
    )


@click.command(help=_("Ghi một yêu cầu cung cấp thông tin (khoản 4 Điều 48 của Luật)."))
@click.argument("disclosure")
@click.option("--asked-by", required=True, help=_("Ai yêu cầu."))
@click.option("--wanted", required=True, help=_("Yêu cầu gì."))
@click.option("--at", type=MOMENT, default=None, help=_("Thời điểm nhận yêu cầu; mặc định bây giờ."))
@by_option
@click.pass_obj
def request(ini: Path | None, disclosure: str, asked_by: str, wanted: str, at: datetime | None, by: str) -> None:
    """Run ``disclosure request``."""
    act(
        ini,
        lambda house, now: str(
            supply.ask(house, disclosure, by, asked_by=asked_by, wanted=wanted, asked_at=at or now)
        ),
    )  # fmt: skip


@click.command(help=_("Ghi câu trả lời cho một yêu cầu cung cấp thông tin."))
@click.argument("number", type=int)
@click.option("--text", required=True, help=_("Đã trả lời, cung cấp những gì."))
@click.option("--file", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help=_("Tệp đã đưa thêm (dùng được nhiều lần)."))  # fmt: skip
@click.option("--at", type=MOMENT, default=None, help=_("Thời điểm trả lời; mặc định bây giờ."))
@by_option
@click.pass_obj
def answer(ini: Path | None, number: int, text: str, files: tuple[Path, ...], at: datetime | None, by: str) -> None:
    """Run ``disclosure answer``."""
    data = tuple(bytes_of(path) for path in files)
    act(ini, lambda house, now: supply.answer(house, number, by, text=text, files=data, at=at or now))


@click.command(help=_("Các yêu cầu cung cấp thông tin và thời hạn trả lời."))
@click.option("--open", "open_only", is_flag=True, help=_("Chỉ những yêu cầu chưa trả lời."))
@json_option
@click.pass_obj
def requests(ini: Path | None, open_only: bool, machine: bool) -> None:
    """Run ``disclosure requests``."""
    with opened(ini) as house, house.store.read() as connection:
        rows = [
            {"number": one.id, "disclosure": one.disclosure, "wanted": one.wanted, "ground": one.ground,
             "asked_at": one.asked_at.astimezone(ZONE).isoformat(), "due": one.due.astimezone(ZONE).isoformat(),
             "answered_at": one.answered_at.astimezone(ZONE).isoformat() if one.answered_at else "",
             "supplied": list(one.supplied)}
            for one in supply.supplies(connection, house.agency, open_only=open_only)
        ]  # fmt: skip
    if machine:
        as_json(rows)
        return
    for row in rows:
        state = row["answered_at"] or _("chưa trả lời, hạn {due}").format(due=row["due"])
        click.echo(f"{row['number']}  {row['disclosure']}  {row['wanted']}  ({state})")


def add_commands(group: click.Group) -> None:
    """Add these sub-verbs to ``congkhai disclosure``."""
    for one in (
        pause, resume, correct, withdraw, supersede, end_permanent, exempt, gap, request, answer, requests,
        vanished_commands.show, vanished_commands.recalled, vanished_commands.kept,
    ):  # fmt: skip
        group.add_command(one)
