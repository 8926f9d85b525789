"""
Reminders: some working days before a limit, on its day, and daily once it is over; each one once.

A reminder is a deadline row of the kind ``remind`` for a disclosure or a duty. When it falls due it is written for
every role it concerns, once for the work list and once for each messenger that reaches the role; what waits for a
messenger goes out as one message. What was missed while we were down is made up by one reminder, not by many.

Messages name kind, number of things and days, never subjects of papers or names: mail leaves the house.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from congkhai.schedules import remind_days

from .clock import ZONE, local_date
from .duties import ARCHIVE_NOTICE, read_duties
from .house import House
from .interfaces import Message
from .records import DisclosureState
from .store import Transaction
from .store import tables as t
from .text import _
from .work import Step

_WAITING = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)
_MORNING = time(7, 30)
_LIST = ""  # the work list itself: what every role sees, with or without a messenger


@dataclass(frozen=True, slots=True)
class Item:
    """
    Something to be reminded of.

    Attributes:
        subject: id of a disclosure or duty.
        title: what is told about it: no names, no subjects of papers.
        target: day to aim at; `late_from`: first moment that is too late.
        early: days before the target for a first, earlier reminder; 0 for none.
        never_late: its day is a proposal, or a meeting.
    """

    subject: str
    title: str
    target: date
    last_day: date
    late_from: datetime
    early: int = 0
    never_late: bool = False


def items(house: House, connection: sa.Connection, *subjects: str) -> Iterator[Item]:
    """Give what can still be reminded of: disclosures not yet public, and open duties; only `subjects` if any."""
    matters = sa.select(t.disclosure).where(
        t.disclosure.c.agency == house.agency, t.disclosure.c.state.in_([state.value for state in _WAITING])
    )
    duties = [duty for duty in read_duties(connection, house.agency, "open") if not subjects or duty.id in subjects]
    if subjects:
        matters = matters.where(t.disclosure.c.id.in_(subjects))
    for row in connection.execute(matters.order_by(t.disclosure.c.publish_by, t.disclosure.c.id)):
        last = local_date(row.publish_by - timedelta(seconds=1))
        title = _("Công khai {id}, nhóm {category}").format(id=row.id, category=row.category)
        yield Item(row.id, title, row.remind_on, last, row.publish_by)
    for duty in duties:
        early = {"archive": ARCHIVE_NOTICE, "certificate": house.configuration.reminders.certificate_before.days}
        yield Item(
            duty.id, duty.title if duty.kind != "certificate" else _("Chứng thư sắp hết hạn ({id})").format(id=duty.id),
            duty.target, duty.last_day, duty.late_from, early.get(duty.kind, 0), duty.assumed or duty.meeting,
        )  # fmt: skip


def moments(house: House, item: Item) -> tuple[datetime, ...]:
    """Return the moments of the reminders before and on the day, in order; at the opening of the office."""
    days = set(remind_days(item.target, house.configuration.reminders.before, house.calendar))
    if item.early:
        days.add(house.calendar.roll_back(item.last_day - timedelta(days=item.early)))
    return tuple(_morning(house, day) for day in sorted(days))


def next_moment(house: House, item: Item, after: datetime) -> datetime | None:
    """Return the first reminder after a moment, or None when there is none any more."""
    planned = next((moment for moment in moments(house, item) if moment > after), None)
    if planned is not None:
        return planned
    overdue = house.configuration.reminders.overdue
    if item.never_late or overdue == "never":
        return None
    day = max(local_date(after), local_date(item.late_from - timedelta(seconds=1)))
    for _day in range(400):
        morning = _morning(house, day)
        if morning > after and morning >= item.late_from and (overdue == "daily" or house.calendar.is_working_day(day)):
            return morning
        day += timedelta(days=1)
    return None


def _morning(house: House, day: date) -> datetime:
    hours = house.calendar.office_hours
    return datetime.combine(day, hours.opens if hours else _MORNING, ZONE)


def plan_reminders(tx: Transaction, house: House) -> None:
    """
    Give everything that can be reminded of its next reminder; one that is due already stays as it is.

    What should have been reminded of before now and was not (it was opened late, or we were down) is reminded of now,
    or this morning when that is still to come.
    """
    query = sa.select(t.deadline.c.subject, t.deadline.c.due).where(
        t.deadline.c.kind == "remind", t.deadline.c.agency == house.agency, t.deadline.c.state == "open"
    )
    present: dict[str, datetime] = {row.subject: row.due for row in tx.connection.execute(query)}
    for item in items(house, tx.connection):
        due = present.get(item.subject)
        if due is not None and due <= tx.now:
            continue
        moment = next_moment(house, item, tx.now)
        if due is None and _missed(tx, house, item):
            moment = max(tx.now, _morning(house, local_date(tx.now)))
        if moment is not None and moment != due:
            tx.set_deadline("remind", item.subject, moment, "before the limit, on its day, then daily")


def _missed(tx: Transaction, house: House, item: Item) -> bool:
    """Tell whether a reminder of an item lies behind us that nobody has been told."""
    passed = [moment for moment in moments(house, item) if moment <= tx.now]
    if stage_of(item, tx.now) == "overdue" and house.configuration.reminders.overdue != "never":
        passed.append(item.late_from)
    if not passed:
        return False
    told = tx.connection.scalar(sa.select(sa.func.max(t.reminder.c.day)).where(t.reminder.c.subject == item.subject))
    return told is None or told < local_date(passed[-1])


def stage_of(item: Item, now: datetime) -> str:
    """Return ``before``, ``today`` or ``overdue``."""
    if now >= item.late_from and not item.never_late:
        return "overdue"
    return "today" if local_date(now) >= item.target else "before"


def remind(step: Step) -> None:
    """Remind of one thing, and plan the next time. Work kind ``remind``; args: subject (disclosure or duty)."""
    house = step.house
    with step.commit() as tx:
        item = next(items(house, tx.connection, step.args["subject"]), None)
        if item is None:  # done, dropped or public meanwhile
            return
        stage = stage_of(item, tx.now)
        for role, messenger in _ways(house, stage):
            _write(tx, item, stage, role, messenger)
        following = next_moment(house, item, tx.now)
        if following is not None:
            tx.set_deadline("remind", item.subject, following, f"after {stage}")


def _ways(house: House, stage: str) -> Iterator[tuple[str, str]]:
    """Give each role that is told at this stage, with the work list and each messenger that reaches it."""
    settings = house.configuration.reminders
    for role in settings.overdue_to if stage == "overdue" else settings.to:
        yield role, _LIST
        for name, messenger in house.messengers.items():
            if role in messenger.roles:
                yield role, name


def _write(tx: Transaction, item: Item, stage: str, role: str, messenger: str) -> None:
    day = local_date(tx.now)
    row = {"subject": item.subject, "day": day, "role": role, "messenger": messenger}
    same = sa.and_(*(t.reminder.c[name] == value for name, value in row.items()))
    if tx.connection.execute(sa.select(t.reminder.c.id).where(same)).first() is not None:
        return  # told today already: after a crash, or because the clock was moved
    more = {"agency": tx.agency, "stage": stage, "title": item.title, "late_from": item.late_from, "made_at": tx.now}
    sent = tx.now if messenger == _LIST else None
    result = tx.connection.execute(sa.insert(t.reminder).values(**row, **more, sent_at=sent, message=""))
    if messenger != _LIST:
        (number,) = result.inserted_primary_key or (0,)
        tx.enqueue("notify", f"{messenger}:{role}:{number}", messenger=messenger, role=role)


def notify(step: Step) -> None:
    """
    Send a role what waits for it, as one message. Work kind ``notify``; args: messenger, role.

    Raises:
        OutsideError: the messenger failed; the same message, under the same key, is tried again.
    """
    house, name, role = step.house, step.args["messenger"], step.args["role"]
    with house.store.read() as connection:
        rows = connection.execute(
            sa.select(t.reminder)
            .where(t.reminder.c.messenger == name, t.reminder.c.role == role, t.reminder.c.sent_at.is_(None))
            .order_by(t.reminder.c.late_from, t.reminder.c.id)
        ).all()
    messenger = house.messengers.get(name)
    if not rows or messenger is None:  # sent with an earlier one, or no longer configured: the work list has it
        with step.commit():
            return
    ids = [row.id for row in rows]
    key = hashlib.sha256("\x1f".join((house.agency, name, role, *map(str, ids))).encode()).hexdigest()[:32]
    messenger.send(Message(key, role, subject_line(rows), body(house, rows)))
    with step.commit() as tx:
        tx.connection.execute(sa.update(t.reminder).where(t.reminder.c.id.in_(ids)).values(sent_at=tx.now, message=key))
        tx.journal("reminder.sent", key, messenger=name, role=role, count=len(ids))


def subject_line(rows: Sequence[sa.Row[tuple[object, ...]]]) -> str:
    """Write the subject of a message."""
    late = sum(row.stage == "overdue" for row in rows)
    if late:
        return _("[congkhai] {late} việc quá hạn, {count} việc cần làm").format(late=late, count=len(rows))
    return _("[congkhai] {count} việc đến hạn").format(count=len(rows))


def body(house: House, rows: Sequence[sa.Row[tuple[object, ...]]]) -> str:
    """Write the text of a message: the latest first."""
    stages = {"overdue": _("QUÁ HẠN"), "today": _("HẠN HÔM NAY"), "before": _("SẮP ĐẾN HẠN")}
    lines = [house.configuration.agency.name, ""]
    for stage, head in stages.items():
        of_stage = [row for row in rows if row.stage == stage]
        if of_stage:
            lines.append(f"{head}:")
            lines += [f"  - {row.title}: {_say_end(row.late_from)}" for row in of_stage]
            lines.append("")
    lines.append(_("Xem chi tiết và bước tiếp theo: trang việc cần làm, hoặc lệnh congkhai status."))
    return "\n".join(lines) + "\n"


def _say_end(late_from: datetime) -> str:
    """Say when something ends: the last day, or the hour."""
    here = late_from.astimezone(ZONE)
    if here.time() == time(0):
        return _("đến hết ngày {day:%d/%m/%Y}").format(day=here - timedelta(days=1))
    return _("trước {moment:%H:%M %d/%m/%Y}").format(moment=here)
