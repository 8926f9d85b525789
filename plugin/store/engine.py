"""Opening the database so that it loses nothing, and the store that the rest of the house works with."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ..clock import Clock, SystemClock
from ..errors import ConfigurationError, StoreError
from ..text import SOURCE, _, speaking
from .nodes import Held, alone, lock_number, node_name
from .tables import meta
from .transaction import Transaction
from .vault import Vault
from .vault_s3 import Bucket, S3Vault

SILENCE = 45.0
"""Seconds of silence after which both ends of a connection to a server take the other for gone."""
_CONNECTING = 10
MOVED = "moved-to"
"""Name of the row in `meta` by which a store says that its rows live elsewhere now."""
_PRAGMAS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def _patience(silence: float) -> dict[str, str | int]:
    """
    Return the connection settings by which both ends notice that the other is gone, whether they speak or listen.

    A cut network drops packets and answers nothing; without these a question would be waited for through a quarter of
    an hour, and the server would keep a dead node's locks for two hours. Whoever listens probes after a third of the
    silence; the silence itself ends the connection on either side. A stopped writer does not stop the others.

    Source: PostgreSQL "Database Connection Control Functions" and "Connections and Authentication"; tcp(7).
    """
    whole = max(2, round(silence))
    idle, interval = max(1, whole // 3), max(1, whole // 6)
    server = {
        "tcp_keepalives_idle": idle, "tcp_keepalives_interval": interval, "tcp_keepalives_count": 3,
        "tcp_user_timeout": whole * 1000, "idle_in_transaction_session_timeout": 60_000,
    }  # fmt: skip
    return {
        "connect_timeout": min(whole, _CONNECTING), "keepalives_idle": idle, "keepalives_interval": interval,
        "keepalives_count": 3, "tcp_user_timeout": whole * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }  # fmt: skip


def engine_of(url: str, *, writes: bool, idle: int = 5, silence: float = SILENCE) -> sa.Engine:
    """
    Make an engine whose transactions neither lose updates nor acknowledge what may vanish.

    Args:
        writes: whether its transactions take the write lock at once.
        idle: connections to a server that are kept when nobody uses them.
        silence: seconds after which a server that says nothing at all is taken for gone, and we by it.

    On SQLite the driver's own lazy transactions silently lose updates; ours take the write lock first
    (``BEGIN IMMEDIATE``) and reads get an engine of their own with plain ``BEGIN``. On PostgreSQL a writer takes the
    lock of its agency (see `Store.write`), and a connection that the server dropped is noticed before it is used.
    """
    if url.startswith("sqlite"):
        engine = sa.create_engine(url)
    else:
        engine = sa.create_engine(
            url, pool_pre_ping=True, connect_args=_patience(silence), pool_size=idle, max_overflow=10
        )
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


class DatabaseClock:
    """Legal time of several nodes on one database: the server's, so that nodes with skewed clocks agree."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """Return the server's moment in UTC, cut to whole seconds. Raises StoreError when it does not answer."""
        try:
            with self._engine.connect() as connection:
                moment: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        except sa.exc.OperationalError as error:
            raise _refused(error, Path()) from error
        return moment.astimezone(UTC).replace(microsecond=0)


class SimulatedClock:
    """Legal time as a row of the store: it survives restarts and moves only by `Store.set_simulated_time`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """Return the simulated moment. Raises StoreError when the database does not answer."""
        try:
            with self._engine.connect() as connection:
                value = connection.scalar(sa.select(meta.c.value).where(meta.c.name == "simulated-now"))
        except sa.exc.OperationalError as error:
            raise _refused(error, Path()) from error
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
        node: name of this node and process, as lease owner; no two nodes on one database may share the name.
        tell: hands an event to the plugins after a commit.
        silence: seconds after which a server that says nothing is taken for gone.
    """

    folder: Path
    engine: sa.Engine
    reader: sa.Engine
    vault: Vault | S3Vault
    clock: Clock
    salt: bytes
    node: str
    tell: Callable[..., object]
    whole_: "Store | None" = None
    silence: float = SILENCE

    @property
    def whole(self) -> "Store":
        """The store of the installation, which shows the rows of every agency; for what concerns files and backups."""
        return self.whole_ or self

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
        with speaking(SOURCE):  # what is stored is Vietnamese, whoever acts
            yield from self._write(agency, actor)

    def _write(self, agency: str, actor: str) -> Iterator[Transaction]:
        try:
            with self.engine.begin() as connection:
                if connection.dialect.name != "sqlite":
                    _lock_agency(connection, agency)
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
        """Open a read-only view that does not wait for writers. Raises StoreError when the database does not answer."""
        try:
            with self.reader.connect() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise _refused(error, self.folder) from error

    @contextmanager
    def alone(self, agency: str, resource: str) -> Iterator[Held]:
        """
        Use what must not be used by two nodes at once, waiting for the others. Raises StoreError.

        Yields:
            The lock; ask `Held.stands` inside the last transaction.
        """
        try:
            with alone(self.engine, agency, resource) as held:
                yield held
        except sa.exc.OperationalError as error:
            raise _refused(error, self.folder) from error

    def set_simulated_time(self, moment: datetime) -> None:
        """
        Move the simulated clock forward.

        Raises:
            StoreError: this store lives by the real clock, or `moment` lies before the present one.
        """
        if moment < self.clock.now() or not isinstance(self.clock, SimulatedClock):
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
        if self.whole_ is not None:
            self.whole_.close()


def _lock_agency(connection: sa.Connection, agency: str) -> None:
    """
    Let one writer of an agency work at a time, as SQLite does for all.

    What a transaction reads then stays true until it commits, whatever other nodes do; different agencies do not wait
    for each other. The lock ends with the transaction, also when the node dies.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": lock_number(agency)})


def _refused(error: sa.exc.OperationalError, folder: Path) -> StoreError:
    return StoreError(
        what=_("Cơ sở dữ liệu từ chối ghi: {reason}.").format(reason=error.orig),
        where=str(folder),
        advice=_("Kiểm tra dung lượng đĩa và quyền ghi của thư mục; việc đang làm được giữ lại và sẽ chạy tiếp."),
    )


def alembic_config(url: str) -> AlembicConfig:
    """Return where the migrations lie, for a database."""
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
        engine = engine_of(url, writes=True)
        config = alembic_config(url)
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


def _what_it_says(reader: sa.Engine, url: str, folder: Path) -> dict[str, str]:
    """Return what a store says of itself. Raises ConfigurationError, StoreError: it is not one that we can work on."""
    try:
        with reader.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
            ours = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
            if present != ours:
                raise ConfigurationError(
                    what=_("Lược đồ của kho ({present}) khác lược đồ của chương trình ({ours}).").format(
                        present=present, ours=ours
                    ),
                    where=str(folder), code="congkhai-E413",
                    advice=_("Kho cũ hơn: chạy congkhai migrate; kho mới hơn: cài bản congkhai mới."),
                )  # fmt: skip
            values: dict[str, str] = {row.name: row.value for row in connection.execute(sa.select(meta))}
    except sa.exc.OperationalError as error:
        raise _refused(error, folder) from error
    if MOVED in values:
        raise ConfigurationError(
            what=_("Kho này đã được chuyển sang {place}.").format(place=values[MOVED]), where=str(folder),
            code="congkhai-E794", advice=_("Đặt [store] database thành địa chỉ mới."),
        )  # fmt: skip
    return values


def open_store(
    folder: Path, *, database: str = "", vault: Path | Bucket | None = None, node: str = "",
    tell: Callable[..., object] = _nobody, silence: float = SILENCE,
) -> Store:  # fmt: skip
    """
    Open a store whose schema is exactly ours.

    Args:
        vault: folder of the files, or the bucket on S3; None: ``vault`` in the work folder.
        node: name of this node; empty: the machine's.
        tell: hands events to the plugins, ``tell(hook, **facts)``; by default nobody listens.
        silence: seconds after which a server that says nothing is taken for gone.

    Raises:
        ConfigurationError: there is no store yet, its schema is older or newer than this program, or it has moved.
        StoreError: the database does not answer.
    """
    url = database_url(folder, database)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigurationError(
            what=_("Chưa có kho dữ liệu."), where=str(folder), code="congkhai-E411",
            advice=_("Chạy congkhai init, hoặc kiểm tra [store] folder."),
        )  # fmt: skip
    reader = engine_of(url, writes=False, silence=silence)
    try:
        values = _what_it_says(reader, url, folder)
    except BaseException:
        reader.dispose()
        raise
    clock: Clock = SystemClock() if reader.dialect.name == "sqlite" else DatabaseClock(reader)
    if "simulated-now" in values:
        clock = SimulatedClock(reader)
    name = node_name(folder, node, shared=reader.dialect.name != "sqlite")
    return Store(
        folder=folder,
        engine=engine_of(url, writes=True, silence=silence),
        reader=reader,
        vault=S3Vault(vault) if isinstance(vault, Bucket) else Vault(vault or folder / "vault"),
        clock=clock,
        salt=bytes.fromhex(values["salt"]),
        node=f"{name}:{os.getpid()}",
        tell=tell,
        silence=silence,
    )
