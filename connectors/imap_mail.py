"""What a received mail says: its words without what it quotes, who sent it, what it answers, whether a machine did."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr

from lxml import etree

from congkhai.plugin.interfaces import PulledFeedback
from congkhai.plugin.text import _

_KEY = re.compile(r"<([0-9a-f]{32})(?:-w)?@[^<>\s]+>")
_ID = re.compile(r"<[^<>\s]{1,900}>")
_QUOTE_INTRO = re.compile(r"^(vào|on|ngày|lúc)\b.{0,200}(viết|wrote)\s*:\s*$", re.IGNORECASE)
_QUOTE_HEAD = re.compile(r"^-{2,}\s*(thư gốc|tin nhắn gốc|original message|forwarded message)\b", re.IGNORECASE)
_ARRIVED = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BULK = frozenset({"bulk", "junk", "auto_reply"})
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"})
_HIDDEN = frozenset({"script", "style", "head", "title"})


def read_mail(raw: bytes, *, arrived: str, now: datetime, cut: bool = False) -> PulledFeedback:
    """
    Read one mail.

    Args:
        raw: the message, or its header where the whole is too large.
        arrived: the server's INTERNALDATE, which a sender cannot set; the mail's own date is not believed.
        now: what stands for the arrival where the server's date cannot be read.
        cut: the body was left at the source because of its size.

    Never raises for what a mail holds: what cannot be read is said in the note.
    """
    message = message_from_bytes(raw, policy=default)
    text, unreadable = ("", False) if cut else _words(message)
    attached = sum(1 for part in _leaves(message) if _is_attachment(part))
    notes = []
    if cut:
        notes.append(_("Thư quá lớn nên không lưu nội dung; xem trong hộp thư."))
    if attached:
        notes.append(_("Thư có {count} tệp kèm theo, không lưu; xem trong hộp thư.").format(count=attached))
    if unreadable:
        notes.append(_("Có phần nội dung không đọc được; xem trong hộp thư."))
    answered = f"{header(message, 'In-Reply-To')} {header(message, 'References')}"
    return PulledFeedback(
        key=mail_key(message, raw), received_at=_moment(arrived) or now, text=unquoted(text),
        subject=header(message, "Subject"), sender=reply_address(message),
        references=tuple(dict.fromkeys(_KEY.findall(answered))), note=" ".join(notes),
        automatic=is_automatic(message),
    )  # fmt: skip


def mail_key(message: Message, raw: bytes) -> str:
    """Return what names a mail for ever: its Message-ID, or a digest of it where it has none."""
    found = _ID.search(header(message, "Message-ID"))
    return found[0] if found else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def header(message: Message, name: str) -> str:
    """Return a header as text, decoded where that is possible, never with line ends."""
    try:
        value = message[name]
    except (MessageError, ValueError, IndexError, TypeError):  # some malformed headers break the standard parser
        return ""
    return " ".join(str(value).split()) if value is not None else ""


def reply_address(message: Message) -> str:
    """Return the address an answer would go to; empty when there is none."""
    return parseaddr(header(message, "Reply-To"))[1] or parseaddr(header(message, "From"))[1]


def is_automatic(message: Message) -> bool:
    """Tell whether a machine wrote the mail, so that no machine answers it (RFC 3834 sections 2 and 5)."""
    submitted = header(message, "Auto-Submitted").partition(";")[0].strip().casefold()
    empty_path = "Return-Path" in message and header(message, "Return-Path") in {"<>", ""}
    return (
        submitted not in {"", "no"}
        or empty_path
        or header(message, "Precedence").casefold() in _BULK
        or "X-Auto-Response-Suppress" in message
        or message.get_content_type() == "multipart/report"
    )


def unquoted(text: str) -> str:
    """Return what the sender wrote themselves: quoted lines and what follows a quotation's head are left out."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        plain = line.strip()
        if _QUOTE_HEAD.match(plain) or _QUOTE_INTRO.match(plain) or line.rstrip() == "--":
            break
        if not plain.startswith(">"):
            kept.append(line.rstrip())
    own = "\n".join(kept).strip()
    return own or text.strip()  # somebody who wrote between the lines must not be silenced


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text"


def _words(message: Message) -> tuple[str, bool]:
    """Return the text of a mail, plain where there is plain text; and whether some part could not be read."""
    plain: list[str] = []
    marked: list[str] = []
    unreadable = False
    for part in _leaves(message):
        if _is_attachment(part):
            continue
        try:
            content = part.get_content() if isinstance(part, EmailMessage) else str(part.get_payload())
        except (LookupError, ValueError, MessageError, KeyError):  # an unknown charset or encoding
            payload = part.get_payload(decode=True)
            content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            unreadable = True
        (marked if part.get_content_subtype() == "html" else plain).append(content)
    text = "\n".join(plain).strip()
    return (text or "\n".join(_from_html(one) for one in marked).strip()), unreadable


def _from_html(content: str) -> str:
    """Return the words of a page, a line for each block; scripts and styles are no words."""
    try:
        tree = etree.fromstring(content, etree.HTMLParser(no_network=True))
    except (etree.LxmlError, ValueError):
        return ""
    if tree is None:
        return ""
    pieces: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _BLOCKS:
            pieces.append("\n")
        if element.tag not in _HIDDEN:
            pieces.append(element.text or "")
        pieces.append(element.tail or "")
    return "\n".join(line for line in (" ".join(line.split()) for line in "".join(pieces).split("\n")) if line)


def _moment(arrived: str) -> datetime | None:
    """Read IMAP's own form of a date, whatever the machine's language; None when it is none."""
    match = _ARRIVED.fullmatch(arrived)
    if match is None or match[2].casefold() not in _MONTHS:
        return None
    month = _MONTHS.index(match[2].casefold()) + 1
    try:
        return datetime.strptime(f"{match[3]}-{month}-{match[1]} {match[4]} {match[5]}", "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return None
