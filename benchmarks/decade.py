"""
A simulated decade of a commune, or of one for each core: ``python -m benchmarks.decade --json``.

The house itself runs (intake, tagging, disclosure, publication, probes, duties, reminders, closing, minutes) on a
simulated clock, with a store in memory (``/dev/shm``), through holidays, swapped days, outages of the channel's system,
notices that vanish or change, a clerk who is sometimes late, and weeks in which the daemon is down. What it did is then
judged by a slow model that counts days one by one and shares no code with it. Signing is left out: no role has a key
here, so closed matters end with unsigned closing minutes.
"""

import argparse
import hashlib
import heapq
import json
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import sqlalchemy as sa

from congkhai.plugin import desk
from congkhai.plugin.daemon import next_due, recover, run_due
from congkhai.plugin.duties import read_duties, settle_duty
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.records import Direction, DisclosureState, PostingState, PulledDocument
from congkhai.plugin.store import Store, create_store, read
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.engine import SimulatedClock

from .decade_judge import Verdict, judge
from .decade_model import HERE, WallCalendar, office_opening, wall_calendar
from .decade_world import Window, World

FIRST_YEAR = 2024
PLACE = "[channel:bang-tin]\ntype = attended\nform = notice_board\nplace = Bản tin công khai\n"
INI = """\
[agency]
name = UBND xã Mẫu Sơn
code = 000.01.25.H99
kind = xa
regulation = dong-son-2024
office-hours = 07:30-11:30, 13:30-17:00
has-intranet = yes

[work]
pull-every = 4000 d
probe-every = 3 d
probes-in-office-hours = 0
retry-first = 1 h
retry-longest = 6 h
attempts = 1000

[signing]
# No role has a key here: without a deadline nobody is reminded of signatures that never come.
deadline = 0

[tagging]
use = decade-tagger
automatic = yes
automatic-basis = Quyết định mẫu số 1 ngày 02/01/2024

[calendar]
off = {off}
work = {work}
confirmed = {confirmed}

[connector:nguon]
type = decade-source

[channel:noi-bo]
type = decade-channel

[channel:bang-tin]
type = attended
form = notice_board
place = Bản tin công khai

"""
SIGNER = "[signer:{name}]\ntype = decade-signer\nrole = {role}\nperson = {person}\n\n"
ROLES = {"records_officer": "Lê Văn Mẫu", "front_chair": "Trần Thị Mẫu", "head": "Nguyễn Văn Mẫu"}
CLERK = ROLES["records_officer"]


@dataclass
class Script:
    """
    What chance decided before anything happened.

    Attributes:
        papers: (moment of arrival, paper), in order.
        delays: by remote id, after how many days the clerk posts.
    """

    start: datetime
    end: datetime
    calendar: WallCalendar
    world: World
    papers: list[tuple[datetime, PulledDocument]]
    delays: dict[str, int] = field(default_factory=dict)
    seed: int = 0


def write_script(years: int, disclosures: int, seed: int) -> Script:
    """Let chance write the decade; the same seed gives the same one."""
    dice = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    start = datetime(FIRST_YEAR, 1, 8, 7, 30, tzinfo=HERE)
    end = datetime(FIRST_YEAR + years, 1, 1, tzinfo=HERE) - timedelta(days=1)
    calendar = wall_calendar(FIRST_YEAR, FIRST_YEAR + years, dice)
    outages = list(_windows(dice, start, end, per_year=8, hours=(2, 60)))
    asleep = list(_windows(dice, start, end, per_year=2, hours=(5, 24 * 16)))
    span = (end - timedelta(days=70) - start).total_seconds()
    papers, delays = [], {}
    for number in range(disclosures):
        arrival = (start + timedelta(seconds=dice.uniform(0, span))).replace(microsecond=0)
        issued = (arrival - timedelta(days=dice.choice((0, 0, 1, 1, 2, 3, 4, 9)))).date()
        name = str(number)
        paper = PulledDocument(
            remote_id=name, direction=Direction.IN, type="Công văn", number=f"{number}/UBND-VP", issued=issued,
            arrived=arrival.date(), issuer="UBND tỉnh", subject=f"Về việc số {number}", secrecy="Thường", ref=name,
            fingerprint=f"{number:064x}",
        )  # fmt: skip
        papers.append((arrival, paper))
        delays[name] = dice.choice((0, 0, 0, 0, 0, 1, 1, 2, 3, 7))
    papers.sort(key=lambda pair: (pair[0], pair[1].remote_id))
    return Script(start, end, calendar, World(dice, outages, asleep), papers, delays, seed)


def _windows(
    dice: random.Random, start: datetime, end: datetime, *, per_year: int, hours: tuple[float, float]
) -> Iterator[Window]:
    moment = start
    while True:
        moment += timedelta(days=dice.expovariate(per_year / 365) + 3)
        until = moment + timedelta(hours=dice.uniform(*hours))
        if until > end - timedelta(days=80):
            return
        yield moment.replace(microsecond=0), until.replace(microsecond=0)
        moment = until


def run(script: Script, folder: Path) -> House:
    """Live through the script; the caller closes the house."""
    _prepare(script, folder)
    host = Host(names=["congkhai.plugin.channels"], extra={"world": script.world})
    house = open_house(folder / "congkhai.ini", host)
    recover(house)
    _Life(script, house).live()
    return house


def _prepare(script: Script, folder: Path) -> None:
    calendar = script.calendar
    days = {
        "off": ", ".join(f"{day:%d/%m/%Y}" for day in sorted(calendar.announced)),
        "work": ", ".join(f"{day:%d/%m/%Y}" for day in sorted(calendar.worked) if day.year in calendar.decided),
        "confirmed": ", ".join(map(str, calendar.decided)),
    }
    signers = (SIGNER.format(name=role.replace("_", "-"), role=role, person=person) for role, person in ROLES.items())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "congkhai.ini").write_text(INI.format(**days) + "".join(signers), encoding="utf-8")
    create_store(folder / "data", simulated=script.start)


class _Clock(SimulatedClock):
    """The simulated clock, read from memory: the store's row would be asked ten times for each piece of work."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.reader)
        self.moment = super().now()

    def now(self) -> datetime:
        """Return the moment last set."""
        return self.moment


class _Life:
    """Moves the clock from one thing to the next: deadlines of the house, and what people and machines do outside."""

    def __init__(self, script: Script, house: House) -> None:
        self.clock = _Clock(house.store)
        script.world.clock = self.clock
        self.script, self.world = script, script.world
        salt = hashlib.sha256(str(script.seed).encode()).digest()  # the moments of the looks follow from it
        self.house = replace(house, store=replace(house.store, clock=self.clock, salt=salt))
        self.count = 0
        self.events: list[tuple[datetime, int, str, str]] = []
        for moment, paper in script.papers:
            self._at(moment, "paper", paper.remote_id)
        for _first, last in self.world.outages:
            self._at(last, "again", "")
        for first, last in self.world.asleep:
            self._at(first, "sleep", last.isoformat())
        self._at(script.start + timedelta(days=1), "duties", "")
        self.papers = {paper.remote_id: paper for _moment, paper in script.papers}

    def _at(self, moment: datetime, what: str, subject: str) -> None:
        self.count += 1
        heapq.heappush(self.events, (moment, self.count, what, subject))

    def live(self) -> None:
        """Go on to the end."""
        self._work()
        while True:
            due = next_due(self.house)
            coming = self.events[0][0] if self.events else None
            moments = [moment for moment in (due, coming) if moment is not None]
            if not moments or min(moments) > self.script.end:
                return
            self.clock.moment = max(min(moments), self.clock.moment)
            while self.events and self.events[0][0] <= self.house.clock.now():
                _moment, _number, what, subject = heapq.heappop(self.events)
                getattr(self, f"_{what}")(subject)
            self._work()

    def _work(self) -> None:
        run_due(self.house)
        closing, self.world.closing = self.world.closing, []
        for disclosure in closing:
            days = self.world.dice.choice((0, 0, 1, 3))
            opening = office_opening(self.house.clock.now() + timedelta(days=days, seconds=1), self.script.calendar)
            self._at(opening, "take_down", disclosure)

    def _paper(self, remote_id: str) -> None:
        self.world.waiting.append(self.papers[remote_id])
        with self.house.store.write(self.house.agency, "world") as tx:
            tx.enqueue("pull", f"nguon:{remote_id}", subject="nguon")
        later = self.house.clock.now() + timedelta(days=self.script.delays[remote_id], minutes=20)
        self._at(office_opening(later, self.script.calendar), "post", remote_id)

    def _again(self, _subject: str) -> None:
        """Let retries fall due: they wait real hours, which have gone by in the simulation."""
        with self.house.store.engine.begin() as connection:
            connection.execute(sa.update(t.job).where(t.job.c.state == "ready").values(run_at=0.0))

    def _sleep(self, until: str) -> None:
        """Be down: nobody works, and the clerk finds nothing to work with."""
        self.clock.moment = max(datetime.fromisoformat(until), self.clock.moment)
        recover(self.house)
        self._again("")

    def _post(self, remote_id: str) -> None:
        """Let the clerk post on the board, and say so; what is not there yet is looked for at the next opening."""
        query = (
            sa.select(t.posting.c.id, t.posting.c.state)
            .join(t.disclosure_document, t.disclosure_document.c.disclosure == t.posting.c.disclosure)
            .join(t.document, t.document.c.id == t.disclosure_document.c.document)
            .where(t.document.c.remote_id == remote_id, t.posting.c.channel == "bang-tin")
        )
        with self.house.store.read() as connection:
            row = connection.execute(query).one_or_none()
        now = self.house.clock.now()
        if row is None or row.state == PostingState.PLANNED.value:
            self._at(office_opening(now + timedelta(hours=1), self.script.calendar), "post", remote_id)
        elif row.state == PostingState.WAITING.value:
            desk.confirm_posting(self.house, row.id, CLERK, since=now, remark="mô phỏng")

    def _duties(self, _subject: str) -> None:
        """Let the clerk settle what is owed soon, once a month."""
        now = self.house.clock.now()
        with self.house.store.read() as connection:
            owed = read_duties(connection, self.house.agency, "open")
        for duty in owed:
            if duty.last_day <= (now + timedelta(days=31)).date():
                settle_duty(self.house, duty.id, CLERK, done=True, reason="mô phỏng")
        self._at(now + timedelta(days=28), "duties", "")

    def _take_down(self, disclosure: str) -> None:
        with self.house.store.read() as connection:
            matter = read.disclosure(connection, disclosure)
        for posting in matter.postings:
            up = (posting.channel, posting.state) == ("bang-tin", PostingState.UP)
            if up and matter.state is DisclosureState.CLOSING:
                desk.confirm_taken_down(self.house, posting.id, CLERK, at=self.house.clock.now())


def decade(years: int, disclosures: int, seed: int, folder: Path) -> Verdict:
    """Simulate and judge. Everything lies below `folder`."""
    script = write_script(years, disclosures, seed)
    house = run(script, folder)
    try:
        return judge(script, house)
    finally:
        house.close()


def _commune(years: int, disclosures: int, seed: int) -> tuple[Verdict, float]:
    """Simulate one commune in this process, in memory. Returns the verdict and the processor's seconds."""
    logging.disable(logging.ERROR)
    memory = Path("/dev/shm")  # noqa: S108 - a store in memory is what is asked for
    folder = Path(tempfile.mkdtemp(prefix="congkhai-decade-", dir=memory if memory.is_dir() else None))
    worked = time.process_time()
    try:
        return decade(years, disclosures, seed, folder / "house"), time.process_time() - worked
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def together(verdicts: list[Verdict]) -> Verdict:
    """Add up what was found in several communes."""
    names = [one.name for one in fields(Verdict)]
    return Verdict(
        **{name: sum((getattr(one, name) for one in verdicts[1:]), getattr(verdicts[0], name)) for name in names}
    )


def main() -> None:
    """Run from the command line; the exit code is 1 when the model finds anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--disclosures", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20240108)
    parser.add_argument(
        "--communes", type=int, default=os.cpu_count() or 1, help="so many communes share the disclosures, a core each"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begun = time.monotonic()
    share = [options.disclosures // options.communes] * options.communes
    share[0] += options.disclosures - sum(share)
    with ProcessPoolExecutor(options.communes, get_context("spawn")) as pool:
        lived = list(
            pool.map(_commune, [options.years] * len(share), share, range(options.seed, options.seed + len(share)))
        )
    verdict = together([one for one, _seconds in lived])
    result = asdict(verdict) | {
        "years": options.years, "communes": options.communes, "seconds": round(time.monotonic() - begun, 1),
        "cpu_seconds": round(sum(seconds for _verdict, seconds in lived), 1),
    }  # fmt: skip
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))  # noqa: T201 - the command's output
    else:
        for name, value in result.items():
            print(f"{name}: {value}")  # noqa: T201 - the command's output
    sys.exit(1 if verdict.faults else 0)


if __name__ == "__main__":
    main()
