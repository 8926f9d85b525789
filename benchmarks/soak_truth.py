"""
What the document soak must end with: from the simulators' scenario alone, held against store and journal.

A paper's present form must be held exactly once. A file for which something else came at every look for six hours may
be marked instead, as the house promises: the journal must show the wait. A form that the source has since changed, or a
paper that it shows no more, may be held once: it depends on when the daemon was alive to look. What acts have done to
papers is compared too.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from congkhai.connectors.simulators import ioffice_papers
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.connectors.simulators.scenario import Entry
from congkhai.connectors.simulators.scenario import Scenario as Played
from congkhai.plugin.house import House
from congkhai.plugin.records import DisclosureState, DocumentStatus
from congkhai.plugin.store import tables as t
from congkhai.plugin.store import verify_journal

from .soak_acts import OFFICES
from .soak_world import DISCLOSED

_BY_ACT = {"recall": DocumentStatus.RECALLED, "update": DocumentStatus.UPDATED, "replace": DocumentStatus.REPLACED}
_PATIENCE = timedelta(hours=6)
"""How long a paper waits for a file."""
_NOTICEABLE = timedelta(hours=8)
"""Outages as long as this one cover a moment at which the source is asked, whatever else went on."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What must be equal between simulator and store: where it stands, what it says, and its files' digests."""

    source: str
    remote_id: str
    direction: str
    number: str
    subject: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """
    What the simulators hold at the end.

    Attributes:
        papers: to be held, with the status that acts have given them.
        earlier: may be held, with the status that they must then have.
        refused: source and id of the papers to be refused.
        dossiers: how many matters run their course and are filed.
        withdrawn: how many were public when their paper was recalled.
    """

    papers: dict[Paper, DocumentStatus]
    earlier: dict[Paper, DocumentStatus]
    refused: frozenset[tuple[str, str]]
    dossiers: int
    withdrawn: int


def truth_of(played: Played) -> Truth:
    """Say what the house must hold, from the scenario alone, as each simulator shows it."""
    papers, earlier = dict[Paper, DocumentStatus](), dict[Paper, DocumentStatus]()
    refused = set[tuple[str, str]]()
    for source in OFFICES:
        shown = {one.id: one.entry for one in ioffice_papers.papers(played, played.end, source)}
        for id_, entry in shown.items():
            if entry.secrecy != "Thường":
                refused.add((source, f"{entry.direction}-{id_}"))
            else:
                papers[_paper(source, f"{entry.direction}-{id_}", entry)] = DocumentStatus.CURRENT
        earlier |= _earlier(played, source, shown)
    packets = [entry for entry in played.entries if entry.via not in OFFICES]
    fate = {str(entry.target): _BY_ACT[entry.act] for entry in packets if entry.act != "new"}
    for entry in packets:
        told = entry if entry.act != "recall" else _recalling(entry)
        papers[_paper(entry.via, entry.identifier, told)] = fate.get(entry.id, DocumentStatus.CURRENT)
    matters = [entry for entry in played.entries if entry.subject.startswith(DISCLOSED) and _is_matter(entry)]
    recalled = sum(fate.get(entry.id) is DocumentStatus.RECALLED for entry in matters)
    return Truth(papers, earlier, frozenset(refused), len(matters) - recalled, recalled)


def _is_matter(entry: Entry) -> bool:
    return entry.act == "new" or (entry.act == "replace" and entry.via not in OFFICES)


def _recalling(entry: Entry) -> Entry:
    """Return a recall as it is taken in: what such a packet carries is the recalled paper again, and is not kept."""
    return Entry(
        entry.id, entry.at, entry.via, entry.direction, entry.type, entry.number, entry.issued, entry.issuer,
        entry.subject, entry.secrecy, entry.signer,
    )  # fmt: skip


def _earlier(played: Played, source: str, shown: dict[int, Entry]) -> dict[Paper, DocumentStatus]:
    """Return what an e-office showed for a while: the form before an update, and papers that were taken away."""
    found = dict[Paper, DocumentStatus]()
    mine = [entry for entry in played.entries if entry.via == source]
    by_id = {entry.id: (ioffice_papers.FIRST_ID + number, entry) for number, entry in enumerate(mine)}
    for entry in mine:
        if entry.act not in ("update", "recall") or entry.target not in by_id:
            continue
        id_, before = by_id[entry.target]
        status = DocumentStatus.UPDATED if entry.act == "update" else DocumentStatus.CURRENT
        paper = _paper(source, f"{before.direction}-{id_}", before)
        if entry.act == "update" and shown[id_].subject == before.subject:
            raise ValueError(f"{entry.id} changes nothing")
        found[paper] = status
    return found


def _paper(source: str, id_: str, entry: Entry) -> Paper:
    # A paper planted as a twin, a decomposed one, a hostile name: the words are compared in one Unicode form.
    digests = (sha256(attachment_bytes(file.name, file.text)).hexdigest() for file in entry.files)
    return Paper(
        source, id_, entry.direction, entry.number, unicodedata.normalize("NFC", entry.subject), tuple(sorted(digests))
    )


def stored(house: House) -> Iterator[tuple[str, Paper, DocumentStatus]]:
    """Return every document version of the store with its id and what has become of it."""
    with house.store.read() as connection:
        files: dict[str, list[str]] = {}
        for row in connection.execute(sa.select(t.attachment)):
            files.setdefault(row.document, []).append(row.sha256 or f"!{row.problem}")
        for row in connection.execute(sa.select(t.document)):
            paper = Paper(row.source, row.remote_id, row.direction, row.number, row.subject,
                          tuple(sorted(files.get(row.id, ()))))  # fmt: skip
            yield row.id, paper, DocumentStatus(row.status)


def compare(house: House, truth: Truth, played: Played, states: dict[str, Any]) -> tuple[list[str], dict[str, int]]:
    """Hold simulators, store and journal against each other; returns what is wrong, and what was counted."""
    with house.store.read() as connection:
        verdict = verify_journal(connection, house.agency)
        bodies = [json.loads(row.body) for row in connection.execute(sa.select(t.journal.c.body))]
        refusals = set(connection.scalars(sa.select(t.refusal.c.opaque)))
        acts = [row for row in connection.execute(sa.select(t.outbox)) if row.act == "file"]
        blobs = set(connection.scalars(sa.select(t.attachment.c.sha256).where(t.attachment.c.sha256 != "")))
        dead = [f"{row.kind}: {row.last_error}" for row in connection.execute(sa.select(t.job)) if row.state == "dead"]
    said = _subjects(bodies)
    rows, marked = _with_marks(house, list(stored(house)), truth, bodies)
    wrong = [*_papers(rows, truth), *_statuses(rows, truth, said)]
    if verdict.broken:
        wrong.append(f"the journal is broken at {verdict.broken[:3]}")
    expected = {house.opaque(*one) for one in truth.refused}
    if refusals != expected:
        wrong.append(f"refused: {len(refusals - expected)} too many, {len(expected - refusals)} too few")
    if said["document.received"] != Counter(id_ for id_, _paper_, _status in rows):
        wrong.append("the journal's receipts are not the store's documents, each once")
    if said["document.refused"] != Counter(expected):
        wrong.append("the journal's refusals are not the simulators' secret papers, each once")
    lost = [digest for digest in blobs if sha256(house.store.vault.read(digest)).hexdigest() != digest]
    if lost:
        wrong.append(f"{len(lost)} files of the vault are not what they were")
    pushed = Counter(str(one["dossierId"]) for one in states["ioffice"]["pushed"])
    wrong += _filings(pushed, acts, truth.dossiers)
    wrong += _withdrawals(house, truth.withdrawn)
    wrong += _failures(played, said["source.failing"])
    wrong += [f"{name}: tripwires {state['tripwires']}" for name, state in states.items() if state.get("tripwires")]
    if dead:
        wrong.append(f"work that gave up: {Counter(dead)}")
    counted = {
        "documents": len(rows), "refused": len(refusals), "journal": len(bodies), "filed": len(pushed),
        "withdrawn": truth.withdrawn, "marked": marked,
        **{act: said[f"document.{act}"].total() for act in ("recalled", "updated", "replaced", "waiting")},
        "earlier_forms": sum(paper in truth.earlier for _id, paper, _status in rows),
        "source_failed": said["source.failing"].total(), "outages": len(played.outages),
    }  # fmt: skip
    return wrong, counted


def _with_marks(
    house: House, rows: list[tuple[str, Paper, DocumentStatus]], truth: Truth, bodies: list[dict[str, Any]]
) -> tuple[list[tuple[str, Paper, DocumentStatus]], int]:  # fmt: skip
    """Put the true paper where only files are marked, after the wait that the house promises; count these."""
    known = {(one.source, one.remote_id, one.subject): one for one in (*truth.papers, *truth.earlier)}
    at = {(body["act"], str(body["subject"])): datetime.fromisoformat(body["at"]) for body in bodies}
    settled, marked = [], 0
    for id_, paper, status in rows:
        right = known.get((paper.source, paper.remote_id, paper.subject))
        begun = at.get(("document.waiting", house.opaque(paper.source, paper.remote_id)))
        good = [one for one in paper.files if not one.startswith("!")]
        if right is not None and begun is not None and len(good) < len(paper.files) == len(right.files):
            waited = at["document.received", id_] - begun >= _PATIENCE
            if waited and set(good) <= set(right.files) and replace(paper, files=right.files) == right:
                paper, marked = right, marked + 1
        settled.append((id_, paper, status))
    return settled, marked


def _subjects(bodies: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Count the subjects of every act in the journal; an act that never happened counts nothing."""
    said: dict[str, Counter[str]] = {
        f"document.{act}": Counter()
        for act in ("received", "refused", "recalled", "updated", "replaced", "waiting")
    } | {"source.failing": Counter()}  # fmt: skip
    for body in bodies:
        said.setdefault(body["act"], Counter())[str(body["subject"])] += 1
    return said


def _papers(rows: list[tuple[str, Paper, DocumentStatus]], truth: Truth) -> Iterator[str]:
    held = Counter(paper for _id, paper, _status in rows)
    for name, found in (
        ("missing", set(truth.papers) - set(held)), ("nobody's", set(held) - set(truth.papers) - set(truth.earlier)),
        ("twice", {paper for paper, count in held.items() if count > 1}),
    ):  # fmt: skip
        if found:
            yield f"{len(found)} papers {name}, e.g. {sorted(map(str, found))[:3]}"


def _statuses(
    rows: list[tuple[str, Paper, DocumentStatus]], truth: Truth, said: dict[str, Counter[str]]
) -> Iterator[str]:  # fmt: skip
    right = truth.papers | truth.earlier
    wrong = [(paper, status) for _id, paper, status in rows if right.get(paper, status) is not status]
    if wrong:
        yield f"{len(wrong)} papers of another status, e.g. {[(str(one), status.value) for one, status in wrong[:3]]}"
    for status in _BY_ACT.values():
        changed = Counter(id_ for id_, _paper_, one in rows if one is status)
        if said[f"document.{status.value}"] != changed:
            yield f"the journal's {status.value} papers are not the store's, each once"


def _filings(pushed: Counter[str], acts: list[Any], wanted: int) -> Iterator[str]:
    if any(count > 1 for count in pushed.values()):
        yield f"filed twice: {[key for key, count in pushed.items() if count > 1]}"
    settled = {row.key for row in acts if row.state == "done"}
    if set(pushed) != settled or len(acts) != len(settled):
        yield f"filed outside {len(pushed)}, settled inside {len(settled)} of {len(acts)} planned"
    if len(pushed) != wanted:
        yield f"{len(pushed)} dossiers filed instead of {wanted}"


def _withdrawals(house: House, wanted: int) -> Iterator[str]:
    """Every matter whose paper was recalled is withdrawn, and hangs nowhere any more."""
    with house.store.read() as connection:
        query = (
            sa.select(t.disclosure.c.id, t.disclosure.c.state)
            .join(t.disclosure_document, t.disclosure_document.c.disclosure == t.disclosure.c.id)
            .join(t.document, t.document.c.id == t.disclosure_document.c.document)
            .where(t.document.c.status == DocumentStatus.RECALLED.value)
        )
        recalled = {row.id: row.state for row in connection.execute(query)}
        up = sa.select(t.posting.c.id).where(t.posting.c.disclosure.in_(recalled), t.posting.c.state == "up")
        still = list(connection.scalars(up))
    if len(recalled) != wanted or set(recalled.values()) - {DisclosureState.WITHDRAWN.value}:
        yield f"recalled while public: {recalled} instead of {wanted} withdrawn"
    if still:
        yield f"recalled papers still hang: {still}"


def _failures(played: Played, failed: Counter[str]) -> Iterator[str]:
    """An outage that covers a pull is in the journal; a drop folder has none, it only stays empty."""
    long = {one.via for one in played.outages if one.end - one.start >= _NOTICEABLE} - {"edxml"}
    if missing := long - set(failed):
        yield f"outages that nobody noted: {sorted(missing)}"
