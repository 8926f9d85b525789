"""Measuring tagging on a labelled file."""

import json
from pathlib import Path

import pytest

from congkhai.plugin.errors import InputError, UsageError
from congkhai.plugin.regulation import load_regulation
from congkhai.plugin.tagging.evaluate import evaluate

REGULATION = load_regulation("dong-son-2024")


def row(
    subject: str, labels: list[int], alt: list[object] | None = None, direction: str = "out", kind: str = "quyết định"
) -> str:
    return json.dumps(
        {
            "id": subject,
            "direction": direction,
            "agency_kind": "xa",
            "type": kind,
            "number": None,
            "date": None,
            "issuer": None,
            "subject": subject,
            "labels": labels,
            "alt": alt or [],
        }
    )


def labelled(folder: Path, *rows: str) -> Path:
    file = folder / "data.jsonl"
    file.write_text("\n".join(rows), "utf-8")
    return file


def test_strict_lenient_and_each_item_are_measured(tmp_path: Path) -> None:
    file = labelled(
        tmp_path,
        row("Thanh lý tài sản công", [4]),  # right
        row("Ban hành Quy chế chi tiêu nội bộ", [3, 9]),  # right by the second label
        row("Thanh lý tài sản công của Trạm", [], [4]),  # right only leniently
        row("Thành lập Hội đồng thẩm định", []),  # none is right
        row("Thành lập Tổ giúp việc", [6]),  # wrong
    )
    result = evaluate(file, REGULATION)
    assert (result.documents, result.strict, result.lenient) == (5, 0.6, 0.8)
    scores = {score.name: score for score in result.scores}
    assert (scores["4"].precision, scores["4"].recall, scores["4"].support) == (0.5, 1.0, 1)
    assert (scores["none"].precision, scores["none"].recall) == (0.5, 0.5)
    assert (scores["6"].recall, scores["6"].f1) == (0.0, 0.0)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate(tmp_path / "none.jsonl", REGULATION)
    assert caught.value.exit_code == 2


def test_an_empty_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        evaluate(labelled(tmp_path, "", ""), REGULATION)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    file = labelled(tmp_path, row("Thanh lý tài sản công", [4]), "{")
    with pytest.raises(InputError) as caught:
        evaluate(file, REGULATION)
    assert caught.value.where == f"{file}:2"
