"""
Reading a mailbox without touching it: opened read-only, fetched with ``BODY.PEEK``, by UID.

RFC 9051 (IMAP4rev2) and RFC 3501: EXAMINE selects read-only, UIDs grow and never change while UIDVALIDITY stays the
same. TLS is never optional.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from congkhai.plugin.errors import AccessError, ConfigurationError, OutsideError
from congkhai.plugin.text import _

IMAP_CODE = "congkhai-E580"
_PORTS = {"tls": 993, "starttls": 143}
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_INTERNAL = re.compile(rb'INTERNALDATE "([^"]+)"')
_PLAIN_MAILBOX = re.compile(r"[ -!#-\[\]-~]+")


@dataclass(frozen=True, slots=True)
class Server:
    """Where the mailbox is and who we are there; `timeout` in seconds."""

    host: str
    port: int
    security: Literal["tls", "starttls"]
    user: str
    password: str
    mailbox: str
    ca: str | None
    timeout: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message before it is fetched: UID, size in bytes, and the server's own date of arrival."""

    uid: int
    size: int
    internal_date: str


class Mailbox:
    """One mailbox, opened read-only."""

    def __init__(self, connection: imaplib.IMAP4, where: str) -> None:
        self._connection = connection
        self._where = where
        self.validity = self._validity()

    def _validity(self) -> int:
        _kind, data = self._connection.response("UIDVALIDITY")
        word = data[0] if data else None
        if not isinstance(word, bytes) or not word.isdigit():
            raise _failed(self._where, "UIDVALIDITY")
        return int(word)

    def since(self, last: int, day: str = "") -> list[int]:
        """
        Return the UIDs above `last`, ascending.

        Args:
            day: only messages that arrived on or after this day, as IMAP writes it (``06-Jul-2026``); empty for all.
        """
        criteria = ["UID", f"{last + 1}:*", *(["SINCE", day] if day else [])]
        words = self._call("SEARCH", *criteria)
        # "n:*" always names the last message, even below n (RFC 9051 section 6.4.4): it is left out here.
        found = sorted(
            {int(word) for line in words if isinstance(line, bytes) for word in line.split() if word.isdigit()}
        )
        return [uid for uid in found if uid > last]

    def envelope(self, uid: int) -> Envelope | None:
        """Return size and arrival of a message; None when it has gone."""
        text = b" ".join(
            part if isinstance(part, bytes) else b" ".join(part)
            for part in self._call("FETCH", str(uid), "(UID RFC822.SIZE INTERNALDATE)")
            if part
        )
        same, size, date = _UID.search(text), _SIZE.search(text), _INTERNAL.search(text)
        if same is None or size is None or int(same[1]) != uid:
            return None
        return Envelope(uid, int(size[1]), date[1].decode("ascii", "replace") if date else "")

    def fetch(self, uid: int, *, header_only: bool = False) -> bytes | None:
        """Return a message, or its header, without marking it read; None when it has gone."""
        wanted = "(UID BODY.PEEK[HEADER])" if header_only else "(UID BODY.PEEK[])"
        for part in self._call("FETCH", str(uid), wanted):
            if isinstance(part, tuple) and len(part) == 2:
                return bytes(part[1])
        return None

    def find(self, header: str, value: str) -> list[int]:
        """Return the UIDs of messages whose header contains a value (plain ASCII, no quotes)."""
        if not _PLAIN_MAILBOX.fullmatch(value):
            return []
        words = self._call("SEARCH", "HEADER", header, f'"{value}"')
        return sorted(
            {int(word) for line in words if isinstance(line, bytes) for word in line.split() if word.isdigit()}
        )

    def _call(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        try:
            kind, data = self._connection.uid(command, *arguments)
        except (imaplib.IMAP4.error, OSError) as error:
            raise _failed(self._where, type(error).__name__) from error
        if kind != "OK":
            raise _failed(self._where, command)
        return list(data)


def _numbers(lines: list[bytes | tuple[bytes, bytes] | None]) -> list[int]:
    words = [word for line in lines if isinstance(line, bytes) for word in line.split()]
    return sorted({int(word) for word in words if word.isdigit()})


@contextmanager
def mailbox(server: Server) -> Iterator[Mailbox]:
    """
    Open a mailbox for reading.

    Raises:
        AccessError: the login was refused, or there is no such mailbox.
        OutsideError: the server cannot be reached, is not who it says, or broke off.
        ConfigurationError: the mailbox's name cannot be written in IMAP.
    """
    if not _PLAIN_MAILBOX.fullmatch(server.mailbox):
        raise ConfigurationError(
            what=_("Tên hộp thư không viết được trong IMAP."), where=server.mailbox, code="congkhai-E581",
            advice=_("Dùng tên ở dạng IMAP (UTF-7 cải biên), chỉ gồm chữ không dấu."),
        )  # fmt: skip
    where = f"{server.host}/{server.mailbox}"
    try:
        connection = _connect(server)
    except (imaplib.IMAP4.error, OSError) as error:
        raise _failed(where, type(error).__name__) from error
    try:
        _enter(connection, server, where)
        yield Mailbox(connection, where)
    finally:
        _leave(connection)


def _connect(server: Server) -> imaplib.IMAP4:
    trust = ssl.create_default_context(cafile=server.ca)
    port = server.port or _PORTS[server.security]
    if server.security == "tls":
        return imaplib.IMAP4_SSL(server.host, port, ssl_context=trust, timeout=server.timeout)
    connection = imaplib.IMAP4(server.host, port, timeout=server.timeout)
    try:
        connection.starttls(trust)
    except BaseException:
        connection.shutdown()
        raise
    return connection


def _enter(connection: imaplib.IMAP4, server: Server, where: str) -> None:
    try:
        connection.login(server.user, server.password)
    except (imaplib.IMAP4.abort, OSError) as error:
        raise _failed(where, type(error).__name__) from error
    except imaplib.IMAP4.error as error:
        raise AccessError(
            what=_("Máy chủ thư từ chối đăng nhập hộp thư góp ý."), where=where, code="congkhai-E582",
            advice=_("Kiểm tra user và password, rồi chạy congkhai feedback resume."),
        ) from error  # fmt: skip
    try:
        kind, _data = connection.select(f'"{server.mailbox}"', readonly=True)
    except (imaplib.IMAP4.error, OSError) as error:
        raise _failed(where, type(error).__name__) from error
    if kind != "OK":
        raise AccessError(
            what=_("Không mở được hộp thư góp ý."), where=where, code="congkhai-E582",
            advice=_("Kiểm tra tên hộp thư và quyền đọc của tài khoản."),
        )  # fmt: skip


def _leave(connection: imaplib.IMAP4) -> None:
    """Log out without CLOSE, which would expunge; the server may have gone already."""
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        connection.shutdown()


def _failed(where: str, reason: str) -> OutsideError:
    return OutsideError(
        what=_("Không đọc được hộp thư góp ý ({reason}).").format(reason=reason), where=where, code=IMAP_CODE,
        advice=_("Kiểm tra máy chủ thư, cổng và chứng thư của nó; congkhai tự đọc lại."),
    )  # fmt: skip
