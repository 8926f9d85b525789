"""What is asked of the operating system: limits on foreign programs, no image of a crashed process."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from congkhai.plugin.errors import StoreError
from congkhai.plugin.platform import run_limited, sole_holder

MEMORY = 512 * 1024**2


def _run(code: str, data: bytes = b"", *, seconds: float = 20) -> "subprocess.CompletedProcess[bytes]":
    return run_limited([sys.executable, "-c", code], data, memory=MEMORY, seconds=seconds, environment={"A": "b"})


def test_a_program_within_its_limits_reads_and_writes_as_it_likes() -> None:
    code = "import os, sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1] + os.environ['A'].encode())"
    data = bytes(range(256)) * 4096  # more than a pipe holds
    done = _run(code, data)
    assert (done.returncode, done.stdout) == (0, data[::-1] + b"b"), done.stderr


def test_a_program_that_swells_or_never_ends_is_stopped() -> None:
    swelling = _run(f"import sys; sys.stdin.read(); kept = bytearray({2 * MEMORY})")
    assert swelling.returncode != 0
    assert b"MemoryError" in swelling.stderr
    begun = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        _run("import time; time.sleep(60)", seconds=0.3)
    assert time.monotonic() - begun < 20
    with pytest.raises(OSError, match="no-such-program"):
        run_limited(["/no-such-program"], b"", memory=MEMORY, seconds=1, environment={})


@pytest.mark.skipif(sys.platform != "linux", reason="limits and dumpable are Linux's")
def test_no_process_of_ours_may_leave_a_core_file() -> None:
    code = (
        "import ctypes, resource\n"
        "from congkhai.plugin.platform import forbid_core_files\n"
        "forbid_core_files()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "(0, 0) 0"


def test_a_store_whose_lock_cannot_be_written_says_so_and_a_free_one_is_left_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StoreError) as caught, sole_holder(tmp_path / "file" / "lock", "run"):
        pass
    assert (caught.value.code, bool(caught.value.advice)) == ("congkhai-E812", True)
    with sole_holder(tmp_path / "lock", "run"):
        assert "run" in (tmp_path / "lock").read_text(encoding="utf-8")
    assert (tmp_path / "lock").read_text(encoding="utf-8") == ""
