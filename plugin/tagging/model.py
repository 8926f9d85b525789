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
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..text import _

FORMAT = 1
SHIPPED = Path(__file__).with_name("model.json")
LARGEST = 5_000_000
"""Bytes; a larger file is not ours."""


@dataclass(frozen=True, slots=True)
class Model:
    """
    A linear model.

    Attributes:
        outcomes: what it can answer: ``none`` and category keys.
        bias: one number for each outcome.
        weights: by feature, pairs of an outcome's place and a number.
        rules: in how many labelled documents each rule fired, by its id.
        documents: how many labelled documents it was learnt from.
        digest: SHA-256 of the body's line, 64 hexadecimal digits.
    """

    outcomes: tuple[str, ...]
    bias: tuple[float, ...]
    weights: dict[str, tuple[tuple[int, float], ...]]
    rules: dict[str, int]
    documents: int
    digest: str

    def probabilities(self, features: dict[str, float]) -> dict[str, float]:
        """Return the probability of each outcome, 0.0 to 1.0; they add up to 1."""
        scores = list(self.bias)
        weights = self.weights
        for name, value in features.items():
            for place, weight in weights.get(name, ()):
                scores[place] += weight * value
        top = max(scores)
        shares = [math.exp(score - top) for score in scores]
        total = sum(shares)
        return {outcome: share / total for outcome, share in zip(self.outcomes, shares, strict=True)}

    def speakers(self, features: dict[str, float], outcome: str, most: int = 3) -> tuple[str, ...]:
        """Return the words and pairs of words that speak most for an outcome, strongest first."""
        place = self.outcomes.index(outcome)
        found = [
            (weight * value, name[2:])
            for name, value in features.items()
            if name[:2] in ("w:", "p:")
            for at, weight in self.weights.get(name, ())
            if at == place and weight > 0
        ]
        return tuple(name for _strength, name in sorted(found, reverse=True)[:most])


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
    if len(bias) != len(outcomes):
        raise ValueError("bias")
    weights: dict[str, tuple[tuple[int, float], ...]] = {}
    for name, pairs in body["weights"].items():
        weights[name] = tuple((place, number) for place, number in pairs)
        if any(type(place) is not int or not 0 <= place < len(outcomes) for place, _number in weights[name]):
            raise ValueError("place")
    rules = {str(name): int(count) for name, count in body["rules"].items()}
    return Model(outcomes, bias, weights, rules, int(body["documents"]), digest)
