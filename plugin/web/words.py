"""Dates, numbers and states as people read them in Vietnamese."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from ..clock import ZONE, local_date
from ..house import House
from ..text import _


def weekday(day: date) -> str:
    """Return the day of the week, e.g. ``thứ Ba``."""
    names = (
        _("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"),
    )  # fmt: skip
    return names[day.weekday()]


def day_words(value: date | datetime | None) -> str:
    """Return a day with its weekday, e.g. ``thứ Ba, 03/11/2026``; a dash for none."""
    if value is None:
        return "–"
    day = local_date(value) if isinstance(value, datetime) else value
    return f"{weekday(day)}, {day:%d/%m/%Y}"


def moment_words(value: datetime | None) -> str:
    """Return a moment in Vietnamese time, e.g. ``thứ Ba, 03/11/2026 14:05``; a dash for none."""
    if value is None:
        return "–"
    local = value.astimezone(ZONE)
    return f"{day_words(local.date())} {local:%H:%M}"


def limit_words(value: datetime | None) -> str:
    """Return the last day, and hour where it is not the day's end, before the first moment that is too late."""
    if value is None:
        return "–"
    last = value - timedelta(seconds=1)
    at_midnight = value.astimezone(ZONE).time() == time()
    return day_words(last) if at_midnight else moment_words(value)


def seconds_words(value: float) -> str:
    """Return a real moment given in seconds since 1970."""
    return moment_words(datetime.fromtimestamp(value, UTC))


def number_words(value: int) -> str:
    """Return a number with points between thousands, e.g. ``1.234``."""
    return f"{value:,}".replace(",", ".")


def size_words(size: int) -> str:
    """Return a size in bytes as people read it, e.g. ``1,5 MB``."""
    amount, units = float(size), ("B", "KB", "MB", "GB")
    for unit in units:
        if amount < 1000 or unit == units[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}".replace(".", ",")
        amount /= 1000
    raise AssertionError


def left_words(house: House) -> Callable[[datetime | None], str]:
    """Return a function that says how much time is left until a moment, in working days."""

    def words(moment: datetime | None) -> str:
        if moment is None:
            return ""
        now = house.clock.now()
        today, last = local_date(now), local_date(moment - timedelta(seconds=1))  # midnight ends the day before
        if moment <= now:
            days = (today - last).days
            return _("quá hạn {days} ngày").format(days=days) if days else _("quá hạn từ hôm nay")
        if today == last:
            return _("hạn hôm nay")
        calendar = house.calendar
        days = 0
        for _step in range(_FAR):
            today = calendar.next_working_day(today)
            if today > last:
                break
            days += 1
        return _("còn {days} ngày làm việc").format(days=days) if days < _FAR else _("còn hơn 60 ngày làm việc")

    return words


_FAR = 60


def state_words(state: str) -> str:
    """Return the state of a disclosure as people say it."""
    names = {
        "proposed": _("mới đề xuất"), "review": _("chờ văn thư xác nhận"), "due": _("đến hạn công khai"),
        "posted": _("đang công khai"), "closing": _("đang kết thúc"), "closed": _("đã kết thúc"),
        "filed": _("đã nộp hồ sơ"), "excluded": _("không công khai"), "withdrawn": _("đã gỡ"),
        "superseded": _("đã thay thế"),
    }  # fmt: skip
    return names.get(state, state)


def posting_words(state: str) -> str:
    """Return the state of a posting as people say it."""
    names = {
        "planned": _("sắp đăng"), "waiting": _("chờ người thực hiện xác nhận"), "up": _("đang đăng"),
        "down": _("đã gỡ"), "unsure": _("chưa rõ đã đăng chưa"),
    }  # fmt: skip
    return names.get(state, state)


def paper_words(kind: str) -> str:
    """Return what minutes of a kind are called."""
    names = {
        "posting": _("Biên bản niêm yết"), "closing": _("Biên bản kết thúc niêm yết"),
        "report": _("Báo cáo kết quả công khai"), "conference": _("Biên bản hội nghị"),
        "ballot": _("Biên bản kiểm phiếu"), "declarations": _("Danh sách bản kê khai được niêm yết"),
    }  # fmt: skip
    return names.get(kind, kind)
