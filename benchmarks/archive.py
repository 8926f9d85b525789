"""
Sealed dossiers exported to archive packages: time per dossier, and memory while it goes on.

``python -m benchmarks.archive [--count N] [--size BYTES] [--kind sip] [--json]``: a store with N sealed dossiers of
four papers is made first (not measured), then all are exported through the very function that the command line calls.
Memory (resident set of this process) is read after every twentieth of the way; at the end a sample of the packages is
read back.
"""

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from congkhai.plugin.archive import KINDS, Exported, Shelf, check_package, export_many, sealed_ids
from tests.plugin.archive.shelf import AGENCY, Bundle, Sheet, new_shelf, put

_PAPERS = 4
_LOOKS = 20
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What was measured.

    Attributes:
        rss_mib: resident memory in MiB after each part of the way, the first before it began.
        growth_mib: last less first of the second half of the way: what a leak would show.
        resumed_seconds: the same call again, when everything is there already.
    """

    dossiers: int
    papers: int
    seconds: float
    ms_per_dossier: float
    bytes_written: int
    rss_mib: list[float]
    growth_mib: float
    resumed_seconds: float
    sample_sound: bool


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / _MIB, 1)


def _fill(shelf: Shelf, count: int, size: int, bar: Progress) -> None:
    task = bar.add_task("making dossiers", total=count)
    for number in range(count):
        sheets = tuple(
            Sheet(
                name=f"van-ban/{rank:02}-1-van-ban.txt", media_type="text/plain", number=f"{rank}/QĐ-UBND",
                data=f"{number}.{rank} ".encode() + bytes(size),
            )
            for rank in range(1, _PAPERS)
        )  # fmt: skip
        put(shelf, Bundle(id=f"h{number:015}", sheets=sheets))
        bar.advance(task)


def measure(count: int, size: int, kind: str, folder: Path, bar: Progress) -> Figures:
    """Make the dossiers, export them, and export them again."""
    shelf = new_shelf(folder / "store")
    try:
        _fill(shelf, count, size, bar)
        ids, out = sealed_ids(shelf.store, AGENCY), folder / "out"
        task = bar.add_task("exporting", total=count)
        memory, written = [_resident()], []
        every = max(1, count // _LOOKS)

        def done(one: Exported) -> None:
            bar.advance(task)
            if one.path is None:
                raise click.ClickException("\n".join(one.notes))
            written.append(one.path.stat().st_size)
            if len(written) % every == 0:
                memory.append(_resident())

        begun = time.perf_counter()
        export_many(shelf, ids, kind, out, done=done)
        seconds = time.perf_counter() - begun
        again = time.perf_counter()
        if export_many(shelf, ids, kind, out) != (0, count, 0):
            raise click.ClickException("the second export wrote something anew")
        resumed = time.perf_counter() - again
    finally:
        shelf.store.close()
    sample = sorted(out.iterdir())[:: max(1, count // 25)]
    sound = all(check_package(path).sound for path in sample)
    half = memory[len(memory) // 2 :]
    return Figures(
        count, _PAPERS, round(seconds, 2), round(1000 * seconds / count, 2), sum(written), memory,
        round(half[-1] - half[0], 1), round(resumed, 2), sound,
    )  # fmt: skip


def measured(count: int, size: int = 4096, kind: str = "sip") -> Figures:
    """Measure in a temporary folder, with a bar on stderr where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with tempfile.TemporaryDirectory(prefix="congkhai-archive-") as folder, Progress(
        *columns, console=Console(stderr=True), disable=not sys.stderr.isatty()
    ) as bar:  # fmt: skip
        return measure(count, size, kind, Path(folder), bar)


@click.command(help="Measure the export of sealed dossiers to archive packages.")
@click.option("--count", default=1000, show_default=True, type=click.IntRange(1), help="How many dossiers.")
@click.option("--size", default=4096, show_default=True, type=click.IntRange(0), help="Bytes of each paper.")
@click.option("--kind", default="sip", show_default=True, type=click.Choice([one for one in KINDS if one != "dip"]))
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def main(count: int, size: int, kind: str, *, machine: bool) -> None:
    """Measure and print."""
    figures = measured(count, size, kind)
    if machine:
        click.echo(json.dumps(asdict(figures), indent=1))
        return
    click.echo(
        f"{figures.dossiers} dossiers of {figures.papers} papers in {figures.seconds} s: "
        f"{figures.ms_per_dossier} ms each, {figures.bytes_written / _MIB:.0f} MiB; "
        f"again, all present: {figures.resumed_seconds} s"
    )
    click.echo(f"resident memory, MiB: {' '.join(map(str, figures.rss_mib))} (second half: {figures.growth_mib:+})")


if __name__ == "__main__":
    main()
