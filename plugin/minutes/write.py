"""Minutes as XML: the same content always gives the same bytes."""

from dataclasses import replace
from typing import TypeVar

from lxml import etree

from ..text import _
from .body import MinutesContent, MinutesKind
from .check import content_error, normalised, require_digest, require_texts
from .codec import Shape
from .meeting import check_meeting
from .read import validate
from .rules import (
    check_channels,
    check_documents,
    check_feedback,
    check_head,
    check_journal,
    check_people,
    check_roles,
)
from .shapes import MINUTES, MINUTES_NAMESPACE

SUBJECTS = {
    MinutesKind.POSTING: "Niêm yết công khai thông tin",
    MinutesKind.CLOSING: "Kết thúc niêm yết công khai thông tin",
    MinutesKind.CONFERENCE: "Hội nghị",
    MinutesKind.BALLOT: "Kiểm phiếu",
    MinutesKind.DECLARATIONS: "Niêm yết công khai bản kê khai tài sản, thu nhập",
}
_T = TypeVar("_T")


def minutes_xml(content: MinutesContent) -> bytes:
    """
    Write minutes, unsigned: ``<Minutes><Body Id="body">…</Body></Minutes>``, UTF-8 with declaration.

    Args:
        content: what the minutes say; texts are composed and moments put in Vietnam's zone first (`completed`).

    Returns:
        Bytes valid against ``minutes.xsd``, without white space between elements; equal for equal contents.

    Raises:
        InputError: something that the minutes must say is missing or contradicts itself, or a text has characters that
            a signed paper must not have.
    """
    return document_bytes(MINUTES_NAMESPACE, "Minutes", MINUTES, completed(content))


def completed(content: MinutesContent) -> MinutesContent:
    """
    Return checked minutes as they are written and read back: normal form, the usual subject filled in.

    Raises:
        InputError: as `minutes_xml`.
    """
    content = normalised(content)
    require_texts(content, ("id", "place"))
    if content.finished < content.started:
        raise content_error(
            _("Biên bản kết thúc trước khi bắt đầu."), "finished", _("Kiểm tra giờ bắt đầu và giờ kết thúc.")
        )
    if not content.participants:
        raise content_error(_("Biên bản không có người tham dự."), "participants", _("Ghi người tham dự và chức vụ."))
    if content.opening is not None:
        require_digest(content.opening.body_sha256, "opening.body_sha256")
    check_head(content.agency, content.regulation, content.category, content.further)
    for where in ("participants", "absent", "declarations"):
        check_people(getattr(content, where), where)
    posting = content.kind in (MinutesKind.POSTING, MinutesKind.CLOSING)
    check_documents(content.documents, needed=posting and not content.declarations)
    check_channels(content.channels, needed=not content.kind.of_meeting)
    check_feedback(content.feedback)
    check_journal(content.journal)
    check_roles(content.roles)
    _check_kind(content)
    return content if content.subject.strip() else replace(content, subject=SUBJECTS[content.kind])


def _check_kind(content: MinutesContent) -> None:
    if (content.meeting is not None) != content.kind.of_meeting:
        raise content_error(
            _("Diễn biến cuộc họp thuộc biên bản hội nghị, kiểm phiếu, và biên bản ấy không thể thiếu nó."),
            "meeting", _("Chọn đúng loại biên bản, hoặc ghi chủ trì, thư ký và số người dự."),
        )  # fmt: skip
    if content.meeting is not None:
        check_meeting(content.meeting, counted=content.kind is MinutesKind.BALLOT)
    if content.kind is MinutesKind.DECLARATIONS and not content.declarations:
        raise content_error(
            _("Biên bản công khai bản kê khai phải nêu tên từng người có bản kê khai được niêm yết."),
            "declarations", _("Ghi họ tên, chức vụ từng người; không ghi nội dung bản kê khai."),
        )  # fmt: skip
    if content.kind is not MinutesKind.CLOSING:
        if content.feedback or content.opening or any(channel.posted_to for channel in content.channels):
            raise content_error(
                _("Biên bản niêm yết không được ghi kết quả của việc kết thúc niêm yết."),
                "kind",
                _("Dùng biên bản kết thúc niêm yết cho thời điểm gỡ và ý kiến đã nhận."),
            )
        return
    if content.opening is None or content.feedback is None:
        raise content_error(
            _("Biên bản kết thúc phải dẫn biên bản niêm yết và ghi ý kiến đã nhận (hoặc không có ý kiến)."),
            "opening" if content.opening is None else "feedback",
            _("Bổ sung phần còn thiếu."),
        )
    for place, channel in enumerate(content.channels, 1):
        where = f"channels[{place}].posted_to"
        if channel.posted_to is None and channel.required_days > 0:
            raise content_error(
                _("Chưa ghi thời điểm thực tế kết thúc niêm yết tại “{place}”.").format(place=channel.place),
                where,
                _("Xác nhận thời điểm gỡ."),
            )
        early = channel.posted_to and channel.close_from and channel.posted_to < channel.close_from
        if early and not content.early_reason.strip():
            raise content_error(
                _("Niêm yết tại “{place}” kết thúc sớm hơn thời điểm luật cho phép.").format(place=channel.place),
                where,
                _("Chờ đủ thời hạn, hoặc ghi rõ lý do kết thúc sớm; biên bản sẽ nêu đúng thời gian thực tế."),
            )


def document_bytes(namespace: str, root_name: str, shape: Shape[_T], record: _T) -> bytes:
    """
    Write `record` as the ``Body`` of a document that can be signed, and hold it against the schema of `namespace`.

    Raises:
        InputError: the schema refuses what the checks let pass.
    """
    root = etree.Element(f"{{{namespace}}}{root_name}", nsmap={None: namespace})
    body = etree.SubElement(root, f"{{{namespace}}}Body")
    body.set("Id", "body")
    shape.write(body, record)
    return checked_bytes(root)


def checked_bytes(root: etree._Element) -> bytes:
    """Serialise a tree (UTF-8, declaration, nothing pretty) and hold the bytes, not the tree, against the schema."""
    xml = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    validate(xml)
    return xml
