"""
The one way in which this package reads XML, finds ids and canonicalises.

A file is parsed once. DOCTYPE is refused, nothing is fetched, ids are indexed once over all four spellings that some
verifier takes for an id, and a value that occurs twice is refused: otherwise two programs could resolve one
reference to two elements.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from ._text import _
from .errors import FormatError
from .limits import DEFAULT_LIMITS, Limits

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"

_PLAIN_ENCODINGS = frozenset({"UTF-8", "UTF8", "ASCII", "US-ASCII", "ISO-8859-1"})
ID_ATTRIBUTES = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


@dataclass(frozen=True, slots=True)
class ParsedXml:
    """
    A parsed file.

    Attributes:
        root: root element.
        tree: the document, with what stands beside the root.
        ids: every id of the four spellings → its element.
    """

    root: etree._Element
    tree: etree._ElementTree
    ids: dict[str, etree._Element]


@cache
def ds(name: str) -> str:
    """Return the tag of an XML Signature element."""
    return f"{{{DS}}}{name}"


@cache
def xades(name: str) -> str:
    """Return the tag of a XAdES 1.3.2 element."""
    return f"{{{XADES}}}{name}"


def xades141(name: str) -> str:
    """Return the tag of a XAdES 1.4.1 element."""
    return f"{{{XADES141}}}{name}"


def parse(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> ParsedXml:
    """
    Parse one XML file.

    Args:
        data: whole file, bytes.
        limits: `Limits.xml_bytes` is applied here.

    Returns:
        The parsed file with its id index.

    Raises:
        FormatError: too large, not well-formed, too deep, DOCTYPE, entities, too many attributes or
            namespaces in one place, or an id that occurs twice.
    """
    if len(data) > limits.xml_bytes:
        raise FormatError(
            what=_("Tệp XML dài {size} byte, quá giới hạn {limit} byte.").format(
                size=len(data), limit=limits.xml_bytes
            ),
            code="congkhai-S301",
        )
    # A fresh parser for each file: parsers are cheap, and an lxml parser keeps the error log of its last run.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, collect_ids=False, remove_comments=False, remove_pis=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise FormatError(
            what=_("Tệp không phải là XML đúng cú pháp: {reason}").format(reason=error), code="congkhai-S302"
        ) from error
    tree = root.getroottree()
    info = tree.docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise FormatError(what=_("Tệp XML có DOCTYPE; không được chấp nhận."), code="congkhai-S303")
    if next(root.iter(etree.Entity), None) is not None:
        raise FormatError(what=_("Tệp XML có thực thể (entity); không được chấp nhận."), code="congkhai-S303")
    _limit_width(data, root, info.encoding, limits)
    return ParsedXml(root=root, tree=tree, ids=_index_ids(root))


def _limit_width(data: bytes, root: etree._Element, encoding: str | None, limits: Limits) -> None:
    """Refuse too many attributes in one element, or too many namespaces in scope."""
    # What does not stand in the whole file that often cannot stand in one place that often; where letters are bytes,
    # counting them spares the walk through the tree for nearly every file.
    plain = (encoding or "UTF-8").upper() in _PLAIN_ENCODINGS and b"\0" not in data
    if plain and data.count(b"=") <= min(limits.attributes, limits.namespaces):
        return
    if not plain or data.count(b"xmlns") > limits.namespaces:
        _limit_namespaces(root, limits.namespaces)
    if any(len(element.attrib) > limits.attributes for element in root.iter(etree.Element)):
        raise FormatError(
            what=_("Tệp XML có phần tử mang hơn {limit} thuộc tính.").format(limit=limits.attributes),
            code="congkhai-S301",
        )


def _limit_namespaces(root: etree._Element, limit: int) -> None:
    in_scope = 0
    for event, _value in etree.iterwalk(root, events=("start-ns", "end-ns")):
        in_scope += 1 if event == "start-ns" else -1
        if in_scope > limit:
            raise FormatError(
                what=_("Tệp XML khai báo hơn {limit} không gian tên cùng lúc.").format(limit=limit),
                code="congkhai-S301",
            )


def _index_ids(root: etree._Element) -> dict[str, etree._Element]:
    ids: dict[str, etree._Element] = {}
    for found in _short_names()(root):
        if found.attrname not in ID_ATTRIBUTES:
            continue
        value = str(found)
        if value in ids:
            raise FormatError(what=_("Mã định danh “{id}” xuất hiện hai lần.").format(id=value), code="congkhai-S304")
        ids[value] = found.getparent()
    return ids


_PER_THREAD = threading.local()


def _short_names() -> Any:
    """
    Return an expression of our own that finds all attributes with names of two letters, which is where ids are.

    Asking each element for four names takes longer than parsing it. Each thread has its own compiled expression.
    """
    found = getattr(_PER_THREAD, "short_names", None)
    if found is None:
        found = _PER_THREAD.short_names = etree.XPath("descendant-or-self::*/@*[string-length(local-name())=2]")
    return found


def canonical(
    node: etree._Element | etree._ElementTree, *, exclusive: bool = True, prefixes: Sequence[str] = ()
) -> bytes:
    """
    Canonicalise an element (without its tail) or a whole document, always without comments.

    Args:
        node: element or document; the document keeps processing instructions beside the root.
        exclusive: exclusive canonicalisation; False gives inclusive Canonical XML 1.0.
        prefixes: ``InclusiveNamespaces PrefixList``; ``#default`` as in the standard.

    Returns:
        Canonical octets, UTF-8.

    Raises:
        FormatError: the content has no canonical form.

    Source: Exclusive XML Canonicalization 1.0; Canonical XML 1.0.
    """
    if not exclusive and isinstance(node, etree._Element) and node.getparent() is not None:
        node = apart(node)
    try:
        return etree.tostring(
            node, method="c14n", exclusive=exclusive, with_comments=False,
            inclusive_ns_prefixes=(list(prefixes) or None) if exclusive else None,
        )  # fmt: skip
    except etree.LxmlError as error:  # a relative namespace name, for one, has no canonical form
        raise FormatError(
            what=_("Không đưa được nội dung về dạng chuẩn (canonical): {reason}").format(reason=error),
            code="congkhai-S305",
        ) from error


def apart(node: etree._Element) -> etree._Element:
    """
    Return an element as the root of a document of its own, with every namespace that was in scope.

    Inside another document lxml's inclusive form is wrong where a default namespace was declared anew: it writes
    ``xmlns=""`` into elements two levels down, and a right signature of programs that write no prefixes looks changed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(etree.tostring(node, with_tail=False), parser)


def child_of(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Return the first element at the end of a path of tags, each the first child of its name; None where it ends."""
    for tag in path:
        if element is None:
            return None
        element = next(element.iterchildren(tag), None)
    return element


def text_of(element: etree._Element | None) -> str:
    """
    Return all text inside an element, stripped; empty for None.

    `element.text` would end at the first comment, so that a reader would see less than was signed.
    """
    if element is None:
        return ""
    if not len(element):  # nothing inside that could cut the text into pieces
        return (element.text or "").strip()
    return "".join(str(part) for part in element.itertext(etree.Element)).strip()


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml_text(text: str) -> bool:
    """Tell whether every character may stand in an XML 1.0 document."""
    return _NOT_XML.search(text) is None
