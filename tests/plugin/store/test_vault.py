"""The vault keeps what it acknowledges, in the order that survives a crash."""

import io
import os
import stat
from pathlib import Path

import pytest

from congkhai.plugin.errors import StoreError
from congkhai.plugin.store import Vault


def test_equal_content_is_one_file(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    first, second = vault.put(b"cong khai"), vault.put(io.BytesIO(b"cong khai"))
    assert first == second
    assert len([path for path in (tmp_path / "vault").rglob("*") if path.is_file()]) == 1
    assert vault.read(first[0]) == b"cong khai"


def test_file_is_synced_before_it_gets_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def synced(handle: int) -> None:
        calls.append("fsync-folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "fsync-file")
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        calls.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    Vault(tmp_path).put(b"x")
    assert calls == ["fsync-file", "rename", "fsync-folder", "fsync-folder"]


def test_a_changed_file_is_never_handed_out(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sha256, _size = vault.put(b"true")
    vault.path(sha256).write_bytes(b"fake")
    with pytest.raises(StoreError, match="không khớp"):
        vault.read(sha256)


def test_a_missing_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Vault(tmp_path).read("0" * 64)
    assert "sao lưu" in caught.value.advice


def test_a_full_disk_keeps_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        Vault(tmp_path).put(b"x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_a_killed_process_left_is_tidied(tmp_path: Path) -> None:
    (tmp_path / ".tmp-4194305-abcd").write_bytes(b"half")
    vault = Vault(tmp_path)
    kept, _size = vault.put(b"whole")
    assert vault.tidy() == 1
    assert vault.read(kept) == b"whole"


def test_what_a_living_process_is_writing_is_left_alone_for_a_day(tmp_path: Path) -> None:
    writing = tmp_path / f".tmp-{os.getppid()}-abcd"
    writing.write_bytes(b"half")
    assert (Vault(tmp_path).tidy(), writing.exists()) == (0, True)
    long_ago = writing.stat().st_mtime - 90_000
    os.utime(writing, (long_ago, long_ago))
    assert (Vault(tmp_path).tidy(), writing.exists()) == (1, False)


def test_what_is_laid_aside_is_not_deleted_and_comes_back_when_it_is_asked_for(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    kept, _size = vault.put(b"whole")
    vault.quarantine(kept)
    assert (list(vault.digests()), list(vault.quarantined()), vault.age(kept)) == ([], [kept], float("inf"))
    assert vault.size(kept) == len(b"whole")
    assert (list(vault.digests()), list(vault.quarantined())) == ([kept], [])
    vault.path(kept).write_bytes(b"fake!")
    vault.lay_damaged(kept)
    assert vault.put(b"whole")[0] == kept
    assert vault.read(kept) == b"whole"
    with pytest.raises(StoreError, match="cách ly"):
        vault.quarantine("0" * 64)
