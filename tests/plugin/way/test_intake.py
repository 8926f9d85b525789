"""Intake: the secrecy gate comes first, nothing is acknowledged before it is kept, one bad paper costs only itself."""

import logging
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.plugin.errors import InputError, OutsideError, PassingError
from congkhai.plugin.records import DisclosureState, DocumentStatus, Outcome, PulledProblem
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import retry

from .conftest import OpenOffice
from .office import BOARD, STAFF_PAGE, Office
from .packets import INBOX, PROVINCE, packet
from .script import paper

CANARY = "CHIM-HOANG-YEN-7Q4X"
SECOND = "[connector:hai]\ntype = script-2\n"


def _assert_nothing_landed(office: Office, *texts: str) -> None:
    """Search every file under the work folder, as UTF-8 and UTF-16, while the database is open and after."""
    for closed in (False, True):
        if closed:
            office.restart()
        for name, data in office.everything().items():
            for text in (CANARY, *texts):
                for form in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
                    assert form not in data, f"{name} holds {text}"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"secrecy": "MẬT"}, "field-marked"),
        ({"secrecy": "Độ mật: TUYỆT MẬT"}, "field-marked"),
        ({"secrecy": "H-3"}, "field-unknown"),
        ({"secrecy": None}, "field-missing"),
        ({"secrecy": " "}, "field-missing"),
        ({"subject": f"TỐI MẬT - {CANARY}"}, "text-marked"),
        ({"type": "[MẬT]"}, "text-marked"),
    ],
)
def test_a_paper_refused_by_its_fields_leaves_nothing_and_no_file_of_it_is_fetched(
    office: Office, caplog: pytest.LogCaptureFixture, fields: dict[str, Any], reason: str
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = paper("mat-99", **({"subject": f"Về việc {CANARY}"} | fields))
    office.source.files["mat-99"] = {f"{CANARY}.txt": CANARY.encode()}
    office.receive(secret)
    assert office.source.told == [("mat-99", Outcome.REFUSED, reason)]
    assert {call.partition(" ")[0] for call in office.source.calls} == {"pull"}
    (row,) = office.rows(t.refusal)
    assert (row.source, row.reason) == ("nguon", reason)
    assert office.documents() == []
    assert office.script.events == []
    assert CANARY not in caplog.text
    _assert_nothing_landed(office, "mat-99")


def test_a_secret_packet_stays_where_the_sender_put_it_and_leaves_nothing_in_the_house(
    open_office: OpenOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = open_office(INBOX.replace("hop-thu", "../hop-thu"), STAFF_PAGE)
    inbox = office.folder.parent / "hop-thu"
    inbox.mkdir()
    secret = packet("9/QĐ", "Quyết định", f"TỐI MẬT - {CANARY}", PROVINCE, "2026/07/02")
    (inbox / "a.edxml").write_bytes(secret)
    (inbox / "b.edxml").write_bytes(packet("10/QĐ", "Quyết định", "Về việc thường", PROVINCE, "2026/07/02"))
    for _time in range(3):
        office.pull()
        office.restart()
    assert [one.number for one in office.documents()] == ["10/QĐ"]
    assert [one.name for one in inbox.iterdir()] == ["a.edxml"]
    assert (inbox / "a.edxml").read_bytes() == secret
    assert len(office.rows(t.refusal)) == 1
    assert CANARY not in caplog.text
    _assert_nothing_landed(office)


@pytest.mark.parametrize("name", ["trang.pdf", "trang.docx", "trang.txt"])
def test_a_mark_on_page_one_of_any_file_refuses_the_paper_before_anything_is_kept(
    office: Office, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    marked = attachment_bytes(name, f"UBND TỈNH LẠNG SƠN\nTUYỆT MẬT\n{CANARY}\n")
    office.source.files["1"] = {"sach.txt": b"binh thuong", name: marked}
    office.receive(paper("1", f"Về việc {CANARY}", raw=f"<goi>{CANARY}</goi>".encode()))
    assert office.source.told == [("1", Outcome.REFUSED, "text-marked")]
    assert CANARY not in caplog.text
    assert not (office.folder / "data" / "vault").exists()
    _assert_nothing_landed(office)


def test_a_mark_in_a_file_name_refuses_the_paper(office: Office) -> None:
    office.source.files["1"] = {"TỐI MẬT - danh sách.txt": b"binh thuong"}
    office.receive(paper())
    assert office.source.told == [("1", Outcome.REFUSED, "text-marked")]


def test_a_refused_paper_stays_known_by_an_opaque_id_and_is_refused_again_without_a_second_trace(
    office: Office,
) -> None:
    office.receive(paper("1", secrecy="Mật"))
    office.receive()
    assert [told[1] for told in office.source.told] == [Outcome.REFUSED, Outcome.REFUSED]
    assert len(office.rows(t.refusal)) == 1
    assert len(office.journal("document.refused")) == 1


def test_a_plain_paper_is_kept_whole_with_its_journal_entry_and_then_the_source_is_told(office: Office) -> None:
    heard: list[int] = []
    office.source.settling = lambda *_told: heard.append(len(office.documents()))
    pdf = attachment_bytes("a.pdf", "Kế hoạch năm")
    office.source.files["7"] = {"kế hoạch.pdf": pdf}
    office.receive(paper("7", raw=b"<goi/>"))
    (document,) = office.documents()
    assert heard == [1]
    assert (document.version, document.status) == (1, DocumentStatus.CURRENT)
    assert document.attachments[0].media_type == "application/pdf"
    assert office.house.store.vault.read(document.attachments[0].sha256) == pdf
    (entry,) = office.journal("document.received")
    assert entry["facts"]["files"] == [document.attachments[0].sha256]
    assert office.house.store.vault.read(office.rows(t.document)[0].raw_sha256) == b"<goi/>"


def test_the_same_paper_again_changes_nothing_and_the_source_hears_duplicate(office: Office) -> None:
    office.receive(paper())
    before = len(office.journal())
    office.receive()
    assert [told[1] for told in office.source.told] == [Outcome.ACCEPTED, Outcome.DUPLICATE]
    assert len(office.documents()) == 1
    assert len(office.journal()) == before


def test_the_same_paper_from_a_second_source_is_linked_and_not_disclosed_twice(open_office: OpenOffice) -> None:
    office = open_office(SECOND, STAFF_PAGE, BOARD)
    office.receive(paper("a-1", number="15/UBND-VP"))
    office.script.second.offer(paper("b-1", number="15/UBND-VP"))
    office.pull()
    first, second = office.documents()
    (link,) = office.rows(t.link)
    assert (link.document, link.other, link.kind) == (second.id, first.id, "duplicate")
    assert len(office.matters()) == 1
    assert office.script.second.told[0][1] is Outcome.ACCEPTED


def test_the_same_paper_is_linked_also_when_two_sources_happen_to_use_the_same_id(open_office: OpenOffice) -> None:
    office = open_office(SECOND, STAFF_PAGE, BOARD)
    office.receive(paper("1", number="15/UBND-VP"))
    office.script.second.offer(paper("1", number="15/UBND-VP"))
    office.pull()
    assert [link.kind for link in office.rows(t.link)] == ["duplicate"]
    assert len(office.matters()) == 1


def test_the_same_paper_is_linked_when_two_sources_write_its_number_and_issuer_differently(
    open_office: OpenOffice,
) -> None:
    office = open_office(SECOND, STAFF_PAGE, BOARD)
    office.receive(paper("1", number="15/UBND-VP", issuer="Ủy ban nhân dân tỉnh Mẫu"))
    office.script.second.offer(paper("2", number="15 /UBND-VP", issuer="UBND TỈNH  MẪU"))
    office.pull()
    assert [link.kind for link in office.rows(t.link)] == ["duplicate"]
    assert len(office.matters()) == 1
    office.receive(paper("3", number="15/UBND-VP", issuer="UBND tỉnh Khác"))
    assert len(office.rows(t.link)) == 1


def test_a_mark_that_only_the_connector_could_read_refuses_the_paper(office: Office) -> None:
    office.source.files["1"] = {"quét.png": b"\x89PNG\r\n"}
    office.receive(paper("1", text=f"TỐI MẬT\n{CANARY}"))
    assert office.source.told == [("1", Outcome.REFUSED, "text-marked")]
    assert {call.partition(" ")[0] for call in office.source.calls} == {"pull"}
    _assert_nothing_landed(office)


@pytest.mark.parametrize("mark", ["number-missing", "subject-missing", "date-implausible", "fields-proposed"])
def test_a_paper_with_doubtful_fields_waits_for_a_person(office: Office, mark: str) -> None:
    office.receive(paper("1", number="15/UBND-VP"))
    office.receive(paper("2", number="16/UBND-VP", marks=(mark,)))
    decided = {row.document: row.decision for row in office.rows(t.decision)}
    assert [decided[document.id] for document in office.documents()] == ["auto", "review"]


def test_equal_numbers_of_different_years_are_different_papers(office: Office) -> None:
    office.receive(paper("1", number="15/UBND-VP"))
    one = paper("2", number="15/UBND-VP")
    office.receive(paper("2", number="15/UBND-VP", issued=one.issued and one.issued.replace(year=2025)))
    assert office.rows(t.link) == []
    assert len(office.matters()) == 2


def test_a_changed_paper_becomes_version_two_and_version_one_stays(office: Office) -> None:
    office.receive(paper("1", "Bản đầu"))
    office.source.papers.clear()
    office.receive(paper("1", "Bản sửa"))
    assert [(one.version, one.subject) for one in office.documents()] == [(1, "Bản đầu"), (2, "Bản sửa")]


def test_a_changed_paper_is_not_disclosed_beside_its_older_version(office: Office) -> None:
    office.receive(paper("1", "Bản đầu"))
    office.source.papers.clear()
    office.receive(paper("1", "Bản sửa"))
    assert office.documents()[0].status is DocumentStatus.UPDATED
    assert [one.state for one in office.matters()].count(DisclosureState.DUE) == 1


def test_a_file_that_is_not_what_it_says_is_marked_and_the_paper_kept(office: Office) -> None:
    office.source.files["1"] = {"a.zip": InputError("hỏng", code="zip_mismatch"), "b.txt": b"tot"}
    office.receive(paper())
    (document,) = office.documents()
    assert [(file.problem, file.sha256 == "") for file in document.attachments] == [("zip_mismatch", True), ("", False)]


def test_a_passing_file_fault_leaves_no_mark_and_holds_up_no_other_paper(office: Office) -> None:
    office.source.files["1"] = {"a.txt": PassingError("trang bảo trì", code="file_html")}
    office.receive(paper("1"), paper("2"))
    assert [one.remote_id for one in office.documents()] == ["2"]
    assert [row.code for row in office.rows(t.problem)] == ["file-waiting"]
    assert office.failing_since() is None
    office.source.files["1"] = {"a.txt": b"tot"}
    office.pull()
    (late,) = [one for one in office.documents() if one.remote_id == "1"]
    assert [file.problem for file in late.attachments] == [""]
    assert office.rows(t.problem) == []


def test_a_file_fault_that_does_not_pass_is_marked_after_hours_and_the_paper_kept_once(office: Office) -> None:
    office.source.files["1"] = {"a.txt": PassingError("trang bảo trì", code="file_html")}
    office.receive(paper("1"))
    office.pull()
    assert office.documents() == []
    assert len(office.journal("document.waiting")) == 1
    office.wait(hours=6)
    office.pull()
    office.pull()
    (document,) = office.documents()
    assert [file.problem for file in document.attachments] == ["file_html"]
    assert [row.code for row in office.rows(t.problem)] == ["file-damaged"]


def test_a_paper_with_more_files_than_one_paper_may_have_is_kept_with_the_rest_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("congkhai.plugin.intake._MOST_FILES", 4)
    monkeypatch.setattr("congkhai.plugin.intake._MOST_BYTES", 20)
    office.source.files["1"] = {f"{number}.txt": b"x" for number in range(6)}
    office.source.files["2"] = {f"{number}.txt": b"y" * 15 for number in range(4)}
    office.receive(paper("1"), paper("2"))
    many, much = office.documents()
    assert [file.problem for file in many.attachments] == ["", "", "", "", "too_many_files", "too_many_files"]
    assert [file.problem for file in much.attachments] == ["", "", "paper_too_large", "paper_too_large"]
    opened = [call for call in office.source.calls if call.startswith("open")]
    assert len(opened) == 6  # what is not kept is not fetched
    faults = [row.error for row in office.rows(t.fault) if row.place == "attachment"]
    assert len(faults) == 2  # told once a paper


def test_a_waiting_paper_that_turns_out_secret_leaves_no_note(office: Office) -> None:
    office.source.files["1"] = {"a.txt": PassingError("trang bảo trì", code="file_html")}
    office.receive(paper("1"))
    office.source.files["1"] = {"MẬT.txt": b"MAT", "b.txt": "MẬT\nsố 1".encode()}
    office.pull()
    assert office.documents() == []
    assert len(office.rows(t.refusal)) == 1
    assert office.rows(t.problem) == []


def test_a_file_that_could_not_be_fetched_keeps_nothing_and_the_paper_comes_with_a_later_pull(office: Office) -> None:
    office.source.files["1"] = {"a.txt": OutsideError("không tải được tệp")}
    office.receive(paper())
    assert office.documents() == []
    assert office.source.told == []
    assert office.failing_since() is not None
    office.source.files["1"] = {"a.txt": b"tot"}
    office.pull()
    assert len(office.documents()) == 1
    assert office.source.told == [("1", Outcome.ACCEPTED, "new")]
    assert office.failing_since() is None


def _corrupt_docx() -> bytes:
    data = bytearray(attachment_bytes("a.docx", "Nội dung " * 400))
    with zipfile.ZipFile(BytesIO(bytes(data))) as archive:
        info = archive.getinfo("word/document.xml")
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 40] = b"\xff" * 40
    return bytes(data)


def test_a_damaged_word_file_costs_nothing_else(office: Office) -> None:
    office.source.files["1"] = {"a.docx": _corrupt_docx()}
    office.receive(paper("1"), paper("2"))
    assert {one.remote_id for one in office.documents()} == {"1", "2"}


def test_a_paper_over_which_the_connector_stumbles_is_recorded_and_the_others_come_in(office: Office) -> None:
    office.source.files["1"] = {"a.txt": ValueError("lỗi của plugin")}
    office.receive(paper("1"), paper("2"))
    assert [one.remote_id for one in office.documents()] == ["2"]
    assert status(office.house)["stuck"] != []


def test_what_cannot_be_read_at_a_source_is_shown_once(office: Office) -> None:
    office.receive(PulledProblem("goi-1.edxml", "half", "Gói tin bị cụt.", "Xin gửi lại."), paper("2"))
    office.receive()
    (row,) = office.rows(t.problem)
    assert (row.ref, row.code) == ("goi-1.edxml", "half")
    assert [one["what"] for one in status(office.house)["stuck"]] == ["half"]
    assert len(office.documents()) == 1


def _unwritable(vault: Path) -> Callable[[], None]:
    """Put a file in the vault's place: nobody can write below it, root included. Returns what undoes it."""
    vault.rename(vault.with_name("vault-away")) if vault.exists() else None
    vault.write_bytes(b"")

    def undo() -> None:
        vault.unlink()
        if vault.with_name("vault-away").exists():
            vault.with_name("vault-away").rename(vault)

    return undo


def test_with_an_unwritable_vault_nothing_is_acknowledged_and_all_is_recovered_later(office: Office) -> None:
    undo = _unwritable(office.folder / "data" / "vault")
    office.receive(paper("1"), paper("2"))
    assert office.documents() == []
    assert office.source.told == []
    (stuck,) = [row for row in office.jobs("ready") + office.jobs("dead") if row.kind == "pull"]
    assert "Kiểm tra dung lượng đĩa và quyền ghi" in stuck.last_error
    undo()
    office.restart()
    retry(office.house, stuck.key, "Quản trị")
    office.pull()
    assert [told[1] for told in office.source.told[:2]] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert len(office.documents()) == 2


def test_with_a_full_database_disk_nothing_is_acknowledged_and_all_is_recovered_later(office: Office) -> None:
    big = paper("1", "Về việc " + "x" * 200_000)
    office.work()
    with office.house.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")  # SQLite then says "disk is full"
    office.receive(big)
    assert office.documents() == []
    assert office.source.told == []
    office.restart()  # the limit was the old connection's; the disk has room again
    office.pull()
    assert office.source.told[0] == ("1", Outcome.ACCEPTED, "new")
    assert len(office.documents()) == 1


def test_a_disk_that_fills_while_a_file_is_written_leaves_no_half_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("congkhai.plugin.store.vault.os.fsync", full)
        office.receive(paper())
        assert office.source.told == []
        assert [path for path in (office.folder / "data" / "vault").rglob("*") if path.is_file()] == []
    office.restart()
    office.pull()
    assert office.source.told[0] == ("1", Outcome.ACCEPTED, "new")


def test_without_the_setting_that_allows_it_a_sure_proposal_waits_for_the_clerk(
    open_office: OpenOffice,
) -> None:
    office = open_office()
    office.edit("automatic = yes", "automatic = no")
    office.receive(paper())
    assert office.matter().state is DisclosureState.REVIEW
