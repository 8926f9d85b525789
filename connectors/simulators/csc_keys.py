"""Keys of the simulated signing service: a small authority, and one key for each way of asking its holder."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

from .wire import write_bytes

_YEAR = timedelta(days=365)
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_SIGN: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.11": hashes.SHA256(), "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(), "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(), "1.2.840.10045.4.3.4": hashes.SHA512(),
}  # fmt: skip
_RSA_PLAIN, _RSA_PSS = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

PIN = {"type": "Password", "id": "PIN", "format": "N", "label": "PIN"}
OTP = {"type": "ChallengeResponse", "id": "OTP", "format": "N", "label": "Mã gửi qua SMS"}
APP = {"type": "Mobile", "id": "mobile", "label": "Ứng dụng trên điện thoại"}


@dataclass(frozen=True, slots=True)
class KeyKind:
    """
    A key that the service holds.

    Attributes:
        curve_or_bits: a curve, or the length of an RSA key.
        algorithms: OIDs it offers.
        objects: what its holder must give.
        mode: ``explicit`` or ``oauth2code``.
        status: what the service says of its certificate.
        enabled: it may sign.
        later: signatures are made in asynchronous mode.
    """

    holder: str
    curve_or_bits: ec.EllipticCurve | int
    algorithms: tuple[str, ...]
    objects: tuple[dict[str, str], ...] = ()
    mode: str = "explicit"
    status: str = "valid"
    enabled: bool = True
    later: bool = False


KINDS: dict[str, KeyKind] = {
    "pin-rsa": KeyKind("Nguyễn Văn Mẫu", 2048, (*list(_SIGN)[:3], _RSA_PSS), (PIN,)),
    "plain-rsa": KeyKind("Nguyễn Văn Mẫu", 2048, (_RSA_PLAIN,), (PIN,)),
    "otp-p384": KeyKind("Trần Thị Mẫu", ec.SECP384R1(), ("1.2.840.10045.4.3.3",), (PIN, OTP)),
    "app-p256": KeyKind("Lê Văn Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), (APP,)),
    "app-later-p256": KeyKind("Lê Văn Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), (APP,), later=True),
    "free-p521": KeyKind("Con dấu UBND xã Mẫu", ec.SECP521R1(), ("1.2.840.10045.4.3.4",)),
    "later-p256": KeyKind("Con dấu UBND xã Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), later=True),
    "token-p256": KeyKind("Phạm Thị Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), mode="oauth2code"),
    "off-p256": KeyKind("Đỗ Văn Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), enabled=False),
    "revoked-p256": KeyKind("Vũ Thị Mẫu", ec.SECP256R1(), ("1.2.840.10045.4.3.2",), status="revoked"),
}
"""By credential id. The holder's PIN is 246810 for all of them."""


def make_keys(folder: Path, now: datetime) -> None:
    """Make the authority (``root.crt``, ``root.crl``) and every key; those that exist stay."""
    if (folder / "root.crt").exists():
        return
    root = ec.generate_private_key(ec.SECP256R1())
    name = _name("CA thử của dịch vụ ký từ xa")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    anchor = _builder(name, name, root.public_key(), now, authority=True, usage=usage).sign(root, hashes.SHA256())
    for credential, kind in KINDS.items():
        key = _generated(kind.curve_or_bits)
        signs = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        made = _builder(_name(kind.holder), name, key.public_key(), now, authority=False, usage=signs)
        write_bytes(folder / f"{credential}.key", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))  # fmt: skip
        certificate = made.sign(root, hashes.SHA256())
        write_bytes(folder / f"{credential}.der", certificate.public_bytes(serialization.Encoding.DER))
    crl = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(now - timedelta(days=1))
    crl = crl.next_update(now + 3 * _YEAR).add_extension(x509.CRLNumber(1), critical=False)
    write_bytes(folder / "root.crl", crl.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    write_bytes(folder / "root.crt", anchor.public_bytes(serialization.Encoding.PEM))


def certificate_of(folder: Path, credential: str) -> bytes:
    """Return the certificate of a key, DER."""
    return (folder / f"{credential}.der").read_bytes()


def raw_signature(folder: Path, credential: str, algorithm: str, hash_oid: str, digest: bytes) -> bytes:
    """
    Sign a digest; ECDSA values are DER.

    Raises:
        ValueError: the algorithm is not one of this key, or the digest has not the length of its hash.
    """
    if algorithm not in KINDS[credential].algorithms:
        raise ValueError("Invalid parameter signAlgo")
    function = _SIGN.get(algorithm) or _HASHES.get(hash_oid)
    if function is None or len(digest) != function.digest_size:
        raise ValueError("Invalid digest value length")
    key = serialization.load_pem_private_key((folder / f"{credential}.key").read_bytes(), None)
    ready = utils.Prehashed(function)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(digest, ec.ECDSA(ready))
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("no such kind of key")
    if algorithm == _RSA_PSS:
        return key.sign(digest, padding.PSS(padding.MGF1(function), function.digest_size), ready)
    return key.sign(digest, padding.PKCS1v15(), ready)


def _generated(curve_or_bits: ec.EllipticCurve | int) -> PrivateKey:
    if isinstance(curve_or_bits, int):
        return rsa.generate_private_key(65537, curve_or_bits)
    return ec.generate_private_key(curve_or_bits)


def _name(common: str) -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, "UBND xã Mẫu"), (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, now: datetime, *,
    authority: bool, usage: x509.KeyUsage,
) -> x509.CertificateBuilder:  # fmt: skip
    serial = int.from_bytes(hashlib.sha256(subject.public_bytes() + key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )).digest()[:12], "big")  # fmt: skip
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key).serial_number(serial)
        .not_valid_before(now - _YEAR).not_valid_after(now + 3 * _YEAR)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
    )  # fmt: skip


def is_hash(oid: str) -> bool:
    """Tell whether an OID names a hash that the service takes."""
    return oid in _HASHES
