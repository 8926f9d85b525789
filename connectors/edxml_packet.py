"""
The meaning of an edXML packet: what stands at which path of its tree, as typed records.

Elements are looked up by namespace and local name at their own path, never as "the first descendant of this name", and
in any order (edXML reference section 10, rules 3 and 4). Everything optional may be missing; nothing is repaired.
"""

import binascii
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from .doubts import plausible
from .durable_files import kept_name
from .edxml_mime import LoosePart
from .edxml_parse import Limits, local_name
from .edxml_reasons import packet_error

QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
NAMESPACES = frozenset(
    {QCVN, XMLDSIG, "http://schemas.xmlsoap.org/soap/envelope/", "http://www.e-doc.vn/Schema/", "http://e-doc.vn/xsd"}
)
ACTS = {"0": "new", "1": "recall", "2": "update", "3": "replace"}
"""``BussinessDocType`` (section 3) and what it asks for."""
URGENCIES = {"0": "Thường", "1": "Khẩn", "2": "Thượng khẩn", "3": "Hỏa tốc", "4": "Hỏa tốc hẹn giờ"}
"""``OtherInfo/Priority`` (section 5) and the words people use."""

_HEADER_CHILDREN = frozenset(
    {
        "From", "To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content", "SignerInfo",
        "DueDate", "OtherInfo", "ResponseFor", "SteeringType", "ToPlaces", "StaffInfo", "StatusCode", "Description",
        "Timestamp", "ResponseForTask", "ApplicationType",
    }
)  # fmt: skip
_IDENTIFIER = 255  # characters; what a database can index
_YEAR_FIRST = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Part:
    """
    One attachment as it travels in the packet.

    Attributes:
        ordinal: place within the packet, from 1.
        content_id: without ``cid:``.
        name: ``AttachmentName`` as text.
        content: bytes after base64, still inside their transport zip.
    """

    ordinal: int
    content_id: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Packet:
    """
    A packet's fields, in memory only.

    Attributes:
        act: ``new``, ``recall``, ``update``, ``replace`` or ``status``.
        identifier: ``MessageHeader/DocumentId``, opaque, NFC; empty when missing.
        named: documents the business block is about, in order, without repetitions; empty for a new paper.
        receivers: ``To/OrganId``.
        signature: ``present``, ``empty`` or ``absent``; never checked, see section 7.
        marks: what was odd.
        hold: empty, or the reason code why a person must decide.
        unknown: number of elements in the header that the standard does not name.
    """

    act: str
    identifier: str = ""
    named: tuple[str, ...] = ()
    sender_id: str = ""
    sender: str = field(default="", repr=False)
    receivers: tuple[str, ...] = ()
    type: str = ""
    number: str = ""
    issued: date | None = None
    due: date | None = None
    subject: str = field(default="", repr=False)
    signer: str = field(default="", repr=False)
    urgency: str = ""
    page_amount: int | None = None
    signature: str = "absent"
    status: str = ""
    parts: tuple[Part, ...] = ()
    marks: tuple[str, ...] = ()
    hold: str = ""
    unknown: int = 0


def read_packet(
    root: etree._Element, limits: Limits, loose: Sequence[LoosePart] = (), today: date | None = None
) -> Packet:
    """
    Read a parsed packet.

    Args:
        root: from `congkhai.connectors.edxml_parse.parse_tree`.
        limits: receivers, attachments and decoded sizes count here.
        loose: attachments that travelled beside the XML (`congkhai.connectors.edxml_mime`).
        today: shows which dates cannot be; None: any may.

    Raises:
        PacketError: ``not_edxml``, ``no_header``, ``second_header``, ``repeated_element``, ``business_type_unknown`` or
            a ``limit_…`` code. What concerns attachments or targets only is told in `Packet.hold` instead.
    """
    envelope, header, message = _frame(root)
    if _text(message, "StatusCode") and not _children(envelope, "edXMLBody", "Body"):
        return _status(message)
    marks: list[str] = []
    act, named = _business(header, _text(message, "DocumentId"), marks)
    parts, hold = _parts(root, envelope, limits, marks, loose)
    if act != "new" and not named:
        hold = hold or "target_missing"
    signature = _signature(header, envelope, root)
    marks.append({"present": "signature-present-unchecked"}.get(signature, f"signature-{signature}"))
    receivers = _receivers(message, limits)
    issued = _date(_text(message, "PromulgationInfo", "PromulgationDate"), "date", marks, missing=True)
    if issued is not None and today is not None and not plausible(issued, today):
        marks += ["date-implausible", f"date-as-written: {issued.isoformat()}"]
        issued = None
    due = _date(_text(message, "DueDate"), "due-date", marks, missing=False)
    if issued and due and due < issued:
        marks.append("due-before-issued")
    identifier = _text(message, "DocumentId")
    if len(identifier) > _IDENTIFIER or any(len(name) > _IDENTIFIER for name in named):
        raise packet_error("limit_identifier")
    subject = _text(message, "Subject") or _text(message, "Content")
    for mark, value in (("identifier-missing", identifier), ("subject-missing", subject)):
        if not value:
            marks.append(mark)
    return Packet(
        act=act, identifier=identifier, named=named, sender_id=_text(message, "From", "OrganId"),
        sender=_text(message, "From", "OrganName"), receivers=receivers,
        type=_text(message, "DocumentType", "TypeName"), number=_number(message, marks), issued=issued, due=due,
        subject=subject, signer=_text(message, "SignerInfo", "FullName"), urgency=_urgency(message, marks),
        page_amount=_amount(_text(message, "OtherInfo", "PageAmount"), marks), signature=signature, parts=parts,
        marks=tuple(dict.fromkeys(marks)), hold=hold,
        unknown=sum(1 for child in message if local_name(child) not in _HEADER_CHILDREN),
    )  # fmt: skip


def _status(message: etree._Element) -> Packet:
    # Section 4: decided by StatusCode alone, matched on ResponseFor/DocumentId, whoever sent it.
    answered = _text(message, "ResponseFor", "DocumentId")
    return Packet(
        act="status", named=(answered,) if answered else (), sender_id=_text(message, "From", "OrganId"),
        status=_text(message, "StatusCode"),
    )  # fmt: skip


def _frame(root: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element]:
    """Return envelope, header and the one MessageHeader; the SOAP form of older packets is its own envelope."""
    name = local_name(root)
    if name not in {"edXML", "edXMLEnvelope", "Envelope"} or not _known_namespace(root):
        raise packet_error("not_edxml")
    if sum(1 for element in root.iter() if local_name(element) == "MessageHeader" and _known_namespace(element)) > 1:
        raise packet_error("second_header")
    envelope = root if name != "edXML" else _child(root, "edXMLEnvelope")
    header = None if envelope is None else _child(envelope, "edXMLHeader", "Header")
    message = None if header is None else _child(header, "MessageHeader")
    if envelope is None or header is None or message is None:
        raise packet_error("no_header")
    return envelope, header, message


def _known_namespace(element: etree._Element) -> bool:
    return (etree.QName(element).namespace or "") in NAMESPACES


def _children(parent: etree._Element, *names: str) -> list[etree._Element]:
    return [child for child in parent if local_name(child) in names and _known_namespace(child)]


def _child(parent: etree._Element, *names: str) -> etree._Element | None:
    """Return the only child of these names; equal repetitions count as one, different ones raise PacketError."""
    found = _children(parent, *names)
    if len(found) > 1 and len({_content(element) for element in found}) > 1:
        raise packet_error("repeated_element")
    return found[0] if found else None


def _content(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple((local_name(part), (part.text or "").strip()) for part in element.iter())


def _text(parent: etree._Element, *path: str) -> str:
    """Return the trimmed NFC text at a path below `parent`; empty when anything on the way is missing."""
    element: etree._Element | None = parent
    for name in path:
        element = _child(element, name) if element is not None else None
    return "" if element is None else _clean(element.text)


def _clean(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "").strip()


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _business(header: etree._Element, own_id: str, marks: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return what the packet asks for and about which documents (section 3)."""
    trace = _child(header, "TraceHeaderList")
    block = None if trace is None else _child(trace, "Bussiness")
    if block is None:
        marks.append("business-missing")
        return "new", ()
    kind = _text(block, "BussinessDocType")
    if not kind:
        marks.append("business-type-missing")
        return "new", ()
    act = ACTS.get(kind.lstrip("0") or "0")
    if act is None:
        raise packet_error("business_type_unknown")
    if act == "new":
        return act, ()  # a Bussiness/DocumentId is meaningless here, and wrong in real packets
    if act == "replace":
        lists = _children(block, "ReplacementInfoList")
        infos = [info for each in lists for info in _children(each, "ReplacementInfo")]
        return act, _unique(_text(info, "DocumentId") for info in infos)
    return act, _unique((_text(block, "DocumentId"), own_id))


def _receivers(message: etree._Element, limits: Limits) -> tuple[str, ...]:
    receivers = _children(message, "To")
    if len(receivers) > limits.receivers:
        raise packet_error("limit_receivers")
    return _unique(_text(receiver, "OrganId") for receiver in receivers)


def _number(message: etree._Element, marks: list[str]) -> str:
    """Join number and notation as people write them, e.g. ``123/UBND-VX``."""
    number, notation = _text(message, "Code", "CodeNumber"), _text(message, "Code", "CodeNotation")
    if not number or not notation:
        marks.append("number-incomplete" if number or notation else "number-missing")
    if number and (not number.isdecimal() or len(number) > 11):
        marks.append("number-odd")  # NĐ 30/2020 Phụ lục VI gives CodeNumber 11 characters; real data exceeds it
    return "/".join(part for part in (number, notation) if part)


def _date(text: str, name: str, marks: list[str], *, missing: bool) -> date | None:
    """Read ``yyyy/MM/dd`` or ``dd/MM/yyyy``, with or without a time; anything else is marked, never guessed."""
    if not text:
        if missing:
            marks.append(f"{name}-missing")
        return None
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DAY_FIRST.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        pass
    marks.append(f"{name}-unreadable")
    return None


def _urgency(message: etree._Element, marks: list[str]) -> str:
    code = _text(message, "OtherInfo", "Priority")
    if code and code not in URGENCIES:
        marks.append("urgency-unknown")
    return URGENCIES.get(code, "")


def _amount(text: str, marks: list[str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        marks.append("page-amount-unreadable")
        return None
    return int(text)


def _signature(header: etree._Element, envelope: etree._Element, root: etree._Element) -> str:
    """Tell whether a Signature with a value is there; whether it is worth anything is never told (section 7)."""
    for parent in (header, envelope, root):
        for signature in _children(parent, "Signature"):
            value = next((item for item in _children(signature, "SignatureValue")), None)
            return "present" if value is not None and _clean(value.text) else "empty"
    return "absent"


def _parts(
    root: etree._Element, envelope: etree._Element, limits: Limits, marks: list[str], loose: Sequence[LoosePart]
) -> tuple[tuple[Part, ...], str]:
    """Return the attachments and the first reason to hold the packet (section 10, rules 6 and 9)."""
    places = (root,) if root is envelope else (root, envelope)
    carriers = [carrier for place in places for carrier in _children(place, "AttachmentEncoded")]
    elements = [element for carrier in carriers for element in _children(carrier, "Attachment")]
    listed = list(_manifest(envelope))
    if len(elements) + len(loose) > limits.attachments or len(listed) > limits.attachments:
        raise packet_error("limit_attachments")
    hold, total, parts = "", 0, list[Part]()
    for ordinal, element in enumerate(elements, start=1):
        content, size = _content_of(element, limits)
        total += size
        if total > limits.decoded:
            raise packet_error("limit_decoded_size")
        if content is None:
            hold = hold or "bad_base64"
        name = _attachment_name(_text(element, "AttachmentName"), ordinal, marks)
        parts.append(Part(ordinal, _content_id(element), name, content or b""))
    named = {key: name for key, name in listed if name}
    for ordinal, one in enumerate(loose, start=len(parts) + 1):
        if one.content is None:
            hold = hold or "bad_base64"
        name = _attachment_name(named.get(one.content_id) or one.name, ordinal, marks)
        parts.append(Part(ordinal, one.content_id, name, one.content or b""))
    if any(count > 1 for count in Counter(part.content_id for part in parts if part.content_id).values()):
        hold = hold or "duplicate_content_id"
    marks.extend(_orphans(listed, parts))
    return tuple(parts), hold


def _content_of(element: etree._Element, limits: Limits) -> tuple[bytes | None, int]:
    """Decode one attachment and let its text go, so that only one copy of it stays; None when it is no base64."""
    data = _child(element, "ContentTransferEncoded")
    encoded = "" if data is None else data.text or ""
    if data is not None:
        data.text = None
    if any(blank in encoded for blank in " \t\r\n"):
        encoded = "".join(encoded.split())
    size = len(encoded) // 4 * 3 - encoded[-2:].count("=")
    if size > limits.attachment:
        raise packet_error("limit_attachment_size")
    try:
        return binascii.a2b_base64(encoded, strict_mode=True), size
    except (binascii.Error, ValueError):
        return None, size


def _content_id(element: etree._Element) -> str:
    """Return the id of an attachment or of its manifest entry, which older packets carry in ``xlink:href``."""
    text = _text(element, "ContentId")
    if not text:
        text = _clean(next((value for name, value in element.items() if name.rpartition("}")[2] == "href"), ""))
    return text[4:].strip() if text[:4].lower() == "cid:" else text


def _attachment_name(written: str, ordinal: int, marks: list[str]) -> str:
    """Return the name as text that no file system can misread; what had to change is marked."""
    name = kept_name(written, f"attachment-{ordinal}")
    if name != written and written:
        marks.append("attachment-renamed")
    return name


def _manifest(envelope: etree._Element) -> Iterator[tuple[str, str]]:
    for body in _children(envelope, "edXMLBody", "Body"):
        for manifest in _children(body, "edXMLManifest", "Manifest"):
            for reference in _children(manifest, "Reference"):
                yield _content_id(reference), _text(reference, "AttachmentName")


def _orphans(listed: list[tuple[str, str]], parts: list[Part]) -> Iterator[str]:
    ids, names = {part.content_id for part in parts}, {part.name for part in parts}
    if any(key not in ids and name not in names for key, name in listed):
        yield "attachment-missing"
    listed_ids, listed_names = {key for key, _name in listed}, {name for _key, name in listed}
    if any(part.content_id not in listed_ids and part.name not in listed_names for part in parts):
        yield "attachment-unlisted"
