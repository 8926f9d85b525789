"""
Which level of XAdES a signature has: only what its own data prove, without anything from a trust folder but the
anchors.

========  =============================================================================================================
B         the mandatory signed properties are there
T         a signature timestamp holds
LT        path and status of the signer and of the timestamp service can be judged with what the signature carries
LTA       an archive timestamp holds over all that
========  =============================================================================================================

Source: EN 319 132-1 clause 6 (baseline levels).
"""

from cryptography import x509

from .existence import Existence
from .history import History, StampResult
from .past import judge_certificate
from .terms import TIMESTAMP
from .trust import Trust

ORDER = ("B", "T", "LT", "LTA")
"""Levels that can be claimed, lowest first."""


def proven_level(basic: str, history: History, certificate: x509.Certificate | None, trust: Trust) -> str:
    """
    Return the level of a signature.

    Args:
        basic: level below all timestamps: ``B``, ``BES`` or ``XML-DSig``.
        history: its timestamps, judged.
        certificate: of the signer; None when it is not known.
        trust: of the verification; only its anchors are used here.
    """
    stamps = [one for one in history.stamps if one.kind == "signature" and one.sub is None]
    if basic != "B" or certificate is None or not stamps:
        return basic
    alone = trust.without_data()
    existence = Existence(history.existence.at, history.existence.whole, history.existence.known, history.own)
    signer = judge_certificate(certificate, alone, existence, existed=history.best)
    if signer.sub is not None or not any(service_known(one, alone, existence) for one in stamps):
        return "T"
    first = min(one.place for one in stamps)
    archived = any(one.kind == "archive" and one.sub is None and one.place > first for one in history.stamps)
    return "LTA" if archived else "LT"


def service_known(one: StampResult, alone: Trust, existence: Existence) -> bool:
    """Tell whether path and status of a timestamp's service can be judged with what is at hand."""
    if one.token is None:
        return False
    existed = max(min(existence.of(one.token.der), existence.at), one.token.gen_time)
    judged = judge_certificate(
        one.token.certificate, alone, existence, purpose=TIMESTAMP, existed=min(existed, existence.at),
        used_at=one.token.gen_time,
    )  # fmt: skip
    return judged.sub is None
