"""Chromium and axe on every page, light and dark; the main tasks by keyboard alone and without JavaScript."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from congkhai.plugin.demo.people import photo
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.text import catalogue
from congkhai.plugin.web.languages import COOKIE
from congkhai.plugin.web.server import serving
from tests.plugin.way.script import paper

from .conftest import Site
from .pictures import DUE, REVIEWED, furnished, of, shots

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
Browse = Callable[..., "Page"]
OWN_WORDS = {"Ban Thanh tra nhân dân", "biên bản hội nghị (tệp)"}
"""What people and papers say themselves, although the catalogue has such a sentence."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[Site]:
    """One house in which every page has something to show."""
    office = furnished(tmp_path_factory.mktemp("pages") / "house", pki)
    with ExitStack() as stack:
        stack.callback(office.house.close)
        yield Site(office, stack.enter_context(serving(office.house, port=0)), stack)


def faults(page: "Page") -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_axe_sees_a_fault_that_was_planted(browse: Browse) -> None:
    page = browse()
    page.set_content("<html lang='vi'><title>x</title><main><p style='color:#ccc;background:#fff'>mờ</p></main></html>")
    assert any(one.startswith("color-contrast") for one in faults(page))


def test_no_page_breaks_wcag_2_1_aa_in_light_or_dark(full: Site, chromium: "Browser") -> None:
    broken: dict[str, list[str]] = {}
    for who in sorted({one.who for one in shots(full.office)}):
        # Axe is put into the page as script, which our policy forbids to pages; the policy has tests of its own.
        context = chromium.new_context(bypass_csp=True, locale="vi-VN", viewport={"width": 1366, "height": 768})
        page = context.new_page()
        if who:
            full.enter(page, who)
        for one in shots(full.office):
            if one.who != who:
                continue
            page.goto(full.address + one.path)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of Playwright's literals
                if found := faults(page):
                    broken[f"{one.name} {scheme}"] = found
        context.close()
    assert broken == {}


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_phone(full: Site, browse: Browse, width: int) -> None:
    page = browse(viewport={"width": width, "height": 700})
    full.enter(page, "van-thu")
    wide = {}
    for one in shots(full.office):
        if one.who in ("", "van-thu") and one.name not in ("sign-in", "prove"):
            page.goto(full.address + one.path)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wide[one.name] = over
    assert wide == {}


def test_no_page_asks_for_anything_that_its_policy_forbids(full: Site, browse: Browse) -> None:
    page = browse()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    full.enter(page, "van-thu")
    for one in shots(full.office):
        if one.who in ("", "van-thu") and one.name != "error":
            page.goto(full.address + one.path)
    assert said == []


def tab_to(page: "Page", text: str, most: int = 60) -> None:
    """Press Tab until what has the focus is called so."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if text in str(page.evaluate("document.activeElement.innerText || document.activeElement.value || ''")):
            return
    raise AssertionError(f"no way to {text} by keyboard")


def test_a_clerk_reviews_by_keyboard_alone(full: Site, browse: Browse) -> None:
    page = browse()
    full.enter(page, "van-thu")
    page.goto(f"{full.address}/?loai=review")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("table.work input:checked").count() == 1
    chosen = str(page.locator("table.work input:checked").get_attribute("value"))
    tab_to(page, "Xác nhận các dòng đã chọn")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.good")
    assert {one.id: one.state for one in full.office.matters()}[chosen] is DisclosureState.DUE
    page.goto(f"{full.address}/nhan")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector(".notice.good")
    states = [of(full.office, one).state for one in REVIEWED]
    assert states.count(DisclosureState.DUE) == 2


def test_a_password_may_be_looked_at_while_it_is_typed_and_is_masked_when_sent(full: Site, browse: Browse) -> None:
    page = browse()
    page.goto(f"{full.address}/dang-nhap")
    page.fill("#name", "van-thu")
    page.fill("#password", "một câu sai")
    page.check(".reveal input")
    assert page.get_attribute("#password", "type") == "text"
    page.uncheck(".reveal input")
    assert page.get_attribute("#password", "type") == "password"
    page.check(".reveal input")
    page.evaluate("document.querySelector('main form').addEventListener('submit', (event) => event.preventDefault())")
    page.press("#password", "Enter")
    assert page.get_attribute("#password", "type") == "password"
    plain = browse(java_script_enabled=False)
    plain.goto(f"{full.address}/dang-nhap")
    assert not plain.is_visible(".reveal")


def test_the_first_tab_leads_to_the_content(full: Site, browse: Browse) -> None:
    page = browse()
    page.goto(f"{full.address}/dang-cong-khai")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_posting_comment_and_answer_work_without_javascript(full: Site, browse: Browse, tmp_path: Path) -> None:
    page = browse(java_script_enabled=False)
    board = next(one for one in of(full.office, DUE).postings if one.channel == "bang-tin")
    full.enter(page, "van-thu")
    page.goto(f"{full.address}/?loai=posting")
    page.locator(f"a.button[href='/niem-yet/{board.id}']").click()
    picture = tmp_path / "bang.png"
    picture.write_bytes(photo("board"))
    page.set_input_files("#e-photo", picture)
    page.get_by_role("button", name="Xác nhận đã công khai").click()
    page.wait_for_selector(".notice.good")
    assert next(one for one in of(full.office, DUE).postings if one.id == board.id).state is PostingState.UP
    page.goto(f"{full.address}/y-kien/2")
    page.fill("#answer", "Sẽ hạ bảng tin xuống.")
    page.get_by_role("button", name="Ghi câu trả lời").click()
    page.wait_for_selector(".notice.good")
    page.goto(f"{full.address}/dang-cong-khai/{of(full.office, DUE).id}")
    page.fill("#text", "Xin cảm ơn, đã đọc.")
    page.get_by_role("button", name="Gửi ý kiến").click()
    page.wait_for_selector(".notice.good")
    assert "Xin cảm ơn, đã đọc." in [one.text for one in of(full.office, DUE).feedback]


def test_tag_review_comment_and_language_work_without_javascript(full: Site, browse: Browse) -> None:
    page = browse(java_script_enabled=False)
    full.enter(page, "van-thu")
    subject = "Cử cán bộ đi học lớp trung cấp"  # a paper of its own: the tests share the house, in any order
    full.office.script.keys[subject] = "?personnel/personnel.people"
    full.office.receive(paper("93", subject))
    last = of(full.office, subject)
    page.goto(f"{full.address}/nhan/{last.documents[0]}?tim=noi quy")
    page.locator("input[type=radio]").first.check()
    page.get_by_role("button", name="Đổi thành nội dung đã chọn").click()
    page.wait_for_selector(".notice.good")
    assert of(full.office, subject).state is DisclosureState.DUE
    page.goto(f"{full.address}/y-kien/nhap?ve={last.id}")
    page.fill("#text", "Đề nghị niêm yết cả ở thôn.")
    page.get_by_role("button", name="Lưu ý kiến").click()
    page.wait_for_selector(".notice.good")
    assert "Đề nghị niêm yết cả ở thôn." in [one.text for one in of(full.office, subject).feedback]
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("link", name="Work list").count() == 1


def test_a_comment_is_entered_and_noted_by_keyboard_alone(full: Site, browse: Browse) -> None:
    page = browse()
    full.enter(page, "van-thu")
    page.goto(f"{full.address}/y-kien")
    tab_to(page, "Nhập ý kiến đã nhận")
    page.keyboard.press("Enter")
    page.wait_for_url("**/y-kien/nhap")
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type("Bảng tin thiếu đèn chiếu sáng.")
    tab_to(page, "Lưu ý kiến")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.good")
    page.goto(f"{full.address}/y-kien?trang-thai=unmatched")
    page.keyboard.press("j")
    assert "/y-kien/" in str(page.evaluate("document.activeElement.getAttribute('href')"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer")
    tab_to(page, "Đánh dấu, không trả lời")


def test_no_page_keeps_a_vietnamese_sentence_from_an_english_reader(full: Site) -> None:
    known: dict[str, str] = getattr(catalogue("en"), "_catalog", {})
    sentences = [one for one in known if "{" not in one and len(one) > 14 and known[one] != one]
    left: dict[str, list[str]] = {}
    for who in sorted({one.who for one in shots(full.office)}):
        client = full.signed_in(who) if who else full.visitor()
        client.cookies.set(COOKIE, "en")
        for one in shots(full.office):
            if one.who == who:
                words = unescape(re.sub(r"<[^>]+>", "\n", client.get(one.path, follow_redirects=True).text))
                shown = {line.strip(" :.…") for line in words.splitlines()}
                if found := [sentence for sentence in sentences if sentence.strip(" :.…") in shown - OWN_WORDS]:
                    left[one.name] = found
    assert left == {}
