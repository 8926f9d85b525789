"""
A verification's result in the words that TT 15/2025/TT-BKHCN Điều 6 wants shown, for the terminal and for paper.

What comes out of foreign files is cleaned of control characters: it must not steer the reader's terminal.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .clock import ZONE
from .text import _

if TYPE_CHECKING:
    from congkhai.signing import FileReport, Report, SignatureReport, TimestampReport

MOST_SHOWN = 12


def clean(text: str) -> str:
    """Return a text with everything that is not printable replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def local(moment: datetime) -> str:
    """Return a moment in Vietnamese time, as people write it."""
    return f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"


def overall_line(report: "Report") -> str:
    """Return the sentence for everything together."""
    results = {
        "TOTAL_PASSED": _("Kết quả chung: hợp lệ."),
        "TOTAL_FAILED": _("Kết quả chung: không hợp lệ."),
        "INDETERMINATE": _("Kết quả chung: chưa kết luận được."),
    }
    return results[report.indication]


def file_line(file: "FileReport") -> str:
    """Return the result of one file in a few words."""
    if file.indication == "TOTAL_PASSED":
        return _("hợp lệ ({count} chữ ký)").format(count=len(file.signatures))
    return _("không hợp lệ") if file.indication == "TOTAL_FAILED" else _("chưa kết luận được")


def result_line(signature: "SignatureReport") -> str:
    """Return the result line of one signature, as Điều 6 wants it, with the reason when it is not valid."""
    reason = clean(signature.messages[0]) if signature.messages else ""
    if signature.indication == "TOTAL_PASSED":
        return _("Chữ ký số hợp lệ")
    # A weak algorithm leaves the question open to a validator, but the circular wants it called what it is.
    if signature.indication == "TOTAL_FAILED" or signature.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE":
        return _("Chữ ký số không hợp lệ: {reason}").format(reason=reason)
    return _("Chưa kết luận được: {reason}").format(reason=reason)


def fields(signature: "SignatureReport") -> list[tuple[str, str]]:
    """
    Return the seven fields of Điều 6 in its own words, then what else tells, each with its label, whatever the result.
    """
    unknown = _("không có thông tin")
    integrity = {
        "intact": _("nguyên vẹn, không thay đổi sau khi ký"),
        "changed": _("đã bị thay đổi"),
        "unknown": _("không kiểm tra được"),
    }
    status = {
        "good": _("không bị thu hồi, tạm dừng"),
        "revoked": _("đã bị thu hồi hoặc tạm dừng"),
        "unknown": _("CẢNH BÁO: không kiểm tra được trạng thái (CRL, OCSP)"),
    }
    signing_time = signature.timestamp_time or signature.signing_time
    stamped = signature.timestamp_time is not None
    kind = _("dấu thời gian") if stamped else _("do người ký tự khai, không phải dấu thời gian")
    role = f" ({clean(signature.role)})" if signature.role else ""
    return [
        (_("Cơ quan, tổ chức tạo lập, cấp, phát hành chứng thư chữ ký số"), clean(signature.issuer) or unknown),
        (_("Chủ thể ký"), f"{clean(signature.signer) or unknown}{role}"),
        (_("Đơn vị quản lý chứng thư chữ ký số"), clean(signature.cert_manager) or unknown),
        (_("Thời điểm ký số hoặc dấu thời gian"), f"{local(signing_time)} ({kind})" if signing_time else unknown),
        (_("Tính toàn vẹn của thông điệp dữ liệu đã ký"), integrity[signature.integrity]),
        (_("Tính hợp lệ của chữ ký số tại thời điểm ký"), result_line(signature)),
        (_("Thời hạn có hiệu lực của chứng thư chữ ký số"), _period(signature) or unknown),
        (_("Đường dẫn tin cậy"), " ← ".join(clean(one) for one in signature.chain) or _("không có")),
        (_("Trạng thái chứng thư"), status[signature.revocation]),
        (_("Dấu thời gian"), _stamps(signature.timestamps)),
        (_("Phạm vi được ký"), _scope(signature)),
        (_("Mức, thuật toán"), f"{signature.level or unknown}, {clean(signature.algorithm) or unknown}"),
    ]


def finding_lines(report: "Report") -> list[tuple[str, str]]:
    """Return what else was found: one line each, and its advice or an empty text."""
    weight = {"error": _("Lỗi"), "warn": _("Cảnh báo"), "info": _("Thông tin")}
    return [
        (f"{weight[one.severity]} {one.id} – {clean(one.where)}: {clean(one.message)}", clean(one.advice))
        for one in report.findings
    ]


def _stamps(stamps: "Sequence[TimestampReport]") -> str:
    """Return every timestamp with its validity: the circular asks for it wherever there is one."""
    shown = [_stamp(one) for one in stamps[:MOST_SHOWN]]
    if len(stamps) > MOST_SHOWN:
        shown.append(_("và {count} dấu khác").format(count=len(stamps) - MOST_SHOWN))
    return "; ".join(shown) or _("không có")


def _stamp(stamp: "TimestampReport") -> str:
    kinds = {
        "signature": _("cho chữ ký"), "archive": _("lưu trữ"), "content": _("cho nội dung"),
        "document": _("cho tài liệu"), "container": _("cho gói"),
    }  # fmt: skip
    results = {
        "TOTAL_PASSED": _("hợp lệ"), "TOTAL_FAILED": _("không hợp lệ"), "INDETERMINATE": _("chưa kết luận được"),
    }  # fmt: skip
    moment = local(stamp.time) if stamp.time else _("không đọc được")
    who = f" ({clean(stamp.service)})" if stamp.service else ""
    return f"{kinds[stamp.kind]}, {moment}{who}: {results[stamp.indication]}"


def _scope(signature: "SignatureReport") -> str:
    names = ", ".join(clean(one) for one in signature.scope[:MOST_SHOWN]) or _("không xác định")
    rest = len(signature.scope) - MOST_SHOWN
    more = _(" và {count} nội dung khác").format(count=rest) if rest > 0 else ""
    kind = _("toàn bộ") if signature.covers == "FULL" else _("chỉ một phần")
    return f"{kind}: {names}{more}"


def _period(signature: "SignatureReport") -> str:
    start, end = signature.certificate_valid_from, signature.certificate_valid_to
    return _("từ {start} đến {end}").format(start=local(start), end=local(end)) if start and end else ""
