"""Work is neither lost nor done twice, and a former owner is fenced off."""

import multiprocessing
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.store import Store, create_store, open_store, work
from congkhai.plugin.store import tables as t
from tests.plugin.way.databases import database_of_its_own


def _claim(store: Store, owner: str, *, lease: float = 60.0, kinds: tuple[str, ...] = ("tag",)) -> list[work.Job]:
    with store.write("xa", "test") as tx:
        return work.claim(tx.connection, owner=owner, kinds=list(kinds), lease=lease)


def _enqueue(store: Store, kind: str, key: str) -> bool:
    with store.write("xa", "test") as tx:
        return tx.enqueue(kind, key, document=key)


def test_the_same_work_is_planned_once(store: Store) -> None:
    assert _enqueue(store, "tag", "d1")
    assert not _enqueue(store, "tag", "d1")


def test_finished_work_is_not_planned_again(store: Store) -> None:
    _enqueue(store, "tag", "d1")
    (job,) = _claim(store, "a")
    with store.write("xa", "test") as tx:
        assert work.advance(tx.connection, job, state="done")
    assert not _enqueue(store, "tag", "d1")


def test_work_without_a_key_is_refused(store: Store) -> None:
    with store.engine.begin() as connection, pytest.raises(ValueError, match="key"):
        work.enqueue(connection, agency="xa", kind="tag", key=" ", args={})


def test_two_owners_get_different_rows(store: Store) -> None:
    for key in ("d1", "d2"):
        _enqueue(store, "tag", key)
    first, second = _claim(store, "a"), _claim(store, "b")
    assert {first[0].args["document"], second[0].args["document"]} == {"d1", "d2"}


def test_an_unknown_kind_stays_queued(store: Store) -> None:
    _enqueue(store, "plugin-that-is-missing", "d1")
    assert _claim(store, "a") == []
    assert _claim(store, "a", kinds=("plugin-that-is-missing",))


def test_a_former_owner_is_fenced_off(store: Store) -> None:
    _enqueue(store, "tag", "d1")
    (old,) = _claim(store, "a", lease=-1.0)
    (new,) = _claim(store, "b")
    with store.write("xa", "test") as tx:
        assert not work.advance(tx.connection, old, state="done")
        assert work.advance(tx.connection, new, state="done")


def test_the_same_process_is_fenced_off_from_its_own_expired_lease(store: Store) -> None:
    _enqueue(store, "tag", "d1")
    (old,) = _claim(store, "a", lease=-1.0)
    _claim(store, "a")
    with store.write("xa", "test") as tx:
        assert not work.advance(tx.connection, old, state="done")


def test_leases_of_a_dead_process_of_this_node_are_given_back(store: Store) -> None:
    _enqueue(store, "tag", "d1")
    _claim(store, "node:1")
    with store.write("xa", "test") as tx:
        assert work.release_owner(tx.connection, "node:") == 1
    assert _claim(store, "node:2")


def _count_up(folder: str, database: str, times: int) -> None:
    store = open_store(Path(folder), database=database)
    for _ in range(times):
        with store.write("xa", "test") as tx:
            row = tx.connection.execute(sa.select(t.meta.c.value).where(t.meta.c.name == "n")).scalar_one()
            tx.connection.execute(sa.update(t.meta).where(t.meta.c.name == "n").values(value=str(int(row) + 1)))
    store.close()


def test_four_processes_lose_no_update(tmp_path: Path) -> None:
    folder, database = tmp_path / "data", database_of_its_own()
    create_store(folder, database=database)
    store = open_store(folder, database=database)
    with store.write("xa", "test") as tx:
        tx.connection.execute(sa.insert(t.meta).values(name="n", value="0"))
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count_up, args=(str(folder), database, 100)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with store.read() as connection:
        assert connection.scalar(sa.select(t.meta.c.value).where(t.meta.c.name == "n")) == "400"
    store.close()
