"""Weigh the rules that fire for a document into a probability for each outcome."""

import math
from dataclasses import dataclass

from .facts import Facts
from .rules import NONE, Rule, all_rules

FURTHER = 0.35
"""Share of its weight that each further rule adds to the strongest one for an outcome."""
TEMPERATURE = 2.4
"""Softness of the probabilities; fitted so that they agree with how often the best outcome is right."""
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
    """Return the outcomes that any rule votes for, and ``none``, most probable first."""
    fired: dict[str, list[Rule]] = {NONE: []}
    for rule in all_rules():
        if rule.fires(facts):
            fired.setdefault(rule.outcome, []).append(rule)
    for rules in fired.values():
        rules.sort(key=lambda rule: -rule.weight)
    scores = {name: _score(rules) for name, rules in fired.items()}
    scores[NONE] = max(scores[NONE], BASE)
    top = max(scores.values())
    shares = {name: math.exp((score - top) / TEMPERATURE) for name, score in scores.items()}
    total = sum(shares.values())
    outcomes = [Outcome(name, share / total, tuple(fired[name])) for name, share in shares.items()]
    return tuple(sorted(outcomes, key=lambda outcome: (-outcome.probability, outcome.name)))


def _score(rules: list[Rule]) -> float:
    weights = [rule.weight for rule in rules]
    return weights[0] + FURTHER * sum(weights[1:]) if weights else 0.0
