"""
The rows of dossiers: judged, sealed, and replaced by a new version that points to the old one, which is kept.

A sealed dossier is never changed. Whoever must change it reopens it: the old version keeps its containers and its row,
and the new one carries its digest inside the seal.
"""

import hashlib
import json
from collections.abc import Sequence

import sqlalchemy as sa

from .disclosures import STOPPED
from .dossier_parts import Item
from .dossier_seal import Volume
from .errors import NotAllowedError
from .house import House
from .kinds_matters import claims, matter
from .records import Dossier, Finding, Part, Severity
from .store import Transaction, read
from .store import tables as t
from .text import _

_PREVIOUS = "phien-ban-truoc.json"


def dossier_id(subject: str, version: int = 1) -> str:
    """Return the id of a version of a subject's dossier."""
    base = "h" + hashlib.sha256(subject.encode()).hexdigest()[:15]
    return base if version == 1 else f"{base}-{version}"


def keep(
    tx: Transaction, id_: str, subject: str, *, disclosure: str | None, kind: str, title: str,
    parts: Sequence[Part], findings: Sequence[Finding], volumes: Sequence[Volume] = (), path: str = "",
    complete: bool = True,
) -> None:  # fmt: skip
    """
    Write what a dossier was judged to be; with `volumes` it is sealed now.

    Args:
        complete: False when it was sealed by decision of the head although something is missing.
    """
    same = t.dossier.c.id == id_
    present = tx.connection.execute(sa.select(t.dossier.c.version, t.dossier.c.previous).where(same)).one_or_none()
    tx.connection.execute(sa.delete(t.dossier_volume).where(t.dossier_volume.c.dossier == id_))
    tx.connection.execute(sa.delete(t.dossier).where(same))
    tx.connection.execute(
        sa.insert(t.dossier).values(
            id=id_, disclosure=disclosure, subject=subject, kind=kind, title=title,
            complete=complete and bool(volumes),
            version=present.version if present else 1, previous=present.previous if present else "",
            parts=[
                {"key": p.key, "title": p.title, "state": p.state, "members": list(p.members), "note": p.note}
                for p in parts
            ],
            findings=[
                {"id": f.id, "severity": f.severity.value, "where": f.where, "message": f.message, "advice": f.advice}
                for f in findings
            ],
            sha256=volumes[0].sha256 if volumes else "", path=path, receipt="", sealed_at=tx.now if volumes else None,
        )
    )  # fmt: skip
    for one in volumes:
        tx.connection.execute(
            sa.insert(t.dossier_volume).values(
                dossier=id_, number=one.number, sha256=one.sha256, members=one.members
            )
        )  # fmt: skip


def pointer(house: House, newest: Dossier | None) -> tuple[tuple[Item, ...], str]:
    """
    Return what a new version says of the one it replaces: a file for the container, and words for its index.

    Returns:
        Nothing and an empty text for a first version.
    """
    if newest is None or not newest.previous:
        return (), ""
    with house.store.read() as connection:
        old = read.dossier_by_id(connection, newest.previous)
        volumes = read.volumes(connection, old.id) or (old.sha256,)
    facts = {
        "id": old.id, "version": old.version, "containers": list(volumes),
        "sealed_at": old.sealed_at.isoformat() if old.sealed_at else None, "receipt": old.receipt,
    }  # fmt: skip
    sha256, size = house.store.vault.put(json.dumps(facts, ensure_ascii=False, indent=1).encode())
    title = _("Phiên bản {version} mà hồ sơ này thay thế").format(version=old.version)
    words = _("Phiên bản {new}, thay phiên bản {old} (hồ sơ {id}, SHA-256 {sha256}).").format(
        new=newest.version, old=old.version, id=old.id, sha256=old.sha256
    )
    return (Item(_PREVIOUS, title, "other", "application/json", sha256, size),), words


def reopen(house: House, id_: str, by: str, reason: str) -> str:
    """
    Begin a new version of a sealed dossier; the old one is kept and pointed to.

    Returns:
        Id of the new version, which is judged and sealed as soon as it is complete.

    Raises:
        NotAllowedError: it is not sealed or not the newest version (E692), its matter was stopped (E692), or no reason
            was given (E693).
    """
    if not reason.strip():
        raise NotAllowedError(
            _("Lập lại hồ sơ phải nêu lý do."), where=id_, code="congkhai-E693", advice=_("Thêm --reason.")
        )
    with house.store.write(house.agency, by) as tx:
        old = read.dossier_by_id(tx.connection, id_)
        newest = read.dossier(tx.connection, old.subject)
        staff = matter(tx.connection, old.subject)
        stopped = staff is None and read.disclosure(tx.connection, old.subject).state in STOPPED
        if not old.sha256 or newest is None or newest.id != old.id or stopped:
            raise NotAllowedError(
                what=_("Chỉ lập lại được phiên bản mới nhất đã niêm phong của một việc không bị dừng."), where=id_,
                code="congkhai-E692", advice=_("Xem các phiên bản bằng congkhai dossier show {id}.").format(id=id_),
            )  # fmt: skip
        new = dossier_id(old.subject, old.version + 1)
        tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.id == old.id).values(disclosure=None))
        tx.connection.execute(
            sa.insert(t.dossier).values(
                id=new, disclosure=old.disclosure or None, subject=old.subject, kind=old.kind, title=old.title,
                complete=False, parts=[], findings=[], sha256="", path="", receipt="", version=old.version + 1,
                previous=old.id,
            )
        )  # fmt: skip
        tx.drop_deadlines(old.subject, "raise-dossier")
        head = tx.journal(
            "dossier.reopened", new, previous=old.id, sha256=old.sha256, reason=tx.remark(old.subject, reason)
        )
        tx.enqueue("dossier", f"{old.subject}:{head.seq}", subject=old.subject)
    return new


def scanned(house: House, subject: str) -> tuple[Finding, ...]:
    """Say which places are filled with plain scans: kept as what they are, and no digital signature."""
    with house.store.read() as connection:
        held = [one for one in claims(connection, subject, "confirmed") if one.form == "plain_scan"]
    return tuple(
        Finding(
            "D01", Severity.WARN, one.part,
            _("“{name}” là bản quét văn bản giấy, không phải văn bản ký số.").format(name=one.name),
            _("Cần giá trị như bản gốc: số hoá theo Điều 25 Nghị định 30/2020/NĐ-CP và ký số của cơ quan."),
        )
        for one in held
    )  # fmt: skip


def late_parts(connection: sa.Connection, agency: str) -> list[tuple[str, str, str]]:
    """Return (dossier, subject, part) for every paper that was put in its place after the dossier was sealed."""
    c, d = t.claim.c, t.dossier.c
    newer = t.dossier.alias()
    query = (
        sa.select(d.id, d.subject, c.part)
        .join(t.claim, c.subject == d.subject)
        .where(c.agency == agency, c.state == "confirmed", d.sha256 != "", c.decided_at > d.sealed_at)
        .where(~sa.exists().where(newer.c.subject == d.subject, newer.c.version > d.version))
    )
    return [(row.id, row.subject, row.part) for row in connection.execute(query.order_by(c.id))]
