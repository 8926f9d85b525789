"""
The lease table: work as rows, at least once towards the outside, exactly once inside.

Times are seconds since 1970 by the database's own clock, so that nodes with skewed clocks agree.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .tables import job


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed row; `attempts` counts at the claim and, with the owner, is the fence."""

    id: int
    key: str
    agency: str
    kind: str
    version: int
    args: dict[str, Any]
    attempts: int
    owner: str


def database_now(connection: sa.Connection) -> float:
    """Return the database's real time, in seconds since 1970."""
    if connection.dialect.name == "sqlite":
        text = "SELECT (julianday('now') - 2440587.5) * 86400"
    else:
        text = "SELECT extract(epoch FROM clock_timestamp())"
    return float(connection.execute(sa.text(text)).scalar_one())


def enqueue(
    connection: sa.Connection, *, agency: str, kind: str, key: str, args: dict[str, Any], version: int = 1,
    run_at: float | None = None,
) -> bool:  # fmt: skip
    """
    Plan one piece of work.

    Args:
        run_at: real moment from which it may be done, seconds since 1970; None: now.

    Returns:
        True when the key was new; False when this work was planned before, finished or not.

    Raises:
        ValueError: an empty key would make all such work one.
    """
    if not key.strip():
        raise ValueError("work needs a key that says what makes it the same work")
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    query = (
        dialect.insert(job)
        .values(
            key=key,
            agency=agency,
            kind=kind,
            version=version,
            args=args,
            state="ready",
            run_at=database_now(connection) if run_at is None else run_at,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=[job.c.key])
        .returning(job.c.id)
    )
    return connection.execute(query).scalar_one_or_none() is not None


@lru_cache(maxsize=16)  # asked all day long with the same kinds: built once, executed with ``now`` and ``most``
def _due(kinds: tuple[str, ...]) -> "sa.Select[tuple[int]]":
    now = sa.bindparam("now", type_=sa.Float)
    ready = sa.and_(job.c.state == "ready", job.c.run_at <= now)
    left = sa.and_(job.c.state == "leased", job.c.lease_until < now)
    query = sa.select(job.c.id).where(sa.or_(ready, left), job.c.kind.in_(kinds))
    return query.order_by(job.c.run_at, job.c.id).limit(sa.bindparam("most", type_=sa.Integer))


@lru_cache(maxsize=16)
def _claiming(kinds: tuple[str, ...], *, locked: bool) -> "sa.UpdateBase":
    picked = (_due(kinds).with_for_update(skip_locked=True) if locked else _due(kinds)).cte("picked")
    return (
        sa.update(job)
        .where(job.c.id.in_(sa.select(picked.c.id)))
        .values(
            state="leased", lease_owner=sa.bindparam("owner", type_=sa.Text),
            lease_until=sa.bindparam("until", type_=sa.Float), attempts=job.c.attempts + 1,
        )
        .returning(job)
    )  # fmt: skip


def anything_due(connection: sa.Connection, kinds: list[str]) -> bool:
    """Tell whether work of these kinds could be claimed now."""
    now = database_now(connection)
    return connection.execute(_due(tuple(kinds)), {"now": now, "most": 1}).first() is not None


def claim(connection: sa.Connection, *, owner: str, kinds: list[str], lease: float, limit: int = 1) -> list[Job]:
    """
    Take due work of the known kinds, oldest first, for `lease` seconds; unknown kinds stay.

    Returns:
        Claimed jobs in the order they fell due. The update names the picked ids in a CTE: as a plain subquery
        PostgreSQL may run it more than once and claim too many.
    """
    now = database_now(connection)
    query = _claiming(tuple(kinds), locked=connection.dialect.name != "sqlite")
    values = {"now": now, "most": limit, "owner": owner, "until": now + lease}
    rows = sorted(connection.execute(query, values), key=lambda row: (row.run_at, row.id))
    return [Job(row.id, row.key, row.agency, row.kind, row.version, row.args, row.attempts, owner) for row in rows]


def advance(connection: sa.Connection, held: Job, **values: Any) -> bool:
    """
    Change a row we hold.

    Returns:
        False when the lease was lost (another owner, or we ourselves again): roll back and do nothing more.
    """
    query = (
        sa.update(job)
        .where(
            job.c.id == held.id,
            job.c.state == "leased",
            job.c.lease_owner == held.owner,
            job.c.attempts == held.attempts,
        )
        .values(**values)
    )
    return connection.execute(query).rowcount == 1


def renew(connection: sa.Connection, held: Job, lease: float) -> bool:
    """Hold the row for `lease` more seconds; False when it was lost."""
    return advance(connection, held, lease_until=database_now(connection) + lease)


def release_owner(connection: sa.Connection, owner_prefix: str) -> int:
    """Give back every lease of a dead process of this node; call only while holding the store. Returns how many."""
    query = (
        sa.update(job)
        .where(job.c.state == "leased", job.c.lease_owner.startswith(owner_prefix, autoescape=True))
        .values(state="ready", lease_owner=None, lease_until=None)
    )
    return connection.execute(query).rowcount


def pending(connection: sa.Connection) -> float | None:
    """Return in how many seconds the next ready work falls due (0 or less: now), or None when there is none."""
    soonest = connection.scalar(sa.select(sa.func.min(job.c.run_at)).where(job.c.state == "ready"))
    return None if soonest is None else float(soonest) - database_now(connection)
