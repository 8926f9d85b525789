"""``congkhai disclosure``: what people do in the life of a disclosure, from its confirmation to its end."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from .. import desk
from ..clock import ZONE
from ..continuity import confirm_seen
from ..house import House
from ..minutes import availability, interruptions
from ..records import Disclosure, DisclosureState, Posting
from ..store import read
from ..text import _
from ._acts import MOMENT, act, by_option, bytes_of, file_option, reason_option
from ._disclosure_more import add_commands
from ._open import as_json, json_option, opened


@click.group(help=_("Nội dung công khai: xem, xác nhận, tạm dừng, thay, gỡ, cung cấp theo yêu cầu."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Liệt kê nội dung công khai."))
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in DisclosureState]),
              help=_("Chỉ những trạng thái này (dùng được nhiều lần)."))  # fmt: skip
@json_option
@click.pass_obj
def show_all(ini: Path | None, states: tuple[str, ...], machine: bool) -> None:
    """Run ``disclosure list``."""
    with opened(ini) as house, house.store.read() as connection:
        wanted = [DisclosureState(state) for state in states] or list(DisclosureState)
        rows = [_short(matter) for matter in read.disclosures(connection, house.agency, *wanted)]
    if machine:
        as_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['state']:<10}  {row['title']}")


def _short(matter: Disclosure) -> dict[str, Any]:
    return {
        "id": matter.id, "state": matter.state.value, "title": matter.title, "category": matter.category,
        "publish_by": _say(matter.publish_by), "note": matter.note,
    }  # fmt: skip


@command.command(help=_("Xem một nội dung công khai: từng kênh, thời hạn, gián đoạn, kiểm tra."))
@click.argument("disclosure")
@json_option
@click.pass_obj
def show(ini: Path | None, disclosure: str, machine: bool) -> None:
    """Run ``disclosure show``."""
    with opened(ini) as house:
        facts = facts_of(house, disclosure)
    if machine:
        as_json(facts)
        return
    click.echo(f"{facts['id']}  {facts['state']}\n{facts['title']}")
    click.echo(_("Hạn công khai: {when}").format(when=facts["publish_by"]))
    if facts["note"]:
        click.echo(facts["note"])
    for posting in facts["postings"]:
        click.echo(f"\n{posting['id']}  {posting['state']}  {posting['place']}")
        for label, key in ((_("từ"), "posted_from"), (_("được kết thúc từ"), "close_from"), (_("đến"), "posted_to")):
            if posting[key]:
                click.echo(f"    {label} {posting[key]}")
        for one in posting["interruptions"]:
            click.echo(f"    #{one['number']} {one['kind']}: {one['from']} – {one['to'] or '?'} ({one['effect']})")
        if posting["days"]:
            click.echo(f"    {posting['days']}")


def facts_of(house: House, disclosure: str) -> dict[str, Any]:
    """Return a matter with everything that a person needs to decide on it, as plain data."""
    with house.store.read() as connection:
        matter = read.disclosure(connection, disclosure)
        postings = [_posting(house, connection, posting) for posting in matter.postings]
    return {**_short(matter), "documents": list(matter.documents), "postings": postings}


def _posting(house: House, connection: Any, posting: Posting) -> dict[str, Any]:
    breaks, looks = read.breaks(connection, posting.id), read.looks(connection, posting.id)
    until = posting.posted_to or house.clock.now()
    record = availability(posting, looks, breaks, until)
    said = interruptions(breaks, until)
    return {
        "id": posting.id, "channel": posting.channel, "place": posting.place, "state": posting.state.value,
        "kind": posting.kind, "standing": posting.standing, "mode": posting.mode,
        "days_required": posting.required_days,
        "basis": posting.basis, "posted_from": _say(posting.posted_from), "close_from": _say(posting.close_from),
        "posted_to": _say(posting.posted_to),
        "interruptions": [
            {"number": one.id, "kind": one.kind, "from": _say(words.start), "to": _say(words.end),
             "effect": one.effect, "reason": words.reason}
            for one, words in zip(breaks, said, strict=False)
        ],
        "looks": len(looks), "days": record.days if record else "",
    }  # fmt: skip


def _say(moment: datetime | None) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="minutes") if moment else ""


@command.command(help=_("Xác nhận nội dung phải công khai; congkhai lập các lần công khai ngay."))
@click.argument("disclosure")
@by_option
@click.pass_obj
def confirm(ini: Path | None, disclosure: str, by: str) -> None:
    """Run ``disclosure confirm``."""
    act(ini, lambda house, _now: desk.confirm_matter(house, disclosure, by))


@command.command(help=_("Quyết định không công khai, kèm lý do."))
@click.argument("disclosure")
@by_option
@reason_option()
@click.pass_obj
def exclude(ini: Path | None, disclosure: str, by: str, reason: str) -> None:
    """Run ``disclosure exclude``."""
    act(ini, lambda house, _now: desk.exclude_matter(house, disclosure, by, reason))


@command.command(help=_("Cho phép một kênh tự đăng đang chờ lệnh."))
@click.argument("posting")
@by_option
@reason_option(required=False)
@click.pass_obj
def release(ini: Path | None, posting: str, by: str, reason: str) -> None:
    """Run ``disclosure release``."""
    act(ini, lambda house, _now: desk.release_posting(house, posting, by, reason=reason))


@command.command(help=_("Xác nhận đã niêm yết, hoặc đã thay bằng bản sửa; không ghi --since thì tính từ bây giờ."))
@click.argument("posting")
@by_option
@click.option("--since", type=MOMENT, default=None, help=_("Thời điểm người xem bắt đầu thấy."))
@file_option("--photo", _("Ảnh chụp tại nơi niêm yết."))
@click.option("--address", default="", help=_("Địa chỉ trang đã đăng."))
@click.option("--remark", default="", help=_("Ghi chú."))
@click.pass_obj
def posted(
    ini: Path | None, posting: str, by: str, since: datetime | None, photo: Path | None, address: str, remark: str
) -> None:  # fmt: skip
    """Run ``disclosure posted``."""
    data = bytes_of(photo)
    act(
        ini,
        lambda house, _now: desk.confirm_posting(
            house, posting, by, since=since, photo=data, address=address, remark=remark
        ),
    )


@command.command(help=_("Ghi rằng đã xem tại chỗ: còn thấy, hoặc không còn thấy (--gone)."))
@click.argument("posting")
@by_option
@click.option("--at", type=MOMENT, default=None, help=_("Thời điểm xem; mặc định bây giờ."))
@click.option("--gone", is_flag=True, help=_("Không còn thấy."))
@file_option("--photo", _("Ảnh chụp tại nơi niêm yết."))
@click.option("--remark", default="", help=_("Ghi chú."))
@click.pass_obj
def seen(
    ini: Path | None, posting: str, by: str, at: datetime | None, gone: bool, photo: Path | None, remark: str
) -> None:  # fmt: skip
    """Run ``disclosure seen``."""
    data = bytes_of(photo)
    act(
        ini,
        lambda house, now: confirm_seen(
            house, posting, by, at=at or now, visible=not gone, photo=data, remark=remark
        ),
    )  # fmt: skip


@command.command(help=_("Xác nhận đã gỡ. Gỡ trước thời điểm luật cho phép: chỉ người đứng đầu, kèm --early-reason."))
@click.argument("posting")
@by_option
@click.option("--at", type=MOMENT, default=None, help=_("Thời điểm gỡ; mặc định bây giờ."))
@click.option("--early-reason", default="", help=_("Lý do của người đứng đầu khi kết thúc sớm."))
@file_option("--photo", _("Ảnh chụp sau khi gỡ."))
@click.pass_obj
def down(
    ini: Path | None, posting: str, by: str, at: datetime | None, early_reason: str, photo: Path | None
) -> None:  # fmt: skip
    """Run ``disclosure down``."""
    data = bytes_of(photo)
    act(
        ini,
        lambda house, now: desk.confirm_taken_down(
            house, posting, by, at=at or now, early_reason=early_reason, photo=data
        ),
    )


add_commands(command)
