"""The built-in forms: the staff page writes one durable file a notice; attended places leave the act to a person."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from congkhai.plugin.channels import Attended, AttendedSettings, StaffPage, StaffPageSettings
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import FilingFile, Notice

NOW = datetime(2026, 7, 6, 1, tzinfo=UTC)
NOTICE = Notice("k1", "c1", "Kế hoạch năm", "Nội dung", (FilingFile("a.pdf", "application/pdf", "0" * 64, 3),))


def _context(folder: Path) -> Context:
    def no_blob(sha256: str) -> None:
        raise AssertionError(sha256)

    return Context("intranet", "main", FixedClock(NOW), no_blob, folder)  # type: ignore[arg-type]  # never opened


@pytest.fixture
def page(tmp_path: Path) -> StaffPage:
    return StaffPage(StaffPageSettings.model_validate({}), _context(tmp_path / "page"))


def test_a_notice_is_there_whole_and_can_be_read_back(page: StaffPage, tmp_path: Path) -> None:
    assert page.find("k1") is None
    receipt = page.publish(NOTICE)
    assert (receipt.key, receipt.at) == ("k1", NOW)
    assert page.find("k1") == receipt
    assert StaffPage(StaffPageSettings.model_validate({}), _context(tmp_path / "page")).find("k1") == receipt
    (file,) = (tmp_path / "page").iterdir()
    content = json.loads(file.read_text(encoding="utf-8"))
    assert (content["title"], content["files"][0]["name"], content["withdrawn"]) == ("Kế hoạch năm", "a.pdf", "")


def test_a_notice_is_seen_while_it_stands_and_not_after(page: StaffPage) -> None:
    assert page.probe("k1").visible is False
    page.publish(NOTICE)
    seen = page.probe("k1")
    assert (seen.visible, seen.at, len(seen.sha256)) == (True, NOW, 64)
    page.withdraw("k1")
    assert page.probe("k1").visible is False


def test_taking_down_keeps_the_file_and_its_first_moment(page: StaffPage, tmp_path: Path) -> None:
    page.publish(NOTICE)
    page.withdraw("k1")
    (file,) = (tmp_path / "page").iterdir()
    first = file.read_bytes()
    page._clock = FixedClock(NOW.replace(hour=9))
    page.withdraw("k1")
    assert file.read_bytes() == first
    assert json.loads(first)["published"] == NOW.isoformat()


def test_taking_down_what_was_never_there_does_nothing(page: StaffPage, tmp_path: Path) -> None:
    page.withdraw("k1")
    assert not (tmp_path / "page").exists()


def test_a_page_that_cannot_be_written_is_an_outside_fault_that_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"")
    page = StaffPage(StaffPageSettings.model_validate({}), _context(tmp_path / "page"))
    with pytest.raises(OutsideError) as refused:
        page.publish(NOTICE)
    assert str(tmp_path / "page") in refused.value.where
    assert refused.value.advice
    assert [result.result for result in page.check(live=True)] == ["fail"]


def test_checking_a_page_leaves_nothing_on_it(page: StaffPage, tmp_path: Path) -> None:
    assert [result.result for result in page.check(live=True)] == ["ok"]
    assert list((tmp_path / "page").iterdir()) == []


def test_an_attended_place_leaves_every_act_to_a_person(tmp_path: Path) -> None:
    board = Attended(AttendedSettings.model_validate({"place": "Bản tin trụ sở"}), _context(tmp_path))
    assert (board.attended, board.form) == (True, "notice_board")
    for act in (lambda: board.publish(NOTICE), lambda: board.withdraw("k1")):
        with pytest.raises(NotAllowedError, match="người thực hiện"):
            act()
    assert board.find("k1") is None
    assert board.probe("k1").visible is None
    assert "Bản tin trụ sở" in board.instructions("k1")
