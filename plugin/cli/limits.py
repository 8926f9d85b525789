"""``congkhai limits``: the legal limits that follow from a date."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from congkhai.schedules import (
    Calendar,
    Deadline,
    PostingPeriod,
    ScheduleError,
    act_by,
    incoming_trigger,
    posting_period,
)

from ..clock import ZONE
from ..config.load import load
from ..errors import UsageError
from ..host import Host
from ..house import calendar_of
from ..regulation import load_regulation
from ..regulation_records import DurationKind, Regulation
from ..text import _
from ._limits_words import deadline_steps, months, posting_steps
from ._open import chosen_agency

_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)")


@click.command(name="limits", help=_("Tính thời hạn công khai và thời điểm được lập biên bản kết thúc."))
@click.option(
    "--regulation", default=None, metavar="NAME",
    help=_("Tên hoặc đường dẫn quy chế; mặc định: quy chế của tệp -c, không có -c thì dong-son-2024."),
)  # fmt: skip
@click.option("--issued", required=True, metavar="DATE", help=_("Ngày văn bản: 2024-02-26 hoặc 26/02/2024."))
@click.option("--received", metavar="DATE", help=_("Ngày đến, với văn bản đến."))
@click.option("--posted", metavar="DATETIME", help=_("Lúc bắt đầu công khai: 2024-02-05T15:00 hoặc 05/02/2024 15:00."))
@click.option("--form", default="notice_board", show_default=True, help=_("Hình thức công khai."))
@click.option("--matter", default="*", show_default=True, help=_("Nội dung, ví dụ budget hoặc own_regulation."))
@click.option("--calendar", "picture", is_flag=True, help=_("Vẽ các tháng liên quan: ngày nghỉ, mốc, hạn, ngày cuối."))
@click.option("--json", "as_json", is_flag=True, help=_("Kết quả ở dạng JSON."))
@click.pass_obj
def command(
    ini: Path | None, regulation: str | None, issued: str, received: str | None, posted: str | None, form: str,
    matter: str, *, picture: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print the limits for a document's dates."""
    rules, calendar = _rules(ini, regulation)
    arrived = read_day(received, "--received") if received else None
    moment = read_moment(posted, "--posted") if posted else None
    found = _compute(rules, read_day(issued, "--issued"), arrived, moment, form, matter, calendar)
    result = _answer(rules, found, form, matter)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    labels = {
        "regulation": _("Quy chế"), "publish_by": _("Công khai chậm nhất"), "posting_days": _("Số ngày công khai"),
        "counting": _("Cách đếm"), "last_counted_day": _("Ngày cuối được đếm"), "close_from": _("Được kết thúc từ"),
    }  # fmt: skip
    for key, label in labels.items():
        click.echo(f"{label}: {result[key] if result[key] is not None else '–'}")
    click.echo(_("Cách tính:"))
    rule = rules.counting_rule()
    steps = [*deadline_steps(found.deadline, rules.deadline(matter), rule, calendar, found.why_day)]
    if found.period is not None and moment is not None:
        steps += posting_steps(found.period, moment, rule, calendar)
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")
    click.echo(_("Lưu ý:"))
    for note in result["notes"]:
        click.echo(f"- {note}")
    if picture:
        click.echo()
        for line in months(calendar, found.deadline, moment.astimezone(ZONE).date() if moment else None, found.period):
            click.echo(line)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was computed: the limit, what its starting day is, the posting period, and notes on the way."""

    deadline: Deadline
    why_day: str
    period: PostingPeriod | None
    notes: tuple[str, ...]


def _rules(ini: Path | None, regulation: str | None) -> tuple[Regulation, Calendar]:
    """Return the regulation and the calendar: the agency's own where an ini was named, else the shipped ones."""
    if ini is None:
        return load_regulation(regulation or "dong-son-2024"), Calendar()
    configuration = load(ini, Host())
    configuration = configuration.of(chosen_agency() or configuration.agency_key)
    return load_regulation(regulation or configuration.agency.regulation), calendar_of(configuration)


def limits(
    rules: Regulation, issued: date, received: date | None, posted: datetime | None, *, form: str, matter: str,
    calendar: Calendar | None = None,
) -> dict[str, Any]:  # fmt: skip
    """
    Compute the limits (docs/architecture.md, "limits out").

    Args:
        rules: the agency's regulation.
        issued: date of the paper.
        received: date of arrival of an incoming paper, or None.
        posted: moment at which it became visible, with zone, or None.
        form: channel form whose duration is asked.
        matter: category key, sub-key or ``*``.
        calendar: of the agency; the shipped one when None.

    Returns:
        The JSON object; dates ISO 8601, `close_from` with +07:00; unknown values None.

    Raises:
        UsageError: a date that the calendar cannot handle.
    """
    found = _compute(rules, issued, received, posted, form, matter, calendar or Calendar())
    return _answer(rules, found, form, matter)


def _compute(
    rules: Regulation, issued: date, received: date | None, posted: datetime | None, form: str, matter: str,
    calendar: Calendar,
) -> _Found:  # fmt: skip
    notes: list[str] = []
    rule = rules.counting_rule()
    if not rules.in_force(issued) or (posted is not None and not rules.in_force(posted.astimezone(ZONE).date())):
        notes.append(_("Quy chế này không có hiệu lực vào ngày đã cho; kết quả tính như khi có hiệu lực."))
    deadline_rule = rules.deadline(matter)
    try:
        start = incoming_trigger(issued, received, rule)
        deadline = act_by(start.day, deadline_rule.count, deadline_rule.unit.value, calendar, rule)
        period = _period(rules, posted, form, matter, calendar)
    except ScheduleError as error:
        raise UsageError(error.what, where=error.where, advice=error.advice, code=error.code) from error
    why_day = _("ngày văn bản") if start.day == issued else _("ngày đến")
    if received is not None and received != issued:
        why_day += _(" (trong ngày văn bản {issued:%d/%m/%Y} và ngày đến {received:%d/%m/%Y})").format(
            issued=issued, received=received
        )
    return _Found(deadline, why_day, period, (*notes, *start.notes, *deadline.notes))


def _answer(rules: Regulation, found: _Found, form: str, matter: str) -> dict[str, Any]:
    notes = list(found.notes)
    deadline, period = found.deadline, found.period
    notes.append(_("Thời hạn công khai: {source}.").format(source=rules.deadline(matter).source))
    if deadline.target != deadline.legal_day:
        notes.append(_("Nên công khai trước {day:%d/%m/%Y}, ngày làm việc cuối cùng.").format(day=deadline.target))
    duration = rules.duration(form, matter)
    if duration is not None:
        notes.append(_("Thời gian công khai: {source}.").format(source=duration.source))
        if duration.kind is DurationKind.PERMANENT:
            notes.append(_("Công khai thường xuyên: không có ngày kết thúc."))
        if duration.kind is DurationKind.EXACT:
            notes.append(_("Đúng số ngày này: phải gỡ khi hết thời gian."))
    else:
        notes.append(_("Quy chế và Luật không nói thời gian cho hình thức này."))
    if period is not None:
        notes += period.notes
        if period.end_day != period.last_counted and period.end_day is not None:
            notes.append(
                _("Ngày cuối là ngày nghỉ nên kết thúc vào {day:%d/%m/%Y} (Bộ luật Dân sự Điều 148 khoản 5).").format(
                    day=period.end_day
                )
            )
    regime = rules.regime(matter)
    if regime is not None and not regime.confirmed:
        notes.append(_("Quy định riêng {source} chưa được xác nhận còn hiệu lực.").format(source=regime.source))
    return {
        "regulation": rules.name,
        "publish_by": deadline.legal_day.isoformat(),
        "posting_days": duration.days if duration is not None else None,
        "counting": rules.counting_rule().words,
        "last_counted_day": period.last_counted.isoformat() if period and period.last_counted else None,
        "close_from": period.close_from.isoformat() if period and period.close_from else None,
        "notes": list(dict.fromkeys(notes)),
    }


def _period(
    rules: Regulation, posted: datetime | None, form: str, matter: str, calendar: Calendar
) -> PostingPeriod | None:
    duration = rules.duration(form, matter)
    if posted is None or duration is None:
        return None
    return posting_period(posted, duration.days, calendar, rules.counting_rule())


def read_day(value: str, option: str) -> date:
    """Read a date written ``2024-02-26`` or ``26/02/2024``. Raises UsageError naming the option."""
    try:
        return date.fromisoformat(_iso(value))
    except ValueError:
        raise _unreadable(value, option, _("một ngày: 2024-02-26 hoặc 26/02/2024")) from None


def read_moment(value: str, option: str) -> datetime:
    """Read a moment, Vietnamese time where no zone stands; a bare date is its 00:00. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(_iso(value))
    except ValueError:
        raise _unreadable(value, option, _("một thời điểm: 2024-02-05T15:00 hoặc 05/02/2024 15:00")) from None
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment


def _iso(value: str) -> str:
    match = _DAY.fullmatch(value.strip())
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}{match[4]}" if match else value.strip()


def _unreadable(value: str, option: str, wanted: str) -> UsageError:
    return UsageError(
        _("{option} = “{value}” không đọc được.").format(option=option, value=value),
        advice=_("Viết {wanted}.").format(wanted=wanted),
    )
