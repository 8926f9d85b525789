"""The few things that differ between operating systems: file locks, durable renames, signals, limits, free disk."""

import io
import json
import os
import shutil
import signal
import subprocess  # nosec B404
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from .clock import SystemClock
from .errors import BusyError, StoreError
from .text import _

TEMPORARY = ".tmp-"
"""How the names of unfinished files and folders begin; whoever holds the store removes what is left of them."""
_FORGOTTEN = 86_400.0
"""Seconds after which an unfinished file is nobody's, even if a process with its number runs."""


def fsync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable; a no-op where folders cannot be opened (Windows)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def age_of(path: Path) -> float:
    """Return how many seconds ago a file was last written, by this machine's clock; infinite when it is gone."""
    try:
        return SystemClock().now().timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def temporary_name(what: str) -> str:
    """Return the beginning of a name for something unfinished: it says which process makes it."""
    return f"{TEMPORARY}{os.getpid()}-{what}"


def is_left(path: Path, margin: float) -> bool:
    """
    Tell whether something unfinished was left by a process that is gone.

    A verb of the command line works beside the daemon on one machine: what a living process makes is not touched.

    Args:
        margin: age in seconds that is left alone where processes of other machines write too; 0 where none do.
    """
    if margin:
        return age_of(path) >= margin
    maker = path.name.removeprefix(TEMPORARY).partition("-")[0]
    alive = maker.isdecimal() and int(maker) != os.getpid() and _is_alive(int(maker))
    return not alive or age_of(path) >= _FORGOTTEN


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # a signal of 0 would end it; there the age decides
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def write_durably(path: Path, data: bytes | BinaryIO) -> None:
    """
    Write a file so that it is there whole or not at all: temporary name, fsync, rename, fsync of the folder.

    Args:
        data: the bytes, or a stream that is read to its end.

    Raises:
        OSError: the folder is missing, read-only or full; no half file stays under `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(temporary_name(path.name))
    try:
        with temporary.open("wb") as out:
            shutil.copyfileobj(io.BytesIO(data) if isinstance(data, bytes) else data, out)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def _try_lock(handle: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def sole_holder(path: Path, who: str) -> Iterator[None]:
    """
    Hold the lock file for as long as the block runs; the system releases it when the process dies, however it dies.

    Args:
        path: lock file; its text names the holder for whoever is refused.
        who: what to tell others, e.g. ``run on server-1``.

    Raises:
        BusyError: another process holds it; the message names that process.
        StoreError: the folder cannot be written.
    """
    with _opened(path) as handle:
        if not _try_lock(handle):
            raise BusyError(
                what=_("Kho này đang do một tiến trình khác dùng: {holder}.").format(holder=_holder(path)),
                where=str(path.parent),
                advice=_("Dừng tiến trình đó trước, hoặc dùng một thư mục khác cho [store] folder."),
            )
        _say(handle, json.dumps({"pid": os.getpid(), "who": who}), path)
        yield
        with suppress(OSError):  # a disk that has turned read-only meanwhile; the lock itself ends with the process
            handle.truncate(0)


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise _no_lock(error, path) from error


def _say(handle: IO[str], text: str, path: Path) -> None:
    try:
        handle.truncate(0)
        os.write(handle.fileno(), text.encode())  # at once: what waits in a buffer would fail again at the end
    except OSError as error:
        raise _no_lock(error, path) from error


def _no_lock(error: OSError, path: Path) -> StoreError:
    return StoreError(
        what=_("Không ghi được tệp khóa: {reason}.").format(reason=error.strerror), where=str(path),
        code="congkhai-E812", advice=_("Kiểm tra dung lượng đĩa, quyền ghi, và đĩa có bị chuyển sang chỉ đọc không."),
    )  # fmt: skip


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"{holder['who']} (pid {holder['pid']})"
    except (OSError, ValueError, KeyError):
        return _("không rõ")


def on_stop(call: Callable[[], None]) -> None:
    """Have `call` run at SIGTERM or the first SIGINT; a second signal ends the process at once."""

    def stop(_number: int, _frame: object) -> None:
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, signal.SIG_DFL)
        call()

    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, stop)


def on_reload(call: Callable[[], None]) -> None:
    """Have `call` run at SIGHUP; where there is no such signal (Windows), a restart is the only way to reload."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda _number, _frame: call())


def free_bytes(folder: Path) -> int:
    """Return the free space, in bytes, of the disk that holds `folder`."""
    return shutil.disk_usage(folder).free


def forbid_core_files() -> None:
    """Leave no image of this process and its children on disk when they crash: it could hold keys and passwords."""
    if sys.platform == "linux":
        import ctypes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The limit does not bind a collector that the kernel pipes images to (core(5)); PR_SET_DUMPABLE (4) does.
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)


def run_limited(
    command: Sequence[str], data: bytes, *, memory: int, seconds: float, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    """
    Run a foreign program over foreign bytes, so that it can take neither the machine's memory nor a core for ever.

    The limits are set before it is given anything to read; where the system has none (not Linux) only time is limited.

    Args:
        command: program and arguments, none of them of a stranger's choosing.
        data: what it reads from its standard input.
        memory: bytes of address space, for each of its processes.
        seconds: of real time, and of processor time.

    Returns:
        How it ended and what it wrote; ended by a signal when it passed a limit.

    Raises:
        OSError: it cannot be started.
        subprocess.TimeoutExpired: the time is over; it has been killed.
    """
    # The callers' commands are fixed lists; the bytes go in as input, never as a name.
    with subprocess.Popen(  # noqa: S603  # nosec B603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(environment)
    ) as process:
        try:
            _limit(process.pid, memory, seconds)
            out, err = process.communicate(data, timeout=seconds)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _limit(pid: int, memory: int, seconds: float) -> None:
    if sys.platform != "linux":
        return
    import resource

    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(seconds) + 1), (resource.RLIMIT_CORE, 0))
    try:
        for kind, most in limits:
            resource.prlimit(pid, kind, (most, most))
    except ProcessLookupError:
        return  # it has ended already: there is nothing left to limit
