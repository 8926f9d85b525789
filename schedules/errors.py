"""
Errors of the calendar and the time limits; each says what is wrong, where, and what to do.

::

    ScheduleError
    ├── NaiveTimeError    a moment came without a zone
    ├── RangeError        a date, count or duration that cannot be meant
    ├── RuleError         an unknown setting, or a value it does not take
    ├── CalendarError     overrides or office hours that cannot be used
    └── TickerError       an interval that does not exist
"""

from dataclasses import dataclass


@dataclass(eq=False)
class ScheduleError(Exception):
    """
    Base of every error of this package.

    Attributes:
        what: one sentence in the reader's language.
        where: setting, function or place in a file; empty when there is none.
        advice: what to do next, in the reader's language.
        code: stable, documented, searchable; ``congkhai-E`` and three digits.
    """

    what: str
    where: str = ""
    advice: str = ""
    code: str = "congkhai-E600"

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}"

    def explain(self) -> str:
        """Return the whole error as people read it: place and sentence, code, advice."""
        lines = [f"{self} ({self.code})"]
        if self.advice:
            lines.append(self.advice)
        return "\n".join(lines)


@dataclass(eq=False)
class NaiveTimeError(ScheduleError):
    """A moment without a zone: whether it is in time cannot be told."""

    code: str = "congkhai-E610"


@dataclass(eq=False)
class RangeError(ScheduleError):
    """A date, count or duration outside what a disclosure can mean."""

    code: str = "congkhai-E620"


@dataclass(eq=False)
class RuleError(ScheduleError):
    """A counting setting that does not exist, or a value it does not take."""

    code: str = "congkhai-E630"


@dataclass(eq=False)
class CalendarError(ScheduleError):
    """A calendar override or office hours that cannot be used."""

    code: str = "congkhai-E640"


@dataclass(eq=False)
class TickerError(ScheduleError):
    """A name that is no interval of the ticker."""

    code: str = "congkhai-E650"
