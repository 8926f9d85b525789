"""Odd and amended dates: a calendar that changes, dates that cannot be true, the leap day, other zones."""

from datetime import UTC, date, datetime, timedelta

import pytest

from congkhai.plugin import desk
from congkhai.plugin.clock import ZONE
from congkhai.plugin.records import Direction, DisclosureState
from congkhai.plugin.recount import recount_limits
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, STAFF_PAGE, Office
from .script import paper


def _local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]  # year, month, day, hour as they come


def test_an_amended_calendar_moves_what_is_open_and_says_what_changed(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD)
    office.receive(paper())  # due through Thursday 09/7; on the staff page from today, through Monday 27/7
    assert office.matter().publish_by == _local(2026, 7, 10)
    before = office.posting("intranet").close_from
    assert before == _local(2026, 7, 28)
    office.edit("[work]\n", "[calendar]\noff = 09/07/2026, 27/07/2026\n\n[work]\n")
    assert office.matter().publish_by == _local(2026, 7, 11)
    assert office.posting("intranet").close_from == _local(2026, 7, 29)
    told = [row.error for row in office.rows(t.fault) if row.place == "limits"]
    assert len(told) == 2
    assert "00:00 10/07/2026" in told[0]
    assert "00:00 11/07/2026" in told[0]
    changed = [entry["facts"] for entry in office.journal("limit.changed")]
    assert [one["why"] for one in changed] == ["calendar", "calendar"]
    assert recount_limits(office.house) == []
    office.wait_until(_local(2026, 7, 11) - timedelta(seconds=1))
    assert office.journal("disclosure.overdue") == []


def test_an_amended_calendar_leaves_what_is_closing_or_over_alone(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    before = [one.close_from for one in office.matter().postings]
    office.edit("[work]\n", "[calendar]\noff = 27/07/2026, 28/07/2026, 29/07/2026\n\n[work]\n")
    assert [one.close_from for one in office.matter().postings] == before
    assert office.journal("limit.changed") == []


@pytest.mark.parametrize("issued", [date(2090, 1, 1), date(1956, 3, 4), date(9999, 12, 31)])
def test_a_date_that_cannot_be_true_waits_for_a_person_and_never_acts(office: Office, issued: date) -> None:
    office.receive(paper(issued=issued, direction=Direction.OUT, arrived=None))
    matter = office.matter()
    assert matter.state is DisclosureState.REVIEW
    assert matter.publish_by < _local(2026, 7, 20)
    assert "không thể đúng" in matter.note


def test_an_arrival_in_2090_does_not_move_the_limit(office: Office) -> None:
    office.receive(paper(issued=None, arrived=date(2090, 1, 1)))
    assert office.matter().trigger == date(2026, 7, 6)


def test_a_paper_from_before_the_regulation_is_answered_with_a_note(office: Office) -> None:
    office.receive(paper(issued=date(2023, 5, 2), arrived=date(2023, 5, 3)))
    matter = office.matter()
    assert matter.state is DisclosureState.DUE
    assert matter.trigger == date(2023, 5, 2)
    assert "hiệu lực" in matter.note


def test_a_period_that_begins_on_the_leap_day_ends_where_the_count_says(
    open_office: OpenOffice,
) -> None:
    office = open_office(BOARD)
    office.set_time(_local(2028, 2, 29, 9))
    office.receive(paper(issued=date(2028, 2, 29), arrived=date(2028, 2, 29)))
    assert office.matter().trigger == date(2028, 2, 29)
    office.confirm()
    assert office.posting("bang-tin").close_from == _local(2028, 3, 21)  # 1/3 to 20/3, a Monday


def test_a_moment_of_another_zone_is_the_same_moment(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    office.receive(paper())
    office.wait(hours=20)  # four in the morning of 07/7 here, still the evening of 06/7 in Greenwich
    since = _local(2026, 7, 7, 1).astimezone(UTC)
    desk.confirm_posting(office.house, office.posting("bang-tin").id, CLERK, since=since, photo=b"anh")
    assert office.posting("bang-tin").close_from == _local(2026, 7, 28)  # 8/7 to 27/7: the first day is the 7th here
