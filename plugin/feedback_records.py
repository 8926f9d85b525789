"""What sources of feedback hand over, and the code by which a comment names its matter."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

_CODE = re.compile(r"(?<![0-9A-Z])GY[-\u2010-\u2015 ]?([0-9A-F]{8})(?![0-9A-Z])")


def feedback_code(disclosure: str) -> str:
    """
    Return the code that people quote when they comment on a matter: ``GY-`` and eight hexadecimal digits.

    Args:
        disclosure: id of the disclosure; the same id always gives the same code.
    """
    return "GY-" + hashlib.sha256(disclosure.encode()).hexdigest()[:8].upper()


def feedback_codes(text: str) -> tuple[str, ...]:
    """Return the codes that a text names, each once, in the order they stand there; any letter case, any dash."""
    return tuple(dict.fromkeys(f"GY-{found}" for found in _CODE.findall(text.upper())))


@dataclass(frozen=True, slots=True)
class PulledFeedback:
    """
    One comment as a source offers it.

    Attributes:
        key: what names it at the source for ever (a Message-ID); the house keeps each key of a source once.
        received_at: when the source received it, with zone.
        text: what was said, plain text.
        subject: its heading, in which the matter's code is looked for first; empty when there is none.
        sender: where an answer would go (a mail address); kept beside the text, never in the journal.
        references: keys of acts of ours that it answers (the Message-ID of a notice without its domain).
        note: what a clerk should know, e.g. that attachments were left at the source.
        automatic: a machine wrote it (an absence notice, a bounce); it is kept and never answered.
    """

    key: str
    received_at: datetime
    text: str
    subject: str = ""
    sender: str = ""
    references: tuple[str, ...] = ()
    note: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceField:
    """
    One thing that a person must state or hand over to confirm an attended publication.

    Attributes:
        key: stable name, e.g. ``participants``.
        label: what the person reads, in Vietnamese.
        kind: ``text``, ``count`` (whole number above zero), ``days`` (dates, one a line or after commas), ``file``.
        required: whether the confirmation is refused without it.
        least: for ``count`` the smallest number, for ``days`` how many consecutive days at least; 0: no such limit.
    """

    key: str
    label: str
    kind: str
    required: bool = True
    least: int = 0
