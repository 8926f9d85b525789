"""What the tests of security share: a house whose every page can be asked for, and what every answer must have."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from congkhai.plugin.accounts import Duty
from congkhai.plugin.feedback import submit
from congkhai.plugin.store import tables as t
from congkhai.plugin.web.app import PLUG_IN
from congkhai.plugin.web.routes import Page, all_pages
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import Office

from .conftest import HOLDERS
from .inside import Inside

SCRIPT = "\"'><script>alert(1)</script>"
FAR = "https://khac.example"
EVERYBODY = "tat-ca"
GETS = [one for one in all_pages() if one.method == "GET"]
POSTS = [one for one in all_pages() if one.method == "POST"]


@pytest.fixture(scope="module")
def inside(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """A house with a public matter, a comment, and one account that has every duty."""
    folder = tmp_path_factory.mktemp("security") / "house"
    copy_home(stages["posted"], folder)
    office = Office(folder)
    HOLDERS.setdefault(EVERYBODY, (set(Duty), "records_officer", "Lê Văn Mẫu"))
    submit(office.house, office.matter().id, "Ý kiến thử", client="192.0.2.1", sender="a@example.vn")
    yield Inside(office)
    office.house.close()


@cache
def ids_of(office_folder: Path) -> dict[str, str]:
    office = Office(office_folder)
    matter, paper = office.matter(), office.paper("posting")
    document = office.documents()[1]
    office.house.close()
    assert paper is not None
    return {
        "matter": matter.id, "paper": paper.id, "document": document.id, "ordinal": "1", "number": "1", "form": "xml",
        "year": "2026", "quarter": "3", "posting": matter.postings[0].id, "role": "head",
        "digest": document.attachments[0].sha256,
    }  # fmt: skip


def addresses(inside: Inside, one: Page) -> str:
    """Fill the path of a page with ids that exist, as far as there are any."""
    ids = ids_of(inside.office.folder)
    filled = {**ids, "id": ids["paper" if one.path.startswith(("/bien-ban", "/ky/")) else "matter"]}
    return re.sub(r"\{(\w+)\}", lambda found: filled.get(found[1], "1"), one.path)


def rows_of(inside: Inside) -> dict[str, list[Any]]:
    with inside.office.house.store.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(sa.select(table)))) for name, table in t.metadata.tables.items()
        }


def guarded(answer: httpx.Response, one: Page | None = None) -> None:
    """Hold an answer to the headers that every answer has."""
    headers = answer.headers
    policy = headers["content-security-policy"]
    assert policy.startswith(("default-src 'self'; object-src 'none'", "default-src 'none'")), one
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert bool(answer.content) <= ("content-type" in headers)
    assert ("unsafe-inline" in policy) <= (headers.get("content-type") == "application/pdf"), one
    assert (PLUG_IN in policy) <= bool(one and one.connects_to_plug_in), one
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store", one
    assert not [name for name in headers if name.startswith("access-control")]
    assert "server" not in headers
    if "attachment" in headers.get("content-disposition", ""):
        assert "sandbox" in policy
        assert headers["content-type"] == "application/octet-stream"
