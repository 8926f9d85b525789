"""
Accounts of the page: who may do what, and how they prove who they are.

Passwords are kept as argon2id hashes (RFC 9106). A wrong password makes the next try wait, longer each time, for that
account and for that address; nothing is ever locked, so that an outsider cannot shut a clerk out.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from .errors import InputError, NotAllowedError
from .store import Store, Transaction, work
from .store import tables as t
from .text import _

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""Lengths in characters; length counts for more than rules about signs (NIST SP 800-63B 5.1.1)."""
_WAITS = {"pair": (3, 300.0), "account": (10, 5.0), "address": (20, 300.0)}
"""
Free tries and longest wait in seconds, by what failed: an account from one address, an account from anywhere, anything
from one address. An outsider who tries an account again and again makes its holder elsewhere wait 5 seconds, no more.
"""
_FORGET_AFTER = 3600.0
_TICKET_LIFE = 24 * 3600.0

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Checked when there is no such account, so that an answer takes as long as for one that exists."""


class Duty(StrEnum):
    """What an account is for (vai trò); one account may hold several."""

    CLERK = "clerk"
    SIGNER = "signer"
    INSPECTOR = "inspector"
    HEAD = "head"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """
    One account.

    Attributes:
        name: what its holder types to sign in; unique in the agency.
        person: name as it stands in journal and papers.
        role: role of the regulation for whom they sign, or empty.
        subject: ``ISSUER SUBJECT`` of an OpenID provider, or empty.
    """

    id: str
    agency: str
    name: str
    person: str
    duties: frozenset[Duty]
    role: str
    disabled: bool
    subject: str = ""


def digest(secret: str) -> str:
    """Return what is kept in place of a random secret of ours (cookie, ticket, token): its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _account(row: "sa.Row[tuple[object, ...]]") -> Account:
    return Account(
        row.id, row.agency, row.name, row.person, frozenset(Duty(one) for one in row.rights), row.role, row.disabled,
        row.subject,
    )  # fmt: skip


def account(connection: sa.Connection, id_: str) -> Account | None:
    """Read one account by its id, or None."""
    row = connection.execute(sa.select(t.account).where(t.account.c.id == id_)).one_or_none()
    return None if row is None else _account(row)


def accounts(connection: sa.Connection, agency: str) -> list[Account]:
    """Read the accounts of an agency, by name."""
    query = sa.select(t.account).where(t.account.c.agency == agency).order_by(t.account.c.name)
    return [_account(row) for row in connection.execute(query)]


def find(connection: sa.Connection, agency: str, name: str) -> Account:
    """Read an account by its name. Raises InputError when there is none."""
    query = sa.select(t.account).where(t.account.c.agency == agency, t.account.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(
            what=_("Không có tài khoản nào tên {name}.").format(name=name), code="congkhai-E700",
            advice=_("Xem danh sách bằng congkhai user list."),
        )  # fmt: skip
    return _account(row)


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, too long, or the account's own name. Raises InputError."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(
            what=_("Mật khẩu phải dài từ {least} đến {most} ký tự.").format(
                least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD
            ),
            code="congkhai-E701", advice=_("Dùng một câu dễ nhớ với mình mà người khác không đoán ra."),
        )  # fmt: skip
    if password.casefold().strip() == name.casefold() or len(set(password)) < SHORTEST_PASSWORD // 3:
        raise InputError(
            what=_("Mật khẩu này quá dễ đoán."), code="congkhai-E701",
            advice=_("Dùng một câu dễ nhớ với mình mà người khác không đoán ra."),
        )  # fmt: skip


def add_account(
    tx: Transaction, *, name: str, person: str, duties: Iterable[Duty], password: str = "", role: str = "",
    subject: str = "",
) -> Account:  # fmt: skip
    """
    Make an account, in the caller's transaction.

    Args:
        password: empty when its holder comes by a ticket or by single sign-on only.
        role: role of the regulation for whom this person signs.
        subject: ``ISSUER SUBJECT`` of an OpenID provider.

    Raises:
        InputError: the name is taken or empty, or the password is refused.
    """
    held = sorted({duty.value for duty in duties})
    if not name.strip() or len(name) > 64 or not held:
        raise InputError(
            what=_("Tài khoản cần một tên (tối đa 64 ký tự) và ít nhất một vai trò."), code="congkhai-E702",
            advice=_("Vai trò: {duties}.").format(duties=", ".join(Duty)),
        )  # fmt: skip
    if password:
        check_password(password, name)
    taken = sa.select(t.account.c.id).where(t.account.c.agency == tx.agency, t.account.c.name == name)
    if tx.connection.execute(taken).first() is not None:
        raise InputError(what=_("Đã có tài khoản tên {name}.").format(name=name), code="congkhai-E703")
    id_ = "u" + secrets.token_hex(8)
    tx.connection.execute(
        sa.insert(t.account).values(
            id=id_, agency=tx.agency, name=name, person=person or name, rights=held, role=role,
            password=_hasher.hash(password) if password else "", subject=subject, disabled=False, made_at=tx.now,
        )
    )  # fmt: skip
    tx.journal("account.added", id_, duties=held, role=role)
    return Account(id_, tx.agency, name, person or name, frozenset(map(Duty, held)), role, False, subject)


def set_password(tx: Transaction, holder: Account, password: str) -> None:
    """Give an account a new password and end its sessions. Raises InputError when the password is refused."""
    check_password(password, holder.name)
    tx.connection.execute(
        sa.update(t.account).where(t.account.c.id == holder.id).values(password=_hasher.hash(password))
    )
    _end_sessions(tx, holder)
    tx.journal("account.password", holder.id)


def set_disabled(tx: Transaction, holder: Account, *, disabled: bool) -> None:
    """Close an account, with its sessions, or open it again."""
    tx.connection.execute(sa.update(t.account).where(t.account.c.id == holder.id).values(disabled=disabled))
    if disabled:
        _end_sessions(tx, holder)
    tx.journal("account.disabled" if disabled else "account.enabled", holder.id)


def _end_sessions(tx: Transaction, holder: Account) -> None:
    tx.connection.execute(sa.update(t.session).where(t.session.c.account == holder.id).values(ended=True))


def give_ticket(tx: Transaction, holder: Account) -> str:
    """Make a sign-in that works once within a day, as the demo prints them. Returns its secret, kept nowhere."""
    secret = secrets.token_urlsafe(24)
    tx.connection.execute(
        sa.insert(t.ticket).values(
            digest=digest(secret), account=holder.id, until=work.database_now(tx.connection) + _TICKET_LIFE, used=False
        )
    )
    tx.journal("account.ticket", holder.id)
    return secret


def use_ticket(store: Store, agency: str, secret: str) -> Account | None:
    """Take a one-time sign-in; None when it is unknown, used up or too old."""
    with store.write(agency, "congkhai") as tx:
        mark = (
            sa.update(t.ticket)
            .where(
                t.ticket.c.digest == digest(secret), t.ticket.c.used.is_(False),
                t.ticket.c.until > work.database_now(tx.connection),
            )
            .values(used=True)
            .returning(t.ticket.c.account)
        )  # fmt: skip
        id_ = tx.connection.scalar(mark)
        holder = account(tx.connection, id_) if id_ else None
        return holder if holder and not holder.disabled and holder.agency == agency else None


def sign_in(store: Store, agency: str, name: str, password: str, address: str) -> Account | None:
    """
    Check a name and a password.

    Args:
        address: where the request came from; its failures count as well.

    Returns:
        The account, or None; unknown names take as long as wrong passwords.

    Raises:
        NotAllowedError: too many failures; says how long to wait.
    """
    named = f"{agency}:{name.casefold()[:64]}"
    subjects = (f"pair:{address}:{named}", f"account:{named}", f"address:{address}")
    with store.read() as connection:
        _check_wait(connection, subjects)
        query = sa.select(t.account).where(t.account.c.agency == agency, t.account.c.name == name)
        row = connection.execute(query).one_or_none()
    good = _matches(row.password if row is not None and row.password else _NOBODY, password)
    if row is None or not row.password or row.disabled or not good:
        with store.write(agency, "congkhai") as tx:
            _count_failure(tx.connection, subjects)
            tx.journal("account.refused", row.id if row is not None else "unknown")
        return None
    with store.write(agency, row.person) as tx:
        tx.connection.execute(sa.delete(t.attempt).where(t.attempt.c.subject.in_(subjects[:2])))
        if _hasher.check_needs_rehash(row.password):
            tx.connection.execute(
                sa.update(t.account).where(t.account.c.id == row.id).values(password=_hasher.hash(password))
            )
    return _account(row)


def proves(store: Store, holder: Account, password: str, address: str) -> bool:
    """Tell whether this is the holder's password; failures count like those at the door. Raises NotAllowedError."""
    return sign_in(store, holder.agency, holder.name, password, address) is not None


def _matches(known: str, password: str) -> bool:
    try:
        return _hasher.verify(known, password if len(password) <= LONGEST_PASSWORD else "")
    except VerificationError:
        return False


def _check_wait(connection: sa.Connection, subjects: Sequence[str]) -> None:
    now = work.database_now(connection)
    for row in connection.execute(sa.select(t.attempt).where(t.attempt.c.subject.in_(subjects))):
        free, longest = _WAITS[row.subject.partition(":")[0]]
        over = row.failures - free
        wait = min(2.0 ** min(over, 20), longest) if over >= 0 else 0.0
        if row.last + wait > now:
            raise NotAllowedError(
                what=_("Sai nhiều lần liên tiếp: hãy chờ {seconds} giây rồi thử lại.").format(
                    seconds=int(row.last + wait - now) + 1
                ),
                code="congkhai-E704", advice=_("Quên mật khẩu: nhờ người quản trị chạy congkhai user password."),
            )  # fmt: skip


def _count_failure(connection: sa.Connection, subjects: Sequence[str]) -> None:
    now = work.database_now(connection)
    known = sa.or_(*(t.attempt.c.subject.startswith(f"{kind}:") for kind in _WAITS))
    connection.execute(sa.delete(t.attempt).where(known, t.attempt.c.last + _FORGET_AFTER < now))
    for subject in subjects:
        row = connection.execute(sa.select(t.attempt).where(t.attempt.c.subject == subject)).one_or_none()
        if row is None:
            connection.execute(sa.insert(t.attempt).values(subject=subject, failures=1, last=now))
        else:
            failures = 1 if row.last + _FORGET_AFTER < now else row.failures + 1
            connection.execute(
                sa.update(t.attempt).where(t.attempt.c.subject == subject).values(failures=failures, last=now)
            )
