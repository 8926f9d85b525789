"""What a demo came to: counts, dossiers, and what an inspector's verification says of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.signing import Trust, verify_path

from ..clock import ZONE
from ..house import House
from ..records import Disclosure
from ..store import read
from ..store import tables as t


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the final table; `verdict` is empty where there is no sealed dossier."""

    matter: str
    category: str
    state: str
    published: str
    closed: str
    dossier: str
    complete: bool
    title: str
    path: str
    verdict: str
    waits_for: str


def lines(house: House, trust: Path, at: datetime) -> Iterator[Line]:
    """Return a line per disclosure, each sealed dossier verified anew as an inspector would."""
    anchors = Trust.load(trust)
    with house.store.read() as connection:
        for matter in read.disclosures(connection, house.agency):
            dossier = read.dossier(connection, matter.id)
            sealed = dossier is not None and dossier.path and Path(dossier.path).exists()
            yield Line(
                matter=matter.title,
                category=matter.category,
                state=matter.state.value,
                published=_day(max((p.posted_from for p in matter.postings if p.posted_from), default=None)),
                closed=_day(max((p.posted_to for p in matter.postings if p.posted_to), default=None)),
                dossier=dossier.id if dossier else "",
                complete=bool(dossier and dossier.complete),
                title=dossier.title if dossier else "",
                path=dossier.path if dossier and sealed else "",
                verdict=verify_path(Path(dossier.path), anchors, at).indication if dossier and sealed else "",
                waits_for=_waits(connection, matter),
            )


def _day(moment: datetime | None) -> str:
    return moment.astimezone(ZONE).strftime("%d/%m/%Y") if moment else ""


def _waits(connection: sa.Connection, matter: Disclosure) -> str:
    waiting = []
    for kind in ("posting", "closing", "report"):
        paper = read.minutes(connection, matter.id, kind)
        waiting += [f"{kind}:{role}" for role in paper.missing] if paper else []
    return ", ".join(waiting)


def totals(house: House, rows: list[Line], seconds: float) -> dict[str, Any]:
    """Return the shape of design.md for ``demo --json``."""
    with house.store.read() as connection:

        def count(table: sa.Table) -> int:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)

        tagged = connection.scalar(
            sa.select(sa.func.count(sa.distinct(t.decision.c.document))).where(t.decision.c.decision != "none")
        )
        return {
            "documents": count(t.document),
            "refused": count(t.refusal),
            "tagged": int(tagged or 0),
            "disclosures": count(t.disclosure),
            "minutes": count(t.minutes),
            "signatures": count(t.signature),
            "dossiers": [
                {"id": row.dossier, "title": row.title, "complete": row.complete, "path": row.path,
                 "indication": row.verdict}
                for row in rows
                if row.path
            ],
            "seconds": round(seconds, 1),
        }  # fmt: skip
