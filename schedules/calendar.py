"""
The working calendar (lịch làm việc): which days offices work, how sure that is, and what to warn about.

The shipped table holds the years that were announced; other years are computed and stand as unconfirmed. An agency
adds its own days off, worked days, weekly days off and office hours. A year's open days are *possibly off*: a
deadline counts them as worked and a posting period as off, so that both err on the safe side.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from ._table import shipped_years
from ._text import _, say_date
from .days import Certainty, Day, DayState, YearTable
from .errors import CalendarError
from .moments import check_day, check_year, shift
from .statutory import CULTURE_DAY_FROM, computed_year

_SATURDAY_SUNDAY = frozenset({5, 6})
_SWAP_WINDOW = (date(2026, 11, 20), date(2026, 11, 30))
_SWAP_DAY = date(2026, 11, 23)
_WEEKDAYS = (
    ("thứ hai", "thứ 2", "t2", "monday", "mon"),
    ("thứ ba", "thứ 3", "t3", "tuesday", "tue"),
    ("thứ tư", "thứ 4", "t4", "wednesday", "wed"),
    ("thứ năm", "thứ 5", "t5", "thursday", "thu"),
    ("thứ sáu", "thứ 6", "t6", "friday", "fri"),
    ("thứ bảy", "thứ 7", "t7", "saturday", "sat"),
    ("chủ nhật", "cn", "sunday", "sun"),
)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """
    Office hours of a working day.

    Attributes:
        sessions: opening and closing time of each session, in order, local time.
    """

    sessions: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        times = [moment for session in self.sessions for moment in session]
        if not times or any(later <= earlier for earlier, later in pairwise(times)):
            raise _bad_hours(", ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in self.sessions))

    @property
    def opens(self) -> time:
        """Start of the first session."""
        return self.sessions[0][0]

    @property
    def closes(self) -> time:
        """End of the last session."""
        return self.sessions[-1][1]

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """Read ``07:30-11:30, 13:30-17:00`` (``7h30`` is read too). Raises CalendarError."""
        sessions = []
        for part in text.split(","):
            match = re.fullmatch(r"\s*(\d{1,2})[:hH](\d{2})?\s*[-–]\s*(\d{1,2})[:hH](\d{2})?\s*", part)
            if match is None:
                raise _bad_hours(text)
            try:
                sessions.append((time(int(match[1]), int(match[2] or 0)), time(int(match[3]), int(match[4] or 0))))
            except ValueError as error:
                raise _bad_hours(text) from error
        return cls(tuple(sessions))


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    The working calendar of one agency.

    Attributes:
        off: further days off; stronger than every table.
        work: further worked days, weekend days among them; stronger than every table.
        weekend: weekly days off, 0 = Monday to 6 = Sunday.
        office_hours: of a working day; None when the agency has not given them.
        confirmed_years: years for which the agency vouches that its `off` and `work` complete the table; days that
            were possibly off and are not in `off` are then ordinary days.

    Raises:
        CalendarError: a day is both in `off` and `work`, or no day of the week is worked.
    """

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    weekend: frozenset[int] = _SATURDAY_SUNDAY
    office_hours: OfficeHours | None = None
    confirmed_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        both = sorted(self.off & self.work)
        if both:
            raise CalendarError(
                _("{days} vừa khai là ngày nghỉ, vừa khai là ngày làm việc.").format(
                    days="; ".join(say_date(day) for day in both)
                ),
                "off, work",
                _("Bỏ ngày đó khỏi một trong hai danh sách."),
            )
        if not self.weekend < frozenset(range(7)):
            raise CalendarError(
                _("Ngày nghỉ hằng tuần phải nằm trong 0 (thứ Hai) đến 6 (Chủ nhật) và còn ít nhất một ngày làm việc."),
                "weekend",
                _("Khai lại ngày nghỉ hằng tuần, thường là thứ Bảy và Chủ nhật."),
            )
        for day in self.off | self.work:
            check_year(day.year, "off, work")

    def day(self, day: date) -> Day:
        """
        Tell what kind of day it is, and from where that is known.

        Raises:
            RangeError: the year is outside 1990 to 2100.
        """
        day = check_day(day, "day")
        if day in self.off:
            return Day(day, DayState.OFF, _("nghỉ theo khai báo của cơ quan"), "off", Certainty.AGENCY)
        if day in self.work:
            return Day(day, DayState.WORKING, _("làm việc theo khai báo của cơ quan"), "work", Certainty.AGENCY)
        weekly = day.weekday() in self.weekend
        special = self._table(day.year).days.get(day)
        if special is not None and special.state is DayState.POSSIBLY_OFF:
            # A weekly day off is off whatever is decided; and an agency that confirmed the year has decided.
            special = None if weekly or day.year in self.confirmed_years else special
        if special is not None:
            return special
        if weekly:
            return Day(day, DayState.OFF, _("ngày nghỉ hằng tuần"), "weekend", Certainty.WEEKLY)
        return Day(day, DayState.WORKING, "", "weekend", Certainty.WEEKLY)

    def is_working_day(self, day: date, *, doubtful: bool = False) -> bool:
        """
        Tell whether offices work on a day.

        Args:
            day: local date.
            doubtful: the answer for a day of which it is not known; True where working means stricter.

        Raises:
            RangeError: the year is outside 1990 to 2100.
        """
        state = self.day(day).state
        return doubtful if state is DayState.POSSIBLY_OFF else state is DayState.WORKING

    def next_working_day(self, day: date, *, doubtful: bool = False) -> date:
        """Return the first working day after `day`. Raises RangeError past the year 2100."""
        return self.roll_forward(shift(day, 1, "next_working_day"), doubtful=doubtful)

    def previous_working_day(self, day: date, *, doubtful: bool = False) -> date:
        """Return the last working day before `day`. Raises RangeError before the year 1990."""
        return self.roll_back(shift(day, -1, "previous_working_day"), doubtful=doubtful)

    def roll_forward(self, day: date, *, doubtful: bool = False) -> date:
        """Return `day` if it is worked, else the next working day (BLDS Điều 148.5). Raises RangeError."""
        while not self.is_working_day(day, doubtful=doubtful):
            day = shift(day, 1, "roll_forward")
        return day

    def roll_back(self, day: date, *, doubtful: bool = False) -> date:
        """Return `day` if it is worked, else the working day before it. Raises RangeError."""
        while not self.is_working_day(day, doubtful=doubtful):
            day = shift(day, -1, "roll_back")
        return day

    def confirmed(self, year: int) -> bool:
        """Tell whether the year's days are known, from the table or by the agency's word. Raises RangeError."""
        check_year(year, "year")
        return year in self.confirmed_years or self._table(year).confirmed

    def notes(self, first: date, last: date) -> tuple[str, ...]:
        """
        Say what is uncertain about counting over the days from `first` to `last`, both included.

        Returns:
            Vietnamese sentences, in order of time; empty when nothing is uncertain.

        Raises:
            RangeError: a year is outside 1990 to 2100.
        """
        first, last = sorted((check_day(first, "first"), check_day(last, "last")))
        return tuple(self._notes(first, last))

    def _notes(self, first: date, last: date) -> Iterator[str]:
        for year in range(first.year, last.year + 1):
            if not self.confirmed(year):
                yield _(
                    "Lịch làm việc năm {year} chưa được xác nhận: ngày nghỉ Tết, Quốc khánh và ngày hoán đổi có thể"
                    " khác. Đối chiếu với thông báo nghỉ hằng năm rồi khai vào cấu hình."
                ).format(year=year)
            culture = date(year, 11, 24)
            if (
                year > CULTURE_DAY_FROM
                and year not in self.confirmed_years
                and culture.weekday() in self.weekend
                and first <= shift(culture, 2, "notes")
                and last >= culture
            ):
                yield _(
                    "Ngày Văn hóa Việt Nam {day} trùng ngày nghỉ hằng tuần; chưa rõ có được nghỉ bù hay không,"
                    " phần mềm tính là không nghỉ bù."
                ).format(day=say_date(culture))
        answered = _SWAP_DAY in self.off | self.work or _SWAP_DAY.year in self.confirmed_years
        if first <= _SWAP_WINDOW[1] and last >= _SWAP_WINDOW[0] and not answered:
            yield _(
                "Khoảng đếm chạm các ngày 20–30/11/2026: chưa rõ thứ Hai, 23/11/2026 có được hoán đổi thành ngày nghỉ"
                " hay không, phần mềm tính là ngày làm việc. Khai rõ 23/11/2026 là ngày nghỉ hay ngày làm việc."
            )

    def _table(self, year: int) -> YearTable:
        return shipped_years().get(year) or computed_year(year, self.weekend)


def parse_weekend(text: str) -> frozenset[int]:
    """
    Read weekly days off, e.g. ``thứ bảy, chủ nhật``, ``T7, CN`` or ``saturday, sunday``.

    Returns:
        Day numbers, 0 = Monday.

    Raises:
        CalendarError: a word that is no day of the week.
    """
    days = set()
    for word in (part.strip().lower() for part in text.split(",") if part.strip()):
        number = next((number for number, names in enumerate(_WEEKDAYS) if word in names), None)
        if number is None:
            raise CalendarError(
                _("“{word}” không phải tên một ngày trong tuần.").format(word=word),
                "weekend",
                _("Viết ví dụ: thứ bảy, chủ nhật."),
            )
        days.add(number)
    return frozenset(days)


def parse_dates(text: str) -> frozenset[date]:
    """
    Read dates separated by commas or spaces, each ``2026-11-23`` or ``23/11/2026``.

    Raises:
        CalendarError: a word that is no date.
        RangeError: a year outside 1990 to 2100.
    """
    days = set()
    for word in re.split(r"[,;\s]+", text.strip()):
        if not word:
            continue
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", word)
        try:
            day = date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(word)
        except ValueError as error:
            raise CalendarError(
                _("“{word}” không phải một ngày.").format(word=word),
                "off, work",
                _("Viết ngày dạng 23/11/2026 hoặc 2026-11-23."),
            ) from error
        days.add(check_day(day, "off, work"))
    return frozenset(days)


def _bad_hours(text: str) -> CalendarError:
    return CalendarError(
        _("Không đọc được giờ làm việc “{text}”.").format(text=text),
        "office_hours",
        _("Viết các buổi theo thứ tự, ví dụ: 07:30-11:30, 13:30-17:00."),
    )
