"""How long each posting must stay, and when its matter closes: computed, and computed anew with before, after, why."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from congkhai.schedules import Gap, Interruption, interrupted_period, posting_start

from .clock import ZONE, local_date
from .guards import ENDING
from .house import House
from .records import Break, Disclosure, DisclosureState, Posting, PostingState
from .store import Transaction, read
from .store import tables as t

_SECOND = timedelta(seconds=1)
_COST: dict[str, Interruption] = {"note": "note", "prolong": "extend", "restart": "restart"}


def gap_cost(house: House) -> Interruption:
    """Return what a gap costs: ``[work] after-gap``, else what the regulation's counting rule says."""
    setting = house.configuration.work.after_gap
    return house.rule.interruption if setting == "regulation" else _COST[setting]


def correction_cost(house: House) -> Interruption:
    """Return what a replaced paper costs: ``[work] after-correction``."""
    return _COST[house.configuration.work.after_correction]


def is_permanent(matter: Disclosure) -> bool:
    """Tell whether no posting of a matter has an end: it is filed without closing minutes."""
    return not any(posting.required_days for posting in matter.postings)


def earliest_close(matter: Disclosure) -> datetime | None:
    """
    Return the first lawful closing moment of a whole matter: the latest of its postings.

    None when it is permanent, or while one of its postings is interrupted so that nobody can know.
    """
    moments = [posting.close_from for posting in matter.postings if posting.required_days]
    known = [moment for moment in moments if moment is not None]
    return max(known) if moments and len(known) == len(moments) else None


def closing_moment(house: House, matter: Disclosure) -> datetime | None:
    """
    Return when the matter is to be closed: the first office moment at or after the first lawful one.

    Minutes made at midnight or on a Sunday would be lawful and not believable.
    """
    earliest = earliest_close(matter)
    return None if earliest is None else office_moment(house, earliest)


def office_moment(house: House, earliest: datetime) -> datetime:
    """Return the first opening of the office at or after a moment."""
    hours = house.calendar.office_hours
    day = local_date(earliest)
    if hours is None or house.calendar.is_working_day(day):
        first = _opening(house, day)
        if first >= earliest:
            return first
    return _opening(house, house.calendar.next_working_day(day))


def _opening(house: House, day: date) -> datetime:
    hours = house.calendar.office_hours
    return datetime.combine(day, hours.opens if hours else datetime.min.time(), ZONE)


def gaps_of(breaks: tuple[Break, ...]) -> list[Gap]:
    """Return the ended interruptions as the counting sees them: gone counts from the last moment it was seen."""
    ended = [(one, one.ended) for one in breaks if one.ended is not None]
    # A paper that was replaced within one second still makes the period begin anew.
    return [Gap(min(one.seen_before, up - _SECOND), up, _effect(one)) for one, up in ended]


def _effect(one: Break) -> Interruption:
    return one.effect  # type: ignore[return-value]  # written by this package from the same closed set


def is_suspended(breaks: tuple[Break, ...]) -> bool:
    """Tell whether an interruption that costs something still lasts, so that no end can be known."""
    return any(one.ended is None and one.effect != "note" for one in breaks)


def close_from_of(house: House, connection: sa.Connection, posting: Posting) -> datetime | None:
    """
    Compute from when a posting may lawfully end, by its start, its interruptions and its exemption.

    Returns:
        None when it is permanent, or while an interruption lasts.
    """
    breaks = read.breaks(connection, posting.id)
    if posting.posted_from is None or not posting.required_days or is_suspended(breaks):
        return None
    start = _start(house, connection, posting)
    exempt = sa.select(t.exemption.c.notified).where(t.exemption.c.posting == posting.id, t.exemption.c.effective)
    notified: datetime | None = connection.scalar(exempt)
    if notified is not None:
        return max(notified, start)
    gaps = [Gap(max(gap.down, start), gap.up, gap.effect) for gap in gaps_of(breaks) if gap.up > start]
    return interrupted_period(start, posting.required_days, gaps, house.calendar, house.rule).close_from


def _start(house: House, connection: sa.Connection, posting: Posting) -> datetime:
    """Return the moment from which the period counts: the recorded one, or that of the minutes where the rule says."""
    opening = read.minutes(connection, posting.disclosure, "posting")
    return posting_start(posting.posted_from, opening.made_at if opening else None, house.rule).moment


def recount(tx: Transaction, house: House, posting: str, why: str) -> bool:
    """
    Compute a posting's lawful end anew and keep before, after and why; nothing is written when nothing changed.

    Args:
        why: ``gap``, ``change``, ``pause``, ``correction``, ``exemption``, ``minutes`` or ``calendar``.

    Returns:
        True when the end moved. A posting that is down, and a matter that is closing, never change.
    """
    present = read.posting(tx.connection, posting)
    matter = read.disclosure(tx.connection, present.disclosure)
    open_for_it = matter.state in (DisclosureState.DUE, DisclosureState.POSTED)
    if present.state is not PostingState.UP or not open_for_it or present.kind == ENDING:
        return False
    after = close_from_of(house, tx.connection, present)
    if after == present.close_from:
        return False
    tx.connection.execute(sa.update(t.posting).where(t.posting.c.id == posting).values(close_from=after))
    keep_change(tx, posting, "close_from", present.close_from, after, house.rule.words, why)
    plan_close(tx, house, read.disclosure(tx.connection, matter.id))
    return True


def keep_change(
    tx: Transaction, subject: str, what: str, before: datetime | None, after: datetime | None, rule: str, why: str
) -> None:
    """Keep a limit that was computed anew, in a row and in the journal."""
    tx.connection.execute(
        sa.insert(t.period).values(
            agency=tx.agency, subject=subject, what=what, before=before, after=after, rule=rule, why=why, by=tx.actor,
            at=tx.now,
        )
    )  # fmt: skip
    tx.journal("limit.changed", subject, what=what, before=before, after=after, rule=rule, why=why)


def plan_close(tx: Transaction, house: House, matter: Disclosure) -> None:
    """Write when a public matter closes; while nobody can know it, nothing is planned."""
    if matter.state is not DisclosureState.POSTED:
        return
    moment = closing_moment(house, matter)
    if moment is None:
        tx.drop_deadlines(matter.id, "close")
    else:
        tx.set_deadline("close", matter.id, moment, house.rule.words)
