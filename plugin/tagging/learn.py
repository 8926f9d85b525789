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

ROUNDS = 25
STEP = 0.25
DECAY = 1e-3
"""Pull of each weight towards where it started, in each step."""
TRUST = 4.0
"""
Weight at which the rules' vote for an outcome speaks for it before anything is learnt: items that hardly occur among
labelled documents (integrity, inspection, feedback) stay with the rules. 5 would repeat the vote itself.
"""
LEAST = 2
"""A word must occur in as many documents to be learnt."""
SMALLEST = 0.04
SMALLEST_WORD = 0.15
"""Weights below it are left out of the file; a word's value is seldom above 0.2, so its small weights say nothing."""
SECOND = 0.1
DEFENSIBLE = 0.15
"""How much a second label and a defensible answer count beside the first label, which counts 1."""
_FAINT = 1e-4
"""Probability below which a wrong outcome is not pushed down further; saves most of the time."""


@dataclass(frozen=True, slots=True)
class Example:
    """
    A labelled document.

    Attributes:
        labels: outcomes that are right, best first; ``none`` alone for a paper that is no disclosure item.
        defensible: other outcomes that can be defended.
    """

    facts: Facts
    labels: tuple[str, ...]
    defensible: tuple[str, ...] = ()

    def shares(self, outcomes: Sequence[str]) -> dict[int, float]:
        """Return how much each outcome, by its place, is to be learnt; they add up to 1."""
        weights = {outcomes.index(self.labels[0]): 1.0}
        for also, weight in ((self.labels[1:], SECOND), (self.defensible, DEFENSIBLE)):
            for outcome in also:
                weights.setdefault(outcomes.index(outcome), weight)
        total = sum(weights.values())
        return {place: weight / total for place, weight in weights.items()}


class Phrases:
    """
    The rules with their phrases counted over a set of documents.

    Args:
        rules: all rules.
        examples: the documents that may be known.
    """

    def __init__(self, rules: Sequence[Rule], examples: Iterable[Example]) -> None:
        self._rules = Matcher(rules)
        self._of: list[tuple[int, str]] = []
        single = []
        for index, rule in enumerate(rules):
            for role in ("any", "start", "unless"):
                for phrase in getattr(rule, role):
                    name = str(len(self._of))
                    self._of.append((index, role))
                    alone = Rule(name, NONE, 0, "")
                    single.append(replace(alone, start=(phrase,)) if role == "start" else replace(alone, any=(phrase,)))
        self._single = Matcher(single)
        self._count = Counter(number for example in examples for number in self._said(example.facts))

    def _said(self, facts: Facts) -> list[int]:
        """Return the numbers of the phrases that a document contains."""
        return [int(rule.id) for rule in self._single.fired(facts)]

    def fired(self, facts: Facts, *, known: bool) -> list[Rule]:
        """
        Return the rules that fire by phrases that occur in another of the documents.

        Args:
            facts: the document; its legal bases are not looked at.
            known: True when it is one of the documents, which then does not count for itself.
        """
        least = 2 if known else 1
        kept = {self._of[number] for number in self._said(facts) if self._count[number] >= least}
        return [
            rule
            for index, rule in enumerate(self._rules.rules)
            if (not rule.any or (index, "any") in kept)
            and (not rule.start or (index, "start") in kept)
            and (index, "unless") not in kept
            and not rule.basis
            and self._rules.fits(index, facts)
        ]


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
    fired = [phrases.fired(example.facts, known=True) for example in examples]
    rows = [
        features_of(example.facts, rules_fired, votes_of(rules_fired))
        for example, rules_fired in zip(examples, fired, strict=True)
    ]
    seen = Counter(rule.id for each in fired for rule in each)
    return fit(rows, [example.shares(outcomes) for example in examples], outcomes) | {
        "rules": dict(sorted(seen.items()))
    }


def fit(rows: Sequence[dict[str, float]], right: Sequence[dict[int, float]], outcomes: Sequence[str]) -> dict[str, Any]:
    """
    Fit the weights.

    Args:
        rows: features of each document.
        right: for each document, how much each outcome is right, by its place.
        outcomes: every possible answer.
    """
    prior = {f"v:{outcome}": number for number, outcome in enumerate(outcomes)}
    seen = Counter(name for row in rows for name in row)
    names = sorted({*(name for name, count in seen.items() if count >= LEAST), *prior})
    place = {name: number for number, name in enumerate(names)}
    width = len(outcomes)
    data = [[(place[name], value) for name, value in sorted(row.items()) if name in place] for row in rows]
    start = [[TRUST if prior.get(name) == at else 0.0 for at in range(width)] for name in names]
    weights = [row[:] for row in start]
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
                (outcome, share / total - right[number].get(outcome, 0.0))
                for outcome, share in enumerate(shares)
                if share / total > _FAINT or outcome in right[number]
            ]
            for outcome, error in errors:
                bias_squares[outcome] += error * error
                bias[outcome] -= step * error / math.sqrt(bias_squares[outcome])
                for at, value in row:
                    slope = error * value + DECAY * (weights[at][outcome] - start[at][outcome])
                    squares[at][outcome] += slope * slope
                    weights[at][outcome] -= step * slope / math.sqrt(squares[at][outcome])
    return {
        "documents": len(rows),
        "outcomes": list(outcomes),
        "bias": [round(number, 3) for number in bias],
        "weights": {
            name: [[at, round(number, 3)] for at, number in enumerate(weights[at_name]) if abs(number) >= _least(name)]
            for name, at_name in place.items()
        },
    }  # fmt: skip


def _least(name: str) -> float:
    return SMALLEST_WORD if name[:2] in ("w:", "p:") else SMALLEST
