"""
Messages by mail, over SMTP with TLS.

The message's key becomes the ``Message-ID``, so that a message that had to be sent twice after a crash is one message
to a mail program. RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the start), RFC 5322.
"""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from pydantic import Field, field_validator

from congkhai.plugin.clock import ZONE
from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Location, Settings, Words
from congkhai.plugin.errors import AccessError, ConfigurationError, OutsideError
from congkhai.plugin.hooks import RegisterMessenger, hookimpl
from congkhai.plugin.interfaces import Context, Message
from congkhai.plugin.records import CheckResult
from congkhai.plugin.text import _

_REFUSED_FOR_GOOD = 500


class MailSettings(Settings):
    """Keys of ``[messenger:NAME] type = mail``."""

    roles: Words = Field(description="Các vai trò nhận, ví dụ records_officer, head.")
    to: Words = Field(description="Địa chỉ của từng vai trò theo cùng thứ tự, ví dụ vanthu@…, lanhdao@….")
    sender: str = Field(description="Địa chỉ người gửi.")
    host: str = Field(description="Máy chủ gửi thư (SMTP).")
    port: int = Field(default=0, ge=0, le=65535, description="Cổng; 0: 465 với tls, 587 với starttls.")
    security: Literal["tls", "starttls"] = Field(
        default="starttls", description="tls: mã hoá ngay từ đầu; starttls: nâng lên mã hoá, bắt buộc."
    )
    user: str = Field(default="", description="Tên đăng nhập; bỏ trống: không đăng nhập.")
    password: Secret | None = Field(default=None, description="Mật khẩu, ví dụ {credential thu}.")
    ca_file: Location | None = Field(
        default=None, description="Chứng thư gốc (PEM) của máy chủ thư; bỏ trống: các gốc của hệ thống."
    )
    timeout: Duration = Field(default=timedelta(seconds=30), gt=timedelta(0), description="Chờ máy chủ bao lâu.")

    @field_validator("to")
    @classmethod
    def _one_address_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" not in address or any(mark in address for mark in "\r\n <>") for address in value):
            raise ValueError("các địa chỉ thư như vanthu@xa.gov.vn")
        return value


class Mail:
    """Sends each role its messages."""

    def __init__(self, settings: MailSettings, context: Context) -> None:
        if len(settings.to) != len(settings.roles):
            raise _unequal(context.name)
        self.roles: Sequence[str] = settings.roles
        self._settings = settings
        self._addresses = dict(zip(settings.roles, settings.to, strict=True))
        self._clock = context.clock

    def send(self, message: Message) -> None:
        """Send a message to the address of its role. Raises OutsideError, AccessError."""
        mail = EmailMessage()
        mail["From"] = self._settings.sender
        mail["To"] = self._addresses[message.role]
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = format_datetime(self._clock.now().astimezone(ZONE))
        mail["Message-ID"] = f"<{message.key}@{self._settings.sender.partition('@')[2] or 'congkhai'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        with self._session() as session:
            session.send_message(mail)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check that the server can be reached, is who it says, and lets us in; sends nothing."""
        if live:
            try:
                with self._session() as session:
                    session.noop()
            except OutsideError as error:
                return [CheckResult("messenger.mail", "fail", error.what, error.advice)]
        return [CheckResult("messenger.mail", "ok", f"{self._settings.host}: {', '.join(self.roles)}")]

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Open a session that is encrypted and, where a user is named, logged in."""
        settings = self._settings
        trust = ssl.create_default_context(cafile=settings.ca_file)
        seconds = settings.timeout.total_seconds()
        try:
            if settings.security == "tls":
                session: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host, settings.port or 465, timeout=seconds, context=trust
                )
            else:
                session = smtplib.SMTP(settings.host, settings.port or 587, timeout=seconds)
            with session:
                if settings.security == "starttls":
                    session.starttls(context=trust)
                if settings.user:
                    session.login(settings.user, settings.password.read() if settings.password else "")
                yield session
        except smtplib.SMTPAuthenticationError as error:
            raise AccessError(
                what=_("Máy chủ thư từ chối đăng nhập."), where=settings.host, code="congkhai-E593",
                advice=_("Kiểm tra user và password của mục messenger."),
            ) from error  # fmt: skip
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _text in error.recipients.values()}
            kind = AccessError if min(codes) >= _REFUSED_FOR_GOOD else OutsideError
            raise kind(
                what=_("Máy chủ thư không nhận địa chỉ người nhận."), where=settings.host, code="congkhai-E594",
                advice=_("Kiểm tra khoá to của mục messenger."),
            ) from error  # fmt: skip
        except (smtplib.SMTPException, OSError) as error:
            raise OutsideError(
                what=_("Không gửi được thư qua {host}: {reason}.").format(
                    host=settings.host, reason=type(error).__name__
                ),
                where=settings.host, advice=_("Kiểm tra máy chủ thư, cổng và chứng thư của nó."), code="congkhai-E592",
            ) from error  # fmt: skip


def _unequal(name: str) -> ConfigurationError:
    return ConfigurationError(
        what=_("Số địa chỉ trong to khác số vai trò trong roles."), where=f"[messenger:{name}]", code="congkhai-E595",
        advice=_("Ghi mỗi vai trò đúng một địa chỉ, theo cùng thứ tự."),
    )  # fmt: skip


@hookimpl
def register_messengers(register: RegisterMessenger) -> None:
    """Offer mail."""
    register("mail", MailSettings, Mail)
