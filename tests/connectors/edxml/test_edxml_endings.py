"""Where each packet ends, and that crashes and repetitions change nothing."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from congkhai.connectors.simulators.edxml_packets import (
    PacketFields,
    PacketFile,
    Party,
    document_packet,
)
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.records import (
    Direction,
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
)

NOW = datetime(2025, 1, 3, 2, 0, tzinfo=UTC)
US = Party("001.00.20.TT2", "UBND xã Mẫu Một")
THEM = Party("000.00.00.TT1", "UBND huyện Mẫu")
PAPER = attachment_bytes("ke_hoach.pdf", "Kế hoạch mẫu")
FIELDS = PacketFields(
    identifier="000.00.00.TT1,2025/01/02,123/KH-UBND",
    number="123/KH-UBND",
    issued="2025/01/02",
    type="Kế hoạch",
    subject="Kế hoạch mẫu",
    sender=THEM,
    receivers=(US,),
    signer="Nguyễn Văn Mẫu",
    files=(PacketFile("ke_hoach.pdf", PAPER), PacketFile("bieu.txt", b"Bieu mau")),
)
MakeDesk = Callable[..., Any]


def test_an_accepted_packet_gives_its_document_and_moves_to_processed(desk: Any) -> None:
    data = document_packet(FIELDS)
    desk.drop("a.edxml", data)
    [document] = desk.house.run()
    assert isinstance(document, PulledDocument)
    assert (document.remote_id, document.identifier) == (FIELDS.identifier, FIELDS.identifier)
    assert (document.direction, document.number, document.issuer) == (Direction.IN, "123/KH-UBND", THEM.name)
    assert (document.issued, document.arrived) == (date(2025, 1, 2), date(2025, 1, 3))
    assert (document.act, document.targets, document.secrecy, document.raw) == ("new", (), None, data)
    assert document.fingerprint == hashlib.sha256(data).hexdigest()
    assert (desk.names("inbox"), desk.names("processed")) == ([], ["a.edxml"])


def test_a_second_run_changes_nothing(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.drop("b.edxml", document_packet(FIELDS, {"half"}))
    desk.drop("c.edxml", document_packet(replace(FIELDS, identifier="x", subject="MẬT\nx")))
    desk.house.run()
    before = {key: value for key, value in desk.everything().items() if key != "work/now"}
    assert desk.house.run() == []
    desk.restart()
    assert desk.house.run() == []
    assert {key: value for key, value in desk.everything().items() if key != "work/now"} == before


def test_a_crash_between_commit_and_settle_is_made_good(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.house.run(settle=False)
    assert desk.names("inbox") == ["a.edxml"]
    desk.restart()
    assert desk.house.run() == []
    assert (desk.names("inbox"), desk.names("processed")) == ([], ["a.edxml"])


def test_settling_twice_is_harmless_and_spares_a_new_packet_of_the_same_name(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    [document] = desk.house.run()
    assert isinstance(document, PulledDocument)
    desk.drop("a.edxml", document_packet(replace(FIELDS, identifier="other")))
    desk.house.connector.settle(document, Outcome.ACCEPTED, "again")
    assert (desk.names("inbox"), desk.names("processed")) == (["a.edxml"], ["a.edxml"])
    desk.house.run()
    assert desk.names("processed") == ["a.edxml", "a~2.edxml"]


def test_a_crash_inside_settle_leaves_the_packet_in_one_place(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))

    def die(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", die)
        desk.house.run()
    assert (desk.names("inbox"), desk.names("processed")) == (["a.edxml"], [])
    desk.restart()
    desk.house.run()
    assert (desk.names("inbox"), desk.names("processed")) == ([], ["a.edxml"])


def test_a_problem_is_offered_again_when_the_house_dies_before_recording_it(desk: Any) -> None:
    desk.drop("a.edxml", b"junk")
    pulling: Iterator[Pulled] = desk.house.connector.pull(None, desk.house)
    first = next(pulling)
    assert desk.names("inbox") == ["a.edxml"], "the packet leaves only after its problem was taken"
    del pulling
    desk.restart()
    assert desk.house.run() == [first]
    assert desk.names("inbox") == []


def test_the_same_packet_again_is_a_no_op(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.drop("b.edxml", document_packet(FIELDS))
    desk.house.run()
    assert (len(desk.house.offered), desk.house.problems) == (1, [])
    assert (desk.names("inbox"), desk.names("processed")) == ([], ["a.edxml", "b.edxml"])


def test_the_same_id_with_other_content_is_held(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.house.run()
    desk.drop("b.edxml", document_packet(replace(FIELDS, subject="Khác")))
    desk.house.run()
    assert [problem.code for problem in desk.house.problems] == ["same_id_other_content"]
    assert desk.names("held") == ["b.edxml", "b.edxml.reason.json", "b.edxml.reason.txt"]


@pytest.mark.parametrize(
    ("fault", "code", "place"),
    [
        ("leading_junk", "leading_junk", "rejected"),
        ("undeclared_prefix", "not_wellformed", "rejected"),
        ("half", "not_wellformed", "rejected"),
        ("entity", "dtd", "rejected"),
        ("external_entity", "dtd", "rejected"),
        ("utf16", "encoding", "rejected"),
        ("many_receivers", "limit_elements", "rejected"),
        ("deep", "limit_depth", "rejected"),
        ("not_edxml", "not_edxml", "rejected"),
        ("second_header", "second_header", "held"),
        ("bad_base64", "bad_base64", "held"),
        ("duplicate_content_id", "duplicate_content_id", "held"),
    ],
)
def test_an_unusable_packet_is_set_aside_with_its_reason(desk: Any, fault: str, code: str, place: str) -> None:
    data = document_packet(replace(FIELDS, subject="CHIM-HOANG-YEN"), {fault})
    desk.drop("a.edxml", data)
    [problem] = desk.house.run()
    assert isinstance(problem, PulledProblem)
    assert (problem.code, problem.ref, problem.raw_sha256) == (code, "a.edxml", hashlib.sha256(data).hexdigest())
    assert problem.message
    assert desk.names("inbox") == []
    folder = desk.root / f"inbox-{place}"
    assert (folder / "a.edxml").read_bytes() == data
    reason = json.loads((folder / "a.edxml.reason.json").read_text(encoding="utf-8"))
    assert (reason["code"], reason["sha256"], reason["at"]) == (code, problem.raw_sha256, NOW.isoformat())
    text = (folder / "a.edxml.reason.txt").read_text(encoding="utf-8")
    assert problem.message in text
    assert "CHIM" not in text + json.dumps(reason)


def test_an_oversized_packet_is_set_aside_unread(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"max-packet": "1 KiB"})
    data = document_packet(FIELDS)
    desk.drop("a.edxml", data)
    desk.house.run()
    assert [(problem.code, problem.raw_sha256) for problem in desk.house.problems] == [
        ("limit_packet_size", hashlib.sha256(data).hexdigest())
    ]


def test_leading_junk_is_trimmed_when_allowed_and_the_original_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"trim-leading-junk": "16"})
    data = document_packet(FIELDS, {"leading_junk"})
    desk.drop("a.edxml", data)
    desk.house.run()
    [document] = desk.house.offered
    assert document.raw == data
    assert document.fingerprint == hashlib.sha256(data).hexdigest()
    assert "leading-junk-trimmed" in document.marks


def test_a_refused_packet_stays_and_is_not_read_again(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.drop("a.edxml", document_packet(replace(FIELDS, subject="MẬT\nKế hoạch")))
    desk.house.run()
    assert desk.house.offered
    desk.restart()
    opened: list[Any] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda *args, **more: (opened.append(args[0]), real(*args, **more))[1])
    assert desk.house.run() == []
    assert path.exists()
    assert path not in opened


def test_a_refusal_is_found_again_after_a_crash_before_settle(desk: Any) -> None:
    path = desk.drop("a.edxml", document_packet(replace(FIELDS, subject="MẬT\nKế hoạch")))
    desk.house.run(settle=False)
    desk.restart()
    assert desk.house.run() == []
    assert path.exists()


def test_a_refused_packet_is_offered_again_once_the_house_allows_it(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(replace(FIELDS, subject="MẬT\nKế hoạch")))
    desk.house.run()
    desk.house.refused_ids.clear()
    desk.house.outcome = lambda document: Outcome.ACCEPTED
    assert len(desk.house.run()) == 1
    assert desk.names("processed") == ["a.edxml"]


def test_nothing_of_a_refused_packet_is_anywhere_but_where_the_sender_put_it(
    desk: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "CHIM-HOANG-YEN"
    files = (PacketFile(f"{canary}.txt", canary.encode()),)
    secret = replace(FIELDS, subject=f"MẬT\n{canary}", signer=canary, identifier=f"000.00.00.H99,2026/07/29,{canary}")
    desk.drop(f"{canary}.edxml", document_packet(replace(secret, files=files)))
    for _again in range(2):
        desk.house.run()
        desk.restart()
    for name, content in desk.everything().items():
        assert name == f"inbox/{canary}.edxml" or (canary not in name and canary.encode() not in content), name
    printed = capfd.readouterr()
    assert canary not in caplog.text + printed.out + printed.err


def test_a_source_that_is_not_declared_plain_moves_no_readable_packet(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"source-is-plain": "no"})
    for number, fault in enumerate(["", "bad_base64", "duplicate_content_id"]):
        desk.drop(f"{number}.edxml", document_packet(replace(FIELDS, identifier=str(number)), {fault} - {""}))
    desk.drop("9.edxml", document_packet(replace(FIELDS, identifier="0", subject="Khác")))
    desk.house.run()
    assert len(desk.names("inbox")) == 4
    assert desk.house.problems == []
    assert (desk.names("processed"), desk.names("held"), desk.names("rejected")) == ([], [], [])


def test_a_packet_that_the_house_holds_is_set_aside_without_its_reasons_text(desk: Any) -> None:
    desk.house.outcome = lambda document: Outcome.HELD
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.house.run()
    assert desk.names("held") == ["a.edxml", "a.edxml.reason.json", "a.edxml.reason.txt"]


def test_half_written_and_foreign_files_are_left_alone(desk: Any) -> None:
    data = document_packet(FIELDS)
    for name in (".a.edxml", "a.edxml.tmp", "a.edxml.part", "a.xml~", "ghi_chu.docx"):
        desk.drop(name, data)
    (desk.inbox / "thu_muc.edxml").mkdir()
    (desk.root / "secret").write_bytes(data)
    (desk.inbox / "link.edxml").symlink_to(desk.root / "secret")
    before = desk.names("inbox")
    assert desk.house.run() == []
    assert desk.names("inbox") == before


def test_a_file_is_taken_only_after_it_was_quiet_for_the_settle_time(make_desk: MakeDesk) -> None:
    patient = make_desk(**{"complete-when": "settled", "settle-time": "1 h"})
    path = patient.drop("a.edxml", document_packet(FIELDS))
    os.utime(path, (1, 1))  # a copying program that sets the time of modification back must not fool us
    assert patient.house.run() == []
    quick = make_desk(**{"complete-when": "settled", "settle-time": "1 ms"})
    for _try in range(200):
        if quick.house.run():
            break
    assert quick.names("processed") == ["a.edxml"]


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_pass(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.drop("a.edxml", document_packet(FIELDS)[:-100])
    real = os.read

    def grow(handle: int, size: int) -> bytes:
        piece = real(handle, size)
        with path.open("ab") as stream:
            stream.write(b" ")
        return piece if len(piece) > 10 else b""

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", grow)
        assert desk.house.run() == []
    assert desk.names("inbox") == ["a.edxml"]


def test_a_missing_inbox_is_an_outside_failure_with_advice(desk: Any) -> None:
    desk.inbox.rmdir()
    with pytest.raises(OutsideError) as caught:
        desk.house.run()
    assert caught.value.advice
    assert [result.result for result in desk.house.connector.check(live=True)][1:] == ["fail"]


@pytest.mark.parametrize("number", [28, 30, 122])  # ENOSPC, EROFS, EDQUOT
def test_a_full_or_read_only_disk_is_an_outside_failure_and_loses_nothing(
    desk: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    desk.drop("a.edxml", document_packet(FIELDS, {"half"}))

    def full(*args: Any, **more: Any) -> int:
        raise OSError(number, "no")

    with monkeypatch.context() as patch, pytest.raises(OutsideError) as caught:
        patch.setattr(os, "fsync", full)
        desk.house.run()
    assert caught.value.advice
    assert desk.names("inbox") == ["a.edxml"]
    assert not [name for name in desk.names("rejected") if "tmp" in name]
    desk.house.run()
    assert desk.names("rejected") == ["a.edxml", "a.edxml.reason.json", "a.edxml.reason.txt"]


def test_a_name_that_is_no_utf8_is_shown_and_moved(desk: Any) -> None:
    name = os.fsdecode(b"v\xe3n.edxml")
    desk.drop(name, b"junk")
    [problem] = desk.house.run()
    assert isinstance(problem, PulledProblem)
    assert problem.ref == "v\\xe3n.edxml"
    assert name in desk.names("rejected")
