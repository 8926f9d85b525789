"""A listening socket and the thread that serves it: of the page, and of the pages for machines that watch."""

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from ..errors import ConfigurationError
from ..text import _

_FIRST = 3
"""The first descriptor that systemd hands over, after the three standard streams (sd_listen_fds(3))."""


def loopback(address: str) -> bool:
    """Tell whether an address, or a name, is reached from this machine alone."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def bound(listen: str, port: int) -> socket.socket:
    """Return a socket that listens there; whoever asks before it is served waits. Raises OSError: it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in listen else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((listen, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def handed_over(environment: Mapping[str, str]) -> dict[str, socket.socket]:
    """
    Take over the sockets that systemd opened for this process (LISTEN_FDS; systemd.socket(5)).

    Args:
        environment: the process's; the caller removes ``LISTEN_*`` from it, so that no child takes them for its own.

    Returns:
        Listening sockets by name: ``FileDescriptorName=``, or the unit's name without ``congkhai-`` and ``.socket``.
        A single one without a name is ``web``. Empty when this process was started in another way.

    Raises:
        ConfigurationError: one of them is no listening stream socket.
    """
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return {}
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    found: dict[str, socket.socket] = {}
    for number in range(int(count)):
        name = names[number] if number < len(names) else ""
        name = name.removesuffix(".socket").removeprefix("congkhai-")
        try:
            os.set_inheritable(_FIRST + number, False)
            listener = socket.socket(fileno=_FIRST + number)
            listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError:
            listening = 0
        if not listening or listener.type != socket.SOCK_STREAM:
            raise ConfigurationError(
                what=_("Bộ mô tả {number} ({name}) mà systemd giao không phải là socket đang lắng nghe.").format(
                    number=_FIRST + number, name=name
                ),
                where="LISTEN_FDS", code="congkhai-E799",
                advice=_("Trong unit .socket chỉ dùng ListenStream=, không đặt Accept=yes."),
            )  # fmt: skip
        found["web" if name in ("", "unknown") else name] = listener
    return found


def host_of(listener: socket.socket) -> str:
    """Return the address that a socket is bound to; ``localhost`` for a socket in the file system."""
    return str(listener.getsockname()[0]) if listener.family != socket.AF_UNIX else "localhost"


def port_of(listener: socket.socket) -> int:
    """Return the port that a socket is bound to; 0 for a socket in the file system."""
    return int(listener.getsockname()[1]) if listener.family != socket.AF_UNIX else 0


@contextmanager
def served(app: Starlette, listener: socket.socket, *, name: str, closing: int, **more: Any) -> Iterator[None]:
    """
    Serve an application from a thread of its own while the block runs; the socket is closed afterwards.

    Args:
        name: of the thread.
        closing: seconds that requests under way get at the end.
        more: further settings of uvicorn, such as the files of TLS.
    """
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", proxy_headers=False,
        timeout_graceful_shutdown=closing, **more,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=closing + 5)
        listener.close()
