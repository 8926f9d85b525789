"""
What reports say, as plain records: how each disclosure kept its limits, by category, unit and month; lists of a period.

Everything is read from the store at one moment and computed here; nothing is kept, so a report can always be made anew.
Source: Luật 10/2022/QH15 Điều 13.2 (quarterly list), 47, 48 (limits); Quy chế xã Đông Sơn Điều 9.5, 12.1, 24.3.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from .clock import ZONE, local_date
from .disclosures import STOPPED
from .house import House
from .records import Disclosure, DisclosureState, Dossier
from .store import read
from .text import _

OUTCOMES = ("on_time", "late", "too_short", "incomplete", "open", "stopped")
"""Every disclosure is counted once, under the gravest that holds: late before too short before incomplete."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    How one disclosure kept its limits.

    Attributes:
        unit: who issued the leading paper.
        published: when the last owed form began; None while one has not.
        outcome: one of `OUTCOMES`; `late`, `too_short` and `incomplete` each by itself.
        forms: what was used: form, place, from, to, days asked for, proofs.
    """

    id: str
    title: str
    number: str
    category: str
    key: str
    unit: str
    trigger: date
    publish_by: datetime
    published: datetime | None
    closed: datetime | None
    outcome: str
    late: bool
    too_short: bool
    incomplete: bool
    forms: tuple["Form", ...]
    dossier: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a disclosure: title, place, times, and its proofs as (kind, moment, address, SHA-256)."""

    form: str
    title: str
    place: str
    since: datetime | None
    until: datetime | None
    days: int
    proofs: tuple[tuple[str, datetime, str, str], ...]


def lines(house: House, first: date, last: date) -> tuple[Line, ...]:
    """Return a line for every disclosure whose trigger lies between two days, both included; in order of trigger."""
    now = house.clock.now()
    with house.store.read() as connection:
        found = [
            _line(house, connection, matter, now)
            for matter in read.disclosures(connection, house.agency)
            if first <= matter.trigger <= last
        ]
    return tuple(sorted(found, key=lambda line: (line.trigger, line.id)))


def line_of(house: House, disclosure: str) -> Line:
    """Return the line of one disclosure. Raises InputError."""
    with house.store.read() as connection:
        return _line(house, connection, read.disclosure(connection, disclosure), house.clock.now())


def _line(house: House, connection: sa.Connection, matter: Disclosure, now: datetime) -> Line:
    leading = read.document(connection, matter.documents[0])
    dossier = read.dossier(connection, matter.id)
    owed = [one for one in matter.postings if one.standing != "added"] or list(matter.postings)
    begun = [one.posted_from for one in owed if one.posted_from is not None]
    published = max(begun) if begun and len(begun) == len(owed) else None
    stopped = matter.state in STOPPED
    late = not stopped and (published or now) >= matter.publish_by
    short = any(
        one.posted_to is not None and one.close_from is not None and one.posted_to < one.close_from
        for one in matter.postings
    )
    ended = [one.posted_to for one in matter.postings if one.posted_to is not None]
    incomplete = not stopped and _incomplete(matter, dossier)
    return Line(
        id=matter.id, title=matter.title, number=leading.number, category=matter.category, key=matter.key,
        unit=leading.issuer or house.configuration.agency.name, trigger=matter.trigger, publish_by=matter.publish_by,
        published=published, closed=max(ended) if ended and len(ended) == len(matter.postings) else None,
        outcome=_outcome(matter, published, stopped=stopped, late=late, short=short, incomplete=incomplete),
        late=late, too_short=short, incomplete=incomplete,
        forms=tuple(
            Form(
                one.form, next((rule.title for rule in house.regulation.channels if rule.form == one.form), one.form),
                one.place, one.posted_from, one.posted_to, one.required_days,
                tuple((proof.kind, proof.at, proof.address, proof.sha256) for proof in one.evidence),
            )
            for one in matter.postings
        ),
        dossier=dossier.id if dossier else "",
    )  # fmt: skip


def _incomplete(matter: Disclosure, dossier: Dossier | None) -> bool:
    """Tell whether the work is over and its dossier is not complete."""
    over = matter.state in (DisclosureState.CLOSED, DisclosureState.FILED)
    return (dossier is not None and not dossier.complete) or (over and dossier is None)


def _outcome(
    matter: Disclosure, published: datetime | None, *, stopped: bool, late: bool, short: bool, incomplete: bool
) -> str:  # fmt: skip
    if stopped:
        return "stopped"
    for holds, name in ((late, "late"), (short, "too_short"), (incomplete, "incomplete")):
        if holds:
            return name
    return "on_time" if published is not None and matter.state is not DisclosureState.REVIEW else "open"


def outcome_words(outcome: str) -> str:
    """Name an outcome for people."""
    return {
        "on_time": _("đúng hạn"), "late": _("công khai chậm"), "too_short": _("thiếu thời gian"),
        "incomplete": _("hồ sơ chưa đủ"), "open": _("đang thực hiện"), "stopped": _("đã dừng"),
    }[outcome]  # fmt: skip


def tally(found: Iterable[Line], by: str) -> dict[str, dict[str, int]]:
    """Count outcomes by an attribute of the lines, e.g. ``category`` or ``unit``; ``month`` counts by trigger."""
    counted: dict[str, Counter[str]] = {}
    for line in found:
        name = f"{line.trigger:%m/%Y}" if by == "month" else str(getattr(line, by))
        counted.setdefault(name, Counter())[line.outcome] += 1
    return {name: {outcome: count[outcome] for outcome in OUTCOMES} for name, count in counted.items()}


def totals(found: Sequence[Line]) -> dict[str, int]:
    """Count outcomes, and each failing by itself: a matter may be late and too short at once."""
    outcomes = Counter(line.outcome for line in found)
    return {
        "disclosures": len(found), **{name: outcomes[name] for name in OUTCOMES},
        "late_in_all": sum(line.late for line in found), "too_short_in_all": sum(line.too_short for line in found),
        "incomplete_in_all": sum(line.incomplete for line in found),
    }  # fmt: skip


def posted_between(house: House, first: date, last: date) -> tuple[Line, ...]:
    """Return the disclosures of which a form began between two days: what a quarterly list names (Điều 13.2)."""
    with house.store.read() as connection:
        now = house.clock.now()
        found = [
            _line(house, connection, matter, now)
            for matter in read.disclosures(connection, house.agency)
            if any(one.posted_from and first <= local_date(one.posted_from) <= last for one in matter.postings)
        ]
    return tuple(sorted(found, key=lambda line: (line.trigger, line.id)))


def period(kind: str, year: int, number: int = 1) -> tuple[date, date]:
    """Return first and last day of a ``quarter`` (number 1 to 4), a ``half`` (1 or 2) or a ``year``."""
    months = {"quarter": 3, "half": 6, "year": 12}[kind]
    start = (number - 1) * months + 1
    end = start + months - 1
    following = date(year + (end == 12), end % 12 + 1, 1)
    return date(year, start, 1), date.fromordinal(following.toordinal() - 1)


def limit(moment: datetime | None) -> str:
    """Write the end of a time limit as people read it: the last day, where the first moment too late is a midnight."""
    if moment is None:
        return ""
    last = moment.astimezone(ZONE)
    if last.time() == time():
        return _("hết ngày {day:%d/%m/%Y}").format(day=last - timedelta(days=1))
    return _("trước {moment:%H:%M %d/%m/%Y}").format(moment=last)


def local(moment: datetime | None) -> str:
    """Write a moment as people read it; empty for none."""
    return "" if moment is None else f"{moment.astimezone(ZONE):%d/%m/%Y %H:%M}"
