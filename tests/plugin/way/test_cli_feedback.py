"""``congkhai feedback``: a clerk's whole day with comments, on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.errors import InputError

from .boxes import SUGGESTIONS
from .office import CLERK, STAFF_PAGE, ini_text, prepare


@pytest.fixture
def ini(tmp_path: Path, pki: Path) -> Path:
    """The ini of a house that needs no plugin of this test."""
    text = ini_text(STAFF_PAGE, SUGGESTIONS)
    text = text.replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules")
    prepare(tmp_path / "house", pki, text)
    return tmp_path / "house" / "congkhai.ini"


def run(ini: Path, *arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(group, ["-c", str(ini), "feedback", *arguments], input=said)


def listed(ini: Path, *arguments: str) -> list[dict[str, object]]:
    result = run(ini, "list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_a_comment_is_entered_answered_marked_and_erased(ini: Path) -> None:
    entered = run(ini, "enter", "--source", "hotline", "--by", CLERK, "--ref", "12", said="Đề nghị làm rõ mục 2\n")
    assert entered.exit_code == 0, entered.output
    assert "số 1" in entered.output
    (one,) = listed(ini, "--unmatched")
    assert (one["number"], one["source_title"], one["text"], one["state"]) == (
        1, "đường dây nóng", "Đề nghị làm rõ mục 2", "new"
    )  # fmt: skip
    assert run(ini, "acknowledge", "1", "--by", CLERK).exit_code == 0
    assert run(ini, "answer", "1", "--by", CLERK, "--text", "Đã bổ sung").exit_code == 0
    assert listed(ini, "--state", "new") == []
    shown = run(ini, "show", "1")
    assert "Trả lời: Đã bổ sung" in shown.output
    assert run(ini, "mark", "1", "duplicate", "--by", CLERK, "--reason", "trùng số 3").exit_code == 0
    assert run(ini, "erase", "1", "--by", CLERK, "--reason", "theo đơn").exit_code == 0
    (one,) = listed(ini)
    assert (one["text"], one["answer"], one["erased"], one["state"]) == ("", "", True, "duplicate")
    assert "1 ý kiến" in run(ini, "list").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("enter", "--by", CLERK, "--text", " "), ("enter", "--by", CLERK, "--text", "x", "--source", "chim"),
        ("enter", "--by", CLERK, "--text", "x", "--received", "hôm qua"), ("show", "9"),
        ("enter", "--by", CLERK, "--text", "x", "--disclosure", "không-có"), ("mark", "9", "noted", "--by", CLERK),
        ("looked", "khong-co", "--by", CLERK), ("resume", "hom-thu", "--by", CLERK),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_with_advice_and_nothing_is_kept(ini: Path, arguments: tuple[str, ...]) -> None:
    result = run(ini, *arguments)
    assert isinstance(result.exception, InputError)
    assert result.exception.advice
    assert listed(ini) == []


def test_looking_into_the_box_is_noted(ini: Path) -> None:
    assert run(ini, "looked", "hom-thu", "--by", CLERK).exit_code == 0
