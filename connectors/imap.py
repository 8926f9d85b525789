"""
The source of feedback ``imap``: a mailbox for comments, read without marking anything read.

A mail is named by its Message-ID, so a mailbox that is rebuilt (a new UIDVALIDITY) is read again from its beginning and
nothing is kept twice. Attachments stay in the mailbox. Where ``smtp-host`` is set, the sender is told that the comment
arrived; machines are never answered (RFC 3834).
"""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from congkhai.plugin.clock import ZONE
from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Location, Size
from congkhai.plugin.errors import CongkhaiError, OutsideError
from congkhai.plugin.hooks import RegisterFeedbackSource, hookimpl
from congkhai.plugin.interfaces import Context, PulledFeedback
from congkhai.plugin.records import CheckResult, CursorMark
from congkhai.plugin.text import _

from .imap_mail import header, is_automatic, mail_key, read_mail, reply_address
from .imap_session import Mailbox, Server, mailbox
from .mail_message import base_message
from .mail_session import Fate, SmtpSettings, hand_over, session

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EVERY = 50
"""A mark after so many mails, so that a long first reading need not begin anew."""


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class ImapSettings(SmtpSettings):
    """Keys of ``[feedback:NAME] type = imap``."""

    title: str = Field(default="hộp thư góp ý", min_length=1, description="Tên nguồn, in trong biên bản.")
    host: str = Field(min_length=1, description="Máy chủ nhận thư (IMAP); luôn dùng TLS.")
    port: int = Field(default=0, ge=0, le=65535, description="Cổng; 0: 993 với tls, 143 với starttls.")
    security: Literal["tls", "starttls"] = Field(
        default="tls", description="tls: mã hóa ngay từ đầu; starttls: nâng lên mã hóa, bắt buộc."
    )
    user: str = Field(min_length=1, description="Tài khoản đọc hộp thư.")
    password: Secret = Field(description="Mật khẩu của tài khoản, dạng tham chiếu.")
    mailbox: str = Field(default="INBOX", description="Tên hộp thư, viết như IMAP viết.")
    ca_bundle: Location | None = Field(default=None, description="Tệp PEM của CA riêng của máy chủ nhận thư.")
    timeout: Duration = Field(default=_written("60 s"), description="Chờ máy chủ thư trả lời.")
    since_days: int = Field(
        default=30, ge=0, le=3650, description="Lần đọc đầu tiên lùi lại bấy nhiêu ngày; 0: đọc từ đầu hộp thư."
    )
    max_size: Size = Field(
        default=_written("10 MiB"), description="Thư lớn hơn mức này chỉ ghi nhận tiêu đề, nội dung xem trong hộp thư."
    )

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.timeout <= timedelta(0):
            raise ValueError("timeout phải dài hơn 0")
        return self


class ImapSource:
    """One mailbox for comments."""

    attended = False

    def __init__(self, settings: ImapSettings, context: Context) -> None:
        self.title = settings.title
        self._settings = settings
        self._context = context

    def pull(self, cursor: str | None) -> Iterator[PulledFeedback | CursorMark]:
        """Offer what arrived since the cursor (UIDVALIDITY and the last UID). Raises OutsideError, AccessError."""
        validity, last = _position(cursor)
        with mailbox(self._server()) as box:
            day = ""
            if validity != box.validity:
                last = 0  # the numbers mean other mails now, or we never were here
                day = self._first_day() if cursor is None else ""
            for count, uid in enumerate(box.since(last, day), 1):
                offered = self._read(box, uid)
                if offered is not None:
                    yield offered
                last = uid
                if count % _EVERY == 0:
                    yield _mark(box, last)
            yield _mark(box, last)

    def acknowledge(self, key: str) -> bool:
        """
        Tell the sender that the comment arrived; False without ``smtp-host``, or where a machine wrote it.

        Raises:
            OutsideError: mailbox or mail server cannot be reached, or would not take the mail now.
        """
        if not self._settings.smtp_host or not key.startswith("<"):
            return False
        with mailbox(self._server()) as box:
            raw = self._header_of(box, key)
        if raw is None:
            return False
        message = message_from_bytes(raw, policy=default)
        address = reply_address(message)
        own = {self._settings.sender.casefold(), self._settings.user.casefold()}
        if is_automatic(message) or "@" not in address or address.casefold() in own:
            return False
        subject = header(message, "Subject")
        reply = base_message(
            key=f"ack-{mail_key(message, raw)[1:33]}".encode("ascii", "ignore").decode().replace("@", "."),
            sender=self._settings.sender, recipient=address, at=self._context.clock.now(), list_name="",
            subject=_("Đã nhận ý kiến: {subject}").format(subject=subject),
        )  # fmt: skip
        reply.replace_header("Auto-Submitted", "auto-replied")
        reply["In-Reply-To"] = reply["References"] = key
        reply.set_content(
            _("Cơ quan đã nhận được ý kiến của ông/bà và sẽ xem xét, trả lời theo quy định. Trân trọng cảm ơn."),
            cte="base64",
        )
        with session(self._settings) as opened:
            handed = hand_over(opened, reply, self._settings.sender, address)
        if handed.fate is Fate.LATER:
            raise OutsideError(
                what=_("Máy chủ thư chưa nhận thư báo đã nhận ý kiến."), where=self._settings.smtp_host,
                advice=_("congkhai tự gửi lại."), code="congkhai-E583",
            )  # fmt: skip
        return handed.fate is not Fate.REFUSED  # an answer lost on the way is not worth writing to somebody twice

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Say which mailbox it is; with `live`, open it read-only, and the mail server where there is one."""
        place = f"{self._settings.host}/{self._settings.mailbox}"
        if not live:
            return (CheckResult("feedback.mailbox", "skipped", _("Chưa thử mở {place}.").format(place=place)),)
        results = []
        try:
            with mailbox(self._server()):
                results.append(CheckResult("feedback.mailbox", "ok", place))
        except CongkhaiError as error:
            results.append(CheckResult("feedback.mailbox", "fail", str(error), error.advice))
        if self._settings.smtp_host:
            try:
                with session(self._settings) as opened:
                    opened.noop()
                results.append(CheckResult("feedback.server", "ok", self._settings.smtp_host))
            except CongkhaiError as error:
                results.append(CheckResult("feedback.server", "fail", str(error), error.advice))
        return results

    def _server(self) -> Server:
        settings = self._settings
        return Server(
            settings.host, settings.port, settings.security, settings.user, settings.password.read(),
            settings.mailbox, str(settings.ca_bundle) if settings.ca_bundle else None,
            settings.timeout.total_seconds(),
        )  # fmt: skip

    def _first_day(self) -> str:
        if not self._settings.since_days:
            return ""
        day = (self._context.clock.now() - timedelta(days=self._settings.since_days)).astimezone(ZONE)
        return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"

    def _read(self, box: Mailbox, uid: int) -> PulledFeedback | None:
        """Return one mail; None when it went between the search and now."""
        known = box.envelope(uid)
        if known is None:
            return None
        cut = known.size > self._settings.max_size
        raw = box.fetch(uid, header_only=cut)
        if raw is None:
            return None
        return read_mail(raw, arrived=known.internal_date, now=self._context.clock.now(), cut=cut)

    @staticmethod
    def _header_of(box: Mailbox, key: str) -> bytes | None:
        for uid in box.find("Message-ID", key):
            raw = box.fetch(uid, header_only=True)
            if raw is not None and mail_key(message_from_bytes(raw, policy=default), raw) == key:
                return raw
        return None


def _position(cursor: str | None) -> tuple[int, int]:
    """Read a cursor; one that cannot be read means the beginning."""
    try:
        facts = json.loads(cursor or "{}")
        return int(facts["validity"]), int(facts["uid"])
    except (ValueError, KeyError, TypeError):
        return 0, 0


def _mark(box: Mailbox, uid: int) -> CursorMark:
    return CursorMark(json.dumps({"validity": box.validity, "uid": uid}))


@hookimpl
def register_feedback_sources(register: RegisterFeedbackSource) -> None:
    """Offer ``type = imap``."""
    register("imap", ImapSettings, ImapSource)
