"""
Contracts for what a plugin registers, in MUST sentences.

All of them are called from worker threads or processes; one object is used by one worker at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from .clock import Clock
from .feedback_records import EvidenceField as EvidenceField
from .feedback_records import PulledFeedback as PulledFeedback
from .feedback_records import feedback_code as feedback_code
from .feedback_records import feedback_codes as feedback_codes
from .presence_records import Awaiting as Awaiting
from .presence_records import Presence as Presence
from .presence_records import Searching as Searching
from .presence_records import Sought as Sought
from .records import (
    AttachmentRef,
    CheckResult,
    CursorMark,
    Document,
    Filing,
    Finding,
    Guard,
    Notice,
    Outcome,
    Part,
    Probe,
    Pulled,
    PulledDocument,
    Receipt,
    Severity,
    TagDecision,
)
from .regulation_records import DossierPart, Regulation


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

    def lacks_files(self, remote_id: str) -> bool:
        """Tell whether files of a held paper came damaged: then it SHOULD be offered again as if it were new."""
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
        """
        Fetch one file whole.

        Raises:
            OutsideError: the source failed; the pull ends here and the paper is offered again.
            PassingError: what came is not the file and another time it may be; only this paper waits.
            InputError: what came will never be the file (bad zip, too large); the paper is kept with the file marked.
        """
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


@runtime_checkable
class Guarded(Protocol):
    """A connector or channel whose calls pass a circuit breaker; ``status`` and the metrics ask for its state."""

    def guard(self) -> Guard:
        """Return the breaker's state as last kept, also when another process has moved it; opens no connection."""
        ...


@runtime_checkable
class Printable(Protocol):
    """A channel with something to print for the person who posts."""

    def sheet(self, notice: Notice) -> bytes:
        """Return the print-ready sheet of a notice, PDF. Raises InputError, OurError."""
        ...


@runtime_checkable
class Evidenced(Protocol):
    """
    An attended channel that asks for evidence of its own beside the moment and who confirms.

    Attributes:
        evidence: what the person must state or hand over, in the order it is asked for.
    """

    evidence: tuple[EvidenceField, ...]


@runtime_checkable
class Forgetful(Protocol):
    """A channel that keeps its own record of what it did, and must learn when a person knows better."""

    def forget(self, key: str) -> None:
        """Learn that a person found an undecided publication not to have happened; `publish` may do it again."""
        ...


@runtime_checkable
class Proving(Protocol):
    """A channel with a record of its publication that is worth keeping as evidence."""

    def proof(self, key: str) -> bytes:
        """Return the record of a publication, e.g. who was reached and when; empty when there is none."""
        ...


class FeedbackSource(Protocol):
    """
    A place where comments on disclosures arrive.

    Attributes:
        attended: True when only a person can look there (a suggestion box); `pull` then offers nothing.
        title: what people call it, in Vietnamese; stands in minutes when it could not be read.
    """

    attended: bool
    title: str

    def pull(self, cursor: str | None) -> Iterator[PulledFeedback | CursorMark]:
        """
        Offer every comment that arrived since `cursor` (None: from the beginning).

        MUST change nothing that others see there. MUST be repeatable: a comment offered again has the same key. MUST
        yield a `CursorMark` only when everything before it was offered. Ending without an error says: read up to now.

        Raises:
            OutsideError: the source could not be read; what was yielded before stands.
            AccessError: it refused us; the source is paused until a person acts.
        """
        ...

    def acknowledge(self, key: str) -> bool:
        """
        Tell the sender of a stored comment that it arrived; False when this source has no way to.

        May be called again for the same key after a crash. Raises OutsideError.
        """
        ...

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live`, also the source, read-only."""
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


@dataclass(frozen=True, slots=True)
class Message:
    """
    Something to tell the holder of a role.

    Attributes:
        key: idempotency key, 32 hexadecimal digits; the same message has the same key when it is sent again.
        role: role in the regulation.
        subject: one line.
        text: plain text, lines ended by LF.
    """

    key: str
    role: str
    subject: str
    text: str


class Messenger(Protocol):
    """
    A way to tell people something: mail, a text message, a chat.

    Attributes:
        roles: roles that it reaches.
    """

    roles: Sequence[str]

    def send(self, message: Message) -> None:
        """
        Send a message. It may come again after a crash: it MUST bear its key where the medium has a place for it.

        Raises OutsideError (tried again later) or AccessError (a person must look).
        """
        ...

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check the settings; with `live`, also the service, sending nothing."""
        ...


class Check(Protocol):
    """
    Something that a careful inspector looks at, in papers from anywhere and in our own dossiers.

    `congkhai.plugin.lint` offers the subjects (`PaperSet`, `DossierCase`) and `Rule`, a ready record for checks.
    """

    @property
    def id(self) -> str:
        """Stable id that findings carry: a capital letter and two or more digits, e.g. ``P01``."""
        ...

    @property
    def severity(self) -> Severity:
        """The gravest that it gives."""
        ...

    @property
    def title(self) -> str:
        """What it looks at, one line in Vietnamese."""
        ...

    @property
    def source(self) -> str:
        """Clause of the law that it rests on, in Vietnamese."""
        ...

    def look(self, subject: object) -> Iterable[Finding]:
        """
        Return what there is to say on a subject, in order.

        MUST return nothing for a subject that it does not know. MUST NOT change or keep the subject, nor look outside.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartClaim:
    """A paper in a place of a dossier: the names of its files there, and the period that it speaks of (or empty)."""

    members: tuple[str, ...]
    period: str = ""


@dataclass(frozen=True, slots=True)
class PartPaper:
    """
    Minutes or a report of the matter.

    Attributes:
        members: names of its files in the dossier; `missing`: roles that have not signed.
        part: clause of the part that it was made for; empty where its kind tells.
    """

    kind: str
    members: tuple[str, ...]
    missing: tuple[str, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class PartCase:
    """
    One part of a dossier to be judged.

    Attributes:
        kind: key of the dossier kind; `part`: what the regulation asks for.
        year: calendar year of the matter.
        facts: what is known of the matter, e.g. ``board_posting`` or ``by_ballot``; ``yes``, ``no`` or words.
        claims: papers that claim this place and were confirmed, or are certain; oldest first.
        proposed: how many papers wait for a person to say whether they belong here.
        papers: minutes and reports of the matter, with the members that show them.
        today: local day on which it is judged.
    """

    kind: str
    part: DossierPart
    year: int
    facts: Mapping[str, str]
    claims: tuple[PartClaim, ...]
    proposed: int
    papers: tuple[PartPaper, ...]
    today: date


PartSource = Callable[[PartCase], Part]


class DossierKind(Protocol):
    """
    A kind of dossier (hồ sơ).

    Attributes:
        key: stable key, e.g. ``decision``.
        title: what people call it, in Vietnamese.
        per: what there is one of: ``disclosure``, ``matter``, ``year`` or ``term``.
    """

    @property
    def key(self) -> str:
        """Stable key."""
        ...

    @property
    def title(self) -> str:
        """What people call it, in Vietnamese."""
        ...

    @property
    def per(self) -> str:
        """``disclosure``, ``matter``, ``year`` or ``term``."""
        ...

    def parts(self, regulation: Regulation) -> Sequence[DossierPart]:
        """Return what such a dossier must hold by this regulation; empty where the agency keeps none."""
        ...

    def why_not(self, part: DossierPart, facts: Mapping[str, str]) -> str:
        """Say in Vietnamese why a part is not owed in this matter; empty when it is."""
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
