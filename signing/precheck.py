"""
The check of a signer's certificate before anybody is asked to sign: validity, usage, path, status.

Source: TT 15/2025/TT-BKHCN Điều 5 (check before signing, path to a recognised root) and Phụ lục II items 1.1 to 1.4: a
status that cannot be established is a warning, a revoked or untrusted certificate ends the matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from ._text import _
from .errors import CertificateNotUsableError, KeyLoadError
from .keys.certificates import CertificateFacts, check_certificate, load_certificate
from .past import judge_path
from .report import SubIndication
from .terms import SIGNER
from .trust import Trust


@dataclass(frozen=True, slots=True)
class SignerCheck:
    """
    What was found of a certificate that may sign.

    Attributes:
        facts: what it says of itself, with every warning.
        status: ``good`` or ``unknown``: not revoked, or not to be told from the data at hand.
    """

    facts: CertificateFacts
    status: str


def check_signer(
    certificate: bytes, chain: Sequence[bytes], trust: Trust, at: datetime, *, algorithm: str | None = None
) -> SignerCheck:
    """
    Check whether a certificate may sign at a moment, with what the trust folder knows; nothing is fetched.

    Args:
        certificate: DER.
        chain: further certificates of the path, DER; they help to build it and are never trusted.
        trust: anchors, revocation lists, OCSP replies. Without any anchor for signers path and status stay unknown.
        at: moment of signing, with zone.
        algorithm: one of ``ALGORITHMS`` that must fit the key; None asks nothing.

    Returns:
        The facts, with warnings, and the status.

    Raises:
        CertificateNotUsableError: as `check_certificate`; revoked; or no good path to any of the anchors.
        KeyLoadError: certificate or key cannot be read.
    """
    facts = check_certificate(certificate, at, algorithm=algorithm)
    if not trust.anchors_for(SIGNER, at, at):
        warning = _("Chưa có chứng thư gốc nào được tin cậy: không kiểm tra được đường dẫn và trạng thái chứng thư.")
        return SignerCheck(replace(facts, warnings=(*facts.warnings, warning)), "unknown")
    judged = judge_path(load_certificate(certificate), _readable(chain), trust, at)
    if judged.sub is None:
        return SignerCheck(facts, judged.revocation)
    if judged.revocation == "revoked":
        raise CertificateNotUsableError(
            what=_("Chứng thư đã bị thu hồi, không được dùng để ký."), where=facts.name, code="congkhai-S126",
            advice=_("Xin cấp chứng thư mới. {why}").format(why=" ".join(judged.messages)),
        )  # fmt: skip
    if judged.sub is not SubIndication.TRY_LATER:
        raise CertificateNotUsableError(
            what=_("Chứng thư không có đường dẫn hợp lệ đến chứng thư gốc được tin cậy."), where=facts.name,
            advice=" ".join([*judged.messages, _("Kiểm tra thư mục [trust] và chuỗi chứng thư của khóa.")]),
            code="congkhai-S128",
        )  # fmt: skip
    return SignerCheck(replace(facts, warnings=(*facts.warnings, *judged.messages)), "unknown")


def _readable(chain: Sequence[bytes]) -> list[x509.Certificate]:
    found = []
    for der in chain:
        try:
            found.append(load_certificate(der))
        except KeyLoadError:
            continue  # it would only have helped to build the path
    return found
