"""A posting that a person pauses and resumes, and a paper that is replaced by its corrected form while it is public."""

import hashlib
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from .clock_guard import require_clock
from .continuity import add_evidence, begin_break, end_break, open_break, require_reason, require_up
from .errors import NotAllowedError
from .house import House
from .interfaces import Channel
from .outbox import Act, carry_out
from .periods import correction_cost, recount
from .planning import audience_of
from .privacy_guard import require_passed
from .probing import MACHINE, act_of, plan_probe
from .publish import channel_of, notice_of, set_posting
from .records import Break, Disclosure, DisclosureState, Evidence, Posting, PostingState, Receipt
from .search import index_disclosure
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step

_BEFORE = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)


def _acts_alone(house: House, posting: Posting) -> bool:
    channel = house.channels.get(posting.channel)
    return channel is not None and not channel.attended


def pause_posting(house: House, posting: str, by: str, reason: str) -> None:
    """
    Let a person take a posting off for a while (a board under repair, a page in maintenance).

    The period stops and is prolonged by the pause; a channel that acts by itself takes the notice down.

    Args:
        reason: why; stands in the closing minutes.

    Raises:
        NotAllowedError: it is not up, it is paused already, its matter is closing, or no reason was given.
    """
    require_clock(house)
    reason = require_reason(reason, posting)
    with house.store.write(house.agency, by) as tx:
        present, _matter = require_up(tx, posting)
        if open_break(read.breaks(tx.connection, posting), "pause", "correction") is not None:
            raise NotAllowedError(
                what=_("Lần công khai này đang tạm dừng hoặc đang thay văn bản."), where=posting, code="congkhai-E506",
                advice=_("Cho hiển thị lại bằng congkhai disclosure resume rồi thử lại."),
            )  # fmt: skip
        begin_break(tx, posting, "pause", tx.now, tx.now, "extend", reason)
        recount(tx, house, posting, "pause")
        tx.drop_deadlines(posting, "probe")
        if _acts_alone(house, present):
            tx.enqueue("hide", f"{posting}:{present.revision}", posting=posting, revision=present.revision)


def resume_posting(house: House, posting: str, by: str, *, photo: bytes = b"") -> None:
    """
    Let a person put a paused posting up again; the period goes on, prolonged by the days that the pause touched.

    A channel that acts by itself publishes the notice anew and the pause ends with its receipt.

    Raises:
        NotAllowedError: it is not paused.
    """
    require_clock(house)
    sha256 = house.store.vault.put(photo)[0] if photo else ""
    with house.store.write(house.agency, by) as tx:
        present, _matter = require_up(tx, posting)
        lasting = open_break(read.breaks(tx.connection, posting), "pause")
        waiting = read_job_open(tx, posting, present.revision)
        if lasting is None or waiting:
            raise NotAllowedError(
                what=_("Lần công khai này không tạm dừng."), where=posting, code="congkhai-E507",
                advice=_("Xem trạng thái bằng congkhai disclosure show."),
            )  # fmt: skip
        tx.journal("posting.resumed", posting)
        if _acts_alone(house, present):
            _put_up_anew(tx, present)
            return
        if photo:
            add_evidence(tx, posting, Evidence("photo", tx.now, by, "", sha256))
        end_break(tx, house, present, lasting, tx.now)


def read_job_open(tx: Transaction, posting: str, revision: int) -> bool:
    """Tell whether a notice is on its way back up already."""
    query = sa.select(t.job.c.id).where(
        t.job.c.key == f"republish:{posting}:{revision}", t.job.c.state.in_(("ready", "leased", "dead"))
    )
    return tx.connection.scalar(query) is not None


def _put_up_anew(tx: Transaction, posting: Posting) -> None:
    """Give the notice a new key and let the channel publish it."""
    revision = posting.revision + 1
    set_posting(tx, posting.id, revision=revision)
    tx.enqueue("republish", f"{posting.id}:{revision}", posting=posting.id, revision=revision)


def correct_matter(
    house: House, disclosure: str, by: str, reason: str, *, document: str, instead_of: str = ""
) -> None:  # fmt: skip
    """
    Let a person replace a paper of a matter by its corrected form.

    Before publication the matter simply goes on with the new form. While it is public, every posting gets the new
    content, and what that costs says ``[work] after-correction``: the period counts anew by default.

    Args:
        document: id of the corrected form, taken in as any paper.
        instead_of: id of the paper it replaces; the leading one when empty.

    Raises:
        NotAllowedError: the matter is closing or over, or no reason was given.
        InputError: there is no such paper.
    """
    require_clock(house)
    reason = require_reason(reason, disclosure)
    with house.store.write(house.agency, by) as tx:
        matter = read.disclosure(tx.connection, disclosure)
        old = instead_of or matter.documents[0]
        subject = read.document(tx.connection, document).subject
        if matter.state not in (*_BEFORE, DisclosureState.POSTED) or old not in matter.documents or document == old:
            raise NotAllowedError(
                what=_("Không thể thay văn bản này ở trạng thái {state}.").format(state=matter.state.value),
                where=disclosure, code="congkhai-E508",
                advice=_("Chỉ thay được trước khi kết thúc công khai; sau đó mở nội dung công khai mới."),
            )  # fmt: skip
        _swap(tx, matter, old, document, subject)
        tx.journal("disclosure.corrected", disclosure, document=document, instead_of=old,
                   reason=tx.remark(disclosure, reason))  # fmt: skip
        for posting in matter.postings:
            if posting.state is PostingState.UP:
                _replace_content(tx, house, posting, reason)


def _swap(tx: Transaction, matter: Disclosure, old: str, new: str, subject: str) -> None:
    where = (t.disclosure_document.c.disclosure == matter.id, t.disclosure_document.c.document == old)
    tx.connection.execute(sa.update(t.disclosure_document).where(*where).values(document=new))
    values: dict[str, object] = {"row": t.disclosure.c.row + 1}
    if old == matter.documents[0]:
        values["title"] = subject
    tx.connection.execute(sa.update(t.disclosure).where(t.disclosure.c.id == matter.id).values(**values))
    index_disclosure(tx.connection, matter.id)


def _replace_content(tx: Transaction, house: House, posting: Posting, reason: str) -> None:
    breaks = read.breaks(tx.connection, posting.id)
    if open_break(breaks, "correction") is None:
        begin_break(tx, posting.id, "correction", tx.now, tx.now, correction_cost(house), reason)
    recount(tx, house, posting.id, "correction")
    tx.drop_deadlines(posting.id, "probe")
    if _acts_alone(house, posting):
        _put_up_anew(tx, posting)


def confirm_replaced(
    tx: Transaction, house: House, posting: Posting, lasting: Break, proof: Evidence, since: datetime
) -> None:
    """
    Write that a person has put the corrected paper up; called by the desk's confirmation.

    Raises:
        NotAllowedError: the moment lies before the correction was decided, or ahead.
    """
    if not lasting.started <= since <= tx.now:
        raise NotAllowedError(
            what=_("Thời điểm thay văn bản phải từ lúc quyết định thay đến bây giờ."), where=posting.id,
            code="congkhai-E509", advice=_("Ghi đúng thời điểm đã thay tại nơi niêm yết."),
        )  # fmt: skip
    add_evidence(tx, posting.id, proof)
    tx.journal("posting.replaced", posting.id, since=since)
    end_break(tx, house, posting, lasting, since)


def withdraw_earlier(house: House, channel: Channel, posting: Posting) -> None:
    """Take down what stands under the keys of earlier revisions; doing so twice changes nothing."""
    for number in range(posting.revision):
        key = act_of(house, posting, "publish", revision=number).key
        if channel.find(key) is not None:
            channel.withdraw(key)


def republish(step: Step) -> None:
    """Put a notice up anew after a pause or with corrected papers. Work kind ``republish``; args: posting, revision."""
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["posting"])
        matter = read.disclosure(connection, posting.disclosure)
        lasting = open_break(read.breaks(connection, posting.id), "pause", "correction")
    public = matter.state in (DisclosureState.DUE, DisclosureState.POSTED, DisclosureState.FILED)
    if lasting is None or not public or posting.state is not PostingState.UP:
        with step.commit():
            return
    if posting.revision != int(step.args["revision"]):
        with step.commit():
            return  # a later correction has taken over
    channel, notice = channel_of(house, posting), notice_of(house, matter, posting)
    require_passed(house, matter, posting, channel)
    notice = replace(notice, audience=audience_of(channel))
    require_passed(house, matter, posting, channel)
    notice = replace(notice, audience=audience_of(channel))
    content = hashlib.sha256(f"{notice.title}\n{notice.body}".encode()).hexdigest()

    def send(_key: str) -> Receipt:
        withdraw_earlier(house, channel, posting)
        return channel.publish(notice)

    def settle(tx: Transaction, receipt: Receipt) -> None:
        by = receipt.by or MACHINE
        proof = Evidence("confirmation" if receipt.by else "receipt", receipt.at, by, receipt.detail, content)
        add_evidence(tx, posting.id, proof)
        tx.journal("posting.republished", posting.id, revision=posting.revision)
        present = read.posting(tx.connection, posting.id)
        for one in read.breaks(tx.connection, posting.id):
            if one.ended is None and one.kind in ("pause", "correction"):
                end_break(tx, house, present, one, receipt.at)
        plan_probe(tx, house, present)

    carry_out(
        step, act_of(house, posting, "publish"), find=channel.find, send=send, settle=settle,
        unsure=lambda _tx, _what: None,  # the pause or correction goes on; the undecided act itself is shown
    )  # fmt: skip


def hide(step: Step) -> None:
    """Take the notice of a paused posting down for a while. Work kind ``hide``; args: posting, revision."""
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["posting"])
        paused = open_break(read.breaks(connection, posting.id), "pause") is not None
    number = int(step.args["revision"])
    if not paused and posting.revision == number:
        with step.commit():
            return
    channel, key = channel_of(house, posting), act_of(house, posting, "publish", revision=number).key

    def send(act_key: str) -> Receipt:
        channel.withdraw(key)
        return Receipt(act_key, key, house.clock.now())

    act = Act(house.agency, f"channel:{posting.channel}", "hide", posting.id, str(number))
    carry_out(
        step, act, find=lambda _key: None, send=send,
        settle=lambda _tx, _receipt: None,  # the outbox journals the act itself
        unsure=lambda _tx, _what: None,
    )  # fmt: skip
