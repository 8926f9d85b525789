"""
One signature, judged: structure, references, binding of the certificate, value, properties, path.

The order is that of the validation process for basic signatures; every step that can be done is done, so that a reader
sees integrity apart from trust, and the worst finding decides.

Source: EN 319 102-1 clauses 5.2 and 5.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from lxml import etree

from ._text import _
from .algorithms import BY_URI, strong_enough, verify_value
from .coverage import Coverage, coverage
from .errors import FormatError, SigningError
from .existence import Existence
from .history import History, read_history
from .keys.certificates import UNREADABLE, CertificateFacts, certificate_facts, load_certificate
from .levels import proven_level
from .limits import Limits
from .past import judge_certificate
from .properties import SignedProperties, named_certificate, read_properties, same_issuer_serial
from .references import Checked, Surroundings, c14n_parameters, check_reference, refuse_inherited
from .report import FAILURES, SignatureReport, SubIndication, main_indication
from .structure import SignatureParts, take_apart
from .timestamp_report import path_names, timestamp_reports
from .trust import Trust
from .xmlsafe import canonical

SKEW = timedelta(minutes=5)
"""How far two honest clocks may differ."""
LOCAL_AS_UTC = timedelta(hours=7)
"""Programs exist that write Vietnamese local time and call it UTC."""
STAMPED_WITHIN = timedelta(hours=1)
"""How long after signing such a program's timestamp may come, for its claim to be explained by that."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A signature's report with what it covers, for the file's own judgement, and what its timestamps prove."""

    report: SignatureReport
    coverage: Coverage
    history: History | None = None


@dataclass(slots=True)
class _Case:
    """Findings about one signature while it is being judged; `calculated`: the value was held against a key."""

    problems: list[tuple[SubIndication, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    calculated: bool = False
    chain: tuple[x509.Certificate, ...] = ()

    def add(self, sub: SubIndication, message: str) -> None:
        self.problems.append((sub, message))

    def verdict(self) -> SubIndication | None:
        """Return the first failure; without one the first thing that leaves it open; None when all is well."""
        subs = [sub for sub, _message in self.problems]
        return next((sub for sub in subs if sub in FAILURES), subs[0] if subs else None)

    def messages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*(message for _sub, message in self.problems), *self.notes]))


def judge_signature(
    element: etree._Element,
    around: Surroundings,
    trust: Trust,
    existence: Existence,
    limits: Limits,
    *,
    body: etree._Element | None = None,
    members: frozenset[str] | None = None,
) -> Judged:
    """
    Judge one ``ds:Signature``.

    Args:
        element: the signature.
        around: the file it lies in, and the container's members.
        trust: what is trusted.
        existence: the moment of verification, and what is proven about the file from outside.
        limits: of the whole verification.
        body: see `coverage`.
        members: names of the container's data files; None outside of containers.

    Returns:
        The judgement; a hostile signature ends as TOTAL_FAILED or INDETERMINATE, never as an exception.
    """
    try:
        parts = take_apart(element, limits)
        checked = [check_reference(one, element, around) for one in parts.references]
        properties = None if parts.properties is None else read_properties(parts.properties)
        octets = _signed_octets(parts, around)
        _check_properties_reference(parts, checked)
        history = read_history(parts, around, trust, existence, limits)
    except FormatError as error:
        return _unreadable(element, error.what)
    case = _Case()
    _references(case, checked)
    certificate = _identify(case, parts, properties, octets, trust)
    _value(case, parts, certificate, octets)
    _properties(case, parts, properties)
    covered = coverage(parts, checked, around.parsed, body=body, members=members)
    facts, revocation = None, "unknown"
    if certificate is not None:
        facts, revocation, case.chain = _certificate(case, certificate, trust, history)
        _twins(case, parts)
    _time(case, properties, facts, history)
    for sub, message in history.problems():
        case.add(sub, message)
    case.notes.extend((*history.notes(), *covered.notes))
    level = proven_level(_basic_level(parts, properties), history, certificate, trust)
    report = _report(case, parts, properties, facts, covered, history, level, revocation, _integrity(case))
    return Judged(report, covered, history)


def signing_certificate(parts: SignatureParts, around: Surroundings, trust: Trust) -> x509.Certificate | None:
    """Return the certificate that a signature names; None when it is not there. Raises FormatError."""
    properties = None if parts.properties is None else read_properties(parts.properties)
    return _identify(_Case(), parts, properties, _signed_octets(parts, around), trust)


def _unreadable(element: etree._Element, what: str) -> Judged:
    sub = SubIndication.FORMAT_FAILURE
    report = SignatureReport(element.get("Id", ""), main_indication(sub), sub, messages=(what,))
    return Judged(report, Coverage(full=False, scope=()))


def _signed_octets(parts: SignatureParts, around: Surroundings) -> bytes:
    exclusive, prefixes = c14n_parameters(parts.c14n, parts.c14n_element)
    if not exclusive:
        refuse_inherited(parts.info)
    octets = canonical(parts.info, exclusive=exclusive, prefixes=prefixes)
    around.work.spend(len(octets))
    return octets


def _check_properties_reference(parts: SignatureParts, checked: Sequence[Checked]) -> None:
    """The reference must digest that very SignedProperties element, whole: canonicalised and nothing else."""
    for one in checked:
        if one.reference is not parts.properties_reference:
            continue
        if one.target.element is not parts.properties or one.target.decoded or one.target.without_signatures:
            raise FormatError(what=_("SignedProperties được ký không phải của chữ ký này."), code="congkhai-S307")


def _references(case: _Case, checked: Sequence[Checked]) -> None:
    for one in checked:
        name = one.target.member or one.reference.uri or _("toàn bộ tệp")
        if one.target.missing:
            case.add(
                SubIndication.SIGNED_DATA_NOT_FOUND, _("Không tìm thấy nội dung được ký: {name}.").format(name=name)
            )
        elif not one.matches:
            case.add(SubIndication.HASH_FAILURE, _("Nội dung đã bị thay đổi sau khi ký: {name}.").format(name=name))
        if one.weak:
            case.add(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, _("Mã băm SHA-1 không còn được chấp nhận."))


def _identify(
    case: _Case, parts: SignatureParts, properties: SignedProperties | None, octets: bytes, trust: Trust
) -> x509.Certificate | None:
    """Return the signing certificate."""
    if properties is None:
        der = _plain_certificate(parts, octets)
        case.notes.append(_("Chữ ký XML-DSig thường: không có thuộc tính XAdES, chứng thư không được ký kèm."))
    elif properties.certificate is None:
        der = None
    else:
        der = named_certificate(properties.certificate, (*parts.certificates, *trust.intermediates))
        if der is not None and not same_issuer_serial(properties.certificate, der):
            der = None
        if properties.certificate.weak:
            case.add(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, _("Mã băm SHA-1 không còn được chấp nhận."))
    if der is None:
        case.add(
            SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
            _("Không xác định được chứng thư của người ký trong chữ ký."),
        )
        return None
    certificate = _load(der)
    if certificate is None:
        case.add(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, _("Không đọc được chứng thư của người ký."))
    return certificate


def _plain_certificate(parts: SignatureParts, octets: bytes) -> bytes | None:
    """Without properties nothing names the certificate: take the only one whose key made the value."""
    spec = BY_URI.get(parts.method)
    fitting: list[bytes] = []
    for der in dict.fromkeys(parts.certificates):
        loaded = _load(der)
        if loaded is not None and spec is not None and verify_value(spec, loaded.public_key(), octets, parts.value):
            fitting.append(der)
    if len(fitting) > 1:
        return None
    return fitting[0] if fitting else next(iter(parts.certificates), None)


def _load(der: bytes) -> x509.Certificate | None:
    """Load a certificate with its key; some real ones hold keys that the library refuses."""
    try:
        certificate = load_certificate(der)
        certificate.public_key()
        certificate_facts(der)
    except (SigningError, *UNREADABLE):
        return None
    return certificate


def _value(case: _Case, parts: SignatureParts, certificate: x509.Certificate | None, octets: bytes) -> None:
    spec = BY_URI.get(parts.method)
    if spec is None:
        case.add(
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
            _("Thuật toán ký không được chấp nhận: {uri}.").format(uri=ascii(parts.method[:100])),
        )
        return
    if spec.weak:
        case.add(SubIndication.CRYPTO_CONSTRAINTS_FAILURE, _("Thuật toán ký dùng SHA-1 không còn được chấp nhận."))
    if certificate is None:
        return
    case.calculated = True
    if not verify_value(spec, certificate.public_key(), octets, parts.value):
        case.add(SubIndication.SIG_CRYPTO_FAILURE, _("Giá trị chữ ký không đúng với khóa của người ký."))
    if not strong_enough(certificate.public_key()):
        case.add(
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE, _("Khóa của người ký quá ngắn hoặc thuộc loại không được dùng.")
        )


def _properties(case: _Case, parts: SignatureParts, properties: SignedProperties | None) -> None:
    if properties is None:
        return
    if properties.signing_time is None:
        case.add(SubIndication.SIG_CONSTRAINTS_FAILURE, _("Chữ ký không nêu thời điểm ký hợp lệ."))
    ids = {f"#{one.id}" for one in parts.references if one.id}
    if not properties.formats <= ids:
        case.add(SubIndication.SIG_CONSTRAINTS_FAILURE, _("Thuộc tính DataObjectFormat trỏ sai tham chiếu."))


def _certificate(
    case: _Case, certificate: x509.Certificate, trust: Trust, history: History
) -> tuple[CertificateFacts, str, tuple[x509.Certificate, ...]]:
    from cryptography.hazmat.primitives.serialization import Encoding

    facts = certificate_facts(certificate.public_bytes(Encoding.DER))
    judged = judge_certificate(certificate, trust, history.existence, existed=history.best)
    sub, after = judged.sub, history.after
    if after is not None and judged.revoked_at is not None and judged.revoked_at <= after:
        sub = SubIndication.REVOKED
    elif after is not None and facts.valid_to < after:
        sub = SubIndication.EXPIRED
    if sub is None:
        case.notes.extend(judged.messages)
    else:
        for message in judged.messages:
            case.add(sub, message)
    return facts, judged.revocation, judged.chain


def _twins(case: _Case, parts: SignatureParts) -> None:
    """
    Find certificates in KeyInfo that are forged or no certificates at all; another program might build on them.

    An authority gives a number once: one of the same issuer and number as the path's, and another content, is forged.
    """
    known = {(one.issuer, one.serial_number): one for one in case.chain}
    for der in dict.fromkeys(parts.certificates) if known else ():
        try:
            brought = load_certificate(der)
            twin = known.get((brought.issuer, brought.serial_number))
        except (SigningError, *UNREADABLE):
            case.add(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, _("Chữ ký kèm một chứng thư không đọc được."))
            continue
        if twin is not None and twin != brought:
            case.add(
                SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
                _("Chữ ký kèm một chứng thư giả: trùng nơi cấp và số hiệu với chứng thư thật nhưng khác nội dung."),
            )


def _time(case: _Case, properties: SignedProperties | None, facts: CertificateFacts | None, history: History) -> None:
    """Compare the claimed time with the certificate and with the moment of existence; a claim proves nothing."""
    claimed = None if properties is None else properties.signing_time
    if claimed is None:
        return
    ahead = claimed - history.best
    # A timestamp follows its signature at once; without one the file may have lain for hours before it is verified.
    local = LOCAL_AS_UTC - (STAMPED_WITHIN if history.proven else LOCAL_AS_UTC) <= ahead <= LOCAL_AS_UTC + SKEW
    if ahead > SKEW and not local:
        case.add(
            SubIndication.SIG_CONSTRAINTS_FAILURE,
            _("Thời điểm ký tự khai sau dấu thời gian.")
            if history.proven
            else _("Thời điểm ký tự khai sau thời điểm kiểm tra."),
        )
    elif ahead > SKEW:
        case.notes.append(
            _("Thời điểm ký tự khai sau thời điểm kiểm tra không quá 7 giờ; có thể giờ địa phương ghi như UTC.")
        )
    if facts is not None and not facts.valid_from - SKEW <= claimed <= facts.valid_to + SKEW:
        case.add(
            SubIndication.SIG_CONSTRAINTS_FAILURE, _("Thời điểm ký tự khai nằm ngoài thời hạn hiệu lực của chứng thư.")
        )


def _integrity(case: _Case) -> str:
    subs = {sub for sub, _message in case.problems}
    if subs & {SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE}:
        return "changed"
    return "intact" if case.calculated and SubIndication.SIGNED_DATA_NOT_FOUND not in subs else "unknown"


def _basic_level(parts: SignatureParts, properties: SignedProperties | None) -> str:
    """Name the level below all timestamps: B when all its mandatory properties are there."""
    if properties is None:
        return "XML-DSig"
    data = {f"#{one.id}" for one in parts.references if one is not parts.properties_reference}
    complete = properties.signing_time and properties.certificate and data <= properties.formats
    return "B" if complete else "BES"


def _report(
    case: _Case,
    parts: SignatureParts,
    properties: SignedProperties | None,
    facts: CertificateFacts | None,
    covered: Coverage,
    history: History,
    level: str,
    revocation: str,
    integrity: str,
) -> SignatureReport:
    sub = case.verdict()
    spec = BY_URI.get(parts.method)
    return SignatureReport(
        id=parts.id,
        indication=main_indication(sub),
        sub_indication=sub,
        signer=facts.subject if facts else "",
        issuer=facts.issuer if facts else "",
        serial=facts.serial if facts else "",
        role=properties.role if properties else "",
        level=level,
        algorithm=spec.name if spec else parts.method[:200],
        signing_time=properties.signing_time if properties else None,
        best_signature_time=history.best,
        timestamp_time=history.best if history.proven else None,
        revocation=revocation,
        covers="FULL" if covered.full else "PARTIAL",
        scope=covered.scope,
        certificate_valid_from=facts.valid_from if facts else None,
        certificate_valid_to=facts.valid_to if facts else None,
        cert_manager=facts.manager if facts else "",
        integrity=integrity,
        messages=case.messages(),
        certificate_sha256=facts.sha256 if facts else "",
        timestamps=timestamp_reports(history.stamps),
        chain=path_names(case.chain),
    )
