"""A Zalo Official Account: one article, shown when whole, tokens that are good once kept safely."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.simulators.zalo import SECRET, SEED, ZaloSimulator
from congkhai.connectors.zalo import ZaloChannel, ZaloSettings, title_code
from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import feedback_code

from .bench import Bench
from .test_wordpress import SCENARIO, plant


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Running]:
    running = Running(ZaloSimulator(tmp_path / "zalo", parse_scenario(SCENARIO)))
    yield running
    running.stop()


def channel(bench: Bench, account: Running, *, seed: str = SEED, **settings: str) -> ZaloChannel:
    folder = bench.context.folder.parent
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    (folder / "seed").write_text(seed, encoding="utf-8")
    written = {
        "api-url": account.line["url"], "oauth-url": account.line["url"], "app-id": "1", "max-rps": "500",
        "secret-key": "{file secret}", "refresh-token": "{file seed}", "author": "UBND xã Mẫu Sơn",
        "cover-url": "https://mauson.example.vn/bia.png", "retry-wait": "1 ms",
        "page-url": "https://mauson.example.vn/cong-khai/{disclosure}/", **settings,
    }  # fmt: skip
    return ZaloChannel(ZaloSettings.model_validate(written, context={"folder": folder}), bench.context)


def articles(account: Running) -> list[dict[str, Any]]:
    return list(account.simulator.memory.get("articles", {}).values())


def act(account: Running, name: str) -> None:
    assert requests.post(f"{account.control}/{name}", json={}, timeout=5).ok


def calls(account: Running, part: str) -> int:
    return sum(part in call["path"] for call in account.simulator.calls())


def test_a_notice_becomes_one_shown_article_with_digests_and_a_way_to_the_papers(
    bench: Bench, account: Running
) -> None:
    zalo = channel(bench, account)
    assert zalo.find("k1") is None
    receipt = zalo.publish(bench.notice())
    (article,) = articles(account)
    assert (article["status"], article["comment"]) == ("show", "hide")
    assert article["title"].endswith(f"[{title_code('k1')}]")
    text = json.dumps(article["body"], ensure_ascii=False)
    for words in (bench.pdf.sha256, "https://mauson.example.vn/cong-khai/c0123456789abcde/",
                  feedback_code("c0123456789abcde")):  # fmt: skip
        assert words in text
    found = zalo.find("k1")
    assert found is not None
    assert found.remote_id == receipt.remote_id == article["id"]


def test_publishing_again_and_a_lost_note_make_no_second_article(bench: Bench, account: Running) -> None:
    channel(bench, account).publish(bench.notice())
    for note in bench.context.folder.glob("article-*.json"):
        note.unlink()
    again = channel(bench, account)
    assert again.find("k1") is not None
    again.publish(bench.notice())
    assert len(articles(account)) == 1


@pytest.mark.parametrize("fault", ["reset", "5xx", "html", "accept_then_timeout", "accept_then_garbage", "truncated"])
@pytest.mark.parametrize("on", ["article/create", "article/verify", "article/update", "article/getslice"])
def test_whatever_the_wire_does_there_is_one_shown_article_in_the_end(
    bench: Bench, account: Running, fault: str, on: str
) -> None:
    zalo = channel(bench, account, retries="0")
    plant(account, fault, on)
    for _turn in range(5):
        try:
            if zalo.find("k1") is None:
                zalo.publish(bench.notice())
            break
        except UndecidedError:
            assert on == "article/getslice"
        except OutsideError:
            continue
    assert [one["status"] for one in articles(account) if one["status"] == "show"] == ["show"]
    assert zalo.find("k1") is not None


def test_a_new_refresh_token_is_kept_by_us_alone_before_it_is_used(bench: Bench, account: Running) -> None:
    zalo = channel(bench, account)
    zalo.publish(bench.notice())
    kept = bench.context.folder / "tokens.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["refresh_token"] == "ma-lam-moi-1"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert calls(account, "access_token") == 1
    again = channel(bench, account)
    assert again.probe("k1").visible is True
    assert calls(account, "access_token") == 1  # another process lives on the same token


def test_a_token_that_ends_in_the_middle_is_renewed_once(bench: Bench, account: Running) -> None:
    zalo = channel(bench, account)
    zalo.publish(bench.notice())
    act(account, "expire")
    assert zalo.probe("k1").visible is True
    assert (
        json.loads((bench.context.folder / "tokens.json").read_text(encoding="utf-8"))["refresh_token"]
        == "ma-lam-moi-2"
    )
    act(account, "expire")
    assert zalo.find("k1") is not None
    assert calls(account, "access_token") == 3


def test_a_burnt_refresh_token_asks_for_a_person_and_a_new_one_from_the_operator_goes_first(
    bench: Bench, account: Running
) -> None:
    zalo = channel(bench, account)
    zalo.publish(bench.notice())
    act(account, "revoke")
    with pytest.raises(AccessError):
        zalo.publish(bench.notice("k2"))
    assert [one.result for one in zalo.check(live=True)] == ["fail"]
    account.simulator.memory["refresh"] = "ma-moi-cua-nguoi-van-hanh"
    renewed = channel(bench, account, seed="ma-moi-cua-nguoi-van-hanh")
    assert [one.result for one in renewed.check(live=True)] == ["ok"]


def test_a_renewal_whose_answer_is_lost_is_not_taken_for_a_refusal(bench: Bench, account: Running) -> None:
    zalo = channel(bench, account, retries="0")
    plant(account, "5xx", "access_token")
    with pytest.raises(OutsideError) as lost:
        zalo.publish(bench.notice())
    assert not isinstance(lost.value, AccessError)
    assert zalo.publish(bench.notice()).remote_id == "bai-1"


def test_a_probe_sees_change_and_loss_and_silence_proves_nothing(bench: Bench, account: Running) -> None:
    zalo = channel(bench, account, retries="0")
    zalo.publish(bench.notice())
    first = zalo.probe("k1")
    assert (first.visible, len(first.sha256)) == (True, 64)
    assert zalo.probe("k1").sha256 == first.sha256
    articles(account)[0]["description"] = "khác"
    assert zalo.probe("k1").sha256 != first.sha256
    articles(account)[0]["status"] = "hide"
    assert zalo.probe("k1").visible is False
    plant(account, "5xx", "GET", times=9)
    assert zalo.probe("k1").visible is None


@pytest.mark.parametrize("fault", ["", "accept_then_garbage"])
def test_a_withdrawn_article_is_removed_and_twice_is_no_failure(bench: Bench, account: Running, fault: str) -> None:
    zalo = channel(bench, account, retries="1")
    zalo.publish(bench.notice())
    if fault:
        plant(account, fault, "article/remove")
    zalo.withdraw("k1")
    zalo.withdraw("k1")
    assert articles(account) == []
    assert zalo.find("k1") is None
    assert zalo.probe("k1").visible is False


def test_an_article_is_found_behind_many_others_and_a_list_without_end_decides_nothing(
    bench: Bench, account: Running
) -> None:
    zalo = channel(bench, account, **{"max-pages": "2"})
    zalo.publish(bench.notice())
    (bench.context.folder / f"article-{title_code('k1')}.json").unlink()
    others = account.simulator.memory["articles"]
    for number in range(12):
        others[f"x{number}"] = {"id": f"x{number}", "title": "khác", "status": "show", "made": 100 + number}
    assert zalo.find("k1") is not None
    for number in range(12, 30):
        others[f"x{number}"] = {"id": f"x{number}", "title": "khác", "status": "show", "made": 100 + number}
    with pytest.raises(UndecidedError):
        zalo.find("k1")


@pytest.mark.parametrize(
    "settings", [{"cover-url": "http://x/a.png"}, {"page-url": "https://x/"}, {"api-url": "http://openapi.example.vn/"}]
)
def test_settings_that_could_not_work_are_refused(bench: Bench, account: Running, settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="https"):
        channel(bench, account, **settings)
