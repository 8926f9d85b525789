"""
Long-term properties by hand, right or wrong as a test wants them: a second implementation of the imprints, on lxml.

It puts things in without asking whether they hold, so that the verifier is judged and not mirrored.
"""

import base64
import hashlib
from collections.abc import Sequence
from io import BytesIO

from lxml import etree

from .forge import DS, EXC
from .stamping import OwnTsa

XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES141 = "http://uri.etsi.org/01903/v1.4.1#"
_D, _X = f"{{{DS}}}", f"{{{XADES}}}"


def c14n(node: etree._Element) -> bytes:
    """Canonicalise one element exclusively, through a file as another program would."""
    target = BytesIO()
    alone = etree.ElementTree(etree.fromstring(etree.tostring(node, with_tail=False)))
    alone.write_c14n(target, exclusive=True, with_comments=False)
    return target.getvalue()


def signature(document: bytes, signature_id: str) -> tuple[etree._Element, etree._Element]:
    """Return root and signature."""
    root = etree.fromstring(document)
    return root, next(one for one in root.iter(f"{_D}Signature") if one.get("Id") == signature_id)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def stamp_text(name: str, token: bytes, identifier: str, *, namespace: str = XADES) -> str:
    """Write a timestamp property."""
    return (
        f'<s:{name} xmlns:s="{namespace}" Id="{identifier}">'
        f'<ds:CanonicalizationMethod xmlns:ds="{DS}" Algorithm="{EXC}"/>'
        f'<x:EncapsulatedTimeStamp xmlns:x="{XADES}">{_b64(token)}</x:EncapsulatedTimeStamp></s:{name}>'
    )


def values_text(certificates: Sequence[bytes] = (), crls: Sequence[bytes] = (), ocsps: Sequence[bytes] = ()) -> str:
    """Write CertificateValues and RevocationValues."""
    inner = "".join(
        f"<x:EncapsulatedX509Certificate>{_b64(one)}</x:EncapsulatedX509Certificate>" for one in certificates
    )
    text = f'<x:CertificateValues xmlns:x="{XADES}">{inner}</x:CertificateValues>' if certificates else ""
    lists = "".join(f"<x:EncapsulatedCRLValue>{_b64(one)}</x:EncapsulatedCRLValue>" for one in crls)
    replies = "".join(f"<x:EncapsulatedOCSPValue>{_b64(one)}</x:EncapsulatedOCSPValue>" for one in ocsps)
    parts = (f"<x:CRLValues>{lists}</x:CRLValues>" if lists else "") + (
        f"<x:OCSPValues>{replies}</x:OCSPValues>" if replies else ""
    )
    return text + (f'<x:RevocationValues xmlns:x="{XADES}">{parts}</x:RevocationValues>' if parts else "")


def validation_data(text: str) -> str:
    """Wrap values as TimeStampValidationData."""
    return f'<v:TimeStampValidationData xmlns:v="{XADES141}">{text}</v:TimeStampValidationData>'


def add(document: bytes, signature_id: str, text: str) -> bytes:
    """Put properties behind those that are there; the rest of the file is written anew, its canonical form stays."""
    root, found = signature(document, signature_id)
    qualifying = next(found.iter(f"{_X}QualifyingProperties"))
    outer = qualifying.find(f"{_X}UnsignedProperties")
    if outer is None:
        outer = etree.SubElement(qualifying, f"{_X}UnsignedProperties")
    inner = outer.find(f"{_X}UnsignedSignatureProperties")
    if inner is None:
        inner = etree.SubElement(outer, f"{_X}UnsignedSignatureProperties")
    for one in etree.fromstring(f"<all>{text}</all>"):
        inner.append(one)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def signature_imprint(document: bytes, signature_id: str) -> bytes:
    """Return what a signature timestamp is over."""
    _root, found = signature(document, signature_id)
    value = found.find(f"{_D}SignatureValue")
    assert value is not None
    return hashlib.sha256(c14n(value)).digest()


def archive_imprint(document: bytes, signature_id: str) -> bytes:
    """Return what an archive timestamp over a minutes signature would be over now."""
    root, found = signature(document, signature_id)
    pieces = []
    for reference in found.iter(f"{_D}Reference"):
        wanted = reference.get("URI", "")[1:]
        pieces.append(c14n(next(one for one in root.iter() if one.get("Id") == wanted)))
    pieces += [c14n(one) for one in found if one.tag in {f"{_D}SignedInfo", f"{_D}SignatureValue", f"{_D}KeyInfo"}]
    inner = found.find(f".//{_X}UnsignedSignatureProperties")
    pieces += [c14n(one) for one in inner] if inner is not None else []
    pieces += [c14n(one) for one in found.iter(f"{_D}Object") if one.find(f"{_X}QualifyingProperties") is None]
    return hashlib.sha256(b"".join(pieces)).digest()


def with_stamp(document: bytes, signature_id: str, tsa: OwnTsa, identifier: str = "sts-1") -> bytes:
    """Add a signature timestamp."""
    token = tsa.token(signature_imprint(document, signature_id))
    return add(document, signature_id, stamp_text("SignatureTimeStamp", token, identifier))


def with_archive(document: bytes, signature_id: str, tsa: OwnTsa, identifier: str = "ats-1") -> bytes:
    """Add an archive timestamp over everything that is there."""
    token = tsa.token(archive_imprint(document, signature_id))
    return add(document, signature_id, stamp_text("ArchiveTimeStamp", token, identifier, namespace=XADES141))
