"""Recalled or replaced after people have seen it: off every channel, the reason minuted, the evidence kept."""

import json

import pytest

from congkhai.plugin import desk
from congkhai.plugin.errors import InputError
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.minutes.view import minutes_view
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.signing_desk import waiting_for
from congkhai.plugin.status import status

from .conftest import OpenOffice
from .office import BOARD, CLERK, SCRIPTED, STAFF_PAGE, Office
from .script import paper

WHY = "Văn bản bị cơ quan ban hành thu hồi theo Quyết định số 9/QĐ-UBND"


def posted(open_office: OpenOffice, *channels: str) -> Office:
    office = open_office(*channels)
    office.receive(paper())
    office.wait(hours=1)
    office.confirm_all()
    return office


def minutes_of(office: Office) -> dict[str, object]:
    closing = office.paper("closing")
    assert closing is not None
    content = read_minutes(office.house.store.vault.read(closing.file_sha256))
    return {"content": content, "words": json.dumps(minutes_view(content), ensure_ascii=False)}


def test_a_withdrawn_matter_comes_off_every_channel_and_its_minutes_say_why(open_office: OpenOffice) -> None:
    office = posted(open_office, STAFF_PAGE, SCRIPTED, BOARD)
    before = {one.channel: len(one.evidence) for one in office.matter().postings}
    office.wait(days=3)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    assert office.place.shown == {}
    assert office.posting("intranet").state is PostingState.DOWN
    assert office.paper("closing") is None  # the board still hangs
    (row,) = [one for one in status(office.house)["waiting"] if one["what"] == "take-down"]
    assert row["subject"] == office.posting("bang-tin").id
    office.wait(hours=2)
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=office.now)
    office.work()
    said = minutes_of(office)
    assert WHY in str(said["words"])
    for posting in office.matter().postings:
        assert posting.evidence[-1].kind == "removal"
        assert posting.evidence[-1].note == WHY
        assert len(posting.evidence) > before[posting.channel]  # what proved it stays
        assert posting.posted_to is not None
        assert posting.close_from is not None
        assert posting.posted_to < posting.close_from
    assert office.matter().state is DisclosureState.WITHDRAWN


def test_the_minutes_of_a_withdrawal_are_signed_by_everybody_and_lead_to_no_complete_dossier(
    open_office: OpenOffice,
) -> None:
    office = posted(open_office, STAFF_PAGE, BOARD)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=office.now)
    office.work()
    assert [one.kind for one in waiting_for(office.house, "head")] == ["closing"]
    office.sign()
    closing = office.paper("closing")
    assert closing is not None
    assert (closing.missing, bool(closing.pdf_sha256)) == ((), True)
    assert office.dossier() is None
    assert office.matter().state is DisclosureState.WITHDRAWN


def test_a_matter_that_nobody_saw_has_no_such_minutes(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    office.receive(paper())
    office.wait(hours=1)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    assert office.paper("closing") is None
    assert office.posting("bang-tin").evidence == ()


def test_a_channel_that_fails_keeps_the_withdrawal_open_and_the_minutes_wait(open_office: OpenOffice) -> None:
    office = posted(open_office, SCRIPTED)

    def refuse(key: str) -> None:
        raise InputError(f"hỏng {key}")

    withdraw = office.house.channels["kenh"].withdraw
    office.house.channels["kenh"].withdraw = refuse  # type: ignore[method-assign]  # the scripted place
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    assert office.posting("kenh").state is PostingState.UP
    assert office.paper("closing") is None
    assert [one for one in status(office.house)["stuck"] if one["what"] == "withdraw"]
    office.house.channels["kenh"].withdraw = withdraw  # type: ignore[method-assign]  # as it was


def test_the_journal_holds_the_reason_s_digest_and_not_its_words(open_office: OpenOffice) -> None:
    office = posted(open_office, STAFF_PAGE)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    assert minutes_of(office)
    bodies = json.dumps(office.journal(), ensure_ascii=False)
    assert "Quyết định số 9" not in bodies
    digest = office.journal("disclosure.state")[-1]["facts"]["reason"]
    assert office.said(digest) == WHY


@pytest.mark.parametrize("channels", [(STAFF_PAGE,), (STAFF_PAGE, BOARD)])
def test_minutes_are_made_once(open_office: OpenOffice, channels: tuple[str, ...]) -> None:
    office = posted(open_office, *channels)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, WHY)
    office.work()
    for posting in office.matter().postings:
        if posting.state is PostingState.UP:
            desk.confirm_taken_down(office.house, posting.id, CLERK, at=office.now)
    office.restart()
    office.work()
    assert len(office.journal("minutes.made")) == 2
