"""
Rows as of one moment, as one SQLite file, whichever database they live in; and the way back.

SQLite: its online backup, which sees one committed state while others write. PostgreSQL: every table of ours, read in
one repeatable-read transaction. One form for both means one way to verify, and a backup of the one restores to the
other. Programs of the database's own (``pg_dump``) remain free to be used beside.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from . import store as store_package
from .errors import StoreError
from .store import Store, create_store
from .store import tables as t
from .text import _

_MANY = 500
"""Rows copied at once."""


def known_revisions() -> frozenset[str]:
    """Return every revision of the tables that this program can open or bring up to date."""
    scripts = ScriptDirectory(str(Path(str(store_package.__file__)).with_name("migrations")))
    return frozenset(one.revision for one in scripts.walk_revisions())


def sqlite_url(file: Path) -> str:
    """Return the address of an SQLite file."""
    return f"sqlite:///{file}"


def snapshot(store: Store, file: Path) -> str:
    """
    Write every row as of one moment into a new SQLite file.

    Args:
        file: must not exist; its folder must.

    Returns:
        The schema's revision.

    Raises:
        StoreError: the database does not answer, or the disk is full.
    """
    try:
        with store.reader.connect() as source:
            revision = str(MigrationContext.configure(source).get_current_revision())
            if source.dialect.name == "sqlite":
                _copy_file(source, file)
            else:
                create_store(file.parent, database=sqlite_url(file))
                # Autobegin has started a transaction for the revision; the level must be set before the first read.
                source.rollback()
                source.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                engine = sa.create_engine(sqlite_url(file))
                with engine.begin() as target:
                    copy_rows(source, target)
                engine.dispose()
        single_file(file)
    except (sa.exc.OperationalError, sqlite3.Error, OSError) as error:
        raise StoreError(
            what=_("Không chụp được cơ sở dữ liệu: {reason}.").format(reason=error), where=str(file),
            code="congkhai-E795", advice=_("Kiểm tra dung lượng đĩa và cơ sở dữ liệu rồi sao lưu lại."),
        ) from error  # fmt: skip
    return revision


def _copy_file(source: sa.Connection, file: Path) -> None:
    raw = source.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError("the SQLite dialect without its driver")
    source.rollback()
    with closing(sqlite3.connect(file)) as target:
        raw.backup(target)


def single_file(file: Path) -> None:
    """Bring what lies in the companions of a closed database into its one file, which can then be carried anywhere."""
    with closing(sqlite3.connect(file)) as whole:
        whole.execute("PRAGMA journal_mode=DELETE")


def copy_rows(source: sa.Connection, target: sa.Connection) -> int:
    """
    Copy every row into a store that was made just now; both have our present schema.

    Returns:
        How many rows were copied.
    """
    copied = 0
    target.execute(sa.delete(t.meta))  # what making it wrote; the journal is append-only and must be empty anyway
    for table in t.metadata.sorted_tables:
        result = source.execute(sa.select(table)).mappings()
        while rows := result.fetchmany(_MANY):
            target.execute(sa.insert(table), [dict(row) for row in rows])
            copied += len(rows)
        if target.dialect.name == "postgresql":
            _count_on(target, table)
    return copied


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Let the numbers that PostgreSQL gives out go on after the highest that was copied."""
    for column in table.primary_key.columns:
        if isinstance(column.type, sa.Integer) and not column.foreign_keys and column.autoincrement is not False:
            name = connection.scalar(
                sa.select(sa.func.pg_get_serial_sequence(sa.literal(table.name), sa.literal(column.name)))
            )
            highest = connection.scalar(sa.select(sa.func.max(column)))
            if name and highest:
                connection.execute(sa.select(sa.func.setval(name, highest)))


def integrity(file: Path) -> str:
    """Return ``ok``, or what SQLite finds wrong with a file."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return "; ".join(str(row[0]) for row in connection.execute("PRAGMA integrity_check"))
    except sqlite3.Error as error:
        return str(error)


def named_files(connection: sa.Connection) -> set[str]:
    """Return the digests of the papers that the rows cannot do without: files taken in, minutes, sealed dossiers."""
    columns = (
        t.attachment.c.sha256, t.minutes.c.file_sha256, t.minutes.c.pdf_sha256, t.dossier.c.sha256,
        t.dossier_volume.c.sha256, t.scan.c.sha256, t.claim.c.sha256, t.signature.c.beside,
        t.dossier_waiver.c.sha256,
    )  # fmt: skip
    return {digest for column in columns for digest in connection.scalars(sa.select(column).distinct()) if digest}
