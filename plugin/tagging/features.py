"""
What the learned model looks at: words and pairs of words of the subject, who issued what to whom, which rules fired.

Learning and answering use this one function, so that they can never drift apart.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from .facts import Facts
from .rules import Rule

LONGEST = 300
"""Words of a subject that are looked at; more add time and say nothing new."""
FACT = 0.5
RULE = 0.4
VOTE = 0.2
"""How much a fact, a fired rule and the rules' common vote weigh beside the words, whose squares add up to about 1."""
_NO_VOTE = 1e-3


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
    issuer, kind = facts.issuer.value, facts.type
    for name in (
        f"f:{kind}", f"f:{issuer}", f"f:{facts.agency}", f"f:{issuer} {kind}", f"f:{issuer} {facts.agency}",
        f"f:normative {facts.normative}", f"f:dated {facts.dated}",
    ):  # fmt: skip
        found[name] = FACT
    for rule in rules:
        found[f"r:{rule.id}"] = RULE
    for outcome, probability in votes.items():
        if probability > _NO_VOTE:
            found[f"v:{outcome}"] = VOTE * math.log(probability / _NO_VOTE)
    return found
