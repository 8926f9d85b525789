"""iOffice behind a provincial gateway: two headers, bearer tokens, an API key; renewed in the middle of a run."""

import pytest
import responses
from pydantic import ValidationError

from congkhai.connectors.ioffice_settings import IofficeSettings
from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.records import Filing, FilingFile


@pytest.fixture
def gateway(office):
    """Return a function that starts an e-office behind a gateway, with its keys in files."""

    def start(mode, *entries, **switches):
        world = office(*entries)
        handed = world.post("bootstrap")
        world.post("switch", gateway=mode, **switches)
        for name, secret in {**handed["keys"], "bootstrap": handed["token"]}.items():
            (world.folder / name).write_text(secret, encoding="utf-8")
        return world

    return start


LGSP = {
    "lgsp-access-key": "{file AccessKey}", "lgsp-secret-key": "{file SecretKey}", "lgsp-app-name": "congkhai",
    "lgsp-partner-code": "000.00.01.TT1", "lgsp-partner-code-cus": "000.00.01.TT1",
}  # fmt: skip
USER = {**LGSP, "token": "{file bootstrap}", "user-token-path": "api/lgsp/gettoken/{user}/", "user-id": "77",
        "username": ""}  # fmt: skip


def bearer(world):
    return {
        "gateway-token-url": world.running.line["token_url"], "gateway-consumer-key": "{file consumer_key}",
        "gateway-consumer-secret": "{file consumer_secret}",
    }  # fmt: skip


def test_the_header_and_the_users_own_token_are_enough(gateway, paper, house, documents):
    world = gateway("lgsp", paper("a"), paper("b"))
    offered, _cursor = world.take(world.connector(**USER), house)
    assert len(documents(offered)) == 2
    assert len(world.calls("gettoken")) == 1
    assert world.calls("api/login/") == []


def test_the_header_stands_beside_a_password_login_too(gateway, paper, house, documents):
    world = gateway("lgsp", paper("a"))
    offered, _cursor = world.take(world.connector(**LGSP), house)
    assert len(documents(offered)) == 1


def test_a_users_token_that_dies_in_the_middle_of_a_run_is_asked_for_again(gateway, paper, house, documents):
    world = gateway("lgsp", *(paper(f"p{number}") for number in range(6)), token_ttl=5)
    offered, _cursor = world.take(world.connector(**USER), house)
    assert len(documents(offered)) == 6
    assert 3 <= len(world.calls("gettoken")) <= 7


def test_a_bearer_token_is_renewed_before_and_after_it_dies(gateway, paper, house, documents):
    world = gateway("bearer", *(paper(f"p{number}") for number in range(6)), bearer_ttl=5)
    keys = {**bearer(world), "username": "", "password": "{file password}"}
    offered, _cursor = world.take(world.connector(**keys), house)
    assert len(documents(offered)) == 6
    assert len(world.calls("/token")) >= 3


def test_the_life_that_the_gateway_announces_counts(gateway, paper, house):
    world = gateway("bearer", paper("a"), bearer_life=100)
    connector = world.connector(**bearer(world), username="")
    ticks = [0.0]
    connector._client.web.ticks = lambda: ticks[0]
    world.take(connector, house)
    assert len(world.calls("/token")) == 1
    ticks[0] = 90.0
    world.take(connector, house)
    assert len(world.calls("/token")) == 2


def test_both_headers_together(gateway, paper, house, documents):
    world = gateway("lgsp+bearer", paper("a"))
    offered, _cursor = world.take(world.connector(**LGSP, **bearer(world), username=""), house)
    assert len(documents(offered)) == 1


def test_the_api_key_header(gateway, paper, house, documents):
    world = gateway("key", paper("a"))
    offered, _cursor = world.take(world.connector(**{"gateway-api-key": "{file api_key}"}), house)
    assert len(documents(offered)) == 1


@pytest.mark.parametrize("keys", [{}, {**LGSP, "lgsp-partner-code": "khac"}])
def test_a_gateway_that_does_not_know_us_stops_the_source(gateway, paper, house, keys):
    world = gateway("lgsp", paper("a"))
    with pytest.raises(AccessError) as caught:
        world.take(world.connector(**keys), house)
    assert (world.folder / "SecretKey").read_text() not in caught.value.explain()
    assert len(world.calls("api/login/")) == 1


@pytest.mark.parametrize(("fault", "kind"), [("401", AccessError), ("xml", OutsideError)])
def test_a_token_endpoint_that_fails(gateway, paper, house, fault, kind):
    world = gateway("bearer", paper("a"), gateway_fault=fault)
    with pytest.raises(kind):
        world.take(world.connector(**bearer(world), username=""), house)
    assert len(world.calls("/token")) <= 3


@pytest.mark.parametrize("form", ["lgsp-a", "lgsp-b"])
def test_papers_are_pushed_in_the_gateways_form_once(gateway, form):
    world = gateway("lgsp")
    keys = {**USER, "file-back": "yes", "push-path": "api/lgsp/sendvb/", "push-form": form}
    digest = world.store(b"%PDF-1.7 mau")
    filing = Filing("k" * 32, "Hồ sơ mẫu", (FilingFile("a.pdf", "application/pdf", digest, 12),))
    connector = world.connector(**keys)
    connector.file_dossier(filing)
    assert [(one["dossierId"], one["summary"]) for one in world.state["pushed"]] == [("k" * 32, "Hồ sơ mẫu")]
    assert world.state["pushed"][0]["files"][0]["sha256"] == digest
    world.post("fault", fault="accept_then_timeout", on="sendvb")
    with pytest.raises(UndecidedError):
        connector.file_dossier(Filing("l" * 32, "Hồ sơ hai", filing.files))
    with pytest.raises(UndecidedError):
        connector.find_filed("l" * 32)
    assert len(world.state["pushed"]) == 2


@pytest.mark.parametrize(
    "keys",
    [
        {"lgsp-access-key": "{file a}"},
        {"gateway-token-url": "http://gw.example.vn/token"},
        {"user-token-path": "api/lgsp/gettoken/"},
        {"user-token-path": "api/lgsp/gettoken/{user}/"},
        {"user-token-path": "api/switch/{user}/", "user-id": "1"},
        {"gateway-consumer-key": "{file a}"},
    ],
)
def test_gateway_keys_that_cannot_work_are_refused(office, keys):
    world = office()
    with pytest.raises(ValidationError):
        IofficeSettings.model_validate(world.settings(**keys), context={"folder": world.folder})


def test_the_gateways_host_and_the_offices_are_the_only_ones_called(gateway, paper, house):
    world = gateway("bearer", paper("a"))
    keys = {**bearer(world), "gateway-token-url": "https://truc.example.vn/token", "username": ""}
    connector = world.connector(**keys)
    with responses.RequestsMock() as wire:
        wire.post("https://truc.example.vn/token", json={}, status=401)
        with pytest.raises(AccessError):
            world.take(connector, house)
        assert [call.request.url for call in wire.calls] == ["https://truc.example.vn/token"]
