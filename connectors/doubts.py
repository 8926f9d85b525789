"""
Papers whose fields cannot be trusted as they came: taken in, marked, shown with the reason, and decided by a person.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from congkhai.plugin.records import DOUBTS, PulledDocument, PulledProblem
from congkhai.plugin.text import _

_FIRST = date(1945, 9, 2)
"""No paper of an agency of this state is older."""
_AHEAD = timedelta(days=366)


def plausible(day: date, today: date) -> bool:
    """Tell whether a paper can bear this date: not older than the state, at most a year ahead of today."""
    return _FIRST <= day <= today + _AHEAD


def doubts(document: PulledDocument, ref: str) -> Iterator[PulledProblem]:
    """
    Say what a person must look at in a paper; to be offered just before the paper itself.

    Args:
        ref: what names the paper at its source, free of content.
    """
    for code in sorted(DOUBTS.intersection(document.marks)):
        yield PulledProblem(
            ref=ref, code=code, message=_reasons()[code],
            advice=_("Văn bản đã được nhận, chờ văn thư xem lại; chưa công khai gì từ thông tin này."),
        )  # fmt: skip


def _reasons() -> dict[str, str]:
    return {
        "number-missing": _("Văn bản không có số, ký hiệu."),
        "subject-missing": _("Văn bản không có trích yếu."),
        "date-implausible": _("Ngày của văn bản không thể đúng nên không được dùng."),
        "fields-proposed": _("Số, ngày, cơ quan ban hành, trích yếu do máy đọc từ trang đầu, chưa ai xác nhận."),
    }
