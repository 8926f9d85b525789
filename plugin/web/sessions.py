"""Sessions as rows: a random cookie whose digest is kept, idle and absolute ends, renewed proof before what binds."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from ..accounts import Account, account, digest
from ..store import Store, work
from ..store import tables as t

GRACE = timedelta(minutes=5)
"""How long after proving who they are a person may sign without proving it again."""
_SEEN_EVERY = 60.0  # seconds between two writes of when a session was last used


@dataclass(frozen=True, slots=True)
class Session:
    """
    A visitor who signed in.

    Attributes:
        digest: what is kept of the cookie; names the session in lists.
        proven: True while the holder has proved who they are within `GRACE`.
    """

    digest: str
    holder: Account
    proven: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its holder sees it in the list; times in seconds since 1970, real time."""

    digest: str
    begun: float
    seen: float
    address: str
    browser: str


def begin(store: Store, holder: Account, *, address: str, browser: str, proven: float | None = None) -> str:
    """
    Open a session and return the cookie's value, which is kept nowhere.

    Args:
        proven: seconds since 1970 at which the holder proved who they are, where that was not just now.
    """
    cookie = secrets.token_urlsafe(32)
    with store.write(holder.agency, holder.person) as tx:
        now = work.database_now(tx.connection)
        tx.connection.execute(
            sa.insert(t.session).values(
                digest=digest(cookie), account=holder.id, begun=now, seen=now,
                proven=now if proven is None else min(proven, now), address=address, browser=browser[:200], ended=False,
            )
        )  # fmt: skip
        tx.journal("session.begun", holder.id)
    return cookie


def resume(store: Store, agency: str, cookie: str, *, idle: timedelta, longest: timedelta) -> Session | None:
    """
    Find the session of a cookie.

    Returns:
        None when it is unknown, ended, idle for longer than `idle`, older than `longest`, or its account is closed.
    """
    key = digest(cookie)
    with store.read() as connection:
        now = work.database_now(connection)
        row = connection.execute(sa.select(t.session).where(t.session.c.digest == key)).one_or_none()
        alive = (
            row is not None
            and not row.ended
            and row.seen + idle.total_seconds() > now
            and row.begun + longest.total_seconds() > now
        )
        if row is None or not alive:
            return None
        holder = account(connection, row.account)
    if holder is None or holder.disabled or holder.agency != agency:
        return None
    if row.seen + _SEEN_EVERY < now:
        with store.engine.begin() as connection:
            connection.execute(sa.update(t.session).where(t.session.c.digest == key).values(seen=now))
    return Session(key, holder, row.proven + GRACE.total_seconds() > now)


def prove(store: Store, session: Session) -> None:
    """Write that the holder has just proved again who they are."""
    with store.write(session.holder.agency, session.holder.person) as tx:
        tx.connection.execute(
            sa.update(t.session)
            .where(t.session.c.digest == session.digest)
            .values(proven=work.database_now(tx.connection))
        )
        tx.journal("session.proven", session.holder.id)


def end(store: Store, holder: Account, digest_: str) -> bool:
    """End one of the holder's own sessions; False when it is not theirs or has ended."""
    with store.write(holder.agency, holder.person) as tx:
        query = sa.update(t.session).where(
            t.session.c.digest == digest_, t.session.c.account == holder.id, t.session.c.ended.is_(False)
        )
        done = tx.connection.execute(query.values(ended=True)).rowcount == 1
        if done:
            tx.journal("session.ended", holder.id)
    return done


def open_sessions(connection: sa.Connection, holder: Account) -> list[Listed]:
    """Read the holder's sessions that have not been ended, newest first."""
    query = sa.select(t.session).where(t.session.c.account == holder.id, t.session.c.ended.is_(False))
    return [
        Listed(row.digest, row.begun, row.seen, row.address, row.browser)
        for row in connection.execute(query.order_by(t.session.c.begun.desc()))
    ]
