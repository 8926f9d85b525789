"""
A timestamp service of our own, honest or faulty in one chosen way, and a session that reaches what a test puts there.

It shares nothing with the package: tokens are built here from the structures of RFC 3161 and RFC 5652.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from .pki import END, START, Authority, Identity

TSA_URL = "http://127.0.0.1:9/tsa"
POLICY = "1.2.3.4.5"


def service_identity(
    issuer: Authority, common: str = "Dấu thời gian", *, start: dt.datetime = START, end: dt.datetime = END, **more: Any
) -> Identity:
    """Issue a certificate that may timestamp and nothing else."""
    return issuer.issue(common, start=start, end=end, extended=ExtendedKeyUsageOID.TIME_STAMPING, **more)


class _Refusal(core.Sequence):
    """A ``TimeStampResp`` without a token."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012 - the way of asn1crypto


@dataclass
class OwnTsa:
    """
    A timestamp service.

    Attributes:
        identity: key and certificate.
        at: its clock.
        faults: what it does wrong: ``imprint``, ``nonce``, ``no-nonce``, ``policy``, ``refuse``, ``garbage``,
            ``signature``, ``no-certificate``, ``other-certificate``.
    """

    identity: Identity
    at: dt.datetime
    faults: frozenset[str] = frozenset()
    hash_name: str = "sha256"
    asked: list[bytes] = field(default_factory=list)

    def answer(self, question: bytes) -> bytes:
        """Answer a ``TimeStampReq``."""
        self.asked.append(question)
        if "garbage" in self.faults:
            return b"<html>proxy</html>"
        request = tsp.TimeStampReq.load(question, strict=True)
        if "refuse" in self.faults:
            refusal = {"status": "rejection", "status_string": ["hết hạn mức"], "fail_info": {"bad_alg"}}
            return bytes(_Refusal({"status": refusal}).dump())
        nonce = request["nonce"].native
        token = self.token(
            request["message_imprint"]["hashed_message"].native,
            nonce={"nonce": (nonce or 0) + 1, "no-nonce": None}.get(next(iter(self.faults), ""), nonce),
            policy=request["req_policy"].native,
            hash_name=request["message_imprint"]["hash_algorithm"]["algorithm"].native,
        )
        return bytes(
            tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}).dump()
        )

    def token(
        self, imprint: bytes, *, nonce: int | None = None, policy: str | None = None, hash_name: str = ""
    ) -> bytes:
        """Return a token over a digest, DER."""
        if "imprint" in self.faults:
            imprint = hashlib.sha256(imprint).digest()
        info: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY if "policy" in self.faults or not policy else policy,
            "message_imprint": {
                "hash_algorithm": {"algorithm": hash_name or self.hash_name}, "hashed_message": imprint,
            },
            "serial_number": int.from_bytes(hashlib.sha256(imprint + self.at.isoformat().encode()).digest()[:8], "big"),
            "gen_time": core.GeneralizedTime(self.at),
        }  # fmt: skip
        if nonce is not None:
            info["nonce"] = nonce
        return self._signed(tsp.TSTInfo(info).dump())

    def _signed(self, content: bytes) -> bytes:
        certificate = asn1_x509.Certificate.load(self.identity.der)
        named = hashlib.sha256(b"another" if "other-certificate" in self.faults else self.identity.der).digest()
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
                cms.CMSAttribute(
                    {
                        "type": "signing_certificate_v2",
                        "values": [tsp.SigningCertificateV2({"certs": [{"cert_hash": named}]})],
                    }
                ),
            ]
        )
        value = self._sign(attributes.dump() + (b"x" if "signature" in self.faults else b""))
        rsa_key = isinstance(self.identity.private, rsa.RSAPrivateKey)
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                },
                "digest_algorithm": {"algorithm": "sha256"},
                "signature_algorithm": {"algorithm": "sha256_rsa" if rsa_key else "sha256_ecdsa"},
                "signed_attrs": attributes,
                "signature": value,
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(content)},
                "certificates": [] if "no-certificate" in self.faults else [certificate],
                "signer_infos": [signer],
            }
        )
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    def _sign(self, data: bytes) -> bytes:
        private = self.identity.private
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return private.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass
class _Answer:
    status_code: int
    body: bytes
    closed: bool = False

    def iter_content(self, chunk_size: int) -> Iterator[bytes]:
        """Yield the body in pieces."""
        for start in range(0, len(self.body), chunk_size):
            yield self.body[start : start + chunk_size]

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


Route = Callable[[bytes], bytes] | bytes | Exception | int


@dataclass
class OwnSession:
    """A session that reaches what `routes` hold: a function of the body, fixed bytes, an error, or a status."""

    routes: dict[str, Route]
    calls: list[tuple[str, str]] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answers: list[_Answer] = field(default_factory=list)

    def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = True,
        stream: bool | None = None,
    ) -> _Answer:
        """Answer from the routes."""
        assert not allow_redirects, "a redirect could lead anywhere"
        self.calls.append((method, url))
        self.timeouts.append(timeout)
        self.headers.append(headers or {})
        route = self.routes.get(url, 404)
        if isinstance(route, Exception):
            raise route
        status, body = (
            (route, b"") if isinstance(route, int) else (200, route if isinstance(route, bytes) else route(data or b""))
        )
        self.answers.append(_Answer(status, body))
        return self.answers[-1]
