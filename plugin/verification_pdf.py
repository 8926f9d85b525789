"""
A verification report on paper: PDF/A, Vietnamese, with everything that the terminal shows and what was trusted.

Laid out by typst. Data go in as values, never as template source; the compiler sees nothing but one template.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from .clock import ZONE
from .errors import OurError
from .text import _, in_vietnamese
from .verification import clean, fields, file_line, finding_lines, local, overall_line, result_line

if TYPE_CHECKING:
    from congkhai.signing import Report, Trust

_TEMPLATE = Path(__file__).with_name("verification.typ")


@in_vietnamese
def verification_pdf(report: "Report", trust: "Trust", at: datetime, made_at: datetime) -> bytes:
    """
    Lay a verification's result out as PDF.

    Args:
        report: the result.
        trust: what it was judged with; its anchors are listed with their fingerprints.
        at: moment that was judged at, with zone.
        made_at: moment written into the file as its creation time, with zone.

    Raises:
        OurError: the PDF could not be made.
    """
    inputs = {"data": json.dumps(_view(report, trust, at), ensure_ascii=False)}
    nowhere = str(_TEMPLATE.with_name("no-packages"))
    try:
        # The template's own text is the input, so that no file of the machine is in reach of the compiler.
        compiler = typst.Compiler(_TEMPLATE.read_bytes(), package_path=nowhere, package_cache_path=nowhere)
        moment = made_at.astimezone(ZONE).replace(microsecond=0)
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="a-2b", timestamp=_fixed(moment))
    except typst.TypstError as error:
        raise OurError(
            _("Không dựng được báo cáo PDF: {detail}").format(detail=error.message),
            where=_TEMPLATE.name,
            advice=_("Dùng báo cáo dạng XML hoặc JSON, và báo cho bộ phận kỹ thuật."),
            code="congkhai-E441",
        ) from error
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single document")
    return pdf


def _fixed(moment: datetime) -> datetime:
    """Return the same moment with a plain offset, which is what typst takes."""
    return datetime.fromisoformat(moment.isoformat())


def _view(report: "Report", trust: "Trust", at: datetime) -> dict[str, Any]:
    return {
        "title": _("Báo cáo kiểm tra chữ ký số"),
        "subtitle": _("Kiểm tra tại thời điểm {moment}, theo TT 15/2025/TT-BKHCN Điều 6").format(moment=local(at)),
        "footer": _("Lập bằng congkhai verify; chỉ phản ánh kết quả kiểm tra tại thời điểm nêu trên."),
        "overall": overall_line(report),
        "indication": report.indication.value,
        "files": [
            {
                "name": clean(file.path),
                "result": file_line(file),
                "indication": file.indication.value,
                "signatures": [
                    {
                        "result": result_line(one),
                        "indication": one.indication.value,
                        "fields": fields(one),
                        "messages": [clean(message) for message in one.messages],
                    }
                    for one in file.signatures
                ],
            }
            for file in report.files
        ],
        "findings_title": _("Phát hiện khác"),
        "findings": finding_lines(report),
        "anchors_title": _("Chứng thư gốc được tin cậy khi kiểm tra"),
        "anchors": [f"{clean(one.subject)} – SHA-256 {one.sha256}" for one in trust.sources if one.kind == "anchor"],
    }
