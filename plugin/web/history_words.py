"""What happened, in the words of people: one sentence for every act that the journal can hold."""

from collections.abc import Callable, Mapping
from typing import Any

from ..signing_return import level_words
from ..text import _
from .words import state_words

Facts = Mapping[str, Any]


def _table() -> dict[str, str]:
    return {
        "document.received": _("Nhận văn bản"), "document.tagged": _("Đề xuất nội dung công khai"),
        "document.linked": _("Liên kết với văn bản khác"), "document.recalled": _("Văn bản bị thu hồi"),
        "document.waiting": _("Văn bản chờ tải đúng tệp"), "document.completed": _("Đã tải lại được tệp"),
        "document.vanished": _("Văn bản không còn trên hệ thống nguồn"),
        "document.seen-again": _("Văn bản hiện lại trên hệ thống nguồn"),
        "document.kept": _("Kết luận vẫn giữ văn bản"),
        "document.refused": _("Từ chối văn bản vì độ mật"), "document.replaced": _("Văn bản được thay thế"),
        "document.updated": _("Văn bản có bản mới ở hệ thống nguồn"), "packet.rejected": _("Gói tin không dùng được"),
        "disclosure.opened": _("Mở nội dung công khai"), "disclosure.state": _("Đổi trạng thái"),
        "disclosure.note": _("Ghi chú"), "disclosure.overdue": _("Quá hạn công khai"),
        "disclosure.document": _("Thay văn bản bằng bản mới trước khi công khai"),
        "disclosure.corrected": _("Thay văn bản bằng bản đã sửa"), "disclosure.retagged": _("Đổi nhóm nội dung"),
        "limit.changed": _("Tính lại thời hạn"),
        "posting.planned": _("Lập lần công khai"), "posting.waiting": _("Chờ người thực hiện"),
        "posting.held": _("Giữ lại vì có thể có dữ liệu cá nhân"),
        "posting.overruled": _("Cho công khai dù có điều đã nêu"),
        "posting.missing-form": _("Thiếu một hình thức công khai bắt buộc"), "posting.released": _("Cho phép đăng"),
        "posting.up": _("Bắt đầu công khai"), "posting.looked": _("Kiểm tra nơi công khai"),
        "posting.not-looked": _("Bỏ lỡ lần kiểm tra vì hệ thống không chạy"),
        "posting.resumed": _("Cho hiển thị lại"), "posting.replaced": _("Đã thay bằng bản sửa"),
        "posting.republished": _("Đã đăng lại"), "posting.exempted": _("Ghi miễn thời gian công khai"),
        "posting.early-end": _("Kết thúc trước thời hạn"), "posting.overstay": _("Quá thời gian mà chưa gỡ"),
        "posting.down": _("Kết thúc công khai tại nơi này"), "posting.removed": _("Gỡ xuống"),
        "interruption.began": _("Bắt đầu gián đoạn"), "interruption.ended": _("Hết gián đoạn"),
        "interruption.decided": _("Quyết định cách tính gián đoạn"), "evidence.added": _("Thêm minh chứng"),
        "publish.planned": _("Chuẩn bị đăng"), "publish.done": _("Đã đăng"),
        "publish.unsure": _("Chưa rõ đã đăng chưa"),
        "publish.decided": _("Người có trách nhiệm kết luận việc đăng"),
        "withdraw.planned": _("Chuẩn bị gỡ"), "withdraw.done": _("Đã gỡ"), "withdraw.unsure": _("Chưa rõ đã gỡ chưa"),
        "withdraw.decided": _("Người có trách nhiệm kết luận việc gỡ"),
        "hide.planned": _("Chuẩn bị ẩn tạm thời"), "hide.done": _("Đã ẩn tạm thời"),
        "hide.unsure": _("Chưa rõ đã ẩn chưa"), "hide.decided": _("Người có trách nhiệm kết luận việc ẩn"),
        "file.planned": _("Chuẩn bị nộp hồ sơ"), "file.done": _("Đã gửi hồ sơ"),
        "file.unsure": _("Chưa rõ đã nộp chưa"), "file.decided": _("Người có trách nhiệm kết luận việc nộp"),
        "sweep.mended": _("Đặt lại việc bị thiếu"), "dossier.receipt": _("Lấy lại biên nhận nộp hồ sơ"),
        "fsck.mended": _("Sửa chỗ hỏng của kho"), "fsck.quarantined": _("Cách ly tệp không thuộc hồ sơ nào"),
        "journal.checkpoint": _("Ký điểm kiểm tra của nhật ký"),
        "journal.stamped": _("Đóng dấu thời gian điểm kiểm tra"),
        "minutes.asked": _("Chờ người nhập nội dung biên bản"), "minutes.entered": _("Nhập nội dung biên bản"),
        "minutes.complete": _("Biên bản đủ chữ ký"),
        "minutes.made": _("Lập biên bản"), "minutes.signed": _("Ký"),
        "signing.asked": _("Gửi yêu cầu xác nhận ký đến điện thoại"),
        "signing.ended": _("Yêu cầu ký từ xa kết thúc mà chưa có chữ ký"),
        "minutes.waiting": _("Biên bản chờ nguồn ý kiến"),
        "minutes.raised": _("Nâng chữ ký để giữ giá trị lâu dài"), "minutes.scanned": _("Lưu bản quét có chữ ký tay"),
        "dossier.incomplete": _("Hồ sơ còn thiếu"), "dossier.sealed": _("Niêm phong hồ sơ"),
        "dossier.raised": _("Nâng hồ sơ để giữ giá trị lâu dài"), "dossier.filed": _("Nộp hồ sơ"),
        "dossier.reopened": _("Mở lại hồ sơ để lập bản mới"), "dossier.packaged": _("Đóng gói hồ sơ nộp lưu trữ"),
        "dossier.waived": _("Người đứng đầu quyết định kết thúc hồ sơ còn thiếu"),
        "dossier.drafted": _("Soạn quyết định kết thúc hồ sơ còn thiếu"),
        "dossier.": _("Hồ sơ đổi trạng thái"), "claim.": _("Xét một thành phần hồ sơ"),
        "duty.": _("Nghĩa vụ đổi trạng thái"),
        "dossier.asked": _("Yêu cầu lập hồ sơ"), "report.made": _("Lập báo cáo"),
        "number.wanted": _("Xin số văn bản"),
        "number.reserved": _("Giữ số văn bản"), "number.void": _("Hủy số văn bản"),
        "number.dossier": _("Cấp số hồ sơ"), "order.deputies": _("Xác định người ký thay"),
        "order.approved": _("Duyệt trước khi ký"), "order.refused": _("Từ chối ký kèm lý do"),
        "order.resumed": _("Cho ký tiếp"), "minutes.voided": _("Hủy biên bản"),
        "deputy.entered": _("Ghi người được ủy quyền"), "deputy.ended": _("Chấm dứt ủy quyền"),
        "absence.entered": _("Ghi thời gian vắng mặt"),
        "matter.opened": _("Mở việc"), "matter.confirmed": _("Xác nhận việc"),
        "store.restored": _("Khôi phục kho từ bản sao lưu"),
        "feedback.added": _("Nhận ý kiến"), "feedback.assigned": _("Xếp ý kiến vào nội dung này"),
        "feedback.answered": _("Trả lời ý kiến"), "feedback.marked": _("Đánh dấu ý kiến"),
        "feedback.acknowledged": _("Báo đã nhận ý kiến"), "feedback.erased": _("Xóa nội dung một ý kiến"),
        "feedback.looked": _("Xem nguồn ý kiến"), "feedback.failing": _("Không đọc được nguồn ý kiến"),
        "feedback.resumed": _("Đọc lại nguồn ý kiến"),
        "supply.asked": _("Nhận yêu cầu cung cấp thông tin"),
        "supply.answered": _("Trả lời yêu cầu cung cấp thông tin"),
        "supply.overdue": _("Quá hạn trả lời yêu cầu cung cấp thông tin"),
        "tag.corrected": _("Văn thư xác định nội dung công khai"), "tag.correction.revoked": _("Thu hồi lần sửa nhãn"),
        "tag.corrections.imported": _("Nhận các lần sửa nhãn"),
        "duty.opened": _("Mở nghĩa vụ"), "duty.moved": _("Đổi hạn nghĩa vụ"), "duty.done": _("Hoàn thành nghĩa vụ"),
        "duty.dropped": _("Bỏ nghĩa vụ kèm lý do"), "reminder.sent": _("Gửi nhắc việc"),
        "work.stuck": _("Việc bị vướng"), "work.retry": _("Chạy lại việc bị vướng"),
        "work.skip": _("Bỏ qua việc bị vướng kèm lý do"), "source.failing": _("Không lấy được văn bản từ nguồn"),
        "clock.released": _("Xác nhận giờ máy đúng"),
        "account.added": _("Thêm tài khoản"), "account.disabled": _("Khóa tài khoản"),
        "account.enabled": _("Mở lại tài khoản"), "account.password": _("Đổi mật khẩu"),
        "account.duties": _("Vai trò của tài khoản đổi theo nhóm ở nơi đăng nhập"),
        "account.refused": _("Từ chối đăng nhập"), "account.ticket": _("Cấp mã đăng nhập một lần"),
        "token.made": _("Cấp mã truy cập"), "token.ended": _("Chấm dứt mã truy cập"),
        "api.disclosure": _("Hệ thống khác đọc nội dung công khai"), "api.dossier": _("Hệ thống khác đọc hồ sơ"),
        "api.container": _("Hệ thống khác lấy gói hồ sơ"),
        "read.file": _("Xem tệp của văn bản"), "read.dossier": _("Lấy gói hồ sơ"), "read.paper": _("Xem biên bản"),
        "read.scan": _("Xem bản quét"), "read.proof": _("Xem minh chứng"), "read.comment": _("Xem một ý kiến"),
        "session.begun": _("Đăng nhập"), "session.ended": _("Kết thúc phiên"),
        "session.proven": _("Xác nhận lại danh tính"),
    }  # fmt: skip


def _change(facts: Facts) -> str:
    return f"{state_words(str(facts.get('before', '')))} → {state_words(str(facts.get('after', '')))}"


_DETAILS: dict[str, Callable[[Facts], str]] = {
    "disclosure.state": _change,
    "minutes.signed": lambda facts: level_words(str(facts["level"])) if facts.get("level") else "",
    "posting.looked": lambda facts: look_words(str(facts.get("result", ""))),
    "evidence.added": lambda facts: evidence_words(str(facts.get("kind", ""))),
    "interruption.began": lambda facts: break_words(str(facts.get("kind", ""))),
    "interruption.ended": lambda facts: break_words(str(facts.get("kind", ""))),
}


def is_named(act: str) -> bool:
    """Tell whether there are words for an act, or for a family of acts (a name that ends in a point)."""
    return act in _table()


def act_words(act: str, facts: Facts) -> str:
    """Return what happened, by the act or its family (``duty.``); an act of a newer version keeps its own name."""
    table = _table()
    words = table.get(act) or table.get(act.partition(".")[0] + ".", act)
    detail = _DETAILS[act](facts) if act in _DETAILS else ""
    return f"{words}: {detail}" if detail else words


def look_words(result: str) -> str:
    """Return what a look at a posting found."""
    names = {
        "seen": _("còn hiển thị"), "gone": _("không còn hiển thị"), "changed": _("nội dung đã khác"),
        "unknown": _("không kết luận được"), "missed": _("bỏ lỡ"),
    }  # fmt: skip
    return names.get(result, result)


def break_words(kind: str) -> str:
    """Return what kind an interruption is of."""
    names = {
        "gap": _("không còn thấy"), "change": _("nội dung bị khác"), "pause": _("tạm dừng"),
        "correction": _("đang thay bằng bản sửa"),
    }  # fmt: skip
    return names.get(kind, kind)


def evidence_words(kind: str) -> str:
    """Return what kind a proof is of."""
    names = {
        "photo": _("ảnh chụp"), "page": _("trang đã đăng"), "receipt": _("biên nhận của hệ thống"),
        "probe": _("lần kiểm tra"), "confirmation": _("xác nhận của người thực hiện"), "document": _("tài liệu"),
        "statement": _("nội dung người thực hiện khai"), "early_end": _("lý do kết thúc sớm"), "removal": _("đã gỡ"),
    }  # fmt: skip
    return names.get(kind, kind)


def actor_words(actor: str) -> str:
    """Return who acted: the machine by its Vietnamese name, a person by theirs."""
    return _("hệ thống") if actor == "congkhai" else actor


def stuck_words(what: str) -> str:
    """Return what kind of thing is stuck; a name that is not ours (a plugin's, a code) stays as it is."""
    act = what.removeprefix("unsure-")
    acts = {
        "publish": _("đăng"), "withdraw": _("gỡ"), "hide": _("ẩn tạm thời"), "file": _("nộp hồ sơ"),
        "republish": _("đăng lại"), "minutes": _("lập biên bản"), "sign": _("ký tự động"),
        "remote-sign": _("ký từ xa"), "tag": _("gắn nhãn"),
        "pull": _("lấy văn bản"), "dossier": _("lập hồ sơ"), "raise": _("nâng chữ ký"), "probe": _("kiểm tra nơi đăng"),
        "source": _("nguồn văn bản"), "source-paused": _("nguồn văn bản đang tạm dừng"),
        "plugin": _("thành phần mở rộng"),
        "feedback-source": _("nguồn ý kiến"), "attachment": _("tệp đính kèm"), "supply": _("cung cấp thông tin"),
        "source-shows-less": _("nguồn cho thấy ít văn bản hơn"),
        "early-end": _("kết thúc sớm"), "overdue": _("quá hạn công khai"),
    }  # fmt: skip
    if act not in acts:
        return what
    return _("Chưa rõ kết quả: {act}").format(act=acts[act]) if what != act else acts[act].capitalize()
