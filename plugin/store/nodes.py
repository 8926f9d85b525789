"""What several nodes on one database agree on: who is called what, and who does what cannot be done by two at once."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ..errors import BusyError
from ..text import _

_IDENTITY = "node"


def lock_number(*parts: str) -> int:
    """Return the number (64 bits, signed) under which PostgreSQL keeps an advisory lock of this name."""
    return int.from_bytes(hashlib.sha256(":".join(("congkhai", *parts)).encode()).digest()[:8], "big", signed=True)


def node_name(folder: Path, chosen: str, *, shared: bool) -> str:
    """
    Return the name of the node that works in a folder.

    Args:
        folder: work folder of the node.
        chosen: ``[work] node``; empty: the machine's name.
        shared: whether other nodes may be on the same database. Machines made from one image have one name, and two
            folders of one machine too, so a mark that is kept in the folder is added then.
    """
    name = chosen or (os.uname().nodename if hasattr(os, "uname") else "node")
    return f"{name}-{_mark(folder)}" if shared and not chosen else name


def _mark(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / _IDENTITY
    if not file.exists():
        fresh = file.with_name(f"{_IDENTITY}.{os.getpid()}")
        fresh.write_text(secrets.token_hex(4), encoding="ascii")
        with suppress(FileExistsError):
            os.link(fresh, file)  # whole or not at all; the first of two processes names the node
        fresh.unlink()
    return file.read_text(encoding="ascii")


@dataclass(frozen=True, slots=True)
class Held:
    """A lock between nodes; `process` is the server's process that holds it for us, 0 where there is but one node."""

    number: int = 0
    process: int = 0

    def stands(self, connection: sa.Connection) -> bool:
        """Tell, inside a transaction, whether the lock is still ours: it is gone with the connection that took it."""
        if not self.process:
            return True
        high, low = divmod(self.number % 2**64, 2**32)
        query = sa.text(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :process"
            " AND classid::bigint = :high AND objid::bigint = :low AND objsubid = 1)"
        )
        return bool(connection.scalar(query, {"process": self.process, "high": high, "low": low}))


@contextmanager
def alone(engine: sa.Engine, *parts: str) -> Iterator[Held]:
    """
    Do something as the only node, waiting for the others; on SQLite there is but one node, and nothing to wait for.

    The lock belongs to a connection, so that it ends when the node dies, however it dies.
    """
    if engine.dialect.name == "sqlite":
        yield Held()
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = Held(lock_number("alone", *parts), int(connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0))
        try:
            connection.execute(sa.text("SELECT pg_advisory_lock(:number)"), {"number": held.number})
            yield held
        finally:
            _give_back(connection, held.number)


class _Name:
    """A node's name on the database: a lock of a connection that does nothing else."""

    def __init__(self, engine: sa.Engine, number: int) -> None:
        self._engine = engine
        self._number = number
        self._connection: sa.Connection | None = None

    def hold(self) -> bool:
        """
        Take the name, or see that we still have it; a lock that went with its connection is taken again.

        Returns:
            False when a session holds it that is not ours, or no longer ours.

        Raises:
            sqlalchemy.exc.OperationalError: the database does not answer.
        """
        if self._connection is not None:
            try:
                self._connection.execute(sa.text("SELECT 1"))
            except sa.exc.DBAPIError:  # the connection is gone, and the lock with it
                self._connection.invalidate()
                self._connection.close()
                self._connection = None
            else:
                return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(sa.text("SELECT pg_try_advisory_lock(:number)"), {"number": self._number}):
            self._connection = connection
            return True
        connection.close()
        return False

    def leave(self) -> None:
        """Give the name back."""
        if self._connection is not None:
            _give_back(self._connection, self._number)
            self._connection.close()


@contextmanager
def sole_node(engine: sa.Engine, name: str) -> Iterator[Callable[[], bool]]:
    """
    Be the only running node of a name for the time of the block, so that its dead predecessor's leases may be taken.

    Yields:
        What to call now and then: it takes the name again after the database was lost, and tells whether it is ours.

    Raises:
        BusyError: a node of this name is running on this database.
    """
    if engine.dialect.name == "sqlite":
        yield lambda: True  # the lock file of the work folder says it all
        return
    own = _Name(engine, lock_number("node", name))
    if not own.hold():
        raise BusyError(
            what=_("Trên cơ sở dữ liệu này đang có một nút khác cũng tên {name}.").format(name=name),
            where="[work] node", code="congkhai-E790",
            advice=_("Đặt tên riêng cho mỗi nút trong [work] node; nút vừa bị ngắt: chờ một phút rồi chạy lại."),
        )  # fmt: skip
    try:
        yield own.hold
    finally:
        own.leave()


def _give_back(connection: sa.Connection, number: int) -> None:
    try:
        connection.execute(sa.text("SELECT pg_advisory_unlock(:number)"), {"number": number})
    except sa.exc.DBAPIError:  # the connection is gone, and the lock with it
        connection.invalidate()
