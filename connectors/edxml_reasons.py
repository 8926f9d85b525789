"""
Reason codes of edXML packets and their attachments, with the sentence a clerk reads.

A code is stable; neither code nor sentence ever holds text of the packet (edXML reference, parsing rule 11).
"""

from dataclasses import dataclass

from congkhai.plugin.errors import InputError
from congkhai.plugin.records import PulledProblem
from congkhai.plugin.text import _

HELD = frozenset(
    {
        "second_header", "repeated_element", "duplicate_content_id", "bad_base64", "same_id_other_content",
        "target_missing", "target_ambiguous", "business_type_unknown", "held_by_house",
    }
)  # fmt: skip
"""Codes of packets that are readable but need a person; every other packet code means quarantine."""


@dataclass(eq=False)
class PacketError(InputError):
    """A packet that cannot be used; `code` is one of the packet reason codes of this module."""

    @property
    def held(self) -> bool:
        """Tell whether a person has to decide (True), or the packet is unreadable or hostile (False)."""
        return self.code in HELD


def packet_error(code: str) -> PacketError:
    """Make the error for a packet reason code; raises KeyError for a code that does not exist."""
    return PacketError(what=_packet_reasons()[code], advice=_packet_advice(code), code=code)


def attachment_error(code: str, where: str) -> InputError:
    """
    Make the error for an attachment reason code.

    Args:
        code: see `_attachment_reasons`; a KeyError for others.
        where: number of the attachment, free of its name.
    """
    advice = _("Văn bản vẫn được nhận; đề nghị cơ quan gửi gửi lại tệp này.")
    return InputError(what=_attachment_reasons()[code], where=where, advice=advice, code=code)


STATUS_FOR_PEOPLE = frozenset({"02", "13", "16"})
"""Status codes (section 4) about which a person has to do something; the others only tell how far a paper has come."""


def status_problem(code: str, ref: str, sha256: str) -> PulledProblem:
    """Say what a status packet asks of people; `ref` names the packet's file, `sha256` its bytes."""
    reasons = {
        "02": _("Nơi nhận từ chối tiếp nhận một văn bản của cơ quan."),
        "13": _("Nơi gửi yêu cầu lấy lại một văn bản đã gửi."),
        "16": _("Nơi nhận từ chối yêu cầu cập nhật hoặc lấy lại văn bản."),
    }
    advice = _("Mở gói tin trạng thái trong thư mục đã nhận để biết văn bản nào, rồi xử lý ở phần mềm quản lý văn bản.")
    return PulledProblem(ref=ref, code=f"status-{code}", message=reasons[code], advice=advice, raw_sha256=sha256)


def _packet_advice(code: str) -> str:
    if code == "same_id_other_content":
        return _("Hỏi cơ quan gửi bản nào đúng; đề nghị họ gửi gói cập nhật hoặc thay thế.")
    if code == "leading_junk":
        return _("Đề nghị nơi gửi sửa phần mềm, hoặc cho phép cắt bỏ bằng khóa trim-leading-junk.")
    if code.startswith("limit_"):
        return _("Kiểm tra gói tin; nếu hợp lệ thì nâng giới hạn trong tệp ini rồi đưa gói lại thư mục nhận.")
    if code in HELD:
        return _("Văn thư xem gói tin; khi đã rõ thì đưa gói lại vào thư mục nhận hoặc đề nghị nơi gửi gửi lại.")
    return _("Đề nghị nơi gửi gửi lại gói tin đúng quy chuẩn QCVN 102:2016/BTTTT.")


def _packet_reasons() -> dict[str, str]:
    return {
        "empty": _("Gói tin rỗng."),
        "leading_junk": _("Có ký tự lạ trước phần khai báo XML."),
        "encoding": _("Gói tin không dùng bảng mã UTF-8."),
        "dtd": _("Gói tin khai báo DTD hoặc thực thể, có thể gây hại."),
        "not_wellformed": _("Gói tin không phải XML đúng cú pháp, hoặc bị cắt dở."),
        "mime_broken": _("Gói tin nhiều phần (MIME) bị cắt dở hoặc sai cấu trúc."),
        "not_edxml": _("Tệp XML này không phải gói tin edXML."),
        "no_header": _("Gói tin không có MessageHeader."),
        "limit_packet_size": _("Gói tin vượt dung lượng cho phép."),
        "limit_depth": _("Gói tin lồng quá nhiều tầng."),
        "limit_elements": _("Gói tin có quá nhiều phần tử."),
        "limit_attributes": _("Một phần tử có quá nhiều thuộc tính."),
        "limit_text": _("Một phần tử chứa quá nhiều chữ."),
        "limit_receivers": _("Gói tin có quá nhiều nơi nhận."),
        "limit_attachments": _("Gói tin có quá nhiều tệp đính kèm."),
        "limit_attachment_size": _("Một tệp đính kèm vượt dung lượng cho phép."),
        "limit_decoded_size": _("Tổng dung lượng tệp đính kèm vượt mức cho phép."),
        "limit_identifier": _("Mã định danh văn bản dài bất thường."),
        "limit_parse_time": _("Đọc gói tin quá lâu."),
        "second_header": _("Gói tin có nhiều hơn một MessageHeader."),
        "repeated_element": _("Một thông tin chỉ được có một lần lại xuất hiện nhiều lần với nội dung khác nhau."),
        "duplicate_content_id": _("Hai tệp đính kèm mang cùng ContentId."),
        "bad_base64": _("Dữ liệu tệp đính kèm không phải base64 hợp lệ."),
        "same_id_other_content": _("Đã có văn bản cùng mã định danh nhưng nội dung gói tin khác."),
        "target_missing": _("Gói thu hồi, cập nhật hoặc thay thế không nêu văn bản nào."),
        "target_ambiguous": _("Gói tin nêu hai văn bản khác nhau và cả hai đều đang được giữ."),
        "business_type_unknown": _("Loại nghiệp vụ của gói tin không có trong quy chuẩn."),
        "held_by_house": _("Gói tin chờ người có thẩm quyền xem xét."),
    }


def _attachment_reasons() -> dict[str, str]:
    return {
        "bad_base64": _("Dữ liệu tệp đính kèm không phải base64 hợp lệ."),
        "empty_attachment": _("Tệp đính kèm rỗng."),
        "zip_broken": _("Tệp nén vận chuyển bị hỏng."),
        "zip_mismatch": _("Nội dung trong tệp nén không đúng như tên tệp."),
        "zip_entries": _("Tệp nén vận chuyển chứa quá nhiều mục."),
        "zip_size": _("Nội dung giải nén vượt dung lượng cho phép."),
        "zip_ratio": _("Tỷ lệ nén bất thường, có thể gây hại."),
        "zip_encrypted": _("Tệp nén vận chuyển đặt mật khẩu."),
        "zip_link": _("Tệp nén vận chuyển chứa liên kết."),
        "zip_name": _("Tên mục trong tệp nén không an toàn."),
        "zip_duplicate_name": _("Tệp nén vận chuyển có hai mục trùng tên."),
        "zip_overlap": _("Các mục trong tệp nén chồng lên nhau, có thể gây hại."),
        "zip_nested": _("Tệp nén lồng trong tệp nén vận chuyển."),
        "type_mismatch": _("Nội dung tệp không đúng như phần mở rộng của tên."),
        "active_content": _("Tệp chứa mã thực thi hoặc macro nên không được giữ."),
    }
