"""Posting periods: known vectors, every setting, interruptions, and the lawful moment of closing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from congkhai.schedules import (
    ZONE,
    Calendar,
    CountingRule,
    Gap,
    NaiveTimeError,
    OfficeHours,
    RangeError,
    RuleError,
    after_interruptions,
    interrupted_period,
    posting_period,
    posting_start,
)

CALENDAR = Calendar()
OFFICE = Calendar(office_hours=OfficeHours.parse("07:30-11:30, 13:30-17:00"))

PERIODS = """
P01 05/02/2024 15 20/02/2024 20/02/2024
P02 05/02/2024 20 25/02/2024 26/02/2024
P03 05/02/2024 30 06/03/2024 06/03/2024
P04 26/02/2024 20 17/03/2024 18/03/2024
P05 14/04/2024 20 04/05/2024 04/05/2024
P06 10/01/2025 20 30/01/2025 03/02/2025
P07 06/04/2025 20 26/04/2025 26/04/2025
P08 12/04/2025 20 02/05/2025 05/05/2025
P09 13/12/2025 20 02/01/2026 05/01/2026
P10 28/01/2026 20 17/02/2026 23/02/2026
P11 10/04/2026 20 30/04/2026 04/05/2026
P12 02/08/2026 20 22/08/2026 22/08/2026
P13 13/08/2026 20 02/09/2026 03/09/2026
P14 02/11/2026 20 22/11/2026 23/11/2026
P15 04/11/2026 20 24/11/2026 25/11/2026
P16 09/11/2026 15 24/11/2026 25/11/2026
P17 23/11/2026 20 13/12/2026 14/12/2026
P18 23/11/2026 30 23/12/2026 23/12/2026
P19 22/12/2026 20 11/01/2027 11/01/2027
P20 20/11/2026 3  23/11/2026 23/11/2026
"""


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=ZONE)


def d(text: str) -> date:
    return at(f"{text} 00:00").date()


@pytest.mark.parametrize("hour", ["00:00", "15:00", "23:59"])
@pytest.mark.parametrize(
    ("posted", "days", "last", "end"),
    [pytest.param(*line.split()[1:], id=line.split()[0]) for line in PERIODS.strip().splitlines()],
)
def test_minimum_posting_periods_whatever_the_hour_of_posting(
    posted: str, days: str, last: str, end: str, hour: str
) -> None:
    period = posting_period(at(f"{posted} {hour}"), int(days), CALENDAR)
    assert period.first_day == d(posted) + timedelta(days=1)
    assert (period.days, period.last_counted, period.end_day) == (int(days), d(last), d(end))
    assert period.close_from == at(f"{end} 00:00") + timedelta(days=1)
    assert period.counting == "first-day=excluded, posting-roll=next_working_day, close-rule=after_end"


@pytest.mark.parametrize(
    ("posted", "word"), [("02/11/2026", "23/11/2026"), ("22/12/2026", "2027"), ("05/02/2024", None)]
)
def test_uncertain_days_inside_the_period_are_noted(posted: str, word: str | None) -> None:
    notes = posting_period(at(f"{posted} 08:00"), 20, CALENDAR).notes
    assert any(word in note for note in notes) if word else notes == ()


def test_closing_is_refused_before_the_lawful_moment_and_allowed_from_it() -> None:
    period = posting_period(at("05/02/2024 15:00"), 20, CALENDAR)
    assert period.close_from is not None
    assert period.close_from.isoformat() == "2024-02-27T00:00:00+07:00"
    assert not period.may_close(period.close_from - timedelta(microseconds=1))
    assert period.may_close(period.close_from)
    assert period.may_close(period.close_from.astimezone(UTC))


def test_a_permanent_posting_never_may_close() -> None:
    period = posting_period(at("05/02/2024 15:00"), 0, CALENDAR)
    assert (period.last_counted, period.end_day, period.close_from) == (None, None, None)
    assert not period.may_close(at("05/02/2090 15:00"))


def test_a_moment_in_another_zone_is_posted_on_its_vietnamese_day() -> None:
    period = posting_period(datetime(2024, 2, 4, 20, tzinfo=UTC), 20, CALENDAR)
    assert period.first_day == d("06/02/2024")


@pytest.mark.parametrize(
    ("rule", "last", "close_from"),
    [
        (CountingRule(first_day="included", posting_roll="none"), "24/02/2024", "25/02/2024 00:00"),
        (CountingRule(first_day="included"), "24/02/2024", "27/02/2024 00:00"),
        (CountingRule(first_day="elapsed"), "25/02/2024", "25/02/2024 15:00"),
        (CountingRule(posting_roll="none"), "25/02/2024", "26/02/2024 00:00"),
        (CountingRule(close_rule="office_close_of_last_day"), "25/02/2024", "26/02/2024 17:00"),
    ],
)
def test_each_setting_moves_the_end_as_it_says(rule: CountingRule, last: str, close_from: str) -> None:
    period = posting_period(at("05/02/2024 15:00"), 20, OFFICE, rule)
    assert (period.last_counted, period.close_from) == (d(last), at(close_from))
    assert period.counting == rule.words


def test_closing_at_office_close_carries_a_warning() -> None:
    rule = CountingRule(close_rule="office_close_of_last_day")
    assert any("17:00" in note for note in posting_period(at("05/02/2024 15:00"), 20, OFFICE, rule).notes)


@pytest.mark.parametrize(
    ("calendar", "rule"),
    [
        (CALENDAR, CountingRule(close_rule="office_close_of_last_day")),
        (OFFICE, CountingRule(close_rule="office_close_of_last_day", posting_roll="none")),
    ],
)
def test_without_office_hours_or_on_a_day_off_closing_waits_for_midnight(
    calendar: Calendar, rule: CountingRule
) -> None:
    period = posting_period(at("05/02/2024 15:00"), 20, calendar, rule)
    assert period.end_day is not None
    assert period.close_from == at(f"{period.end_day:%d/%m/%Y} 00:00") + timedelta(days=1)
    assert period.notes


def test_an_end_on_a_day_that_may_be_off_waits_for_a_day_that_is_not() -> None:
    period = posting_period(at("15/01/2027 08:00"), 20, CALENDAR)
    assert (period.last_counted, period.end_day) == (d("04/02/2027"), d("15/02/2027"))


def test_the_recorded_start_counts_and_the_minutes_stand_in_with_a_note() -> None:
    recorded, minutes = at("05/02/2024 14:00"), at("05/02/2024 15:00")
    assert posting_start(recorded, minutes).moment == recorded
    assert posting_start(recorded, minutes).notes == ()
    stand_in = posting_start(None, minutes)
    assert stand_in.moment == minutes
    assert "15:00" in stand_in.notes[0]
    by_minutes = CountingRule(posting_start="minutes_finished")
    assert posting_start(recorded, minutes, by_minutes).moment == minutes
    assert posting_start(recorded, None, by_minutes).notes


def test_a_posting_without_any_start_is_refused() -> None:
    with pytest.raises(RangeError):
        posting_start(None, None)


GAP = (at("10/11/2026 09:00"), at("12/11/2026 10:00"))


@pytest.mark.parametrize(
    ("rule", "last", "close_from"),
    [
        (CountingRule(interruption="restart"), "02/12/2026", "03/12/2026 00:00"),
        (CountingRule(interruption="extend"), "25/11/2026", "26/11/2026 00:00"),
        (CountingRule(interruption="note"), "22/11/2026", "24/11/2026 00:00"),
        (CountingRule(interruption="extend", first_day="elapsed"), "24/11/2026", "24/11/2026 09:00"),
        (CountingRule(interruption="restart", first_day="elapsed"), "02/12/2026", "02/12/2026 10:00"),
    ],
)
def test_an_interruption_costs_what_the_setting_says(rule: CountingRule, last: str, close_from: str) -> None:
    period = after_interruptions(at("02/11/2026 08:00"), 20, [GAP], CALENDAR, rule)
    assert (period.days, period.last_counted, period.close_from) == (20, d(last), at(close_from))
    assert any("gián đoạn" in note for note in period.notes)


def test_interruptions_add_up_in_any_order_and_each_day_once() -> None:
    rule = CountingRule(interruption="extend", posting_roll="none")
    second = (at("12/11/2026 15:00"), at("13/11/2026 08:00"))  # touches the 12th again
    both = after_interruptions(at("02/11/2026 08:00"), 20, [second, GAP], CALENDAR, rule)
    assert both.last_counted == d("26/11/2026")  # 10, 11, 12 and 13/11 are lost


def test_each_interruption_costs_what_its_own_kind_costs() -> None:
    posted = at("02/11/2026 08:00")
    pause = Gap(at("04/11/2026 08:00"), at("05/11/2026 08:00"), "extend")  # before the restart: gone with it
    restart = Gap(*GAP, effect="restart")
    later = Gap(at("16/11/2026 08:00"), at("16/11/2026 17:00"), "extend")
    noted = Gap(at("18/11/2026 08:00"), at("18/11/2026 17:00"), "note")
    period = interrupted_period(posted, 20, [noted, later, restart, pause], CALENDAR)
    assert period.last_counted == d("03/12/2026")  # 20 days from 13/11, and one more for 16/11
    assert len([note for note in period.notes if "gián đoạn" in note]) == 4


def test_an_effect_that_nobody_knows_is_refused() -> None:
    with pytest.raises(RuleError):
        interrupted_period(at("02/11/2026 08:00"), 20, [Gap(*GAP, effect="thử")], CALENDAR)  # type: ignore[arg-type]  # what is tested


def test_an_interruption_after_the_lawful_closing_changes_nothing() -> None:
    late = (at("25/11/2026 00:00"), at("26/11/2026 00:00"))
    plain = posting_period(at("02/11/2026 08:00"), 20, CALENDAR)
    assert after_interruptions(at("02/11/2026 08:00"), 20, [late], CALENDAR) == plain


@pytest.mark.parametrize("gap", [(GAP[1], GAP[0]), (at("01/11/2026 00:00"), at("03/11/2026 00:00"))])
def test_impossible_interruptions_are_refused(gap: tuple[datetime, datetime]) -> None:
    with pytest.raises(RangeError):
        after_interruptions(at("02/11/2026 08:00"), 20, [gap], CALENDAR)


@pytest.mark.parametrize("days", [-1, 40_001, 30_000])
def test_absurd_durations_are_refused(days: int) -> None:
    for rule in (CountingRule(), CountingRule(first_day="elapsed")):
        with pytest.raises(RangeError):
            posting_period(at("05/02/2024 15:00"), days, CALENDAR, rule)


def test_naive_moments_are_refused() -> None:
    naive = datetime(2024, 2, 5, 15)  # noqa: DTZ001 - the missing zone is what is tested
    with pytest.raises(NaiveTimeError) as caught:
        posting_period(naive, 20, CALENDAR)
    assert caught.value.where == "posted"
    with pytest.raises(NaiveTimeError):
        posting_period(at("05/02/2024 15:00"), 20, CALENDAR).may_close(naive)
