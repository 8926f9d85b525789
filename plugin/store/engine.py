"""Opening the database so that it loses nothing, and the store that the rest of the house works with."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ..clock import Clock, SystemClock
from ..errors import ConfigurationError, StoreError
from ..text import _
from .tables import meta
from .transaction import Transaction
from .vault import Vault

_PRAGMAS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def _engine(url: str, *, writes: bool) -> sa.Engine:
    """
    Make an engine whose transactions neither lose updates nor acknowledge what may vanish.

    On SQLite the driver's own lazy transactions silently lose updates; ours take the write lock first
    (``BEGIN IMMEDIATE``) and reads get an engine of their own with plain ``BEGIN``.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class SimulatedClock:
    """Legal time as a row of the store: it survives restarts and moves only by `Store.set_simulated_time`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """Return the simulated moment."""
        with self._engine.connect() as connection:
            value = connection.scalar(sa.select(meta.c.value).where(meta.c.name == "simulated-now"))
        if value is None:
            raise StoreError(what=_("Kho này không dùng đồng hồ mô phỏng."), code="congkhai-E412")
        return datetime.fromisoformat(value)


@dataclass(frozen=True)
class Store:
    """
    The open store.

    Attributes:
        folder: work folder; vault, lock and exported dossiers lie below it.
        clock: legal time; the simulated clock when the store was made with one.
        salt: secret of this installation, for ids that must not reveal what they stand for.
        node: name of this node and process, as lease owner.
        tell: hands an event to the plugins after a commit.
    """

    folder: Path
    engine: sa.Engine
    reader: sa.Engine
    vault: Vault
    clock: Clock
    salt: bytes
    node: str
    tell: Callable[..., object]

    @contextmanager
    def write(self, agency: str, actor: str) -> Iterator[Transaction]:
        """
        Open a transaction for one act: rows, journal entries and follow-up work commit together or not at all.

        Args:
            agency: key of the agency whose journal the entries go to.
            actor: who acts: a person's name, ``congkhai``, or a plugin.

        Raises:
            StoreError: the database refused (locked, full, read-only); nothing was committed.
        """
        try:
            with self.engine.begin() as connection:
                transaction = Transaction(
                    connection, agency=agency, actor=actor, now=self.clock.now(), node=self.node, tell=self.tell
                )
                yield transaction
        except sa.exc.OperationalError as error:
            raise _refused(error, self.folder) from error
        for call in transaction.afterwards:
            call()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a read-only view that does not wait for writers."""
        with self.reader.connect() as connection:
            yield connection

    def set_simulated_time(self, moment: datetime) -> None:
        """
        Move the simulated clock forward.

        Raises:
            StoreError: this store lives by the real clock, or `moment` lies before the present one.
        """
        if moment < self.clock.now() or isinstance(self.clock, SystemClock):
            raise StoreError(
                what=_("Chỉ kho tạo với --simulated-clock mới đổi được giờ, và chỉ tiến về sau."), code="congkhai-E412",
                advice=_("Bỏ --now, hoặc tạo một kho thử bằng congkhai init --simulated-clock."),
            )  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(sa.update(meta).where(meta.c.name == "simulated-now").values(value=moment.isoformat()))

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        self.reader.dispose()


def _refused(error: sa.exc.OperationalError, folder: Path) -> StoreError:
    return StoreError(
        what=_("Cơ sở dữ liệu từ chối ghi: {reason}.").format(reason=error.orig),
        where=str(folder),
        advice=_("Kiểm tra dung lượng đĩa và quyền ghi của thư mục; việc đang làm được giữ lại và sẽ chạy tiếp."),
    )


def _alembic(url: str) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def database_url(folder: Path, database: str = "") -> str:
    """Return the database URL of a work folder: the one configured, or SQLite in the folder itself."""
    return database or f"sqlite:///{folder / 'congkhai.sqlite'}"


def create_store(folder: Path, *, database: str = "", simulated: datetime | None = None) -> None:
    """
    Make an empty store, or bring an existing one to the present schema.

    Args:
        folder: work folder; made with mode 0700 when missing.
        simulated: starting moment of a simulated clock; None for the real clock. A store keeps the clock it began with.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        url = database_url(folder, database)
        engine = _engine(url, writes=True)
        config = _alembic(url)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            fresh = connection.scalar(sa.select(meta.c.value).where(meta.c.name == "salt")) is None
            if fresh:
                values = {"salt": secrets.token_hex(32)}
                if simulated is not None:
                    values["simulated-now"] = simulated.isoformat()
                for name, value in values.items():
                    connection.execute(sa.insert(meta).values(name=name, value=value))
        engine.dispose()
    except (OSError, sa.exc.OperationalError) as error:
        raise StoreError(
            what=_("Không tạo được kho: {reason}.").format(reason=error), where=str(folder),
            advice=_("Cho tài khoản chạy congkhai quyền ghi vào thư mục này, hoặc đổi [store] folder."),
        ) from error  # fmt: skip


def _nobody(_hook: str, **_facts: object) -> None:
    """Tell nobody."""


def open_store(
    folder: Path, *, database: str = "", vault: Path | None = None, tell: Callable[..., object] = _nobody
) -> Store:
    """
    Open a store whose schema is exactly ours.

    Args:
        tell: hands events to the plugins, ``tell(hook, **facts)``; by default nobody listens.

    Raises:
        ConfigurationError: there is no store yet, or its schema is older or newer than this program.
    """
    url = database_url(folder, database)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigurationError(
            what=_("Chưa có kho dữ liệu."), where=str(folder), code="congkhai-E411",
            advice=_("Chạy congkhai init, hoặc kiểm tra [store] folder."),
        )  # fmt: skip
    engine, reader = _engine(url, writes=True), _engine(url, writes=False)
    with reader.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        ours = ScriptDirectory.from_config(_alembic(url)).get_current_head()
        if present != ours:
            raise ConfigurationError(
                what=_("Lược đồ của kho ({present}) khác lược đồ của chương trình ({ours}).").format(
                    present=present, ours=ours
                ),
                where=str(folder), code="congkhai-E413",
                advice=_("Kho cũ hơn: chạy congkhai init --keep; kho mới hơn: cài bản congkhai mới."),
            )  # fmt: skip
        values: dict[str, str] = {row.name: row.value for row in connection.execute(sa.select(meta))}
    clock: Clock = SimulatedClock(reader) if "simulated-now" in values else SystemClock()
    return Store(
        folder=folder,
        engine=engine,
        reader=reader,
        vault=Vault(vault or folder / "vault"),
        clock=clock,
        salt=bytes.fromhex(values["salt"]),
        node=f"{os.uname().nodename if hasattr(os, 'uname') else 'node'}:{os.getpid()}",
        tell=tell,
    )
