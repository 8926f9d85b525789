"""Outward acts: read back before sending, never repeated when in doubt, retried ever slower when they surely failed."""

import time
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin import desk
from congkhai.plugin.errors import AccessError, NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.outbox import LOOKS, Act, settle_by_person
from congkhai.plugin.records import DisclosureState, Notice, PostingState, PulledProblem, Receipt
from congkhai.plugin.status import status
from congkhai.plugin.store import journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import retry

from .conftest import OpenOffice
from .office import SCRIPTED, Office
from .script import paper


def acts(office: Office) -> list[str]:
    """What was asked of the channel for the act itself; looking at what stands there is another matter."""
    return [call for call in office.place.calls if call != "probe"]


@pytest.fixture
def channel(open_office: OpenOffice) -> Office:
    """A house whose only channel acts by itself and is scripted."""
    return open_office(SCRIPTED)


def _raise(error: BaseException) -> Any:
    def call(*_anything: object) -> Any:
        raise error

    return call


def _outbox(office: Office) -> Any:
    (row,) = office.rows(t.outbox)
    return row


def _again(office: Office, kind: str) -> None:
    """Let finished work of a kind run once more, as after a crash that lost its last transaction."""
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(
            sa.update(t.job).where(t.job.c.kind == kind).values(state="ready", run_at=0.0, attempts=0)
        )
    office.work()


def test_the_key_of_an_act_says_who_where_what_and_which_content() -> None:
    base = ("xa", "channel:a", "publish", "p1", "")
    keys = {Act(*base).key} | {
        Act(*(*base[:place], "khác", *base[place + 1 :])).key for place in range(len(base))
    }  # fmt: skip
    assert len(keys) == len(base) + 1
    assert Act(*base).key == Act(*base).key


def test_an_act_is_looked_for_before_it_is_sent(channel: Office) -> None:
    channel.receive(paper())
    assert acts(channel) == ["find", "publish"]
    assert [entry["act"] for entry in channel.journal("publish.planned", "publish.done")] == [
        "publish.planned", "publish.done",
    ]  # fmt: skip
    assert (_outbox(channel).state, _outbox(channel).receipt) == ("done", f"tin-{_outbox(channel).key[:8]}")


def test_what_stands_outside_already_is_not_sent_again(channel: Office) -> None:
    channel.place.finding = channel.place.receipt
    channel.receive(paper())
    assert acts(channel) == ["find"]
    assert channel.matter().state is DisclosureState.POSTED


def test_an_act_that_was_sent_before_a_crash_is_found_and_settled_without_being_sent_twice(channel: Office) -> None:
    def shown_then_dead(notice: Any) -> Any:
        channel.place.shown[notice.key] = notice
        raise KeyboardInterrupt

    channel.place.publishing = shown_then_dead
    with pytest.raises(KeyboardInterrupt):
        channel.receive(paper())
    assert (_outbox(channel).state, channel.posting("kenh").state) == ("sent", PostingState.PLANNED)
    channel.place.publishing = None
    channel.restart()
    channel.work()
    assert acts(channel) == ["find", "publish", "find"]
    assert channel.posting("kenh").state is PostingState.UP
    assert len(channel.journal("publish.done")) == 1


def test_accepted_without_an_answer_is_unsure_shown_and_never_sent_again(channel: Office) -> None:
    channel.place.publishing = _raise(UndecidedError("không có trả lời"))
    channel.receive(paper())
    channel.work_on()
    assert (_outbox(channel).state, channel.posting("kenh").state) == ("unsure", PostingState.UNSURE)
    assert len(channel.journal("publish.unsure")) == 1
    shown = status(channel.house)
    assert [one["what"] for one in shown["waiting"]] == ["unsure"]
    assert [one["what"] for one in shown["stuck"]] == ["unsure-publish"]
    channel.place.publishing = None
    for _time in range(2):
        channel.restart()
        _again(channel, "publish")
        channel.wait(days=3)
    assert channel.place.calls.count("publish") == 1
    assert len(channel.journal("publish.unsure")) == 1


def test_a_read_back_that_cannot_tell_is_unsure_and_nothing_is_sent(channel: Office) -> None:
    channel.place.finding = _raise(UndecidedError("đọc lại không được"))
    channel.receive(paper())
    channel.work_on()
    assert acts(channel) == ["find"] * LOOKS
    assert _outbox(channel).state == "unsure"


def test_a_read_back_that_fails_for_a_moment_bothers_nobody(channel: Office) -> None:
    channel.place.finding = _raise(UndecidedError("đọc lại không được"))
    channel.receive(paper())
    assert (_outbox(channel).state, status(channel.house)["stuck"]) == ("planned", [])
    channel.place.finding = None
    channel.work_on()
    assert (_outbox(channel).state, channel.posting("kenh").state) == ("done", PostingState.UP)
    assert channel.place.calls.count("publish") == 1


def test_an_act_whose_answer_was_lost_is_found_by_a_later_look_and_not_sent_again(channel: Office) -> None:
    channel.place.publishing = _raise(UndecidedError("không có trả lời"))
    channel.receive(paper())
    assert (_outbox(channel).state, channel.posting("kenh").state) == ("undecided", PostingState.PLANNED)
    channel.place.finding = channel.place.receipt
    channel.work_on()
    assert (_outbox(channel).state, channel.posting("kenh").state) == ("done", PostingState.UP)
    assert channel.place.calls.count("publish") == 1
    assert channel.journal("publish.unsure") == []


def test_a_person_who_looked_confirms_an_unsure_posting_and_the_matter_goes_on(channel: Office) -> None:
    channel.place.publishing = _raise(UndecidedError("không có trả lời"))
    channel.receive(paper())
    channel.work_on()
    channel.confirm("kenh")
    assert channel.matter().state is DisclosureState.POSTED


def test_an_unsure_posting_that_a_person_confirmed_is_shown_no_more(channel: Office) -> None:
    channel.place.publishing = _raise(UndecidedError("không có trả lời"))
    channel.receive(paper())
    channel.work_on()
    channel.confirm("kenh")
    assert status(channel.house)["stuck"] == []


def _unsure(office: Office) -> str:
    office.place.publishing = _raise(UndecidedError("không có trả lời"))
    office.receive(paper())
    office.place.publishing = None
    return str(_outbox(office).key)


def test_a_person_who_decides_that_an_act_happened_settles_it_and_nothing_is_sent_again(channel: Office) -> None:
    key = _unsure(channel)
    assert settle_by_person(channel.house, key, happened=True, by="Lê Văn Mẫu", reason="Đã thấy trên trang")
    channel.work()
    posting = channel.posting("kenh")
    assert (posting.state, posting.posted_from) == (PostingState.UP, channel.now)
    assert [(proof.kind, proof.by) for proof in posting.evidence] == [
        ("confirmation", "Lê Văn Mẫu"), ("probe", "congkhai"),
    ]  # fmt: skip
    assert channel.place.calls.count("publish") == 1
    assert (channel.matter().state, status(channel.house)["stuck"]) == (DisclosureState.POSTED, [])


def test_a_person_who_decides_that_an_act_did_not_happen_lets_it_be_sent_again(channel: Office) -> None:
    key = _unsure(channel)
    assert settle_by_person(channel.house, key, happened=False, by="Lê Văn Mẫu", reason="Không có trên trang")
    channel.work()
    assert channel.place.calls.count("publish") == 2
    assert [proof.kind for proof in channel.posting("kenh").evidence] == ["receipt", "probe"]
    assert channel.matter().state is DisclosureState.POSTED


def test_only_an_undecided_act_can_be_decided(channel: Office) -> None:
    channel.receive(paper())
    assert not settle_by_person(channel.house, _outbox(channel).key, happened=True, by="Lê Văn Mẫu", reason="x")


def test_a_sure_failure_is_tried_again_ever_slower_until_it_is_given_to_a_person(channel: Office) -> None:
    channel.edit("retry-longest = 20 ms", "retry-longest = 100 ms\nattempts = 5")
    moments: list[float] = []
    place = channel.place

    def failing(_notice: Notice) -> Receipt:
        moments.append(time.monotonic())
        raise OutsideError("lỗi", advice="Chờ")

    place.publishing = failing
    channel.receive(paper())
    for _try in range(200):
        channel.work()
        if channel.jobs("dead"):
            break
        time.sleep(0.005)
    (dead,) = channel.jobs("dead")
    gaps = [after - before for before, after in pairwise(moments)]
    assert len(moments) == 5
    assert [gap >= least for gap, least in zip(gaps, (0.008, 0.016, 0.032, 0.064), strict=True)] == [True] * 4
    assert dead.last_error == "lỗi\nChờ"
    assert [row["id"] for row in status(channel.house)["stuck"]] == [dead.key]
    assert len(channel.journal("work.stuck")) == 1
    place.publishing = None
    assert retry(channel.house, dead.key, "Quản trị")
    channel.work()
    assert channel.matter().state is DisclosureState.POSTED


def test_a_refused_login_is_not_tried_again_by_itself(channel: Office) -> None:
    channel.place.publishing = _raise(AccessError("sai mật khẩu", advice="Đổi mật khẩu"))
    channel.receive(paper())
    time.sleep(0.05)
    channel.work()
    assert channel.place.calls.count("publish") == 1
    (dead,) = channel.jobs("dead")
    assert "sai mật khẩu" in dead.last_error


def test_a_source_that_refuses_us_is_paused_until_a_person_acts_and_others_go_on(open_office: OpenOffice) -> None:
    office = open_office("[connector:hai]\ntype = script-2\n", SCRIPTED)
    office.edit("pull-every = 90 d", "pull-every = 8 h")
    office.work()
    office.source.fails = AccessError("tài khoản bị khoá")
    office.script.second.offer(paper("b-1"))
    office.wait(hours=8)
    asked = office.source.calls.count("pull")
    office.wait(days=1)
    assert office.source.calls.count("pull") == asked
    assert [one.remote_id for one in office.documents()] == ["b-1"]
    (shown,) = status(office.house)["stuck"]
    assert (shown["id"], shown["what"]) == ("nguon", "source-paused")
    office.source.fails = None
    assert retry(office.house, "nguon", "Quản trị")
    office.source.offer(paper("1"))
    office.wait(hours=9)
    assert {one.remote_id for one in office.documents()} == {"1", "b-1"}
    assert status(office.house)["stuck"] == []


def test_a_source_that_is_asked_again_in_the_second_in_which_it_failed_is_asked(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.edit("pull-every = 90 d", "pull-every = 8 h")
    office.source.fails = AccessError("tài khoản bị khoá")
    office.work()
    office.source.fails = None
    retry(office.house, "nguon", "Quản trị")
    office.source.offer(paper("1"))
    office.wait(days=2)
    assert [one.remote_id for one in office.documents()] == ["1"]


def test_a_source_that_fails_says_since_when_and_recovers_by_itself(office: Office) -> None:
    office.edit("pull-every = 90 d", "pull-every = 8 h")
    office.work()
    office.source.fails = OutsideError("không kết nối được")
    office.wait(hours=8)
    first = office.failing_since()
    assert first is not None
    office.source.offer(paper("1"))  # what was offered before the failure stands
    office.wait(hours=16)
    assert office.failing_since() == first
    assert len(office.documents()) == 1
    office.source.fails = None
    office.wait(hours=8)
    assert [row.failing_since for row in office.rows(t.source)] == [None, None]
    assert len(office.journal("source.failing")) == 1


def test_an_act_whose_last_entry_cannot_be_written_is_found_again_and_settled_once(
    channel: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = journal.append

    def broken(connection: sa.Connection, agency: str, body: dict[str, Any]) -> Any:
        if body["act"] == "publish.done":
            raise KeyboardInterrupt
        return append(connection, agency, body)

    with monkeypatch.context() as patch:
        patch.setattr("congkhai.plugin.store.journal.append", broken)
        with pytest.raises(KeyboardInterrupt):
            channel.receive(paper())
    assert (channel.posting("kenh").state, channel.posting("kenh").evidence) == (PostingState.PLANNED, ())
    channel.restart()
    channel.work()
    assert acts(channel) == ["find", "publish", "find"]
    assert [entry["act"] for entry in channel.journal("publish.done", "posting.up")] == ["publish.done", "posting.up"]


def test_settling_an_act_twice_changes_nothing(channel: Office) -> None:
    channel.receive(paper())
    before = (channel.matter(), channel.journal(), channel.place.calls[:])
    _again(channel, "publish")
    assert (channel.matter(), channel.journal(), channel.place.calls) == before


@pytest.mark.parametrize("how", ["taken down", "decided"])
def test_an_unsure_withdrawal_is_ended_by_a_person_who_looked(channel: Office, how: str) -> None:
    channel.receive(paper())
    channel.place.withdrawing = _raise(UndecidedError("không có trả lời"))
    channel.wait(days=24)
    channel.work_on()
    (row,) = [row for row in channel.rows(t.outbox) if row.act == "withdraw"]
    assert row.state == "unsure"
    assert channel.paper("closing") is None
    posting = channel.posting("kenh")
    if how == "decided":
        assert settle_by_person(channel.house, row.key, happened=True, by="Lê Văn Mẫu", reason="Đã xem trang")
    else:
        desk.confirm_taken_down(channel.house, posting.id, "Lê Văn Mẫu", at=channel.now)
    channel.work()
    assert channel.posting("kenh").state is PostingState.DOWN
    assert channel.paper("closing") is not None
    assert channel.place.calls.count("withdraw") == 1
    assert status(channel.house)["stuck"] == []


def test_an_unsure_withdrawal_is_not_turned_into_a_new_posting(channel: Office) -> None:
    channel.receive(paper())
    channel.place.withdrawing = _raise(UndecidedError("không có trả lời"))
    channel.wait(days=24)
    channel.work_on()
    before = channel.posting("kenh").posted_from
    with suppress(NotAllowedError):
        channel.confirm("kenh")
    assert channel.posting("kenh").posted_from == before


def test_a_problem_at_the_source_does_not_stop_what_comes_after_it(office: Office) -> None:
    office.receive(PulledProblem("p-1", "html", "Trả lời là trang HTML."), paper("1"))
    assert len(office.documents()) == 1
