"""
Simulated remote signing service after the Cloud Signature Consortium API v2, with keys in its own folder.

It answers under ``/csc/v2``: info, auth/login, credentials/list (two to a page), credentials/info, authorize,
authorizeCheck, getChallenge, signatures/signHash, signPolling. Service login: user ``xa-mau``, password
``mat-khau-csc``, or the bearer token ``ma-truy-cap``. PIN of every key: 246810; three wrong ones lock a key. Activation
data are good for one signature over the hashes they were given for. Control::

    POST /_simulator/confirm    the holder confirms on the phone what waits
    POST /_simulator/decline    the holder declines it
    POST /_simulator/code       {"code"} the one-time code that was sent last
    POST /_simulator/expire     the service forgets the access tokens it has given
    POST /_simulator/only       {"ids"}  the keys that credentials/list names from now on

Faults, by label ``METHOD``: ``http`` {"status"}, ``reset``, ``slow`` {"ms"}, ``html``, ``redirect``, ``other_value`` (a
signature of something else), ``empty`` (no signature in the answer), ``echo`` (an error that repeats the request).
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .control import Call, Refused, Reply, Simulator, json_reply, main
from .csc_keys import KINDS, certificate_of, is_hash, make_keys, raw_signature
from .scenario import Scenario

_BASE = "/csc/v2/"
_USER = ("xa-mau", "mat-khau-csc")
_BEARER = "ma-truy-cap"
_PIN = "246810"
_TRIES = 3
_PAGE = 2


class _Wrong(Exception):  # noqa: N818 - it is an answer of the simulated service
    """An error answer: status, error, description."""

    def __init__(self, said: str, error: str = "invalid_request", status: int = 400) -> None:
        super().__init__(said)
        self.reply = json_reply({"error": error, "error_description": said}, status)


class CscSimulator(Simulator):
    """A trust service that keeps its customers' keys."""

    kind = "csc"
    via = "csc"

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        super().__init__(folder, scenario)
        self.keys = folder / "keys"
        make_keys(self.keys, self.now)

    def serve(self, call: Call) -> Reply:
        """Answer one call of the API."""
        method = call.path.removeprefix(_BASE)
        planted = self.take_fault(method)
        fault = planted.fault if planted else ""
        more = planted.more if planted else {}
        self.record(method=method, fault=fault, authorization=call.headers.get("authorization", "").split(" ")[0])
        if fault == "reset":
            return Reply(reset=True)
        if fault == "http":
            return json_reply({"error": str(more.get("error", "server_error"))}, int(more.get("status", 500)))
        if fault == "html":
            return Reply(body=b"<html>bao tri</html>", content_type="text/html")
        if fault == "redirect":
            return Reply(status=302, headers=(("Location", "http://127.0.0.1:9/"),))
        if fault == "echo":
            return json_reply({"error": "invalid_request", "error_description": call.body.decode()}, 400)
        try:
            reply = self._answer(method, call, fault)
        except _Wrong as wrong:
            reply = wrong.reply
        self.save()
        if fault == "slow":
            return Reply(reply.status, reply.body, delay_ms=int(more.get("ms", 1000)))
        return reply

    def act(self, name: str, body: Mapping[str, Any]) -> Any:
        """What the holders do on their phones."""
        waiting = self.memory.setdefault("waiting", {})
        if name in {"confirm", "decline"}:
            for handle in waiting:
                waiting[handle]["state"] = name
            self.save()
            return {"waiting": len(waiting)}
        if name == "code":
            return {"code": self.memory.get("code", "")}
        if name == "expire":
            self.memory["tokens"] = []
            self.save()
            return {}
        if name == "only":
            self.memory["only"] = [str(one) for one in body.get("ids", [])]
            self.save()
            return {"ids": self.memory["only"]}
        raise Refused(f"no such act: {name}")

    def ready(self, base: str) -> dict[str, str]:
        """Name the service's address and the folder with its authority."""
        return {"url": base + _BASE.rstrip("/"), "keys": str(self.keys)}

    def show(self) -> dict[str, Any]:
        """Return how many confirmations wait, and which keys are locked."""
        return {"waiting": len(self.memory.get("waiting", {})), "wrong": self.memory.get("wrong", {})}

    def _answer(self, method: str, call: Call, fault: str) -> Reply:
        if method == "info":
            return json_reply({"specs": "2.0.0.2", "name": "CSC thử", "methods": list(_METHODS), "authType": ["basic"]})
        if method == "auth/login":
            return self._login(call)
        self._admitted(call)
        act = _METHODS.get(method)
        if act is None:
            raise _Wrong("no such method", "not_implemented", 501)
        try:
            body = call.json()
        except ValueError as error:
            raise _Wrong("not JSON") from error
        reply = act(self, body)
        if fault == "empty":
            return json_reply({"signatures": []})
        if fault == "other_value" and method == "signatures/signHash":
            digest = base64.b64encode(b"\x01" * len(base64.b64decode(body["hashes"][0]))).decode()
            return json_reply({"signatures": [self._raw({**body, "hashes": [digest]}, 0)]})
        return reply

    def _login(self, call: Call) -> Reply:
        scheme, _, pair = call.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(pair, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _Wrong("Malformed username-password") from error
        if scheme != "Basic" or (user, password) != _USER:
            raise _Wrong("An error occurred during authentication process", "authentication_error")
        token = f"phien-{self._next()}"
        self.memory.setdefault("tokens", []).append(token)
        return json_reply({"access_token": token, "expires_in": 3600})

    def _admitted(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in {_BEARER, *self.memory.get("tokens", [])}:
            raise _Wrong("The access token is not valid", "invalid_token", 401)

    def _next(self) -> int:
        self.memory["count"] = int(self.memory.get("count", 0)) + 1
        return int(self.memory["count"])

    def _list(self, body: Mapping[str, Any]) -> Reply:
        names = self.memory.get("only") or list(KINDS)
        first = int(body.get("pageToken", 0))
        page: dict[str, Any] = {"credentialIDs": names[first : first + _PAGE]}
        if first + _PAGE < len(names):
            page["nextPageToken"] = str(first + _PAGE)
        return json_reply(page)

    def _info(self, body: Mapping[str, Any]) -> Reply:
        name, kind = self._credential(body)
        return json_reply({
            "key": {"status": "enabled" if kind.enabled else "disabled", "algo": list(kind.algorithms), "len": 2048},
            "cert": {"status": kind.status,
                     "certificates": [base64.b64encode(certificate_of(self.keys, name)).decode()]},
            "auth": {"mode": kind.mode, "objects": list(kind.objects)},
            "SCAL": "2", "multisign": 1,
        })  # fmt: skip

    def _credential(self, body: Mapping[str, Any]) -> tuple[str, Any]:
        name = body.get("credentialID")
        if not isinstance(name, str) or name not in KINDS:
            raise _Wrong("Invalid parameter credentialID")
        return name, KINDS[name]

    def _challenge(self, body: Mapping[str, Any]) -> Reply:
        self._credential(body)
        self.memory["code"] = f"{900000 + self._next()}"
        return Reply(status=204)

    def _authorize(self, body: Mapping[str, Any]) -> Reply:
        name, kind = self._credential(body)
        hashes = body.get("hashes")
        if kind.mode != "explicit":
            raise _Wrong("use oauth2/authorize")
        if not kind.enabled:
            raise _Wrong("The credential identified by credentialID is disabled")
        if not isinstance(hashes, list) or not hashes or body.get("numSignatures") != 1:
            raise _Wrong("Numbers of signatures is too high")
        if not is_hash(str(body.get("hashAlgorithmOID"))):
            raise _Wrong("Invalid parameter hashAlgorithmOID")
        given = {item.get("id"): item.get("value", "") for item in body.get("authData", [])}
        self._factors(name, {item["id"] for item in kind.objects}, given)
        sad = {"credential": name, "hashes": hashes}
        if any(item["id"] == "mobile" for item in kind.objects):
            handle = f"cho-{self._next()}"
            self.memory.setdefault("waiting", {})[handle] = {**sad, "state": "waits"}
            return json_reply({"handle": handle}, 202)
        return self._sad(sad)

    def _factors(self, name: str, wanted: set[str], given: Mapping[str, str]) -> None:
        wrong = self.memory.setdefault("wrong", {})
        if wrong.get(name, 0) >= _TRIES:
            raise _Wrong("Credential locked")
        right = {"PIN": _PIN, "OTP": self.memory.get("code", ""), "mobile": ""}
        if set(given) != wanted or any(given[one] != right[one] for one in wanted):
            wrong[name] = wrong.get(name, 0) + 1
            raise _Wrong("The authentication data is invalid", "invalid_authentication_data")
        wrong[name] = 0
        if "OTP" in wanted:
            self.memory["code"] = ""

    def _sad(self, sad: Mapping[str, Any]) -> Reply:
        name = f"sad-{self._next()}"
        self.memory.setdefault("sads", {})[name] = {"credential": sad["credential"], "hashes": sad["hashes"]}
        return json_reply({"SAD": name, "expiresIn": 300})

    def _check(self, body: Mapping[str, Any]) -> Reply:
        waiting = self.memory.get("waiting", {})
        handle = body.get("handle")
        if handle not in waiting:
            raise _Wrong("Invalid parameter handle")
        if waiting[handle]["state"] == "waits":
            return json_reply({"handle": handle}, 202)
        asked = waiting.pop(handle)
        if asked["state"] == "decline":
            raise _Wrong("The user denied the request", "access_denied")
        return self._sad(asked)

    def _sign(self, body: Mapping[str, Any]) -> Reply:
        name, kind = self._credential(body)
        if kind.mode == "explicit":
            sad = self.memory.get("sads", {}).pop(body.get("SAD"), None)
            if sad is None or sad["credential"] != name:
                raise _Wrong("Invalid parameter SAD")
            if body.get("hashes") != sad["hashes"]:
                raise _Wrong("Hash is not authorized by the SAD")
        signatures = [self._raw(body, index) for index in range(len(body["hashes"]))]
        if kind.later:
            answer = f"tra-loi-{self._next()}"
            self.memory.setdefault("answers", {})[answer] = {"signatures": signatures, "after": 2}
            return json_reply({"responseID": answer})
        return json_reply({"signatures": signatures})

    def _raw(self, body: Mapping[str, Any], index: int) -> str:
        if body.get("signAlgo") == "1.2.840.113549.1.1.10" and not body.get("signAlgoParams"):
            raise _Wrong("Missing (or invalid type) string parameter signAlgoParams")
        try:
            digest = base64.b64decode(body["hashes"][index], validate=True)
            value = raw_signature(
                self.keys, body["credentialID"], body["signAlgo"], str(body.get("hashAlgorithmOID")), digest
            )
        except (KeyError, ValueError, binascii.Error) as error:
            raise _Wrong(str(error)) from error
        return base64.b64encode(value).decode()

    def _poll(self, body: Mapping[str, Any]) -> Reply:
        answer = self.memory.get("answers", {}).get(body.get("requestID"))
        if answer is None:
            raise _Wrong("Invalid parameter requestID")
        answer["after"] -= 1
        if answer["after"] > 0:
            return json_reply({"error": "accepted_request", "error_description": "not yet completed"}, 202)
        return json_reply({"signatures": answer["signatures"]})


_METHODS = {
    "credentials/list": CscSimulator._list, "credentials/info": CscSimulator._info,
    "credentials/authorize": CscSimulator._authorize, "credentials/authorizeCheck": CscSimulator._check,
    "credentials/getChallenge": CscSimulator._challenge, "signatures/signHash": CscSimulator._sign,
    "signatures/signPolling": CscSimulator._poll,
}  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(CscSimulator))
