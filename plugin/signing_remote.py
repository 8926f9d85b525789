"""
Signing with confirmation on the holder's phone, as work: asked, waited for in short steps, kept; restarts lose nothing.

The daemon never signs for a person: it sends the digest that the person asked for on the page, and the service gives a
value only when they confirm on their own device. Times here are the database's real seconds: a person is waited for,
not a legal moment.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from congkhai.signing import Prepared, SigningError

from .clock_guard import require_clock
from .errors import AccessError, CongkhaiError, InputError, NotAllowedError, OutsideError, StoreError
from .house import House
from .records import Minutes
from .signer_check import checked_signer
from .signer_keys import Confirmed
from .signing_desk import Proof, keep_value, prepare_for
from .signing_turns import Turn, turn_of
from .store import Transaction, work
from .store import tables as t
from .text import _
from .work import Step, explain

KIND: Final = "remote-sign"
OPEN: Final = ("asked", "waiting")
_DECLINED = "congkhai-S146"  # how the library says that the holder, or the service for them, refused
_SLOWER = 20.0  # the longer a person is waited for, the longer between two looks: a twentieth of the time passed


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One request to a holder's phone.

    Attributes:
        state: ``asked``, ``waiting``, ``done``, ``declined``, ``late``, ``failed``.
        begun, until: seconds since 1970, real time.
        said: what stands in the way, in words; may be empty.
    """

    id: str
    minutes: str
    role: str
    state: str
    begun: float
    until: float
    said: str

    @property
    def open(self) -> bool:
        """Whether it still goes on."""
        return self.state in OPEN


def begin(house: House, minutes: str, key_role: str, by: str) -> str:
    """
    Ask for a signature by confirmation on the holder's phone.

    Returns:
        Id of the request; of the one that is under way already, if there is one.

    Raises:
        NotAllowedError: the paper does not wait for this role, or its key is not confirmed on a phone (E747).
    """
    require_clock(house)
    turn = turn_of(house, minutes, key_role)
    if not isinstance(turn.signer, Confirmed):
        raise NotAllowedError(
            what=_("Khóa của {person} không ký được bằng xác nhận trên điện thoại.").format(person=turn.signer.person),
            where=f"[signer:{turn.name}]", code="congkhai-E747", advice=_("Chọn cách ký khác."),
        )  # fmt: skip
    r = t.remote_signing.c
    with house.store.write(house.agency, by) as tx:
        id_, now = "r" + secrets.token_hex(8), work.database_now(tx.connection)
        mine = (r.minutes == minutes, r.role == turn.role, r.state.in_(OPEN), r.until > now)
        present = tx.connection.scalar(sa.select(r.id).where(*mine))
        if present is not None:
            return str(present)
        tx.connection.execute(
            sa.insert(t.remote_signing).values(
                id=id_, minutes=minutes, role=turn.role, signer=turn.name, by=by, state="asked", prepared="", ticket="",
                begun=now, until=now + turn.signer.patience.total_seconds(), said="",
            )
        )  # fmt: skip
        tx.journal("signing.asked", minutes, role=turn.role)
        tx.enqueue(KIND, f"{id_}:0", remote=id_, signer=turn.name, look=0)
    return id_


def request_of(house: House, id_: str) -> Asked:
    """Read one request. Raises InputError when there is none."""
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.remote_signing).where(t.remote_signing.c.id == id_)).one_or_none()
        now = work.database_now(connection)
    if row is None:
        raise InputError(_("Không có yêu cầu ký này."), where=id_, code="congkhai-E748")
    return _asked(row, now)


def open_request(house: House, minutes: str, role: str) -> Asked | None:
    """Return the request that is under way for a paper and role, or None."""
    r = t.remote_signing.c
    query = sa.select(t.remote_signing).where(r.minutes == minutes, r.role == role, r.state.in_(OPEN))
    with house.store.read() as connection:
        now = work.database_now(connection)
        row = connection.execute(query.where(r.until > now).order_by(r.begun.desc())).first()
    return None if row is None else _asked(row, now)


def give_up(house: House, id_: str, by: str) -> None:
    """Stop waiting; what is confirmed on the phone afterwards is not fetched any more."""
    with house.store.write(house.agency, by) as tx:
        row = tx.connection.execute(sa.select(t.remote_signing).where(t.remote_signing.c.id == id_)).one_or_none()
        if row is not None and row.state in OPEN:
            _end(tx, row, "failed", _("Người ký đã dừng chờ."))


def look(step: Step) -> None:
    """Go one step on with a request. Work kind ``remote-sign``; args: remote, signer, look (how many came before)."""
    house = step.house
    with house.store.read() as connection:
        query = sa.select(t.remote_signing).where(t.remote_signing.c.id == step.args["remote"])
        row = connection.execute(query).one()
        now = work.database_now(connection)
    if row.state not in OPEN:
        with step.commit():
            return
    if now >= row.until:
        with step.commit() as tx:
            _end(tx, row, "late", _("Chưa được xác nhận trong thời gian chờ."))
        return
    try:
        turn, signer = _turn(house, row)
        if row.state == "asked":
            _send(step, row, turn, signer)
        else:
            _fetch(step, row, turn, signer, now)
    except StoreError:
        raise  # the work is done again; the person still waits
    except (CongkhaiError, SigningError) as error:
        if isinstance(error, OutsideError) and not isinstance(error, AccessError):
            # The service may come back while the person still has time.
            _again(step, row, _poll(house, row.signer), now, state=row.state, said=explain(error)[0])
            return
        with step.commit() as tx:
            _end(tx, row, "declined" if error.code == _DECLINED else "failed", " ".join(explain(error)).strip())


def _turn(house: House, row: "sa.Row[tuple[object, ...]]") -> tuple[Turn, Confirmed]:
    """Return whose turn it is, if it still is; raises NotAllowedError."""
    named = house.signers.get(row.signer)
    turn = turn_of(house, row.minutes, named.role if named is not None else row.role)
    if not isinstance(turn.signer, Confirmed) or turn.role != row.role:
        raise NotAllowedError(
            what=_("Khóa của người ký đã đổi trong lúc chờ."), where=row.minutes, code="congkhai-E749",
            advice=_("Bắt đầu ký lại."),
        )  # fmt: skip
    return turn, turn.signer


def _poll(house: House, name: str) -> float:
    """Return the seconds between two looks at the service of a signer."""
    signer = house.signers.get(name)
    return signer.poll.total_seconds() if isinstance(signer, Confirmed) else 2.0


def _send(step: Step, row: "sa.Row[tuple[object, ...]]", turn: Turn, signer: Confirmed) -> None:
    """Prepare the signature and send its digest to the holder's phone."""
    prepared, _status = prepare_for(step.house, turn.paper, turn.signer, turn.role)
    ticket = signer.ask_holder(prepared.octets)
    with step.house.store.read() as connection:
        now = work.database_now(connection)
    _again(step, row, signer.poll.total_seconds(), now, state="waiting", ticket=ticket, prepared=prepared.to_json())


def _fetch(step: Step, row: "sa.Row[tuple[object, ...]]", turn: Turn, signer: Confirmed, now: float) -> None:
    """Look whether the holder has confirmed; keep the signature when they have."""
    house, prepared = step.house, Prepared.from_json(row.prepared)
    ticket, value = signer.collect(prepared.octets, row.ticket)
    if value is None:
        _again(step, row, signer.poll.total_seconds(), now, state="waiting", ticket=ticket)
        return
    status = checked_signer(turn.signer, house.configuration.trust.folder, house.clock.now()).status
    _keep(step, row, turn.paper, prepared, value, Proof(turn.role, turn.signer.person, "", status, way="remote"))


def _keep(
    step: Step, row: "sa.Row[tuple[object, ...]]", paper: Minutes, prepared: Prepared, value: bytes, proof: Proof
) -> None:  # fmt: skip
    def commit(finish: Callable[[Transaction], None]) -> None:
        with step.commit() as tx:
            tx.actor = row.by
            finish(tx)
            _end(tx, row, "done", "")

    keep_value(step.house, prepared, value, proof, commit, paper)


def _again(step: Step, row: "sa.Row[tuple[object, ...]]", poll: float, now: float, **values: object) -> None:
    """Write how things stand and plan the next look."""
    pause = max(poll, (now - row.begun) / _SLOWER)
    count = int(step.args["look"]) + 1
    with step.commit() as tx:
        _set(tx, row.id, **{"said": "", **values})
        work.enqueue(
            tx.connection, agency=tx.agency, kind=KIND, key=f"{KIND}:{row.id}:{count}", run_at=now + pause,
            args={"remote": row.id, "signer": row.signer, "look": count},
        )  # fmt: skip


def _end(tx: Transaction, row: "sa.Row[tuple[object, ...]]", state: str, said: str) -> None:
    _set(tx, row.id, state=state, said=said, prepared="", ticket="")
    if state != "done":
        tx.journal("signing.ended", row.minutes, role=row.role, state=state)


def _set(tx: Transaction, id_: str, **values: object) -> None:
    mine = (t.remote_signing.c.id == id_, t.remote_signing.c.state.in_(OPEN))
    tx.connection.execute(sa.update(t.remote_signing).where(*mine).values(**values))


def _asked(row: "sa.Row[tuple[object, ...]]", now: float) -> Asked:
    """Return a row as the page shows it: one whose time is over waits no more, even when no daemon has written so."""
    over = row.state in OPEN and now >= row.until
    return Asked(row.id, row.minutes, row.role, "late" if over else row.state, row.begun, row.until, row.said)
