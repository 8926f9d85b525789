"""
Contracts for what a plugin registers, in MUST sentences.

All of them are called from worker threads or processes; one object is used by one worker at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from .clock import Clock
from .records import (
    AttachmentRef,
    CheckResult,
    Document,
    Filing,
    Notice,
    Outcome,
    Probe,
    Pulled,
    PulledDocument,
    Receipt,
    TagDecision,
)


@dataclass(frozen=True, slots=True)
class Context:
    """
    What the house lends to a plugin's object.

    Attributes:
        name: the NAME of its ini section, e.g. ``ioffice`` of ``[connector:ioffice]``.
        agency: key of the agency it serves.
        clock: legal time.
        open_blob: opens kept bytes by SHA-256 for reading (verified); raises StoreError.
        folder: a folder of its own under the work folder, made on demand; never for evidence.
    """

    name: str
    agency: str
    clock: Clock
    open_blob: Callable[[str], BinaryIO]
    folder: Path


class Known(Protocol):
    """What the house already holds of a source, so that a connector does not fetch it twice."""

    def fingerprint(self, remote_id: str) -> str | None:
        """Return the fingerprint of the newest held version, or None when nothing is held."""
        ...

    def refused(self, remote_id: str) -> bool:
        """Tell whether the paper was refused by the secrecy gate before."""
        ...

    def ticket(self, remote_id: str) -> str:
        """Return what a connector may keep in place of the id of a refused paper: the id itself may be content."""
        ...

    def refused_ticket(self, ticket: str) -> bool:
        """Tell whether the paper behind a ticket is still refused."""
        ...


class Connector(Protocol):
    """
    An outside document system.

    It MUST NOT call anything outside that is meant to mark read, finish, transfer, recall or sign.
    """

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        """
        Offer what is new or changed since `cursor` (None: from the beginning).

        MUST hold a document's fields in memory only. MUST NOT fetch any file of it. MUST be repeatable: running twice
        over one window changes nothing. SHOULD skip what `known` shows to be held unchanged. MUST yield a `CursorMark`
        only when everything before it was offered.

        Raises:
            OutsideError: the source failed; what was yielded before stands.
            AccessError: the source refused us; the source is paused until a person acts.
        """
        ...

    def plain(self, secrecy: str | None) -> bool:
        """Tell whether the source vouches that a paper with this marking (None: no such field) is not secret."""
        ...

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the files of a document; called only after the secrecy gate has passed it. Raises OutsideError."""
        ...

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Fetch one file whole. Raises OutsideError; InputError when what came is not the file (HTML, bad zip)."""
        ...

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """
        Learn how intake ended, after its commit; may be called again for the same document after a crash.

        A refused document MUST stay where the sender put it.
        """
        ...

    def file_dossier(self, filing: Filing) -> Receipt:
        """
        File new papers under `filing.key`; called only after `find_filed` found nothing.

        Raises:
            UndecidedError: it cannot be told whether the act happened.
            OutsideError: it certainly did not happen, and may be tried again.
        """
        ...

    def forget_filing(self, key: str) -> None:
        """Learn that a person found an undecided filing not to have happened; the next `file_dossier` may send it."""
        ...

    def find_filed(self, key: str) -> Receipt | None:
        """Read back: the receipt of a filing, None when it certainly is not there. Raises UndecidedError."""
        ...

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live`, also try the system, read-only."""
        ...


class Channel(Protocol):
    """
    A form of disclosure.

    Attributes:
        attended: True when a person performs the act and confirms it here.
        form: key of the form in the regulation (``intranet``, ``notice_board``, ``portal`` …).
        place: where people see it, in Vietnamese.
    """

    attended: bool
    form: str
    place: str

    def publish(self, notice: Notice) -> Receipt:
        """Publish under `notice.key`. Attended channels raise NotAllowedError. Raises OutsideError, UndecidedError."""
        ...

    def instructions(self, key: str) -> str:
        """Say what a person must do to publish under this key; empty when the channel acts by itself."""
        ...

    def find(self, key: str) -> Receipt | None:
        """Read back a publication; None when it certainly is not there. Raises UndecidedError."""
        ...

    def probe(self, key: str) -> Probe:
        """Look whether a publication is still visible; never raises for a system that does not answer."""
        ...

    def withdraw(self, key: str) -> None:
        """Take a publication down. Attended channels raise NotAllowedError. Raises OutsideError."""
        ...

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live`, also the place."""
        ...


class Signer(Protocol):
    """
    A key that signs for one role.

    Attributes:
        role: role in the regulation (``head``, ``records_officer``, ``front_chair`` …) or ``seal``.
        person: name as it stands on paper.
        attended: True when only its holder may set it to work; never used by the daemon itself.
    """

    role: str
    person: str
    attended: bool

    @property
    def algorithm(self) -> str:
        """Name of the signature algorithm; may open the key. Raises ConfigurationError."""
        ...

    def certificate(self) -> bytes:
        """Return the signing certificate, DER. Raises ConfigurationError when it cannot be read."""
        ...

    def chain(self) -> Sequence[bytes]:
        """Return further certificates of the path, DER, without the anchor."""
        ...

    def sign(self, octets: bytes) -> bytes:
        """
        Sign the octets (not a digest) and return the raw XML-DSig signature value.

        Raises OutsideError, ConfigurationError.
        """
        ...

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check key against certificate, validity, usage; with `live` also try the key once."""
        ...


class Tagger(Protocol):
    """Proposes categories for a document."""

    def tag(self, document: Document, text: str) -> TagDecision | None:
        """Decide on one document; `text` is its first page or empty. None: no opinion. MUST NOT keep either."""
        ...


@runtime_checkable
class AgencyTagger(Tagger, Protocol):
    """A tagger that also takes the agency's view of things; it is asked for it once, when the house is opened."""

    def for_agency(self, agency_kind: str, auto_above: float, review_above: float) -> Tagger:
        """Return the tagger as this kind of agency sees papers, with the thresholds of its ini (0.0 to 1.0)."""
        ...
