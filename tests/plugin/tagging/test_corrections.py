"""What a clerk corrects holds for papers alike from then on, can be taken back, and never touches what was decided."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.records import Decision, Direction, Document, TagDecision
from congkhai.plugin.regulation import load_regulation
from congkhai.plugin.store import Store, create_store, open_store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.tagging.corrections import add_correction, corrected, corrections, export, revoke, take_in
from congkhai.plugin.tagging.decide import Thresholds

REGULATION = load_regulation("dong-son-2024")
START = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
PROPOSAL = TagDecision(Decision.NONE, decided_by="rules")


def paper(subject: str, id_: str = "d1", type_: str = "thông báo", direction: Direction = Direction.OUT) -> Document:
    return Document(
        id=id_, agency="xa", source="s", remote_id=id_, version=1, direction=direction, type=type_, number="",
        issued=None, arrived=None, issuer="UBND xã Mẫu", subject=subject, signer="", received_at=START,
    )  # fmt: skip


FIRST = paper("Kết quả bình xét nhà văn hóa kiểu mẫu của cơ quan quý I năm 2026")
ALIKE = replace(FIRST, id="d2", subject="KẾT QUẢ BÌNH XÉT NHÀ VĂN HOÁ KIỂU MẪU CỦA CƠ QUAN QUÝ 2 NĂM 2027")
OTHER = paper("Lịch trực cơ quan dịp nghỉ lễ", "d3")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create_store(tmp_path / "data", simulated=START)
    opened = open_store(tmp_path / "data")
    with opened.write("xa", "test") as tx:
        for one in (FIRST, ALIKE, OTHER):
            tx.connection.execute(
                sa.insert(t.document).values(
                    id=one.id, agency="xa", source="s", remote_id=one.id, version=1, direction="out", type=one.type,
                    number="", issuer=one.issuer, subject=one.subject, signer="", identifier="", urgency="",
                    status="current", marks=[], fingerprint="", raw_sha256="", received_at=START,
                )
            )  # fmt: skip
    yield opened
    opened.close()


def fix(store: Store, document: Document, *keys: str, by: str = "Lê Văn Mẫu", reason: str = "") -> int:
    with store.write("xa", by) as tx:
        return add_correction(tx, document, keys, reason, REGULATION).id


def now_says(store: Store, document: Document, agency: str = "xa", proposal: TagDecision = PROPOSAL) -> TagDecision:
    with store.read() as connection:
        return corrected(connection, agency, document, proposal, REGULATION)


def test_a_correction_holds_at_once_for_the_paper_and_for_one_like_it(store: Store) -> None:
    number = fix(store, FIRST, "internal_rules", reason="đúng khoản 9")
    for document in (FIRST, ALIKE):
        decision = now_says(store, document)
        assert [(tag.key, tag.category) for tag in decision.tags] == [("internal_rules", "9")]
        assert decision.decision is Decision.AUTO
        assert decision.decided_by == f"correction:{number}"
        assert "Lê Văn Mẫu" in decision.why[0]


def test_a_paper_of_other_words_type_or_direction_is_left_alone(store: Store) -> None:
    fix(store, FIRST, "internal_rules")
    incoming = replace(ALIKE, direction=Direction.IN)
    for document in (OTHER, replace(ALIKE, type="công văn"), incoming, paper("Kết quả"), paper("")):
        assert now_says(store, document) is PROPOSAL


def test_another_agency_learns_nothing_from_it(store: Store) -> None:
    fix(store, FIRST, "internal_rules")
    assert now_says(store, ALIKE, agency="xa-khac") is PROPOSAL


def test_a_refused_paper_stays_refused(store: Store) -> None:
    fix(store, FIRST, "internal_rules")
    refused = TagDecision(Decision.REFUSED)
    assert now_says(store, FIRST, proposal=refused) is refused


def test_what_touches_a_person_is_still_seen_by_a_person(store: Store) -> None:
    fix(store, FIRST, "personnel.people")
    decision = now_says(store, ALIKE)
    assert (decision.decision, decision.tags[0].sub) == (Decision.REVIEW, "personnel.people")


def test_no_disclosure_item_needs_a_reason_and_is_learnt_too(store: Store) -> None:
    with pytest.raises(NotAllowedError):
        fix(store, FIRST)
    fix(store, FIRST, reason="việc nội bộ")
    positive = TagDecision(Decision.AUTO, decided_by="rules")
    decision = now_says(store, ALIKE, proposal=positive)
    assert (decision.decision, decision.tags) == (Decision.NONE, ())


def test_a_paper_less_alike_than_the_threshold_is_reviewed(store: Store) -> None:
    fix(store, FIRST, "internal_rules")
    near = replace(ALIKE, subject="Kết quả bình xét nhà văn hóa kiểu mẫu của cơ quan quý I, bổ sung")
    with store.read() as connection:
        decision = corrected(connection, "xa", near, PROPOSAL, REGULATION, thresholds=Thresholds(1.0, 0.4))
    assert decision.decision is Decision.REVIEW


def test_the_newest_correction_of_equals_counts(store: Store) -> None:
    fix(store, FIRST, "internal_rules")
    fix(store, FIRST, "other")
    assert now_says(store, ALIKE).tags[0].key == "other"


def test_an_unknown_item_is_refused_with_the_known_ones(store: Store) -> None:
    with pytest.raises(NotAllowedError) as caught:
        fix(store, FIRST, "personnel.dogs")
    assert "personnel.people" in caught.value.advice


def test_a_revoked_correction_holds_no_longer_but_stays_on_record(store: Store) -> None:
    number = fix(store, FIRST, "internal_rules")
    with store.write("xa", "Trần Thị Mẫu") as tx:
        gone = revoke(tx, number, "nhầm")
    assert (gone.revoked_by, gone.revoked_why) == ("Trần Thị Mẫu", "nhầm")
    assert now_says(store, ALIKE) is PROPOSAL
    with store.read() as connection:
        assert corrections(connection, "xa") == ()
        assert [one.id for one in corrections(connection, "xa", revoked=True)] == [number]
    with pytest.raises(NotAllowedError), store.write("xa", "x") as tx:
        revoke(tx, number, "lại")
    with pytest.raises(InputError), store.write("xa", "x") as tx:
        revoke(tx, 999, "không có")


def test_each_act_is_in_the_journal_with_who_and_when(store: Store) -> None:
    number = fix(store, FIRST, "internal_rules")
    with store.write("xa", "Trần Thị Mẫu") as tx:
        revoke(tx, number, "nhầm")
    with store.read() as connection:
        bodies = [json.loads(body) for body in connection.scalars(sa.select(t.journal.c.body))]
        assert verify_journal(connection, "xa").broken == ()
    acts = {body["act"]: body for body in bodies}
    assert (acts["tag.corrected"]["actor"], acts["tag.corrected"]["at"]) == ("Lê Văn Mẫu", "2026-07-01T01:00:00Z")
    assert acts["tag.correction.revoked"]["actor"] == "Trần Thị Mẫu"
    assert "bình xét" not in json.dumps(bodies, ensure_ascii=False)


def test_what_was_exported_teaches_another_store_once(store: Store, tmp_path: Path) -> None:
    fix(store, FIRST, "internal_rules", reason="khoản 9")
    gone = fix(store, OTHER, "other")
    with store.write("xa", "x") as tx:
        revoke(tx, gone, "nhầm")
    with store.read() as connection:
        lines = list(export(connection, "xa"))
    assert FIRST.subject not in "".join(lines)
    create_store(tmp_path / "other", simulated=START)
    other = open_store(tmp_path / "other")
    for _turn in range(2):
        with other.write("xa", "x") as tx:
            assert take_in(tx, lines, REGULATION) == 1
    with other.read() as connection:
        assert len(corrections(connection, "xa")) == 1
    assert now_says(other, ALIKE).tags[0].key == "internal_rules"
    other.close()


@pytest.mark.parametrize("line", ["{", "[]", '{"format": 2}', '{"format": 1, "keys": ["x"]}', '"x"'])
def test_a_foreign_line_is_named_and_nothing_is_kept(store: Store, line: str) -> None:
    with pytest.raises(InputError) as caught, store.write("xa", "x") as tx:
        take_in(tx, ["", line], REGULATION)
    assert caught.value.where == "2"
    with store.read() as connection:
        assert corrections(connection, "xa") == ()
