"""
Measure tagging against labelled documents.

A prediction is right when its best answer is among the labels, leniently when it is among labels or other defensible
answers; ``none`` is right when there are no labels. Labels are items 1 to 12 of Luật 10/2022/QH15 Điều 46.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, UsageError
from ..regulation import CATEGORY_KEYS
from ..regulation_records import Regulation
from ..text import _
from .decide import STANDARD, Thresholds
from .lines import Line, parse_line, tag_line
from .rules import NONE


@dataclass(frozen=True, slots=True)
class Score:
    """
    How well one answer is found.

    Attributes:
        name: ``1`` … ``12`` or ``none``.
        support: documents whose first label it is.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares from 0.0 to 1.0 over `documents` labelled documents; `auto` is the share decided without a person."""

    documents: int
    strict: float
    lenient: float
    auto: float
    scores: tuple[Score, ...]


def evaluate(file: Path, regulation: Regulation, thresholds: Thresholds = STANDARD) -> Evaluation:
    """
    Tag every document of a labelled file and compare.

    Args:
        file: JSON lines as for ``congkhai tag``, with `labels` (numbers, best first) and `alt` (numbers or ``none``).

    Raises:
        UsageError: the file is missing or cannot be read, or holds no document.
        InputError: a line is wrong; names file and line.
    """
    try:
        raw = file.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(
            _("Không đọc được tệp dữ liệu đánh giá."), where=str(file), advice=_("Kiểm tra đường dẫn sau --evaluate.")
        ) from error
    pairs = []
    for number, line in enumerate(raw, 1):
        if line.strip():
            try:
                parsed = parse_line(line)
                pairs.append((parsed, _labels(parsed)))
            except InputError as error:
                error.where = f"{file}:{number}"
                raise
    if not pairs:
        raise UsageError(_("Tệp dữ liệu đánh giá không có văn bản nào."), where=str(file))
    return _measure(((line, labels, _best(line, regulation, thresholds)) for line, labels in pairs), len(pairs))


def _labels(line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the right answers and the defensible ones, as words; ``none`` stands for no label."""
    labels = tuple(str(label) for label in line.row.get("labels") or ()) or (NONE,)
    return labels, tuple(str(label) for label in line.row.get("alt") or ())


def _best(line: Line, regulation: Regulation, thresholds: Thresholds) -> tuple[str, bool]:
    decision = tag_line(line, regulation, thresholds)
    best = str(CATEGORY_KEYS.index(decision.tags[0].key) + 1) if decision.tags else NONE
    return best, decision.decision.value in ("auto", "none")


def _measure(
    results: Iterable[tuple[Line, tuple[tuple[str, ...], tuple[str, ...]], tuple[str, bool]]], count: int
) -> Evaluation:
    strict = lenient = auto = 0
    names = [*(str(number) for number in range(1, len(CATEGORY_KEYS) + 1)), NONE]
    right, wrong, missed, support = (dict.fromkeys(names, 0) for _each in range(4))
    for _line, (labels, alternatives), (best, alone) in results:
        hit = best in labels
        strict += hit
        lenient += hit or best in alternatives
        auto += alone
        support[labels[0]] += 1
        (right if hit else wrong)[best] += 1
        if not hit:
            missed[labels[0]] += 1
    scores = tuple(_score(name, right[name], wrong[name], missed[name], support[name]) for name in names)
    return Evaluation(count, strict / count, lenient / count, auto / count, scores)


def _score(name: str, right: int, wrong: int, missed: int, support: int) -> Score:
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(name, precision, recall, f1, support)
