"""Disclosures as other systems may read them: no names of staff, and never what the law keeps from the public."""

from datetime import date, datetime, time

import sqlalchemy as sa

from ..clock import ZONE
from ..openness import may_leave, never_leaves
from ..records import Disclosure as Matter
from ..records import DisclosureState, Document
from ..store import read
from ..store import tables as t
from ..tokens import Scope
from . import models
from .call import AFTER, LIMIT, Answer, Call, Endpoint, choice, day, identity, nothing, written

_EARLIEST = date(1900, 1, 1)


def local(moment: datetime) -> datetime:
    """Return a moment in Vietnamese time."""
    return moment.astimezone(ZONE)


def maybe_local(moment: datetime | None) -> datetime | None:
    """Return a moment in Vietnamese time, or None."""
    return None if moment is None else local(moment)


def beginning(first: date) -> datetime:
    """Return the first moment of a day; of days before all ours, of the first that counts."""
    return datetime.combine(max(first, _EARLIEST), time(), ZONE)


def listing(call: Call) -> Answer:
    """Return a part of the list, oldest first, so that what is new comes at its end."""
    d, asked = t.disclosure.c, call.values
    where = [d.agency == call.house.agency, may_leave()]
    if asked["state"] is not None:
        where.append(d.state == asked["state"])
    if asked["category"] is not None:
        where.append(d.category == asked["category"])
    if asked["opened-from"] is not None:
        where.append(d.opened_at >= beginning(asked["opened-from"]))
    with call.house.store.read() as connection:
        if asked["after"] is not None:
            start = connection.execute(
                sa.select(d.opened_at, d.id).where(d.id == asked["after"], d.agency == call.house.agency)
            ).one_or_none()
            if start is None:
                raise nothing()
            where.append(d.opened_at >= start.opened_at)  # alone, so that the index is entered there
            where.append(sa.or_(d.opened_at > start.opened_at, d.id > start.id))
        query = sa.select(d.id, d.title, d.category, d.key, d.state, d.publish_by, d.opened_at).where(*where)
        rows = connection.execute(query.order_by(d.opened_at, d.id).limit(asked["limit"] + 1)).all()
    following = rows[asked["limit"] - 1].id if len(rows) > asked["limit"] else ""
    items = [
        models.Listed(
            id=row.id, title=row.title, category=row.category, key=row.key, state=DisclosureState(row.state),
            publish_by=local(row.publish_by), opened_at=local(row.opened_at),
        )
        for row in rows[: asked["limit"]]
    ]  # fmt: skip
    return Answer(models.Disclosures(items=items, next=following or None), following=following)


def matter_of(call: Call, connection: sa.Connection, id_: str) -> Matter:
    """Read a matter of this agency that may leave. Raises InputError (E753)."""
    known = sa.select(t.disclosure.c.id).where(t.disclosure.c.id == id_, t.disclosure.c.agency == call.house.agency)
    if connection.execute(known).first() is None:
        raise nothing()
    found = read.disclosure(connection, id_)
    if never_leaves(connection, found):
        raise nothing()
    return found


def one(call: Call) -> Answer:
    """Return one matter with its papers and places."""
    with call.house.store.read() as connection:
        matter = matter_of(call, connection, call.values["id"])
        papers = [read.document(connection, id_) for id_ in matter.documents]
        dossier = read.dossier(connection, matter.id)
    return Answer(
        models.Disclosure(
            id=matter.id, title=matter.title, category=matter.category, key=matter.key, state=matter.state,
            trigger=matter.trigger, publish_by=local(matter.publish_by), opened_at=local(matter.opened_at),
            papers=[_paper(paper) for paper in papers],
            places=[
                models.Place(
                    form=place.form, place=place.place, state=place.state, required_days=place.required_days,
                    posted_from=maybe_local(place.posted_from), posted_to=maybe_local(place.posted_to),
                    close_from=maybe_local(place.close_from),
                )
                for place in matter.postings
            ],
            dossier=dossier.id if dossier is not None and dossier.sealed_at else None,
        )
    )  # fmt: skip


def _paper(paper: Document) -> models.Paper:
    return models.Paper(
        id=paper.id, type=paper.type, number=paper.number, issued=paper.issued, issuer=paper.issuer,
        subject=paper.subject, files=len(paper.attachments),
    )  # fmt: skip


_STATES = tuple(one.value for one in DisclosureState)

ENDPOINTS = (
    Endpoint(
        "/disclosures", "GET", Scope.DISCLOSURES, listing, "Disclosures, oldest first", models.Disclosures,
        (
            choice("state", "Only those in this state.", _STATES),
            written("category", "Only those of this clause.", "[0-9A-Za-z.]{1,16}"),
            day("opened-from", "Only those opened on this day or later."), AFTER, LIMIT,
        ),
        lists=True,
    ),
    Endpoint(
        "/disclosures/{id}", "GET", Scope.DISCLOSURES, one, "One disclosure", models.Disclosure,
        (identity(about="Id of a disclosure."),), journal="api.disclosure",
    ),
)  # fmt: skip
