"""Two nodes on one PostgreSQL database, and what must be true of their work in the end."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.daemon import HANDLERS, recover
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import read, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.moving import move
from congkhai.plugin.work import work_once

from .office import Office
from .script import Script


def moved_to(office: Office, database: str) -> Path:
    """Close a house on SQLite and move its rows to an empty database; returns its folder."""
    folder = office.folder
    office.house.close()
    entries = _entries(folder)
    moved = move(folder / "data", "", database, tell=lambda _table, _rows: None)
    assert moved.rows["journal"] == moved.heads["main"].seq + 1 == entries
    return folder


def _entries(folder: Path) -> int:
    connection = sqlite3.connect(folder / "data" / "congkhai.sqlite")
    try:
        return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])
    finally:
        connection.close()


class Nodes:
    """
    Two nodes on one database, each with an ini (``a.ini``, ``b.ini``) and a work folder; `b` is opened here.

    Args:
        folder: of a moved house.
        database: its address, as `b` reaches it; `far`: as `a` does.
        lease: how long work is held.
        edit: what else the inis say.
    """

    def __init__(
        self, folder: Path, database: str, far: str, lease: str, edit: Callable[[str], str] = lambda text: text
    ) -> None:  # fmt: skip
        self.folder = folder
        text = edit((folder / "congkhai.ini").read_text(encoding="utf-8"))
        for node, address in (("a", far), ("b", database)):
            store = f"\n[store]\nfolder = data-{node}\nvault = data/vault\ndatabase = {address}\nsilence = 2 s\n"
            ini = text.replace("[work]\n", f"[work]\nlease = {lease}\nnode = nut-{node}\n") + store
            (folder / f"{node}.ini").write_text(ini, encoding="utf-8")
            (folder / f"data-{node}").mkdir()
        self.b = self.open("b")

    def open(self, node: str) -> House:
        """Open a node in this process."""
        house = open_house(self.folder / f"{node}.ini", Host(extra={"script": Script()}))
        recover(house)
        return house

    def close(self) -> None:
        """Close what is open here."""
        self.b.close()

    def sign(self) -> None:
        """Have the head sign what waits for him."""
        _name, head = self.b.signer_of("head")
        for paper in waiting_for(self.b, "head"):
            sign_by_person(self.b, paper.id, head)

    def filings(self) -> int:
        """How many dossiers lie at the place of filing."""
        return len([one for one in (self.folder / "ban-giao").iterdir() if not one.name.startswith(".")])

    def filed(self) -> bool:
        """Whether the dossier's row says that it was filed."""
        return bool(self.rows(sa.select(t.dossier.c.id).where(t.dossier.c.filed_at.is_not(None))))

    def rows(self, query: "sa.Select[Any]") -> list[Any]:
        """Read through the node that is not cut off."""
        with self.b.store.read() as connection:
            return list(connection.execute(query).all())

    def judge(self) -> None:
        """Nothing is lost, nothing happened twice, and the journal holds."""
        assert self.filings() == 1
        acts = [row.body for row in self.rows(sa.select(t.journal.c.body)) if '"act":"dossier.filed"' in row.body]
        assert len(acts) == 1
        assert [row.state for row in self.rows(sa.select(t.outbox.c.state).where(t.outbox.c.act == "file"))] == ["done"]
        with self.b.store.read() as connection:
            (matter,) = read.disclosures(connection, self.b.agency)
            assert matter.state is DisclosureState.FILED
            assert not verify_journal(connection, self.b.agency).broken
        assert not self.rows(sa.select(t.job.c.key).where(t.job.c.state.in_(("leased", "ready", "dead"))))


def run_one(house: House) -> bool:
    """Do one piece of work."""
    return work_once(house, HANDLERS, house.store.node)
