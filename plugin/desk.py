"""What people do at their desks: confirm, exclude, post, take down, comment. Each act bears their name and its time."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from .disclosures import STOPPED, change_state, plan_postings, record_posted
from .errors import NotAllowedError
from .house import House
from .outbox import settle_unsure
from .publish import add_evidence, record_down, record_removed
from .records import DisclosureState, Evidence, PostingState
from .store import read
from .store import tables as t
from .text import _


def confirm_matter(house: House, disclosure: str, by: str) -> None:
    """Let a person confirm a proposed disclosure: it becomes due and is published. Raises NotAllowedError."""
    with house.store.write(house.agency, by) as tx:
        matter = read.disclosure(tx.connection, disclosure)
        change_state(tx, matter, DisclosureState.DUE)
        plan_postings(tx, house, read.disclosure(tx.connection, disclosure))


def exclude_matter(house: House, disclosure: str, by: str, reason: str) -> None:
    """Let a person decide that a matter is not disclosed, with the reason. Raises NotAllowedError."""
    with house.store.write(house.agency, by) as tx:
        change_state(tx, read.disclosure(tx.connection, disclosure), DisclosureState.EXCLUDED, reason)


def confirm_posting(
    house: House, posting: str, by: str, *, since: datetime, photo: bytes = b"", address: str = "", remark: str = ""
) -> None:
    """
    Let a person confirm that they posted: on the board with a photo, on the portal with its address.

    Args:
        since: when people could see it; not in the future, not before the matter was opened.
        photo: image bytes, kept in the vault.

    Raises:
        NotAllowedError: nothing waits for confirmation there, or the moment is impossible.
    """
    sha256 = house.store.vault.put(photo)[0] if photo else ""
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        if present.state not in (PostingState.WAITING, PostingState.UNSURE) or matter.state is not DisclosureState.DUE:
            raise NotAllowedError(
                what=_("Không có việc niêm yết nào đang chờ xác nhận ở đây."), where=posting, code="congkhai-E216",
                advice=_("Xem việc cần làm bằng congkhai status."),
            )  # fmt: skip
        if not matter.opened_at <= since <= tx.now:
            raise NotAllowedError(
                what=_("Thời điểm niêm yết phải từ lúc mở nội dung công khai đến bây giờ; không được ghi lùi."),
                where=posting, code="congkhai-E217", advice=_("Ghi đúng thời điểm thực tế đã niêm yết."),
            )  # fmt: skip
        kind = "photo" if photo else "page" if address else "confirmation"
        add_evidence(tx, posting, Evidence(kind, since, by, address, sha256, remark))
        record_posted(tx, house, present, since)
        settle_unsure(tx, posting, "publish")
        tx.set_deadline("probe", posting, tx.now, "right after a person's confirmation")


def confirm_taken_down(house: House, posting: str, by: str, *, at: datetime) -> None:
    """
    Let a person confirm that they took a posting down.

    Raises:
        NotAllowedError: it is not up, its matter is not closing, or `at` lies before the lawful moment or ahead.
    """
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        open_for_it = matter.state is DisclosureState.CLOSING or matter.state in STOPPED
        if present.state is not PostingState.UP or not open_for_it or at > tx.now:
            raise NotAllowedError(
                what=_("Chưa đến lúc gỡ, hoặc nội dung này không đang niêm yết."), where=posting, code="congkhai-E218",
                advice=_("Chờ congkhai báo kết thúc thời gian công khai rồi xác nhận lại."),
            )  # fmt: skip
        if matter.state in STOPPED:
            record_removed(tx, present, at)
        else:
            record_down(tx, present, at)


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
    """Keep a comment that was received while a matter is public. Raises InputError when there is no such matter."""
    with house.store.write(house.agency, by) as tx:
        read.disclosure(tx.connection, disclosure)
        tx.connection.execute(sa.insert(t.feedback).values(disclosure=disclosure, at=tx.now, by=by, text=text))
        tx.journal("feedback.added", disclosure, sha256=hashlib.sha256(text.encode()).hexdigest())
