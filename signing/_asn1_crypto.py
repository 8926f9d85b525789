"""
Signatures inside ASN.1 structures (timestamp tokens, OCSP replies), checked with the algorithms that are accepted.

Source: RFC 5652, RFC 4055 (PSS parameters), RFC 5758 (ECDSA).
"""

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .algorithms import strong_enough

BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
"""What asn1crypto raises, at whatever depth, for octets that are not what they claim; it has no error of its own."""

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(), "sha3_384": hashes.SHA3_384(), "sha3_512": hashes.SHA3_512(),
}  # fmt: skip
"""Name as asn1crypto and hashlib have it → hash function; SHA-1 and MD5 are not among them."""


def verify_asn1(
    key: object, algorithm: algos.SignedDigestAlgorithm, data: bytes, value: bytes, *, digest: str = ""
) -> bool:
    """
    Check a signature inside an ASN.1 structure.

    Args:
        key: public key of the signer.
        algorithm: as the structure states it.
        data: what is signed.
        value: the signature; ECDSA in DER.
        digest: hash named elsewhere, for algorithm identifiers that name none (``rsassa_pkcs1v15``).

    Returns:
        True when it was made with the key, and the algorithms and the key are strong enough; False otherwise.
    """
    try:
        kind = algorithm.signature_algo
        name = algorithm.hash_algo if algorithm["algorithm"].native != "rsassa_pkcs1v15" else digest
        function = HASHES.get(name)
        if function is None or not strong_enough(key):
            return False
        if isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
            key.verify(value, data, padding.PKCS1v15(), function)
        elif isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pss":
            parameters = algorithm["parameters"]
            inner = HASHES.get(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native)
            if inner is None:
                return False
            salt = parameters["salt_length"].native
            key.verify(value, data, padding.PSS(mgf=padding.MGF1(inner), salt_length=salt), function)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(value, data, ec.ECDSA(function))
        else:
            return False
    except (InvalidSignature, *BROKEN):
        return False
    return True
