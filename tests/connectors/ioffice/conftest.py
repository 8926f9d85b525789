"""A simulated iOffice in this process, a connector that talks to it over loopback, and what the house would know."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import requests

from congkhai.connectors.ioffice import IofficeConnector, IofficeNotice
from congkhai.connectors.ioffice_settings import IofficeNoticeSettings, IofficeSettings
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import CursorMark, Pulled, PulledDocument

START = datetime.fromisoformat("2026-07-01T08:00:00+07:00")


def entry(key: str, **changes: Any) -> dict[str, Any]:
    """One paper of the scenario, incoming and plain unless changed."""
    return {
        "id": key, "at": "2026-07-01T07:00:00+07:00", "via": "ioffice", "direction": "in", "type": "Kế hoạch",
        "number": f"{key}/KH-UBND", "issued": "2026-06-30", "issuer": "Ủy ban nhân dân tỉnh",
        "subject": f"Kế hoạch thử {key}", "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu",
        "files": [{"name": f"{key}.pdf", "text": f"Nội dung {key}"}], **changes,
    }  # fmt: skip


@dataclass
class House:
    """What intake would know: fingerprints of kept papers, ids of refused ones and of those whose files are missing."""

    held: dict[str, str] = field(default_factory=dict)
    refusals: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)

    def fingerprint(self, remote_id: str) -> str | None:
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:
        return remote_id in self.lacking

    def refused(self, remote_id: str) -> bool:
        return remote_id in self.refusals

    def ticket(self, remote_id: str) -> str:
        return remote_id

    def refused_ticket(self, ticket: str) -> bool:
        return ticket in self.refusals


class Office:
    """The simulated e-office and one connector to it."""

    def __init__(self, folder: Path, entries: list[dict[str, Any]], outages: list[dict[str, str]]) -> None:
        scenario = {"name": "thử", "start": "2026-07-01T07:30:00+07:00", "end": "2026-09-01T00:00:00+07:00",
                    "agency": {"name": "Xã Mẫu", "code": "X01"}, "entries": entries, "outages": outages}  # fmt: skip
        self.folder = folder
        self.scenario = parse_scenario(scenario)
        self.running = Running(IofficeSimulator(folder / "simulator", self.scenario))
        self.clock = FixedClock(START)
        self.blobs: dict[str, bytes] = {}
        self.waits: list[float] = []
        (folder / "password").write_text("mat-khau-thu", encoding="utf-8")
        self.post("clock", now=START.isoformat())

    def post(self, name: str, **body: Any) -> Any:
        answer = requests.post(f"{self.running.control}/{name}", json=body, timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    def at(self, moment: datetime) -> None:
        """Move the simulator's and the house's time."""
        self.clock.moment = moment
        self.post("clock", now=moment.isoformat())

    def later(self, **length: float) -> None:
        self.at(self.clock.moment + timedelta(**length))

    @property
    def state(self) -> dict[str, Any]:
        return requests.get(f"{self.running.control}/state", timeout=5).json()

    def calls(self, part: str = "") -> list[dict[str, Any]]:
        """The journal, or those calls whose path contains `part`."""
        return [call for call in self.running.simulator.calls() if part in call["path"]]

    def store(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return digest

    def context(self) -> Context:
        def open_blob(digest: str) -> BinaryIO:
            return io.BytesIO(self.blobs[digest])

        return Context("ioffice", "main", self.clock, open_blob, self.folder / "work")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "base-url": self.running.line["url"], "username": "tich-hop", "password": "{file password}",
            "max-rps": "100", "retry-wait": "1 ms", "read-timeout": "5 s", **changes,
        }  # fmt: skip

    def connector(self, **changes: Any) -> IofficeConnector:
        settings = IofficeSettings.model_validate(self.settings(**changes), context={"folder": self.folder})
        made = IofficeConnector(settings, self.context())
        made._client.web.sleep = self.waits.append
        return made

    def channel(self, **changes: Any) -> IofficeNotice:
        settings = IofficeNoticeSettings.model_validate(self.settings(**changes), context={"folder": self.folder})
        made = IofficeNotice(settings, self.context())
        made._client.web.sleep = self.waits.append
        return made

    def take(self, connector: IofficeConnector, house: House, cursor: str | None = None) -> tuple[list[Pulled], str]:
        """Pull as intake does: gate, then files; keep fingerprints; return what was offered and the new cursor."""
        offered: list[Pulled] = []
        for item in connector.pull(cursor, house):
            offered.append(item)
            if isinstance(item, CursorMark):
                cursor = item.value
            if isinstance(item, PulledDocument):
                if connector.plain(item.secrecy):
                    for attachment in connector.list_attachments(item):
                        connector.open_attachment(attachment)
                    house.held[item.remote_id] = item.fingerprint
                else:
                    house.refusals.add(item.remote_id)
        assert cursor is not None
        return offered, cursor


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Return a function that starts a simulated e-office with some entries."""
    started: list[Office] = []

    def start(*entries: dict[str, Any], outages: list[dict[str, str]] | None = None) -> Office:
        made = Office(tmp_path, list(entries), outages or [])
        started.append(made)
        return made

    yield start
    for made in started:
        made.running.stop()
        assert made.running.simulator.memory.get("tripwires", []) == []
        assert all(link["finish"] == 0 for link in made.running.simulator.memory.get("links", []))


@pytest.fixture
def paper() -> Callable[..., dict[str, Any]]:
    return entry


def documents(offered: list[Pulled]) -> list[PulledDocument]:
    return [item for item in offered if isinstance(item, PulledDocument)]


@pytest.fixture(name="documents")
def documents_fixture() -> Callable[[list[Pulled]], list[PulledDocument]]:
    return documents
