"""
Calls to the national document axis (VXP), signed with HMAC headers; only those that read, and one that is opt-in.

Every call is a POST to ``ENDPOINT/NAME``; its parameters travel as headers ``XroadVnpt-KEY``, and their JSON is signed
with HMAC-SHA256. This was read out of the compiled public SDK, and the order of the headers inside the JSON is
unproven: it is a setting, and ``check`` warns. ``updateStatus`` takes a packet off the queue that a system id shares,
so it is refused unless ``confirm`` asks for it; ``registerAgency``, ``deleteAgency`` and ``sendEdoc`` are never called.
"""

import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from congkhai.plugin.clock import ZONE, Clock, SystemClock
from congkhai.plugin.errors import AccessError, NotAllowedError, OutsideError
from congkhai.plugin.text import _

from .edxml_mime import is_mime
from .ioffice_reply import Declined, not_json, parsed
from .manners import Outgoing, Reply, Transient
from .vxp_settings import VxpSettings

PREFIX = "XroadVnpt-"
READS = frozenset({"getReceivedEdocList", "getEdoc", "countReceiveEdoc"})
_ROOM = 4096
"""Bytes that an envelope may take beside the packet in it."""


class VxpClient:
    """One system id's way to the axis; used by one worker at a time."""

    def __init__(self, settings: VxpSettings, name: str, folder: Path, clock: Clock | None = None) -> None:
        """`clock` is real time, which a signature carries; never the simulated one."""
        self._settings = settings
        self._where = name
        self._clock = clock or SystemClock()
        self.web = Outgoing(settings, name, folder=folder, system="VXP", origins=(settings.endpoint,), clock=clock)

    def received(self, kind: str) -> list[Mapping[str, Any]]:
        """
        List what waits for our system id.

        Args:
            kind: ``edoc`` or ``status``.

        Raises:
            OutsideError, AccessError.
        """
        found = self._read("getReceivedEdocList", {"servicetype": "eDoc", "messagetype": kind})
        rows = found.get("data")
        if rows in (None, ""):
            return []
        if isinstance(rows, str):
            rows = parsed(rows.encode("utf-8", "replace"))
        if not isinstance(rows, list):
            raise self.outside(Declined("list-shape"))
        return [row for row in rows if isinstance(row, Mapping)]

    def packet(self, doc_id: str, file_path: str) -> bytes:
        """
        Fetch one packet: its bytes as they are, or base64 in the envelope's ``data``.

        Raises:
            Declined: the axis does not hand it out, or it is longer than allowed (``too-long``).
            OutsideError, AccessError.
        """
        limit = self._settings.max_packet * 4 // 3 + _ROOM
        try:
            reply = self._repeating("getEdoc", {"filePath": file_path, "docId": doc_id}, limit)
        except Transient as error:
            if error.code == "too-long":
                raise Declined("too-long") from error
            raise self.outside(error) from error
        if not reply.content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return reply.content
        try:
            data = _enveloped(reply).get("data")
        except Transient as error:
            raise self.outside(error) from error
        if not isinstance(data, str):
            raise Declined("no-data")
        try:
            return binascii.a2b_base64("".join(data.split()), strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise Declined("bad-base64") from error

    def confirm(self, doc_id: str) -> None:
        """
        Tell the axis that a packet was taken in; a repetition says the same again.

        Raises:
            NotAllowedError: not switched on. OutsideError: it did not answer.
        """
        if not self._settings.confirm:
            raise _refusal()
        try:
            _enveloped(self._repeating("updateStatus", {"status": "done", "docId": doc_id}, None))
        except (Transient, Declined) as error:
            raise self.outside(error) from error

    def outside(self, error: Transient | Declined) -> OutsideError:
        """Turn a failure into the house's error; only its code is shown."""
        if isinstance(error, Declined):
            what = _("Trục liên thông (VXP) từ chối lời gọi ({code}).").format(code=error.code)
            advice = _("congkhai thử lại ở lượt sau; nếu lặp lại, hỏi đơn vị vận hành trục.")
            return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E544")
        return self.web.error(error)

    def headers(self, call: Mapping[str, str]) -> dict[str, str]:
        """Return the signed headers of one call; `call` holds its parameters."""
        settings, now = self._settings, self._clock.now().astimezone(ZONE)
        # The SDK's pattern is ddMMyyyy'T'HHmmss+SSSS: four digits of milliseconds behind a literal plus sign.
        stamp = f"{now:%d%m%YT%H%M%S}+{now.microsecond // 1000:04d}"
        said = {"systemid": settings.system_id, "timestamp": stamp, **call}
        named = {f"{PREFIX}{key}": value for key, value in said.items()}
        if settings.header_order == "sorted":
            named = dict(sorted(named.items()))
        written = json.dumps(named, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        signature = hmac.new(settings.secret.read().strip().encode(), written, hashlib.sha256).hexdigest()
        return {
            **named,
            f"{PREFIX}sign-header-key": ";".join(named),
            f"{PREFIX}sign-header": signature,
            f"{PREFIX}hash-header": hashlib.sha256(written).hexdigest(),
            f"{PREFIX}version": settings.client_version,
            "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP",
        }

    def _read(self, name: str, call: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            return _enveloped(self._repeating(name, call, None))
        except (Transient, Declined) as error:
            raise self.outside(error) from error

    def _repeating(self, name: str, call: Mapping[str, str], limit: int | None) -> Reply:
        if name not in READS and not (name == "updateStatus" and self._settings.confirm):
            raise _refusal()

        def ask() -> Reply:
            reply = self.web.once("POST", self._settings.endpoint + name, headers=self.headers(call), limit=limit)
            if reply.status in {401, 403}:
                raise AccessError(
                    what=_("Trục liên thông (VXP) không nhận system-id hoặc chữ ký."), where=self._where,
                    advice=_("Kiểm tra system-id, secret, header-order và đồng hồ máy; hỏi đơn vị vận hành trục."),
                    code="congkhai-E545",
                )  # fmt: skip
            if reply.status >= 300:
                raise Declined(f"http-{reply.status}")
            head = reply.content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
            if not (name == "getEdoc" and _like_packet(head)) and parsed(reply.content) is None:
                failure = not_json(reply.content)
                raise failure if isinstance(failure, Transient) else Transient("html")
            return reply

        reply: Reply = self.web.retrying(ask)
        return reply


def _like_packet(head: bytes) -> bool:
    """Tell whether an answer begins as a packet may, a few stray bytes before it included, and not as a web page."""
    return is_mime(head) or (b"<" in head[:64] and not head.lower().startswith((b"<!", b"<html")))


def _enveloped(reply: Reply) -> Mapping[str, Any]:
    """Return the envelope when it says OK. Raises Declined, Transient."""
    said = parsed(reply.content)
    if not isinstance(said, Mapping):
        raise Transient("no-envelope")
    if said.get("status") == "OK" and str(said.get("ErrorCode", "0")) == "0":
        return said
    code = str(said.get("ErrorCode", ""))
    raise Declined(code if re.fullmatch(r"[\w.-]{1,40}", code) else "fail")


def _refusal() -> NotAllowedError:
    return NotAllowedError(
        what=_("Lời gọi này không nằm trong danh sách được phép gọi tới trục liên thông (VXP)."),
        advice=_("Đặt confirm = yes nếu đơn vị vận hành trục yêu cầu báo đã nhận; không có gì được gửi đi."),
        code="congkhai-E546",
    )
