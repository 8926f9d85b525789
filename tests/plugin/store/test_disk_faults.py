"""Disk full, read-only, errors while writing and flushing: what was acknowledged is there, what was not is not."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.store import create_store, open_store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.vault import Vault

COUNT = 120
FAULTS = {
    "flushing fails": ("posix/io/sync/fdatasync", 0.05, 5),
    "disk full": ("posix/io/rw/pwrite", 0.02, 28),
    "disk full for files": ("posix/io/rw/write", 0.05, 28),
    "files cannot be flushed": ("posix/io/sync/fsync", 0.05, 5),
    "files cannot be made": ("posix/io/dir/rename", 0.05, 30),
}
"""What fails, how often, and with which error: EIO 5, ENOSPC 28, EROFS 30."""


def run(folder: Path, *faults: tuple[str, float, int]) -> tuple[set[int], int]:
    """Write under faults; return what was acknowledged and how much was refused."""
    fiu = shutil.which("fiu-run")
    assert fiu, "the tests of disk faults need the Debian package fiu-utils"
    enable = [f"-c enable_random name={name},probability={share},failinfo={errno}" for name, share, errno in faults]
    options = [part for one in enable for part in one.split(" ", 1)]
    done = subprocess.run(
        [fiu, "-x", *options, sys.executable, Path(__file__).with_name("faulty.py"), folder, str(COUNT)],
        capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    return set(answer["kept"]), int(answer["refused"])


@pytest.mark.parametrize("names", [("flushing fails", "disk full for files", "files cannot be made"),
                                   ("disk full", "files cannot be flushed")], ids=["flush", "full"])  # fmt: skip
def test_rows_and_files_are_exactly_what_was_acknowledged(tmp_path: Path, names: tuple[str, ...]) -> None:
    create_store(tmp_path)
    kept, refused = run(tmp_path, *(FAULTS[name] for name in names))
    assert len(kept) + refused == COUNT
    assert refused > 0  # the faults were really met
    assert len(kept) > COUNT / 4  # and what came after one was done again and worked
    store = open_store(tmp_path)
    with store.read() as connection:
        rows = dict(connection.execute(sa.select(t.meta.c.name, t.meta.c.value).where(t.meta.c.name.like("n%"))).all())
        verdict = verify_journal(connection, "xa")
        jobs = set(connection.scalars(sa.select(t.job.c.key)))
    assert {int(name[1:]) for name in rows} == kept
    assert jobs == {f"tag:n{number}" for number in kept}
    assert (verdict.entries, verdict.broken) == (len(kept), ())
    for sha256 in rows.values():
        assert hashlib.sha256(store.vault.read(sha256)).hexdigest() == sha256
    store.close()
    with sqlite3.connect(tmp_path / "congkhai.sqlite") as whole:
        assert whole.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    whole.close()
    vault = Vault(tmp_path / "vault")
    assert set(rows.values()) <= set(vault.digests())  # files without rows may be left: the orphan sweep has them
