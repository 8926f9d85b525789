"""A report as PDF: typst draws facts, charts and tables from plain data; nothing of a text becomes code."""

import json
from datetime import timedelta, timezone
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from .clock import ZONE
from .errors import OurError
from .reports import Report
from .text import _, in_vietnamese

_FOLDER = Path(__file__).parent
_COMPILING = Lock()
_OFFSET = timezone(timedelta(hours=7))  # a fixed offset, which is what typst takes; Vietnam has no other
_LONGEST = 30  # characters of a word before it may be broken


@in_vietnamese
def report_pdf(report: Report) -> bytes:
    """
    Lay a report out as PDF/A-3.

    Raises:
        OurError: the PDF could not be made (E698).
    """
    view = {
        "title": report.title, "subtitle": report.subtitle, "agency": report.agency, "draft": report.draft,
        "facts": [[label, _breakable(value)] for label, value in report.facts],
        "day": _("Ngày {moment:%d} tháng {moment:%m} năm {moment:%Y}").format(moment=report.made.astimezone(ZONE)),
        "signers": [list(one) for one in report.signers or ((_("Người lập"), ""), (_("Thủ trưởng cơ quan"), ""))],
        "charts": [
            {"title": one.title, "series": list(one.series),
             "bars": [{"label": label, "numbers": list(numbers)} for label, numbers in one.bars]}
            for one in report.charts
        ],
        "tables": [
            {"title": one.title, "heads": list(one.heads), "wide": list(one.wide or (1,) * len(one.heads)),
             "rows": [[_breakable(cell) for cell in row] for row in one.rows]}
            for one in report.tables
        ],
        "footer": _("Lập lúc {moment:%H:%M %d/%m/%Y} từ dữ liệu của congkhai").format(
            moment=report.made.astimezone(ZONE)
        ),
    }  # fmt: skip
    try:
        return _compile(json.dumps(view, ensure_ascii=False), report)
    except typst.TypstError as error:
        raise OurError(
            what=_("Không dựng được báo cáo PDF: {detail}").format(detail=error.message), where=report.key,
            code="congkhai-E698", advice=_("Xuất CSV hoặc JSON; gửi lỗi này cho bộ phận kỹ thuật."),
        ) from error  # fmt: skip


def _compile(data: str, report: Report) -> bytes:
    fixed = report.made.astimezone(_OFFSET).replace(microsecond=0)
    with _COMPILING:
        pdf = _compiler().compile(format="pdf", sys_inputs={"data": data}, pdf_standards="a-3b", timestamp=fixed)
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single document")
    return pdf


@lru_cache(maxsize=1)
def _compiler() -> Any:
    none = _FOLDER / "no-packages"  # no package folder of the machine: the template imports nothing from outside
    return typst.Compiler(_FOLDER / "reports.typ", root=_FOLDER, package_path=none, package_cache_path=none)


def _breakable(text: str) -> str:
    words = (
        "\u200b".join(word[start : start + 20] for start in range(0, len(word), 20)) if len(word) > _LONGEST else word
        for word in text.split(" ")
    )
    return " ".join(words)
