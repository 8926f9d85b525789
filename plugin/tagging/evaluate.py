"""
Measure tagging against labelled documents.

A prediction is right when its best answer is among the labels, leniently when it is among labels or other defensible
answers; ``none`` is right when there are no labels. Labels are items 1 to 12 of Luật 10/2022/QH15 Điều 46.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, UsageError
from ..records import Decision, TagDecision
from ..regulation import CATEGORY_KEYS
from ..regulation_records import Regulation
from ..text import _
from .decide import STANDARD, Thresholds
from .lines import Line, parse_line, tag_line
from .rules import NONE

NAMES = (*(str(number) for number in range(1, len(CATEGORY_KEYS) + 1)), NONE)
"""What can be predicted, in order."""
BANDS = 10
"""Bands of confidence in which calibration is counted."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled document: the line, the right answers best first (``none`` for no label), other defensible ones."""

    line: Line
    labels: tuple[str, ...]
    defensible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    What was answered for one document.

    Attributes:
        ranked: answers best first, at least one.
        confidence: of the best answer, 0.0 to 1.0; None where none is given.
        alone: decided without a person (``auto`` or ``none``).
    """

    ranked: tuple[str, ...]
    confidence: float | None
    alone: bool


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
class Band:
    """Answers with a confidence from `low` to the next band: how many, their mean confidence, the share right."""

    low: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    Shares from 0.0 to 1.0 over `documents` labelled documents.

    Attributes:
        strict: best answer among the labels; `lenient`: among labels or defensible answers.
        top_two: a label among the first two answers.
        macro_f1: mean F1 over the answers that occur as a first label, against the first label only.
        auto: decided without a person; `auto_lenient`: of those, leniently right.
        confusion: how often a first label got an answer: (first label, answer, count), wrong ones only, most first.
        calibration: leniently right answers by confidence.
    """

    documents: int
    strict: float
    lenient: float
    top_two: float
    macro_f1: float
    auto: float
    auto_lenient: float
    scores: tuple[Score, ...]
    confusion: tuple[tuple[str, str, int], ...]
    calibration: tuple[Band, ...]


def evaluate(file: Path, regulation: Regulation, thresholds: Thresholds = STANDARD) -> Evaluation:
    """
    Tag every document of a labelled file and compare.

    Args:
        file: JSON lines as for ``congkhai tag``, with `labels` (numbers, best first) and `alt` (numbers or ``none``).

    Raises:
        UsageError: the file is missing or cannot be read, or holds no document.
        InputError: a line is wrong; names file and line.
    """
    labelled = read_labelled(file)
    return measure(labelled, [predict(tag_line(one.line, regulation, thresholds)) for one in labelled])


def read_labelled(file: Path) -> tuple[Labelled, ...]:
    """Read a labelled file; raises as `evaluate`."""
    try:
        raw = file.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(
            _("Không đọc được tệp dữ liệu đánh giá."), where=str(file), advice=_("Kiểm tra đường dẫn sau --evaluate.")
        ) from error
    found = []
    for number, line in enumerate(raw, 1):
        if line.strip():
            try:
                found.append(_labelled(parse_line(line)))
            except InputError as error:
                error.where = f"{file}:{number}"
                raise
    if not found:
        raise UsageError(_("Tệp dữ liệu đánh giá không có văn bản nào."), where=str(file))
    return tuple(found)


def _labelled(line: Line) -> Labelled:
    labels, defensible = (_names(line, key) for key in ("labels", "alt"))
    return Labelled(line, labels or (NONE,), defensible)


def _names(line: Line, key: str) -> tuple[str, ...]:
    written = line.row.get(key) or []
    if not isinstance(written, list) or any(str(one) not in NAMES for one in written):
        raise InputError(
            _("“{key}” phải là danh sách số từ 1 đến 12 hoặc none").format(key=key), code="congkhai-E133",
            advice=_("Sửa dòng này rồi chạy lại."),
        )  # fmt: skip
    return tuple(str(one) for one in written)


def predict(decision: TagDecision) -> Prediction:
    """
    Return a decision as answers to measure.

    They are what was considered, the answer given first; without it ``none`` stands where there is no tag, and after
    all tags.
    """
    given = [tag.key for tag in decision.tags] or [NONE]
    keys = dict.fromkeys((given[0], *(key for key, _probability in decision.considered), *given, NONE))
    ranked = tuple(NONE if key == NONE else str(CATEGORY_KEYS.index(key) + 1) for key in keys)
    confidence = decision.tags[0].confidence if decision.tags else None
    return Prediction(ranked, confidence, decision.decision in (Decision.AUTO, Decision.NONE))


def measure(labelled: Sequence[Labelled], predictions: Sequence[Prediction]) -> Evaluation:
    """Compare predictions with labels, one by one in the same order; there must be at least one."""
    best = [prediction.ranked[0] for prediction in predictions]
    strict = [answer in one.labels for answer, one in zip(best, labelled, strict=True)]
    lenient = [
        right or answer in one.defensible for right, answer, one in zip(strict, best, labelled, strict=True)
    ]  # fmt: skip
    top_two = sum(
        bool(set(prediction.ranked[:2]) & set(one.labels))
        for prediction, one in zip(predictions, labelled, strict=True)
    )
    alone = [right for right, prediction in zip(lenient, predictions, strict=True) if prediction.alone]
    first = [one.labels[0] for one in labelled]
    scores = tuple(_score(name, best, strict, first) for name in NAMES)
    met = [score for score in scores if score.support]
    wrong = Counter(
        (label, answer) for label, answer, right in zip(first, best, strict, strict=True) if not right
    )  # fmt: skip
    count = len(labelled)
    return Evaluation(
        documents=count, strict=sum(strict) / count, lenient=sum(lenient) / count, top_two=top_two / count,
        macro_f1=sum(_plain_f1(name.name, best, first) for name in met) / len(met),
        auto=len(alone) / count, auto_lenient=sum(alone) / len(alone) if alone else 0.0, scores=scores,
        confusion=tuple((label, answer, number) for (label, answer), number in wrong.most_common()),
        calibration=_calibration(predictions, lenient),
    )  # fmt: skip


def _score(name: str, best: Sequence[str], strict: Sequence[bool], first: Sequence[str]) -> Score:
    """Count one answer: right when it is among the labels, missed when its document got a wrong answer."""
    right = sum(hit for hit, answer in zip(strict, best, strict=True) if answer == name)
    said = sum(answer == name for answer in best)
    missed = sum(not hit for hit, label in zip(strict, first, strict=True) if label == name)
    precision = right / said if said else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(name, precision, recall, f1, first.count(name))


def _plain_f1(name: str, best: Sequence[str], first: Sequence[str]) -> float:
    """Return F1 of one answer against the first label alone, the stricter count."""
    both = sum(answer == label == name for answer, label in zip(best, first, strict=True))
    either = sum(answer == name for answer in best) + first.count(name)
    return 2 * both / either if either else 0.0


def _calibration(predictions: Sequence[Prediction], lenient: Sequence[bool]) -> tuple[Band, ...]:
    bands: dict[int, list[tuple[float, bool]]] = {}
    for prediction, right in zip(predictions, lenient, strict=True):
        if prediction.confidence is not None:
            place = min(int(prediction.confidence * BANDS), BANDS - 1)
            bands.setdefault(place, []).append((prediction.confidence, right))
    return tuple(
        Band(
            place / BANDS, len(each), sum(confidence for confidence, _right in each) / len(each),
            sum(right for _confidence, right in each) / len(each),
        )
        for place, each in sorted(bands.items())
    )  # fmt: skip
