"""The PDF rendition of minutes and report after NĐ 30/2020/NĐ-CP, with the signed XML attached."""

from dataclasses import replace
from datetime import datetime

from ..text import _
from .body import MinutesContent
from .check import content_error
from .look import SHIPPED, Look
from .read import body_sha256, read_minutes
from .report import ReportContent, completed_report, read_report
from .typesetting import typeset
from .view import minutes_view, report_view
from .write import completed


def minutes_pdf(content: MinutesContent, attached_xml: bytes, made_at: datetime, look: Look = SHIPPED) -> bytes:
    """
    Lay minutes out as PDF/A-3 with the XML inside.

    Args:
        content: what `minutes_xml` was given.
        attached_xml: the minutes' XML, usually with all signatures; attached unchanged as ``minutes.xml``.
        made_at: moment written into the PDF as its creation time, with zone.
        look: what the agency decides about the looks. The template is named after the kind (``conference.typ``), and
            is ``minutes.typ`` where there is none of that name.

    Returns:
        PDF bytes; equal for equal arguments on one machine (fonts are the machine's).

    Raises:
        InputError: the content is not fit to be written, or the XML is not valid or says something else.
        ConfigurationError: no font, or a faulty template of the agency.
        OurError: the PDF could not be made.
    """
    content = completed(content)
    _require(made_at, same=read_minutes(attached_xml) == content)
    view = minutes_view(content)
    return typeset(content.kind.value, view | _code(content.id, attached_xml, look), attached_xml, made_at, look)


def report_pdf(content: ReportContent, attached_xml: bytes, made_at: datetime, look: Look = SHIPPED) -> bytes:
    """Lay a report out as PDF/A-3, with the XML attached as ``report.xml``; otherwise as `minutes_pdf`."""
    content = completed_report(content)
    _require(made_at, same=read_report(attached_xml) == content)
    view = report_view(content)
    return typeset("report", view | _code(content.id, attached_xml, look), attached_xml, made_at, look)


def _require(made_at: datetime, *, same: bool) -> None:
    if not same:
        raise content_error(
            _("Tệp XML đính kèm không cùng nội dung với bản thể hiện."),
            "attached_xml",
            _("Đính kèm đúng tệp XML của văn bản này."),
        )
    if made_at.tzinfo is None:
        raise content_error(_("Thời điểm không có múi giờ."), "made_at", _("Ghi thời điểm kèm múi giờ."))


def _code(id_: str, xml: bytes, look: Look) -> dict[str, str]:
    """Return what the QR code says: where to check the paper, or what anybody can compare without a network."""
    return {"code": look.verify or f"CONGKHAI:{id_}:{body_sha256(xml)}".upper()}


def with_address(look: Look, base: str, disclosure: str) -> Look:
    """Return a look whose QR code leads to the page that checks a matter's dossier; unchanged without a base."""
    return replace(look, verify=f"{base.rstrip('/')}/kiem-tra/{disclosure}") if base and disclosure else look
