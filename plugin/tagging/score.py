"""Weigh the rules that fire for a document, and what was learnt, into a probability for each outcome."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from .facts import Facts
from .features import features_of
from .matcher import Matcher
from .model import Model, shipped
from .rules import NONE, Rule, all_rules

FURTHER = 0.35
"""Share of its weight that each further rule adds to the strongest one for an outcome."""
TEMPERATURE = 2.4
"""Softness of the votes by the rules alone."""
KNOWN = 3
"""
In how many labelled documents a rule must have been seen for the model to judge it. Where the strongest rule was seen
less often (items that hardly occur among labelled documents), the rules decide.
"""
HEARD = 0.9
"""Share of the rules' votes then."""
SHOWN = 3
"""How many outcomes are named however improbable."""
LEAST_SHOWN = 0.01
"""Least probability of a further outcome."""
LEAST_WORDED = 0.05
"""Least probability of an outcome for which the words that speak for it are worked out where no rule voted."""
BASE = 1.0
"""Score of ``none`` when no rule speaks."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One possible answer.

    Attributes:
        name: category key, or ``none``.
        probability: 0.0 to 1.0; all outcomes of a document, named or not, add up to 1.
        rules: rules that voted for it, strongest first.
        words: words of the subject that speak most for it by what was learnt; only worked out where no rule voted.
    """

    name: str
    probability: float
    rules: tuple[Rule, ...]
    words: tuple[str, ...] = ()


def weigh(facts: Facts) -> tuple[Outcome, ...]:
    """
    Return the possible answers, most probable first: the rules vote, and the learned model weighs their votes.

    Raises:
        ConfigurationError: the shipped model file is damaged.
    """
    fired = matcher().fired(facts)
    return outcomes_of(shipped(), facts, fired)


def outcomes_of(model: Model, facts: Facts, fired: Sequence[Rule]) -> tuple[Outcome, ...]:
    """Return the answers that are worth naming, most probable first, each with the rules that voted for it."""
    votes = votes_of(fired)
    features = features_of(facts, fired, votes)
    by_outcome: dict[str, list[Rule]] = {}
    for rule in fired:
        by_outcome.setdefault(rule.outcome, []).append(rule)
    shares = model.probabilities(features)
    leader = max(votes, key=votes.__getitem__)
    strongest = min(by_outcome.get(leader, ()), key=_weight, default=None)
    if strongest is not None and model.rules.get(strongest.id, 0) < KNOWN:
        shares = {name: HEARD * votes.get(name, 0.0) + (1 - HEARD) * share for name, share in shares.items()}
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    outcomes = []
    for place, (name, probability) in enumerate(ranked):
        if place >= SHOWN and probability < LEAST_SHOWN:
            break
        rules = tuple(sorted(by_outcome[name], key=_weight)) if name in by_outcome else ()
        said = model.speakers(features, name) if probability >= LEAST_WORDED and not rules else ()
        outcomes.append(Outcome(name, probability, rules, said))
    return tuple(outcomes)


def _weight(rule: Rule) -> float:
    return -rule.weight


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
