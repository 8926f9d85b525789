"""
The second verifier: signxml checks every signature that we made before it is filed.

It checks mathematics and references, with the certificate pinned that the signature itself names; trust is not its
matter. What it says was signed is compared with what we believe was signed: a check that passed over something else is
a failure. It must only judge what we produced; foreign files go through `validation`.

Members above 32 MiB are not handed to signxml as bytes; they are hashed once more in a stream, and signxml compares
that digest with its own reference.
"""

import hashlib
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from lxml import etree

from ._text import _
from .asice import Member
from .asice_read import read_container
from .errors import RecheckError, SigningError
from .keys.certificates import load_certificate
from .names import name_of, uri_of
from .streams import digest_of
from .xades_b import body_digest
from .xmlsafe import ParsedXml, ds, parse, text_of, xades

WHOLE_LIMIT = 32 * 1024**2
"""Members up to this many bytes are handed to signxml whole."""


class _Octets(bytes):
    """A member as signxml gets it: octets, never parsed; `streamed` digests one that is too big to be handed over."""

    streamed: Callable[[str], bytes] | None = None


def recheck(document: bytes, *, body_sha256: str | None = None, body_id: str = "body") -> tuple[str, ...]:
    """
    Verify every signature of a minutes file with signxml.

    Args:
        document: the file as read back from where it was written.
        body_sha256: what we believe was signed, from `body_digest` or `Prepared`; None takes the body in the file.
        body_id: id of the body.

    Returns:
        Ids of the verified signatures, in file order; at least one.

    Raises:
        RecheckError: signxml refuses one, something else was signed, or there is none.
    """
    try:
        parsed = parse(document)
        expected = body_digest(document, body_id=body_id)
    except SigningError as error:
        raise _refused("", error) from error
    if body_sha256 is not None and expected != body_sha256:
        raise RecheckError(what=_("Phần thân của tệp không phải phần thân đã ký."), code="congkhai-S502")
    ids = _signatures(parsed)
    for signature_id in ids:
        results = _verify(document, parsed, signature_id, references=2, resolver=None)
        _compare(signature_id, results, {expected})
    return ids


def recheck_container(path: Path) -> tuple[str, ...]:
    """
    Verify every signature of a container with signxml, against the file as it lies on disk.

    Args:
        path: the container as written.

    Returns:
        Ids of the verified signatures; at least one.

    Raises:
        RecheckError: signxml refuses one, a member is not covered, or the container cannot be read.
        OSError: the file cannot be read.
    """
    try:
        container = read_container(path)
        parsed = [(data, parse(data)) for _name, data in container.signatures]
    except SigningError as error:
        raise _refused("", error) from error
    members = {uri_of(one.name): one for one in container.members}
    found: list[str] = []
    for data, one in parsed:
        for signature_id in _signatures(one):
            results = _verify(data, one, signature_id, references=len(members) + 1, resolver=_resolver(members))
            digests = {member.sha256 for member in members.values() if member.size <= WHOLE_LIMIT}
            _compare(signature_id, results, digests)
            _compare_names(signature_id, one, set(members))
            found.append(signature_id)
    if not found or container.problems:
        raise RecheckError(
            what=container.problems[0].message if container.problems else _("Gói không có chữ ký nào."),
            where=str(path), code="congkhai-S503",
        )  # fmt: skip
    return tuple(found)


def _signatures(parsed: ParsedXml) -> tuple[str, ...]:
    ids = tuple(element.get("Id", "") for element in parsed.root.iterchildren(ds("Signature")))
    if not ids or "" in ids:
        raise RecheckError(what=_("Tệp không có chữ ký, hoặc có chữ ký không mang Id."), code="congkhai-S503")
    return ids


def _verify(
    data: bytes, parsed: ParsedXml, signature_id: str, *, references: int, resolver: Callable[[str], bytes] | None
) -> list[Any]:
    # signxml costs a tenth of a second to load; only those pay who sign.
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.exceptions import InvalidInput, SignXMLException
    from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

    from .algorithms import BY_NAME, DIGESTS

    class OneSignature(XAdESVerifier):
        """signxml bound to one ``ds:Signature`` by Id; it holds state, so each call makes a new one."""

        def _get_signature(self, root: etree._Element) -> etree._Element:
            found = [one for one in root.iter(ds("Signature")) if one.get("Id") == signature_id]
            if len(found) != 1:
                raise InvalidInput(f"{len(found)} signatures with Id {signature_id!r}")
            return found[0]

        def _get_digest(self, data: bytes, algorithm: DigestAlgorithm) -> bytes:
            if isinstance(data, _Octets) and data.streamed is not None:
                return data.streamed(DIGESTS[algorithm.value][0])
            digest: bytes = super()._get_digest(data, algorithm)
            return digest

        def _fromstring(self, xml_string: Any, **kwargs: Any) -> Any:
            if isinstance(xml_string, _Octets):  # a member is octets to its signature, whatever it looks like
                raise etree.XMLSyntaxError("a container member is not parsed", 0, 0, 0)
            return super()._fromstring(xml_string, **kwargs)  # type: ignore[no-untyped-call]  # signxml has no types here

    certificate, claimed = _named_certificate(parsed, signature_id)
    config = XAdESSignatureConfiguration(
        expect_references=references,
        verification_time=claimed,
        signature_methods=frozenset(SignatureMethod(spec.uri) for spec in BY_NAME.values()),
        digest_algorithms=frozenset(DigestAlgorithm(uri) for uri, (_name, weak) in DIGESTS.items() if not weak),
    )
    try:
        return OneSignature().verify(data, x509_cert=certificate, uri_resolver=resolver, expect_config=config)
    except (SignXMLException, SigningError, etree.LxmlError, ValueError, NotImplementedError) as error:
        raise _refused(signature_id, error) from error


def _named_certificate(parsed: ParsedXml, signature_id: str) -> tuple[x509.Certificate, datetime]:
    """Return the certificate in KeyInfo that SigningCertificateV2 names, and the claimed signing time."""
    signature = parsed.ids[signature_id]
    named = signature.find(
        f".//{xades('SigningCertificateV2')}/{xades('Cert')}/{xades('CertDigest')}/{ds('DigestValue')}"
    )
    try:
        digest = b64decode(text_of(named))
        claimed = datetime.fromisoformat(text_of(signature.find(f".//{xades('SigningTime')}")))
        for element in signature.iterfind(f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}"):
            der = b64decode(text_of(element))
            if hashlib.sha256(der).digest() == digest:
                return load_certificate(der), claimed
    except (ValueError, SigningError) as error:
        raise _refused(signature_id, error) from error
    raise RecheckError(what=_("Chữ ký không kèm chứng thư mà nó nêu."), where=signature_id, code="congkhai-S504")


def _resolver(members: Mapping[str, Member]) -> Callable[[str], bytes]:
    def resolve(uri: str) -> bytes:
        member = members.get(uri)
        if member is None or name_of(uri) != member.name:
            raise ValueError(f"no member for {uri!r}")
        if member.size > WHOLE_LIMIT:
            octets = _Octets()
            octets.streamed = lambda algorithm: _hash(member, algorithm)
            return octets
        with member.open() as stream:
            return _Octets(stream.read())

    return resolve


def _hash(member: Member, algorithm: str) -> bytes:
    with member.open() as stream:
        return digest_of(stream, algorithm)


def _compare(signature_id: str, results: list[Any], expected: set[str]) -> None:
    """Refuse unless signxml digested exactly what we believe was signed, the properties and streamed members apart."""
    seen = {
        hashlib.sha256(one.signed_data).hexdigest()
        for one in results
        if getattr(one, "signed_properties", None) is None and getattr(one.signed_data, "streamed", None) is None
    }
    if seen != expected:
        raise RecheckError(
            what=_("Nội dung mà bộ kiểm tra thứ hai thấy được ký không phải nội dung cần ký."), where=signature_id,
            code="congkhai-S502",
        )  # fmt: skip


def _compare_names(signature_id: str, parsed: ParsedXml, uris: set[str]) -> None:
    info = parsed.ids[signature_id].find(ds("SignedInfo"))
    stated = [] if info is None else [one.get("URI", "") for one in info.iterchildren(ds("Reference"))]
    if sorted(uri for uri in stated if not uri.startswith("#")) != sorted(uris):
        raise RecheckError(what=_("Có tệp trong gói không được ký."), where=signature_id, code="congkhai-S505")


def _refused(signature_id: str, error: Exception) -> RecheckError:
    reason = re.sub(r"\s+", " ", str(error))[:300]
    return RecheckError(
        what=_("Bộ kiểm tra thứ hai không chấp nhận chữ ký: {reason}").format(reason=reason),
        where=signature_id,
        advice=_("Không lưu hồ sơ này; giữ nguyên hiện trạng và báo cho người quản trị."),
        code="congkhai-S501",
    )
