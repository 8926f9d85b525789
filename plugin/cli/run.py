"""``congkhai run``: the daemon."""

import logging
import os
import socket
from contextlib import ExitStack
from pathlib import Path

import click

from ..daemon import run
from ..logs import configure_logs
from ..text import _
from ._open import opened_all

log = logging.getLogger(__name__)


@click.command(help=_("Chạy tiến trình nền: lấy văn bản, theo dõi thời hạn, công khai, lập và nộp hồ sơ."))
@click.pass_obj
def command(ini: Path | None) -> None:
    """Run the verb."""
    given = _given_sockets()
    with opened_all(ini) as (house, *others):
        settings = house.configuration.log
        configure_logs(settings.level, settings.format)
        web = house.configuration.web
        for name, listener in given.items():
            if name != "web" or not web.enabled:
                log.warning("a socket of systemd's is not used", extra={"socket": name})
                listener.close()
        with ExitStack() as beside:
            if web.health_port:
                from ..web.watch_pages import watched  # a node that only works loads no web server

                beside.enter_context(watched(house, others=others))
            if web.enabled:
                from ..web.server import serving

                run(house, serving(house, listener=given.get("web"), others=others), others=others)
            else:
                run(house, others=others)


def _given_sockets() -> dict[str, socket.socket]:
    """Return what systemd opened for us; children must not take it for theirs. Raises ConfigurationError."""
    if "LISTEN_FDS" not in os.environ:
        return {}
    from ..web.listening import handed_over

    given = handed_over(os.environ)
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    return given
