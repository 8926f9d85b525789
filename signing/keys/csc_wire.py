"""
The wire of a remote signing service after the Cloud Signature Consortium API v2: calls, logins, errors.

HTTPS only, except to this machine; no redirects, no proxy or login from the environment, bounded answers and times.
What a person typed or a secret holds never gets into a message.

Source: CSC API v2.0.0.2 sections 8.2 (service authorisation), 10 (errors), 11.2 (auth/login).
"""

import base64
import http.client
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .._text import _
from ..errors import KeyLoadError, KeyRefusedError, KeyUnreachableError, SigningError

_LARGEST = 4 * 1024**2
_SAID = 300
"""Characters of a service's own words that are passed on."""


@dataclass(frozen=True, slots=True)
class CscAccess:
    """
    How to reach a service.

    Attributes:
        url: base address, usually ending in ``/csc/v2``.
        bearer: returns an OAuth 2.0 access token got elsewhere; None when `login` is used.
        login: returns user and password for ``auth/login``; None when `bearer` is used.
        connect_timeout: seconds to wait for a connection.
        read_timeout: seconds to wait for each answer.
        ca_file: PEM file with the authorities to trust for TLS; None trusts those of the operating system.
        proxy: ``http://HOST:PORT`` of a proxy that tunnels; None connects directly.
    """

    url: str
    bearer: Callable[[], str] | None = None
    login: Callable[[], tuple[str, str]] | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    ca_file: Path | None = None
    proxy: str | None = None


class CscWire:
    """Calls one service. Safe to share between threads; after a fork each process makes its own connection."""

    def __init__(self, access: CscAccess) -> None:
        """
        Prepare; nothing is sent yet.

        Raises:
            KeyLoadError: the address is not HTTPS and not on this machine, or there is not exactly one way to log in.
        """
        if not _may_be_called(access.url):
            raise KeyLoadError(
                what=_("Địa chỉ dịch vụ ký từ xa phải dùng https."), where=access.url, code="congkhai-S140",
                advice=_("Sửa địa chỉ; http chỉ được dùng cho dịch vụ trên chính máy này."),
            )  # fmt: skip
        if (access.bearer is None) == (access.login is None):
            raise KeyLoadError(
                what=_("Cần đúng một cách đăng nhập dịch vụ ký: mã truy cập OAuth 2.0, hoặc tài khoản và mật khẩu."),
                where=access.url, advice=_("Khai access-token, hoặc user và password."), code="congkhai-S140",
            )  # fmt: skip
        self.access = access
        self._token = ""
        self._refused: KeyRefusedError | None = None
        self._lock = threading.Lock()

    def post(self, method: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """
        Call a method.

        Args:
            method: e.g. ``credentials/info``.
            body: its input.

        Returns:
            Status 200, 202 or 204, and the output; an empty object when there is none.

        Raises:
            KeyUnreachableError: no answer, or the service is overloaded; may be tried again.
            KeyRefusedError: login, PIN or OTP refused, credential locked, the holder declined.
            SigningError: the service refuses the call, or answers with something else.
        """
        status, output = self._call(method, body, self._bearer(fresh=False))
        if status == 401 and self.access.login is not None:
            status, output = self._call(method, body, self._bearer(fresh=True))  # the token's hour may just be over
        if status in (200, 202, 204):
            return status, output
        raise _error(self.access.url, method, status, output)

    def _bearer(self, *, fresh: bool) -> str:
        if self.access.bearer is not None:
            token = self.access.bearer()
            if not token.isascii() or not token.isprintable():  # the HTTP library would quote it in its complaint
                raise _login_refused(self.access.url, {"error": "invalid_token"})
            return f"Bearer {token}"
        with self._lock:
            if fresh or not self._token:
                self._token = self._logged_in()
            return f"Bearer {self._token}"

    def _logged_in(self) -> str:
        if self._refused is not None:
            raise self._refused
        user, password = self.access.login() if self.access.login else ("", "")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        status, output = self._call("auth/login", {"rememberMe": False}, f"Basic {pair}")
        token = output.get("access_token")
        if status != 200 or not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            if status in (200, 400, 401, 403):
                self._refused = _login_refused(self.access.url, output)  # services lock accounts after a few tries
                raise self._refused
            raise _error(self.access.url, "auth/login", status, output)
        return token

    def _call(self, method: str, body: Mapping[str, Any], authorization: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": authorization, "Content-Type": "application/json", "Accept": "application/json"}
        parts = urlsplit(self.access.url)
        path = f"{parts.path.rstrip('/')}/{method}"
        until = time.monotonic() + self.access.connect_timeout + self.access.read_timeout
        try:
            with closing(_connection(self.access)) as line:
                line.connect()
                line.sock.settimeout(self.access.read_timeout)
                line.request("POST", path, body=json.dumps(body).encode(), headers=headers)
                answer = line.getresponse()
                return answer.status, self._output(method, answer.status, _whole(answer, until))
        except (OSError, http.client.HTTPException) as error:  # TLS faults are OSErrors
            raise KeyUnreachableError(
                what=_("Dịch vụ ký từ xa không trả lời ({error}).").format(error=type(error).__name__),
                where=self.access.url, code="congkhai-S141",
                advice=_("Kiểm tra mạng, địa chỉ, chứng thư TLS của dịch vụ, rồi ký lại."),
            ) from error  # fmt: skip

    def _output(self, method: str, status: int, data: bytes) -> dict[str, Any]:
        try:
            output = json.loads(data) if data.strip() else {}
        except ValueError:
            output = None
        if isinstance(output, dict):
            return output
        if status >= 300:
            return {}
        raise SigningError(
            what=_("Dịch vụ ký từ xa trả lời không đúng giao thức CSC."), where=f"{self.access.url} {method}",
            advice=_("Kiểm tra địa chỉ dịch vụ, thường kết thúc bằng /csc/v2."), code="congkhai-S147",
        )  # fmt: skip


def _connection(access: CscAccess) -> http.client.HTTPConnection:
    """Prepare a connection; the authorities of TLS are the machine's or those of a file, never a bundle of ours."""
    target = urlsplit(access.url)
    by = urlsplit(access.proxy) if access.proxy else target
    host, port, wait = by.hostname or "", by.port, access.connect_timeout
    line: http.client.HTTPConnection
    if target.scheme == "https":
        context = ssl.create_default_context(cafile=str(access.ca_file) if access.ca_file else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        line = http.client.HTTPSConnection(host, port, timeout=wait, context=context)
        if access.proxy:
            line.set_tunnel(target.hostname or "", target.port)
    else:  # this machine only: no proxy
        line = http.client.HTTPConnection(target.hostname or "", target.port, timeout=wait)
    return line


def _whole(answer: http.client.HTTPResponse, until: float) -> bytes:
    """Read an answer, bounded in size and time. Raises OSError."""
    data = b""
    while part := answer.read1(65536):
        data += part
        if len(data) > _LARGEST:
            raise OSError("answer too long")
        if time.monotonic() > until:
            raise TimeoutError("answer too slow")
    return data


def _may_be_called(url: str) -> bool:
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.password:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _on_this_machine(parts.hostname))


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_WRONG_FACTOR = {"invalid_authentication_data", "invalid_pin", "invalid_otp"}
_NO_ACCESS = {
    "invalid_token", "expired_token", "unauthorized_client", "invalid_scope", "authentication_error", "invalid_grant",
}  # fmt: skip


def _error(url: str, method: str, status: int, output: Mapping[str, Any]) -> SigningError:
    """Turn an error answer into ours; the service's own words are shortened and quoted."""
    code, said = str(output.get("error", "")), str(output.get("error_description", ""))
    where = f"{url} {method}"
    if status in (408, 425, 429) or status >= 500 or code in {"temporarily_unavailable", "server_error"}:
        return KeyUnreachableError(
            what=_("Dịch vụ ký từ xa đang bận hoặc hỏng (HTTP {status}).").format(status=status), where=where,
            advice=_("Chờ rồi ký lại."), code="congkhai-S142",
        )  # fmt: skip
    if "locked" in said.lower():
        return KeyRefusedError(
            what=_("Khóa ở dịch vụ ký từ xa đã bị khóa."), where=where,
            advice=_("Liên hệ nhà cung cấp dịch vụ để mở khóa."), code="congkhai-S145",
        )  # fmt: skip
    if code in _WRONG_FACTOR:
        return KeyRefusedError(
            what=_("PIN hoặc mã xác nhận không đúng; đã dừng sau một lần thử."), where=where,
            advice=_("Kiểm tra lại rồi ký lại; sai nhiều lần dịch vụ sẽ khóa."), code="congkhai-S144",
        )  # fmt: skip
    if (status in (401, 403) and code != "access_denied") or code in _NO_ACCESS:
        return _login_refused(url, output)
    if code == "access_denied":
        return KeyRefusedError(
            what=_("Người giữ khóa hoặc dịch vụ đã từ chối việc ký này."), where=where,
            advice=_("Hỏi người giữ khóa; ký lại nếu từ chối do nhầm."), code="congkhai-S146",
        )  # fmt: skip
    if method == "credentials/authorize":
        said = ""  # the one call that carries a PIN: what comes back about it is not passed on
    return SigningError(
        what=_("Dịch vụ ký từ xa từ chối (HTTP {status}, {code}): {said}").format(
            status=status, code=_short(code) or "–", said=_short(said) or "–"
        ),
        where=where, advice=_("Kiểm tra cấu hình khóa với nhà cung cấp dịch vụ."), code="congkhai-S147",
    )  # fmt: skip


def _login_refused(url: str, output: Mapping[str, Any]) -> KeyRefusedError:
    said = _short(str(output.get("error", "")))
    return KeyRefusedError(
        what=_("Dịch vụ ký từ xa không nhận đăng nhập ({code}).").format(code=said or "–"), where=url,
        advice=_("Lấy mã truy cập mới, hoặc kiểm tra tài khoản và mật khẩu đã khai."), code="congkhai-S143",
    )  # fmt: skip


def _short(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_SAID]
