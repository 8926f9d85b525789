"""What lies between preparing a signature and completing it; days may pass and other signers may finish first."""

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._text import _
from .algorithms import BY_NAME
from .errors import PrepareError

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    A signature that waits for its value.

    Attributes:
        kind: ``minutes`` (one XML body) or ``container`` (files of an ASiC-E container).
        signature_id: ``Id`` of the ``ds:Signature``.
        signature: the ``ds:Signature`` alone, SignatureValue empty.
        octets: what is signed: canonical SignedInfo. A local key takes these.
        body_id: id of the signed element; empty for a container.
        body_sha256: digest of the signed body's canonical octets; for a container the digest over its member list.
        certificate: signing certificate, DER.
        algorithm: one of ``ALGORITHMS``.
        signing_time: claimed time, UTC, whole seconds.
        role: claimed role, or None.
        made_here: `prepare` made this very value in this process, so that its parts are known to belong together; what
            was stored and read back has to prove it. Nobody else can set it.
    """

    kind: str
    signature_id: str
    signature: bytes
    octets: bytes
    body_id: str
    body_sha256: str
    certificate: bytes
    algorithm: str
    signing_time: datetime
    role: str | None
    made_here: bool = field(default=False, init=False, repr=False, compare=False)

    @property
    def digest(self) -> bytes:
        """Digest of `octets` in the algorithm's own hash, for tokens and services that take a digest."""
        return hashlib.new(BY_NAME[self.algorithm].hash.name, self.octets).digest()

    def to_json(self) -> str:
        """Return the value as JSON text, for keeping."""
        return json.dumps(
            {
                "format": _FORMAT,
                "kind": self.kind,
                "signature_id": self.signature_id,
                "signature": b64encode(self.signature).decode(),
                "octets": b64encode(self.octets).decode(),
                "body_id": self.body_id,
                "body_sha256": self.body_sha256,
                "certificate": b64encode(self.certificate).decode(),
                "algorithm": self.algorithm,
                "signing_time": self.signing_time.isoformat(),
                "role": self.role,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Prepared":
        """
        Read what `to_json` wrote.

        Raises:
            PrepareError: not JSON of this kind, a newer format, or an unknown algorithm.
        """
        try:
            return _read(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise PrepareError(
                what=_("Bản chuẩn bị ký không đọc được."), advice=_("Chuẩn bị ký lại từ đầu."), code="congkhai-S209"
            ) from error


def _read(raw: dict[str, Any]) -> Prepared:
    if raw["format"] != _FORMAT or raw["algorithm"] not in BY_NAME or raw["kind"] not in {"minutes", "container"}:
        raise ValueError("unknown format, algorithm or kind")
    moment = datetime.fromisoformat(raw["signing_time"])
    if moment.tzinfo is None:
        raise ValueError("signing time without zone")
    return Prepared(
        kind=raw["kind"],
        signature_id=str(raw["signature_id"]),
        signature=b64decode(raw["signature"], validate=True),
        octets=b64decode(raw["octets"], validate=True),
        body_id=str(raw["body_id"]),
        body_sha256=str(raw["body_sha256"]),
        certificate=b64decode(raw["certificate"], validate=True),
        algorithm=raw["algorithm"],
        signing_time=moment,
        role=None if raw["role"] is None else str(raw["role"]),
    )
