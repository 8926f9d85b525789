"""
Tokens: what programs show in place of a person's sign-in, and what makes a calendar's address private.

A token is random, is shown once when it is made, and only its digest is kept. It carries scopes and nothing else, may
end by itself, and is ended by a person. Its times are the database's real seconds, as those of sessions.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from .accounts import Account, account, digest
from .errors import InputError
from .store import Store, Transaction, work
from .store import tables as t
from .text import _

MARK = "ckt_"
"""Beginning of every token, so that one that slipped into a file is found by a search."""
CALENDAR = "calendar"
_SEEN_EVERY = 60.0  # seconds between two writes of when a token was last used


class Scope(StrEnum):
    """What a program may do through the interface."""

    DISCLOSURES = "disclosures"
    DOSSIERS = "dossiers"
    VERIFY = "verify"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Token:
    """
    A token without its secret.

    Attributes:
        id: beginning of its digest; names it in lists and in the journal.
        scopes: of `Scope`; or one ``calendar:ROLE``.
        until: when it ends by itself, seconds since 1970; None when it does not.
        account: id of the account whose calendar it opens; empty for a program's.
        used: when it was last used; None when it never was.
    """

    digest: str
    agency: str
    name: str
    scopes: frozenset[str]
    made_by: str
    made_at: datetime
    until: float | None
    ended: bool
    account: str
    used: float | None

    @property
    def id(self) -> str:
        """Return what names the token in lists and in the journal."""
        return self.digest[:12]

    @property
    def role(self) -> str:
        """Return the role whose calendar it opens, or nothing."""
        found = (one.partition(":")[2] for one in self.scopes if one.startswith(f"{CALENDAR}:"))
        return next(found, "")


def _token(row: "sa.Row[tuple[object, ...]]") -> Token:
    return Token(
        row.digest, row.agency, row.name, frozenset(row.scopes), row.made_by, row.made_at, row.until, row.ended,
        row.account, row.used,
    )  # fmt: skip


def make_token(
    tx: Transaction, name: str, scopes: Iterable[str], *, lasts: timedelta | None = None, owner: Account | None = None
) -> str:
    """
    Make a token in the caller's transaction.

    Args:
        name: what it is for, as people call it; unique among the open tokens of the agency.
        scopes: names of `Scope`, or one ``calendar:ROLE``.
        lasts: after how long it ends by itself.
        owner: whose calendar it opens; it then dies with the account.

    Returns:
        Its secret, kept nowhere.

    Raises:
        InputError: the name is empty, too long or taken, or a scope does not exist (E756).
    """
    asked = sorted({*scopes})
    known = {*map(str, Scope)}
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise InputError(_("Mã truy cập cần một tên, tối đa 100 ký tự."), code="congkhai-E756")
    if not asked or not all(one in known or (len(asked) == 1 and one.startswith(f"{CALENDAR}:")) for one in asked):
        raise InputError(
            _("Phạm vi của mã truy cập không đúng: {scopes}.").format(scopes=", ".join(asked) or "–"),
            code="congkhai-E756", advice=_("Phạm vi có thể dùng: {known}.").format(known=", ".join(sorted(known))),
        )  # fmt: skip
    same = sa.select(t.token.c.digest).where(
        t.token.c.agency == tx.agency, t.token.c.name == name, t.token.c.ended.is_(False)
    )
    if tx.connection.execute(same).first() is not None:
        raise InputError(
            _("Đang có một mã truy cập tên “{name}”.").format(name=name), code="congkhai-E756",
            advice=_("Chọn tên khác, hoặc chấm dứt mã cũ bằng congkhai token end."),
        )  # fmt: skip
    secret = MARK + secrets.token_urlsafe(32)
    until = work.database_now(tx.connection) + lasts.total_seconds() if lasts is not None else None
    tx.connection.execute(
        sa.insert(t.token).values(
            digest=digest(secret), agency=tx.agency, name=name, scopes=asked, made_by=tx.actor, made_at=tx.now,
            until=until, ended=False, account=owner.id if owner else "", used=None,
        )
    )  # fmt: skip
    tx.journal("token.made", digest(secret)[:12], scopes=asked)
    return secret


def resume_token(store: Store, secret: str) -> Token | None:
    """Find an open token by its secret; None when it is unknown, ended, over, or its account is closed."""
    if not secret.startswith(MARK) or len(secret) > 100:
        return None
    with store.read() as connection:
        row = connection.execute(sa.select(t.token).where(t.token.c.digest == digest(secret))).one_or_none()
        now = work.database_now(connection)
        if row is None or row.ended or (row.until is not None and row.until <= now):
            return None
        owner = account(connection, row.account) if row.account else None
    if row.account and (owner is None or owner.disabled):
        return None
    if row.used is None or row.used + _SEEN_EVERY < now:
        with store.engine.begin() as connection:
            connection.execute(sa.update(t.token).where(t.token.c.digest == row.digest).values(used=now))
    return _token(row)


def tokens(connection: sa.Connection, agency: str, *, account_id: str | None = None) -> list[Token]:
    """Read the tokens of an agency that were not ended, by name; those of one account when it is named."""
    query = sa.select(t.token).where(t.token.c.agency == agency, t.token.c.ended.is_(False))
    if account_id is not None:
        query = query.where(t.token.c.account == account_id)
    return [_token(row) for row in connection.execute(query.order_by(t.token.c.name, t.token.c.digest))]


def end_token(tx: Transaction, named: str, *, account_id: str | None = None) -> Token:
    """
    End a token, named by its name or id.

    Args:
        account_id: whose it must be; None for anybody's.

    Raises:
        InputError: there is no such open token (E756).
    """
    held = tokens(tx.connection, tx.agency, account_id=account_id)
    found = next((one for one in held if named and named in (one.name, one.id)), None)
    if found is None:
        raise InputError(
            _("Không có mã truy cập nào đang dùng mang tên hoặc mã “{named}”.").format(named=named[:60]),
            code="congkhai-E756", advice=_("Xem danh sách bằng congkhai token list."),
        )  # fmt: skip
    tx.connection.execute(sa.update(t.token).where(t.token.c.digest == found.digest).values(ended=True))
    tx.journal("token.ended", found.id)
    return found
