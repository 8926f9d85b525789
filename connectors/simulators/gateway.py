"""
A provincial gateway (LGSP) in front of a simulated system: keys it issues, headers it wants, tokens it hands out.

The keys are made when the gateway is switched on, and are visibly fake. Switches (``POST /_simulator/switch``):
``gateway`` (``lgsp``: the ``lgspaccesstoken`` header; ``bearer``: a token by client credentials; ``lgsp+bearer``;
``key``: ``x-gw-api-key``), ``bearer_ttl`` (calls until a bearer token dies), ``bearer_life`` (``expires_in``),
``bearer_same`` (the same token is handed out again, with less life), ``gateway_fault`` (``xml``: the token endpoint
answers an XML fault; ``401``: it refuses the application).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from .wire import Call, Reply, json_reply

TOKEN_PATH = "/token"  # noqa: S105 - a path, not a token
MEMBERS = ("AccessKey", "SecretKey", "AppName", "PartnerCode", "PartnerCodeCus")
_XML_FAULT = (
    b'<?xml version="1.0"?><am:fault xmlns:am="http://wso2.org/apimanager"><am:code>900901</am:code>'
    b"<am:message>Invalid Credentials</am:message></am:fault>"
)


class Gateway:
    """What stands in front; `memory` is the simulator's own, so that keys and tokens survive a restart."""

    def __init__(self, memory: MutableMapping[str, Any], switches: Mapping[str, Any], name: str) -> None:
        self._memory = memory
        self._switches = switches
        self._name = name

    @property
    def modes(self) -> frozenset[str]:
        """What the gateway wants of a call; empty when there is none."""
        return frozenset(str(self._switches.get("gateway") or "").split("+")) - {""}

    @property
    def keys(self) -> dict[str, str]:
        """The keys the gateway issued to its one application."""
        digest = hashlib.sha256(self._name.encode()).hexdigest()
        fixed = {"AppName": "congkhai", "PartnerCode": "000.00.01.TT1", "PartnerCodeCus": "000.00.01.TT1"}
        made = {"AccessKey": f"khoa-gia-{digest[:8]}", "SecretKey": f"mat-gia-{digest[8:16]}"}
        more = {"api_key": f"cong-gia-{digest[16:24]}", "consumer_key": "ung-dung-gia", "consumer_secret": "mat-ma-gia"}
        return {**made, **fixed, **more}

    def token(self, call: Call) -> Reply:
        """Answer the token endpoint (``POST /token``, RFC 6749 section 4.4)."""
        fault = self._switches.get("gateway_fault")
        if fault == "xml":
            return Reply(status=500, body=_XML_FAULT, content_type="application/xml")
        wanted = f"{self.keys['consumer_key']}:{self.keys['consumer_secret']}"
        good = call.headers.get("authorization") == f"Basic {base64.b64encode(wanted.encode()).decode()}"
        asked = parse_qs(call.body.decode("utf-8", "replace")).get("grant_type") == ["client_credentials"]
        if fault == "401" or not good or not asked or not self._lgsp_good(call):
            return json_reply({"error": "invalid_client", "error_description": "A valid client is required"}, 401)
        kept = self._memory.setdefault("bearer", {"number": 0, "calls": 0})
        if not (self._switches.get("bearer_same") and kept["number"]):
            kept["number"] += 1
            kept["calls"] = 0
        life = int(self._switches.get("bearer_life", 3600))
        return json_reply(
            {"access_token": self._bearer(kept["number"]), "scope": "am_application_scope default",
             "token_type": "Bearer", "expires_in": life}
        )  # fmt: skip

    def refuses(self, call: Call) -> Reply | None:
        """Return the gateway's own refusal of a call to the system behind it, or None when it lets it pass."""
        fault = {"fault": {"code": 900901, "message": "Invalid Credentials", "description": "Access failure"}}
        if "key" in self.modes and call.headers.get("x-gw-api-key") != self.keys["api_key"]:
            return json_reply(fault, 401)
        if not self._lgsp_good(call):
            return json_reply(fault, 401)
        if "bearer" in self.modes:
            kept = self._memory.setdefault("bearer", {"number": 0, "calls": 0})
            kept["calls"] += 1
            limit = self._switches.get("bearer_ttl")
            dead = limit is not None and kept["calls"] > int(limit)
            if dead or call.headers.get("authorization") != f"Bearer {self._bearer(kept['number'])}":
                return json_reply(fault, 401)
        return None

    def _lgsp_good(self, call: Call) -> bool:
        if "lgsp" not in self.modes:
            return True
        try:
            said = json.loads(base64.b64decode(call.headers.get("lgspaccesstoken", ""), validate=True))
        except (binascii.Error, ValueError):
            return False
        return isinstance(said, dict) and list(said.items()) == [(name, self.keys[name]) for name in MEMBERS]

    def _bearer(self, number: int) -> str:
        return "sim-" + hashlib.sha256(f"{self._name} bearer {number}".encode()).hexdigest()[:20]
