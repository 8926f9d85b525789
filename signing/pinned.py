"""
Mathematics and structure of signatures, with certificates that the caller vouches for: no path, no status, no time.

For who has judged the certificates already and only asks whether a file still is what those people signed: a nightly
look over the store, a list of files on a page. Everything else goes through `verify_path`.

Source: EN 319 102-1 clauses 5.2.2 (format), 5.2.4 and 5.2.7 (cryptographic verification).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ._lean import LeanFile, read_lean
from ._own_signature import OwnSignature
from ._text import _
from .algorithms import BY_URI, strong_enough, verify_value
from .coverage import coverage
from .errors import ChangedError, FormatError
from .keys.certificates import load_certificate
from .limits import DEFAULT_LIMITS, Limits
from .parallel import NAMESPACES, find_body, is_parallel
from .properties import SignedProperties, read_properties, same_issuer_serial
from .references import Checked, Surroundings, c14n_parameters, check_reference, refuse_inherited
from .structure import SignatureParts, take_apart
from .xml_file import find_signatures
from .xmlsafe import canonical, parse


@dataclass(frozen=True, slots=True)
class PinnedSignature:
    """
    A signature whose value was made with a pinned certificate's key over the whole of what the file shows.

    Attributes:
        id: ``Id`` of the ``ds:Signature``.
        certificate: the pinned certificate, DER.
        role: claimed role, or empty.
        signing_time: as claimed; None when not stated.
    """

    id: str
    certificate: bytes
    role: str
    signing_time: datetime | None


def verify_pinned(
    document: bytes, certificates: Iterable[bytes], *, limits: Limits = DEFAULT_LIMITS
) -> tuple[PinnedSignature, ...]:
    """
    Check every XAdES signature of one XML file against pinned certificates.

    Args:
        document: the file.
        certificates: signing certificates that are taken for good, DER.
        limits: against hostile input.

    Returns:
        The signatures, in file order; at least one.

    Raises:
        FormatError: XML or structure that is not accepted, or no signature at all.
        ChangedError: content or value is not what was signed, a signature by somebody else, without XAdES properties,
            with a weak algorithm, or over a part of the file only.
        KeyLoadError: a pinned certificate cannot be read.
    """
    pinned = tuple(certificates)
    lean = read_lean(document) if limits is DEFAULT_LIMITS else None
    if lean is not None and _is_minutes(lean, limits):
        return tuple(_check_own(one, lean, pinned) for one in lean.signatures)
    return _verify_any(document, pinned, limits)


def _is_minutes(lean: LeanFile, limits: Limits) -> bool:
    """Tell whether a file shows nothing but the body, and its signatures are within the limits."""
    return (
        lean.head.namespace in NAMESPACES
        and lean.head.body == "Body"
        and 0 < len(lean.signatures) <= limits.signatures
        and all(len(one.certificates) <= limits.certificates for one in lean.signatures)
    )


def _check_own(one: OwnSignature, lean: LeanFile, pinned: tuple[bytes, ...]) -> PinnedSignature:
    """
    Check a signature that is in our own text, down to the last byte.

    So it covers the body and its own properties, names the first certificate of its KeyInfo, and agrees with itself;
    what is left to ask is what it was made over, and by whom.
    """
    if one.body_sha256 != lean.sha256:
        raise _other_content(one.id)
    certificate = one.certificates[0]
    if certificate not in pinned:
        raise _other_signer(one.id)
    key = load_certificate(certificate).public_key()
    if not strong_enough(key) or not verify_value(one.algorithm, key, one.octets, one.value):
        raise _other_value(one.id)
    return PinnedSignature(one.id, certificate, (one.role or "").strip(), one.signing_time)


def _verify_any(document: bytes, pinned: tuple[bytes, ...], limits: Limits) -> tuple[PinnedSignature, ...]:
    """Check the signatures of a file of any form."""
    parsed = parse(document, limits=limits)
    elements, _counter = find_signatures(parsed, limits)
    if not elements:
        raise FormatError(what=_("Tệp không có chữ ký số."), code="congkhai-S307")
    body = find_body(parsed) if is_parallel(parsed) else None
    around = Surroundings(parsed)
    found: list[PinnedSignature] = []
    for element in elements:
        parts = take_apart(element, limits)
        checked = [check_reference(one, element, around) for one in parts.references]
        _refuse_changed(parts, checked)
        properties, certificate = _signer(parts, pinned)
        _check_value(parts, certificate)
        if not coverage(parts, checked, parsed, body=body, members=None).full:
            raise ChangedError(what=_("Chữ ký chỉ bảo vệ một phần của tệp."), where=parts.id)
        found.append(PinnedSignature(parts.id, certificate, properties.role, properties.signing_time))
    return tuple(found)


def _other_content(signature_id: str) -> ChangedError:
    what = _("Nội dung đã bị thay đổi sau khi ký, bị thiếu, hoặc dùng mã băm yếu.")
    return ChangedError(what=what, where=signature_id)


def _other_signer(signature_id: str) -> ChangedError:
    return ChangedError(what=_("Chữ ký không phải bằng chứng thư đã chỉ định."), where=signature_id)


def _other_value(signature_id: str) -> ChangedError:
    what = _("Giá trị chữ ký không đúng với khóa của người ký, hoặc thuật toán không được chấp nhận.")
    return ChangedError(what=what, where=signature_id)


def _refuse_changed(parts: SignatureParts, checked: Iterable[Checked]) -> None:
    for one in checked:
        if not one.matches or one.weak:
            raise _other_content(parts.id)
        own = one.reference is parts.properties_reference
        if own and (one.target.element is not parts.properties or one.target.decoded or one.target.without_signatures):
            raise ChangedError(what=_("SignedProperties được ký không phải của chữ ký này."), where=parts.id)


def _signer(parts: SignatureParts, pinned: tuple[bytes, ...]) -> tuple[SignedProperties, bytes]:
    """Return the signed properties and the pinned certificate that they name; those in the file are not asked."""
    if parts.properties is None:
        what = _("Chữ ký XML-DSig thường, không nêu chứng thư của người ký.")
        raise ChangedError(what=what, where=parts.id)
    properties = read_properties(parts.properties)
    named = properties.certificate
    if named is not None and not named.weak:
        for der in pinned:
            if hashlib.new(named.digest_name, der).digest() == named.digest and same_issuer_serial(named, der):
                return properties, der
    raise _other_signer(parts.id)


def _check_value(parts: SignatureParts, certificate: bytes) -> None:
    exclusive, prefixes = c14n_parameters(parts.c14n, parts.c14n_element)
    if not exclusive:
        refuse_inherited(parts.info)
    octets = canonical(parts.info, exclusive=exclusive, prefixes=prefixes)
    spec, key = BY_URI.get(parts.method), load_certificate(certificate).public_key()
    if spec is None or spec.weak or not strong_enough(key) or not verify_value(spec, key, octets, parts.value):
        raise _other_value(parts.id)
