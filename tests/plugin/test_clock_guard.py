"""The guard of the clock: injected wall, steady and server clocks; what is held, what ends a hold."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.clock import FixedClock
from congkhai.plugin.clock_guard import (
    RELEASED,
    ClockGuard,
    clock_hold,
    release_clock,
    require_clock,
    steady_seconds,
)
from congkhai.plugin.daemon import once, run_due
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.status import status
from congkhai.plugin.store import create_store
from congkhai.plugin.store import tables as t

NOW = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
INI = """\
[agency]
name = UBND xã Mẫu Sơn
code = 000.01.25.H99
kind = xa
regulation = dong-son-2024

[channel:intranet]
type = staff-page

[trust]
folder = trust
"""


class Machine:
    """A machine whose clocks the test turns: `wall` can be set, `ticks` only runs on, `server` may be another's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wall = FixedClock(NOW)
        self.ticks = 1000.0
        self.server: datetime | None = None
        (folder / "congkhai.ini").write_text(INI, encoding="utf-8")
        create_store(folder / "data")
        self.houses: list[House] = []
        self.house = self.start()

    def start(self) -> House:
        """Open the house in a new process: the guard knows nothing but what the store holds."""
        house = open_house(self.folder / "congkhai.ini", Host())
        self.houses.append(house)
        guard = ClockGuard(lambda: self.ticks, lambda _store: self.server)
        self.house = replace(house, store=replace(house.store, clock=self.wall), guard=guard)
        return self.house

    def pass_time(self, real: timedelta, shown: timedelta | None = None) -> None:
        """Let time pass; the wall clock shows another span when one is given."""
        self.ticks += real.total_seconds()
        self.wall.moment += real if shown is None else shown

    def why(self) -> str:
        held = clock_hold(self.house)
        return held.why if held else ""

    def acts(self) -> list[dict[str, object]]:
        with self.house.store.read() as connection:
            return [json.loads(body) for body in connection.scalars(sa.select(t.journal.c.body)).all()]

    def note(self, act: str) -> None:
        with self.house.store.write(self.house.agency, "test") as tx:
            tx.journal(act, "x")


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for house in made.houses:
        house.close()


def test_an_ordinary_day_is_believed(machine: Machine) -> None:
    for _minute in range(0, 24 * 60, 7):
        machine.pass_time(7 * MINUTE)
        assert machine.why() == ""


@pytest.mark.parametrize("drift", [timedelta(seconds=-50), timedelta(seconds=50)])
def test_a_small_step_of_ntp_is_nothing(machine: Machine, drift: timedelta) -> None:
    assert machine.why() == ""
    machine.pass_time(HOUR, HOUR + drift)
    assert machine.why() == ""


@pytest.mark.parametrize(
    ("shown", "why"), [(3 * DAY, "jump-forward"), (-2 * HOUR, "jump-back"), (6 * HOUR, "jump-forward")]
)
def test_a_jump_is_noticed_and_ends_by_itself_when_the_clock_is_right_again(
    machine: Machine, shown: timedelta, why: str
) -> None:
    assert machine.why() == ""
    machine.pass_time(2 * MINUTE, shown)
    assert machine.why() == why
    machine.pass_time(10 * MINUTE)
    assert machine.why() == why, "time that passes does not make it right"
    machine.pass_time(MINUTE, MINUTE + 2 * MINUTE - shown)
    assert machine.why() == ""
    (entry,) = [act for act in machine.acts() if act["act"] == "clock.released"]
    assert entry["actor"] == "congkhai"


def test_a_restart_does_not_escape_a_jump_forward(machine: Machine) -> None:
    assert machine.why() == ""
    machine.pass_time(2 * MINUTE, 20 * DAY)
    assert machine.why() == "jump-forward"
    machine.start()
    machine.pass_time(HOUR)
    assert machine.why() == "jump-forward"
    machine.wall.moment -= 20 * DAY
    machine.pass_time(2 * MINUTE)
    assert machine.why() == ""


def test_a_wrong_year_at_boot_is_noticed_in_either_direction(machine: Machine) -> None:
    assert machine.why() == ""
    machine.pass_time(HOUR, datetime(1970, 1, 1, tzinfo=UTC) - NOW)
    machine.start()
    assert machine.why() == "before-release"
    machine.wall.moment = RELEASED + DAY
    machine.pass_time(MINUTE, MINUTE)
    assert machine.why() == "before-seen"
    machine.wall.moment = NOW + timedelta(days=3650)
    machine.start()
    assert machine.why() == "long-gap"
    machine.wall.moment = NOW + 2 * HOUR
    machine.pass_time(MINUTE)
    assert machine.why() == ""


def test_weeks_of_downtime_are_no_reason_for_doubt(machine: Machine) -> None:
    assert machine.why() == ""
    machine.pass_time(45 * DAY)
    machine.start()
    assert machine.why() == ""


def test_time_before_the_newest_journal_entry_is_not_believed_and_is_waited_out(machine: Machine) -> None:
    machine.note("test.note")
    machine.wall.moment -= 10 * MINUTE
    assert machine.why() == "before-journal"
    machine.pass_time(9 * MINUTE + timedelta(seconds=30))
    assert machine.why() == ""


def test_a_database_server_with_another_time_is_a_contradiction(machine: Machine) -> None:
    machine.server = NOW + 5 * MINUTE
    assert machine.why() == "database"
    machine.server = NOW
    machine.pass_time(timedelta(seconds=5))
    assert machine.why() == ""


def test_a_person_can_vouch_for_the_clock_and_the_daemon_in_another_process_hears_it(machine: Machine) -> None:
    daemon = machine.house
    assert clock_hold(daemon) is None
    machine.pass_time(MINUTE, 3 * DAY)
    assert clock_hold(daemon) is not None
    command_line = machine.start()
    machine.pass_time(MINUTE)
    assert release_clock(command_line, "Lê Văn Mẫu", "Đối chiếu với đồng hồ của Sở")
    assert clock_hold(command_line) is None
    machine.pass_time(MINUTE)
    assert clock_hold(daemon) is None
    entries = [act for act in machine.acts() if act["act"] == "clock.released"]
    assert [entry["actor"] for entry in entries] == ["Lê Văn Mẫu"]
    assert "Đối chiếu" not in json.dumps(entries, ensure_ascii=False), "the journal holds the reason's digest only"
    assert not release_clock(command_line, "Lê Văn Mẫu", "không cần")


def test_nobody_can_vouch_for_a_time_before_the_program_existed(machine: Machine) -> None:
    machine.wall.moment = datetime(2000, 1, 1, tzinfo=UTC)
    with pytest.raises(NotAllowedError) as found:
        release_clock(machine.house, "Lê Văn Mẫu", "tôi chắc chắn")
    assert found.value.code == "congkhai-E591"


def test_while_the_clock_is_doubted_nothing_is_done_and_the_list_says_so(machine: Machine) -> None:
    with machine.house.store.write(machine.house.agency, "test") as tx:
        tx.set_deadline("close", "c-unknown", NOW + DAY, "test")
    assert machine.why() == ""
    machine.pass_time(MINUTE, 2 * DAY)
    assert run_due(machine.house) == 0
    assert once(machine.house) == 0
    with machine.house.store.read() as connection:
        states = connection.scalars(sa.select(t.deadline.c.state).where(t.deadline.c.kind == "close")).all()
    assert states == ["open"], "a deadline that only seems due stays open"
    first = status(machine.house)["stuck"][0]
    assert (first["id"], first["what"]) == ("clock", "clock-jump-forward")
    assert "congkhai work clock" in first["next"]
    with pytest.raises(NotAllowedError, match="giờ của máy") as found:
        require_clock(machine.house)
    assert found.value.code == "congkhai-E590"


def test_simulated_time_is_never_doubted(tmp_path: Path) -> None:
    (tmp_path / "congkhai.ini").write_text(INI, encoding="utf-8")
    create_store(tmp_path / "data", simulated=datetime(2024, 1, 1, tzinfo=UTC))
    house = open_house(tmp_path / "congkhai.ini", Host())
    house.store.set_simulated_time(datetime(2033, 1, 1, tzinfo=UTC))
    assert clock_hold(house) is None
    house.close()


def test_the_steady_clock_runs_on() -> None:
    first: float = steady_seconds()
    later: Callable[[], float] = steady_seconds
    assert later() >= first
