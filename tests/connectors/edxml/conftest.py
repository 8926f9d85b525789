"""A drop folder with its connector, and a stand-in for intake."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from congkhai.connectors.edxml import EdxmlConnector
from congkhai.connectors.edxml_settings import EdxmlSettings
from congkhai.connectors.simulators.edxml_packets import (
    Party,
)
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import (
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
)

NOW = datetime(2025, 1, 3, 2, 0, tzinfo=UTC)
US = Party("001.00.20.TT2", "UBND xã Mẫu Một")


@dataclass
class House:
    """A stand-in for intake: the gate, what is held, what was refused; it commits before it settles."""

    connector: EdxmlConnector
    held: dict[str, str] = field(default_factory=dict)
    refused_ids: set[str] = field(default_factory=set)
    offered: list[PulledDocument] = field(default_factory=list)
    problems: list[PulledProblem] = field(default_factory=list)
    outcome: Callable[[PulledDocument], Outcome] | None = None

    def fingerprint(self, remote_id: str) -> str | None:
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:
        return False

    def refused(self, remote_id: str) -> bool:
        return remote_id in self.refused_ids

    def ticket(self, remote_id: str) -> str:
        return hashlib.sha256(b"salt" + remote_id.encode()).hexdigest()

    def refused_ticket(self, ticket: str) -> bool:
        return ticket in {self.ticket(one) for one in self.refused_ids}

    def run(self, *, settle: bool = True) -> list[Pulled]:
        items = []
        for item in self.connector.pull(None, self):
            items.append(item)
            if isinstance(item, PulledProblem):
                self.problems.append(item)
            elif isinstance(item, PulledDocument):
                self.offered.append(item)
                outcome = self._commit(item)
                if settle:
                    self.connector.settle(item, outcome, "test")
        return items

    def _commit(self, item: PulledDocument) -> Outcome:
        if self.outcome:
            outcome = self.outcome(item)
        elif not self.connector.plain(item.secrecy) or "MẬT" in item.subject.splitlines():
            outcome = Outcome.REFUSED
        else:
            outcome = Outcome.ACCEPTED
        if outcome is Outcome.ACCEPTED:
            self.held[item.remote_id] = item.fingerprint
        if outcome is Outcome.REFUSED:
            self.refused_ids.add(item.remote_id)
        return outcome


def no_blob(sha256: str) -> BinaryIO:
    raise AssertionError(f"a source needs no kept bytes: {sha256}")


class Desk:
    """One drop folder with its connector."""

    def __init__(self, folder: Path, **keys: Any) -> None:
        self.root = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        values = {
            "folder": str(self.inbox), "complete-when": "renamed", "agency-ids": US.id, "source-is-plain": "yes",
            "source-is-plain-basis": "Quy chế mẫu", **keys,
        }  # fmt: skip
        self.settings = EdxmlSettings.model_validate({key: value for key, value in values.items() if value is not None})
        self.house = House(self.connector())

    def connector(self) -> EdxmlConnector:
        return EdxmlConnector(self.settings, Context("edxml", "xa-mau", FixedClock(NOW), no_blob, self.root / "work"))

    def drop(self, name: str, data: bytes) -> Path:
        path = self.inbox / name
        path.write_bytes(data)
        return path

    def restart(self) -> None:
        self.house = replace(self.house, connector=self.connector(), offered=[], problems=[])

    def names(self, which: str) -> list[str]:
        folder = self.inbox if which == "inbox" else self.root / f"inbox-{which}"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def everything(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[..., Desk]:
    """Make a drop folder; further ini keys with ``None`` to leave one out."""
    return lambda **keys: Desk(tmp_path, **keys)


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A drop folder of a source that is declared plain."""
    return make_desk()
