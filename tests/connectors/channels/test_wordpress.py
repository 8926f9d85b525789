"""A WordPress site over its REST API: public once, whole or not at all, found again, taken down without a trace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.simulators.wordpress import PASSWORD, WordPressSimulator
from congkhai.connectors.wordpress import WordPressChannel, WordPressSettings
from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.records import Notice

from .bench import TITLE, Bench

SCENARIO = {"name": "thử", "start": "2026-07-01T07:30:00+07:00", "end": "2026-09-01T00:00:00+07:00",
            "agency": {"name": "Xã Mẫu", "code": "X01"}, "entries": [], "outages": []}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Running]:
    running = Running(WordPressSimulator(tmp_path / "wordpress", parse_scenario(SCENARIO)))
    yield running
    running.stop()


def channel(bench: Bench, site: Running, **settings: str) -> WordPressChannel:
    folder = bench.context.folder.parent
    (folder / "wp").write_text(PASSWORD, encoding="utf-8")
    written = {
        "base-url": site.line["url"], "username": "bien-tap", "application-password": "{file wp}", "max-rps": "500",
        "retry-wait": "1 ms", "read-timeout": "5 s", **settings,
    }  # fmt: skip
    return WordPressChannel(WordPressSettings.model_validate(written, context={"folder": folder}), bench.context)


def plant(site: Running, fault: str, on: str, **more: Any) -> None:
    assert requests.post(f"{site.control}/fault", json={"fault": fault, "on": on, **more}, timeout=5).ok


def posts(site: Running) -> list[dict[str, Any]]:
    return list(site.simulator.memory.get("posts", {}).values())


def media(site: Running) -> list[dict[str, Any]]:
    return list(site.simulator.memory.get("media", {}).values())


def test_a_notice_becomes_one_public_post_with_its_papers(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site, categories="3, 7")
    assert wordpress.find("k1") is None
    receipt = wordpress.publish(bench.notice())
    (post,) = posts(site)
    assert (post["status"], post["title"], post["categories"]) == ("publish", TITLE, [3, 7])
    assert receipt.detail == f"{site.base}/cong-khai-c0123456789abcde/"
    assert [one["mime_type"] for one in media(site)] == ["application/pdf", "application/octet-stream"]
    assert "<script" not in post["content"]
    for one in media(site):
        assert f"{site.base}/wp-content/uploads/{one['file']}" in post["content"]
    found = wordpress.find("k1")
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_publishing_again_changes_nothing_and_a_lost_note_is_no_loss(bench: Bench, site: Running) -> None:
    channel(bench, site).publish(bench.notice())
    before = posts(site)
    for note in bench.context.folder.glob("post-*.json"):
        note.unlink()
    again = channel(bench, site)
    assert again.find("k1") is not None
    again.publish(bench.notice())
    assert posts(site) == before
    assert len(media(site)) == 2


@pytest.mark.parametrize(
    "fault", ["reset", "5xx", "html", "accept_then_timeout", "accept_then_garbage", "truncated", "429"]
)
@pytest.mark.parametrize("on", ["POST /wp-json/wp/v2/media", "POST /wp-json/wp/v2/posts", "GET /wp-json/wp/v2/posts"])
def test_whatever_the_wire_does_there_is_one_public_post_in_the_end(
    bench: Bench, site: Running, fault: str, on: str
) -> None:
    wordpress = channel(bench, site, retries="0")
    plant(site, fault, on, retry_after=0)
    for _turn in range(5):
        try:
            if wordpress.find("k1") is None:
                wordpress.publish(bench.notice())
            break
        except UndecidedError:
            assert on.startswith("GET")  # only a reading that fails may leave it open
        except OutsideError:
            continue
    public = [post for post in posts(site) if post["status"] == "publish"]
    assert [post["slug"] for post in public] == ["cong-khai-c0123456789abcde"]
    assert wordpress.find("k1") is not None


def test_nothing_is_public_before_everything_is_there(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site, retries="0")
    plant(site, "5xx", "POST /wp-json/wp/v2/media", after=1, times=9)
    with pytest.raises(OutsideError):
        wordpress.publish(bench.notice())
    assert [post for post in posts(site) if post["status"] == "publish"] == []


def test_an_account_that_may_not_publish_is_refused_and_said_so_beforehand(bench: Bench, site: Running) -> None:
    contributor = channel(bench, site, username="cong-tac")
    with pytest.raises(AccessError):
        contributor.publish(Notice("k1", "c1", TITLE, "x", ()))
    (result,) = contributor.check(live=True)
    assert (result.result, "publish_posts" in result.what) == ("fail", True)
    stranger = channel(bench, site, username="ke-la")
    with pytest.raises(AccessError):
        stranger.publish(bench.notice())
    assert [one.result for one in stranger.check(live=True)] == ["fail"]
    assert [one.result for one in channel(bench, site).check(live=True)] == ["ok"]
    assert [one.result for one in channel(bench, site).check(live=False)] == ["skipped"]


def test_a_probe_looks_as_anybody_may(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site, retries="0")
    assert wordpress.probe("k1").visible is False
    wordpress.publish(bench.notice())
    first = wordpress.probe("k1")
    assert (first.visible, first.status, len(first.sha256)) == (True, 200, 64)
    assert wordpress.probe("k1").sha256 == first.sha256
    posts(site)[0]["content"] += "<p>chèn thêm</p>"
    assert wordpress.probe("k1").sha256 != first.sha256
    posts(site)[0]["status"] = "private"
    hidden = wordpress.probe("k1")
    assert (hidden.visible, hidden.status) == (False, 401)
    posts(site)[0]["status"] = "publish"
    site.simulator.memory["media"].popitem()
    assert wordpress.probe("k1").visible is False
    plant(site, "5xx", "GET", times=20)
    assert wordpress.probe("k1").visible is None


@pytest.mark.parametrize("fault", ["html", "body_error", "5xx", "accept_then_garbage", "accept_then_timeout"])
@pytest.mark.parametrize("on", ["DELETE /wp-json/wp/v2/media", "POST /wp-json/wp/v2/posts"])
def test_an_answer_that_is_not_the_sites_own_takes_nothing_down(
    bench: Bench, site: Running, fault: str, on: str
) -> None:
    wordpress = channel(bench, site, retries="0")
    wordpress.publish(bench.notice())
    plant(site, fault, on)
    with pytest.raises(OutsideError):
        wordpress.withdraw("k1")
    wordpress.withdraw("k1")
    (post,) = posts(site)
    assert ("congkhai-withdrawn" in post["content"], media(site)) == (True, [])


@pytest.mark.parametrize(("how", "status"), [("notice", "publish"), ("draft", "draft")])
def test_a_withdrawn_post_says_nothing_and_its_files_are_gone(
    bench: Bench, site: Running, how: str, status: str
) -> None:
    wordpress = channel(bench, site, withdrawal=how)
    wordpress.publish(bench.notice())
    plant(site, "5xx", "POST /wp-json/wp/v2/posts", times=9)
    with pytest.raises(OutsideError):
        wordpress.withdraw("k1")  # the files go, then the site breaks
    requests.post(f"{site.control}/fault", json={"clear": True}, timeout=5)
    for _turn in range(2):
        wordpress.withdraw("k1")
    (post,) = posts(site)
    assert (post["status"], media(site)) == (status, [])
    for word in ("Kế hoạch", "Điều 6.2", "15/KH-UBND"):
        assert word not in post["title"] + post["content"]
    assert wordpress.probe("k1").visible is False
    wordpress.withdraw("never there")


def test_a_corrected_notice_keeps_its_address(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site)
    first = wordpress.publish(bench.notice())
    second = wordpress.publish(bench.notice("k2"))
    assert (second.detail, second.remote_id) == (first.detail, first.remote_id)
    assert wordpress.find("k1") is None
    assert wordpress.find("k2") is not None


def test_two_notices_with_one_paper_do_not_lose_it_together(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site)
    wordpress.publish(bench.notice())
    wordpress.publish(bench.notice("k2", "c2"))
    assert len(media(site)) == 4
    wordpress.withdraw("k1")
    assert wordpress.probe("k2").visible is True


def test_a_post_of_somebody_else_under_our_slug_is_left_alone(bench: Bench, site: Running) -> None:
    wordpress = channel(bench, site)
    wordpress.publish(Notice("k0", "khac", "x", "y", ()))
    posts(site)[0].update(slug="cong-khai-c0123456789abcde", content="bài của người khác")
    receipt = wordpress.publish(bench.notice())
    assert receipt.detail.endswith("/cong-khai-c0123456789abcde-2/")
    assert posts(site)[0]["content"] == "bài của người khác"


def test_a_password_never_goes_in_clear_text_to_another_machine(bench: Bench, site: Running) -> None:
    with pytest.raises(ValueError, match="https"):
        channel(bench, site, **{"base-url": "http://mauson.example.vn/"})
