"""Every built-in channel keeps the contract, with every fault switch of its simulator on."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from congkhai.connectors.contract_channel import ChannelBench, ChannelContract
from congkhai.connectors.ioffice import IofficeNotice
from congkhai.connectors.ioffice_notice import notice_token
from congkhai.connectors.ioffice_settings import IofficeNoticeSettings
from congkhai.connectors.portal import Portal, PortalSettings
from congkhai.connectors.simulators.base import Simulator
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.ioffice_faults import AFTER, BEFORE
from congkhai.connectors.simulators.wordpress import PASSWORD, WordPressSimulator
from congkhai.connectors.simulators.zalo import SECRET, SEED, ZaloSimulator
from congkhai.connectors.wordpress import WordPressChannel, WordPressSettings
from congkhai.connectors.zalo import ZaloChannel, ZaloSettings
from congkhai.plugin.channels import StaffPage, StaffPageSettings
from congkhai.plugin.errors import OutsideError, UndecidedError
from congkhai.plugin.host import Host
from tests.connectors.channels.bench import Bench
from tests.connectors.channels.test_mail import STAFF, Office, Postman, mail
from tests.connectors.channels.tls import Certificates, make_certificates

from . import systems

SLOW = {"max-rps": "1000", "retry-wait": "1 ms", "read-timeout": "3 s", "breaker-failures": "0"}
ATTENDED = (
    "attended", "notice-board", "conference", "section-heads", "written-notice", "party-union-notice", "loudspeaker",
    "village-heads",
)  # fmt: skip


def planted(simulator: Simulator) -> dict[str, Callable[[], None]]:
    codes = (BEFORE - {"gone", "expired"}) | (AFTER - {"number_code"})
    return {code: partial(systems.plant, simulator, code, times=3) for code in sorted(codes)}


def http_bench(running: Running, **more: Any) -> ChannelBench:
    simulator = running.simulator
    return ChannelBench(
        faults=planted(simulator), heal=lambda: systems.heal(simulator), calls=lambda: len(simulator.calls()),
        tripwires=lambda: systems.hits(simulator), **more,
    )  # fmt: skip


class TestWordPress(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        house = Bench(tmp_path)
        running = Running(WordPressSimulator(tmp_path / "wordpress", systems.scenario("wordpress")))
        (tmp_path / "wp").write_text(PASSWORD, encoding="utf-8")
        written = {"base-url": running.line["url"], "username": "bien-tap", "application-password": "{file wp}", **SLOW}
        settings = WordPressSettings.model_validate(written, context={"folder": tmp_path})

        def shown() -> int:
            return sum(
                one["status"] == "publish" and "15/KH-UBND" in one["content"]
                for one in running.simulator.memory.get("posts", {}).values()
            )

        yield http_bench(
            running, make=lambda: WordPressChannel(settings, house.context), notice=house.notice(), shown=shown,
            made=lambda: len(running.simulator.memory.get("posts", {})),
            lose_reply=lambda: systems.plant(running.simulator, "accept_then_timeout", on="posts", times=1),
        )  # fmt: skip
        running.stop()


class TestZalo(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        house = Bench(tmp_path)
        running = Running(ZaloSimulator(tmp_path / "zalo", systems.scenario("zalo")))
        (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
        (tmp_path / "seed").write_text(SEED, encoding="utf-8")
        written = {
            "api-url": running.line["url"], "oauth-url": running.line["url"], "app-id": "1", **SLOW,
            "secret-key": "{file secret}", "refresh-token": "{file seed}", "author": "UBND xã Mẫu Sơn",
            "cover-url": "https://mauson.example.vn/bia.png",
            "page-url": "https://mauson.example.vn/cong-khai/{disclosure}/",
        }  # fmt: skip
        settings = ZaloSettings.model_validate(written, context={"folder": tmp_path})
        articles: Callable[[], list[Any]] = lambda: list(running.simulator.memory.get("articles", {}).values())  # noqa: E731 - two lines below say what it is for
        yield http_bench(
            running, make=lambda: ZaloChannel(settings, house.context), notice=house.notice(),
            shown=lambda: sum(one["status"] == "show" for one in articles()), made=lambda: len(articles()),
            lose_reply=lambda: systems.plant(running.simulator, "accept_then_timeout", on="article/create", times=1),
        )  # fmt: skip
        running.stop()


class TestIofficeNoticeByCall(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        house = Bench(tmp_path)
        running = Running(IofficeSimulator(tmp_path / "ioffice", systems.scenario("ioffice")))
        (tmp_path / "password").write_text("mat-khau", encoding="utf-8")
        written = {
            "base-url": running.line["url"], "username": "tich-hop", "password": "{file password}",
            "publish-path": "api/shared/thongbao/create/", **SLOW,
        }  # fmt: skip
        settings = IofficeNoticeSettings.model_validate(written, context={"folder": tmp_path})
        notices: Callable[[], int] = lambda: len(running.simulator.memory.get("notices", []))  # noqa: E731 - used twice
        yield http_bench(
            running, make=lambda: IofficeNotice(settings, house.context), notice=house.notice(), shown=notices,
            made=notices,
            lose_reply=lambda: systems.plant(running.simulator, "accept_then_timeout", on="thongbao/create", times=1),
        )  # fmt: skip
        running.stop()

    def test_what_is_withdrawn_is_gone(self, bench: ChannelBench) -> None:
        """No call that takes a notice down is known: it says so, and a person does it."""
        bench.make().publish(bench.notice)
        with pytest.raises(OutsideError):
            bench.make().withdraw(bench.notice.key)


class TestIofficeNoticeByAClerk(ChannelContract):
    """Without a call for it a clerk publishes; what is seen of it is read all the same, whatever fails."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        house = Bench(tmp_path)
        running = Running(IofficeSimulator(tmp_path / "ioffice", systems.scenario("ioffice")))
        (tmp_path / "password").write_text("mat-khau", encoding="utf-8")
        written = {"base-url": running.line["url"], "username": "tich-hop", "password": "{file password}", **SLOW}
        settings = IofficeNoticeSettings.model_validate(written, context={"folder": tmp_path})
        yield http_bench(running, make=lambda: IofficeNotice(settings, house.context), notice=house.notice())
        running.stop()

    def test_what_a_clerk_published_under_the_code_is_found_and_seen(self, bench: ChannelBench, tmp_path: Path) -> None:
        channel = bench.make()
        assert (channel.find(bench.notice.key), channel.probe(bench.notice.key).visible) == (None, False)
        running = self._simulator(bench)
        running.control("POST", "notice", {"title": bench.notice.title, "key": notice_token(bench.notice.key)})
        found, first = channel.find(bench.notice.key), bench.make().probe(bench.notice.key)
        assert found is not None
        assert (found.key, first.visible) == (bench.notice.key, True)
        systems.plant(running, "5xx", times=20)
        assert bench.make().probe(bench.notice.key).visible is None, "an e-office that is down is no proof of absence"
        with pytest.raises(UndecidedError):
            bench.make().find(bench.notice.key)
        bench.heal()
        running.control("POST", "notice-remove", {"key": notice_token(bench.notice.key)})
        assert bench.make().probe(bench.notice.key).visible is False

    @staticmethod
    def _simulator(bench: ChannelBench) -> Simulator:
        simulator = bench.faults["5xx"].args[0]  # type: ignore[attr-defined]  # the switch that `planted` made
        assert isinstance(simulator, Simulator)
        return simulator


class TestStaffPage(ChannelContract):
    """The daemon's own page: its folder goes away, is another file, or is full."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        house, folder, full = Bench(tmp_path), tmp_path / "plugin", systems.Full()
        folder.mkdir()
        faults, bring_back = systems.share(folder)
        faults.pop("share-gone")  # the daemon makes its own folder again
        faults.pop("share-empty")

        def heal() -> None:
            bring_back()
            full.after = -1

        def notices() -> list[dict[str, str]]:
            return [json.loads(one.read_bytes()) for one in folder.glob("*.json")]

        settings = StaffPageSettings.model_validate({})
        with full.standing_in():
            yield ChannelBench(
                make=lambda: StaffPage(settings, house.context), notice=house.notice(), made=lambda: len(notices()),
                shown=lambda: sum(not one["withdrawn"] for one in notices()), heal=heal,
                faults=faults | {f"disk-full-{number}": partial(full.set, number) for number in (1, 2)},
                lose_reply=partial(full.set, 2),
            )  # fmt: skip

    def test_a_damaged_notice_is_neither_there_nor_gone(self, bench: ChannelBench, tmp_path: Path) -> None:
        bench.make().publish(bench.notice)
        file = tmp_path / "plugin" / f"{bench.notice.key}.json"
        whole = file.read_bytes()
        for damaged in (whole[:40], b"", b"\xff\xfe", b"[]", b"{}", b'{"published": "hom qua"}'):
            file.write_bytes(damaged)
            with pytest.raises(UndecidedError):
                bench.make().find(bench.notice.key)
            assert bench.make().probe(bench.notice.key).visible is None
        file.write_bytes(whole)
        assert bench.make().probe(bench.notice.key).visible is True


class TestPortal(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> ChannelBench:
        house, site = Bench(tmp_path), tmp_path / "trang"
        settings = PortalSettings.model_validate({"folder": str(site)})
        away = tmp_path / "dau-do"

        def pages() -> list[Path]:
            return list(site.glob("cong-khai/*/index.html"))

        def take_away() -> None:
            if site.exists():
                site.rename(away)
            site.write_bytes(b"khong phai thu muc")

        def bring_back() -> None:
            if site.is_file():
                site.unlink()
            if away.exists():
                away.rename(site)

        return ChannelBench(
            make=lambda: Portal(settings, house.context), notice=house.notice(), made=lambda: len(pages()),
            shown=lambda: sum("15/KH-UBND" in page.read_text(encoding="utf-8") for page in pages()),
            faults={"no-folder": take_away}, heal=bring_back,
        )  # fmt: skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


class TestMail(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path, certificates: Certificates) -> Iterator[ChannelBench]:
        house, postman = Bench(tmp_path), Postman()
        controller: Controller = Office(
            postman, certificates.ca, require_starttls=True, tls_context=certificates.server()
        )
        controller.start()

        def refuse() -> None:
            postman.refused.update(dict.fromkeys(STAFF, "451 try later"))

        def lose() -> None:
            postman.lost.add(STAFF[0])

        yield ChannelBench(
            make=lambda: mail(house, int(controller.port), certificates, **{"smtp-user": "", "smtp-password": ""}),
            notice=house.notice(), made=lambda: -(-len(postman.taken) // len(STAFF)),
            shown=lambda: -(-len(postman.taken) // len(STAFF)), faults={"451": refuse}, heal=postman.refused.clear,
            lose_reply=lose, probes=False,
        )  # fmt: skip
        controller.stop()


@pytest.mark.parametrize("kind", ATTENDED)
class TestAttended(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path, kind: str) -> ChannelBench:
        house, offered = Bench(tmp_path), Host().channels[kind]
        written = {"place": "Hội trường"} | ({"form": "other_form"} if kind == "attended" else {})
        settings = offered.settings.model_validate(written, context={"folder": tmp_path})
        return ChannelBench(make=lambda: offered.factory(settings, house.context), notice=house.notice())
