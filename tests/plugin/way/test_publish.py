"""Channels that act by themselves: posted once, looked at, closed at the lawful moment, never before."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from congkhai.plugin import desk
from congkhai.plugin.errors import InputError, OutsideError
from congkhai.plugin.records import DisclosureState, Evidence, Notice, PostingState, Receipt
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, SCRIPTED, STAFF_PAGE, Office
from .script import paper


def _enqueue(office: Office, kind: str, key: str, **args: str) -> None:
    """Plan work out of turn, as a confused scheduler would."""
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue(kind, key, **args)
    office.work()


@pytest.fixture
def posted(at_stage: OpenOffice) -> Office:
    """A matter on the staff page since eight and on the board since ten."""
    return at_stage("posted")


def test_a_notice_shows_the_papers_and_is_proved_by_its_receipt(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.receive(paper())
    (notice,) = office.place.shown.values()
    assert notice.title == office.matter().title
    assert [file.sha256 for file in notice.files] == [office.documents()[0].attachments[0].sha256]
    assert "20 ngày" in notice.body
    posting = office.posting("kenh")
    assert posting.state is PostingState.UP
    assert [one.kind for one in posting.evidence] == ["receipt", "probe"]  # looked at before anybody can change it


def test_a_file_that_cannot_be_used_is_not_published(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.source.files["1"] = {"hong.zip": InputError("hỏng", code="zip_mismatch"), "tot.txt": b"tot"}
    office.receive(paper())
    assert office.place.shown == {}  # not by the machine alone
    desk.confirm_matter(office.house, office.matter().id, CLERK)
    office.work()
    (notice,) = office.place.shown.values()
    assert [file.name for file in notice.files] == ["tot.txt"]


def test_a_channel_that_fails_is_tried_again_and_the_posting_counts_from_its_success(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    failures = iter([OutsideError("mạng hỏng"), OutsideError("mạng hỏng")])

    def publish(notice: object) -> object:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return office.place.receipt("x")

    office.house.channels["kenh"].publishing = publish  # type: ignore[attr-defined]  # the scripted place
    office.receive(paper())
    _until_done(office, "publish")
    assert office.place.calls.count("publish") == 3
    assert office.posting("kenh").state is PostingState.UP


def _until_done(office: Office, kind: str, tries: int = 200) -> None:
    """Work until no work of a kind waits for its next try; retries back off by real milliseconds here."""
    for _try in range(tries):
        office.work()
        if not [row for row in office.jobs("ready") if row.kind == kind]:
            return
        time.sleep(0.01)
    raise AssertionError(f"{kind} never ended")


def test_a_channel_that_left_the_configuration_is_named_and_what_to_do(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    office.receive(paper("2", "Việc khác"))  # planned on both channels, done on the staff page
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.posting).where(t.posting.c.channel == "bang-tin").values(state="planned"))
        tx.connection.execute(sa.update(t.job).where(t.job.c.kind == "publish").values(state="ready"))
    office.edit(BOARD, "")
    office.work()
    stuck = office.jobs("dead")
    assert stuck
    assert all("bang-tin" in row.last_error and "[channel:bang-tin]" in row.last_error for row in stuck)


def test_a_matter_whose_channel_left_the_configuration_says_so_when_it_closes(posted: Office) -> None:
    posted.edit(STAFF_PAGE, "")
    posted.wait(days=24)
    assert [row.last_error for row in posted.jobs("dead") if "KeyError" in row.last_error] == []


def test_a_close_step_that_runs_before_the_lawful_moment_is_refused_and_the_matter_closes_in_time(
    posted: Office,
) -> None:
    _enqueue(posted, "close", "quá sớm", subject=posted.matter().id)
    assert posted.matter().state is DisclosureState.POSTED
    (stuck,) = posted.jobs("dead")
    assert "20 ngày" in stuck.last_error
    close_from = posted.posting("bang-tin").close_from
    assert close_from is not None
    posted.wait_until(close_from - timedelta(seconds=1))
    _enqueue(posted, "close", "một giây trước", subject=posted.matter().id)
    assert posted.matter().state is DisclosureState.POSTED
    posted.wait(days=1)
    assert posted.matter().state is DisclosureState.CLOSING
    assert posted.journal("posting.down")[0]["at"] >= close_from.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_withdraw_step_that_runs_before_the_lawful_moment_takes_nothing_down_in_the_store(posted: Office) -> None:
    _enqueue(posted, "withdraw", "quá sớm", posting=posted.posting("intranet").id)
    assert posted.posting("intranet").state is PostingState.UP
    assert posted.posting("intranet").posted_to is None


def test_a_withdraw_step_that_runs_before_the_lawful_moment_leaves_the_notice_on_the_page(
    open_office: OpenOffice,
) -> None:
    office = open_office(SCRIPTED)
    office.receive(paper())
    _enqueue(office, "withdraw", "quá sớm", posting=office.posting("kenh").id)
    assert len(office.place.shown) == 1


def test_closing_minutes_follow_when_the_last_posting_is_down(posted: Office) -> None:
    posted.sign()
    posted.wait(days=24)
    assert posted.posting("intranet").state is PostingState.DOWN
    assert posted.paper("closing") is None
    desk.confirm_taken_down(posted.house, posted.posting("bang-tin").id, CLERK, at=posted.now)
    posted.work()
    closing = posted.paper("closing")
    assert closing is not None
    assert closing.missing == ("front_chair", "records_officer", "head")


def test_a_posting_is_looked_at_again_and_again_until_it_is_down(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.receive(paper())
    office.wait(days=61)  # probe-every = 30 d; closed on day 22: one look at once, the others on its first day
    assert office.matter().state is DisclosureState.CLOSING
    assert 2 <= office.place.calls.count("probe") <= 4
    assert [row for row in office.rows(t.deadline) if row.kind == "probe" and row.state == "open"] == []


def test_a_notice_that_has_gone_is_said_to_the_clerk(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.edit("probe-every = 30 d", "probe-every = 1 d")
    office.receive(paper())
    office.place.visible = False
    office.wait(days=1, hours=1)
    assert [one.kind for one in office.posting("kenh").evidence] == ["receipt", "probe", "probe"]
    assert "Không còn thấy" in office.matter().note
    assert [fault.place for fault in office.rows(t.fault)] == ["probe"]


def test_a_notice_whose_matter_ended_during_a_crash_comes_down(open_office: OpenOffice) -> None:
    """The notice goes out, the power fails before that is written, and a recall comes first after the restart."""
    office = open_office(SCRIPTED)
    office.place.publishing = lambda notice: _shown_then_dead(office, notice)
    with pytest.raises(KeyboardInterrupt):
        office.receive(paper())
    office.place.publishing = None
    office.source.offer(paper("9", "Thu hồi", act="recall", targets=("1",)))
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("pull", "sớm", subject="nguon")
        tx.connection.execute(sa.update(t.job).where(t.job.c.key == "pull:sớm").values(run_at=-1.0))
    office.restart()
    office.pull()
    assert office.matter().state is DisclosureState.EXCLUDED
    assert office.place.shown == {}


def _shown_then_dead(office: Office, notice: Notice) -> Receipt:
    office.place.shown[notice.key] = notice
    raise KeyboardInterrupt


def test_evidence_is_never_changed_only_added(posted: Office) -> None:
    before: tuple[Evidence, ...] = posted.posting("intranet").evidence
    posted.wait(days=40)
    after = posted.posting("intranet").evidence
    assert after[: len(before)] == before
