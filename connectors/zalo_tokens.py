"""
Tokens of a Zalo Official Account: a short-lived access token, and a refresh token that is good for one use.

Each renewal burns the refresh token and brings a new one, so the new one is on the disk before anything else is done
with it, in a file that only we can read. Source: developers.zalo.me, "Xác thực và ủy quyền cho ứng dụng" (OAuth v4).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from congkhai.plugin.clock import Clock
from congkhai.plugin.config.secrets import SecretRef
from congkhai.plugin.errors import AccessError, BusyError, OutsideError, UndecidedError
from congkhai.plugin.platform import sole_holder, write_durably
from congkhai.plugin.text import _

from .manners import Outgoing, Transient

ZALO_SESSION_CODE = "congkhai-E587"
FILE = "tokens.json"
_EARLY = timedelta(minutes=10)
"""Renew this long before the access token ends."""


class ZaloTokens:
    """The tokens of one account; one renewal at a time, whoever asks."""

    def __init__(
        self,
        web: Outgoing,
        folder: Path,
        clock: Clock,
        *,
        address: str,
        app_id: str,
        secret: SecretRef,
        seed: SecretRef,
    ) -> None:
        """
        Args:
            folder: where the tokens are kept, owner only.
            clock: real time, never the simulated one.
            address: of the token call.
            seed: the refresh token that the operator got when they allowed the app; a new one there goes first.
        """
        self._web = web
        self._path = folder / FILE
        self._clock = clock
        self._address = address
        self._app_id = app_id
        self._secret = secret
        self._seed = seed

    def access(self, *, stale: str = "") -> str:
        """
        Return an access token.

        Args:
            stale: a token that the API has just refused; it is never returned again.

        Raises:
            AccessError: no refresh token is good any more: the operator must allow the app anew.
            OutsideError: Zalo does not answer, or another process is renewing.
        """
        kept = self._kept()
        if self._good(kept, stale):
            return str(kept["access_token"])
        try:
            with sole_holder(self._path.with_name("tokens.lock"), "zalo"):
                kept = self._kept()  # somebody else may have renewed it meanwhile
                if self._good(kept, stale):
                    return str(kept["access_token"])
                return self._renewed(kept)
        except BusyError as error:
            raise OutsideError(
                what=_("Một tiến trình khác đang gia hạn phiên Zalo."), where=self._web.name, code=ZALO_SESSION_CODE,
                advice=_("congkhai tự thử lại."),
            ) from error  # fmt: skip

    def _good(self, kept: Mapping[str, Any], stale: str) -> bool:
        token, until = kept.get("access_token"), kept.get("until")
        if not token or not until or token == stale or kept.get("seed") != self._seed_digest():
            return False
        return datetime.fromisoformat(until) - _EARLY > self._clock.now()

    def _renewed(self, kept: Mapping[str, Any]) -> str:
        seed = self._seed_digest()
        # A seed that the operator has changed is newer than whatever we kept of the old one.
        refresh = str(kept.get("refresh_token", "")) if kept.get("seed") == seed else ""
        form = {"app_id": self._app_id, "grant_type": "refresh_token", "refresh_token": refresh or self._seed.read()}
        try:
            reply = self._web.post(self._address, headers={"secret_key": self._secret.read()}, data=form)
            answer = reply.json()
        except (UndecidedError, Transient) as error:
            raise OutsideError(
                what=_("Không rõ Zalo đã gia hạn phiên hay chưa."), where=self._web.name, code=ZALO_SESSION_CODE,
                advice=_("congkhai tự thử lại; nếu mã làm mới đã bị dùng mất, cần cấp quyền lại cho ứng dụng."),
            ) from error  # fmt: skip
        if not isinstance(answer, Mapping) or not answer.get("access_token") or not answer.get("refresh_token"):
            code = str(answer.get("error", reply.status))[:12] if isinstance(answer, Mapping) else str(reply.status)
            raise AccessError(
                what=_("Zalo không gia hạn phiên ({code}).").format(code=code), where=self._web.name,
                code=ZALO_SESSION_CODE,
                advice=_("Cấp quyền lại cho ứng dụng trên developers.zalo.me rồi ghi mã làm mới vào refresh-token."),
            )  # fmt: skip
        try:
            seconds = min(max(int(answer.get("expires_in", 3600)), 60), 30 * 86400)
        except (TypeError, ValueError):
            seconds = 3600
        until = self._clock.now() + timedelta(seconds=seconds)
        self._keep({
            "seed": seed, "access_token": str(answer["access_token"]), "refresh_token": str(answer["refresh_token"]),
            "until": until.isoformat(),
        })  # fmt: skip
        return str(answer["access_token"])

    def _seed_digest(self) -> str:
        return hashlib.sha256(self._seed.read().encode()).hexdigest()

    def _kept(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, kept: Mapping[str, Any]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.parent.chmod(0o700)  # before the file is there, so that nobody reads it in between
            write_durably(self._path, json.dumps(kept).encode())
            self._path.chmod(0o600)
        except OSError as error:
            raise AccessError(
                what=_("Không lưu được mã làm mới của Zalo; mã cũ đã hết hiệu lực."), where=str(self._path),
                code=ZALO_SESSION_CODE,
                advice=_("Sửa đĩa hoặc quyền ghi, rồi cấp quyền lại cho ứng dụng."),
            ) from error  # fmt: skip
