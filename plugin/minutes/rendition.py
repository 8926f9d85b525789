"""
The PDF rendition of minutes and report, with the signed XML attached.

Laid out by typst after NĐ 30/2020/NĐ-CP. Data go in as values, never as template source, so no text of a document can
become code; the compiler sees nothing but this package's folder. The same content, XML and moment give the same bytes.
"""

import json
import unicodedata
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from ..errors import OurError
from ..text import _
from .body import MinutesContent
from .check import content_error
from .read import read_minutes
from .report import ReportContent, completed_report, read_report
from .view import View, minutes_view, report_view
from .write import completed

RENDITION_CODE = "congkhai-E440"
# A fixed offset, which is what typst takes; Vietnam has no other.
_OFFSET = timezone(timedelta(hours=7))
_FOLDER = Path(__file__).parent
_COMPILING = Lock()


def minutes_pdf(content: MinutesContent, attached_xml: bytes, made_at: datetime) -> bytes:
    """
    Lay minutes out as PDF with the XML inside.

    Args:
        content: what `minutes_xml` was given.
        attached_xml: the minutes' XML, usually with all signatures; attached unchanged as ``minutes.xml``.
        made_at: moment written into the PDF as its creation time, with zone.

    Returns:
        PDF bytes; equal for equal arguments on one machine (fonts are the machine's).

    Raises:
        InputError: the content is not fit to be written, or the XML is not valid or says something else.
        OurError: the PDF could not be made.
    """
    content = completed(content)
    _require_same(read_minutes(attached_xml) == content)
    return _compile("minutes", minutes_view(content), attached_xml, made_at)


def report_pdf(content: ReportContent, attached_xml: bytes, made_at: datetime) -> bytes:
    """Lay a report out as PDF, with the XML attached as ``report.xml``; otherwise as `minutes_pdf`."""
    content = completed_report(content)
    _require_same(read_report(attached_xml) == content)
    return _compile("report", report_view(content), attached_xml, made_at)


def _require_same(same: bool) -> None:
    if not same:
        raise content_error(
            _("Tệp XML đính kèm không cùng nội dung với bản thể hiện."),
            "attached_xml",
            _("Đính kèm đúng tệp XML của văn bản này."),
        )


@lru_cache(maxsize=2)
def _compiler(template: str) -> typst.Compiler:
    # No package folder of the machine: the templates import nothing from outside, and must not start to.
    return typst.Compiler(
        _FOLDER / f"{template}.typ",
        root=_FOLDER,
        package_path=_FOLDER / "no-packages",
        package_cache_path=_FOLDER / "no-packages",
    )


def _compile(template: str, view: View, attached_xml: bytes, made_at: datetime) -> bytes:
    if made_at.tzinfo is None:
        raise content_error(_("Thời điểm không có múi giờ."), "made_at", _("Ghi thời điểm kèm múi giờ."))
    xml = attached_xml.decode("utf-8")  # it was read before, so it is UTF-8
    moment = made_at.astimezone(_OFFSET).replace(microsecond=0)
    try:
        return _run(template, view, xml, moment)
    except typst.TypstError:
        # The usual cause is a character that no font of this machine has: an emoji in a comment, a foreign script.
        # The XML keeps it; the rendition then names it by its code instead of leaving it out.
        try:
            return _run(template, _spelt_out(view), xml, moment)
        except typst.TypstError as error:
            raise OurError(
                _("Không dựng được bản thể hiện PDF: {detail}").format(detail=error.message),
                where=f"{template}.typ",
                advice=_("Báo cho bộ phận kỹ thuật kèm mã văn bản; tệp XML không bị ảnh hưởng."),
                code=RENDITION_CODE,
            ) from error


def _run(template: str, view: View, xml: str, moment: datetime) -> bytes:
    inputs = {"data": json.dumps(view, ensure_ascii=False), "xml": xml, "name": f"{template}.xml"}
    with _COMPILING:
        pdf = _compiler(template).compile(
            format="pdf", sys_inputs=inputs, pdf_standards="a-3b", timestamp=moment, root=_FOLDER
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single document")
    return pdf


def _spelt_out(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(each if _is_plain(each) else f"[U+{ord(each):04X}]" for each in value)
    if isinstance(value, dict):
        return {key: _spelt_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spelt_out(each) for each in value]
    return value


def _is_plain(character: str) -> bool:
    """Tell whether every serif font that is considered has the character: Latin with Vietnamese, common punctuation."""
    code = ord(character)
    if character in "\n\u200b\u20ab\u20ac\u2116":
        return True
    latin = 0x20 <= code <= 0x17F or code in {0x1A0, 0x1A1, 0x1AF, 0x1B0} or 0x1EA0 <= code <= 0x1EF9
    return latin or (code in range(0x2013, 0x2027) and unicodedata.category(character).startswith("P"))
