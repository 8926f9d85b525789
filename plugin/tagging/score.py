"""Weigh the rules that fire for a document, and what was learnt, into a probability for each outcome."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .facts import Facts
from .features import features_of
from .matcher import Matcher
from .model import shipped
from .rules import NONE, Rule, all_rules

FURTHER = 0.35
"""Share of its weight that each further rule adds to the strongest one for an outcome."""
TEMPERATURE = 2.4
"""Softness of the votes by the rules alone."""
BASE = 1.0
"""Score of ``none`` when no rule speaks."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One possible answer.

    Attributes:
        name: category key, or ``none``.
        probability: 0.0 to 1.0; all outcomes of a document add up to 1.
        rules: rules that voted for it, strongest first.
    """

    name: str
    probability: float
    rules: tuple[Rule, ...]


def weigh(facts: Facts) -> tuple[Outcome, ...]:
    """
    Return the possible answers, most probable first: the rules vote, and the learned model weighs their votes.

    Raises:
        ConfigurationError: the shipped model file is damaged.
    """
    fired = matcher().fired(facts)
    features = features_of(facts, fired, votes_of(fired))
    model = shipped()
    by_outcome: dict[str, list[Rule]] = {}
    for rule in fired:
        by_outcome.setdefault(rule.outcome, []).append(rule)
    ranked = sorted(model.probabilities(features).items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Outcome(name, probability, tuple(sorted(by_outcome.get(name, ()), key=lambda rule: -rule.weight)))
        for name, probability in ranked
    )


@cache
def matcher() -> Matcher:
    """Return the shipped rules, ready for matching; made once."""
    return Matcher(all_rules())


def votes_of(fired: Iterable[Rule]) -> dict[str, float]:
    """Return the probability of each outcome that a rule votes for, and of ``none``, by the rules alone."""
    weights: dict[str, list[float]] = {NONE: []}
    for rule in fired:
        weights.setdefault(rule.outcome, []).append(rule.weight)
    scores = {name: _score(sorted(each, reverse=True)) for name, each in weights.items()}
    scores[NONE] = max(scores[NONE], BASE)
    top = max(scores.values())
    shares = {name: math.exp((score - top) / TEMPERATURE) for name, score in scores.items()}
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _score(weights: list[float]) -> float:
    return weights[0] + FURTHER * sum(weights[1:]) if weights else 0.0
