"""How days are counted: the settings of a regulation's counting rule, with the strict reading as default."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self, get_args

from ._text import _
from .errors import RuleError

FirstDay = Literal["excluded", "included", "elapsed"]
PostingRoll = Literal["next_working_day", "none"]
CloseRule = Literal["after_end", "office_close_of_last_day"]
DeadlineRoll = Literal["civil_code", "none"]
DeadlineTarget = Literal["previous_working_day", "legal"]
IncomingTrigger = Literal["document_date", "arrival", "earlier"]
PostingStart = Literal["recorded_start", "minutes_finished"]
Interruption = Literal["restart", "extend", "note"]
MonthlyBriefing = Literal["monday_before_15th", "monday_of_week_before_week_of_15th"]
Unit = Literal["working_day", "calendar_day", "month", "year"]
Bound = Literal["before", "not_later_than"]

_VALUES: Mapping[str, tuple[str, ...]] = {
    "first_day": get_args(FirstDay),
    "posting_roll": get_args(PostingRoll),
    "close_rule": get_args(CloseRule),
    "deadline_roll": get_args(DeadlineRoll),
    "deadline_target": get_args(DeadlineTarget),
    "incoming_trigger": get_args(IncomingTrigger),
    "posting_start": get_args(PostingStart),
    "interruption": get_args(Interruption),
    "monthly_briefing": get_args(MonthlyBriefing),
}


@dataclass(frozen=True, slots=True)
class CountingRule:
    """
    The counting settings of one regulation.

    Luật 10/2022/QH15 has no counting rule; that BLDS 91/2015 Điều 147, 148 apply is a reading, so each part of it is
    a setting. Weekly days off and office hours belong to the `Calendar`.

    Attributes:
        first_day: of a posting period: ``excluded`` (BLDS Điều 147.2), ``included``, or ``elapsed`` for periods of
            24 hours from the start instant, which neither roll nor wait for an office to close. Deadlines run
            "kể từ ngày" and always leave the trigger's day out.
        posting_roll: whether a posting period that ends on a day off is lengthened (BLDS Điều 148.5).
        close_rule: closing from 00:00 after the last day, or during the last day once the office has closed.
        deadline_roll: whether a deadline's legal last day rolls to the next working day (BLDS Điều 148.5).
        deadline_target: remind on the last working day not after the unrolled last day, or on the legal last day.
        incoming_trigger: which date of an incoming document starts its deadline.
        posting_start: what starts a posting period.
        interruption: what an interrupted posting costs: everything, the lost days, or a note.
        monthly_briefing: reading of "tuần trước ngày 15" (Lạng Sơn); None until the agency has chosen.

    Raises:
        RuleError: a value that the setting does not take.
    """

    first_day: FirstDay = "excluded"
    posting_roll: PostingRoll = "next_working_day"
    close_rule: CloseRule = "after_end"
    deadline_roll: DeadlineRoll = "civil_code"
    deadline_target: DeadlineTarget = "previous_working_day"
    incoming_trigger: IncomingTrigger = "earlier"
    posting_start: PostingStart = "recorded_start"
    interruption: Interruption = "restart"
    monthly_briefing: MonthlyBriefing | None = None

    def __post_init__(self) -> None:
        for name, allowed in _VALUES.items():
            value = getattr(self, name)
            if value not in allowed and not (name == "monthly_briefing" and value is None):
                raise _bad_value(name, str(value), allowed)

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """
        Make a rule from settings as they stand in an ini file.

        Args:
            values: setting (hyphens or underscores) to value; what is missing keeps its strict default.

        Raises:
            RuleError: an unknown setting, or a value it does not take.
        """
        known = {item.name for item in fields(cls)}
        settings = {}
        for key, value in values.items():
            name = key.replace("-", "_")
            if name not in known:
                raise RuleError(
                    _("Không có cách đếm tên “{key}”.").format(key=key),
                    key,
                    _("Các tên dùng được: {names}.").format(names=", ".join(sorted(known)).replace("_", "-")),
                )
            settings[name] = value.strip()
        return cls(**settings)  # type: ignore[arg-type]  # __post_init__ refuses every string that is not in the Literal

    @property
    def words(self) -> str:
        """Name the posting convention in the words of the ini file, e.g. ``first-day=excluded, posting-roll=…``."""
        if self.first_day == "elapsed":
            return "first-day=elapsed"
        return f"first-day={self.first_day}, posting-roll={self.posting_roll}, close-rule={self.close_rule}"

    @property
    def sentence(self) -> str:
        """Say the posting convention to people, in Vietnamese, as minutes print it."""
        first = {
            "excluded": _("không tính ngày đầu tiên"),
            "included": _("tính cả ngày đầu tiên"),
            "elapsed": _("tính đủ từng 24 giờ từ lúc bắt đầu"),
        }[self.first_day]
        if self.first_day == "elapsed":
            return first
        roll = {
            "next_working_day": _("ngày cuối là ngày nghỉ thì kéo đến hết ngày làm việc kế tiếp"),
            "none": _("ngày cuối là ngày nghỉ vẫn tính"),
        }[self.posting_roll]
        end = {
            "after_end": _("kết thúc từ 0 giờ của ngày tiếp theo"),
            "office_close_of_last_day": _("kết thúc sau giờ làm việc của ngày cuối"),
        }[self.close_rule]
        return f"{first}; {roll}; {end}"


STRICT = CountingRule()
"""Every setting at its strict default."""


def check_choice(value: str, choices: tuple[str, ...], where: str) -> None:
    """Refuse a word that is not among the choices. Raises RuleError."""
    if value not in choices:
        raise _bad_value(where, value, choices)


def _bad_value(name: str, value: str, allowed: tuple[str, ...]) -> RuleError:
    return RuleError(
        _("Giá trị “{value}” không dùng được.").format(value=value),
        name.replace("_", "-"),
        _("Chọn một trong: {values}.").format(values=", ".join(allowed)),
    )
