"""
Rules as data (``rules-*.ini`` beside this module), and how one rule is held against a document.

A rule votes for one outcome with a weight. Its phrases are Vietnamese as people write it; they are folded once, matched
as whole words, and ``*`` stands for anything between two parts.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ..regulation_ini import Section, read_sections
from .facts import Facts, Issuer
from .fold import words

NONE = "none"
"""Outcome of a paper that is no disclosure item."""


@dataclass(frozen=True)
class Rule:
    """
    One reason for or against a category.

    Attributes:
        id: stable name, for tests and for learned weights.
        outcome: category key, or ``none``.
        weight: strength, about 1 (hint) to 10 (decides).
        why: reason a clerk can read, Vietnamese.
        any: one of these phrases must stand in the subject; empty: no condition.
        start: the subject must begin with one of these (after ``V/v``, ``về việc`` and the type's own name).
        unless: none of these phrases may stand in the subject.
        types: the paper's type must be one of these; empty: any.
        issuers: who must have made the paper; empty: anyone.
        agencies: kinds of agency for which it holds; empty: all.
        normative: None, or whether the paper must be a normative legal document.
        dated: None, or whether the subject must name a period.
        sub: sub-key that it also decides.
    """

    id: str
    outcome: str
    weight: float
    why: str
    any: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    agencies: tuple[str, ...] = ()
    normative: bool | None = None
    dated: bool | None = None
    sub: str | None = None

    @cached_property
    def _any(self) -> re.Pattern[str] | None:
        return _pattern(self.any)

    @cached_property
    def _start(self) -> re.Pattern[str] | None:
        return _pattern(self.start)

    @cached_property
    def _unless(self) -> re.Pattern[str] | None:
        return _pattern(self.unless)

    @cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(words(name).strip() for name in self.types)

    def fires(self, facts: Facts) -> bool:
        """Tell whether every condition of the rule holds for the document."""
        if self.issuers and facts.issuer not in self.issuers:
            return False
        if self.agencies and facts.agency not in self.agencies:
            return False
        if self._types and facts.type not in self._types:
            return False
        if self.normative is not None and facts.normative is not self.normative:
            return False
        if self.dated is not None and facts.dated is not self.dated:
            return False
        if self._start is not None and not self._start.match(_opening(facts)):
            return False
        if self._unless is not None and self._unless.search(facts.text):
            return False
        return self._any is None or self._any.search(facts.text) is not None


_PREFIX = re.compile(r"^ (?:(?:v v|ve viec|viec|ve) )+")


def _opening(facts: Facts) -> str:
    """Return the subject without ``V/v``, ``về việc`` and the name of its own type in front."""
    opening = _PREFIX.sub(" ", facts.text)
    if facts.type and opening.startswith(f" {facts.type} "):
        opening = opening[len(facts.type) + 1 :]
    return _PREFIX.sub(" ", opening)


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """Compile phrases into one pattern over folded words; None when there are none."""
    if not phrases:
        return None
    alternatives = []
    for phrase in phrases:
        parts = [words(part).strip() for part in phrase.split("*")]
        alternatives.append(r"\b.*?\b".join(re.escape(part) for part in parts))
    return re.compile(rf" (?:{'|'.join(alternatives)})(?= )")


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the files; ids are unique. Raises ConfigurationError for a wrong file."""
    folder = Path(__file__).parent
    return tuple(
        _read(section) for file in sorted(folder.glob("rules-*.ini")) for section in read_sections(file, ("rule",))
    )


def _read(section: Section) -> Rule:
    issuers = section.words("issuers")
    for issuer in issuers:
        if issuer not in set(Issuer):
            section.fail(f"issuers: {issuer}", ", ".join(Issuer), "issuers")
    rule = Rule(
        id=section.name,
        outcome=section.text("outcome"),
        weight=float(section.text("weight")),
        why=section.text("why"),
        any=section.words("any"),
        start=section.words("start"),
        unless=section.words("unless"),
        types=section.words("types"),
        issuers=tuple(Issuer(issuer) for issuer in issuers),
        agencies=section.words("agencies"),
        normative=_maybe(section, "normative"),
        dated=_maybe(section, "dated"),
        sub=section.text("sub", "") or None,
    )
    section.done()
    return rule


def _maybe(section: Section, key: str) -> bool | None:
    """Read yes or no; None where the key is not there."""
    return section.yes(key, default=False) if section.text(key, "") else None
