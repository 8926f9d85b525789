"""
For whom a request is meant and where it comes from, told by nothing that an outsider can set.

A request for a name that is not ours is refused: a page elsewhere may let its own name point at us (DNS rebinding).
"""

import ipaddress
import logging
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..house import House
from ..metrics_counting import count_answer
from ..text import _
from .cross_origin import Origin, origin_of

log = logging.getLogger(__name__)

_MISDIRECTED = 421
UNIX = "unix"
"""Stands for the peer at a socket in the file system, which has no address."""


class OwnHost:
    """Lets through what is meant for our own name, or for an address in numbers, which no name server can turn."""

    def __init__(self, app: ASGIApp, own: Origin) -> None:
        self.app = app
        self.own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse (RFC 9110 15.5.20); every answer is counted by its status."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count_answer(message["status"])
            await send(message)

        if scope["type"] != "http" or is_own(Headers(scope=scope).get("host", ""), self.own):
            await self.app(scope, receive, counted)
            return
        log.info("a request for another name was refused; [web] public-url says which is ours")
        response = PlainTextResponse(
            _("Máy chủ này không phục vụ tên miền đó."), _MISDIRECTED,
            {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
        )  # fmt: skip
        await response(scope, receive, counted)


def prefix_of(house: House) -> str:
    """Return what stands before the paths of programs, which choose no agency: its key, where there are several."""
    return f"/co-quan/{house.agency}" if house.configuration.several else ""


def address_of(request: Request, proxies: Collection[str]) -> str:
    """
    Return where a request comes from: the peer, or what a proxy of ours says in ``X-Forwarded-For``.

    Args:
        proxies: addresses of the machines in front of us, or ``unix``; what anybody else says is ignored.
    """
    address = request.client.host if request.client and request.client.host else UNIX
    told = [one.strip() for header in request.headers.getlist("x-forwarded-for") for one in header.split(",")]
    while address in proxies and told:
        last = told.pop()
        try:
            address = str(ipaddress.ip_address(last))
        except ValueError:
            break
    return address


def is_own(host: str, own: Origin) -> bool:
    """
    Tell whether a ``Host`` is ours.

    Args:
        host: as it came; HTTP/1.0 has none.
        own: where this page is reached.
    """
    if not host:
        return True
    named = origin_of(f"{own[0]}://{host}")
    if named is None or "/" in host or "?" in host or "#" in host:
        return False
    try:
        ipaddress.ip_address(named[1])
    except ValueError:
        return named[1] in (own[1], "localhost")
    return True
