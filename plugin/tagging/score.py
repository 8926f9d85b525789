"""Weigh the rules that fire for a document, and what was learnt, into a probability for each outcome."""

import math
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from operator import neg
from typing import NamedTuple

from .facts import Facts
from .features import LONGEST, Totals, rules_total
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


class Outcome(NamedTuple):
    """
    One possible answer.

    Attributes:
        name: category key, or ``none``.
        probability: 0.0 to 1.0; all outcomes of a document, named or not, add up to 1.
        rules: rules that voted for it, strongest first.
        words: words of the subject that speak most for it by what was learnt; only worked out where no rule voted
            and the answer will be given: the best one, and items beside an item.
    """

    name: str
    probability: float
    rules: tuple[Rule, ...]
    words: tuple[str, ...] = ()


class Heard(NamedTuple):
    """
    What the rules that fired say together.

    Attributes:
        total: what they add to a document's total.
        by_outcome: rules by what they vote for, strongest first.
        votes: probability of each outcome by the rules alone, where the model may not judge them; else empty.
    """

    total: int
    by_outcome: dict[str, tuple[Rule, ...]]
    votes: dict[str, float]


def hear(model: Model, fired: Sequence[Rule]) -> Heard:
    """Weigh the rules that fired against each other."""
    votes = votes_of(fired)
    by_outcome: dict[str, list[Rule]] = {}
    for rule in fired:
        by_outcome.setdefault(rule.outcome, []).append(rule)
    leader = max(votes, key=votes.__getitem__)
    strongest = min(by_outcome.get(leader, ()), key=_weight, default=None)
    unjudged = strongest is not None and model.rules.get(strongest.id, 0) < KNOWN
    ordered = {name: tuple(sorted(rules, key=_weight)) for name, rules in by_outcome.items()}
    return Heard(rules_total(model, fired, votes), ordered, votes if unjudged else {})


def weigh(facts: Facts) -> tuple[Outcome, ...]:
    """
    Return the possible answers, most probable first: the rules vote, and the learned model weighs their votes.

    Raises:
        ConfigurationError: the shipped model file is damaged.
    """
    said = facts.text.split()
    return _ranked(shipped(), _shipped_totals().of(facts, said), _heard(matcher().bits(facts, said)), said)


@lru_cache(4096)
def _heard(bits: int) -> Heard:
    """Return what a set of shipped rules says; the same few hundred sets come again and again."""
    return hear(shipped(), tuple(matcher().named(bits)))


@cache
def _shipped_totals() -> Totals:
    return Totals(shipped())


def outcomes_of(model: Model, facts: Facts, fired: Sequence[Rule]) -> tuple[Outcome, ...]:
    """Return the answers that are worth naming, most probable first, each with the rules that voted for it."""
    said = facts.text.split()
    return _ranked(model, Totals(model).of(facts, said), hear(model, fired), said)


def _ranked(model: Model, total: int, heard: Heard, said: list[str]) -> tuple[Outcome, ...]:
    shares = model.probabilities(total + heard.total)
    if heard.votes:
        votes = heard.votes
        shares = [
            HEARD * votes.get(name, 0.0) + (1 - HEARD) * share
            for name, share in zip(model.outcomes, shares, strict=True)
        ]
    outcomes = []
    by_outcome = heard.by_outcome
    ranked = sorted(zip(map(neg, shares), model.outcomes, strict=True))
    nothing = ranked[0][1] == NONE
    for place, (negative, name) in enumerate(ranked):
        probability = -negative
        if place >= SHOWN and probability < LEAST_SHOWN:
            break
        rules = by_outcome.get(name, ())
        asked = not rules and probability >= LEAST_WORDED and (name == NONE) is nothing
        words = model.speakers(said[:LONGEST], name) if asked else ()
        outcomes.append(Outcome(name, probability, rules, words))
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
