"""Signing in at a real OpenID provider: oidc-provider from npm, on this machine."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from congkhai.plugin.accounts import Account, Duty, accounts
from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.web.server import serving
from tests.plugin.way.office import BOARD, STAFF_PAGE, Office, ini_text, prepare

from .oracles import need

HERE = Path(__file__).parent / "oidc"
SECRET = "mat-khau-cua-ung-dung-thu-0123456789"
_INI = """[web]
oidc-issuer = {issuer}
oidc-client-id = congkhai
oidc-client-secret = {{file keys/oidc.secret}}
oidc-duties = van-thu=clerk, lanh-dao=head, lanh-dao=signer
oidc-roles = lanh-dao=head
oidc-create = yes
"""


@dataclass(frozen=True)
class Town:
    """A served house, its provider, and browsers."""

    office: Office
    address: str
    issuer: str
    stack: ExitStack

    def browser(self) -> httpx.Client:
        return self.stack.enter_context(httpx.Client(timeout=30, trust_env=False, follow_redirects=True))

    def held(self) -> dict[str, Account]:
        with self.office.house.store.read() as connection:
            return {one.subject: one for one in accounts(connection, self.office.house.agency)}

    def sign_in(self, browser: httpx.Client, name: str, path: str = "/dang-nhap/mot-cua") -> httpx.Response:
        """Go to the provider, fill in what it asks, agree to what it asks, and come back."""
        answer = browser.get(f"{self.address}{path}")
        for _step in range(8):
            form = re.search(r'<form[^>]*\baction="([^"]+)"', answer.text)
            if str(answer.url).startswith(self.address) or form is None:
                return answer
            # Its forms hold what they need, but for the name; some are sent off by script.
            hidden = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', answer.text))
            said = {**hidden, "login": name, "password": "x"}
            answer = browser.post(str(answer.url.join(form[1])), data=said)
        return answer


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    need("oidc-provider", HERE / "node_modules" / ".package-lock.json")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = f"http://127.0.0.1:{port}"
    command = [need("node", "node"), str(HERE / "provider.mjs"), "congkhai", SECRET,
               f"{own}/dang-nhap/mot-cua/ve", f"{own}/dang-nhap"]  # fmt: skip
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        issuer = json.loads(process.stdout.readline())["issuer"]
        folder, demo = tmp_path_factory.mktemp("house"), load_scenario()
        keys = tmp_path_factory.mktemp("pki")
        make_pki(keys, demo.agency, demo.people)
        prepare(folder, keys, ini_text(STAFF_PAGE, BOARD).replace("[web]\n", _INI.format(issuer=issuer), 1))
        (folder / "keys" / "oidc.secret").write_text(SECRET, encoding="utf-8")
        (folder / "keys" / "oidc.secret").chmod(0o600)
        office = Office(folder)
        stack.callback(office.house.close)
        yield Town(office, stack.enter_context(serving(office.house, port=port)), issuer, stack)


def test_people_sign_in_prove_who_they_are_and_sign_out_at_a_real_provider(town: Town) -> None:
    browser = town.browser()
    entered = town.sign_in(browser, "an.van-thu", "/dang-nhap/mot-cua?next=/tai-khoan")
    assert (entered.status_code, str(entered.url)) == (200, f"{town.address}/tai-khoan"), entered.text
    assert "Người an.van-thu" in entered.text
    account = town.held()[f"{town.issuer} an.van-thu"]
    assert (account.name, account.duties) == ("an.van-thu", {Duty.CLERK})
    again = town.sign_in(town.browser(), "an.van-thu")
    assert again.status_code == 200
    assert town.held()[f"{town.issuer} an.van-thu"].id == account.id

    proved = town.sign_in(browser, "an.van-thu", "/xac-nhan/mot-cua?next=/tai-khoan")
    assert (proved.status_code, str(proved.url)) == (200, f"{town.address}/tai-khoan"), proved.text
    head = town.browser()
    town.sign_in(head, "binh.lanh-dao")
    assert town.held()[f"{town.issuer} binh.lanh-dao"].role == "head"
    other = town.sign_in(head, "an.van-thu", "/xac-nhan/mot-cua")
    assert other.status_code == 403, f"somebody else's proof is none: {other.url}"

    left = browser.post(f"{town.address}/dang-xuat")
    assert str(left.url) == f"{town.address}/da-dang-xuat"
    link = re.search(r'<a href="([^"]+/session/end[^"]*)">', left.text)
    assert link, left.text
    ending = browser.get(link[1].replace("&amp;", "&"))
    secret = re.search(r'name="xsrf" value="([^"]+)"', ending.text)
    assert secret, ending.text
    form = re.search(r'action="([^"]+)"', ending.text)
    assert form
    ended = browser.post(form[1], data={"xsrf": secret[1], "logout": "yes"})
    assert str(ended.url) == f"{town.address}/dang-nhap"
    asked = browser.get(f"{town.address}/dang-nhap/mot-cua")
    assert str(asked.url).startswith(f"{town.issuer}/interaction/"), "the provider asks anew after signing out there"


def test_who_has_no_part_is_turned_away_and_a_refusal_is_told(town: Town) -> None:
    turned = town.sign_in(town.browser(), "chi.nhom-khac")
    assert turned.status_code == 403
    assert "không có vai trò nào" in turned.text
    browser = town.browser()
    page = browser.get(f"{town.address}/dang-nhap/mot-cua")
    refused = browser.get(f"{page.url}/abort")
    assert (refused.status_code, "Không nhận được lần đăng nhập này" in refused.text) == (403, True)


def test_a_code_that_was_used_is_refused_by_both_sides(town: Town) -> None:
    browser = town.browser()
    browser.follow_redirects = False
    town_page = browser.get(f"{town.address}/dang-nhap/mot-cua")
    kept = dict(browser.cookies.items())
    back, location = "", town_page.headers["location"]
    for _step in range(12):
        answer = browser.get(location)
        form = re.search(r'<form[^>]* action="([^"]+)" method="post">', answer.text)
        if form is not None:
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt
            answer = browser.post(form[1], data={"prompt": prompt[1], "login": "dung.van-thu", "password": "x"})
        location = str(answer.url.join(answer.headers["location"]))
        if location.startswith(f"{town.address}/dang-nhap/mot-cua/ve"):
            back = location
            break
    assert browser.get(back).status_code == 303
    thief = town.browser()
    thief.cookies.update({name: value for name, value in kept.items() if name.endswith("-oidc")})
    assert thief.get(back).status_code == 403
