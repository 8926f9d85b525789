"""An installation of two agencies: one store, one process, two communes that know nothing of each other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from congkhai.connectors.simulators.edxml_packets import Party
from congkhai.plugin import desk
from congkhai.plugin.daemon import recover, run_due
from congkhai.plugin.demo.people import photo
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_houses
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import create_store, read
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.scope import SHARED
from tests.plugin.way.databases import new_database
from tests.plugin.way.office import _SIGNER, CLERK, PEOPLE, ROLES, START
from tests.plugin.way.packets import packet

MINE, THEIRS = "mau-son", "tan-lap"
CANARY = "chuyện riêng của xã Tân Lập"
"""Stands in every paper of the other agency; it must never be seen by the one."""
CODES = {MINE: "000.01.25.H99", THEIRS: "000.02.25.H99"}
NAMES = {MINE: "UBND xã Mẫu Sơn", THEIRS: "UBND xã Tân Lập"}
_AGENCY = """
[agency:{key}]
name = {name}
code = {code}
kind = xa
regulation = dong-son-2024
office-hours = 07:30-11:30, 13:30-17:00
has-intranet = yes

[dossier:{key}]
file-to = ban-giao-{key}

[connector:truc-{key}]
type = edxml
agency = {key}
folder = hop-thu-{key}
complete-when = renamed
agency-ids = {code}
source-is-plain = yes
source-is-plain-basis = Quy chế mẫu

[connector:ban-giao-{key}]
type = handover
agency = {key}
folder = ban-giao-{key}

[channel:intranet-{key}]
type = staff-page
agency = {key}

[channel:bang-tin-{key}]
type = attended
agency = {key}
form = notice_board
place = Bản tin công khai
"""
_COMMON = """\
[work]
pull-every = 90 d
probe-every = 30 d
retry-first = 10 ms
retry-longest = 20 ms

[tagging]
use = rules
automatic = yes
automatic-basis = Quyết định mẫu số 1 ngày 02/01/2026

[trust]
folder = trust

[web]
enabled = no
"""


def ini_of_two() -> str:
    """Write the ini: what all share, then each agency with all that is its own."""
    return _COMMON + "".join(sections_of(key) for key in (MINE, THEIRS))


def sections_of(key: str) -> str:
    """Write what is one agency's own: itself, its sources, channels, place of filing, and signers."""
    text = _AGENCY.format(key=key, name=NAMES[key], code=CODES[key])
    for role in (*ROLES, "seal"):
        attended = "no" if role == "seal" else "yes"
        section = _SIGNER.format(
            name=f"{role.replace('_', '-')}-{key}", role=role, person=PEOPLE.get(role, NAMES[key]), attended=attended
        )
        text += section.replace("type = pkcs12\n", f"type = pkcs12\nagency = {key}\n")
    return text


def prepare_two(folder: Path) -> None:
    """Lay out the installation in a folder that holds keys and trust: ini, inboxes with one plan each, a store."""
    for key in (MINE, THEIRS):
        lay_inbox(folder, key)
    database, ini = new_database(ini_of_two())
    (folder / "congkhai.ini").write_text(ini, encoding="utf-8")
    create_store(folder / "data", database=database, simulated=START)


def lay_inbox(folder: Path, key: str) -> None:
    """Lay out an agency's place of filing, and its inbox with one plan."""
    (folder / f"ban-giao-{key}").mkdir()
    inbox = folder / f"hop-thu-{key}"
    inbox.mkdir()
    subject = "Kế hoạch thực hiện công khai thông tin năm 2026"
    subject += f" ({CANARY})" if key == THEIRS else ""
    sender = Party(CODES[key], NAMES[key])
    data = packet("7/KH-UBND", "Kế hoạch", subject, sender, "2026/06/30")
    (inbox / "1.edxml").write_bytes(data.replace(CODES[MINE].encode(), CODES[key].encode()))


@dataclass
class Two:
    """Both houses, open, and the people of both."""

    folder: Path
    houses: tuple[House, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.houses = open_houses(self.folder / "congkhai.ini", Host())
        for house in self.houses:
            recover(house)

    @property
    def mine(self) -> House:
        """The one agency."""
        return self.houses[0]

    @property
    def theirs(self) -> House:
        """The other."""
        return self.houses[1]

    def close(self) -> None:
        """Close both."""
        for house in self.houses:
            house.close()

    def work(self) -> None:
        """Do what is due in both, as one daemon does."""
        while sum(run_due(house) for house in self.houses):
            pass

    def live(self) -> None:
        """Let both communes take their plan from the inbox to the filed dossier."""
        self.work()
        for _turn in range(12):
            for house in self.houses:
                _people(house)
            self.work()
            if all(one.state is DisclosureState.FILED for house in self.houses for one in matters(house)):
                return
            clock = self.mine.clock.now() + timedelta(days=6)
            self.mine.store.set_simulated_time(clock)
            self.work()
        raise AssertionError([(house.agency, [one.state for one in matters(house)]) for house in self.houses])


def matters(house: House) -> list[read.Disclosure]:
    """Return what an agency discloses."""
    with house.store.read() as connection:
        return list(read.disclosures(connection, house.agency))


def _people(house: House) -> None:
    for matter in matters(house):
        if matter.state is DisclosureState.REVIEW:
            desk.confirm_matter(house, matter.id, CLERK)
    for matter in matters(house):
        for posting in matter.postings:
            attended = house.channels[posting.channel].attended
            if posting.state is PostingState.WAITING and matter.state is DisclosureState.DUE:
                desk.confirm_posting(house, posting.id, CLERK, since=house.clock.now(), photo=photo(posting.id))
            elif attended and posting.state is PostingState.UP and matter.state is DisclosureState.CLOSING:
                desk.confirm_taken_down(house, posting.id, CLERK, at=house.clock.now())
    for role in ROLES:
        _name, signer = house.signer_of(role)
        for paper in waiting_for(house, role):
            sign_by_person(house, paper.id, signer)


def dump(house: House, tables: Sequence[sa.Table] = t.metadata.sorted_tables) -> dict[str, list[str]]:
    """Return every row of an agency, as text, by table; what the whole installation shares is left out."""
    own = [one for one in tables if one.name not in SHARED]
    with house.store.read() as connection:
        return {one.name: [str(row) for row in connection.execute(sa.select(one))] for one in own}
