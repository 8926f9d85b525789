"""Long lists: every page is walked along an index, and what is kept for quickness agrees with the slow way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.web_world import INI, Size, fill
from congkhai.plugin import worklist
from congkhai.plugin.house import House, open_house
from congkhai.plugin.search import holding
from congkhai.plugin.store import create_store
from congkhai.plugin.store import tables as t
from congkhai.plugin.tagging import clerk

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A small store of the shape that the benchmark fills."""
    folder = tmp_path_factory.mktemp("lists")
    (folder / "congkhai.ini").write_text(INI, encoding="utf-8")
    (folder / "trust").mkdir()
    create_store(folder / "data", simulated=NOW)
    _fill(folder)
    opened = open_house(folder / "congkhai.ini")
    yield opened
    opened.close()


def _fill(folder: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(folder / "data" / "congkhai.sqlite")
    fill(connection, Size(2500, 200), NOW)
    connection.close()


def test_the_papers_that_wait_are_those_that_the_slow_way_finds(house: House) -> None:
    later = t.decision.alias()
    newer = sa.exists().where(later.c.document == t.decision.c.document, later.c.seq > t.decision.c.seq)
    d, k = t.disclosure.c, t.disclosure_document.c
    state = sa.select(d.state).join(t.disclosure_document, k.disclosure == d.id)
    state_ = state.where(k.document == t.decision.c.document).scalar_subquery()
    query = sa.select(t.decision.c.document).where(t.decision.c.decision == "review", ~newer)
    with house.store.read() as connection:
        slow = set(connection.scalars(query.where(sa.or_(state_.is_(None), state_.in_(("review", "proposed"))))))
    rows = list(clerk.waiting(house))
    assert {row.document.id for row in rows} == slow
    assert len(rows) == len(slow) > 100
    paged, after = [], ""
    while part := list(clerk.waiting(house, after=after, limit=30)):
        paged += part
        after = part[-1].key
    assert [one.document.id for one in paged] == [one.document.id for one in rows]
    assert clerk.waiting_row(house, rows[7].document.id) == rows[7]
    assert clerk.waiting_row(house, "none") is None


@pytest.mark.parametrize("kind", list(worklist.KINDS))
def test_each_kind_of_work_is_counted_and_paged_to_its_end(house: House, kind: str) -> None:
    found, after = [], ""
    while part := worklist.items(house, kind, after=after, limit=25):
        found += [one.subject for one in part]
        after = part[-1].key
    assert len(found) == len(set(found)) == worklist.counts(house)[kind]


def test_no_count_walks_over_whole_tables(house: House) -> None:
    slow: dict[str, list[str]] = {}
    asked: list[tuple[str, Any]] = []

    @sa.event.listens_for(house.store.reader, "before_cursor_execute")
    def _keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    worklist.counts(house)
    sa.event.remove(house.store.reader, "before_cursor_execute", _keep)
    large = ("document", "decision", "disclosure", "posting", "minutes", "dossier", "outbox", "search_word", "deadline")
    with house.store.read() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            scans = [row[3] for row in plan if row[3].startswith("SCAN ") and row[3].split()[1] in large]
            if scans:
                slow[statement] = scans
    assert slow == {}


@pytest.mark.parametrize("text", ["quyet dinh", "khieu nai", "bac", "boi duo", "q", "1204/QD-UBND", "khongco", "cong"])
def test_a_search_finds_what_a_look_at_every_word_finds(house: House, text: str) -> None:
    from congkhai.plugin.tagging.fold import tokens

    d, w = t.disclosure.c, t.search_word.c
    with house.store.read() as connection:
        found = set(connection.scalars(sa.select(d.id).where(*holding(connection, house.agency, text))))
        held: dict[str, set[str]] = {}
        for word, id_ in connection.execute(sa.select(w.word, w.disclosure)):
            held.setdefault(id_, set()).add(word)
    words = list(tokens(text))
    exact = {id_ for id_, own in held.items() if own.issuperset(words)}
    begun = {
        id_ for id_, own in held.items() if own.issuperset(words[:-1]) and any(one.startswith(words[-1]) for one in own)
    }
    assert exact <= found <= begun
