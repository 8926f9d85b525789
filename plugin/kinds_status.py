"""What dossiers ask of people beside those of single disclosures: papers to place, matters of staff, late parts."""

import sqlalchemy as sa

from .dossier_versions import late_parts
from .entries import papers_of
from .house import House
from .kinds_matters import Claim, StaffMatter, match_papers, matters, part_of, proposed
from .orders import why_not_yet
from .papers_status import paper_names
from .records import Minutes, Severity
from .store import read
from .text import _


def claim_papers(house: House) -> None:
    """Let papers claim their places now, as at every start; the daily planning of duties does it again."""
    with house.store.write(house.agency, "congkhai") as tx:
        match_papers(tx, house)


def dossier_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return the papers to place, the incomplete dossiers of staff matters, and parts that came after the seal."""
    found = [_to_place(house, connection, one) for one in proposed(connection, house.agency)]
    for one in matters(connection, house.agency, "open"):
        dossier = read.dossier(connection, one.id)
        if dossier is None or dossier.complete or dossier.sha256:
            continue
        found += [_signature(house, connection, one, paper, role)
                  for paper, _part in papers_of(connection, one.id) for role in paper.missing]  # fmt: skip
        lacking = [part.note for part in dossier.parts if part.state in ("missing", "waiting")]
        lacking += [finding.message for finding in dossier.findings if finding.severity is Severity.ERROR]
        found.append(_row(one.id, one.title, "dossier", dossier.id, "; ".join(dict.fromkeys(lacking))))
    for id_, subject, part in late_parts(connection, house.agency):
        step = _("Văn bản cho phần {part} đến sau khi niêm phong: lập lại bằng congkhai dossier reopen {id}.")
        found.append(_row(subject, id_, "late-part", id_, step.format(part=part, id=id_)))
    return found


def _row(id_: str, title: str, what: str, subject: str, step: str) -> dict[str, str]:
    return {"id": id_, "title": title, "what": what, "subject": subject, "next": step}


def _signature(
    house: House, connection: sa.Connection, found: StaffMatter, paper: Minutes, role: str
) -> dict[str, str]:  # fmt: skip
    """Say who has to sign minutes of a meeting."""
    person = next((signer.person for signer in house.signers.values() if signer.role == role), role)
    step = _("{who} ký {paper}.").format(who=person, paper=paper_names()[paper.kind])
    step = why_not_yet(house, connection, paper, role) or step
    return {**_row(found.id, found.title, "signature", paper.id, step), "role": role}


def _to_place(house: House, connection: sa.Connection, claim: Claim) -> dict[str, str]:
    """Say which paper waits for which place, and what its text must name before a person may say yes."""
    held = next((one for one in matters(connection, house.agency) if one.id == claim.subject), None)
    kind = held.kind if held else "disclosure"
    part = part_of(house, kind, claim.part)
    paper = read.document(connection, claim.document).number if claim.document else claim.name
    step = _("Văn bản {paper} có thuộc phần {part} không: congkhai dossier confirm {id} hoặc refuse {id}.").format(
        paper=paper or _("không số"), part=claim.part, id=claim.id
    )
    if part.must_name:
        step += " " + _("Phải nêu: {words}.").format(words=", ".join(part.must_name))
    return _row(claim.subject, held.title if held else claim.subject, "claim", str(claim.id), step)
