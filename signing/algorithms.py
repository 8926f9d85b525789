"""
Signature and digest algorithms: names, XML identifiers, and the arithmetic of raw XML-DSig values.

Sources: RFC 9231 (identifiers), XML Signature 1.1 section 6, RFC 8017 (PSS: MGF1 and salt of the hash's length),
EN 319 132-1; what may be made follows TT 15/2025/TT-BKHCN Phụ lục I.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
SHA256_URI = "http://www.w3.org/2001/04/xmlenc#sha256"

MIN_RSA_BITS = 2048
MIN_EC_BITS = 256

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Algorithm:
    """
    One signature algorithm.

    Attributes:
        name: ours, e.g. ``rsa-pss-sha256``.
        uri: identifier in ``ds:SignatureMethod``.
        family: ``rsa``, ``rsa-pss`` or ``ecdsa``.
        hash: hash function.
        weak: may be read, so that integrity can be shown, but never counts as valid and is never made.
    """

    name: str
    uri: str
    family: str
    hash: hashes.HashAlgorithm
    weak: bool = False


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
# Only to show whether an old file is intact; it never counts as valid.
_SHA1 = hashes.SHA1()  # noqa: S303  # nosec B303

_MAKE = [
    *(Algorithm(f"rsa-{h}", f"{_MORE}rsa-{h}", "rsa", f) for h, f in _HASHES.items()),
    *(Algorithm(f"rsa-pss-{h}", f"{_MORE_2007}{h}-rsa-MGF1", "rsa-pss", f) for h, f in _HASHES.items()),
    *(Algorithm(f"ecdsa-{h}", f"{_MORE}ecdsa-{h}", "ecdsa", f) for h, f in _HASHES.items()),
]
_READ = [
    *_MAKE,
    Algorithm("rsa-sha1", f"{_DSIG}rsa-sha1", "rsa", _SHA1, weak=True),
    Algorithm("rsa-pss-sha1", f"{_MORE_2007}sha1-rsa-MGF1", "rsa-pss", _SHA1, weak=True),
    Algorithm("ecdsa-sha1", f"{_MORE}ecdsa-sha1", "ecdsa", _SHA1, weak=True),
]

ALGORITHMS: tuple[str, ...] = tuple(algorithm.name for algorithm in _MAKE)
"""Names of the algorithms that may be used for signing."""
BY_NAME = {algorithm.name: algorithm for algorithm in _MAKE}
BY_URI = {algorithm.uri: algorithm for algorithm in _READ}
"""What may be read; anything else, HMAC and DSA among it, is refused."""

DIGESTS: dict[str, tuple[str, bool]] = {
    SHA256_URI: ("sha256", False),
    f"{_MORE}sha384": ("sha384", False),
    "http://www.w3.org/2001/04/xmlenc#sha512": ("sha512", False),
    f"{_MORE_2007}sha3-256": ("sha3_256", False),
    f"{_MORE_2007}sha3-384": ("sha3_384", False),
    f"{_MORE_2007}sha3-512": ("sha3_512", False),
    f"{_DSIG}sha1": ("sha1", True),
}
"""Digest identifier → name for hashlib, and whether it is weak."""


def default_algorithm(key: PublicKey) -> str:
    """Return the algorithm a key signs with unless told otherwise: PKCS#1 v1.5 with SHA-256, or ECDSA by curve size."""
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa-sha256"
    if key.key_size <= 256:
        return "ecdsa-sha256"
    return "ecdsa-sha384" if key.key_size <= 384 else "ecdsa-sha512"


def fits(algorithm: Algorithm, key: object) -> bool:
    """Tell whether the algorithm belongs to this kind of public key."""
    if algorithm.family == "ecdsa":
        return isinstance(key, ec.EllipticCurvePublicKey)
    return isinstance(key, rsa.RSAPublicKey)


def strong_enough(key: object) -> bool:
    """Tell whether a public key has the length that TT 15/2025 Phụ lục I asks for: RSA ≥ 2048, curve ≥ 256 bits."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= MIN_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= MIN_EC_BITS


def rsa_padding(algorithm: Algorithm) -> padding.AsymmetricPadding:
    """Return the padding of an RSA algorithm: PKCS#1 v1.5, or PSS with the hash's own MGF1 and salt length."""
    if algorithm.family == "rsa-pss":
        return padding.PSS(mgf=padding.MGF1(algorithm.hash), salt_length=algorithm.hash.digest_size)
    return padding.PKCS1v15()


def raw_from_der(signature: bytes, bits: int) -> bytes:
    """Turn a DER ECDSA signature into r‖s, each of the curve's size (XML Signature 1.1 section 6.4.3)."""
    r, s = decode_dss_signature(signature)
    size = (bits + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def verify_value(algorithm: Algorithm, key: object, octets: bytes, value: bytes) -> bool:
    """
    Check a raw XML-DSig signature value.

    Args:
        algorithm: as named by SignatureMethod; must belong to the key's kind.
        key: public key of the signing certificate.
        octets: canonical SignedInfo.
        value: raw value; ECDSA as r‖s of exactly twice the curve's size.

    Returns:
        True when the value was made with the matching private key; False otherwise, whatever is wrong.
    """
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm.family in {"rsa", "rsa-pss"}:
            key.verify(value, octets, rsa_padding(algorithm), algorithm.hash)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.family == "ecdsa":
            size = (key.key_size + 7) // 8
            if len(value) != 2 * size:
                return False
            der = encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
            key.verify(der, octets, ec.ECDSA(algorithm.hash))
            return True
    except (InvalidSignature, ValueError):
        return False
    return False
