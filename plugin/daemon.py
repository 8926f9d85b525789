"""The daemon: asks what is due, does it, and stops without losing anything."""

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

import sqlalchemy as sa

from congkhai.schedules import Ticker

from . import (
    checkpoints,
    dossier,
    duties,
    feedback_pull,
    filing,
    minuting_entered,
    orphans,
    pausing,
    probing,
    publish,
    pulling,
    raising,
    reconcile,
    reminders,
    reports_due,
    signing_desk,
    signing_remote,
    supply,
    vanishing,
)
from .clock_guard import clock_hold
from .errors import StoreError
from .house import House
from .kinds_status import claim_papers
from .metrics_counting import measured
from .notify import Progress, attend, notify, status_line
from .platform import TEMPORARY, is_left, on_reload, on_stop, sole_holder
from .recount import recount_limits
from .reloading import Living, reload
from .store import tables as t
from .store import work as rows
from .store.nodes import sole_node
from .work import Handler, work_once

log = logging.getLogger(__name__)

_MARGIN = 3600.0  # seconds: on a shared database other nodes may be writing into a shared folder right now
HANDLERS: Mapping[str, Handler] = {
    "pull": pulling.pull,
    "still-there": vanishing.look,
    "tag": pulling.tag,
    "pull-feedback": feedback_pull.pull,
    "acknowledge": feedback_pull.acknowledge,
    "closing-minutes": feedback_pull.closing_minutes,
    "publish": publish.publish,
    "probe": probing.probe,
    "overstay": publish.overstay,
    "republish": pausing.republish,
    "hide": pausing.hide,
    "supply": supply.overdue,
    "overdue": publish.overdue,
    "close": publish.close,
    "withdraw": publish.withdraw,
    "minutes": minuting_entered.make,
    "sign": signing_desk.sign_unattended,
    "remote-sign": signing_remote.look,
    "raise": raising.raise_paper,
    "raise-dossier": raising.raise_dossier,
    "dossier": dossier.build,
    "export": dossier.export,
    "file": filing.file,
    "duties": duties.plan,
    "remind": reminders.remind,
    "notify": reminders.notify,
    "reports": reports_due.make,
    "checkpoint": checkpoints.make,
    "stamp-checkpoint": checkpoints.stamp,
    "sweep": reconcile.sweep,
    "orphans": orphans.look,
    "follow": reconcile.take_up,
    "receipt": reconcile.fetch_receipt,
}
"""Every kind of work and who does it; kinds of deadlines bear the same names."""
_COUNTED = measured(HANDLERS)


def scan(house: House) -> int:
    """
    Turn every deadline that has fallen due into work, oldest first; what was missed while we were down is caught up.

    Returns:
        How many fell due.
    """
    now = house.clock.now()
    due = (t.deadline.c.state == "open", t.deadline.c.due <= now, t.deadline.c.agency == house.agency)
    query = sa.select(t.deadline).where(*due).order_by(t.deadline.c.due, t.deadline.c.id)
    with house.store.read() as connection:
        if connection.execute(query.limit(1)).first() is None:
            return 0
    with house.store.write(house.agency, "congkhai") as tx:
        found = tx.connection.execute(query).all()
        for row in found:
            tx.enqueue(row.kind, f"{row.subject}:{row.due.isoformat()}", subject=row.subject)
            tx.connection.execute(sa.update(t.deadline).where(t.deadline.c.id == row.id).values(state="done"))
    return len(found)


def run_due(house: House, stop: threading.Event | None = None) -> int:
    """
    Do everything that is due now, and what follows from it.

    Returns:
        How many pieces of work were done.
    """
    done = 0
    while not (stop and stop.is_set()):
        if clock_hold(house) is not None:
            return done
        scan(house)
        if not work_once(house, HANDLERS, house.store.node):
            return done
        done += 1
    return done


def next_due(house: House) -> datetime | None:
    """Return the soonest open deadline, or None."""
    query = sa.select(sa.func.min(t.deadline.c.due)).where(
        t.deadline.c.state == "open", t.deadline.c.agency == house.agency
    )
    with house.store.read() as connection:
        soonest: datetime | None = connection.scalar(query)
    return soonest


def recover(house: House) -> None:
    """Tidy up after a process that died: its temporary files and its leases. Call only while holding the store."""
    margin = _MARGIN if house.store.engine.dialect.name != "sqlite" else 0.0
    removed = house.store.vault.tidy(margin)
    plugins = [one for one in (house.store.folder / "plugins").glob("*") if one.is_dir()]
    for folder in (house.store.folder, house.dossiers, *plugins):
        for left in [one for one in folder.glob(f"{TEMPORARY}*") if is_left(one, margin)]:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
            removed += 1
    with house.store.write(house.agency, "congkhai") as tx:
        released = rows.release_owner(tx.connection, f"{_name(house)}:")
    if removed or released:
        log.info("recovered", extra={"temporary_files": removed, "leases": released})
    recount_limits(house)
    claim_papers(house)
    pulling.plan_pulls(house)
    duties.plan_duties(house)
    feedback_pull.plan_feedback(house)


def _name(house: House) -> str:
    """Return the node's name without its process."""
    return house.store.node.rpartition(":")[0]


def once(house: House, who: str = "once", *, others: Sequence[House] = ()) -> int:
    """
    One complete pass over everything that is due, then stop.

    Args:
        others: further agencies of the installation; each gets its pass.

    Raises:
        BusyError: a daemon holds the store.
    """
    with sole_holder(house.store.folder / "lock", who), sole_node(house.store.engine, _name(house)):
        done = 0
        for one in (house, *others):
            recover(one)
            reconcile.plan_sweep(one)
            done += run_due(one)
        return done


def _worker(
    livings: Sequence[Living], number: int, stop: threading.Event, wake: threading.Event, progress: Progress
) -> None:
    """Claim and do work until told to stop, one piece for each agency in turn: none keeps the others waiting."""
    owner = f"{livings[0].house.store.node}:{number}"
    while not stop.is_set():
        progress.beat()
        pause = livings[0].house.configuration.work.poll.total_seconds()
        worked = [_turn(living.house, owner) for living in livings if not stop.is_set()]
        if not any(worked):
            wake.wait(pause)
            wake.clear()


def _turn(house: House, owner: str) -> bool:
    """Do one piece of an agency's work, if any; a full disk or a lost database is waited out, not died of."""
    try:
        if clock_hold(house) is None:
            scan(house)
            return work_once(house, _COUNTED, owner)
    except StoreError as error:
        log.warning("store refused; trying again", extra={"what": error.what, "advice": error.advice})
    except sa.exc.SQLAlchemyError:  # a connection that broke in the middle has many names
        log.warning("database lost; trying again", exc_info=True)
    return False


def _tick(livings: Sequence[Living], name: str, wake_all: Callable[[], None]) -> None:
    """Do what the ticker's turn of a name is for; what fails comes again at its next turn."""
    for living in livings if name == "sweep" else ():
        reconcile.plan_sweep(living.house)
    wake_all()


def _keep_name(hold: Callable[[], bool]) -> None:
    """Hold the node's name also after the database was lost for a while; until it is back there is nothing to hold."""
    try:
        if not hold():
            log.error("the node's name is held by another session: a cut one of ours for a while, or a second node")
    except sa.exc.SQLAlchemyError:
        log.warning("the node's name cannot be seen to: the database does not answer")


def _reload(livings: Sequence[Living]) -> str:
    """Read the ini again for every agency; what it says concerns all of them."""
    return [reload(living) for living in livings][-1]


def run(
    house: House, beside: AbstractContextManager[object] | None = None, *, others: Sequence[House] = ()
) -> None:  # fmt: skip
    """
    Work until told to stop (SIGTERM, Ctrl-C): finish what is in hand, claim nothing more, then return.

    Args:
        beside: what runs as long as the work does, such as the page; entered once the store is ours.
        others: further agencies of the installation, served by the same workers.

    Raises:
        BusyError: another daemon holds the store; it is named.
    """
    settings = house.configuration.work
    stop = threading.Event()
    wakes = [threading.Event() for _number in range(settings.workers)]

    def wake_all() -> None:
        for wake in wakes:
            wake.set()

    def end() -> None:
        stop.set()
        wake_all()

    on_stop(end)
    livings = [Living(one) for one in (house, *others)]
    progress, asked = Progress(), threading.Event()
    on_reload(asked.set)
    alone = sole_node(house.store.engine, _name(house))
    with sole_holder(house.store.folder / "lock", f"run ({house.store.node})"), alone as hold, beside or nullcontext():
        for one in (house, *others):
            recover(one)
        every = timedelta(seconds=reconcile.EVERY)
        turns = {"look": settings.poll, "sweep": every, "name": timedelta(seconds=house.store.silence)}
        ticker = Ticker(turns, lambda name: _keep_name(hold) if name == "name" else _tick(livings, name, wake_all))
        workers = [
            threading.Thread(target=_worker, args=(livings, number, stop, wake, progress), name=f"worker-{number}")
            for number, wake in enumerate(wakes)
        ]
        for worker in workers:
            worker.start()
        ticker.start()
        log.info("running", extra={"node": house.store.node, "workers": len(workers)})
        notify("READY=1", status_line(f"running, {len(workers)} workers"))
        try:
            attend(stop, progress, workers=len(workers), asked=asked, reload=lambda: _reload(livings))
        finally:
            notify("STOPPING=1", status_line("finishing what is in hand"))
            end()
            ticker.stop()
            for worker in workers:
                worker.join()
