"""Sealed dossiers of disclosures, and their containers; a dossier of what may never be public does not leave."""

import sqlalchemy as sa

from ..openness import may_leave
from ..records import Dossier as Record
from ..store import read
from ..store import tables as t
from ..tokens import Scope
from . import models
from .call import AFTER, LIMIT, Answer, Call, Endpoint, day, identity, nothing, number
from .disclosures import beginning, local, matter_of, maybe_local


def listing(call: Call) -> Answer:
    """Return a part of the list, in the order of sealing, so that what is new comes at its end."""
    s, d, asked = t.dossier.c, t.disclosure.c, call.values
    # A question about each row and no join, so that the rows come in the order of the index.
    lawful = sa.exists().where(d.id == s.subject, d.agency == call.house.agency, may_leave())
    where = [s.sealed_at.is_not(None), s.sha256 != "", lawful]
    if asked["sealed-from"] is not None:
        where.append(s.sealed_at >= beginning(asked["sealed-from"]))
    query = sa.select(s.id, s.subject, s.title, s.version, s.complete, s.sealed_at, s.filed_at)
    with call.house.store.read() as connection:
        if asked["after"] is not None:
            start = connection.execute(
                sa.select(s.sealed_at, s.id)
                .join(t.disclosure, d.id == s.subject)
                .where(s.id == asked["after"], s.sealed_at.is_not(None), d.agency == call.house.agency)
            ).one_or_none()
            if start is None:
                raise nothing()
            where.append(s.sealed_at >= start.sealed_at)  # alone, so that the index is entered there
            where.append(sa.or_(s.sealed_at > start.sealed_at, s.id > start.id))
        rows = connection.execute(query.where(*where).order_by(s.sealed_at, s.id).limit(asked["limit"] + 1)).all()
    following = rows[asked["limit"] - 1].id if len(rows) > asked["limit"] else ""
    items = [
        models.ListedDossier(
            id=row.id, disclosure=row.subject, title=row.title, version=row.version, complete=row.complete,
            sealed_at=local(row.sealed_at), filed_at=maybe_local(row.filed_at),
        )
        for row in rows[: asked["limit"]]
    ]  # fmt: skip
    return Answer(models.Dossiers(items=items, next=following or None), following=following)


def _sealed(call: Call, connection: sa.Connection) -> tuple[Record, tuple[str, ...]]:
    """Return the sealed dossier that the path names, with the digests of its containers. Raises InputError (E753)."""
    s = t.dossier.c
    id_ = call.values["id"]
    subject = connection.scalar(sa.select(s.subject).where(s.id == id_, s.sealed_at.is_not(None), s.sha256 != ""))
    if subject is None:
        raise nothing()
    matter_of(call, connection, subject)
    found = read.dossier_by_id(connection, id_)
    return found, read.volumes(connection, id_) or (found.sha256,)


def one(call: Call) -> Answer:
    """Return one sealed dossier."""
    with call.house.store.read() as connection:
        found, volumes = _sealed(call, connection)
    if found.sealed_at is None:
        raise nothing()
    return Answer(
        models.Dossier(
            id=found.id, disclosure=found.subject, title=found.title, version=found.version, complete=found.complete,
            sealed_at=local(found.sealed_at), filed_at=maybe_local(found.filed_at),
            parts=[models.DossierPart(key=part.key, title=part.title, state=part.state) for part in found.parts],
            volumes=[models.Volume(number=place, sha256=sha256) for place, sha256 in enumerate(volumes, 1)],
        )
    )  # fmt: skip


def volume(call: Call) -> Answer:
    """Return one container of a dossier, as it was sealed."""
    with call.house.store.read() as connection:
        found, volumes = _sealed(call, connection)
    place = call.values["number"]
    if place > len(volumes):
        raise nothing()
    return Answer(data=call.house.store.vault.read(volumes[place - 1]), name=f"{found.id}-{place}.asice")


_DOSSIER = identity(about="Id of a dossier.")

ENDPOINTS = (
    Endpoint(
        "/dossiers", "GET", Scope.DOSSIERS, listing, "Sealed dossiers, in the order of sealing", models.Dossiers,
        (day("sealed-from", "Only those sealed on this day or later."), AFTER, LIMIT), lists=True,
    ),
    Endpoint(
        "/dossiers/{id}", "GET", Scope.DOSSIERS, one, "One sealed dossier", models.Dossier, (_DOSSIER,),
        journal="api.dossier",
    ),
    Endpoint(
        "/dossiers/{id}/volumes/{number}", "GET", Scope.DOSSIERS, volume, "A sealed container (ASiC-E)", None,
        (_DOSSIER, number("number", "Number of the volume, from 1.")), journal="api.container",
    ),
)  # fmt: skip
