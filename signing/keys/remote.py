"""
Keys at a remote signing service, through the Cloud Signature Consortium API v2.

Each signature is authorised on its own, for the digest that is signed and no other; the holder confirms with a PIN, a
one-time code or on their own device, and is waited for. Every value is verified with the certificate before it leaves.

Source: CSC API v2.0.0.2 sections 11.4 to 11.8, 11.10, 11.12; EN 419241-1 (sole control).
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from .._text import _
from ..algorithms import BY_NAME, Algorithm, raw_from_der, verify_value
from ..errors import CertificateNotUsableError, KeyLoadError, KeyRefusedError, KeyUnreachableError, SigningError
from .certificates import chosen_algorithm, load_certificate, readable_name
from .csc_wire import CscAccess, CscWire

__all__ = ["AuthObject", "Credential", "CscAccess", "CscWire", "RemoteKey", "credential_ids", "load_remote"]

_HASH_OIDS = {
    "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3",
}  # fmt: skip
_RSA_PLAIN = "1.2.840.113549.1.1.1"
_OIDS = {
    "rsa-sha256": "1.2.840.113549.1.1.11", "rsa-sha384": "1.2.840.113549.1.1.12", "rsa-sha512": "1.2.840.113549.1.1.13",
    "rsa-pss-sha256": "1.2.840.113549.1.1.10", "rsa-pss-sha384": "1.2.840.113549.1.1.10",
    "rsa-pss-sha512": "1.2.840.113549.1.1.10",
    "ecdsa-sha256": "1.2.840.10045.4.3.2", "ecdsa-sha384": "1.2.840.10045.4.3.3", "ecdsa-sha512": "1.2.840.10045.4.3.4",
}  # fmt: skip
_MOST_PAGES = 50
_COUNTED = {"congkhai-S144", "congkhai-S145"}
"""Refusals that a service counts before it locks a key: never repeated by this program."""


@dataclass(frozen=True, slots=True)
class AuthObject:
    """
    Something that the holder must give for a signature.

    Attributes:
        id: the service's name for it.
        type: ``Password`` (PIN, one-time code), ``ChallengeResponse`` (a code that the service sends when asked), or
            another, which the holder gives on their own device and nobody types here.
        label: what to call it to a person.
        changing: a one-time code, that must be asked for anew each time.
    """

    id: str
    type: str
    label: str
    changing: bool

    @property
    def typed(self) -> bool:
        """Whether its value is typed here."""
        return self.type in {"Password", "ChallengeResponse"}


@dataclass(frozen=True, slots=True)
class Credential:
    """
    What a service says of a key.

    Attributes:
        enabled: the service lets it sign.
        status: ``valid``, ``expired``, ``revoked``, ``suspended``, or empty when the service does not say.
        algorithms: OIDs it offers.
        certificates: DER, the signer's first.
        mode: ``explicit`` or ``oauth2code``.
        objects: what its holder must give, in explicit mode.
    """

    id: str
    enabled: bool
    status: str
    algorithms: tuple[str, ...]
    certificates: tuple[bytes, ...]
    mode: str
    objects: tuple[AuthObject, ...]


Answers = Callable[[Sequence[AuthObject]], Mapping[str, str]]
"""Given what must be typed, returns the values by id; a missing or empty one means that nobody can give it."""


class RemoteKey:
    """
    A private key at a service; made by `load_remote`.

    Attributes:
        certificate, certificate_der, chain, algorithm: as `Key` says.
        credential: what the service said when the key was loaded.
    """

    def __init__(
        self, wire: CscWire, credential: Credential, line: Sequence[x509.Certificate], algorithm: str,
        answers: Answers, *, patience: float, poll: float,
    ) -> None:  # fmt: skip
        self.credential = credential
        self.certificate = line[0]
        self.certificate_der = line[0].public_bytes(Encoding.DER)
        self.chain = tuple(one.public_bytes(Encoding.DER) for one in line[1:])
        self.algorithm = algorithm
        self._wire = wire
        self._answers = answers
        self._patience = patience
        self._poll = poll
        self._refused: KeyRefusedError | None = None

    def __repr__(self) -> str:
        return f"RemoteKey({self.algorithm}, serial {self.certificate.serial_number:X})"

    def forget_refusal(self) -> None:
        """Allow one more try after a wrong PIN or code; for a person who has given another one."""
        self._refused = None

    def sign(self, octets: bytes) -> bytes:
        """
        Have octets (not a digest) signed; waits for the holder's confirmation.

        Args:
            octets: what `prepare` returned as ``octets``; only their digest leaves this machine.

        Returns:
            The raw XML-DSig signature value, verified with the certificate; ECDSA as r‖s.

        Raises:
            KeyUnreachableError: no answer, or the holder did not confirm in time; may be tried again.
            KeyRefusedError: login, PIN or code refused, locked, declined, or nobody could give what is asked for. A
                wrong PIN or code is tried once, then refused here.
            SigningError: the service refuses, or its value is not of this key.
        """
        until = time.monotonic() + self._patience
        body = self._request(octets)
        if self.credential.mode != "oauth2code":  # there the access token itself carries the holder's consent
            body["SAD"] = self._authorised(body["hashes"], body["hashAlgorithmOID"], until)
        _status, output = self._wire.post("signatures/signHash", body)
        if "signatures" not in output and output.get("responseID"):
            output = self._polled("signatures/signPolling", {"requestID": output["responseID"]}, "signatures", until)
        return self._value(octets, output)

    @property
    def confirmed_apart(self) -> bool:
        """Whether its holder confirms each signature on a device of their own, so that nobody need wait here."""
        apart = any(not one.typed for one in self.credential.objects)
        return self.credential.mode != "oauth2code" and apart

    def ask(self, octets: bytes) -> str:
        """
        Ask the holder to confirm a signature over octets on their own device, and do not wait.

        Returns:
            A ticket for `collect`; it holds no secret that would serve another digest, and may be kept.

        Raises:
            KeyRefusedError: this key is not confirmed apart, or as `sign`.
            KeyUnreachableError, SigningError: as `sign`.
        """
        if not self.confirmed_apart:
            raise KeyRefusedError(
                what=_("Khóa này không được xác nhận trên thiết bị riêng của người giữ khóa."),
                where=self.credential.id, advice=_("Ký bằng congkhai sign."), code="congkhai-S150",
            )  # fmt: skip
        request = self._request(octets)
        status, output = self._authorise(request["hashes"], request["hashAlgorithmOID"])
        name = "handle" if status == 202 else "SAD"
        if not isinstance(output.get(name), str) or not output[name]:
            raise _not_csc("credentials/authorize")
        return json.dumps({name: output[name]})

    def collect(self, octets: bytes, ticket: str) -> tuple[str, bytes | None]:
        """
        Look once whether the holder has confirmed, and fetch the signature if so.

        Args:
            octets: the same as for `ask`.
            ticket: from `ask`, or from the last call.

        Returns:
            The ticket for the next call, and the value as `sign` returns it; None while there is none.

        Raises:
            KeyRefusedError: declined. KeyUnreachableError: no answer; may be asked again. SigningError: as `sign`.
        """
        known: dict[str, str] = json.loads(ticket)
        if "handle" in known:
            _status, output = self._wire.post("credentials/authorizeCheck", {"handle": known["handle"]})
            if not output.get("SAD"):
                return json.dumps({"handle": str(output.get("handle") or known["handle"])}), None
            known = {"SAD": str(output["SAD"])}
        if "SAD" in known:
            _status, output = self._wire.post("signatures/signHash", {**self._request(octets), "SAD": known["SAD"]})
            known = {"requestID": str(output.get("responseID", ""))}
        else:
            _status, output = self._wire.post("signatures/signPolling", {"requestID": known["requestID"]})
        if "signatures" not in output and known["requestID"]:
            return json.dumps(known), None
        return "", self._value(octets, output)

    def _request(self, octets: bytes) -> dict[str, Any]:
        """Say what is to be signed with what, as ``signatures/signHash`` wants it."""
        algorithm = BY_NAME[self.algorithm]
        digest = hashlib.new(algorithm.hash.name, octets).digest()
        return {
            "credentialID": self.credential.id, "hashes": [base64.b64encode(digest).decode()],
            "hashAlgorithmOID": _HASH_OIDS[algorithm.hash.name],
            **_sign_algorithm(algorithm, self.credential.algorithms),
        }  # fmt: skip

    def _authorise(self, hashes: list[str], hash_oid: str) -> tuple[int, dict[str, Any]]:
        """Ask for the activation data of one digest."""
        if self._refused is not None:
            raise self._refused
        body = {
            "credentialID": self.credential.id, "numSignatures": 1, "hashes": hashes, "hashAlgorithmOID": hash_oid,
            "authData": self._auth_data(),
        }  # fmt: skip
        try:
            return self._wire.post("credentials/authorize", body)
        except KeyRefusedError as error:
            self._refused = error if error.code in _COUNTED else None
            raise

    def _authorised(self, hashes: list[str], hash_oid: str, until: float) -> str:
        """Get the activation data for one digest, waiting for the holder where the service says so."""
        status, output = self._authorise(hashes, hash_oid)
        if status == 202:
            output = self._polled("credentials/authorizeCheck", {"handle": output.get("handle", "")}, "SAD", until)
        sad = output.get("SAD")
        if not isinstance(sad, str) or not sad:
            raise _not_csc("credentials/authorize")
        return sad

    def _auth_data(self) -> list[dict[str, str]]:
        typed = [self._announced(one) for one in self.credential.objects if one.typed]
        values = self._answers(typed) if typed else {}
        missing = [one.label for one in typed if not values.get(one.id)]
        if missing:
            raise KeyRefusedError(
                what=_("Cần người giữ khóa nhập: {labels}.").format(labels=", ".join(missing)),
                where=self.credential.id, advice=_("Ký bằng congkhai sign."), code="congkhai-S135",
            )  # fmt: skip
        return [{"id": one.id, **({"value": values[one.id]} if one.typed else {})} for one in self.credential.objects]

    def _announced(self, wanted: AuthObject) -> AuthObject:
        """Have the service send a code or say its challenge before the holder is asked."""
        if wanted.type != "ChallengeResponse":
            return wanted
        _status, output = self._wire.post(
            "credentials/getChallenge", {"credentialID": self.credential.id, "authObjectID": wanted.id}
        )
        challenge = str(output.get("challenge", ""))
        label = f"{wanted.label}: {challenge}" if challenge else wanted.label
        return AuthObject(wanted.id, wanted.type, label, wanted.changing)

    def _polled(self, method: str, body: dict[str, Any], wanted: str, until: float) -> dict[str, Any]:
        """Ask until the service has what is wanted, or patience ends."""
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise KeyUnreachableError(
                    what=_("Người giữ khóa chưa xác nhận việc ký trong thời gian chờ."), where=self.credential.id,
                    advice=_("Ký lại, rồi xác nhận trên thiết bị của người giữ khóa."), code="congkhai-S148",
                )  # fmt: skip
            time.sleep(min(self._poll, left))
            _status, output = self._wire.post(method, body)
            if output.get(wanted):
                return output
            if output.get("handle"):
                body = {"handle": output["handle"]}

    def _value(self, octets: bytes, output: Mapping[str, Any]) -> bytes:
        try:
            (encoded,) = output["signatures"]
            value = base64.b64decode(encoded, validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise _not_csc("signatures/signHash") from error
        public = self.certificate.public_key()
        forms = [value]
        if isinstance(public, ec.EllipticCurvePublicKey):  # services answer with DER or r‖s; the certificate decides
            with suppress(ValueError, OverflowError):
                forms.append(raw_from_der(value, public.key_size))
        for form in forms:
            if verify_value(BY_NAME[self.algorithm], public, octets, form):
                return form
        raise SigningError(
            what=_("Chữ ký do dịch vụ ký từ xa trả về không đúng với chứng thư."), where=self.credential.id,
            advice=_("Dừng ký và báo cho nhà cung cấp dịch vụ; chữ ký này không được lưu."), code="congkhai-S149",
        )  # fmt: skip


def credential_ids(wire: CscWire) -> tuple[str, ...]:
    """List the keys that this login may use. Raises as `CscWire.post`."""
    found: list[str] = []
    body: dict[str, Any] = {}
    for _page in range(_MOST_PAGES):
        _status, output = wire.post("credentials/list", body)
        ids = output.get("credentialIDs")
        if not isinstance(ids, list):
            raise _not_csc("credentials/list")
        found += [str(one) for one in ids]
        if not output.get("nextPageToken"):
            break
        body = {"pageToken": output["nextPageToken"]}
    return tuple(dict.fromkeys(found))


def load_remote(
    wire: CscWire, answers: Answers, *, credential: str | None = None, algorithm: str | None = None, pss: bool = False,
    patience: float = 300.0, poll: float = 2.0,
) -> RemoteKey:  # fmt: skip
    """
    Find a key at a service and read its certificates; its holder is asked for nothing yet.

    Args:
        wire: the service.
        answers: gives what must be typed for a signature.
        credential: id of the key; None when the login has one only.
        algorithm: one of ``ALGORITHMS``; None takes the usual one for the key.
        pss: with `algorithm` None, take RSA-PSS for an RSA key.
        patience: seconds to wait for the holder's confirmation.
        poll: seconds between two questions whether they have confirmed.

    Raises:
        KeyLoadError: no or several keys and none named; the key offers no algorithm that we know.
        CertificateNotUsableError: the service says that key or certificate must not sign.
        KeyUnreachableError, KeyRefusedError, SigningError: as `CscWire.post`.
    """
    wanted = credential or _only(credential_ids(wire), wire.access.url)
    body = {"credentialID": wanted, "certificates": "chain", "certInfo": True, "authInfo": True}
    _status, output = wire.post("credentials/info", body)
    found = _credential(wanted, output)
    if not found.certificates:
        raise _not_csc("credentials/info")
    line = [load_certificate(der) for der in found.certificates]
    if not found.enabled or found.status in {"expired", "revoked", "suspended"}:
        raise CertificateNotUsableError(
            what=_("Dịch vụ ký từ xa báo khóa không được ký: {status}.").format(
                status=found.status if found.enabled else "disabled"
            ),
            where=readable_name(line[0].subject), advice=_("Liên hệ nhà cung cấp dịch vụ."), code="congkhai-S127",
        )  # fmt: skip
    chosen = chosen_algorithm(line[0], algorithm, pss=pss)
    _sign_algorithm(BY_NAME[chosen], found.algorithms)
    issuers = [one for one in line[1:] if one.subject != one.issuer]
    return RemoteKey(wire, found, [line[0], *issuers], chosen, answers, patience=patience, poll=poll)


def _only(ids: Sequence[str], url: str) -> str:
    if len(ids) == 1:
        return ids[0]
    raise KeyLoadError(
        what=_("Tài khoản ở dịch vụ ký từ xa có {n} khóa: {ids}.").format(n=len(ids), ids=", ".join(ids) or "–"),
        where=url, advice=_("Ghi mã của đúng khóa vào credential."), code="congkhai-S114",
    )  # fmt: skip


def _credential(wanted: str, output: Mapping[str, Any]) -> Credential:
    """Read the answer of ``credentials/info``, whose parts are checked here and nowhere else."""
    try:
        key, cert, auth = output["key"], output["cert"], output.get("auth", {})
        certificates = tuple(base64.b64decode(one, validate=True) for one in [*cert["certificates"][:8]])
        return Credential(
            id=wanted,
            enabled=key["status"] == "enabled",
            status=str(cert.get("status", "")),
            algorithms=tuple(str(one) for one in key["algo"]),
            certificates=certificates,
            mode=str(auth.get("mode", "explicit")),
            objects=tuple(
                AuthObject(
                    str(one["id"]), str(one.get("type", "Password")), str(one.get("label") or one["id"])[:60],
                    bool(one.get("generator")) or one.get("type") == "ChallengeResponse",
                )
                for one in auth.get("objects") or ()
            ),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_csc("credentials/info") from error


def _sign_algorithm(algorithm: Algorithm, offered: Sequence[str]) -> dict[str, str]:
    """Return how to name an algorithm to the service. Raises KeyLoadError when the key does not offer it."""
    from asn1crypto import algos

    oid = _OIDS[algorithm.name]
    if oid not in offered and algorithm.family == "rsa" and _RSA_PLAIN in offered:
        return {"signAlgo": _RSA_PLAIN}
    if oid not in offered:
        raise KeyLoadError(
            what=_("Khóa ở dịch vụ ký từ xa không làm được thuật toán {algorithm}.").format(algorithm=algorithm.name),
            advice=_("Với RSA, đổi rsa-padding trong cấu hình (pkcs1 hoặc pss)."), code="congkhai-S138",
        )  # fmt: skip
    if algorithm.family != "rsa-pss":
        return {"signAlgo": oid}
    name = algorithm.hash.name
    parameters = algos.RSASSAPSSParams({
        "hash_algorithm": {"algorithm": name},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": name}},
        "salt_length": algorithm.hash.digest_size,
    })  # fmt: skip
    return {"signAlgo": oid, "signAlgoParams": base64.b64encode(parameters.dump()).decode()}


def _not_csc(method: str) -> SigningError:
    return SigningError(
        what=_("Dịch vụ ký từ xa trả lời không đúng giao thức CSC."), where=method,
        advice=_("Kiểm tra địa chỉ dịch vụ, thường kết thúc bằng /csc/v2."), code="congkhai-S147",
    )  # fmt: skip
