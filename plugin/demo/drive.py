"""
The demo's daemon: the real steps over the real store, by a simulated clock that moves only when nothing is due.

It may be killed at any moment and started again; what it does next follows from the store alone. Run as
``python -m congkhai.plugin.demo.drive FOLDER``.
"""

import sys
import time
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from ..daemon import next_due, recover, run_due
from ..house import House, open_house
from ..logs import configure_logs
from ..platform import sole_holder
from ..reconcile import plan_sweep
from ..store import tables as t
from ..store import work
from ..text import set_language
from .outside import Simulator, controls
from .people import People, next_desk_moment
from .place import place_of
from .scenario import Scenario, load_scenario

_PATIENCE = 30.0  # seconds of real time to wait for retries when the scenario has ended
FINISHED = "demo-finished"


def drive(house: House, scenario: Scenario, outside: list[Simulator]) -> None:
    """
    Live through the scenario from wherever the store's clock stands to its end.

    Raises:
        BusyError: another process holds the store.
    """
    people = People(house, scenario)
    with sole_holder(house.store.folder / "lock", "demo"):
        recover(house)
        while True:
            now = house.clock.now()
            for simulator in outside:
                simulator.set_clock(now)
            while run_due(house) or people.work():
                pass
            if now >= scenario.end:
                break
            house.store.set_simulated_time(_next(house, scenario, now))
        _wait_for_retries(house)
        plan_sweep(house)  # as the daemon does: nothing rests, and the last day ends with a signed head of the journal
        while run_due(house):
            pass
        with house.store.engine.begin() as connection:
            done = sa.select(t.meta.c.value).where(t.meta.c.name == FINISHED)
            if connection.scalar(done) is None:
                connection.execute(sa.insert(t.meta).values(name=FINISHED, value="yes"))


def _next(house: House, scenario: Scenario, now: datetime) -> datetime:
    moments = [scenario.end, next_desk_moment(house, now)]
    due = next_due(house)
    if due is not None:
        moments.append(max(due, now))
    return min(moments)


def _wait_for_retries(house: House) -> None:
    """Let work that backs off finish in real time; what still fails after a while is left for `status` to show."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with house.store.read() as connection:
            pause = work.pending(connection)
        if pause is None:
            return
        time.sleep(max(0.0, min(pause, 1.0)))
        run_due(house)


def main(arguments: list[str]) -> None:
    """Run the demo's daemon for the demo in the given folder."""
    set_language("vi")
    configure_logs("error", "text")
    place = place_of(Path(arguments[0]))
    house = open_house(place.ini)
    try:
        drive(house, load_scenario(), controls(place.outside))
    finally:
        house.close()


if __name__ == "__main__":
    main(sys.argv[1:])
