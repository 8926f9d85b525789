"""The dossier (hồ sơ công khai): assembled, judged, sealed, exported."""

import hashlib
import json
import shutil
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from congkhai.signing import (
    Member,
    complete_container,
    enriched,
    member_from_bytes,
    prepare_container,
    read_container,
    recheck_container,
    verify_path,
    write_container,
)

from .clock import local_date
from .disclosures import STOPPED
from .dossier_checks import PASSED, findings_of, trust_of, unstamped
from .dossier_parts import KIND, Item, items_of, parts_of, rule_of
from .errors import OurError
from .house import House
from .minutes import Agency, DossierIndex, FileCode, dossier_index
from .minutes import Member as IndexMember
from .minuting import Matter, load_matter
from .platform import TEMPORARY, write_durably
from .raising import budget_spent, level_of, tools_of, wanted
from .records import Finding, Minutes, Part, Severity
from .signer_check import checked_signer
from .store import Transaction
from .store import tables as t
from .text import _
from .work import Step

_TITLE = 500  # characters, NĐ 30/2020 Phụ lục VI; the subject stands whole in the index and the papers
_LOOK = timedelta(hours=1)
_AGAIN = timedelta(days=1)  # an incomplete dossier is judged anew every day, and when its papers are signed


def build(step: Step) -> None:
    """Judge a dossier, and seal it when it is complete. Work kind ``dossier``; args: disclosure or subject."""
    house = step.house
    with house.store.read() as connection:
        matter = load_matter(house, connection, step.args.get("disclosure") or step.args["subject"])
        sealed = connection.scalar(
            sa.select(t.dossier.c.sha256).where(t.dossier.c.disclosure == matter.disclosure.id)
        )  # fmt: skip
    if sealed or matter.disclosure.state in STOPPED:
        with step.commit():
            return
    short = _short_of_long_term(house, matter)
    if any(not budget_spent(house, _last_signed(paper)) for paper in short):
        with step.commit() as tx:
            tx.set_deadline("dossier", matter.disclosure.id, tx.now + _LOOK, "papers wait for their timestamps")
        return
    items = items_of(house, matter)
    parts = parts_of(house, matter, items)
    findings = (*findings_of(house, matter, items, parts), *(unstamped(paper) for paper in short))
    id_ = "h" + hashlib.sha256(matter.disclosure.id.encode()).hexdigest()[:15]
    if any(finding.severity is Severity.ERROR for finding in findings):
        with step.commit() as tx:
            _keep(tx, house, matter, id_, parts, findings)
            tx.journal("dossier.incomplete", id_, findings=sorted(finding.id for finding in findings))
            tx.set_deadline("dossier", matter.disclosure.id, tx.now + _AGAIN, "incomplete dossiers are judged daily")
        return
    sha256 = _seal(house, matter, id_, items, parts, findings)
    with step.commit() as tx:
        path = house.dossiers / f"{id_}.asice"
        _keep(tx, house, matter, id_, parts, findings, sha256=sha256, path=str(path), sealed_at=tx.now)
        tx.journal("dossier.sealed", id_, sha256=sha256, members=len(items))
        tx.enqueue("export", id_, dossier=id_, disclosure=matter.disclosure.id)


def _short_of_long_term(house: House, matter: Matter) -> list[Minutes]:
    """Return the papers whose signatures are below LT although the agency uses timestamps."""
    if not wanted(house):
        return []
    return [one for one in matter.papers if not one.missing and level_of(house, one) not in ("LT", "LTA")]


def _last_signed(paper: Minutes) -> datetime:
    return max(one.signed_at for one in paper.signatures)


def _keep(
    tx: Transaction, house: House, matter: Matter, id_: str, parts: tuple[Part, ...], findings: tuple[Finding, ...],
    **sealed: object,
) -> None:  # fmt: skip
    tx.connection.execute(sa.delete(t.dossier).where(t.dossier.c.id == id_))
    values = {"sha256": "", "path": "", "receipt": "", **sealed}
    tx.connection.execute(
        sa.insert(t.dossier).values(
            id=id_, disclosure=matter.disclosure.id, kind=KIND, title=_title(house, matter), complete=bool(sealed),
            parts=[
                {"key": p.key, "title": p.title, "state": p.state, "members": list(p.members), "note": p.note}
                for p in parts
            ],
            findings=[
                {"id": f.id, "severity": f.severity.value, "where": f.where, "message": f.message, "advice": f.advice}
                for f in findings
            ],
            **values,
        )
    )  # fmt: skip


def _title(house: House, matter: Matter) -> str:
    document = matter.documents[0]
    paper = f"{document.type} {document.number}".strip()
    title = _("{kind}: {paper} {subject}").format(kind=rule_of(house).title, paper=paper, subject=document.subject)
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _index(
    house: House, matter: Matter, id_: str, items: tuple[Item, ...], parts: tuple[Part, ...],
    findings: tuple[Finding, ...],
) -> bytes:  # fmt: skip
    agency, dossier = house.configuration.agency, house.configuration.dossier
    papers = [item for item in items if item.kind != "evidence"]
    return dossier_index(
        DossierIndex(
            id=id_, disclosure=matter.disclosure.id, agency=Agency(agency.name, agency.code, agency.superior),
            code=FileCode(agency.code, matter.disclosure.trigger.year, f"CK-{id_[1:9]}"),
            title=_title(house, matter), maintenance=dossier.retention, rights=_("Nội bộ cơ quan"),
            creator=dossier.creator or house.signer_of("records_officer")[1].person, language="Tiếng Việt",
            start=local_date(matter.disclosure.opened_at),
            end=local_date(house.clock.now()), doc_total=len(papers), page_total=_pages(matter), kind=KIND,
            complete=True,
            parts=parts, findings=findings, journal=matter.head,
            members=tuple(
                IndexMember(item.name, item.title, item.media_type, item.size, item.sha256, item.kind)
                for item in items
            ),
        )
    )  # fmt: skip


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


def _seal(
    house: House, matter: Matter, id_: str, items: tuple[Item, ...], parts: tuple[Part, ...],
    findings: tuple[Finding, ...],
) -> str:  # fmt: skip
    """Write, sign, re-check and verify the container, then keep it; returns its digest."""
    now = house.clock.now()
    _name, signer = house.signer_of("seal")
    certificate = signer.certificate()
    checked_signer(signer, house.configuration.trust.folder, now)
    proofs = evidence_list(matter)
    kept, size = house.store.vault.put(proofs)
    items = (
        *items,
        Item("minh-chung/danh-sach.json", _("Danh sách minh chứng"), "evidence", "application/json", kept, size),
    )
    vault = house.store.vault
    members = [
        member_from_bytes("dossier.xml", "application/xml", _index(house, matter, id_, items, parts, findings)),
        *(Member(i.name, i.media_type, i.sha256, i.size, partial(vault.open, i.sha256)) for i in items),
    ]
    prepared = prepare_container(
        members, certificate=certificate, algorithm=signer.algorithm, signing_time=now, role="seal",
        chain=tuple(signer.chain()),
    )  # fmt: skip
    signature = complete_container(members, prepared, signer.sign(prepared.octets))
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=f"{TEMPORARY}seal-") as folder:
        path = Path(folder) / f"{id_}.asice"
        written = write_container(path, members, [signature])
        recheck_container(path)
        trust = trust_of(house)
        if wanted(house):  # the seal's own status may have to be asked for; its long-term data come next
            trust, _notes = enriched([path], trust, tools_of(house).source(), now)
        verdict = verify_path(path, trust, now)
        if verdict.indication != PASSED:
            raise OurError(
                what=_("Hồ sơ vừa niêm phong không được kiểm tra là hợp lệ ({indication}).").format(
                    indication=verdict.indication
                ),
                where=id_, code="congkhai-E444",
                advice=_("Kiểm tra chứng thư niêm phong và thư mục [trust]; hồ sơ chưa được nộp."),
            )  # fmt: skip
        with path.open("rb") as stream:
            sha256, _size = vault.put(stream)
    if sha256 != written:
        raise OurError(what=_("Tệp hồ sơ đã đổi trong lúc ghi."), where=id_, code="congkhai-E445")
    return sha256


def export(step: Step) -> None:
    """
    Lay a sealed dossier where clerks find it: the container, and its content as an open folder.

    Work kind ``export``; args: dossier, disclosure. What it writes is a copy; the vault holds the evidence.
    """
    house, id_ = step.house, step.args["dossier"]
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.dossier).where(t.dossier.c.id == id_)).one()
    with house.store.vault.open(row.sha256) as stream:
        write_durably(Path(row.path), stream)
    _unpack(Path(row.path), house.dossiers / id_)
    with step.commit() as tx:
        if wanted(house) and not step.args.get("raised"):
            tx.set_deadline("raise-dossier", row.disclosure, tx.now, "sealed")  # filed once it is raised
        else:
            tx.enqueue("file", id_, dossier=id_, disclosure=row.disclosure)


def _unpack(container: Path, folder: Path) -> None:
    building = folder.with_name(f"{TEMPORARY}{folder.name}")
    shutil.rmtree(building, ignore_errors=True)
    for member in read_container(container).members:
        with member.open() as stream:
            write_durably(building / member.name, stream)
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
