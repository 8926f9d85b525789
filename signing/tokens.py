"""
Timestamp tokens: what a token says, and whether the service's own signature holds.

A token is read strictly: one signer, signed attributes that tie content and certificate, a certificate that may do
nothing but timestamps. Whether the service is trusted is judged elsewhere.

Source: RFC 3161 sections 2.3 and 2.4.2; RFC 5652; RFC 5816 (ESSCertIDv2); EN 319 422.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ._asn1_crypto import BROKEN, HASHES, verify_asn1
from ._text import _
from .errors import SigningError, TokenError
from .existence import Material
from .keys.certificates import UNREADABLE, load_certificate

MAX_TOKEN = 256 * 1024
"""Bytes of one token; real ones have a few thousand."""
_MAX_CERTIFICATES = 16


@dataclass(frozen=True, slots=True)
class Token:
    """
    A timestamp token whose own signature holds.

    Attributes:
        der: ``ContentInfo``, as it lies in a XAdES file.
        gen_time: when the service says that the imprint existed, UTC.
        hash_name: hash function of the imprint, for hashlib.
        imprint: the digest that was stamped.
        policy: the service's policy, dotted.
        serial: of the token, unique for its service.
        nonce: as in the request; None without one.
        certificate: of the service.
        material: certificates and revocation data inside the token.
    """

    der: bytes
    gen_time: datetime
    hash_name: str
    imprint: bytes
    policy: str
    serial: int
    nonce: int | None
    certificate: x509.Certificate
    material: Material


def read_token(der: bytes) -> Token:
    """
    Read a token and check the service's signature over it.

    Args:
        der: ``ContentInfo``, DER.

    Raises:
        TokenError: broken, weak algorithms, a wrong or missing certificate, a signature that does not hold.
    """
    if len(der) > MAX_TOKEN:
        raise _broken(_("dài quá mức"))
    try:
        return _read(der)
    except (*UNREADABLE, *BROKEN, SigningError) as error:
        if isinstance(error, TokenError):
            raise
        raise _broken(_("không đọc được")) from error


def _broken(reason: str) -> TokenError:
    return TokenError(what=_("Dấu thời gian không dùng được: {reason}.").format(reason=reason), code="congkhai-S701")


@lru_cache(maxsize=2048)
def _read(der: bytes) -> Token:
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise _broken(_("không phải SignedData"))
    signed = info["content"]
    content = signed["encap_content_info"]
    if content["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
        raise _broken(_("không phải một dấu thời gian RFC 3161"))
    octets = content["content"].contents
    signer = signed["signer_infos"][0]
    certificates = tuple(
        one.chosen.dump() for one in list(signed["certificates"] or ())[:_MAX_CERTIFICATES] if one.name == "certificate"
    )
    certificate = _signer_certificate(signer, certificates)
    _check_signature(signer, octets, certificate)
    _check_usage(certificate)
    stated = tsp.TSTInfo.load(octets, strict=True)
    imprint = stated["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    if name not in HASHES:
        raise _broken(_("mã băm {name} không còn được chấp nhận").format(name=name))
    if any(one["critical"].native for one in stated["extensions"] or ()):
        raise _broken(_("có phần mở rộng bắt buộc không rõ nghĩa"))
    moment: datetime = stated["gen_time"].native
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        raise _broken(_("cấp ngoài thời hạn của chứng thư dịch vụ"))
    return Token(
        der=der, gen_time=moment, hash_name=name, imprint=imprint["hashed_message"].native,
        policy=stated["policy"].dotted if hasattr(stated["policy"], "dotted") else stated["policy"].native,
        serial=stated["serial_number"].native, nonce=stated["nonce"].native, certificate=certificate,
        material=Material(certificates, _lists(signed)),
    )  # fmt: skip


def _lists(signed: Any) -> tuple[bytes, ...]:
    found = signed["crls"] or ()
    return tuple(one.chosen.dump() for one in found if one.name == "certificate_list")


def _signer_certificate(signer: Any, certificates: tuple[bytes, ...]) -> x509.Certificate:
    """Return the certificate that the signer info names and that the signed attributes tie to it."""
    sid = signer["sid"]
    for der in certificates:
        found = load_certificate(der)
        if sid.name == "issuer_and_serial_number":
            same = sid.chosen["serial_number"].native == found.serial_number
            same = same and sid.chosen["issuer"].dump() == found.issuer.public_bytes()
        else:
            same = _key_identifier(found) == sid.chosen.native
        if same:
            _check_bound(signer, der)
            return found
    raise _broken(_("không kèm chứng thư của dịch vụ"))


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _attribute(signer: Any, name: str) -> Any:
    """Return the one value of a signed attribute, or None; twice is refused."""
    values = [value for one in signer["signed_attrs"] if one["type"].native == name for value in one["values"]]
    if len(values) > 1:
        raise _broken(_("có thuộc tính lặp lại"))
    return values[0] if values else None


def _check_bound(signer: Any, der: bytes) -> None:
    """The first ESSCertID must be the certificate's: another one with the same key shall not stand in for it."""
    second, first = _attribute(signer, "signing_certificate_v2"), _attribute(signer, "signing_certificate")
    if second is not None:
        identity = second["certs"][0]
        name = identity["hash_algorithm"]["algorithm"].native
        if name not in HASHES or hashlib.new(name, der).digest() != identity["cert_hash"].native:
            raise _broken(_("chứng thư kèm theo không phải chứng thư đã ký dấu thời gian"))
    elif first is not None:
        # RFC 2634 fixes SHA-1 here; it only tells certificates apart, the signature is checked with their key.
        wanted = hashlib.new("sha1", der, usedforsecurity=False).digest()
        if first["certs"][0]["cert_hash"].native != wanted:
            raise _broken(_("chứng thư kèm theo không phải chứng thư đã ký dấu thời gian"))
    else:
        raise _broken(_("không nêu chứng thư đã ký"))


def _check_signature(signer: Any, octets: bytes, certificate: x509.Certificate) -> None:
    attributes = signer["signed_attrs"]
    name = signer["digest_algorithm"]["algorithm"].native
    if name not in HASHES:
        raise _broken(_("mã băm {name} không còn được chấp nhận").format(name=name))
    kind, stated = _attribute(signer, "content_type"), _attribute(signer, "message_digest")
    if kind is None or kind.native != "tst_info" or stated is None:
        raise _broken(_("thiếu thuộc tính ký bắt buộc"))
    if stated.native != hashlib.new(name, octets).digest():
        raise _broken(_("nội dung đã bị thay đổi"))
    # What is signed is the attributes as a SET OF, not with the context tag under which they lie in the structure.
    data = b"\x31" + attributes.dump()[1:]
    algorithm = signer["signature_algorithm"]
    if not verify_asn1(certificate.public_key(), algorithm, data, signer["signature"].native, digest=name):
        raise _broken(_("chữ ký của dịch vụ không đúng"))


def _check_usage(certificate: x509.Certificate) -> None:
    """RFC 3161 section 2.3: time-stamping, critical, and nothing else."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _broken(_("chứng thư của dịch vụ không được cấp riêng để đóng dấu thời gian"))


def token_request(imprint: bytes, *, hash_name: str = "sha256", nonce: int | None = None, policy: str = "") -> bytes:
    """
    Return a ``TimeStampReq``, DER; the service is asked to put its certificate into the token.

    Args:
        imprint: digest to be stamped.
        hash_name: its hash function.
        nonce: at least 64 random bits; None asks without.
        policy: dotted object identifier that the service must follow; empty leaves it to the service.
    """
    fields: dict[str, Any] = {
        "version": "v1",
        "message_imprint": {"hash_algorithm": {"algorithm": hash_name}, "hashed_message": imprint},
        "cert_req": True,
    }
    if nonce is not None:
        fields["nonce"] = core.Integer(nonce)
    if policy:
        fields["req_policy"] = policy
    return bytes(tsp.TimeStampReq(fields).dump())


class _Response(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """A ``TimeStampResp`` as RFC 3161 has it: a refusal carries no token."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012 - the way of asn1crypto


def token_of_response(data: bytes) -> bytes:
    """
    Return the token (``ContentInfo``, DER) of a ``TimeStampResp``.

    Raises:
        TokenError: not a response, or the service refuses; its reason is in the message.
    """
    try:
        response = _Response.load(data, strict=True)
        status = response["status"]
        granted = status["status"].native in {"granted", "granted_with_mods"}
        if granted:
            return bytes(response["time_stamp_token"].dump())
        said = [str(one) for one in status["status_string"].native or ()] + sorted(status["fail_info"].native or ())
        reason = f"{status['status'].native} {' '.join(said)}".strip()[:300]
    except BROKEN as error:
        raise TokenError(what=_("Dịch vụ trả lời không đúng RFC 3161."), code="congkhai-S702") from error
    raise TokenError(what=_("Dịch vụ từ chối: {reason}.").format(reason=reason), code="congkhai-S703")
