"""Every built-in connector on a bench: its simulator, its settings, its fault switches."""

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from congkhai.connectors import handover as handover_module
from congkhai.connectors.contract import ConnectorBench
from congkhai.connectors.edxml import EdxmlConnector
from congkhai.connectors.edxml_settings import EdxmlSettings
from congkhai.connectors.folder import FolderConnector
from congkhai.connectors.folder_settings import FolderSettings
from congkhai.connectors.handover import RECEIPT, HandoverConnector, HandoverSettings
from congkhai.connectors.ioffice import IofficeConnector
from congkhai.connectors.ioffice_settings import IofficeSettings
from congkhai.connectors.iwork import IworkConnector
from congkhai.connectors.iwork_settings import IworkSettings
from congkhai.connectors.simulators.base import Simulator
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.edxml import entry_packets
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.ioffice_faults import AFTER, BEFORE, ON_FILES
from congkhai.connectors.simulators.iwork import IworkSimulator
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.connectors.simulators.scenario import Scenario, parse_scenario
from congkhai.connectors.simulators.vxp import VxpSimulator
from congkhai.connectors.vxp import VxpConnector
from congkhai.connectors.vxp_settings import VxpSettings
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import Filing, FilingFile

START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
US = "000.00.01.TT1"
MORE = {"delay": {"ms": 40}, "drip": {"rate": 40_000}, "429": {"retry_after": 0}, "accept_then_timeout": {"ms": 0}}
QUICK = {"max-rps": "1000", "retry-wait": "1 ms", "read-timeout": "3 s", "breaker-failures": "0"}


def scenario(via: str, papers: int = 4, *, secret: bool = True) -> Scenario:
    """Four plain papers, and one that is marked where the source has a field for it."""
    entries = [
        {
            "id": f"p{number}", "at": START.isoformat(), "via": via, "direction": "in", "type": "Kế hoạch",
            "number": f"{number}/KH-UBND", "issued": "2025-06-30", "issuer": "UBND tỉnh Mẫu",
            "subject": f"Kế hoạch bí danh số {number}", "secrecy": "Mật" if number > papers else "Thường",
            "signer": "Nguyễn Văn Mẫu", "files": [{"name": f"{number}.pdf", "text": f"Nội dung {number}"}],
            "identifier": f"000.00.00.TT9,2025/06/30,{number}/KH" if via in ("vxp", "edxml") else "",
        }
        for number in range(1, papers + 1 + secret)
    ]  # fmt: skip
    return parse_scenario(
        {"name": f"contract-{via}", "start": START.isoformat(), "end": "2027-12-31T00:00:00+07:00", "entries": entries,
         "agency": {"name": "UBND xã Mẫu Một", "code": US}}
    )  # fmt: skip


def identifiers(papers: int = 4) -> frozenset[str]:
    return frozenset(f"000.00.00.TT9,2025/06/30,{number}/KH" for number in range(1, papers + 1))


SUBJECTS = tuple(f"bí danh số {number}" for number in range(1, 6))
BLOBS = {hashlib.sha256(content).hexdigest(): content for content in (b"%PDF-1.7 bien ban", b"PK ho so")}


def blob(sha256: str) -> BinaryIO:
    return io.BytesIO(BLOBS[sha256])


def filing() -> Filing:
    names = zip(BLOBS, ("bien-ban.pdf", "ho-so.asice"), strict=True)
    files = tuple(FilingFile(name, "application/pdf", sha256, len(BLOBS[sha256])) for sha256, name in names)
    return Filing("a1b2" * 8, "Hồ sơ công khai mẫu", files)


def plant(simulator: Simulator, fault: str, *, on: str = "", times: int = 4) -> None:
    simulator.control("POST", "fault", {"fault": fault, "on": on, "times": times, **MORE.get(fault, {})})


def switches(simulator: Simulator, codes: frozenset[str]) -> dict[str, Callable[[], None]]:
    """Every fault switch of a simulator, one at a time, and a rate limit where calls come too fast."""
    found: dict[str, Callable[[], None]] = {code: partial(plant, simulator, code) for code in sorted(codes)}
    found["limit"] = lambda: simulator.control("POST", "limit", {"calls": 3, "seconds": 0.2})
    found["skew"] = lambda: simulator.control("POST", "skew", {"seconds": 86_400})
    return found


def share(folder: Path) -> tuple[dict[str, Callable[[], None]], Callable[[], None]]:
    """Ways in which a shared folder fails, and their end: it is not mounted, or something else stands in its place."""
    away = folder.with_name(f"{folder.name}-away")

    def take_away() -> None:
        if folder.is_dir():
            folder.rename(away)

    def put_something() -> None:
        take_away()
        folder.write_bytes(b"khong phai thu muc")

    def mount_empty() -> None:
        take_away()
        folder.unlink(missing_ok=True)
        folder.mkdir()

    def bring_back() -> None:
        if away.exists():
            folder.unlink(missing_ok=True) if not folder.is_dir() else shutil.rmtree(folder)
            away.rename(folder)

    return {"share-gone": take_away, "share-is-a-file": put_something, "share-empty": mount_empty}, bring_back


def hide(simulator: Simulator, how: str, remote_ids: Collection[str]) -> None:
    """Take papers out of an e-office: ``vanished`` (taken back without a word) or ``denied`` (no right any more)."""
    simulator.control("POST", "switch", {how: [one.partition("-")[2] for one in remote_ids]})


def heal(simulator: Simulator) -> None:
    simulator.control("POST", "fault", {"clear": True})
    simulator.control("POST", "limit", {"calls": 0})
    simulator.control("POST", "skew", {"seconds": 0})


def later(clock: FixedClock, simulator: Simulator | None = None) -> None:
    clock.moment += timedelta(days=40)
    if simulator is not None:
        simulator.set_clock(clock.moment)


def hits(simulator: Simulator) -> int:
    return len(simulator.memory.get("tripwires", []))


def quiet(connector: Any) -> Any:
    connector._client.web.sleep = lambda _seconds: None
    return connector


@contextmanager
def ioffice(folder: Path) -> Iterator[ConnectorBench]:
    running = Running(IofficeSimulator(folder / "simulator", scenario("ioffice")))
    simulator, clock = running.simulator, FixedClock(START)
    (folder / "password").write_text("mat-khau", encoding="utf-8")
    values = {
        "base-url": running.line["url"], "username": "tich-hop", "password": "{file password}", "file-back": "yes",
        "push-path": "api/shared/integration/doc/create/", "result-path": "api/shared/congvan_stc/get_result/",
        "result-is-complete": "yes", "account-is-dedicated": "yes", "lists": "search, waiting", **QUICK,
    }  # fmt: skip
    settings = IofficeSettings.model_validate(values, context={"folder": folder})
    context = Context("ioffice", "main", clock, blob, folder / "work")
    shown = [str(paper) for paper in simulator.control("GET", "state", {})["papers"]]
    yield ConnectorBench(
        make=lambda: quiet(IofficeConnector(settings, context)), folder=folder / "work", subjects=SUBJECTS,
        kept=frozenset(f"in-{one}" for one in shown if one != "1005"), refused=frozenset({"in-1005"}),
        faults=switches(simulator, BEFORE | AFTER | ON_FILES), heal=lambda: heal(simulator),
        later=lambda: later(clock, simulator), calls=lambda: len(simulator.calls()), tripwires=lambda: hits(simulator),
        fetched=lambda: sum("file/download" in call["path"] for call in simulator.calls()), filing=filing(),
        lose_reply=lambda: plant(simulator, "accept_then_timeout", on="doc/create", times=1),
        filed=lambda: [one["dossierId"] for one in simulator.memory.get("pushed", [])],
        vanish=partial(hide, simulator, "vanished"), deny=partial(hide, simulator, "denied"),
    )  # fmt: skip
    running.stop()


@contextmanager
def iwork(folder: Path) -> Iterator[ConnectorBench]:
    running = Running(IworkSimulator(folder / "simulator", scenario("iwork")))
    simulator, clock = running.simulator, FixedClock(START)
    (folder / "token").write_text(running.line["token"])
    (folder / "refresh").write_text(running.line["refresh"])
    values = {
        "base-url": running.line["url"], "token": "{file token}", "refresh-token": "{file refresh}", "lists": "den",
        "account-is-dedicated": "yes", **QUICK,
    }  # fmt: skip
    settings = IworkSettings.model_validate(values, context={"folder": folder})
    context = Context("iwork", "main", clock, blob, folder / "work")
    yield ConnectorBench(
        make=lambda: quiet(IworkConnector(settings, context)), folder=folder / "work", subjects=SUBJECTS,
        kept=frozenset(f"in-{number}" for number in range(1001, 1005)), refused=frozenset({"in-1005"}),
        faults=switches(simulator, BEFORE | (AFTER - {"number_code"}) | ON_FILES), heal=lambda: heal(simulator),
        later=lambda: later(clock, simulator), calls=lambda: len(simulator.calls()), tripwires=lambda: hits(simulator),
        fetched=lambda: sum("FileHandler" in call["path"] or "/kho/" in call["path"] for call in simulator.calls()),
        vanish=partial(hide, simulator, "vanished"), deny=partial(hide, simulator, "denied"),
    )  # fmt: skip
    running.stop()


@contextmanager
def vxp(folder: Path) -> Iterator[ConnectorBench]:
    running = Running(VxpSimulator(folder / "simulator", scenario("vxp", secret=False)))
    simulator, clock = running.simulator, FixedClock(START)
    (folder / "secret").write_text(running.line["secret"])
    values = {
        "endpoint": running.line["url"], "system-id": "congkhai", "secret": "{file secret}", "own-system-id": "yes",
        "agency-ids": US, "source-is-plain": "yes", "source-is-plain-basis": "Quy chế mẫu", **QUICK,
    }  # fmt: skip
    settings = VxpSettings.model_validate(values, context={"folder": folder})
    context = Context("vxp", "main", clock, blob, folder / "work")
    yield ConnectorBench(
        make=lambda: quiet(VxpConnector(settings, context)), folder=folder / "work", subjects=SUBJECTS,
        kept=identifiers(), heal=lambda: heal(simulator), calls=lambda: len(simulator.calls()),
        faults=switches(simulator, (BEFORE - {"expired"}) | (AFTER - {"number_code"})),
        later=lambda: later(clock, simulator), tripwires=lambda: hits(simulator),
    )  # fmt: skip
    running.stop()


@contextmanager
def edxml(folder: Path, *, plain: bool = True) -> Iterator[ConnectorBench]:
    inbox, clock, played = folder / "inbox", FixedClock(START), scenario("edxml", secret=False)
    inbox.mkdir()

    def drop() -> None:
        for entry in played.entries:
            for number, packet in enumerate(entry_packets(entry, played, None)):
                (inbox / f"{entry.id}-{number}.edxml").write_bytes(packet)

    drop()
    values = {"folder": str(inbox), "complete-when": "renamed", "agency-ids": US}
    if plain:
        values |= {"source-is-plain": "yes", "source-is-plain-basis": "Quy chế mẫu"}
    settings = EdxmlSettings.model_validate(values)
    context = Context("edxml", "main", clock, blob, folder / "work")
    faults, bring_back = share(inbox)

    def shown(_remote_id: str) -> bool:
        return len(list(inbox.glob("*.edxml"))) == len(played.entries)

    yield ConnectorBench(
        make=lambda: EdxmlConnector(settings, context), folder=folder / "work", subjects=SUBJECTS,
        kept=identifiers() if plain else frozenset(), refused=frozenset() if plain else identifiers(),
        faults=faults, heal=bring_back, again=drop, there=shown,
    )  # fmt: skip


@contextmanager
def drop_folder(folder: Path) -> Iterator[ConnectorBench]:
    inbox, clock = folder / "inbox", FixedClock(START)
    inbox.mkdir()

    def drop() -> None:
        for number in range(1, 6):
            name = f"{number}.pdf"
            (inbox / name).write_bytes(attachment_bytes(name, f"Nội dung {number}"))
            side = {"number": f"{number}/KH-UBND", "issued": "30/06/2025", "issuer": "UBND tỉnh Mẫu",
                    "subject": f"Kế hoạch bí danh số {number}",
                    "secrecy": "Mật" if number == 5 else "Thường"}  # fmt: skip
            (inbox / f"{number}.json").write_text(json.dumps(side, ensure_ascii=False), encoding="utf-8")

    drop()
    values = {
        "folder": str(inbox),
        "complete-when": "renamed",
        "source-is-plain": "yes",
        "source-is-plain-basis": "Thử",
        "ocr": "off",
    }
    settings = FolderSettings.model_validate(values)
    context = Context("thu-muc", "main", clock, blob, folder / "work")
    probe = FolderConnector(settings, Context("thu-muc", "main", clock, blob, folder / "probe"))
    ids = {item.number: item.remote_id for item in probe.pull(None, Held()) if hasattr(item, "number")}
    secret = frozenset({ids.pop("5/KH-UBND")})
    faults, bring_back = share(inbox)
    yield ConnectorBench(
        make=lambda: FolderConnector(settings, context), folder=folder / "work", subjects=SUBJECTS,
        kept=frozenset(ids.values()), refused=secret, there=lambda _id: (inbox / "5.pdf").exists(),
        faults=faults, heal=bring_back, again=drop,
    )  # fmt: skip


class Held:
    """A house that holds nothing."""

    def fingerprint(self, remote_id: str) -> str | None:
        return None

    def lacks_files(self, remote_id: str) -> bool:
        return False

    def refused(self, remote_id: str) -> bool:
        return False

    def ticket(self, remote_id: str) -> str:
        return remote_id

    def refused_ticket(self, ticket: str) -> bool:
        return False


@contextmanager
def handover(folder: Path) -> Iterator[ConnectorBench]:
    target = folder / "ban-giao"
    target.mkdir()
    settings = HandoverSettings.model_validate({"folder": str(target)})
    context = Context("ban-giao", "main", FixedClock(START), blob, folder / "work")
    faults, bring_back = share(target)
    faults.pop("share-empty")  # whatever is written into the wrong share stays there: `check` is what notices it
    full = Full()

    def heal_all() -> None:
        bring_back()
        full.after = -1

    def filed() -> list[str]:
        return [json.loads(one.read_bytes())["key"] for one in target.glob(f"*/{RECEIPT}")]

    full_at = {f"disk-full-{number}": partial(full.set, number) for number in range(1, 6)}
    with full.standing_in():
        yield ConnectorBench(
            make=lambda: HandoverConnector(settings, context), folder=folder / "work", kept=frozenset(),
            filing=filing(), faults=faults | full_at, heal=heal_all, filed=filed, lose_reply=partial(full.set, 6),
        )  # fmt: skip


class Full:
    """A disk on which the next writes fail: after so many that went well, and once only."""

    def __init__(self) -> None:
        self.after = -1

    def set(self, after: int) -> None:
        self.after = after

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """Count what forces bytes to the disk: files, sheets, receipt, the folder, and the folder around it."""
        real, real_folder = os.fsync, handover_module.fsync_folder

        def forced(*args: Any) -> None:
            self.after -= 1
            if self.after == 0:
                raise OSError(errno.ENOSPC, "No space left on device")

        def fsync(descriptor: int) -> None:
            forced()
            real(descriptor)

        def fsync_folder(path: Path) -> None:
            forced()
            real_folder(path)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            patch.setattr(handover_module, "fsync_folder", fsync_folder)
            yield
