"""
Writer of edXML packets (QCVN 102:2016/BTTTT) for the simulator and the tests: clean ones, and every kind of dirt.

Order, prefix style and attachments follow the edXML reference, sections 2, 3, 4 and 6; each line of section 8 and each
hostile form of section 11 is a fault code of `FAULTS`.
"""

import base64
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape, quoteattr

from .edxml_zips import extension_of, lying_zip, transport_zip

QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
RAW_EXTENSIONS = frozenset({"pdf", "doc", "docx", "xsl", "xslx", "zip"})
"""What the public SDK sends without zipping it first; the misspelt ones are its own (section 6)."""
FAULTS = frozenset(
    {
        "bad_base64", "bad_date", "bad_issue_date", "base64_lines", "comments", "crlf", "deep", "dtd",
        "duplicate_content_id", "empty_signature", "entity", "external_entity", "half", "leading_junk",
        "lying_types", "many_receivers", "missing_attachment", "no_business", "no_signature", "not_edxml",
        "parameter_entity", "prefix", "second_header", "second_subject", "shuffled", "undeclared_prefix",
        "utf16", "utf7", "zip_bit3", "zip_bomb", "zip_encrypted", "zip_lie", "zip_nested", "zip_traversal",
    }
)  # fmt: skip
"""Codes of what can be wrong with a packet; they may be combined."""
_REASONS = {
    "new": "Văn bản điện tử mới",
    "recall": "Thu hồi văn bản điện tử",
    "update": "Cập nhật văn bản điện tử",
    "replace": "Văn bản thay thế",
}
_TYPES = {"new": "0", "recall": "1", "update": "2", "replace": "3"}


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or receiver: organisation id and name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PacketFile:
    """An attachment before it is packed: name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PacketFields:
    """
    What a packet says.

    Attributes:
        number: joined số, ký hiệu; split at the first ``/``.
        issued: as written, normally ``yyyy/MM/dd``; empty when missing.
        act: ``new``, ``recall``, ``update`` or ``replace``.
        target: id of the paper that a recall, update or replacement is about.
        timestamp: ``yyyy/MM/dd HH:mm:ss``.
    """

    identifier: str
    number: str
    issued: str
    type: str
    subject: str
    sender: Party
    receivers: tuple[Party, ...]
    signer: str = ""
    priority: str = "0"
    due: str = ""
    act: str = "new"
    target: str = ""
    timestamp: str = "2025/01/02 08:30:00"
    files: tuple[PacketFile, ...] = ()
    pages: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """An element: name, then either text or children; `plain` ones take the default namespace without prefix."""

    name: str
    text: str = ""
    children: "tuple[Node, ...]" = ()
    attributes: tuple[tuple[str, str], ...] = ()
    plain: bool = False


def document_packet(fields: PacketFields, faults: Collection[str] = ()) -> bytes:
    """
    Write a new, recall, update or replace packet.

    Args:
        fields: what it says.
        faults: codes of `FAULTS`; several may be combined. Raises ValueError for an unknown one.
    """
    if unknown := set(faults) - FAULTS:
        raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
    if "bad_issue_date" in faults:
        fields = replace(fields, issued="2025/02/30")
    if "bad_date" in faults:
        fields = replace(fields, identifier=f"{fields.sender.id},2014/02/30,{fields.number}")
    attachments = _attachments(fields, faults)
    headers = [_message(fields, faults)] * (2 if "second_header" in faults else 1)
    signature = [] if "no_signature" in faults else [_signature(empty="empty_signature" in faults)]
    manifest = _manifest(attachments, faults)
    root = Node(
        "edXML" if "not_edxml" not in faults else "html",
        children=(
            Node(
                "edXMLEnvelope",
                children=(
                    Node("edXMLHeader", children=(*headers, _trace(fields, faults), *signature)),
                    Node("edXMLBody", children=(manifest,)),
                ),
            ),
            Node("AttachmentEncoded", children=tuple(_encoded(attachments, faults)), plain=True),
        ),
        plain=True,
    )
    return _bytes(root, faults)


def status_packet(sender: Party, receiver: Party, code: str, answered: str, description: str = "") -> bytes:
    """
    Write a status packet (section 4).

    Args:
        code: ``01`` … ``06``, ``13``, ``15``, ``16``.
        answered: ``DocumentId`` of the paper it is about.
    """
    message = Node(
        "MessageHeader",
        children=(
            Node("From", children=_party(sender)),
            Node("ResponseFor", children=(Node("OrganId", receiver.id), Node("DocumentId", answered))),
            Node("StaffInfo", children=(Node("Department", "Văn thư"), Node("Staff", "Người Mẫu"))),
            Node("StatusCode", code),
            Node("Description", description),
            Node("Timestamp", "2025/01/03 11:08:36"),
        ),
    )
    header = Node("edXMLHeader", children=(message,))
    return _bytes(Node("edXML", children=(Node("edXMLEnvelope", children=(header,)),), plain=True), ())


@dataclass(frozen=True, slots=True)
class _Packed:
    key: str
    name: str
    label: str
    encoded: str


def _attachments(fields: PacketFields, faults: Collection[str]) -> list[_Packed]:
    packed = []
    for number, file in enumerate(fields.files, start=1):
        content, zipped = file.content, extension_of(file.name) not in RAW_EXTENSIONS
        if number == 1 and (lie := lying_zip(file.name, file.content, faults)) is not None:
            content, zipped = lie, True
        elif zipped:
            content = transport_zip(file.name, content)
        label = f"application/{'zip' if zipped else extension_of(file.name)}"
        if "lying_types" in faults:
            label = "text/plain"
        encoded = base64.b64encode(content).decode()
        if number == 1 and "bad_base64" in faults:
            encoded = "${CONTENT_OF_FILE}"
        if "base64_lines" in faults:
            encoded = "\n".join(encoded[start : start + 76] for start in range(0, len(encoded), 76))
        key = "209" if "duplicate_content_id" in faults else str(208 + number)
        packed.append(_Packed(key, file.name, label, encoded))
    return packed


def _party(party: Party) -> tuple[Node, ...]:
    return (
        Node("OrganId", party.id),
        Node("OrganizationInCharge", "UBND tỉnh Mẫu"),
        Node("OrganName", party.name),
        Node("OrganAdd", ""),
        Node("Email", "vanthu@example.invalid"),
        Node("Telephone", "0000000001"),
    )


def _message(fields: PacketFields, faults: Collection[str]) -> Node:
    number, _slash, notation = fields.number.partition("/")
    subjects = [Node("Subject", fields.subject)]
    if "second_subject" in faults:
        subjects.append(Node("Subject", f"{fields.subject} (khác)"))
    return Node(
        "MessageHeader",
        children=(
            Node("From", children=_party(fields.sender)),
            *(Node("To", children=_party(receiver)) for receiver in fields.receivers),
            Node("DocumentId", fields.identifier),
            Node("Code", children=(Node("CodeNumber", number), Node("CodeNotation", notation))),
            Node("PromulgationInfo", children=(Node("Place", "Tỉnh Mẫu"), Node("PromulgationDate", fields.issued))),
            Node("DocumentType", children=(Node("Type", "1"), Node("TypeDetail", "0"), Node("TypeName", fields.type))),
            *subjects,
            Node("Content", fields.subject),
            Node("SignerInfo", children=(Node("Competence"), Node("Position"), Node("FullName", fields.signer))),
            Node("DueDate", fields.due),
            Node(
                "OtherInfo",
                children=(
                    Node("Priority", fields.priority),
                    Node("PromulgationAmount", "2"),
                    Node("PageAmount", fields.pages),
                    Node("Direction", "false"),
                ),
            ),
            Node("SteeringType", "1"),
            Node("ToPlaces", children=(Node("Place", "Các phòng, ban"), Node("Place", "Lưu: VT"))),
        ),
    )


def _trace(fields: PacketFields, faults: Collection[str]) -> Node:
    trace = Node("TraceHeader", children=(Node("OrganId", fields.sender.id), Node("Timestamp", fields.timestamp)))
    if "no_business" in faults:
        return Node("TraceHeaderList", children=(trace,))
    extra: tuple[Node, ...] = ()
    if fields.act == "new":
        # The public examples carry such an impossible date here; for a new paper it means nothing.
        extra = (Node("DocumentId", f"{fields.sender.id},2014/02/30,7/UBND-VX"),)
    elif fields.act == "update":
        changed = (Node("DocumentInfo", "1"), Node("DocumentReceiver", "0"))
        extra = (Node("DocumentId", fields.target), Node("BussinessDocumentInfo", children=changed))
    elif fields.act == "replace":
        info = Node(
            "ReplacementInfo",
            children=(
                Node("DocumentId", fields.target),
                Node("OrganIdList", children=tuple(Node("OrganId", receiver.id) for receiver in fields.receivers)),
            ),
        )
        extra = (Node("ReplacementInfoList", children=(info, info)),)  # repeated in real packets too
    business = Node(
        "Bussiness",
        children=(
            Node("BussinessDocType", _TYPES[fields.act]),
            Node("BussinessDocReason", _REASONS[fields.act]),
            Node("Paper", "0"),
            *extra,
        ),
    )
    return Node("TraceHeaderList", children=(trace, business))


def _signature(*, empty: bool) -> Node:
    # Placeholder values, as in every public sample; outside the XML-DSig namespace, as there.
    value = "" if empty else "AAAAAAAAAAAAAAAA"
    return Node("Signature", children=(Node("SignatureValue", value, plain=True),), plain=True)


def _manifest(attachments: list[_Packed], faults: Collection[str]) -> Node:
    link = (("xlink:href", "cid:209"),) if "undeclared_prefix" in faults else ()
    references = tuple(
        Node(
            "Reference",
            children=(
                Node("ContentId", f"cid:{packed.key}"),
                Node("ContentType", packed.label),
                Node("Description", packed.name),
                Node("AttachmentName", packed.name),
            ),
            attributes=link,
        )
        for packed in attachments
    )
    return Node("edXMLManifest", children=references, attributes=(("version", "1.0"), *(() if references else link)))


def _encoded(attachments: list[_Packed], faults: Collection[str]) -> Iterator[Node]:
    for packed in attachments[1:] if "missing_attachment" in faults else attachments:
        yield Node(
            "Attachment",
            children=(
                Node("ContentId", f"cid:{packed.key}", plain=True),
                Node("AttachmentName", packed.name, plain=True),
                Node("ContentType", packed.label, plain=True),
                Node("ContentTransferEncoded", packed.encoded, attributes=(("xmlns:edXML", QCVN),)),
            ),
            plain=True,
        )


def _bytes(root: Node, faults: Collection[str]) -> bytes:
    prefix = "" if "prefix" in faults else "edXML:"
    order = random.Random(102) if "shuffled" in faults else None  # noqa: S311 - an order, not a secret
    body = "".join(_render(root, prefix, order, 0, comments="comments" in faults))
    if "deep" in faults:
        body = body.replace("<AttachmentEncoded>", "<AttachmentEncoded>" + "<x>" * 200 + "</x>" * 200, 1)
    if "many_receivers" in faults:
        start, end = body.index(f"<{prefix}To>"), body.index(f"</{prefix}To>") + len(f"</{prefix}To>")
        body = body[:start] + body[start:end] * 100_000 + body[end:]
    declared = "utf-7" if "utf7" in faults else "utf-16" if "utf16" in faults else "UTF-8"
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{_doctype(faults)}{body}'
    if "entity" in faults:
        text = text.replace("</edXML:Subject>", "&z;</edXML:Subject>").replace("</Subject>", "&z;</Subject>")
    if "crlf" in faults:
        text = text.replace("\n", "\r\n").replace("><", ">\r\n\t<")
    data = text.encode("utf-16" if "utf16" in faults else "utf-8")
    if "leading_junk" in faults:
        data = b"1212" + data
    return data[: len(data) * 3 // 5] if "half" in faults else data


def _doctype(faults: Collection[str]) -> str:
    if "entity" in faults:
        laughs = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for name, inner in ("yx", "zy"))
        return f'<!DOCTYPE edXML [<!ENTITY x "ha">{laughs}]>'
    if "dtd" in faults:
        return "<!DOCTYPE edXML>"
    if "external_entity" in faults:
        return '<!DOCTYPE edXML [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    if "parameter_entity" in faults:
        return '<!DOCTYPE edXML [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]>'
    return ""


def _render(node: Node, prefix: str, order: random.Random | None, depth: int, *, comments: bool) -> Iterator[str]:
    name = node.name if node.plain else prefix + node.name
    attributes = list(node.attributes)
    if depth == 0:
        attributes.append(("xmlns", QCVN))
    elif depth == 1 and node.name == "edXMLEnvelope":
        attributes.append(("xmlns:edXML", QCVN))
    yield f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes)}>"
    if comments:
        yield "<!-- ghi chú --><?ghi chu?>"
    half = len(node.text) // 2
    yield escape(node.text[:half])
    if comments and node.text and node.name != "ContentTransferEncoded":
        yield "<!-- giữa chừng -->"
    yield escape(node.text[half:])
    children = list(node.children)
    if order:
        order.shuffle(children)
    for child in children:
        yield from _render(child, prefix, order, depth + 1, comments=comments)
    yield f"</{name}>"
