"""``congkhai run``: the daemon."""

from contextlib import ExitStack
from pathlib import Path

import click

from ..daemon import run
from ..logs import configure_logs
from ..text import _
from ._open import opened


@click.command(help=_("Chạy tiến trình nền: lấy văn bản, theo dõi thời hạn, công khai, lập và nộp hồ sơ."))
@click.pass_obj
def command(ini: Path | None) -> None:
    """Run the verb."""
    with opened(ini) as house:
        settings = house.configuration.log
        configure_logs(settings.level, settings.format)
        web = house.configuration.web
        with ExitStack() as beside:
            if web.health_port:
                from ..web.watch_pages import watched  # a node that only works loads no web server

                beside.enter_context(watched(house))
            if web.enabled:
                from ..web.server import serving

                run(house, serving(house))
            else:
                run(house)
