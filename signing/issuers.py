"""
Fetching the certificates of issuers that a signature did not bring along (authority information access).

Nothing that is fetched is trusted: it only helps to build a path to an anchor that already is. The address stands in a
certificate that nobody vouches for yet, so it is followed only where it looks like what it should be, the address of a
certificate file, a few steps, and never a redirect.

Source: RFC 5280 section 4.2.2.1 (caIssuers); RFC 2585; RFC 5652 (certs-only).
"""

import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from ._http import Session, exchange
from ._text import _
from .errors import SigningError
from .keys.certificates import UNREADABLE, issued, load_certificate

_log = logging.getLogger(__name__)
_MAX_ANSWER = 256 * 1024
_MAX_STEPS = 4
_MAX_ADDRESSES = 2
_MAX_FETCHED = 32
_SUFFIXES = (".cer", ".crt", ".der", ".pem", ".p7c", ".p7b")


def issuer_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return where the issuer of a certificate is said to lie: plain addresses of certificate files only."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    found = [
        one.access_location.value
        for one in access
        if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    ]
    return tuple(url for url in dict.fromkeys(found) if _is_file(url))[:_MAX_ADDRESSES]


def _is_file(url: str) -> bool:
    """A question mark could make another machine do something; a certificate's address needs none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme.lower() in {"http", "https"} and plain and parts.path.lower().endswith(_SUFFIXES)


def fetch_issuers(
    lost: Iterable[x509.Certificate], known: Iterable[x509.Certificate], session: Session, *, timeout: float
) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """
    Fetch what is missing between some certificates and the ones that are known.

    Args:
        lost: certificates without a path.
        known: anchors and intermediates at hand.
        session: HTTP session of the caller, with its proxy.
        timeout: seconds for one request.

    Returns:
        Issuing certificates, DER, none of them self-signed; and what could not be had, one sentence each.
    """
    ends = list(known)
    answers: dict[str, list[x509.Certificate]] = {}
    found: dict[bytes, None] = {}
    said: list[str] = []
    for certificate in lost:
        current = certificate
        for _step in range(_MAX_STEPS):
            if any(issued(current, one) for one in ends):
                break
            issuer = _ask(current, session, timeout, answers, said)
            if issuer is None or issuer.subject == issuer.issuer:
                break
            found[issuer.public_bytes(Encoding.DER)] = None
            current = issuer
    return tuple(found), tuple(dict.fromkeys(said))


def _ask(
    certificate: x509.Certificate,
    session: Session,
    timeout: float,
    answers: dict[str, list[x509.Certificate]],
    said: list[str],
) -> x509.Certificate | None:
    for url in issuer_addresses(certificate):
        if url not in answers:
            if len(answers) >= _MAX_FETCHED:
                said.append(_("Quá nhiều địa chỉ chứng thư cần tải; các địa chỉ còn lại không được hỏi."))
                return None
            answers[url] = _fetch(url, session, timeout, said)
        for one in answers[url]:
            if issued(certificate, one):
                return one
    return None


def _fetch(url: str, session: Session, timeout: float, said: list[str]) -> list[x509.Certificate]:
    try:
        found = _certificates(exchange(session, url, timeout=timeout, limit=_MAX_ANSWER))
        return [load_certificate(one.public_bytes(Encoding.DER)) for one in found]
    except (OSError, SigningError, *UNREADABLE) as error:
        _log.info("issuer %s: %s", url, type(error).__name__)
        said.append(_("Không tải được chứng thư của nơi cấp từ {url}: {reason}").format(url=url, reason=error))
        return []


def _certificates(data: bytes) -> list[x509.Certificate]:
    """Read DER, PEM, or a list of certificates without signature."""
    if b"-----BEGIN CERTIFICATE-----" in data:
        return x509.load_pem_x509_certificates(data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)
