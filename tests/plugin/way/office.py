"""A house in a folder of its own, its simulated clock, and the people who work in it."""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin import desk
from congkhai.plugin.clock import ZONE
from congkhai.plugin.daemon import next_due, recover, run_due
from congkhai.plugin.demo.people import photo
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.outbox import LOOKS
from congkhai.plugin.records import Disclosure, DisclosureState, Document, Dossier, Minutes, Posting, PostingState
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import create_store, read
from congkhai.plugin.store import tables as t

from .databases import arrival, new_database
from .script import Place, Script, Source

ROLES = ("records_officer", "front_chair", "head")
PEOPLE = {"records_officer": "Lê Văn Mẫu", "front_chair": "Trần Thị Mẫu", "head": "Nguyễn Văn Mẫu"}
CLERK = PEOPLE["records_officer"]
PAUSE = 0.025
"""Seconds; a little more than ``retry-longest`` below."""
START = datetime(2026, 7, 6, 8, tzinfo=ZONE)
"""A Monday morning, inside the life of the demo's certificates and revocation lists."""
STAFF_PAGE = "[channel:intranet]\ntype = staff-page\n"
BOARD = "[channel:bang-tin]\ntype = attended\nform = notice_board\nplace = Bản tin công khai\n"
PORTAL = "[channel:cong]\ntype = attended\nform = portal\nplace = Cổng thông tin điện tử\n"
SCRIPTED = "[channel:kenh]\ntype = script-channel\n"
_HEAD = """\
[agency]
name = UBND xã Mẫu Sơn
code = 000.01.25.H99
kind = xa
regulation = dong-son-2024
office-hours = 07:30-11:30, 13:30-17:00
has-intranet = yes

[work]
pull-every = 90 d
probe-every = 30 d
retry-first = 10 ms
retry-longest = 20 ms

[tagging]
use = script
automatic = yes
automatic-basis = Quyết định mẫu số 1 ngày 02/01/2026

[trust]
folder = trust

[web]
enabled = no

[dossier]
file-to = {file_to}

[connector:nguon]
type = script

[connector:ban-giao]
type = handover
folder = ban-giao
"""
_SIGNER = """
[signer:{name}]
type = pkcs12
role = {role}
person = {person}
attended = {attended}
file = keys/{role}.p12
password = {{file keys/{role}.password}}
"""


def ini_text(*sections: str, file_to: str = "ban-giao") -> str:
    """Write an ini with the given channels and further sections, three attended signers and a seal."""
    signers = "".join(
        _SIGNER.format(name=role.replace("_", "-"), role=role, person=PEOPLE[role], attended="yes") for role in ROLES
    )
    seal = _SIGNER.format(name="seal", role="seal", person="UBND xã Mẫu Sơn", attended="no")
    return "\n".join([_HEAD.format(file_to=file_to), *sections, signers, seal])


def prepare(folder: Path, pki: Path, ini: str, start: datetime = START) -> None:
    """Lay keys, anchors, ini and an empty store into a folder."""
    shutil.copytree(pki, folder, dirs_exist_ok=True)
    (folder / "ban-giao").mkdir(exist_ok=True)
    database, ini = new_database(ini)
    (folder / "congkhai.ini").write_text(ini, encoding="utf-8")
    create_store(folder / "data", database=database, simulated=start)


@dataclass
class Office:
    """
    One open house with its outside world.

    Attributes:
        extra: further plugins, by name.
    """

    folder: Path
    script: Script = field(default_factory=Script)
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.house = self._open()

    def _open(self) -> House:
        house = open_house(self.folder / "congkhai.ini", Host(extra={"script": self.script, **self.extra}))
        recover(house)
        return house

    def restart(self) -> None:
        """Close the house and open it anew, as a daemon that starts does."""
        self.house.close()
        self.house = self._open()

    @property
    def source(self) -> Source:
        """The scripted source."""
        return self.script.source

    @property
    def place(self) -> Place:
        """The scripted channel."""
        assert self.script.place is not None
        return self.script.place

    @property
    def now(self) -> datetime:
        """Legal time, as the wall clock of the office shows it."""
        return self.house.clock.now().astimezone(ZONE)

    def work(self) -> None:
        """Do all work that is due, retries that fall due meanwhile included."""
        run_due(self.house)

    def work_on(self) -> None:
        """Do all work, and what an undecided act has it tried again; the pauses between attempts are short here."""
        for _attempt in range(LOOKS):
            self.work()
            time.sleep(PAUSE)
        self.work()

    def set_time(self, moment: datetime) -> None:
        """Move the clock, without working."""
        self.house.store.set_simulated_time(moment)

    def wait_until(self, moment: datetime) -> None:
        """Live on to a moment: the clock stops at every deadline on the way, and the work is done."""
        self.work()
        while (due := next_due(self.house)) is not None and due <= moment:
            self.set_time(max(due, self.house.clock.now()))
            self.work()
        self.set_time(max(moment, self.house.clock.now()))
        self.work()

    def wait(self, **span: float) -> None:
        """Live on for a span of time, e.g. ``days=1``."""
        self.wait_until(self.now + timedelta(**span))

    def edit(self, before: str, after: str) -> None:
        """Change the ini's text and restart."""
        ini = self.folder / "congkhai.ini"
        text = ini.read_text(encoding="utf-8")
        assert before in text
        ini.write_text(text.replace(before, after), encoding="utf-8")
        self.restart()

    def pull(self) -> None:
        """Have every source asked now."""
        self.work()
        with self.house.store.write(self.house.agency, "test") as tx:
            for name in self.house.connectors:
                tx.enqueue("pull", f"{name}:{len(self.rows(t.job))}", subject=name)
        self.work()

    def receive(self, *papers: Any) -> None:
        """Offer papers and take them in at this moment."""
        self.work()
        self.source.offer(*papers)
        self.pull()

    def rows(self, table: sa.Table) -> list[Any]:
        """Return every row of a table, by its key."""
        with self.house.store.read() as connection:
            return list(connection.execute(sa.select(table).order_by(*table.primary_key)))

    def failing_since(self) -> Any:
        """Return since when the scripted source fails; None: it does not."""
        [since] = [row.failing_since for row in self.rows(t.source) if row.name == "nguon"]
        return since

    def documents(self) -> list[Document]:
        """Return every document, in the order of intake."""
        with self.house.store.read() as connection:
            ids = connection.scalars(sa.select(t.document.c.id).order_by(arrival())).all()
            return [read.document(connection, id_) for id_ in ids]

    def matters(self) -> list[Disclosure]:
        """Return every disclosure, in the order they were opened."""
        with self.house.store.read() as connection:
            return list(read.disclosures(connection, self.house.agency))

    def matter(self) -> Disclosure:
        """Return the only disclosure."""
        (matter,) = self.matters()
        return matter

    def posting(self, channel: str) -> Posting:
        """Return the posting of the only disclosure in a channel."""
        return next(one for one in self.matter().postings if one.channel == channel)

    def paper(self, kind: str) -> Minutes | None:
        """Return the minutes of a kind of the only disclosure."""
        with self.house.store.read() as connection:
            return read.minutes(connection, self.matter().id, kind)

    def dossier(self) -> Dossier | None:
        """Return the dossier of the only disclosure."""
        with self.house.store.read() as connection:
            return read.dossier(connection, self.matter().id)

    def said(self, sha256: str) -> str:
        """What was said under a digest that the journal holds."""
        return next(row.text for row in self.rows(t.remark) if row.sha256 == sha256)

    def journal(self, *acts: str) -> list[dict[str, Any]]:
        """Return the bodies of the journal, of these acts or of all."""
        bodies = [json.loads(row.body) for row in sorted(self.rows(t.journal), key=lambda row: row.seq)]
        return [body for body in bodies if not acts or body["act"] in acts]

    def jobs(self, state: str) -> list[Any]:
        """Return the work in a state."""
        return [row for row in self.rows(t.job) if row.state == state]

    def confirm(self, channel: str = "bang-tin", **more: Any) -> None:
        """Have the clerk confirm a posting now, with a photo."""
        posting = self.posting(channel)
        desk.confirm_posting(self.house, posting.id, CLERK, since=self.now, photo=photo(posting.id), **more)
        self.work()

    def confirm_all(self) -> None:
        """Have the clerk confirm every posting that waits."""
        for matter in self.matters():
            for posting in matter.postings:
                if posting.state is PostingState.WAITING and matter.state is DisclosureState.DUE:
                    picture = photo(posting.id)
                    desk.confirm_posting(self.house, posting.id, CLERK, since=self.now, photo=picture)
        self.work()

    def take_down_all(self) -> None:
        """Have the clerk take down every attended posting of a matter that closes."""
        for matter in self.matters():
            for posting in matter.postings:
                attended = self.house.channels[posting.channel].attended
                if attended and posting.state is PostingState.UP and matter.state is DisclosureState.CLOSING:
                    desk.confirm_taken_down(self.house, posting.id, CLERK, at=self.now)
        self.work()

    def sign(self, *roles: str) -> int:
        """Have people sign what waits for them; all of them when none is named. Returns how many signatures."""
        signed = 0
        for role in roles or ROLES:
            _name, signer = self.house.signer_of(role)
            for paper in waiting_for(self.house, role):
                sign_by_person(self.house, paper.id, signer)
                signed += 1
        self.work()
        return signed

    def everything(self) -> dict[str, bytes]:
        """Return every file under the folder, WAL and temporary files included."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()
        }
