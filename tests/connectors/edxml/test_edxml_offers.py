"""What the drop folder offers: directions, acts, targets, files; and its settings."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from congkhai.connectors import edxml as plugin
from congkhai.connectors.simulators.edxml_packets import (
    PacketFields,
    PacketFile,
    Party,
    document_packet,
    status_packet,
)
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.plugin.errors import InputError, NotAllowedError, OutsideError
from congkhai.plugin.records import (
    Direction,
    Filing,
    Outcome,
    PulledDocument,
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


def test_a_packet_from_the_agency_itself_is_outgoing(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(replace(FIELDS, sender=US, receivers=(THEM,))))
    [document] = desk.house.run()
    assert isinstance(document, PulledDocument)
    assert (document.direction, document.arrived) == (Direction.OUT, None)


def test_a_packet_to_somebody_else_is_marked(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(replace(FIELDS, receivers=(THEM,))))
    desk.house.run()
    assert "receiver-not-us" in desk.house.offered[0].marks


def test_plain_needs_the_declaration_and_a_missing_field(make_desk: MakeDesk) -> None:
    declared, undeclared = make_desk(), make_desk(**{"source-is-plain": "no"})
    assert declared.house.connector.plain(None)
    assert not declared.house.connector.plain("Mật")
    assert not declared.house.connector.plain("")
    assert not undeclared.house.connector.plain(None)


@pytest.mark.parametrize("code", ["01", "03", "04", "05", "06", "15", "99"])
def test_status_packets_end_silently_in_processed(desk: Any, code: str) -> None:
    desk.drop("a.edxml", status_packet(THEM, US, code, FIELDS.identifier))
    assert desk.house.run() == []
    assert desk.names("processed") == ["a.edxml"]


@pytest.mark.parametrize("code", ["02", "13", "16"])
def test_a_status_that_asks_something_of_people_is_shown_to_them(desk: Any, code: str) -> None:
    desk.drop("a.edxml", status_packet(THEM, US, code, FIELDS.identifier, "lý do kín"))
    (problem,) = desk.house.run()
    assert (problem.code, problem.ref) == (f"status-{code}", "a.edxml")
    assert "lý do kín" not in problem.message + problem.advice
    assert FIELDS.identifier not in problem.message + problem.advice
    assert desk.names("processed") == ["a.edxml"]


def test_a_recall_names_the_paper_and_carries_no_files(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    desk.house.run()
    desk.drop("b.edxml", document_packet(replace(FIELDS, act="recall")))
    for document in desk.house.connector.pull(None, desk.house):
        assert isinstance(document, PulledDocument)
        assert (document.act, document.targets) == ("recall", (FIELDS.identifier,))
        assert desk.house.connector.list_attachments(document) == ()
        desk.house.connector.settle(document, Outcome.ACCEPTED, "")
    assert desk.names("processed") == ["a.edxml", "b.edxml"]


def test_new_and_recall_of_one_paper_come_out_of_one_pass_in_the_order_of_arrival(desk: Any) -> None:
    for number, (name, act) in enumerate((("b.edxml", "new"), ("a.edxml", "recall"))):
        path = desk.drop(name, document_packet(replace(FIELDS, act=act)))
        os.utime(path, ns=(1, path.stat().st_mtime_ns + number * 1_000_000_000))
    desk.house.run()
    assert [document.act for document in desk.house.offered] == ["new", "recall"]


def test_a_recall_before_its_paper_is_offered_with_its_target(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(replace(FIELDS, act="recall")))
    desk.house.run()
    assert desk.house.offered[0].targets == (FIELDS.identifier,)


@pytest.mark.parametrize(
    ("held", "targets"), [((), ("old",)), (("old",), ("old",)), ((FIELDS.identifier,), (FIELDS.identifier,))]
)
def test_an_update_means_the_paper_that_is_held(desk: Any, held: tuple[str, ...], targets: tuple[str, ...]) -> None:
    desk.house.held.update(dict.fromkeys(held, "0" * 64))
    desk.drop("a.edxml", document_packet(replace(FIELDS, act="update", target="old")))
    desk.house.run()
    assert [(document.act, document.targets) for document in desk.house.offered] == [("update", targets)]


def test_an_update_that_could_mean_two_held_papers_is_held(desk: Any) -> None:
    desk.house.held.update({"old": "0" * 64, FIELDS.identifier: "1" * 64})
    desk.drop("a.edxml", document_packet(replace(FIELDS, act="update", target="old")))
    desk.house.run()
    assert [problem.code for problem in desk.house.problems] == ["target_ambiguous"]


def test_a_replacement_of_an_unknown_paper_is_offered_with_its_target(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(replace(FIELDS, act="replace", target="old")))
    desk.house.run()
    assert [(document.act, document.targets) for document in desk.house.offered] == [("replace", ("old",))]


def test_attachments_come_out_whole_with_their_real_type(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS, {"lying_types"}))
    for document in desk.house.connector.pull(None, desk.house):
        assert isinstance(document, PulledDocument)
        refs = desk.house.connector.list_attachments(document)
        assert [(ref.ordinal, ref.name, ref.media_type) for ref in refs] == [
            (1, "ke_hoach.pdf", "application/pdf"),
            (2, "bieu.txt", "text/plain"),
        ]
        assert [desk.house.connector.open_attachment(ref) for ref in refs] == [PAPER, b"Bieu mau"]
        assert [ref.size for ref in refs] == [len(PAPER), 8]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("zip_lie", "zip_mismatch"),
        ("zip_bomb", "zip_ratio"),
        ("zip_nested", "zip_nested"),
        ("zip_traversal", "zip_name"),
        ("zip_encrypted", "zip_encrypted"),
    ],
)
def test_a_lying_attachment_is_refused_while_the_document_stands(desk: Any, fault: str, code: str) -> None:
    desk.drop("a.edxml", document_packet(FIELDS, {fault}))
    for document in desk.house.connector.pull(None, desk.house):
        assert isinstance(document, PulledDocument)
        first, second = desk.house.connector.list_attachments(document)
        with pytest.raises(InputError) as caught:
            desk.house.connector.open_attachment(first)
        assert caught.value.code == code
        assert desk.house.connector.open_attachment(second) == b"Bieu mau"
        desk.house.connector.settle(document, Outcome.ACCEPTED, "")
    assert desk.names("processed") == ["a.edxml"]


def test_an_attachment_can_still_be_opened_by_another_connector_after_a_crash(desk: Any) -> None:
    desk.drop("a.edxml", document_packet(FIELDS))
    document = next(iter(desk.house.connector.pull(None, desk.house)))
    assert isinstance(document, PulledDocument)
    refs = desk.house.connector.list_attachments(document)
    assert desk.connector().open_attachment(refs[0]) == PAPER
    (desk.inbox / "a.edxml").unlink()
    with pytest.raises(OutsideError):
        desk.connector().open_attachment(refs[0])


def test_a_packet_without_an_id_is_known_by_its_digest(desk: Any) -> None:
    data = document_packet(replace(FIELDS, identifier=""))
    desk.drop("a.edxml", data)
    desk.house.run()
    [document] = desk.house.offered
    assert document.remote_id == f"packet-{hashlib.sha256(data).hexdigest()}"
    assert "identifier-missing" in document.marks


def test_a_drop_folder_takes_no_dossiers(desk: Any) -> None:
    with pytest.raises(NotAllowedError):
        desk.house.connector.file_dossier(Filing("k", "t", ()))
    assert desk.house.connector.find_filed("k") is None


@pytest.mark.parametrize(
    "keys",
    [
        {"source-is-plain": "yes", "source-is-plain-basis": " "},
        {"agency-ids": ""},
        {"trim-leading-junk": "17"},
        {"held": "same", "rejected": "same"},
        {"unknown": "x"},
        {"complete-when": "soon"},
    ],
)
def test_settings_that_cannot_be_right_are_refused(make_desk: MakeDesk, keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        make_desk(**keys)


def test_check_warns_that_an_undeclared_source_is_refused_whole(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"source-is-plain": "no"})
    assert [result.result for result in desk.house.connector.check(live=False)] == ["warn", "skipped"]
    desk.drop("a.edxml", b"x")
    assert [result.result for result in desk.house.connector.check(live=True)] == ["warn", "ok"]


def test_the_plugin_offers_connector_and_simulator() -> None:
    connectors: list[str] = []
    commands: list[tuple[str, ...]] = []
    plugin.register_connectors(lambda kind, settings, factory: connectors.append(kind))
    plugin.register_simulators(lambda kind, command: commands.append((kind, *command)))
    assert connectors == ["edxml"]
    assert commands[0][0] == "edxml"
    assert commands[0][-1] == "congkhai.connectors.simulators.edxml"
