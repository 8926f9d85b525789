"""
Separating agencies that share one database: each works through connections that show and take its own rows only.

Every connection of a separated store begins with temporary views that stand before the tables of the same names and
show one agency's rows; whatever statement comes, from whichever function, sees nothing else. Writing is held by the
database too: on PostgreSQL through the views (``WITH LOCAL CHECK OPTION``), on SQLite, whose views cannot be written,
by temporary triggers on the tables: a row of another agency is passed over by UPDATE and DELETE, and refused by INSERT.
An installation of one agency uses none of this.

Source: SQLite "CREATE VIEW" and "CREATE TRIGGER" (temporary objects come first when names are resolved), PostgreSQL
"CREATE VIEW" (updatable views) and ``search_path`` (the temporary schema is searched first).
"""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from .engine import Store, engine_of
from .tables import metadata

SHARED = frozenset({"meta", "attempt"})
"""Tables that belong to the installation: its settings and clock, and failed sign-ins by name and address."""
KEY = re.compile("[a-z0-9][a-z0-9-]{0,31}")
"""Keys of agencies; they stand in statements as text."""
_WRITES = re.compile(r'\b(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) ("?)(\w+)\2')
_MATTERS = ("disclosure", "staff_matter")
_SUBJECTS = {"dossier": ("subject", _MATTERS), "dossier_waiver": ("subject", _MATTERS)}
"""Tables whose owner is named without a foreign key."""


def condition(table: sa.Table, agency: str, schema: str, row: str = "") -> str:
    """
    Return the SQL condition under which a row belongs to an agency.

    Args:
        schema: where the tables themselves lie.
        row: what columns are written after, e.g. ``NEW``; empty for bare columns.

    Raises:
        ValueError: the table has no way to an agency; a test names every such table.
    """
    head = f"{row}." if row else ""
    if "agency" in table.c:
        return f"{head}agency = '{_safe(agency)}'"
    if table.name in _SUBJECTS:
        column, parents = _SUBJECTS[table.name]
        owned = [f"{head}{column} IN ({_owned(metadata.tables[one], agency, schema)})" for one in parents]
        return f"({' OR '.join(owned)})"
    parts = [
        f"{head}{key.parent.name} IN ({_owned(key.column.table, agency, schema)})"
        for key in sorted(table.foreign_keys, key=lambda one: str(one.parent.name))
    ]
    if not parts:
        raise ValueError(f"{table.name} belongs to no agency")
    return " AND ".join(parts)


def _owned(table: sa.Table, agency: str, schema: str) -> str:
    (key,) = table.primary_key.columns
    return f"SELECT {key.name} FROM {schema}.{table.name} WHERE {condition(table, agency, schema)}"  # noqa: S608  # nosec B608 - names are ours, the key is checked


def _safe(agency: str) -> str:
    if not KEY.fullmatch(agency):
        raise ValueError(f"{agency!r} is no key of an agency")
    return agency


@cache
def _sqlite_statements(agency: str) -> tuple[str, ...]:
    made: list[str] = []
    for table in metadata.sorted_tables:
        if table.name in SHARED:
            continue
        name = table.name
        mine = condition(table, agency, "main")
        made.append(f"CREATE TEMP VIEW {name} AS SELECT * FROM main.{name} WHERE {mine}")  # noqa: S608  # nosec B608 - as above
        for act, row, answer in (
            ("INSERT", "NEW", "RAISE(ABORT, 'a row of another agency')"), ("UPDATE", "OLD", "RAISE(IGNORE)"),
            ("DELETE", "OLD", "RAISE(IGNORE)"),
        ):  # fmt: skip
            other = f"NOT coalesce({condition(table, agency, 'main', row)}, 0)"
            made.append(
                f"CREATE TEMP TRIGGER own_{name}_{act.lower()} BEFORE {act} ON main.{name} "
                f"WHEN {other} BEGIN SELECT {answer}; END"
            )
        moved = f"NOT coalesce({condition(table, agency, 'main', 'NEW')}, 0)"
        made.append(
            f"CREATE TEMP TRIGGER own_{name}_move BEFORE UPDATE ON main.{name} "
            f"WHEN {moved} AND coalesce({condition(table, agency, 'main', 'OLD')}, 0) "
            "BEGIN SELECT RAISE(ABORT, 'a row of another agency'); END"
        )
    return tuple(made)


@cache
def _postgresql_statements(agency: str, schema: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TEMP VIEW {table.name} AS SELECT * FROM {schema}.{table.name} "  # noqa: S608  # nosec B608 - as above
        f"WHERE {condition(table, agency, schema)} WITH LOCAL CHECK OPTION"
        for table in metadata.sorted_tables
        if table.name not in SHARED
    )


def _separate(engine: sa.Engine, agency: str) -> None:
    """Make every new connection of an engine see one agency only."""
    sqlite = engine.dialect.name == "sqlite"

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        if sqlite:
            for statement in _sqlite_statements(agency):
                connection.execute(statement)
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(current_schema())")
            schema = cursor.fetchone()[0]
            for statement in _postgresql_statements(agency, schema):
                cursor.execute(statement)
        connection.commit()

    if sqlite:
        sa.event.listen(engine, "before_cursor_execute", _to_the_tables, retval=True)


def _to_the_tables(
    _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, _many: bool
) -> tuple[str, Any]:
    """Let what writes name the table itself: SQLite's views cannot be written, and the triggers hold the table."""

    def named(found: re.Match[str]) -> str:
        act, quote, table = found.groups()
        if table not in metadata.tables or table in SHARED:
            return found.group(0)
        return f"{act} main.{quote}{table}{quote}"

    return _WRITES.sub(named, statement, count=1), parameters


def separated(whole: Store, agency: str) -> Store:
    """
    Return the store as one agency may see it; files, clock and salt are shared, rows are not.

    Args:
        whole: the store of the installation; it stays open, and is what `Store.whole` gives.
        agency: its key.

    Raises:
        ValueError: no key of an agency.
    """
    _safe(agency)
    url = whole.engine.url.render_as_string(hide_password=False)
    # Idle connections count: an installation of a hundred agencies keeps two for each, not ten.
    engine, reader = (engine_of(url, writes=writes, idle=1, silence=whole.silence) for writes in (True, False))
    for one in (engine, reader):
        _separate(one, agency)
    return replace(whole, engine=engine, reader=reader, whole_=whole)
