"""
Signatures in the very text that `signature_text` writes.

What differs from one signature to the next is picked out; the whole is then written anew from it and must give the same
bytes. So nothing has to be believed about the picking: what is recognised is well-formed, has each part
once and in its lawful place, and its canonical octets are those that were written.
"""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime

from ._xades_text import SignedObject, signature_ids_of, signature_text, with_value
from .algorithms import BY_NAME, BY_URI, Algorithm
from .structure import MAX_VALUE
from .xmlsafe import is_xml_text

_END = b"</ds:Signature>"
_WANTED = (
    (b' Id="sig-', b'"'),
    (b'<ds:SignatureMethod Algorithm="', b'"'),
    (b"<ds:DigestValue>", b"<"),
    (b"</ds:SignedInfo><ds:SignatureValue Id=", b"<"),
    (b"<ds:X509Data>", b"</ds:X509Data>"),
    (b"<xades:SigningTime>", b"<"),
    (b"</xades:SigningCertificateV2>", b"</xades:SignedSignatureProperties>"),
)
"""What stands before and after each part that differs, in this order."""
_TOKEN = re.compile(rb"[0-9a-f]{16}")
_PLACE = re.compile(rb"<xades:City>([^<]*)</xades:City>")
_ROLE = re.compile(rb"<xades:ClaimedRole>([^<]*)</xades:ClaimedRole>")
_CERTIFICATE = re.compile(rb"<ds:X509Certificate>([^<]*)</ds:X509Certificate>")
_MEDIA_TYPE = "application/xml"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class OwnSignature:
    """
    A signature of ours over one XML body.

    Attributes:
        id: ``Id`` of the ``ds:Signature``.
        octets: canonical SignedInfo.
        body_sha256: digest of the body that it states.
        value: raw signature value.
        algorithm: as named by SignatureMethod.
        certificates: of KeyInfo, DER as found; the first is the one that the signed properties name.
        signing_time: as claimed, UTC.
        role: claimed role, or None.
        ids: every id in it.
    """

    id: str
    octets: bytes
    body_sha256: bytes
    value: bytes
    algorithm: Algorithm
    certificates: tuple[bytes, ...]
    signing_time: datetime
    role: str | None
    ids: tuple[str, ...]


def read_own(text: bytes, body_id: str) -> tuple[OwnSignature, ...] | None:
    """
    Read signatures over one body that follow each other without anything between them.

    Args:
        text: from the first start tag to the last end tag.
        body_id: ``Id`` of the body that they must cover.

    Returns:
        The signatures, in order; None when a byte of the text is not what we would have written.
    """
    found: list[OwnSignature] = []
    start = 0
    while start < len(text):
        end = text.find(_END, start) + len(_END)
        one = None if end < len(_END) else _read(text[start:end], body_id)
        if one is None:
            return None
        found.append(one)
        start = end
    return tuple(found)


def _read(text: bytes, body_id: str) -> OwnSignature | None:
    parts = _parts(text)
    if parts is None:
        return None
    token, method, digest, value, certificates, time, named = parts
    algorithm = BY_URI.get(method.decode("latin-1"))
    if algorithm is None or algorithm.name not in BY_NAME or not _TOKEN.fullmatch(token):
        return None
    try:
        return _rebuilt(
            text, body_id, token=token.decode(), algorithm=algorithm, digest=b64decode(digest),
            value=b64decode(value[value.index(b">") + 1 :]),
            certificates=tuple(map(b64decode, _CERTIFICATE.findall(certificates))),
            time=datetime.fromisoformat(time.decode()), place=_plain(_PLACE, named), role=_plain(_ROLE, named),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError):  # broken base64, time, letters, or a certificate that is none
        return None


def _parts(text: bytes) -> list[bytes] | None:
    """Pick out what differs from one signature to the next; whether it is right shows when it is written anew."""
    found: list[bytes] = []
    place = 0
    for before, after in _WANTED:
        start = text.find(before, place) + len(before)
        place = text.find(after, start)
        if start < len(before) or place < 0:
            return None
        found.append(text[start:place])
    return found


def _plain(pattern: re.Pattern[bytes], text: bytes) -> str | None:
    """Return what stands in an element, without escapes; raise ValueError for what no XML file can hold."""
    match = pattern.search(text)
    if match is None:
        return None
    plain = match[1].decode()
    if "&" in plain:
        plain = plain.replace("&#xD;", "\r").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if not is_xml_text(plain):
        raise ValueError("not a character of XML")
    return plain


def _rebuilt(
    text: bytes,
    body_id: str,
    *,
    token: str,
    algorithm: Algorithm,
    digest: bytes,
    value: bytes,
    certificates: tuple[bytes, ...],
    time: datetime,
    place: str | None,
    role: str | None,
) -> OwnSignature | None:
    """Return the signature if writing it anew gives the very text, else None."""
    if not certificates or time.tzinfo is None or len(digest) != _DIGEST_BYTES or not 0 < len(value) <= MAX_VALUE:
        return None
    covered = SignedObject(f"#{body_id}", digest, _MEDIA_TYPE, canonicalised=True)
    written = signature_text(
        token, (covered,), algorithm=algorithm, certificate=certificates[0], chain=certificates[1:],
        signing_time=time, role=role, place=place,
    )  # fmt: skip
    if with_value(written.element, value) != text:
        return None
    ids = signature_ids_of(token, 1)
    return OwnSignature(ids[0], written.signed_info, digest, value, algorithm, certificates, time, role, ids)
