"""A daemon killed at fifty random moments ends where an undisturbed one ends: nothing lost, nothing filed twice."""

import multiprocessing
import random
import sqlite3
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from running import AGENCY, Outcome, opened, outcome, pushed

from congkhai.plugin.demo import drive
from congkhai.plugin.demo.outside import started
from congkhai.plugin.demo.place import furnish, prepare
from congkhai.plugin.demo.scenario import DEFAULT, load_scenario
from congkhai.plugin.host import Host
from congkhai.plugin.store import verify_journal

KILLS = 50
SEED = 20260722
STRIDE = 40  # most journal entries between two kills; fifty strides stay well below what a whole run writes
PATIENCE = 280  # seconds

# Each daemon is a process of its own, forked from one that has only imported the code: fifty starts, one import.
DAEMONS = multiprocessing.get_context("forkserver")
DAEMONS.set_forkserver_preload([drive.__name__])


def _progress(folder: Path) -> int:
    """Return how many acts the journal holds, read beside the daemon."""
    with sqlite3.connect(f"file:{folder / 'data' / 'congkhai.sqlite'}?mode=ro", uri=True, timeout=30) as database:
        row = database.execute("SELECT seq FROM journal_head").fetchone()
    database.close()
    return int(row[0]) if row else -1


def _kill_somewhere(daemon: BaseProcess, folder: Path, dice: random.Random) -> bool:
    """Let the daemon get a random number of acts further, then kill it in the middle of whatever it does."""
    goal = _progress(folder) + dice.randint(0, STRIDE)
    until = time.monotonic() + PATIENCE
    while daemon.is_alive() and _progress(folder) < goal and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(dice.uniform(0.0, 0.1))
    if not daemon.is_alive():
        return False
    daemon.kill()
    return True


def _live(folder: Path, kills: int) -> Outcome:
    """Live through the scenario; kill the daemon, never the simulators, at `kills` random moments."""
    dice = random.Random(SEED)  # noqa: S311 - moments to kill at, not a secret
    scenario, place = load_scenario(), prepare(folder)
    with started(Host(), place.outside, DEFAULT) as simulators:
        furnish(place, scenario, simulators["ioffice"].url, simulators["edxml"].folder)
        killed = 0
        while True:
            daemon = DAEMONS.Process(target=drive.main, args=([str(place.folder)],))
            daemon.start()
            if killed < kills and _kill_somewhere(daemon, place.folder, dice):
                killed += 1
            daemon.join(PATIENCE)
            if daemon.exitcode == 0:
                break
        assert killed == kills, f"the run ended after {killed} kills"
    return outcome(place.folder, pushed(place.outside))


def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    disturbed = _live(tmp_path / "killed", KILLS)
    undisturbed = _live(tmp_path / "whole", 0)
    assert disturbed == undisturbed
    assert len(disturbed.filed) == len(set(disturbed.filed)) >= 8
    store = opened(tmp_path / "killed")
    with store.read() as connection:
        assert verify_journal(connection, AGENCY).broken == ()
    store.close()
    assert not list((tmp_path / "killed" / "data").glob(".tmp-*"))
