"""
Hostile variants by rule and not by idea: every element and attribute of a file's signatures bent in every simple way.

What was bent may be unsigned and harmless (a second certificate in KeyInfo); then a verifier may pass the variant, if
what it calls signed is what was signed. `same_paper` tells whether that is so.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from io import BytesIO

from lxml import etree

from .forge import DS

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
Bend = Callable[[etree._Element], bool]


def _drop(one: etree._Element) -> bool:
    parent = one.getparent()
    assert parent is not None
    parent.remove(one)
    return True


def _double(one: etree._Element) -> bool:
    one.addnext(deepcopy(one))
    return True


def _double_with_new_id(one: etree._Element) -> bool:
    if one.get("Id") is None:
        return False
    twin = deepcopy(one)
    for inner in twin.iter():
        if inner.get("Id"):
            inner.set("Id", "z" + inner.get("Id", ""))
    one.addnext(twin)
    return True


def _swap(one: etree._Element) -> bool:
    after = one.getnext()
    if after is None:
        return False
    after.addnext(one)
    return True


def _wrap(one: etree._Element) -> bool:
    parent = one.getparent()
    assert parent is not None
    outer = etree.Element(f"{{{DS}}}Object")
    parent.replace(one, outer)
    outer.append(one)
    return True


def _lift(one: etree._Element) -> bool:
    """Move an element to the end of the whole file."""
    root = one.getroottree().getroot()
    if one.getparent() is root:
        return False
    root.append(one)
    return True


def _rename(one: etree._Element) -> bool:
    one.tag = etree.QName("urn:other", etree.QName(one).localname).text
    return True


def _empty(one: etree._Element) -> bool:
    if not len(one) and not one.text:
        return False
    for inner in list(one):
        one.remove(inner)
    one.text = None
    return True


def _text(one: etree._Element) -> bool:
    if len(one) or not (one.text or "").strip():
        return False
    one.text = (one.text or "")[:-3] + "AAA"
    return True


def _foreign_child(one: etree._Element) -> bool:
    etree.SubElement(one, "{urn:other}Note").text = "Quyết định khác"
    return True


def _foreign_text(one: etree._Element) -> bool:
    one.text = "Đã đồng ý " + (one.text or "")
    return True


def _comment(one: etree._Element) -> bool:
    """Cut a text in two, or begin with a comment: a careless reader sees the first half only."""
    text, one.text = one.text or "", (one.text or "")[: len(one.text or "") // 2]
    note = etree.Comment(" x ")
    one.insert(0, note)
    note.tail = text[len(one.text or "") :]
    return True


BENDS: dict[str, Bend] = {
    "dropped": _drop, "doubled": _double, "doubled under new ids": _double_with_new_id, "swapped": _swap,
    "wrapped in an object": _wrap, "moved to the end": _lift, "in another namespace": _rename, "emptied": _empty,
    "another value": _text, "with a foreign child": _foreign_child, "with text": _foreign_text,
    "with a comment": _comment,
}  # fmt: skip


def tree_variants(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (what was done, file) for each element and attribute of the signatures in a file."""
    for number, name in enumerate(_names(good)):
        for how, bend in BENDS.items():
            root = etree.fromstring(good)
            one = _elements(root)[number]
            if bend(one):
                yield f"{number} {name} {how}", etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        for key in _elements(etree.fromstring(good))[number].attrib:
            for how, value in (("dropped", None), ("emptied", ""), ("of another", "#body"), ("changed", "x")):
                root = etree.fromstring(good)
                one = _elements(root)[number]
                if value == one.get(key):
                    continue
                if value is None:
                    del one.attrib[key]
                else:
                    one.set(key, value)
                yield f"{number} {name} @{key} {how}", etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _elements(root: etree._Element) -> list[etree._Element]:
    return [one for top in root.iter(f"{{{DS}}}Signature") for one in top.iter() if isinstance(one.tag, str)]


def _names(good: bytes) -> list[str]:
    return [etree.QName(one).localname for one in _elements(etree.fromstring(good))]


def shown(data: bytes) -> bytes:
    """Return what a reader sees of a file: everything but its signatures, canonical."""
    root = etree.fromstring(data)
    for one in list(root.iter(f"{{{DS}}}Signature")):
        parent = one.getparent()
        assert parent is not None
        parent.remove(one)
    out = BytesIO()
    etree.ElementTree(root).write_c14n(out)
    return out.getvalue()
