"""
What the learned model looks at: words and pairs of words of the subject, who issued what to whom, which rules fired.

Learning uses `features_of`. Answering adds up the same features from the model's packed weights (`Totals`), because
naming each of them costs more than everything else; tests hold the two to each other.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from .facts import Facts, Issuer
from .model import Model, fixed
from .rules import Rule

LONGEST = 300
"""Words of a subject that are looked at; more add time and say nothing new."""
FACT = 0.5
RULE = 0.4
VOTE = 0.2
"""How much a fact, a fired rule and the rules' common vote weigh beside the words, whose squares add up to about 1."""
_NO_VOTE = 1e-3
_SIGNATURES = 4096
"""How many kinds of document (type, issuer, agency, period) are remembered; an office meets a few hundred."""


def features_of(facts: Facts, rules: Sequence[Rule], votes: dict[str, float]) -> dict[str, float]:
    """
    Return the features of a document.

    Args:
        facts: the document.
        rules: the rules that fired.
        votes: probability of each outcome by the rules alone, 0.0 to 1.0.

    Returns:
        Value by name: ``w:`` a word, ``p:`` a pair of words, ``f:`` a fact, ``r:`` a rule, ``v:`` a vote.
    """
    said = facts.text.split()[:LONGEST]
    found: dict[str, float] = {}
    if said:
        names = {f"w:{word}" for word in said} | {f"p:{one} {two}" for one, two in pairwise(said)}
        share = 1 / math.sqrt(len(names))
        found = dict.fromkeys(names, share)
    for name in _facts(facts.type, facts.issuer, facts.agency, facts.normative, facts.dated):
        found[name] = FACT
    for rule in rules:
        found[f"r:{rule.id}"] = RULE
    for outcome, probability in votes.items():
        if probability > _NO_VOTE:
            found[f"v:{outcome}"] = VOTE * math.log(probability / _NO_VOTE)
    return found


def _facts(kind: str, issuer: Issuer, agency: str, normative: bool, dated: bool) -> tuple[str, ...]:
    who = issuer.value
    return (
        f"f:{kind}", f"f:{who}", f"f:{agency}", f"f:{who} {kind}", f"f:{who} {agency}", f"f:normative {normative}",
        f"f:dated {dated}",
    )  # fmt: skip


def rules_total(model: Model, rules: Sequence[Rule], votes: dict[str, float]) -> int:
    """Return what fired rules and the rules' common vote add to a document's total (`Model.probabilities`)."""
    packed = model.packed
    total = fixed(RULE) * sum(packed.get(f"r:{rule.id}", 0) for rule in rules)
    for outcome, probability in votes.items():
        if probability > _NO_VOTE:
            total += packed.get(f"v:{outcome}", 0) * fixed(VOTE * math.log(probability / _NO_VOTE))
    return total


class Totals:
    """
    Adds up the packed weights of a document's words and facts.

    Args:
        model: whose weights.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._facts = lru_cache(_SIGNATURES)(self._facts_anew)

    def of(self, facts: Facts, said: list[str]) -> int:
        """
        Return a document's total without what the rules add (`rules_total`).

        Args:
            said: the words of `facts.text`.
        """
        fact = self._facts(facts.type, facts.issuer, facts.agency, facts.normative, facts.dated)
        said = said[:LONGEST]
        if not said:
            return fact
        words: Collection[str] = set(said)
        pairs: Iterable[tuple[str, str]] = pairwise(said)
        count = len(words) + len(said) - 1
        if len(words) < len(said):  # only then can a pair come twice
            pairs = set(pairs)
            count = len(words) + len(pairs)
        model = self._model
        total = sum(filter(None, map(model.words.get, words))) + sum(filter(None, map(model.pairs.get, pairs)))
        return fact + total * fixed(1 / math.sqrt(count))

    def _facts_anew(self, kind: str, issuer: Issuer, agency: str, normative: bool, dated: bool) -> int:
        packed = self._model.packed
        names = dict.fromkeys(_facts(kind, issuer, agency, normative, dated))
        return self._model.bias + fixed(FACT) * sum(packed.get(name, 0) for name in names)
