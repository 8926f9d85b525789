"""Verification of an uploaded file and the numbers of what waits; neither keeps anything."""

from importlib.metadata import version

from congkhai.signing import SigningError

from .. import worklist
from ..clock import ZONE
from ..readiness import not_ready
from ..signer_check import trust_in
from ..tokens import Scope
from ..web.verify_pages import judge
from . import models
from .call import Answer, Call, Endpoint

_SUFFIXES = ((b"%PDF-", ".pdf"), (b"PK", ".asice"), (b"<", ".xml"), (b"\xef\xbb\xbf<", ".xml"))
TAKES = ("application/octet-stream", "application/xml", "application/pdf", "application/vnd.etsi.asic-e+zip")
"""Labels of an upload; what it is, its bytes tell."""


def verify(call: Call) -> Answer:
    """Judge an uploaded file by the agency's trust; what cannot be judged is INDETERMINATE, with the reason."""
    suffix = next((suffix for mark, suffix in _SUFFIXES if call.body.lstrip(b" \t\r\n").startswith(mark)), ".bin")
    trust = trust_in(call.house.configuration.trust.folder)
    try:
        report = judge({f"tep{suffix}": call.body}, trust, call.house.clock.now())
    except SigningError as error:
        finding = models.VerificationFinding(
            id=error.code, severity="error", where="", message=error.what, advice=error.advice
        )
        return Answer(models.Verification(indication="INDETERMINATE", files=[], findings=[finding]))
    return Answer(models.Verification.model_validate(report.to_dict()))


def status(call: Call) -> Answer:
    """Count what waits; no titles, no names."""
    house = call.house
    return Answer(
        models.Status(
            agency=house.configuration.agency.code, version=version("congkhai"),
            now=house.clock.now().astimezone(ZONE), ready=not not_ready(house),
            waiting=[models.Count(kind=kind, count=count) for kind, count in sorted(worklist.counts(house).items())],
        )
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        "/verifications", "POST", Scope.VERIFY, verify, "Verify a signed file; it is not kept", models.Verification,
        takes=TAKES,
    ),
    Endpoint("/status", "GET", Scope.STATUS, status, "What waits, in numbers", models.Status),
)  # fmt: skip
