"""One calendar day as the working calendar sees it, and one year's special days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DayState(StrEnum):
    """Whether offices work on a day."""

    WORKING = "working"
    OFF = "off"
    POSSIBLY_OFF = "possibly_off"  # not decided: deadlines count it as worked, posting periods as off


class Certainty(StrEnum):
    """How well a day's state is known."""

    LAW = "law"  # named in the text of the law, or computed from it
    SECONDARY = "secondary"  # from news or notices; the decision itself was not read
    PROPOSAL = "proposal"  # proposed or open, not decided
    COMPUTED = "computed"  # worked out by this software for a year without a table
    AGENCY = "agency"  # set by the agency in its configuration
    WEEKLY = "weekly"  # an ordinary weekday, or an ordinary weekly day off


@dataclass(frozen=True, slots=True)
class Day:
    """
    A day of the working calendar.

    Attributes:
        name: what the day is, in Vietnamese; empty for an ordinary weekday.
        source: law clause, notice or setting that says so.
    """

    date: date
    state: DayState
    name: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class YearTable:
    """
    The days of one year that differ from the ordinary week.

    Attributes:
        confirmed: whether the year's decisions are known; False gives a warning on every date computed in it.
        source: where the year as a whole comes from.
        days: by date.
    """

    year: int
    confirmed: bool
    source: str
    days: Mapping[date, Day] = field(repr=False)
