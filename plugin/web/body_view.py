"""
What a signature will cover, field by field: every element and attribute of the body in its order, from its octets.

Nothing is left out, added or reworded: a value stands as it was written, with the day or hour in words before it where
it is one. A test holds the names to the schemas, so that no field can come without its label.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from ..text import _
from .words import day_words, moment_words

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d|Z)")


@dataclass(frozen=True, slots=True)
class Field:
    """
    One element or attribute.

    Attributes:
        label: its name in Vietnamese.
        text: its value exactly as written; empty for one that only holds others.
        words: the value as people say it, where it is a day or a moment; else empty.
        inside: what it holds, attributes first.
    """

    label: str
    text: str
    words: str
    inside: tuple["Field", ...]


def fields_of(body: bytes) -> tuple[Field, ...]:
    """
    Return the fields of a body.

    Args:
        body: its octets as a file of their own, from `body_file`.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return _field(etree.fromstring(body, parser), labels()).inside


def _field(element: etree._Element, names: Mapping[str, str]) -> Field:
    attributes = tuple(
        _leaf(f"@{etree.QName(key).localname}", str(text), names) for key, text in element.attrib.items()
    )
    children = tuple(_field(child, names) for child in element.iterchildren(etree.Element))
    name = etree.QName(element).localname
    if children:
        return Field(names.get(name, name), "", "", (*attributes, *children))
    leaf = _leaf(name, element.text or "", names)
    return Field(leaf.label, leaf.text, leaf.words, attributes)


def _leaf(name: str, text: str, names: Mapping[str, str]) -> Field:
    words = ""
    if _MOMENT.fullmatch(text):
        words = moment_words(datetime.fromisoformat(text))
    elif _DAY.fullmatch(text):
        words = day_words(date.fromisoformat(text))
    return Field(names.get(name, name), text, words, ())  # what a newer version adds keeps its own name


def labels() -> dict[str, str]:
    """Return what each element, and each attribute (``@name``), is called."""
    return {
        "@Id": _("Mã phần thân"), "@kind": _("Loại"), "@key": _("Khóa"), "@form": _("Hình thức (khóa)"),
        "@posting": _("Mã lần công khai"), "@order": _("Thứ tự"), "@status": _("Tình trạng"), "@count": _("Số lượng"),
        "@seq": _("Số thứ tự trong nhật ký"), "@votes": _("Số phiếu"), "@issued": _("Phát ra"),
        "@returned": _("Thu về"), "@valid": _("Hợp lệ"), "@invalid": _("Không hợp lệ"),
        "@summoned": _("Được triệu tập"), "@present": _("Có mặt"), "@seen": _("Số lần thấy"),
        "@gone": _("Số lần không thấy"), "@changed": _("Số lần nội dung khác"),
        "@unknown": _("Số lần không kết luận được"), "@missed": _("Số lần bỏ lỡ"), "@cause": _("Nguyên nhân"),
        "Absentee": _("Người vắng mặt"), "Absentees": _("Những người vắng mặt"), "Address": _("Địa chỉ"),
        "Addressee": _("Nơi nhận"), "Addressees": _("Kính gửi"), "Agenda": _("Chương trình"), "Answer": _("Trả lời"),
        "Attachment": _("Tệp"), "Attachments": _("Các tệp"), "Availability": _("Kết quả kiểm tra hiển thị"),
        "Ballot": _("Lần biểu quyết"), "Ballots": _("Biểu quyết"), "Bases": _("Căn cứ"), "Basis": _("Căn cứ"),
        "BodySha256": _("Mã băm phần thân"), "By": _("Người thực hiện"), "Capacity": _("Thẩm quyền ký"),
        "Category": _("Nội dung công khai"), "Certificate": _("Chứng thư TLS"),
        "Certificates": _("Các chứng thư TLS"), "Chair": _("Chủ trì"), "Channel": _("Hình thức công khai"),
        "Channels": _("Các hình thức công khai"), "Choice": _("Phương án"), "Choices": _("Các phương án"),
        "Clause": _("Điều, khoản"), "Code": _("Số, ký hiệu"), "CodeNotation": _("Ký hiệu"), "CodeNumber": _("Số"),
        "Comment": _("Ý kiến"), "Comments": _("Các ý kiến"), "Conclusion": _("Kết luận"),
        "Conclusions": _("Các kết luận"), "Content": _("Nội dung"), "Counter": _("Người kiểm phiếu"),
        "Counters": _("Tổ kiểm phiếu"), "CountingRule": _("Cách tính thời gian"), "Days": _("Các ngày"),
        "Declarant": _("Người kê khai"), "Declarants": _("Những người kê khai"), "Description": _("Ghi chú"),
        "Document": _("Văn bản"), "Documents": _("Các văn bản"), "EarlyClosingReason": _("Lý do kết thúc sớm"),
        "EarliestClosing": _("Được kết thúc sớm nhất từ"), "Evidence": _("Minh chứng"),
        "EvidenceList": _("Các minh chứng"), "ExactDuration": _("Thời hạn đúng"), "Feedback": _("Ý kiến đã nhận"),
        "FeedbackReceiver": _("Người tiếp nhận ý kiến"), "FileName": _("Tên tệp"), "Finished": _("Kết thúc lúc"),
        "Form": _("Hình thức"), "From": _("Từ"), "FullName": _("Họ và tên"),
        "FurtherCategories": _("Các nội dung công khai khác"), "Interruption": _("Gián đoạn"),
        "Interruptions": _("Các lần gián đoạn"), "IssuedDate": _("Ngày ban hành"), "Item": _("Mục"),
        "JournalHead": _("Đầu nhật ký khi lập"), "Line": _("Dòng"), "LongestFrom": _("Khoảng không thấy dài nhất từ"),
        "LongestTo": _("Khoảng không thấy dài nhất đến"), "Made": _("Lập lúc"), "MediaType": _("Loại tệp"),
        "Meeting": _("Cuộc họp"), "Minutes": _("Biên bản"), "MinutesId": _("Mã biên bản"),
        "MinutesList": _("Các biên bản"), "Name": _("Tên"), "NotAfter": _("Hết hiệu lực"), "Organ": _("Cơ quan"),
        "OrganId": _("Mã định danh cơ quan"), "OrganName": _("Tên cơ quan"), "Outcome": _("Kết quả xử lý"),
        "PageAmount": _("Số trang"), "Participant": _("Người tham dự"), "Participants": _("Thành phần tham dự"),
        "Place": _("Địa điểm"), "Position": _("Chức vụ"), "PostedFrom": _("Công khai từ"),
        "PostedTo": _("Công khai đến"), "PostingMinutes": _("Biên bản niêm yết"), "Question": _("Vấn đề biểu quyết"),
        "ReadUntil": _("Đã đọc đến"), "Reason": _("Lý do"), "Recipient": _("Nơi nhận"),
        "Recipients": _("Các nơi nhận"), "Regime": _("Chế độ"), "Regulation": _("Quy định"), "Remark": _("Nhận xét"),
        "Remarks": _("Các nhận xét"), "ReportId": _("Mã báo cáo"), "RequiredDays": _("Số ngày phải công khai"),
        "RequiredRoles": _("Những người phải ký"), "Role": _("Người phải ký"), "Secretary": _("Thư ký"),
        "Sha256": _("Mã băm SHA-256"), "Size": _("Dung lượng (byte)"), "Source": _("Nguồn"),
        "Speaker": _("Người phát biểu"), "Speech": _("Phát biểu"), "Speeches": _("Các phát biểu"),
        "Started": _("Bắt đầu lúc"), "Subject": _("Trích yếu, nội dung"), "SuperiorOrganName": _("Cơ quan cấp trên"),
        "Time": _("Thời điểm"), "Title": _("Tên"), "To": _("Đến"), "TypeName": _("Tên loại"),
        "Unobserved": _("Khoảng không quan sát được"), "UnobservedList": _("Các khoảng không quan sát được"),
        "DossierId": _("Mã hồ sơ"), "Version": _("Bản số"), "Lacking": _("Những gì còn thiếu hoặc chưa đúng"),
        "Lack": _("Còn thiếu"), "Effect": _("Hệ quả"), "Part": _("Phần"), "Message": _("Nội dung"),
        "@code": _("Mã kiểm tra"),
        "UnreadSource": _("Nguồn chưa đọc hết"), "UnreadSources": _("Các nguồn chưa đọc hết"),
    }  # fmt: skip
