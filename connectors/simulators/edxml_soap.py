"""
Writer of the older edXML form (công văn 512 era): a SOAP envelope, its attachments as MIME parts named by ``cid:``.

Faults: ``no_boundary`` (the message is cut off before its closing boundary), ``bare`` (no header lines before the
first boundary), ``quoted`` (quoted-printable XML), ``base64`` (attachments in base64 instead of binary), ``noise``
(line noise in the base64), ``orphan`` (the manifest names a part that is not there), ``crlf_free`` (bare line feeds),
``nested`` (a multipart inside), ``root_last`` (the XML is the last part, named by ``start``).
"""

import base64
import quopri
from collections.abc import Collection
from xml.sax.saxutils import escape

from .edxml_packets import PacketFields

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
EDOC = "http://www.e-doc.vn/Schema/"
FAULTS = frozenset(
    {"no_boundary", "bare", "quoted", "base64", "noise", "orphan", "crlf_free", "nested", "root_last"}
)  # fmt: skip
_BOUNDARY = "----=_Part_7_102.512"
_TYPES = {"new": "0", "recall": "1", "update": "2", "replace": "3"}


def soap_packet(fields: PacketFields, faults: Collection[str] = ()) -> bytes:
    """Write a packet as one MIME message; raises ValueError for a fault that is not of `FAULTS`."""
    if unknown := set(faults) - FAULTS:
        raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
    end = b"\n" if "crlf_free" in faults else b"\r\n"
    xml = _envelope(fields, orphan="orphan" in faults).encode("utf-8")
    how = "quoted-printable" if "quoted" in faults else "binary"
    root = _part(
        [("Content-Type", 'text/xml; charset="UTF-8"'), ("Content-Transfer-Encoding", how), ("Content-ID", "<root>")],
        quopri.encodestring(xml) if "quoted" in faults else xml, end,
    )  # fmt: skip
    parts = [_attachment(number, file.name, file.content, faults, end) for number, file in enumerate(fields.files, 1)]
    parts = [*parts, root] if "root_last" in faults else [root, *parts]
    if "nested" in faults:
        parts.append(_part([("Content-Type", 'multipart/mixed; boundary="x"')], b"--x--", end))
    mark = b"--" + _BOUNDARY.encode()
    body = b"".join(mark + end + part + end for part in parts)
    message = body + (b"" if "no_boundary" in faults else mark + b"--" + end)
    if "bare" in faults:
        return message
    start = '; start="<root>"'
    head = f'multipart/related; type="text/xml"; boundary="{_BOUNDARY}"{start}'
    return _part([("MIME-Version", "1.0"), ("Content-Type", head)], message, end)


def _part(headers: list[tuple[str, str]], body: bytes, end: bytes) -> bytes:
    return b"".join(f"{name}: {value}".encode() + end for name, value in headers) + end + body


def _attachment(number: int, name: str, content: bytes, faults: Collection[str], end: bytes) -> bytes:
    how = "base64" if {"base64", "noise"} & set(faults) else "binary"
    if how == "base64":
        content = base64.encodebytes(content).rstrip()
    if "noise" in faults and number == 1:
        content = content[:10] + b"\x07~\x1b[0m" + content[10:]
    headers = [
        ("Content-Type", f'application/octet-stream; name="{name}"'), ("Content-Transfer-Encoding", how),
        ("Content-ID", f"<dinh-kem-{number}>"), ("Content-Disposition", f'attachment; filename="{name}"'),
    ]  # fmt: skip
    return _part(headers, content, end)


def _envelope(fields: PacketFields, *, orphan: bool) -> str:
    number, _slash, notation = fields.number.partition("/")
    count = len(fields.files) + (1 if orphan else 0)
    references = "".join(
        f'<edXML:Reference xlink:href="cid:dinh-kem-{place}" xmlns:xlink="http://www.w3.org/1999/xlink">'
        "<edXML:ContentType>application/octet-stream</edXML:ContentType></edXML:Reference>"
        for place in range(1, count + 1)
    )
    target = f"<edXML:DocumentId>{escape(fields.target)}</edXML:DocumentId>" if fields.target else ""
    receivers = "".join(
        f"<edXML:To><edXML:OrganId>{escape(one.id)}</edXML:OrganId></edXML:To>" for one in fields.receivers
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP}" xmlns:edXML="{EDOC}">'
        '<SOAP-ENV:Header><edXML:MessageHeader SOAP-ENV:mustUnderstand="1">'
        f"<edXML:From><edXML:OrganId>{escape(fields.sender.id)}</edXML:OrganId>"
        f"<edXML:OrganName>{escape(fields.sender.name)}</edXML:OrganName></edXML:From>{receivers}"
        f"<edXML:DocumentId>{escape(fields.identifier)}</edXML:DocumentId>"
        f"<edXML:Code><edXML:CodeNumber>{escape(number)}</edXML:CodeNumber>"
        f"<edXML:CodeNotation>{escape(notation)}</edXML:CodeNotation></edXML:Code>"
        f"<edXML:PromulgationInfo><edXML:PromulgationDate>{escape(fields.issued)}</edXML:PromulgationDate>"
        "</edXML:PromulgationInfo><edXML:DocumentType>"
        f"<edXML:TypeName>{escape(fields.type)}</edXML:TypeName></edXML:DocumentType>"
        f"<edXML:Subject>{escape(fields.subject)}</edXML:Subject>"
        f"<edXML:SignerInfo><edXML:FullName>{escape(fields.signer)}</edXML:FullName></edXML:SignerInfo>"
        "</edXML:MessageHeader><edXML:TraceHeaderList><edXML:Bussiness>"
        f"<edXML:BussinessDocType>{_TYPES[fields.act]}</edXML:BussinessDocType>{target}"
        "</edXML:Bussiness></edXML:TraceHeaderList></SOAP-ENV:Header>"
        f'<SOAP-ENV:Body><edXML:Manifest edXML:version="1.0">{references}</edXML:Manifest></SOAP-ENV:Body>'
        "</SOAP-ENV:Envelope>"
    )
