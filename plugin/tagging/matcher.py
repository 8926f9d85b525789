"""
Hold all rules against a document in one pass over its words.

Each phrase is cut at ``*`` into parts; the parts stand in trees of words under their first two words, so the time
depends on the length of the subject and hardly on the number of rules. Sets of rules are the bits of an integer.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from .facts import Facts, Issuer
from .fold import tokens
from .rules import Rule

_END = ""
"""Key in a tree under which the number of the part that ends there stands; no word is empty."""
_ANY, _START, _UNLESS, _BASIS = range(4)
_ROLES = 4
_SIGNATURES = 4096
"""How many kinds of document (type, issuer, agency, period) are remembered; an office meets a few hundred."""


class _Part(NamedTuple):
    """
    What a part of a phrase says where it is the whole phrase: the rules for each role, as bits.

    Attributes:
        placed: True when it matters where it stands: at the opening, or among the parts of a phrase with ``*``.
    """

    any: int
    start: int
    unless: int
    basis: int
    placed: bool


class Matcher:
    """
    Rules made ready for matching.

    Args:
        rules: in the order in which `fired` names them.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._numbers: dict[tuple[str, ...], int] = {}
        self._whole: list[list[int]] = []  # part -> for each role the rules of which it is a phrase, as bits
        # first part -> (all parts, role, the rule's bit)
        self._chains: dict[int, list[tuple[tuple[int, ...], int, int]]] = {}
        self._single: dict[str, int] = {}
        self._trees: dict[tuple[str, str], dict[str, Any]] = {}
        self._types = [frozenset(" ".join(tokens(name)) for name in rule.types) for rule in self.rules]
        # for each role the rules without a phrase for it: there the condition holds by itself
        self._free = [0] * _ROLES
        for index, rule in enumerate(self.rules):
            roles = ((_ANY, rule.any), (_START, rule.start), (_UNLESS, rule.unless), (_BASIS, rule.basis))
            for role, phrases in roles:
                if not phrases:
                    self._free[role] |= 1 << index
                for phrase in phrases:
                    self._add(phrase, role, 1 << index)
        chained = {number for chains in self._chains.values() for parts, _role, _rule in chains for number in parts}
        self._parts = [
            _Part(anywhere, start, unless, basis, placed=bool(start) or number in chained)
            for number, (anywhere, start, unless, basis) in enumerate(self._whole)
        ]
        self._fitting = lru_cache(_SIGNATURES)(self._fitting_anew)

    def _add(self, phrase: str, role: int, rule: int) -> None:
        parts = tuple(self._part(tuple(tokens(part))) for part in phrase.split("*") if tokens(part))
        if not parts:
            raise ValueError(phrase)
        if len(parts) == 1:
            self._whole[parts[0]][role] |= rule
        else:
            self._chains.setdefault(parts[0], []).append((parts, role, rule))

    def _part(self, sought: tuple[str, ...]) -> int:
        if sought not in self._numbers:
            number = self._numbers[sought] = len(self._numbers)
            self._whole.append([0] * _ROLES)
            if len(sought) == 1:
                self._single[sought[0]] = number
            else:
                node = self._trees.setdefault((sought[0], sought[1]), {})
                for word in sought[2:]:
                    node = node.setdefault(word, {})
                node[_END] = number
        return self._numbers[sought]

    def fired(self, facts: Facts) -> list[Rule]:
        """Return the rules of which every condition holds for the document, in their order."""
        return list(self.named(self.bits(facts, facts.text.split())))

    def named(self, bits: int) -> Iterator[Rule]:
        """Give the rules of a set, in their order."""
        while bits:
            lowest = bits & -bits
            yield self.rules[lowest.bit_length() - 1]
            bits ^= lowest

    def bits(self, facts: Facts, said: list[str]) -> int:
        """
        Return the rules of which every condition holds for the document, as bits by their place.

        Args:
            said: the words of `facts.text`, which the caller has split already.
        """
        hit = [0, 0, 0, 0]
        self._mark(said, hit, facts.opening)
        if facts.bases:
            there = [0, 0, 0, 0]
            self._mark(facts.bases.split(), there, 0)
            hit[_BASIS] = there[_BASIS]
        else:
            hit[_BASIS] = 0
        free = self._free
        return (
            self._fitting(facts.type, facts.issuer, facts.agency, facts.normative, facts.dated)
            & (hit[_ANY] | free[_ANY])
            & (hit[_START] | free[_START])
            & (hit[_BASIS] | free[_BASIS])
            & ~hit[_UNLESS]
        )

    def _mark(self, said: list[str], hit: list[int], opening: int) -> None:
        """Add for each role the rules of which a phrase occurs among the words."""
        anywhere, start, unless, basis = hit
        places: dict[int, list[tuple[int, int]]] = {}  # of the parts of which the place matters
        parts = self._parts
        for number, first, end in self._found(said):
            part_any, part_start, part_unless, part_basis, placed = parts[number]
            anywhere |= part_any
            unless |= part_unless
            basis |= part_basis
            if placed:
                places.setdefault(number, []).append((first, end))
                if first == opening:
                    start |= part_start
        hit[:] = anywhere, start, unless, basis
        for number in self._chains.keys() & places:
            opens = any(first == opening for first, _end in places[number])
            for chain, role, rule in self._chains[number]:
                if (opens or role != _START) and _in_order(chain, places):
                    hit[role] |= rule

    def _found(self, said: list[str]) -> list[tuple[int, int, int]]:
        """Return each occurrence of a part: its number, the place of its first word, the place after its last."""
        found = []
        count = len(said)
        for start, node in enumerate(map(self._trees.get, pairwise(said))):
            if node is None:
                continue
            if _END in node:
                found.append((node[_END], start, start + 2))
            for end in range(start + 2, count):
                node = node.get(said[end])
                if node is None:
                    break
                if _END in node:
                    found.append((node[_END], start, end + 1))
        for word in self._single.keys() & said:
            number = self._single[word]
            found += [(number, start, start + 1) for start, one in enumerate(said) if one == word]
        return found

    def _fitting_anew(self, kind: str, issuer: Issuer, agency: str, normative: bool, dated: bool) -> int:
        """Return the rules whose conditions on anything but phrases hold, as bits."""
        found = 0
        for index, (rule, types) in enumerate(zip(self.rules, self._types, strict=True)):
            if (
                (not types or kind in types)
                and (not rule.issuers or issuer in rule.issuers)
                and (not rule.agencies or agency in rule.agencies)
                and (rule.normative is None or normative is rule.normative)
                and (rule.dated is None or dated is rule.dated)
            ):
                found |= 1 << index
        return found

    def fits(self, index: int, facts: Facts) -> bool:
        """Tell whether the conditions of a rule that look at no phrase hold: type, issuer, agency, period."""
        fitting = self._fitting(facts.type, facts.issuer, facts.agency, facts.normative, facts.dated)
        return bool(fitting >> index & 1)


def _in_order(parts: tuple[int, ...], places: dict[int, list[tuple[int, int]]]) -> bool:
    """Tell whether the parts of a phrase with ``*`` follow each other without overlap."""
    after = 0
    for part in parts:
        end = next((end for start, end in places.get(part, ()) if start >= after), None)
        if end is None:
            return False
        after = end
    return True
