"""What a clerk decides about proposals: the work list, accept, change, no disclosure item."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin.cli.tag import command
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.house import House, open_house
from congkhai.plugin.pulling import record_decision
from congkhai.plugin.records import Decision, Disclosure, DisclosureState, TagDecision
from congkhai.plugin.store import create_store, read
from congkhai.plugin.store import tables as t
from congkhai.plugin.tagging import clerk
from congkhai.plugin.tagging.corrections import corrected
from congkhai.plugin.tagging.decide import tag_document

START = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)
INI = """\
[agency]
name = UBND xã Mẫu Sơn
code = 000.01.25.H99
kind = xa
regulation = dong-son-2024
"""
CLERK = "Lê Văn Mẫu"


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    create_store(tmp_path / "data", simulated=START)
    (tmp_path / "congkhai.ini").write_text(INI, "utf-8")
    return tmp_path / "congkhai.ini"


@pytest.fixture
def house(ini: Path) -> Iterator[House]:
    opened = open_house(ini)
    yield opened
    opened.close()


def take_in(house: House, id_: str, subject: str, type_: str = "Quyết định", direction: str = "out") -> TagDecision:
    """Lay a document into the store and decide on it as the daemon does."""
    with house.store.write(house.agency, "congkhai") as tx:
        tx.connection.execute(
            sa.insert(t.document).values(
                id=id_, agency=house.agency, source="s", remote_id=id_, version=1, direction=direction, type=type_,
                number="", issued=START.date(), arrived=START.date(), issuer="UBND xã Mẫu Sơn", subject=subject,
                signer="", identifier="", urgency="", status="current", marks=[], fingerprint="", raw_sha256="",
                received_at=START,
            )
        )  # fmt: skip
        document = read.document(tx.connection, id_)
        proposal = tag_document(document, house.regulation)
        decision = corrected(tx.connection, house.agency, document, proposal, house.regulation)
        record_decision(tx, id_, decision)
        if decision.tags:
            review = decision.decision is not Decision.AUTO
            clerk.open_disclosure(tx, house, document, decision.tags[0], review=review)
    return decision


def matter(house: House, document: str) -> Disclosure | None:
    with house.store.read() as connection:
        id_ = connection.scalar(
            sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document)
        )
        return None if id_ is None else read.disclosure(connection, id_)


PERSONAL = "Nâng bậc lương thường xuyên đối với công chức Nguyễn Văn Mẫu"


def test_the_work_list_holds_what_a_person_must_look_at(house: House) -> None:
    take_in(house, "d1", PERSONAL)
    take_in(house, "d2", "Ban hành Quy chế chi tiêu nội bộ")
    (row,) = clerk.waiting(house)
    assert (row.document.id, row.tags[0].sub) == ("d1", "personnel.people")
    assert row.tags[0].why
    assert row.disclosure is not None


def test_accepting_makes_the_matter_due_and_leaves_the_list(house: House) -> None:
    take_in(house, "d1", PERSONAL)
    decision = clerk.accept(house, "d1", by=CLERK)
    assert (decision.decided_by, decision.tags[0].sub) == (CLERK, "personnel.people")
    assert matter(house, "d1").state is DisclosureState.DUE
    assert list(clerk.waiting(house)) == []


def test_a_change_holds_at_once_and_brings_its_own_limit(house: House) -> None:
    take_in(house, "d1", PERSONAL)
    before = matter(house, "d1")
    clerk.correct(house, "d1", ["inspection.denunciation"], by=CLERK, reason="kết luận tố cáo")
    after = matter(house, "d1")
    assert (after.key, after.category, after.state) == ("inspection.denunciation", "8", DisclosureState.DUE)
    assert after.publish_by > before.publish_by  # 07 working days instead of 05
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.decision).order_by(t.decision.c.seq.desc()).limit(1)).one()
    assert (row.decided_by, row.tags[0]["sub"]) == (CLERK, "inspection.denunciation")


def test_a_paper_without_a_matter_gets_one_when_a_clerk_says_so(house: House) -> None:
    take_in(house, "d1", "Biên bản họp tổ công tác về cây xanh", "Biên bản")
    assert matter(house, "d1") is None
    clerk.correct(house, "d1", ["other"], by=CLERK)
    assert (matter(house, "d1").key, matter(house, "d1").state) == ("other", DisclosureState.DUE)


def test_no_disclosure_item_excludes_the_waiting_matter_with_the_reason(house: House) -> None:
    take_in(house, "d1", PERSONAL)
    with pytest.raises(NotAllowedError):
        clerk.correct(house, "d1", [], by=CLERK)
    clerk.correct(house, "d1", [], by=CLERK, reason="gửi nhầm")
    assert (matter(house, "d1").state, matter(house, "d1").note) == (DisclosureState.EXCLUDED, "gửi nhầm")
    assert list(clerk.waiting(house)) == []


def test_a_correction_teaches_papers_to_come_and_leaves_decided_ones(house: House) -> None:
    subject = "Bảng tổng hợp vật dụng bếp ăn tập thể cơ quan quý {}"
    earlier = take_in(house, "d1", subject.format("I"), "khác")
    take_in(house, "d2", subject.format("II"), "khác")
    clerk.correct(house, "d2", ["assets"], by=CLERK)
    later = take_in(house, "d3", subject.format("III"), "khác")
    assert later.tags[0].key == "assets"
    assert matter(house, "d3").key == "assets"
    assert matter(house, "d1") is None
    assert earlier.decided_by == "rules"


def test_a_matter_that_was_decided_is_never_changed_by_a_correction(house: House) -> None:
    take_in(house, "d1", "Ban hành Quy chế chi tiêu nội bộ")
    before = matter(house, "d1")
    assert before.state is DisclosureState.DUE
    with pytest.raises(NotAllowedError) as caught:
        clerk.correct(house, "d1", ["budget"], by=CLERK)
    assert caught.value.code == "congkhai-E282"
    assert replace(matter(house, "d1"), postings=()) == replace(before, postings=())


def test_an_unknown_document_and_an_empty_proposal_are_refused(house: House) -> None:
    with pytest.raises(InputError):
        clerk.correct(house, "khong-co", ["budget"], by=CLERK)
    take_in(house, "d1", "...")
    with pytest.raises(NotAllowedError):
        clerk.accept(house, "d1", by=CLERK)


def run(ini: Path, *arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, obj=ini)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_the_verbs_list_change_export_take_in_and_revoke(house: House, ini: Path, tmp_path: Path) -> None:
    take_in(house, "d1", PERSONAL)
    take_in(house, "d2", PERSONAL.replace("Nguyễn", "Trần"))
    take_in(house, "d3", "Kỷ luật khiển trách đối với bà Trần Thị Mẫu")
    assert "d1" in run(ini, "review")
    assert '"document": "d1"' in run(ini, "review", "--json")
    run(ini, "accept", "d1", "--by", CLERK)
    run(ini, "change", "d2", "personnel.programmes", "--by", CLERK, "--reason", "chương trình")
    run(ini, "exclude", "d3", "--by", CLERK, "--reason", "gửi nhầm")
    listed = run(ini, "corrections")
    assert "personnel.programmes" in listed
    assert "gửi nhầm" in listed
    exported = run(ini, "corrections", "--json")
    assert len(exported.splitlines()) == 3
    file = tmp_path / "out.jsonl"
    file.write_text(exported, "utf-8")
    assert "3" in run(ini, "import", str(file), "--by", CLERK)
    number = listed.split()[0]
    run(ini, "revoke", number, "--by", CLERK, "--reason", "thử")
    assert "0 văn bản" in run(ini, "review")
