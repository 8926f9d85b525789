"""Reading the ini again while the daemon runs: what may change in flight, and what needs a restart."""

import logging
from dataclasses import dataclass, replace

from .config.configuration import Configuration
from .config.load import load
from .errors import ConfigurationError
from .host import Host
from .house import House
from .logs import configure_logs

log = logging.getLogger(__name__)

IN_FLIGHT = ("log", "work", "reminders")
"""Sections that are read anew for every piece of work and so may change between two."""
_FIXED = (("work", "node"), ("work", "workers"))
"""Keys of those sections that are in use since the start."""


@dataclass
class Living:
    """The house as the workers see it now; a reload puts another one in its place, between two pieces of work."""

    house: House


def needs_restart(before: Configuration, after: Configuration) -> list[str]:
    """Name the keys that differ and take effect at the next start only, as ``[section] key``."""
    old = {(one.section, one.key): one.text for one in before.values}
    new = {(one.section, one.key): one.text for one in after.values}
    changed = [place for place in {**old, **new} if old.get(place) != new.get(place)]
    return [f"[{section}] {key}" for section, key in changed if section not in IN_FLIGHT or (section, key) in _FIXED]


def reload(living: Living) -> str:
    """
    Read the ini again and take over what may change in flight; a faulty ini leaves everything as it was.

    Returns:
        One English line for systemd and the log: what happened, and what needs a restart.
    """
    before = living.house.configuration
    try:
        after = load(before.path, Host()).of(before.agency_key)
    except ConfigurationError as error:
        log.error("ini not reloaded; the old one stays in force", extra={"what": str(error)})  # noqa: TRY400 - told in full
        return "ini is faulty; the old one stays in force (congkhai check)"
    waiting = needs_restart(before, after)
    work = after.work.model_copy(update={"node": before.work.node, "workers": before.work.workers})
    living.house = replace(
        living.house, configuration=replace(before, log=after.log, work=work, reminders=after.reminders)
    )
    configure_logs(after.log.level, after.log.format)
    log.info("ini reloaded", extra={"needs_restart": ", ".join(waiting)})
    return f"ini reloaded; needs a restart: {', '.join(waiting)}" if waiting else "ini reloaded"
