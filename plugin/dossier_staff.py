"""Dossiers of what staff decide, are consulted on and supervise: judged and sealed like those of disclosures."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from .clock import local_date
from .dossier_checks import findings_on, unstamped
from .dossier_parts import Item, Placed, judged, made_elsewhere, placed, slug
from .dossier_seal import Sealing, container_name, seal
from .dossier_versions import dossier_id, keep, pointer, scanned
from .dossier_waiver import settled
from .entries import OF_MEETINGS, ask, ask_no_more, papers_of, part_for
from .house import House
from .interfaces import PartPaper
from .kinds_matters import Claim, StaffMatter, claims, kind_of
from .lint.case import DossierCase
from .minutes import JournalHead
from .raising import budget_spent, last_signed, short_of_long_term
from .records import DisclosureState, Document, Dossier, Finding, Minutes, Part, Severity
from .store import Transaction, journal, read
from .store import tables as t
from .text import _
from .work import Step

_AGAIN = timedelta(days=7)
_LOOK = timedelta(hours=1)
_PUBLIC = frozenset({DisclosureState.POSTED, DisclosureState.CLOSING, DisclosureState.CLOSED, DisclosureState.FILED})


@dataclass(frozen=True, slots=True)
class StaffCase:
    """
    A matter of staff with everything that its dossier holds, read at one moment.

    Attributes:
        papers: our own minutes of its meetings, each with the part that it fills and its files.
    """

    matter: StaffMatter
    held: tuple[Claim, ...]
    waiting: tuple[str, ...]
    documents: tuple[Document, ...]
    places: dict[str, list[Placed]]
    head: JournalHead
    newest: Dossier | None
    papers: tuple[tuple[Minutes, str, tuple[Item, ...]], ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every file, in the order of the parts."""
        brought = (item for group in self.places.values() for one in group for item in one.items)
        return (*brought, *(item for _paper, _part, items in self.papers for item in items))


def load_case(house: House, found: StaffMatter) -> StaffCase:
    """Read a matter of staff with its papers."""
    with house.store.read() as connection:
        held = claims(connection, found.id, "confirmed")
        waiting = tuple(one.part for one in claims(connection, found.id, "proposed"))
        documents = tuple(read.document(connection, one.document) for one in held if one.document)
        parts = sorted({one.part for one in held})
        places = {
            part: placed(
                house, connection, [one for one in held if one.part == part], f"thanh-phan-{slug(part)}", "document"
            )
            for part in parts
        }
        head = journal.head(connection, house.agency)
        told = _told(connection, tuple(document.id for document in documents))
        newest = read.dossier(connection, found.id)
        own = papers_of(connection, found.id)
    papers = tuple((paper, part, _files(house, paper, place)) for place, (paper, part) in enumerate(own, 1))
    facts = {**found.facts, **({"disclosed": "yes"} if told else {})}
    ballots = any(part.conditions and "by_ballot" in part.conditions and part.key in parts
                  for part in kind_of(house, found.kind).parts(house.regulation))  # fmt: skip
    facts |= {"by_ballot": "yes"} if ballots else {}
    return StaffCase(
        replace(found, facts=facts), held, waiting, documents, places, JournalHead(head.seq, head.hash), newest,
        papers,
    )  # fmt: skip


def _files(house: House, paper: Minutes, place: int) -> tuple[Item, ...]:
    """Return the files of minutes of a meeting: the signed XML, and the rendition once everybody has signed."""
    stem, title = {
        "conference": ("bien-ban-hoi-nghi", _("Biên bản hội nghị")),
        "ballot": ("bien-ban-kiem-phieu", _("Biên bản kiểm phiếu")),
    }[paper.kind]
    files = (("xml", paper.file_sha256, "application/xml"), ("pdf", paper.pdf_sha256, "application/pdf"))
    stem, size_of = f"bien-ban/{place:02}-{stem}", house.store.vault.size
    items = [
        Item(f"{stem}.{ending}", title, "minutes", media_type, sha256, size_of(sha256))
        for ending, sha256, media_type in files
        if sha256
    ]
    return (*items, *made_elsewhere(house, paper, stem, title))


def _ask_for_minutes(tx: Transaction, house: House, found: StaffMatter, parts: tuple[Part, ...]) -> None:
    """Ask a clerk for what happened where minutes of a meeting are missing; take the question back elsewhere."""
    states = {part.key: part.state for part in parts}
    for kind in OF_MEETINGS:
        part = part_for(house, found, kind)
        begun = part is not None and papers_of(tx.connection, found.id)
        if part is not None and states.get(part.key) == "missing" and not begun:
            ask(tx, found.id, kind, part.key)
        elif part is None or states.get(part.key) != "missing":
            ask_no_more(tx, found.id, kind)


def _told(connection: sa.Connection, documents: tuple[str, ...]) -> bool:
    """Tell whether one of the papers was itself made public (Điều 17.2: the explanation must be disclosed)."""
    query = (
        sa.select(t.disclosure.c.state)
        .join(t.disclosure_document, t.disclosure_document.c.disclosure == t.disclosure.c.id)
        .where(t.disclosure_document.c.document.in_(documents))
    )
    return any(DisclosureState(state) in _PUBLIC for state in connection.scalars(query))


def judge(house: House, case: StaffCase) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    """Judge the parts of a matter, and say what the checks find in it."""
    found = case.matter
    kind = kind_of(house, found.kind)
    papers = tuple(
        PartPaper(paper.kind, tuple(item.name for item in items), paper.missing, part)
        for paper, part, items in case.papers
    )
    parts = judged(house, kind, found.year, found.facts, case.places, papers, case.waiting)
    minutes = tuple(paper for paper, _part, _items in case.papers)
    findings = findings_on(house, DossierCase(parts, (), None, case.documents, minutes), case.items)
    return parts, (*findings, *scanned(house, found.id))


def state_of(parts: tuple[Part, ...], findings: tuple[Finding, ...]) -> str:
    """Return ``complete``, ``incomplete``, ``waiting`` (a period still runs) or ``not_applicable``."""
    owed = [part.state for part in parts if part.state != "not_applicable"]
    if not owed:
        return "not_applicable"
    if "missing" in owed or any(one.severity is Severity.ERROR for one in findings):
        return "incomplete"
    return "waiting" if "waiting" in owed else "complete"


def build_staff(step: Step, found: StaffMatter) -> None:
    """Judge the dossier of a matter of staff, and seal it when it is complete. Part of the work kind ``dossier``."""
    house = step.house
    case = load_case(house, found)
    newest = case.newest
    if found.state in ("dropped", "proposed") or (newest is not None and newest.sha256):
        with step.commit():
            return
    short = short_of_long_term(house, (paper for paper, _part, _items in case.papers))
    if any(not budget_spent(house, last_signed(paper)) for paper in short):
        with step.commit() as tx:
            tx.set_deadline("dossier", found.id, tx.now + _LOOK, "papers wait for their timestamps")
        return
    id_ = newest.id if newest is not None else dossier_id(found.id)
    parts, findings = judge(house, case)
    findings = (*findings, *(unstamped(paper) for paper in short))
    state = state_of(parts, findings)
    common = {"disclosure": None, "kind": found.kind, "title": found.title, "parts": parts, "findings": findings}
    decision, decided = settled(house, id_, findings) if state == "incomplete" else ((), ())
    if state != "complete" and not decision:
        with step.commit() as tx:
            keep(tx, id_, found.id, **common)  # type: ignore[arg-type]  # fields shared by both ends
            _ask_for_minutes(tx, house, found, parts)
            tx.journal(f"dossier.{state}", id_, findings=sorted(finding.id for finding in findings))
            if state != "not_applicable":  # a period may end, and the explanation may be disclosed meanwhile
                tx.set_deadline("dossier", found.id, tx.now + _AGAIN, "open staff matters are judged weekly")
        return
    extra, words = pointer(house, newest)
    common["findings"] = (*findings, *decided)
    first = min((one.issued for one in case.documents if one.issued), default=local_date(found.opened_at))
    volumes = seal(house, Sealing(
        id_, found.id, found.kind, found.title, found.year, first, (*case.items, *extra, *decision), parts,
        (*findings, *decided), case.head, sum(document.page_amount or 0 for document in case.documents), words,
        complete=state == "complete",
    ))  # fmt: skip
    with step.commit() as tx:
        path = house.dossiers / container_name(id_, 1, len(volumes))
        keep(tx, id_, found.id, volumes=volumes, path=str(path), complete=state == "complete", **common)  # type: ignore[arg-type]  # as above
        tx.journal("dossier.sealed", id_, sha256=volumes[0].sha256, members=sum(one.members - 1 for one in volumes))
        tx.connection.execute(sa.update(t.staff_matter).where(t.staff_matter.c.id == found.id).values(state="closed"))
        tx.enqueue("export", id_, dossier=id_, disclosure="")
