"""
What passes between the house and an outside document system; promised from `records`, where everybody imports it from.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from .states import Direction


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """
    A file that a source offers, not fetched yet.

    Attributes:
        ref: what `Connector.open_attachment` needs; opaque to the house.
        size: bytes as the source claims, or None.
    """

    ordinal: int
    name: str
    media_type: str
    ref: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class PulledDocument:
    """
    A document as a connector offers it, in memory only, before the secrecy gate.

    Attributes:
        remote_id: the source's id, as text.
        fingerprint: digest over the normalised fields by which a change is seen.
        secrecy: the source's marking as written; None when the source has no such field.
        act: ``new``, ``recall``, ``update`` or ``replace``.
        targets: identifiers or remote ids that a recall, update or replacement is about.
        raw: original bytes (an edXML packet), kept as evidence after the gate; None for an API.
        ref: opaque handle for the connector (`list_attachments`, `settle`).
        text: what the connector has read on the first page itself (OCR of a scan), for the secrecy gate; never kept.
        due: day by which the source tells the agency to settle it (hạn giải quyết), or None.
    """

    remote_id: str
    direction: Direction
    type: str
    number: str
    issued: date | None
    arrived: date | None
    issuer: str
    subject: str
    fingerprint: str
    secrecy: str | None
    signer: str = ""
    identifier: str = ""
    urgency: str = ""
    page_amount: int | None = None
    act: str = "new"
    targets: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    raw: bytes | None = field(default=None, repr=False)
    ref: str = ""
    text: str = field(default="", repr=False)
    due: date | None = None


DOUBTS = frozenset({"number-missing", "subject-missing", "date-implausible", "fields-proposed"})
"""Marks of a paper whose fields a person must look at before anything is made public on their strength."""


@dataclass(frozen=True, slots=True)
class PulledProblem:
    """
    Something at a source that cannot be used: recorded and shown, never silently skipped.

    Attributes:
        ref: what names it at the source (packet file name, remote id), free of content.
        code: stable reason code, e.g. ``leading_junk``.
        raw_sha256: digest of the original bytes where there are any.
    """

    ref: str
    code: str
    message: str
    advice: str = ""
    raw_sha256: str = ""


@dataclass(frozen=True, slots=True)
class CursorMark:
    """A window is complete: intake stores `value`, and the next pull starts from it."""

    value: str


@dataclass(frozen=True, slots=True)
class Guard:
    """
    The circuit breaker between us and one outside system, as status and metrics show it.

    Attributes:
        state: ``closed`` (calls pass), ``open`` (none pass until `until`) or ``half-open`` (one call is on trial).
        failures: failed calls in a row.
        reason: code of the last failure (``timeout``, ``http-503`` …), free of content; empty when none.
        since: real moment at which it opened; None while it is closed.
        until: real moment from which a trial call may pass; None while it is closed.
    """

    state: str = "closed"
    failures: int = 0
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None


Pulled = PulledDocument | PulledProblem | CursorMark
