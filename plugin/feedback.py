"""
Comments on disclosures (ý kiến phản ánh, kiến nghị): received, matched to their matter, answered or marked, counted.

Text, sender and answer lie in the item's row, where they can be erased; the journal holds ids and digests only.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .errors import InputError, NotAllowedError
from .feedback_records import PulledFeedback, feedback_code, feedback_codes
from .house import House
from .store import Transaction, read
from .store import tables as t
from .text import _

MACHINE = "congkhai"
CLERK = "clerk"
WEB = "web"
ENTRIES = (CLERK, "hotline", "suggestion_box", "zalo_group", "ballot", "conference", "letter", "visit")
"""Ways in which a comment reaches a clerk, who enters it."""
STATES = ("new", "answered", "noted", "duplicate", "foreign")
"""``foreign``: no comment at all (advertising, a bounce). It and ``duplicate`` are kept and not counted."""
LONGEST = 10_000
"""Characters of a comment that comes in through the web; clerks and mail may bring ten times as much."""
SHORTEST = 1
PER_CLIENT = 5
PER_MATTER = 200
WINDOW = timedelta(hours=1)
"""Web comments: at most `PER_CLIENT` from one client and `PER_MATTER` on one matter within `WINDOW`."""


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """
    One comment as it is kept.

    Attributes:
        source: name of the ``[feedback:NAME]`` section, `WEB`, or one of `ENTRIES`.
        disclosure: the matter it is about; None until a clerk finds out.
        received_at: when it was said or arrived; `at`: when it was kept.
        by: the clerk who entered it, or `MACHINE`.
        text, subject, sender, answer: empty after an erasure.
        state: one of `STATES`.
    """

    id: int
    source: str
    disclosure: str | None
    received_at: datetime
    at: datetime
    by: str
    subject: str
    text: str
    sender: str
    note: str
    state: str
    answer: str
    automatic: bool
    acknowledged_at: datetime | None
    settled_at: datetime | None
    settled_by: str
    erased_at: datetime | None


def source_title(house: House, source: str) -> str:
    """Return what people call the way a comment came by; empty for a clerk's entry that names none."""
    if source in house.feedback:
        return house.feedback[source].title
    return {
        WEB: _("phiếu góp ý trên trang web"), "hotline": _("đường dây nóng"), "suggestion_box": _("hòm thư góp ý"),
        "zalo_group": _("nhóm Zalo"), "ballot": _("phiếu lấy ý kiến"), "conference": _("hội nghị"),
        "letter": _("văn bản, thư"), "visit": _("ý kiến trực tiếp"), CLERK: "",
    }.get(source, source)  # fmt: skip


def clean(text: str, longest: int) -> str:
    """
    Return a comment's text as it is kept: NFC, ``\\n`` line ends, without control characters, trimmed.

    Raises:
        InputError: nothing to read remains, or more than `longest` characters.
    """
    if len(text) > 4 * longest:  # decomposed text may shrink, but not beyond this
        raise _too_long(longest)
    kept = plain(text)
    if len(kept) > longest:
        raise _too_long(longest)
    if len(kept) < SHORTEST:
        raise InputError(
            what=_("Ý kiến chưa có nội dung."), advice=_("Viết nội dung góp ý rồi gửi lại."), code="congkhai-E570"
        )
    return kept


def plain(text: str) -> str:
    """Return a text in NFC with ``\\n`` line ends and without control or unassigned characters, trimmed."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or not unicodedata.category(one).startswith("C")).strip()


def _too_long(longest: int) -> InputError:
    return InputError(
        what=_("Ý kiến dài quá {longest} ký tự.").format(longest=longest), code="congkhai-E579",
        advice=_("Rút gọn, hoặc gửi văn bản kèm theo bằng cách khác."),
    )  # fmt: skip


def enter(
    house: House, disclosure: str | None, by: str, text: str, *,
    source: str = CLERK, received_at: datetime | None = None, sender: str = "", ref: str = "",
) -> int:  # fmt: skip
    """
    Keep a comment that a clerk received.

    Args:
        disclosure: id of the matter, or None when it is not known yet.
        by: who enters it.
        source: one of `ENTRIES`, or the name of a ``[feedback:NAME]`` section.
        received_at: when it was said; now when None.
        ref: what names it where it came from; the same one is kept once.

    Returns:
        Its number.

    Raises:
        InputError: no such matter or source, empty or overlong text, or a moment that has not come yet.
    """
    if source not in ENTRIES and source not in house.feedback:
        raise InputError(
            what=_("Không có nguồn ý kiến tên {source}.").format(source=source), code="congkhai-E571",
            advice=_("Các nguồn: {names}.").format(names=", ".join((*ENTRIES, *house.feedback))),
        )  # fmt: skip
    kept = clean(text, 10 * LONGEST)
    with house.store.write(house.agency, by) as tx:
        when = received_at or tx.now
        if when > tx.now:
            raise InputError(
                what=_("Thời điểm nhận ý kiến ở tương lai."), where=when.isoformat(), code="congkhai-E572",
                advice=_("Ghi đúng thời điểm đã nhận."),
            )  # fmt: skip
        if disclosure is not None:
            read.disclosure(tx.connection, disclosure)
        number = _keep(tx, source, ref or _own_ref(tx), disclosure, PulledFeedback("", when, kept, sender=sender))
        if number is None:
            raise NotAllowedError(
                what=_("Ý kiến mang số {ref} của nguồn này đã được nhập.").format(ref=ref), where=source,
                advice=_("Xem danh sách bằng congkhai feedback list."), code="congkhai-E573",
            )  # fmt: skip
    return number


def submit(house: House, matter: str, text: str, *, client: str, sender: str = "") -> int:
    """
    Keep a comment that came in through the web form, within limits on size and rate.

    Args:
        matter: id of the disclosure, or its code (``GY-…``).
        client: what tells one sender from another (a network address); only a keyed digest of it is kept.
        sender: where an answer may go, if the person wishes one.

    Returns:
        Its number, to show to the person who wrote it.

    Raises:
        InputError: no such matter, empty or overlong text.
        NotAllowedError: too many comments within the hour.
    """
    kept = clean(text, LONGEST)
    contact = " ".join(sender.split())[:200]
    digest = house.opaque("feedback-client", client)
    with house.store.write(house.agency, MACHINE) as tx:
        disclosure = _matter(tx, matter)
        item = t.feedback_item
        recent = (item.c.agency == tx.agency, item.c.source == WEB, item.c.at > tx.now - WINDOW)
        count = sa.select(sa.func.count()).select_from(item)
        of_client = tx.connection.scalar(count.where(*recent, item.c.client == digest)) or 0
        of_matter = tx.connection.scalar(count.where(*recent, item.c.disclosure == disclosure)) or 0
        if of_client >= PER_CLIENT or of_matter >= PER_MATTER:
            raise NotAllowedError(
                what=_("Đã nhận quá nhiều ý kiến trong một giờ."), code="congkhai-E574",
                advice=_("Xin gửi lại sau một giờ, hoặc gửi đến cơ quan bằng cách khác."),
            )  # fmt: skip
        pulled = PulledFeedback("", tx.now, kept, sender=contact)
        number = _keep(tx, WEB, _own_ref(tx), disclosure, pulled, client=digest)
        if number is None:
            raise AssertionError("a reference of our own was taken")
    return number


def _matter(tx: Transaction, name: str) -> str:
    """Return the id of the disclosure that an id or a code names. Raises InputError."""
    codes = feedback_codes(name)
    found = disclosure_of_code(tx.connection, tx.agency, codes[0]) if codes else None
    return found or read.disclosure(tx.connection, name).id


def disclosure_of_code(connection: sa.Connection, agency: str, code: str) -> str | None:
    """Return the id of the disclosure with this code; None when there is none, or more than one."""
    ids = connection.scalars(sa.select(t.disclosure.c.id).where(t.disclosure.c.agency == agency))
    found = [id_ for id_ in ids if feedback_code(id_) == code]
    return found[0] if len(found) == 1 else None


def keep_pulled(tx: Transaction, source: str, pulled: PulledFeedback) -> int | None:
    """
    Keep one comment that a source offered, matched to its matter by what it answers or by the code in its subject.

    Returns:
        Its number; None when the source's key was kept before.
    """
    text = plain(pulled.text) or plain(pulled.subject) or _("(không có nội dung chữ)")
    shortened = PulledFeedback(
        pulled.key, pulled.received_at, text[: 10 * LONGEST], plain(pulled.subject)[:500],
        plain(pulled.sender)[:320], note=plain(pulled.note), automatic=pulled.automatic,
    )  # fmt: skip
    return _keep(tx, source, pulled.key, _about(tx, pulled), shortened)


def _about(tx: Transaction, pulled: PulledFeedback) -> str | None:
    posting = t.outbox.c.subject
    for key in pulled.references:
        query = (
            sa.select(t.posting.c.disclosure)
            .join(t.outbox, posting == t.posting.c.id)
            .where(t.outbox.c.key == key, t.outbox.c.agency == tx.agency, t.outbox.c.act == "publish")
        )
        found: str | None = tx.connection.scalar(query)
        if found is not None:
            return found
    for code in feedback_codes(pulled.subject):
        found = disclosure_of_code(tx.connection, tx.agency, code)
        if found is not None:
            return found
    return None


def _own_ref(tx: Transaction) -> str:
    """Return a reference for what has none of its own: the next number of this agency's comments."""
    last = tx.connection.scalar(sa.select(sa.func.max(t.feedback_item.c.id)))
    return f"{tx.now.isoformat()}:{(last or 0) + 1}"


def _keep(
    tx: Transaction, source: str, ref: str, disclosure: str | None, pulled: PulledFeedback, *, client: str = ""
) -> int | None:
    item = t.feedback_item
    same = (item.c.agency == tx.agency, item.c.source == source, item.c.ref == ref)
    if tx.connection.scalar(sa.select(item.c.id).where(*same)) is not None:
        return None
    sha256 = hashlib.sha256(f"{pulled.subject}\n{pulled.text}".encode()).hexdigest()
    made = tx.connection.execute(
        sa.insert(item).values(
            agency=tx.agency, source=source, ref=ref, disclosure=disclosure, received_at=pulled.received_at, at=tx.now,
            by=tx.actor, subject=pulled.subject, text=pulled.text, sender=pulled.sender, note=pulled.note,
            sha256=sha256, client=client, state="foreign" if pulled.automatic else "new",
            automatic=pulled.automatic, answer="", settled_by="",
        )
    )  # fmt: skip
    number = int(made.inserted_primary_key[0])  # type: ignore[index]  # one row with a serial key
    tx.journal("feedback.added", disclosure or "", item=number, source=source, sha256=sha256)
    return number


def item_of(connection: sa.Connection, agency: str, number: int) -> FeedbackItem:
    """Read one comment. Raises InputError when there is none."""
    row = connection.execute(
        sa.select(t.feedback_item).where(t.feedback_item.c.agency == agency, t.feedback_item.c.id == number)
    ).one_or_none()
    if row is None:
        raise InputError(
            what=_("Không có ý kiến số {number}.").format(number=number), code="congkhai-E575",
            advice=_("Xem danh sách bằng congkhai feedback list."),
        )  # fmt: skip
    return _item(row)


def items(
    connection: sa.Connection, agency: str, *, disclosure: str = "", states: Sequence[str] = (), unmatched: bool = False
) -> Iterator[FeedbackItem]:
    """
    Read comments, oldest first.

    Args:
        disclosure: only those on this matter; empty for all.
        states: only in these states; empty for all.
        unmatched: only those whose matter nobody knows yet.
    """
    item = t.feedback_item
    query = sa.select(item).where(item.c.agency == agency)
    if disclosure:
        query = query.where(item.c.disclosure == disclosure)
    if states:
        query = query.where(item.c.state.in_(states))
    if unmatched:
        query = query.where(item.c.disclosure.is_(None))
    for row in connection.execute(query.order_by(item.c.received_at, item.c.id)):
        yield _item(row)


def _item(row: sa.Row[tuple[object, ...]]) -> FeedbackItem:
    values = row._mapping
    return FeedbackItem(**{name: values[name] for name in FeedbackItem.__dataclass_fields__})
