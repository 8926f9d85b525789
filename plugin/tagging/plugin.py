"""The built-in tagger ``rules``, offered through the same hook as any foreign one."""

from ..hooks import RegisterTagger, hookimpl
from ..records import Document, TagDecision
from ..regulation import load_regulation
from ..regulation_records import Regulation
from .decide import STANDARD, Thresholds, tag_document
from .model import shipped


class RulesTagger:
    """
    Tagger by weighed rules and a learned model; keeps nothing of what it reads.

    Args:
        regulation: the agency's rules.
        agency_kind: whose view is taken; empty: the regulation's.
        thresholds: from which confidence on a proposal counts.
    """

    def __init__(self, regulation: Regulation, *, agency_kind: str = "", thresholds: Thresholds = STANDARD) -> None:
        self._regulation = regulation
        self._agency_kind = agency_kind
        self._thresholds = thresholds

    def tag(self, document: Document, text: str) -> TagDecision | None:
        """Decide on one document; `text` is its first page or empty. Always has an opinion."""
        return tag_document(
            document, self._regulation, text, agency_kind=self._agency_kind, thresholds=self._thresholds
        )

    def for_agency(self, agency_kind: str, auto_above: float, review_above: float) -> "RulesTagger":
        """Return the same tagger with an agency's kind and the thresholds of its ini."""
        return RulesTagger(self._regulation, agency_kind=agency_kind, thresholds=Thresholds(auto_above, review_above))


def make(regulation: str) -> RulesTagger:
    """Make the tagger for a regulation, given by name or path. Raises ConfigurationError."""
    shipped()  # a damaged model is told at start, not at the first paper
    return RulesTagger(load_regulation(regulation))


@hookimpl
def register_taggers(register: RegisterTagger) -> None:
    """Offer the tagger ``rules``."""
    register("rules", make)
