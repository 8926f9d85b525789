"""
Signing in at an OpenID provider: out with a link, back with a code; nothing is kept here in between.

A cookie of this browser alone holds a random seed. State, nonce and PKCE verifier are digests of it, so that what comes
back fits only the browser that was sent out, and can be tried only once: the used seed is remembered until it would be
too old anyway.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from ..config.schema import WebSettings
from ..errors import CongkhaiError, NotAllowedError
from ..house import House
from ..store import tables as t
from ..store import work
from ..text import _
from . import sessions
from .oidc import Identity, Provider, Secrets, refused
from .oidc_people import holder_of
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, local_path, redirect

START, BACK, LEFT = "/dang-nhap/mot-cua", "/dang-nhap/mot-cua/ve", "/da-dang-xuat"
_LIFE = 600.0  # seconds between going out and coming back
_MARK = "oidc:"
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Errand:
    """
    One way out and back.

    Attributes:
        seed: what the cookie holds; every secret follows from it, and from the rest.
        target: page of ours to go to afterwards.
        proving: True when somebody who has signed in proves again who they are.
    """

    seed: str
    target: str
    proving: bool

    @property
    def cookie(self) -> str:
        """Write it for the cookie."""
        target = urlsafe_b64encode(self.target.encode()).decode().rstrip("=")
        return f"{self.seed}.{'p' if self.proving else 's'}.{target}"

    @property
    def secrets(self) -> Secrets:
        """State, nonce and PKCE verifier (43 characters, RFC 7636 section 4.1)."""
        return Secrets(*(self._digest(use) for use in ("state", "nonce", "verifier")))

    @property
    def begun(self) -> float:
        """When it began, seconds since 1970; part of the seed, so that nobody can make it younger."""
        return float(int(self.seed.partition("-")[0], 16))

    def _digest(self, use: str) -> str:
        return urlsafe_b64encode(sha256(f"{use}\x1f{self.cookie}".encode()).digest()).decode().rstrip("=")


def read_errand(cookie: str) -> Errand | None:
    """Read what a browser brought back; None when it was never written by `Errand.cookie`."""
    parts = cookie.split(".")
    try:
        seed, kind, target = parts
        found = Errand(seed, urlsafe_b64decode(target + "=" * (-len(target) % _PARTS)).decode(), kind == "p")
        _began = found.begun
    except ValueError:
        return None
    return found if found.cookie == cookie and local_path(found.target) == found.target else None


def provider_of(house: House) -> Provider | None:
    """Return the house's provider, one for all its visits; None when the ini names none."""
    web = house.configuration.web
    return _provider(web) if web.oidc_issuer else None


@lru_cache(maxsize=16)  # what the provider publishes is kept; another ini is another provider
def _provider(web: WebSettings) -> Provider:
    return Provider(web)


def start(visit: Visit) -> Response:
    """Send the browser to the provider."""
    return _out(visit, proving=False)


def prove(visit: Visit) -> Response:
    """Send somebody who has signed in to prove again who they are."""
    return _out(visit, proving=True)


def _out(visit: Visit, *, proving: bool) -> Response:
    provider = _needed(visit)
    with visit.house.store.read() as connection:
        now = int(work.database_now(connection))
    errand = Errand(f"{now:x}-{secrets.token_urlsafe(32)}", local_path(visit.query("next") or "/"), proving)
    try:
        address = provider.address(errand.secrets, _own(visit, BACK), anew=proving)
    except CongkhaiError as error:
        return _problem(visit, error)
    response = RedirectResponse(address, status_code=303)
    name, secure = _cookie(visit)
    response.set_cookie(name, errand.cookie, max_age=int(_LIFE), httponly=True, secure=secure, samesite="lax", path="/")
    return response


def back(visit: Visit) -> Response:
    """Take the browser back with its code, and open or renew a session."""
    name, secure = _cookie(visit)
    try:
        response = _in(visit, visit.request.cookies.get(name, ""))
    except CongkhaiError as error:
        response = _problem(visit, error)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _problem(visit: Visit, error: CongkhaiError) -> Response:
    problem = f"{error.what} {error.advice}".strip()
    return page(
        visit, "oidc.html", 403 if isinstance(error, NotAllowedError) else 502, problem=problem, leave_at=""
    )  # fmt: skip


def _in(visit: Visit, cookie: str) -> Response:
    provider, errand = _needed(visit), read_errand(cookie)
    if errand is None or not secrets.compare_digest(errand.secrets.state, visit.query("state")):
        raise refused("state")
    issuer = visit.query("iss")
    if issuer != provider.issuer and (issuer or provider.metadata().says_issuer):  # RFC 9207: a mix-up
        raise refused("iss")
    _use_once(visit.house, errand)
    if not visit.query("code"):
        raise refused(f"authorization endpoint: {visit.query('error')[:40]}")
    identity = provider.redeem(visit.query("code"), errand.secrets, _own(visit, BACK), anew=errand.proving)
    return _proved(visit, errand, identity) if errand.proving else _signed_in(visit, errand, identity)


def _signed_in(visit: Visit, errand: Errand, identity: Identity) -> Response:
    from .account_pages import opened

    holder = holder_of(visit.house, identity)
    # Who was signed in at the provider for hours has proved nothing just now: before what binds they are asked again.
    cookie = sessions.begin(
        visit.house.store, holder, address=visit.address, browser=visit.request.headers.get("user-agent", ""),
        proven=identity.proven_at or 0.0,
    )  # fmt: skip
    return opened(visit, cookie, errand.target)


def _proved(visit: Visit, errand: Errand, identity: Identity) -> Response:
    if visit.session is None or holder_of(visit.house, identity).id != visit.session.holder.id:
        raise refused("somebody else proved who they are")
    sessions.prove(visit.house.store, visit.session)
    return redirect(errand.target)


def _use_once(house: House, errand: Errand) -> None:
    """Remember a seed as used. Raises NotAllowedError when it was, or is too old."""
    key = _MARK + sha256(errand.seed.encode()).hexdigest()
    with house.store.write(house.agency, "congkhai") as tx:
        now = work.database_now(tx.connection)
        old = sa.and_(t.attempt.c.subject.startswith(_MARK), t.attempt.c.last < now - 2 * _LIFE)
        tx.connection.execute(sa.delete(t.attempt).where(old))
        used = tx.connection.execute(sa.select(t.attempt.c.subject).where(t.attempt.c.subject == key)).first()
        if used is None and 0 <= now - errand.begun + 1 <= _LIFE:
            tx.connection.execute(sa.insert(t.attempt).values(subject=key, failures=0, last=now))
            return
    raise refused("used or too old")


def left(visit: Visit) -> Response:
    """Say that one has signed out here, and where to sign out at the provider too."""
    leave_at, provider = "", provider_of(visit.house)
    if provider is not None:
        try:
            leave_at = provider.leaving(_own(visit, "/dang-nhap"))
        except CongkhaiError:
            leave_at = ""  # the provider is away: signing out here does not depend on it
    return page(visit, "oidc.html", problem="", leave_at=leave_at)


def _needed(visit: Visit) -> Provider:
    provider = provider_of(visit.house)
    if provider is None:
        raise NotAllowedError(
            what=_("Trang này không dùng đăng nhập một cửa."), where="[web] oidc-issuer", code="congkhai-E786",
            advice=_("Đăng nhập bằng mật khẩu, hoặc nhờ người quản trị đặt các khóa oidc-*."),
        )  # fmt: skip
    return provider


def _own(visit: Visit, path: str) -> str:
    """Return the full address of a page of ours, from the ini and never from what a visitor sends."""
    return f"{visit.request.app.state.home.rstrip('/')}{path}"


def _cookie(visit: Visit) -> tuple[str, bool]:
    from .app import cookie_name

    name = cookie_name(visit.house)
    return f"{name}-oidc", name.startswith("__Host-")


PAGES = (
    Page(START, "GET", Right.OPEN, start),
    Page(BACK, "GET", Right.OPEN, back),
    Page("/xac-nhan/mot-cua", "GET", Right.SIGNED_IN, prove),
    Page(LEFT, "GET", Right.OPEN, left),
)
