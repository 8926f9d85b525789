"""
Keys that sign, behind one interface, and what their certificates say.

A key signs octets and returns the raw value that stands in ``ds:SignatureValue``. Whether it lies in a file, a token
or at a remote service is its own matter.
"""

from typing import Protocol

from cryptography import x509

from .certificates import CertificateFacts, certificate_facts, check_certificate
from .file import FileKey, load_pem, load_pkcs12

__all__ = [
    "CertificateFacts", "FileKey", "Key", "certificate_facts", "check_certificate", "load_pem", "load_pkcs12",
]  # fmt: skip


class Key(Protocol):
    """
    A key that can sign.

    Attributes:
        certificate: the signing certificate.
        certificate_der: the same, DER.
        chain: further certificates of the path, DER, without the anchor where possible.
        algorithm: one of ``ALGORITHMS``.
    """

    certificate: x509.Certificate
    certificate_der: bytes
    chain: tuple[bytes, ...]
    algorithm: str

    def sign(self, octets: bytes) -> bytes:
        """Sign octets (not a digest); return the raw XML-DSig value, ECDSA as r‖s."""
        ...
