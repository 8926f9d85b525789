"""
The simulated people of the commune: they do at their desks what the work list asks of them.

Everything they do goes through the same acts as the command line and the web page. What they decide follows from the
store and the scenario alone, so that a daemon killed in the middle of an act finds them doing it again.
"""

import struct
import zlib
from datetime import datetime, timedelta

from .. import desk
from ..clock import ZONE, local_date
from ..house import House
from ..records import Disclosure, DisclosureState, Document, DocumentStatus, Minutes, Posting, PostingState
from ..signing_desk import sign_by_person, waiting_for
from ..store import read
from .scenario import Entry, Scenario

_THINKING = timedelta(hours=2)
UNSIGNED = "627/QĐ-UBND"
"""The Fatherland Front chair never signs the closing minutes of this paper: one matter stays open and says so."""
COMMENTED = "625/QĐ-UBND"
DESK_HOURS = (8, 14, 16)
"""Hours of a working day at which the people look at their work list."""
_OPEN = (DisclosureState.REVIEW, DisclosureState.DUE, DisclosureState.CLOSING)
_ONCE_A_DAY = (DisclosureState.POSTED, DisclosureState.WITHDRAWN)
ROLES = ("records_officer", "front_chair", "head")


def photo(text: str) -> bytes:
    """Return a small PNG that differs with `text`: what a phone would take of the notice board."""
    shade = zlib.crc32(text.encode()) & 0xFF
    width, height = 32, 24
    rows = b"".join(b"\x00" + bytes([shade, 200 - shade // 2, (x * 7) & 0xFF] * 1) * width for x in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def at_desk(house: House, now: datetime) -> bool:
    """Tell whether the people are at work at this moment."""
    local = now.astimezone(ZONE)
    return local.hour in DESK_HOURS and house.calendar.is_working_day(local.date())


def next_desk_moment(house: House, now: datetime) -> datetime:
    """Return the next moment at which the people look at their work list."""
    local = now.astimezone(ZONE)
    day = local.date()
    if house.calendar.is_working_day(day):
        for hour in DESK_HOURS:
            moment = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
            if moment > now:
                return moment
    day = house.calendar.next_working_day(day)
    return datetime(day.year, day.month, day.day, DESK_HOURS[0], tzinfo=ZONE)


class People:
    """The people of one scenario, working in one house."""

    def __init__(self, house: House, scenario: Scenario) -> None:
        self.house = house
        self.scenario = scenario
        self.clerk = scenario.person("records_officer").name
        self._truth: dict[tuple[str, str], Entry] = {
            (entry.number, entry.subject): entry for entry in scenario.entries
        }  # fmt: skip

    def work(self) -> bool:
        """Do one round of everything that waits for them; tell whether anything was done."""
        now = self.house.clock.now()
        if not at_desk(self.house, now):
            return False
        states = (*_OPEN, *_ONCE_A_DAY) if now.astimezone(ZONE).hour == DESK_HOURS[0] else _OPEN
        with self.house.store.read() as connection:
            matters = list(read.disclosures(connection, self.house.agency, *states))
            leading = {matter.id: read.document(connection, matter.documents[0]) for matter in matters}
        done = False
        for matter in matters:
            document = leading[matter.id]
            done |= self._decide(matter, document, now)
            done |= self._post(matter, now)
            done |= self._comment(matter, document)
            done |= self._withdraw(matter, document, now)
        return self._sign(now) or done

    def _decide(self, matter: Disclosure, document: Document, now: datetime) -> bool:
        if matter.state is not DisclosureState.REVIEW or now - matter.opened_at < _THINKING:
            return False
        entry = self._truth.get((document.number, document.subject))
        if entry is not None and entry.expect.disclosure:
            desk.confirm_matter(self.house, matter.id, self.clerk)
        else:
            desk.exclude_matter(self.house, matter.id, self.clerk, "Không thuộc nội dung phải công khai.")
        return True

    def _post(self, matter: Disclosure, now: datetime) -> bool:
        done = False
        for posting in matter.postings:
            if posting.state is PostingState.WAITING and matter.state is DisclosureState.DUE:
                if posting.mode == "release":
                    desk.release_posting(self.house, posting.id, self.clerk)
                else:
                    self._confirm(posting, now)
            elif self._to_take_down(matter, posting):
                desk.confirm_taken_down(self.house, posting.id, self.clerk, at=now)
            else:
                continue
            done = True
        return done

    def _to_take_down(self, matter: Disclosure, posting: Posting) -> bool:
        attended = self.house.channels[posting.channel].attended
        over = matter.state in (DisclosureState.CLOSING, DisclosureState.WITHDRAWN)
        return attended and over and posting.state is PostingState.UP

    def _confirm(self, posting: Posting, now: datetime) -> None:
        if posting.form == "portal":
            address = f"https://mauson.example.invalid/cong-khai/{posting.disclosure}"
            desk.confirm_posting(self.house, posting.id, self.clerk, since=now, address=address)
        else:
            desk.confirm_posting(self.house, posting.id, self.clerk, since=now, photo=photo(posting.id))

    def _comment(self, matter: Disclosure, document: Document) -> bool:
        if document.number != COMMENTED or matter.state is not DisclosureState.POSTED or matter.feedback:
            return False
        text = "Đề nghị ghi rõ mức khoán văn phòng phẩm của từng bộ phận."
        desk.add_feedback(self.house, matter.id, self.scenario.people[-1].name, text)
        return True

    def _withdraw(self, matter: Disclosure, document: Document, now: datetime) -> bool:
        recalled = document.status is DocumentStatus.RECALLED
        if not recalled or matter.state not in (DisclosureState.DUE, DisclosureState.POSTED):
            return False
        desk.withdraw_matter(self.house, matter.id, self.clerk, f"Thu hồi ngày {local_date(now):%d/%m/%Y}.")
        return True

    def _sign(self, now: datetime) -> bool:
        done = False
        for role in ROLES:
            _name, signer = self.house.signer_of(role)
            for paper in waiting_for(self.house, role):
                if now - paper.made_at < _THINKING or (role == "front_chair" and self._held_back(paper)):
                    continue
                sign_by_person(self.house, paper.id, signer)
                done = True
        return done

    def _held_back(self, paper: Minutes) -> bool:
        with self.house.store.read() as connection:
            matter = read.disclosure(connection, paper.disclosure)
            return paper.kind == "closing" and read.document(connection, matter.documents[0]).number == UNSIGNED
