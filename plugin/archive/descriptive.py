"""
Descriptive metadata: flat ``simpledc`` files, and the schema of a profile's field set.

The circular calls these files EAD, but they are not EAD 2002 or 3: one level, no namespace. Values that are too long
stop the package; nothing is cut (a shortened subject would be another subject).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NoReturn

from lxml import etree

from ..errors import InputError
from ..text import _
from .profile import Field, Profile
from .records import clean

_XS = "http://www.w3.org/2001/XMLSchema"
_DATE = r"(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/[0-9]{4}"


def descriptive(profile: Profile, kind: str, level: str, values: Mapping[str, str | int | None], where: str) -> bytes:
    """
    Write a descriptive file, UTF-8 with declaration, in the order of the profile's fields.

    Args:
        kind: ``sip``, ``aip`` or ``dip``; `level`: ``dossier`` or ``document``.
        values: by field name; fields that the profile does not have are left out, empty ones too.
        where: dossier or paper, for errors.

    Raises:
        InputError: a required value is missing, or one is too long or none of its list (code ``congkhai-E771``).
    """
    root = etree.Element("simpledc")
    for field in profile.fields[kind, level]:
        value = values.get(field.name)
        text = clean(str(value)) if value is not None else ""
        if text:
            _hold(profile, field, text, where)
            etree.SubElement(root, field.name).text = text
        elif field.required:
            _misfit(_("Thiếu trường {name}.").format(name=field.name), where)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _hold(profile: Profile, field: Field, text: str, where: str) -> None:
    if field.length and len(text) > field.length:
        _misfit(
            _("Trường {name} dài {length} ký tự, tối đa {most}.").format(
                name=field.name, length=len(text), most=field.length
            ),
            where,
        )
    patterns = {"number": r"\d+", "flag": "[01]", "date": _DATE, "text": ".*"}
    if not re.fullmatch(patterns[field.type], text, re.ASCII | re.DOTALL):
        _misfit(_("Trường {name} có giá trị không hợp lệ: {text}").format(name=field.name, text=text[:40]), where)
    if field.codes and text not in profile.lists[field.codes]:
        _misfit(_("Trường {name} có mã ngoài danh sách: {text}").format(name=field.name, text=text[:40]), where)


def _misfit(what: str, where: str) -> NoReturn:
    raise InputError(
        what=what, where=where, code="congkhai-E771",
        advice=_("Sửa trường này ở nguồn hoặc khai mã trong [archive]; phần mềm không tự cắt bớt hay tự chọn mã."),
    )  # fmt: skip


def schema_of(profile: Profile, kind: str, level: str) -> bytes:
    """Return the XML Schema of a field set: every field at most once and in any order, as the circular has it."""
    xs = f"{{{_XS}}}"
    schema = etree.Element(f"{xs}schema", nsmap={"xs": _XS})
    schema.append(etree.Comment(f" congkhai: {profile.id} {profile.version}, {kind} {level} "))
    element = etree.SubElement(schema, f"{xs}element", name="simpledc")
    group = etree.SubElement(etree.SubElement(element, f"{xs}complexType"), f"{xs}all")
    for field in profile.fields[kind, level]:
        one = etree.SubElement(group, f"{xs}element", name=field.name, minOccurs="1" if field.required else "0")
        restriction = etree.SubElement(etree.SubElement(one, f"{xs}simpleType"), f"{xs}restriction", base="xs:string")
        for facet, value in _facets(profile, field):
            etree.SubElement(restriction, f"{xs}{facet}", value=value)
    return etree.tostring(schema, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _facets(profile: Profile, field: Field) -> list[tuple[str, str]]:
    if field.codes:
        return [("enumeration", code) for code in profile.lists[field.codes]]
    if field.type == "text":
        return [("minLength", "1"), ("maxLength", str(field.length))]
    return [("pattern", {"number": f"[0-9]{{1,{field.length}}}", "flag": "[01]", "date": _DATE}[field.type])]


@lru_cache(maxsize=16)
def _compiled(schema: bytes) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(schema))


def validate_flat(xml: bytes, schema: bytes, where: str) -> None:
    """
    Hold a descriptive file against the very schema that lies in its package.

    Raises:
        InputError: it is not valid (code ``congkhai-E771``).
    """
    compiled = _compiled(schema)
    if not compiled.validate(etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))):
        last = compiled.error_log.last_error
        _misfit(_("Tệp mô tả không hợp lệ: {error}").format(error=last.message if last is not None else ""), where)
