"""
A session with iOffice: log in, call what is allowed, renew once, repeat once, and never more than a small budget.

Token and password live in memory only and go nowhere but into the request; redirects are not followed, certificates
are always verified, and no message or log line carries a header, a body or a query.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from congkhai.plugin.errors import AccessError, OutsideError
from congkhai.plugin.text import _

from .ioffice_calls import Allowed
from .ioffice_reply import (
    Answer,
    Declined,
    SessionExpired,
    Transient,
    asks_for_captcha,
    data_of,
    file_of,
    number_code,
)
from .ioffice_settings import IofficeConnection

log = logging.getLogger("congkhai.connectors.ioffice")

TOKEN_HEADER = "X-Authentication-Token"  # noqa: S105 - the name of a header, not a token
JSON_LIMIT = 32 * 1024 * 1024
"""Longest JSON answer that is read, bytes."""
_BUDGET = 20
"""Retries of one client's life: a source that keeps failing is left to the queue, which waits longer."""
_PIECE = 64 * 1024
_LOCKED_MARKS = ("khóa", "khoá", "locked", "5 phút")


class IofficeClient:
    """
    One account's session; used by one worker at a time.

    The caller sees `Declined` where the system itself says no; everything else arrives as OutsideError or AccessError.
    """

    def __init__(
        self,
        settings: IofficeConnection,
        allowed: Allowed,
        name: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            name: of the ini section, shown in errors.
            sleep: waits this many seconds; `ticks` a running count of seconds, for time-outs and pacing only.
        """
        self._settings = settings
        self._allowed = allowed
        self._where = name
        self._sleep = sleep
        self._ticks = ticks
        self._session = _session(settings)
        self._token = ""
        self._token_since = 0.0
        self._last_call = 0.0
        self._retries_left = _BUDGET
        self._number_seen = False

    def read(self, method: str, path: str, body: Any = None, *, limit: int = JSON_LIMIT) -> Any:
        """
        Make a reading call and return the envelope's ``data``; an answer beyond `limit` bytes is cut off and unusable.

        Raises:
            Declined: the system said no.
            OutsideError: no usable answer within the budget.
            AccessError: login refused, or the fresh session refused at once.
        """
        return self._renewing(lambda: self._retrying(lambda: self._data(method, path, body, limit)))

    def download(self, path: str, limit: int) -> bytes:
        """
        Fetch a file's bytes; at most `limit` + 1 of them, so that the caller sees that it was too long.

        Raises as `read`.
        """
        content: bytes = self._renewing(lambda: self._retrying(lambda: file_of(self._send("GET", path, None, limit))))
        return content

    def write(self, path: str, body: Any) -> Any:
        """
        Make a writing call exactly once and return the envelope's ``data``.

        It is repeated only when the server said for certain that the session had ended, so that it did not act.

        Raises:
            Declined: the system said no.
            Transient: whether it acted is unknown, unless its `reached` is False.
            AccessError: as `read`.
        """
        self._ensure_session()
        # A connection kept open may be dead already, and its reset would look like an act that was accepted.
        self._session.close()
        try:
            return self._data("POST", path, body)
        except SessionExpired as error:
            if not error.certain:
                raise Transient("html") from error
        self._log_in_again()
        try:
            return self._data("POST", path, body)
        except SessionExpired as error:
            raise self._refused_at_once() from error

    def log_in(self) -> None:
        """Log in now (or take the operator's token); raises AccessError, OutsideError."""
        self._ensure_session()

    def outside(self, error: Transient | Declined) -> OutsideError:
        """Turn a failure into the house's error; only its code is shown."""
        if isinstance(error, Declined):
            what = _("iOffice từ chối lời gọi ({code}).").format(code=error.code)
            advice = _("congkhai thử lại ở lượt sau; nếu lặp lại, hỏi đơn vị vận hành iOffice.")
            return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E331")
        if error.code == "certificate":
            what = _("Chứng thư máy chủ iOffice không được tin cậy.")
            advice = _("Kiểm tra địa chỉ; nếu cơ quan dùng CA riêng, đặt khóa ca-bundle.")
            return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E332")
        what = _("iOffice không trả lời được ({code}).").format(code=error.code)
        advice = _("congkhai tự thử lại; kiểm tra mạng và máy chủ iOffice nếu kéo dài.")
        return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E333")

    # session

    def _renewing(self, call: Callable[[], Any]) -> Any:
        """Run a reading call; when the session has ended, log in once and repeat it once."""
        self._ensure_session()
        try:
            try:
                return call()
            except SessionExpired:
                log.info("session ended, logging in again", extra={"source": self._where})
            self._log_in_again()
            try:
                return call()
            except SessionExpired as error:
                if error.certain:
                    raise self._refused_at_once() from error
                raise self.outside(Transient("html")) from error
        except Transient as error:
            raise self.outside(error) from error

    def _ensure_session(self) -> None:
        age = self._settings.login_renew_after
        if self._token and age and not self._settings.token and self._ticks() - self._token_since > age.total_seconds():
            self._token = ""
        if not self._token:
            self._new_session()

    def _log_in_again(self) -> None:
        if self._settings.token is not None:
            raise AccessError(
                what=_("Token iOffice đã hết hạn hoặc bị thu hồi."), where=self._where,
                advice=_("Xin token mới của đơn vị vận hành iOffice, thay vào nơi khóa token trỏ tới."),
                code="congkhai-E311",
            )  # fmt: skip
        self._new_session()

    def _new_session(self) -> None:
        self._token = ""
        self._session.cookies.clear()
        self._token_since = self._ticks()
        if self._settings.token is not None:
            self._token = self._settings.token.read().strip()
            return
        try:
            self._token = self._retrying(self._login)
        except SessionExpired as error:
            if error.captcha:
                raise self._needs_person(_("iOffice đòi mã xác nhận (captcha) khi đăng nhập.")) from error
            raise self._needs_person(_("iOffice không nhận tài khoản tích hợp.")) from error
        except Declined as error:
            raise self._needs_person(_login_refusal(error)) from error
        except Transient as error:
            raise self.outside(error) from error

    def _login(self) -> str:
        settings = self._settings
        if settings.password is None:
            raise self._needs_person(_("Chưa có mật khẩu của tài khoản tích hợp."))
        body = {
            "username": settings.username, "password": settings.password.read(), "tokenFireBase": "",
            "type": "ANDROID", "device": "congkhai", "language": "VI",
        }  # fmt: skip
        answer = self._send("POST", settings.login_path, body, JSON_LIMIT)
        data = data_of(answer)
        token = data.get("token") if isinstance(data, dict) else None
        token = token or answer.headers.get(TOKEN_HEADER.lower()) or answer.headers.get("token")
        if isinstance(token, str) and token.strip().isprintable() and token.strip():
            return token.strip()
        if isinstance(data, dict) and data.get("mobile"):
            raise self._needs_person(_("iOffice gửi mã OTP tới điện thoại khi đăng nhập."))
        raise self._needs_person(_("iOffice trả lời đăng nhập mà không có token."))

    def _needs_person(self, what: str) -> AccessError:
        advice = _(
            "congkhai dừng để tài khoản không bị khóa. Dùng tài khoản tích hợp không có OTP và mã xác nhận, hoặc đặt "
            "khóa token; xong thì chạy congkhai check --live."
        )
        return AccessError(what=what, where=self._where, advice=advice, code="congkhai-E311")

    def _refused_at_once(self) -> AccessError:
        return self._needs_person(_("iOffice từ chối phiên vừa đăng nhập."))

    # one call

    def _retrying(self, call: Callable[[], Any]) -> Any:
        """Repeat a call that may be repeated, waiting longer each time, within the budget."""
        wait = self._settings.retry_wait.total_seconds()
        for left in range(self._settings.retries, -1, -1):
            try:
                return call()
            except Transient as error:
                pause = error.wait if error.wait is not None else wait * (0.5 + random.random())  # noqa: S311 - jitter
                too_long = pause > self._settings.retry_after_limit.total_seconds()
                if not left or self._retries_left <= 0 or too_long or error.code == "certificate":
                    raise
                log.info("call failed, trying again", extra={"source": self._where, "reason": error.code})
                self._retries_left -= 1
                wait *= 2
                self._sleep(pause)
        raise AssertionError  # the last turn of the loop returns or raises

    def _data(self, method: str, path: str, body: Any, limit: int = JSON_LIMIT) -> Any:
        answer = self._send(method, path, body, limit)
        data = data_of(answer)
        if not self._number_seen and number_code(answer):
            self._number_seen = True
            log.warning("status.code is a number, not a string", extra={"source": self._where})
        return data

    def _send(self, method: str, path: str, body: Any, limit: int) -> Answer:
        self._allowed.require(method, path, body)
        request = requests.Request(method, self._settings.base_url + path, headers={"Accept": "application/json"})
        if method == "POST":
            request.json = body
        if self._token:
            request.headers[TOKEN_HEADER] = self._token
        prepared = self._session.prepare_request(request)
        base, goal = urlsplit(self._settings.base_url), urlsplit(prepared.url or "")
        if (goal.scheme, goal.netloc.lower(), goal.path, goal.query) != (
            base.scheme, base.netloc.lower(), base.path + path, "",
        ):  # fmt: skip
            raise AssertionError  # the library rewrote an address that the list let pass; nothing is sent
        self._pace()
        return self._transfer(prepared, limit)

    def _pace(self) -> None:
        pause = self._last_call + 1 / self._settings.max_rps - self._ticks()
        if pause > 0:
            self._sleep(pause)
        self._last_call = self._ticks()

    def _transfer(self, prepared: requests.PreparedRequest, limit: int) -> Answer:
        settings = self._settings
        waits = (settings.connect_timeout.total_seconds(), settings.read_timeout.total_seconds())
        until = self._ticks() + settings.total_timeout.total_seconds()
        proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else None
        verify: bool | str = str(settings.ca_bundle) if settings.ca_bundle else True
        try:
            with self._session.send(
                prepared, timeout=waits, stream=True, allow_redirects=False, verify=verify, proxies=proxies
            ) as response:
                content = bytearray()
                for piece in response.iter_content(_PIECE):
                    content += piece
                    if len(content) > limit:
                        break
                    if self._ticks() > until:
                        raise Transient("timeout")
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, bytes(content[: limit + 1]))
        except requests.RequestException as error:
            # The exception holds the request with its token; what leaves here must not.
            error.request = None
            raise _unanswered(error) from error
        except OSError as error:
            raise Transient("connection" if not settings.ca_bundle else "certificate", reached=False) from error


def _session(settings: IofficeConnection) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a .netrc or proxy of the machine must not decide where our token goes
    session.headers.update({"User-Agent": "congkhai", "Accept-Language": "vi"})
    adapter = requests.adapters.HTTPAdapter(max_retries=0, pool_connections=1, pool_maxsize=2)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    if settings.ca_bundle:
        session.verify = str(settings.ca_bundle)
    return session


def _unanswered(error: requests.RequestException) -> Transient:
    if isinstance(error, requests.exceptions.SSLError):
        return Transient("certificate", reached=False)
    if isinstance(error, requests.ConnectTimeout):
        return Transient("timeout", reached=False)
    if isinstance(error, requests.Timeout):
        return Transient("timeout")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never = isinstance(reason, urllib3.exceptions.NewConnectionError) or isinstance(
        error, requests.exceptions.ProxyError
    )
    return Transient("connection", reached=not never)


def _login_refusal(error: Declined) -> str:
    # The message may quote what was typed in; only what kind it is goes on.
    message = error.message.lower()
    if asks_for_captcha(message):
        return _("iOffice đòi mã xác nhận (captcha) khi đăng nhập.")
    if "otp" in message:
        return _("iOffice gửi mã OTP tới điện thoại khi đăng nhập.")
    if any(mark in message for mark in _LOCKED_MARKS):
        return _("Tài khoản tích hợp đang bị khóa.")
    return _("iOffice không nhận tài khoản tích hợp ({code}).").format(code=error.code)
