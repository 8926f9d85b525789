"""Looks at a posting and what broke it, as frozen records; promised from `records`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Look:
    """
    One probe as it is kept, or a planned one that was missed.

    Attributes:
        result: ``seen``, ``gone``, ``changed`` (something else stands there), ``unknown`` (the place could not tell)
            or ``missed`` (nobody looked: we were down).
        planned: moment for which it was planned; None when a person looked.
        by: who looked.
    """

    at: datetime
    result: str
    planned: datetime | None = None
    by: str = ""
    address: str = ""
    sha256: str = ""
    message: str = ""
    status: int | None = None
    certificate_sha256: str = ""
    certificate_until: datetime | None = None
    latency_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """
    A time in which a posting was not continuous (gián đoạn).

    Attributes:
        kind: ``gap`` (gone), ``change`` (other content), ``pause`` (a person decided) or ``correction``.
        started: when it was noticed or decided; `seen_before` when the notice was last surely there.
        ended: when it was there again; None while it lasts.
        effect: what it costs: ``restart``, ``extend`` or ``note``.
        by: person or ``congkhai``.
    """

    id: int
    posting: str
    kind: str
    started: datetime
    seen_before: datetime
    ended: datetime | None
    effect: str
    reason: str
    by: str
