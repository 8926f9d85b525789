"""What the measurements work on: a small authority, one signer for each kind of key, minutes of five kilobytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from congkhai.signing import FileKey, load_pkcs12

MOMENT = datetime(2026, 8, 3, 2, 30, tzinfo=UTC)
KINDS = ("RSA-2048", "RSA-3072", "P-256")
_WORD = "do-thu"

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Signer:
    """One signer: our key object, the bare private key, and its certificate."""

    key: FileKey
    private: Private
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The private key, PEM."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Authority:
    """A root that issues signers, and revokes nobody."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    def crl(self) -> bytes:
        """Return an empty revocation list, DER."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(MOMENT).next_update(MOMENT + timedelta(days=300))
        return builder.sign(self.private, hashes.SHA256()).public_bytes(Encoding.DER)

    def signer(self, kind: str, folder: Path) -> Signer:
        """Issue a signer."""
        private: Private = (
            ec.generate_private_key(ec.SECP256R1())
            if kind == "P-256"
            else rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))
        )
        certificate = _certificate(
            f"Nguyễn Văn Mẫu ({kind})", private, self.certificate.subject, self.private, ca=False
        )
        path = folder / f"{kind}.p12"
        guard = BestAvailableEncryption(_WORD.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"k", private, certificate, None, guard))
        return Signer(load_pkcs12(path, _WORD), private, certificate)


def authority() -> Authority:
    """Make a root."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = _name("Gốc để đo")
    return Authority(_certificate("Gốc để đo", private, name, private, ca=True), private)


def _name(common: str) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, "UBND xã Mẫu"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _certificate(
    common: str, private: Private, issuer: x509.Name, by: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
    identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    builder = x509.CertificateBuilder().subject_name(_name(common)).issuer_name(issuer)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(MOMENT - timedelta(days=300)).not_valid_after(MOMENT + timedelta(days=3000))
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True).add_extension(usage, critical=True)
    return (
        builder.add_extension(identifier, critical=False).add_extension(above, critical=False).sign(by, hashes.SHA256())
    )


def minutes(count: int) -> Sequence[bytes]:
    """Return unsigned minutes of about 5 kB each, all different, so that nothing is measured twice from a cache."""
    return [
        (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">'
            f"<Title>Biên bản niêm yết số {number}</Title>"
            + "".join(f"<Paragraph>Khoản {item}: nội dung niêm yết tại trụ sở.</Paragraph>" for item in range(62))
            + "</Body></Minutes>"
        ).encode()
        for number in range(count)
    ]
