"""
Raising a signature: T, LT, LTA, and LTA again, each when its data can be had.

Only unsigned properties are added; no other byte of the file changes. Each step verifies what it starts from and what
it made: a level that the own verifier does not confirm is never handed out.

Source: EN 319 132-1 clauses 5.3 to 5.5 and 6; EN 319 102-1 clause 4.3 (life cycle of a signature).
"""

import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from ._splice import add_properties
from ._text import _
from .asice import Member
from .asice_read import Container
from .errors import LevelError, RevocationError, TryLaterError
from .existence import Existence, Material
from .history import StampResult
from .imprints import archive_digest, digest, signature_octets
from .levels import ORDER
from .limits import DEFAULT_LIMITS
from .past import judge_certificate
from .references import Surroundings
from .report import FAILURES, SubIndication
from .revocation import Revocation
from .signature import Judged, judge_signature, signing_certificate
from .structure import take_apart
from .surroundings import container_surroundings
from .timestamps import Stamper
from .tokens import Token
from .trust import Trust
from .unsigned import read_unsigned
from .xmlsafe import DS, EXCLUSIVE, XADES, XADES141, parse, xades

_NS = f' xmlns:xades="{XADES}"'
_C14N = f'<ds:CanonicalizationMethod xmlns:ds="{DS}" Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
_OPEN = {None, SubIndication.TRY_LATER}


@dataclass(frozen=True, slots=True)
class Tools:
    """
    What raising a signature needs.

    Attributes:
        trust: anchors, and lists and replies at hand.
        at: now, with zone.
        stamper: timestamp services; None when no new timestamp may be asked for.
        revocation: where lists and replies come from; None takes only those of `trust`.
    """

    trust: Trust
    at: datetime
    stamper: Stamper | None = None
    revocation: Revocation | None = None

    def source(self) -> Revocation:
        """Return where lists and replies come from, the trust folder's at hand first."""
        own = self.revocation or Revocation()
        return replace(own, crls=(*self.trust.crls, *own.crls), ocsps=(*self.trust.ocsps, *own.ocsps))


def augment(
    document: bytes, signature_id: str, to_level: str, tools: Tools, *, members: Sequence[Member] | None = None
) -> bytes:
    """
    Raise one signature to a level; what it has already is kept, so that repeating does nothing.

    Args:
        document: minutes, or a signature file of a container.
        signature_id: ``Id`` of the ``ds:Signature``.
        to_level: ``T``, ``LT`` or ``LTA``.
        tools: trust, time, services.
        members: data files of the container; None for minutes.

    Returns:
        The new file; the very same bytes when the level is there already.

    Raises:
        TimestampError: no service gave a timestamp.
        TryLaterError: revocation data that were issued after the timestamp are not there yet.
        RevocationError: revocation data cannot be had.
        LevelError: the signature does not verify, its certificate is revoked or has no path, or `to_level` is unknown.
        FormatError: the file is not acceptable XML.
    """
    if to_level not in ORDER:
        raise LevelError(what=_("Không có mức {level}.").format(level=to_level), code="congkhai-S742")
    wanted = ORDER.index(to_level)
    for level, step in ((1, _to_t), (2, _to_lt), (3, _to_lta)):
        if wanted < level:
            break
        work = _Work(document, signature_id, tools, members)
        if work.level < level:
            document = step(work)
    return document


def renew(document: bytes, signature_id: str, tools: Tools, *, members: Sequence[Member] | None = None) -> bytes:
    """
    Add a new archive timestamp, with the data for the one before; call it when `renewal_due` says so.

    Args:
        document, signature_id, tools, members: as for `augment`.

    Returns:
        The new file.

    Raises:
        LevelError: the signature is not at LTA, or its last archive timestamp does not hold any more: too late.
        TimestampError, TryLaterError, RevocationError, FormatError: as for `augment`.
    """
    work = _Work(document, signature_id, tools, members)
    archives = [one for one in work.stamps("archive") if one.sub in _OPEN]
    if not archives or archives[-1] is not work.stamps("archive")[-1]:
        reasons = " ".join(work.judged.report.messages)
        raise LevelError(
            what=_("Không gia hạn được: chữ ký không có dấu thời gian lưu trữ còn hiệu lực. {why}").format(why=reasons),
            where=signature_id, code="congkhai-S743",
        )  # fmt: skip
    data = work.service_data(archives[-1])
    document = add_properties(document, signature_id, _validation_data(data, work.known(), archives[-1].id))
    return _to_lta(_Work(document, signature_id, tools, members))


def augment_container(container: Container, to_level: str, tools: Tools) -> tuple[bytes, ...]:
    """
    Raise every signature of a container; write the result with `write_container`.

    Args:
        container: as `read_container` gives it.
        to_level: ``T``, ``LT`` or ``LTA``.
        tools: trust, time, services.

    Returns:
        The signature files, in their order.

    Raises:
        As `augment`.
    """
    return _each(container, lambda data, one: augment(data, one, to_level, tools, members=container.members))


def renew_container(container: Container, tools: Tools) -> tuple[bytes, ...]:
    """Renew every signature of a container; see `renew` and `augment_container`."""
    return _each(container, lambda data, one: renew(data, one, tools, members=container.members))


def _each(container: Container, step: Callable[[bytes, str], bytes]) -> tuple[bytes, ...]:
    result: list[bytes] = []
    for _name, data in container.signatures:
        current = data
        for element in parse(data).root.iterchildren(f"{{{DS}}}Signature"):
            current = step(current, element.get("Id", ""))
        result.append(current)
    return tuple(result)


class _Work:
    """One signature with its judgement, before a step."""

    def __init__(
        self,
        document: bytes,
        signature_id: str,
        tools: Tools,
        members: Sequence[Member] | None,
        extra: Trust | None = None,
    ) -> None:
        self.document, self.id, self.tools, self.members = document, signature_id, tools, members
        parsed = parse(document)
        element = parsed.ids.get(signature_id)
        if element is None or element.tag != f"{{{DS}}}Signature":
            raise LevelError(what=_("Không có chữ ký này trong tệp."), where=signature_id, code="congkhai-S744")
        self.around = Surroundings(parsed) if members is None else container_surroundings(parsed, members)
        self.parts = take_apart(element, DEFAULT_LIMITS)
        self.unsigned = read_unsigned(self.parts, DEFAULT_LIMITS)
        self.judged: Judged = judge_signature(
            element, self.around, extra or tools.trust, Existence(tools.at), DEFAULT_LIMITS,
            body=None if members is not None else _referenced(parsed.ids, element),
            members=None if members is None else frozenset(one.name for one in members),
        )  # fmt: skip
        self._refuse_broken()

    def _refuse_broken(self) -> None:
        report = self.judged.report
        tampered = any(one.tampered and one.sub is not None for one in self.stamps())
        if (
            report.integrity != "intact"
            or report.sub_indication in FAILURES
            or tampered
            or report.level in {"BES", "XML-DSig"}
        ):
            raise LevelError(
                what=_("Chữ ký không nâng mức được: {why}").format(why=" ".join(report.messages)), where=self.id,
                code="congkhai-S745",
            )  # fmt: skip

    @property
    def level(self) -> int:
        """Place of the proven level in `ORDER`; a timestamp whose service's status is open counts."""
        proven = ORDER.index(self.judged.report.level) if self.judged.report.level in ORDER else 0
        return max(proven, 1) if any(one.sub in _OPEN for one in self.stamps("signature")) else proven

    def stamps(self, kind: str = "") -> list[StampResult]:
        """Return the judged timestamps, in file order, of one kind or all."""
        history = self.judged.history
        return [one for one in (history.stamps if history else ()) if not kind or one.kind == kind]

    def known(self) -> Material:
        """Return what the unsigned properties hold already."""
        return self.unsigned.material()

    def stamp(self, octets_digest: bytes) -> Token:
        """Get a token; raises LevelError where none may be asked for."""
        if self.tools.stamper is None:
            raise LevelError(what=_("Chưa cấu hình dịch vụ dấu thời gian."), where=self.id, code="congkhai-S746")
        return self.tools.stamper.stamp(octets_digest, self.tools.at)

    def service_data(self, stamp: StampResult) -> Material:
        """Return path and status of a timestamp's service."""
        if stamp.token is None or not stamp.chain:
            raise LevelError(
                what=_("Dấu thời gian không có đường dẫn tin cậy: {why}").format(why=stamp.message), where=self.id,
                code="congkhai-S747",
            )  # fmt: skip
        return collect(stamp.chain, self.tools, since=None, existed=stamp.token.gen_time)


def _referenced(ids: dict[str, etree._Element], element: etree._Element) -> etree._Element | None:
    """Return the first element that a signature references beside its own properties; only a report needs it."""
    uris = [one.get("URI", "") for one in element.iter(f"{{{DS}}}Reference")]
    found = (ids.get(uri[1:]) for uri in uris if uri.startswith("#"))
    return next((one for one in found if one is not None and one.tag != xades("SignedProperties")), None)


def _to_t(work: _Work) -> bytes:
    hash_name = work.tools.stamper.hash_name if work.tools.stamper else "sha256"
    token = work.stamp(digest(signature_octets(work.parts, (EXCLUSIVE, None), work.around), hash_name))
    text = (
        f'<xades:SignatureTimeStamp{_NS} Id="sts-{secrets.token_hex(8)}">{_C14N}'
        f"{_encapsulated('TimeStamp', token.der)}</xades:SignatureTimeStamp>"
    )
    result = add_properties(work.document, work.id, text)
    _confirm(_Work(result, work.id, work.tools, work.members), 1)
    return result


def _to_lt(work: _Work) -> bytes:
    stamp = next(one for one in work.stamps("signature") if one.sub in _OPEN)
    certificate = signing_certificate(work.parts, work.around, work.tools.trust)
    history = work.judged.history
    if certificate is None or history is None or stamp.token is None:
        raise LevelError(what=_("Không xác định được chứng thư của người ký."), where=work.id, code="congkhai-S745")
    judged = judge_certificate(certificate, work.tools.trust, history.existence, existed=stamp.token.gen_time)
    if judged.sub not in _OPEN or not judged.chain:
        raise LevelError(
            what=_("Chữ ký không nâng mức được: {why}").format(why=" ".join(judged.messages)), where=work.id,
            code="congkhai-S745",
        )  # fmt: skip
    own = collect(judged.chain, work.tools, since=stamp.token.gen_time, existed=stamp.token.gen_time)
    service = work.service_data(stamp)
    known = work.known()
    if any(one.tag in {xades("CertificateValues"), xades("RevocationValues")} for one in work.unsigned.properties):
        text = _validation_data(own + service, known, stamp.id)  # the first two may be there only once
    else:
        text = _values(own, _NS) + _validation_data(service, own, stamp.id)
    result = add_properties(work.document, work.id, text)
    _confirm(_Work(result, work.id, work.tools, work.members), 2)
    return result


def _to_lta(work: _Work) -> bytes:
    hash_name = work.tools.stamper.hash_name if work.tools.stamper else "sha256"
    imprint = archive_digest(work.parts, work.unsigned.properties, (EXCLUSIVE, None), work.around, hash_name)
    token = work.stamp(imprint)
    text = (
        f'<xades141:ArchiveTimeStamp xmlns:xades141="{XADES141}" Id="ats-{secrets.token_hex(8)}">{_C14N}'
        f"{_encapsulated('TimeStamp', token.der, _NS)}</xades141:ArchiveTimeStamp>"
    )
    result = add_properties(work.document, work.id, text)
    made = _Work(result, work.id, work.tools, work.members)
    if made.stamps("archive")[-1].sub is SubIndication.TRY_LATER:
        # Nothing inside can speak for the outermost service; what is to be had now confirms it, and is not kept.
        data = made.service_data(made.stamps("archive")[-1])
        trust = work.tools.trust.with_data(crls=data.crls, ocsps=data.ocsps)
        made = _Work(result, work.id, work.tools, work.members, trust)
    _confirm(made, 3)
    return result


def _confirm(work: _Work, level: int) -> None:
    if work.level < level:
        raise LevelError(
            what=_("Mức {level} không được xác nhận sau khi ghi: {why}").format(
                level=ORDER[level], why=" ".join(work.judged.report.messages)
            ),
            where=work.id, code="congkhai-S748",
        )  # fmt: skip


def collect(chain: Sequence[x509.Certificate], tools: Tools, *, since: datetime | None, existed: datetime) -> Material:
    """
    Collect the certificates of a path, and lists and replies for each below the anchor.

    Args:
        chain: the certificate first, its anchor last.
        tools: trust, time, services.
        since: data for the first certificate must be issued then or later; None takes what is in force.
        existed: a revocation up to this moment ends the matter.

    Raises:
        TryLaterError: such data are announced, but not there yet.
        RevocationError: nobody gives any.
        LevelError: the certificate was revoked.
    """
    source = tools.source()
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    certificates = list(chain)
    for index, (one, issuer) in enumerate(pairwise(chain)):
        try:
            found = source.status(one, issuer, tools.at, since=since if index == 0 else None)
        except RevocationError as error:
            if error.next_update is None or index or since is None:
                raise
            raise TryLaterError(
                what=_("Chưa có CRL hoặc OCSP phát hành sau dấu thời gian {moment:%d/%m/%Y %H:%M:%S} UTC.").format(
                    moment=since
                ),
                where=error.where, advice=_("Bước này sẽ tự làm lại khi có bản mới."), code="congkhai-S731",
                not_before=error.next_update,
            ) from error  # fmt: skip
        if found[0].revoked_at is not None and found[0].revoked_at <= existed:
            raise LevelError(
                what=_("Chứng thư đã bị thu hồi ngày {moment:%d/%m/%Y %H:%M} UTC.").format(moment=found[0].revoked_at),
                where=one.subject.rfc4514_string(), code="congkhai-S749",
            )  # fmt: skip
        for status in found:
            (crls if status.kind == "crl" else ocsps).append(status.der)
            certificates += [status.responder] if status.responder is not None else []
    ders = dict.fromkeys(certificate.public_bytes(Encoding.DER) for certificate in certificates)
    return Material(tuple(ders), tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(ocsps)))


def _validation_data(data: Material, known: Material, stamp_id: str) -> str:
    """Write TimeStampValidationData with what is not there yet; empty when nothing is missing."""
    rest = Material(
        tuple(one for one in data.certificates if one not in known.certificates),
        tuple(one for one in data.crls if one not in known.crls),
        tuple(one for one in data.ocsps if one not in known.ocsps),
    )
    if not rest.all():
        return ""
    uri = f' URI="#{stamp_id}"' if stamp_id else ""
    return (
        f'<xades141:TimeStampValidationData xmlns:xades141="{XADES141}"{uri}>{_values(rest, _NS)}'
        "</xades141:TimeStampValidationData>"
    )


def _values(data: Material, ns: str) -> str:
    """Write CertificateValues and RevocationValues, leaving out what would be empty."""
    certificates = "".join(_encapsulated("X509Certificate", one) for one in data.certificates)
    crls = "".join(_encapsulated("CRLValue", one) for one in data.crls)
    ocsps = "".join(_encapsulated("OCSPValue", one) for one in data.ocsps)
    lists = f"<xades:CRLValues>{crls}</xades:CRLValues>" if crls else ""
    replies = f"<xades:OCSPValues>{ocsps}</xades:OCSPValues>" if ocsps else ""
    text = f"<xades:CertificateValues{ns}>{certificates}</xades:CertificateValues>" if certificates else ""
    if lists or replies:
        text += f"<xades:RevocationValues{ns}>{lists}{replies}</xades:RevocationValues>"
    return text


def _encapsulated(kind: str, der: bytes, ns: str = "") -> str:
    return f"<xades:Encapsulated{kind}{ns}>{b64encode(der).decode()}</xades:Encapsulated{kind}>"
