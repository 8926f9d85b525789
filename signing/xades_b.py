"""
XAdES baseline B over one XML body: prepare, sign, complete.

Signatures stand beside the body as siblings and each references ``#body`` only, so that parties sign apart, in any
order, and a later signature never breaks an earlier one.

Source: EN 319 132-1 clause 6 (baseline B); XML Signature 1.1.
"""

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from ._text import _
from ._xades_text import SignedObject, signature_text
from .algorithms import BY_NAME, fits, verify_value
from .errors import CompleteError, FormatError, PrepareError
from .keys.certificates import load_certificate
from .prepared import Prepared
from .xmlsafe import ParsedXml, canonical, ds, is_xml_text, parse, text_of, xades

_EMPTY_VALUE = re.compile(rb'(<ds:SignatureValue Id="sv-[0-9a-f]{16}">)(</ds:SignatureValue>)')
_END_TAG = re.compile(rb"</[^<>/]+>\s*\Z")


def body_digest(document: bytes, *, body_id: str = "body") -> str:
    """
    Return the SHA-256, hexadecimal, of the exclusive canonical form of the body: what everybody signs.

    Args:
        document: whole file.
        body_id: id of the body.

    Raises:
        FormatError: not acceptable XML, or no element with that id.
    """
    return hashlib.sha256(canonical(_body(parse(document), body_id))).hexdigest()


def signature_ids(document: bytes) -> tuple[str, ...]:
    """
    Return the ids of the signatures that stand beside the body, in file order.

    Raises:
        FormatError: not acceptable XML.
    """
    return tuple(element.get("Id", "") for element in parse(document).root.iterchildren(ds("Signature")))


def new_token() -> str:
    """Return the random part of a signature's ids, so that ids never collide when signers work apart."""
    return secrets.token_hex(8)


def prepare(
    document: bytes,
    *,
    certificate: bytes,
    algorithm: str,
    signing_time: datetime,
    role: str | None = None,
    place: str | None = None,
    chain: Sequence[bytes] = (),
    body_id: str = "body",
) -> Prepared:
    """
    Prepare a signature over the body of an XML file.

    Args:
        document: the file, with or without signatures of others.
        certificate: signing certificate, DER; check it with `check_certificate` first.
        algorithm: one of ``ALGORITHMS``, fitting the certificate's key.
        signing_time: claimed time, with zone.
        role: claimed role of the signer, e.g. ``head``.
        place: where it is signed (city or commune).
        chain: further certificates of the path, DER.
        body_id: id of the body, a child of the root.

    Returns:
        What a key signs (`Prepared.octets`) and `complete` needs; can be kept as JSON.

    Raises:
        PrepareError: something stands beside the body, a comment in it, text that XML cannot hold, or an algorithm
            that does not fit the key.
        FormatError: not acceptable XML, or no body.
        KeyLoadError: the certificate cannot be read.
        ValueError: `signing_time` has no zone.
    """
    parsed = parse(document)
    body = _body(parsed, body_id)
    _refuse_neighbours(parsed, body)
    octets = canonical(body)
    return finish_preparation(
        "minutes",
        [SignedObject(f"#{body_id}", hashlib.sha256(octets).digest(), "application/xml", canonicalised=True)],
        body_id=body_id, body_sha256=hashlib.sha256(octets).hexdigest(), certificate=certificate, algorithm=algorithm,
        signing_time=signing_time, role=role, place=place, chain=chain,
    )  # fmt: skip


def finish_preparation(
    kind: str,
    objects: Sequence[SignedObject],
    *,
    body_id: str,
    body_sha256: str,
    certificate: bytes,
    algorithm: str,
    signing_time: datetime,
    role: str | None,
    place: str | None,
    chain: Sequence[bytes],
) -> Prepared:
    """Check signer, algorithm and texts, and write the signature; shared by XML bodies and containers."""
    if signing_time.tzinfo is None:
        raise ValueError("the signing time needs a zone")
    for text in (role, place, *(one.media_type for one in objects)):
        if text is not None and not is_xml_text(text):
            raise PrepareError(
                what=_("Vai trò, nơi ký hoặc kiểu tệp có ký tự không ghi được vào XML."), code="congkhai-S203"
            )
    spec = BY_NAME.get(algorithm)
    if spec is None or not fits(spec, load_certificate(certificate).public_key()):
        raise PrepareError(
            what=_("Thuật toán {algorithm} không dùng được với khóa của chứng thư.").format(algorithm=algorithm),
            advice=_("Chọn một trong: {names}.").format(names=", ".join(BY_NAME)), code="congkhai-S204",
        )  # fmt: skip
    moment = signing_time.astimezone(UTC).replace(microsecond=0)
    token = new_token()
    written = signature_text(
        token,
        objects,
        algorithm=spec,
        certificate=certificate,
        chain=chain,
        signing_time=moment,
        role=role,
        place=place,
    )
    return Prepared(
        kind=kind, signature_id=f"sig-{token}", signature=written.element, octets=written.signed_info, body_id=body_id,
        body_sha256=body_sha256, certificate=certificate, algorithm=algorithm, signing_time=moment, role=role,
    )  # fmt: skip


def complete(document: bytes, prepared: Prepared, value: bytes, *, certificate: bytes | None = None) -> bytes:
    """
    Put a signature with its value into the current file.

    Call it under a lock on the file's row, and `recheck` what was written before the row advances.

    Args:
        document: the current file; others may have signed since `prepare`.
        prepared: from `prepare`.
        value: raw signature value.
        certificate: certificate that a token or service returned with the value, DER; None when it returned none.

    Returns:
        The new file: unchanged but for the signature as last child of the root.

    Raises:
        CompleteError: the body changed, the value or the certificate is another's, the prepared signature is damaged,
            or the signature is already there.
        FormatError: the file is not acceptable XML.
    """
    if prepared.kind != "minutes":
        raise CompleteError(what=_("Bản chuẩn bị này không phải để ký biên bản."), code="congkhai-S211")
    parsed = parse(document)
    if prepared.signature_id in parsed.ids:
        raise CompleteError(what=_("Chữ ký này đã có trong tệp."), where=prepared.signature_id, code="congkhai-S212")
    digest = hashlib.sha256(canonical(_body(parsed, prepared.body_id))).digest()
    check_value(prepared, value, {f"#{prepared.body_id}": digest}, certificate)
    end = _END_TAG.search(document)
    if end is None or (parsed.tree.docinfo.encoding or "UTF-8").upper() not in {"UTF-8", "ASCII", "US-ASCII"}:
        raise CompleteError(
            what=_("Tệp không phải UTF-8 hoặc có nội dung sau phần tử gốc; không ghép chữ ký được."),
            code="congkhai-S213",
        )
    result = document[: end.start()] + fill_value(prepared, value) + document[end.start() :]
    _refuse_neighbours(parse(result), None)
    return result


def fill_value(prepared: Prepared, value: bytes) -> bytes:
    """Return the ``ds:Signature`` with its value; check it first with `check_value`."""
    return _EMPTY_VALUE.sub(lambda match: match[1] + b64encode(value) + match[2], prepared.signature, count=1)


def check_value(prepared: Prepared, value: bytes, digests: dict[str, bytes], certificate: bytes | None = None) -> None:
    """
    Refuse a value that does not belong to what was prepared.

    Args:
        digests: what the signature must cover now: reference URI → SHA-256; no more and no less.

    Raises:
        CompleteError: see `complete`.
    """
    try:
        signature = parse(prepared.signature).root
        info = signature.find(ds("SignedInfo"))
        intact = info is not None and canonical(info) == prepared.octets
    except FormatError as error:
        raise _damaged(prepared) from error
    if info is None or not intact or len(_EMPTY_VALUE.findall(prepared.signature)) != 1:
        raise _damaged(prepared)
    _check_covered(prepared, signature, info, digests)
    spec = BY_NAME[prepared.algorithm]
    method = info.find(ds("SignatureMethod"))
    if method is None or method.get("Algorithm") != spec.uri:
        raise _damaged(prepared)
    shown = signature.find(f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}")
    if (
        b64decode(text_of(shown)) != prepared.certificate
        or (certificate or prepared.certificate) != prepared.certificate
    ):
        raise CompleteError(
            what=_("Chứng thư trả về không phải chứng thư đã chuẩn bị ký."), where=prepared.signature_id,
            advice=_("Chọn đúng chứng thư trên thiết bị ký, hoặc chuẩn bị ký lại."), code="congkhai-S216",
        )  # fmt: skip
    if not verify_value(spec, load_certificate(prepared.certificate).public_key(), prepared.octets, value):
        raise CompleteError(
            what=_("Giá trị chữ ký không đúng với khóa trong chứng thư."), where=prepared.signature_id,
            advice=_("Kiểm tra thiết bị ký có dùng đúng khóa và thuật toán {algorithm} không rồi ký lại.").format(
                algorithm=prepared.algorithm
            ), code="congkhai-S217",
        )  # fmt: skip


def _check_covered(
    prepared: Prepared, signature: etree._Element, info: etree._Element, digests: dict[str, bytes]
) -> None:
    stated = {
        reference.get("URI", ""): b64decode(text_of(reference.find(ds("DigestValue"))))
        for reference in info.iterchildren(ds("Reference"))
    }
    properties = signature.find(f".//{xades('SignedProperties')}")
    if properties is None:
        raise _damaged(prepared)
    expected = digests | {f"#{properties.get('Id')}": hashlib.sha256(canonical(properties)).digest()}
    if stated.keys() != expected.keys():
        raise _damaged(prepared)
    if stated != expected:
        raise CompleteError(
            what=_("Nội dung đã thay đổi từ khi chuẩn bị ký."), where=prepared.signature_id,
            advice=_("Chuẩn bị ký lại trên nội dung hiện tại và cho người ký đọc lại."), code="congkhai-S215",
        )  # fmt: skip
    named = properties.find(
        f".//{xades('SigningCertificateV2')}/{xades('Cert')}/{xades('CertDigest')}/{ds('DigestValue')}"
    )
    if b64decode(text_of(named)) != hashlib.sha256(prepared.certificate).digest():
        raise _damaged(prepared)


def _damaged(prepared: Prepared) -> CompleteError:
    return CompleteError(
        what=_("Bản chuẩn bị ký bị hỏng hoặc đã bị sửa."), where=prepared.signature_id,
        advice=_("Chuẩn bị ký lại từ đầu."), code="congkhai-S214",
    )  # fmt: skip


def _body(parsed: ParsedXml, body_id: str) -> etree._Element:
    body = parsed.ids.get(body_id)
    if body is None or body.get("Id") != body_id:
        raise FormatError(what=_("Không có phần tử mang Id “{id}”.").format(id=body_id), code="congkhai-S306")
    return body


def _refuse_neighbours(parsed: ParsedXml, body: etree._Element | None) -> None:
    """Refuse whatever stands beside the body and the signatures: it would be shown, and signed by nobody."""
    if parsed.root.getprevious() is not None or parsed.root.getnext() is not None:
        raise PrepareError(what=_("Có chú thích hoặc chỉ thị ngoài phần tử gốc."), code="congkhai-S201")
    if body is None:
        return
    others = [child for child in parsed.root if child is not body and child.tag != ds("Signature")]
    loose = (parsed.root.text or "").strip() or any((child.tail or "").strip() for child in parsed.root)
    if body.getparent() is not parsed.root or others or loose or parsed.root.attrib:
        raise PrepareError(
            what=_("Ngoài phần thân và các chữ ký, phần tử gốc không được chứa gì khác."), code="congkhai-S201"
        )
    if any(not isinstance(node.tag, str) for node in body.iter()):
        raise PrepareError(what=_("Phần thân có chú thích hoặc chỉ thị xử lý."), code="congkhai-S202")
