"""Vietnamese working calendar, time limits, posting periods, and the ticker."""

from typing import TYPE_CHECKING

from ._text import translate_with
from .calendar import Calendar, OfficeHours, parse_dates, parse_weekend
from .conventions import Span, Verdict, span, summarize, verdicts
from .counting import (
    STRICT,
    Bound,
    CloseRule,
    CountingRule,
    DeadlineRoll,
    DeadlineTarget,
    FirstDay,
    IncomingTrigger,
    Interruption,
    MonthlyBriefing,
    PostingRoll,
    PostingStart,
    Unit,
)
from .days import Certainty, Day, DayState
from .duties import Occurrence, Rhythm, occurrences, remind_days
from .errors import CalendarError, NaiveTimeError, RangeError, RuleError, ScheduleError, TickerError
from .limits import (
    Deadline,
    Trigger,
    act_by,
    by_date,
    hours_after,
    incoming_trigger,
    late_on_arrival,
    latest_before,
    retention_until,
)
from .lunar import LunarDate, lunar_to_solar, solar_to_lunar
from .meetings import Briefing, WeeklyReport, monthly_briefing, weekly_briefings, weekly_report
from .moments import ZONE
from .posting import (
    Gap,
    PostingPeriod,
    Start,
    after_interruptions,
    interrupted_period,
    posting_period,
    posting_start,
)

if TYPE_CHECKING:
    from .ticker import Ticker

__all__ = [
    "STRICT",
    "ZONE",
    "Bound",
    "Briefing",
    "Calendar",
    "CalendarError",
    "Certainty",
    "CloseRule",
    "CountingRule",
    "Day",
    "DayState",
    "Deadline",
    "DeadlineRoll",
    "DeadlineTarget",
    "FirstDay",
    "Gap",
    "IncomingTrigger",
    "Interruption",
    "LunarDate",
    "MonthlyBriefing",
    "NaiveTimeError",
    "Occurrence",
    "OfficeHours",
    "PostingPeriod",
    "PostingRoll",
    "PostingStart",
    "RangeError",
    "Rhythm",
    "RuleError",
    "ScheduleError",
    "Span",
    "Start",
    "Ticker",
    "TickerError",
    "Trigger",
    "Unit",
    "Verdict",
    "WeeklyReport",
    "act_by",
    "after_interruptions",
    "by_date",
    "hours_after",
    "incoming_trigger",
    "interrupted_period",
    "late_on_arrival",
    "latest_before",
    "lunar_to_solar",
    "monthly_briefing",
    "occurrences",
    "parse_dates",
    "parse_weekend",
    "posting_period",
    "posting_start",
    "remind_days",
    "retention_until",
    "solar_to_lunar",
    "span",
    "summarize",
    "translate_with",
    "verdicts",
    "weekly_briefings",
    "weekly_report",
]


def __getattr__(name: str) -> object:
    """Load the ticker when it is first asked for: its scheduler takes longer to import than all the rest."""
    if name == "Ticker":
        from .ticker import Ticker

        return Ticker
    raise AttributeError(name)
