"""Serving the page beside the daemon, in a thread of its own, or alone."""

import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import ConfigurationError
from ..house import House
from ..text import _
from .agencies import make_apps
from .app import own_address
from .listening import bound, host_of, loopback, port_of, served

log = logging.getLogger(__name__)

_CLOSING = 5
"""Seconds that requests under way get when the page stops; what binds is in the store, not in a request."""


def check_listening(house: House, listen: str | None = None) -> None:
    """
    Refuse to offer passwords over a network in clear.

    Args:
        listen: the address, where it is not the ini's.

    Raises:
        ConfigurationError: people would reach it from elsewhere, and nothing says that TLS is in between.
    """
    web = house.configuration.web
    if loopback(listen or web.listen) or (web.tls_certificate and web.tls_key) or web.public_url.startswith("https:"):
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
def serving(
    house: House, *, port: int | None = None, listener: socket.socket | None = None, others: Sequence[House] = ()
) -> Iterator[str]:  # fmt: skip
    """
    Serve the page while the block runs.

    Args:
        port: instead of the ini's; 0 takes any free one.
        listener: a socket that listens already, such as systemd's, instead of the ini's address; closed afterwards.
        others: further agencies of the installation.

    Yields:
        The address at which people reach it.

    Raises:
        ConfigurationError: the address is taken, or would carry passwords in clear.
    """
    web = house.configuration.web
    given = listener is not None
    check_listening(house, host_of(listener) if listener is not None else None)
    listener = listener or _bound(house, web.port if port is None else port)
    host, taken = host_of(listener), port_of(listener)
    if taken in (web.port, 0) or (given and web.public_url):
        address = own_address(house)
    else:
        scheme = "https" if web.tls_certificate else "http"
        address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{taken}"
    log.info("serving", extra={"listen": host, "port": taken})
    with served(
        make_apps((house, *others), own=address), listener, name="web", closing=_CLOSING, date_header=True,
        ssl_certfile=web.tls_certificate, ssl_keyfile=web.tls_key,
    ):  # fmt: skip
        yield address


def _bound(house: House, port: int) -> socket.socket:
    listen = house.configuration.web.listen
    try:
        return bound(listen, port)
    except OSError as error:
        raise ConfigurationError(
            what=_("Không mở được cổng {port} ở {listen}: {reason}.").format(
                port=port, listen=listen, reason=error.strerror
            ),
            where=f"{house.configuration.path} [web]", code="congkhai-E716",
            advice=_("Đổi [web] port hoặc listen, hoặc dừng chương trình đang giữ cổng đó."),
        ) from error  # fmt: skip
