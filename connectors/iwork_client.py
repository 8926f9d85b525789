"""
Calls to iWork's ``.ashx`` handlers: only those that read, with a bearer token that is renewed in the middle of a run.

The envelope is ``{"code": "OK", "message", "value": {"total", "data": […]}}``; any other ``code`` is a "no", and some
of its messages, a 401, a 403, or the text ``Not found application`` mean that the session has ended. Renewing may hand
out a new refresh token; it is kept in the connector's own folder, readable by its owner only, because the old one may
be worth nothing from then on.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from congkhai.plugin.errors import AccessError, NotAllowedError, OutsideError
from congkhai.plugin.text import _

from .ioffice_reply import Declined, SessionExpired, not_json, parsed
from .iwork_settings import IworkSettings
from .manners import Outgoing, Reply, Transient

log = logging.getLogger("congkhai.connectors.iwork")

_EXPIRED = ("token", "đăng nhập", "unauthor", "hết hạn")
READS: Mapping[str, frozenset[str]] = {
    "IworkHandler.ashx": frozenset({"xemdi", "xemden", "xemden_chitiet", "xemdi_chitiet"}),
    "IworkVanThuHandler.ashx": frozenset({"xulyden"}),
}
"""Handlers and the ``type`` they may be asked with; whatever else they offer may mark, move or sign."""


class IworkClient:
    """One account's session; used by one worker at a time."""

    def __init__(self, settings: IworkSettings, name: str, folder: Path) -> None:
        self._settings = settings
        self._where = name
        self._kept = folder / "refresh-token"
        self.web = Outgoing(settings, name, folder=folder, system="iWork", origins=settings.origins)
        self._token = ""

    def read(self, handler: str, query: Mapping[str, str]) -> Any:
        """
        Ask a handler and return the envelope's ``value``.

        Raises:
            Declined: the system said no.
            OutsideError: no usable answer. AccessError: no token is accepted.
            NotAllowedError: the call is not one of those that read.
        """
        if query.get("type") not in READS.get(handler, frozenset()):
            raise _refusal()
        url = f"{self._settings.base_url}{self._settings.app_path}/Ajax/{handler}"

        def ask() -> Any:
            return value_of(self.web.once("GET", url, params=dict(query), headers=self._headers()))

        return self._renewing(ask)

    def download(self, name: str, path: str, limit: int) -> bytes:
        """
        Fetch a file by its handler or its path.

        Raises as `read`; Declined ``too-long`` when it is longer than `limit`, ``host`` when it lies elsewhere.
        """

        def fetch() -> bytes:
            try:
                return _file(self.web.once("GET", self._address(name, path), headers=self._headers(), limit=limit))
            except Transient as error:
                if error.code == "too-long":
                    raise Declined("too-long") from error
                raise
            except NotAllowedError as error:
                raise Declined("host") from error

        content: bytes = self._renewing(fetch)
        return content

    def ready(self) -> None:
        """Get a token now. Raises AccessError, OutsideError."""
        if not self._token:
            self._begin()

    def outside(self, error: Transient | Declined) -> OutsideError:
        """Turn a failure into the house's error; only its code is shown."""
        if isinstance(error, Declined):
            what = _("iWork từ chối lời gọi ({code}).").format(code=error.code)
            advice = _("congkhai thử lại ở lượt sau; nếu lặp lại, hỏi đơn vị vận hành iWork.")
            return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E540")
        return self.web.error(error)

    def _address(self, name: str, path: str) -> str:
        if self._settings.file_mode == "handler":
            query = urlencode({"action": "getfile", "fileName": name, "access_token": self._token})
            return f"{self._settings.base_url}{self._settings.app_path}/Ajax/IworkFileHandler.ashx?{query}"
        parts = urlsplit(path)
        if not parts.netloc:  # the path alone: it lies on the gateway itself
            own = urlsplit(self._settings.base_url)
            parts = parts._replace(scheme=own.scheme, netloc=own.netloc, path="/" + parts.path.lstrip("/"))
        if not re.fullmatch(r"(/[\w-][\w.-]*)*/get", parts.path):
            raise _refusal()
        asked = [(key, value) for key, value in parse_qsl(parts.query) if key != "token"]
        return urlunsplit(parts._replace(query=urlencode([*asked, ("token", self._token)]), fragment=""))

    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}

    def _renewing(self, call: Callable[[], Any]) -> Any:
        self.ready()
        try:
            try:
                return self.web.retrying(call)
            except SessionExpired:
                log.info("session ended, asking for a new token", extra={"source": self._where})
            self._token = ""
            self._begin(renewed=True)
            try:
                return self.web.retrying(call)
            except SessionExpired as error:
                raise self._wants_token(_("iWork từ chối token vừa cấp.")) from error
        except Transient as error:
            raise self.outside(error) from error

    def _begin(self, *, renewed: bool = False) -> None:
        """Take the operator's token, or exchange the refresh token for a new one."""
        settings = self._settings
        if settings.token is not None and not renewed:
            self._token = settings.token.read().strip()
            return
        if settings.refresh_token is None:
            raise self._wants_token(_("Token iWork đã hết hạn."))
        query = {"refreshToken": self._refresh(settings.refresh_token.read().strip()), "domain": settings.domain}

        def ask() -> Any:
            return value_of(self.web.once("GET", settings.base_url + settings.refresh_path, params=query))

        try:
            value = self.web.retrying(ask)
        except (SessionExpired, Declined) as error:
            raise self._wants_token(_("iWork không nhận refresh token.")) from error
        except Transient as error:
            raise self.outside(error) from error
        token = value.get("accessToken") if isinstance(value, Mapping) else None
        if not (isinstance(token, str) and token.strip().isprintable() and token.strip()):
            raise self._wants_token(_("iWork không cấp token mới."))
        self._token = token.strip()
        fresh = value.get("refreshToken")
        if isinstance(fresh, str) and fresh.strip().isprintable() and fresh.strip():
            self._keep(settings.refresh_token.read().strip(), fresh.strip())

    def _refresh(self, given: str) -> str:
        """Return the newest refresh token: the one handed out last, unless the operator has put in another since."""
        try:
            kept = json.loads(self._kept.read_text(encoding="utf-8"))
            return str(kept["token"]) if kept["of"] == _digest(given) else given
        except (OSError, ValueError, KeyError, TypeError):
            return given

    def _keep(self, given: str, fresh: str) -> None:
        part = self._kept.with_name(f"{self._kept.name}.part")
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(json.dumps({"of": _digest(given), "token": fresh}))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(self._kept)

    def _wants_token(self, what: str) -> AccessError:
        advice = _("Xin token hoặc refresh token mới, thay vào nơi tham chiếu trỏ tới, rồi chạy congkhai check --live.")
        return AccessError(what=what, where=self._where, advice=advice, code="congkhai-E541")


def value_of(reply: Reply) -> Any:
    """
    Return the envelope's ``value``.

    Raises:
        SessionExpired, Transient, Declined: as the answer says, whatever its status.
    """
    if reply.status in {401, 403}:
        raise SessionExpired(certain=True)
    said = parsed(reply.content)
    if not isinstance(said, Mapping) or "code" not in said:
        if said is None and reply.status < 400:
            raise not_json(reply.content)
        raise Transient("no-envelope") if reply.status < 400 else Declined(f"http-{reply.status}")
    if said["code"] == "OK" and reply.status < 400:
        return said.get("value")
    message = said.get("message")
    words = message.casefold() if isinstance(message, str) else ""
    if any(mark in words for mark in _EXPIRED):
        raise SessionExpired(certain=True)
    code = said["code"]
    raise Declined(code if isinstance(code, str) and re.fullmatch(r"[\w.-]{1,40}", code) else "not-ok")


def _file(reply: Reply) -> bytes:
    if reply.status in {401, 403}:
        raise SessionExpired(certain=True)
    head = reply.content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"{", b"Not found application", b"<")):
        said = parsed(reply.content)
        if isinstance(said, Mapping) and "code" in said:
            value_of(reply)
            raise Declined("envelope-instead-of-file")
        found = not_json(reply.content)
        if isinstance(found, SessionExpired):
            raise found
    if reply.status >= 300:
        raise Declined(f"http-{reply.status}")
    return reply.content


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refusal() -> NotAllowedError:
    return NotAllowedError(
        what=_("Lời gọi này không nằm trong danh sách được phép gọi tới iWork."),
        advice=_("Báo cho người phát triển congkhai; không có gì được gửi đi."),
        code="congkhai-E542",
    )
