"""
Measure papers and dossiers: ``python -m benchmarks.dossiers [--rounds N] [--archive N] [--json]``.

Renditions: from the content of minutes and their XML to the bytes of a PDF/A-3 file, as `minutes_pdf` makes it when the
last role has signed. No two papers are alike: typst keeps what it has laid out, and the same paper again would cost
less. A round is 20 papers; its figure is their mean. Told are the medians over the rounds, and the best round by the
processor's time: a busy machine stretches wall time much, and the processor's too, whose cores share what they have.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pypdfium2

from congkhai.plugin.minutes import SHIPPED, MinutesContent, Person, minutes_pdf, minutes_xml
from congkhai.plugin.minutes.look import installed
from tests.plugin.minutes.papers import conference_minutes, posting_minutes

from .archive import measured
from .sealing import dossiers

_PAPERS = 20
_MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
_COLD = """
import time; began = time.perf_counter()
from benchmarks.dossiers import one_page, minutes_pdf, minutes_xml, _MADE
content = one_page(); loaded = time.perf_counter()
minutes_pdf(content, minutes_xml(content), _MADE)
print(loaded - began, time.perf_counter() - loaded)
"""


def one_page() -> MinutesContent:
    """Posting minutes of one document at one place, with three signers: one page."""
    content = posting_minutes()
    document, board = content.documents[1], content.channels[0]
    return replace(
        content, documents=(document,), channels=(replace(board, evidence=(), basis=""),), bases=content.bases[:1],
        agency=replace(content.agency, superior=""), regulation=replace(content.regulation, number="", issued=None),
        absent=(), feedback_receiver="",
    )  # fmt: skip


def _pages(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def _timed(prepare: Callable[[int], Callable[[], object]], rounds: int) -> dict[str, float]:
    """
    Return milliseconds for one act: wall and processor as medians over the rounds, and the best round's processor time.

    Args:
        prepare: makes an act ready, off the clock; it gets a number that never comes twice.
    """
    wall, processor = [], []
    for number in range(rounds):
        acts = [prepare(number * _PAPERS + place) for place in range(_PAPERS)]
        began, spent = time.perf_counter(), time.process_time()
        for act in acts:
            act()
        wall.append((time.perf_counter() - began) / _PAPERS * 1000)
        processor.append((time.process_time() - spent) / _PAPERS * 1000)
    figures = {
        "wall_ms": statistics.median(wall),
        "cpu_ms": statistics.median(processor),
        "best_cpu_ms": min(processor),
    }
    return {name: round(figure, 2) for name, figure in figures.items()}


def _renditions(rounds: int) -> dict[str, Any]:
    usual = one_page()
    many = replace(
        conference_minutes(), participants=tuple(Person(f"Đặng Hữu Nghĩa {n}", "đại biểu hộ") for n in range(1, 501))
    )

    def another(content: MinutesContent, number: int) -> MinutesContent:
        """The same paper of another matter: other id, number, title, hours."""
        began = content.started - timedelta(minutes=number)
        document = replace(
            usual.documents[0], subject=f"Tổ chức lấy ý kiến lần {number}", number=f"{number + 1}/KH-UBND"
        )
        documents = (document,) if content.documents else ()
        return replace(
            content, id=f"m{number:015x}", number=f"{number + 1}/BB-UBND", started=began, documents=documents
        )

    def rendition(content: MinutesContent) -> Callable[[int], Callable[[], bytes]]:
        def prepare(number: int) -> Callable[[], bytes]:
            paper = another(content, number)
            look = replace(SHIPPED, verify=f"https://congkhai.mauson.example.vn/kiem-tra/d{number:015x}")
            return partial(minutes_pdf, paper, minutes_xml(paper), _MADE, look)

        return prepare

    installed()
    pages = _pages(rendition(usual)(10**6)())
    if pages != 1:
        raise SystemExit(f"the paper to measure has {pages} pages")
    loaded, first = (
        float(part)
        for part in subprocess.run(  # noqa: S603 - this module, by this Python
            [sys.executable, "-c", _COLD], capture_output=True, text=True, check=True
        ).stdout.split()
    )  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one = _timed(rendition(usual), rounds)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "one_page": {**one, "target_ms": 10, "bytes": len(rendition(usual)(10**6 + 1)())},
        "xml_of_it": _timed(lambda number: partial(minutes_xml, another(usual, number)), rounds),
        "participants_500": {
            **_timed(rendition(many), max(1, rounds // 10)), "pages": _pages(rendition(many)(10**6)()),
        },
        "first_of_a_process": {"import_ms": round(loaded * 1000, 1), "rendition_ms": round(first * 1000, 1)},
        "memory_grown_kib": {"papers": rounds * _PAPERS, "kib": grown},
    }  # fmt: skip


SECTIONS: dict[str, Callable[[int], dict[str, Any]]] = {"renditions": _renditions, "dossiers": dossiers}
"""What is measured, by name; each function gets the number of rounds."""


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dossiers", description="Papers and dossiers.")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each measurement (20)")
    parser.add_argument("--only", choices=sorted(SECTIONS), action="append", help="measure these sections only")
    parser.add_argument(
        "--archive", type=int, default=0, metavar="N", help="also export N dossiers to archive packages"
    )
    parser.add_argument("--json", action="store_true", help="machine output")
    wanted = parser.parse_args()
    found = {name: SECTIONS[name](wanted.rounds) for name in wanted.only or SECTIONS}
    if wanted.archive:
        found["archive"] = {"packages": asdict(measured(wanted.archive))}
    if wanted.json:
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        return
    for name, rows in found.items():
        for row, figures in rows.items():
            told = ", ".join(f"{key} {value}" for key, value in figures.items())
            sys.stdout.write(f"{name}  {row}: {told}\n")


if __name__ == "__main__":
    main()
