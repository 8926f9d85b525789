"""
Kill the demo at random moments, start it again, and look for what was lost or done twice.

``python benchmarks/soak.py [--runs N] [--kills N] [--seed N]``: one undisturbed run says what the dossiers must be.
Each further run is killed (SIGKILL of the demo's own process) up to N times at random moments and then let through. It
must end with the same dossiers, each as complete and verified as before, the same counts of documents, disclosures,
minutes and signatures, an unbroken journal, and no secret anywhere in its folder.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click

from congkhai.plugin.demo.scenario import CANARY

PROGRAM = Path(sys.executable).with_name("congkhai")
LIMIT = 600


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its JSON, and the seconds it took."""

    answer: dict[str, object]
    seconds: float

    def dossiers(self) -> Counter[tuple[object, ...]]:
        """Return what must be equal between runs: title, completeness and verdict of every dossier."""
        listed = self.answer["dossiers"]
        if not isinstance(listed, list):
            raise click.ClickException("demo --json gave no list of dossiers")
        return Counter((one["title"], one["complete"], one["indication"]) for one in listed)


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the demo in a process group of its own, its JSON going to a file beside the folder."""
    with folder.with_suffix(".json").open("wb") as out, folder.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own program beside this interpreter
            [PROGRAM, "demo", "--json", "--no-serve", "--dir", folder], stdout=out, stderr=log, stdin=subprocess.DEVNULL
        )


def finish(folder: Path) -> Ending:
    """Run the demo to its end. Raises ClickException with the end of its log when it fails."""
    before = time.monotonic()
    status = start(folder).wait(LIMIT)
    if status != 0:
        tail = folder.with_suffix(".log").read_text(encoding="utf-8", errors="replace")[-1500:]
        raise click.ClickException(f"demo ended with {status}:\n{tail}")
    answer = json.loads(folder.with_suffix(".json").read_text(encoding="utf-8"))
    return Ending(answer, time.monotonic() - before)


def killed_run(folder: Path, kills: int, length: float, dice: random.Random) -> int:
    """Start the demo and kill it, up to `kills` times; returns how often it was killed before it came through."""
    for count in range(kills):
        process = start(folder)
        try:
            process.wait(dice.uniform(0.2, max(1.0, length / 2)))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        else:
            return count
    return kills


def faults(folder: Path, expected: Ending, found: Ending) -> list[str]:
    """Compare a disturbed run with the undisturbed one; returns what is wrong."""
    wrong = []
    if expected.dossiers() != found.dossiers():
        lost, more = expected.dossiers() - found.dossiers(), found.dossiers() - expected.dossiers()
        wrong.append(f"dossiers differ: lost {sorted(map(str, lost))}, more {sorted(map(str, more))}")
    wrong += [
        f"{name}: {found.answer.get(name)} instead of {expected.answer.get(name)}"
        for name in ("documents", "refused", "tagged", "disclosures", "minutes", "signatures")
        if expected.answer.get(name) != found.answer.get(name)
    ]
    checked = subprocess.run(  # noqa: S603 - our own program beside this interpreter
        [PROGRAM, "-c", folder / "congkhai.ini", "journal", "verify"], capture_output=True, check=False, timeout=LIMIT
    )
    if checked.returncode != 0:
        wrong.append(f"journal verify ended with {checked.returncode}")
    marks = (CANARY.encode(), CANARY.encode("utf-16-le"))
    wrong += [
        f"a secret stands in {path.relative_to(folder)}"
        for path in folder.rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]
    return wrong


@click.command()
@click.option("--runs", default=5, show_default=True, help="Disturbed runs.")
@click.option("--kills", default=10, show_default=True, help="Kills per run, at most.")
@click.option("--seed", type=int, default=None, help="Repeat the kills of an earlier soak.")
def command(runs: int, kills: int, seed: int | None) -> None:
    """Kill, restart, compare."""
    seed = fresh_seed() if seed is None else seed
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, no secret
    click.echo(f"seed {seed}")
    place = Path(tempfile.mkdtemp(prefix="congkhai-soak-"))
    whole = finish(place / "whole")
    click.echo(f"undisturbed: {whole.seconds:.0f} s, {sum(whole.dossiers().values())} dossiers")
    total = bad = 0
    for run in range(1, runs + 1):
        folder = place / f"run-{run}"
        count = killed_run(folder, kills, whole.seconds, dice)
        found = finish(folder)
        wrong = faults(folder, whole, found)
        total += count
        bad += bool(wrong)
        click.echo(f"run {run}: killed {count} times, {'; '.join(wrong) or 'the same dossiers, each once'}")
    if bad:
        raise click.ClickException(f"{bad} of {runs} runs differ; seed {seed}; kept in {place}")
    shutil.rmtree(place)
    click.echo(f"{total} kills in {runs} runs: every run ended with the same dossiers, each once")


def fresh_seed() -> int:
    """Return a fresh seed that is short enough to type."""
    return random.SystemRandom().randrange(10**6)


if __name__ == "__main__":
    command()
