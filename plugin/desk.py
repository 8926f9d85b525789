"""What people do at their desks: confirm, exclude, post, take down, comment. Each act bears their name and its time."""

from collections.abc import Sequence
from datetime import datetime

from .clock_guard import require_clock
from .continuity import add_evidence, open_break, require_reason
from .damaged import LASTING
from .disclosures import STOPPED, change_state, note, record_posted, take_up
from .errors import NotAllowedError
from .feedback import enter
from .guards import may_end
from .house import House
from .outbox import settle_unsure
from .pausing import confirm_replaced
from .periods import is_suspended
from .planning import plan_postings
from .privacy_guard import refuse_never_public
from .probing import observable
from .publish import record_down, record_removed, set_posting, too_early
from .records import Disclosure, DisclosureState, Evidence, Posting, PostingState
from .store import read
from .text import _


def confirm_matter(house: House, disclosure: str, by: str) -> None:
    """
    Let a person confirm a proposed disclosure: it becomes due and is published.

    Raises:
        NotAllowedError: it does not wait for that, or there is nothing to show yet: every file of it came damaged.
    """
    with house.store.write(house.agency, by) as tx:
        matter = read.disclosure(tx.connection, disclosure)
        papers = [read.document(tx.connection, id_) for id_ in matter.documents]
        files = [file for paper in papers for file in paper.attachments]
        if files and all(file.problem and file.problem not in LASTING for file in files):
            raise NotAllowedError(
                what=_("Chưa có tệp nào của văn bản để công khai: {names}.").format(
                    names=", ".join(f"{file.name} ({file.problem})" for file in files)
                ),
                where=disclosure, code="congkhai-E830",
                advice=_("congkhai tự tải lại mỗi ngày; mở văn bản trên hệ thống nguồn để sửa tệp, hoặc loại trừ kèm "
                         "lý do."),
            )  # fmt: skip
        change_state(tx, matter, DisclosureState.DUE)
        due = read.disclosure(tx.connection, disclosure)
        if not plan_postings(tx, house, due, confirmed_by=by):
            note(tx, due, _("Không có kênh nào đã cấu hình được phép dùng cho nội dung này."))


def exclude_matter(house: House, disclosure: str, by: str, reason: str) -> None:
    """Let a person decide that a matter is not disclosed, with the reason. Raises NotAllowedError."""
    with house.store.write(house.agency, by) as tx:
        change_state(tx, read.disclosure(tx.connection, disclosure), DisclosureState.EXCLUDED, reason)


def confirm_posting(
    house: House, posting: str, by: str, *, since: datetime | None, photo: bytes = b"", address: str = "",
    remark: str = "", proofs: Sequence[Evidence] = (),
) -> None:  # fmt: skip
    """
    Let a person confirm that they posted, or put the corrected paper up: on the board with a photo, on the portal with
    its address.

    Args:
        since: when people could see it; not in the future, not before the matter was opened. None when nobody noted it:
            then it counts from this confirmation, and says so.
        photo: image bytes, kept in the vault.
        proofs: further evidence, its files in the vault already; `confirmation.confirm` checks a form's fields first.

    Raises:
        NotAllowedError: nothing waits for confirmation there, or the moment is impossible.
    """
    require_clock(house)
    sha256 = house.store.vault.put(photo)[0] if photo else ""
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        moment = tx.now if since is None else since
        kind = "photo" if photo else "page" if address else "confirmation"
        proof = Evidence(kind, moment, by, address, sha256, _unnoted(remark) if since is None else remark)
        lasting = open_break(read.breaks(tx.connection, posting), "correction")
        if present.state is PostingState.UP and lasting is not None and _attended(house, present):
            confirm_replaced(tx, house, present, lasting, proof, moment)
            return
        if present.state is PostingState.WAITING and present.mode == "release":
            raise NotAllowedError(
                what=_("Kênh này tự đăng sau khi được phép; không ai đăng tay ở đây."), where=posting,
                code="congkhai-E518", advice=_("Cho phép bằng congkhai disclosure release {id}.").format(id=posting),
            )  # fmt: skip
        if present.state not in (PostingState.WAITING, PostingState.UNSURE) or matter.state is not DisclosureState.DUE:
            raise NotAllowedError(
                what=_("Không có việc niêm yết nào đang chờ xác nhận ở đây."), where=posting, code="congkhai-E216",
                advice=_("Xem việc cần làm bằng congkhai status."),
            )  # fmt: skip
        refuse_never_public(house, tx.connection, matter, present)
        if not matter.opened_at <= moment <= tx.now:
            raise NotAllowedError(
                what=_("Thời điểm niêm yết phải từ lúc mở nội dung công khai đến bây giờ; không được ghi lùi."),
                where=posting, code="congkhai-E217", advice=_("Ghi đúng thời điểm thực tế đã niêm yết."),
            )  # fmt: skip
        for one in (proof, *proofs):
            add_evidence(tx, posting, one)
        record_posted(tx, house, present, moment)
        settle_unsure(tx, posting, "publish")
        if observable(house.channels.get(present.channel)):
            tx.set_deadline("probe", posting, tx.now, "right after a person's confirmation")


def _attended(house: House, posting: Posting) -> bool:
    channel = house.channels.get(posting.channel)
    return channel is None or channel.attended


def _unnoted(remark: str) -> str:
    return f"{remark} {_('Không ghi giờ bắt đầu niêm yết; tính từ lúc xác nhận.')}".strip()


def release_posting(house: House, posting: str, by: str, *, reason: str = "") -> None:
    """
    Let a person set a channel to work that may not act alone: it publishes now, on their word.

    Args:
        reason: on what grounds; kept beside the journal.

    Raises:
        NotAllowedError: it does not wait for that.
    """
    require_clock(house)
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        waits = present.state is PostingState.WAITING and present.mode == "release"
        if not waits or matter.state is not DisclosureState.DUE:
            raise NotAllowedError(
                what=_("Lần công khai này không chờ lệnh đăng."), where=posting, code="congkhai-E515",
                advice=_("Xem việc cần làm bằng congkhai status."),
            )  # fmt: skip
        set_posting(tx, posting, state=PostingState.PLANNED.value, mode="automatic")
        tx.journal("posting.released", posting, reason=tx.remark(posting, reason))
        tx.enqueue("publish", f"{posting}:released", posting=posting)


def confirm_taken_down(
    house: House, posting: str, by: str, *, at: datetime, early_reason: str = "", photo: bytes = b""
) -> None:
    """
    Let a person confirm that they took a posting down; before its time only the head of the agency may answer for it.

    Args:
        at: when it came down; not ahead.
        early_reason: why it ended too early, in the words of the head, who then is `by`. The dossier keeps an error
            finding: an early end is recorded, never made good.
        photo: image bytes, kept in the vault.

    Raises:
        NotAllowedError: it is not up or its matter is not public, `at` lies before the lawful moment or ahead, or
            somebody other than the head answers for an early end (E516).
    """
    require_clock(house)
    sha256 = house.store.vault.put(photo)[0] if photo else ""
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        _check_take_down(tx.now, matter, present, at)
        if photo:
            add_evidence(tx, posting, Evidence("photo", at, by, "", sha256))
        if matter.state in STOPPED:
            record_removed(tx, present, at)
            return
        suspended = is_suspended(read.breaks(tx.connection, posting))
        early = suspended or not may_end(present, at)
        if early and not early_reason.strip():
            raise too_early(present)
        if early:
            _answered_by_head(house, posting, by)
            reason = require_reason(early_reason, posting)
            add_evidence(tx, posting, Evidence("early_end", at, by, note=reason))
            tx.journal("posting.early-end", posting, at=at, close_from=present.close_from,
                       reason=tx.remark(posting, reason))  # fmt: skip
            tx.record_fault(
                "early-end", posting, _("Kết thúc công khai trước thời điểm luật cho phép."),
                _("Niêm yết lại cho đủ thời gian, hoặc báo cáo cấp trên; hồ sơ này không được coi là đầy đủ."),
            )  # fmt: skip
        record_down(tx, present, at, early=early)


def _check_take_down(now: datetime, matter: Disclosure, posting: Posting, at: datetime) -> None:
    open_for_it = matter.state in (DisclosureState.POSTED, DisclosureState.CLOSING) or matter.state in STOPPED
    # A moment before the posting began is impossible whoever says so.
    possible = posting.posted_from is not None and posting.posted_from <= at <= now
    if posting.state is not PostingState.UP or not open_for_it or not possible:
        raise NotAllowedError(
            what=_("Chưa đến lúc gỡ, hoặc nội dung này không đang niêm yết."), where=posting.id, code="congkhai-E218",
            advice=_("Chờ congkhai báo kết thúc thời gian công khai rồi xác nhận lại."),
        )  # fmt: skip


def _answered_by_head(house: House, posting: str, by: str) -> None:
    head = house.signer_of("head")[1].person
    if by != head:
        raise NotAllowedError(
            what=_("Chỉ người đứng đầu ({head}) được chịu trách nhiệm kết thúc sớm.").format(head=head), where=posting,
            code="congkhai-E516", advice=_("Chờ đủ thời gian, hoặc để người đứng đầu ghi nhận kèm lý do."),
        )  # fmt: skip


def supersede_matter(house: House, disclosure: str, by: str, reason: str) -> None:
    """
    Let a person end a matter because another one takes its place; what is up comes down.

    Raises:
        NotAllowedError: it is closing or over, or no reason was given.
    """
    reason = require_reason(reason, disclosure)
    with house.store.write(house.agency, by) as tx:
        change_state(tx, read.disclosure(tx.connection, disclosure), DisclosureState.SUPERSEDED, reason)


def end_permanent(house: House, disclosure: str, by: str, reason: str) -> None:
    """
    Let a person take a filed matter up again because its permanent posting is replaced or repealed.

    Raises:
        NotAllowedError: it is not filed, or nothing of it stays up for good.
    """
    reason = require_reason(reason, disclosure)
    with house.store.write(house.agency, by) as tx:
        take_up(tx, read.disclosure(tx.connection, disclosure), reason)


def withdraw_matter(house: House, disclosure: str, by: str, reason: str) -> None:
    """
    Let a person take a public matter down before its time, with the reason (a recalled paper, a mistake).

    Raises:
        NotAllowedError: the matter is not public.
    """
    with house.store.write(house.agency, by) as tx:
        matter = read.disclosure(tx.connection, disclosure)
        change_state(tx, matter, DisclosureState.WITHDRAWN, reason)


def add_feedback(house: House, disclosure: str, by: str, text: str) -> None:
    """Keep a comment that a person received. Raises InputError when there is no such matter, or no text."""
    enter(house, disclosure, by, text)
