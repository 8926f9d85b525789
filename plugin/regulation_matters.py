"""
What staff decide, are consulted on, and supervise: the matters of Luật 10/2022/QH15 beside disclosure.

The Law's lists (Điều 49, 53) hold for every agency; a regulation gives its own clause for each of them, and where it is
silent the Law stands. They are the matters of the dossiers ``decision``, ``consultation`` and ``supervision``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .text import _

KINDS = ("decide", "consult", "supervise")
DOSSIERS = {"decide": "decision", "consult": "consultation", "supervise": "supervision"}
"""Kind of dossier in which a matter of each kind ends."""


@dataclass(frozen=True, slots=True)
class StaffMatter:
    """
    One matter in which staff take part.

    Attributes:
        kind: ``decide`` (bàn và quyết định), ``consult`` (tham gia ý kiến) or ``supervise`` (kiểm tra, giám sát).
        number: its number in the Law's list, e.g. ``8``; a regulation's further matters take any other name.
        text: what it covers, shortly, in our words; empty in a regulation that takes the Law's.
        source: clause as people cite it.
        from_law: True when the agency's regulation is silent and the Law stands.
        confirmed: False when nobody has compared it with the text in force.
    """

    kind: str
    number: str
    text: str
    source: str
    from_law: bool = False
    confirmed: bool = True

    @property
    def dossier(self) -> str:
        """Kind of dossier in which it ends."""
        return DOSSIERS[self.kind]


def lay_over(own: Iterable[StaffMatter], law: Iterable[StaffMatter]) -> tuple[StaffMatter, ...]:
    """
    Return the matters that hold for an agency: the Law's, each with the agency's clause where it has one, then further.

    Args:
        own: the agency's matters as read; `law`: the Law's.
    """
    mine = {(matter.kind, matter.number): matter for matter in own}
    found = []
    for base in law:
        held = mine.pop((base.kind, base.number), None)
        if held is None:
            found.append(replace(base, from_law=True))
        else:
            found.append(replace(held, text=held.text or base.text, confirmed=held.confirmed and base.confirmed))
    return (*found, *mine.values())


def kind_words(kind: str) -> str:
    """Name a kind of taking part for people."""
    return {
        "decide": _("bàn và quyết định"), "consult": _("tham gia ý kiến"), "supervise": _("kiểm tra, giám sát"),
    }[kind]  # fmt: skip


def summary(matters: Iterable[StaffMatter], kind: str) -> str:
    """Say in one line which matters of a kind hold and by which clauses; empty when there are none."""
    chosen = [matter for matter in matters if matter.kind == kind]
    if not chosen:
        return ""
    listed = "; ".join(f"{matter.text} ({matter.source})" for matter in chosen)
    return _("{kind}: {count} việc – {listed}").format(kind=kind_words(kind), count=len(chosen), listed=listed)
