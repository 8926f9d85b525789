"""
What is trusted: files in one folder, and nothing else.

Nothing is trusted by default: not the machine's certificates, not a browser's, not what a signature brings along. The
agency supplies its anchors and confirms them by fingerprint through an independent way.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from asn1crypto import crl, ocsp, pem
from cryptography import x509

from ._asn1_crypto import BROKEN
from ._text import _
from .errors import SigningError, TrustError
from .keys.certificates import issued, load_certificate, readable_name
from .terms import Term, terms_of

CERTIFICATE_SUFFIXES = {".pem", ".crt", ".cer", ".der"}
CRL_SUFFIXES = {".crl"}
OCSP_SUFFIXES = {".ors", ".ocsp"}
_MAX_FILE = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class TrustSource:
    """
    One thing that was loaded, for reports and for people.

    Attributes:
        file: name inside the folder.
        kind: ``anchor``, ``intermediate``, ``crl`` or ``ocsp``.
        sha256: digest of the DER, by which an anchor is confirmed.
        subject: subject of a certificate, issuer of a CRL; empty for OCSP.
        valid_to: end of validity or next update; None when not stated.
        terms: for what and when an anchor is trusted; empty for everything else.
    """

    file: str
    kind: str
    sha256: str
    subject: str
    valid_to: datetime | None
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Anchors and what helps to reach them, all DER.

    Attributes:
        anchors: self-signed CA certificates; the only thing that is trusted.
        intermediates: other certificates, used for building paths.
        crls: revocation lists.
        ocsps: OCSP replies.
        sources: where each came from.
        terms: per anchor, in the order of `anchors`: for what and when it is trusted; an anchor without any is trusted
            for everything at all times.
    """

    anchors: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    sources: tuple[TrustSource, ...] = ()
    terms: tuple[tuple[Term, ...], ...] = ()

    def anchors_for(self, purpose: str, existed: datetime, proven: datetime) -> tuple[bytes, ...]:
        """
        Return the anchors that are trusted for something.

        Args:
            purpose: ``signer`` or ``timestamp``.
            existed: when the signature or token is taken to have existed.
            proven: when the proof of that was made; the moment of verification when there is none.
        """
        everywhere = (Term(),)
        terms = (*self.terms, *((),) * (len(self.anchors) - len(self.terms)))
        return tuple(
            anchor
            for anchor, own in zip(self.anchors, terms, strict=True)
            if any(one.holds(purpose, existed, proven) for one in own or everywhere)
        )

    def with_data(
        self, *, crls: Iterable[bytes] = (), ocsps: Iterable[bytes] = (), certificates: Iterable[bytes] = ()
    ) -> "Trust":
        """Return the same trust with more lists, replies and intermediates; they are judged like any others."""
        return replace(
            self, crls=tuple(dict.fromkeys((*self.crls, *crls))), ocsps=tuple(dict.fromkeys((*self.ocsps, *ocsps))),
            intermediates=tuple(dict.fromkeys((*self.intermediates, *certificates))),
        )  # fmt: skip

    def without_data(self) -> "Trust":
        """Return the anchors alone: what a reader has who was handed nothing but them."""
        return replace(self, intermediates=(), crls=(), ocsps=())

    @classmethod
    def nothing(cls) -> "Trust":
        """Return the trust of somebody who was told nothing: no signature can pass."""
        return cls()

    @classmethod
    def load(cls, folder: Path) -> "Trust":
        """
        Load a folder and its sub-folders.

        Certificates (.pem .crt .cer .der) are PEM or DER, several in one PEM file; self-signed ones are anchors.
        CRLs (.crl) are PEM or DER, OCSP replies (.ors .ocsp) DER. Other files are left alone. For what and when an
        anchor is trusted, its folder and an ini file beside it say; see `terms`.

        Args:
            folder: the trust folder.

        Raises:
            TrustError: no such folder, a file that is not what its name says, or a self-signed certificate that is no
                CA: a trust folder with a silent gap would mislead.
        """
        if not folder.is_dir():
            raise TrustError(
                what=_("Không có thư mục tin cậy {folder}.").format(folder=folder),
                advice=_("Cho --trust là thư mục chứa chứng thư gốc và CRL do cơ quan xác nhận."), code="congkhai-S401",
            )  # fmt: skip
        kinds: dict[str, dict[bytes, TrustSource]] = {"anchor": {}, "intermediate": {}, "crl": {}, "ocsp": {}}
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            name = path.relative_to(folder).as_posix()
            for der, source in _load_file(path, name):
                known = kinds[source.kind].get(der)
                if known is not None:  # the same anchor in two places: it is trusted for what either place says
                    source = replace(known, terms=tuple(dict.fromkeys((*known.terms, *source.terms))))
                kinds[source.kind][der] = source
        return cls(
            anchors=tuple(kinds["anchor"]), intermediates=tuple(kinds["intermediate"]), crls=tuple(kinds["crl"]),
            ocsps=tuple(kinds["ocsp"]),
            sources=tuple(source for found in kinds.values() for source in found.values()),
            terms=tuple(source.terms for source in kinds["anchor"].values()),
        )  # fmt: skip


def _load_file(path: Path, name: str) -> list[tuple[bytes, TrustSource]]:
    suffix = path.suffix.lower()
    reader: Callable[[bytes, str], TrustSource]
    if suffix in CERTIFICATE_SUFFIXES:
        reader = _certificate
    elif suffix in CRL_SUFFIXES:
        reader = _crl
    elif suffix in OCSP_SUFFIXES:
        reader = _ocsp
    else:
        return []
    try:
        found = [(der, reader(der, name)) for der in _blocks(_read(path))]
        terms = terms_of(path, name) if any(source.kind == "anchor" for _der, source in found) else ()
    except (*BROKEN, SigningError, OSError) as error:
        if isinstance(error, TrustError):
            raise
        raise TrustError(
            what=_("Tệp trong thư mục tin cậy không đọc được hoặc không đúng loại: {reason}").format(reason=error),
            where=name, advice=_("Sửa hoặc bỏ tệp này khỏi thư mục tin cậy."), code="congkhai-S402",
        ) from error  # fmt: skip
    return [(der, replace(one, terms=terms) if one.kind == "anchor" else one) for der, one in found]


def _read(path: Path) -> bytes:
    if path.stat().st_size > _MAX_FILE:
        raise ValueError("file too large")
    return path.read_bytes()


def _blocks(data: bytes) -> list[bytes]:
    if data.startswith(b"\x30") or not pem.detect(data):
        return [data]
    found = [der for kind, _headers, der in pem.unarmor(data, multiple=True) if kind in {"CERTIFICATE", "X509 CRL"}]
    if not found:
        raise ValueError("no certificate or CRL in this PEM file")
    return found


def _certificate(der: bytes, name: str) -> TrustSource:
    cert = load_certificate(der)
    anchor = is_self_signed(cert)
    if anchor and _says_no_ca(cert):
        raise TrustError(
            what=_("Chứng thư tự ký này không phải của một cơ quan chứng thực (CA)."), where=name,
            advice=_("Chỉ đặt chứng thư gốc của CA vào thư mục tin cậy."), code="congkhai-S403",
        )  # fmt: skip
    return TrustSource(
        name, "anchor" if anchor else "intermediate", hashlib.sha256(der).hexdigest(), readable_name(cert.subject),
        cert.not_valid_after_utc,
    )  # fmt: skip


def is_self_signed(cert: x509.Certificate) -> bool:
    """Tell whether a certificate is issued by itself and signed with its own key."""
    return cert.subject == cert.issuer and issued(cert, cert)


def _says_no_ca(cert: x509.Certificate) -> bool:
    try:
        return not cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False  # old version 1 roots have no extensions; whoever put it here vouches for it


def _crl(der: bytes, name: str) -> TrustSource:
    body = crl.CertificateList.load(der, strict=True)["tbs_cert_list"]
    return TrustSource(
        name, "crl", hashlib.sha256(der).hexdigest(), body["issuer"].human_friendly, body["next_update"].native
    )


def _ocsp(der: bytes, name: str) -> TrustSource:
    reply = ocsp.OCSPResponse.load(der, strict=True)
    if reply["response_status"].native != "successful":
        raise ValueError("OCSP reply without success")
    single = reply.response_data["responses"][0]
    return TrustSource(name, "ocsp", hashlib.sha256(der).hexdigest(), "", single["next_update"].native)
