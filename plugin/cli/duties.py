"""``congkhai duties``: what the agency owes, settled or not; reminders; the calendar feed of a role."""

from pathlib import Path

import click

from ..clock import ZONE
from ..duties import Duty, add_duty, read_duties, settle_duty
from ..icalendar_feed import feed, feed_roles
from ..platform import write_durably
from ..text import _
from ._open import as_json, json_option, opened
from .limits import read_day

_STATES = {"open": _("chưa xong"), "done": _("đã xong"), "dropped": _("không phải làm"), "past": _("đã qua")}


@click.group(help=_("Nghĩa vụ định kỳ, việc được giao có hạn, chứng thư hết hạn, nộp lưu: xem, ghi nhận, xuất lịch."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Các nghĩa vụ và hạn của chúng."))
@click.option("--all", "everything", is_flag=True, help=_("Cả những nghĩa vụ đã ghi nhận xong hoặc đã qua."))
@json_option
@click.pass_obj
def show(ini: Path | None, everything: bool, machine: bool) -> None:
    """Run ``duties list``."""
    with opened(ini) as house:
        now = house.clock.now()
        with house.store.read() as connection:
            found = read_duties(connection, house.agency, *(() if everything else ("open",)))
        undated = _undated(found, [rule.key for rule in house.regulation.duties if rule.key not in
                                   house.configuration.reminders.without])  # fmt: skip
        if machine:
            as_json([_record(duty, late=duty.is_late(now)) for duty in found])
            return
        for duty in found:
            mark = _("QUÁ HẠN") if duty.is_late(now) else _STATES[duty.state]
            end = duty.late_from.astimezone(ZONE)
            click.echo(f"{duty.id}  {duty.last_day:%d/%m/%Y}  {mark:14}  {duty.title}")
            hour = "" if end.time() == end.time().min else _("trước {hour:%H:%M}; ").format(hour=end)
            who = f"{duty.who}; " if duty.who else ""
            click.echo(f"    {hour}{who}{duty.source}" + (f"; {duty.note}" if duty.note else ""))
        if undated:
            click.echo(
                _("Chỉ theo sự kiện, nhập khi có bằng congkhai duties add: {keys}").format(keys=", ".join(undated))
            )


def _undated(found: list[Duty], keys: list[str]) -> list[str]:
    seen = {duty.key for duty in found}
    return [key for key in keys if key not in seen]


def _record(duty: Duty, *, late: bool) -> dict[str, object]:
    return {
        "id": duty.id, "kind": duty.kind, "key": duty.key, "period": duty.period, "title": duty.title, "who": duty.who,
        "source": duty.source, "last_day": duty.last_day.isoformat(), "target": duty.target.isoformat(),
        "late_from": duty.late_from.astimezone(ZONE).isoformat(), "assumed": duty.assumed, "state": duty.state,
        "late": late, "note": duty.note,
    }  # fmt: skip


@command.command(help=_("Ghi nhận một nghĩa vụ đã làm xong, kèm lý do hoặc tệp chứng minh."))
@click.argument("id_", metavar="ID")
@click.option("--by", required=True, help=_("Người ghi nhận."))
@click.option("--reason", default="", help=_("Đã làm gì, số và ngày văn bản."))
@click.option(
    "--evidence", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=_("Tệp chứng minh, giữ trong kho.")
)
@click.pass_obj
def done(ini: Path | None, id_: str, by: str, reason: str, evidence: Path | None) -> None:
    """Run ``duties done``."""
    with opened(ini) as house:
        settle_duty(house, id_, by, done=True, reason=reason, evidence=evidence.read_bytes() if evidence else b"")
    click.echo(_("Đã ghi nhận."))


@command.command(help=_("Ghi nhận lần này không phải làm, kèm lý do."))
@click.argument("id_", metavar="ID")
@click.option("--by", required=True, help=_("Người quyết định."))
@click.option("--reason", required=True, help=_("Lý do."))
@click.pass_obj
def drop(ini: Path | None, id_: str, by: str, reason: str) -> None:
    """Run ``duties drop``."""
    with opened(ini) as house:
        settle_duty(house, id_, by, done=False, reason=reason)
    click.echo(_("Đã ghi nhận."))


@command.command(help=_("Nhập một nghĩa vụ: có ngày cuối, hoặc tính từ một ngày, hoặc trước một sự kiện."))
@click.option("--title", required=True, help=_("Việc phải làm."))
@click.option("--day", required=True, help=_("Ngày cuối; hoặc mốc tính, hoặc ngày của sự kiện khi có --count."))
@click.option("--count", default=0, type=click.IntRange(0, 1000), help=_("Số ngày kể từ mốc; 0: --day là ngày cuối."))
@click.option(
    "--unit", type=click.Choice(["working_day", "calendar_day"]), default="calendar_day", show_default=True,
    help=_("Ngày làm việc hay ngày liên tục."),
)  # fmt: skip
@click.option("--before-event", is_flag=True, help=_("Đếm lùi từ --day (báo trước N ngày)."))
@click.option("--source", default="", help=_("Căn cứ."))
@click.option("--by", required=True, help=_("Người nhập."))
@click.pass_obj
def add(
    ini: Path | None, title: str, day: str, count: int, unit: str, source: str, by: str, *, before_event: bool
) -> None:
    """Run ``duties add``."""
    with opened(ini) as house:
        duty = add_duty(
            house, by, title, read_day(day, "--day"), before_event=before_event, count=count, unit=unit, source=source
        )
    click.echo(_("{id}: hạn đến hết ngày {day:%d/%m/%Y}.").format(id=duty.id, day=duty.last_day))
    if duty.note:
        click.echo(duty.note)


@command.command(help=_("Xuất lịch (iCalendar) của một vai trò ra tệp, để nhập vào Outlook, điện thoại."))
@click.option("--role", required=True, help=_("Vai trò, ví dụ records_officer."))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Tệp .ics; bỏ trống: in ra."))
@click.pass_obj
def calendar(ini: Path | None, role: str, output: Path | None) -> None:
    """Run ``duties calendar``."""
    with opened(ini) as house:
        data = feed(house, role)
        roles = ", ".join(feed_roles(house))
    if output is None:
        click.echo(data.decode(), nl=False)
        return
    write_durably(output, data)
    click.echo(_("Đã ghi {path} (các vai trò có lịch: {roles}).").format(path=output, roles=roles))
