"""
A small IMAP server (RFC 3501, the part a reader needs) that keeps flags, remembers every command, and fails as told.
"""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes

from .tls import Certificates

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Mail:
    """One mail in the box: its bytes, arrival as IMAP writes it, and flags."""

    raw: bytes
    arrived: str = "06-Jul-2026 08:00:00 +0700"
    flags: set[str] = field(default_factory=set)


@dataclass
class Box:
    """
    The mailbox and the server's mood.

    Attributes:
        drop_on: command at which the server fails, e.g. ``UID FETCH``; `answers` before that many.
        mood: how it fails: ``drop`` (hangs up), ``no`` (refuses), ``garbage`` (answers with bytes that are no IMAP).
        commands: every command line without its tag, passwords left out.
    """

    mails: dict[int, Mail] = field(default_factory=dict)
    validity: int = 1
    drop_on: str = ""
    mood: str = "drop"
    answers: int = 0
    commands: list[str] = field(default_factory=list)

    def put(self, raw: bytes, **more: str) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = Mail(raw.replace(b"\n", b"\r\n"), **more)
        return uid


class _Session(socketserver.StreamRequestHandler):
    server: "ImapServer"

    def handle(self) -> None:
        box = self.server.box
        self._say("* OK ready")
        examined = False
        for raw in self.rfile:
            tag, _space, line = raw.decode().strip().partition(" ")
            verb = " ".join(line.split()[: 2 if line.upper().startswith("UID") else 1]).upper()
            box.commands.append("LOGIN" if verb == "LOGIN" else line)
            if box.drop_on and verb == box.drop_on:
                box.answers -= 1
                if box.answers < 0 and box.mood == "no":
                    self._say(f"{tag} NO not now")
                    continue
                if box.answers < 0:
                    if box.mood == "garbage":
                        self.wfile.write(b"\xff\xfe<html>\r\n* \x00 {99999999999}\r\n" + tag.encode() + b" WHAT\r\n")
                    return
            if verb == "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1", f"{tag} OK done")
            elif verb == "LOGIN":
                good = line.split()[1:] == ["gop-y", '"mat-khau"']
                self._say(f"{tag} OK in" if good else f"{tag} NO [AUTHENTICATIONFAILED] wrong")
            elif verb in ("EXAMINE", "SELECT"):
                examined = verb == "EXAMINE"
                there = line.split()[1] == '"INBOX"'
                self._say(f"* {len(box.mails)} EXISTS", f"* OK [UIDVALIDITY {box.validity}] ok")
                self._say(f"{tag} OK [READ-ONLY] open" if there else f"{tag} NO no such mailbox")
            elif verb == "UID SEARCH":
                self._say("* SEARCH " + " ".join(map(str, self._search(line))), f"{tag} OK done")
            elif verb == "UID FETCH":
                self._fetch(tag, line, seen=not examined)
            elif verb == "LOGOUT":
                self._say("* BYE", f"{tag} OK bye")
                return
            else:
                self._say(f"{tag} BAD {verb}")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _search(self, line: str) -> list[int]:
        box = self.server.box
        span = re.search(r"UID (\d+):\*", line)
        found = list(box.mails)
        if span:
            low, last = int(span[1]), max(box.mails, default=0)
            found = [uid for uid in found if uid >= low or uid == last]  # RFC 9051 section 6.4.4
        since = re.search(r"SINCE (\d\d)-(\w{3})-(\d{4})", line)
        if since:
            found = [
                uid for uid in found if _day(box.mails[uid].arrived) >= _day(f"{since[1]}-{since[2]}-{since[3]} x")
            ]
        wanted = re.search(r"HEADER (\S+) ", line)
        if wanted:
            value = _LITERAL.search(line)
            assert value
            found = [uid for uid in found if value[1] in str(message_from_bytes(box.mails[uid].raw)[wanted[1]])]
        return found

    def _fetch(self, tag: str, line: str, *, seen: bool) -> None:
        box = self.server.box
        uid = int(line.split()[2])
        mail = box.mails.get(uid)
        if mail is not None:
            if "BODY" in line:
                if "PEEK" not in line or seen:
                    mail.flags.add("\\Seen")
                content = mail.raw.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in line else mail.raw
                section = "BODY[HEADER]" if "HEADER" in line else "BODY[]"
                self.wfile.write(f"* 1 FETCH (UID {uid} {section} {{{len(content)}}}\r\n".encode() + content + b")\r\n")
            else:
                self._say(f'* 1 FETCH (UID {uid} RFC822.SIZE {len(mail.raw)} INTERNALDATE "{mail.arrived}")')
        self._say(f"{tag} OK done")


def _day(text: str) -> tuple[int, int, int]:
    day, month, year = text.split()[0].split("-")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return int(year), months.index(month), int(day)


class ImapServer(socketserver.ThreadingTCPServer):
    """Serves one box over TLS on a free port of this machine."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, box: Box, certificates: Certificates) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box = box
        self.socket = certificates.server().wrap_socket(self.socket, server_side=True)
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: clients that hang up or distrust us are part of the tests."""

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        """Accept one client; a failed handshake is an OSError, which the base class swallows."""
        return super().get_request()  # type: ignore[return-value]  # the socket was wrapped

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)
