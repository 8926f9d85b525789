"""Holds what the house did in the simulated decade against the slow model; every disagreement is a fault in words."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from congkhai.plugin.house import House
from congkhai.plugin.store import tables as t

from .decade_model import HERE, last_day_to_publish, may_close_from, office_opening

if TYPE_CHECKING:
    from .decade import Script

DAY = timedelta(days=1)
REQUIRED = 20


_SHOWN = 5
"""So many pieces of stuck work are shown with their errors."""


@dataclass
class Verdict:
    """
    What the model found.

    Attributes:
        late: matters that were public too late, each for a cause in the script (clerk, outage, downtime, arrival).
        gaps: losses of a notice that lasted while it was posted; `gaps_found` of them the house noticed.
        faults: sentences, empty when all is well; the first fifty.
    """

    disclosures: int = 0
    postings: int = 0
    closed: int = 0
    looks: int = 0
    looks_missed: int = 0
    late: int = 0
    gaps: int = 0
    gaps_found: int = 0
    reminders: int = 0
    duties: int = 0
    jobs: int = 0
    stuck: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class _Book:
    """The rows of the store, by what they belong to."""

    postings: dict[str, list[Any]]
    documents: dict[str, Any]
    breaks: dict[str, list[Any]]
    closing: dict[str, datetime]
    overdue: set[str]
    keys: dict[str, str]


def judge(script: "Script", house: House) -> Verdict:
    """Judge every disclosure."""
    verdict = Verdict()
    with house.store.read() as connection:
        matters = connection.execute(sa.select(t.disclosure)).all()
        book = _book(connection)
        verdict.looks = _count(connection, t.probe, t.probe.c.result != "missed")
        verdict.looks_missed = _count(connection, t.probe, t.probe.c.result == "missed")
        verdict.reminders = _count(connection, t.reminder)
        verdict.duties = _count(connection, t.duty)
        verdict.jobs = _count(connection, t.job)
        verdict.stuck = _count(connection, t.job, t.job.c.state == "dead")
        given_up = connection.execute(sa.select(t.job).where(t.job.c.state == "dead").limit(_SHOWN)).all()
    verdict.disclosures = len(matters)
    if len(matters) != len(script.papers):
        verdict.faults.append(f"{len(script.papers)} papers made {len(matters)} disclosures")
    if verdict.stuck:
        verdict.faults.append(f"{verdict.stuck} pieces of work are stuck")
        verdict.faults += [f"stuck: {one.key}: {one.last_error}" for one in given_up]
    for matter in matters:
        for fault in _matter(script, book, matter, verdict):
            verdict.faults.append(f"{matter.id}: {fault}")
    del verdict.faults[50:]
    return verdict


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0)


def _book(connection: sa.Connection) -> _Book:
    postings, breaks = defaultdict(list), defaultdict(list)
    for row in connection.execute(sa.select(t.posting)):
        postings[row.disclosure].append(row)
    for row in connection.execute(sa.select(t.interruption)):
        breaks[row.posting].append(row)
    query = sa.select(t.disclosure_document.c.disclosure, t.document).join(
        t.document, t.document.c.id == t.disclosure_document.c.document
    )
    documents = {row.disclosure: row for row in connection.execute(query)}
    closing, overdue = {}, set()
    for text in connection.scalars(sa.select(t.journal.c.body)):
        body = json.loads(text)
        if body["act"] == "disclosure.overdue":
            overdue.add(body["subject"])
        elif body["act"] == "disclosure.state" and body["facts"]["after"] == "closing":
            closing[body["subject"]] = datetime.fromisoformat(body["at"])
    keys = {row.subject: row.key for row in connection.execute(sa.select(t.outbox).where(t.outbox.c.act == "publish"))}
    return _Book(postings, documents, breaks, closing, overdue, keys)


def _matter(script: "Script", book: _Book, matter: Any, verdict: Verdict) -> list[str]:
    """Return what is wrong with one disclosure."""
    faults: list[str] = []
    document = book.documents[matter.id]
    postings = {row.channel: row for row in book.postings[matter.id]}
    verdict.postings += len(postings)
    if set(postings) != {"noi-bo", "bang-tin"}:
        return [f"channels {sorted(postings)}"]
    faults += _publication(script, book, matter, document, postings, verdict)
    ends = []
    for row in postings.values():
        if row.posted_from is None:
            faults.append(f"{row.channel}: never posted")
            continue
        gaps = _gaps(script, book, row, verdict, faults)
        lawful = may_close_from(row.posted_from, REQUIRED, gaps, script.calendar)
        ends.append(lawful)
        if row.posted_to is not None and row.posted_to < lawful:
            faults.append(f"{row.channel}: CLOSED TOO EARLY, {row.posted_to} before {lawful}")
        if row.close_from is not None and row.close_from < lawful:
            faults.append(f"{row.channel}: may close from {row.close_from}, lawful only from {lawful}")
        if not gaps and row.close_from != lawful:
            faults.append(f"{row.channel}: may close from {row.close_from}, the model says {lawful}")
    faults += _closing(script, book, matter, postings, ends, verdict)
    return faults


def _publication(
    script: "Script", book: _Book, matter: Any, document: Any, postings: dict[str, Any], verdict: Verdict
) -> list[str]:
    """Check the limit, whether it was met where it could be, and whether being late was noticed."""
    faults = []
    last = last_day_to_publish(document.issued, document.arrived, script.calendar)
    limit = datetime(last.year, last.month, last.day, tzinfo=HERE) + DAY
    if matter.publish_by != limit:
        faults.append(f"publish by {matter.publish_by}, the model says {limit}")
    by_itself = _awake(script, _arrival(script, document.remote_id))
    possible = by_itself
    for _turn in range(20):  # an outage may end while the daemon is down, and the other way round
        possible = _awake(script, _answering(script, possible))
    posted = postings["noi-bo"].posted_from
    if posted is not None and posted > possible + timedelta(seconds=1):
        faults.append(f"the channel could show it at {possible}, and did at {posted}")
    moments = [row.posted_from for row in postings.values() if row.posted_from is not None]
    public = max(moments) if len(moments) == len(postings) else None
    late = public is None or public >= limit
    verdict.late += late
    if late != (matter.id in book.overdue):
        faults.append(f"public {public}, limit {limit}: noted as overdue: {matter.id in book.overdue}")
    # The clerk hears of a paper from the house, so a paper that came while it was down is heard of afterwards.
    clerk = office_opening(by_itself + timedelta(days=script.delays[document.remote_id], minutes=20), script.calendar)
    if (
        late
        and max(possible, clerk) < limit
        and not any(a <= clerk < b or a < limit <= b for a, b in script.world.asleep)
    ):
        faults.append(f"late, though channel ({possible}) and clerk ({clerk}) came before the limit {limit}")
    return faults


def _arrival(script: "Script", remote_id: str) -> datetime:
    return next(moment for moment, paper in script.papers if paper.remote_id == remote_id)


def _awake(script: "Script", moment: datetime) -> datetime:
    return next((last for first, last in script.world.asleep if first <= moment < last), moment)


def _answering(script: "Script", moment: datetime) -> datetime:
    return next((last for first, last in script.world.outages if first <= moment < last), moment)


def _gaps(
    script: "Script", book: _Book, row: Any, verdict: Verdict, faults: list[str]
) -> list[tuple[datetime, datetime]]:
    """Return the true losses of a posting, and check that each was found and bracketed."""
    lost = script.world.lost.get(book.keys.get(row.id, ""))
    until = row.posted_to or datetime.max.replace(tzinfo=HERE)
    if lost is None or lost[0] >= until:
        if book.breaks.get(row.id):
            faults.append(f"{row.channel}: an interruption that never was")
        return []
    first, last, how = lost
    verdict.gaps += 1
    told = [at for at, found in script.world.looks.get(book.keys[row.id], []) if found == how]
    found = [
        one for one in book.breaks.get(row.id, [])
        if one.seen_before <= first <= one.started < last and (one.ended is None or one.ended >= last)
    ]  # fmt: skip
    if not told or not found:
        faults.append(f"{row.channel}: NOT FOUND: lost from {first} to {last}, looks that met it: {len(told)}")
    verdict.gaps_found += bool(found)
    if len(book.breaks.get(row.id, [])) > 1:
        faults.append(f"{row.channel}: one loss made {len(book.breaks[row.id])} interruptions")
    return [(first, last)]


def _closing(
    script: "Script", book: _Book, matter: Any, postings: dict[str, Any], ends: list[datetime], verdict: Verdict
) -> list[str]:
    """Check that closing began at the first office moment after the lawful one, as soon as the daemon was awake."""
    begun = book.closing.get(matter.id)
    if begun is None or len(ends) != len(postings):
        return ["never closed"] if max(ends, default=script.start) + 40 * DAY < script.end else []
    verdict.closed += 1
    faults = []
    if begun < max(ends):
        faults.append(f"CLOSING BEGAN TOO EARLY, {begun} before {max(ends)}")
    known = [row.close_from for row in postings.values() if row.close_from is not None]
    expected = _awake(script, office_opening(max(known), script.calendar))
    if begun != expected:
        faults.append(f"closing began {begun}, expected {expected}")
    if any(row.posted_to is None for row in postings.values()):
        faults.append("something is still up after closing began")
    return faults
