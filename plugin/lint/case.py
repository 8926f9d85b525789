"""One of our dossiers as the checks see it: records only, no store, no keys."""

from dataclasses import dataclass

from ..records import Disclosure, Document, Minutes, Part


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A signed paper of a dossier and what verification said of it (``TOTAL_PASSED`` …)."""

    name: str
    indication: str


@dataclass(frozen=True, slots=True)
class DossierCase:
    """
    A dossier before it is sealed, or one that was opened again.

    Attributes:
        parts: what its kind asks for, judged.
        signed: every signed paper with its verification.
        disclosure: the matter; None for a dossier of another kind, or one that is read from outside.
        minutes: minutes and reports of the matter.
    """

    parts: tuple[Part, ...] = ()
    signed: tuple[SignedFile, ...] = ()
    disclosure: Disclosure | None = None
    documents: tuple[Document, ...] = ()
    minutes: tuple[Minutes, ...] = ()
