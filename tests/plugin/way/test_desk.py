"""Acts of people: at the right time, in the right state, in their own name, never before the law allows."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from congkhai.plugin import desk
from congkhai.plugin.clock import ZONE
from congkhai.plugin.demo.people import photo
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, PORTAL, STAFF_PAGE, Office
from .script import paper


@pytest.fixture
def waiting(office: Office) -> Office:
    """A matter that waits for its notice on the board, opened two hours ago."""
    office.receive(paper())
    office.wait(hours=2)
    return office


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own zone is not Vietnam's."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_a_board_posting_counts_from_the_moment_people_could_see_it(waiting: Office) -> None:
    seen = waiting.now - timedelta(hours=1)
    desk.confirm_posting(waiting.house, waiting.posting("bang-tin").id, CLERK, since=seen, photo=photo("a"))
    posting = waiting.posting("bang-tin")
    assert (posting.state, posting.posted_from) == (PostingState.UP, seen)
    (proof,) = posting.evidence
    assert (proof.kind, proof.by, waiting.house.store.vault.read(proof.sha256)) == ("photo", CLERK, photo("a"))
    assert waiting.matter().state is DisclosureState.POSTED
    assert waiting.journal("posting.up")[-1]["actor"] == CLERK


@pytest.mark.parametrize("shift", [timedelta(seconds=1), timedelta(days=3), -timedelta(hours=2, seconds=1)])
def test_a_posting_in_the_future_or_before_the_matter_was_opened_is_refused(waiting: Office, shift: timedelta) -> None:
    entries = len(waiting.journal())
    with pytest.raises(NotAllowedError) as refused:
        desk.confirm_posting(waiting.house, waiting.posting("bang-tin").id, CLERK, since=waiting.now + shift)
    assert refused.value.advice
    assert waiting.posting("bang-tin").state is PostingState.WAITING
    assert len(waiting.journal()) == entries


def test_a_posting_that_does_not_wait_for_anybody_is_refused(waiting: Office) -> None:
    with pytest.raises(NotAllowedError):
        desk.confirm_posting(waiting.house, waiting.posting("intranet").id, CLERK, since=waiting.now)
    waiting.confirm()
    before = waiting.posting("bang-tin")
    with pytest.raises(NotAllowedError):
        desk.confirm_posting(waiting.house, before.id, CLERK, since=waiting.now)
    assert waiting.posting("bang-tin") == before


@pytest.mark.parametrize("how", [desk.exclude_matter, desk.withdraw_matter])
def test_a_posting_of_a_matter_that_ended_is_refused(waiting: Office, how: Callable[..., None]) -> None:
    how(waiting.house, waiting.matter().id, CLERK, "Không công khai nữa")
    with pytest.raises(NotAllowedError):
        desk.confirm_posting(waiting.house, waiting.posting("bang-tin").id, CLERK, since=waiting.now)


def test_what_is_not_there_is_named(office: Office) -> None:
    acts: tuple[Callable[[], None], ...] = (
        lambda: desk.confirm_posting(office.house, "không-có", CLERK, since=office.now),
        lambda: desk.confirm_taken_down(office.house, "không-có", CLERK, at=office.now),
        lambda: desk.confirm_matter(office.house, "không-có", CLERK),
        lambda: desk.add_feedback(office.house, "không-có", CLERK, "ý kiến"),
    )
    for act in acts:
        with pytest.raises(InputError, match="không-có"):
            act()


def test_a_portal_posting_is_proved_by_its_address(open_office: OpenOffice) -> None:
    office = open_office(PORTAL)
    office.receive(paper())
    address = "https://mauson.example.invalid/1"
    desk.confirm_posting(office.house, office.posting("cong").id, CLERK, since=office.now, address=address)
    assert [(one.kind, one.address) for one in office.posting("cong").evidence] == [("page", address)]


def test_a_doubtful_matter_is_confirmed_by_a_person_and_then_published(office: Office) -> None:
    office.script.keys["Lương"] = "?personnel/personnel.people"
    office.receive(paper("1", "Lương"))
    assert office.matter().state is DisclosureState.REVIEW
    assert office.matter().postings == ()
    office.wait(days=1)
    assert office.matter().postings == ()
    desk.confirm_matter(office.house, office.matter().id, CLERK)
    office.work()
    assert office.matter().state is DisclosureState.DUE
    assert office.posting("intranet").state is PostingState.UP
    with pytest.raises(NotAllowedError):
        desk.confirm_matter(office.house, office.matter().id, CLERK)


def test_a_matter_that_a_person_excludes_bears_the_reason_and_the_name(office: Office) -> None:
    office.script.keys["Lương"] = "?personnel/personnel.people"
    office.receive(paper("1", "Lương"))
    desk.exclude_matter(office.house, office.matter().id, CLERK, "Thuộc diện riêng tư")
    assert (office.matter().state, office.matter().note) == (DisclosureState.EXCLUDED, "Thuộc diện riêng tư")
    assert office.journal("disclosure.state")[-1]["actor"] == CLERK
    assert [row for row in office.rows(t.deadline) if row.state == "open" and row.kind not in {"pull", "duties"}] == []


def test_taking_down_before_the_matter_closes_is_refused_however_it_is_asked(waiting: Office) -> None:
    waiting.confirm()
    posting = waiting.posting("bang-tin")
    assert posting.close_from is not None
    for moment in (waiting.now, posting.close_from, posting.close_from + timedelta(days=9)):
        with pytest.raises(NotAllowedError):
            desk.confirm_taken_down(waiting.house, posting.id, CLERK, at=moment)
    waiting.wait_until(posting.close_from - timedelta(seconds=1))
    with pytest.raises(NotAllowedError):
        desk.confirm_taken_down(waiting.house, posting.id, CLERK, at=waiting.now)
    assert waiting.posting("bang-tin").state is PostingState.UP


def test_a_removal_that_is_dated_before_the_lawful_moment_is_refused_and_names_it(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    posting = office.posting("bang-tin")
    assert posting.close_from is not None
    with pytest.raises(NotAllowedError) as refused:
        desk.confirm_taken_down(office.house, posting.id, CLERK, at=posting.close_from - timedelta(seconds=1))
    named = datetime.fromisoformat(refused.value.advice.rpartition(" ")[2].rstrip("."))
    assert named == posting.close_from
    with pytest.raises(NotAllowedError):
        desk.confirm_taken_down(office.house, posting.id, CLERK, at=office.now + timedelta(seconds=1))
    assert office.posting("bang-tin").state is PostingState.UP
    desk.confirm_taken_down(office.house, posting.id, CLERK, at=posting.close_from)
    assert office.posting("bang-tin").posted_to == posting.close_from


def test_the_lawful_moment_is_named_in_vietnamese_time(at_stage: OpenOffice, new_york: None) -> None:
    office = at_stage("closing")
    posting = office.posting("bang-tin")
    assert posting.close_from is not None
    with pytest.raises(NotAllowedError) as refused:
        desk.confirm_taken_down(office.house, posting.id, CLERK, at=posting.close_from - timedelta(seconds=1))
    assert posting.close_from.astimezone(ZONE).isoformat() in refused.value.advice


def test_comments_are_kept_in_order_and_only_their_digest_is_in_the_journal(waiting: Office) -> None:
    for text in ("Đề nghị làm rõ mục 2", "Nhất trí"):
        desk.add_feedback(waiting.house, waiting.matter().id, "Nguyễn Văn Mẫu", text)
    assert [one.text for one in waiting.matter().feedback] == ["Đề nghị làm rõ mục 2", "Nhất trí"]
    assert "Nhất trí" not in str(waiting.journal())
    assert len(waiting.journal("feedback.added")) == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda o: desk.confirm_posting(o.house, o.posting("bang-tin").id, CLERK, since=o.now, photo=b"x"),
        lambda o: desk.exclude_matter(o.house, o.matter().id, CLERK, "x"),
        lambda o: desk.withdraw_matter(o.house, o.matter().id, CLERK, "x"),
        lambda o: desk.add_feedback(o.house, o.matter().id, CLERK, "x"),
    ],
)
def test_an_act_whose_journal_entry_cannot_be_written_did_not_happen(
    waiting: Office, act: Callable[[Office], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (waiting.matter(), waiting.journal(), len(waiting.rows(t.job)), len(waiting.rows(t.deadline)))

    def broken(*_anything: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("congkhai.plugin.store.journal.append", broken)
        with pytest.raises(RuntimeError):
            act(waiting)
    assert (waiting.matter(), waiting.journal(), len(waiting.rows(t.job)), len(waiting.rows(t.deadline))) == before
    act(waiting)
    assert len(waiting.journal()) > len(before[1])


def test_two_boards_are_two_postings_each_with_its_own_clock(open_office: OpenOffice) -> None:
    second = "[channel:bang-2]\ntype = attended\nform = notice_board\nplace = Nhà văn hoá\n"
    office = open_office(STAFF_PAGE, BOARD, second)
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    assert office.matter().state is DisclosureState.DUE
    office.wait(days=2)
    office.confirm("bang-2")
    assert office.matter().state is DisclosureState.POSTED
    assert office.posting("bang-2").close_from != office.posting("bang-tin").close_from
