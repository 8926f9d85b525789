"""The plugin keeps the contract of connectors and of channels."""

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from congkhai_mauson.bulletin import Bulletin, BulletinSettings
from congkhai_mauson.register import Register, RegisterSettings
from congkhai_mauson.simulator import fill, restore, spoil

from congkhai.connectors.contract import ConnectorBench, ConnectorContract
from congkhai.connectors.contract_channel import ChannelBench, ChannelContract
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import Filing, FilingFile, Notice

PDF = b"%PDF-1.4 bien ban"
DIGEST = hashlib.sha256(PDF).hexdigest()


def context(folder: Path) -> Context:
    clock = FixedClock(datetime(2026, 7, 6, 1, tzinfo=UTC))
    return Context("mauson", "main", clock, lambda _sha256: io.BytesIO(PDF), folder / "work")


class TestRegister(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        folder = tmp_path / "so-van-ban"
        fill(folder)
        settings = RegisterSettings(folder=folder)
        yield ConnectorBench(
            make=lambda: Register(settings, context(tmp_path)), folder=tmp_path / "work",
            kept=frozenset({"vb-1", "vb-2"}), refused=frozenset({"vb-3"}), subjects=("mẫu một", "mẫu ba"),
            faults={"lost-share": lambda: spoil(folder)}, heal=lambda: restore(folder),
            there=lambda remote_id: (folder / f"{remote_id}.json").exists(),
            filing=Filing("ab" * 16, "Hồ sơ mẫu", (FilingFile("bien-ban.pdf", "application/pdf", DIGEST, len(PDF)),)),
            filed=lambda: [path.parent.name for path in folder.glob("ho-so/*/receipt.json")],
        )  # fmt: skip


class TestBulletin(ChannelContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ChannelBench]:
        folder = tmp_path / "man-hinh"
        settings = BulletinSettings(folder=folder)
        yield ChannelBench(
            make=lambda: Bulletin(settings, context(tmp_path)), notice=Notice("k1", "c1", "Thông báo", "Nội dung", ()),
            shown=lambda: len(list(folder.glob("*.txt"))), made=lambda: len(list(folder.glob("*.txt"))),
        )  # fmt: skip
