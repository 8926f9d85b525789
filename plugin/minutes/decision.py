"""
The head's decision to close a dossier although something is missing, as XML that its holder signs like minutes.

The body names the dossier, its version and every fault that the decision covers, so that it holds for nothing else.
Source: docs/how-to/dossiers.md; NĐ 30/2020/NĐ-CP Điều 29.4 (who closes a file).
"""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from ..text import _
from .body import Agency, JournalHead, Role
from .check import content_error, normalised, require_texts
from .codec import MOMENT, WHOLE, Attribute, Constant, Leaf, Many, Nested, Shape
from .read import SIGNATURE, parser, read_body
from .rules import check_journal, check_roles
from .shapes import AGENCY, JOURNAL, ROLE
from .write import document_bytes

DECISION_NAMESPACE = "urn:congkhai:decision:1"
_SUBJECT = "Kết thúc hồ sơ khi còn thiếu thành phần"
_EFFECT = "Hồ sơ được niêm phong như hiện có và không được coi là hồ sơ đầy đủ."


@dataclass(frozen=True, slots=True)
class Lack:
    """One fault that a decision covers: id of the finding, its place in the dossier, and what it says."""

    finding: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class DecisionContent:
    """
    A decision to close a dossier as it is.

    Attributes:
        dossier, version: what it is about; `title`: of the dossier.
        bases: number and date of a written decision, if there is one.
        lacking: every fault that it covers; at least one.
        made: when its words were settled; the signature tells when it was signed.
        roles: who signs: the head, or the deputy by name.
    """

    dossier: str
    version: int
    title: str
    agency: Agency
    bases: tuple[str, ...]
    reason: str
    lacking: tuple[Lack, ...]
    made: datetime
    journal: JournalHead
    roles: tuple[Role, ...]


_LACK = Shape(Lack, (Attribute("finding", "code"), Leaf("where", "Part"), Leaf("message", "Message")))
DECISION = Shape(
    DecisionContent,
    (
        Leaf("dossier", "DossierId"),
        Leaf("version", "Version", WHOLE),
        Constant("Subject", _SUBJECT),
        Leaf("title", "Title"),
        Nested("agency", "Organ", AGENCY),
        Many("bases", "Bases", "Basis"),
        Leaf("reason", "Reason"),
        Many("lacking", "Lacking", "Lack", _LACK, ordered=True),
        Constant("Effect", _EFFECT),
        Leaf("made", "Made", MOMENT),
        Nested("journal", "JournalHead", JOURNAL),
        Many("roles", "RequiredRoles", "Role", ROLE, ordered=True),
    ),
)


def decision_xml(content: DecisionContent) -> bytes:
    """
    Write a decision, unsigned: ``<Decision><Body Id="body">…</Body></Decision>``; equal for equal contents.

    Raises:
        InputError: it has no reason, or covers nothing.
    """
    content = normalised(content)
    require_texts(content, ("dossier", "title", "reason"))
    if not content.lacking:
        raise content_error(
            _("Quyết định không nêu thành phần nào còn thiếu."), "lacking", _("Hồ sơ đủ thì không cần quyết định này.")
        )
    check_journal(content.journal)
    check_roles(content.roles)
    return document_bytes(DECISION_NAMESPACE, "Decision", DECISION, content)


def read_decision(xml: bytes) -> DecisionContent:
    """Read a decision, signed or not; signatures are not verified here. Raises InputError."""
    return read_body(xml, DECISION_NAMESPACE, DECISION)


def decision_around(xml: bytes) -> bytes | None:
    """
    Return the unsigned decision whose body a program of others has signed from inside.

    Args:
        xml: a file that `congkhai.signing.read_returned` took for a body with a signature in it, or any other.

    Returns:
        What `decision_xml` wrote; None when the file is a whole decision itself.

    Raises:
        InputError: its body is not that of a decision.
    """
    root = etree.fromstring(xml, parser())
    if etree.QName(root).localname != "Body":
        return None
    for one in root.findall(SIGNATURE):
        root.remove(one)
    whole = etree.Element(f"{{{DECISION_NAMESPACE}}}Decision", nsmap={None: DECISION_NAMESPACE})
    whole.append(root)
    return decision_xml(read_decision(etree.tostring(whole, encoding="UTF-8", xml_declaration=True)))
