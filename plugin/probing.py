"""
Looking whether a posting still stands: at random moments within office hours, and once a day outside them.

The moments are random to whoever looks from outside, and always the same for this store: they follow from its salt.
Each is a deadline's row, so that downtime is noticed and a missed look is kept as missed.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from congkhai.schedules import Calendar

from .clock import ZONE, local_date
from .continuity import LATE, open_break, record_look, record_missed
from .house import House
from .interfaces import Channel
from .outbox import Act
from .records import Posting, PostingState
from .store import Transaction, read
from .work import Step

MACHINE = "congkhai"
"""Who stands for acts and proofs that no person made."""
_DAY = timedelta(days=1)
_OFFICE = ((time(8), time(11, 30)), (time(13, 30), time(17)))
"""Office hours of an agency that named none; they only spread the looks."""
_MOST_MISSED = 400
"""So many missed looks are kept for one downtime; the last one stands for all that follow."""


def act_of(house: House, posting: Posting, act: str, *, revision: int | None = None) -> Act:
    """Return an outward act on a posting; new content (a higher revision) is a new act with a key of its own."""
    number = posting.revision if revision is None else revision
    return Act(house.agency, f"channel:{posting.channel}", act, posting.id, str(number) if number else "")


def observable(channel: Channel | None) -> bool:
    """Tell whether a channel can be looked at from here; an attended one says so itself (`observable`)."""
    return channel is not None and bool(getattr(channel, "observable", not channel.attended))


def looks_of_day(salt: bytes, posting: str, day: date, calendar: Calendar, in_office: int) -> list[datetime]:
    """
    Return the moments of one day at which a posting is looked at, in order.

    Args:
        salt: secret of the store; the same salt gives the same moments.
        in_office: looks within office hours of a working day; one more comes outside them. A day off has that one only.
    """
    sessions = calendar.office_hours.sessions if calendar.office_hours else _OFFICE
    start = datetime.combine(day, time(), ZONE)
    spans = [(datetime.combine(day, first, ZONE), datetime.combine(day, last, ZONE)) for first, last in sessions]
    outside = [(start, start + _DAY)]
    moments = []
    if calendar.is_working_day(day):
        outside = [(start, spans[0][0]), (spans[-1][1], start + _DAY)]
        moments = [_pick(salt, posting, day, number, spans) for number in range(1, in_office + 1)]
    return sorted({*moments, _pick(salt, posting, day, 0, outside)})


def _pick(
    salt: bytes, posting: str, day: date, number: int, spans: list[tuple[datetime, datetime]]
) -> datetime:  # fmt: skip
    """Choose one second of the spans by a keyed digest; as good as random, and the same tomorrow."""
    text = f"probe\x1f{posting}\x1f{day.isoformat()}\x1f{number}".encode()
    lengths = [int((last - first).total_seconds()) for first, last in spans]
    second = int.from_bytes(hashlib.sha256(salt + text).digest()[:8], "big") % sum(lengths)
    for (first, _last), length in zip(spans, lengths, strict=True):
        if second < length:
            return first + timedelta(seconds=second)
        second -= length
    raise AssertionError


def planned_looks(house: House, posting: Posting, after: datetime) -> Iterator[datetime]:
    """Yield the planned moments after a moment, without end, soonest first."""
    every, in_office = house.configuration.work.probe_every, house.configuration.work.probes_in_office_hours
    if every < _DAY:
        while True:
            after += every
            yield after
    step, first = every.days, local_date(posting.posted_from or after)
    day = max(local_date(after), first)
    day += timedelta(days=-(day - first).days % step)
    while True:
        looks = looks_of_day(house.store.salt, posting.id, day, house.calendar, in_office)
        yield from (moment for moment in looks if moment > after)
        day += timedelta(days=step)


def plan_probe(tx: Transaction, house: House, posting: Posting) -> None:
    """Let an observable posting be looked at again at its next planned moment."""
    if observable(house.channels.get(posting.channel)):
        moment = next(planned_looks(house, posting, tx.now))
        tx.set_deadline("probe", posting.id, moment, f"every {house.configuration.work.probe_every}, random")


def look_at_once(tx: Transaction, house: House, posting: Posting) -> None:
    """
    Let an observable posting be looked at right after it went up.

    What is seen first is what later looks are compared with, so nobody may have had the time to change it.
    """
    if observable(house.channels.get(posting.channel)):
        tx.set_deadline("probe", posting.id, tx.now, "right after publication")


def probe(step: Step) -> None:
    """Look whether a posting can still be seen. Work kind ``probe``; args: subject (posting)."""
    house = step.house
    with house.store.read() as connection:
        posting = read.posting(connection, step.args["subject"])
        paused = open_break(read.breaks(connection, posting.id), "pause", "correction") is not None
    channel = house.channels.get(posting.channel)
    if channel is None or posting.state is not PostingState.UP or paused or not observable(channel):
        with step.commit():
            return  # resuming plans the next look
    planned = _planned(step)
    seen = channel.probe(act_of(house, posting, "publish").key)
    with step.commit() as tx:
        present = read.posting(tx.connection, posting.id)
        if present.state is not PostingState.UP or present.revision != posting.revision:
            return  # it came down, or was replaced, while we looked
        late = tx.now - planned > LATE
        if late:
            record_missed(tx, posting.id, missed(house, posting, planned, tx.now))
        record_look(tx, house, present, seen, planned=None if late else planned, by=MACHINE)
        plan_probe(tx, house, present)


def missed(house: House, posting: Posting, planned: datetime, now: datetime) -> list[datetime]:
    """Return the planned looks from `planned` on that nobody took before `now`."""
    found = [planned]
    for moment in planned_looks(house, posting, planned):
        if now - moment <= LATE or len(found) >= _MOST_MISSED:
            return found
        found.append(moment)
    raise AssertionError


def _planned(step: Step) -> datetime:
    """Return the moment that this look was planned for; it stands in the key of the work."""
    text = step.job.key.removeprefix(f"probe:{step.args['subject']}:")
    try:
        planned = datetime.fromisoformat(text)
    except ValueError:
        return step.house.clock.now()
    return planned if planned.tzinfo is not None else step.house.clock.now()
