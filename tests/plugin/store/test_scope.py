"""Two agencies in one database: whatever statement one of them sends, it meets none of the other's rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.clock import ZONE
from congkhai.plugin.store import Store, verify_journal, work
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.scope import SHARED, condition, separated

MINE, THEIRS = "mau-son", "tan-lap"


@dataclass
class Two:
    """One store as each of two agencies sees it, and as nobody does."""

    whole: Store
    mine: Store
    theirs: Store


def fill(connection: sa.Connection, agency: str, mark: str) -> None:
    """Write one row into every table, for an agency, with everything that a foreign key asks for."""
    made: dict[str, Any] = {}
    for table in t.metadata.sorted_tables:
        if table.name in SHARED:
            continue
        values = {one.name: _value(table, one, agency, mark, made) for one in table.columns if _wanted(one)}
        key = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        made[table.name] = {**values, **(dict(key._mapping) if key is not None else {})}


def _wanted(column: "sa.Column[Any]") -> bool:
    return column is not column.table.autoincrement_column  # the database numbers those


def _value(table: sa.Table, column: "sa.Column[Any]", agency: str, mark: str, made: dict[str, Any]) -> Any:
    if column.name == "agency":
        return agency
    for key in column.foreign_keys:
        return made[key.column.table.name][key.column.name]
    if table.name in ("dossier", "dossier_waiver") and column.name == "subject":
        return made["disclosure"]["id"]
    kind = column.type
    plain: dict[type, Any] = {
        t.Moment: datetime(2026, 7, 1, 8, tzinfo=ZONE), t.Day: date(2026, 7, 1), sa.JSON: [], sa.Boolean: False,
        sa.Float: 1.0,
    }  # fmt: skip
    for type_, value in plain.items():
        if isinstance(kind, type_):
            return value
    return 1 if isinstance(kind, sa.Integer) else f"{mark}-{column.name}"


@pytest.fixture
def two(store: Store) -> Iterator[Two]:
    """Two agencies with a row of each in every table."""
    with store.engine.begin() as connection:
        fill(connection, MINE, "A")
        fill(connection, THEIRS, "B")
    both = Two(store, separated(store, MINE), separated(store, THEIRS))
    yield both
    both.mine.engine.dispose()
    both.mine.reader.dispose()
    both.theirs.engine.dispose()
    both.theirs.reader.dispose()


def test_every_table_belongs_to_an_agency_or_is_named_as_shared() -> None:
    for table in t.metadata.sorted_tables:
        if table.name in SHARED:
            assert "agency" not in table.c
        else:
            assert condition(table, MINE, "main")
    with pytest.raises(ValueError, match="key"):
        condition(t.job, "x' OR '1'='1", "main")


def test_each_sees_its_own_rows_and_no_others_in_every_table(two: Two) -> None:
    for table in t.metadata.sorted_tables:
        if table.name in SHARED:
            continue
        for engines in (lambda one: one.reader, lambda one: one.engine):
            counts = []
            for one in (two.whole, two.mine, two.theirs):
                with engines(one).connect() as connection:
                    counts.append(connection.scalar(sa.select(sa.func.count()).select_from(table)))
            assert counts == [2, 1, 1], table.name


TABLES = sorted(table.name for table in t.metadata.sorted_tables if table.name not in SHARED)


def test_no_statement_of_one_reaches_the_other(two: Two) -> None:
    for name in TABLES:
        for kind in ("update", "delete", "insert", "all", "move", "text"):
            _try(two, name, kind)


def _try(two: Two, name: str, kind: str) -> None:
    table = t.metadata.tables[name]
    before = _of(two.theirs, table)
    with two.whole.read() as connection:
        rows = connection.execute(sa.select(table)).mappings().all()
    (foreign,) = [dict(row) for row in rows if row in before]
    key = sa.and_(*(column == foreign[column.name] for column in table.primary_key.columns))
    some = next(
        column for column in table.columns if not column.primary_key or len(table.columns) == len(table.primary_key)
    )
    with pytest.raises(_UndoneError), two.mine.engine.begin() as connection:
        assert connection.execute(sa.select(table).where(key)).all() == []
        try:
            if kind == "update":
                assert connection.execute(sa.update(table).where(key).values({some: foreign[some.name]})).rowcount == 0
            elif kind == "delete":
                assert connection.execute(sa.delete(table).where(key)).rowcount == 0
            elif kind == "all":
                connection.execute(sa.delete(table))
            elif kind == "text":
                connection.exec_driver_sql(f"DELETE FROM {name}")
            elif kind == "insert":
                number = table.autoincrement_column
                values = {key: one for key, one in foreign.items() if number is None or key != number.name}
                connection.execute(sa.insert(table).values(**values))
                pytest.fail("a row of the other agency was taken")
            elif "agency" in table.c:
                connection.execute(sa.update(table).values(agency=THEIRS))
                pytest.fail("a row was moved to the other agency")
        except sa.exc.DBAPIError:
            raise _UndoneError from None  # refused by the database: journal, references, the other agency
        assert _in(connection, two, table, before)
        raise _UndoneError
    assert _of(two.theirs, table) == before


class _UndoneError(Exception):
    """Ends a transaction that is to leave nothing behind."""


def _of(store: Store, table: sa.Table) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(sa.select(table)).mappings().all())


def _in(connection: sa.Connection, two: Two, table: sa.Table, before: list[Any]) -> bool:
    """Tell whether the other's rows still stand, as the transaction itself would see them without views."""
    schema = "main." if connection.dialect.name == "sqlite" else "public."
    rows = connection.exec_driver_sql(f"SELECT count(*) FROM {schema}{table.name}").scalar_one()
    return int(rows) >= len(before)


def test_work_and_journal_go_on_apart(two: Two) -> None:
    for store, agency in ((two.mine, MINE), (two.theirs, THEIRS)):
        with store.engine.begin() as connection:
            connection.execute(sa.delete(t.job))
        with store.write(agency, "test") as tx:
            assert tx.enqueue("tag", f"{agency}-1", document="d1")
            assert not tx.enqueue("tag", f"{agency}-1", document="d1")
            tx.connection.execute(sa.update(t.job).values(run_at=0.0))
    with two.mine.write(MINE, "test") as tx:
        (job,) = work.claim(tx.connection, owner="n:1", kinds=["tag"], lease=60)
        assert (job.agency, job.key) == (MINE, f"tag:{MINE}-1")
        assert not work.claim(tx.connection, owner="n:1", kinds=["tag"], lease=60)
        assert work.advance(tx.connection, job, state="done")
    with two.theirs.read() as connection:
        assert work.anything_due(connection, ["tag"])
    with pytest.raises(sa.exc.DBAPIError), two.mine.write(THEIRS, "test") as tx:
        tx.journal("test.act", "x")
    with two.theirs.read() as connection:
        assert verify_journal(connection, MINE).entries == 0  # the chain of another agency cannot even be read


def test_an_installation_of_one_agency_has_no_views(store: Store) -> None:
    with store.read() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_temp_master").scalar_one() == 0
        assert store.whole is store
