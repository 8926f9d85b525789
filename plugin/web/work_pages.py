"""The work list, and the acts that its rows offer."""

import sqlalchemy as sa
from starlette.responses import Response

from .. import worklist
from ..desk import confirm_matter, exclude_matter
from ..errors import InputError
from ..outbox import settle_by_person
from ..store import tables as t
from ..text import _
from ..work import retry, skip
from .bulk import each, outcome
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect


def kind_titles() -> dict[str, str]:
    """Return what each kind of work is called, in the order of the page."""
    return {
        "overdue": _("Quá hạn công khai"), "today": _("Hạn hôm nay"), "review": _("Chờ xác nhận nội dung"),
        "tag": _("Chờ xem lại nhãn"), "posting": _("Chờ xác nhận đã niêm yết"), "unsure": _("Chưa rõ đã đăng chưa"),
        "take-down": _("Chờ gỡ xuống"), "vanished": _("Bị thu hồi hoặc không còn ở nguồn"),
        "feedback": _("Ý kiến chưa xử lý"), "number": _("Chờ số"),
        "facts": _("Chờ nhập nội dung biên bản"), "signature": _("Chờ chữ ký"),
        "dossier": _("Hồ sơ thiếu thành phần"), "stuck": _("Vướng mắc kỹ thuật"),
    }  # fmt: skip


def _steps() -> dict[str, tuple[str, str]]:
    """Return where a row of a kind is worked on, before the subject's id, and what the link is called."""
    return {
        "posting": ("/niem-yet/", _("Xác nhận")), "unsure": ("/niem-yet/", _("Kiểm tra và xác nhận")),
        "take-down": ("/niem-yet/", _("Xác nhận đã gỡ")), "tag": ("/nhan/", _("Xem lại")),
        "feedback": ("/y-kien/", _("Xử lý")), "number": ("/so/", _("Ghi số")),
        "facts": ("/noi-dung-bien-ban/", _("Nhập")), "vanished": ("/mat-o-nguon/", _("Kết luận")),
        "dossier": ("/ho-so/", _("Xem và bổ sung")),
    }  # fmt: skip


def home(visit: Visit) -> Response:
    """Show every kind with its number and its first rows."""
    counts = worklist.counts(visit.house)
    chosen, category = visit.query("loai"), visit.query("khoan")
    titles = kind_titles()
    if chosen and chosen not in titles:
        raise InputError(_("Không có loại việc này."), where=chosen, code="congkhai-E710")
    kind = chosen or next((one for one in titles if counts[one]), "")
    rows: list[worklist.Item] = []
    following = ""
    if kind == "stuck":
        rows = worklist.stuck(visit.house)
    elif kind:
        rows = worklist.items(
            visit.house, kind, after=visit.query("sau"), limit=worklist.PAGE + 1, category=category
        )  # fmt: skip
        if len(rows) > worklist.PAGE:
            rows = rows[: worklist.PAGE]
            following = rows[-1].key
    return page(
        visit, "work.html", counts=counts, titles=titles, kind=kind, rows=rows, following=following,
        most=worklist.MOST_COUNTED, category=category, filtered=bool(kind) and kind not in worklist.APART,
        categories=[(one.clause, one.text) for one in visit.house.regulation.categories],
        step=_steps().get(kind, ("", "")),
    )  # fmt: skip


def _chosen(visit: Visit) -> list[str]:
    chosen = list(visit.texts("id"))
    if not chosen:
        raise InputError(_("Chưa chọn nội dung nào."), code="congkhai-E711", advice=_("Đánh dấu ít nhất một dòng."))
    return chosen


def _title(visit: Visit, disclosure: str) -> str:
    with visit.house.store.read() as connection:
        found = connection.scalar(sa.select(t.disclosure.c.title).where(t.disclosure.c.id == disclosure))
    return str(found or disclosure)


def confirm(visit: Visit) -> Response:
    """Confirm every ticked matter: each becomes due and is published. What cannot be confirmed is named."""
    done, failures = each(
        _chosen(visit), lambda id_: confirm_matter(visit.house, id_, visit.person), lambda id_: _title(visit, id_)
    )  # fmt: skip
    return outcome(visit, done, failures, "/?loai=review", "confirmed")


def exclude(visit: Visit) -> Response:
    """Decide that ticked matters are not disclosed, with the reason."""
    reason = visit.text("reason", needed=_("lý do không công khai"))
    done, failures = each(
        _chosen(visit), lambda id_: exclude_matter(visit.house, id_, visit.person, reason),
        lambda id_: _title(visit, id_),
    )  # fmt: skip
    return outcome(visit, done, failures, "/?loai=review", "excluded")


def _stuck(visit: Visit, *, found: bool) -> None:
    if not found:
        raise InputError(
            _("Không có việc bị vướng nào mang khoá này; có thể người khác vừa xử lý."), where=visit.text("key")[:80],
            code="congkhai-E141", advice=_("Tải lại danh sách vướng mắc."),
        )  # fmt: skip


def retried(visit: Visit) -> Response:
    """Let stuck work run again at once."""
    key = visit.text("key", needed=_("việc bị vướng"))
    _stuck(visit, found=retry(visit.house, key, visit.person))
    return redirect("/?loai=stuck", done="retried")


def skipped(visit: Visit) -> Response:
    """Give up stuck work, with the reason."""
    key, reason = visit.text("key", needed=_("việc bị vướng")), visit.text("reason", needed=_("lý do bỏ qua"))
    _stuck(visit, found=skip(visit.house, key, visit.person, reason))
    return redirect("/?loai=stuck", done="skipped")


def settled(visit: Visit) -> Response:
    """Say whether an act whose outcome nobody knows did happen outside."""
    key, reason = visit.text("key", needed=_("việc bị vướng")), visit.text("reason", needed=_("căn cứ"))
    happened = visit.text("happened", needed=_("kết luận")) == "yes"
    found = settle_by_person(visit.house, key, happened=happened, by=visit.person, reason=reason)
    _stuck(visit, found=found)
    return redirect("/?loai=stuck", done="saved")


PAGES = (
    Page("/", "GET", Right.READ, home),
    Page("/viec/xac-nhan", "POST", Right.CLERK, confirm),
    Page("/viec/khong-cong-khai", "POST", Right.CLERK, exclude),
    Page("/viec/chay-lai", "POST", Right.ADMIN, retried),
    Page("/viec/bo-qua", "POST", Right.ADMIN, skipped),
    Page("/viec/ket-luan", "POST", Right.ADMIN, settled),
)
