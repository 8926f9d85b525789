"""Nodes on one database: names, leases of the dead, and what only one may do at a time."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import BusyError, StoreError
from congkhai.plugin.store import Store
from congkhai.plugin.store.nodes import Held, alone, node_name, sole_node


def _shared(store: Store) -> bool:
    return store.engine.dialect.name != "sqlite"


def test_a_name_that_was_chosen_is_kept(tmp_path: Path) -> None:
    assert node_name(tmp_path, "nut-1", shared=True) == "nut-1"
    assert not (tmp_path / "node").exists()


def test_two_folders_of_one_machine_are_two_nodes_and_each_keeps_its_name(tmp_path: Path) -> None:
    first, second = (node_name(tmp_path / one, "", shared=True) for one in ("a", "b"))
    assert first != second
    assert first == node_name(tmp_path / "a", "", shared=True)
    assert sorted(one.name for one in (tmp_path / "a").iterdir()) == ["node"]


def test_where_there_is_but_one_node_it_bears_the_machine_s_name(tmp_path: Path) -> None:
    assert node_name(tmp_path / "a", "", shared=False) == node_name(tmp_path / "b", "", shared=False)


def test_a_second_node_of_one_name_is_refused_on_a_shared_database(store: Store) -> None:
    with sole_node(store.engine, "nut-1"):
        if not _shared(store):
            return  # on SQLite the lock file of the folder refuses it; test_daemon holds that
        with pytest.raises(BusyError, match="nut-1"), sole_node(store.engine, "nut-1"):
            raise AssertionError("two nodes of one name")
        with sole_node(store.engine, "nut-2"):
            pass
    with sole_node(store.engine, "nut-1"):
        pass  # free again


def test_one_node_at_a_time_uses_a_resource(store: Store) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        with alone(store.engine, "xa", "acts"):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with alone(store.engine, "xa", "acts") as held:
        inside.set()
        if _shared(store):
            other.join(0.3)
            assert other.is_alive()
        order.append("first")
        with store.write("xa", "test") as tx:
            assert held.stands(tx.connection)
        with alone(store.engine, "xa", "reading:nguon"), alone(store.engine, "so", "acts"):
            pass  # others do not wait
    other.join(10)
    assert sorted(order) == ["first", "second"]
    assert order[0] == "first" or not _shared(store)


def test_a_lock_whose_connection_died_no_longer_stands(store: Store) -> None:
    if not _shared(store):
        assert Held().stands(None)  # type: ignore[arg-type]  # one node asks nobody
        return
    with alone(store.engine, "xa", "acts") as held:
        with store.engine.begin() as connection:
            connection.execute(sa.select(sa.func.pg_terminate_backend(held.process)))
        with store.write("xa", "test") as tx:
            assert not held.stands(tx.connection)
        with alone(store.engine, "xa", "acts") as next_one, store.write("xa", "test") as tx:
            assert next_one.stands(tx.connection)


def test_a_database_that_drops_its_connections_is_an_error_that_is_tried_again(store: Store) -> None:
    if not _shared(store):
        with pytest.raises(StoreError), store.read() as connection:
            raise sa.exc.OperationalError("SELECT 1", {}, RuntimeError(str(connection.dialect.name)))
        return
    with pytest.raises(StoreError), store.read() as connection:
        process = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with store.engine.begin() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(process)))
        connection.execute(sa.text("SELECT 1"))
    with store.read() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
