"""
The availability record as papers print it: a few sentences and a strip with one cell for each day.

The papers are Vietnamese whatever language the web page or the command line speaks, so nothing here is translated.
"""

from datetime import date, datetime, timedelta
from typing import Any

from ..clock import local_date
from .availability import CHANGED, GONE, MISSED, NOTHING, PAUSED, SEEN, UNKNOWN, Availability

_CELLS = {
    SEEN: ("seen", "", "thấy đúng nội dung"),
    GONE: ("gone", "x", "không thấy"),
    CHANGED: ("changed", "!", "nội dung khác"),
    PAUSED: ("paused", "=", "tạm dừng hoặc đang thay bản sửa"),
    UNKNOWN: ("unknown", "?", "nơi đăng không trả lời"),
    MISSED: ("missed", "-", "congkhai không chạy nên không kiểm tra"),
    NOTHING: ("nothing", "", "không đặt lịch kiểm tra"),
}
_CAUSES = {"missed": "congkhai không chạy", "unknown": "nơi đăng không trả lời được"}
_HOUR = timedelta(hours=1)


def availability_blocks(record: Availability, first: date) -> list[dict[str, Any]]:
    """
    Return the blocks that the templates lay out.

    Args:
        first: the calendar day of the first sign in `record.days`.
    """
    results = [
        (record.seen, "thấy đúng nội dung"), (record.gone, "không thấy"), (record.changed, "thấy nội dung khác"),
        (record.unknown, "không xác định được"),
    ]  # fmt: skip
    told = ", ".join(f"{count} lần {words}" for count, words in results if count) or "chưa có lần nào"
    missed = f"; {record.missed} lần theo lịch không kiểm tra được vì congkhai không chạy" if record.missed else ""
    hours = round((record.longest_to - record.longest_from) / _HOUR)
    blocks = [
        _item(f"Kiểm tra hiển thị {record.total} lần: {told}{missed}."),
        _item(
            f"Khoảng dài nhất giữa hai thời điểm có bằng chứng: {hours} giờ, từ {_moment(record.longest_from)} đến "
            f"{_moment(record.longest_to)}."
        ),
    ]
    blocks += [
        _item(f"Không rõ từ {_moment(one.start)} đến {_moment(one.end)}: {_CAUSES[one.cause]}.")
        for one in record.unobserved
    ]
    for one in record.certificates:
        until = f", có giá trị đến {local_date(one.until):%d/%m/%Y}" if one.until else ""
        blocks.append(_item(f"Chứng thư TLS của nơi đăng{until}:"))
        blocks.append({"kind": "hash", "text": one.sha256})
    return [*blocks, _strip(record.days, first)]


def _strip(days: str, first: date) -> dict[str, Any]:
    """Return the picture: a cell for each day with its date, and what the marks mean."""
    cells = [
        {"day": f"{first + timedelta(days=number):%d}", "look": _CELLS[sign][0], "mark": _CELLS[sign][1]}
        for number, sign in enumerate(days)
    ]
    used = [sign for sign in _CELLS if sign in days]
    legend = [{"look": _CELLS[sign][0], "mark": _CELLS[sign][1], "words": _CELLS[sign][2]} for sign in used]
    last = first + timedelta(days=len(days) - 1)
    return {"kind": "strip", "title": f"Từng ngày từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}", "cells": cells,
            "legend": legend}  # fmt: skip


def _item(text: str) -> dict[str, Any]:
    return {"kind": "item", "text": text, "url": ""}


def _moment(moment: datetime) -> str:
    return f"{moment:%H:%M} ngày {local_date(moment):%d/%m/%Y}"
