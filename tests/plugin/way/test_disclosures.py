"""Limits and states: published by, closed from, closed on; by the regulation of Đông Sơn."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congkhai.plugin import regulation
from congkhai.plugin.clock import ZONE
from congkhai.plugin.disclosures import TRANSITIONS, change_state
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.periods import closing_moment, earliest_close
from congkhai.plugin.records import Direction, DisclosureState, PostingState
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .databases import copy_home
from .office import BOARD, PORTAL, STAFF_PAGE, START, Office
from .script import paper

DONG_SON = Path(regulation.__file__).parent / "regulations" / "dong-son-2024.ini"
PERMANENT = """
[duration:ke_hoach]
matter = workplan
form = *
kind = permanent
start = posted
source = Điều mẫu
"""


def permanent_office(open_office: OpenOffice, *channels: str) -> Office:
    """Open a house whose regulation keeps work plans public for good."""
    office = open_office(*channels)
    (office.folder / "quy-che.ini").write_text(DONG_SON.read_text(encoding="utf-8") + PERMANENT, encoding="utf-8")
    office.edit("= dong-son-2024", "= quy-che.ini")
    office.script.keys["Kế hoạch năm"] = "workplan"
    return office


def _local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]  # year, month, day, hour as they come


def test_an_incoming_paper_is_to_be_public_five_working_days_after_the_earlier_of_its_dates(office: Office) -> None:
    office.receive(paper())  # of Thursday 02/7/2026, arrived on Friday 03/7
    assert office.matter().trigger.isoformat() == "2026-07-02"
    assert office.matter().publish_by == _local(2026, 7, 10)  # all of Thursday 09/7 is in time


def test_a_paper_of_ours_counts_from_its_own_date(office: Office) -> None:
    office.receive(paper(direction=Direction.OUT, arrived=None, issuer="UBND xã Mẫu Sơn"))
    assert office.matter().publish_by == _local(2026, 7, 10)


def test_a_paper_without_date_waits_for_the_clerk(office: Office) -> None:
    office.receive(paper(issued=None))
    assert office.matter().state is DisclosureState.REVIEW


def test_what_is_not_public_in_time_is_recorded_once_and_shown_as_overdue(office: Office) -> None:
    office.receive(paper())
    office.wait_until(_local(2026, 7, 10) - timedelta(seconds=1))
    assert status(office.house)["overdue"] == []
    assert [one["id"] for one in status(office.house)["due"]] == [office.matter().id]
    office.wait_until(_local(2026, 7, 10))
    assert [one["id"] for one in status(office.house)["overdue"]] == [office.matter().id]
    office.wait(days=5)
    assert len(office.journal("disclosure.overdue")) == 1


def test_a_deadline_that_passed_while_the_daemon_was_down_is_caught_up(office: Office) -> None:
    office.receive(paper())
    office.set_time(_local(2026, 7, 20, 9))
    office.restart()
    office.work()
    assert len(office.journal("disclosure.overdue")) == 1


def test_a_posting_may_close_after_twenty_whole_days_and_not_on_a_day_off(office: Office) -> None:
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()  # Monday 06/7: days 07/7 to 26/7, a Sunday; so Monday 27/7 is the last
    posting = office.posting("bang-tin")
    assert (posting.required_days, posting.posted_from) == (20, START + timedelta(hours=1))
    assert posting.close_from == _local(2026, 7, 28)
    (deadline,) = [row for row in office.rows(t.deadline) if row.kind == "close"]
    assert deadline.due == _local(2026, 7, 28, 7).replace(minute=30)
    assert deadline.rule == office.house.rule.words


def test_a_matter_closes_only_when_its_last_posting_may(office: Office) -> None:
    office.receive(paper())
    office.wait(days=2)
    office.confirm()
    assert earliest_close(office.matter()) == office.posting("bang-tin").close_from
    assert office.posting("intranet").close_from != office.posting("bang-tin").close_from
    office.wait_until(_local(2026, 7, 28, 12))
    assert office.matter().state is DisclosureState.POSTED
    office.wait_until(_local(2026, 7, 29, 12))
    assert office.matter().state is DisclosureState.CLOSING


def test_a_matter_is_closed_on_the_morning_of_a_working_day_never_before_the_lawful_moment(office: Office) -> None:
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    matter, calendar = office.matter(), office.house.calendar

    @settings(max_examples=200, deadline=None)
    @given(st.integers(0, 547 * 24 * 60))
    def holds(minutes: int) -> None:
        lawful = _local(2026, 7, 1) + timedelta(minutes=minutes)
        shifted = replace(matter, postings=tuple(replace(one, close_from=lawful) for one in matter.postings))
        moment = closing_moment(office.house, shifted)
        assert moment is not None
        assert lawful <= moment < lawful + timedelta(days=20)
        assert (moment.hour, moment.minute) == (7, 30)
        assert calendar.is_working_day(moment.date())

    holds()


def test_a_permanent_matter_is_filed_without_closing_minutes(open_office: OpenOffice) -> None:
    office = permanent_office(open_office, STAFF_PAGE, BOARD)
    office.receive(paper("plan", "Kế hoạch thực hiện công khai thông tin năm 2026", type="Kế hoạch",
                         direction=Direction.OUT), paper("1", "Kế hoạch năm"))  # fmt: skip
    office.wait(hours=1)
    office.confirm()
    assert [one.close_from for one in office.matter().postings] == [None, None]
    office.sign()
    office.sign()
    assert office.matter().state is DisclosureState.FILED
    assert office.paper("closing") is None
    assert {one.state for one in office.matter().postings} == {PostingState.UP}
    dossier = office.dossier()
    assert dossier is not None
    assert {part.key: part.state for part in dossier.parts}["9.4"] == "not_applicable"
    office.wait(days=60)
    assert office.matter().state is DisclosureState.FILED
    assert office.posting("intranet").state is PostingState.UP


def test_the_agency_s_own_regulation_is_posted_for_good(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    office.script.keys["Quy chế thực hiện dân chủ"] = "internal_rules/own_regulation"
    office.receive(paper("1", "Quy chế thực hiện dân chủ", direction=Direction.OUT))
    assert office.jobs("dead") == []
    office.confirm()
    assert office.posting("bang-tin").required_days == 0
    assert [entry["facts"]["kind"] for entry in office.journal("minutes.made")] == ["posting"]


def test_a_personnel_matter_is_left_out_of_the_portal_and_others_are_not(open_office: OpenOffice) -> None:
    office = open_office(BOARD, PORTAL)
    office.script.keys.update({"Nhân sự": "personnel/personnel.people", "Ngân sách": "budget"})
    office.receive(paper("1", "Nhân sự"), paper("2", "Ngân sách"))
    channels = {one.title: [posting.channel for posting in one.postings] for one in office.matters()}
    assert channels == {"Nhân sự": ["bang-tin"], "Ngân sách": ["bang-tin", "cong"]}


GUARDED = {
    (DisclosureState.POSTED, DisclosureState.CLOSING), (DisclosureState.POSTED, DisclosureState.FILED),
    (DisclosureState.CLOSING, DisclosureState.CLOSED), (DisclosureState.FILED, DisclosureState.CLOSING),
}  # fmt: skip
"""Steps that the table knows and that a matter with two notices up since this morning must not take."""


@pytest.mark.parametrize("before", list(DisclosureState))
def test_a_state_follows_another_only_where_the_table_says_so(before: DisclosureState, shared: Office) -> None:
    for after in DisclosureState:
        with shared.house.store.write(shared.house.agency, "test") as tx:
            tx.connection.execute(t.disclosure.update().values(state=before.value))
        matter, entries = shared.matter(), len(shared.journal("disclosure.state"))
        allowed = after in TRANSITIONS[before] and (before, after) not in GUARDED
        with suppress(NotAllowedError), shared.house.store.write(shared.house.agency, "test") as tx:
            change_state(tx, matter, after, "thử")
        assert shared.matter().state is (after if allowed else before)
        assert shared.matter().row == matter.row + allowed
        assert len(shared.journal("disclosure.state")) == entries + allowed


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, stages: dict[str, Path]) -> Iterator[Office]:
    """One house for all pairs of states."""
    office = Office(copy_home(stages["posted"], tmp_path_factory.mktemp("shared") / "house"))
    yield office
    office.house.close()


def test_what_somebody_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    office.receive(paper())
    seen = office.matter()
    with office.house.store.write(office.house.agency, "một") as tx:
        change_state(tx, seen, DisclosureState.EXCLUDED, "lý do")
    with pytest.raises(NotAllowedError), office.house.store.write(office.house.agency, "hai") as tx:
        change_state(tx, seen, DisclosureState.WITHDRAWN, "muộn")
    assert office.matter().state is DisclosureState.EXCLUDED


def test_an_act_that_fails_leaves_no_journal_entry_and_a_kept_one_does(office: Office) -> None:
    office.receive(paper())
    before, told = office.journal(), list(office.script.events)
    with pytest.raises(RuntimeError), office.house.store.write(office.house.agency, "test") as tx:
        change_state(tx, office.matter(), DisclosureState.EXCLUDED, "lý do")
        raise RuntimeError
    assert office.journal() == before
    assert office.matter().state is DisclosureState.DUE
    assert office.script.events == told
