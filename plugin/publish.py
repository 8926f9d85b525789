"""Publication: through channels that act by themselves, and through people who confirm what they did."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from .clock import ZONE
from .disclosures import ENDED, change_state, note, record_posted
from .errors import NotAllowedError
from .house import House
from .interfaces import Channel
from .outbox import Act, carry_out, settle_unsure
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
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step

MACHINE = "congkhai"
"""Who stands for acts and proofs that no person made."""


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


def act_of(house: House, posting: Posting, act: str) -> Act:
    return Act(house.agency, f"channel:{posting.channel}", act, posting.id, "")


def add_evidence(tx: Transaction, posting: str, proof: Evidence) -> None:
    """Keep a proof with its posting, and its digest in the journal."""
    tx.connection.execute(
        sa.insert(t.evidence).values(
            posting=posting, kind=proof.kind, at=proof.at, by=proof.by, address=proof.address, sha256=proof.sha256,
            note=proof.note,
        )
    )  # fmt: skip
    tx.journal("evidence.added", posting, kind=proof.kind, sha256=proof.sha256)


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
    if channel.attended:
        with step.commit() as tx:
            set_posting(tx, posting.id, state=PostingState.WAITING.value)
            tx.journal("posting.waiting", posting.id)
        return
    notice = notice_of(house, matter, posting)
    content = hashlib.sha256(f"{notice.title}\n{notice.body}".encode()).hexdigest()

    def settle(tx: Transaction, receipt: Receipt) -> None:
        proof = (
            Evidence("confirmation", receipt.at, receipt.by, note=receipt.detail)
            if receipt.by
            else Evidence("receipt", receipt.at, MACHINE, receipt.detail, content, receipt.remote_id)
        )
        add_evidence(tx, posting.id, proof)
        record_posted(tx, house, posting, receipt.at)
        plan_probe(tx, house, posting.id)

    carry_out(
        step, act_of(house, posting, "publish"), find=channel.find, send=lambda _key: channel.publish(notice),
        settle=settle, unsure=lambda tx, _what: set_posting(tx, posting.id, state=PostingState.UNSURE.value),
    )  # fmt: skip


def plan_probe(tx: Transaction, house: House, posting: str) -> None:
    """Let the posting be looked at again after the configured time."""
    every = house.configuration.work.probe_every
    tx.set_deadline("probe", posting, tx.now + every, f"every {every}")


def probe(step: Step) -> None:
    """Look whether a posting can still be seen. Work kind ``probe``; args: subject (posting)."""
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["subject"])
    channel = house.channels.get(posting.channel)
    if channel is None or posting.state is not PostingState.UP:
        with step.commit():
            return
    seen = channel.probe(act_of(house, posting, "publish").key)
    with step.commit() as tx:
        if seen.visible is not None:  # what could not be told proves nothing
            words = _("còn hiển thị") if seen.visible else _("không còn hiển thị")
            add_evidence(tx, posting.id, Evidence("probe", seen.at, MACHINE, seen.address, seen.sha256, words))
        if seen.visible is False:
            matter = read.disclosure(tx.connection, posting.disclosure)
            note(
                tx, matter, _("Không còn thấy nội dung trên {place}: kiểm tra và đăng lại.").format(place=posting.place)
            )
            tx.record_fault("probe", posting.id, seen.message)
        plan_probe(tx, house, posting.id)


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
    if not ended and not _may_end(posting, house.clock.now()):
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


def _may_end(posting: Posting, moment: datetime) -> bool:
    return posting.close_from is None or moment >= posting.close_from


def record_removed(tx: Transaction, posting: Posting, moment: datetime) -> None:
    """Write that a posting of a matter which ended before its time is down."""
    set_posting(tx, posting.id, state=PostingState.DOWN.value, posted_to=moment)
    tx.journal("posting.removed", posting.id, posted_to=moment)
    tx.drop_deadlines(posting.id, "probe")
    settle_unsure(tx, posting.id, "withdraw")


def record_down(tx: Transaction, posting: Posting, moment: datetime) -> None:
    """
    Write that a posting ended at `moment`, and let the closing minutes follow when it was the last one.

    Raises:
        NotAllowedError: the moment lies before the lawful one (the worst error this product could make).
    """
    if not _may_end(posting, moment):
        raise too_early(posting)
    set_posting(tx, posting.id, state=PostingState.DOWN.value, posted_to=moment)
    tx.journal("posting.down", posting.id, posted_to=moment)
    tx.drop_deadlines(posting.id, "probe")
    settle_unsure(tx, posting.id, "withdraw")
    matter = read.disclosure(tx.connection, posting.disclosure)
    if all(one.state is PostingState.DOWN or not one.required_days for one in matter.postings):
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
            if posting.required_days and (posting.close_from is None or tx.now < posting.close_from):
                raise too_early(posting)
        change_state(tx, matter, DisclosureState.CLOSING)
        for posting in matter.postings:
            if posting.required_days:
                tx.enqueue("withdraw", posting.id, posting=posting.id)


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
