"""
The learned model: a linear one, kept as plain JSON with a format version and a digest, read without running anything.

A file has two lines of JSON: ``{"format": 1, "sha256": …}`` and the body, ``{"documents", "outcomes", "bias", "rules",
"weights"}``. `rules` counts in how many documents each rule fired; `weights` gives for each feature (`features`) the
pairs of an outcome's place and its weight; `sha256` is that of the second line without its end. A file of another
format or with another digest is refused.
"""

import hashlib
import json
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..text import _

FORMAT = 1
SHIPPED = Path(__file__).with_name("model.json")
LARGEST = 5_000_000
"""Bytes; a larger file is not ours."""


UNIT = 0.001
"""Weights and bias in a file are multiples of it."""
HEAVIEST = 1000.0
"""No weight is larger; so that no sum of weights outgrows its place in a packed number."""
_WIDTH = 64
_SHIFT = 24
"""Bits behind the point of a feature's value."""


@dataclass(frozen=True, slots=True)
class Model:
    """
    A linear model.

    Each feature has one whole number that holds its weights for all outcomes side by side, in places of 64 bits and in
    units of `UNIT`: adding such numbers adds the weights for all outcomes at once.

    Attributes:
        outcomes: what it can answer: ``none`` and category keys.
        bias: what speaks for each outcome before anything is known, side by side, times `fixed` of 1.
        packed: by feature (all but words and pairs of words), its weights side by side.
        words: by word; `pairs`: by pair of words.
        speaking: by outcome, the words and the pairs of words that speak for it, with their weights.
        rules: in how many labelled documents each rule fired, by its id.
        documents: how many labelled documents it was learnt from.
        digest: SHA-256 of the body's line, 64 hexadecimal digits.
    """

    outcomes: tuple[str, ...]
    bias: int
    packed: dict[str, int]
    words: dict[str, int]
    pairs: dict[tuple[str, str], int]
    speaking: dict[str, tuple[dict[str, float], dict[tuple[str, str], float]]]
    rules: dict[str, int]
    documents: int
    digest: str

    def probabilities(self, total: int) -> list[float]:
        """
        Return the probability of each outcome, 0.0 to 1.0; they add up to 1.

        Args:
            total: sum of `bias` and the features' packed weights, each times `fixed` of its value.
        """
        count = len(self.outcomes)
        octets = (total + _HALVES[count]).to_bytes(count * _WIDTH // 8, "little")
        scores = _PLACES[count].unpack(octets)  # each too large by the same half, which changes nothing
        top = max(scores)
        shares = [_exp((score - top) * _SCALE) for score in scores]
        whole = sum(shares)
        return [share / whole for share in shares]

    def speakers(self, said: Sequence[str], outcome: str, most: int = 3) -> tuple[str, ...]:
        """Return the words and pairs of words that speak most for an outcome, strongest first."""
        words, pairs = self.speaking[outcome]
        found = [(words[word], word) for word in words.keys() & said]
        found += [(pairs[pair], " ".join(pair)) for pair in pairs.keys() & pairwise(said)]
        found.sort(reverse=True)
        return tuple(name for _strength, name in found[:most])


_exp = math.exp
_ONE = 1 << _SHIFT
_SCALE = UNIT / _ONE
_MOST_OUTCOMES = 64
_HALVES = [sum(1 << (_WIDTH * place + _WIDTH - 1) for place in range(count)) for count in range(_MOST_OUTCOMES + 1)]
_PLACES = [struct.Struct(f"<{count}Q") for count in range(_MOST_OUTCOMES + 1)]


def fixed(value: float) -> int:
    """Return a feature's value as the whole number that its packed weights are multiplied by."""
    return round(value * _ONE)


def side_by_side(weights: Iterable[tuple[int, float]]) -> int:
    """
    Pack the weights of a feature into one whole number.

    Args:
        weights: pairs of an outcome's place and a number.

    Raises:
        ValueError: a weight is larger than `HEAVIEST`.
    """
    packed = 0
    for place, weight in weights:
        if not -HEAVIEST <= weight <= HEAVIEST:
            raise ValueError("weight")
        packed += round(weight / UNIT) << (_WIDTH * place)
    return packed


def pack(body: dict[str, Any]) -> str:
    """Return the text of a model file for a body; the same body always gives the same text."""
    line = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    head = {"format": FORMAT, "sha256": hashlib.sha256(line.encode()).hexdigest()}
    return f"{json.dumps(head)}\n{line}\n"


@cache
def shipped() -> Model:
    """Return the model that comes with the program; read once. Raises ConfigurationError."""
    return load_model(SHIPPED)


def load_model(file: Path) -> Model:
    """
    Read a model file.

    Raises:
        ConfigurationError: it cannot be read, is of another format, or its digest does not fit (``congkhai-E134``).
    """
    try:
        return _checked(file.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigurationError(
            _("Tệp mô hình gắn nhãn không dùng được: sai phiên bản, sai mã băm hoặc không đọc được."), where=str(file),
            advice=_("Cài lại gói congkhai, hoặc tạo lại mô hình bằng python -m benchmarks.tagging --write."),
            code="congkhai-E134",
        ) from error  # fmt: skip


def _checked(raw: bytes) -> Model:
    """Compare format and digest before anything of the body is used. Raises ValueError, KeyError, TypeError."""
    if len(raw) > LARGEST:
        raise ValueError("too large")
    head, _end, rest = raw.partition(b"\n")
    line = rest.rstrip(b"\n")
    said = json.loads(head)
    digest = hashlib.sha256(line).hexdigest()
    if said["format"] != FORMAT or said["sha256"] != digest:
        raise ValueError("another format or digest")
    return parse(json.loads(line), digest)


def parse(body: dict[str, Any], digest: str = "") -> Model:
    """Return the model of a body. Raises ValueError, KeyError, TypeError for one that makes no sense."""
    outcomes = tuple(str(outcome) for outcome in body["outcomes"])
    bias = tuple(float(number) for number in body["bias"])
    if len(bias) != len(outcomes) or not 0 < len(outcomes) <= _MOST_OUTCOMES:
        raise ValueError("bias")
    packed: dict[str, int] = {}
    words: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    speaking: list[tuple[dict[str, float], dict[tuple[str, str], float]]] = [({}, {}) for _outcome in outcomes]
    for name, each in body["weights"].items():
        if any(type(place) is not int or not 0 <= place < len(outcomes) for place, _weight in each):
            raise ValueError("place")
        number, kind = side_by_side(each), name[:2]
        if kind == "w:":
            word = name[2:]
            words[word] = number
            for place, weight in each:
                if weight > 0:
                    speaking[place][0][word] = weight
        elif kind == "p:":
            one, two = name[2:].split(" ")
            pairs[one, two] = number
            for place, weight in each:
                if weight > 0:
                    speaking[place][1][one, two] = weight
        else:
            packed[name] = number
    rules = {str(name): int(count) for name, count in body["rules"].items()}
    start = side_by_side(enumerate(bias)) << _SHIFT
    by_outcome = dict(zip(outcomes, speaking, strict=True))
    return Model(outcomes, start, packed, words, pairs, by_outcome, rules, int(body["documents"]), digest)
