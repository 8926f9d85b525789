"""
What a reference points to, and its digest: a whitelist of transforms, ids through the index, no network.

Digests are computed from the same tree that will be shown. XPath expressions are compared as text with the few that the
European tools write; none is ever evaluated.

Source: XML Signature 1.1 sections 4.4.3 and 6.6; XML-Signature XPath Filter 2.0.
"""

import hashlib
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from lxml import etree

from ._text import _
from .algorithms import DIGESTS
from .errors import FormatError
from .structure import Reference, Transform
from .xmlsafe import DS, ID_ATTRIBUTES, ParsedXml, canonical, ds, text_of

_ENVELOPED = f"{DS}enveloped-signature"
_BASE64 = f"{DS}base64"
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_EXCLUSIVE = re.compile(r"http://www\.w3\.org/2001/10/xml-exc-c14n#(WithComments)?")
_INCLUSIVE = re.compile(r"http://www\.w3\.org/(TR/2001/REC-xml-c14n-20010315|2006/12/xml-c14n11)(#WithComments)?#?")
_XPATH_LITERALS = {"not(ancestor-or-self::ds:Signature)", "not(ancestor-or-self::dsig:Signature)"}
_FILTER_LITERALS = {"/descendant::ds:Signature", "/descendant::dsig:Signature"}
_XPOINTER = re.compile(r"""#xpointer\(id\((?:'([^']+)'|"([^"]+)")\)\)""")
_XML_NS = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(slots=True)
class Work:
    """
    How many octets one file's verification may still canonicalise.

    A thousand references to one large element would otherwise cost a thousand times its size.
    """

    left: int = 512 * 1024**2

    def spend(self, octets: int) -> None:
        """Count octets; raise FormatError when the file asks for too much."""
        self.left -= octets
        if self.left < 0:
            raise _forbidden(_("khối lượng tính toán vượt giới hạn"))


@dataclass(frozen=True, slots=True)
class Target:
    """
    What a reference resolved to.

    Attributes:
        element: the element; None for a member or a missing target.
        document: the whole document is meant.
        member: name of a container member, or empty.
        missing: nothing of that name is there.
        without_signatures: signatures inside were left out of the digest.
        decoded: the digest is over base64-decoded content.
    """

    element: etree._Element | None = None
    document: bool = False
    member: str = ""
    missing: bool = False
    without_signatures: bool = False
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A reference with its target; `matches` tells whether the digest agrees, `weak` whether its algorithm is weak."""

    reference: Reference
    target: Target
    matches: bool
    weak: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What a signature's references may reach.

    Attributes:
        parsed: the file that holds the signature.
        member_digest: name of a member and digest name → digest, None when there is no such member; None outside of
            containers.
        member_open: name of a member → its bytes for reading, None when there is no such member; needed for archive
            timestamps.
        digested: hash name and names of members in their order → hash object over their bytes, so that several archive
            timestamps over the same files read them once.
    """

    parsed: ParsedXml
    member_digest: Callable[[str, str], bytes | None] | None = None
    member_open: Callable[[str], BinaryIO | None] | None = None
    work: Work = field(default_factory=Work)
    digested: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False)


def _forbidden(reason: str) -> FormatError:
    return FormatError(what=_("Tham chiếu không được chấp nhận: {reason}.").format(reason=reason), code="congkhai-S308")


def check_reference(reference: Reference, signature: etree._Element, around: Surroundings) -> Checked:
    """
    Resolve a reference and compare its digest.

    Args:
        reference: the reference.
        signature: the ``ds:Signature`` it belongs to.
        around: file and container.

    Raises:
        FormatError: forbidden transform, external URI, or content without a canonical form.
    """
    algorithm = DIGESTS.get(reference.digest_uri)
    if algorithm is None:
        raise _forbidden(_("thuật toán băm {uri} không được chấp nhận").format(uri=ascii(reference.digest_uri)))
    name, weak = algorithm
    target = _resolve(reference, around)
    if target.missing:
        return Checked(reference, target, matches=False, weak=weak)
    if target.member:
        if reference.transforms or around.member_digest is None:
            raise _forbidden(_("tệp trong gói không được qua phép biến đổi"))
        found = around.member_digest(target.member, name)
        if found is None:
            return Checked(reference, Target(member=target.member, missing=True), matches=False, weak=weak)
        return Checked(reference, target, matches=found == reference.digest, weak=weak)
    octets, target = _transformed(reference, target, signature, around)
    digest = hashlib.new(name, octets).digest()
    return Checked(reference, target, matches=digest == reference.digest, weak=weak)


def reference_octets(
    reference: Reference, signature: etree._Element, around: Surroundings, method: tuple[str, etree._Element | None]
) -> Iterator[bytes]:
    """
    Yield the octets that a reference gives, for a timestamp over them.

    Args:
        reference: the reference.
        signature: the ``ds:Signature`` it belongs to.
        around: file and container.
        method: identifier and element of the canonicalisation that turns a node-set at the end into octets.

    Raises:
        FormatError: forbidden transform, external URI, or something missing.
    """
    target = _resolve(reference, around)
    if not target.missing and not target.member:
        yield _transformed(reference, target, signature, around, method)[0]
        return
    stream = None if around.member_open is None or reference.transforms else around.member_open(target.member)
    if stream is None:
        raise FormatError(
            what=_("Không tìm thấy nội dung được ký: {name}.").format(name=target.member or reference.uri),
            code="congkhai-S308",
        )
    with stream:
        while piece := stream.read(1024 * 1024):
            yield piece


def _resolve(reference: Reference, around: Surroundings) -> Target:
    from .names import name_of

    uri = reference.uri
    if uri in {"", "#xpointer(/)"}:
        return Target(element=around.parsed.root, document=True)
    match = _XPOINTER.fullmatch(uri)
    if uri.startswith("#"):
        wanted = (match[1] or match[2]) if match else uri[1:]
        if "(" in wanted or not wanted:
            raise _forbidden(_("XPointer {uri}").format(uri=ascii(uri[:100])))
        element = around.parsed.ids.get(wanted)
        return Target(missing=True) if element is None else Target(element=element)
    name = name_of(uri)
    if name is None:
        raise _forbidden(_("địa chỉ ngoài {uri}").format(uri=ascii(uri[:100])))
    return Target(member=name) if around.member_digest is not None else Target(member=name, missing=True)


def _transformed(
    reference: Reference,
    target: Target,
    signature: etree._Element,
    around: Surroundings,
    method: tuple[str, etree._Element | None] = (_C14N, None),
) -> tuple[bytes, Target]:
    """Apply the transforms; a node-set that is left at the end is canonicalised inclusively, as the standard says."""
    assert target.element is not None  # noqa: S101 - members and missing targets never come here
    leave_out: set[etree._Element] = set()
    octets: bytes | None = None
    decoded = False
    for transform in reference.transforms:
        if octets is not None:
            raise _forbidden(_("có phép biến đổi sau khi nội dung đã thành chuỗi byte"))
        if transform.algorithm == _ENVELOPED:
            leave_out.add(signature)
        elif transform.algorithm in {_XPATH, _FILTER2}:
            _check_literal(transform)
            leave_out.update(around.parsed.root.iter(ds("Signature")))
        elif transform.algorithm == _BASE64:
            decoded, octets = True, _decode(target.element)
        else:
            octets = _canonical(transform.algorithm, transform.element, target, leave_out, around)
    if octets is None:
        octets = _canonical(*method, target, leave_out, around)
    around.work.spend(len(octets))
    inside = any(one is target.element or target.element in one.iterancestors() for one in leave_out)
    return octets, Target(target.element, target.document, without_signatures=inside, decoded=decoded)


def _check_literal(transform: Transform) -> None:
    """Accept only the expressions that leave out signatures, by their text, with ``ds`` bound to XML Signature."""
    parameters = [child for child in transform.element if isinstance(child.tag, str)]
    if len(parameters) == 1:
        text = re.sub(r"\s+", "", text_of(parameters[0]))
        prefix = "dsig" if "dsig:" in text else "ds"
        bound = parameters[0].nsmap.get(prefix) == DS
        plain = transform.algorithm == _XPATH and parameters[0].tag == ds("XPath") and text in _XPATH_LITERALS
        subtract = (
            transform.algorithm == _FILTER2
            and parameters[0].tag == f"{{{_FILTER2}}}XPath"
            and parameters[0].get("Filter") == "subtract"
            and text in _FILTER_LITERALS
        )
        if bound and (plain or subtract):
            return
    raise _forbidden(_("biểu thức XPath không nằm trong danh sách cho phép"))


def _decode(element: etree._Element) -> bytes:
    try:
        return b64decode("".join(text_of(element).split()), validate=True)
    except (Base64Error, ValueError) as error:
        raise _forbidden(_("nội dung không phải base64")) from error


def c14n_parameters(algorithm: str, element: etree._Element | None) -> tuple[bool, tuple[str, ...]]:
    """
    Return whether an identifier means exclusive canonicalisation, and its prefix list.

    Comments never matter: references by id or to the document leave them out by definition, and SignedInfo with
    comments is refused.

    Raises:
        FormatError: not a canonicalisation that is accepted.
    """
    if _INCLUSIVE.fullmatch(algorithm):
        return False, ()
    if not _EXCLUSIVE.fullmatch(algorithm):
        raise _forbidden(_("phép biến đổi {uri}").format(uri=ascii(algorithm[:100])))
    tag = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
    found = None if element is None else element.find(tag)
    prefixes = () if found is None else tuple(found.get("PrefixList", "").split())
    if "#default" in prefixes:  # the library drops it silently, so that a right file would look changed
        raise _forbidden(_("PrefixList có #default, không kiểm tra được"))
    return True, prefixes


def _canonical(
    algorithm: str, element: etree._Element | None, target: Target, leave_out: set[etree._Element], around: Surroundings
) -> bytes:
    exclusive, prefixes = c14n_parameters(algorithm, element)
    assert target.element is not None  # noqa: S101 - see _transformed
    node = target.element
    if not exclusive and not target.document:
        refuse_inherited(node)
    inside = [one for one in leave_out if one is not node and node in one.iterancestors()]
    if inside:
        around.work.spend(len(etree.tostring(around.parsed.root)))
        node = _copy_without(around.parsed, node, inside)
    if target.document:
        return canonical(node.getroottree(), exclusive=exclusive, prefixes=prefixes)
    return canonical(node, exclusive=exclusive, prefixes=prefixes)


def refuse_inherited(node: etree._Element) -> None:
    """Refuse inclusive canonicalisation where ``xml:*`` would be inherited: the library would leave it out."""
    for ancestor in node.iterancestors():
        if any(name.startswith(_XML_NS) for name in ancestor.attrib):
            raise _forbidden(_("chuẩn hóa inclusive với thuộc tính xml:* kế thừa, không kiểm tra được"))


def _copy_without(parsed: ParsedXml, node: etree._Element, leave_out: list[etree._Element]) -> etree._Element:
    """Return `node` inside a copy of the document from which some elements are taken; their tails stay."""
    paths = [_path(one) for one in leave_out]
    own = _path(node)
    tree = deepcopy(parsed.tree)
    root = tree.getroot()
    doomed = [_follow(root, path) for path in paths]
    copy = _follow(root, own)
    for one in doomed:
        parent = one.getparent()
        if parent is not None:
            _take_out(parent, one)
    return copy


def _take_out(parent: etree._Element, child: etree._Element) -> None:
    before, tail = child.getprevious(), child.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(child)


def _path(node: etree._Element) -> list[int]:
    steps: list[int] = []
    current: etree._Element | None = node
    while current is not None and (parent := current.getparent()) is not None:
        steps.append(parent.index(current))
        current = parent
    return steps[::-1]


def _follow(root: etree._Element, path: list[int]) -> etree._Element:
    node = root
    for step in path:
        node = node[step]
    return node


def has_id(element: etree._Element) -> str:
    """Return the element's id in any of the four spellings, or empty."""
    return next((value for name in ID_ATTRIBUTES if (value := element.get(name))), "")
