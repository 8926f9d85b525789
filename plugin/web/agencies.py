"""
One page for several agencies: each has an application of its own, and the visitor chooses before signing in.

The choice lies in a cookie that is no secret: it decides which application answers, and each of them knows the rows,
accounts and sessions of its own agency only. The interface for programs stands below ``/co-quan/KEY/api/v1``.
"""

from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from ..api.serve import ROOT
from ..house import House
from .app import make_app, own_address, with_headers
from .feed_pages import ROOT as FEEDS
from .render import environment
from .visit import local_path
from .watch_pages import ANSWERS

COOKIE = "congkhai-agency"
CHOOSE = "/co-quan"
"""Where the visitor chooses; the keys stand below it."""
_KEEP = 180 * 86400  # seconds: people come back to the same agency


def make_apps(houses: Sequence[House], *, own: str = "") -> Starlette:
    """
    Make the application of an installation.

    Args:
        houses: its agencies; one alone is served as it always was.
        own: as for `make_app`.
    """
    if len(houses) == 1 and not houses[0].configuration.several:
        return make_app(houses[0], own=own)
    chosen = _Agencies({house.agency: house for house in houses}, own or own_address(houses[0]))
    return Starlette(routes=[Mount("/", app=chosen)])


class _Agencies:
    """Hands each request to the application of the chosen agency."""

    def __init__(self, houses: Mapping[str, House], own: str) -> None:
        self._houses = houses
        self._secure = own.startswith("https:")
        self._apps = {key: make_app(house, own=own) for key, house in houses.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = str(scope.get("path", "/"))
        first = next(iter(self._apps.values()))
        if scope["type"] != "http" or path.startswith("/static/"):
            await first(scope, receive, send)
        elif path in ANSWERS:
            await (await run_in_threadpool(ANSWERS[path], tuple(self._houses.values())))(scope, receive, send)
        elif path == CHOOSE:
            await with_headers(self._choice(scope), None)(scope, receive, send)
        elif path.startswith(f"{CHOOSE}/"):
            key, _slash, rest = path.removeprefix(f"{CHOOSE}/").partition("/")
            if key in self._apps and f"/{rest}".startswith((ROOT, FEEDS)):
                below = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
                await self._apps[key](below, receive, send)
            else:
                await self._away(CHOOSE)(scope, receive, send)
        else:
            key = _cookie(scope)
            if key in self._apps:
                await self._apps[key](scope, receive, send)
            else:
                await self._away(f"{CHOOSE}?next={path}")(scope, receive, send)

    def _away(self, to: str) -> Response:
        return with_headers(RedirectResponse(to, status_code=303), None)

    def _choice(self, scope: Scope) -> Response:
        """Show the agencies, or keep the one that was chosen and go on to its sign-in."""
        asked = parse_qs(bytes(scope.get("query_string", b"")).decode("ascii", "replace"))
        target = local_path(asked.get("next", ["/dang-nhap"])[0])
        key = asked.get("chon", [""])[0]
        if key in self._houses:
            response: Response = RedirectResponse(target, status_code=303)
            response.set_cookie(
                COOKIE, key, max_age=_KEEP, httponly=True, samesite="lax", secure=self._secure, path="/"
            )
            return response
        names = {key: house.configuration.agency.name for key, house in self._houses.items()}
        template = environment().get_template("agencies.html")
        return HTMLResponse(template.render(agencies=names, next=target, language=_language(self._houses)))


def _language(houses: Mapping[str, House]) -> str:
    return next(iter(houses.values())).configuration.agency.language


def _cookie(scope: Scope) -> str:
    """Return the agency that the visitor chose before; empty for none."""
    jar: SimpleCookie = SimpleCookie()
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                return ""
    return jar[COOKIE].value if COOKIE in jar else ""
