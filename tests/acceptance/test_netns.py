"""
A node whose network to the database is cut, and one whose files lie on a disk that turns read-only: by the kernel.

Network: no proxy, and nobody resets anything. Where namespaces are not permitted the same is tested through a proxy,
which can only end connections or keep still (``tests/plugin/way/test_cut_off.py``). Disk: the vault's own is remounted
while the node runs; one on which a database is open the kernel lets nobody remount, it turns read-only by an error of
its file system and comes back by a repair. Other disk faults are injected (``tests/plugin/store/test_disk_faults.py``).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import BusyError, StoreError
from congkhai.plugin.fsck import check_store
from congkhai.plugin.house import House, open_house
from congkhai.plugin.readiness import not_ready
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.nodes import sole_node
from tests.acceptance.namespaces import OUTSIDE, Disk, Line, disk_refusal, line, refusal
from tests.plugin.way.conftest import OpenOffice, at_stage, offices, pki, stages  # noqa: F401 - fixtures
from tests.plugin.way.two_nodes import Nodes, moved_to, run_one
from tests.postgresql import running_server

HERE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
"""Entering a mount namespace leaves the working folder behind."""
READY = "http://127.0.0.1:8081/readyz"


@pytest.fixture
def wire() -> Iterator[Line]:
    """The line between node and server."""
    if reason := refusal():
        pytest.skip(f"{reason}; the proxy of test_cut_off.py stands in for it")
    with line() as one:
        yield one


def test_a_node_whose_packets_are_dropped_loses_its_work_and_comes_back_by_itself(
    wire: Line,
    at_stage: OpenOffice,  # noqa: F811 - the fixture
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running_server(OUTSIDE, wire.outside) as server:
        database = server.database()
        folder = moved_to(at_stage("last"), database)
        far = f"postgresql+psycopg://congkhai@{OUTSIDE}/{sa.make_url(database).database}"
        nodes = Nodes(folder, database, far, "2 s", _watched)
        command = _command(wire.inside, folder, "a.ini", "run")
        with closing(nodes), _running(command, folder / "a.log") as (node, log):
            nodes.sign()
            _until(lambda: (folder / "reached").exists())  # the cut node holds the work, and has just filed
            figures = _cut(nodes, wire)
            wire.mend()
            figures["ready again after"] = _until(lambda: wire.get(READY, 10)[0] == 200)

            (folder / "go").touch()  # now it comes with what it wants to write down
            _until(lambda: "lease lost" in log.read_text(encoding="utf-8"))
            with pytest.raises(BusyError):  # the server ended the session that held its name; it took it again
                _until(lambda: _takes_name(nodes))
            with nodes.b.store.write(nodes.b.agency, "test") as tx:  # nobody else is there to do it
                assert tx.enqueue("sweep", "after-the-cut", slot=0)
            left = sa.select(t.job.c.id).where(t.job.c.kind == "sweep", t.job.c.state != "done")
            figures["new work done after"] = _until(lambda: not nodes.rows(left))
            assert node.poll() is None
            node.send_signal(signal.SIGTERM)
            assert node.wait(30) == 0
            nodes.judge()
    with capsys.disabled():
        print("", *(f"  {name} {seconds:.1f} s" for name, seconds in figures.items()), sep="\n")  # noqa: T201 - figures


MountedAt = Callable[[str, bool], tuple[Disk, Path]]


@pytest.fixture
def mounted(at_stage: OpenOffice, tmp_path: Path) -> Iterator[MountedAt]:  # noqa: F811 - the fixture
    """Mount a disk at a place of a house whose head has not signed yet, or has; gives it and the house's folder."""
    with ExitStack() as stack:

        def mount(place: str, real: bool) -> tuple[Disk, Path]:
            (tmp_path / "trial").mkdir()
            if reason := disk_refusal(tmp_path / "trial", real=real):
                pytest.skip(f"{reason}; the injected faults of test_disk_faults.py stand in for it")
            office = at_stage("last", _without_script)
            if real:
                _name, head = office.house.signer_of("head")
                for paper in waiting_for(office.house, "head"):
                    sign_by_person(office.house, paper.id, head)
            office.house.close()
            text = (office.folder / "congkhai.ini").read_text(encoding="utf-8")
            text = text.replace("retry-longest = 20 ms", "retry-longest = 500 ms")
            disk = stack.enter_context(closing(Disk(office.folder / place, real=real)))
            (office.folder / "node.ini").write_text(f"{text}\n[store]\nfolder = data\n", encoding="utf-8")
            desk = f"{text}\n[store]\nfolder = data\nvault = {disk.seen}\n"  # SQLite itself would resolve such a path
            (office.folder / "desk.ini").write_text(desk, encoding="utf-8")
            return disk, office.folder

        yield mount


def test_a_vault_whose_disk_turns_read_only_loses_nothing_and_goes_on_by_itself(mounted: MountedAt) -> None:
    drive, folder = mounted("data/vault", False)
    (folder / "go").touch()  # nothing is held up here
    command = _command(drive.inside, folder, "node.ini", "run")
    with closing(open_house(folder / "desk.ini")) as desk, _running(command, folder / "node.log") as (node, _log):
        first = sa.select(t.job.c.id).where(t.job.c.kind == "checkpoint", t.job.c.state == "done")
        _until(lambda: _rows(desk, first))  # what a node does when it starts is done
        assert not_ready(desk) == []
        drive.remount("ro")
        assert not_ready(desk) == ["vault"]
        _name, head = desk.signer_of("head")
        (paper,) = waiting_for(desk, "head")
        with pytest.raises(StoreError, match="Read-only"):  # the signer is told, and nothing is half done
            sign_by_person(desk, paper.id, head)
        assert [one.id for one in waiting_for(desk, "head")] == [paper.id]
        with desk.store.write(desk.agency, "test") as tx:
            tx.journal("work.retry", "test")
            tx.enqueue("checkpoint", "test:again", subject="again")
        mine = sa.select(t.job.c.state, t.job.c.last_error).where(t.job.c.key == "checkpoint:test:again")
        _until(lambda: "Read-only" in (_rows(desk, mine)[0].last_error or ""))
        drive.remount("rw")
        assert not_ready(desk) == []
        sign_by_person(desk, paper.id, head)
        _until(lambda: _rows(desk, sa.select(t.dossier.c.id).where(t.dossier.c.filed_at.is_not(None))))
        _until(lambda: _rows(desk, mine)[0].state == "done")
        assert node.poll() is None
        node.send_signal(signal.SIGTERM)
        assert node.wait(30) == 0
        assert check_store(desk) == []
        assert len(_filings(folder)) == 1


def test_a_store_whose_disk_fails_says_so_and_has_lost_nothing_when_it_is_repaired(mounted: MountedAt) -> None:
    drive, folder = mounted("data", True)

    def says(*verb: str) -> str:
        command = _command(drive.inside, folder, "node.ini", *verb)
        done = subprocess.run(command, env=HERE, capture_output=True, text=True, check=False)
        return f"{done.returncode} {done.stdout}"

    with _running(_command(drive.inside, folder, "node.ini", "run"), folder / "node.log") as (node, log):
        _until(lambda: (folder / "reached").exists())  # the dossier lies outside, and nobody has written that down
        drive.fail()
        (folder / "go").touch()
        _until(lambda: "store refused" in log.read_text(encoding="utf-8"))
        assert "vì: database, vault" in says("status")  # what is there can be read
        node.send_signal(signal.SIGTERM)
        assert node.wait(30) == 0
    drive.repair()
    assert says("once")[0] == "0"
    shutil.copytree(drive.seen, folder / "after", ignore=shutil.ignore_patterns("lost+found"))
    ini = (folder / "node.ini").read_text(encoding="utf-8").replace("folder = data\n", "folder = after\n")
    (folder / "after.ini").write_text(ini, encoding="utf-8")
    with closing(open_house(folder / "after.ini")) as desk:
        acts = [one.body for one in _rows(desk, sa.select(t.journal.c.body)) if '"act":"dossier.filed"' in one.body]
        assert (len(acts), len(_filings(folder)), check_store(desk)) == (1, 1, [])
        assert not _rows(desk, sa.select(t.job.c.id).where(t.job.c.state != "done"))


def _filings(folder: Path) -> list[Path]:
    return [one for one in (folder / "ban-giao").iterdir() if not one.name.startswith(".")]


def _rows(house: House, query: "sa.Select[Any]") -> list[Any]:
    with house.store.read() as connection:
        return list(connection.execute(query).all())


def _cut(nodes: Nodes, wire: Line) -> dict[str, float]:
    """Cut the line and see what either side says; the other node takes the filing over."""
    done = threading.Event()
    taken: dict[str, float] = {}

    def take_over() -> None:
        taken["taken over after"] = _until(lambda: run_one(nodes.b) or nodes.filed())
        taken["taken over after"] += _until(lambda: not run_one(nodes.b) and nodes.filed())
        done.set()

    wire.cut()
    other = threading.Thread(target=take_over, daemon=True)
    other.start()
    unready = _until(lambda: wire.get(READY, 10)[0] == 503)
    assert json.loads(wire.get(READY, 10)[1])["lacking"] == ["database"]
    begun = time.monotonic()
    command = _command(wire.inside, nodes.folder, "a.ini", "status")
    said = subprocess.run(command, env=HERE, capture_output=True, text=True, check=False, timeout=30)
    assert said.returncode not in (0, 2), said
    assert "congkhai-E" in said.stderr
    told = time.monotonic() - begun
    assert done.wait(60)
    other.join()
    assert nodes.filings() == 1
    return {"/readyz says so after": unready, "status says so after": told, **taken}


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a node for the time of the block; returns it and its log."""
    with log.open("wb") as out:
        node = subprocess.Popen(command, env=HERE, stdout=out, stderr=out)
    try:
        _until(lambda: "event='running'" in log.read_text(encoding="utf-8"))
        yield node, log
    finally:
        node.kill()
        node.wait()


def _command(inside: tuple[str, ...], folder: Path, ini: str, *verb: str) -> list[str]:
    """Return what runs a verb within a namespace; its first filing is held up until there is a file ``go``."""
    return [*inside, sys.executable, "-m", "tests.acceptance.held_node", str(folder), "-c", str(folder / ini), *verb]


def _without_script(text: str) -> str:
    """Let an ini say nothing of the tests' own plugin: the node is a process of its own."""
    return text.replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules")


def _watched(text: str) -> str:
    return _without_script(text).replace("enabled = no", "enabled = no\nhealth-port = 8081")


def _takes_name(nodes: Nodes) -> bool:
    """Take the cut node's name, as a second node of the name would; False: it was free."""
    with sole_node(nodes.b.store.engine, "nut-a"):
        return False


def _until(reached: Callable[[], object], longest: float = 60) -> float:
    """Wait until something is so. Returns how long that took, in seconds."""
    begun = time.monotonic()
    while not reached():
        assert time.monotonic() - begun < longest
        time.sleep(0.05)
    return time.monotonic() - begun
