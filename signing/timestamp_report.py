"""What a report says about each timestamp of a signature, and about the path of a certificate."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from cryptography import x509

from .history import StampResult
from .keys.certificates import readable_name
from .report import FAILURES, Indication, SubIndication, TimestampReport


def timestamp_reports(stamps: Iterable[StampResult]) -> tuple[TimestampReport, ...]:
    """Return the reports of timestamps, in their order."""
    return tuple(map(_one, stamps))


def _one(stamp: StampResult) -> TimestampReport:
    token = stamp.token
    return TimestampReport(
        kind=stamp.kind,
        time=None if token is None else token.gen_time,
        service="" if token is None else readable_name(token.certificate.subject),
        indication=_indication(stamp.sub, tampered=stamp.tampered),
        sub_indication=stamp.sub,
        message=stamp.message,
        sha256="" if token is None else hashlib.sha256(token.der).hexdigest(),
    )


def _indication(sub: SubIndication | None, *, tampered: bool) -> Indication:
    """A timestamp over something else has failed, whatever that means for the signature that carries it."""
    if sub is None:
        return Indication.PASSED
    return Indication.FAILED if tampered or sub in FAILURES else Indication.INDETERMINATE


def path_names(chain: Sequence[x509.Certificate]) -> tuple[str, ...]:
    """Return the subjects of a path as people read them."""
    return tuple(map(_subject, chain))


@lru_cache(maxsize=1024)
def _subject(certificate: x509.Certificate) -> str:
    return readable_name(certificate.subject)
