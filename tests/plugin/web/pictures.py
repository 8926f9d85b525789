"""
Every page in one house where each has something to show: what axe looks at, and what is photographed.

``python -m tests.plugin.web.pictures`` writes the pictures to ``docs/images/``; they are looked at by a person.
"""

import io
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from congkhai.plugin.confirmation import confirm
from congkhai.plugin.demo.people import photo
from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.dossier_decision import settle_words
from congkhai.plugin.feedback import enter, submit
from congkhai.plugin.interfaces import Printable
from congkhai.plugin.kinds_matters import open_matter
from congkhai.plugin.pausing import pause_posting
from congkhai.plugin.records import Disclosure, DisclosureState, Minutes, Notice, PostingState
from congkhai.plugin.scans import keep_scan
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.plugin.web.server import serving
from tests.plugin.way.office import CLERK, STAFF_PAGE, Office, ini_text, prepare
from tests.plugin.way.script import Script, paper, plan_paper

from .conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = Path(__file__).parents[3] / "docs" / "images"
SIZES = {"1366x768": (1366, 768), "390x844": (390, 844)}
LARGEST = 60_000
"""Bytes of one picture."""
BOARD = """\
[channel:bang-tin]
type = notice-board
place = Bản tin công khai tại trụ sở
agency-name = UBND xã Mẫu Sơn
"""
CONFERENCE = "[channel:hoi-nghi]\ntype = conference\nplace = Hội nghị cán bộ, công chức\n"
LONG = (
    "Quyết định về việc ban hành Quy chế chi tiêu nội bộ và quản lý, sử dụng tài sản công của Ủy ban nhân dân xã năm "
    "2026, thay thế các quy định trước đây trái với quy chế này"
)
PUBLIC = "Công khai dự toán thu, chi ngân sách quý II năm 2026"
DUE = "Hướng dẫn thực hiện dân chủ ở cơ sở trong nội bộ cơ quan"
REVIEWED = (
    "Nâng bậc lương thường xuyên đợt 1", "Nâng bậc lương thường xuyên đợt 2", "Cử cán bộ đi bồi dưỡng nghiệp vụ",
)  # fmt: skip


@dataclass(frozen=True)
class Shot:
    """One page: the name of its picture, its address, and who looks at it (empty: nobody signed in)."""

    name: str
    path: str
    who: str = "van-thu"


def furnished(folder: Path, pki: Path) -> Office:
    """Make a house in which every page has something to show: matters in many states, comments, stuck work."""
    prepare(folder, pki, ini_text(STAFF_PAGE, BOARD, CONFERENCE))
    office = Office(folder, Script(keys=dict.fromkeys(REVIEWED, "?personnel/personnel.people")))
    office.receive(plan_paper(), paper("31", LONG, type="Quyết định", number="31/QĐ-UBND"))
    _post(office)
    office.sign()
    office.wait(days=24)
    office.take_down_all()
    office.sign()
    office.sign()
    office.wait(hours=2)
    channel = office.house.channels["bang-tin"]
    assert isinstance(channel, Printable)
    office.source.files["52"] = {"du-toan-quy-2.pdf": channel.sheet(Notice("k", "mau", PUBLIC, "", ()))}
    days = {"issued": date(2026, 7, 29), "arrived": date(2026, 7, 30)}
    office.receive(paper("52", PUBLIC, issuer="Phòng Kinh tế", **days))
    _post(office)
    office.receive(paper("53", DUE, **days), *(paper(str(60 + n), one, **days) for n, one in enumerate(REVIEWED)))
    office.wait(hours=1)
    _say(office)
    return office


def _post(office: Office) -> None:
    office.wait(hours=2)
    for matter in office.matters():
        for posting in matter.postings:
            if posting.state is PostingState.WAITING and matter.state is DisclosureState.DUE:
                board = posting.channel == "bang-tin"
                answers = {} if board else {"participants": "25"}
                files = {"photo": photo(posting.id)} if board else {"minutes": b"%PDF-1.7 bien ban hoi nghi"}
                confirm(office.house, posting.id, CLERK, since=office.now, answers=answers, files=files)
    office.work()


def _say(office: Office) -> None:
    open_matter(office.house, "supervision", "Giám sát năm 2026", 2026, CLERK)
    office.work()
    house, public = office.house, of(office, PUBLIC)
    submit(house, public.id, "Đề nghị ghi rõ mức khoán văn phòng phẩm của từng bộ phận.", client="192.0.2.7")
    enter(house, None, CLERK, "Bảng tin đặt hơi cao, người đi xe lăn khó đọc.", source="visit", sender="0900 000 000")
    minutes = _minutes(office)
    keep_scan(house, minutes.id, CLERK, "Biên bản niêm yết đã ký tay.pdf", b"%PDF-1.7 scan", "bản giấy lưu văn thư")
    with house.store.write(house.agency, "congkhai") as tx:
        tx.record_fault("attachment", "Công văn 70/UBND-VP: phu-luc.pdf", "Tệp bị hỏng.", "Xin bên gửi gửi lại.")
    board = next(one for one in public.postings if one.channel == "bang-tin")
    pause_posting(house, board.id, CLERK, "Sơn lại bảng tin.")


def _minutes(office: Office) -> Minutes:
    with office.house.store.read() as connection:
        minutes = read.minutes(connection, of(office, PUBLIC).id, "posting")
    assert minutes is not None
    return minutes


def of(office: Office, title: str) -> Disclosure:
    """Return the matter with this title."""
    return next(one for one in office.matters() if one.title == title)


def _dossier(office: Office, subject: str) -> str:
    with office.house.store.read() as connection:
        found = read.dossier(connection, subject)
    assert found is not None
    return found.id


def shots(office: Office) -> list[Shot]:
    """Return every page that shows something, and who sees it."""
    public, due, done = of(office, PUBLIC), of(office, DUE), of(office, LONG)
    review = of(office, REVIEWED[0])
    board = {one.channel: one.id for one in due.postings}
    paused = next(one.id for one in public.postings if one.channel == "bang-tin")
    document = next(one for one in office.documents() if one.id == public.documents[0])
    minutes = _minutes(office)
    (staff,) = office.rows(t.staff_matter)
    lacking = _dossier(office, staff.id)
    draft = settle_words(office.house, lacking, "head", "Nhiệm kỳ này chưa bầu Ban Thanh tra nhân dân.")
    return [
        Shot("sign-in", "/dang-nhap", ""), Shot("ticket", "/mot-lan", ""), Shot("verify", "/kiem-tra", ""),
        Shot("public", "/dang-cong-khai", ""), Shot("public-matter", f"/dang-cong-khai/{public.id}", ""),
        Shot("quarter", "/dang-cong-khai/quy/2026/3", ""),
        Shot("verdict", f"/kiem-tra/{done.id}", "thanh-tra"),
        Shot("work", "/?loai=review"), Shot("work-posting", "/?loai=posting"),
        Shot("work-stuck", "/?loai=stuck", "quan-tri"), Shot("work-empty", "/?loai=unsure"),
        Shot("disclosures", "/cong-khai?tim=du toan ngan sach"), Shot("disclosure", f"/cong-khai/{public.id}"),
        Shot("disclosure-filed", f"/cong-khai/{done.id}", "thanh-tra"),
        Shot("acts", f"/cong-khai/{public.id}/thao-tac"),
        Shot("dossiers", "/ho-so", "thanh-tra"), Shot("dossier", f"/ho-so/{_dossier(office, done.id)}", "thanh-tra"),
        Shot("dossier-parts", f"/ho-so/{lacking}"), Shot("waive", f"/ho-so/{lacking}/ket-thuc", "thu-truong"),
        Shot("waive-sign", f"/ho-so/{lacking}/ket-thuc/{draft.sha256}", "thu-truong"),
        Shot("posting", f"/niem-yet/{board['bang-tin']}"), Shot("conference", f"/niem-yet/{board['hoi-nghi']}"),
        Shot("posting-paused", f"/niem-yet/{paused}"), Shot("posting-head", f"/niem-yet/{paused}", "thu-truong"),
        Shot("scans", f"/bien-ban/{minutes.id}/ban-quet"),
        Shot("preview", f"/cong-khai/{public.id}/xem/{document.id}/1"),
        Shot("tags", "/nhan"), Shot("tag", f"/nhan/{review.documents[0]}"),
        Shot("tag-alike", f"/nhan/{review.documents[0]}/tuong-tu"),
        Shot("feedback", "/y-kien"), Shot("feedback-item", "/y-kien/2"),
        Shot("feedback-enter", f"/y-kien/nhap?ve={public.id}"),
        Shot("calendar", "/lich?thang=2026-08", "thu-truong"), Shot("year", "/nam", "thu-truong"),
        Shot("sign-list", "/ky", "mat-tran"), Shot("sign-paper", f"/ky/{minutes.id}", "mat-tran"),
        Shot("sign-now", f"/ky/{minutes.id}/ky-so", "mat-tran"),
        Shot("account", "/tai-khoan"), Shot("prove", "/xac-nhan"), Shot("error", "/cong-khai/khong-co"),
    ]  # fmt: skip


def small(png: bytes) -> bytes:
    """Return a picture with few colours, scaled down until it is small enough to keep."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours, share in ((64, 1.0), (32, 1.0), (16, 0.8), (16, 0.6), (8, 0.5)):
        size = (int(picture.width * share), int(picture.height * share))
        target = io.BytesIO()
        drawn = picture if share == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        drawn.quantize(colours).save(target, "PNG", optimize=True)
        if target.tell() < LARGEST:
            break
    return target.getvalue()


def photograph(browser: "Browser", site: Site, folder: Path, only: tuple[str, ...] = ()) -> None:
    """Write a picture of every page at each size."""
    for size, (width, height) in SIZES.items():
        for who in sorted({one.who for one in shots(site.office)}):
            context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN")
            page = context.new_page()
            if who:
                site.enter(page, who)
            for one in shots(site.office):
                if one.who == who and (not only or one.name in only):
                    page.goto(site.address + one.path)
                    (folder / f"{one.name}-{size}.png").write_bytes(small(page.screenshot(full_page=False)))
            context.close()


def main(arguments: list[str]) -> None:
    """Write the pictures; arguments name single ones."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium")
    assert executable, "pictures need the Debian package chromium"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scenario = load_scenario()
        make_pki(folder / "pki", scenario.agency, scenario.people)
        office = furnished(folder / "house", folder / "pki")
        stack.callback(office.house.close)
        site = Site(office, stack.enter_context(serving(office.house, port=0)), stack)
        play = stack.enter_context(sync_playwright())
        options = ["--no-sandbox", "--disable-gpu", "--lang=vi"]
        words = {**os.environ, "LANGUAGE": "vi"}
        browser = play.chromium.launch(executable_path=executable, args=options, env=words)
        photograph(browser, site, FOLDER, tuple(arguments))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
