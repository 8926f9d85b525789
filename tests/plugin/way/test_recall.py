"""Recalls, replacements and updates: what they do to papers that are public, not yet public, or unknown."""

import pytest

from congkhai.plugin import desk, worklist
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.records import DisclosureState, DocumentStatus, Outcome, PostingState, PulledDocument
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.vanished import confirm_recalled, keep_vanished

from .office import CLERK, Office
from .script import paper


def _about(act: str, *targets: str, remote_id: str = "9", subject: str = "V/v văn bản số 1") -> PulledDocument:
    return paper(remote_id, subject, act=act, targets=targets)


def _announce_later(office: Office) -> None:
    """Let nothing be published by itself: the matter stays before its publication."""
    office.script.keys["Chưa công bố"] = "?superior_docs"


def test_a_recall_before_publication_excludes_the_matter_with_the_reason(office: Office) -> None:
    _announce_later(office)
    office.receive(paper("1", "Chưa công bố"))
    office.receive(_about("recall", "1"))
    assert office.documents()[0].status is DocumentStatus.RECALLED
    assert office.matter().state is DisclosureState.EXCLUDED
    assert "thu hồi" in office.matter().note
    assert office.journal("disclosure.state")[-1]["facts"]["after"] == "excluded"


def test_the_recall_itself_is_never_disclosed(office: Office) -> None:
    office.receive(paper("1"))
    office.receive(_about("recall", "1"))
    assert len(office.matters()) == 1


def test_a_paper_recalled_before_it_was_tagged_opens_no_disclosure(office: Office) -> None:
    office.receive(paper("1"), _about("recall", "1"))
    assert office.matters() == []


def test_a_recall_after_publication_leaves_the_decision_to_a_person(office: Office) -> None:
    office.receive(paper("1"))
    office.wait(hours=1)
    office.confirm()
    office.receive(_about("recall", "1"))
    assert office.matter().state is DisclosureState.POSTED
    assert "thu hồi" in office.matter().note
    assert office.documents()[0].status is DocumentStatus.RECALLED
    desk.withdraw_matter(office.house, office.matter().id, CLERK, "Cơ quan ban hành thu hồi")
    office.work()
    assert office.matter().state is DisclosureState.WITHDRAWN
    assert office.posting("intranet").state is PostingState.DOWN
    entry = office.journal("disclosure.state")[-1]
    assert (entry["actor"], office.said(entry["facts"]["reason"])) == (CLERK, "Cơ quan ban hành thu hồi")


@pytest.mark.parametrize("keep", [True, False])
def test_an_announced_recall_waits_in_the_work_list_for_one_of_two_answers(office: Office, keep: bool) -> None:
    office.receive(paper("1"))
    office.wait(hours=1)
    office.confirm()
    office.receive(_about("recall", "1"))
    (row,) = [one for one in status(office.house)["waiting"] if one["what"] == "vanished"]
    assert "gửi văn bản thu hồi" in row["next"]
    assert [one.subject for one in worklist.items(office.house, "vanished")] == [row["subject"]]
    if keep:
        keep_vanished(office.house, row["subject"], CLERK, "Chỉ thu hồi bản giấy")
    else:
        confirm_recalled(office.house, row["subject"], CLERK, "Theo văn bản thu hồi số 9")
    office.work()
    assert worklist.items(office.house, "vanished") == []
    state = DisclosureState.POSTED if keep else DisclosureState.WITHDRAWN
    assert office.matter().state is state
    assert ("gửi văn bản thu hồi qua nguon" in office.matter().note) is not keep
    assert len(office.journal("document.recalled")) == 1
    assert len(office.journal("document.kept")) == int(keep)


def test_a_withdrawn_matter_is_neither_signed_nor_closed_any_more(office: Office) -> None:
    office.receive(paper("1"))
    office.wait(hours=1)
    office.confirm()
    desk.withdraw_matter(office.house, office.matter().id, CLERK, "Nhầm văn bản")
    assert office.sign() == 0
    office.wait(days=40)
    assert office.matter().state is DisclosureState.WITHDRAWN
    assert office.paper("closing") is None


def test_only_a_public_matter_can_be_withdrawn(office: Office) -> None:
    _announce_later(office)
    office.receive(paper("1", "Chưa công bố"))
    with pytest.raises(NotAllowedError):
        desk.withdraw_matter(office.house, office.matter().id, CLERK, "x")
    assert office.matter().state is DisclosureState.REVIEW


@pytest.mark.parametrize("act", ["recall", "replace"])
def test_a_matter_that_is_public_in_one_place_already_comes_down_there_or_is_shown(office: Office, act: str) -> None:
    office.receive(paper("1"))  # the staff page is up at once, the board waits for a person
    assert office.posting("intranet").state is PostingState.UP
    office.receive(_about(act, "1"))
    old = office.matters()[0]
    shown = [one for one in status(office.house)["waiting"] if one["id"] == old.id]
    up = [one.channel for one in old.postings if one.state is PostingState.UP]
    assert shown or not up


def test_a_matter_excluded_by_a_person_comes_down_where_it_is_up(office: Office) -> None:
    office.receive(paper("1"))
    desk.exclude_matter(office.house, office.matter().id, CLERK, "Không thuộc diện công khai")
    office.work()
    assert office.posting("intranet").state is PostingState.DOWN


def test_after_a_withdrawal_a_person_is_told_to_clear_the_board_and_can_confirm_it(office: Office) -> None:
    office.receive(paper("1"))
    office.wait(hours=1)
    office.confirm()
    desk.withdraw_matter(office.house, office.matter().id, CLERK, "Thu hồi")
    office.work()
    (todo,) = [one for one in status(office.house)["waiting"] if one["what"] == "take-down"]
    desk.confirm_taken_down(office.house, todo["subject"], CLERK, at=office.now)
    assert office.posting("bang-tin").state is PostingState.DOWN


def test_a_replacement_before_publication_supersedes_the_old_matter_and_opens_its_own(office: Office) -> None:
    _announce_later(office)
    office.receive(paper("1", "Chưa công bố"))
    office.receive(_about("replace", "1", subject="Bản thay thế"))
    assert office.documents()[0].status is DocumentStatus.REPLACED
    assert [one.state for one in office.matters()] == [DisclosureState.SUPERSEDED, DisclosureState.DUE]


def test_a_replacement_after_publication_lets_the_old_matter_run_its_time(office: Office) -> None:
    office.receive(paper("1"))
    office.wait(hours=1)
    office.confirm()
    office.receive(_about("replace", "1", subject="Bản thay thế"))
    old, new = office.matters()
    assert (old.state, new.state) == (DisclosureState.POSTED, DisclosureState.DUE)
    assert "thay thế" in old.note


def test_an_update_marks_the_older_paper(office: Office) -> None:
    office.receive(paper("1"))
    office.receive(_about("update", "1"))
    assert office.documents()[0].status is DocumentStatus.UPDATED
    assert office.source.told[-1] == ("9", Outcome.ACCEPTED, "update")


@pytest.mark.parametrize("act", ["recall", "replace", "update"])
def test_an_act_about_a_paper_we_do_not_hold_is_held_and_recorded(office: Office, act: str) -> None:
    office.receive(_about(act, "chua-co"))
    assert office.source.told == [("9", Outcome.HELD, f"{act}-of-unknown")]
    (fault,) = office.rows(t.fault)
    assert fault.subject == office.documents()[0].id
    assert fault.advice


def test_a_held_paper_is_shown_in_the_work_list(office: Office) -> None:
    office.receive(_about("recall", "chua-co"))
    listed = status(office.house)
    assert office.documents()[0].id in str(listed["waiting"]) + str(listed["stuck"])


def test_a_recall_of_an_unknown_paper_is_not_disclosed_in_its_place(office: Office) -> None:
    office.receive(_about("recall", "chua-co", subject="Quyết định đã bị thu hồi"))
    assert office.matters() == []


def test_an_empty_target_names_no_paper(office: Office) -> None:
    office.receive(paper("1"), paper("2"))
    office.receive(_about("recall", ""))
    assert [one.status for one in office.documents()[:2]] == [DocumentStatus.CURRENT] * 2
    assert office.source.told[-1][1] is Outcome.HELD


def test_a_recalled_paper_that_comes_again_stays_recalled(office: Office) -> None:
    """On the edXML axis a recall bears the identifier of its target; a late repetition of the target then follows."""
    original = paper("goi-1", identifier="goi-1")
    office.receive(original)
    office.source.papers.clear()
    office.receive(paper("goi-1", identifier="goi-1", act="recall", targets=("goi-1",)))
    office.source.papers.clear()
    office.receive(original)
    assert [one.state for one in office.matters()] == [DisclosureState.EXCLUDED]
    assert office.source.told[-1][1] in (Outcome.DUPLICATE, Outcome.HELD)


def test_a_held_paper_stays_held_when_the_source_could_not_be_told_at_first(office: Office) -> None:
    office.source.settling = _power_cut
    with pytest.raises(KeyboardInterrupt):
        office.receive(_about("recall", "chua-co"))
    office.source.settling = None
    office.restart()
    office.pull()
    assert office.source.told[-1][1] is Outcome.HELD


def _power_cut(*_anything: object) -> None:
    raise KeyboardInterrupt
