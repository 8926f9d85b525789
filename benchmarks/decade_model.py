"""
The slow model of the simulated decade: working days, limits and closing moments counted day by day.

Written against the law and not against this project's code, of which it imports nothing: a wall calendar as a set of
days, and loops that tick one day at a time. The Lunar New Year comes from the ``holidays`` package.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

import holidays

HERE = timezone(timedelta(hours=7))
DAY = timedelta(days=1)
OPENS, CLOSES = 7.5, 17.0  # office hours, local

# What was decreed for the years that are known; off on weekdays, and worked Saturdays.
DECREED = {
    2024: ("01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03", "05-04"),
    2025: ("01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02", "04-26"),
    2026: ("01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24", "01-10 08-22"),
}


@dataclass
class WallCalendar:
    """
    Every day of the decade, worked or not.

    Attributes:
        off: weekdays off; `worked`: weekend days that are worked.
        decided: years that nobody has decreed yet when this is written: chance decreed them.
        announced: weekdays off of those years that no law fixes, as the yearly notice would name them.
    """

    off: set[date] = field(default_factory=set)
    worked: set[date] = field(default_factory=set)
    decided: list[int] = field(default_factory=list)
    announced: set[date] = field(default_factory=set)

    def works(self, day: date) -> bool:
        """Tell whether offices work."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)


def wall_calendar(first: int, last: int, dice: random.Random) -> WallCalendar:
    """Write the calendar of the years `first` to `last`: decreed ones as they were, later ones as chance decrees."""
    calendar = WallCalendar()
    for year in range(first, last + 1):
        if year in DECREED:
            off, worked = DECREED[year]
            calendar.off |= {date.fromisoformat(f"{year}-{day}") for day in off.split()}
            calendar.worked |= {date.fromisoformat(f"{year}-{day}") for day in worked.split()}
        else:
            _decree(calendar, year, dice)
            calendar.decided.append(year)
    return calendar


def _decree(calendar: WallCalendar, year: int, dice: random.Random) -> None:
    named = dict(holidays.country_holidays("VN", years=year, language="en_US"))
    tet = next(day for day, name in sorted(named.items()) if "Lunar New Year" in name.split("; "))
    kings = next(day for day, name in sorted(named.items()) if "Hung Kings' Commemoration Day" in name.split("; "))
    fixed = [date(year, 1, 1), kings, date(year, 4, 30), date(year, 5, 1), date(year, 9, 2)]
    before = dice.choice((1, 2))
    feast = [tet + DAY * number for number in range(-before, 5 - before)]
    second = date(year, 9, 1) if dice.random() < 0.5 else date(year, 9, 3)
    free = {*fixed, *feast, second}
    for day in sorted(free):  # a feast on a weekly day off is made up on the next working day (Điều 111.3)
        if day.weekday() >= 5:
            made_up = day
            while made_up.weekday() >= 5 or made_up in free:
                made_up += DAY
            free.add(made_up)
    free.add(date(year, 11, 24))
    calendar.off |= {day for day in free if day.weekday() < 5}
    for day in sorted(free):  # a bridge day is sometimes swapped for a Saturday
        bridge = day + DAY * 3 if day.weekday() == 1 else None
        if day.weekday() == 3 and dice.random() < 0.5:
            bridge = day + DAY
        saturday = day + DAY * 9
        while saturday.weekday() != 5:
            saturday += DAY
        if bridge and bridge.weekday() < 5 and bridge not in free and saturday not in free and dice.random() < 0.6:
            calendar.off.add(bridge)
            calendar.worked.add(saturday)
    by_law = {*fixed, date(year, 11, 24)}
    calendar.announced |= {day for day in calendar.off if day.year == year} - by_law


def last_day_to_publish(issued: date, arrived: date, calendar: WallCalendar, count: int = 5) -> date:
    """Tick off five working days after the earlier of both dates (Luật 10/2022 Điều 47.2)."""
    day = min(issued, arrived)
    ticked = 0
    while ticked < count:
        day += DAY
        if calendar.works(day):
            ticked += 1
    return day


def may_close_from(
    posted: datetime, days: int, gaps: list[tuple[datetime, datetime]], calendar: WallCalendar
) -> datetime:
    """
    Walk through the days until enough were seen without a break, and return the first moment at which it may end.

    The day of posting does not count; a gap makes the count begin anew from its end; an end on a day off waits for
    the end of the next working day (BLDS Điều 147, 148).
    """
    start = posted.astimezone(HERE)
    while True:
        day, seen = start.date(), 0
        while seen < days:
            day += DAY
            seen += 1
        while not calendar.works(day):
            day += DAY
        end = datetime(day.year, day.month, day.day, tzinfo=HERE) + DAY
        broken = [up for down, up in sorted(gaps) if start < up and down < end]
        if not broken:
            return end
        start = broken[0].astimezone(HERE)


def office_opening(moment: datetime, calendar: WallCalendar) -> datetime:
    """Return the first opening of the office at or after a moment."""
    here = moment.astimezone(HERE)
    opening = here.replace(hour=7, minute=30, second=0, microsecond=0)
    while opening < here or not calendar.works(opening.date()):
        opening += DAY
    return opening
