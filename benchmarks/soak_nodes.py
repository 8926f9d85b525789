"""
Daemons killed again and again beside systems that keep failing; nothing may be lost, or happen twice outside.

``python -m benchmarks.soak_nodes [--store postgresql|sqlite] [--kills N] [--papers N] [--faults RATE] [--seed N]``:
each round lets papers go from a simulated iOffice to the dossier filed there, and notices to a simulated WordPress
site, both throwing faults at random, while ``congkhai run`` processes are killed with SIGKILL at random moments and
started again. On PostgreSQL two nodes share database, vault and plugin data, each with a work folder of its own; on
SQLite there is one. The people work from a further process.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from benchmarks.soak import fresh_seed
from benchmarks.soak_outside import Outside, running_outside
from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.desk import confirm_matter
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.house import House, open_house
from congkhai.plugin.outbox import settle_by_person
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.store import create_store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.work import database_now
from congkhai.plugin.work import retry
from congkhai.signing import Trust, verify_path
from tests.plugin.way.office import BOARD, CLERK, STAFF_PAGE, START, Office, ini_text
from tests.postgresql import running_server

RUN = (sys.executable, "-c", "from congkhai.plugin.cli import main; main()")
NODES = {"postgresql": 2, "sqlite": 1}
PLUGINS = "data/plugins"
LIMIT = 600.0
"""Seconds after which a round that does not end counts as stuck."""

RUDE = 0.2
"""Share of the chances to kill a node that only just starts which are taken."""


@dataclass
class Figures:
    """What was counted over all rounds; the lists must stay empty."""

    rounds: int = 0
    kills: int = 0
    faults: int = 0
    papers: int = 0
    filings: int = 0
    entries: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """Return the figures in one line."""
        return (
            f"{self.kills} kills in {self.rounds} rounds, {self.faults} faults outside, "
            f"{self.papers} papers, {self.filings} filings: "
            f"{len(self.lost)} lost, {len(self.twice)} duplicate outward effects, "
            f"{self.entries} journal entries verified, {len(self.broken)} broken"
        )


@dataclass
class Desk(Office):
    """
    The people's process: it does no work of the daemon, it waits for the nodes to have done it.

    Attributes:
        outside: whose clocks go with ours.
    """

    outside: Outside | None = None

    def _open(self) -> House:
        return open_house(self.folder / "desk.ini")

    def set_time(self, moment: datetime) -> None:
        """Move all clocks."""
        if self.outside:
            self.outside.set_clock(moment)
        super().set_time(moment)

    def work(self) -> None:
        """Wait until nothing is due or in hand."""
        until = time.monotonic() + LIMIT
        while self._busy():
            if time.monotonic() > until:
                raise click.ClickException(f"the nodes do not come through; see {self.folder}")
            time.sleep(0.1)

    def decide(self) -> None:
        """Have the clerk confirm every matter that the machine leaves to people."""
        for matter in self.matters():
            if matter.state is DisclosureState.REVIEW:
                with suppress(NotAllowedError):  # its file came damaged: it is asked for again
                    confirm_matter(self.house, matter.id, CLERK)
        self.work()

    def settle(self) -> None:
        """
        Have the clerk look outside for what the machine could not decide, and say what they saw.

        IT puts back to work what stopped because the outside refused us: made-up refusals, the passwords are right.
        """
        for key in [row.key for row in self.jobs("dead")] + [row.name for row in self.rows(t.source) if row.paused]:
            retry(self.house, key, CLERK)
        acts = self.rows(t.outbox)
        published = {row.subject: row.key for row in acts if row.act == "publish"}
        for row in acts:
            if row.state == "unsure" and self.outside:
                key = row.key if row.act == "file" else published[row.subject]
                seen = self.outside.happened(row.act, key)
                settle_by_person(self.house, row.key, happened=seen, by=CLERK, reason="Đã xem tại nơi nhận")
        self.work()

    def _busy(self) -> bool:
        now = self.house.clock.now()
        with self.house.store.read() as connection:
            due = sa.select(t.deadline.c.id).where(t.deadline.c.state == "open", t.deadline.c.due <= now)
            soon = database_now(connection) + 5
            jobs = sa.or_(t.job.c.state == "leased", sa.and_(t.job.c.state == "ready", t.job.c.run_at <= soon))
            return any(connection.execute(one.limit(1)).first() for one in (due, sa.select(t.job.c.id).where(jobs)))


def prepare(folder: Path, database: str, nodes: int, outside: Outside) -> None:
    """Lay out keys, an ini for each node and one for the people, and an empty store; no `database` means SQLite."""
    scenario = load_scenario()
    make_pki(folder, scenario.agency, scenario.people)
    (folder / "ban-giao").mkdir()
    common = ini_text(outside.ini(folder / "keys"), STAFF_PAGE, BOARD, file_to="ioffice")
    common = common.replace("[connector:nguon]\ntype = script\n", "").replace("pull-every = 90 d", "pull-every = 3 d")
    common = common.replace("use = script", "use = rules").replace("[dossier]\n", "[dossier]\nfolder = ho-so\n")
    (folder / PLUGINS).mkdir(parents=True)  # what plugins keep lies on a disk that all nodes see, like the vault
    for name in ("desk", *_names(nodes)):
        work = f"[work]\nnode = {name}\nlease = 3 s\npoll = 100 ms\nattempts = 1000\n"
        store = "\n[store]\nfolder = data\n"
        if database:
            store = f"\n[store]\nfolder = data-{name}\nvault = vault\ndatabase = {database}\n"
            (folder / f"data-{name}").mkdir(mode=0o700)
            (folder / f"data-{name}" / "plugins").symlink_to(folder / PLUGINS)
        (folder / f"{name}.ini").write_text(common.replace("[work]\n", work) + store, encoding="utf-8")
    create_store(folder / ("data-desk" if database else "data"), database=database, simulated=START)


def _names(nodes: int) -> list[str]:
    return [f"nut-{number}" for number in range(1, nodes + 1)]


class Nodes:
    """The running daemons, and whoever kills them."""

    def __init__(self, folder: Path, names: list[str], dice: random.Random) -> None:
        self.folder = folder
        self.dice = dice
        self.kills = 0
        self._ended = threading.Event()
        self._begun: dict[str, int] = {}
        self._spared: set[str] = set()
        self._died: list[str] = []
        self._running = {name: self._start(name) for name in names}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        path = self.folder / f"{name}.log"
        self._begun[name] = path.stat().st_size if path.exists() else 0
        with path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own program
                [*RUN, "-c", self.folder / f"{name}.ini", "run"], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def _is_up(self, name: str) -> bool:
        """Tell whether a node has taken up its work since it was started last."""
        return b"event='running'" in (self.folder / f"{name}.log").read_bytes()[self._begun[name] :]

    def harass(self, kills: int, pause: tuple[float, float]) -> None:
        """
        Kill a node every now and then, up to `kills` times, until told to end; start what is down.

        Most kills hit a node that works, whatever the machine's load; a node that starts is hit now and then, but not
        a second time before it has come up.
        """
        while self.kills < kills and not self._ended.wait(self.dice.uniform(*pause)):
            name = self.dice.choice(sorted(self._running))
            if self._is_dead(name):
                self._died.append(self._last_words(name))
                self._running[name] = self._start(name)
                continue
            if self._is_up(name):
                self._spared.discard(name)
            elif name in self._spared or self.dice.random() > RUDE:
                continue  # on a busy machine nobody would ever come up
            else:
                self._spared.add(name)
            self._running[name].send_signal(signal.SIGKILL)
            self._running[name].wait()
            self.kills += 1
            self._running[name] = self._start(name)

    def deaths(self) -> list[str]:
        """Say which nodes ended by themselves so far, with the last words of each."""
        return self._died + [self._last_words(name) for name in self._running if self._is_dead(name)]

    def _is_dead(self, name: str) -> bool:
        # One that was killed a moment ago is about to be started by the thread that kills.
        return self._running[name].poll() not in (None, -signal.SIGKILL)

    def _last_words(self, name: str) -> str:
        said = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return f"{name} ended by itself ({self._running[name].returncode}): {' | '.join(said[-3:])[-600:]}"

    def stop(self) -> None:
        """End the killing, then the nodes."""
        self._ended.set()
        for process in self._running.values():
            process.kill()
            process.wait()


@contextmanager
def harassed(folder: Path, nodes: int, kills: int, pause: tuple[float, float], dice: random.Random) -> Iterator[Nodes]:
    """Run nodes and kill them for the time of the block."""
    running = Nodes(folder, _names(nodes), dice)
    killer = threading.Thread(target=running.harass, args=(kills, pause), name="killer")
    killer.start()
    try:
        yield running
    finally:
        running._ended.set()
        killer.join()
        running.stop()


def live(desk: Desk, papers: int) -> None:
    """Let the people do what waits for them until every matter is filed."""
    until = time.monotonic() + LIMIT
    while True:
        desk.work()
        matters = desk.matters()
        if len(matters) == papers and all(matter.state.value == "filed" for matter in matters):
            return
        if time.monotonic() > until:
            states = Counter(matter.state.value for matter in matters)
            raise click.ClickException(f"not filed in time: {states}; see {desk.folder}")
        for act in (desk.decide, desk.settle, desk.confirm_all, desk.take_down_all, desk.sign):
            try:
                act()
            except NotAllowedError:
                continue  # a node was there first
        desk.wait_until(desk.now + timedelta(days=4))


def judge(desk: Desk, outside: Outside, papers: int, figures: Figures) -> None:
    """Add what a round came to: in the store, in the journal, and in the eyes of those outside."""
    folder = desk.folder
    # What a process that was killed had not yet renamed is no notice: nobody sees it.
    notices = [one for one in (folder / PLUGINS / "channel-intranet").glob("*.json") if not one.name.startswith(".")]
    figures.rounds += 1
    figures.papers += papers
    for counted, found in zip((figures.lost, figures.twice, figures.broken), outside.judge(), strict=True):
        counted += found
    figures.filings += len(outside.ioffice.simulator.show()["pushed"])
    figures.faults += outside.thrown()
    for what, count in {"documents": len(desk.documents()), "notices": len(notices)}.items():
        figures.lost += [what] * max(0, papers - count)
        figures.twice += [what] * max(0, count - papers)
    acts = Counter((body["act"], body["subject"]) for body in desk.journal("dossier.filed", "dossier.sealed"))
    figures.twice += [f"{act} {subject}" for (act, subject), count in acts.items() if count > 1]
    closed = [body["subject"] for body in desk.journal("disclosure.state") if body["facts"]["after"] == "closed"]
    figures.twice += [f"closed {subject}" for subject, count in Counter(closed).items() if count > 1]
    figures.lost += ["closed"] * max(0, papers - len(set(closed)))
    figures.broken += [f"dead: {row.key}: {row.last_error}" for row in desk.jobs("dead")]
    figures.broken += [f"outbox {row.act} {row.state}" for row in desk.rows(t.outbox) if row.state != "done"]
    with desk.house.store.read() as connection:
        verdict = verify_journal(connection, desk.house.agency)
    figures.entries += verdict.entries
    figures.broken += verdict.broken
    trust = Trust.load(folder / "trust")
    for row in desk.rows(t.dossier):
        indication = verify_path(Path(row.path), trust, desk.now).indication
        if indication != "TOTAL_PASSED":
            figures.broken.append(f"dossier {row.id}: {indication}")


def soak(
    place: Path, database: Callable[[], str], *, kills: int, papers: int, nodes: int, dice: random.Random,
    rate: float = 0.05, pause: tuple[float, float] = (1.0, 5.0),
) -> Figures:  # fmt: skip
    """
    Live rounds until so many kills have happened.

    Args:
        database: makes an empty database and returns its address; an empty address means SQLite and one node.
        rate: share of the calls outside that go wrong.
        pause: shortest and longest time between two kills, in seconds.
    """
    figures = Figures()
    while figures.kills < kills:
        folder = place / f"round-{figures.rounds + 1}"
        folder.mkdir()
        with ExitStack() as open_now:
            world = running_outside(folder / "outside", papers, START, rate, dice.randrange(10**6))
            outside = open_now.enter_context(world)
            prepare(folder, database(), nodes, outside)
            desk = Desk(folder, outside=outside)
            open_now.callback(desk.house.close)
            with harassed(folder, nodes, kills - figures.kills, pause, dice) as running:
                until = time.monotonic() + LIMIT
                while len(desk.documents()) < papers and time.monotonic() < until:
                    time.sleep(0.2)
                    desk.settle()  # a source that refused us waits for a person
                    desk.wait(days=1)  # what a fault kept back comes with a later pull
                live(desk, papers)
                figures.broken += running.deaths()
            figures.kills += running.kills
            judge(desk, outside, papers, figures)
    return figures


@click.command()
@click.option("--store", type=click.Choice(["postgresql", "sqlite"]), default="postgresql", show_default=True)
@click.option("--kills", default=200, show_default=True, help="Kills over all rounds.")
@click.option("--papers", default=8, show_default=True, help="Papers in each round.")
@click.option("--faults", default=0.05, show_default=True, help="Share of the calls outside that go wrong.")
@click.option("--seed", type=int, default=None, help="Repeat the dice of an earlier soak.")
def command(store: str, kills: int, papers: int, faults: float, seed: int | None) -> None:
    """Kill, restart, count."""
    seed = fresh_seed() if seed is None else seed
    click.echo(f"seed {seed}, process {os.getpid()}")
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, no secret
    with tempfile.TemporaryDirectory(prefix="congkhai-nodes-") as place, ExitStack() as open_now:
        database = open_now.enter_context(running_server()).database if store == "postgresql" else str
        nodes = NODES[store]
        figures = soak(Path(place), database, kills=kills, papers=papers, nodes=nodes, dice=dice, rate=faults)
    click.echo(f"{nodes} daemons on {store}: {figures.sentence()}")
    wrong = figures.lost + figures.twice + figures.broken
    if wrong:
        raise click.ClickException("; ".join(wrong))


if __name__ == "__main__":
    command()
