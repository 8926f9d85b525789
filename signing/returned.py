"""
A signature that comes back from elsewhere: which form it has, and the file in which it is then judged and kept.

Programs of others are handed the body alone (`body_alone`). What they give back is one of three: the body with a
signature inside it, a whole file with one more signature beside the body, or the bare ``ds:Signature``. A signature
beside the body fits our own file and is put into it; one inside the body lies in a file of its own
(``minutes.sig-ROLE.xml``). Nothing here judges: `verify_bytes` and the second verifier do.
"""

import re
from dataclasses import dataclass

from lxml import etree

from ._text import _
from .errors import FormatError
from .limits import DEFAULT_LIMITS, Limits
from .parallel import content_digest, find_body, is_body_alone, is_parallel
from .structure import SignatureParts, take_apart
from .xades_b import body_digest
from .xml_file import find_signatures
from .xmlsafe import DS, ParsedXml, canonical, ds, parse

LARGEST = 4 * 1024**2
"""Bytes of what may come back; minutes are a few kilobytes, long-term data the rest."""
_STRICT = Limits(references=16, certificates=16)
"""What one signature over one body may ask for; a thousand references would each be digested."""
_ENVELOPED = f"{DS}enveloped-signature"
_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*")
_UTF_8 = frozenset({"", "UTF-8", "ASCII", "US-ASCII"})


@dataclass(frozen=True, slots=True)
class Returned:
    """
    A signature that came back.

    Attributes:
        merged: it stands beside the body and fits our own file; otherwise it stays in a file of its own.
        document: the file to judge: our file with it inside, or the file of its own, byte for byte as it came where a
            whole file came.
        signature: the ``ds:Signature`` alone, for putting it into a newer file; empty when it is not merged.
        signature_id: its ``Id``, or empty.
    """

    merged: bool
    document: bytes
    signature: bytes
    signature_id: str


def body_alone(document: bytes) -> bytes:
    """
    Return the body of a file as a file of its own, UTF-8: what a program of others is handed to sign.

    Raises:
        FormatError: not a file whose body several parties sign.
    """
    parsed = parse(document)
    if not is_parallel(parsed):
        raise _refused(_("tệp không phải biên bản hay báo cáo"))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + canonical(find_body(parsed))


def read_returned(data: bytes, current: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Returned:
    """
    Find the one new signature in what came back, over the very body of our file.

    Args:
        data: what came back.
        current: our file as it is now, with the signatures of others or without.

    Raises:
        FormatError: not XML that is accepted, no signature or several, another body, content that was put in, or a
            signature over something that is not there.
    """
    if len(data) > LARGEST:
        raise _refused(_("tệp lớn hơn {most} MiB").format(most=LARGEST // 1024**2))
    parsed = parse(data, limits=limits)
    root = parsed.root
    if (parsed.tree.docinfo.encoding or "").upper() not in _UTF_8:
        raise _refused(_("tệp không phải UTF-8"))
    if root.getprevious() is not None or root.getnext() is not None:
        raise _refused(_("có chú thích hoặc chỉ thị ngoài phần tử gốc"))
    if next(root.iter(etree.Comment, etree.PI, etree.Entity), None) is not None:
        raise _refused(_("có chú thích hoặc chỉ thị"))
    if root.tag == ds("Signature"):
        return _bare(data, parsed, current, limits)
    if not is_parallel(parsed):
        raise _refused(_("tệp không phải biên bản hay báo cáo đã đưa đi ký"))
    if is_body_alone(parsed):
        return _inside(data, parsed, current, limits)
    return _beside_body(parsed, current, limits)


def merge_returned(current: bytes, signature: bytes) -> bytes:
    """
    Put a signature into our file, as last child of the root; every other byte stays.

    Args:
        signature: `Returned.signature`.

    Raises:
        FormatError: the result is not acceptable, e.g. an id of the signature is there already.
    """
    return _before_last_tag(current, signature)


def _inside(data: bytes, parsed: ParsedXml, current: bytes, limits: Limits) -> Returned:
    """Take a body with one signature in it: a child of the body, over the whole of it."""
    element = _only(parsed, limits)
    if element.getparent() is not parsed.root:
        raise _refused(_("chữ ký nằm sai chỗ"))
    take_apart(element, _STRICT)
    _same_body(parsed.root, current)
    return Returned(False, data, b"", element.get("Id", ""))


def _beside_body(parsed: ParsedXml, current: bytes, limits: Limits) -> Returned:
    """Take a whole file that has one signature more than ours."""
    body = find_body(parsed)
    _same_body(body, current)
    held = {canonical(one) for one in parse(current).root.iterchildren(ds("Signature"))}
    found, _counter = find_signatures(parsed, limits)
    new = [one for one in found if canonical(one) not in held]
    if len(new) != 1:
        raise _refused(_("cần đúng một chữ ký mới, tệp có {count}").format(count=len(new)))
    return _merged(new[0], current)


def _bare(data: bytes, parsed: ParsedXml, current: bytes, limits: Limits) -> Returned:
    """Take a signature alone; what its references say decides where it was made."""
    _only(parsed, limits)
    parts = take_apart(parsed.root, _STRICT)
    if not _is_enveloped(parts):
        return _merged(parsed.root, current)
    whole = _before_last_tag(body_alone(current), _DECLARATION.sub(b"", data, count=1))
    return Returned(False, whole, b"", parts.id)


def _is_enveloped(parts: SignatureParts) -> bool:
    data = [one for one in parts.references if one is not parts.properties_reference]
    return any(one.uri == "" or any(step.algorithm == _ENVELOPED for step in one.transforms) for one in data)


def _merged(element: etree._Element, current: bytes) -> Returned:
    if not element.get("Id"):
        raise _refused(_("chữ ký cạnh phần thân phải mang Id"))
    take_apart(element, _STRICT)
    signature = canonical(element)
    return Returned(True, merge_returned(current, signature), signature, element.get("Id", ""))


def _only(parsed: ParsedXml, limits: Limits) -> etree._Element:
    found, counter = find_signatures(parsed, limits)
    if len(found) != 1 or counter:
        raise _refused(_("cần đúng một chữ ký, tệp có {count}").format(count=len(found) + counter))
    return found[0]


def _same_body(body: etree._Element, current: bytes) -> None:
    if content_digest(body) != body_digest(current):
        raise FormatError(
            what=_("Nội dung được ký không phải phần thân của văn bản này."), code="congkhai-S318",
            advice=_("Tải lại phần thân, ký đúng tệp đó và không mở, lưu lại bằng chương trình khác."),
        )  # fmt: skip


def _before_last_tag(document: bytes, signature: bytes) -> bytes:
    place = document.rstrip().rfind(b"</")
    whole = document[:place] + signature + document[place:]
    parse(whole)
    return whole


def _refused(reason: str) -> FormatError:
    return FormatError(
        what=_("Tệp ký trả về không được chấp nhận: {reason}.").format(reason=reason), code="congkhai-S319",
        advice=_("Ký đúng tệp phần thân đã tải về, chỉ thêm một chữ ký, rồi gửi lại."),
    )  # fmt: skip
