"""When one paper is like another, so that what a clerk said of the one holds for the other."""

from dataclasses import dataclass
from typing import Any

from .facts import Facts

ENOUGH = 0.7
"""Share of words in common from which two papers are alike."""
FEWEST = 3
"""A paper of fewer words is like no other."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """
    What of a paper is compared: no number, no date, nothing that changes from one to the next.

    Attributes:
        words: folded words of the subject without those that hold a digit.
        type: folded type.
        issuer: place of the issuer (`Issuer`).
        direction: ``in`` or ``out``.
    """

    words: frozenset[str]
    type: str
    issuer: str
    direction: str

    def to(self, other: "Likeness") -> float:
        """Return how alike two papers are, 0.0 to 1.0; 0 when type, issuer's place or direction differ."""
        if (self.type, self.issuer, self.direction) != (other.type, other.issuer, other.direction):
            return 0.0
        if min(len(self.words), len(other.words)) < FEWEST:
            return 0.0
        return len(self.words & other.words) / len(self.words | other.words)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, words sorted."""
        return {
            "words": sorted(self.words), "type": self.type, "issuer": self.issuer, "direction": self.direction,
        }  # fmt: skip


def likeness_of(facts: Facts) -> Likeness:
    """Take from a document what is compared."""
    said = frozenset(word for word in facts.text.split() if not any(letter.isdigit() for letter in word))
    return Likeness(said, facts.type, facts.issuer.value, facts.direction)


def from_json(value: Any) -> Likeness:
    """Read what `Likeness.as_json` wrote. Raises ValueError."""
    try:
        said, kind, issuer, direction = value["words"], value["type"], value["issuer"], value["direction"]
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(said, list) or not all(isinstance(part, str) for part in (*said, kind, issuer, direction)):
        raise ValueError("likeness")
    return Likeness(frozenset(said), kind, issuer, direction)
