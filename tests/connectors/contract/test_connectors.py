"""Every built-in connector keeps the contract, with every fault switch of its simulator on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from congkhai.connectors.contract import ConnectorBench, ConnectorContract

from . import systems


class TestIoffice(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.ioffice(tmp_path) as bench:
            yield bench


class TestIwork(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.iwork(tmp_path) as bench:
            yield bench


class TestVxp(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.vxp(tmp_path) as bench:
            yield bench


class TestEdxml(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.edxml(tmp_path) as bench:
            yield bench


class TestEdxmlOfASourceThatIsNotPlain(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.edxml(tmp_path, plain=False) as bench:
            yield bench


class TestDropFolder(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.drop_folder(tmp_path) as bench:
            yield bench


class TestHandover(ConnectorContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ConnectorBench]:
        with systems.handover(tmp_path) as bench:
            yield bench
