"""The static portal: one address a disclosure, readable without a script, honest about what is there."""

import json
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from congkhai.connectors.portal import Portal, PortalSettings
from congkhai.plugin.errors import OutsideError, UndecidedError
from congkhai.plugin.interfaces import feedback_code

from .bench import BODY, NOW, TITLE, Bench

BASE = "https://congkhai.mauson.example.vn/"
ATOM = "{http://www.w3.org/2005/Atom}"
PAGE = "cong-khai/c0123456789abcde/index.html"


def portal(bench: Bench, site: Path, **settings: str) -> Portal:
    written = {"folder": str(site), **settings}
    return Portal(PortalSettings.model_validate(written), bench.context)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "trang"


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The site behind a real web server on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_notice_has_a_page_with_its_text_its_files_and_its_address(bench: Bench, site: Path) -> None:
    channel = portal(bench, site, **{"base-url": BASE})
    receipt = channel.publish(bench.notice())
    assert receipt.detail == f"{BASE}cong-khai/c0123456789abcde/"
    page = html.fromstring((site / PAGE).read_bytes())
    assert page.findtext(".//h1") == TITLE
    assert [p.text for p in page.findall(".//main/p")][:2] == BODY.splitlines()
    links = [a.get("href") for a in page.findall(".//main//a")]
    assert links == ["01-ke-hoach-so-15-kh-ubnd-ngay-06-7.pdf", "02-etc-passwd.bin"]
    for href, content in zip(links, (b"%PDF-1.7 mot", b"<script>alert(1)</script>"), strict=True):
        assert (site / "cong-khai/c0123456789abcde" / str(href)).read_bytes() == content
    assert feedback_code("c0123456789abcde") in (site / PAGE).read_text(encoding="utf-8")


def test_nothing_is_written_outside_the_site_and_no_text_becomes_markup(bench: Bench, site: Path) -> None:
    portal(bench, site).publish(bench.notice())
    names = {path.name for path in site.rglob("*") if path.is_file()}
    assert not {name for name in names if name.endswith(".html")} - {"index.html", "nam-2026.html"}
    assert not (site.parent / "etc").exists()
    for path in site.rglob("*.html"):
        assert html.fromstring(path.read_bytes()).findall(".//script") == []


def test_a_page_reads_with_a_screen_reader_and_carries_a_strict_policy(bench: Bench, site: Path) -> None:
    portal(bench, site).publish(bench.notice())
    for path in (site / PAGE, site / "index.html"):
        page = html.fromstring(path.read_bytes())
        assert page.get("lang") == "vi"
        assert len(page.findall(".//h1")) == 1
        assert page.find(".//main") is not None
        assert page.find(".//body")[0].get("href") == "#noi-dung"
        policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
        assert "default-src 'none'" in policy
        assert all("://" not in (link.get("href") or "") for link in page.findall(".//link"))
    assert "@media print" in (site / "kieu.css").read_text(encoding="utf-8")


def test_publishing_again_completes_what_was_cut_off_and_finds_nothing_before(
    bench: Bench, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = portal(bench, site)
    assert channel.find("k1") is None
    with monkeypatch.context() as patch:
        patch.setattr("congkhai.connectors.portal.write_record", _no_space)
        with pytest.raises(OutsideError, match="đầy"):
            channel.publish(bench.notice())
    assert channel.find("k1") is None
    receipt = channel.publish(bench.notice())
    assert channel.find("k1") == receipt
    assert channel.probe("k1").visible is True


def _no_space(*_args: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_feed_is_valid_and_a_tombstone_follows_a_withdrawal(bench: Bench, site: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the parser's own use of old names of the standard library
        import feedparser

    channel = portal(bench, site, **{"base-url": BASE})
    channel.publish(bench.notice())
    channel.publish(bench.notice("k2", "c2"))
    raw = (site / "tin-moi.atom").read_bytes()
    parsed = feedparser.parse(raw)
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [TITLE, TITLE]
    root = etree.fromstring(raw)
    for element in (root, *root.findall(f"{ATOM}entry")):  # RFC 4287 sections 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert element.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = {entry.id for entry in parsed.entries}
    channel.withdraw("k2")
    root = etree.fromstring((site / "tin-moi.atom").read_bytes())
    (gone,) = root.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert gone.get("ref") in ids
    assert len(root.findall(f"{ATOM}entry")) == 1


def test_an_address_stays_the_same_and_lists_follow(bench: Bench, site: Path) -> None:
    channel = portal(bench, site)
    channel.publish(bench.notice())
    first = channel.find("k1")
    bench.clock.moment = NOW.replace(year=2027)
    channel.publish(bench.notice("k2", "c2"))
    assert channel.find("k1") == first
    index = html.fromstring((site / "index.html").read_bytes())
    assert [a.get("href") for a in index.findall(".//ol//a")] == [
        "cong-khai/c2/", "cong-khai/c0123456789abcde/"
    ]  # fmt: skip
    assert (site / "nam-2026.html").exists()
    channel.withdraw("k1")
    assert not (site / "nam-2026.html").exists()


def test_a_withdrawn_page_stays_as_a_notice_without_content(bench: Bench, site: Path) -> None:
    channel = portal(bench, site)
    channel.publish(bench.notice())
    bench.clock.moment = NOW.replace(day=30)
    channel.withdraw("k1")
    folder = (site / PAGE).parent
    assert sorted(path.name for path in folder.iterdir()) == ["du-lieu.json", "index.html"]
    for path in site.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "Kế hoạch công khai năm" not in text, path
            assert "Điều 6.2" not in text, path
    assert "Nội dung đã được gỡ" in (site / PAGE).read_text(encoding="utf-8")
    assert channel.probe("k1").visible is False
    before = (site / PAGE).read_bytes()
    bench.clock.moment = NOW.replace(month=8)
    channel.withdraw("k1")
    assert (site / PAGE).read_bytes() == before
    channel.withdraw("never there")


def test_a_withdrawal_that_was_cut_off_removes_the_rest_the_next_time(bench: Bench, site: Path) -> None:
    channel = portal(bench, site)
    channel.publish(bench.notice())
    channel.withdraw("k1")
    left = (site / PAGE).parent / "01-con-sot.pdf"
    left.write_bytes(b"x")
    channel.withdraw("k1")
    assert not left.exists()


def test_a_probe_sees_change_and_loss_on_the_disk(bench: Bench, site: Path) -> None:
    channel = portal(bench, site)
    channel.publish(bench.notice())
    first = channel.probe("k1")
    assert (first.visible, first.message, len(first.sha256)) == (True, "", 64)
    assert channel.probe("k1").sha256 == first.sha256
    attachment = next((site / PAGE).parent.glob("01-*"))
    attachment.write_bytes(b"khac")
    changed = channel.probe("k1")
    assert changed.visible is True
    assert changed.sha256 != first.sha256
    assert "khác" in changed.message
    attachment.unlink()
    assert channel.probe("k1").visible is False
    (site / PAGE).write_text("<title>Trang khác</title>", encoding="utf-8")
    portal(bench, site, **{"probe-files": "no"})
    assert portal(bench, site, **{"probe-files": "no"}).probe("k1").visible is False


def test_a_probe_asks_the_web_server_where_it_knows_the_address(bench: Bench, site: Path, served: str) -> None:
    channel = portal(bench, site, **{"base-url": served, "retries": "0"})
    channel.publish(bench.notice())
    on_disk = portal(bench, site).probe("k1")
    online = channel.probe("k1")
    assert (online.visible, online.message, online.sha256) == (True, "", on_disk.sha256)
    assert online.status == 200
    assert online.latency_ms is not None
    assert online.address == f"{served}cong-khai/c0123456789abcde/"
    next((site / PAGE).parent.glob("02-*")).unlink()
    lost = channel.probe("k1")
    assert lost.visible is False
    assert "404" in lost.message
    assert [one.result for one in channel.check(live=True)] == ["ok", "ok"]


def test_a_web_server_that_does_not_answer_proves_nothing(bench: Bench, site: Path) -> None:
    channel = portal(bench, site, **{"base-url": "http://127.0.0.1:9/", "retries": "0"})
    channel.publish(bench.notice())
    seen = channel.probe("k1")
    assert seen.visible is None
    assert seen.message
    assert [one.result for one in channel.check(live=True)] == ["ok", "fail"]


def test_a_share_that_is_not_mounted_is_never_written_beside_and_nothing_is_decided(
    bench: Bench, tmp_path: Path
) -> None:
    channel = portal(bench, tmp_path / "mnt" / "trang")
    with pytest.raises(OutsideError) as refused:
        channel.publish(bench.notice())
    assert refused.value.advice
    with pytest.raises(UndecidedError):
        channel.find("k1")
    assert not (tmp_path / "mnt").exists()
    assert [one.result for one in channel.check(live=True)] == ["fail"]


def test_a_damaged_record_hides_itself_only(bench: Bench, site: Path) -> None:
    channel = portal(bench, site)
    channel.publish(bench.notice())
    channel.publish(bench.notice("k2", "c2"))
    (site / "cong-khai/c2/du-lieu.json").write_text(json.dumps({"format": 1, "files": 3}), encoding="utf-8")
    assert channel.find("k1") is not None
    assert channel.find("k2") is None


def test_control_characters_in_a_title_do_not_stop_a_publication(bench: Bench, site: Path) -> None:
    notice = bench.notice()
    strange = type(notice)(notice.key, notice.disclosure, "Tiêu\x00 đề\x0b", "Dòng\x01 một\r\n\r\nhai", ())
    portal(bench, site).publish(strange)
    page = html.fromstring((site / PAGE).read_bytes())
    assert page.findtext(".//h1") == "Tiêu đề"
    etree.fromstring((site / "tin-moi.atom").read_bytes())
