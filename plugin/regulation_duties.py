"""When the periodic duties of a regulation fall due."""

from collections.abc import Iterable
from datetime import date, time
from typing import get_args

from congkhai.schedules import Calendar, Rhythm
from congkhai.schedules import occurrences as _occurrences
from congkhai.schedules.duties import Every

from .regulation_records import Duty
from .regulation_sections import WEEKDAYS


def rhythm_of(duty: Duty, chosen: Iterable[tuple[int, int]] = ()) -> Rhythm | None:
    """
    Return how a duty recurs, or None where only an event starts it (a session, a conference, a term).

    Args:
        chosen: (day, month) that the agency chose for a duty whose text names no day.
    """
    if duty.every not in get_args(Every):
        return None
    bound = duty.bound
    days = duty.days
    if bound == "unset":
        days = tuple(chosen) or days
    hour = time.fromisoformat(duty.time) if duty.time else None
    weekday = WEEKDAYS.index(duty.weekday) if duty.weekday else None
    return Rhythm(duty.every, bound, days, weekday, hour)  # type: ignore[arg-type]  # the reader checks both words


def occurrences(duty: Duty, first: date, last: date) -> tuple[date, ...]:
    """
    Return the days on which a duty is owed at the latest, as far as the regulation names a day.

    Args:
        duty: the duty.
        first: first day looked at; `last`: last day looked at, both included.

    Returns:
        Days in order: with the bound ``before`` the day before the one that the text names. Empty where the text names
        no day. Days off are not moved: no regulation says so (docs/explanation, time limits).
    """
    rhythm = rhythm_of(duty)
    if rhythm is None:
        return ()
    return tuple(one.last_day for one in _occurrences(rhythm, first, last, Calendar()) if not one.assumed)
