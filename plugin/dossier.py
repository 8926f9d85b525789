"""The dossier (hồ sơ công khai): assembled, judged, sealed, exported."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

from congkhai.signing import read_container

from .clock import local_date
from .disclosures import STOPPED
from .dossier_checks import findings_of, unstamped
from .dossier_parts import KIND, Item, items_of, parts_of, rule_of
from .dossier_seal import Sealing, container_name, seal
from .dossier_staff import build_staff
from .dossier_versions import dossier_id, keep, pointer, scanned
from .dossier_waiver import settled
from .house import House
from .kinds_matters import matter as staff_matter
from .minuting import Matter, load_matter
from .platform import TEMPORARY, write_durably
from .raising import budget_spent, last_signed, short_of_long_term, wanted
from .records import Severity
from .store import read
from .text import _
from .work import Step

_TITLE = 500  # characters, NĐ 30/2020 Phụ lục VI; the subject stands whole in the index and the papers
_LOOK = timedelta(hours=1)
_AGAIN = timedelta(days=1)  # an incomplete dossier is judged anew every day, and when its papers are signed


def build(step: Step) -> None:
    """Judge a dossier, and seal it when it is complete. Work kind ``dossier``; args: disclosure or subject."""
    house, subject = step.house, step.args.get("disclosure") or step.args["subject"]
    with house.store.read() as connection:
        staff = staff_matter(connection, subject)
    if staff is not None:
        build_staff(step, staff)
        return
    with house.store.read() as connection:
        matter = load_matter(house, connection, subject)
        newest = read.dossier(connection, subject)
    if (newest is not None and newest.sha256) or matter.disclosure.state in STOPPED:
        with step.commit():
            return
    short = short_of_long_term(house, matter.papers)
    if any(not budget_spent(house, last_signed(paper)) for paper in short):
        with step.commit() as tx:
            tx.set_deadline("dossier", matter.disclosure.id, tx.now + _LOOK, "papers wait for their timestamps")
        return
    items = items_of(house, matter)
    parts = parts_of(house, matter, items)
    findings = (
        *findings_of(house, matter, items, parts), *(unstamped(paper) for paper in short), *scanned(house, subject)
    )  # fmt: skip
    id_ = newest.id if newest is not None else dossier_id(subject)
    title = _title(house, matter)
    decision, decided = settled(house, id_, findings)
    whole = not any(finding.severity is Severity.ERROR for finding in findings)
    if not whole and not decision:
        with step.commit() as tx:
            keep(tx, id_, subject, disclosure=subject, kind=KIND, title=title, parts=parts, findings=findings)
            tx.journal("dossier.incomplete", id_, findings=sorted(finding.id for finding in findings))
            tx.set_deadline("dossier", matter.disclosure.id, tx.now + _AGAIN, "incomplete dossiers are judged daily")
        return
    extra, words = pointer(house, newest)
    proofs = _proofs(house, matter)
    everything = (*items, proofs, *extra, *decision)
    findings = (*findings, *decided)
    volumes = seal(house, Sealing(
        id_, subject, KIND, title, matter.disclosure.trigger.year, local_date(matter.disclosure.opened_at), everything,
        parts, findings, matter.head, _pages(matter), words, complete=whole,
    ))  # fmt: skip
    with step.commit() as tx:
        path = house.dossiers / container_name(id_, 1, len(volumes))
        keep(
            tx, id_, subject, disclosure=subject, kind=KIND, title=title, parts=parts, findings=findings,
            volumes=volumes, path=str(path), complete=whole,
        )  # fmt: skip
        tx.journal("dossier.sealed", id_, sha256=volumes[0].sha256, members=len(items), proofs=proofs.sha256)
        tx.enqueue("export", id_, dossier=id_, disclosure=matter.disclosure.id)


def _title(house: House, matter: Matter) -> str:
    document = matter.documents[0]
    paper = f"{document.type} {document.number}".strip()
    title = _("{kind}: {paper} {subject}").format(kind=rule_of(house).title, paper=paper, subject=document.subject)
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _pages(matter: Matter) -> int:
    return sum(document.page_amount or 0 for document in matter.documents)


def evidence_list(matter: Matter) -> bytes:
    """Return every proof and comment of a matter as one JSON file (UTF-8), for people and programs without congkhai."""
    disclosure = matter.disclosure
    return json.dumps(
        {
            "disclosure": disclosure.id,
            "postings": [
                {
                    "channel": posting.channel, "form": posting.form, "place": posting.place,
                    "posted_from": posting.posted_from and posting.posted_from.isoformat(),
                    "posted_to": posting.posted_to and posting.posted_to.isoformat(),
                    "required_days": posting.required_days, "counting": posting.counting,
                    "evidence": [
                        {"kind": proof.kind, "at": proof.at.isoformat(), "by": proof.by, "address": proof.address,
                         "sha256": proof.sha256, "note": proof.note}
                        for proof in posting.evidence
                    ],
                }
                for posting in disclosure.postings
            ],
            "feedback": [{"at": one.at.isoformat(), "by": one.by, "text": one.text} for one in disclosure.feedback],
        },
        ensure_ascii=False, indent=1,
    ).encode()  # fmt: skip


def _proofs(house: House, matter: Matter) -> Item:
    """Keep the list of proofs and comments, and return it as a member."""
    kept, size = house.store.vault.put(evidence_list(matter))
    return Item("minh-chung/danh-sach.json", _("Danh sách minh chứng"), "evidence", "application/json", kept, size)


def export(step: Step) -> None:
    """
    Lay a sealed dossier where clerks find it: its containers, and their content as an open folder.

    Work kind ``export``; args: dossier, disclosure. What it writes is a copy; the vault holds the evidence.
    """
    house, id_ = step.house, step.args["dossier"]
    with house.store.read() as connection:
        row = read.dossier_by_id(connection, id_)
        volumes = read.volumes(connection, id_) or (row.sha256,)
    if row.sha256:
        lay_out(house, id_, volumes, house.dossiers)
    with step.commit() as tx:
        if not row.sha256:
            return
        if wanted(house) and not step.args.get("raised"):
            tx.set_deadline("raise-dossier", row.subject, tx.now, "sealed")  # filed once it is raised
        else:
            tx.enqueue("file", id_, dossier=id_, disclosure=row.disclosure)


def lay_out(house: House, id_: str, volumes: tuple[str, ...], folder: Path, *, unpacked: bool = True) -> list[Path]:
    """
    Write the containers of a sealed dossier into a folder, and beside them what they hold, each volume by itself.

    Args:
        unpacked: write the open folder too.

    Returns:
        The containers' paths, by volume.
    """
    paths = [folder / container_name(id_, number, len(volumes)) for number in range(1, len(volumes) + 1)]
    for sha256, path in zip(volumes, paths, strict=True):
        with house.store.vault.open(sha256) as stream:
            write_durably(path, stream)
    if unpacked:
        _unpack(paths, folder / id_)
    return paths


def _unpack(containers: list[Path], folder: Path) -> None:
    building = folder.with_name(f"{TEMPORARY}{folder.name}")
    shutil.rmtree(building, ignore_errors=True)
    for number, container in enumerate(containers, 1):
        into = building if len(containers) == 1 else building / f"tap-{number:02}"
        for member in read_container(container).members:
            with member.open() as stream:
                write_durably(into / member.name, stream)
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
