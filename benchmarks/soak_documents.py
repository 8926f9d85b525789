"""
Documents by the thousand through four simulated sources, with random faults and kills: is everything there, once?

Papers are also changed, recalled and replaced, some while they are public, and every source is out of order for a time.

``python -m benchmarks.soak_documents --documents 20000 --restarts 10 --json``: the daemon is killed (SIGKILL) as often
as asked while the simulators throw faults at random, and is then let through. Its store is then held against what the
simulators show and against its own journal: no paper missing, none twice, none that is nobody's, every file's bytes,
every refusal, every dossier filed once; and its memory at each kill.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import requests

from congkhai.connectors.simulators.scenario import load_scenario as load_played
from congkhai.plugin.demo.place import Place

from .soak_truth import compare, truth_of
from .soak_world import furnish_soak, outside, place_for, soak_house, write_scenario

_ENTRIES = 2.0
"""Journal entries that a paper causes at least: received, tagged."""


def _progress(place: Place) -> int:
    """Return how many acts the journal holds, read beside the daemon."""
    with sqlite3.connect(f"file:{place.folder / 'data' / 'congkhai.sqlite'}?mode=ro", uri=True, timeout=60) as database:
        row = database.execute("SELECT seq FROM journal_head").fetchone()
    database.close()
    return int(row[0]) if row else 0


def _memory(process: "subprocess.Popen[bytes]") -> float:
    """Return the resident set of a process in MiB; 0.0 when it is gone."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def disturbed(place: Place, documents: int, restarts: int, dice: random.Random, limit: float) -> list[dict[str, float]]:
    """Live through the scenario; kill the daemon at random moments. Returns where and how big it was at each end."""
    ends: list[dict[str, float]] = []
    begun = time.monotonic()
    span = max(1, int(documents * _ENTRIES * 0.9))
    goals = sorted(dice.randrange(span) for _kill in range(restarts))
    while True:
        daemon = subprocess.Popen([sys.executable, "-m", "benchmarks.soak_world", str(place.folder)])  # noqa: S603 - our own module
        memory, highest = 0.0, 0.0
        while daemon.poll() is None:
            memory = _memory(daemon) or memory
            highest = max(highest, memory)
            if goals and _progress(place) >= goals[0]:
                time.sleep(dice.uniform(0.05, 0.6))
                goals.pop(0)
                daemon.kill()
                break
            if time.monotonic() - begun > limit:
                daemon.kill()
                raise click.ClickException(f"not through after {limit:.0f} s; journal at {_progress(place)}")
            time.sleep(0.03 if goals else 0.5)
        status = daemon.wait()
        ends.append({"journal": _progress(place), "rss_mib": round(memory), "highest_mib": round(highest),
                     "seconds": round(time.monotonic() - begun)})  # fmt: skip
        click.echo(json.dumps({"run": len(ends), "ended": status, **ends[-1]}), err=True)
        if status == 0:
            if goals:
                raise click.ClickException(f"the run ended before {len(goals)} of the kills")
            return ends
        if status != -signal.SIGKILL:
            raise click.ClickException(f"the daemon ended with {status}")


def run(
    documents: int, restarts: int, seed: int, rate: float, folder: Path, limit: float = 6 * 3600
) -> dict[str, Any]:  # fmt: skip
    """
    Do a whole soak.

    Args:
        rate: share of the calls that a fault hits, thrown up to three times a call.
        folder: an empty folder, kept.
        limit: seconds after which it is given up.

    Returns:
        ``ok``, ``wrong`` (sentences), counts, memory at each end of the daemon, seconds.
    """
    begun = time.monotonic()
    place = place_for(folder / "house")
    scenario = write_scenario(place.outside, documents, seed)
    with outside(place.outside, scenario, rate, seed) as lines:
        furnish_soak(place, lines)
        ends = disturbed(place, documents, restarts, random.Random(seed), limit)  # noqa: S311 - moments to kill at
        states = {kind: requests.get(f"{one['control']}/state", timeout=60).json() for kind, one in lines.items()}
        faults = {kind: _thrown(place, kind) for kind in lines}
    played = load_played(scenario)
    house = soak_house(place)
    try:
        wrong, counted = compare(house, truth_of(played), played, states)
    finally:
        house.close()
    steady = [end["highest_mib"] for end in ends]
    return {
        "ok": not wrong, "wrong": wrong, "shown": len(played.entries), **counted, "restarts": len(ends) - 1,
        "faults_thrown": faults, "memory": ends, "highest_mib": max(steady), "seed": seed,
        "simulated_days": (played.end - played.start).days,
        "seconds": round(time.monotonic() - begun),
    }  # fmt: skip


def _thrown(place: Place, kind: str) -> int:
    journal = place.outside / kind / "journal.jsonl"
    return journal.read_text(encoding="utf-8").count('"fault": "') if journal.exists() else 0


@click.command()
@click.option("--documents", default=20_000, show_default=True, help="Papers to show.")
@click.option("--restarts", default=10, show_default=True, help="How often the daemon is killed.")
@click.option("--seed", default=20260722, show_default=True, help="Papers, faults and moments follow from it.")
@click.option("--rate", default=0.004, show_default=True, help="Share of calls that a fault hits.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where it lives; kept. Default: a temporary one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(documents: int, restarts: int, seed: int, rate: float, folder: Path | None, *, as_json: bool) -> None:
    """Kill, restart, compare."""
    place = folder or Path(tempfile.mkdtemp(prefix="congkhai-soak-documents-"))
    found = run(documents, restarts, seed, rate, place)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo(f"{found['documents']} documents, {found['refused']} refused, {found['filed']} dossiers filed, "
                   f"{found['restarts']} kills, at most {found['highest_mib']} MiB, {found['seconds']} s")  # fmt: skip
    if not found["ok"]:
        raise click.ClickException("\n".join([*found["wrong"], f"kept in {place}"]))
    if folder is None:
        shutil.rmtree(place)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    command()
