"""The journal shows every change, deletion, insertion, reordering and truncation."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from congkhai.plugin.store import Store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.journal import canonical, entry_hash


def _fill(store: Store, entries: int = 6) -> None:
    for number in range(entries):
        with store.write("xa", "clerk") as tx:
            tx.journal("test.act", f"d{number}", number=number)


def _unguarded(store: Store, change: Callable[[sa.Connection], object]) -> None:
    with store.engine.begin() as connection:
        for name in ("journal_no_update", "journal_no_delete"):
            table = "" if connection.dialect.name == "sqlite" else " ON journal"
            connection.exec_driver_sql(f"DROP TRIGGER {name}{table}")
        change(connection)


def test_an_untouched_chain_holds(store: Store) -> None:
    _fill(store)
    with store.read() as connection:
        verdict = verify_journal(connection, "xa")
    assert (verdict.entries, verdict.broken) == (6, ())


def test_an_act_that_fails_leaves_no_entry(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write("xa", "clerk") as tx:
        tx.journal("test.act", "d1")
        raise ZeroDivisionError
    with store.read() as connection:
        assert verify_journal(connection, "xa").entries == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE journal SET body = '{}'", "DELETE FROM journal", "DELETE FROM journal WHERE seq = 5"]
)
def test_the_database_itself_refuses_changes(store: Store, statement: str) -> None:
    _fill(store)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), store.engine.begin() as connection:
        connection.exec_driver_sql(statement)


MUTATIONS: dict[str, str] = {
    "changed body": "UPDATE journal SET body = replace(body, 'd2', 'd9') WHERE seq = 2",
    "changed body and hash": "UPDATE journal SET body = '{}', hash = 'HASH' WHERE seq = 2",
    "deleted in the middle": "DELETE FROM journal WHERE seq = 3",
    "truncated": "DELETE FROM journal WHERE seq >= 4",
    "first entry deleted": "DELETE FROM journal WHERE seq = 0",
    "reordered": "UPDATE journal SET seq = CASE seq WHEN 2 THEN 103 WHEN 3 THEN 102 ELSE seq END",
    "head moved back": "UPDATE journal_head SET seq = 3",
    "head hash changed": f"UPDATE journal_head SET hash = '{'0' * 64}'",
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_kind_of_tampering_is_found(store: Store, name: str) -> None:
    _fill(store)

    def change(connection: sa.Connection) -> None:
        statement = MUTATIONS[name]
        if "HASH" in statement:
            before = connection.scalar(sa.select(t.journal.c.hash).where(t.journal.c.seq == 1))
            statement = statement.replace("HASH", entry_hash(str(before), "{}"))
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("UPDATE journal SET seq = seq - 100 WHERE seq > 100")

    _unguarded(store, change)
    with store.read() as connection:
        assert verify_journal(connection, "xa").broken


def test_an_inserted_entry_is_found(store: Store) -> None:
    _fill(store)

    def insert(connection: sa.Connection) -> None:
        connection.exec_driver_sql("UPDATE journal SET seq = seq + 100 WHERE seq >= 3")
        connection.exec_driver_sql("UPDATE journal SET seq = seq - 99 WHERE seq >= 100")
        before = str(connection.scalar(sa.select(t.journal.c.hash).where(t.journal.c.seq == 2)))
        values = {"agency": "xa", "seq": 3, "prev": before, "body": "{}", "hash": entry_hash(before, "{}")}
        connection.execute(sa.insert(t.journal).values(**values))

    _unguarded(store, insert)
    with store.read() as connection:
        assert verify_journal(connection, "xa").broken


def test_agencies_have_chains_of_their_own(store: Store) -> None:
    _fill(store, 2)
    with store.write("so", "clerk") as tx:
        assert tx.journal("test.act", "x").seq == 0


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        canonical({"confidence": 0.5})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_canonical_text_does_not_depend_on_order_of_keys(value: object) -> None:
    def turned(part: object) -> object:
        if isinstance(part, dict):
            return {key: turned(part[key]) for key in reversed(part)}
        return [turned(inner) for inner in part] if isinstance(part, list) else part

    assert canonical(value) == canonical(turned(value))
