"""The daemon: asks what is due, does it, and stops without losing anything."""

import logging
import shutil
import threading
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from congkhai.schedules import Ticker

from . import dossier, filing, minuting, publish, pulling, raising, signing_desk
from .errors import StoreError
from .house import House
from .platform import TEMPORARY, on_stop, sole_holder
from .store import tables as t
from .store import work as rows
from .work import Handler, work_once

log = logging.getLogger(__name__)

HANDLERS: Mapping[str, Handler] = {
    "pull": pulling.pull,
    "tag": pulling.tag,
    "publish": publish.publish,
    "probe": publish.probe,
    "overdue": publish.overdue,
    "close": publish.close,
    "withdraw": publish.withdraw,
    "minutes": minuting.make_minutes,
    "sign": signing_desk.sign_unattended,
    "raise": raising.raise_paper,
    "raise-dossier": raising.raise_dossier,
    "dossier": dossier.build,
    "export": dossier.export,
    "file": filing.file,
}
"""Every kind of work and who does it; kinds of deadlines bear the same names."""


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
    removed = house.store.vault.tidy()
    for folder in (house.store.folder, house.dossiers):
        for left in folder.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
            removed += 1
    with house.store.write(house.agency, "congkhai") as tx:
        released = rows.release_owner(tx.connection, house.store.node.rpartition(":")[0] + ":")
    if removed or released:
        log.info("recovered", extra={"temporary_files": removed, "leases": released})
    pulling.plan_pulls(house)


def once(house: House, who: str = "once") -> int:
    """One complete pass over everything that is due, then stop. Raises BusyError when a daemon holds the store."""
    with sole_holder(house.store.folder / "lock", who):
        recover(house)
        return run_due(house)


def _worker(house: House, number: int, stop: threading.Event, wake: threading.Event) -> None:
    """Claim and do work until told to stop; a full disk or a locked database is waited out, not died of."""
    owner = f"{house.store.node}:{number}"
    pause = house.configuration.work.poll.total_seconds()
    while not stop.is_set():
        try:
            scan(house)
            if work_once(house, HANDLERS, owner):
                continue
        except StoreError as error:
            log.warning("store refused; trying again", extra={"what": error.what, "advice": error.advice})
        wake.wait(pause)
        wake.clear()


def run(house: House) -> None:
    """
    Work until told to stop (SIGTERM, Ctrl-C): finish what is in hand, claim nothing more, then return.

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
    with sole_holder(house.store.folder / "lock", f"run ({house.store.node})"):
        recover(house)
        ticker = Ticker({"look": settings.poll}, lambda _name: wake_all())
        workers = [
            threading.Thread(target=_worker, args=(house, number, stop, wake), name=f"worker-{number}")
            for number, wake in enumerate(wakes)
        ]
        for worker in workers:
            worker.start()
        ticker.start()
        log.info("running", extra={"node": house.store.node, "workers": len(workers)})
        try:
            stop.wait()
        finally:
            end()
            ticker.stop()
            for worker in workers:
                worker.join()
