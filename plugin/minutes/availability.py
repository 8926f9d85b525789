"""What the looks at a posting prove: how often it was seen, when nobody looked, and one sign for each day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ..clock import ZONE, local_date
from ..records import Break, Look, Posting
from .body import Interruption

SEEN, GONE, CHANGED, PAUSED, UNKNOWN, MISSED, NOTHING = "vxcpum."
"""Signs of a day: seen, gone, other content, paused, the place could not tell, we were down, no look planned."""
_SIGNS = {"seen": SEEN, "gone": GONE, "changed": CHANGED, "unknown": UNKNOWN, "missed": MISSED}
_BREAKS = {"gap": GONE, "change": CHANGED, "pause": PAUSED, "correction": PAUSED}
_WORST_FIRST = (GONE, CHANGED, PAUSED, SEEN, MISSED, UNKNOWN)
_CONCLUSIVE = frozenset({"seen", "gone", "changed"})
_EFFECTS = {"restart": "thời hạn đếm lại từ đầu", "extend": "thời hạn được kéo dài", "note": "chỉ ghi nhận"}


@dataclass(frozen=True, slots=True)
class Unobserved:
    """A stretch that nobody can speak of: `cause` is ``missed`` (we were down) or ``unknown`` (the place was mute)."""

    start: datetime
    end: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TLS certificate under which the posting was seen: SHA-256 of its DER, and the end of its validity."""

    sha256: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """
    The availability record of one posting.

    Attributes:
        seen, gone, changed: looks that say what stood there; unknown, missed: looks that prove nothing.
        longest_from, longest_to: the longest stretch between two moments that prove something; the posting itself and
            its end count among them.
        days: one sign for each calendar day from the first to the last.
        unobserved: stretches that were to be looked at and were not, in order.
    """

    seen: int
    gone: int
    changed: int
    unknown: int
    missed: int
    longest_from: datetime
    longest_to: datetime
    days: str
    unobserved: tuple[Unobserved, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def total(self) -> int:
        """Number of looks that took place."""
        return self.seen + self.gone + self.changed + self.unknown


def availability(
    posting: Posting, looks: tuple[Look, ...], breaks: tuple[Break, ...], until: datetime
) -> Availability | None:
    """
    Sum up the looks at one posting.

    Args:
        looks: in any order; what was looked at after `until` is left out.
        until: when it came down, or now.

    Returns:
        None when there was neither a look nor an interruption: nothing is claimed then.
    """
    if posting.posted_from is None:
        return None
    start = posting.posted_from
    taken = sorted((one for one in looks if start <= one.at <= until), key=lambda one: one.at)
    if not taken and not breaks:
        return None
    count = {result: sum(one.result == result for one in taken) for result in _SIGNS}
    anchors = [start, *(one.at for one in taken if one.result in _CONCLUSIVE), until]
    longest = max(pairwise(anchors), key=lambda pair: pair[1] - pair[0])
    seen_under = {one.certificate_sha256: one.certificate_until for one in taken if one.certificate_sha256}
    return Availability(
        seen=count["seen"], gone=count["gone"], changed=count["changed"], unknown=count["unknown"],
        missed=count["missed"], longest_from=longest[0].astimezone(ZONE), longest_to=longest[1].astimezone(ZONE),
        days=_days(start, until, taken, breaks), unobserved=tuple(_unobserved(start, until, taken)),
        certificates=tuple(
            Certificate(sha256, end.astimezone(ZONE) if end else None) for sha256, end in seen_under.items()
        ),
    )  # fmt: skip


def _days(start: datetime, until: datetime, looks: list[Look], breaks: tuple[Break, ...]) -> str:
    first, last = local_date(start), local_date(until)
    signs: list[set[str]] = [set() for _day in range((last - first).days + 1)]
    for one in looks:
        signs[(local_date(one.at) - first).days].add(_SIGNS[one.result])
    for gap in breaks:
        begin, end = max(first, local_date(gap.started)), min(last, local_date(gap.ended or until))
        for number in range((begin - first).days, (end - first).days + 1):
            signs[number].add(_BREAKS[gap.kind])
    return "".join(next((sign for sign in _WORST_FIRST if sign in day), NOTHING) for day in signs)


def _unobserved(start: datetime, until: datetime, looks: list[Look]) -> list[Unobserved]:
    """Join looks that prove nothing into stretches, each from the last sure moment to the next."""
    found: list[Unobserved] = []
    sure, causes = start, set[str]()
    for one in [*looks, None]:
        if one is not None and one.result not in _CONCLUSIVE:
            causes.add(one.result)
            continue
        end = one.at if one is not None else until
        if causes and end - sure > timedelta():
            cause = "missed" if "missed" in causes else "unknown"
            found.append(Unobserved(sure.astimezone(ZONE), end.astimezone(ZONE), cause))
        sure, causes = end, set()
    return found


def interruptions(breaks: tuple[Break, ...], until: datetime) -> tuple[Interruption, ...]:
    """Say the interruptions of a posting as its minutes print them, oldest first."""
    return tuple(
        Interruption(
            one.seen_before.astimezone(ZONE),
            one.ended.astimezone(ZONE) if one.ended is not None else None,
            _reason(one),
        )
        for one in breaks
        if one.started <= until
    )


def _reason(one: Break) -> str:
    noticed = f"{one.started.astimezone(ZONE):%H:%M %d/%m/%Y}"
    words = {
        "gap": f"không còn thấy nội dung, phát hiện lúc {noticed}",
        "change": f"nội dung khác với bản đã đăng, phát hiện lúc {noticed}",
        "pause": f"tạm dừng: {one.reason}",
        "correction": f"thay bằng bản đã sửa: {one.reason}",
    }[one.kind]
    return f"{words}; {_EFFECTS[one.effect]}"
