"""
What flows through the house, as frozen records.

Every collection is a tuple, every moment carries a zone, every digest is SHA-256 as 64 lower-case hexadecimal digits.
The closed sets of values (states, decisions) stand in `states` and are promised from here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from .look_records import Break as Break
from .look_records import Look as Look
from .pulled_records import DOUBTS as DOUBTS
from .pulled_records import AttachmentRef as AttachmentRef
from .pulled_records import CursorMark as CursorMark
from .pulled_records import Guard as Guard
from .pulled_records import Pulled as Pulled
from .pulled_records import PulledDocument as PulledDocument
from .pulled_records import PulledProblem as PulledProblem
from .states import Decision as Decision
from .states import Direction as Direction
from .states import DisclosureState as DisclosureState
from .states import DocumentStatus as DocumentStatus
from .states import Outcome as Outcome
from .states import PostingState as PostingState
from .states import Severity as Severity


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    One file of a document, kept in the vault.

    Attributes:
        ordinal: place within the document, from 1.
        name: original file name, as text only; never used as a path.
        media_type: decided by magic bytes, not by the sender's label.
        size: bytes.
        sha256: digest of the bytes, which is also their name in the vault.
        problem: empty, or a reason code why the file cannot be used.
    """

    ordinal: int
    name: str
    media_type: str
    size: int
    sha256: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """
    An official paper with its NĐ 30/2020 fields (Phụ lục VI) and where it came from.

    Attributes:
        id: ours; stable, opaque.
        agency: key of the agency it belongs to.
        source: name of the connector; with `remote_id` and `version` the key of intake.
        remote_id: the source's own id, as text.
        version: 1 for the first form seen; a changed paper gets the next number.
        number: joined số, ký hiệu as written, e.g. ``127/KH-UBND``; empty when missing.
        issued: date of the paper; None when missing or unreadable.
        arrived: date of arrival (ngày đến) of an incoming paper.
        identifier: document identifier of edXML (opaque), or empty.
        marks: what was odd about the fields, e.g. ``date-unreadable``.
        received_at: when intake committed it.
    """

    id: str
    agency: str
    source: str
    remote_id: str
    version: int
    direction: Direction
    type: str
    number: str
    issued: date | None
    arrived: date | None
    issuer: str
    subject: str
    signer: str
    received_at: datetime
    identifier: str = ""
    urgency: str = ""
    page_amount: int | None = None
    status: DocumentStatus = DocumentStatus.CURRENT
    marks: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """
    A disclosure category proposed or decided for a document.

    Attributes:
        category: clause number in the agency's regulation, e.g. ``"11"``.
        key: stable key, e.g. ``superior_docs``.
        sub: sub-key such as ``personnel.people``, or None.
        confidence: 0.0 to 1.0.
        why: reasons a clerk can read.
    """

    category: str
    key: str
    confidence: float
    why: tuple[str, ...]
    sub: str | None = None


@dataclass(frozen=True, slots=True)
class TagDecision:
    """
    Tags of one document, best first, and what may be done with them.

    Attributes:
        regime: None, ``consultation`` (a draft put out for comment) or ``people`` (Luật 10/2022 Điều 11).
        decided_by: plugin or person.
        considered: every answer worth naming, ``none`` among them, most probable first: category key and probability;
            empty where nothing was weighed. Not kept in the store.
    """

    decision: Decision
    tags: tuple[Tag, ...] = ()
    regime: str | None = None
    decided_by: str = ""
    why: tuple[str, ...] = ()
    considered: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What proves a channel (minh chứng).

    Attributes:
        kind: ``receipt``, ``page``, ``photo``, ``probe`` or ``confirmation``.
        by: person or channel that produced it.
        address: where it can be seen; empty for paper.
        sha256: digest of the kept bytes (vault), or empty.
    """

    kind: str
    at: datetime
    by: str
    address: str = ""
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """
    One channel's publication of a disclosure; each runs by its own clock.

    Attributes:
        channel: NAME of the ini section; `form` the regulation's form that it fulfils.
        required_days: consecutive days; 0 means permanent (thường xuyên).
        counting: the rule by which `close_from` was computed, in the words of the regulation's ini.
        close_from: first moment at which closing is lawful; None until posted, or when permanent.
        basis: clause that asks for this channel and duration.
        kind: ``minimum``, ``exact``, ``permanent``, ``act`` (done once, no time is owed), or ``ending`` for a permanent
            one that comes down because its paper was replaced or repealed.
        standing: ``primary`` (the form the Law asks for first), ``required`` or ``added``.
        mode: ``attended`` (a person performs it), ``automatic``, ``release`` (a person lets the channel act),
            ``privacy`` (it waits because of personal data) or ``overruled:`` and a digest (a person let it out).
        revision: how often its content was replaced or put up anew; part of the key of its publication.
    """

    id: str
    disclosure: str
    channel: str
    form: str
    place: str
    state: PostingState
    required_days: int
    counting: str
    basis: str
    posted_from: datetime | None = None
    posted_to: datetime | None = None
    close_from: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    kind: str = "minimum"
    standing: str = "required"
    mode: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Feedback:
    """
    One comment received while a matter was posted; `text` is kept, names only where the law asks for them.

    Attributes:
        source: the place it came through, in Vietnamese; empty when nobody said.
        outcome: ``new``, ``answered`` or ``noted``; empty in older papers.
        answer: what was answered; empty when nothing was.
    """

    at: datetime
    by: str
    text: str
    source: str = ""
    outcome: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """
    One matter being made public (công khai).

    Attributes:
        title: what the clerk reads; the subject of its leading document.
        category: clause number; `key` the stable key.
        trigger: date from which the limits count.
        publish_by: last lawful moment to publish.
        remind_on: working day on which the clerk is reminded.
        documents: ids, leading document first.
        row: version of the row, for optimistic updates.
        note: reason of the last change of state by a person, or what is waited for.
    """

    id: str
    agency: str
    title: str
    category: str
    key: str
    state: DisclosureState
    trigger: date
    publish_by: datetime
    remind_on: date
    opened_at: datetime
    documents: tuple[str, ...] = ()
    postings: tuple[Posting, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    row: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class MinutesSignature:
    """
    A signature present on minutes: role, who, when claimed, id of the ``ds:Signature``.

    Attributes:
        level: ``XML-DSig`` for a plain one without XAdES properties; empty for those in our own form.
        beside: digest of the file in which a signature made elsewhere lies; empty when it stands in the minutes' file.
    """

    role: str
    signer: str
    signed_at: datetime
    signature_id: str
    level: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Minutes:
    """
    Minutes (biên bản) of one act.

    Attributes:
        kind: ``posting``, ``closing`` or ``report`` (the results report is signed the same way).
        roles: roles that must sign, in the order they stand on paper.
        body_sha256: digest of the exclusive c14n of ``Body``, what everybody signs.
        file_sha256: digest of the current file with its signatures.
        pdf_sha256: digest of the rendition, made when the last role has signed; empty before.
        number: number given by the e-office or the clerk; empty when the agency signs without.
        disclosure: the disclosure; empty for minutes of a staff matter.
        subject: disclosure or staff matter.
    """

    id: str
    disclosure: str
    kind: str
    roles: tuple[str, ...]
    body_sha256: str
    file_sha256: str
    made_at: datetime
    number: str = ""
    pdf_sha256: str = ""
    signatures: tuple[MinutesSignature, ...] = ()
    subject: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Roles that have not signed yet, in paper order."""
        signed = {signature.role for signature in self.signatures}
        return tuple(role for role in self.roles if role not in signed)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A check's result.

    Attributes:
        id: stable, documented, e.g. ``A05``.
        where: paper, part or member it is about.
        message: what is wrong; `advice`: what to do. Both in the reader's language.
    """

    id: str
    severity: Severity
    where: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """
    One required or additional part of a dossier.

    Attributes:
        key: clause of the part, e.g. ``9.3``; empty for additional papers.
        title: what the clerk reads.
        members: names of the files inside the dossier that fulfil it.
        state: ``present``, ``missing``, ``not_applicable``, or ``waiting`` while its period still runs.
        note: why it does not apply, or what is missing.
    """

    key: str
    title: str
    state: str
    members: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """
    A dossier (hồ sơ công khai) of one disclosure.

    Attributes:
        complete: every required part there, every required signature valid, no ``error`` finding.
        sha256: digest of the sealed container; empty until sealed.
        path: where the container and its open folder lie.
        receipt: what the outside system answered when it was filed; empty until filed.
        disclosure: the disclosure it belongs to; empty for a dossier of another kind, and for an older version.
        subject: id of the disclosure or staff matter; every version of a dossier has the same.
        version: from 1; `previous` is the id of the version that it replaces.
    """

    id: str
    disclosure: str
    kind: str
    title: str
    complete: bool
    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()
    sha256: str = ""
    path: str = ""
    sealed_at: datetime | None = None
    filed_at: datetime | None = None
    receipt: str = ""
    subject: str = ""
    version: int = 1
    previous: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    One result of ``congkhai check``.

    Attributes:
        id: stable id, runs alone with ``--only``.
        result: ``ok``, ``warn``, ``fail`` or ``skipped``.
    """

    id: str
    result: str
    what: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class FilingFile:
    """One file to hand to an outside system: name, media type, bytes' digest in the vault, size in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Filing:
    """
    A dossier to be filed back.

    Attributes:
        key: idempotency key; the same dossier content always gives the same key.
        files: new papers (minutes, report, sealed container).
        held: remote ids, by connector name, of papers that the outside system already holds.
    """

    key: str
    title: str
    files: tuple[FilingFile, ...]
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    What an outside system says about an act: its own id, when we learnt it, and its words.

    Attributes:
        by: the person who confirmed the act where the system could not tell; `detail` then holds their grounds.
    """

    key: str
    remote_id: str
    at: datetime
    detail: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """
    What a channel is asked to publish.

    Attributes:
        key: idempotency key.
        audience: ``internal`` (default) or ``public``.
        files: attachments in the vault.
    """

    key: str
    disclosure: str
    title: str
    body: str
    files: tuple[FilingFile, ...]
    audience: str = "internal"


@dataclass(frozen=True, slots=True)
class Probe:
    """
    Whether a posting could be seen: ``visible`` None means that it could not be told.

    Attributes:
        sha256: digest of what people see there; two probes of an unchanged notice MUST give the same one. Empty where
            content cannot be read.
        status: HTTP status, where the channel is on the web.
        certificate_sha256: fingerprint of the server's TLS certificate (DER), or empty.
        certificate_until: end of that certificate's validity.
        latency_ms: milliseconds until the answer was complete.
    """

    at: datetime
    visible: bool | None
    address: str = ""
    sha256: str = ""
    message: str = ""
    status: int | None = None
    certificate_sha256: str = ""
    certificate_until: datetime | None = None
    latency_ms: int | None = None
