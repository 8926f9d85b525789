"""
Learn the linear model from labelled documents: multinomial logistic regression by AdaGrad, deterministic, no libraries.

Rules are written by people who have seen the labelled documents, so on those documents they look better than they are.
Against that, a training document sees only the phrases of a rule that occur in another training document as well
(`Phrases`): the model then trusts rules as far as they carry over to papers that nobody has seen.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .facts import Facts
from .features import features_of
from .matcher import Matcher
from .rules import NONE, Rule
from .score import votes_of

ROUNDS = 60
STEP = 0.5
DECAY = 2e-4
"""Pull of each weight towards 0 in each step."""
LEAST = 2
"""A word must occur in as many documents to be learnt."""
SMALLEST = 0.02
"""Weights below it are left out of the file."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document: its facts and the outcome that is right first."""

    facts: Facts
    outcome: str


class Phrases:
    """
    The rules with their phrases counted over a set of documents.

    Args:
        rules: all rules.
        examples: the documents that may be known.
    """

    def __init__(self, rules: Sequence[Rule], examples: Iterable[Example]) -> None:
        self.rules = tuple(rules)
        self._single = Matcher(
            [
                Rule(f"{index}\t{role}\t{phrase}", NONE, 0, "", **({"start": (phrase,)} if role == "start" else {"any": (phrase,)}))
                for index, rule in enumerate(self.rules)
                for role in ("any", "start", "unless")
                for phrase in getattr(rule, role)
            ]
        )
        self._count = Counter(name for example in examples for name in self._names(example.facts))

    def _names(self, facts: Facts) -> list[str]:
        return [rule.id for rule in self._single.fired(facts)]

    def fired(self, facts: Facts, *, known: bool) -> list[Rule]:
        """
        Return the rules that fire by phrases that occur in another of the documents.

        Args:
            facts: the document.
            known: True when it is one of the documents, which then does not count for itself.
        """
        least = 2 if known else 1
        kept: dict[int, dict[str, list[str]]] = {}
        for name in self._names(facts):
            if self._count[name] >= least:
                index, role, phrase = name.split("\t")
                kept.setdefault(int(index), {}).setdefault(role, []).append(phrase)
        fitting = []
        for index, rule in enumerate(self.rules):
            mine = kept.get(index, {})
            if "unless" in mine or (rule.any and "any" not in mine) or (rule.start and "start" not in mine):
                continue
            fitting.append(replace(rule, any=(), start=(), unless=()))
        free = Matcher(fitting).fired(facts)
        by_id = {rule.id: rule for rule in self.rules}
        return [by_id[rule.id] for rule in free]


def learn(examples: Sequence[Example], rules: Sequence[Rule], outcomes: Sequence[str]) -> dict[str, Any]:
    """
    Learn a model.

    Args:
        examples: labelled documents.
        rules: the rules that will vote beside it.
        outcomes: every possible answer, ``none`` first.

    Returns:
        The body of a model file (`model.pack`).
    """
    phrases = Phrases(rules, examples)
    rows: list[dict[str, float]] = []
    for example in examples:
        fired = phrases.fired(example.facts, known=True)
        rows.append(features_of(example.facts, fired, votes_of(fired)))
    return fit(rows, [outcomes.index(example.outcome) for example in examples], outcomes)


def fit(rows: Sequence[dict[str, float]], right: Sequence[int], outcomes: Sequence[str]) -> dict[str, Any]:
    """
    Fit the weights.

    Args:
        rows: features of each document.
        right: place of the right outcome of each document.
        outcomes: every possible answer.
    """
    seen = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in seen.items() if count >= LEAST)
    place = {name: number for number, name in enumerate(names)}
    width = len(outcomes)
    data = [[(place[name], value) for name, value in sorted(row.items()) if name in place] for row in rows]
    weights = [[0.0] * width for _name in names]
    squares = [[1e-8] * width for _name in names]
    bias, bias_squares = [0.0] * width, [1e-8] * width
    order = sorted(range(len(data)), key=lambda number: (number * 2654435761) % 2**32)
    for turn in range(ROUNDS):
        step = STEP / (1 + 0.05 * turn)
        for number in order:
            row = data[number]
            scores = bias[:]
            for at, value in row:
                scores = [score + value * weight for score, weight in zip(scores, weights[at], strict=True)]
            top = max(scores)
            shares = [math.exp(score - top) for score in scores]
            total = sum(shares)
            errors = [
                (outcome, share / total - (outcome == right[number]))
                for outcome, share in enumerate(shares)
                if share / total > 1e-4 or outcome == right[number]
            ]
            for outcome, error in errors:
                bias_squares[outcome] += error * error
                bias[outcome] -= step * error / math.sqrt(bias_squares[outcome])
                for at, value in row:
                    slope = error * value + DECAY * weights[at][outcome]
                    squares[at][outcome] += slope * slope
                    weights[at][outcome] -= step * slope / math.sqrt(squares[at][outcome])
    return {
        "documents": len(rows),
        "outcomes": list(outcomes),
        "bias": [round(number, 3) for number in bias],
        "weights": {
            name: [[outcome, round(number, 3)] for outcome, number in enumerate(weights[place[name]]) if abs(number) >= SMALLEST]
            for name in names
        },
    }  # fmt: skip
