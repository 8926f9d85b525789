"""A daemon killed at fifty random moments ends where an undisturbed one ends: nothing lost, nothing filed twice."""

import random
import subprocess
import sys
import time
from pathlib import Path

from running import AGENCY, Outcome, opened, outcome, pushed

from congkhai.plugin.demo.outside import started
from congkhai.plugin.demo.place import furnish, prepare
from congkhai.plugin.demo.scenario import DEFAULT, load_scenario
from congkhai.plugin.host import Host
from congkhai.plugin.store import verify_journal

KILLS = 50
SEED = 20260722


def _live(folder: Path, kills: int) -> Outcome:
    """Live through the scenario; kill the daemon, never the simulators, at `kills` random moments."""
    dice = random.Random(SEED)  # noqa: S311 - moments to kill at, not a secret
    scenario, place = load_scenario(), prepare(folder)
    with started(Host(), place.outside, DEFAULT) as simulators:
        furnish(place, scenario, simulators["ioffice"].url, simulators["edxml"].folder)
        killed = 0
        while True:
            daemon = subprocess.Popen([sys.executable, "-m", "congkhai.plugin.demo.drive", str(place.folder)])
            if killed < kills:
                try:
                    daemon.wait(timeout=dice.uniform(0.8, 2.6))
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    killed += 1
            if daemon.wait(timeout=280) == 0:
                break
        assert killed == kills, f"the run ended after {killed} kills"
    return outcome(place.folder, pushed(place.outside))


def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    begun = time.monotonic()
    disturbed = _live(tmp_path / "killed", KILLS)
    undisturbed = _live(tmp_path / "whole", 0)
    assert disturbed == undisturbed
    assert len(disturbed.filed) == len(set(disturbed.filed)) >= 8
    store = opened(tmp_path / "killed")
    with store.read() as connection:
        assert verify_journal(connection, AGENCY).broken == ()
    store.close()
    assert not list((tmp_path / "killed" / "data").glob(".tmp-*"))
    assert time.monotonic() - begun < 600
