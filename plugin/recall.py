"""What a new paper does to older ones: duplicates are linked, recalls lock, replacements take over; nothing is lost."""

import re
import unicodedata

import sqlalchemy as sa

from .disclosures import change_state, note, take_up
from .records import Disclosure, DisclosureState, DocumentStatus, Outcome, PostingState, PulledDocument
from .regulation_records import DurationKind
from .search import index_disclosure
from .store import Transaction, read
from .store import tables as t
from .text import _

WATCHED, ASKED, KEPT, RECALLED = "watched", "asked", "kept", "recalled"
"""States of a watched paper: looked for; a person must say; a person said that it still holds; or that it does not."""
ANNOUNCED = 0
"""How often a paper was missed whose recall was sent to us: `gone_since` is then when it came."""
_NOT_YET_PUBLIC = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)


def apply_act(tx: Transaction, new: str, offered: PulledDocument) -> tuple[Outcome, str]:
    """
    Link a just inserted document to the ones it is about, and carry out its act inside the caller's transaction.

    Returns:
        ``HELD`` with a reason when a recall, update or replacement names no paper that we hold; else ``ACCEPTED``.

    Source: NĐ 30/2020 Phụ lục VI, III.1.h (duplicate warning) and III.8 (recall).
    """
    if offered.act == "new":
        if _recalled_before(tx, new):
            _mark(tx, new, DocumentStatus.RECALLED)
            tx.journal("document.recalled", new, by="an earlier recall of the same record")
            tx.record_fault(
                "intake", new, _("Văn bản đã bị thu hồi nay lại được gửi đến."),
                _("Hỏi lại nơi gửi: văn bản vẫn bị thu hồi, hay đã được ban hành lại?"),
            )  # fmt: skip
            return Outcome.HELD, "recalled-before"
        for other in _same_paper(tx, new):
            _link(tx, new, other, "duplicate")
        return Outcome.ACCEPTED, "new"
    targets = [old for name in offered.targets if name.strip() for old in _held(tx, name, new)]
    if not targets:
        tx.record_fault(
            "intake", new, _("Văn bản {act} nhắc đến một văn bản chưa có trong kho.").format(act=offered.act),
            _("Tìm văn bản gốc ở hệ thống quản lý văn bản và xử lý bằng tay."),
        )  # fmt: skip
        return Outcome.HELD, f"{offered.act}-of-unknown"
    for old in targets:
        _link(tx, new, old, offered.act)
        if offered.act == "recall":
            _recall(tx, old, new)
        elif offered.act == "replace":
            _replace(tx, old, new)
        else:
            _mark(tx, old, DocumentStatus.UPDATED)
            tx.journal("document.updated", old, by=new)
    return Outcome.ACCEPTED, offered.act


def _recalled_before(tx: Transaction, new: str) -> bool:
    document = read.document(tx.connection, new)
    query = sa.select(t.document.c.id).where(
        t.document.c.source == document.source, t.document.c.remote_id == document.remote_id,
        t.document.c.id != new, t.document.c.status == DocumentStatus.RECALLED.value,
    )  # fmt: skip
    return tx.connection.execute(query).first() is not None


def _same_paper(tx: Transaction, new: str) -> list[str]:
    document = read.document(tx.connection, new)
    same_record = sa.and_(t.document.c.source == document.source, t.document.c.remote_id == document.remote_id)
    older = (t.document.c.agency == tx.agency, t.document.c.id != new, ~same_record)
    # Sources write one number with and without blanks, and one issuer in full or in short: what they mean is compared.
    number = sa.func.replace(t.document.c.number, " ", "") == document.number.replace(" ", "")
    same = [
        number if document.number and document.issuer else sa.false(),
        t.document.c.identifier == document.identifier if document.identifier else sa.false(),
    ]
    query = sa.select(t.document).where(*older, sa.or_(*same)).order_by(t.document.c.received_at)
    # A number starts again every year: equal numbers of different dates are different papers.
    return [
        row.id for row in tx.connection.execute(query)
        if row.identifier == document.identifier != ""
        or (same_body(row.issuer, document.issuer) and (None in (row.issued, document.issued)
                                                        or row.issued == document.issued))
    ]  # fmt: skip


_SHORT = ((re.compile(r"\b(?:ủy|uỷ) ban nhân dân\b"), "ubnd"), (re.compile(r"\bhội đồng nhân dân\b"), "hđnd"))


def same_body(one: str, other: str) -> bool:
    """Tell whether two sources name the same issuing body: case, blanks and the usual short forms do not count."""
    return bool(one.strip()) and _body(one) == _body(other)


def _body(name: str) -> str:
    folded = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    for long, short in _SHORT:
        folded = long.sub(short, folded)
    return folded


def _held(tx: Transaction, name: str, new: str) -> list[str]:
    query = sa.select(t.document.c.id).where(
        t.document.c.agency == tx.agency, t.document.c.id != new,
        sa.or_(t.document.c.identifier == name, t.document.c.remote_id == name),
        t.document.c.status != DocumentStatus.RECALLED.value,
    )  # fmt: skip
    return list(tx.connection.scalars(query))


def _link(tx: Transaction, new: str, old: str, kind: str) -> None:
    tx.connection.execute(sa.insert(t.link).values(document=new, other=old, kind=kind, at=tx.now))
    tx.journal("document.linked", new, other=old, kind=kind)


def _mark(tx: Transaction, document: str, status: DocumentStatus) -> None:
    tx.connection.execute(sa.update(t.document).where(t.document.c.id == document).values(status=status.value))


def _matters(tx: Transaction, document: str) -> list[str]:
    query = sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document)
    return list(tx.connection.scalars(query))


def supersede_version(tx: Transaction, old: str, new: str) -> None:
    """
    Let a later form of the same record take the place of an earlier one.

    A matter that is not public yet goes on with the new form; what is public stays as it was, with a note: what people
    have seen is never changed silently.
    """
    _link(tx, new, old, "version")
    _mark(tx, old, DocumentStatus.UPDATED)
    tx.journal("document.updated", old, by=new)
    for id_ in _matters(tx, old):
        matter = read.disclosure(tx.connection, id_)
        if matter.state in _NOT_YET_PUBLIC and not any(posting.posted_from for posting in matter.postings):
            where = (t.disclosure_document.c.disclosure == id_, t.disclosure_document.c.document == old)
            tx.connection.execute(sa.update(t.disclosure_document).where(*where).values(document=new))
            title = read.document(tx.connection, new).subject
            tx.connection.execute(sa.update(t.disclosure).where(t.disclosure.c.id == id_).values(title=title))
            index_disclosure(tx.connection, id_)
            tx.journal("disclosure.document", id_, document=new, instead_of=old)
        else:
            note(tx, matter, _("Văn bản đã được sửa ở hệ thống nguồn sau khi công khai: kiểm tra và quyết định."))


def has_matter_in_older_form(tx: Transaction, document: str) -> bool:
    """Tell whether an earlier form of the same record has a disclosure of its own that was not excluded."""
    query = (
        sa.select(t.disclosure.c.id)
        .join(t.disclosure_document, t.disclosure_document.c.disclosure == t.disclosure.c.id)
        .join(t.link, t.link.c.other == t.disclosure_document.c.document)
        .where(t.link.c.document == document, t.link.c.kind == "version")
        .where(t.disclosure.c.state != DisclosureState.EXCLUDED.value)
    )
    return tx.connection.execute(query).first() is not None


def _recall(tx: Transaction, old: str, by: str) -> None:
    _mark(tx, old, DocumentStatus.RECALLED)
    tx.journal("document.recalled", old, by=by)
    for id_ in _matters(tx, old):
        matter = read.disclosure(tx.connection, id_)
        if matter.state in _NOT_YET_PUBLIC:
            change_state(tx, matter, DisclosureState.EXCLUDED, _("Cơ quan ban hành đã thu hồi văn bản."))
        else:
            note(tx, matter, _("Văn bản đã bị thu hồi: người có thẩm quyền quyết định gỡ xuống hay giữ."))
            _ask(tx, old)


def _ask(tx: Transaction, document: str) -> None:
    """Have a person say what becomes of a public paper that its issuer took back; announced, so never missed."""
    v = t.vanishing
    source = read.document(tx.connection, document).source
    tx.connection.execute(sa.delete(v).where(v.c.document == document))
    moments = dict.fromkeys(("next_look", "seen_at", "gone_since", "gone_last"), tx.now)
    tx.connection.execute(
        sa.insert(v).values(
            document=document, agency=tx.agency, source=source, state=ASKED, gone_times=ANNOUNCED, **moments
        )
    )


def recall_by_person(tx: Transaction, document: str, reason: str) -> None:
    """
    Carry out what a person found: the issuer took the paper back. Every form of the record that we hold is marked.

    What nobody has seen yet is excluded; what is public comes down from every channel, with `reason` in its minutes.

    Raises:
        NotAllowedError: somebody changed a matter meanwhile.
    """
    held = read.document(tx.connection, document)
    d = t.document.c
    forms = sa.select(d.id, d.status).where(d.source == held.source, d.remote_id == held.remote_id)
    for form, status in tx.connection.execute(forms.order_by(d.version)).all():
        if status != DocumentStatus.RECALLED.value:
            _mark(tx, form, DocumentStatus.RECALLED)
            tx.journal("document.recalled", form, by="a person's word")
        for id_ in _matters(tx, form):
            matter = read.disclosure(tx.connection, id_)
            seen = any(posting.posted_from for posting in matter.postings)
            if matter.state in _NOT_YET_PUBLIC and not seen:
                change_state(tx, matter, DisclosureState.EXCLUDED, reason)
            elif matter.state in (DisclosureState.DUE, DisclosureState.POSTED, DisclosureState.CLOSING):
                change_state(tx, matter, DisclosureState.WITHDRAWN, reason)
            elif _stays_up(matter):
                take_up(tx, matter, reason)


def _stays_up(matter: Disclosure) -> bool:
    """Tell whether a filed matter has a permanent posting that is still up: it is taken up again."""
    up = any(one.state is PostingState.UP and one.kind == DurationKind.PERMANENT for one in matter.postings)
    return matter.state is DisclosureState.FILED and up


def _replace(tx: Transaction, old: str, by: str) -> None:
    _mark(tx, old, DocumentStatus.REPLACED)
    tx.journal("document.replaced", old, by=by)
    for id_ in _matters(tx, old):
        matter = read.disclosure(tx.connection, id_)
        if matter.state in _NOT_YET_PUBLIC:
            change_state(tx, matter, DisclosureState.SUPERSEDED, _("Văn bản đã được thay thế."))
        elif _stays_up(matter):
            take_up(tx, matter, _("Văn bản công khai thường xuyên đã được thay thế: gỡ bản cũ, lập biên bản kết thúc."))
        else:
            note(tx, matter, _("Văn bản đã được thay thế: bản mới được công khai riêng, bản cũ chạy đủ thời hạn."))
