"""
Signatures of any shape, as foreign programs and attackers make them: a tiny signer of its own, on lxml alone.

It shares nothing with the package but the algorithms' arithmetic, so that what it makes is judged, not mirrored.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from congkhai.signing import FileKey

DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
ENVELOPED = f"{DS}enveloped-signature"
BASE64 = f"{DS}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{DS}sha1"


@dataclass(frozen=True)
class Ref:
    """A reference to write: URI, transforms (identifier, inner XML), octets that are really digested."""

    uri: str
    octets: bytes
    transforms: Sequence[tuple[str, str]] = ()
    digest: str = SHA256


def c14n(node: etree._Element | etree._ElementTree, *, exclusive: bool = True) -> bytes:
    """Canonicalise without comments."""
    return etree.tostring(node, method="c14n", exclusive=exclusive, with_comments=False)


def signature(
    key: FileKey,
    references: Sequence[Ref],
    *,
    identifier: str = "S1",
    method: str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    info_c14n: str = EXC,
    objects: str = "",
    key_info: bool = True,
    sign: Callable[[bytes], bytes] | None = None,
) -> str:
    """Return a plain XML-DSig ``ds:Signature`` as text."""
    refs = "".join(_reference(one) for one in references)
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{info_c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{refs}</ds:SignedInfo>'
    )
    octets = c14n(etree.fromstring(info), exclusive=info_c14n == EXC)
    value = base64.b64encode((sign or key.sign)(octets)).decode()
    cert = base64.b64encode(key.certificate_der).decode()
    shown = f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{cert}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="{identifier}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"{shown if key_info else ''}{objects}</ds:Signature>"
    )


def _reference(one: Ref) -> str:
    steps = "".join(f'<ds:Transform Algorithm="{name}">{inner}</ds:Transform>' for name, inner in one.transforms)
    digest = hashlib.new("sha1" if one.digest == SHA1 else "sha256", one.octets, usedforsecurity=False).digest()
    return (
        f'<ds:Reference URI="{one.uri}">{f"<ds:Transforms>{steps}</ds:Transforms>" if steps else ""}'
        f'<ds:DigestMethod Algorithm="{one.digest}"/><ds:DigestValue>{base64.b64encode(digest).decode()}'
        "</ds:DigestValue></ds:Reference>"
    )


def enveloped(
    key: FileKey, document: str, transforms: Sequence[tuple[str, str]], *, exclusive: bool = True, **more: str
) -> bytes:
    """Sign a whole document and put the signature in as last child of the root."""
    octets = c14n(etree.fromstring(document).getroottree(), exclusive=exclusive)
    end = document.rindex("</")
    return (document[:end] + signature(key, [Ref("", octets, transforms)], **more) + document[end:]).encode()
