"""
Telling systemd how the daemon is: ready, reloading, stopping, and alive as long as work goes on (sd_notify(3)).

The watchdog is fed by progress, never by a clock: when no worker has come round since the last time, nothing is sent,
and systemd starts the daemon anew. Without ``NOTIFY_SOCKET`` nothing is said to anybody.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_LONGEST_STATUS = 400  # characters; one datagram, one line in systemctl status


def notify(*states: str) -> bool:
    """
    Send states such as ``READY=1`` in one datagram.

    Returns:
        False when nobody listens; what was not delivered is logged and never stops the work.
    """
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path or not hasattr(socket, "AF_UNIX"):
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(1)
            sender.connect(address)
            sender.sendall("\n".join(states).encode())
    except OSError as error:
        log.warning("systemd not told", extra={"reason": error.strerror})
        return False
    return True


def status_line(text: str) -> str:
    """Return the ``STATUS=`` state of a text: one line, not too long."""
    return "STATUS=" + " ".join(text.split())[:_LONGEST_STATUS]


def reloading() -> str:
    """Return the states that announce a reload, with the monotonic moment that ``Type=notify-reload`` asks for."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"


def watchdog_interval() -> float | None:
    """Return how often to show progress, in seconds: half of what systemd allows; None when it does not watch us."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID", "")
    if not limit.isdigit() or int(limit) == 0 or (watched and watched != str(os.getpid())):
        return None
    return int(limit) / 2 / 1_000_000


class Progress:
    """How often the workers have come round; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def beat(self) -> None:
        """Say that a worker has finished a round: done a piece of work, or found nothing to do."""
        with self._lock:
            self._count += 1

    @property
    def count(self) -> int:
        """How many rounds so far."""
        with self._lock:
            return self._count


def attend(
    stop: threading.Event, progress: Progress, *, workers: int, asked: threading.Event, reload: Callable[[], str]
) -> None:  # fmt: skip
    """
    Wait in the main thread until told to stop; meanwhile feed the watchdog and reload when asked.

    Args:
        workers: how many there are; a node without workers has no progress to show and is fed as long as it answers.
        asked: set when a reload was asked for; `reload` does it and returns the status line.
    """
    interval = watchdog_interval()
    seen = -1
    fed = time.monotonic()
    while not stop.wait(min(interval or 0.5, 0.5)):
        if asked.is_set():
            asked.clear()
            notify(reloading())
            notify("READY=1", status_line(reload()))
        if interval is None or time.monotonic() - fed < interval:
            continue
        fed = time.monotonic()
        count = progress.count
        if count > seen or not workers:
            notify("WATCHDOG=1")
        else:
            log.error("no progress: systemd will start the daemon anew", extra={"seconds": interval})
        seen = count
