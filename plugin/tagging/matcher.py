"""
Hold all rules against a document in one pass over its words.

Each phrase is cut at ``*`` into parts; the parts stand in a tree of words, so the time depends on the length of the
subject and hardly on the number of rules.
"""

from collections.abc import Iterable
from typing import Any

from .facts import Facts, Issuer
from .fold import tokens
from .rules import Rule

_END = ""
"""Key in the tree under which the numbers of the parts that end there stand; no word is empty."""
_ANY, _START, _UNLESS, _BASIS = range(4)


class Matcher:
    """
    Rules made ready for matching.

    Args:
        rules: in the order in which `fired` names them.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._tree: dict[str, Any] = {}
        self._parts: dict[tuple[str, ...], int] = {}
        self._whole: dict[int, list[tuple[int, int]]] = {}  # part -> (role, rule) of phrases that are this part alone
        self._chains: dict[int, list[tuple[tuple[int, ...], int, int]]] = {}  # first part -> (parts, role, rule)
        self._types = [frozenset(" ".join(tokens(name)) for name in rule.types) for rule in self.rules]
        self._free: dict[Issuer, list[int]] = {
            issuer: [
                index
                for index, rule in enumerate(self.rules)
                if not rule.any and not rule.start and not rule.basis and (not rule.issuers or issuer in rule.issuers)
            ]
            for issuer in Issuer
        }
        for index, rule in enumerate(self.rules):
            roles = ((_ANY, rule.any), (_START, rule.start), (_UNLESS, rule.unless), (_BASIS, rule.basis))
            for role, phrases in roles:
                for phrase in phrases:
                    self._add(phrase, role, index)

    def _add(self, phrase: str, role: int, rule: int) -> None:
        parts = tuple(self._part(tuple(tokens(part))) for part in phrase.split("*") if tokens(part))
        if not parts:
            raise ValueError(phrase)
        if len(parts) == 1:
            self._whole.setdefault(parts[0], []).append((role, rule))
        else:
            self._chains.setdefault(parts[0], []).append((parts, role, rule))

    def _part(self, sought: tuple[str, ...]) -> int:
        if sought not in self._parts:
            self._parts[sought] = len(self._parts)
            node = self._tree
            for word in sought:
                node = node.setdefault(word, {})
            node[_END] = self._parts[sought]
        return self._parts[sought]

    def fired(self, facts: Facts) -> list[Rule]:
        """Return the rules of which every condition holds for the document, in their order."""
        hits: dict[int, set[int]] = {_ANY: set(), _START: set(), _UNLESS: set(), _BASIS: set()}
        self._mark(facts.text.split(), hits, facts.opening, (_ANY, _START, _UNLESS))
        if facts.bases:
            self._mark(facts.bases.split(), hits, 0, (_BASIS,))
        wanted = {*self._free[facts.issuer], *hits[_ANY], *hits[_START], *hits[_BASIS]} - hits[_UNLESS]
        return [self.rules[index] for index in sorted(wanted) if self._holds(index, facts, hits)]

    def _mark(self, said: list[str], hits: dict[int, set[int]], opening: int, roles: tuple[int, ...]) -> None:
        """Note for each role the rules of which a phrase occurs among the words."""
        places = self._places(said)
        for part, spots in places.items():
            opens = any(start == opening for start, _end in spots)
            for role, rule in self._whole.get(part, ()):
                if role in roles and (opens or role != _START):
                    hits[role].add(rule)
            for parts, role, rule in self._chains.get(part, ()):
                if role in roles and (opens or role != _START) and _in_order(parts, places):
                    hits[role].add(rule)

    def _places(self, said: list[str]) -> dict[int, list[tuple[int, int]]]:
        """Return for each part that occurs the (start, end) of its occurrences, in order."""
        places: dict[int, list[tuple[int, int]]] = {}
        tree = self._tree
        for start, word in enumerate(said):
            node = tree.get(word)
            end = start
            while node is not None:
                end += 1
                if _END in node:
                    places.setdefault(node[_END], []).append((start, end))
                node = node.get(said[end]) if end < len(said) else None
        return places

    def _holds(self, index: int, facts: Facts, hits: dict[int, set[int]]) -> bool:
        rule = self.rules[index]
        return (
            (not rule.any or index in hits[_ANY])
            and (not rule.start or index in hits[_START])
            and (not rule.basis or index in hits[_BASIS])
            and self.fits(index, facts)
        )

    def fits(self, index: int, facts: Facts) -> bool:
        """Tell whether the conditions of a rule that look at no phrase hold: type, issuer, agency, period."""
        rule, types = self.rules[index], self._types[index]
        return (
            (not types or facts.type in types)
            and (not rule.issuers or facts.issuer in rule.issuers)
            and (not rule.agencies or facts.agency in rule.agencies)
            and (rule.normative is None or facts.normative is rule.normative)
            and (rule.dated is None or facts.dated is rule.dated)
        )


def _in_order(parts: tuple[int, ...], places: dict[int, list[tuple[int, int]]]) -> bool:
    """Tell whether the parts of a phrase with ``*`` follow each other without overlap."""
    after = 0
    for part in parts:
        end = next((end for start, end in places.get(part, ()) if start >= after), None)
        if end is None:
            return False
        after = end
    return True
