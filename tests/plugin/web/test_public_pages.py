"""What staff see without an account: the list in force, the quarter, the feed, and the form for comments."""

from typing import Any

import feedparser

from congkhai.plugin import desk
from congkhai.plugin.feedback import PER_CLIENT
from tests.plugin.way.office import CLERK

from .conftest import Site


def test_a_comment_gets_a_number_and_reaches_the_clerk(site: Site) -> None:
    visitor, matter = site.visitor(), site.office.matter()
    sent = visitor.post(f"/dang-cong-khai/{matter.id}/y-kien", data={"text": "Đề nghị nêu rõ mức chi."})
    assert sent.status_code == 303
    assert "Ý kiến của bạn mang số 1." in visitor.get(sent.headers["location"]).text
    assert "Đề nghị nêu rõ mức chi." in site.signed_in("van-thu").get("/y-kien/1").text


def test_whoever_comments_is_told_what_is_kept_for_what_and_how_it_is_erased(site: Site) -> None:
    matter = site.office.matter().id
    shown = site.visitor().get(f"/dang-cong-khai/{matter}").text
    form = shown.partition("/y-kien")[2].partition("</form>")[0]
    whom = site.office.house.configuration.agency.name
    for said in ("nơi nhận trả lời nếu bạn ghi", "dạng mã", "biên bản, hồ sơ", "muốn xóa", whom):
        assert said in form


def test_too_many_comments_from_one_place_have_to_wait(site: Site) -> None:
    visitor, matter = site.visitor(), site.office.matter()
    answers = [
        visitor.post(f"/dang-cong-khai/{matter.id}/y-kien", data={"text": f"Ý kiến thứ {number}"}).status_code
        for number in range(PER_CLIENT + 1)
    ]
    assert answers == [303] * PER_CLIENT + [409]


def test_an_empty_comment_is_refused(site: Site) -> None:
    answer = site.visitor().post(f"/dang-cong-khai/{site.office.matter().id}/y-kien", data={"text": " "})
    assert answer.status_code == 400


def test_what_was_withdrawn_is_no_longer_there_for_anybody_without_an_account(site: Site) -> None:
    matter = site.office.matter()
    desk.withdraw_matter(site.office.house, matter.id, CLERK, "ban hành nhầm")
    visitor = site.visitor()
    assert visitor.get(f"/dang-cong-khai/{matter.id}").status_code == 400
    assert matter.title not in visitor.get("/dang-cong-khai").text
    assert matter.title not in visitor.get("/dang-cong-khai/quy/2026/3").text
    assert visitor.post(f"/dang-cong-khai/{matter.id}/y-kien", data={"text": "còn không?"}).status_code == 400


def test_the_quarter_lists_what_became_public_in_it(site: Site) -> None:
    visitor, matter = site.visitor(), site.office.matter()
    assert matter.title in visitor.get("/dang-cong-khai/quy/2026/3").text
    for other in ("2026/2", "2026/4", "2025/3"):
        assert matter.title not in visitor.get(f"/dang-cong-khai/quy/{other}").text
    assert visitor.get("/dang-cong-khai/quy/2026/5").status_code == 400


def test_the_feed_is_valid_atom(site: Site) -> None:
    answer = site.visitor().get("/dang-cong-khai.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed: Any = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id
    assert feed.feed.updated_parsed
    (entry,) = feed.entries
    assert entry.title == site.office.matter().title
    assert entry.id
    assert entry.updated_parsed
    assert entry.link.endswith(f"/dang-cong-khai/{site.office.matter().id}")


def test_the_list_closes_when_the_ini_says_so(serve: Any, at_stage: Any) -> None:
    closed = serve(at_stage("posted", lambda text: text.replace("[web]", "[web]\nlist-without-account = no")))
    assert closed.visitor().get("/dang-cong-khai").status_code == 303
    assert closed.signed_in("thanh-tra").get("/dang-cong-khai").status_code == 200
