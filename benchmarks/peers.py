"""
The same acts with other libraries, in the way in which they are fastest: what can be kept is made once.

Each act takes a file as bytes and gives one back, or raises when a signature does not hold.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from .samples import Authority, Signer

DS = "http://www.w3.org/2000/09/xmldsig#"
Act = Callable[[], Any]


def bare(signer: Signer, octets: bytes) -> Act:
    """Sign octets with the private key alone, as the library offers it."""
    private = signer.private
    if isinstance(private, rsa.RSAPrivateKey):
        plain, padded = private, padding.PKCS1v15()
        return lambda: plain.sign(octets, padded, hashes.SHA256())
    return lambda: private.sign(octets, ec.ECDSA(hashes.SHA256()))


def signxml_sign(signer: Signer, documents: Sequence[bytes]) -> Act:
    """Sign with signxml's XAdES signer, kept for all papers, with the same role and media type as ours."""
    from signxml import DigestAlgorithm, SignatureMethod
    from signxml.xades import XAdESDataObjectFormat, XAdESSigner

    method = SignatureMethod.ECDSA_SHA256 if "EC" in type(signer.private).__name__ else SignatureMethod.RSA_SHA256
    supply = itertools.cycle(documents)
    maker = XAdESSigner(
        signature_algorithm=method, digest_algorithm=DigestAlgorithm.SHA256, claimed_roles=["head"],
        data_object_format=XAdESDataObjectFormat(Description="", MimeType="application/xml"),
    )  # fmt: skip

    def act() -> bytes:
        signed = maker.sign(etree.fromstring(next(supply)), key=signer.private, cert=[signer.certificate])
        return bytes(etree.tostring(signed, encoding="UTF-8", xml_declaration=True))

    return act


def signxml_verify(signer: Signer, signed: Sequence[bytes], *, references: int) -> Act:
    """Verify with signxml's XAdES verifier and a pinned certificate."""
    from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

    supply = itertools.cycle(signed)
    config = XAdESSignatureConfiguration(expect_references=references)
    return lambda: XAdESVerifier().verify(next(supply), x509_cert=signer.certificate, expect_config=config)


def xmlsec_sign(signer: Signer, documents: Sequence[bytes]) -> Act | None:
    """Sign with python-xmlsec, which makes plain XML-DSig; None when it is not installed."""
    try:
        import xmlsec
    except ImportError:
        return None
    key = xmlsec.Key.from_memory(signer.pem, xmlsec.constants.KeyDataFormatPem)
    key.load_cert_from_memory(signer.certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatPem)
    ecdsa = "EC" in type(signer.private).__name__
    method = xmlsec.constants.TransformEcdsaSha256 if ecdsa else xmlsec.constants.TransformRsaSha256
    supply = itertools.cycle(documents)

    def act() -> bytes:
        root = etree.fromstring(next(supply))
        node: Any = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, method)
        root.append(node)
        reference = xmlsec.template.add_reference(node, xmlsec.constants.TransformSha256, uri="#body")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(node))
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = key
        context.sign(node)
        return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))

    return act


def xmlsec_verify(root: Authority, signed: Sequence[bytes]) -> Act | None:
    """Verify with python-xmlsec against the authority's certificate; None when it is not installed."""
    try:
        import xmlsec
    except ImportError:
        return None
    manager = xmlsec.KeysManager()
    pem = root.certificate.public_bytes(Encoding.PEM)
    manager.load_cert_from_memory(pem, xmlsec.constants.KeyDataFormatPem, xmlsec.constants.KeyDataTypeTrusted)
    supply = itertools.cycle(signed)

    def act() -> None:
        document = etree.fromstring(next(supply))
        xmlsec.tree.add_ids(document, ["Id"])
        xmlsec.SignatureContext(manager).verify(document.find(f"{{{DS}}}Signature"))

    return act
