"""A calendar by a private address: made and shown once, opened without signing in, ended; looks are on record."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import icalendar
import pytest

from congkhai.plugin.api.openapi import document
from congkhai.plugin.web.feed_pages import feed_path
from congkhai.plugin.web.own_host import prefix_of
from congkhai.plugin.web.routes import all_pages
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import PEOPLE, Office

from .inside import Inside


@pytest.fixture(scope="module")
def inside(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """A house with one public matter."""
    office = Office(copy_home(stages["posted"], tmp_path_factory.mktemp("feeds") / "house"))
    yield Inside(office)
    office.house.close()


def test_a_private_address_opens_one_calendar_until_it_is_ended(inside: Inside) -> None:
    client, stranger = inside.signed_in("van-thu"), inside.visitor()
    shown = client.post("/tai-khoan/lich", data={"role": "head", "name": "điện thoại"})
    (path,) = re.findall(r"/lich-rieng/ckt_[\w-]+\.ics", shown.text)
    assert path not in client.get("/tai-khoan/lich").text
    answer = stranger.get(path)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "no-store"
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert [event for event in calendar.walk("VEVENT") if "kết thúc" in event["summary"]]
    for hidden in (*PEOPLE.values(), *(one.subject for one in inside.office.documents())):
        assert hidden not in answer.text.replace("\r\n ", "")
    secret = path.removeprefix("/lich-rieng/").removesuffix(".ics")
    assert stranger.get("/api/v1/status", headers={"Authorization": f"Bearer {secret}"}).status_code == 403
    assert inside.signed_in("mat-tran").get("/tai-khoan/lich").text.count("ket-thuc") == 0
    (id_,) = re.findall(r'name="token" value="([0-9a-f]{12})"', client.get("/tai-khoan/lich").text)
    assert inside.signed_in("mat-tran").post("/tai-khoan/lich/ket-thuc", data={"token": id_}).status_code == 400
    assert client.post("/tai-khoan/lich/ket-thuc", data={"token": id_}).status_code == 303
    for gone in (path, path.replace("ckt_", "ckt_x"), "/lich-rieng/x.ics"):
        assert stranger.get(gone).status_code == 404
    assert client.post("/tai-khoan/lich", data={"role": "khong-co", "name": "x"}).status_code == 400


def test_what_is_taken_away_of_content_is_on_record_with_who_took_it(inside: Inside) -> None:
    client, matter = inside.signed_in("thanh-tra"), inside.office.matter()
    before = len(inside.office.journal())
    client.get(f"/cong-khai/{matter.id}")
    assert len(inside.office.journal()) == before
    assert client.get(f"/cong-khai/{matter.id}/tep/{matter.documents[0]}/1").status_code == 200
    assert client.get(f"/cong-khai/{matter.id}/tep/{matter.documents[0]}/9").status_code == 400
    (entry,) = inside.office.journal()[before:]
    assert (entry["act"], entry["subject"], entry["facts"]) == (
        "read.file", inside.holder("thanh-tra").id, {"of": matter.id},
    )  # fmt: skip
    assert entry["actor"] == "Ban Thanh tra nhân dân"


def test_where_there_are_several_agencies_programs_name_theirs_in_the_path(inside: Inside) -> None:
    house = inside.office.house
    assert feed_path(house, "ckt_x") == "/lich-rieng/ckt_x.ics"
    named = replace(house.configuration, agencies={"mau-son": None, "tan-lap": None}, several=True)
    several = replace(house, configuration=named)
    assert prefix_of(several) == "/co-quan/main"
    told = document((), f"{prefix_of(several)}/api/v1")
    assert told["servers"] == [{"url": "/co-quan/main/api/v1"}]


def test_every_page_that_hands_out_a_file_of_content_puts_it_on_record() -> None:
    handing = re.compile(r"/tep/|\.asice$|\.png$|\.xml$|/minh-chung/|/ban-quet/\{number\}|\{form\}")
    silent = [one.path for one in all_pages() if one.method == "GET" and handing.search(one.path) and not one.journal]
    assert silent == []
