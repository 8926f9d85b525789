"""``congkhai limits``: known dates of the Đông Sơn papers and others."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli.limits import command


def run(*options: str) -> Result:
    return CliRunner().invoke(command, options)


def answer(*options: str) -> dict[str, object]:
    result = run(*options, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_promised_shape() -> None:
    assert set(answer("--issued", "2024-02-26")) == {
        "regulation",
        "publish_by",
        "posting_days",
        "counting",
        "last_counted_day",
        "close_from",
        "notes",
    }


@pytest.mark.parametrize("issued", ["2024-02-26", "26/02/2024", "26/2/2024"])
def test_the_regulation_of_dong_son_is_due_five_working_days_later(issued: str) -> None:
    result = answer("--issued", issued)
    assert (result["publish_by"], result["posting_days"]) == ("2024-03-04", 20)
    assert (result["last_counted_day"], result["close_from"]) == (None, None)


@pytest.mark.parametrize(
    "posted", ["2024-02-05T15:00", "2024-02-05 15:00", "05/02/2024 15:00", "2024-02-05T08:00:00+00:00"]
)
def test_the_posting_of_dong_son_may_be_closed_from_the_27th(posted: str) -> None:
    result = answer("--issued", "2024-01-30", "--posted", posted)
    assert result["last_counted_day"] == "2024-02-25"
    assert result["close_from"] == "2024-02-27T00:00:00+07:00"
    assert any("26/02/2024" in note for note in result["notes"])


def test_the_counting_rule_is_named_in_the_words_of_the_ini() -> None:
    counting = answer("--issued", "2024-02-26")["counting"]
    assert "first-day=excluded" in counting
    assert "close-rule=after_end" in counting


def test_the_earlier_of_issue_and_arrival_starts_the_limit() -> None:
    assert answer("--issued", "2024-02-26", "--received", "2024-03-01")["publish_by"] == "2024-03-04"


def test_a_day_outside_the_regulations_time_is_answered_with_a_note() -> None:
    assert any("hiệu lực" in note for note in answer("--issued", "2024-01-30")["notes"])
    assert not any("hiệu lực vào" in note for note in answer("--issued", "2024-02-26")["notes"])


def test_an_unconfirmed_calendar_is_noted() -> None:
    assert any("2027" in note for note in answer("--issued", "2027-02-01")["notes"])


def test_a_permanent_posting_has_no_end() -> None:
    result = answer("--issued", "2024-02-26", "--posted", "2024-02-28", "--matter", "own_regulation")
    assert (result["posting_days"], result["close_from"]) == (0, None)
    assert any("thường xuyên" in note for note in result["notes"])


def test_declarations_follow_their_own_exact_and_unconfirmed_rule() -> None:
    result = answer("--issued", "2024-03-01", "--matter", "integrity.declarations")
    assert result["posting_days"] == 15
    assert any("chưa được xác nhận" in note for note in result["notes"])


def test_the_settings_of_the_regulation_decide(tmp_path: Path) -> None:
    file = tmp_path / "mau.ini"
    file.write_text(
        "[regulation]\nfollows = statute-2022\ntitle = Mẫu\narticle = Điều 1\n"
        "[counting]\nfirst-day = included\nposting-roll = none\n",
        "utf-8",
    )
    result = answer("--regulation", str(file), "--issued", "2024-02-05", "--posted", "2024-02-05T15:00")
    assert (result["last_counted_day"], result["close_from"]) == ("2024-02-24", "2024-02-25T00:00:00+07:00")


def test_people_read_vietnamese_lines() -> None:
    result = run("--issued", "2024-02-26")
    assert result.exit_code == 0
    assert "Công khai chậm nhất: 2024-03-04" in result.output


@pytest.mark.parametrize(
    "options",
    [
        ("--issued", "31/02/2024"),
        ("--issued", "hôm qua"),
        ("--issued", "2024-02-26", "--posted", "25h"),
        ("--issued", "0001-01-01"),
        ("--issued", "2024-02-26", "--received", "x"),
    ],
)
def test_an_unreadable_date_is_a_usage_error(options: tuple[str, ...]) -> None:
    assert getattr(run(*options).exception, "exit_code", None) == 2


def test_the_date_of_the_paper_must_be_given() -> None:
    assert run().exit_code == 2
