"""Signing in at an OpenID provider: who gets which account, and everything that must not be believed."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from congkhai.plugin.accounts import Account, Duty, accounts, add_account, set_disabled
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.config.oidc_settings import DUTIES
from congkhai.plugin.config.schema import WebSettings
from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.store import tables as t
from congkhai.plugin.web import oidc_pages, sessions
from congkhai.plugin.web.oidc import Identity, Provider, Secrets
from congkhai.plugin.web.oidc_check import sign_in_results
from congkhai.plugin.web.oidc_pages import BACK, START, Errand
from congkhai.plugin.web.oidc_people import groups_of, holder_of
from congkhai.plugin.web.server import serving
from tests.plugin.way.office import BOARD, STAFF_PAGE, Office, ini_text, prepare

from .openid import CLIENT, SECRET, Mood, OpenIdProvider, other_kind, shared, strange, unsigned

pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning:authlib")
_MAPPED = """
oidc-claim = realm_access.roles
oidc-duties = van-thu=clerk, lanh-dao=head, lanh-dao=signer, thanh-tra=inspector
oidc-roles = lanh-dao=head
oidc-create = yes
"""


class Door:
    """A served house behind the provider, and the browsers that come to it."""

    def __init__(self, office: Office, address: str, provider: OpenIdProvider, stack: ExitStack) -> None:
        self.office = office
        self.address = address
        self.provider = provider
        self.stack = stack

    def browser(self) -> httpx.Client:
        client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)
        return self.stack.enter_context(client)

    def out(self, client: httpx.Client, path: str = START) -> str:
        """Go out and let the provider sign somebody in; return the address that the browser is sent back to."""
        sent = client.get(path)
        assert sent.status_code == 303, sent.text
        return str(httpx.get(sent.headers["location"], trust_env=False).headers["location"])

    def through(self, client: httpx.Client, path: str = START) -> httpx.Response:
        return client.get(self.out(client, path))

    def held(self) -> dict[str, Account]:
        with self.office.house.store.read() as connection:
            return {one.subject or one.name: one for one in accounts(connection, self.office.house.agency)}

    def subject(self, sub: str) -> str:
        return f"{self.provider.issuer} {sub}"

    def acts(self) -> list[str]:
        with self.office.house.store.read() as connection:
            rows = connection.execute(sa.select(t.journal.c.body).order_by(t.journal.c.seq))
            return [str(row.body) for row in rows]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[dict[str, Door]]:
    """Two houses: one that makes accounts by groups, one in which only the accounts that somebody made may enter."""
    with ExitStack() as stack:
        provider = OpenIdProvider()
        stack.callback(provider.stop)
        made: dict[str, Door] = {}
        for name, more in (("mapped", _MAPPED), ("plain", "")):
            folder = tmp_path_factory.mktemp(name)
            web = f"[web]\noidc-issuer = {provider.issuer}\noidc-client-id = {CLIENT}\n{more}"
            web += "oidc-client-secret = {file keys/oidc.secret}\noidc-title = Đăng nhập của tỉnh\n"
            prepare(folder, pki, ini_text(STAFF_PAGE, BOARD).replace("[web]\n", web, 1))
            secret = folder / "keys" / "oidc.secret"
            secret.write_text(SECRET, encoding="utf-8")
            secret.chmod(0o600)
            office = Office(folder)
            stack.callback(office.house.close)
            made[name] = Door(office, stack.enter_context(serving(office.house, port=0)), provider, stack)
        yield made


@pytest.fixture
def mapped(doors: dict[str, Door]) -> Iterator[Door]:
    yield from _honest(doors["mapped"])


@pytest.fixture
def plain(doors: dict[str, Door]) -> Iterator[Door]:
    yield from _honest(doors["plain"])


def _honest(door: Door) -> Iterator[Door]:
    door.provider.mood = Mood()
    door.provider.person = {"sub": "u-1", "name": "Nguyễn Văn Mẫu", "preferred_username": "mau",
                            "realm_access": {"roles": ["van-thu"]}}  # fmt: skip
    oidc_pages._provider.cache_clear()
    yield door


def test_a_first_sign_in_makes_an_account_whose_duties_follow_its_groups(mapped: Door) -> None:
    client = mapped.browser()
    assert 'href="/dang-nhap/mot-cua?next=/lich">Đăng nhập của tỉnh</a>' in client.get("/dang-nhap?next=/lich").text
    entered = mapped.through(client, f"{START}?next=/lich")
    assert (entered.status_code, entered.headers["location"]) == (303, "/lich")
    cookies = entered.headers.get_list("set-cookie")
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in cookies)
    assert "Nguyễn Văn Mẫu" in client.get("/").text
    account = mapped.held()[mapped.subject("u-1")]
    assert (account.name, account.duties, account.role) == ("mau", {Duty.CLERK}, "")
    mapped.provider.person["realm_access"] = {"roles": ["lanh-dao", "nhom-khac"]}
    assert mapped.through(mapped.browser()).status_code == 303
    changed = mapped.held()[mapped.subject("u-1")]
    assert (changed.id, changed.duties, changed.role) == (account.id, {Duty.HEAD, Duty.SIGNER}, "head")
    assert sum('"act":"account.duties"' in act.replace(" ", "") for act in mapped.acts()) == 1
    mapped.provider.person["realm_access"] = {"roles": ["nhom-khac"]}
    refused = mapped.through(mapped.browser())
    assert refused.status_code == 403
    assert "không có vai trò nào" in refused.text


def test_a_taken_name_is_not_taken_over_and_only_issuer_and_subject_count(mapped: Door) -> None:
    house = mapped.office.house
    with house.store.write(house.agency, "test") as tx:
        local = add_account(tx, name="truong", person="Trần Thị Thử", duties=[Duty.ADMIN])
    mapped.provider.person |= {"sub": "u-2", "preferred_username": "truong", "name": "Kẻ\x00 lạ\u202e " + "x" * 200}
    assert mapped.through(mapped.browser()).status_code == 303
    account = mapped.held()[mapped.subject("u-2")]
    assert (account.name, account.duties) == ("truong-2", {Duty.CLERK})
    assert account.id != local.id
    assert account.person.isprintable()
    assert mapped.held()["truong"].duties == {Duty.ADMIN}


def test_without_creation_only_an_account_that_names_the_subject_may_enter(plain: Door) -> None:
    refused = plain.through(plain.browser())
    assert refused.status_code == 403
    assert "Chưa có tài khoản" in refused.text
    assert plain.held() == {}
    house = plain.office.house
    with house.store.write(house.agency, "test") as tx:
        made = add_account(tx, name="nv", person="Nhân Viên Mẫu", duties=[Duty.INSPECTOR], subject=plain.subject("u-1"))
    client = plain.browser()
    assert plain.through(client).status_code == 303
    assert plain.held()[plain.subject("u-1")].duties == {Duty.INSPECTOR}, "without a map duties stay as they were given"
    assert "Nhân Viên Mẫu" in client.get("/tai-khoan").text
    with house.store.write(house.agency, "test") as tx:
        set_disabled(tx, made, disabled=True)
    assert plain.through(plain.browser()).status_code == 403
    with house.store.write(house.agency, "test") as tx:
        set_disabled(tx, made, disabled=False)


def _set(**changes: Any) -> Any:
    def change(claims: dict[str, Any]) -> None:
        claims.update(changes)
        for name in [name for name, value in claims.items() if value is None]:
            del claims[name]

    return change


def _past(claims: dict[str, Any]) -> None:
    claims |= {"iat": claims["iat"] - 9000, "exp": claims["iat"] - 600}


def _future(claims: dict[str, Any]) -> None:
    claims |= {"iat": claims["iat"] + 9000, "nbf": claims["iat"] + 9000, "exp": claims["iat"] + 9900}


LIES: dict[str, Mood] = {
    "another nonce": Mood(claims=_set(nonce="x" * 43)), "no nonce": Mood(claims=_set(nonce=None)),
    "another issuer": Mood(claims=_set(iss="https://ke-gian.example.vn")), "no issuer": Mood(claims=_set(iss=None)),
    "another audience": Mood(claims=_set(aud="ung-dung-khac")), "no audience": Mood(claims=_set(aud=None)),
    "several audiences": Mood(claims=_set(aud=[CLIENT, "ung-dung-khac"])),
    "another party": Mood(claims=_set(azp="ung-dung-khac")), "no subject": Mood(claims=_set(sub=None)),
    "subject that is a number": Mood(claims=_set(sub=7)), "blank subject": Mood(claims=_set(sub=" ")),
    "no end": Mood(claims=_set(exp=None)), "ended": Mood(claims=_past), "from the future": Mood(claims=_future),
    "end that is no number": Mood(claims=_set(exp="mai")), "another access token": Mood(claims=_set(at_hash="AAAA")),
    "unsigned": Mood(token=unsigned), "signed with the secret": Mood(token=shared), "foreign key": Mood(token=strange),
    "foreign kind of key": Mood(token=other_kind), "not a token": Mood(token=lambda _claims: "a.b.c"),
    "no token": Mood(token=lambda _claims: ""), "userinfo of somebody else": Mood(userinfo={"sub": "u-9"}),
    "another issuer in the answer": Mood(back={"iss": "https://ke-gian.example.vn"}),
    "no issuer in the answer": Mood(back={"iss": None}), "another state": Mood(back={"state": "y" * 43}),
    "no state": Mood(back={"state": None}), "an error": Mood(back={"code": None, "error": "access_denied<script>"}),
    "another code": Mood(back={"code": "doan-mo"}),
}  # fmt: skip


@pytest.mark.parametrize("lie", sorted(LIES))
def test_what_does_not_hold_is_not_believed(mapped: Door, lie: str) -> None:
    mapped.provider.person |= {"sub": f"lie {lie}", "preferred_username": "ke-gian"}
    mapped.provider.mood = LIES[lie]
    before, client = mapped.held(), mapped.browser()
    answer = mapped.through(client)
    assert answer.status_code == 403, answer.text
    assert "<script>" not in answer.text
    assert client.get("/tai-khoan").status_code == 303, "nobody has signed in"
    assert mapped.held() == before
    mapped.provider.mood = Mood()
    assert mapped.through(client).status_code == 303, "the next honest attempt of the same browser works"


def test_what_comes_back_fits_only_the_browser_that_went_out_and_only_once(mapped: Door) -> None:
    victim, thief = mapped.browser(), mapped.browser()
    back = mapped.out(victim)
    asked = mapped.provider.asked.count("/token")
    assert thief.get(back).status_code == 403, "a stolen address without the browser's cookie"
    other = mapped.out(thief)
    assert thief.get(back).status_code == 403, "a stolen address in another errand"
    code = dict(parse_qsl(urlsplit(other).query))["code"]
    assert mapped.provider.asked.count("/token") == asked, "the provider was never asked about any of these"
    mine = dict(parse_qsl(urlsplit(back).query))
    planted = victim.get(BACK, params={**mine, "code": code})
    assert planted.status_code == 403, "a code of the thief's errand, planted into the victim's"
    cookie = mapped.browser()
    back = mapped.out(cookie)
    kept = {name: value for name, value in cookie.cookies.items() if name.endswith("-oidc")}
    assert cookie.get(back).status_code == 303
    asked = mapped.provider.asked.count("/token")
    again = mapped.browser()
    again.cookies.update(kept)
    assert again.get(back).status_code == 403, "code and cookie once more"
    assert mapped.provider.asked.count("/token") == asked


def test_an_errand_ends_and_none_can_be_made_younger_or_sent_elsewhere(mapped: Door) -> None:
    client = mapped.browser()
    old = int(datetime.now(UTC).timestamp()) - 3600
    for seed, target in ((f"{old:x}-abc", "/"), (f"{old + 7200:x}-abc", "/"), ("zz-abc", "/"), ("abc", "/"),
                         (f"{old + 3600:x}-abc", "//ke-gian.example.vn/")):  # fmt: skip
        errand = Errand(seed, target, proving=False)
        client.cookies.set("congkhai-oidc", errand.cookie)
        sent = {"state": errand.secrets.state, "code": "c", "iss": mapped.provider.issuer}
        assert client.get(BACK, params=sent).status_code == 403
    for cookie in ("", "...", "a.b", "1-a.s.%%", "x" * 5000):
        client.cookies.set("congkhai-oidc", cookie)
        assert client.get(BACK, params={"state": "x", "code": "c"}).status_code == 403
    fresh = mapped.browser()
    assert mapped.through(fresh, f"{START}?next=https://ke-gian.example.vn/").headers["location"] == "/"


def test_who_signs_in_there_proves_there_again_who_they_are(mapped: Door) -> None:
    client = mapped.browser()
    mapped.through(client)
    assert "/xac-nhan/mot-cua?next=/lich" in client.get("/xac-nhan?next=/lich").text
    sent = client.get("/xac-nhan/mot-cua?next=/lich").headers["location"]
    asked = dict(parse_qsl(urlsplit(sent).query))
    assert (asked["prompt"], asked["max_age"], asked["code_challenge_method"]) == ("login", "0", "S256")
    assert asked["redirect_uri"] == f"{mapped.address}{BACK}"
    proved = mapped.through(client, "/xac-nhan/mot-cua?next=/lich")
    assert (proved.status_code, proved.headers["location"]) == (303, "/lich")
    assert any('"act":"session.proven"' in act.replace(" ", "") for act in mapped.acts())
    for mood in (Mood(claims=_set(auth_time=None)), Mood(claims=_set(auth_time=1_700_000_000))):
        mapped.provider.mood = mood
        assert mapped.through(client, "/xac-nhan/mot-cua").status_code == 403, "a proof of long ago proves nothing"
    mapped.provider.mood = Mood()
    mapped.provider.person |= {"sub": "u-77", "preferred_username": "nguoi-khac"}
    assert mapped.through(client, "/xac-nhan/mot-cua").status_code == 403, "somebody else's proof"
    assert mapped.browser().get("/xac-nhan/mot-cua").headers["location"].startswith("/dang-nhap?")


def test_a_sign_in_of_hours_ago_proves_nothing_just_now(mapped: Door) -> None:
    house, hour_ago = mapped.office.house, int(datetime.now(UTC).timestamp()) - 3600
    for claims, proven in ((_set(), True), (_set(auth_time=hour_ago), False), (_set(auth_time=None), False),
                           (_set(auth_time=hour_ago + 90_000), True)):  # fmt: skip
        mapped.provider.mood = Mood(claims=claims)
        client = mapped.browser()
        assert mapped.through(client).status_code == 303
        day = timedelta(days=1)
        session = sessions.resume(house.store, house.agency, client.cookies["congkhai"], idle=day, longest=day)
        assert session is not None
        assert session.proven is proven


def test_signing_out_ends_the_session_and_says_where_to_sign_out_too(mapped: Door) -> None:
    client = mapped.browser()
    mapped.through(client)
    out = client.post("/dang-xuat")
    assert (out.status_code, out.headers["location"]) == (303, "/da-dang-xuat")
    page = client.get("/da-dang-xuat").text
    assert f"{mapped.provider.issuer}/leave?client_id={CLIENT}&amp;post_logout_redirect_uri=" in page
    assert client.get("/tai-khoan").status_code == 303
    mapped.provider.mood = Mood(metadata={"end_session_endpoint": None})
    oidc_pages._provider.cache_clear()
    assert "/leave" not in client.get("/da-dang-xuat").text


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://ke-gian.example.vn"}, {"issuer": None}, {"code_challenge_methods_supported": ["plain"]},
     {"token_endpoint": None}, {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": "file:///etc/passwd"},
     {"token_endpoint": "http://noi-khac.example.vn/token"}, {"userinfo_endpoint": 7}],
    ids=str,
)  # fmt: skip
def test_a_provider_that_publishes_what_is_not_safe_is_not_used(mapped: Door, published: dict[str, Any]) -> None:
    mapped.provider.mood = Mood(metadata=published)
    answer = mapped.browser().get(START)
    assert answer.status_code == 502
    assert "Chưa hỏi được" in answer.text


def test_a_provider_that_is_away_or_broken_is_told_and_nothing_else_stops(mapped: Door) -> None:
    client = mapped.browser()
    back = mapped.out(client)
    mapped.provider.mood = Mood(status=503)
    assert client.get(back).status_code == 502
    web = mapped.office.house.configuration.web
    gone = Provider(web.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"}))
    with pytest.raises(OutsideError) as away:
        gone.metadata()
    assert away.value.code == "congkhai-E783"
    assert client.get("/dang-nhap").status_code == 200


def test_a_changed_key_is_looked_for_once_a_minute_and_metadata_once_an_hour(mapped: Door) -> None:
    provider, server = _with_clock(mapped)
    clock = provider._clock
    assert isinstance(clock, FixedClock)
    _redeem(provider, server)
    old, asked = server.key, server.asked.count("/keys")
    server.key = type(old).generate_key("P-256", {"kid": "k2", "use": "sig", "alg": "ES256"})
    try:
        with pytest.raises(NotAllowedError):
            _redeem(provider, server)  # within the first minute nobody can make us ask again and again
        assert server.asked.count("/keys") == asked
        clock.moment += timedelta(seconds=61)
        assert _redeem(provider, server).subject == mapped.subject("u-1")
        assert server.asked.count("/keys") == asked + 1
        metadata = server.asked.count("/.well-known/openid-configuration")
        clock.moment += timedelta(minutes=61)
        provider.metadata()
        assert server.asked.count("/.well-known/openid-configuration") == metadata + 1
    finally:
        server.key = old


def _with_clock(door: Door) -> tuple[Provider, OpenIdProvider]:
    return Provider(door.office.house.configuration.web, FixedClock(datetime.now(UTC))), door.provider


def _redeem(provider: Provider, server: OpenIdProvider) -> Any:
    secrets = Secrets("s" * 43, "n" * 43, "v" * 43)
    asked = dict(parse_qsl(urlsplit(provider.address(secrets, "http://127.0.0.1:1/ve")).query))
    code = dict(parse_qsl(urlsplit(server.sent_back(asked)).query))["code"]
    return provider.redeem(code, secrets, "http://127.0.0.1:1/ve")


def test_an_answer_without_end_is_not_read_to_its_end(mapped: Door) -> None:
    mapped.provider.mood = Mood(metadata={"long": "x" * 2_000_000})
    with pytest.raises(OutsideError):
        Provider(mapped.office.house.configuration.web).metadata()


def test_a_check_asks_the_provider_only_when_told_and_knows_the_regulations_roles(mapped: Door) -> None:
    configuration, asked = mapped.office.house.configuration, len(mapped.provider.asked)
    assert [(one.id, one.result) for one in sign_in_results(configuration, live=False)] == [("sign-in", "skipped")]
    assert len(mapped.provider.asked) == asked
    assert [one.result for one in sign_in_results(configuration, live=True)] == ["ok"]
    mapped.provider.mood = Mood(metadata={"issuer": "https://ke-gian.example.vn"})
    assert [one.result for one in sign_in_results(configuration, live=True)] == ["fail"]
    odd = replace(configuration, web=configuration.web.model_copy(update={"oidc_roles": ("nhom=vua",)}))
    assert [one.result for one in sign_in_results(odd, live=False)] == ["fail", "skipped"]
    silent = replace(configuration, web=WebSettings.model_validate({}))
    assert list(sign_in_results(silent, live=True)) == []


def test_in_a_shared_installation_the_provider_says_which_agency_somebody_belongs_to(mapped: Door) -> None:
    house = mapped.office.house
    code, web = house.configuration.agency.code, house.configuration.web

    def there(claims: dict[str, Any], *, several: bool = True, claim: str = "org") -> Account:
        changed = web.model_copy(update={"oidc_agency_claim": claim})
        agencies = {"xa-mau": house.configuration.agency} if several else house.configuration.agencies
        named = replace(house.configuration, web=changed, agencies=agencies, several=several)
        shared = replace(house, configuration=named)
        said = {"sub": "u-chung", "preferred_username": "chung", "realm_access": {"roles": ["van-thu"]}, **claims}
        return holder_of(shared, Identity(mapped.subject("u-chung"), said, None))

    for claims, claim in (({}, "org"), ({"org": "X99"}, "org"), ({"org": [code + "1"]}, "org"), ({"org": code}, "")):
        with pytest.raises(NotAllowedError) as refused:
            there(claims, claim=claim)
        assert refused.value.code == "congkhai-E785"
    made = there({"org": ["X99", code]})
    assert made.duties == {Duty.CLERK}
    assert there({}, claim="").id == made.id, "an account that is there needs no claim where none is asked for"
    with pytest.raises(NotAllowedError):
        there({"org": "X99"})
    assert there({}, several=False, claim="").id == made.id


def test_two_that_come_at_once_get_one_account(mapped: Door) -> None:
    mapped.provider.person |= {"sub": "u-doi", "preferred_username": "doi"}
    browsers = [mapped.browser() for _one in range(4)]
    backs = [mapped.out(one) for one in browsers]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda one, back: statuses.append(one.get(back).status_code), args=pair)
        for pair in zip(browsers, backs, strict=True)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [303] * 4
    assert sum(one.subject == mapped.subject("u-doi") for one in mapped.held().values()) == 1


def test_groups_are_read_from_texts_lists_and_members_and_from_nothing_else() -> None:
    assert groups_of({"groups": ["a", 7, None, "b"]}, "groups") == {"a", "b"}
    assert groups_of({"groups": "a"}, "groups") == {"a"}
    assert groups_of({"https://tinh.vn/nhom": ["a"]}, "https://tinh.vn/nhom") == {"a"}
    assert groups_of({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == {"a"}
    for odd in ({}, {"groups": {"a": 1}}, {"groups": 7}, {"realm_access": ["x"]}):
        assert groups_of(odd, "groups") == groups_of(odd, "realm_access.roles") == frozenset()


@pytest.mark.parametrize(
    "written",
    [{"oidc-client-id": "x"}, {"oidc-issuer": "http://cap.example.vn", "oidc-client-id": "x"},
     {"oidc-issuer": "https://cap.example.vn"}, {"oidc-issuer": "https://a:b@cap.example.vn", "oidc-client-id": "x"},
     {"oidc-issuer": "https://cap.example.vn", "oidc-client-id": "x", "oidc-scopes": "profile"},
     {"oidc-issuer": "https://cap.example.vn", "oidc-client-id": "x", "oidc-duties": "nhom=vua"},
     {"oidc-issuer": "https://cap.example.vn", "oidc-client-id": "x", "oidc-duties": "nhom"},
     {"oidc-issuer": "https://cap.example.vn", "oidc-client-id": "x", "oidc-create": "yes"}],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(written: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        WebSettings.model_validate(written)


def test_the_duties_that_the_ini_may_name_are_those_of_accounts() -> None:
    assert set(DUTIES) == set(Duty)
    errand = Errand("1-a", "/", proving=False)
    assert (
        len({one.secrets.state for one in (errand, replace(errand, proving=True), replace(errand, target="/a"))}) == 3
    )
