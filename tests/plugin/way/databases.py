"""Where the houses of these tests keep their rows: SQLite in the folder, or the tests' PostgreSQL server."""

import os
import re
import shutil
import tempfile
import uuid
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from congkhai.plugin.store import create_store
from congkhai.plugin.store import tables as t

_SERVER = "CONGKHAI_TEST_POSTGRESQL"
"""Set by ``tests/conftest.py`` to the folder of the server's socket when the tests run on PostgreSQL."""
_DATABASE = re.compile(r"^database = .*/(h[0-9a-f]+)\?.*$", re.MULTILINE)


def _url(name: str) -> str:
    return f"postgresql+psycopg://congkhai@/{name}?host={os.environ[_SERVER]}"


def _create(template: str = "template1") -> str:
    """Make a database like another one, to which nobody may be connected; return its name."""
    name = "h" + uuid.uuid4().hex
    engine = sa.create_engine(_url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()
    return name


@lru_cache(maxsize=1)
def _prepared() -> str:
    """Make a database with our schema and nothing in it, to be copied: once a process; return its name."""
    name = _create()
    with tempfile.TemporaryDirectory() as folder:
        create_store(Path(folder), database=_url(name))
    engine = sa.create_engine(_url(name))
    with engine.begin() as connection:
        connection.execute(sa.delete(t.meta))  # each house makes its own salt and begins its own clock
    engine.dispose()
    return name


def database_of_its_own(*, prepared: bool = True) -> str:
    """Make a database, with our empty schema or with nothing; return its address. Empty: SQLite, in the folder."""
    if _SERVER not in os.environ:
        return ""
    return _url(_create(_prepared()) if prepared else _create())


def new_database(ini: str) -> tuple[str, str]:
    """Make an empty database for a house. Returns its address (empty: SQLite) and the ini that names it."""
    url = database_of_its_own()
    if not url:
        return "", ini
    return url, f"{ini}\n[store]\nfolder = data\ndatabase = {url}\n"


def copy_home(source: Path, target: Path) -> Path:
    """Copy a closed house to another folder, with its rows wherever they are."""
    shutil.copytree(source, target)
    ini = target / "congkhai.ini"
    text = ini.read_text(encoding="utf-8")
    found = _DATABASE.search(text)
    if found:
        url = _url(_create(found.group(1)))
        ini.write_text(_DATABASE.sub(f"database = {url}", text), encoding="utf-8")
    return target


def arrival() -> sa.ColumnElement[int]:
    """Return what sorts documents in the order they came in: the journal entry that first names each."""
    first = sa.select(sa.func.min(t.journal.c.seq)).where(t.journal.c.body.contains(t.document.c.id))
    return first.scalar_subquery()


def integrity_of(connection: sa.Connection) -> str:
    """Return what the database says of its own files; PostgreSQL checks its pages when it reads them."""
    return str(connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()) if _is_sqlite(connection) else "ok"


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"
