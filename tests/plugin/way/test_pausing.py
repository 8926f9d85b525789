"""Pauses and corrections: a person's decision with a reason, and a period that answers for it."""

from datetime import timedelta

import pytest

from congkhai.plugin import desk
from congkhai.plugin.clock import local_date
from congkhai.plugin.demo.people import photo
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.pausing import correct_matter, pause_posting, resume_posting
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, SCRIPTED, STAFF_PAGE, Office
from .script import paper


@pytest.fixture
def public(open_office: OpenOffice) -> Office:
    """A matter on a channel that acts by itself and on the board, both since the same hour."""
    office = open_office(SCRIPTED, BOARD)
    office.receive(paper())
    office.confirm()
    return office


def _open_breaks(office: Office, channel: str) -> list[str]:
    with office.house.store.read() as connection:
        return [one.kind for one in read.breaks(connection, office.posting(channel).id) if one.ended is None]


def test_a_pause_prolongs_the_period_by_the_days_it_touched(public: Office) -> None:
    before = public.posting("bang-tin").close_from
    assert before is not None
    public.wait(days=2)
    pause_posting(public.house, public.posting("bang-tin").id, CLERK, "Sửa bảng tin")
    assert public.posting("bang-tin").close_from is None
    assert "pause" in [one["what"] for one in status(public.house)["waiting"]]
    public.wait(days=3)
    resume_posting(public.house, public.posting("bang-tin").id, CLERK, photo=photo("lại"))
    after = public.posting("bang-tin").close_from
    assert after is not None
    posted = public.posting("bang-tin").posted_from
    assert posted is not None
    assert (local_date(after) - local_date(posted)).days - 1 - 4 >= 20  # four days were touched
    (change,) = [one for one in public.rows(t.period) if one.after is not None]
    assert (change.subject, change.before, change.after, change.why) == (
        public.posting("bang-tin").id, None, after, "pause",
    )  # fmt: skip
    assert _open_breaks(public, "bang-tin") == []
    assert "Sửa bảng tin" not in str(public.journal())


def test_a_channel_that_acts_alone_takes_the_notice_off_and_puts_it_up_again(public: Office) -> None:
    public.wait(days=1)
    (key,) = public.place.shown
    pause_posting(public.house, public.posting("kenh").id, CLERK, "Bảo trì")
    public.work()
    assert public.place.shown == {}
    public.wait(days=1)
    resume_posting(public.house, public.posting("kenh").id, CLERK)
    public.work()
    assert [one != key for one in public.place.shown] == [True]
    assert _open_breaks(public, "kenh") == []
    public.wait(days=40)
    assert public.posting("kenh").state is PostingState.DOWN
    assert public.place.shown == {}


def test_a_paused_matter_does_not_close_however_long_it_takes(public: Office) -> None:
    pause_posting(public.house, public.posting("kenh").id, CLERK, "Bảo trì")
    public.wait(days=60)
    assert public.matter().state is DisclosureState.POSTED
    for act in (desk.confirm_taken_down,):
        with pytest.raises(NotAllowedError):
            act(public.house, public.posting("kenh").id, CLERK, at=public.now)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_pause_without_reason_is_refused(public: Office, reason: str) -> None:
    with pytest.raises(NotAllowedError):
        pause_posting(public.house, public.posting("kenh").id, CLERK, reason)
    assert public.rows(t.interruption) == []


def test_what_is_not_paused_is_not_resumed_and_nothing_is_paused_twice(public: Office) -> None:
    posting = public.posting("bang-tin").id
    with pytest.raises(NotAllowedError):
        resume_posting(public.house, posting, CLERK)
    pause_posting(public.house, posting, CLERK, "một")
    with pytest.raises(NotAllowedError):
        pause_posting(public.house, posting, CLERK, "hai")


def test_a_posting_that_is_closing_is_not_paused(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    with pytest.raises(NotAllowedError):
        pause_posting(office.house, office.posting("bang-tin").id, CLERK, "muộn")


def test_a_notice_of_a_matter_that_ends_while_paused_stays_down(public: Office) -> None:
    pause_posting(public.house, public.posting("kenh").id, CLERK, "Bảo trì")
    desk.withdraw_matter(public.house, public.matter().id, CLERK, "Rút")
    public.work()
    assert public.place.shown == {}
    assert public.posting("kenh").state is PostingState.DOWN
    assert public.jobs("dead") == []


def _corrected(office: Office, setting: str = "restart") -> None:
    if setting != "restart":
        office.edit("probe-every = 30 d", f"probe-every = 30 d\nafter-correction = {setting}")
    office.wait(days=5)
    office.script.keys["Bản sửa"] = None
    office.receive(paper("2", "Bản sửa"))
    new = office.documents()[-1]
    correct_matter(office.house, office.matter().id, CLERK, "Sai số liệu", document=new.id)
    office.work()


@pytest.mark.parametrize(("setting", "days"), [("restart", 21), ("note", 16), ("prolong", 17)])
def test_a_corrected_paper_replaces_the_content_and_costs_what_the_setting_says(
    public: Office, setting: str, days: int
) -> None:
    before = public.posting("kenh").close_from
    (old,) = public.place.shown
    _corrected(public, setting)
    assert public.matter().title == "Bản sửa"
    assert public.matter().documents == (public.documents()[-1].id,)
    assert list(public.place.shown) != [old]
    assert [notice.title for notice in public.place.shown.values()] == ["Bản sửa"]
    after = public.posting("kenh").close_from
    assert after is not None
    assert local_date(after) >= local_date(public.now) + timedelta(days=days)
    assert before is not None
    assert after > before if setting == "restart" else after >= before
    assert _open_breaks(public, "bang-tin") == ["correction"]
    assert "correction" in [one["what"] for one in status(public.house)["waiting"]]
    desk.confirm_posting(public.house, public.posting("bang-tin").id, CLERK, since=public.now, photo=photo("mới"))
    assert _open_breaks(public, "bang-tin") == []
    assert public.posting("bang-tin").close_from is not None


def test_a_corrected_paper_on_the_board_dated_before_the_decision_is_refused(public: Office) -> None:
    _corrected(public)
    with pytest.raises(NotAllowedError):
        desk.confirm_posting(
            public.house, public.posting("bang-tin").id, CLERK, since=public.now - timedelta(hours=1), photo=b"x"
        )


def test_closing_minutes_name_the_correction_and_the_paper_that_stood_last(public: Office) -> None:
    _corrected(public)
    desk.confirm_posting(public.house, public.posting("bang-tin").id, CLERK, since=public.now, photo=photo("mới"))
    public.sign()
    public.wait(days=30)
    public.take_down_all()
    closing = public.paper("closing")
    assert closing is not None
    content = read_minutes(public.house.store.vault.read(closing.file_sha256))
    assert [one.subject for one in content.documents] == ["Bản sửa"]
    assert all("Sai số liệu" in channel.interruptions[0].reason for channel in content.channels)


def test_before_publication_the_matter_goes_on_with_the_corrected_paper(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE)
    office.script.keys.update({"Lương": "?personnel", "Bản sửa": None})
    office.receive(paper("1", "Lương"), paper("2", "Bản sửa"))
    correct_matter(office.house, office.matter().id, CLERK, "Sai tên", document=office.documents()[-1].id)
    assert (office.matter().title, office.matter().state) == ("Bản sửa", DisclosureState.REVIEW)
    assert office.rows(t.interruption) == []


def test_what_is_closing_or_the_same_paper_is_not_corrected(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    first, second = office.documents()
    for document in (first.id, second.id):
        with pytest.raises(NotAllowedError):
            correct_matter(office.house, office.matter().id, CLERK, "muộn", document=document)
