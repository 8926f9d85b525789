"""The dossier that an address names, of the visitor's agency and of no other."""

import sqlalchemy as sa

from ..errors import InputError
from ..records import Dossier
from ..store import read
from ..store import tables as t
from ..text import _
from .visit import Visit


def mine(agency: str) -> sa.ColumnElement[bool]:
    """Return the condition that a dossier belongs to an agency: by its disclosure or its staff matter."""
    s, d, m = t.dossier.c, t.disclosure.c, t.staff_matter.c
    return sa.or_(
        sa.exists().where(d.id == s.subject, d.agency == agency),
        sa.exists().where(m.id == s.subject, m.agency == agency),
    )


def dossier_of(visit: Visit) -> tuple[Dossier, tuple[str, ...]]:
    """Return the dossier that the address names, with the digests of its volumes. Raises InputError."""
    id_ = visit.path("id")
    with visit.house.store.read() as connection:
        own = connection.scalar(sa.select(t.dossier.c.id).where(t.dossier.c.id == id_, mine(visit.house.agency)))
        if own is None:
            raise InputError(_("Không có hồ sơ nào mang mã này."), where=id_[:40], code="congkhai-E140")
        found = read.dossier_by_id(connection, id_)
        return found, read.volumes(connection, id_) or ((found.sha256,) if found.sha256 else ())
