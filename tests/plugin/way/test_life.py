"""The life of a disclosure: early ends, exemptions, requests, permanent postings, several categories, odd dates."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from congkhai.plugin import desk, regulation, supply
from congkhai.plugin.clock import ZONE, local_date
from congkhai.plugin.disclosures import change_state
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.exemptions import exempt_posting
from congkhai.plugin.life_findings import life_findings
from congkhai.plugin.records import (
    Decision,
    DisclosureState,
    Document,
    Finding,
    PostingState,
    Tag,
    TagDecision,
)  # fmt: skip
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import BOARD, CLERK, PEOPLE, SCRIPTED, STAFF_PAGE, Office
from .script import paper, plan_paper

HEAD = PEOPLE["head"]
DONG_SON = Path(regulation.__file__).parent / "regulations" / "dong-son-2024.ini"


def _local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]  # year, month, day, hour as they come


def _findings(office: Office) -> dict[str, Finding]:
    return {one.id: one for one in life_findings(office.house, office.matter())}


def _with_rules(office: Office, *sections: str) -> None:
    """Let the house follow Đông Sơn's regulation with further sections."""
    text = DONG_SON.read_text(encoding="utf-8") + "\n" + "\n".join(sections)
    (office.folder / "quy-che.ini").write_text(text, encoding="utf-8")
    office.edit("= dong-son-2024", "= quy-che.ini")


def _on_board(open_office: OpenOffice) -> Office:
    office = open_office(BOARD)
    office.receive(paper())
    office.confirm()
    return office


def test_an_early_end_by_hand_is_refused_to_everybody_without_the_head_s_reason(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    office.wait(days=3)
    posting = office.posting("bang-tin").id
    for who, reason in ((CLERK, ""), (HEAD, "  "), (CLERK, "Lãnh đạo bảo thế")):
        with pytest.raises(NotAllowedError):
            desk.confirm_taken_down(office.house, posting, who, at=office.now, early_reason=reason)
    assert office.posting("bang-tin").state is PostingState.UP
    assert office.journal("posting.early-end") == []


def test_an_early_end_on_the_head_s_word_is_an_error_that_no_dossier_outlives(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    office.receive(plan_paper())
    office.sign()
    office.wait(days=3)
    posting = office.posting("bang-tin").id
    desk.confirm_taken_down(office.house, posting, HEAD, at=office.now, early_reason="Bảng tin bị tháo dỡ")
    office.work()
    assert office.matter().state is DisclosureState.CLOSING
    finding = _findings(office)["L02"]
    assert (finding.severity.value, "Bảng tin bị tháo dỡ" in finding.message) == ("error", True)
    office.sign()
    office.sign()
    assert office.matter().state is DisclosureState.CLOSED
    dossier = office.dossier()
    assert dossier is not None
    assert not dossier.complete
    assert {"A05", "L02"} <= {one.id for one in dossier.findings if one.severity == "error"}
    assert "Bảng tin bị tháo dỡ" not in str(office.journal())
    office.wait(days=90)
    assert office.matter().state is DisclosureState.CLOSED


def test_taken_down_by_hand_at_the_lawful_moment_the_matter_closes_without_waiting(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    close_from = office.posting("bang-tin").close_from
    assert close_from is not None
    office.wait_until(close_from)
    assert office.matter().state is DisclosureState.POSTED  # the office opens at half past seven
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=close_from)
    office.work()
    assert office.matter().state is DisclosureState.CLOSING
    office.wait(days=2)
    assert office.jobs("dead") == []
    assert office.paper("closing") is not None


def test_a_removal_dated_before_the_posting_is_refused_even_to_the_head(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    office.wait(days=1)
    with pytest.raises(NotAllowedError):
        desk.confirm_taken_down(
            office.house, office.posting("bang-tin").id, HEAD, at=office.now - timedelta(days=2), early_reason="x"
        )


def test_a_posting_without_start_time_counts_from_its_confirmation_and_says_so(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    office.receive(paper())
    office.wait(hours=5)
    desk.confirm_posting(office.house, office.posting("bang-tin").id, CLERK, since=None, photo=b"anh")
    posting = office.posting("bang-tin")
    assert posting.posted_from == office.now
    assert "Không ghi giờ bắt đầu" in posting.evidence[0].note


def test_a_rule_that_counts_from_the_minutes_counts_from_them(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    counting = "[counting]\nposting-start = minutes_finished\n"
    text = DONG_SON.read_text(encoding="utf-8").replace("[counting]\n", counting)
    (office.folder / "quy-che.ini").write_text(text, encoding="utf-8")
    office.edit("= dong-son-2024", "= quy-che.ini")
    office.receive(paper())
    office.wait(days=2)
    desk.confirm_posting(
        office.house, office.posting("bang-tin").id, CLERK, since=office.now - timedelta(days=1), photo=b"a"
    )
    office.work()
    office.restart()
    made = office.paper("posting")
    assert made is not None
    close_from = office.posting("bang-tin").close_from
    assert close_from is not None
    assert local_date(close_from) >= local_date(made.made_at) + timedelta(days=21)


def test_a_written_notice_frees_the_board_where_the_law_allows_it(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    office.wait(days=2)
    posting = office.posting("bang-tin").id
    at = office.now - timedelta(hours=1)
    assert exempt_posting(
        office.house, posting, CLERK, notice="15/TB-UBND ngày 07/7/2026", notified=at, reason="Đã gửi toàn thể"
    )
    assert office.posting("bang-tin").close_from == at
    assert _findings(office)["L05"].severity.value == "info"
    office.wait(days=1)
    assert office.matter().state is DisclosureState.CLOSING
    with pytest.raises(NotAllowedError):
        exempt_posting(office.house, posting, CLERK, notice="x", notified=at, reason="lần nữa")


def test_an_exemption_wider_than_the_law_is_kept_flagged_and_frees_nothing(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE)
    office.receive(paper())
    before = office.posting("intranet").close_from
    taken = exempt_posting(
        office.house, office.posting("intranet").id, CLERK, notice="15/TB-UBND", notified=office.now, reason="Theo 7.3"
    )
    assert taken is False
    assert office.posting("intranet").close_from == before
    assert (_findings(office)["L05"].severity.value, "rộng hơn Luật" in _findings(office)["L05"].message) == (
        "warn", True,
    )  # fmt: skip


def test_where_neither_regulation_nor_law_frees_anything_an_exemption_is_refused(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE)
    office.edit("= dong-son-2024", "= son-la-cntttt-2022")
    office.receive(paper())
    for when in (office.now, office.now + timedelta(days=1)):
        with pytest.raises(NotAllowedError):
            exempt_posting(
                office.house, office.posting("intranet").id, CLERK, notice="1/TB", notified=when, reason="thử"
            )
    assert office.rows(t.exemption) == []


def test_what_was_taken_down_is_supplied_on_request_and_the_answer_has_a_limit(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    matter = office.matter().id
    number = supply.ask(
        office.house, matter, CLERK, asked_by="Nguyễn Văn Mẫu", wanted="Bản chụp văn bản", asked_at=office.now
    )
    (waiting,) = [one for one in status(office.house)["waiting"] if one["what"] == "supply"]
    assert waiting["subject"] == str(number)
    with office.house.store.read() as connection:
        (one,) = supply.supplies(connection, office.house.agency)
    assert one.ground == "ended"
    assert 5 <= (local_date(one.due) - local_date(one.asked_at)).days <= 9
    office.wait_until(one.due)
    assert [row.place for row in office.rows(t.fault)] == ["supply"]
    supply.answer(office.house, number, CLERK, text="Đã đưa bản sao", files=(b"ban sao",), at=office.now)
    with office.house.store.read() as connection:
        (one,) = supply.supplies(connection, office.house.agency)
    held = [file.sha256 for file in office.documents()[1].attachments]
    assert one.supplied[:-1] == tuple(held)
    assert office.house.store.vault.read(one.supplied[-1]) == b"ban sao"
    assert [row for row in office.rows(t.deadline) if row.kind == "supply" and row.state == "open"] == []
    with pytest.raises(NotAllowedError):
        supply.answer(office.house, number, CLERK, text="lại", at=office.now)
    with pytest.raises(InputError):
        supply.answer(office.house, 99, CLERK, text="không có", at=office.now)


def test_what_can_be_seen_now_or_never_may_is_not_supplied_on_request(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.receive(paper())
    for moment in (office.now, office.now + timedelta(days=1)):
        with pytest.raises(NotAllowedError):
            supply.ask(office.house, office.matter().id, CLERK, asked_by="A", wanted="B", asked_at=moment)
    desk.withdraw_matter(office.house, office.matter().id, CLERK, "Rút")
    with pytest.raises(NotAllowedError):
        supply.ask(office.house, office.matter().id, CLERK, asked_by="A", wanted="B", asked_at=office.now)


def test_what_is_due_and_not_yet_public_is_supplied_on_request(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    office.receive(paper())
    supply.ask(office.house, office.matter().id, CLERK, asked_by="A", wanted="B", asked_at=office.now)
    assert [row.ground for row in office.rows(t.supply)] == ["not_yet"]


PERMANENT = """
[duration:ke_hoach]
matter = workplan
form = *
kind = permanent
start = posted
source = Điều mẫu
"""


def _filed_for_good(open_office: OpenOffice) -> Office:
    office = open_office(STAFF_PAGE, BOARD)
    _with_rules(office, PERMANENT)
    office.script.keys["Kế hoạch năm"] = "workplan"
    office.receive(plan_paper(), paper("1", "Kế hoạch năm"))
    office.wait(hours=1)
    office.confirm()
    office.sign()
    office.sign()
    assert office.matter().state is DisclosureState.FILED
    return office


def test_a_permanent_posting_is_taken_up_again_when_its_paper_is_replaced(open_office: OpenOffice) -> None:
    office = _filed_for_good(open_office)
    assert office.posting("intranet").kind == "permanent"
    office.wait(days=100)
    office.script.keys["Thay thế"] = None
    office.receive(paper("9", "Thay thế", act="replace", targets=("1",)))
    matter = office.matters()[0]
    assert matter.state is DisclosureState.CLOSING
    assert [one["what"] for one in status(office.house)["waiting"] if one["id"] == matter.id] == ["take-down"]
    assert office.posting("intranet").state is PostingState.DOWN
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=office.now)
    office.work()
    closing = office.paper("closing")
    assert closing is not None
    office.sign()
    assert office.matter().state is DisclosureState.FILED
    assert len(office.journal("dossier.filed")) == 1


def test_a_permanent_posting_ends_on_a_person_s_word_and_nothing_else_filed_does(
    open_office: OpenOffice, at_stage: OpenOffice
) -> None:
    office = _filed_for_good(open_office)
    desk.end_permanent(office.house, office.matter().id, CLERK, "Bãi bỏ")
    office.work()
    assert office.matter().state is DisclosureState.CLOSING
    other = at_stage("last")
    other.sign("head")
    assert other.matter().state is DisclosureState.FILED
    with pytest.raises(NotAllowedError):
        desk.end_permanent(other.house, other.matter().id, CLERK, "Bãi bỏ")
    assert other.matter().state is DisclosureState.FILED


EXACT = """
[duration:chinh_xac]
matter = budget
form = *
days = 15
kind = exact
start = posted
source = Điều mẫu
"""


class Tags:
    """A tagger plugin that gives a paper several categories."""

    def __init__(self, *tags: Tag) -> None:
        self.tags = tags

    def tag(self, document: Document, text: str) -> TagDecision:
        return TagDecision(Decision.AUTO, self.tags, decided_by="thử")


def _tags(office: Office, *keys: tuple[str, str]) -> None:
    tags = [Tag(clause, key, 0.95 - n / 10, ("thử",)) for n, (clause, key) in enumerate(keys)]
    object.__setattr__(office.house, "taggers", (Tags(*tags),))


def test_categories_on_one_paper_share_a_matter_with_the_earliest_limit_and_the_longest_time(
    open_office: OpenOffice,
) -> None:
    office = open_office(BOARD)
    _with_rules(office, EXACT.replace("exact", "minimum").replace("15", "40"), """
[deadline:som]
matter = superior_docs
count = 2
unit = working_day
trigger = issued
bound = not_later_than
source = Điều mẫu
""")  # fmt: skip
    _tags(office, ("3", "budget"), ("11", "superior_docs"))
    office.receive(paper())
    assert office.matter().key == "budget"
    assert [row.key for row in office.rows(t.disclosure_category)] == ["budget", "superior_docs"]
    assert office.matter().publish_by == _local(2026, 7, 7)
    assert office.posting("bang-tin").required_days == 40


def test_an_exact_time_is_never_lengthened_by_another_category(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    _with_rules(office, EXACT)
    _tags(office, ("3", "budget"), ("11", "superior_docs"))
    office.receive(paper())
    times = {one.key: [posting.required_days for posting in one.postings] for one in office.matters()}
    assert times == {"budget": [15], "superior_docs": [20]}
    kinds = {one.key: one.postings[0].kind for one in office.matters()}
    assert kinds == {"budget": "exact", "superior_docs": "minimum"}


@pytest.mark.parametrize(("kind", "found"), [("exact", True), ("minimum", False)])
def test_what_stays_up_longer_is_a_finding_for_an_exact_time_only(
    open_office: OpenOffice, kind: str, found: bool
) -> None:
    office = open_office(BOARD)
    _with_rules(office, EXACT.replace("kind = exact", f"kind = {kind}"))
    office.script.keys["Về việc triển khai nhiệm vụ"] = "budget"
    office.receive(paper())
    office.confirm()
    office.wait(days=30)
    assert ("overstay" in [row.place for row in office.rows(t.fault)]) is found
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=office.now)
    assert ("L04" in _findings(office)) is found


def test_an_exact_time_that_ends_on_its_day_is_no_finding(open_office: OpenOffice) -> None:
    office = open_office(BOARD)
    _with_rules(office, EXACT)
    office.script.keys["Về việc triển khai nhiệm vụ"] = "budget"
    office.receive(paper())
    office.confirm()
    close_from = office.posting("bang-tin").close_from
    assert close_from is not None
    office.wait_until(close_from + timedelta(hours=9))
    desk.confirm_taken_down(office.house, office.posting("bang-tin").id, CLERK, at=office.now)
    assert "L04" not in _findings(office)
    assert office.rows(t.fault) == []


def test_the_basis_of_each_publication_and_the_law_s_first_form_are_in_the_journal(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD)
    office.receive(paper())
    entries = {entry["subject"].rpartition("-")[2]: entry["facts"] for entry in office.journal("posting.planned")}
    assert entries["intranet"]["mode"] == "automatic"
    assert "Quyết định mẫu số 1" in entries["intranet"]["basis"]
    assert {one.channel: (one.standing, one.mode) for one in office.matter().postings} == {
        "intranet": ("primary", "automatic"), "bang-tin": ("required", "attended"),
    }  # fmt: skip


def test_an_agency_without_intranet_posts_on_its_board_first(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD)
    office.edit("has-intranet = yes", "has-intranet = no")
    office.receive(paper())
    assert {one.channel: one.standing for one in office.matter().postings} == {
        "intranet": "added", "bang-tin": "primary",
    }  # fmt: skip


def test_a_form_that_is_owed_and_not_served_is_a_finding(open_office: OpenOffice) -> None:
    office = open_office(BOARD)  # has-intranet = yes, and no channel for it; the portal is missing too
    office.receive(paper())
    missing = [one.message for one in life_findings(office.house, office.matter()) if one.id == "L03"]
    assert len(missing) == 2
    assert any("nội bộ" in message for message in missing)


PUBLIC = "[channel:cong]\ntype = script-channel\nform = portal\n"


def test_a_public_portal_waits_for_a_person_until_the_ini_names_a_basis(open_office: OpenOffice) -> None:
    office = open_office(PUBLIC)
    office.receive(paper())
    assert office.posting("cong").state is PostingState.WAITING
    assert [one["what"] for one in status(office.house)["waiting"]] == ["release"]
    assert "publish" not in office.place.calls
    with pytest.raises(NotAllowedError) as refused:  # nobody can have posted there by hand
        desk.confirm_posting(office.house, office.posting("cong").id, CLERK, since=office.now, address="https://x")
    assert refused.value.code == "congkhai-E518"
    desk.release_posting(office.house, office.posting("cong").id, CLERK, reason="Lãnh đạo đồng ý")
    office.work()
    assert office.posting("cong").state is PostingState.UP
    with pytest.raises(NotAllowedError):
        desk.release_posting(office.house, office.posting("cong").id, CLERK)


def test_a_portal_that_the_ini_allows_publishes_alone_and_its_basis_is_kept(open_office: OpenOffice) -> None:
    allowed = "[publication]\nautomatic = cong:superior_docs\nbasis = Quyết định mẫu số 7\n"
    office = open_office(PUBLIC, allowed)
    office.receive(paper())
    assert office.posting("cong").state is PostingState.UP
    assert office.journal("posting.planned")[0]["facts"]["basis"] == "Quyết định mẫu số 7"


def test_a_channel_can_be_told_to_wait_for_one_category(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED, "[publication]\nattended = kenh:budget\n")
    office.script.keys["Ngân sách"] = "budget"
    office.receive(paper("1", "Ngân sách"), paper("2", "Khác"))
    assert [one.postings[0].state for one in office.matters()] == [PostingState.WAITING, PostingState.UP]


def test_a_person_may_end_a_matter_because_another_takes_its_place(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.receive(paper())
    desk.supersede_matter(office.house, office.matter().id, CLERK, "Đã có bản mới")
    office.work()
    assert office.matter().state is DisclosureState.SUPERSEDED
    assert office.place.shown == {}


def test_a_guard_names_what_is_missing(open_office: OpenOffice) -> None:
    office = _on_board(open_office)
    with (
        pytest.raises(NotAllowedError, match="Bản tin công khai") as refused,
        office.house.store.write(office.house.agency, "test") as tx,
    ):
        change_state(tx, read.disclosure(tx.connection, office.matter().id), DisclosureState.CLOSING)
    assert refused.value.code == "congkhai-E501"
