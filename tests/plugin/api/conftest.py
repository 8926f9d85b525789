"""A house with a filed dossier, its interface without a network, and tokens for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from congkhai.plugin.tokens import Scope, make_token
from congkhai.plugin.web.app import make_app
from tests.plugin.way.conftest import pki, stages
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import Office
from tests.plugin.web.inside import HOME, Direct

__all__ = ["pki", "stages"]


@dataclass
class Api:
    """The interface of a house."""

    office: Office

    def __post_init__(self) -> None:
        self.app = make_app(self.office.house, own=HOME)
        self.made = 0

    def token(self, *scopes: Scope) -> str:
        """Make a token; with every scope when none is named."""
        house = self.office.house
        self.made += 1
        with house.store.write(house.agency, "test") as tx:
            return make_token(tx, f"thử {self.made}", scopes or tuple(Scope))

    def client(self, token: str = "", address: str = "127.0.0.1") -> httpx.Client:
        """Return a client that shows a token, if one is given."""
        headers = {"Accept-Language": "vi", **({"Authorization": f"Bearer {token}"} if token else {})}
        return httpx.Client(transport=Direct(self.app, address), base_url=f"{HOME}/api/v1/", headers=headers)


@pytest.fixture(scope="module")
def filed(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A house whose one dossier is sealed and filed; only for reading."""
    folder = tmp_path_factory.mktemp("filed") / "house"
    copy_home(stages["filed"], folder)
    office = Office(folder)
    yield office
    office.house.close()


@pytest.fixture(scope="module")
def api(filed: Office) -> Api:
    """The interface of that house."""
    return Api(filed)


@pytest.fixture(scope="module")
def caller(api: Api) -> httpx.Client:
    """A program with every scope."""
    return api.client(api.token())
