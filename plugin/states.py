"""The closed sets of values that records use."""

from enum import StrEnum


class Direction(StrEnum):
    """Whether the agency received the paper (văn bản đến) or issued it (văn bản đi)."""

    IN = "in"
    OUT = "out"


class DocumentStatus(StrEnum):
    """What became of a document at its source."""

    CURRENT = "current"
    RECALLED = "recalled"  # thu hồi
    REPLACED = "replaced"  # thay thế
    UPDATED = "updated"  # a later version of the same paper is held


class Decision(StrEnum):
    """What tagging says may be done with a document."""

    AUTO = "auto"
    REVIEW = "review"
    NONE = "none"
    REFUSED = "refused"


class DisclosureState(StrEnum):
    """Stored states of a disclosure; ``overdue`` and ``short`` are computed, never stored."""

    PROPOSED = "proposed"
    REVIEW = "review"
    DUE = "due"
    POSTED = "posted"
    CLOSING = "closing"
    CLOSED = "closed"
    FILED = "filed"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class PostingState(StrEnum):
    """One channel's publication: to do, waiting for a person, up, taken down, or undecidable."""

    PLANNED = "planned"
    WAITING = "waiting"
    UP = "up"
    DOWN = "down"
    UNSURE = "unsure"


class Severity(StrEnum):
    """How much a finding weighs: an ``error`` blocks "complete"."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


class Outcome(StrEnum):
    """How intake ended for one pulled document; the connector is told after the commit."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"  # secret or of unknown secrecy: stays where the sender put it
    HELD = "held"  # a person must decide
