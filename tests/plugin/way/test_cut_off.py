"""A node that loses its database in the middle of an outward act: it waits, loses its lease, and never acts twice."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.daemon import HANDLERS, recover, run_due
from congkhai.plugin.errors import StoreError
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.records import DisclosureState, Filing, Receipt
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import read, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.moving import move
from congkhai.plugin.work import work_once
from tests.plugin.store.cable import Cable, cable
from tests.postgresql import Server, running_server

from .conftest import OpenOffice
from .script import Script

LEASE = "1 s"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this module's own, to be stopped and started."""
    with running_server() as one:
        yield one


@pytest.fixture
def line(server: Server) -> Iterator[Cable]:
    """The cable of the first node."""
    with cable(str(server.folder / ".s.PGSQL.5432")) as one:
        yield one


class Nodes:
    """Two nodes on one database, the first behind the cable; the matter waits for the head's last signature."""

    def __init__(self, folder: Path, database: str, port: int) -> None:
        self.folder = folder
        text = (folder / "congkhai.ini").read_text(encoding="utf-8").replace("[work]\n", f"[work]\nlease = {LEASE}\n")
        name = sa.make_url(database).database
        through = f"postgresql+psycopg://congkhai@127.0.0.1:{port}/{name}"
        for node, address in (("a", through), ("b", database)):
            store = f"\n[store]\nfolder = data-{node}\nvault = data/vault\ndatabase = {address}\n"
            ini = text.replace("[work]\n", f"[work]\nnode = nut-{node}\n") + store
            (folder / f"{node}.ini").write_text(ini, encoding="utf-8")
            (folder / f"data-{node}").mkdir()
        self.b = self._open("b")
        self.a = self._open("a")

    def _open(self, node: str) -> House:
        house = open_house(self.folder / f"{node}.ini", Host(extra={"script": Script()}))
        recover(house)
        return house

    def close(self) -> None:
        """Close both."""
        self.a.close()
        self.b.close()

    def filings(self) -> int:
        """How many dossiers lie at the place of filing."""
        return len([one for one in (self.folder / "ban-giao").iterdir() if not one.name.startswith(".")])

    def rows(self, query: "sa.Select[Any]") -> list[Any]:
        """Read through the node that is not cut off."""
        with self.b.store.read() as connection:
            return list(connection.execute(query).all())

    def judge(self) -> None:
        """Nothing is lost, nothing happened twice, and the journal holds."""
        assert self.filings() == 1
        acts = [row.body for row in self.rows(sa.select(t.journal.c.body)) if '"act":"dossier.filed"' in row.body]
        assert len(acts) == 1
        assert [row.state for row in self.rows(sa.select(t.outbox.c.state).where(t.outbox.c.act == "file"))] == ["done"]
        with self.b.store.read() as connection:
            (matter,) = read.disclosures(connection, self.b.agency)
            assert matter.state is DisclosureState.FILED
            assert not verify_journal(connection, self.b.agency).broken
        assert not self.rows(sa.select(t.job.c.key).where(t.job.c.state.in_(("leased", "ready", "dead"))))


@pytest.fixture
def nodes(server: Server, line: Cable, at_stage: OpenOffice) -> Iterator[Nodes]:
    """Both nodes, with the dossier sealed and its filing due."""
    office = at_stage("last")
    folder = office.folder
    office.house.close()
    database = server.database()
    entries = len(office_entries(folder))
    moved = move(folder / "data", "", database, tell=lambda _table, _rows: None)
    assert moved.rows["journal"] == moved.heads["main"].seq + 1 == entries
    two = Nodes(folder, database, line.port)
    _name, head = two.b.signer_of("head")
    for paper in waiting_for(two.b, "head"):
        sign_by_person(two.b, paper.id, head)
    while not two.rows(sa.select(t.job.c.id).where(t.job.c.kind == "file")):
        run_one(two.b)
    yield two
    two.close()


def office_entries(folder: Path) -> list[Any]:
    """Return the journal of a closed house on SQLite, from its file."""
    with sqlite3.connect(folder / "data" / "congkhai.sqlite") as connection:
        rows = connection.execute("SELECT hash FROM journal ORDER BY seq").fetchall()
    connection.close()
    return rows


def run_one(house: House) -> bool:
    """Do one piece of work."""
    return work_once(house, HANDLERS, house.store.node)


def holding(house: House, reached: threading.Event, go_on: threading.Event, *, before: bool) -> None:
    """Let the node's filing stop right before or after it has been done outside."""
    connector = house.connectors["ban-giao"]
    send: Callable[[Filing], Receipt] = connector.file_dossier

    def file_dossier(filing: Filing) -> Receipt:
        receipt = None if before else send(filing)
        reached.set()
        assert go_on.wait(60)
        return receipt or send(filing)

    connector.file_dossier = file_dossier  # type: ignore[method-assign]  # the moment of the fault


@pytest.mark.parametrize("before", [False, True], ids=["after-the-act", "before-the-act"])
def test_a_node_cut_off_in_the_middle_of_a_filing_never_files_twice(nodes: Nodes, line: Cable, before: bool) -> None:
    reached, go_on = threading.Event(), threading.Event()
    holding(nodes.a, reached, go_on, before=before)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while run_one(nodes.a):
                pass
        except (StoreError, sa.exc.SQLAlchemyError) as error:  # the daemon's worker logs it and comes again
            failed.append(error)

    first = threading.Thread(target=work)
    first.start()
    assert reached.wait(30)
    line.cut()
    done = threading.Event()

    def take_over() -> None:
        _until(nodes, lambda: nodes.filings() == 1 and _filed(nodes))
        done.set()

    taking_over = threading.Thread(target=take_over)
    taking_over.start()
    assert done.wait(30)  # the lease runs out, and the other node takes the filing up
    taking_over.join()
    go_on.set()
    line.mend()
    first.join(30)
    assert not first.is_alive()
    run_due(nodes.a)  # connected again, it goes on as if nothing had been
    nodes.judge()


def _filed(nodes: Nodes) -> bool:
    return bool(nodes.rows(sa.select(t.dossier.c.id).where(t.dossier.c.filed_at.is_not(None))))


def _until(nodes: Nodes, reached: Callable[[], bool]) -> None:
    while not reached():
        run_one(nodes.b) or threading.Event().wait(0.05)


def test_a_database_that_restarts_in_the_middle_of_a_filing_is_waited_out(nodes: Nodes, server: Server) -> None:
    reached, go_on = threading.Event(), threading.Event()
    holding(nodes.b, reached, go_on, before=False)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run_one(nodes.b)
        except (StoreError, sa.exc.SQLAlchemyError) as error:
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert reached.wait(30)
    server.stop("immediate")
    go_on.set()
    worker.join(30)
    assert not worker.is_alive()
    assert errors  # the worker was told, and its round begins anew
    with pytest.raises(StoreError):
        run_due(nodes.b)
    server.start()
    _until(nodes, lambda: _filed(nodes))
    while run_one(nodes.b):
        pass
    run_due(nodes.a)
    nodes.judge()
