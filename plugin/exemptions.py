"""A written notice to everybody that stands for the time of posting, where the regulation or the Law allows it."""

from datetime import datetime

import sqlalchemy as sa

from .clock_guard import require_clock
from .continuity import require_reason
from .errors import NotAllowedError
from .house import House
from .periods import recount
from .records import DisclosureState, Posting, PostingState
from .regulation_records import Exemption
from .store import read
from .store import tables as t
from .text import _

CONDITIONS = ("written_notice_all", "other_law")
_OPEN = (DisclosureState.DUE, DisclosureState.POSTED)


def rule_of(house: House, condition: str) -> Exemption | None:
    """Return what regulation and Law say on a condition, cut back to what the Law allows; None: neither does."""
    return next((rule for rule in house.regulation.exemptions if rule.condition == condition), None)


def is_effective(rule: Exemption, posting: Posting) -> bool:
    """
    Tell whether a notice frees a posting from its time.

    Where the regulation frees more forms than the Law, the Law stands (Luật 10/2022/QH15 Điều 48.1, 59.1a): such a
    notice is kept, and the time stays owed.
    """
    return "*" in rule.forms or posting.form in rule.forms


def exempt_posting(
    house: House, posting: str, by: str, *, notice: str, notified: datetime, reason: str,
    condition: str = "written_notice_all", scan: bytes = b"",
) -> bool:  # fmt: skip
    """
    Let a person record that everybody was told in writing, so that the posting may end at once.

    Args:
        notice: number and date of the notice, or the clause of the other law.
        notified: when it had reached everybody; not ahead, not before the matter was opened.
        condition: ``written_notice_all`` or ``other_law``.
        scan: bytes of the notice, kept in the vault.

    Returns:
        True when it takes effect; False when it is wider than the Law: kept, shown as a finding, the time stays owed.

    Raises:
        NotAllowedError: neither regulation nor Law has such an exemption for this form, it has one already, the
            matter is not open, or notice or reason is missing.
    """
    require_clock(house)
    reason, notice = require_reason(reason, posting), require_reason(notice, posting)
    sha256 = house.store.vault.put(scan)[0] if scan else ""
    rule = rule_of(house, condition)
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        matter = read.disclosure(tx.connection, present.disclosure)
        if rule is None or not (is_effective(rule, present) or rule.wider_than_law):
            raise NotAllowedError(
                what=_("Quy chế và Luật không cho miễn thời gian công khai ở hình thức này."), where=posting,
                code="congkhai-E510", advice=_("Công khai đủ thời gian ({basis}).").format(basis=present.basis),
            )  # fmt: skip
        held = tx.connection.scalar(sa.select(t.exemption.c.id).where(t.exemption.c.posting == posting))
        over = present.state is PostingState.DOWN or matter.state not in _OPEN or not present.required_days
        if held is not None or over or not matter.opened_at <= notified <= tx.now:
            raise NotAllowedError(
                what=_("Không thể ghi miễn thời gian công khai ở đây hoặc vào thời điểm này."), where=posting,
                code="congkhai-E511",
                advice=_("Chỉ ghi một lần, khi nội dung đang mở, với thời điểm thông báo không ở tương lai."),
            )  # fmt: skip
        effective = is_effective(rule, present)
        tx.connection.execute(
            sa.insert(t.exemption).values(
                posting=posting, condition=condition, source=rule.source, effective=effective, notice=notice,
                notified=notified, sha256=sha256, reason=reason, by=by, at=tx.now,
            )
        )  # fmt: skip
        tx.journal(
            "posting.exempted", posting, condition=condition, source=rule.source, effective=effective,
            notified=notified, sha256=sha256, notice=tx.remark(posting, notice), reason=tx.remark(posting, reason),
        )  # fmt: skip
        if effective:
            recount(tx, house, posting, "exemption")
    return effective
