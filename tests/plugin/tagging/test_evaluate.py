"""Measuring tagging on a labelled file."""

import json
from pathlib import Path

import pytest
from lxml import etree

from congkhai.plugin.errors import InputError, UsageError
from congkhai.plugin.regulation import load_regulation
from congkhai.plugin.tagging.evaluate import Labelled, Prediction, evaluate, measure, read_labelled
from congkhai.plugin.tagging.picture import draw

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


@pytest.mark.parametrize("labels", [[13], ["x"], "6", [None]])
def test_a_wrong_label_is_named(tmp_path: Path, labels: object) -> None:
    file = labelled(tmp_path, row("Thanh lý tài sản công", labels))
    with pytest.raises(InputError) as caught:
        evaluate(file, REGULATION)
    assert caught.value.where == f"{file}:1"


def known(folder: Path) -> tuple[Labelled, ...]:
    return read_labelled(labelled(folder, row("a", [3]), row("b", [3, 4]), row("c", []), row("d", [6], [4])))


def test_figures_follow_from_labels_and_answers(tmp_path: Path) -> None:
    said = [
        Prediction(("3", "none"), 0.95, alone=True),  # right
        Prediction(("5", "4", "none"), 0.55, alone=False),  # right only as the second
        Prediction(("none",), None, alone=True),  # right
        Prediction(("4", "none"), 0.97, alone=True),  # defensible
    ]
    result = measure(known(tmp_path), said)
    assert (result.documents, result.strict, result.lenient, result.top_two) == (4, 0.5, 0.75, 0.75)
    assert (result.auto, result.auto_lenient) == (0.75, 1.0)
    assert result.macro_f1 == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert set(result.confusion) == {("3", "5", 1), ("6", "4", 1)}
    assert [(band.low, band.count, band.right) for band in result.calibration] == [(0.5, 1, 0.0), (0.9, 2, 1.0)]


def test_the_picture_is_xml_with_a_bar_for_each_item(tmp_path: Path) -> None:
    said = [Prediction(("3",), 0.9, alone=True)] * 4
    root = etree.fromstring(draw(measure(known(tmp_path), said)).encode())
    assert root.tag.endswith("svg")
    assert len(root.findall(".//{*}rect")) == 2 + 3  # page, calibration frame, one bar for 3, 6 and none
    assert len(root.findall(".//{*}circle")) == 1
