"""
Value types of the ini that only the house's own sections need: days, office hours, retention, addresses.

Each one parses text or raises ValueError with what it accepts, in Vietnamese; the caller adds file, line and key.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo

Span = tuple[time, time]

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_SEPARATOR = re.compile(r"[,\n]")


@dataclass(frozen=True, slots=True)
class DutyDay:
    """A day of a duty that the regulation leaves open; month 0 means every month."""

    key: str
    day: int
    month: int

    def __str__(self) -> str:
        """Write it as the ini does."""
        return f"{self.key} {self.day:02d}" + (f"/{self.month:02d}" if self.month else "")


def _parts(value: str) -> list[str]:
    return [part.strip() for part in _SEPARATOR.split(value) if part.strip()]


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        pass  # a form that fits but no such day: the sentence below says so too
    raise ValueError(f"một ngày có thật, viết 23/11/2026 hoặc 2026-11-23, thay cho '{text}'")


def _days(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(sorted({_day(part) for part in _parts(value)}))
    return value


def _counts(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    wrong = [part for part in _parts(value) if not re.fullmatch(r"\d{1,2}", part)]
    if wrong:
        raise ValueError(f"các số ngày làm việc như 2, 0, thay cho '{wrong[0]}'")
    return tuple(sorted({int(part) for part in _parts(value)}, reverse=True))


def _duty_days(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found: list[DutyDay] = []
    for part in _parts(value):
        match = re.fullmatch(r"([a-z][a-z0-9_]*) (\d{1,2})(?:/(\d{1,2}))?", " ".join(part.split()))
        if not match or not 1 <= int(match[2]) <= 31 or not 0 <= int(match[3] or 0) <= 12:
            raise ValueError(f"tên nghĩa vụ và ngày như yearly_report 10/12, people_list 05/01, thay cho '{part}'")
        found.append(DutyDay(match[1], int(match[2]), int(match[3] or 0)))
    return tuple(found)


def _years(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    wrong = [part for part in _parts(value) if not re.fullmatch(r"(?:19|20)\d{2}", part)]
    if wrong:
        raise ValueError(f"các năm như 2027, 2028, thay cho '{wrong[0]}'")
    return tuple(sorted({int(part) for part in _parts(value)}))


def _weekdays(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = [part.lower() for part in _parts(value)]
    unknown = [word for word in words if word not in _WEEKDAYS]
    if unknown:
        raise ValueError(f"mon, tue, wed, thu, fri, sat hoặc sun, thay cho '{unknown[0]}'")
    if len(set(words)) == len(_WEEKDAYS):
        raise ValueError("ít nhất một ngày làm việc trong tuần")
    return tuple(sorted({_WEEKDAYS[word] for word in words}))


def _time(text: str) -> time:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"giờ viết như 07:30, thay cho '{text}'")
    return time(int(match[1]), int(match[2]))


def _office_hours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    spans: list[Span] = []
    for part in _parts(value):
        ends = [end.strip() for end in re.split(r"[-–]", part)]
        if len(ends) != 2:
            raise ValueError(f"khoảng giờ viết như 07:30-11:30, 13:30-17:00, thay cho '{part}'")
        start, end = _time(ends[0]), _time(ends[1])
        if start >= end or (spans and start < spans[-1][1]):
            raise ValueError(f"khoảng giờ kết thúc sau khi bắt đầu và nằm sau khoảng trước nó, thay cho '{part}'")
        spans.append((start, end))
    return tuple(spans)


def _retention(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = " ".join(value.split()).lower()
    if text in {"vĩnh viễn", "permanent"}:
        return "Vĩnh viễn"
    match = re.fullmatch(r"(\d{1,3}) ?(?:năm|y)", text)
    if not match or int(match[1]) == 0:
        raise ValueError("một thời hạn bảo quản: 20 năm, hoặc vĩnh viễn")
    return f"{int(match[1])} năm"


def is_path(text: str) -> bool:
    """Tell whether a regulation is given as a path (it has a folder or ends in ``.ini``) and not as a shipped name."""
    return "/" in text or "\\" in text or text.endswith(".ini")


def _resolved(text: str, info: ValidationInfo) -> str:
    folder = Path((info.context or {}).get("folder", Path()))
    return str((folder / Path(text).expanduser()).absolute())


def _regulation(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and is_path(value.strip()):
        return _resolved(value.strip(), info)
    return value


def _database(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str) or not value:
        return value
    parts = urlsplit(value)
    if parts.scheme == "sqlite":
        path = value.removeprefix("sqlite:///")
        if path == value or not path:
            raise ValueError("sqlite:///ĐƯỜNG-DẪN")
        return "sqlite:///" + _resolved(path, info)
    if not parts.scheme.startswith("postgresql"):
        raise ValueError("sqlite:///ĐƯỜNG-DẪN hoặc postgresql+psycopg://MÁY/CƠ-SỞ-DỮ-LIỆU")
    if parts.password is not None:
        raise ValueError("địa chỉ không có mật khẩu; để mật khẩu trong tệp mật khẩu của PostgreSQL (biến PGPASSFILE)")
    return value


def _vault(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and value and not value.startswith("s3://"):
        return _resolved(value, info)
    return value


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname)
        secret = parts.password is not None
    except ValueError:
        known = secret = False
    if not known:
        raise ValueError("địa chỉ http:// hoặc https://")
    if secret:
        raise ValueError("địa chỉ không có mật khẩu")
    return text


def _addresses(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(_web_address(part) for part in _parts(value))
    return value


Days = Annotated[tuple[date, ...], BeforeValidator(_days)]
"""Calendar days, separated by commas: ``23/11/2026`` or ``2026-11-23``."""
Counts = Annotated[tuple[int, ...], BeforeValidator(_counts)]
"""Small numbers, separated by commas, largest first: ``2, 0``."""
DutyDays = Annotated[tuple[DutyDay, ...], BeforeValidator(_duty_days)]
"""Days of duties that the regulation leaves open: ``KEY DD/MM``, or ``KEY DD`` for every month."""
Years = Annotated[tuple[int, ...], BeforeValidator(_years)]
"""Years, separated by commas: ``2027, 2028``."""
Weekdays = Annotated[tuple[int, ...], BeforeValidator(_weekdays)]
"""Days of the week by their English abbreviations, as numbers from Monday = 0."""
OfficeHours = Annotated[tuple[Span, ...], BeforeValidator(_office_hours)]
"""Spans of the day in local time: ``07:30-11:30, 13:30-17:00``."""
Retention = Annotated[str, BeforeValidator(_retention)]
"""Retention as archives write it (thời hạn bảo quản): ``20 năm`` or ``Vĩnh viễn``."""
Regulation = Annotated[str, BeforeValidator(_regulation), Field(min_length=1)]
"""The name of a shipped regulation, or the path of one's own ini."""
Database = Annotated[str, BeforeValidator(_database)]
"""An SQLAlchemy address without a password."""
Vault = Annotated[str, BeforeValidator(_vault)]
"""A folder, or ``s3://BUCKET/PREFIX``."""
Addresses = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
"""Web addresses, separated by commas, tried in this order."""
Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""
