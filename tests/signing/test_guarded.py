"""No file hangs the verifier or takes it down: what is hostile ends with its worker, the rest is judged."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from congkhai.signing import FileKey, Guard, Indication, Trust, UnreadableError, validation, verify_path
from congkhai.signing.guarded import Stopped, run_guarded

from .pki import NOW
from .samples import minutes_xml, sealed, sign

GUARD = Guard(seconds=1.0)


def behave(job: str) -> str:
    """Do as the job says; runs in a worker."""
    if job == "hang":
        while True:
            pass
    if job == "memory":
        return str(len(bytearray(8 * 1024**3)))
    if job == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if job == "unreadable":
        Path("/không/có").read_bytes()
    if job == "fault":
        raise LookupError(job)
    return f"{job}!"


def outcomes(*jobs: str, workers: int = 2, seconds: float = 1.0) -> list[str | Stopped]:
    return run_guarded(behave, jobs, workers=workers, allowed=lambda _job: seconds, memory=2 * 1024**3)


def test_results_keep_their_order_and_each_is_counted() -> None:
    seen: list[int] = []
    found = run_guarded(behave, list("abcdef"), workers=3, allowed=lambda _job: 60, done=seen.append)
    assert found == ["a!", "b!", "c!", "d!", "e!", "f!"]
    assert seen == [1, 2, 3, 4, 5, 6]
    assert run_guarded(behave, [], workers=3, allowed=lambda _job: 60) == []


def test_what_hangs_is_killed_and_the_rest_goes_on() -> None:
    began = time.monotonic()
    assert outcomes("a", "hang", "b", "hang", "c") == ["a!", Stopped("time"), "b!", Stopped("time"), "c!"]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("job", "stopped"),
    [
        ("memory", Stopped("memory")), ("killed", Stopped("died", str(-signal.SIGKILL))),
        ("fault", Stopped("died", "LookupError")), ("unreadable", Stopped("unreadable", "No such file or directory")),
    ],
)  # fmt: skip
def test_each_way_to_fail_is_told_apart(job: str, stopped: Stopped) -> None:
    assert outcomes("a", job, "b", workers=1, seconds=60) == ["a!", stopped, "b!"]


def test_beside_other_threads_no_process_is_forked() -> None:
    over = threading.Event()
    beside = threading.Thread(target=over.wait)
    beside.start()
    try:
        assert run_guarded(abs, [-1, -2], workers=1, allowed=lambda _job: 60) == [1, 2]
    finally:
        over.set()
        beside.join()


def test_a_larger_file_may_take_longer() -> None:
    assert Guard(seconds=10, rate=1000).allowed(5000) == 15


def test_the_verdict_is_the_same_with_and_without_a_guard(folder: Path, trust: Trust, key: FileKey) -> None:
    (folder / "a.xml").write_bytes(sign(minutes_xml(), key))
    sealed(folder / "b.asice", key)
    (folder / "c.txt").write_bytes(b"x")
    assert verify_path(folder, trust, NOW, guard=GUARD, workers=2) == verify_path(folder, trust, NOW)
    for name in ("a.xml", "b.asice"):
        assert verify_path(folder / name, trust, NOW, guard=GUARD) == verify_path(folder / name, trust, NOW)
    with pytest.raises(UnreadableError):
        verify_path(folder / "c.txt", trust, NOW, guard=GUARD)


def test_a_file_that_hangs_its_reader_is_indeterminate(folder: Path, trust: Trust) -> None:
    os.mkfifo(folder / "a.xml")  # nobody ever writes into it: who opens it waits for ever
    report = verify_path(folder / "a.xml", trust, NOW, guard=GUARD)
    assert report.indication is Indication.INDETERMINATE
    assert [one.id for one in report.findings] == ["V07"]
    assert report.files[0].path == str(folder / "a.xml")


def test_one_bad_file_of_a_folder_leaves_the_others_judged(
    folder: Path, trust: Trust, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "hang", "killed", "unreadable"):
        (folder / f"{name}.xml").write_bytes(sign(minutes_xml(), key))
    honest = validation._look

    def look(job: validation._Job, *rest: object, **more: object) -> validation._Looked:
        behave(job.path.stem)
        return honest(job, *rest, **more)  # type: ignore[arg-type]  # the same arguments, handed on

    monkeypatch.setattr(validation, "_look", look)
    report = verify_path(folder, trust, NOW, guard=GUARD, workers=2)
    assert report.indication is Indication.INDETERMINATE
    assert [(one.path, one.indication) for one in report.files] == [("a.xml", Indication.PASSED)]
    assert {(one.id, one.where) for one in report.findings} == {
        ("V07", "hang.xml"), ("V08", "killed.xml"), ("V09", "unreadable.xml"),
    }  # fmt: skip
