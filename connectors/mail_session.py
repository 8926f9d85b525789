"""
Sessions with a mail server, and one message handed over with its outcome known exactly.

RFC 5321 (SMTP), RFC 3207 (STARTTLS, here never optional), RFC 8314 (TLS from the start). A server is responsible for a
message once it has answered 250 after the final dot; when that answer is lost, nobody can tell what became of it.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from functools import partial
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Location, Settings
from congkhai.plugin.errors import AccessError, OutsideError
from congkhai.plugin.text import _

_LINE_DOT = re.compile(rb"(?m)^\.")
_PORTS = {"tls": 465, "starttls": 587}


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class SmtpSettings(Settings):
    """Keys of every section that sends mail."""

    smtp_host: str = Field(default="", description="Máy chủ gửi thư (SMTP); luôn dùng TLS.")
    smtp_port: int = Field(default=0, ge=0, le=65535, description="Cổng; 0: 465 với tls, 587 với starttls.")
    smtp_security: Literal["tls", "starttls"] = Field(
        default="starttls", description="tls: mã hóa ngay từ đầu; starttls: nâng lên mã hóa, bắt buộc."
    )
    smtp_user: str = Field(default="", description="Tên đăng nhập gửi thư; bỏ trống: không đăng nhập.")
    smtp_password: Secret | None = Field(default=None, description="Mật khẩu gửi thư, dạng tham chiếu.")
    smtp_timeout: Duration = Field(default=_written("60 s"), description="Chờ máy chủ thư trả lời.")
    smtp_ca: Location | None = Field(default=None, description="Tệp PEM của CA riêng của máy chủ gửi thư.")
    sender: str = Field(default="", description="Địa chỉ gửi, ví dụ congkhai@mauson.example.vn.")

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.smtp_host and "@" not in self.sender:
            raise ValueError("smtp-host cần sender là một địa chỉ thư")
        if bool(self.smtp_user) != (self.smtp_password is not None):
            raise ValueError("smtp-user và smtp-password phải đi cùng nhau")
        if self.smtp_timeout <= timedelta(0):
            raise ValueError("smtp-timeout phải dài hơn 0")
        return self


class Fate(StrEnum):
    """What became of one message for one recipient."""

    SENT = "sent"  # the server has it
    REFUSED = "refused"  # the server will never take it (5xx)
    LATER = "later"  # not taken now (4xx), or never handed over
    UNSURE = "unsure"  # handed over, and the answer was lost


@dataclass(frozen=True, slots=True)
class Handed:
    """The outcome for one recipient: fate, and the server's code (0 when there was none). No text of the server."""

    fate: Fate
    code: int = 0


@contextmanager
def session(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """
    Open an encrypted session, logged in where a user is named.

    Raises:
        AccessError: the login was refused.
        OutsideError: the server cannot be reached, is not who it says, or does not encrypt. Nothing was sent.
    """
    try:
        opened = _open(settings)
    except smtplib.SMTPAuthenticationError as error:
        raise AccessError(
            what=_("Máy chủ thư từ chối đăng nhập."), where=settings.smtp_host, code="congkhai-E567",
            advice=_("Kiểm tra smtp-user và smtp-password."),
        ) from error  # fmt: skip
    except (smtplib.SMTPException, OSError) as error:
        raise OutsideError(
            what=_("Không nối được máy chủ gửi thư ({reason}).").format(reason=type(error).__name__),
            where=settings.smtp_host, code="congkhai-E567",
            advice=_("Kiểm tra địa chỉ, cổng, chứng thư của máy chủ thư; congkhai tự thử lại."),
        ) from error  # fmt: skip
    try:
        yield opened
    finally:
        _leave(opened)


def _open(settings: SmtpSettings) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=str(settings.smtp_ca) if settings.smtp_ca else None)
    seconds = settings.smtp_timeout.total_seconds()
    port = settings.smtp_port or _PORTS[settings.smtp_security]
    if settings.smtp_security == "tls":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, port, timeout=seconds, context=trust)
    else:
        opened = smtplib.SMTP(settings.smtp_host, port, timeout=seconds)
    try:
        if settings.smtp_security == "starttls":
            opened.starttls(context=trust)
        opened.ehlo_or_helo_if_needed()
        if settings.smtp_user and settings.smtp_password is not None:
            opened.login(settings.smtp_user, settings.smtp_password.read())
    except BaseException:
        opened.close()
        raise
    return opened


def _leave(opened: smtplib.SMTP) -> None:
    """Say goodbye if the server still listens; what was sent stands in any case."""
    try:
        opened.quit()
    except (smtplib.SMTPException, OSError):
        opened.close()


def hand_over(opened: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str) -> Handed:
    """
    Hand one message over for one recipient.

    Args:
        opened: a session; after ``UNSURE``, and after ``LATER`` with code 0, it is dead and another is needed.

    Returns:
        What became of it; never raises for what the server or the network does.
    """
    content = message.as_bytes(policy=SMTP)
    try:
        for step in (partial(opened.mail, sender), partial(opened.rcpt, recipient), partial(opened.docmd, "DATA")):
            code, _text = step()
            if code not in (250, 251, 252, 354):
                opened.rset()
                return Handed(_of(code), code)
    except (smtplib.SMTPException, OSError):
        return Handed(Fate.LATER)  # the content never left: it certainly was not delivered
    try:
        opened.send(_LINE_DOT.sub(b"..", content) + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, _text = opened.getreply()
    except (smtplib.SMTPException, OSError):
        return Handed(Fate.UNSURE)
    if code == -1:
        return Handed(Fate.UNSURE)
    return Handed(Fate.SENT if code == 250 else _of(code), code)


def _of(code: int) -> Fate:
    return Fate.REFUSED if 500 <= code < 600 else Fate.LATER
