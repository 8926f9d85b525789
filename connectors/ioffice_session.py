"""
Coming in to iOffice: with a password, an operator's token, or through a provincial gateway (LGSP).

Tokens live in memory only. What a gateway wants is composed of what the ini names, as each province issues it:

- ``lgsp-access-key`` and its fellows: the header ``lgspaccesstoken``, base64 of a JSON object, on every call;
- ``gateway-api-key``: the header ``x-gw-api-key`` on every call;
- ``gateway-token-url``: a bearer token by client credentials, renewed before it expires;
- ``user-token-path``: the e-office's own token for one user, asked of the gateway with a bootstrap token;
- otherwise ``token`` or ``username`` and ``password``, as without a gateway.

One login is tried when a session has ended; one that is refused stops the source, so that no account gets locked.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from congkhai.plugin.config.secrets import SecretRef
from congkhai.plugin.errors import AccessError, OutsideError
from congkhai.plugin.text import _

from .ioffice_reply import Answer, Declined, SessionExpired, Transient, asks_for_captcha, data_of
from .ioffice_settings import IofficeConnection
from .manners import Outgoing

TOKEN_HEADER = "X-Authentication-Token"  # noqa: S105 - the name of a header, not a token
LGSP_HEADER = "lgspaccesstoken"
KEY_HEADER = "x-gw-api-key"
_LOCKED_MARKS = ("khóa", "khoá", "locked", "5 phút")
_ACCOUNT_MARKS = (
    "login",
    "password",
    "user",
    "mật khẩu",
    "tài khoản",
    "đăng nhập",
    "otp",
    "không đúng",
    "auth",
    "xác nhận",
)
_PATIENCE = 3
"""Logins in a row that may be declined without a word about the account, before a person is asked."""
_EARLY = 0.8
"""Part of a bearer token's announced life after which a new one is asked for."""


class IofficeSession:
    """Who we are to one iOffice; hands out headers, never secrets."""

    def __init__(
        self,
        settings: IofficeConnection,
        web: Outgoing,
        call: Callable[[str, str, Any], Answer],
        outside: Callable[[Transient | Declined], OutsideError],
    ) -> None:
        """
        Args:
            call: makes one call below ``base-url`` (method, path, body) with the session's present headers.
            outside: turns a failure into the house's error.
        """
        self._settings = settings
        self._web = web
        self._call = call
        self._outside = outside
        self._token = ""
        self._token_since = 0.0
        self._bearer = ""
        self._bearer_until: float | None = None
        self._declined = 0
        self._fixed = self._gateway_headers()

    def headers(self) -> dict[str, str]:
        """Return the headers of the next call."""
        found = {name: read() for name, read in self._fixed.items()}
        if self._bearer:
            found["Authorization"] = f"Bearer {self._bearer}"
        if self._token:
            found[TOKEN_HEADER] = self._token
        return found

    def ensure(self) -> None:
        """Make sure that there is a session; raises AccessError, OutsideError."""
        settings, now = self._settings, self._web.ticks()
        if self._bearer_until is not None and now > self._bearer_until:
            self._bearer = ""
        age = settings.login_renew_after
        if self._token and age and settings.token is None and now - self._token_since > age.total_seconds():
            self._token = ""
        if settings.gateway_token_url and not self._bearer:
            self._fetch_bearer()
        if not self._token and not settings.bearer_only:
            self._begin()

    def renew(self) -> None:
        """Begin anew after the system said that the session has ended; raises AccessError, OutsideError."""
        settings = self._settings
        if settings.token is not None and not settings.user_token_path and not settings.gateway_token_url:
            raise AccessError(
                what=_("Token iOffice đã hết hạn hoặc bị thu hồi."), where=self._web.name,
                advice=_("Xin token mới của đơn vị vận hành iOffice, thay vào nơi khóa token trỏ tới."),
                code="congkhai-E311",
            )  # fmt: skip
        self._bearer = ""
        self._token = ""
        self.ensure()

    def refused_at_once(self) -> AccessError:
        """Make the error for a fresh session that is refused."""
        return self._needs_person(_("iOffice từ chối phiên vừa đăng nhập."))

    def _begin(self) -> None:
        settings = self._settings
        self._token = ""
        self._web.session.cookies.clear()
        self._token_since = self._web.ticks()
        if settings.token is not None and not settings.user_token_path:
            self._token = settings.token.read().strip()
            return
        try:
            self._token = self._web.retrying(self._user_token if settings.user_token_path else self._login)
        except SessionExpired as error:
            if error.captcha:
                raise self._needs_person(_("iOffice đòi mã xác nhận (captcha) khi đăng nhập.")) from error
            raise self._needs_person(_("iOffice không nhận tài khoản tích hợp.")) from error
        except Declined as error:
            self._declined += 1
            if self._declined < _PATIENCE and not _about_account(error):
                raise self._outside(error) from error  # a fault of the system: the next run may try again
            raise self._needs_person(_login_refusal(error)) from error
        except Transient as error:
            raise self._outside(error) from error
        self._declined = 0

    def _login(self) -> str:
        settings = self._settings
        if settings.password is None:
            raise self._needs_person(_("Chưa có mật khẩu của tài khoản tích hợp."))
        body = {
            "username": settings.username, "password": settings.password.read(), "tokenFireBase": "",
            "type": "ANDROID", "device": "congkhai", "language": "VI",
        }  # fmt: skip
        if not settings.login_device:
            body = {name: body[name] for name in ("username", "password")}
        answer = self._call("POST", settings.login_path, body)
        data = data_of(answer)
        token = self._token_in(data, answer.headers)
        if token:
            return token
        if isinstance(data, dict) and data.get("mobile"):
            raise self._needs_person(_("iOffice gửi mã OTP tới điện thoại khi đăng nhập."))
        raise self._needs_person(_("iOffice trả lời đăng nhập mà không có token."))

    def _user_token(self) -> str:
        """Ask the gateway for the e-office's token of one user, with the bootstrap token (LGSP, variant A)."""
        settings = self._settings
        if settings.token is not None:
            self._token = settings.token.read().strip()
        try:
            answer = self._call("GET", settings.user_token_call, None)
        finally:
            self._token = ""
        token = self._token_in(data_of(answer), answer.headers)
        if not token:
            raise self._needs_person(_("Trục LGSP trả lời mà không có token của iOffice."))
        return token

    def _token_in(self, data: Any, headers: Mapping[str, str]) -> str:
        token = data.get("token") if isinstance(data, dict) else None
        token = token or headers.get(TOKEN_HEADER.lower()) or headers.get("token")
        usable = isinstance(token, str) and token.strip() and token.strip().isprintable()
        return token.strip() if usable and isinstance(token, str) else ""

    def _fetch_bearer(self) -> None:
        settings = self._settings
        headers = {"Accept": "application/json", **{name: read() for name, read in self._fixed.items()}}
        if settings.gateway_consumer_key is not None and settings.gateway_consumer_secret is not None:
            pair = f"{settings.gateway_consumer_key.read()}:{settings.gateway_consumer_secret.read()}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"

        def ask() -> Any:
            reply = self._web.once(
                "POST", settings.gateway_token_url, headers=headers, data={"grant_type": "client_credentials"}
            )
            return None if reply.status in {400, 401, 403} else reply.json()

        try:
            answer = self._web.retrying(ask)
        except Transient as error:
            raise self._outside(error) from error
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not (isinstance(token, str) and token.strip() and token.strip().isprintable()):
            raise self._needs_person(_("Trục LGSP không cấp token cho khóa ứng dụng đã khai."))
        self._bearer = token.strip()
        life = answer.get("expires_in")
        # A gateway may hand out the same token with what is left of its life, so the number received is what counts.
        known = isinstance(life, int | float) and not isinstance(life, bool) and 0 < life < 10**7
        self._bearer_until = self._web.ticks() + float(life) * _EARLY if known else None

    def _gateway_headers(self) -> dict[str, Callable[[], str]]:
        """Return the headers that never change, each with what reads it at the moment of use."""
        settings, found = self._settings, dict[str, Callable[[], str]]()
        if settings.gateway_api_key is not None:
            key = settings.gateway_api_key
            found[KEY_HEADER] = lambda: key.read().strip()
        if settings.lgsp_access_key is not None and settings.lgsp_secret_key is not None:
            access, secret = settings.lgsp_access_key, settings.lgsp_secret_key
            found[LGSP_HEADER] = lambda: lgsp_token(settings, access, secret)
        return found

    def _needs_person(self, what: str) -> AccessError:
        advice = _(
            "congkhai dừng để tài khoản không bị khóa. Dùng tài khoản tích hợp không có OTP và mã xác nhận, hoặc đặt "
            "khóa token; xong thì chạy congkhai check --live."
        )
        return AccessError(what=what, where=self._web.name, advice=advice, code="congkhai-E311")


def lgsp_token(settings: IofficeConnection, access: SecretRef, secret: SecretRef) -> str:
    """Build the ``lgspaccesstoken`` header: its members in the order that published clients send, no blanks."""
    members = {
        "AccessKey": access.read().strip(), "SecretKey": secret.read().strip(), "AppName": settings.lgsp_app_name,
        "PartnerCode": settings.lgsp_partner_code, "PartnerCodeCus": settings.lgsp_partner_code_cus,
    }  # fmt: skip
    written = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(written.encode("utf-8")).decode("ascii")


def _about_account(error: Declined) -> bool:
    """Tell whether a declined login speaks of the account: trying that again could lock it."""
    said = f"{error.code} {error.message}".lower()
    return any(mark in said for mark in (*_ACCOUNT_MARKS, *_LOCKED_MARKS)) or asks_for_captcha(said)


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
