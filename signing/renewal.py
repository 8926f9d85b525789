"""
When an archive timestamp must be made or renewed: before what holds the proofs together runs out.

A timestamp proves nothing any more once its service's certificate has ended or been revoked, unless a later timestamp
covers it. So the next one is due some time before the first certificate on the newest timestamp's path ends.

Source: EN 319 102-1 clause 4.3.4 (long-term availability); EN 319 132-1 clause 5.5.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .errors import LevelError, TokenError
from .existence import Existence, Material
from .keys.certificates import readable_name
from .limits import DEFAULT_LIMITS
from .past import judge_certificate
from .structure import take_apart
from .terms import TIMESTAMP
from .tokens import Token, read_token
from .trust import Trust
from .unsigned import Unsigned, read_unsigned
from .xmlsafe import ds, parse

MARGIN = timedelta(days=180)
"""How long before the end the renewal is due; leaves time for outages, budgets and new contracts."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """
    When the next archive timestamp must be there.

    Attributes:
        due: from here on it should be made; an LT signature has its first one due at once.
        ends: at this moment the newest timestamp stops proving anything.
        certificate: subject of the certificate that ends first.
        archived: there is an archive timestamp already.
    """

    due: datetime
    ends: datetime
    certificate: str
    archived: bool


def renewal_due(document: bytes, signature_id: str, trust: Trust, *, margin: timedelta = MARGIN) -> Renewal | None:
    """
    Return when a signature's next archive timestamp is due; nothing is verified here.

    Args:
        document: minutes, or a signature file of a container.
        signature_id: ``Id`` of the ``ds:Signature``.
        trust: helps to find the path of the service.
        margin: how long before the end.

    Returns:
        The moment; None for a signature without a timestamp that can be read.

    Raises:
        LevelError: there is no such signature.
        FormatError: the file is not acceptable XML.
    """
    element = parse(document).ids.get(signature_id)
    if element is None or element.tag != ds("Signature"):
        raise LevelError(what=f"no signature {signature_id}", where=signature_id, code="congkhai-S744")
    parts = take_apart(element, DEFAULT_LIMITS)
    unsigned = read_unsigned(parts, DEFAULT_LIMITS)
    archives = _tokens(unsigned, "archive")
    tokens = archives or _tokens(unsigned, "signature")
    if not tokens:
        return None
    newest = max(tokens, key=lambda one: one.gen_time)
    last = _first_to_end(newest, trust, Material(parts.certificates) + unsigned.material())
    ends = last.not_valid_after_utc
    due = ends - margin if archives else newest.gen_time
    return Renewal(due, ends, readable_name(last.subject), bool(archives))


def _tokens(unsigned: Unsigned, kind: str) -> list[Token]:
    found: list[Token] = []
    for _place, stamp in unsigned.stamps:
        for der in stamp.tokens if stamp.kind == kind else ():
            try:
                found.append(read_token(der))
            except TokenError:
                continue  # it proves nothing, so nothing of it can run out
    return found


def _first_to_end(token: Token, trust: Trust, material: Material) -> x509.Certificate:
    """Return the certificate that ends first on the service's path; its own where no path is known."""
    existence = Existence(token.gen_time, material=material + token.material)
    judged = judge_certificate(token.certificate, trust, existence, purpose=TIMESTAMP, used_at=token.gen_time)
    path: Sequence[x509.Certificate] = judged.chain or (token.certificate,)
    return min(path, key=lambda one: (one.not_valid_after_utc, one.public_bytes(Encoding.DER)))
