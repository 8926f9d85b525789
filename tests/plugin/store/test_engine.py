"""Opening a store: its schema, its clock, and what it says when it cannot be used."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from congkhai.plugin.clock import SystemClock
from congkhai.plugin.errors import ConfigurationError, StoreError
from congkhai.plugin.store import Store, create_store, open_store
from congkhai.plugin.store.engine import DatabaseClock
from congkhai.plugin.store.tables import metadata
from tests.plugin.way.databases import database_of_its_own


def _address(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def test_migrations_and_tables_say_the_same(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_making_a_store_twice_keeps_it(tmp_path: Path) -> None:
    database = database_of_its_own(prepared=False)
    create_store(tmp_path, database=database)
    first = open_store(tmp_path, database=database)
    create_store(tmp_path, database=database)
    second = open_store(tmp_path, database=database)
    assert first.salt == second.salt
    first.close()
    second.close()


def test_a_missing_store_names_the_verb_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(tmp_path)
    assert "congkhai init" in caught.value.advice


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999"):
        open_store(store.folder, database=_address(store))


def test_simulated_time_survives_and_never_goes_back(store: Store) -> None:
    later = store.clock.now() + timedelta(days=1)
    store.set_simulated_time(later)
    again = open_store(store.folder, database=_address(store))
    assert again.clock.now() == later
    with pytest.raises(StoreError):
        again.set_simulated_time(later - timedelta(seconds=1))
    again.close()


def test_a_real_store_keeps_the_real_clock(tmp_path: Path) -> None:
    database = database_of_its_own()
    create_store(tmp_path, database=database)
    store = open_store(tmp_path, database=database)
    assert isinstance(store.clock, DatabaseClock if database else SystemClock)
    assert abs(store.clock.now() - SystemClock().now()) < timedelta(minutes=1)
    with pytest.raises(StoreError, match="simulated-clock"):
        store.set_simulated_time(datetime(2999, 1, 1, tzinfo=UTC))
    store.close()


def test_a_read_only_folder_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError) as caught:
        create_store(tmp_path / "x")
    assert "quyền ghi" in caught.value.advice


def test_commits_are_synchronous_and_in_wal(store: Store) -> None:
    with store.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
            return
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_an_event_is_told_only_after_the_commit(tmp_path: Path) -> None:
    database = database_of_its_own()
    create_store(tmp_path, database=database)
    told: list[str] = []
    store = open_store(tmp_path, database=database, tell=lambda hook, **facts: told.append(hook))
    with pytest.raises(ZeroDivisionError), store.write("xa", "test") as tx:
        tx.announce("document_received", document=None)
        raise ZeroDivisionError
    assert told == []
    with store.write("xa", "test") as tx:
        tx.announce("document_received", document=None)
        assert told == []
    assert told == ["document_received"]
    store.close()


def test_a_deadline_at_another_moment_replaces_the_open_one(store: Store) -> None:
    first, second = store.clock.now(), store.clock.now() + timedelta(days=3)
    with store.write("xa", "test") as tx:
        tx.set_deadline("close", "c1", first, "rule")
        tx.set_deadline("close", "c1", second, "amended calendar")
        tx.set_deadline("close", "c1", second, "amended calendar")
        rows = tx.connection.execute(sa.text("SELECT due, state FROM deadline ORDER BY id")).all()
    assert [row.state for row in rows] == ["superseded", "open"]
