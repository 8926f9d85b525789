"""A served house on a free loopback port, people who sign in, and Debian's Chromium to look at it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from congkhai.plugin.accounts import Duty, accounts, add_account, give_ticket
from congkhai.plugin.web.server import serving
from tests.plugin.way.conftest import at_stage, office, offices, open_office, pki, stages
from tests.plugin.way.office import PEOPLE, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["at_stage", "office", "offices", "open_office", "pki", "stages"]

PASSWORD = "một câu dài dễ nhớ"
HOLDERS = {
    "van-thu": ({Duty.CLERK, Duty.SIGNER}, "records_officer", PEOPLE["records_officer"]),
    "mat-tran": ({Duty.SIGNER}, "front_chair", PEOPLE["front_chair"]),
    "thu-truong": ({Duty.HEAD, Duty.SIGNER}, "head", PEOPLE["head"]),
    "thanh-tra": ({Duty.INSPECTOR}, "", "Ban Thanh tra nhân dân"),
    "quan-tri": ({Duty.ADMIN}, "", "Phạm Văn Mẫu"),
}
"""An account for each part that people play; all have the same password."""


@dataclass(frozen=True)
class Site:
    """A served house and where it is reached."""

    office: Office
    address: str
    stack: ExitStack

    def visitor(self) -> httpx.Client:
        """Return a browser-like client that nobody has signed in with; redirects are not followed."""
        return self.stack.enter_context(httpx.Client(base_url=self.address, timeout=30, trust_env=False))

    def signed_in(self, name: str) -> httpx.Client:
        """Return a client with the session of one of `HOLDERS`."""
        client = self.visitor()
        answer = client.post("/mot-lan", data={"ticket": self.ticket(name)})
        assert answer.status_code == 303, answer.text
        return client

    def ticket(self, name: str) -> str:
        """Make the account where it is missing, and a sign-in that works once."""
        duties, role, person = HOLDERS[name]
        house = self.office.house
        with house.store.write(house.agency, "test") as tx:
            held = {one.name: one for one in accounts(tx.connection, house.agency)}
            holder = held.get(name) or add_account(
                tx, name=name, person=person, duties=duties, role=role, password=PASSWORD
            )
            return give_ticket(tx, holder)

    def enter(self, page: "Page", name: str) -> None:
        """Sign a browser in."""
        page.goto(f"{self.address}/mot-lan")
        page.fill("#ticket", self.ticket(name))
        page.press("#ticket", "Enter")
        page.wait_for_url(f"{self.address}/")


Serve = Callable[[Office], Site]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a house until the test ends."""
    with ExitStack() as stack:

        def build(office: Office) -> Site:
            return Site(office, stack.enter_context(serving(office.house, port=0)), stack)

        yield build


@pytest.fixture
def site(serve: Serve, at_stage: Any) -> Site:
    """A house whose one matter is public: its posting minutes wait for signatures."""
    return serve(at_stage("posted"))


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., "Browser"]]:
    """
    Start Debian's Chromium with further arguments.

    Playwright can be had once at a time, and as long as it is there it holds the event loop of its thread: no longer
    than one file of tests, or `asyncio.run` fails in whatever comes after it in the same process.
    """
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "browser tests need the Debian package chromium"
    with sync_playwright() as play:
        yield lambda *more: play.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu", *more]
        )


@pytest.fixture(scope="module")
def chromium(launch: Callable[..., "Browser"]) -> Iterator["Browser"]:
    """Debian's Chromium, started once."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def browse(chromium: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Open pages in contexts of their own, closed when the test ends; options as Playwright's ``new_context``."""
    opened = []

    def build(**options: Any) -> "Page":
        context = chromium.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **options)
        opened.append(context)
        return context.new_page()

    yield build
    for one in opened:
        one.close()
