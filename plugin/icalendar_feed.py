"""
Limits and duties as a calendar that people subscribe to or import (RFC 5545), one feed for each role.

Identifiers are stable: a moved limit moves its entry, it does not make a second one. Entries name kind, id and days,
never subjects of papers or names: a calendar is read on telephones and lies with foreign services.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from icalendar import Alarm, Calendar, Event

from .clock import ZONE
from .errors import InputError
from .house import House
from .reminders import Item, items, moments
from .store import tables as t
from .text import _


def feed_roles(house: House) -> tuple[str, ...]:
    """Return the roles that have a feed: those that are reminded."""
    settings = house.configuration.reminders
    return tuple(dict.fromkeys((*settings.to, *settings.overdue_to)))


def feed(house: House, role: str) -> bytes:
    """
    Write the feed of a role.

    Returns:
        RFC 5545 text, UTF-8, lines folded and ended by CRLF, with the zone Asia/Ho_Chi_Minh.

    Raises:
        InputError: E599, nobody is reminded under this role.
    """
    if role not in feed_roles(house):
        raise InputError(
            what=_("Vai trò {role} không được nhắc việc nên không có lịch.").format(role=role), where=role,
            advice=_("Chọn một trong: {roles}.").format(roles=", ".join(feed_roles(house))), code="congkhai-E599",
        )  # fmt: skip
    calendar = Calendar()
    calendar.add("prodid", "-//congkhai//VN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Công khai: {agency}").format(agency=house.configuration.agency.name))
    calendar.add("x-wr-timezone", ZONE.key)
    with house.store.read() as connection:
        for item in items(house, connection):
            calendar.add_component(_limit(house, item))
        for row in connection.execute(_closings(house)):
            calendar.add_component(_closing(house, row.subject, row.due))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _closings(house: House) -> "sa.Select[tuple[str, datetime]]":
    """Select the lawful closing moments that still lie ahead."""
    return (
        sa.select(t.deadline.c.subject, t.deadline.c.due)
        .where(t.deadline.c.agency == house.agency, t.deadline.c.kind == "close", t.deadline.c.state == "open")
        .order_by(t.deadline.c.due, t.deadline.c.subject)
    )


def _event(house: House, uid: str, summary: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{house.configuration.agency.code}.congkhai")
    event.add("dtstamp", house.clock.now())
    event.add("summary", summary)
    event.add("transp", "TRANSPARENT")  # a limit keeps nobody busy
    return event


def _limit(house: House, item: Item) -> Event:
    """Write a limit: the whole last day, or the hour when one bounds it; with an alarm for each reminder ahead."""
    event = _event(house, item.subject, item.title)
    end = item.late_from.astimezone(ZONE)
    whole_day = end.time() == end.time().min
    if whole_day:
        event.add("dtstart", item.last_day)
        event.add("dtend", item.last_day + timedelta(days=1))
    else:
        event.add("dtstart", end - timedelta(minutes=30))
        event.add("dtend", end)
    event.add("description", _("Nên xong trong ngày {day:%d/%m/%Y}.").format(day=item.target))
    for moment in moments(house, item):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", item.title)
        alarm.add("trigger", moment, parameters={"VALUE": "DATE-TIME"})
        event.add_component(alarm)
    return event


def _closing(house: House, subject: str, due: datetime) -> Event:
    """Write the moment from which a matter may be closed."""
    event = _event(house, f"{subject}-close", _("Được kết thúc công khai {id}").format(id=subject))
    start = due.astimezone(ZONE)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=30))
    return event
