"""
Throw mutated inputs at the readers of outside data: no crash, no hang, no hoard.

``python -m benchmarks.fuzz --inputs 1000000 --json``: the inputs are spread over the readers and over processes. A
crash is any exception that is not the house's own; a hang is an input that takes longer than two seconds; a hoard is a
process that grows by more than 200 MB. Each failing input is kept under its digest, with what it did.
"""

import json
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import FrameType

import click

from congkhai.plugin.logs import configure_logs

from .fuzz_mutate import mutated
from .fuzz_readers import Target, targets

LIMIT = 2.0
"""Seconds that one input may take."""
GROWTH = 200
"""MB by which a process may grow over what it needs before the first mutated input."""
_PATIENCE = (5, 60)
"""Times `LIMIT` on the wall after which an input is stopped: at first, and when it is tried again."""
_KEPT = 50


class Hang(BaseException):
    """An input took longer than it may; no handler of the reader may swallow it."""


@dataclass(slots=True)
class Result:
    """
    What a share of the inputs did.

    Attributes:
        by_reader: inputs tried; `read` those of them that gave a paper or a file all the same.
        failures: digest of the input, reader, step, and the last lines of what it raised.
        slowest: the longest time that one input took, seconds; `growth_mb` how much the process grew.
    """

    inputs: int = 0
    crashes: int = 0
    hangs: int = 0
    slowest: float = 0.0
    growth_mb: float = 0.0
    by_reader: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        """Add the result of another share."""
        self.inputs += other.inputs
        self.crashes += other.crashes
        self.hangs += other.hangs
        self.slowest = max(self.slowest, other.slowest)
        self.growth_mb = max(self.growth_mb, other.growth_mb)
        self.by_reader += other.by_reader
        self.read += other.read
        self.failures += other.failures

    @property
    def ok(self) -> bool:
        """Tell whether nothing went wrong."""
        return not self.crashes and not self.hangs and self.growth_mb <= GROWTH


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def share(inputs: int, seed: int, kept: Path) -> Result:
    """
    Try a share of the inputs in this process.

    Args:
        seed: what the inputs are drawn from; the same ones each time.
        kept: folder for inputs that fail, and for the readers' working files.
    """
    configure_logs("critical", "text")
    dice = random.Random(seed)  # noqa: S311 - inputs that can be made again
    readers = list(targets(kept / f"work-{seed}"))
    weights = [3 if reader.name == "edxml" else 2 for reader in readers]
    for reader in readers:
        for step, data in reader.seeds:
            reader.read(step, data)
    base, result = _peak_mb(), Result()
    for _turn in range(inputs):
        (reader,) = dice.choices(readers, weights)
        step, data = dice.choice(reader.seeds)
        data = mutated(data, dice, [one for _step, one in reader.seeds])
        _try(reader, step, data, result, kept)
        result.by_reader[reader.name] += 1
        result.inputs += 1
    result.growth_mb = round(_peak_mb() - base, 1)
    return result


def _try(reader: Target, step: str, data: bytes, result: Result, kept: Path) -> None:
    for patience in _PATIENCE:
        begun, cpu = time.perf_counter(), time.process_time()
        try:
            with _within(LIMIT * patience):
                result.read[reader.name] += reader.read(step, data) > 0
        except Hang:
            if time.process_time() - cpu <= LIMIT and patience != _PATIENCE[-1]:
                continue  # asleep, or nobody gave this process the processor: the second time tells
            result.hangs += 1
            _keep(reader, step, data, "hang", result, kept)
        except Exception:
            result.crashes += 1
            _keep(reader, step, data, traceback.format_exc(limit=-4), result, kept)
        break
    # On a busy machine the wall's time counts other people's work: an input is slow by the processor's time or asleep.
    spent = min(time.perf_counter() - begun, max(time.process_time() - cpu, 0.0))
    result.slowest = max(result.slowest, spent)
    if spent > LIMIT:
        result.hangs += 1
        _keep(reader, step, data, f"slow: {spent:.1f} s", result, kept)


def _keep(reader: Target, step: str, data: bytes, what: str, result: Result, kept: Path) -> None:
    digest = sha256(data).hexdigest()[:24]
    (kept / f"{reader.name}-{step}-{digest}").write_bytes(data)
    if len(result.failures) < _KEPT:
        result.failures.append({"reader": reader.name, "step": step, "input": digest, "what": what})


def fuzz(inputs: int, seed: int, processes: int, kept: Path, *, tell: bool = False) -> Result:
    """
    Try `inputs` mutated inputs.

    Args:
        processes: how many at a time; shares are small, so that a process that grows is seen early.
        tell: whether to say on standard error how far it is.
    """
    kept.mkdir(parents=True, exist_ok=True)
    whole = Result()
    size = max(1, min(5_000, -(-inputs // processes)))
    jobs = [(min(size, inputs - start), seed + number, kept) for number, start in enumerate(range(0, inputs, size))]
    if processes == 1:
        for job in jobs:
            _add(whole, share(*job), tell=tell)
        return whole
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done in [pool.apply_async(share, job) for job in jobs]:
            _add(whole, done.get(), tell=tell)
    return whole


def _add(whole: Result, part: Result, *, tell: bool) -> None:
    whole.add(part)
    if tell:
        said = {"inputs": whole.inputs, "crashes": whole.crashes, "hangs": whole.hangs, "growth_mb": whole.growth_mb}
        click.echo(json.dumps({**said, "slowest": round(whole.slowest, 3)}), err=True)


@click.command()
@click.option("--inputs", default=1_000_000, show_default=True, help="How many inputs.")
@click.option("--seed", default=1, show_default=True, help="What they are drawn from.")
@click.option("--processes", default=2, show_default=True, help="How many at a time.")
@click.option("--folder", type=click.Path(path_type=Path), help="For inputs that fail. Default: a temporary one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(inputs: int, seed: int, processes: int, folder: Path | None, *, as_json: bool) -> None:
    """Throw mutated inputs at the readers of outside data."""
    kept = folder or Path(tempfile.mkdtemp(prefix="congkhai-fuzz-"))
    begun = time.monotonic()
    found = fuzz(inputs, seed, processes, kept, tell=True)
    said = {
        "ok": found.ok, **{name: getattr(found, name) for name in found.__slots__},
        "seconds": round(time.monotonic() - begun), "kept": str(kept),
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(said, indent=1))
    else:
        click.echo(f"{found.inputs} inputs: {found.crashes} crashes, {found.hangs} hangs, {said['seconds']} s")
        click.echo(f"slowest {found.slowest:.3f} s, grown by {found.growth_mb} MB")
    sys.exit(0 if found.ok else 1)


if __name__ == "__main__":
    command()
