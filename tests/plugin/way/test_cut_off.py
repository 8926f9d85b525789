"""A node that loses its database in the middle of an outward act: it waits, loses its lease, and never acts twice."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.daemon import run_due
from congkhai.plugin.errors import StoreError
from congkhai.plugin.house import House
from congkhai.plugin.readiness import not_ready
from congkhai.plugin.records import Filing, Receipt
from congkhai.plugin.store import tables as t
from tests.plugin.store.cable import Cable, cable
from tests.postgresql import Server, running_server

from .conftest import OpenOffice
from .two_nodes import Nodes, moved_to, run_one

LEASE = "1 s"


class CutOff(Nodes):
    """Both nodes in this process, the first behind the cable."""

    def __init__(self, folder: Path, database: str, far: str, lease: str) -> None:
        super().__init__(folder, database, far, lease)
        self.a = self.open("a")

    def close(self) -> None:
        """Close both."""
        self.a.close()
        super().close()


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


@pytest.fixture
def nodes(server: Server, line: Cable, at_stage: OpenOffice) -> Iterator[CutOff]:
    """Both nodes, with the dossier sealed and its filing due."""
    database = server.database()
    folder = moved_to(at_stage("last"), database)
    far = f"postgresql+psycopg://congkhai@127.0.0.1:{line.port}/{sa.make_url(database).database}"
    two = CutOff(folder, database, far, LEASE)
    two.sign()
    while not two.rows(sa.select(t.job.c.id).where(t.job.c.kind == "file")):
        run_one(two.b)
    yield two
    two.close()


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
def test_a_node_cut_off_in_the_middle_of_a_filing_never_files_twice(nodes: CutOff, line: Cable, before: bool) -> None:
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
        _until(nodes, lambda: nodes.filings() == 1 and nodes.filed())
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


def _until(nodes: CutOff, reached: Callable[[], bool]) -> None:
    while not reached():
        run_one(nodes.b) or threading.Event().wait(0.05)


def test_a_database_that_restarts_in_the_middle_of_a_filing_is_waited_out(nodes: CutOff, server: Server) -> None:
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
    assert not_ready(nodes.b) == ["database"]
    server.start()
    _until(nodes, lambda: nodes.filed())
    while run_one(nodes.b):
        pass
    run_due(nodes.a)
    nodes.judge()
