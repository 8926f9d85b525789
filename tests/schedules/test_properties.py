"""What holds for every date: limits grow with their count, end on worked days, and agree with a count day by day."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from congkhai.schedules import (
    ZONE,
    Calendar,
    CountingRule,
    OfficeHours,
    act_by,
    by_date,
    latest_before,
    posting_period,
    verdicts,
)

DAYS = st.dates(date(2022, 1, 1), date(2031, 12, 31))
MOMENTS = st.datetimes(datetime(2022, 1, 1), datetime(2031, 12, 31)).map(  # noqa: DTZ001 - hypothesis wants naive bounds
    lambda moment: moment.replace(tzinfo=ZONE)
)
COUNTS = st.integers(1, 60)
RULES = st.builds(
    CountingRule,
    first_day=st.sampled_from(["excluded", "included", "elapsed"]),
    posting_roll=st.sampled_from(["next_working_day", "none"]),
    close_rule=st.sampled_from(["after_end", "office_close_of_last_day"]),
    deadline_roll=st.sampled_from(["civil_code", "none"]),
)
CALENDARS = st.builds(
    Calendar,
    off=st.frozensets(DAYS.filter(lambda day: day.weekday() < 5), max_size=5),
    work=st.frozensets(DAYS.filter(lambda day: day.weekday() >= 5), max_size=5),
    weekend=st.sampled_from([frozenset({5, 6}), frozenset({6})]),
    office_hours=st.sampled_from([None, OfficeHours.parse("07:30-11:30, 13:30-17:00")]),
)
ONE_DAY = timedelta(days=1)
steady = settings(deadline=None, database=None)  # a busy machine is no failure, and nothing is left behind


@steady
@given(DAYS, COUNTS, CALENDARS)
def test_a_working_day_deadline_agrees_with_counting_every_day(day: date, count: int, calendar: Calendar) -> None:
    counted, slow = 0, day
    while counted < count:
        slow += ONE_DAY
        counted += calendar.is_working_day(slow, doubtful=True)
    assert act_by(day, count, "working_day", calendar).legal_day == slow


@steady
@given(DAYS, COUNTS, CALENDARS)
def test_counting_back_agrees_with_counting_every_day(day: date, count: int, calendar: Calendar) -> None:
    counted, slow = 0, day
    while counted < count:
        slow -= ONE_DAY
        counted += calendar.is_working_day(slow)
    assert latest_before(day, count, "working_day", calendar).legal_day == slow


@steady
@given(DAYS, COUNTS, st.sampled_from(["working_day", "calendar_day", "month", "year"]), CALENDARS)
def test_deadlines_grow_with_their_count_and_their_trigger(
    day: date, count: int, unit: str, calendar: Calendar
) -> None:
    count = min(count, 12)
    this = act_by(day, count, unit, calendar)
    for later in (act_by(day, count + 1, unit, calendar), act_by(day + ONE_DAY, count, unit, calendar)):
        assert later.legal_until >= this.legal_until
        assert later.target >= this.target


@steady
@given(DAYS, COUNTS, st.sampled_from(["working_day", "calendar_day"]), CALENDARS)
def test_a_deadline_ends_on_a_worked_day_after_its_reminder(
    day: date, count: int, unit: str, calendar: Calendar
) -> None:
    deadline = act_by(day, count, unit, calendar)
    assert calendar.is_working_day(deadline.legal_day, doubtful=True)
    assert calendar.is_working_day(deadline.target)
    assert deadline.target <= deadline.unrolled <= deadline.legal_day
    assert deadline.legal_until - datetime.combine(deadline.legal_day, datetime.min.time(), ZONE) == ONE_DAY


@steady
@given(DAYS, CALENDARS)
def test_rolling_twice_changes_nothing(day: date, calendar: Calendar) -> None:
    for roll in (calendar.roll_forward, calendar.roll_back):
        assert roll(roll(day)) == roll(day)
        assert calendar.is_working_day(roll(day))
    again = by_date(by_date(day, calendar).target, calendar)
    assert again.target == again.legal_day


@steady
@given(MOMENTS, COUNTS, CALENDARS)
def test_a_posting_period_holds_its_days_in_full_and_ends_on_a_worked_day(
    posted: datetime, days: int, calendar: Calendar
) -> None:
    period = posting_period(posted, days, calendar)
    assert period.close_from is not None
    assert period.last_counted is not None
    assert period.end_day is not None
    full, day = 0, posted.date() + ONE_DAY
    while day <= period.last_counted:
        full, day = full + 1, day + ONE_DAY
    assert full == days
    assert calendar.is_working_day(period.end_day)
    assert all(
        not calendar.is_working_day(period.last_counted + n * ONE_DAY)
        for n in range((period.end_day - period.last_counted).days)
    )
    assert period.close_from == datetime.combine(period.end_day + ONE_DAY, datetime.min.time(), ZONE)


@steady
@given(MOMENTS, COUNTS, RULES, CALENDARS)
def test_no_setting_closes_later_than_the_strict_default_and_more_days_never_close_earlier(
    posted: datetime, days: int, rule: CountingRule, calendar: Calendar
) -> None:
    this = posting_period(posted, days, calendar, rule).close_from
    assert this is not None
    assert this <= posting_period(posted, days, calendar).close_from
    assert this <= posting_period(posted, days + 1, calendar, rule).close_from


@steady
@given(MOMENTS, COUNTS, st.integers(0, 60 * 24 * 70))
def test_a_verdict_is_met_exactly_when_its_period_may_close(posted: datetime, days: int, minutes: int) -> None:
    closed = posted + timedelta(minutes=minutes)
    found = {verdict.key: verdict for verdict in verdicts(posted, closed, days, Calendar())}
    assert found["strict"].met is posting_period(posted, days, Calendar()).may_close(closed)
    if found["strict"].met:
        assert all(verdict.met for verdict in found.values())
    for key in ("excluded", "included", "elapsed"):
        assert found[key].met is (found[key].counted_days >= days)


@steady
@given(DAYS, COUNTS)
def test_an_open_day_never_makes_a_deadline_later_nor_a_posting_shorter_than_either_decision(
    day: date, count: int
) -> None:
    """Whatever of the open days of the years ahead is decided, the limits computed before stay on the safe side."""
    open_days = frozenset(
        found
        for found in (date(2027, 1, 25) + n * ONE_DAY for n in range(30))
        if Calendar().day(found).state == "possibly_off"
    )
    years = frozenset(range(2022, 2035))
    unsure = Calendar()
    start = date(2027, 1, 1) + timedelta(days=day.toordinal() % 60)
    posted = datetime.combine(start, datetime.min.time(), ZONE)
    for decided in (Calendar(confirmed_years=years), Calendar(off=open_days, confirmed_years=years)):
        assert (
            act_by(start, count, "working_day", unsure).legal_day
            <= act_by(start, count, "working_day", decided).legal_day
        )
        assert posting_period(posted, count, unsure).close_from >= posting_period(posted, count, decided).close_from
        assert (
            latest_before(start, count, "working_day", unsure).legal_day
            <= latest_before(start, count, "working_day", decided).legal_day
        )
