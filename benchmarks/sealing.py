"""
The dossier of `benchmarks.dossiers`: 20 documents assembled, checked, sealed, verified and written, on one core.

The house is a real one with a simulated clock; its matter went the whole way, only the dossier is made again and again.
What hashing and copying its bytes costs by itself is measured beside, with the same calls on the same bytes.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.clock import local_date
from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.dossier import lay_out
from congkhai.plugin.dossier_checks import findings_of
from congkhai.plugin.dossier_parts import KIND, items_of, parts_of
from congkhai.plugin.dossier_seal import Sealing, seal
from congkhai.plugin.minuting import load_matter
from congkhai.plugin.records import Severity
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import tables as t
from tests.plugin.way.office import BOARD, STAFF_PAGE, Office, ini_text, prepare
from tests.plugin.way.script import paper, plan_paper

DOCUMENTS = 20
_SIZE = 100_000  # bytes of one document


def _office(folder: Path) -> Office:
    """Bring a matter of 20 documents to where only its dossier is to be made."""
    scenario = load_scenario()
    make_pki(folder / "pki", scenario.agency, scenario.people)
    prepare(folder / "house", folder / "pki", ini_text(STAFF_PAGE, BOARD))
    office = Office(folder / "house")
    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    _more(office)
    office.confirm()
    office.sign()
    office.wait(days=24)
    office.take_down_all()
    office.sign("records_officer", "front_chair", "head")
    _name, head = office.house.signer_of("head")
    for waiting in waiting_for(office.house, "head"):
        sign_by_person(office.house, waiting.id, head)  # and no work after it: the dossier is ours to make
    return office


def _more(office: Office) -> None:
    """Put 19 further papers into the matter before it is posted, each with a file of its own."""
    first = office.matter().documents[0]
    with office.house.store.write(office.house.agency, "benchmark") as tx:
        row = tx.connection.execute(sa.select(t.document).where(t.document.c.id == first)).one()._mapping
        file = tx.connection.execute(sa.select(t.attachment).where(t.attachment.c.document == first)).one()._mapping
        for number in range(2, DOCUMENTS + 1):
            id_ = f"x{number}"
            data = f"Văn bản số {number}. ".encode() * (_SIZE // 20)
            sha256, size = office.house.store.vault.put(data)
            tx.connection.execute(
                sa.insert(t.document).values({**row, "id": id_, "remote_id": id_, "number": f"{number}/QĐ-UBND"})
            )
            tx.connection.execute(
                sa.insert(t.attachment).values({**file, "document": id_, "sha256": sha256, "size": size})
            )
            tx.connection.execute(
                sa.insert(t.disclosure_document).values(disclosure=office.matter().id, document=id_, rank=number)
            )


def _median(act: Callable[[], object], rounds: int) -> dict[str, float]:
    act()  # what is loaded once in a process's life is loaded
    wall, processor = [], []
    for _round in range(rounds):
        began, spent = time.perf_counter(), time.process_time()
        act()
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    return {"wall_ms": round(statistics.median(wall), 1), "cpu_ms": round(statistics.median(processor), 1)}


def dossiers(rounds: int) -> dict[str, Any]:
    """Return milliseconds for the whole, its steps, and for the bytes alone."""
    with tempfile.TemporaryDirectory(prefix="congkhai-bench-") as name:
        folder = Path(name)
        office = _office(folder)
        try:
            return _measured(office, folder / "out", rounds)
        finally:
            office.house.close()


def _measured(office: Office, out: Path, rounds: int) -> dict[str, Any]:
    house, subject = office.house, office.matter().id

    def assembled() -> tuple[Any, ...]:
        with house.store.read() as connection:
            matter = load_matter(house, connection, subject)
        items = items_of(house, matter)
        return matter, items, parts_of(house, matter, items)

    def checked() -> tuple[Any, ...]:
        matter, items, parts = assembled()
        return matter, items, parts, findings_of(house, matter, items, parts)

    def made() -> None:
        matter, items, parts, findings = checked()
        errors = [one for one in findings if one.severity is Severity.ERROR]
        if errors:
            raise SystemExit(f"the dossier is not complete: {errors}")
        volumes = seal(house, Sealing(
            "h" + "0" * 15, subject, KIND, matter.disclosure.title, 2026, local_date(matter.disclosure.opened_at),
            items, parts, findings, matter.head, 20,
        ))  # fmt: skip
        shutil.rmtree(out, ignore_errors=True)
        lay_out(house, "h" + "0" * 15, tuple(one.sha256 for one in volumes), out, unpacked=False)

    digests = [item.sha256 for item in assembled()[1]]
    size = sum(item.size for item in assembled()[1])

    def bytes_alone() -> None:
        """Hash and copy every member once: what cannot be saved."""
        for sha256 in digests:
            house.store.vault.put(house.store.vault.open(sha256))

    facts = {"documents": DOCUMENTS, "members": len(digests), "bytes": size}
    return {
        "whole": {**_median(made, rounds), "target_ms": "150 and the bytes alone", **facts},
        "bytes_alone": _median(bytes_alone, rounds), "assembled": _median(assembled, rounds),
        "assembled_and_checked": _median(checked, rounds),
    }  # fmt: skip
