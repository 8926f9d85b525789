"""Publication: through channels that act by themselves, and through people who confirm what they did."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from .clock import ZONE
from .continuity import add_evidence as add_evidence
from .disclosures import ENDED, WITHDRAWN_AFTER, change_state, record_posted
from .errors import NotAllowedError
from .guards import may_end, must_end
from .house import House
from .interfaces import Channel, Proving
from .outbox import carry_out, settle_unsure
from .periods import office_moment
from .planning import audience_of
from .privacy_guard import holds
from .probing import MACHINE, look_at_once
from .probing import act_of as act_of
from .records import (
    Disclosure,
    DisclosureState,
    Evidence,
    FilingFile,
    Notice,
    Posting,
    PostingState,
    Receipt,
)
from .regulation_records import DurationKind
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step


def channel_of(house: House, posting: Posting) -> Channel:
    """
    Return the channel of a posting.

    Raises:
        NotAllowedError: its section is no longer in the ini.
    """
    channel = house.channels.get(posting.channel)
    if channel is None:
        raise NotAllowedError(
            what=_("Kênh {channel} không còn trong cấu hình.").format(channel=posting.channel), where=posting.id,
            advice=_("Đặt lại mục [channel:{channel}] hoặc bỏ qua việc này kèm lý do.").format(channel=posting.channel),
            code="congkhai-E214",
        )  # fmt: skip
    return channel


def notice_of(house: House, matter: Disclosure, posting: Posting) -> Notice:
    """Write what a channel shows: the subject, the clause, the period, and the papers themselves."""
    files: list[FilingFile] = []
    with house.store.read() as connection:
        for id_ in matter.documents:
            files += [
                FilingFile(file.name, file.media_type, file.sha256, file.size)
                for file in read.document(connection, id_).attachments
                if not file.problem
            ]
    category = house.regulation.category(matter.key)
    days = (
        _("ít nhất {days} ngày liên tục").format(days=posting.required_days)
        if posting.required_days
        else _("thường xuyên, cho đến khi được thay thế")
    )
    body = _("{agency} công khai theo {source}: {text}. Thời gian công khai: {days}.").format(
        agency=house.configuration.agency.name, source=category.source, text=category.text, days=days
    )
    return Notice(act_of(house, posting, "publish").key, matter.id, matter.title, body, tuple(files))


def publish(step: Step) -> None:
    """Publish one posting, or put it before the person who does it. Work kind ``publish``; args: posting."""
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["posting"])
        matter = read.disclosure(connection, posting.disclosure)
    channel = channel_of(house, posting)
    # An undecided posting comes here again once a person has decided; until then `carry_out` leaves it alone.
    open_to_do = posting.state in (PostingState.PLANNED, PostingState.UNSURE)
    if not open_to_do or matter.state is not DisclosureState.DUE:
        with step.commit() as tx:
            if matter.state in ENDED:  # it may have been sent before a crash: make sure that it comes down
                tx.enqueue("withdraw", f"{posting.id}:ended", posting=posting.id)
        return
    if channel.attended or posting.mode == "release":
        with step.commit() as tx:
            set_posting(tx, posting.id, state=PostingState.WAITING.value)
            tx.journal("posting.waiting", posting.id)
        return
    if holds(step, matter, posting, channel):
        return
    notice = replace(notice_of(house, matter, posting), audience=audience_of(channel))
    content = hashlib.sha256(f"{notice.title}\n{notice.body}".encode()).hexdigest()

    def settle(tx: Transaction, receipt: Receipt) -> None:
        proof = (
            Evidence("confirmation", receipt.at, receipt.by, note=receipt.detail)
            if receipt.by
            else Evidence("receipt", receipt.at, MACHINE, receipt.detail, content, receipt.remote_id)
        )
        add_evidence(tx, posting.id, proof)
        if record := channel.proof(receipt.key) if isinstance(channel, Proving) else b"":
            kept = house.store.vault.put(record)[0]
            add_evidence(tx, posting.id, Evidence("document", receipt.at, MACHINE, sha256=kept, note=_("Sổ gửi")))
        record_posted(tx, house, posting, receipt.at)
        look_at_once(tx, house, posting)

    carry_out(
        step, act_of(house, posting, "publish"), find=channel.find, send=lambda _key: channel.publish(notice),
        settle=settle, unsure=lambda tx, _what: set_posting(tx, posting.id, state=PostingState.UNSURE.value),
    )  # fmt: skip


def withdraw(step: Step) -> None:
    """
    Take one posting down: when its matter closes, or when the matter has ended some other way.

    Work kind ``withdraw``; args: posting. Attended postings are taken down by a person.

    Raises:
        NotAllowedError: the matter is still public and the lawful moment has not come; nothing was taken down.
    """
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["posting"])
        ended = read.disclosure(connection, posting.disclosure).state in ENDED
    channel = channel_of(house, posting)
    if channel.attended or not (posting.state is PostingState.UP or (ended and posting.state is not PostingState.DOWN)):
        with step.commit():
            return
    if not ended and not may_end(posting, house.clock.now()):
        raise too_early(posting)
    publish_key = act_of(house, posting, "publish").key

    def send(key: str) -> Receipt:
        channel.withdraw(publish_key)
        return Receipt(key, publish_key, house.clock.now())

    def settle(tx: Transaction, receipt: Receipt) -> None:
        if ended:
            record_removed(tx, posting, receipt.at)
        else:
            record_down(tx, posting, receipt.at)

    carry_out(
        step, act_of(house, posting, "withdraw"), find=lambda _key: None, send=send, settle=settle,
        unsure=lambda _tx, _what: None,  # the posting stays up as far as anybody knows; the act itself is shown
    )  # fmt: skip


def record_removed(tx: Transaction, posting: Posting, moment: datetime) -> None:
    """
    Write that a posting of a matter which ended before its time is down, with the reason as evidence.

    When it was the last one of a matter that people have seen, minutes follow that state the reason.
    """
    set_posting(tx, posting.id, state=PostingState.DOWN.value, posted_to=moment)
    tx.journal("posting.removed", posting.id, posted_to=moment)
    tx.drop_deadlines(posting.id, "probe")
    settle_unsure(tx, posting.id, "withdraw")
    matter = read.disclosure(tx.connection, posting.disclosure)
    if posting.posted_from is None or matter.state not in WITHDRAWN_AFTER:
        return
    reason = matter.note or _("Nội dung công khai đã được rút.")
    add_evidence(tx, posting.id, Evidence("removal", moment, tx.actor, note=reason))
    if not any(one.state is PostingState.UP for one in matter.postings):
        tx.enqueue("minutes", f"{matter.id}:closing", disclosure=matter.id, kind="closing")


def record_down(tx: Transaction, posting: Posting, moment: datetime, *, early: bool = False) -> None:
    """
    Write that a posting ended at `moment`, and let the closing minutes follow when it was the last one.

    Args:
        early: the head answers for an end before its time; who calls has checked that and kept the reason.

    Raises:
        NotAllowedError: the moment lies before the lawful one (the worst error this product could make).
    """
    if not early and not may_end(posting, moment):
        raise too_early(posting)
    set_posting(tx, posting.id, state=PostingState.DOWN.value, posted_to=moment)
    tx.journal("posting.down", posting.id, posted_to=moment)
    tx.drop_deadlines(posting.id, "probe", "overstay")
    settle_unsure(tx, posting.id, "withdraw")
    matter = read.disclosure(tx.connection, posting.disclosure)
    if any(must_end(one) and one.state is not PostingState.DOWN for one in matter.postings):
        return
    if matter.state is DisclosureState.POSTED:  # a person took the last one down by hand
        change_state(tx, matter, DisclosureState.CLOSING)
        tx.drop_deadlines(matter.id, "close")
    tx.enqueue("minutes", f"{matter.id}:closing", disclosure=matter.id, kind="closing")


def too_early(posting: Posting) -> NotAllowedError:
    """Return the error for closing before the lawful moment, which names that moment."""
    moment = posting.close_from.astimezone(ZONE).isoformat() if posting.close_from else "?"
    return NotAllowedError(
        what=_("Chưa thể kết thúc công khai: phải đủ {days} ngày liên tục.").format(days=posting.required_days),
        where=posting.id, code="congkhai-E215",
        advice=_("Thời điểm sớm nhất được kết thúc: {moment}.").format(moment=moment),
    )  # fmt: skip


def close(step: Step) -> None:
    """Begin to close a matter at its lawful moment. Work kind ``close``; args: subject (disclosure)."""
    with step.commit() as tx:
        matter = read.disclosure(tx.connection, step.args["subject"])
        if matter.state is not DisclosureState.POSTED:
            return
        for posting in matter.postings:  # waking early is allowed, acting early is not
            if posting.state is PostingState.UP and not may_end(posting, tx.now):
                raise too_early(posting)
        change_state(tx, matter, DisclosureState.CLOSING)
        for posting in matter.postings:
            if posting.required_days:
                tx.enqueue("withdraw", posting.id, posting=posting.id)
            if posting.kind == DurationKind.EXACT and posting.state is PostingState.UP:
                tx.set_deadline("overstay", posting.id, last_moment_of(step.house, posting), "an exact time is over")


def last_moment_of(house: House, posting: Posting) -> datetime:
    """
    Return when an exact posting must be down: the end of the first working day on which it could be taken down.

    Raises:
        NotAllowedError: its end is not known.
    """
    if posting.close_from is None:
        raise too_early(posting)
    opening = office_moment(house, posting.close_from).astimezone(ZONE)
    return opening.replace(hour=0, minute=0, second=0) + timedelta(days=1)


def overstay(step: Step) -> None:
    """Record that a posting with an exact time is still up. Work kind ``overstay``; args: subject (posting)."""
    with step.commit() as tx:
        posting = read.posting(tx.connection, step.args["subject"])
        if posting.state is PostingState.UP:
            tx.journal("posting.overstay", posting.id, close_from=posting.close_from)
            words = _("Đã quá thời gian công khai đúng {days} ngày mà chưa gỡ khỏi {place}.")
            said = words.format(days=posting.required_days, place=posting.place)
            tx.record_fault("overstay", posting.id, said, _("Gỡ ngay rồi xác nhận."))


def overdue(step: Step) -> None:
    """Record that a matter was not public by its last lawful moment. Work kind ``overdue``; args: subject."""
    with step.commit() as tx:
        matter = read.disclosure(tx.connection, step.args["subject"])
        if matter.state in (DisclosureState.REVIEW, DisclosureState.DUE, DisclosureState.PROPOSED):
            tx.journal("disclosure.overdue", matter.id, publish_by=matter.publish_by)
            tx.record_fault("overdue", matter.id, _("Quá hạn công khai."), _("Công khai ngay và ghi rõ lý do chậm."))


def set_posting(tx: Transaction, posting: str, **values: object) -> None:
    """Change columns of one posting's row."""
    tx.connection.execute(sa.update(t.posting).where(t.posting.c.id == posting).values(**values))
