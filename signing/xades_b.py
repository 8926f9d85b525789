"""
XAdES baseline B over one XML body: prepare, sign, complete.

Signatures stand beside the body as siblings and each references ``#body`` only, so that parties sign apart, in any
order, and a later signature never breaks an earlier one.

Source: EN 319 132-1 clause 6 (baseline B); XML Signature 1.1.
"""

import hashlib
import os
import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from lxml import etree

from ._lean import LeanFile, read_lean
from ._text import _
from ._xades_text import SignedObject, parts_with_value, signature_ids_of, signature_text, with_value
from .algorithms import BY_NAME, Algorithm, fits, verify_value
from .errors import CompleteError, FormatError, PrepareError
from .keys.certificates import load_certificate
from .keys.file import MadeValue
from .prepared import Prepared
from .xmlsafe import ParsedXml, canonical, ds, is_xml_text, parse, text_of, xades

_EMPTY_VALUE = re.compile(rb'(<ds:SignatureValue Id="sv-[0-9a-f]{16}">)(</ds:SignatureValue>)')
_IDS = re.compile(r' Id="([^"]*)"')
_SIGNATURE = ds("Signature")
_END_TAG = re.compile(rb"</[^<>/]+>\s*")
_KEPT = 256 * 1024
"""What was read of files up to this many bytes is kept for a moment: who prepares mostly completes soon after."""

_last: tuple[tuple[bytes, str, "_Content | LeanFile"], ...] = ()


@dataclass(frozen=True, slots=True)
class _Content:
    """
    What signing needs to know of a file; depends on its bytes alone.

    Attributes:
        sha256: digest of the body's exclusive canonical form.
        ids: every id in the file.
        end: where the root's end tag begins; None when nothing can be put there as bytes.
        outside: something stands beside the root element.
        beside: something but signatures stands beside the body.
        remarks: the body holds comments or processing instructions.
    """

    sha256: bytes
    ids: frozenset[str]
    end: int | None
    outside: bool
    beside: bool
    remarks: bool


def body_digest(document: bytes, *, body_id: str = "body") -> str:
    """
    Return the SHA-256, hexadecimal, of the exclusive canonical form of the body: what everybody signs.

    Args:
        document: whole file.
        body_id: id of the body.

    Raises:
        FormatError: not acceptable XML, or no element with that id.
    """
    return _content(document, body_id).sha256.hex()


def signature_ids(document: bytes) -> tuple[str, ...]:
    """
    Return the ids of the signatures that stand beside the body, in file order.

    Raises:
        FormatError: not acceptable XML.
    """
    return tuple(element.get("Id", "") for element in parse(document).root.iterchildren(ds("Signature")))


def new_token() -> str:
    """Return the random part of a signature's ids, so that ids never collide when signers work apart."""
    return os.urandom(8).hex()  # what `secrets` takes, without its detour


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
    content = _content(document, body_id)
    _refuse_outside(content)
    if content.beside:
        raise PrepareError(
            what=_("Ngoài phần thân và các chữ ký, phần tử gốc không được chứa gì khác."), code="congkhai-S201"
        )
    if content.remarks:
        raise PrepareError(what=_("Phần thân có chú thích hoặc chỉ thị xử lý."), code="congkhai-S202")
    return finish_preparation(
        "minutes", [SignedObject(f"#{body_id}", content.sha256, "application/xml", canonicalised=True)],
        body_id=body_id, body_sha256=content.sha256.hex(), certificate=certificate, algorithm=algorithm,
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
    for one in objects:
        _refuse_text(one.media_type)
    spec = _usable(certificate, algorithm, role, place)
    moment = signing_time
    if moment.tzinfo is not UTC or moment.microsecond:
        moment = moment.astimezone(UTC).replace(microsecond=0)
    token = new_token()
    written = signature_text(
        token, objects, algorithm=spec, certificate=certificate, chain=chain, signing_time=moment, role=role,
        place=place,
    )  # fmt: skip
    prepared = Prepared(
        kind=kind, signature_id=f"sig-{token}", signature=written.element, octets=written.signed_info, body_id=body_id,
        body_sha256=body_sha256, certificate=certificate, algorithm=algorithm, signing_time=moment, role=role,
    )  # fmt: skip
    object.__setattr__(prepared, "made_here", True)
    return prepared


@lru_cache(maxsize=64)  # one signer signs many papers
def _usable(certificate: bytes, algorithm: str, role: str | None, place: str | None) -> Algorithm:
    """Return the algorithm, after checking that it fits the certificate's key and that XML can hold the texts."""
    for text in (role, place):
        if text is not None:
            _refuse_text(text)
    spec = BY_NAME.get(algorithm)
    if spec is None or not fits(spec, load_certificate(certificate).public_key()):
        raise PrepareError(
            what=_("Thuật toán {algorithm} không dùng được với khóa của chứng thư.").format(algorithm=algorithm),
            advice=_("Chọn một trong: {names}.").format(names=", ".join(BY_NAME)), code="congkhai-S204",
        )  # fmt: skip
    return spec


def _refuse_text(text: str) -> None:
    if not is_xml_text(text):
        raise PrepareError(
            what=_("Vai trò, nơi ký hoặc kiểu tệp có ký tự không ghi được vào XML."), code="congkhai-S203"
        )


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
    content = _content(document, prepared.body_id)
    if prepared.signature_id in content.ids:
        raise CompleteError(what=_("Chữ ký này đã có trong tệp."), where=prepared.signature_id, code="congkhai-S212")
    check_value(prepared, value, {f"#{prepared.body_id}": content.sha256}, content.sha256.hex(), certificate)
    _refuse_outside(content)
    if content.end is None:
        raise CompleteError(
            what=_("Tệp không phải UTF-8 hoặc có nội dung sau phần tử gốc; không ghép chữ ký được."),
            code="congkhai-S213",
        )
    if not content.ids.isdisjoint(_ids(prepared)):
        raise FormatError(what=_("Mã định danh của chữ ký đã có trong tệp."), code="congkhai-S304")
    parts = parts_with_value(prepared.signature, value)
    return b"".join((document[: content.end], *parts, document[content.end :]))


def fill_value(prepared: Prepared, value: bytes) -> bytes:
    """Return the ``ds:Signature`` with its value; check it first with `check_value`."""
    return with_value(prepared.signature, value)


def _ids(prepared: Prepared) -> Iterable[str]:
    """Return the ids that a signature brings into its file."""
    if not prepared.made_here:
        return _IDS.findall(prepared.signature.decode())
    return signature_ids_of(prepared.signature_id.removeprefix("sig-"), 1)


def check_value(
    prepared: Prepared,
    value: bytes,
    digests: dict[str, bytes],
    content_sha256: str,
    certificate: bytes | None = None,
) -> None:
    """
    Refuse a value that does not belong to what was prepared.

    Args:
        digests: what the signature must cover now: reference URI → SHA-256; no more and no less.
        content_sha256: the same as one digest, in the form of `Prepared.body_sha256`.
        certificate: as for `complete`.

    Raises:
        CompleteError: see `complete`.
    """
    # What was made here for this very content cannot disagree with itself; anything else is read and compared.
    if not (prepared.made_here and prepared.body_sha256 == content_sha256):
        _check_prepared(prepared, digests)
    if (certificate or prepared.certificate) != prepared.certificate:
        raise _other_certificate(prepared)
    if not _is_right(prepared, value):
        raise CompleteError(
            what=_("Giá trị chữ ký không đúng với khóa trong chứng thư."), where=prepared.signature_id,
            advice=_("Kiểm tra thiết bị ký có dùng đúng khóa và thuật toán {algorithm} không rồi ký lại.").format(
                algorithm=prepared.algorithm
            ), code="congkhai-S217",
        )  # fmt: skip


def _is_right(prepared: Prepared, value: bytes) -> bool:
    """Tell whether a value was made over what was prepared, by the key in the certificate."""
    if type(value) is MadeValue and value.is_over(prepared.octets, prepared.certificate, prepared.algorithm):
        return True
    key = load_certificate(prepared.certificate).public_key()
    return verify_value(BY_NAME[prepared.algorithm], key, prepared.octets, value)


def _check_prepared(prepared: Prepared, digests: dict[str, bytes]) -> None:
    """Read a prepared signature that was stored, and refuse it unless all its parts belong together."""
    try:
        signature = parse(prepared.signature).root
        info = signature.find(ds("SignedInfo"))
        intact = info is not None and canonical(info) == prepared.octets
    except FormatError as error:
        raise _damaged(prepared) from error
    if info is None or not intact or len(_EMPTY_VALUE.findall(prepared.signature)) != 1:
        raise _damaged(prepared)
    _check_covered(prepared, signature, info, digests)
    method = info.find(ds("SignatureMethod"))
    if method is None or method.get("Algorithm") != BY_NAME[prepared.algorithm].uri:
        raise _damaged(prepared)
    shown = signature.find(f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}")
    if b64decode(text_of(shown)) != prepared.certificate:
        raise _other_certificate(prepared)


def _other_certificate(prepared: Prepared) -> CompleteError:
    return CompleteError(
        what=_("Chứng thư trả về không phải chứng thư đã chuẩn bị ký."), where=prepared.signature_id,
        advice=_("Chọn đúng chứng thư trên thiết bị ký, hoặc chuẩn bị ký lại."), code="congkhai-S216",
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


def _content(document: bytes, body_id: str) -> "_Content | LeanFile":
    """Read a file, or take what was read of the very same bytes a moment ago."""
    global _last  # one assignment of a fresh tuple, which no other thread can see half done
    for kept, kept_id, content in _last:
        if kept == document and kept_id == body_id:
            return content
    lean = read_lean(document)
    content = _read(document, body_id) if lean is None or lean.head.body_id != body_id else lean
    if len(document) <= _KEPT:
        _last = ((document, body_id, content), *_last[:3])
    return content


def _read(document: bytes, body_id: str) -> _Content:
    parsed = parse(document)
    body, root = parsed.ids.get(body_id), parsed.root
    if body is None or body.get("Id") != body_id:
        raise FormatError(what=_("Không có phần tử mang Id “{id}”.").format(id=body_id), code="congkhai-S306")
    others = any(child is not body and child.tag != _SIGNATURE for child in root)
    loose = (root.text or "").strip() or any((child.tail or "").strip() for child in root)
    return _Content(
        sha256=hashlib.sha256(canonical(body)).digest(), ids=frozenset(parsed.ids), end=_end(document, parsed),
        outside=root.getprevious() is not None or root.getnext() is not None,
        beside=bool(body.getparent() is not root or others or loose or root.attrib),
        remarks=next(body.iter(etree.Comment, etree.PI, etree.Entity), None) is not None,
    )  # fmt: skip


def _end(document: bytes, parsed: ParsedXml) -> int | None:
    """Return where the root's end tag begins: the last tag of the file, when its letters are bytes."""
    start = document.rfind(b"</")
    if start < 0 or not _END_TAG.fullmatch(document, start):
        return None
    return start if (parsed.tree.docinfo.encoding or "UTF-8").upper() in {"UTF-8", "ASCII", "US-ASCII"} else None


def _refuse_outside(content: _Content | LeanFile) -> None:
    if content.outside:
        raise PrepareError(what=_("Có chú thích hoặc chỉ thị ngoài phần tử gốc."), code="congkhai-S201")
