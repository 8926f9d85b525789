"""
Rules as data (``rules-*.ini`` beside this module); `matcher` holds them against a document.

A rule votes for one outcome with a weight. Its phrases are Vietnamese as people write it; they are folded once, matched
as whole words, and ``*`` stands for anything between two parts.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..regulation_ini import Section, read_sections
from .facts import Issuer

NONE = "none"
"""Outcome of a paper that is no disclosure item."""


@dataclass(frozen=True, slots=True)
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
        basis: one of these must stand in the legal bases of the first page; empty: no condition.
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
    basis: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    agencies: tuple[str, ...] = ()
    normative: bool | None = None
    dated: bool | None = None
    sub: str | None = None


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
        basis=section.words("basis"),
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
