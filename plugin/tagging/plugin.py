"""The built-in tagger ``rules``, offered through the same hook as any foreign one."""

from ..hooks import RegisterTagger, hookimpl
from ..records import Document, TagDecision
from ..regulation import load_regulation
from ..regulation_records import Regulation
from .decide import tag_document


class RulesTagger:
    """Tagger by weighed rules; keeps nothing of what it reads."""

    def __init__(self, regulation: Regulation) -> None:
        self._regulation = regulation

    def tag(self, document: Document, text: str) -> TagDecision | None:
        """Decide on one document; `text` is its first page or empty. Always has an opinion."""
        return tag_document(document, self._regulation, text)


def make(regulation: str) -> RulesTagger:
    """Make the tagger for a regulation, given by name or path. Raises ConfigurationError."""
    return RulesTagger(load_regulation(regulation))


@hookimpl
def register_taggers(register: RegisterTagger) -> None:
    """Offer the tagger ``rules``."""
    register("rules", make)
