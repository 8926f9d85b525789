"""Before a public channel acts: personal data holds the posting, a person may overrule it, declarations never leave."""

import json
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin import desk
from congkhai.plugin.cli import group
from congkhai.plugin.cli import privacy as verb
from congkhai.plugin.errors import CongkhaiError, NotAllowedError
from congkhai.plugin.pausing import correct_matter
from congkhai.plugin.privacy_guard import held, overrule
from congkhai.plugin.records import PostingState
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import retry

from .conftest import OpenOffice
from .office import CLERK, PORTAL, SCRIPTED, STAFF_PAGE, Office
from .script import Script, paper

PUBLIC = "[channel:kenh]\ntype = script-channel\nform = portal\n"
ALONE = "[publication]\nautomatic = kenh\nbasis = Quyết định mẫu số 2\ncontacts = 0204 387 6543\n"
PAGE = "Kính gửi các thôn\nông Nguyễn Văn Mẫu, CCCD số 001090012345, sinh ngày 01/02/1990\nĐT: 0204.3876543\n"


def received(office: Office, page: str, subject: str = "Về việc triển khai nhiệm vụ", name: str = "tb.txt") -> Office:
    office.source.files["1"] = {name: page.encode()}
    office.receive(paper(subject=subject))
    return office


@pytest.fixture
def stopped(open_office: OpenOffice) -> Office:
    """A public channel that may act alone, and a paper with a person's data on its first page."""
    return received(open_office(PUBLIC, ALONE), PAGE)


def test_personal_data_on_the_first_page_stops_a_public_posting_and_leaves_no_trace_of_itself(stopped: Office) -> None:
    assert stopped.place.shown == {}
    assert stopped.posting("kenh").state is PostingState.WAITING
    (entry,) = stopped.journal("posting.held")
    assert entry["facts"]["kinds"] == {"birth": 1, "identity": 1}
    assert "001090012345" not in json.dumps(stopped.journal())
    (waiting,) = [one for one in status(stopped.house)["waiting"] if one["what"] == "posting"]
    assert "congkhai privacy list" in waiting["next"]


def test_the_clerk_sees_each_place_with_a_proposal_that_covers_all_of_it(stopped: Office) -> None:
    (one,) = held(stopped.house)
    identity, birth = one.report.findings
    assert (identity.kind, identity.line, identity.column) == ("identity", 2, 29)
    assert "tb.txt" in identity.where
    assert identity.sensitive
    assert birth.kind == "birth"
    assert identity.proposal == "ông Nguyễn Văn Mẫu, CCCD số ████████████, sinh ngày ██████████"


def test_a_person_overrules_with_a_reason_that_stands_beside_the_journal(stopped: Office) -> None:
    posting = stopped.posting("kenh").id
    overrule(stopped.house, posting, CLERK, "Người này đồng ý bằng văn bản")
    stopped.work()
    assert stopped.posting("kenh").state is PostingState.UP
    (notice,) = stopped.place.shown.values()
    assert notice.audience == "public"
    (entry,) = stopped.journal("posting.overruled")
    assert entry["actor"] == CLERK
    assert stopped.said(entry["facts"]["reason"]) == "Người này đồng ý bằng văn bản"
    assert held(stopped.house) == []


def test_without_a_reason_or_without_a_finding_nothing_is_overruled(stopped: Office, open_office: OpenOffice) -> None:
    with pytest.raises(NotAllowedError) as caught:
        overrule(stopped.house, stopped.posting("kenh").id, CLERK, " ")
    assert caught.value.code == "congkhai-E522"
    with pytest.raises(NotAllowedError) as caught:
        overrule(stopped.house, "khac", CLERK, "lý do")
    assert caught.value.code == "congkhai-E521"


def test_a_paper_without_personal_data_leaves_and_the_agencys_own_number_is_none(open_office: OpenOffice) -> None:
    office = received(open_office(PUBLIC, ALONE), "Liên hệ hotline 0204.387.6543")
    assert office.posting("kenh").state is PostingState.UP
    assert held(office.house) == []


@pytest.mark.parametrize(
    ("subject", "name", "page", "kind"),
    [
        ("Về việc ông Mẫu, CCCD 001090012345", "a.txt", "x y", "identity"),
        ("Về việc triển khai", "CCCD 001090012345.txt", "x y", "identity"),
        ("Về việc triển khai", "anh.bin", "", "unreadable"),
    ],
)
def test_subject_file_name_and_a_file_without_words_stop_it_too(
    open_office: OpenOffice, subject: str, name: str, page: str, kind: str
) -> None:
    office = received(open_office(PUBLIC, ALONE), page, subject, name)
    assert office.place.shown == {}
    (one,) = held(office.house)
    assert kind in {finding.kind for finding in one.report.findings}


def test_an_internal_channel_is_not_examined(open_office: OpenOffice) -> None:
    office = received(open_office(SCRIPTED), PAGE)
    assert office.posting("kenh").state is PostingState.UP
    assert [notice.audience for notice in office.place.shown.values()] == ["internal"]
    assert held(office.house) == []


def test_a_channel_says_itself_who_sees_it(open_office: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_office(SCRIPTED, ALONE)
    monkeypatch.setattr(office.place, "audience", "public", raising=False)
    received(office, PAGE)
    assert office.place.shown == {}
    assert office.posting("kenh").state is PostingState.WAITING


def test_a_posting_that_waits_for_leave_goes_out_when_its_findings_are_overruled(open_office: OpenOffice) -> None:
    office = received(open_office(PUBLIC), PAGE)
    assert office.posting("kenh").mode == "release"
    (one,) = held(office.house)
    overrule(office.house, one.posting.id, CLERK, "đã che bản đăng")
    office.work()
    assert office.posting("kenh").state is PostingState.UP


def test_leave_alone_does_not_pass_the_guard(open_office: OpenOffice) -> None:
    office = received(open_office(PUBLIC), PAGE)
    desk.release_posting(office.house, office.posting("kenh").id, CLERK)
    office.work()
    assert office.place.shown == {}
    assert office.posting("kenh").state is PostingState.WAITING


def test_what_a_person_posts_on_a_portal_is_shown_too(open_office: OpenOffice) -> None:
    office = received(open_office(STAFF_PAGE, PORTAL), PAGE)
    (one,) = held(office.house)
    assert one.posting.channel == "cong"


def test_declarations_are_never_planned_for_a_public_channel(open_office: OpenOffice) -> None:
    script = Script(keys={"Bản kê khai": "integrity/integrity.declarations"})
    office = open_office(STAFF_PAGE, PUBLIC, PORTAL, ALONE, script=script)
    received(office, "x y", "Bản kê khai")
    assert {one.channel for matter in office.matters() for one in matter.postings} == {"intranet"}


@pytest.fixture
def declared(open_office: OpenOffice) -> Office:
    """A declaration that a wrong item had let through to public channels before."""
    office = received(open_office(PORTAL, PUBLIC), "x y")
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.disclosure).values(key="integrity.declarations"))
    return office


def test_nobody_lets_a_declaration_out(declared: Office) -> None:
    posting = declared.posting("kenh").id
    for act in (
        lambda: overrule(declared.house, posting, CLERK, "lý do"),
        lambda: desk.confirm_posting(declared.house, declared.posting("cong").id, CLERK, since=declared.now),
    ):
        with pytest.raises(CongkhaiError) as caught:
            act()
        assert caught.value.code == "congkhai-E520"
    desk.release_posting(declared.house, posting, CLERK)
    declared.work()
    assert declared.place.shown == {}


def run(office: Office, *words: str) -> Any:
    return CliRunner().invoke(group, ["-c", str(office.folder / "congkhai.ini"), "privacy", *words])


def test_the_verb_names_place_kind_and_proposal(stopped: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened(_ini: object) -> Any:
        yield stopped.house

    monkeypatch.setattr(verb, "opened", opened)
    shown = run(stopped, "list")
    assert shown.exit_code == 0
    assert "dòng 2, chữ 29: số giấy tờ tùy thân" in shown.output
    assert "████████████" in shown.output
    assert "001090012345" not in shown.output
    (row,) = json.loads(run(stopped, "list", "--json").output)
    assert row["findings"][0]["kind"] == "identity"
    let = run(stopped, "release", row["posting"], "--by", CLERK, "--reason", "đồng ý")
    assert let.exit_code == 0
    assert json.loads(run(stopped, "list", "--json").output) == []


def test_a_corrected_paper_passes_the_guard_again_before_it_goes_up(open_office: OpenOffice) -> None:
    office = received(open_office(PUBLIC, ALONE), "x y")
    office.source.files["2"] = {"moi.txt": PAGE.encode()}
    office.receive(paper("2", "Về việc triển khai nhiệm vụ (bản sửa)"))
    first = next(one for one in office.matters() if one.documents == (office.documents()[0].id,))
    before = dict(office.place.shown)
    correct_matter(office.house, first.id, CLERK, "sửa số liệu", document=office.documents()[1].id)
    office.work()
    assert office.place.shown == before, "what is up stays; the corrected form does not go out"
    (job,) = [one for one in office.jobs("dead") if one.key.startswith("republish")]
    assert "E523" in job.last_error or "dữ liệu cá nhân" in job.last_error
    posting = next(one for matter in office.matters() if matter.id == first.id for one in matter.postings)
    overrule(office.house, posting.id, CLERK, "đồng ý")
    assert retry(office.house, job.key, CLERK)
    office.work()
    assert office.place.shown != before
