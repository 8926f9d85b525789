"""A store is brought to a newer schema with its journal whole, and moves to another database row by row."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from congkhai.plugin.errors import ConfigurationError, StoreError
from congkhai.plugin.store import Store, create_store, moving, open_store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.engine import alembic_config, database_url, engine_of
from congkhai.plugin.store.journal import ZERO, entry_hash
from congkhai.plugin.store.moving import move, upgrade
from tests.plugin.way.databases import database_of_its_own


def _address(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def _quiet(_table: str, _rows: int) -> None:
    pass


def _fill(store: Store) -> None:
    with store.write("xa", "Nguyễn Văn Mẫu") as tx:
        tx.journal("test.act", "d1", number=1)
        tx.remark("d1", "lý do có dấu: Đông Sơn – “ngoặc”")
        tx.record_fault("test", "d1", "hỏng")
        tx.enqueue("tag", "d1", document="d1")
        tx.set_deadline("close", "c1", tx.now, "rule")
    with store.write("so", "test") as tx:
        tx.journal("test.act", "x")


@pytest.fixture
def target(tmp_path: Path) -> str:
    """Address of an empty database of the kind that the tests run on."""
    return database_of_its_own(prepared=False) or f"sqlite:///{tmp_path / 'moi.sqlite'}"


def test_an_older_store_with_a_journal_is_upgraded_and_its_chain_holds(tmp_path: Path) -> None:
    database = database_of_its_own(prepared=False)
    url = database_url(tmp_path, database)
    engine = engine_of(url, writes=True)
    config = alembic_config(url)
    body = '{"act":"test.act","subject":"d1","v":1}'
    values = {"b": body, "z": ZERO, "h": entry_hash(ZERO, body)}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.execute(sa.text("INSERT INTO meta (name, value) VALUES ('salt', '00')"))
        connection.execute(
            sa.text("INSERT INTO journal (agency, seq, prev, body, hash) VALUES ('xa', 0, :z, :b, :h)"), values
        )
        connection.execute(sa.text("INSERT INTO journal_head (agency, seq, hash) VALUES ('xa', 0, :h)"), values)
    engine.dispose()
    with pytest.raises(ConfigurationError, match="0008") as caught:
        open_store(tmp_path, database=database)
    assert "congkhai migrate" in caught.value.advice
    assert upgrade(tmp_path, database).present == "0008"
    assert upgrade(tmp_path, database).present == upgrade(tmp_path, database).ours
    store = open_store(tmp_path, database=database)
    with store.read() as connection:
        assert verify_journal(connection, "xa").broken == ()
        assert connection.scalar(sa.select(t.journal.c.subject)) == "d1"
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE journal SET body = 'x'"))
    store.close()


def test_a_newer_store_is_not_touched(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999"):
        upgrade(store.folder, _address(store))


def test_every_row_moves_and_the_new_store_lives_on(store: Store, target: str) -> None:
    _fill(store)
    salt, address = store.salt, _address(store)
    with store.read() as connection:
        before = {one.name: connection.execute(sa.select(one)).all() for one in t.metadata.sorted_tables}
    store.close()
    moved = move(store.folder, address, target, tell=_quiet)
    assert moved.rows["journal"] == 2
    assert {agency: head.seq for agency, head in moved.heads.items()} == {"xa": 0, "so": 0}
    with pytest.raises(ConfigurationError, match="chuyển"):
        open_store(store.folder, database=address)
    new = open_store(store.folder, database=target)
    with new.read() as connection:
        after = {one.name: connection.execute(sa.select(one)).all() for one in t.metadata.sorted_tables}
    assert {name: sorted(map(repr, rows)) for name, rows in after.items()} == {
        name: sorted(map(repr, rows)) for name, rows in before.items()
    }
    assert new.salt == salt
    _fill_more(new)
    new.close()


def _fill_more(store: Store) -> None:
    """Write into tables that number their rows: the numbers go on where they ended."""
    with store.write("xa", "test") as tx:
        tx.remark("d2", "sau khi chuyển")
        tx.record_fault("test", "d2", "hỏng nữa")
        assert tx.enqueue("tag", "d2", document="d2")
        assert not tx.enqueue("tag", "d1", document="d1")
        assert tx.journal("test.act", "d2").seq == 1


def test_a_database_that_holds_something_is_no_target(store: Store) -> None:
    _fill(store)
    with pytest.raises(ConfigurationError, match="không trống"):
        move(store.folder, _address(store), _address_of_another(store), tell=_quiet)
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.journal)) == 2


def _address_of_another(store: Store) -> str:
    database = database_of_its_own() or f"sqlite:///{store.folder / 'khac.sqlite'}"
    if database.startswith("sqlite"):
        create_store(store.folder, database=database)
    return database


def test_a_row_that_reads_back_differently_stops_the_move_and_nothing_stays(
    store: Store, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(store)
    original = moving._copy

    def forging(old: sa.Connection, new: sa.Connection, table: sa.Table) -> int:
        count = original(old, new, table)
        if table is t.remark:
            new.execute(sa.update(t.remark).values(text="khác"))
        return count

    monkeypatch.setattr(moving, "_copy", forging)
    with pytest.raises(StoreError, match="remark") as caught:
        move(store.folder, _address(store), target, tell=_quiet)
    assert caught.value.code == "congkhai-E764"
    engine = engine_of(target, writes=False)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    again: Any = open_store(store.folder, database=_address(store))
    again.close()
