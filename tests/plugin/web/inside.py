"""The page without a network: a house's application is called in this process, so that many requests cost little."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
from starlette.types import ASGIApp

from congkhai.plugin.accounts import Account, accounts, add_account
from congkhai.plugin.web import sessions
from congkhai.plugin.web.app import cookie_name, make_app
from tests.plugin.way.office import Office

from .conftest import HOLDERS, PASSWORD

HOME = "http://127.0.0.1:8080"


class _Sent(httpx.AsyncByteStream):
    """A request's content, handed on piece by piece as it is asked for."""

    def __init__(self, pieces: httpx.SyncByteStream) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


class Direct(httpx.BaseTransport):
    """Hands requests to an application, each in an event loop of its own; `address` is where they seem to come from."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self.transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 5000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""

        async def answered() -> httpx.Response:
            if not isinstance(request.stream, httpx.AsyncByteStream):
                request.stream = _Sent(request.stream)
            answer = await self.transport.handle_async_request(request)
            body = await answer.aread()
            headers = [(name, value) for name, value in answer.headers.raw if name != b"content-encoding"]
            return httpx.Response(answer.status_code, headers=headers, content=body)

        if asyncio._get_running_loop() is None:
            return asyncio.run(answered())
        with ThreadPoolExecutor(1) as apart:  # a browser of Playwright holds the loop of this thread while it is open
            return apart.submit(lambda: asyncio.run(answered())).result()


@dataclass
class Inside:
    """A house and its application."""

    office: Office
    own: str = HOME
    held: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = make_app(self.office.house, own=self.own)

    def visitor(self, address: str = "127.0.0.1") -> httpx.Client:
        """Return a client that nobody has signed in with; redirects are not followed."""
        return httpx.Client(transport=Direct(self.app, address), base_url=self.own)

    def holder(self, name: str) -> Account:
        """Return one of `HOLDERS`, made where it is missing."""
        house, (duties, role, person) = self.office.house, HOLDERS[name]
        with house.store.write(house.agency, "test") as tx:
            held = {one.name: one for one in accounts(tx.connection, house.agency)}
            return held.get(name) or add_account(
                tx, name=name, person=person, duties=duties, role=role, password=PASSWORD
            )

    def signed_in(self, name: str, *, anew: bool = False) -> httpx.Client:
        """Return a client with a session of one of `HOLDERS`; the same session each time unless another is wanted."""
        if anew or name not in self.held:
            self.held[name] = sessions.begin(
                self.office.house.store, self.holder(name), address="127.0.0.1", browser="test"
            )
        client = self.visitor()
        client.cookies.set(cookie_name(self.office.house), self.held[name])
        return client
