"""Dossiers of what staff decide, are consulted on and supervise: judged and sealed like those of disclosures."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from .clock import local_date
from .dossier_checks import findings_on
from .dossier_parts import Item, Placed, judged, placed, slug
from .dossier_seal import Sealing, container_name, seal
from .dossier_versions import dossier_id, keep, pointer, scanned
from .house import House
from .kinds_matters import Claim, StaffMatter, claims, kind_of
from .lint.case import DossierCase
from .minutes import JournalHead
from .records import DisclosureState, Document, Dossier, Finding, Part, Severity
from .store import journal, read
from .store import tables as t
from .work import Step

_AGAIN = timedelta(days=7)
_PUBLIC = frozenset({DisclosureState.POSTED, DisclosureState.CLOSING, DisclosureState.CLOSED, DisclosureState.FILED})


@dataclass(frozen=True, slots=True)
class StaffCase:
    """A matter of staff with everything that its dossier holds, read at one moment."""

    matter: StaffMatter
    held: tuple[Claim, ...]
    waiting: tuple[str, ...]
    documents: tuple[Document, ...]
    places: dict[str, list[Placed]]
    head: JournalHead
    newest: Dossier | None

    @property
    def items(self) -> tuple[Item, ...]:
        """Every file, in the order of the parts."""
        return tuple(item for group in self.places.values() for one in group for item in one.items)


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
    facts = {**found.facts, **({"disclosed": "yes"} if told else {})}
    ballots = any(part.conditions and "by_ballot" in part.conditions and part.key in parts
                  for part in kind_of(house, found.kind).parts(house.regulation))  # fmt: skip
    facts |= {"by_ballot": "yes"} if ballots else {}
    return StaffCase(
        replace(found, facts=facts), held, waiting, documents, places, JournalHead(head.seq, head.hash), newest
    )


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
    parts = judged(house, kind, found.year, found.facts, case.places, (), case.waiting)
    findings = findings_on(house, DossierCase(parts, (), None, case.documents, ()))
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
    id_ = newest.id if newest is not None else dossier_id(found.id)
    parts, findings = judge(house, case)
    state = state_of(parts, findings)
    common = {"disclosure": None, "kind": found.kind, "title": found.title, "parts": parts, "findings": findings}
    if state != "complete":
        with step.commit() as tx:
            keep(tx, id_, found.id, **common)  # type: ignore[arg-type]  # fields shared by both ends
            tx.journal(f"dossier.{state}", id_, findings=sorted(finding.id for finding in findings))
            if state != "not_applicable":  # a period may end, and the explanation may be disclosed meanwhile
                tx.set_deadline("dossier", found.id, tx.now + _AGAIN, "open staff matters are judged weekly")
        return
    extra, words = pointer(house, newest)
    first = min((one.issued for one in case.documents if one.issued), default=local_date(found.opened_at))
    volumes = seal(house, Sealing(
        id_, found.id, found.kind, found.title, found.year, first, (*case.items, *extra), parts, findings, case.head,
        sum(document.page_amount or 0 for document in case.documents), words,
    ))  # fmt: skip
    with step.commit() as tx:
        path = house.dossiers / container_name(id_, 1, len(volumes))
        keep(tx, id_, found.id, volumes=volumes, path=str(path), **common)  # type: ignore[arg-type]  # as above
        tx.journal("dossier.sealed", id_, sha256=volumes[0].sha256, members=sum(one.members - 1 for one in volumes))
        tx.connection.execute(sa.update(t.staff_matter).where(t.staff_matter.c.id == found.id).values(state="closed"))
        tx.enqueue("export", id_, dossier=id_, disclosure="")
