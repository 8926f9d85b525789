"""Mails as they leave: a notice to staff, and the word that it no longer stands. RFC 5322, RFC 2919 (List-Id)."""

import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import BinaryIO

from congkhai.plugin.clock import ZONE
from congkhai.plugin.interfaces import feedback_code
from congkhai.plugin.records import FilingFile, Notice
from congkhai.plugin.text import _

from .plain_names import ascii_slug

_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of an act: its idempotency key at the sender's domain; the same act, the same id."""
    domain = sender.rpartition("@")[2].strip(">")
    return f"<{key}@{domain if _DOMAIN.fullmatch(domain) else 'congkhai.invalid'}>"


def base_message(*, key: str, sender: str, recipient: str, subject: str, at: datetime, list_name: str) -> EmailMessage:
    """Write the headers that all our mails share; a machine must not answer them (RFC 3834)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())[:300]
    message["Date"] = format_datetime(at.astimezone(ZONE))
    message["Message-ID"] = message_id(key, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "list"
    if list_name:
        message["List-Id"] = f"<{list_name}>"
    return message


def notice_message(
    notice: Notice, *, sender: str, recipient: str, reply_to: str, list_name: str, at: datetime,
    open_blob: Callable[[str], BinaryIO], limit: int,
) -> EmailMessage:  # fmt: skip
    """
    Write the mail of a notice: plain text, with the papers as attachments as far as they fit.

    Args:
        recipient: one address; nobody sees another's.
        reply_to: where comments go; the sender when empty.
        limit: bytes of attachments; what does not fit is named with its digest.
    """
    code = feedback_code(notice.disclosure)
    message = base_message(
        key=notice.key, sender=sender, recipient=recipient, at=at, list_name=list_name,
        subject=_("[Công khai] {title} [{code}]").format(title=notice.title, code=code),
    )  # fmt: skip
    if reply_to:
        message["Reply-To"] = reply_to
    fitting = fitting_files(notice.files, limit)
    message.set_content(_text(notice, fitting, code), cte="base64")
    for ordinal, file in enumerate(fitting, 1):
        with open_blob(file.sha256) as source:
            content = source.read()
        main, _slash, sub = file.media_type.partition("/")
        plain = bool(re.fullmatch(r"[a-z]+/[A-Za-z0-9.+-]+", file.media_type)) and main not in {
            "text",
            "message",
            "multipart",
        }
        message.add_attachment(
            content, maintype=main if plain else "application", subtype=sub if plain else "octet-stream",
            filename=_file_name(file.name, ordinal),
        )  # fmt: skip
    return message


def withdrawal_message(
    *, key: str, publish_key: str, title: str, sender: str, recipient: str, list_name: str, at: datetime
) -> EmailMessage:
    """Write the mail that says that a notice no longer stands, in the thread of the notice."""
    message = base_message(
        key=key, sender=sender, recipient=recipient, at=at, list_name=list_name,
        subject=_("[Công khai – đã kết thúc] {title}").format(title=title),
    )  # fmt: skip
    message["In-Reply-To"] = message["References"] = message_id(publish_key, sender)
    message.set_content(
        _("Nội dung công khai “{title}” gửi trước đây không còn được công khai.").format(title=title), cte="base64"
    )
    return message


def fitting_files(files: tuple[FilingFile, ...], limit: int) -> tuple[FilingFile, ...]:
    """Return the files that fit into a mail, in order, leaving out one that does not."""
    chosen, total = [], 0
    for file in files:
        if total + file.size <= limit:
            chosen.append(file)
            total += file.size
    return tuple(chosen)


def _text(notice: Notice, fitting: tuple[FilingFile, ...], code: str) -> str:
    lines = [notice.title, "", *notice.body.splitlines(), ""]
    if notice.files:
        lines.append(_("Văn bản:"))
        for file in notice.files:
            left = "" if file in fitting else " " + _("(quá lớn để gửi kèm, xem tại văn thư)")
            lines += [f"- {file.name}{left}", f"  SHA-256: {file.sha256}"]
        lines.append("")
    lines.append(_("Ý kiến phản ánh, kiến nghị: trả lời thư này, giữ mã {code} trong tiêu đề.").format(code=code))
    return "\n".join(lines)


def _file_name(name: str, ordinal: int) -> str:
    """Return a name that no mail program takes for a path or a header; the words stay readable."""
    plain = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\:*?"<>|').strip(" .")
    return plain[-150:] or f"{ascii_slug(name) or 'tep'}-{ordinal}"
