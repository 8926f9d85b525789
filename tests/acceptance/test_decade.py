"""A simulated year of one commune, judged by the slow model; all ten: ``python -m benchmarks.decade --json``."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.decade import Script, run, write_script
from benchmarks.decade_judge import Verdict, judge
from benchmarks.decade_model import HERE, last_day_to_publish, may_close_from, wall_calendar
from congkhai.plugin.house import House
from congkhai.plugin.store import tables as t
from congkhai.schedules import Calendar

MATTERS = 30


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Script, House]]:
    """A house that has lived through a year, and the script of that year."""
    script = write_script(1, MATTERS, seed=31)
    house = run(script, tmp_path_factory.mktemp("decade") / "house")
    yield script, house
    house.close()


@pytest.fixture(scope="module")
def verdict(year: tuple[Script, House]) -> Verdict:
    return judge(*year)


def test_a_year_with_outages_losses_and_downtime_closes_nothing_early_and_misses_nothing(verdict: Verdict) -> None:
    assert verdict.faults == []
    assert (verdict.disclosures, verdict.closed, verdict.stuck) == (MATTERS, MATTERS, 0)


def test_the_year_was_eventful_and_every_loss_was_found(verdict: Verdict) -> None:
    assert verdict.gaps == verdict.gaps_found >= 1
    assert verdict.late >= 1
    assert verdict.looks > 100
    assert verdict.looks_missed >= 1
    assert verdict.duties >= 5


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda row: {"posted_to": row.posted_from + timedelta(days=20)}, "CLOSED TOO EARLY"),
        (lambda row: {"close_from": row.close_from - timedelta(days=1)}, "lawful only from"),
        (lambda row: {"posted_from": row.posted_from + timedelta(days=9)}, "could show it"),
    ],
)
def test_the_judge_notices_what_it_is_there_for(
    year: tuple[Script, House], change: Callable[[Any], dict[str, datetime]], found: str
) -> None:
    script, house = year
    with house.store.read() as connection:
        lost = connection.scalars(sa.select(t.interruption.c.posting)).all()
        row = connection.execute(
            sa.select(t.posting).where(t.posting.c.channel == "noi-bo", t.posting.c.id.not_in(lost))
        ).first()
    assert row is not None
    before = {name: row._mapping[name] for name in ("posted_from", "posted_to", "close_from")}
    values = change(row)
    where = sa.update(t.posting).where(t.posting.c.id == row.id)
    try:
        with house.store.engine.begin() as connection:
            connection.execute(where.values(**values))
        assert any(found in fault for fault in judge(script, house).faults)
    finally:
        with house.store.engine.begin() as connection:
            connection.execute(where.values(**before))


def test_the_slow_model_gives_the_known_verdicts_of_dong_son() -> None:
    calendar = wall_calendar(2024, 2026, write_script(1, 1, seed=1).world.dice)
    posted = datetime(2024, 2, 5, 15, tzinfo=HERE)
    assert may_close_from(posted, 20, [], calendar) == datetime(2024, 2, 27, tzinfo=HERE)
    day = datetime(2024, 2, 26, tzinfo=HERE).date()
    assert last_day_to_publish(day, day, calendar).isoformat() == "2024-03-04"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_model_and_the_house_agree_on_every_day_of_the_decade(seed: int) -> None:
    wall = wall_calendar(2024, 2033, random.Random(seed))  # noqa: S311 - a simulation, not a secret
    ours = Calendar(
        off=frozenset(wall.announced), work=frozenset(day for day in wall.worked if day.year in wall.decided),
        confirmed_years=frozenset(wall.decided),
    )  # fmt: skip
    days = (date(2024, 1, 1) + timedelta(days=number) for number in range(3653))
    assert [day for day in days if ours.is_working_day(day) != wall.works(day)] == []
