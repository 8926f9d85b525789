"""Whose turn it is to sign: the papers that are not fully signed, as the holder of one role sees them."""

from dataclasses import dataclass

import sqlalchemy as sa

from .errors import NotAllowedError
from .house import House
from .interfaces import Signer
from .orders import VOID, key_roles, why_not_yet
from .paper_matter import is_own, is_stopped, not_stopped
from .records import Minutes
from .store import read
from .store import tables as t
from .text import _


@dataclass(frozen=True, slots=True)
class Turn:
    """
    A paper that one person has to sign.

    Attributes:
        role: for which role the signature counts; another than the key's own for a deputy.
        name: NAME of the ``[signer:NAME]`` section.
        hindrance: why not yet, in words; empty when it is their turn.
    """

    paper: Minutes
    role: str
    name: str
    signer: Signer
    hindrance: str


def unfinished(house: House, connection: sa.Connection) -> list[Minutes]:
    """Return the papers of matters that go on, and closing minutes, that somebody still has to sign; oldest first."""
    query = (
        sa.select(t.minutes.c.id)
        .where(t.minutes.c.agency == house.agency, not_stopped())
        .where(t.minutes.c.pdf_sha256 == "", t.minutes.c.kind.not_like(f"{VOID}%"))  # no rendition: not all signed
        .order_by(t.minutes.c.made_at, t.minutes.c.id)
    )
    return [read.minutes_by_id(connection, id_) for id_ in connection.scalars(query).all()]


def turns(house: House, key_role: str) -> list[Turn]:
    """Return every paper that misses a signature by the key of a role, oldest first, hindered ones too."""
    with house.store.read() as connection:
        found = (_turn(house, connection, paper, key_role) for paper in unfinished(house, connection))
        return [one for one in found if one is not None]


def turn_of(house: House, minutes: str, key_role: str) -> Turn:
    """
    Return the turn of the holder of a role at one paper.

    Raises:
        NotAllowedError: the paper does not wait for this role, or not yet.
        InputError: there is no such paper.
    """
    with house.store.read() as connection:
        paper = read.minutes_by_id(connection, minutes)
        over = is_stopped(connection, paper) and paper.kind != "closing"
        found = None if over or not is_own(house, paper, connection) else _turn(house, connection, paper, key_role)
    if found is None:
        raise not_waiting(minutes, key_role)
    if found.hindrance:
        raise NotAllowedError(what=found.hindrance, where=minutes, code="congkhai-E696")
    return found


def turn_if_any(house: House, minutes: str, key_role: str) -> Turn | None:
    """Return the turn at one paper, hindered or not; None when it does not wait for this role."""
    return next((one for one in turns(house, key_role) if one.paper.id == minutes), None) if key_role else None


def _turn(house: House, connection: sa.Connection, paper: Minutes, key_role: str) -> Turn | None:
    for role, key in key_roles(house, connection, paper).items():
        if key != key_role:
            continue
        name, signer = key_of(house, connection, paper.id, role)
        return Turn(paper, role, name, signer, why_not_yet(house, connection, paper, role))
    return None


def key_of(house: House, connection: sa.Connection, minutes: str, role: str) -> tuple[str, Signer]:
    """
    Return the registered key that signs a paper for a role: the deputy's, else the role's own.

    Raises:
        ConfigurationError: no ``[signer:…]`` has this role.
    """
    deputies = connection.scalar(sa.select(t.signing_order.c.deputies).where(t.signing_order.c.minutes == minutes))
    name = (deputies or {}).get(role, {}).get("signer", "")
    if name in house.signers:
        return name, house.signers[name]
    return house.signer_of(role)


def not_waiting(minutes: str, role: str) -> NotAllowedError:
    """Return the error that says that a paper does not wait for a role."""
    return NotAllowedError(
        what=_("Biên bản này không chờ chữ ký của {role}.").format(role=role), where=minutes, code="congkhai-E221",
        advice=_("Xem những gì đang chờ ký bằng congkhai sign."),
    )  # fmt: skip
