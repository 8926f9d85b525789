"""
What an answer of iOffice really is, decided by its content and not by its status or its labels.

The product answers 200 with login pages, proxy pages and stack traces; success is the envelope
``{"status": {"code": "0"}, "data": …}`` and nothing else.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from .manners_wire import Reply, retry_after
from .manners_wire import Transient as Transient

AUTHENTICATION_REQUIRED = "error_authentication_required"
_LOGIN_MARKS = ("txtmaxacnhan", 'type="password"', "type='password'", "đăng nhập", "dang nhap", "/login")
_CAPTCHA_MARKS = ("txtmaxacnhan", "captcha", "mã xác nhận")
_STACK = re.compile(r"(?m)^\s+at [\w.$<>]+\(|\bORA-\d{5}\b|\bjava\.[\w.]+(?:Exception|Error)\b|System\.[\w.]*Exception")
_BOM = b"\xef\xbb\xbf"


class SessionExpired(Exception):  # noqa: N818 - it is a turn of the session, answered by logging in again
    """
    The token is no longer good.

    Attributes:
        certain: the server said so (401 or its own code), rather than showing a page that looks like a login.
        captcha: the page asks for a captcha.
    """

    def __init__(self, *, certain: bool, captcha: bool = False) -> None:
        super().__init__("session expired")
        self.certain = certain
        self.captcha = captcha


class Declined(Exception):  # noqa: N818 - the system's own "no", which each caller reads differently
    """
    The system understood and said no.

    Attributes:
        code: its own code, cut to what a code looks like.
        message: its words; may quote a paper, so never into logs.
    """

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


Answer = Reply
"""One HTTP answer, read whole."""


def data_of(answer: Answer) -> Any:
    """
    Return the envelope's ``data`` (None when it is missing).

    Raises:
        SessionExpired, Transient, Declined: as above.
    """
    _by_status(answer)
    value = parsed(answer.content)
    status = value.get("status") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(status, dict):
        return _enveloped(value, status, answer.status)
    if answer.status >= 400:
        raise Declined(f"http-{answer.status}")
    if value is not None:
        raise Transient("no-envelope")
    raise not_json(answer.content)


def file_of(answer: Answer) -> bytes:
    """
    Return the bytes of a download, unless they are an envelope or a login page.

    Raises:
        SessionExpired, Transient, Declined: as above; whether the bytes are the file is for the caller to see.
    """
    _by_status(answer)
    content = answer.content
    head = content[:4096].removeprefix(_BOM).lstrip()
    if head.startswith(b"{"):
        value = parsed(content)
        if isinstance(value, dict) and isinstance(value.get("status"), dict):
            _enveloped(value, value["status"], answer.status)
            raise Declined("envelope-instead-of-file")
    if answer.status >= 400:
        raise Declined(f"http-{answer.status}")
    if head.startswith(b"<"):
        found = not_json(content)
        if isinstance(found, SessionExpired):
            raise found
    return content


def number_code(answer: Answer) -> bool:
    """Tell whether the envelope's code is the number 0 instead of the string, a deviation worth one report."""
    value = parsed(answer.content)
    return isinstance(value, dict) and isinstance(value.get("status"), dict) and value["status"].get("code") == 0


def _by_status(answer: Answer) -> None:
    if answer.status == 401:
        raise SessionExpired(certain=True)
    if answer.status == 429:
        raise Transient("http-429", reached=False, wait=retry_after(answer.headers))
    if answer.status >= 500:
        raise Transient(f"http-{answer.status}", wait=retry_after(answer.headers))
    if 300 <= answer.status < 400:
        # Never followed: a redirect could carry the token to another host. One to a login page says what it means.
        if "login" in answer.headers.get("location", "").partition("?")[0].lower():
            raise SessionExpired(certain=False)
        raise Declined("redirect")


def _enveloped(value: Mapping[str, Any], status: Mapping[str, Any], http: int) -> Any:
    code = status.get("code")
    if code == AUTHENTICATION_REQUIRED:
        raise SessionExpired(certain=True)
    zero = code == "0" or (isinstance(code, int) and not isinstance(code, bool) and code == 0)
    if zero and http < 400:
        return value.get("data")
    shown = code if isinstance(code, str) and re.fullmatch(r"[\w.-]{1,40}", code) else f"http-{http}"
    message = status.get("message")
    raise Declined(shown, message if isinstance(message, str) else "")


def parsed(content: bytes) -> Any:
    """Parse as UTF-8 JSON whatever the label says; None when it is not."""
    try:
        return json.loads(content.removeprefix(_BOM).decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None


def not_json(content: bytes) -> Exception:
    """Tell what an answer that is no JSON means: SessionExpired for a login page, else Transient."""
    text = content.removeprefix(_BOM).decode("utf-8", "replace").lstrip()
    lowered = text[:20_000].lower()
    if text.startswith("<"):
        if any(mark in lowered for mark in _LOGIN_MARKS):
            return SessionExpired(certain=False, captcha=any(mark in lowered for mark in _CAPTCHA_MARKS))
        return Transient("stacktrace" if _STACK.search(text) else "html")
    if "not found application" in lowered:
        return SessionExpired(certain=False)
    if _STACK.search(text):
        return Transient("stacktrace")
    if text[:1] in {"{", "["}:
        return Transient("truncated")
    return Transient("text" if text else "empty")


def asks_for_captcha(message: str) -> bool:
    """Tell whether a login message asks for a captcha."""
    return any(mark in message.lower() for mark in _CAPTCHA_MARKS)
