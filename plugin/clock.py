"""The one source of legal time (law 4 of the house): nobody else asks the machine for the date."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """Legal time."""

    def now(self) -> datetime:
        """Return the current legal moment, with zone, whole seconds, in UTC."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the current moment in UTC, cut to whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)


class FixedClock:
    """A clock that stands still until it is set: for tests, and for one pass at a given moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment that was set."""
        return self.moment


def local_date(moment: datetime) -> date:
    """Return the calendar day of a moment in Vietnam (Asia/Ho_Chi_Minh)."""
    return moment.astimezone(ZONE).date()
