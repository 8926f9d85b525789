"""
What a signature covers, in words that can be compared with what is shown.

FULL means that every byte a reader sees is under the signature; everything else is PARTIAL and lists its scope.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from ._text import _
from .parallel import NAMESPACES
from .references import Checked, has_id
from .structure import SignatureParts
from .xmlsafe import ParsedXml, ds

MANIFEST_TYPE = "http://www.w3.org/2000/09/xmldsig#Manifest"


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    What one signature covers.

    Attributes:
        full: nothing that is shown is left out.
        scope: elements and members, for people.
        members: names of covered container members.
        notes: what is left out, for people.
        elements: covered elements.
        document: the whole document is covered.
    """

    full: bool
    scope: tuple[str, ...]
    members: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    elements: tuple[etree._Element, ...] = ()
    document: bool = False


_WRAPPER = "internally-detached"
"""Root that EU DSS puts around signed elements and their signatures; it says nothing."""


def _only_wraps(root: etree._Element, covered: Sequence[etree._Element]) -> bool:
    """
    Tell whether a root is the bare wrapper of another program around what is covered.

    Bodies that several parties sign have rules of their own, from which no wrapper may free them.
    """
    loose = (root.text or "").strip() or any((child.tail or "").strip() for child in root)
    if root.tag != _WRAPPER or root.attrib or loose:
        return False
    others = [child for child in root if child.tag != ds("Signature")]
    return bool(others) and all(one in covered and etree.QName(one).namespace not in NAMESPACES for one in others)


def describe(element: etree._Element) -> str:
    """Return an element's local name with its id, e.g. ``Body#body``."""
    identifier = has_id(element)
    return etree.QName(element).localname + (f"#{identifier}" if identifier else "")


def coverage(
    parts: SignatureParts,
    checked: Sequence[Checked],
    parsed: ParsedXml,
    *,
    body: etree._Element | None,
    members: frozenset[str] | None,
) -> Coverage:
    """
    Compute what a signature covers.

    Args:
        parts: the signature.
        checked: its references, those with a matching digest only count.
        parsed: the file it lies in.
        body: the one element that a file of parallel signatures shows; None for other files.
        members: data files of the container it lies in; None outside of containers.
    """
    good = [one for one in checked if one.matches and one.reference is not parts.properties_reference]
    elements = tuple(one.target.element for one in good if one.target.element is not None and not one.target.decoded)
    names = frozenset(one.target.member for one in good if one.target.member)
    document = any(one.target.document for one in good)
    scope = [_("toàn bộ tệp (trừ chữ ký)")] if document else []
    scope += [describe(one) for one in elements if one is not parsed.root or not document]
    scope += [
        describe(one.target.element) + " (base64)"
        for one in good
        if one.target.decoded and one.target.element is not None
    ]
    scope += sorted(names)
    # A base64 object that holds text and nothing else is signed to its last byte, though not as an element.
    payloads = [
        one.target.element
        for one in good
        if one.target.decoded and one.target.element in parts.objects and not len(one.target.element)
    ]
    notes = [
        _("Trong chữ ký có nội dung không được ký: {name}.").format(name=describe(one))
        for one in parts.objects
        if one not in elements and one not in payloads
    ]
    notes += [
        _("Bản kê ds:Manifest: các tệp trong đó không được kiểm tra.")
        for one in good
        if one.reference.kind == MANIFEST_TYPE
    ]
    if members is not None:
        full = bool(members) and names == members
    elif body is not None:
        full = document or body in elements or parsed.root in elements
    elif parsed.root.tag == ds("Signature"):
        full = bool(parts.objects) and all(one in elements or one in payloads for one in parts.objects)
    else:
        alone = parsed.root.getprevious() is None and parsed.root.getnext() is None
        full = document or (alone and (parsed.root in elements or _only_wraps(parsed.root, elements)))
    return Coverage(full and not notes, tuple(dict.fromkeys(scope)), names, tuple(notes), elements, document)
