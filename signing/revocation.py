"""
Fetching OCSP replies and CRLs, with a cache; never without the caller's session.

Only the addresses in certificates that lead to a trusted anchor are asked: what a foreign file brings along cannot
send this program anywhere. What is fetched is checked against its issuer before it is kept, and judged again by
whoever uses it.

Source: RFC 6960 (OCSP over HTTP: appendix A), RFC 8954 (nonce), RFC 5280 sections 4.2.1.13 and 4.2.2.1, RFC 2585.
"""

import hashlib
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from ._http import Session, exchange
from ._text import _
from .errors import RevocationError
from .keys.certificates import UNREADABLE
from .past import CLOCKS
from .status import Status, crl_status, needs_no_check, ocsp_nonce, ocsp_status

_log = logging.getLogger(__name__)
_MAX_OCSP = 256 * 1024
_MAX_CRL = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Fetched:
    """Lists and replies that speak for one certificate, DER, and who else's status they rest on."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Revocation:
    """
    Where lists and replies come from.

    Attributes:
        session: HTTP session of the caller, with its proxy; None never asks anybody.
        cache: folder for lists; None keeps them for the life of this object only.
        timeout: seconds for one request.
        pause: a list that was fetched so recently is not fetched again, whatever is asked.
        headers: more HTTP headers.
        crls, ocsps: data at hand, DER; they are looked at first.
    """

    session: Session | None = None
    cache: Path | None = None
    timeout: float = 60.0
    pause: timedelta = timedelta(minutes=5)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    _lists: dict[str, tuple[datetime, bytes]] = field(default_factory=dict, repr=False)

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, *, since: datetime | None = None
    ) -> tuple[Status, ...]:
        """
        Return what is known about a certificate, newest first, asking for it where needed.

        Args:
            certificate: whose status is asked for.
            issuer: the certificate that issued it; both on a path to a trusted anchor.
            at: now, with zone.
            since: data must have been issued at or after this moment; None takes what is in force now.

        Returns:
            At least one authentic status that satisfies `since`; with a delegated responder that has no nocheck, what
            speaks for that responder too.

        Raises:
            RevocationError: there is none, and nobody gives one. Its ``where`` is the certificate's subject.
        """
        said: list[str] = []
        old: list[Status] = []
        for found in self._sources(certificate, issuer, at, since, said):
            if found is None:
                continue
            if not _serves(found, at, since):
                old.append(found)
                continue
            extra = self._of_responder(found, issuer, at)
            if extra is not None:
                return (found, *extra)
        raise RevocationError(
            what=_("Không lấy được trạng thái thu hồi của chứng thư: {reasons}").format(
                reasons="; ".join(said)
                or (_("dữ liệu hiện có đã cũ") if old else _("chứng thư không ghi địa chỉ OCSP hay CRL nào"))
            ),
            where=certificate.subject.rfc4514_string(), code="congkhai-S721",
            advice=_("Kiểm tra mạng và proxy, hoặc đặt CRL mới vào thư mục tin cậy."),
            next_update=min((one.until for one in old if one.in_force(at)), default=None),
        )  # fmt: skip

    def _sources(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        at: datetime,
        since: datetime | None,
        said: list[str],
    ) -> Iterator[Status | None]:
        """Yield statuses: those at hand, then OCSP, then lists; each is asked for only when those before did not do."""
        at_hand = [ocsp_status(der, certificate, issuer) for der in self.ocsps]
        at_hand += [crl_status(der, certificate, issuer) for der in self.crls]
        known = [one for one in at_hand if one is not None]
        yield from sorted(known, key=lambda one: one.issued, reverse=True)
        if self.session is None:
            said.append(_("không được phép dùng mạng"))
            return
        for url in ocsp_addresses(certificate):
            yield self._ask_ocsp(self.session, url, certificate, issuer, said)
        for url in crl_addresses(certificate):
            der = self._list(self.session, url, at, since, said)
            if der is not None:
                found = crl_status(der, certificate, issuer)
                if found is None:
                    said.append(_("{url}: CRL không phải của CA này hoặc hỏng").format(url=url))
                yield found

    def _of_responder(self, found: Status, issuer: x509.Certificate, at: datetime) -> tuple[Status, ...] | None:
        """Return what speaks for a delegated responder, where it needs that; None when that is not to be had."""
        if found.responder is None or needs_no_check(found.responder):
            return ()
        try:
            own = self.status(found.responder, issuer, at)
        except RevocationError:
            return None
        return own if all(one.kind == "crl" for one in own) else None

    def _ask_ocsp(
        self, session: Session, url: str, certificate: x509.Certificate, issuer: x509.Certificate, said: list[str]
    ) -> Status | None:
        nonce = secrets.token_bytes(16)
        # SHA-1 names the issuer in the question, because responders know certificates by it; it proves nothing.
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303  # nosec B303
        question = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build().public_bytes(Encoding.DER)
        try:
            reply = exchange(
                session, url, data=question, content_type="application/ocsp-request", headers=self.headers,
                timeout=self.timeout, limit=_MAX_OCSP,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            said.append(f"{url}: {error}")
            return None
        answered = ocsp_nonce(reply)
        if answered is not None and answered != nonce:
            said.append(_("{url}: nonce trong trả lời OCSP không phải nonce đã gửi").format(url=url))
            return None
        found = ocsp_status(reply, certificate, issuer)
        if found is None:
            said.append(_("{url}: trả lời OCSP không dùng được").format(url=url))
        return found

    def _list(self, session: Session, url: str, at: datetime, since: datetime | None, said: list[str]) -> bytes | None:
        known = self._lists.get(url) or self._read_cache(url)
        if known is not None:
            fetched, der = known
            times = _times(der)
            fresh = times is not None and times[0] >= (since or times[0]) - CLOCKS and at <= times[1]
            if fresh or timedelta(0) <= at - fetched < self.pause:
                return der
        try:
            der = exchange(session, url, headers=self.headers, timeout=self.timeout, limit=_MAX_CRL)
        except (OSError, ValueError) as error:
            said.append(f"{url}: {error}")
            return None if known is None else known[1]
        if _times(der) is None:
            said.append(_("{url}: không phải CRL").format(url=url))
            return None
        self._lists[url] = (at, der)
        self._write_cache(url, at, der)
        return der

    def _place(self, url: str) -> Path | None:
        return None if self.cache is None else self.cache / f"{hashlib.sha256(url.encode()).hexdigest()}.crl"

    def _read_cache(self, url: str) -> tuple[datetime, bytes] | None:
        """Read a kept list; the first line of its file is the moment at which it was fetched."""
        place = self._place(url)
        try:
            if place is None or not place.is_file():
                return None
            line, _newline, der = place.read_bytes().partition(b"\n")
            found = datetime.fromisoformat(line.decode("ascii")), der
        except (OSError, ValueError) as error:
            _log.warning("cached list is not readable: %s", error)
            return None
        self._lists[url] = found
        return found

    def _write_cache(self, url: str, at: datetime, der: bytes) -> None:
        place = self._place(url)
        if place is None:
            return
        try:
            handle, name = tempfile.mkstemp(prefix=".crl.", dir=place.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(at.isoformat().encode() + b"\n" + der)
            Path(name).replace(place)
        except OSError as error:  # without its cache the work goes on, only slower
            _log.warning("list could not be cached: %s", error)


def _serves(found: Status, at: datetime, since: datetime | None) -> bool:
    """Tell whether a status is of use; one that tells of a revocation always is."""
    if found.revoked_at is not None:
        return True
    return found.issued >= since - CLOCKS if since is not None else found.in_force(at) or found.issued > at


def _times(der: bytes) -> tuple[datetime, datetime] | None:
    try:
        found = x509.load_der_x509_crl(der)
    except UNREADABLE:
        return None
    return found.last_update_utc, found.next_update_utc or found.last_update_utc


def ocsp_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the OCSP addresses of a certificate, in order; ``http`` and ``https`` only."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ()
    found = (one.access_location for one in access if one.access_method == AuthorityInformationAccessOID.OCSP)
    return _web(one.value for one in found if isinstance(one, x509.UniformResourceIdentifier))


def crl_addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the addresses of a certificate's revocation lists, in order; ``http`` and ``https`` only."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    names = (name for point in points if point.crl_issuer is None for name in point.full_name or ())
    return _web(name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))


def _web(urls: Iterator[str]) -> tuple[str, ...]:
    return tuple(url for url in dict.fromkeys(urls) if url.lower().startswith(("http://", "https://")))
