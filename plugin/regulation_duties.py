"""When periodic duties fall due, as far as the regulation names a day."""

from collections.abc import Iterator
from datetime import date, timedelta

from .regulation_records import Duty
from .regulation_sections import WEEKDAYS


def occurrences(duty: Duty, first: date, last: date) -> tuple[date, ...]:
    """
    Return the days on which a duty is owed at the latest.

    Args:
        duty: the duty.
        first: first day looked at; `last`: last day looked at, both included.

    Returns:
        Days in order: with the bound ``before`` the day before the one that the text names. Empty where the text names
        no day. Days off are not moved: no regulation says so (docs/explanation, time limits).
    """
    early = timedelta(days=1) if duty.bound == "before" and not duty.time else timedelta()
    return tuple(day - early for day in _named(duty, first + early, last + early))


def _named(duty: Duty, first: date, last: date) -> Iterator[date]:
    """Give the days that the text names, within the two days."""
    day = first
    while day <= last:
        if duty.weekday and duty.every == "week":
            if WEEKDAYS[day.weekday()] == duty.weekday:
                yield day
        elif any(day.day == number and month in (0, day.month) for number, month in duty.days):
            yield day
        day += timedelta(days=1)
