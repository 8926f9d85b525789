"""
Files whose body several parties sign apart: one rule set, known by namespace, nothing else known about them.

``<root><Body Id="…">…<RequiredRoles><Role key="…"/></RequiredRoles></Body><ds:Signature/>*</root>``: only the body has
meaning, so whatever stands beside it is refused; the body itself names the roles that must sign it.
"""

import hashlib
import re
from pathlib import PurePosixPath

from lxml import etree

from ._text import _
from .errors import FormatError
from .xmlsafe import ParsedXml, canonical, ds

NAMESPACES = frozenset({"urn:congkhai:minutes:1", "urn:congkhai:report:1", "urn:congkhai:decision:1"})
"""Namespaces of root elements that are held to this form."""

_BESIDE = re.compile(r"(?P<stem>.+)\.sig-(?P<role>[A-Za-z0-9_-]{1,64})\.xml")


def is_parallel(parsed: ParsedXml) -> bool:
    """Tell whether a file belongs to this form, whatever its state."""
    return etree.QName(parsed.root).namespace in NAMESPACES


def is_body_alone(parsed: ParsedXml) -> bool:
    """Tell whether the root is a body alone, as it is handed to foreign signing programs."""
    return is_parallel(parsed) and etree.QName(parsed.root).localname == "Body"


def find_body(parsed: ParsedXml) -> etree._Element:
    """
    Return the body after checking that nothing but signatures stands beside it.

    Raises:
        FormatError: no body or two, other elements, loose text, comments, attributes on the root.
    """
    root = parsed.root
    if is_body_alone(parsed):
        return root
    tag = f"{{{etree.QName(root).namespace}}}Body"
    bodies = [child for child in root if child.tag == tag]
    if len(bodies) != 1 or not bodies[0].get("Id"):
        raise _refused(_("phải có đúng một phần thân (Body) mang Id"))
    if any(child.tag not in {tag, ds("Signature")} for child in root) or root.attrib:
        raise _refused(_("có nội dung ngoài phần thân và chữ ký"))
    if (root.text or "").strip() or any((child.tail or "").strip() for child in root):
        raise _refused(_("có chữ nằm rời ngoài phần thân"))
    if root.getprevious() is not None or root.getnext() is not None:
        raise _refused(_("có chú thích hoặc chỉ thị ngoài phần tử gốc"))
    if next(bodies[0].iter(etree.Comment, etree.PI, etree.Entity), None) is not None:
        raise _refused(_("phần thân có chú thích hoặc chỉ thị"))
    if next(bodies[0].iter(ds("Signature")), None) is not None:
        raise _refused(_("có chữ ký nằm trong phần thân"))
    return bodies[0]


def _refused(reason: str) -> FormatError:
    return FormatError(
        what=_("Tệp biên bản không được chấp nhận: {reason}.").format(reason=reason), code="congkhai-S310"
    )


def required_roles(body: etree._Element) -> tuple[str, ...]:
    """Return the keys of the roles that the signed body requires, in their order there, each once."""
    namespace = etree.QName(body).namespace
    found = body.iterfind(f".//{{{namespace}}}RequiredRoles/{{{namespace}}}Role")
    return tuple(dict.fromkeys(key for one in found if (key := one.get("key"))))


def content_digest(body: etree._Element) -> str:
    """Return SHA-256, hexadecimal, of a body's exclusive canonical form without the signatures put into it."""
    inner = list(body.iter(ds("Signature")))
    if inner:
        from copy import deepcopy

        body = deepcopy(body)
        for one in list(body.iterchildren(ds("Signature"))):
            before, tail = one.getprevious(), one.tail or ""
            if before is not None:
                before.tail = (before.tail or "") + tail
            else:
                body.text = (body.text or "") + tail
            body.remove(one)
    return hashlib.sha256(canonical(body)).hexdigest()


def beside(name: str) -> tuple[str, str] | None:
    """
    Split the name of a signature file that lies beside its minutes.

    Args:
        name: file name or member name, ``minutes.sig-ROLE.xml``.

    Returns:
        Name of the minutes file it belongs to, and the role; None when it is no such name.
    """
    path = PurePosixPath(name)
    match = _BESIDE.fullmatch(path.name)
    if match is None:
        return None
    return str(path.with_name(f"{match['stem']}.xml")), match["role"]
