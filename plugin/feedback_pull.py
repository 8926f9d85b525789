"""
Reading the sources of feedback, and how far each was read when a period ends.

"No comments were received" is said only when every source was read to the end of the period; otherwise the closing
minutes name the sources that were not, and until when they were read.
"""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from .errors import AccessError, CongkhaiError, StoreError
from .feedback import MACHINE, keep_pulled
from .feedback_desk import ensure_source, record_read
from .house import House
from .interfaces import FeedbackSource
from .minutes import UnreadSource
from .records import CursorMark, Disclosure
from .store import Transaction
from .store import tables as t
from .work import LeaseLostError, Step, explain

log = logging.getLogger(__name__)

KIND = "pull-feedback"
_FRESH = timedelta(days=7)
"""Only comments younger than this are acknowledged by themselves: a mailbox read for the first time is full of old."""


def plan_feedback(house: House) -> None:
    """Make sure that every source that reads by itself has a moment at which it is read; called at every start."""
    with house.store.write(house.agency, MACHINE) as tx:
        for name, source in house.feedback.items():
            ensure_source(tx, name)
            if source.attended:
                continue
            waiting = tx.connection.scalar(
                sa.select(t.deadline.c.id).where(
                    t.deadline.c.kind == KIND, t.deadline.c.subject == name, t.deadline.c.state == "open"
                )
            )
            queued = tx.connection.scalar(
                sa.select(t.job.c.id).where(
                    t.job.c.kind == KIND, t.job.c.args["subject"].as_string() == name,
                    t.job.c.state.in_(("ready", "leased")),
                )
            )  # fmt: skip
            if waiting is None and queued is None:
                tx.set_deadline(KIND, name, tx.now, "at start")


def pull(step: Step) -> None:
    """Read one source. Work kind ``pull-feedback``; args: subject (source name). A failure is recorded, not raised."""
    house, name = step.house, step.args["subject"]
    source = house.feedback.get(name)
    if source is not None and not source.attended:
        read_source(house, name)
    with step.commit() as tx:
        if source is not None and not source.attended:
            tx.set_deadline(KIND, name, tx.now + house.configuration.work.pull_every, "every pull-every")


def read_source(house: House, name: str) -> bool:
    """
    Read one source up to now, keeping each comment in a transaction of its own.

    Returns:
        True when it was read to its end; False when it is paused, or failed: that is recorded with since when.
    """
    source = house.feedback[name]
    with house.using(f"feedback:{name}"):
        with house.store.read() as connection:
            row = _row(connection, house.agency, name)
        if row is not None and row.paused:
            return False
        began = house.clock.now()
        error: Exception | None = None
        try:
            _take_all(house, name, source, row.cursor if row is not None else None)
        except (StoreError, LeaseLostError, sa.exc.OperationalError):
            raise  # our own house is in trouble: nothing is known about the source
        except Exception as failure:
            error = failure
            known = isinstance(failure, CongkhaiError)
            log.warning(
                "feedback source failed", exc_info=not known, extra={"source": name, "error": type(failure).__name__}
            )
        with house.store.write(house.agency, MACHINE) as tx:
            _record(tx, name, error, began)
    return error is None


def _take_all(house: House, name: str, source: FeedbackSource, cursor: str | None) -> None:
    for item in source.pull(cursor):
        with house.store.write(house.agency, MACHINE) as tx:
            if isinstance(item, CursorMark):
                ensure_source(tx, name)
                _write(tx, name, cursor=item.value)
                continue
            number = keep_pulled(tx, name, item)
            if number is not None and not item.automatic and tx.now - item.received_at < _FRESH:
                tx.enqueue("acknowledge", str(number), item=str(number))


def _record(tx: Transaction, name: str, error: Exception | None, began: datetime) -> None:
    ensure_source(tx, name)
    if error is None:
        _write(tx, name, failing_since=None, error="")
        record_read(tx, name, began)
        return
    row = _row(tx.connection, tx.agency, name)
    since = row.failing_since if row is not None else None
    what, advice = explain(error)
    _write(
        tx, name, failing_since=since or tx.now, error=f"{what}\n{advice}", paused=isinstance(error, AccessError)
    )  # fmt: skip
    if since is None:
        tx.journal("feedback.failing", name, code=getattr(error, "code", type(error).__name__))


def acknowledge(step: Step) -> None:
    """Tell the sender of a comment that it arrived. Work kind ``acknowledge``; args: item. Raises OutsideError."""
    house, number = step.house, int(step.args["item"])
    item = t.feedback_item
    with house.store.read() as connection:
        row = connection.execute(sa.select(item).where(item.c.id == number)).one_or_none()
    done = False
    if row is not None and row.acknowledged_at is None and row.erased_at is None and row.source in house.feedback:
        with house.using(f"feedback:{row.source}"):
            done = house.feedback[row.source].acknowledge(row.ref)
    with step.commit() as tx:
        if done:
            tx.connection.execute(sa.update(item).where(item.c.id == number).values(acknowledged_at=tx.now))
            tx.journal("feedback.acknowledged", str(number), item=number)


def resume(house: House, name: str, by: str) -> bool:
    """Let a paused source be read again now; False when no paused source has this name."""
    with house.store.write(house.agency, by) as tx:
        row = t.feedback_source
        same = (row.c.agency == tx.agency, row.c.name == name, row.c.paused)
        if tx.connection.execute(sa.update(row).where(*same).values(paused=False)).rowcount != 1:
            return False
        tx.set_deadline(KIND, name, tx.now, f"read again by {by}")
        tx.journal("feedback.resumed", name)
    return True


def period_end(matter: Disclosure) -> datetime | None:
    """Return when the last posting of a matter came down; None while none has."""
    ends = [posting.posted_to for posting in matter.postings if posting.posted_to is not None]
    return max(ends, default=None)


def unread(house: House, connection: sa.Connection, until: datetime | None) -> tuple[UnreadSource, ...]:
    """Return the sources that were not read up to a moment, in the order of the ini; none when there is no moment."""
    if until is None:
        return ()
    found = []
    for name, source in house.feedback.items():
        row = _row(connection, house.agency, name)
        read_until = row.read_until if row is not None else None
        if read_until is None or read_until < until:
            found.append(UnreadSource(source.title, read_until))
    return tuple(found)


def must_wait(step: Step, matter: Disclosure) -> bool:
    """
    Read what can be read before closing minutes are made, and wait a while for people to look into the rest.

    Returns:
        True when the minutes must wait; the step is then finished, and ``closing-minutes`` falls due later.
    """
    house, until = step.house, period_end(matter)
    behind = _behind(house, until) if until is not None else ()
    for name in behind:
        if not house.feedback[name].attended:
            read_source(house, name)
    if until is None:
        return False
    longest = max((_patience(house.feedback[name]) for name in behind), default=timedelta(0))
    if house.clock.now() >= until + longest:
        return False
    with step.commit() as tx:
        tx.set_deadline("closing-minutes", matter.id, until + longest, "waits for people to look into the sources")
        tx.journal("minutes.waiting", matter.id, until=until + longest, sources=list(behind))
    return True


def closing_minutes(step: Step) -> None:
    """Make the closing minutes that waited. Work kind ``closing-minutes``; args: subject (disclosure)."""
    with step.commit() as tx:
        matter = step.args["subject"]
        tx.enqueue("minutes", f"{matter}:closing:{tx.now.isoformat()}", disclosure=matter, kind="closing")


def _behind(house: House, until: datetime) -> tuple[str, ...]:
    with house.store.read() as connection:
        rows = {name: _row(connection, house.agency, name) for name in house.feedback}
    return tuple(name for name, row in rows.items() if row is None or row.read_until is None or row.read_until < until)


def _patience(source: FeedbackSource) -> timedelta:
    """How long closing minutes wait for a person to look there; nothing for a source that reads by itself."""
    wait = getattr(source, "wait", timedelta(0)) if source.attended else timedelta(0)
    return wait if isinstance(wait, timedelta) else timedelta(0)


def _row(connection: sa.Connection, agency: str, name: str) -> sa.Row[tuple[object, ...]] | None:
    row = t.feedback_source
    return connection.execute(sa.select(row).where(row.c.agency == agency, row.c.name == name)).one_or_none()


def _write(tx: Transaction, name: str, **values: object) -> None:
    row = t.feedback_source
    tx.connection.execute(sa.update(row).where(row.c.agency == tx.agency, row.c.name == name).values(**values))
