"""
A sample plugin: the connector ``mauson-register``, the channel ``mauson-bulletin`` and a simulator of the register.

The register is a folder with one JSON file per paper and its attachment beside it, as a small program of a commune
might export it. Everything here goes through the public part of congkhai, as a plugin from anywhere must.
"""

import sys

from congkhai.plugin.hooks import RegisterChannel, RegisterConnector, RegisterSimulator, hookimpl

from .bulletin import Bulletin, BulletinSettings
from .register import Register, RegisterSettings


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``[connector:NAME] type = mauson-register``."""
    register("mauson-register", RegisterSettings, Register)


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``[channel:NAME] type = mauson-bulletin``."""
    register("mauson-bulletin", BulletinSettings, Bulletin)


@hookimpl
def register_simulators(register: RegisterSimulator) -> None:
    """Offer the simulated register."""
    register("mauson-register", [sys.executable, "-m", "congkhai_mauson.simulator"])
