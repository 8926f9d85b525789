"""
One matter from the clerk's first look to the inspector's receipt, in the browser.

Three people sign, each in their own way: through the plug-in on their PC, by confirming on the phone, and with a
program of their own. Between the steps of people the office's clock moves on, and its daemon does what is due.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.signing_plugin import running
from congkhai.plugin.demo.people import photo
from congkhai.plugin.records import DisclosureState, Minutes
from congkhai.plugin.store import tables as t
from congkhai.plugin.web.server import serving
from congkhai.signing import Trust, verify_path
from tests.plugin.way.office import PEOPLE, STAFF_PAGE, Office, ini_text, prepare
from tests.plugin.way.script import Script, paper, plan_paper
from tests.plugin.way.test_signing_return import plug_in

from .conftest import Site
from .remote_service import look, remote_service, signs_remotely, trusted
from .test_browser import faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SUBJECT = "Quyết định về việc ban hành Quy chế chi tiêu nội bộ năm 2026"
BOARD = "[channel:bang-tin]\ntype = notice-board\nplace = Bản tin công khai\n"


@pytest.fixture
def port() -> int:
    """A free port, where the plug-in will listen in place of 8987."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def browser(port: int, launch: Callable[..., "Browser"]) -> "Iterator[Browser]":
    """Chromium that finds the plug-in's address at another port, so that no two runs meet."""
    made = launch(f"--host-resolver-rules=MAP 127.0.0.1:8987 127.0.0.1:{port}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with remote_service(tmp_path_factory.mktemp("csc")) as one:
        yield one


@pytest.fixture
def site(tmp_path: Path, pki: Path, service: Running) -> Iterator[Site]:
    """An office with a paper that waits for the clerk's review."""
    folder = tmp_path / "house"
    prepare(folder, pki, signs_remotely(ini_text(STAFF_PAGE, BOARD), service, "head"))
    trusted(folder, service)
    office = Office(folder, Script(keys={SUBJECT: "?personnel/personnel.people"}))
    with ExitStack() as stack:
        stack.callback(office.house.close)
        office.receive(plan_paper(), paper("31", SUBJECT))
        office.wait(hours=1)
        yield Site(office, stack.enter_context(serving(office.house, port=0)), stack)


def minutes(office: Office, kind: str) -> Minutes:
    made = office.paper(kind)
    assert made is not None, kind
    return made


def test_from_review_to_the_inspectors_receipt_with_three_ways_to_sign(
    site: Site, browser: "Browser", service: Running, port: int, tmp_path: Path
) -> None:
    office, said = site.office, []

    def desk(name: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            ignore_https_errors=True,
            viewport={"width": 1366, "height": 768},
        )
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        site.enter(page, name)
        return page

    clerk, chair, head = desk("van-thu", scripts=False), desk("mat-tran"), desk("thu-truong", scripts=False)

    # The clerk reviews, posts on the board with a photo, and enters a comment that came in by hand.
    clerk.goto(f"{site.address}/?loai=review")
    clerk.locator("table.work input[type=checkbox]").check()
    clerk.get_by_role("button", name="Xác nhận các dòng đã chọn").click()
    clerk.wait_for_selector(".notice.good")
    office.wait(hours=1)
    picture = tmp_path / "bang.png"
    picture.write_bytes(photo("bảng tin"))
    clerk.goto(f"{site.address}/niem-yet/{office.posting('bang-tin').id}")
    clerk.set_input_files("#e-photo", picture)
    clerk.get_by_role("button", name="Xác nhận đã công khai").click()
    clerk.wait_for_selector(".notice.good")
    office.work()
    matter = office.matter()
    clerk.goto(f"{site.address}/y-kien/nhap?ve={matter.id}")
    clerk.fill("#text", "Đề nghị ghi rõ mức khoán văn phòng phẩm.")
    clerk.locator("main form button").first.click()
    clerk.wait_for_selector(".notice.good")

    def broken(address: str) -> list[str]:
        # Axe is put into the page as script, which our policy forbids; the policy is looked at by the other pages.
        context = browser.new_context(bypass_csp=True, locale="vi-VN")
        page = context.new_page()
        site.enter(page, "thu-truong")
        page.goto(f"{address}?dung=1")
        found = faults(page)
        page.emulate_media(color_scheme="dark")
        found += faults(page)
        context.close()
        return found

    def by_plug_in(kind: str) -> None:
        chair.goto(f"{site.address}/ky")
        chair.locator(f"a.button[href='/ky/{minutes(office, kind).id}']").click()
        chair.get_by_role("link", name="Tôi đã đọc, chọn cách ký").click()
        chair.click("#plug-in-start")

    def by_phone(kind: str) -> None:
        head.goto(f"{site.address}/ky/{minutes(office, kind).id}/ky-so")
        head.get_by_role("button", name="Gửi yêu cầu đến điện thoại").click()
        look(office, 2)
        head.wait_for_selector("text=Hãy mở ứng dụng ký số trên điện thoại")  # the page comes again by itself
        if kind == "posting":
            assert broken(head.url) == []
        service.simulator.control("POST", "confirm", {})
        look(office)
        head.wait_for_selector("text=Đã ký và kiểm tra xong.")

    def by_own_program(kind: str) -> None:
        clerk.goto(f"{site.address}/ky/{minutes(office, kind).id}/ky-so")
        with clerk.expect_download() as waiting:
            clerk.get_by_role("link", name="Tải nội dung sẽ ký (XML)").click()
        signed = tmp_path / f"{kind}-da-ky.xml"
        signed.write_bytes(plug_in(office, "records_officer").signed(waiting.value.path().read_bytes(), plain=False))
        clerk.set_input_files("#returned", signed)
        clerk.get_by_role("button", name="Gửi chữ ký").click()
        clerk.wait_for_selector("text=Đã nhận chữ ký và kiểm tra xong.")

    by_plug_in("posting")
    chair.wait_for_selector("text=Không nối được tới phần mềm ký số trên máy này.")
    plugin = plug_in(office, "front_chair")
    with running(plugin, port):
        plugin.behaviour = "declined"
        chair.click("#plug-in-start")
        chair.wait_for_selector("text=Người dùng đã huỷ việc ký")
        plugin.behaviour = "garbage"
        chair.click("#plug-in-start")
        chair.wait_for_selector("text=trả lời không đúng dạng")
        plugin.behaviour = "other"
        chair.click("#plug-in-start")
        chair.wait_for_selector("text=không phải phần thân của văn bản này")
        assert minutes(office, "posting").signatures == ()
        plugin.behaviour = ""
        by_plug_in("posting")
        chair.wait_for_selector("text=Đã nhận chữ ký và kiểm tra xong.")
        assert plugin.asked[-1] == {"ReturnSignatureOnly": False, "HashAlg": "SHA256", "XmlDsigForm": True}
        by_phone("posting")
        by_own_program("posting")
        assert minutes(office, "posting").missing == ()

        # The time of posting goes by; the clerk takes the sheet down, and the same three sign again.
        office.wait(days=24)
        assert office.matter().state is DisclosureState.CLOSING
        clerk.goto(f"{site.address}/niem-yet/{office.posting('bang-tin').id}")
        clerk.get_by_role("button", name="đã gỡ").first.click()
        clerk.wait_for_selector(".notice.good")
        office.work()
        by_own_program("closing")
        by_phone("closing")
        by_plug_in("closing")
        chair.wait_for_selector("text=Đã nhận chữ ký và kiểm tra xong.")
    office.work()
    by_phone("report")
    office.wait(hours=2)
    assert office.matter().state is DisclosureState.FILED
    assert {row.level for row in office.rows(t.signature)} == {"", "XML-DSig", "BES"}

    # The inspector believes nobody: verdict on the page, receipt on paper, the same offline.
    inspector = desk("thanh-tra")
    inspector.goto(f"{site.address}/cong-khai/{matter.id}")
    assert "XML-DSig thường" in inspector.inner_text("main")
    inspector.get_by_role("link", name="Kiểm tra chữ ký").last.click()
    inspector.wait_for_selector(".verdict.TOTAL_PASSED")
    assert PEOPLE["front_chair"] in inspector.inner_text("main")
    with inspector.expect_download() as receipt:
        inspector.get_by_role("link", name="Lấy phiếu kết quả (PDF)").click()
    assert receipt.value.path().read_bytes().startswith(b"%PDF-")
    dossier = office.dossier()
    assert dossier is not None
    assert verify_path(Path(dossier.path), Trust.load(office.folder / "trust"), office.now).indication == "TOTAL_PASSED"
    assert [text for text in said if "Content Security Policy" in text] == []
