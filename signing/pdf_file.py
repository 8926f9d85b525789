"""
Signatures in PDF files, judged in the same report as all others: PAdES and the older CMS forms.

pyHanko (optional: ``congkhai[pdf]``) reads the file, checks digest and value, and tells what later revisions changed;
path, status, timestamps and the indication are judged here as for XML. What is shown after a signature was made and is
not covered by any signature makes it PARTIAL.

Source: EN 319 142-1 (PAdES); ISO 32000-2 section 12.8; EN 319 102-1 clauses 5.2 to 5.5.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from asn1crypto import cms
from cryptography import x509

from ._text import _
from .algorithms import strong_enough
from .errors import SigningError
from .existence import Existence, Material
from .history import StampResult, stamp_problems
from .keys.certificates import certificate_facts, load_certificate
from .past import judge_certificate
from .pdf_stamps import document_stamps, pades_level, signature_stamps, signature_tokens, stored_at
from .report import (
    FAILURES,
    FileReport,
    Indication,
    ReportFinding,
    SignatureReport,
    SubIndication,
    main_indication,
    worst,
)
from .timestamp_report import path_names, timestamp_reports
from .tokens import Token, read_token
from .trust import Trust

_log = logging.getLogger(__name__)
MAX_PDF = 256 * 1024**2
MAX_SIGNATURES = 64
_HASHES = {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"}
_FAMILY = {"rsassa_pkcs1v15": "rsa", "rsassa_pss": "rsa-pss", "ecdsa": "ecdsa"}


def can_judge_pdf() -> bool:
    """Tell whether pyHanko is installed."""
    return find_spec("pyhanko") is not None


def not_judged(where: str, severity: str) -> ReportFinding:
    """Return the finding about a signed PDF that cannot be judged here."""
    return ReportFinding(
        "V16", severity, where, _("Tệp PDF có chữ ký riêng, chưa được kiểm tra ở đây."),
        _("Cài thêm phần mở rộng congkhai[pdf] rồi kiểm tra lại."),
    )  # fmt: skip


@dataclass(slots=True)
class _Case:
    """What is known about one signature while it is being judged."""

    problems: list[tuple[SubIndication, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    certificate: x509.Certificate | None = None
    level: str = "CMS"
    algorithm: str = ""
    claimed: datetime | None = None
    stamps: tuple[StampResult, ...] = ()
    revocation: str = "unknown"
    intact: bool | None = None
    covers: str = "PARTIAL"
    chain: tuple[str, ...] = ()

    def add(self, sub: SubIndication, message: str) -> None:
        self.problems.append((sub, message))

    @property
    def stamped(self) -> datetime | None:
        """Time of the earliest timestamp that holds."""
        return min((one.time for one in self.stamps if one.time is not None), default=None)


def judge_pdf(data: bytes, path: str, trust: Trust, existence: Existence) -> FileReport:
    """
    Judge the signatures of a PDF file; call it only when `can_judge_pdf`.

    Args:
        data: the file.
        path: for the report.
        trust: what is trusted.
        existence: the moment of verification.

    Returns:
        Its report; a hostile file ends as TOTAL_FAILED or INDETERMINATE, never as an exception.
    """
    if len(data) > MAX_PDF:
        return _failed(path, _("Tệp PDF quá lớn để kiểm tra chữ ký."))
    try:
        return _judge(data, path, trust, existence)
    except Exception as error:  # whatever a broken or hostile file does to its reader is a finding about the file
        _log.info("PDF not readable: %s", type(error).__name__)
        return _failed(path, _("Không đọc được chữ ký trong tệp PDF: {kind}.").format(kind=type(error).__name__))


def _failed(path: str, what: str) -> FileReport:
    return FileReport(path, "pdf", Indication.FAILED, (), (ReportFinding("V01", "error", path, what),))


def _judge(data: bytes, path: str, trust: Trust, existence: Existence) -> FileReport:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(BytesIO(data))
    found = list(reader.embedded_regular_signatures)
    if len(found) > MAX_SIGNATURES or reader.encrypted:
        return _failed(path, _("Tệp PDF có quá nhiều chữ ký hoặc bị mã hóa."))
    stored = stored_at(reader)
    around = existence.with_material(stored)
    documents, around = document_stamps(reader, trust, around)
    holding = [one.place for one in documents if one.time is not None]
    archived = stored_at(reader, max(holding)) if holding else Material()
    cases = [_signature(one, trust, around, documents, stored, archived) for one in found]
    _coverage(found, cases)
    reports = tuple(_report(one, case, existence) for one, case in zip(found, cases, strict=True))
    findings = [
        ReportFinding(
            "V03", "error", path,
            _("Chữ ký {id} chỉ bảo vệ một phần: {scope}. Không được coi là đã ký toàn bộ tệp.").format(
                id=one.id or "?", scope=", ".join(one.scope)
            ),
        )
        for one in reports
        if one.covers != "FULL"
    ]  # fmt: skip
    if not reports:
        findings.append(ReportFinding("V02", "error", path, _("Tệp không có chữ ký số.")))
        # A timestamp alone is no signature, but what it proves may matter to the reader.
        findings += [ReportFinding("V18", "info", path, one.message) for one in documents if one.message]
    verdicts = [one.indication for one in reports]
    if any(one.severity == "error" for one in findings):
        verdicts.append(Indication.INDETERMINATE)
    return FileReport(path, "pdf", worst(verdicts), reports, tuple(findings))


def _signature(
    embedded: Any,
    trust: Trust,
    existence: Existence,
    documents: Sequence[StampResult],
    stored: Material,
    archived: Material,
) -> _Case:
    case = _Case()
    try:
        _mathematics(case, embedded)
        tokens = [token for der in signature_tokens(embedded) if (token := _token(der)) is not None]
    except Exception as error:  # as in judge_pdf, but the other signatures of the file shall still be judged
        _log.info("PDF signature not readable: %s", type(error).__name__)
        case.add(SubIndication.FORMAT_FAILURE, _("Cấu trúc chữ ký trong tệp PDF không được chấp nhận."))
        return case
    own = Material(tuple(one.dump() for one in embedded.other_embedded_certs))
    for token in tokens:
        own += token.material
    around = existence.with_material(own + existence.material)
    later = tuple(one for one in documents if one.place > embedded.signed_revision)
    case.stamps = (*signature_stamps(embedded, trust, around), *later)
    for sub, message in stamp_problems(case.stamps, existence.at):
        case.add(sub, message)
    case.notes.extend(one.message for one in case.stamps)
    if case.certificate is None:
        case.add(
            SubIndication.NO_SIGNING_CERTIFICATE_FOUND, _("Không xác định được chứng thư của người ký trong chữ ký.")
        )
        return case
    judged = judge_certificate(
        case.certificate, trust, around, existed=min(case.stamped or existence.at, existence.file)
    )
    case.revocation, case.chain = judged.revocation, path_names(judged.chain)
    if judged.sub is None:
        case.notes.extend(judged.messages)
    for message in judged.messages if judged.sub is not None else ():
        case.add(judged.sub or SubIndication.NO_POE, message)
    if case.level == "B":
        case.level = pades_level(case.stamps, case.certificate, trust, around, own + stored, archived)
    return case


def _token(der: bytes) -> Token | None:
    try:
        return read_token(der)
    except SigningError:
        return None


def pdf_certificates(data: bytes) -> list[tuple[x509.Certificate | None, tuple[Token, ...], Material]]:
    """
    Return who signed a PDF file and with which timestamps, for asking about their status; nothing is judged.

    Args:
        data: the file; what cannot be read gives nothing.

    Returns:
        For each signature the signer's certificate, tokens, and what came along; document timestamps without signer.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    found: list[tuple[x509.Certificate | None, tuple[Token, ...], Material]] = []
    try:
        reader = PdfFileReader(BytesIO(data))
        stored = stored_at(reader)
        for one in reader.embedded_signatures[:MAX_SIGNATURES]:
            if one.signed_data["encap_content_info"]["content_type"].native == "tst_info":
                token = _token(cms.ContentInfo.load(one.pkcs7_content).dump())
                found.append((None, () if token is None else (token,), stored))
                continue
            tokens = tuple(token for der in signature_tokens(one) if (token := _token(der)) is not None)
            own = Material(tuple(certificate.dump() for certificate in one.other_embedded_certs))
            found.append((load_certificate(one.signer_cert.dump()), tokens, own + stored))
    except Exception as error:  # as in judge_pdf; what is wrong with the file, its verification will say
        _log.info("PDF not readable: %s", type(error).__name__)
    return found


def _mathematics(case: _Case, embedded: Any) -> None:
    """Check digest, value, algorithms, and that the signed attributes name the certificate."""
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    info = embedded.signer_info
    der = embedded.signer_cert.dump()
    case.certificate = load_certificate(der)
    digest = info["digest_algorithm"]["algorithm"].native
    case.algorithm = f"{_FAMILY.get(info['signature_algorithm'].signature_algo, '?')}-{digest}"
    case.claimed = _utc(embedded.self_reported_timestamp)
    if digest not in _HASHES or not strong_enough(case.certificate.public_key()):
        case.add(
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
            _("Mã băm hoặc khóa của chữ ký quá yếu, không còn được chấp nhận."),
        )
    intact, valid = validate_sig_integrity(info, embedded.signer_cert, "data", embedded.compute_digest())
    case.intact = bool(intact and valid)
    if not intact:
        case.add(SubIndication.HASH_FAILURE, _("Nội dung đã bị thay đổi sau khi ký: {name}.").format(name="ByteRange"))
    elif not valid:
        case.add(SubIndication.SIG_CRYPTO_FAILURE, _("Giá trị chữ ký không đúng với khóa của người ký."))
    named = _named(info)
    if named is None:
        case.notes.append(_("Chữ ký CMS thường: chứng thư không được ký kèm."))
    elif not any(hashlib.new(name, der).digest() == value for name, value in named[:1]):
        case.add(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, _("Chữ ký nêu một chứng thư khác."))
    elif embedded.sig_object.get("/SubFilter") == "/ETSI.CAdES.detached":
        case.level = "B"


def _named(info: Any) -> list[tuple[str, bytes]] | None:
    """Return the certificate digests of the signing-certificate attribute; None without one."""
    for attribute in info["signed_attrs"]:
        kind = attribute["type"].native
        if kind == "signing_certificate_v2":
            certs = attribute["values"][0]["certs"]
            return [(one["hash_algorithm"]["algorithm"].native, one["cert_hash"].native) for one in certs]
        if kind == "signing_certificate":
            return [("sha1", one["cert_hash"].native) for one in attribute["values"][0]["certs"]]
    return None


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)


def _coverage(found: Sequence[Any], cases: Sequence[_Case]) -> None:
    """
    Say what each signature covers.

    A signature over an earlier revision is FULL when later revisions brought validation data only, or when they only
    filled fields (other signatures) and a later good signature covers the file to its end.
    """
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    levels: list[tuple[Any, Any]] = []
    for one, case in zip(found, cases, strict=True):
        try:
            one.compute_integrity_info()
            level = getattr(one.diff_result, "modification_level", ModificationLevel.OTHER)
            allowed = one.summarise_integrity_info()["docmdp_ok"] is True
            levels.append((one.coverage, level if allowed else ModificationLevel.OTHER))
        except Exception as error:  # the analysis of later revisions gives up on files that it does not understand
            _log.info("PDF revisions not understood: %s", type(error).__name__)
            case.notes.append(_("Không phân tích được các thay đổi sau chữ ký."))
            levels.append((SignatureCoverageLevel.UNCLEAR, ModificationLevel.OTHER))
    closed = any(
        coverage is SignatureCoverageLevel.ENTIRE_FILE and case.intact
        for (coverage, _level), case in zip(levels, cases, strict=True)
    )
    for (coverage, level), case in zip(levels, cases, strict=True):
        revision = coverage is SignatureCoverageLevel.ENTIRE_REVISION
        harmless = level in {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}
        filled = closed and level is ModificationLevel.FORM_FILLING
        full = coverage is SignatureCoverageLevel.ENTIRE_FILE or (revision and (harmless or filled))
        case.covers = "FULL" if full else "PARTIAL"
        if revision and not full:
            case.notes.append(_("Sau chữ ký này tệp đã được thay đổi."))


def _report(embedded: Any, case: _Case, existence: Existence) -> SignatureReport:
    subs = [sub for sub, _message in case.problems]
    sub = next((one for one in subs if one in FAILURES), subs[0] if subs else None)
    facts = None if case.certificate is None else certificate_facts(_der(case.certificate))
    integrity = "unknown" if case.intact is None else "intact" if case.intact else "changed"
    return SignatureReport(
        id=str(embedded.field_name), indication=main_indication(sub), sub_indication=sub,
        signer=facts.subject if facts else "", issuer=facts.issuer if facts else "",
        serial=facts.serial if facts else "", role="", level=case.level, algorithm=case.algorithm,
        signing_time=case.claimed, timestamp_time=case.stamped,
        best_signature_time=min(case.stamped or existence.at, existence.file),
        revocation=case.revocation, covers=case.covers,
        scope=(_("toàn bộ tệp") if case.covers == "FULL" else _("một bản trước của tệp"),),
        certificate_valid_from=facts.valid_from if facts else None,
        certificate_valid_to=facts.valid_to if facts else None, cert_manager=facts.manager if facts else "",
        integrity=integrity,
        messages=tuple(dict.fromkeys([*(message for _sub, message in case.problems), *case.notes])),
        certificate_sha256=facts.sha256 if facts else "", timestamps=timestamp_reports(case.stamps),
        chain=case.chain,
    )  # fmt: skip


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)
