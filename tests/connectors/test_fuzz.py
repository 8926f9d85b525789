"""A bounded share of the fuzzer's inputs in every run, and proof that the fuzzer sees what it looks for."""

import random
import time
from pathlib import Path

import pytest

from benchmarks import fuzz as fuzzer
from benchmarks.fuzz_mutate import mutated
from benchmarks.fuzz_readers import Target, targets


def test_mutated_inputs_crash_no_reader_hang_none_and_make_none_hoard(tmp_path: Path) -> None:
    found = fuzzer.fuzz(600, seed=7_000_000, processes=1, kept=tmp_path)
    assert found.failures == []
    assert (found.inputs, found.crashes, found.hangs) == (600, 0, 0)
    assert found.growth_mb <= fuzzer.GROWTH
    for name in ("edxml", "ioffice", "iwork", "vxp"):
        assert found.by_reader[name] > 100, name
        assert found.read[name] > 10, f"{name}: hardly anything was read: the reader is not reached"


def test_the_seeds_themselves_are_read(tmp_path: Path) -> None:
    readers = {reader.name: reader for reader in targets(tmp_path)}
    assert set(readers) == {"edxml", "ioffice", "iwork", "vxp"}
    assert len(readers["edxml"].seeds) > 20
    for reader in readers.values():
        got = [reader.read(step, data) for step, data in reader.seeds]
        # Packets with a planted fault may be refused; what the others answer is sound: a paper with its file each time.
        assert (sum(got) if reader.name == "edxml" else min(got)) >= 2, reader.name


def test_mutations_are_the_same_for_the_same_seed_and_seldom_leave_an_input_as_it_was() -> None:
    data = b'{"status": {"code": "0"}, "data": [{"id": "1", "soKihieu": "1/KH"}]}'

    def drawn() -> list[bytes]:
        return [mutated(data, random.Random(one), [data]) for one in range(300)]  # noqa: S311 - made again at will

    first = drawn()
    assert first == drawn()
    assert sum(one != data for one in first) > 270


@pytest.mark.parametrize(
    ("reader", "step", "data"),
    [
        ("iwork", "list", rb'{"code": "OK", "value": {"data": [{"macongvan": "7", "files": ["\ud800.pdf"]}]}}'),
        (
            "iwork",
            "detail",
            rb'{"code": "OK", "value": {"Attachments": [{"FileName": "a", "FilePath": "/g?k=\ud800"}]}}',
        ),
        ("vxp", "list", rb'{"status": "OK", "ErrorCode": "0", "data": [{"docId": "a", "filePath": "\ud800"}]}'),
        ("vxp", "list", rb'{"status": "OK", "ErrorCode": "0", "data": "\ud800"}'),
        ("vxp", "list", '{"status": "OK", "data": [{"docId": "a", "filePath": "/kho/Đông Sơn"}]}'.encode()),
        ("vxp", "list", b'{"status": "OK", "ErrorCode": "0", "data": [{"docId": "a.1", "filePath": " "}]}'),
        ("vxp", "packet", b'{"<a"'),
        ("vxp", "packet", b'[{"<a": 1}]'),
    ],
)
def test_inputs_that_once_crashed_a_reader_no_longer_do(tmp_path: Path, reader: str, step: str, data: bytes) -> None:
    (found,) = [one for one in targets(tmp_path) if one.name == reader]
    found.read(step, data)


@pytest.mark.parametrize(("behaviour", "field"), [("crash", "crashes"), ("hang", "hangs"), ("hoard", "growth_mb")])
def test_what_a_bad_reader_does_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, field: str
) -> None:
    hoard: list[bytes] = []

    def read(_step: str, data: bytes) -> int:
        if data == b"<sound/>":
            return 1
        if behaviour == "crash":
            raise KeyError("x")
        if behaviour == "hoard" and not hoard:
            hoard.append(bytes(range(256)) * 4 * 1024 * 1024)
        until = time.process_time() + 0.3
        while behaviour == "hang" and time.process_time() < until:
            pass
        return 0

    monkeypatch.setattr(fuzzer, "targets", lambda _folder: [Target("bad", (("x", b"<sound/>"),), read)])
    monkeypatch.setattr(fuzzer, "LIMIT", 0.2)
    found = fuzzer.share(3, 1, tmp_path)
    assert getattr(found, field) > (fuzzer.GROWTH if behaviour == "hoard" else 0)
    assert not found.ok
    if behaviour == "crash":
        assert "KeyError" in found.failures[0]["what"]
        assert len(list(tmp_path.glob("bad-x-*"))) >= 1


@pytest.mark.parametrize(("naps", "hangs"), [([0.5, 0.0], 0), ([0.5, 5.0], 1)])
def test_an_input_that_only_waited_for_the_processor_is_no_hang_and_one_that_sleeps_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naps: list[float], hangs: int
) -> None:
    left = list(naps)

    def read(_step: str, data: bytes) -> int:
        if data != b"<sound/>" and left:
            time.sleep(left.pop(0))

    monkeypatch.setattr(fuzzer, "targets", lambda _folder: [Target("bad", (("x", b"<sound/>"),), read)])
    monkeypatch.setattr(fuzzer, "LIMIT", 0.04)
    monkeypatch.setattr(fuzzer, "_PATIENCE", (5, 20))
    assert fuzzer.share(1, 1, tmp_path).hangs == hangs
