"""``congkhai feedback``: comments on disclosures: entered, listed, matched, answered, marked, erased."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..clock import ZONE
from ..errors import InputError
from ..feedback import ENTRIES, STATES, FeedbackItem, enter, item_of, items, source_title
from ..feedback_desk import MARKS, acknowledged, answer, assign, erase, looked, mark
from ..feedback_pull import resume
from ..feedback_records import feedback_code
from ..house import House
from ..text import _
from ._open import as_json, json_option, opened

_by = click.option("--by", required=True, metavar="NAME", help=_("Người thực hiện."))
_number = click.argument("number", type=int)


@click.group(help=_("Ý kiến phản ánh, kiến nghị về nội dung công khai: nhập, xem, trả lời, đánh dấu."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Danh sách ý kiến, cũ nhất trước."))
@click.option("--disclosure", default="", metavar="ID", help=_("Chỉ ý kiến về nội dung này."))
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help=_("Chỉ ý kiến ở trạng thái này."))
@click.option("--unmatched", is_flag=True, help=_("Chỉ ý kiến chưa rõ về nội dung nào."))
@json_option
@click.pass_obj
def show_list(
    ini: Path | None, disclosure: str, states: tuple[str, ...], *, unmatched: bool, machine: bool
) -> None:  # fmt: skip
    """Run ``feedback list``."""
    with opened(ini) as house:
        with house.store.read() as connection:
            found = list(
                items(connection, house.agency, disclosure=disclosure, states=states, unmatched=unmatched)
            )  # fmt: skip
        if machine:
            as_json([_facts(house, one) for one in found])
            return
        for one in found:
            about = one.disclosure or _("chưa rõ nội dung")
            first = " ".join(one.text.split())[:100] or _("(đã xóa nội dung)")
            click.echo(f"{one.id}  {_when(one.received_at)}  {one.state}  {about}\n    {first}")
        click.echo(_("{count} ý kiến.").format(count=len(found)))


@command.command(help=_("Xem một ý kiến."))
@_number
@json_option
@click.pass_obj
def show(ini: Path | None, number: int, *, machine: bool) -> None:
    """Run ``feedback show``."""
    with opened(ini) as house:
        with house.store.read() as connection:
            one = item_of(connection, house.agency, number)
        if machine:
            as_json(_facts(house, one))
            return
        click.echo(_("Ý kiến số {number}, nhận {when}").format(number=one.id, when=_when(one.received_at)))
        for label, value in (
            (_("Nguồn"), source_title(house, one.source)), (_("Về nội dung"), one.disclosure or _("chưa rõ")),
            (_("Người gửi"), one.sender), (_("Tiêu đề"), one.subject), (_("Ghi chú"), one.note),
            (_("Trạng thái"), one.state), (_("Trả lời"), one.answer),
        ):  # fmt: skip
            if value:
                click.echo(f"{label}: {value}")
        click.echo(one.text or _("(đã xóa nội dung)"))


@command.command("enter", help=_("Nhập một ý kiến đã nhận; nội dung đọc từ --text hoặc từ đầu vào chuẩn."))
@click.option("--disclosure", default="", metavar="ID", help=_("Mã nội dung công khai; bỏ trống khi chưa rõ."))
@click.option(
    "--source",
    default="clerk",
    show_default=True,
    metavar="NAME",
    help=_("Nguồn: {names}, hoặc tên một mục [feedback:TÊN].").format(names=", ".join(ENTRIES)),
)
@click.option("--text", default="", help=_("Nội dung ý kiến; bỏ trống: đọc từ đầu vào chuẩn."))
@click.option("--received", default="", metavar="ISO", help=_("Thời điểm nhận, ISO 8601; mặc định: bây giờ."))
@click.option("--sender", default="", help=_("Nơi gửi trả lời, nếu người góp ý muốn."))
@click.option("--ref", default="", help=_("Số hoặc mã của ý kiến ở nguồn; một mã chỉ nhập một lần."))
@_by
@json_option
@click.pass_obj
def enter_one(
    ini: Path | None, disclosure: str, source: str, text: str, received: str, sender: str, ref: str, by: str,
    *, machine: bool,
) -> None:  # fmt: skip
    """Run ``feedback enter``."""
    said = text or sys.stdin.read()
    moment = read_moment(received) if received else None
    with opened(ini) as house:
        number = enter(house, disclosure or None, by, said, source=source, received_at=moment, sender=sender, ref=ref)
    if machine:
        as_json({"number": number})
    else:
        click.echo(_("Đã nhập ý kiến số {number}.").format(number=number))


@command.command("assign", help=_("Cho biết ý kiến về nội dung công khai nào."))
@_number
@click.argument("disclosure")
@_by
@click.pass_obj
def assign_one(ini: Path | None, number: int, disclosure: str, by: str) -> None:
    """Run ``feedback assign``."""
    with opened(ini) as house:
        assign(house, number, disclosure, by)


@command.command("answer", help=_("Ghi nội dung đã trả lời; đọc từ --text hoặc từ đầu vào chuẩn."))
@_number
@click.option("--text", default="", help=_("Nội dung trả lời; bỏ trống: đọc từ đầu vào chuẩn."))
@_by
@click.pass_obj
def answer_one(ini: Path | None, number: int, text: str, by: str) -> None:
    """Run ``feedback answer``."""
    said = text or sys.stdin.read()
    with opened(ini) as house:
        answer(house, number, by, said)


@command.command("mark", help=_("Đánh dấu ý kiến: ghi nhận, trùng, không phải ý kiến, hoặc mở lại."))
@_number
@click.argument("state", type=click.Choice(MARKS))
@click.option("--reason", default="", help=_("Lý do; bắt buộc với duplicate và foreign."))
@_by
@click.pass_obj
def mark_one(ini: Path | None, number: int, state: str, reason: str, by: str) -> None:
    """Run ``feedback mark``."""
    with opened(ini) as house:
        mark(house, number, by, state, reason)


@command.command("acknowledge", help=_("Ghi nhận rằng đã báo cho người gửi là ý kiến đã đến."))
@_number
@_by
@click.pass_obj
def acknowledge_one(ini: Path | None, number: int, by: str) -> None:
    """Run ``feedback acknowledge``."""
    with opened(ini) as house:
        acknowledged(house, number, by)


@command.command("erase", help=_("Xóa nội dung và người gửi của một ý kiến; số lượng và mã băm vẫn giữ."))
@_number
@click.option("--reason", required=True, help=_("Ai yêu cầu, căn cứ."))
@_by
@click.pass_obj
def erase_one(ini: Path | None, number: int, reason: str, by: str) -> None:
    """Run ``feedback erase``."""
    with opened(ini) as house:
        erase(house, number, by, reason)


@command.command("looked", help=_("Xác nhận đã xem một nguồn do người trực và đã nhập hết ý kiến trong đó."))
@click.argument("source")
@click.option("--at", "moment", default="", metavar="ISO", help=_("Thời điểm xem; mặc định: bây giờ."))
@_by
@click.pass_obj
def looked_into(ini: Path | None, source: str, moment: str, by: str) -> None:
    """Run ``feedback looked``."""
    with opened(ini) as house:
        looked(house, source, by, read_moment(moment) if moment else None)


@command.command("resume", help=_("Đọc lại một nguồn đã tạm dừng vì bị từ chối đăng nhập."))
@click.argument("source")
@_by
@click.pass_obj
def resume_source(ini: Path | None, source: str, by: str) -> None:
    """Run ``feedback resume``."""
    with opened(ini) as house:
        if not resume(house, source, by):
            raise InputError(
                what=_("Không có nguồn nào đang tạm dừng mang tên này."), where=source, code="congkhai-E571",
                advice=_("Xem các nguồn đang lỗi bằng congkhai status."),
            )  # fmt: skip


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M}"


def read_moment(text: str) -> datetime:
    """Read an ISO 8601 moment; without a zone it is Vietnam's. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            what=_("“{text}” không phải là thời điểm ISO 8601.").format(text=text), code="congkhai-E572",
            advice=_("Viết 2026-07-06T08:00."),
        ) from error  # fmt: skip
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _facts(house: House, one: FeedbackItem) -> dict[str, Any]:
    return {
        "number": one.id, "source": one.source, "source_title": source_title(house, one.source),
        "disclosure": one.disclosure, "code": feedback_code(one.disclosure) if one.disclosure else None,
        "received": one.received_at.astimezone(ZONE).isoformat(), "by": one.by, "subject": one.subject,
        "text": one.text, "sender": one.sender, "note": one.note, "state": one.state, "answer": one.answer,
        "acknowledged": one.acknowledged_at.astimezone(ZONE).isoformat() if one.acknowledged_at else None,
        "erased": one.erased_at is not None,
    }  # fmt: skip
