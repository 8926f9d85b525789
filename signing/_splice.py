"""
Putting unsigned properties into a signature without touching any other byte of its file.

A parser only finds the place; the bytes before and after it stay as they are, because signatures and archive
timestamps of others cover them as they are written.
"""

from collections.abc import Sequence

# expat reports byte positions, which lxml does not; the bytes were parsed and limited by `xmlsafe.parse` before.
from xml.parsers import expat

from ._text import _
from .errors import FormatError, LevelError
from .xmlsafe import DS, XADES, parse

_NS = f' xmlns:xades="{XADES}"'
_INNER = f"{XADES}|UnsignedSignatureProperties"
_OUTER = f"{XADES}|UnsignedProperties"
_QUALIFYING = f"{XADES}|QualifyingProperties"


def add_properties(document: bytes, signature_id: str, properties: str) -> bytes:
    """
    Return a file with more unsigned signature properties behind those that are there.

    Args:
        document: the file; UTF-8.
        signature_id: ``Id`` of the ``ds:Signature``.
        properties: property elements, each declaring the namespaces it uses.

    Raises:
        LevelError: the file is not UTF-8, or the signature has no qualifying properties.
        FormatError: the result would not be acceptable XML.
    """
    encoding = (parse(document).tree.docinfo.encoding or "UTF-8").upper()
    ends = _ends(document, signature_id) if encoding in {"UTF-8", "ASCII", "US-ASCII"} else {}
    for name, before, after in (
        (_INNER, "", ""),
        (_OUTER, f"<xades:UnsignedSignatureProperties{_NS}>", "</xades:UnsignedSignatureProperties>"),
        (
            _QUALIFYING,
            f"<xades:UnsignedProperties{_NS}><xades:UnsignedSignatureProperties>",
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>",
        ),
    ):
        place = ends.get(name)
        if place is None:
            continue
        if not document.startswith(b"</", place):
            break
        result = document[:place] + f"{before}{properties}{after}".encode() + document[place:]
        parse(result)
        return result
    raise LevelError(
        what=_("Không ghép được thuộc tính vào chữ ký này: tệp không phải UTF-8 hoặc chữ ký không phải XAdES."),
        where=signature_id, code="congkhai-S741",
    )  # fmt: skip


def _ends(document: bytes, signature_id: str) -> dict[str, int]:
    """Return where the end tags of the signature's own property containers begin."""
    parser = expat.ParserCreate(namespace_separator="|")
    path: list[str] = []
    wanted: list[int] = []
    ends: dict[str, int] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if name == f"{DS}|Signature" and attributes.get("Id") == signature_id:
            wanted.append(len(path))

    def end(name: str) -> None:
        if wanted and _is_own(path[wanted[0] - 1 :]):
            ends.setdefault(name, parser.CurrentByteIndex)
        path.pop()
        if wanted and len(path) < wanted[0]:
            wanted.clear()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise FormatError(
            what=_("Tệp không phải là XML đúng cú pháp: {reason}").format(reason=error), code="congkhai-S302"
        ) from error
    return ends


def _is_own(path: Sequence[str]) -> bool:
    """Tell whether a path, from the signature on, is one of the containers in their only lawful place."""
    full = [f"{DS}|Signature", f"{DS}|Object", _QUALIFYING, _OUTER, _INNER]
    return len(path) > 2 and list(path) == full[: len(path)]
