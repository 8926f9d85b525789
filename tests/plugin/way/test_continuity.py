"""Continuity: what is seen, what is gone, what nobody could see, and what each of them costs."""

from datetime import datetime, time, timedelta

import pytest

from congkhai.plugin.clock import ZONE, local_date
from congkhai.plugin.continuity import confirm_seen, decide_break
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.probing import looks_of_day, planned_looks
from congkhai.plugin.records import DisclosureState, Probe
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, SCRIPTED, STAFF_PAGE, START, Office
from .script import paper


def watched(open_office: OpenOffice, *edits: tuple[str, str]) -> Office:
    """Open a house with one scripted channel that is looked at every day, and a public matter in it."""
    office = open_office(SCRIPTED)
    for before, after in (("probe-every = 30 d", "probe-every = 1 d"), *edits):
        office.edit(before, after)
    office.receive(paper())
    return office


def breaks(office: Office, channel: str = "kenh") -> tuple:  # type: ignore[type-arg]  # of Break
    with office.house.store.read() as connection:
        return read.breaks(connection, office.posting(channel).id)


def results(office: Office, channel: str = "kenh") -> list[str]:
    with office.house.store.read() as connection:
        return [one.result for one in read.looks(connection, office.posting(channel).id)]


def test_looks_are_random_within_office_hours_and_once_outside_and_the_same_for_the_same_store(office: Office) -> None:
    calendar = office.house.calendar
    sessions = [(time(7, 30), time(11, 30)), (time(13, 30), time(17))]
    seen = set()
    for number in range(60):
        day = START.date() + timedelta(days=number)
        looks = looks_of_day(b"muoi", "p", day, calendar, 3)
        assert looks == looks_of_day(b"muoi", "p", day, calendar, 3) == sorted(looks)
        assert all(local_date(moment) == day for moment in looks)
        inside = [one for one in looks if any(a <= one.time() < b for a, b in sessions)]
        outside = [one for one in looks if one.time() < time(7, 30) or one.time() >= time(17)]
        if calendar.is_working_day(day):
            assert (len(inside), len(outside)) == (3, 1)
        else:
            assert len(looks) == 1
        seen |= {moment.time() for moment in looks}
    assert len(seen) > 150
    assert looks_of_day(b"khac", "p", START.date(), calendar, 3) != looks_of_day(
        b"muoi", "p", START.date(), calendar, 3
    )


def test_an_interval_below_one_day_is_kept_as_it_is(open_office: OpenOffice) -> None:
    office = watched(open_office, ("probe-every = 1 d", "probe-every = 6 h"))
    looks = planned_looks(office.house, office.posting("kenh"), office.now)
    assert [next(looks) - office.now for _n in range(3)] == [timedelta(hours=6 * n) for n in (1, 2, 3)]


def test_every_look_is_kept_and_only_a_change_becomes_evidence(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.place.digest = "a" * 64
    office.wait(days=7)
    assert set(results(office)) == {"seen"}
    assert 14 <= len(results(office)) <= 21  # five working days of three looks, two days off of one
    assert [one.kind for one in office.posting("kenh").evidence] == ["receipt", "probe"]
    assert breaks(office) == ()


def test_what_the_web_says_of_itself_is_kept_with_the_look(open_office: OpenOffice) -> None:
    office = watched(open_office)
    until = datetime(2027, 1, 1, tzinfo=ZONE)
    office.place.answer = Probe(office.now, True, "https://x.example/1", "b" * 64, "", 200, "c" * 64, until, 41)
    office.wait(days=1)
    with office.house.store.read() as connection:
        look = read.looks(connection, office.posting("kenh").id)[1]  # the first came right after publication
    assert (look.status, look.certificate_sha256, look.certificate_until, look.latency_ms) == (200, "c" * 64, until, 41)
    assert office.journal("posting.looked")[1]["facts"]["certificate"] == "c" * 64


def test_content_changed_before_the_first_planned_look_is_found(open_office: OpenOffice) -> None:
    """What is compared with is what stood there right after publication, not what a first later look happens on."""
    office = open_office(SCRIPTED)
    office.edit("probe-every = 30 d", "probe-every = 1 d")
    office.place.digest = "a" * 64
    office.receive(paper())
    assert results(office) == ["seen"]
    office.place.digest = "f" * 64
    office.wait(days=1)
    assert [one.kind for one in breaks(office)] == ["change"]


@pytest.mark.parametrize(
    ("setting", "effect"), [("note", "note"), ("prolong", "extend"), ("restart", "restart"), ("regulation", "restart")]
)
def test_a_gap_is_said_to_the_clerk_and_costs_what_the_setting_says(
    open_office: OpenOffice, setting: str, effect: str
) -> None:
    office = watched(open_office, ("probe-every = 1 d", f"probe-every = 1 d\nafter-gap = {setting}"))
    office.wait(days=3)
    before = office.posting("kenh").close_from
    assert before is not None
    office.place.visible = False
    office.wait(days=1, hours=1)
    (gap,) = breaks(office)
    assert (gap.kind, gap.effect, gap.ended) == ("gap", effect, None)
    assert gap.seen_before < gap.started
    assert "gap" in [one["what"] for one in status(office.house)["waiting"]]
    assert [one.place for one in office.rows(t.fault)] == ["probe"]
    assert office.posting("kenh").close_from == (before if effect == "note" else None)
    office.place.visible = True
    office.wait(days=1, hours=1)
    (gap,) = breaks(office)
    assert gap.ended is not None
    after = office.posting("kenh").close_from
    assert after is not None
    lost = (local_date(gap.ended) - local_date(gap.seen_before)).days + 1
    if effect == "note":
        assert after == before
    elif effect == "extend":
        posted = office.posting("kenh").posted_from
        assert posted is not None
        whole_days = (local_date(after) - local_date(posted)).days - 1  # the first day is not counted
        assert whole_days - lost >= 20
        assert after > before
    else:
        assert local_date(after) >= local_date(gap.ended) + timedelta(days=21)
    office.wait_until(after - timedelta(seconds=1))
    assert office.matter().state is DisclosureState.POSTED
    office.wait(days=5)
    assert office.matter().state is DisclosureState.CLOSING


def test_while_a_notice_is_gone_nothing_closes(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.wait(days=5)
    office.place.visible = False
    office.wait(days=60)
    assert office.matter().state is DisclosureState.POSTED
    assert [row for row in office.rows(t.deadline) if row.kind == "close" and row.state == "open"] == []


def test_other_content_is_a_gap_of_its_own_and_may_be_accepted_by_a_person(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.place.digest = "a" * 64
    office.wait(days=2)
    office.place.digest = "b" * 64
    office.wait(days=1)
    (change,) = breaks(office)
    assert (change.kind, change.ended) == ("change", None)
    assert "đã khác" in office.matter().note
    with pytest.raises(NotAllowedError):
        decide_break(office.house, change.id, CLERK, effect="note", reason="  ")
    decide_break(office.house, change.id, CLERK, effect="note", reason="Sửa lỗi chính tả", accept=True)
    assert breaks(office)[0].ended is not None
    assert "Sửa lỗi" not in str(office.journal())
    office.wait(days=3)
    assert len(breaks(office)) == 1
    assert office.posting("kenh").close_from is not None


def test_a_place_that_cannot_tell_is_no_gap(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.place.visible = None
    office.wait(days=4)
    assert results(office)[0] == "seen"  # right after publication
    assert set(results(office)[1:]) == {"unknown"}
    assert breaks(office) == ()
    assert [one.kind for one in office.posting("kenh").evidence] == ["receipt", "probe"]
    assert office.posting("kenh").close_from is not None


def test_looks_that_were_missed_while_we_were_down_are_stated_and_no_gap(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.wait(days=1)
    taken = len(results(office))
    office.set_time(office.now + timedelta(days=3))
    office.restart()
    office.work()
    new = results(office)[taken:]
    assert new.count("missed") >= 6
    assert new[-1] == "seen"
    assert breaks(office) == ()
    office.wait(days=2)
    assert results(office).count("missed") == new.count("missed")


def test_closing_minutes_carry_the_record_and_the_picture(open_office: OpenOffice) -> None:
    office = watched(open_office, ("probe-every = 1 d", "probe-every = 1 d\nafter-gap = prolong"))
    office.wait(days=2)
    office.place.visible = False
    office.wait(days=2)
    office.place.visible = True
    office.wait(days=1)
    office.set_time(office.now + timedelta(days=2))
    office.restart()
    office.work()
    office.wait(days=30)
    office.sign()
    paper_ = office.paper("closing")
    assert paper_ is not None
    content = read_minutes(office.house.store.vault.read(paper_.file_sha256))
    record = content.channels[0].availability
    assert record is not None
    assert record.seen > 30
    assert record.gone >= 2
    assert record.missed >= 1
    assert {"x", "v"} <= set(record.days) <= set("vxcpum.")
    posting = office.posting("kenh")
    assert posting.posted_from is not None
    assert posting.posted_to is not None
    assert len(record.days) == (local_date(posting.posted_to) - local_date(posting.posted_from)).days + 1
    assert [one.cause for one in record.unobserved] == ["missed"]
    assert record.longest_to - record.longest_from > timedelta(days=1)
    assert "không còn thấy" in content.channels[0].interruptions[0].reason
    assert office.house.store.vault.read(paper_.pdf_sha256).startswith(b"%PDF")


def test_posting_minutes_claim_nothing_about_looks(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    opening = office.paper("posting")
    assert opening is not None
    content = read_minutes(office.house.store.vault.read(opening.file_sha256))
    assert [one.availability for one in content.channels] == [None, None]


def test_a_person_says_what_stands_on_the_board(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD)
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    board = office.posting("bang-tin")
    assert [row for row in office.rows(t.deadline) if row.kind == "probe" and row.subject == board.id] == []
    office.wait(days=2)
    assert confirm_seen(office.house, board.id, CLERK, at=office.now, visible=False) == "gone"
    assert office.posting("bang-tin").close_from is None
    for moment in (office.now + timedelta(seconds=1), office.now - timedelta(hours=1)):
        with pytest.raises(NotAllowedError):
            confirm_seen(office.house, board.id, CLERK, at=moment, visible=True)
    office.wait(hours=2)
    assert confirm_seen(office.house, board.id, CLERK, at=office.now, visible=True, photo=b"\x89PNG anh") == "seen"
    (gap,) = breaks(office, "bang-tin")
    assert gap.ended == office.now
    assert office.posting("bang-tin").close_from is not None
    assert "photo" in [one.kind for one in office.posting("bang-tin").evidence]


def test_a_gap_that_is_not_over_keeps_the_dossier_open(open_office: OpenOffice) -> None:
    from congkhai.plugin.life_findings import life_findings

    office = watched(open_office)
    office.wait(days=1)
    office.place.visible = False
    office.wait(days=1)
    found = {one.id: one.severity.value for one in life_findings(office.house, office.matter())}
    assert found["L06"] == "error"
    office.place.visible = True
    office.wait(days=1)
    found = {one.id: one.severity.value for one in life_findings(office.house, office.matter())}
    assert found["L06"] == "warn"


def test_a_notice_that_stands_unseen_at_the_head_of_a_period_counts_from_its_posting(open_office: OpenOffice) -> None:
    office = watched(open_office)
    office.place.visible = False
    office.wait(days=1)
    (gap,) = breaks(office)
    assert gap.seen_before == office.posting("kenh").posted_from
