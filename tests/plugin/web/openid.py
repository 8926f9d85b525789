"""A small OpenID provider in this process that can be told to lie: what a hostile or broken one would send."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT, SECRET = "congkhai-thu", "mat-khau-cua-ung-dung-thu-0123456789"
Claims = dict[str, Any]


@dataclass
class Grant:
    """What a code stands for."""

    asked: dict[str, str]
    person: Claims
    used: bool = False


@dataclass
class Mood:
    """
    How the provider lies.

    Attributes:
        claims: changes the claims of an ID token before it is signed.
        token: makes the whole ID token itself, from the claims; None signs honestly.
        metadata: laid over what is published; None takes a member away.
        back: laid over the answer that the browser carries back.
        userinfo: laid over what userinfo says.
        status: answer of the token endpoint, instead of the honest one; 0: honest.
    """

    claims: Callable[[Claims], None] = lambda _claims: None
    token: Callable[[Claims], str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    back: dict[str, str | None] = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    status: int = 0


class OpenIdProvider(ThreadingHTTPServer):
    """The provider; `person` is who signs in next, `asked` counts calls by path."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        self.person: Claims = {"sub": "u-1", "name": "Nguyễn Văn Mẫu", "preferred_username": "mau"}
        self.mood = Mood()
        self.grants: dict[str, Grant] = {}
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def published(self) -> dict[str, Any]:
        """Return the metadata document, with the lies of the mood."""
        honest: dict[str, Any] = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo", "end_session_endpoint": f"{self.issuer}/leave",
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }  # fmt: skip
        told = honest | self.mood.metadata
        return {name: value for name, value in told.items() if value is not None}

    def sent_back(self, asked: dict[str, str]) -> str:
        """Sign `person` in, and return the address that the browser is sent back to."""
        code = hashlib.sha256(f"{len(self.grants)} {asked.get('state')}".encode()).hexdigest()[:24]
        self.grants[code] = Grant(asked, dict(self.person))
        said: dict[str, str | None] = {"code": code, "state": asked["state"], "iss": self.issuer, **self.mood.back}
        query = urlencode({name: value for name, value in said.items() if value is not None})
        return f"{asked['redirect_uri']}?{query}"

    def redeemed(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Answer the token endpoint: a code is good once, for the one who holds its verifier (RFC 7636)."""
        if self.mood.status:
            return self.mood.status, {"error": "server_error"}
        good = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        grant = self.grants.get(form.get("code", ""))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if authorization != good:
            return 401, {"error": "invalid_client"}
        if (
            grant is None
            or grant.used
            or form.get("redirect_uri") != grant.asked["redirect_uri"]
            or challenge.decode().rstrip("=") != grant.asked.get("code_challenge")
        ):
            return 400, {"error": "invalid_grant"}
        grant.used = True
        access = f"at-{form['code']}"
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(grant, access)}

    def id_token(self, grant: Grant, access: str) -> str:
        """Make the ID token, honest or not."""
        now = int(time.time())
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).decode().rstrip("=")
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": grant.person["sub"], "iat": now, "exp": now + 300,
            "auth_time": now, "nonce": grant.asked.get("nonce", ""), "at_hash": half,
        }  # fmt: skip
        self.mood.claims(claims)
        if self.mood.token is not None:
            return self.mood.token(claims)
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)


def unsigned(claims: Claims) -> str:
    """Make a token with ``alg: none``."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."


def shared(claims: Claims) -> str:
    """Make a token signed with the application's own secret."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def strange(claims: Claims) -> str:
    """Make a token signed with a key that the provider never published, under the name of one that it did."""
    other = ECKey.generate_key("P-256", {"kid": "k1"})
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, other)


def other_kind(claims: Claims) -> str:
    """Make a token signed with a key of another kind, under an unknown name."""
    return jwt.encode({"alg": "RS256", "kid": "k9"}, claims, RSAKey.generate_key(2048))


class _Handler(BaseHTTPRequestHandler):
    server: OpenIdProvider

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer metadata, keys, userinfo, and the page where people sign in."""
        provider, parts = self.server, urlsplit(self.path)
        provider.asked.append(parts.path)
        if parts.path == "/.well-known/openid-configuration":
            self._json(200, provider.published())
        elif parts.path == "/keys":
            self._json(200, {"keys": [provider.key.as_dict(private=False)]})
        elif parts.path == "/userinfo":
            grant = provider.grants[self.headers["Authorization"].removeprefix("Bearer at-")]
            self._json(200, grant.person | provider.mood.userinfo)
        elif parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.sent_back(dict(parse_qsl(parts.query))))
            self.end_headers()
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        """Answer the token endpoint."""
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        self._json(*self.server.redeemed(form, self.headers.get("Authorization", "")))

    def _json(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
