"""
VNPT iOffice (``qlvb`` product): the connector ``ioffice``, the channel ``ioffice-notice`` and the source of feedback
``ioffice-comments``.

No vendor publishes this interface; what is known of it comes from published clients, so every path that may differ
between provinces is a setting, and everything read is taken with tolerance. The e-office is someone else's house: only
the calls of `ioffice_calls` are made, opening a detail may mark it read for our account (which should therefore be an
account of its own), and what writes is off by default.
"""

import sys
from collections.abc import Iterator, Sequence

from congkhai.plugin.errors import CongkhaiError
from congkhai.plugin.hooks import (
    RegisterChannel,
    RegisterConnector,
    RegisterFeedbackSource,
    RegisterSimulator,
    hookimpl,
)
from congkhai.plugin.interfaces import Context, Known, Presence, Sought
from congkhai.plugin.records import AttachmentRef, CheckResult, Filing, Guard, Outcome, Pulled, PulledDocument, Receipt
from congkhai.plugin.text import _

from .ioffice_calls import LIST_BRIEF, Allowed
from .ioffice_client import IofficeClient
from .ioffice_comments import IofficeComments
from .ioffice_fields import folded
from .ioffice_files import attachments, fetch
from .ioffice_filing import IofficeFiling
from .ioffice_notice import IofficeNotice
from .ioffice_presence import still_there
from .ioffice_pull import Pull, read_cursor
from .ioffice_reply import Declined
from .ioffice_settings import IofficeCommentsSettings, IofficeNoticeSettings, IofficeSettings


class IofficeConnector:
    """One iOffice account as a source of documents; see `congkhai.plugin.interfaces.Connector`."""

    def __init__(self, settings: IofficeSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        allowed = Allowed(
            login=settings.login_path,
            push=settings.push_path if settings.file_back else "",
            result=settings.result_path if settings.file_back else "",
            link=bool(settings.file_back and settings.brief),
            user_token=settings.user_token_call,
        )
        self._client = IofficeClient(settings, allowed, context.name, context.folder)
        self._filing = IofficeFiling(settings, self._client, context)

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        """Offer what is new or changed: list rows, details, no file. Raises OutsideError, AccessError."""
        return Pull(self._settings, self._client, self._context.clock, known, self.plain).run(read_cursor(cursor))

    def still_there(self, paper: Sought, known: Known) -> Presence:
        """Look whether iOffice still shows a paper; see `ioffice_presence`. Raises OutsideError, AccessError."""
        return still_there(self._settings, self._client, self._context.clock, known, paper)

    def plain(self, secrecy: str | None) -> bool:
        """
        Tell whether this source's settings vouch for the marking.

        An empty or missing marking counts by ``secrecy-empty-is-plain``; any other must stand in
        ``secrecy-plain-values``, compared without regard to case, Unicode form and blanks.
        """
        if secrecy is None or not folded(secrecy):
            return self._settings.secrecy_empty_is_plain
        return folded(secrecy) in {folded(value) for value in self._settings.secrecy_plain_values}

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the files of a document that the gate has passed. Raises OutsideError."""
        return attachments(self._settings, self._client, document)

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Fetch one file whole. Raises OutsideError, InputError."""
        return fetch(self._settings, self._client, attachment)

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """Do nothing: every paper stays where it is, whatever became of it here."""

    def file_dossier(self, filing: Filing) -> Receipt:
        """File new papers under the filing's key. Raises NotAllowedError, UndecidedError, OutsideError."""
        return self._filing.file(filing)

    def find_filed(self, key: str) -> Receipt | None:
        """Read back a filing. Raises UndecidedError, OutsideError."""
        return self._filing.find(key)

    def forget_filing(self, key: str) -> None:
        """Note that a person saw that an unclear filing did not arrive; it may then be sent again."""
        self._filing.forget(key)

    def guard(self) -> Guard:
        """Return the state of the circuit breaker."""
        return self._client.web.guard()

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live`, log in, read one row, and look for the dossier to link to."""
        name, settings = self._context.name, self._settings
        results = [
            CheckResult(f"{name}-account", "ok", _("Tài khoản iOffice dành riêng cho congkhai."))
            if settings.account_is_dedicated
            else CheckResult(
                f"{name}-account", "warn", _("Chưa xác nhận tài khoản iOffice dành riêng cho congkhai."),
                _("Mở chi tiết có thể đánh dấu đã xem; dùng tài khoản riêng rồi đặt account-is-dedicated = yes."),
            )
        ]  # fmt: skip
        if settings.secrecy_empty_is_plain:
            what = _("Văn bản có ô độ mật trống được coi là không mật.")
            results.append(CheckResult(f"{name}-secrecy", "ok", what))
        else:
            what = _("Văn bản có ô độ mật trống bị từ chối nhận.")
            advice = _("Chỉ bật secrecy-empty-is-plain khi đơn vị vận hành iOffice xác nhận bằng văn bản.")
            results.append(CheckResult(f"{name}-secrecy", "ok", what, advice))
        if settings.file_back and not settings.push_path and settings.handover_folder is None:
            advice = _("Đặt push-path do tỉnh cấp hoặc handover-folder, không thì file-back = no.")
            results.append(CheckResult(f"{name}-filing", "fail", _("file-back bật nhưng thiếu push-path."), advice))
        elif settings.file_back and settings.push_path and settings.push_form != "shared":
            what = _("Trả lời của trục LGSP khi nhận hồ sơ chưa có tài liệu công bố.")
            advice = _("Nộp thử một hồ sơ và hỏi đơn vị vận hành trục trước khi dùng thật.")
            results.append(CheckResult(f"{name}-filing", "warn", what, advice))
        elif settings.file_back and settings.push_path and not settings.result_path:
            advice = _("Đặt result-path; thiếu nó, một lần nộp không rõ kết quả phải do người xác nhận.")
            results.append(CheckResult(f"{name}-filing", "warn", _("Không có cách đọc lại việc nộp hồ sơ."), advice))
        if not live:
            results.append(CheckResult(f"{name}-live", "skipped", _("Chưa thử kết nối iOffice.")))
            return tuple(results)
        return (*results, *self._check_live())

    def _check_live(self) -> Sequence[CheckResult]:
        name, settings = self._context.name, self._settings
        results: list[CheckResult] = []
        try:
            self._client.log_in()
            results.append(CheckResult(f"{name}-login", "ok", _("Đăng nhập iOffice được.")))
            body = {"pageNo": "1", "pageRec": "1", "param": "", "kho": settings.waiting_kho}
            self._client.read("POST", "api/document/getlistwaitingdocument/", body)
            results.append(CheckResult(f"{name}-list", "ok", _("Đọc được danh sách văn bản.")))
            if settings.file_back and settings.brief:
                results.append(self._check_brief())
        except Declined as error:
            failure = self._client.outside(error)
            results.append(CheckResult(f"{name}-live", "fail", str(failure), failure.advice))
        except CongkhaiError as error:
            results.append(CheckResult(f"{name}-live", "fail", str(error), error.advice))
        return results

    def _check_brief(self) -> CheckResult:
        id_, brief = f"{self._context.name}-brief", self._settings.brief
        rows = self._client.read("GET", LIST_BRIEF)
        known = {str(row.get("id")) for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
        if brief in known:
            return CheckResult(id_, "ok", _("Thấy hồ sơ {brief} trong iOffice.").format(brief=brief))
        what = _("Không thấy hồ sơ {brief} trong iOffice.").format(brief=brief)
        return CheckResult(id_, "fail", what, _("Đặt khóa brief là mã một hồ sơ có sẵn."))


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer the connector ``ioffice``."""
    register("ioffice", IofficeSettings, IofficeConnector)


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer the channel ``ioffice-notice``."""
    register("ioffice-notice", IofficeNoticeSettings, IofficeNotice)


@hookimpl
def register_feedback_sources(register: RegisterFeedbackSource) -> None:
    """Offer ``type = ioffice-comments``."""
    register("ioffice-comments", IofficeCommentsSettings, IofficeComments)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated iOffice."""
    register("ioffice", [sys.executable, "-m", "congkhai.connectors.simulators.ioffice"])
