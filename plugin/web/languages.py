"""
The language of a visitor: chosen in the page's footer, else the agency's.

The choice stands in a cookie of its own, so that it works before anybody signs in, and without JavaScript. It changes
what is shown and nothing else: what is stored and filed stays Vietnamese (see `congkhai.plugin.text`).
"""

from starlette.requests import Request
from starlette.responses import Response

from ..house import House
from ..text import LANGUAGES, SOURCE
from .rights import Right
from .routes import Page
from .visit import Visit, local_path, redirect

COOKIE = "congkhai-language"
_KEPT = 365 * 24 * 3600  # seconds
NAMES = {"vi": "Tiếng Việt", "en": "English"}
"""Each language as it calls itself."""


def language_of(house: House, request: Request) -> str:
    """
    Return the language of a request: chosen, else guessed where the ini allows it, else the agency's.

    Source: RFC 9110, section 12.5.4 (Accept-Language).
    """
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    if house.configuration.web.guess_language:
        return _guessed(request.headers.get("accept-language", "")) or house.configuration.agency.language
    return house.configuration.agency.language


def _guessed(header: str) -> str:
    """Return the language of ours that a browser likes best; empty when it names none of them."""
    found: list[tuple[float, str]] = []
    for one in header[:500].split(","):
        name, _mark, weight = one.strip().partition(";q=")
        short = name.strip().partition("-")[0].lower()
        try:
            liked = float(weight or "1")
        except ValueError:
            continue
        if short in LANGUAGES and liked > 0:
            found.append((-liked, short))
    return min(found, key=lambda one: one[0])[1] if found else ""


def chosen(visit: Visit) -> Response:
    """Keep the visitor's choice and go back to the page it was made on."""
    from .app import cookie_name

    wanted = visit.text("language")
    response = redirect(local_path(visit.text("next") or "/"))
    response.set_cookie(
        COOKIE, wanted if wanted in LANGUAGES else SOURCE, max_age=_KEPT, httponly=True, samesite="lax", path="/",
        secure=cookie_name(visit.house).startswith("__Host-"),
    )  # fmt: skip
    return response


PAGES = (Page("/ngon-ngu", "POST", Right.OPEN, chosen),)
