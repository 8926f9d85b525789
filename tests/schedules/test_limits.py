"""Deadlines: known vectors of working days, calendar days, months, fixed dates and counting back."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from congkhai.schedules import (
    ZONE,
    Calendar,
    CountingRule,
    NaiveTimeError,
    RangeError,
    RuleError,
    act_by,
    by_date,
    hours_after,
    incoming_trigger,
    late_on_arrival,
    latest_before,
    retention_until,
)

CALENDAR = Calendar()

WORKING_DAYS = """
W01 30/01/2024 02/02/2024 06/02/2024 15/02/2024
W02 05/02/2024 15/02/2024 19/02/2024 21/02/2024
W03 07/02/2024 19/02/2024 21/02/2024 23/02/2024
W04 10/02/2024 19/02/2024 21/02/2024 23/02/2024
W05 26/02/2024 29/02/2024 04/03/2024 06/03/2024
W06 27/02/2024 -          05/03/2024 -
W07 28/02/2024 -          06/03/2024 -
W08 26/04/2024 04/05/2024 07/05/2024 09/05/2024
W09 31/12/2024 06/01/2025 08/01/2025 10/01/2025
W10 22/01/2025 03/02/2025 05/02/2025 07/02/2025
W11 25/04/2025 29/04/2025 06/05/2025 08/05/2025
W12 31/12/2025 07/01/2026 09/01/2026 12/01/2026
W13 09/01/2026 13/01/2026 15/01/2026 19/01/2026
W14 13/02/2026 25/02/2026 27/02/2026 03/03/2026
W15 21/08/2026 25/08/2026 27/08/2026 03/09/2026
W16 28/08/2026 07/09/2026 09/09/2026 11/09/2026
W17 18/11/2026 23/11/2026 26/11/2026 30/11/2026
W18 20/11/2026 26/11/2026 30/11/2026 02/12/2026
W19 22/11/2026 26/11/2026 30/11/2026 02/12/2026
W20 23/11/2026 27/11/2026 01/12/2026 03/12/2026
"""
SWAPS = """
16/11/2026 23/11/2026 21/11/2026 25/11/2026 25/11/2026
17/11/2026 25/11/2026 25/11/2026 26/11/2026 26/11/2026
18/11/2026 26/11/2026 26/11/2026 27/11/2026 27/11/2026
19/11/2026 27/11/2026 27/11/2026 28/11/2026 30/11/2026
20/11/2026 30/11/2026 30/11/2026 30/11/2026 01/12/2026
"""
CALENDAR_DAYS = """
C01 31/03/2026 5  05/04/2026 06/04/2026 03/04/2026
C02 18/11/2026 5  23/11/2026 23/11/2026 23/11/2026
C03 19/11/2026 5  24/11/2026 25/11/2026 23/11/2026
C04 30/09/2026 15 15/10/2026 15/10/2026 15/10/2026
C05 31/12/2026 15 15/01/2027 15/01/2027 15/01/2027
C06 18/11/2026 30 18/12/2026 18/12/2026 18/12/2026
"""
OFF_23 = frozenset({date(2026, 11, 23)})
SCENARIOS = (
    Calendar(),
    Calendar(off=OFF_23, work=frozenset({date(2026, 11, 21)})),
    Calendar(off=OFF_23, work=frozenset({date(2026, 11, 28)})),
    Calendar(off=OFF_23),
)


def d(text: str) -> date:
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        pytest.param(start, count, due, id=f"{name}+{count}")
        for name, start, *dues in rows(WORKING_DAYS)
        for count, due in zip((3, 5, 7), dues, strict=True)
        if due != "-"
    ],
)
def test_working_day_deadlines(start: str, count: int, due: str) -> None:
    deadline = act_by(d(start), count, "working_day", CALENDAR)
    assert (deadline.unrolled, deadline.legal_day, deadline.target) == (d(due), d(due), d(due))
    assert deadline.legal_until == datetime.combine(d(due), datetime.min.time(), ZONE) + timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "scenario", "due"),
    [(start, number, due) for start, *dues in rows(SWAPS) for number, due in enumerate(dues)],
)
def test_five_working_days_under_each_swap_of_23_november_2026(start: str, scenario: int, due: str) -> None:
    deadline = act_by(d(start), 5, "working_day", SCENARIOS[scenario])
    assert deadline.legal_day == d(due)
    assert any("23/11/2026" in note for note in deadline.notes) is (scenario == 0)


@pytest.mark.parametrize(
    ("start", "count", "unrolled", "legal", "target"),
    [pytest.param(*row[1:], id=row[0]) for row in rows(CALENDAR_DAYS)],
)
def test_calendar_day_deadlines(start: str, count: str, unrolled: str, legal: str, target: str) -> None:
    deadline = act_by(d(start), int(count), "calendar_day", CALENDAR)
    assert (deadline.unrolled, deadline.legal_day, deadline.target) == (d(unrolled), d(legal), d(target))


def test_four_working_days_lie_between_the_plan_and_the_posting_of_dong_son() -> None:
    assert act_by(d("30/01/2024"), 4, "working_day", CALENDAR).legal_day == d("05/02/2024")


def test_a_deadline_into_an_unconfirmed_year_says_so() -> None:
    assert any("2027" in note for note in act_by(d("31/12/2026"), 15, "calendar_day", CALENDAR).notes)
    assert act_by(d("26/02/2024"), 5, "working_day", CALENDAR).notes == ()


def test_days_not_known_to_be_off_do_not_lengthen_a_deadline_but_move_the_reminder_forward() -> None:
    deadline = act_by(d("03/02/2027"), 3, "working_day", CALENDAR)
    assert deadline.legal_day == d("08/02/2027"), "04, 05 and 08/02/2027 count as worked while Tết 2027 is open"
    assert deadline.target == d("03/02/2027"), "remind on a day that is worked whatever is decided"
    decided = Calendar(off=frozenset(d(f"{day:02}/02/2027") for day in range(4, 11)), confirmed_years=frozenset({2027}))
    assert act_by(d("03/02/2027"), 3, "working_day", decided).legal_day == d("15/02/2027")


def test_the_whole_last_day_is_in_time_and_the_next_midnight_is_not() -> None:
    deadline = act_by(d("26/02/2024"), 5, "working_day", CALENDAR)
    midnight = datetime(2024, 3, 5, tzinfo=ZONE)
    assert deadline.legal_until == midnight
    assert deadline.legal_until.isoformat() == "2024-03-05T00:00:00+07:00"
    assert deadline.in_time(midnight - timedelta(seconds=1))
    assert not deadline.in_time(midnight)
    assert deadline.in_time(datetime(2024, 3, 4, 16, 59, tzinfo=UTC)), "any zone is compared as a moment"


def test_rolling_and_target_can_be_switched_off() -> None:
    plain = act_by(d("31/03/2026"), 5, "calendar_day", CALENDAR, CountingRule(deadline_roll="none"))
    assert (plain.legal_day, plain.target) == (d("05/04/2026"), d("03/04/2026"))
    legal = act_by(d("31/03/2026"), 5, "calendar_day", CALENDAR, CountingRule(deadline_target="legal"))
    assert (legal.legal_day, legal.target) == (d("06/04/2026"), d("06/04/2026"))


def test_a_moment_as_trigger_is_taken_at_its_vietnamese_date() -> None:
    late_evening_utc = datetime(2024, 2, 25, 20, tzinfo=UTC)  # 03:00 on 26/02 in Vietnam
    assert act_by(late_evening_utc, 5, "working_day", CALENDAR).legal_day == d("04/03/2024")


# Fixed dates: day named, bound, last day, reminder.
FIXED = """
10/07/2026 before          09/07/2026 09/07/2026
10/07/2028 before          09/07/2028 07/07/2028
10/05/2026 before          09/05/2026 08/05/2026
10/12/2026 before          09/12/2026 09/12/2026
10/02/2024 before          09/02/2024 07/02/2024
25/02/2024 not_later_than  25/02/2024 23/02/2024
31/03/2024 not_later_than  31/03/2024 29/03/2024
"""


@pytest.mark.parametrize(("day", "bound", "last", "remind"), rows(FIXED))
def test_before_excludes_the_named_day_and_a_fixed_date_never_rolls(
    day: str, bound: str, last: str, remind: str
) -> None:
    deadline = by_date(d(day), CALENDAR, bound=bound)
    assert (deadline.legal_day, deadline.target) == (d(last), d(remind))
    assert deadline.legal_until == datetime.combine(d(last) + timedelta(days=1), datetime.min.time(), ZONE)


COUNTED_BACK = """
B01 25/11/2026 5  working_day  17/11/2026
B02 25/11/2026 3  working_day  19/11/2026
B03 20/11/2026 3  calendar_day 17/11/2026
B04 25/11/2026 1  calendar_day 23/11/2026
Y01 25/02/2025 30 calendar_day 24/01/2025
"""


@pytest.mark.parametrize(
    ("event", "count", "unit", "last"), [pytest.param(*row[1:], id=row[0]) for row in rows(COUNTED_BACK)]
)
def test_counting_back_leaves_the_event_out_and_ends_on_a_working_day(
    event: str, count: str, unit: str, last: str
) -> None:
    deadline = latest_before(d(event), int(count), unit, CALENDAR)
    assert (deadline.legal_day, deadline.target) == (d(last), d(last))


def test_counting_back_over_days_not_known_to_be_off_takes_the_earlier_day() -> None:
    assert latest_before(d("15/02/2027"), 2, "working_day", CALENDAR).legal_day == d("02/02/2027")


MONTHS_AND_YEARS = """
Y01 25/02/2024 1 year  25/02/2025 25/02/2025
Y02 29/02/2024 1 year  28/02/2025 28/02/2025
Y03 31/08/2025 6 month 28/02/2026 02/03/2026
end 31/12/2024 2 month 28/02/2025 28/02/2025
29  31/01/2024 1 month 29/02/2024 29/02/2024
30  31/03/2026 1 month 30/04/2026 04/05/2026
Tet 15/01/2026 1 month 15/02/2026 23/02/2026
"""


@pytest.mark.parametrize(
    ("start", "count", "unit", "unrolled", "legal"),
    [pytest.param(*row[1:], id=row[0]) for row in rows(MONTHS_AND_YEARS)],
)
def test_months_and_years_end_on_the_corresponding_day_or_the_last_of_the_month(
    start: str, count: str, unit: str, unrolled: str, legal: str
) -> None:
    deadline = act_by(d(start), int(count), unit, CALENDAR)
    assert (deadline.unrolled, deadline.legal_day) == (d(unrolled), d(legal))


def test_months_count_back_too() -> None:
    assert latest_before(d("31/03/2026"), 1, "month", CALENDAR).unrolled == d("28/02/2026")
    assert latest_before(d("15/01/2026"), 1, "month", CALENDAR).unrolled == d("15/12/2025")


def test_retention_counts_from_the_end_of_the_year_of_the_work() -> None:
    assert retention_until(d("25/02/2024"), 20) == d("31/12/2044")


def test_hours_run_from_the_given_moment() -> None:
    assert hours_after(datetime(2026, 11, 20, 15, tzinfo=ZONE), 48) == datetime(2026, 11, 22, 15, tzinfo=ZONE)


def test_the_earlier_date_of_an_incoming_document_starts_its_deadline_by_default() -> None:
    found = incoming_trigger(d("10/11/2026"), d("12/11/2026"))
    assert (found.day, found.other, len(found.notes)) == (d("10/11/2026"), d("12/11/2026"), 1)


@pytest.mark.parametrize(
    ("setting", "document", "arrival", "day", "noted"),
    [
        ("arrival", "10/11/2026", "12/11/2026", "12/11/2026", False),
        ("document_date", "10/11/2026", "12/11/2026", "10/11/2026", False),
        ("earlier", "12/11/2026", "12/11/2026", "12/11/2026", False),
        ("arrival", "10/11/2026", None, "10/11/2026", True),
        ("document_date", None, "12/11/2026", "12/11/2026", True),
        ("earlier", None, "12/11/2026", "12/11/2026", False),
    ],
)
def test_the_trigger_follows_the_setting_and_a_missing_date_is_noted(
    setting: str, document: str | None, arrival: str | None, day: str, noted: bool
) -> None:
    rule = CountingRule(incoming_trigger=setting)
    found = incoming_trigger(document and d(document), arrival and d(arrival), rule)
    assert (found.day, bool(found.notes)) == (d(day), noted)


def test_a_document_without_any_date_has_no_deadline() -> None:
    with pytest.raises(RangeError):
        incoming_trigger(None, None)


def test_a_document_that_arrives_after_its_deadline_is_late_on_arrival() -> None:
    deadline = act_by(d("26/02/2024"), 5, "working_day", CALENDAR)
    assert late_on_arrival(deadline, d("05/03/2024"))
    assert not late_on_arrival(deadline, d("04/03/2024"))


@pytest.mark.parametrize("count", [0, -1, 50_000])
def test_absurd_counts_are_refused(count: int) -> None:
    with pytest.raises(RangeError):
        act_by(d("26/02/2024"), count, "working_day", CALENDAR)


@pytest.mark.parametrize(
    ("trigger", "count", "unit"),
    [
        (date(2204, 2, 26), 5, "working_day"),
        (date(1, 1, 1), 5, "working_day"),
        (date(2099, 6, 1), 40_000, "calendar_day"),
        (date(2099, 6, 1), 30_000, "year"),
        (date(2100, 12, 31), 1, "working_day"),
        (date(2100, 12, 31), 1, "month"),
    ],
)
def test_absurd_dates_are_refused(trigger: date, count: int, unit: str) -> None:
    with pytest.raises(RangeError, match="1990–2100"):
        act_by(trigger, count, unit, CALENDAR)


def test_counting_back_beyond_the_known_years_is_refused() -> None:
    with pytest.raises(RangeError):
        latest_before(d("01/02/1990"), 100, "year", CALENDAR)


def test_unknown_units_and_bounds_are_refused() -> None:
    with pytest.raises(RuleError, match="fortnight"):
        act_by(d("26/02/2024"), 1, "fortnight", CALENDAR)
    with pytest.raises(RuleError, match="after"):
        by_date(d("26/02/2024"), CALENDAR, bound="after")


def test_naive_moments_are_refused() -> None:
    naive = datetime(2024, 2, 26, 8)  # noqa: DTZ001 - the missing zone is what is tested
    with pytest.raises(NaiveTimeError):
        act_by(naive, 5, "working_day", CALENDAR)
    with pytest.raises(NaiveTimeError):
        act_by(d("26/02/2024"), 5, "working_day", CALENDAR).in_time(naive)
    with pytest.raises(NaiveTimeError):
        hours_after(naive, 1)


def test_a_moment_at_the_edge_of_time_is_refused_not_overflowed() -> None:
    with pytest.raises(RangeError):
        act_by(datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), 5, "working_day", CALENDAR)
