"""
What a verification found, as values; the JSON shape is a promise and tests hold it.

A result is data. Whoever must not go on with a bad one calls `Report.or_raise`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ._text import _
from .errors import SigningError


class Indication(StrEnum):
    """Main indications of EN 319 102-1 clause 5.1.3."""

    PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "TOTAL_FAILED"


class SubIndication(StrEnum):
    """Sub-indications of EN 319 102-1 clause 5.1.3 that are given here."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    TRY_LATER = "TRY_LATER"
    NO_POE = "NO_POE"


FAILURES = frozenset(
    {
        SubIndication.FORMAT_FAILURE, SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED, SubIndication.EXPIRED, SubIndication.NOT_YET_VALID,
    }
)  # fmt: skip
"""Sub-indications that make a signature TOTAL_FAILED; all others leave it INDETERMINATE."""

_RANK = {Indication.PASSED: 0, Indication.INDETERMINATE: 1, Indication.FAILED: 2}


def main_indication(sub: SubIndication | None) -> Indication:
    """Return the main indication that a sub-indication belongs to; None means passed."""
    if sub is None:
        return Indication.PASSED
    return Indication.FAILED if sub in FAILURES else Indication.INDETERMINATE


def worst(indications: Iterable[Indication]) -> Indication:
    """Return the worst of some indications; INDETERMINATE when there is none, since nothing proves nothing."""
    return max(indications, key=_RANK.__getitem__, default=Indication.INDETERMINATE)


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """
    Something about a file, beyond its signatures.

    Attributes:
        id: stable, documented, ``V`` and two digits.
        severity: ``error`` (the file is at best INDETERMINATE), ``warn`` or ``info``.
        where: file, member or signature.
        message: what is the matter, in the reader's language.
        advice: what to do; may be empty.
    """

    id: str
    severity: str
    where: str
    message: str
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding in its JSON shape."""
        return {
            "id": self.id, "severity": self.severity, "where": self.where, "message": self.message,
            "advice": self.advice,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimestampReport:
    """
    One timestamp of a signature.

    Attributes:
        kind: ``content``, ``signature``, ``archive`` or, in PDF files, ``document``; ``container`` for one that covers
            files of a container.
        time: as the token says, whether it holds or not; None when it cannot be read.
        service: subject of the service's certificate; empty when the token cannot be read.
        indication: ``TOTAL_PASSED`` when it holds; ``TOTAL_FAILED`` when it is broken or over something else.
        sub_indication: why it does not hold; None when it does.
        message: in the reader's language. Not in the JSON shape, the signature's messages have it.
        sha256: digest of the token, hexadecimal; empty when it cannot be read. Not in the JSON shape.
    """

    kind: str
    time: datetime | None
    service: str
    indication: Indication
    sub_indication: SubIndication | None
    message: str = ""
    sha256: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the timestamp in its JSON shape; all keys are always present."""
        return {
            "kind": self.kind,
            "time": iso(self.time),
            "service": self.service,
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
        }


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """
    One signature.

    Attributes:
        id: ``Id`` of the ``ds:Signature``; empty when it has none.
        signer: subject of the signing certificate; empty when there is no such certificate.
        role: claimed role; empty when none is claimed.
        level: ``B``, ``T``, ``LT``, ``LTA`` as proven here, or ``XML-DSig`` for a signature without XAdES properties.
        algorithm: our name, or the identifier when it is unknown.
        signing_time: as claimed by the signer; None when not stated.
        best_signature_time: earliest moment at which the signature is proven to exist; the moment asked about when
            nothing proves an earlier one.
        timestamp_time: time of the earliest valid timestamp; None without one.
        revocation: ``good``, ``revoked`` or ``unknown``.
        covers: ``FULL`` or ``PARTIAL``.
        scope: what is covered: file, element or members.
        integrity: ``intact``, ``changed`` or ``unknown``.
        messages: reasons, in the reader's language.
        certificate_sha256: digest of the signing certificate, hexadecimal; empty without one. Not in the JSON shape.
        chain: subjects of the trusted path, the signer's first and the anchor's last; empty without such a path.
        timestamps: every timestamp that it carries or that covers it, whether it holds or not, in file order.
    """

    id: str
    indication: Indication
    sub_indication: SubIndication | None
    signer: str = ""
    issuer: str = ""
    serial: str = ""
    role: str = ""
    level: str = ""
    algorithm: str = ""
    signing_time: datetime | None = None
    best_signature_time: datetime | None = None
    timestamp_time: datetime | None = None
    revocation: str = "unknown"
    covers: str = "PARTIAL"
    scope: tuple[str, ...] = ()
    certificate_valid_from: datetime | None = None
    certificate_valid_to: datetime | None = None
    cert_manager: str = ""
    integrity: str = "unknown"
    messages: tuple[str, ...] = ()
    certificate_sha256: str = ""
    timestamps: tuple[TimestampReport, ...] = ()
    chain: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the signature in its JSON shape; all keys are always present."""
        return {
            "id": self.id,
            "signer": self.signer,
            "issuer": self.issuer,
            "serial": self.serial,
            "role": self.role,
            "level": self.level,
            "algorithm": self.algorithm,
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "signing_time": iso(self.signing_time),
            "best_signature_time": iso(self.best_signature_time),
            "timestamp_time": iso(self.timestamp_time),
            "revocation": self.revocation,
            "covers": self.covers,
            "scope": list(self.scope),
            "certificate_valid_from": iso(self.certificate_valid_from),
            "certificate_valid_to": iso(self.certificate_valid_to),
            "cert_manager": self.cert_manager,
            "integrity": self.integrity,
            "messages": list(self.messages),
            "timestamps": [one.to_dict() for one in self.timestamps],
            "chain": list(self.chain),
        }


@dataclass(frozen=True, slots=True)
class FileReport:
    """
    One file, or one member of a container (path ``container!member``).

    Attributes:
        path: as it was given; relative to the folder for the files of a folder.
        format: ``xml``, ``asice``, ``asics`` or ``pdf``.
        indication: worst of its signatures, lowered by findings.
    """

    path: str
    format: str
    indication: Indication
    signatures: tuple[SignatureReport, ...] = ()
    findings: tuple[ReportFinding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the file in its JSON shape."""
        return {
            "path": self.path,
            "format": self.format,
            "indication": self.indication.value,
            "signatures": [one.to_dict() for one in self.signatures],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """
    A verification of one path.

    Attributes:
        indication: worst of the files.
        files: signed files; a container first, its signed members after it.
        findings: about files and about the path, unsigned files of a folder among them.
    """

    indication: Indication
    files: tuple[FileReport, ...]
    findings: tuple[ReportFinding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape of ``congkhai verify --json``."""
        return {
            "indication": self.indication.value,
            "files": [one.to_dict() for one in self.files],
            "findings": [one.to_dict() for one in self.findings],
        }

    def or_raise(self) -> "Report":
        """Return the report itself when everything passed; raise SigningError with the first reason otherwise."""
        if self.indication is Indication.PASSED:
            return self
        reasons = [text for one in self.files for sig in one.signatures if sig.sub_indication for text in sig.messages]
        reasons += [finding.message for finding in self.findings if finding.severity == "error"]
        raise SigningError(
            what=_("Chữ ký chưa được xác nhận là hợp lệ: {reason}").format(
                reason=reasons[0] if reasons else self.indication.value
            ),
            where=self.files[0].path if self.files else "",
            advice=_("Chạy congkhai verify để xem từng chữ ký."),
            code="congkhai-S600",
        )


def merge(reports: Iterable[Report]) -> Report:
    """Join the reports of several paths into one."""
    parts = tuple(reports)
    return Report(
        worst(one.indication for one in parts),
        tuple(file for one in parts for file in one.files),
        tuple(finding for one in parts for finding in one.findings),
    )


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC with ``Z``, whole seconds; None for None."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
