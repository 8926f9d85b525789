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


def test_the_reasoning_is_told_step_by_step_and_ends_with_what_is_answered() -> None:
    said = run("--issued", "2024-01-30", "--posted", "05/02/2024 15:00").output
    steps = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert [step.split(".")[0] for step in steps] == [str(number) for number in range(1, len(steps) + 1)]
    assert "Không đếm: 03/02 (ngày nghỉ hằng tuần); 04/02 (ngày nghỉ hằng tuần)" in said
    assert "24:00 thứ Ba 06/02/2024" in said
    assert "ngày cuối được đếm là Chủ nhật 25/02/2024" in said
    assert "kéo đến thứ Hai 26/02/2024" in said
    assert "được kết thúc: 00:00 thứ Ba 27/02/2024" in said


def test_the_reasoning_names_the_day_off_that_moved_a_calendar_day_limit() -> None:
    said = run("--issued", "2026-03-31", "--matter", "integrity.declarations").output
    assert "Chủ nhật 05/04/2026 là ngày nghỉ hằng tuần, nên kéo đến" in said
    assert "thứ Hai 06/04/2026" in said


def test_the_month_picture_is_aligned_and_marks_start_last_day_and_close() -> None:
    said = run("--issued", "2024-01-30", "--posted", "05/02/2024 15:00", "--calendar").output
    picture = said.split("Tháng 02/2024")[1].splitlines()
    head, *weeks = [line for line in picture if line.strip()][:6]
    assert head.split() == ["T2", "T3", "T4", "T5", "T6", "T7", "CN"]
    assert [head.index(name) for name in head.split()] == [1 + 8 * column for column in range(7)]
    boxes = [(column, line[8 * column : 8 * column + 8]) for line in weeks for column in range(7)]
    cells = {box[1:3].strip(): (column, box) for column, box in boxes if box[1:3].strip()}
    assert len(cells) == 29
    assert (cells["5"][0], cells["5"][1].strip()) == (0, "5 N")
    assert (cells["25"][0], cells["25"][1].strip()) == (6, "(25)C")
    assert cells["27"][1].strip() == "27 K"
    assert cells["10"][1].strip() == "(10)"
    assert "10/02: Tết Nguyên đán (mùng 1)" in said


def test_open_days_are_marked_as_unknown_in_the_picture() -> None:
    assert "?10?" in run("--issued", "2027-02-01", "--calendar").output


def test_the_days_and_confirmed_years_of_an_ini_count(tmp_path: Path) -> None:
    ini = tmp_path / "congkhai.ini"
    ini.write_text(
        "[agency]\nname = UBND xã Mẫu Sơn\ncode = X\nkind = xa\nregulation = dong-son-2024\n\n"
        "[calendar]\noff = 08/02/2027, 09/02/2027\nconfirmed = 2027\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(command, ["--issued", "2027-02-05", "--json"], obj=ini)
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["publish_by"] == "2027-02-16"
    assert not any("chưa được xác nhận" in note and "2027" in note for note in found["notes"])
