"""
Our XML read back, as if a stranger had sent it.

A file may come back from a signer's program, from another agency or from an archive: entities, document types, comments
and processing instructions are refused, sizes are limited, and the schema decides the rest.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import TypeVar

from lxml import etree

from ..errors import InputError
from ..text import _
from .body import MinutesContent
from .codec import Shape
from .shapes import MINUTES, MINUTES_NAMESPACE

XML_CODE = "congkhai-E131"
MAX_BYTES = 32 * 1024 * 1024  # signatures with long-term data are the bulk; minutes themselves are a few kilobytes
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
SCHEMAS = {
    MINUTES_NAMESPACE: ("Minutes", "minutes.xsd"),
    "urn:congkhai:report:1": ("Report", "report.xsd"),
    "urn:congkhai:dossier:1": ("Dossier", "dossier.xsd"),
    "urn:congkhai:decision:1": ("Decision", "decision.xsd"),
}
_ID_NAMES = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
_T = TypeVar("_T")


def validate(xml: bytes) -> None:
    """
    Check minutes, a report or a dossier index against its schema, chosen by the root's namespace.

    Args:
        xml: the file, with or without signatures. Signatures are not verified here.

    Raises:
        InputError: not our XML, not safe, or not as the schema says (code ``congkhai-E131``).
    """
    parse(xml)


def read_minutes(xml: bytes) -> MinutesContent:
    """
    Read minutes, signed or not; signatures are not verified here.

    Returns:
        What `minutes_xml` was given, in normal form.

    Raises:
        InputError: as `validate`, or the file is no minutes.
    """
    return read_body(xml, MINUTES_NAMESPACE, MINUTES)


def body_sha256(xml: bytes) -> str:
    """
    Return the digest of ``Body``, in hexadecimal: what every signer signs.

    It is SHA-256 over the exclusive canonical form without comments, the form that a signature's reference names.

    Raises:
        InputError: as `validate`, or the document has no body.
    """
    body = _body(parse(xml))
    return hashlib.sha256(etree.tostring(body, method="c14n", exclusive=True, with_comments=False)).hexdigest()


def read_body(xml: bytes, namespace: str, shape: Shape[_T]) -> _T:
    """Read the ``Body`` of a document of this namespace. Raises InputError."""
    return read_shape(_body(expect(parse(xml), namespace)), shape)


def read_shape(element: etree._Element, shape: Shape[_T]) -> _T:
    """Read a record from a validated element. Raises InputError."""
    try:
        return shape.read(element)
    except (ValueError, TypeError) as error:
        raise _refused(_("Nội dung XML không đúng cấu trúc: {detail}").format(detail=error)) from error


def expect(root: etree._Element, namespace: str) -> etree._Element:
    """Return `root` if it belongs to `namespace`. Raises InputError."""
    if etree.QName(root).namespace != namespace:
        raise _refused(_("Tệp không phải loại văn bản cần đọc ({found}).").format(found=etree.QName(root).namespace))
    return root


def parse(xml: bytes) -> etree._Element:
    """
    Parse and validate our XML.

    Returns:
        The root, free of document type, entities, comments and processing instructions, valid against its schema.

    Raises:
        InputError: anything else.
    """
    if len(xml) > MAX_BYTES:
        raise _refused(_("Tệp XML lớn hơn {limit} MiB.").format(limit=MAX_BYTES // 1024 // 1024))
    try:
        # One encoding only, so that the search below and the parser see the same characters.
        if "<!DOCTYPE" in xml.decode("utf-8"):
            raise _refused(_("Tệp XML có khai báo DOCTYPE, không được phép."))
        tree = etree.fromstring(xml, parser()).getroottree()
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        raise _refused(_("Không đọc được tệp XML: {detail}").format(detail=error)) from error
    _refuse_extras(tree)
    root = tree.getroot()
    _schema_check(root)
    _refuse_second_body(root)
    _refuse_lacking(root)
    return root


def parser() -> etree.XMLParser:
    """Return a parser that resolves nothing and reaches no network."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=False)


def _refuse_extras(tree: etree._ElementTree) -> None:
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None or tree.docinfo.encoding not in {"UTF-8", None}:
        raise _refused(_("Tệp XML phải là UTF-8, không có DOCTYPE."))
    root = tree.getroot()
    before, after = root.itersiblings(preceding=True), root.itersiblings()
    extras = [*before, *after, *root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity)]
    if extras:
        raise _refused(_("Tệp XML có chú thích, chỉ thị xử lý hoặc thực thể, không được phép trong văn bản ký số."))


def _schema_check(root: etree._Element) -> None:
    name = etree.QName(root)
    known = SCHEMAS.get(name.namespace or "")
    if known is None or known[0] != name.localname:
        raise _refused(_("Không nhận ra loại tệp XML ({name}).").format(name=root.tag))
    schema = _schema(known[1])
    if not schema.validate(root):
        fault = schema.error_log[0]
        raise InputError(
            _("Tệp XML không hợp lệ theo {schema}: {detail}").format(schema=known[1], detail=fault.message),
            where=f"{name.localname}:{fault.line}",
            advice=_("Dùng tệp gốc do phần mềm lập; nếu tệp đã bị sửa, lập lại văn bản."),
            code=XML_CODE,
        )
    for child in root.iterchildren(etree.Element):
        if name.localname != "Dossier" and etree.QName(child).localname != "Body" and child.tag != SIGNATURE:
            raise _refused(_("Ngoài Body chỉ được có chữ ký số (ds:Signature)."))


def _schema(name: str) -> etree.XMLSchema:
    """Return a schema made ready once in each thread: its list of errors is that of its last file."""
    held = _SCHEMAS.__dict__
    if name not in held:
        held[name] = etree.XMLSchema(_schema_document(name))
    schema: etree.XMLSchema = held[name]
    return schema


_SCHEMAS = local()


@lru_cache(maxsize=len(SCHEMAS))
def _schema_document(name: str) -> etree._ElementTree:
    return etree.parse(str(Path(__file__).with_name(name)), etree.XMLParser(no_network=True, load_dtd=False))


def _refuse_second_body(root: etree._Element) -> None:
    """Refuse a second element that a reference to ``#body`` could mean (signature wrapping)."""
    bodies = [element for element in root.iter(etree.Element) if "body" in {element.get(name) for name in _ID_NAMES}]
    if len(bodies) > 1:
        raise _refused(_("Tệp XML có hai phần tử cùng mã “body”."))


def _refuse_lacking(root: etree._Element) -> None:
    """Refuse minutes without a part that their kind needs; XSD 1.0 cannot make a part depend on an attribute."""
    if etree.QName(root).localname != "Minutes":
        return
    body = _body(root)
    parts = {etree.QName(child).localname for child in body.iterchildren(etree.Element)}
    for part in _NEEDED[body.get("kind", "")]:
        if part not in parts and not (part == "Documents" and "Declarants" in parts):
            raise _refused(_("Biên bản thiếu phần {part}.").format(part=part))


_NEEDED = {
    "posting": ("Documents", "Channels"),
    "closing": ("Documents", "Channels"),
    "declarations": ("Declarants", "Channels"),
    "conference": ("Meeting",),
    "ballot": ("Meeting",),
}


def _body(root: etree._Element) -> etree._Element:
    for child in root.iterchildren(etree.Element):
        if etree.QName(child).localname == "Body":
            return child
    raise _refused(_("Tệp XML không có Body."))


def _refused(what: str) -> InputError:
    return InputError(
        what, advice=_("Dùng tệp gốc do phần mềm lập; không mở và lưu lại bằng phần mềm khác."), code=XML_CODE
    )
