"""What must be true before a disclosure may change its state; the state machine says only what may follow what."""

from collections.abc import Callable
from datetime import datetime

from .records import Disclosure, DisclosureState, Posting, PostingState
from .text import _

_S = DisclosureState
ENDING = "ending"
"""Kind of a permanent posting that comes down because its paper was replaced or repealed."""


def must_end(posting: Posting) -> bool:
    """Tell whether a posting has to come down for its matter to close: permanent ones stay until they are taken up."""
    return bool(posting.required_days) or posting.kind == ENDING


def may_end(posting: Posting, moment: datetime) -> bool:
    """
    Tell whether a posting may lawfully end at a moment.

    A posting with a required time whose `close_from` is not known (it is paused, or cannot be seen) may never end.
    """
    if not posting.required_days:
        return True
    return posting.close_from is not None and moment >= posting.close_from


def _public(matter: Disclosure, _now: datetime) -> str:
    up = bool(matter.postings) and all(one.state is PostingState.UP for one in matter.postings)
    return "" if up else _("Chưa công khai đủ các kênh.")


def _over(matter: Disclosure, now: datetime) -> str:
    early = [one for one in matter.postings if one.state is PostingState.UP and not may_end(one, now)]
    return _("Chưa hết thời gian công khai tại {place}.").format(place=early[0].place) if early else ""


def _permanent(matter: Disclosure, _now: datetime) -> str:
    ends = any(one.required_days for one in matter.postings)
    return _("Còn hình thức công khai có thời hạn: phải có biên bản kết thúc.") if ends else ""


def _all_down(matter: Disclosure, _now: datetime) -> str:
    left = [one for one in matter.postings if must_end(one) and one.state is not PostingState.DOWN]
    return _("Chưa gỡ khỏi {place}.").format(place=left[0].place) if left else ""


def _taken_up(matter: Disclosure, _now: datetime) -> str:
    ending = any(one.kind == ENDING and one.state is PostingState.UP for one in matter.postings)
    return "" if ending else _("Chỉ nội dung công khai thường xuyên mới được mở lại để kết thúc.")


GUARDS: dict[tuple[DisclosureState, DisclosureState], Callable[[Disclosure, datetime], str]] = {
    (_S.DUE, _S.POSTED): _public,
    (_S.POSTED, _S.CLOSING): _over,
    (_S.POSTED, _S.FILED): _permanent,
    (_S.CLOSING, _S.CLOSED): _all_down,
    (_S.FILED, _S.CLOSING): _taken_up,
}
"""Steps that need more than a place in the table; each answers with why not, or nothing."""


def why_not(matter: Disclosure, to: DisclosureState, now: datetime) -> str:
    """Return why a matter must not go to a state now, in words; empty when nothing stands against it."""
    guard = GUARDS.get((matter.state, to))
    return guard(matter, now) if guard is not None else ""
