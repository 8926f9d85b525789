"""Serving the page beside the daemon, in a thread of its own, or alone."""

import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from ..errors import ConfigurationError
from ..house import House
from ..text import _
from .app import make_app, own_address

log = logging.getLogger(__name__)

_CLOSING = 5
"""Seconds that requests under way get when the page stops; what binds is in the store, not in a request."""


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def check_listening(house: House) -> None:
    """Refuse to offer passwords over a network in clear. Raises ConfigurationError."""
    web = house.configuration.web
    if _loopback(web.listen) or (web.tls_certificate and web.tls_key) or web.public_url.startswith("https:"):
        return
    raise ConfigurationError(
        what=_("Trang web lắng nghe ngoài máy này mà không có TLS."), where=f"{house.configuration.path} [web] listen",
        code="congkhai-E715",
        advice=_("Đặt tls-certificate và tls-key, hoặc public-url bắt đầu bằng https:// khi có máy chủ trung gian."),
    )  # fmt: skip


def free_port(wanted: int) -> int:
    """Return the wanted port when nobody on this machine listens there, else 0, which takes any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


@contextmanager
def serving(house: House, *, port: int | None = None) -> Iterator[str]:
    """
    Serve the page while the block runs.

    Args:
        port: instead of the ini's; 0 takes any free one.

    Yields:
        The address at which people reach it.

    Raises:
        ConfigurationError: the address is taken, or would carry passwords in clear.
    """
    check_listening(house)
    web = house.configuration.web
    wanted = web.port if port is None else port
    listener = socket.socket(socket.AF_INET6 if ":" in web.listen else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((web.listen, wanted))
        listener.listen()  # whoever asks before the thread is up waits instead of being refused
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            what=_("Không mở được cổng {port} ở {listen}: {reason}.").format(
                port=wanted, listen=web.listen, reason=error.strerror
            ),
            where=f"{house.configuration.path} [web]", code="congkhai-E716",
            advice=_("Đổi [web] port hoặc listen, hoặc dừng chương trình đang giữ cổng đó."),
        ) from error  # fmt: skip
    taken = listener.getsockname()[1]
    address = own_address(house) if taken == web.port else f"http://{web.listen}:{taken}"
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(house, own=address), log_config=None, access_log=False, server_header=False, date_header=True,
            timeout_graceful_shutdown=_CLOSING, lifespan="off", proxy_headers=False,
            ssl_certfile=web.tls_certificate, ssl_keyfile=web.tls_key,
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
    thread.start()
    log.info("serving", extra={"listen": web.listen, "port": taken})
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(timeout=_CLOSING + 5)
        listener.close()
