"""A demo run once for a whole file of tests, and a demo that can be killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.config.load import load
from congkhai.plugin.host import Host
from congkhai.plugin.records import Disclosure
from congkhai.plugin.store import Store, open_store, read
from congkhai.plugin.store import tables as t

AGENCY = "main"


@dataclass(frozen=True)
class Outcome:
    """What a finished demo left behind, in a form that two runs can be compared by."""

    documents: frozenset[tuple[str, str, str]]
    refused: int
    disclosures: frozenset[tuple[str, str, str]]
    signatures: frozenset[tuple[str, str]]
    dossiers: frozenset[tuple[str, bool, bool]]
    filed: tuple[str, ...]


def congkhai(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from congkhai.plugin.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def opened(folder: Path) -> Store:
    """Open the store of a finished demo."""
    configuration = load(folder / "congkhai.ini", Host())
    return open_store(configuration.store.folder)


def pushed(outside: Path) -> tuple[str, ...]:
    """Return the titles of the dossiers that the simulated iOffice holds, as often as it holds them."""
    state = json.loads((outside / "ioffice" / "state.json").read_text(encoding="utf-8"))
    return tuple(sorted(one["summary"] for one in state["memory"]["pushed"]))


def disclosures(store: Store) -> list[Disclosure]:
    """Read every disclosure of a store."""
    with store.read() as connection:
        return list(read.disclosures(connection, AGENCY))


def outcome(folder: Path, filed: tuple[str, ...]) -> Outcome:
    """Read what a demo came to."""
    store = opened(folder)
    try:
        with store.read() as connection:

            def rows(*columns: sa.Column[Any]) -> Iterator[tuple[Any, ...]]:
                return (tuple(row) for row in connection.execute(sa.select(*columns)))

            return Outcome(
                documents=frozenset(rows(t.document.c.source, t.document.c.remote_id, t.document.c.status)),
                refused=len(list(rows(t.refusal.c.opaque))),
                disclosures=frozenset(rows(t.disclosure.c.id, t.disclosure.c.category, t.disclosure.c.state)),
                signatures=frozenset(rows(t.signature.c.minutes, t.signature.c.role)),
                dossiers=frozenset(
                    (id_, complete, at is not None)
                    for id_, complete, at in rows(t.dossier.c.id, t.dossier.c.complete, t.dossier.c.filed_at)
                ),
                filed=filed,
            )
    finally:
        store.close()
