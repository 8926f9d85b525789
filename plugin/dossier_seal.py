"""
Sealing: members and index into one signed container, or several volumes (tập), each verified before it counts.

Everything here is outside any transaction: it reads the vault, writes the containers into it and returns their digests.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from congkhai.signing import (
    Member,
    complete_container,
    enriched,
    member_from_bytes,
    prepare_container,
    recheck_container,
    verify_path,
    write_container,
)

from .checkpoints import make_checkpoint
from .clock import local_date
from .dossier_checks import PASSED, trust_of
from .dossier_parts import Item
from .errors import OurError
from .house import House
from .minutes import Agency, DossierIndex, FileCode, JournalHead, dossier_index
from .minutes import Member as IndexMember
from .numbers import dossier_code
from .platform import temporary_name
from .raising import tools_of, wanted
from .records import Finding, Part
from .signer_check import checked_signer
from .text import _

MOST: Final = 200
"""Members of one volume, its index included."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """
    A complete dossier that is about to be sealed.

    Attributes:
        subject: disclosure or staff matter.
        year: year of the file code (``FileCatalog``); `start`: date of the first paper.
        head: head of the journal when it was judged.
        pages: pages of its papers, as far as they are known.
        description: NĐ 30/2020 field "Ghi chú"; names the version that this one replaces.
        complete: False when the head decided to close it although something is missing.
    """

    id: str
    subject: str
    kind: str
    title: str
    year: int
    start: date
    items: tuple[Item, ...]
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    head: JournalHead
    pages: int
    description: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Volume:
    """One sealed container: its number from 1, digest in the vault, and how many members it holds."""

    number: int
    sha256: str
    members: int


def container_name(id_: str, number: int, count: int) -> str:
    """Return the file name of a volume; a dossier of one volume has no volume in its name."""
    return f"{id_}.asice" if count == 1 else f"{id_}-tap-{number:02}.asice"


def spread(items: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    """Spread members over volumes in their order, `MOST` to each with its index; always at least one volume."""
    room = MOST - 1
    return tuple(tuple(items[start : start + room]) for start in range(0, max(1, len(items)), room))


def seal(house: House, what: Sealing) -> tuple[Volume, ...]:
    """
    Write, sign, re-check and verify every volume, then keep it in the vault; a checkpoint of the journal goes before.

    The index names the journal entry that names the checkpoint, so that container and checkpoint hold each other.

    Raises:
        OurError: a volume did not verify (E444), or changed while it was written (E445).
        ConfigurationError, SigningError: the seal cannot be used. Nothing is lost; nothing counts as sealed.
    """
    head = make_checkpoint(house, "dossier")
    what = replace(what, head=JournalHead(head.seq, head.hash))
    volumes = spread(what.items)
    return tuple(_seal_volume(house, what, volumes, number) for number in range(1, len(volumes) + 1))


def _seal_volume(house: House, what: Sealing, volumes: tuple[tuple[Item, ...], ...], number: int) -> Volume:
    now = house.clock.now()
    _name, signer = house.signer_of("seal")
    certificate = signer.certificate()
    checked_signer(signer, house.configuration.trust.folder, now)
    vault = house.store.vault
    items = volumes[number - 1]
    members = [
        member_from_bytes("dossier.xml", "application/xml", _index(house, what, volumes, number)),
        *(Member(i.name, i.media_type, i.sha256, i.size, partial(vault.open, i.sha256)) for i in items),
    ]
    prepared = prepare_container(
        members, certificate=certificate, algorithm=signer.algorithm, signing_time=now, role="seal",
        chain=tuple(signer.chain()),
    )  # fmt: skip
    signature = complete_container(members, prepared, signer.sign(prepared.octets))
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("seal-")) as folder:
        path = Path(folder) / container_name(what.id, number, len(volumes))
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
                where=what.id, code="congkhai-E444",
                advice=_("Kiểm tra chứng thư niêm phong và thư mục [trust]; hồ sơ chưa được nộp."),
            )  # fmt: skip
        with path.open("rb") as stream:
            sha256, _size = vault.put(stream)
    if sha256 != written:
        raise OurError(what=_("Tệp hồ sơ đã đổi trong lúc ghi."), where=what.id, code="congkhai-E445")
    return Volume(number, sha256, len(members))


def _index(house: House, what: Sealing, volumes: tuple[tuple[Item, ...], ...], number: int) -> bytes:
    """Write the index of one volume; every copy lists the members of all volumes, each with its volume."""
    agency, dossier = house.configuration.agency, house.configuration.dossier
    papers = [item for item in what.items if item.kind != "evidence"]
    return dossier_index(
        DossierIndex(
            id=what.id, disclosure=what.subject, agency=Agency(agency.name, agency.code, agency.superior),
            code=FileCode(agency.code, what.year, dossier_code(house, what.subject, what.year)),
            title=what.title, maintenance=dossier.retention, rights=_("Nội bộ cơ quan"),
            creator=dossier.creator or house.signer_of("records_officer")[1].person, language="Tiếng Việt",
            start=what.start, end=max(what.start, local_date(house.clock.now())), doc_total=len(papers),
            page_total=what.pages, kind=what.kind, complete=what.complete, parts=what.parts, findings=what.findings,
            journal=what.head, description=what.description, volume=number, volumes=len(volumes),
            members=tuple(
                IndexMember(item.name, item.title, item.media_type, item.size, item.sha256, item.kind, volume=place)
                for place, volume in enumerate(volumes, 1)
                for item in volume
            ),
        )
    )  # fmt: skip
