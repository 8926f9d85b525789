"""
An OpenID provider as the page sees it: what it publishes, where people are sent, and what comes back for their code.

The authorization code flow with PKCE, by Authlib (OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207). The issuer is
the ini's and no other; nothing that a browser brings is believed before the provider has signed it.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter

from ..clock import Clock, SystemClock
from ..config.oidc_settings import is_loopback
from ..config.schema import WebSettings
from ..errors import ConfigurationError, NotAllowedError, OutsideError
from ..text import _

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that are taken: none with a shared secret, and never ``none``."""
_DISCOVERY = "/.well-known/openid-configuration"
_LONGEST = 1024 * 1024
_FRESH = 3600.0
"""Seconds for which metadata and keys are kept."""
_AGAIN = 60.0
"""Seconds between two looks for a key that is not known."""
_LEEWAY = 120
"""Seconds by which the provider's clock may differ."""
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 section 2


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider publishes of itself, as far as it is used; empty where it offers nothing of the kind."""

    authorize: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    says_issuer: bool
    secret_by_post: bool


@dataclass(frozen=True, slots=True)
class Secrets:
    """What binds one sign-in to one browser."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who the provider says has signed in.

    Attributes:
        subject: issuer and subject, as accounts keep it.
        claims: of the ID token, and of userinfo where there is one.
        proven_at: seconds since 1970 at which the person last proved who they are; None when the provider says nothing.
    """

    subject: str
    claims: Mapping[str, Any] = field(repr=False)
    proven_at: float | None


class _Measured(HTTPAdapter):
    """Reads answers whole, up to a limit, and follows no redirect: it could lead anywhere."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(request, *args, **{**kwargs, "stream": True})
        content = answer.raw.read(_LONGEST + 1, decode_content=True)
        answer.close()
        if len(content) > _LONGEST or answer.is_redirect:
            raise requests.exceptions.ContentDecodingError("too long, or a redirect", response=answer)
        answer._content = content  # what `requests` itself keeps of a body once it was read
        return answer


class Provider:
    """The provider of one installation."""

    def __init__(self, settings: WebSettings, clock: Clock | None = None) -> None:
        """
        Prepare; nothing is asked yet.

        Args:
            clock: real time, by which tokens end; simulated time counts nothing here.
        """
        self.settings = settings
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    @property
    def issuer(self) -> str:
        """The one issuer that is believed."""
        return self.settings.oidc_issuer

    def metadata(self) -> Metadata:
        """Return what the provider publishes, kept for an hour. Raises OutsideError."""
        with self._lock:
            now = self._now()
            if self._metadata is None or self._metadata[0] + _FRESH < now:
                self._metadata = (now, self._read_metadata())
            return self._metadata[1]

    def address(self, secrets: Secrets, back: str, *, anew: bool = False) -> str:
        """
        Return where to send the browser.

        Args:
            back: our own address to come back to, registered at the provider.
            anew: ask for proof even of somebody who has signed in there already.

        Raises:
            OutsideError: the provider cannot be asked.
        """
        more = {"prompt": "login", "max_age": "0"} if anew else {}
        with self._session(back) as session:
            url, _state = session.create_authorization_url(
                self.metadata().authorize, state=secrets.state, nonce=secrets.nonce, code_verifier=secrets.verifier,
                **more,
            )  # fmt: skip
        return str(url)

    def redeem(self, code: str, secrets: Secrets, back: str, *, anew: bool = False) -> Identity:
        """
        Turn the code that the browser brought into who it was.

        Raises:
            OutsideError: the provider cannot be asked.
            NotAllowedError: it refused the code, or what it gave does not hold.
        """
        from authlib.integrations.base_client import OAuthError

        metadata = self.metadata()
        with self._session(back) as session:
            try:
                token = session.fetch_token(
                    metadata.token, grant_type="authorization_code", code=code, code_verifier=secrets.verifier,
                    timeout=self._timeout, allow_redirects=False,
                )  # fmt: skip
            except OAuthError as error:
                raise refused(f"token endpoint: {str(error.error)[:40]}") from error
            except (requests.RequestException, ValueError) as error:
                raise self._unreachable(error) from error
            claims = self._claims(token, secrets.nonce, anew=anew)
            return self._identity(metadata, token, claims)

    def leaving(self, back: str) -> str:
        """Return where one signs out at the provider too; empty when it offers no such place. Raises OutsideError."""
        end = self.metadata().end_session
        query = urlencode({"client_id": self.settings.oidc_client_id, "post_logout_redirect_uri": back})
        return f"{end}{'&' if '?' in end else '?'}{query}" if end else ""

    # what is asked

    def _session(self, back: str) -> Any:
        try:
            from authlib.integrations.requests_client import OAuth2Session
        except ImportError as error:
            raise ConfigurationError(
                what=_("Chưa cài phần đăng nhập một cửa."), where="[web] oidc-issuer", code="congkhai-E782",
                advice=_("Chạy pip install 'congkhai[oidc]' rồi khởi động lại."),
            ) from error  # fmt: skip
        settings = self.settings
        secret = settings.oidc_client_secret.read() if settings.oidc_client_secret else None
        by_post = secret and self._metadata is not None and self._metadata[1].secret_by_post
        session = OAuth2Session(
            settings.oidc_client_id, secret, scope=" ".join(settings.oidc_scopes), redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post" if by_post else None,
        )  # fmt: skip
        return self._prepared(session)

    def _prepared(self, session: requests.Session) -> requests.Session:
        settings = self.settings
        session.trust_env = False
        session.verify = str(settings.oidc_ca_bundle) if settings.oidc_ca_bundle else True
        session.proxies = {"http": settings.oidc_proxy, "https": settings.oidc_proxy} if settings.oidc_proxy else {}
        session.mount("http://", _Measured())
        session.mount("https://", _Measured())
        return session

    @property
    def _timeout(self) -> float:
        return self.settings.oidc_timeout.total_seconds()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            with self._prepared(requests.Session()) as session:
                answer = session.get(url, headers=headers, timeout=self._timeout, allow_redirects=False)
            answer.raise_for_status()
            value = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise self._unreachable(error) from error
        if not isinstance(value, dict):
            raise self._unreachable(ValueError("not a JSON object"))
        return value

    def _unreachable(self, error: Exception) -> OutsideError:
        log.warning("OpenID provider failed", extra={"error": type(error).__name__})
        return OutsideError(
            what=_("Chưa hỏi được nơi đăng nhập một cửa ({reason}).").format(reason=type(error).__name__),
            where=self.issuer, code="congkhai-E783",
            advice=_("Thử lại sau ít phút, hoặc đăng nhập bằng mật khẩu; nếu lặp lại, báo người quản trị."),
        )  # fmt: skip

    def _read_metadata(self) -> Metadata:
        said = self._get(self.issuer.rstrip("/") + _DISCOVERY)
        if said.get("issuer") != self.issuer:
            raise self._unreachable(ValueError("another issuer"))
        methods = said.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise self._unreachable(ValueError("no PKCE"))
        ways = said.get("token_endpoint_auth_methods_supported")
        by_post = isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways
        return Metadata(
            self._safe(said, "authorization_endpoint"), self._safe(said, "token_endpoint"),
            self._safe(said, "jwks_uri"), self._safe(said, "userinfo_endpoint", needed=False),
            self._safe(said, "end_session_endpoint", needed=False),
            said.get("authorization_response_iss_parameter_supported") is True, by_post,
        )  # fmt: skip

    def _safe(self, said: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
        """Return an address that the provider names: over TLS, or on this machine where the provider is there too."""
        url = said.get(name)
        if url is None and not needed:
            return ""
        parts = urlsplit(url) if isinstance(url, str) and url.isprintable() else urlsplit("")
        here = is_loopback(urlsplit(self.issuer).hostname or "") and is_loopback(parts.hostname or "")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
            raise self._unreachable(ValueError(name))
        return str(url)

    # what is believed

    def _claims(self, token: Mapping[str, Any], nonce: str, *, anew: bool) -> Mapping[str, Any]:
        """Return the claims of the ID token once everything about it holds. Raises NotAllowedError, OutsideError."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        raw, client = token.get("id_token"), self.settings.oidc_client_id
        if not isinstance(raw, str):
            raise refused("no ID token")
        signed = self._signed(raw)
        options = {
            "iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": client},
            "nonce": {"essential": True, "value": nonce},
        }  # fmt: skip
        params = {"nonce": nonce, "client_id": client, "access_token": token.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, options, params)
        try:
            claims.validate(now=int(self._now()), leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise refused(f"ID token: {str(error)[:80]}") from error
        subject, since = claims["sub"], claims.get("auth_time")
        if not isinstance(subject, str) or not subject.strip() or len(subject) > _LONGEST_SUBJECT:
            raise refused("ID token: sub")
        if anew and (not isinstance(since, int | float) or self._now() - since > _LEEWAY):
            raise refused("ID token: auth_time")
        return dict(claims)

    def _signed(self, raw: str) -> Any:
        """Check the signature by the provider's keys; an unknown key is looked for once more, at most every minute."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        for turn in (False, True):
            try:
                keys = KeySet.import_key_set(self.published_keys(again=turn))  # type: ignore[arg-type]  # JSON as it came
                return jwt.decode(raw, keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError, TypeError, KeyError) as error:
                if turn:
                    raise refused(f"ID token: {type(error).__name__}") from error
        raise AssertionError("both turns end")

    def published_keys(self, *, again: bool = False) -> dict[str, Any]:
        """Return the provider's keys, kept for an hour; `again` asks anew after a minute. Raises OutsideError."""
        url = self.metadata().keys
        with self._lock:
            now = self._now()
            old = self._keys[0] if self._keys else None
            if self._keys is None or old is None or old + (_AGAIN if again else _FRESH) < now:
                self._keys = (now, self._get(url))
            return self._keys[1]

    def _identity(self, metadata: Metadata, token: Mapping[str, Any], claims: Mapping[str, Any]) -> Identity:
        more: dict[str, Any] = {}
        access = token.get("access_token")
        if metadata.userinfo and isinstance(access, str):
            more = self._get(metadata.userinfo, {"Authorization": f"Bearer {access}"})
            if more.get("sub") != claims["sub"]:  # OpenID Connect Core 1.0 section 5.3.2
                raise refused("userinfo: sub")
        since = claims.get("auth_time")
        proven_at = float(since) if isinstance(since, int | float) else None
        return Identity(f"{self.issuer} {claims['sub']}", {**more, **claims}, proven_at)


def refused(reason: str) -> NotAllowedError:
    """Make the error of a sign-in that is not believed; `reason` goes to the technical log only."""
    log.warning("OpenID sign-in refused", extra={"reason": reason})
    return NotAllowedError(
        what=_("Không nhận được lần đăng nhập này."), code="congkhai-E784",
        advice=_("Bấm đăng nhập lại từ đầu; nếu lặp lại, báo người quản trị xem nhật ký kỹ thuật."),
    )  # fmt: skip
