"""The language switch: without script, for each visitor alone, and never for what is stored."""

import pytest
import sqlalchemy as sa

from congkhai.plugin.store import tables as t
from congkhai.plugin.web.languages import COOKIE, _guessed

from .conftest import Site


def test_two_visitors_read_two_languages_at_once(site: Site) -> None:
    english, vietnamese = site.signed_in("van-thu"), site.signed_in("thu-truong")
    answer = english.post("/ngon-ngu", data={"language": "en", "next": "/cong-khai?trang-thai=posted"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cong-khai?trang-thai=posted")
    for _round in range(2):
        assert "Work list" in english.get("/").text
        assert "Việc cần làm" in vietnamese.get("/").text
    shown = english.get("/cong-khai").text
    assert '<html lang="en">' in shown
    assert "Search in subject, number, issuer" in shown
    assert 'lang="vi">Tiếng Việt' in shown
    assert '<html lang="vi">' in vietnamese.get("/cong-khai").text
    assert "There is no such page." in english.get("/khong-co").text
    assert (
        english.post("/ngon-ngu", data={"language": "vi", "next": "https://evil.example/"}).headers["location"] == "/"
    )
    assert "Việc cần làm" in english.get("/").text
    english.post("/ngon-ngu", data={"language": "<script>"})
    assert english.cookies[COOKIE] == "vi"


def test_an_english_visitor_is_refused_in_english_and_stores_vietnamese(site: Site) -> None:
    office, clerk = site.office, site.signed_in("van-thu")
    clerk.cookies.set(COOKIE, "en")
    matter = office.matter()
    refused = clerk.post(f"/cong-khai/{matter.id}/xac-nhan")
    assert refused.status_code == 409
    assert "It cannot go from the state" in refused.text
    shown = clerk.get(f"/cong-khai/{matter.id}").text
    assert "Disclosure opened" in shown
    assert "Minutes of posting" in shown
    before = [one.body_sha256 for one in _papers(site)]
    assert clerk.post(f"/cong-khai/{matter.id}/go", data={"reason": "ghi nhầm"}).status_code == 303
    office.work()
    assert [one.body_sha256 for one in _papers(site)][: len(before)] == before
    with office.house.store.read() as connection:
        said = [
            str(value)
            for table in (t.disclosure, t.posting, t.fault, t.remark, t.period, t.journal)
            for row in connection.execute(sa.select(table))
            for value in row
        ]
    assert "ghi nhầm" in "".join(said)
    assert not [one for one in said if " the " in one]


def _papers(site: Site) -> "list[sa.Row[tuple[object, ...]]]":
    with site.office.house.store.read() as connection:
        return list(connection.execute(sa.select(t.minutes).order_by(t.minutes.c.made_at)).all())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-GB,en;q=0.9,vi;q=0.5", "en"), ("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("fr-FR,fr;q=0.9", ""), ("", ""),
        ("fr,en;q=0.3,vi;q=0.2", "en"), ("en;q=0", ""), ("en;q=nonsense,vi;q=0.1", "vi"), ("*", ""),
    ],
)  # fmt: skip
def test_the_browser_s_languages_are_read(header: str, language: str) -> None:
    assert _guessed(header) == language


def test_the_browser_is_asked_only_where_the_ini_allows_it(site: Site) -> None:
    visitor, english = site.visitor(), {"Accept-Language": "en"}
    assert '<html lang="vi">' in visitor.get("/dang-nhap", headers=english).text
    settings = site.office.house.configuration.web
    object.__setattr__(settings, "guess_language", True)  # frozen; what a changed ini and a restart do
    assert '<html lang="en">' in visitor.get("/dang-nhap", headers=english).text
    visitor.cookies.set(COOKIE, "vi")
    assert '<html lang="vi">' in visitor.get("/dang-nhap", headers=english).text
