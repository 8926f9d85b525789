"""Every page asks for its right, answers with the headers of the house, and changes something only on POST."""

import re
from pathlib import Path

import pytest

from congkhai.plugin.web.rights import Right
from congkhai.plugin.web.routes import Page, all_pages

from .conftest import HOLDERS, PASSWORD, Site

TEMPLATES = Path(__file__).parents[3] / "plugin" / "web" / "templates"
OPEN = {Right.OPEN, Right.OPEN_VERIFY, Right.OPEN_LIST}


def filled(page: Page, value: str = "1") -> str:
    return re.sub(r"\{[a-z]+\}", value, page.path)


def test_whoever_has_not_signed_in_reaches_only_what_is_open(site: Site) -> None:
    visitor = site.visitor()
    for page in all_pages():
        answer = visitor.request(page.method, filled(page))
        if page.right in OPEN:
            assert not answer.headers.get("location", "").startswith("/dang-nhap?"), page
        else:
            assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/dang-nhap"), page


@pytest.mark.parametrize("name", sorted(HOLDERS))
def test_an_account_is_refused_what_its_duties_do_not_grant(site: Site, name: str) -> None:
    from congkhai.plugin.web.rights import GRANTS

    granted = {Right.SIGNED_IN, *OPEN}.union(*(GRANTS[duty] for duty in HOLDERS[name][0]))
    client = site.signed_in(name)
    for page in all_pages():
        if page.right not in granted:
            assert client.request(page.method, filled(page)).status_code == 403, page


def test_an_inspector_can_change_nothing() -> None:
    from congkhai.plugin.accounts import Duty
    from congkhai.plugin.web.rights import GRANTS

    acts = {page.right for page in all_pages() if page.method == "POST"}
    assert GRANTS[Duty.INSPECTOR] & acts <= {Right.SIGNED_IN, *OPEN}


def test_every_answer_forbids_foreign_script_framing_and_keeping(site: Site) -> None:
    client = site.signed_in("van-thu")
    for path in ("/", "/cong-khai", "/dang-cong-khai", "/khong-co", "/kiem-tra"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_page_of_another_site_cannot_act_in_a_visitors_name(site: Site) -> None:
    client = site.signed_in("van-thu")
    refused = client.post("/dang-xuat", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert client.get("/").status_code == 200


def test_signing_in_with_a_password_and_out_again(site: Site) -> None:
    site.ticket("van-thu")
    client = site.visitor()
    wrong = client.post("/dang-nhap", data={"name": "van-thu", "password": "không phải câu đó"})
    assert wrong.status_code == 401
    assert "Tên hoặc mật khẩu không đúng." in wrong.text
    entered = client.post("/dang-nhap", data={"name": "van-thu", "password": PASSWORD, "next": "//khac.example/"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "Lê Văn Mẫu" in client.get("/").text
    client.post("/dang-xuat")
    assert client.get("/").status_code == 303


def test_a_one_time_sign_in_works_once(site: Site) -> None:
    secret = site.ticket("thanh-tra")
    assert site.visitor().post("/mot-lan", data={"ticket": secret}).status_code == 303
    assert site.visitor().post("/mot-lan", data={"ticket": secret}).status_code == 401


def test_templates_never_switch_escaping_off() -> None:
    for file in TEMPLATES.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|style=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text), file.name


def test_what_an_unknown_address_gets_says_where_to_go(site: Site) -> None:
    answer = site.signed_in("van-thu").get("/khong-co-trang-nay")
    assert answer.status_code == 404
    assert "Không có trang này." in answer.text


def test_the_work_list_says_the_next_step_of_each_thing(site: Site) -> None:
    text = site.signed_in("van-thu").get("/?loai=signature").text
    assert "Chờ ký" in text
    assert site.office.matter().title in text
