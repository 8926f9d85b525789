"""
What lies on a token: certificates, private keys, and the ways a token can make a signature value.

Source: PKCS#11 2.40 section 10 (objects); current mechanisms 2.1.6 (PKCS#1 v1.5), 2.1.10 (PSS), 2.3.6 (ECDSA); RFC 8017
section 9.2.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from .._text import _
from ..algorithms import Algorithm
from ..errors import KeyLoadError
from .certificates import issued, load_certificate, readable_name
from .pkcs11_module import is_gone

if TYPE_CHECKING:
    from pkcs11 import Session

_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""What stands before a digest in PKCS#1 v1.5 (RFC 8017 section 9.2 note 1), for tokens that do not write it."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """
    Where a key lies.

    Attributes:
        module: the vendor's PKCS#11 library.
        token: label of the token; None when the serial number or being the only one tells it.
        serial: serial number of the token; None when its label does.
        label: CKA_LABEL of key and certificate; None when `id` tells them or there is one only.
        id: CKA_ID of key and certificate.
    """

    module: Path
    token: str | None = None
    serial: str | None = None
    label: str | None = None
    id: bytes | None = None


def ways(algorithm: Algorithm, octets: bytes, able: set[Any]) -> Iterator[tuple[Any, Any, bytes]]:
    """Yield mechanism, parameter and data for every way the token may know, the most usual first."""
    from pkcs11 import MGF, Mechanism

    name = algorithm.hash.name
    digest = hashlib.new(name, octets).digest()
    big = name.upper()
    known: list[tuple[Any, Any, bytes]]
    if algorithm.family == "rsa":
        known = [
            (Mechanism[f"{big}_RSA_PKCS"], None, octets),
            (Mechanism.RSA_PKCS, None, _DIGEST_INFO[name] + digest),
        ]
    elif algorithm.family == "rsa-pss":
        parameter = (Mechanism[big], MGF[big], len(digest))
        known = [
            (Mechanism[f"{big}_RSA_PKCS_PSS"], parameter, octets),
            (Mechanism.RSA_PKCS_PSS, parameter, digest),
        ]
    else:
        known = [(Mechanism.ECDSA, None, digest), (Mechanism[f"ECDSA_{big}"], None, octets)]
    yield from (way for way in known if way[0] in able)


def attribute(thing: Any, name: Any) -> Any:
    """Return an attribute, or None when the token does not tell it."""
    from pkcs11 import PKCS11Error

    try:
        return thing[name]
    except PKCS11Error as error:
        if is_gone(error):
            raise
        return None


def _wanted(place: TokenKey) -> dict[Any, Any]:
    from pkcs11 import Attribute

    wanted: dict[Any, Any] = {}
    if place.label is not None:
        wanted[Attribute.LABEL] = place.label
    if place.id is not None:
        wanted[Attribute.ID] = place.id
    return wanted


def certificates_of(session: "Session", place: TokenKey) -> list[x509.Certificate]:
    """
    Read the certificate that is meant, then those on the token that issued it, without an anchor.

    Raises:
        KeyLoadError: none or several fit; the message lists what is there.
    """
    from pkcs11 import Attribute, ObjectClass

    objects = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
    held = [(one, load_certificate(bytes(one[Attribute.VALUE]))) for one in objects]
    wanted = _wanted(place)
    fitting = [
        (one, certificate)
        for one, certificate in held
        if all(attribute(one, key) == value for key, value in wanted.items()) and not _is_authority(certificate)
    ]
    distinct = list(dict.fromkeys(certificate for _one, certificate in fitting))
    if len(distinct) != 1:
        listed = "; ".join(
            f"{readable_name(certificate.subject)} (key-id {bytes(attribute(one, Attribute.ID) or b'').hex()}, "
            f"key-label {attribute(one, Attribute.LABEL) or ''}, {certificate.not_valid_after_utc:%d/%m/%Y})"
            for one, certificate in (fitting or held)
        )
        what = (
            _("Thiết bị ký có {n} chứng thư cùng khớp: {listed}.")
            if distinct
            else _("Thiết bị ký không có chứng thư khớp với cấu hình. Đang có {n}: {listed}.")
        )
        raise KeyLoadError(
            what=what.format(n=len(distinct) or len(held), listed=listed or "–"), where=session.token.label,
            advice=_("Ghi key-id hoặc key-label của đúng khóa, hoặc cho chứng thư bằng tệp (certificates)."),
            code="congkhai-S114",
        )  # fmt: skip
    return [distinct[0], *_issuers(distinct[0], [certificate for _one, certificate in held])]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _issuers(certificate: x509.Certificate, held: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return the line of issuers, without an anchor."""
    line: list[x509.Certificate] = []
    while (found := next((one for one in held if one not in line and issued(certificate, one)), None)) is not None:
        if found.subject == found.issuer:
            break
        line.append(found)
        certificate = found
    return line


def private_key(session: "Session", place: TokenKey, certificate: x509.Certificate, name: str) -> Any:
    """
    Find the private key of a certificate: by the ini's id and label, else by the id that the certificate carries.

    Raises:
        KeyLoadError: none or several, or one of another modulus than the certificate's.
    """
    from pkcs11 import Attribute, ObjectClass

    wanted = _wanted(place)
    if not wanted:
        same = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.VALUE: certificate.public_bytes(Encoding.DER)}
        ids = [attribute(one, Attribute.ID) for one in list(session.get_objects(same))]
        wanted = {Attribute.ID: bytes(ids[0])} if ids and ids[0] else {}
    keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **wanted}))
    if len(keys) != 1:
        listed = "; ".join(
            f"key-id {bytes(attribute(key, Attribute.ID) or b'').hex()}, key-label {attribute(key, Attribute.LABEL)}"
            for key in keys
        )
        raise KeyLoadError(
            what=_("Thiết bị ký có {n} khóa bí mật khớp với cấu hình, cần đúng một. {listed}").format(
                n=len(keys), listed=listed
            ).strip(),
            where=name, advice=_("Ghi key-id hoặc key-label của đúng khóa."), code="congkhai-S114",
        )  # fmt: skip
    public, modulus = certificate.public_key(), attribute(keys[0], Attribute.MODULUS)
    if modulus is not None and not (
        isinstance(public, rsa.RSAPublicKey) and public.public_numbers().n == int.from_bytes(bytes(modulus), "big")
    ):
        raise not_matching(name)
    return keys[0]


def not_matching(name: str) -> KeyLoadError:
    """Return the error of a key that is not its certificate's."""
    return KeyLoadError(
        what=_("Khóa bí mật không phải của chứng thư đi kèm."), where=name,
        advice=_("Kiểm tra key-id, key-label và tệp chứng thư có cùng một lần cấp không."), code="congkhai-S116",
    )  # fmt: skip
