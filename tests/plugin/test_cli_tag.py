"""``congkhai tag`` as a program sees it: JSON lines in, JSON lines out, exit code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli.tag import command

PAPER = {
    "id": "a1",
    "direction": "in",
    "type": "chỉ thị",
    "number": "05/CT-UBND",
    "date": "2024-03-01",
    "issuer": "UBND huyện Mẫu",
    "subject": "Tăng cường kỷ luật, kỷ cương hành chính",
    "agency_kind": "xa",
}


def run(*lines: object, options: tuple[str, ...] = ()) -> Result:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    return CliRunner().invoke(command, options, input=text.encode())


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_document_is_answered_in_the_promised_shape() -> None:
    result = run(PAPER)
    assert result.exit_code == 0
    (answer,) = answers(result)
    assert set(answer) == {"id", "decision", "regime", "tags", "considered"}
    assert (answer["id"], answer["decision"], answer["regime"]) == ("a1", "auto", None)
    tag = answer["tags"][0]
    assert set(tag) == {"category", "key", "sub", "confidence", "why"}
    assert (tag["category"], tag["key"], tag["sub"]) == ("11", "superior_docs", None)
    assert tag["why"][0].startswith("khoản 11 Điều 6")


def test_all_answers_that_were_considered_stand_beside_the_tags_best_first() -> None:
    (tagged, none) = answers(run(PAPER, PAPER | {"type": "giấy mời", "subject": "Mời họp triển khai đầu tư công"}))
    assert tagged["considered"][0]["key"] == tagged["tags"][0]["key"]
    assert none["tags"] == []
    assert none["considered"][0]["key"] == "none"
    assert none["considered"][1]["key"] != "none", "a second answer can be read even where nothing is proposed"
    for answer in (tagged, none):
        assert all(set(one) == {"category", "key", "confidence"} for one in answer["considered"])
        sure = [one["confidence"] for one in answer["considered"]]
        assert sure == sorted(sure, reverse=True)
        assert len(sure) >= 2


def test_answers_come_in_the_order_of_the_lines_and_blank_lines_are_skipped() -> None:
    result = run(PAPER, "", PAPER | {"id": 2}, "   ", PAPER | {"id": "c"})
    assert [answer["id"] for answer in answers(result)] == ["a1", 2, "c"]


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[]",
        '"x"',
        "null",
        '{"direction": "in"}',
        '{"direction": "up", "subject": "bí ẩn"}',
        '{"direction": "in", "subject": 5}',
        '{"direction": "in", "subject": "bí ẩn", "agency_kind": "bo"}',
        '{"direction": "in", "subject": "bí ẩn", "id": [1]}',
        '{"direction": "in", "subject": "bí ẩn", "type": ["x"]}',
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad: str) -> None:
    result = run(PAPER, bad, PAPER | {"id": "b"})
    assert result.exit_code == 2
    assert [answer["id"] for answer in answers(result)] == ["a1", "b"]
    assert "dòng 2" in result.stderr
    assert "bí ẩn" not in result.stderr


def test_bytes_that_are_no_utf8_are_a_bad_line() -> None:
    result = CliRunner().invoke(command, input=b'\xff\xfe{"a"\n' + json.dumps(PAPER).encode())
    assert result.exit_code == 2
    assert len(answers(result)) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"secrecy": "Mật"},
        {"secrecy": "TỐI MẬT"},
        {"secrecy": "tuyet mat"},
        {"secrecy": ""},
        {"secrecy": None},
        {"secrecy": "?"},
        {"secrecy": 3},
        {"secrecy": "0"},
        {"subject": "MẬT Kế hoạch hoa mai"},
        {"text": "UBND XÃ MẪU\nTUYỆT MẬT\nSố 1"},
        {"secrecy": "Thường", "text": "MẬT\nhoa mai"},
    ],
)
def test_a_secret_is_refused_with_no_echo(more: dict[str, object]) -> None:
    result = run(PAPER | {"subject": "Kế hoạch hoa mai"} | more)
    assert answers(result) == [{"id": "a1", "decision": "refused", "regime": None, "tags": []}]
    assert "hoa mai" not in result.output
    assert result.exit_code == 0


def test_a_plain_marking_is_tagged_and_so_is_a_vouched_source() -> None:
    for more in ({"secrecy": "Thường"}, {"secrecy": "Không mật"}, {}):
        assert answers(run(PAPER | more))[0]["decision"] == "auto"


def test_the_view_of_the_agency_can_be_given() -> None:
    notice = PAPER | {"direction": "out", "type": "thông báo", "subject": "Danh sách hộ nghèo năm 2024"}
    assert answers(run(notice))[0]["regime"] == "people"
    assert answers(run(notice | {"agency_kind": "so"}))[0]["regime"] is None


def test_thresholds_are_options() -> None:
    assert answers(run(PAPER, options=("--auto-above", "1")))[0]["decision"] == "review"


def test_an_unknown_regulation_is_a_configuration_error() -> None:
    result = run(PAPER, options=("--regulation", "khong-co"))
    assert result.exception is not None
    assert getattr(result.exception, "exit_code", None) == 78


def test_another_regulation_gives_its_own_clauses() -> None:
    (answer,) = answers(run(PAPER, options=("--regulation", "statute-2022")))
    assert answer["tags"][0]["why"][0].startswith("khoản 11 Điều 46 Luật 10/2022/QH15")


def test_evaluation_prints_figures_for_people_and_programs(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text(json.dumps(PAPER | {"labels": [11]}) + "\n" + json.dumps(PAPER | {"labels": [3]}) + "\n", "utf-8")
    people = CliRunner().invoke(command, ["--evaluate", str(file)])
    program = CliRunner().invoke(command, ["--evaluate", str(file), "--json"])
    assert "50.0%" in people.output
    figures = json.loads(program.output)
    assert (figures["documents"], figures["strict"], figures["lenient"]) == (2, 0.5, 0.5)
    assert figures["categories"]["11"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "support": 1}


def test_a_missing_evaluation_file_ends_with_two(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--evaluate", str(tmp_path / "none.jsonl")])
    assert getattr(result.exception, "exit_code", None) == 2


def test_evaluation_shows_confusion_calibration_and_draws_a_picture_on_request(tmp_path: Path) -> None:
    file, picture = tmp_path / "data.jsonl", tmp_path / "out.svg"
    file.write_text(json.dumps(PAPER | {"labels": [11]}) + "\n" + json.dumps(PAPER | {"labels": [3]}) + "\n", "utf-8")
    people = CliRunner().invoke(command, ["--evaluate", str(file), "--picture", str(picture)])
    figures = json.loads(CliRunner().invoke(command, ["--evaluate", str(file), "--json"]).output)
    assert "3 → 11: 1" in people.output
    assert picture.read_text("utf-8").startswith("<svg")
    assert figures["confusion"] == [{"label": "3", "got": "11", "count": 1}]
    assert sum(band["count"] for band in figures["calibration"]) == 2
    assert figures["auto_lenient"] == 0.5


def test_the_sub_verbs_are_named_in_help() -> None:
    output = CliRunner().invoke(command, ["--help"]).output
    assert {"review", "accept", "change", "exclude", "corrections", "import", "revoke"} <= set(output.split())
