"""What the verbs share: finding the ini, opening the house, saying things as text or JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..config.load import find_ini
from ..house import House, open_house
from ..text import _


@contextmanager
def opened(ini: Path | None) -> Iterator[House]:
    """Open the house of the chosen ini for the time of a verb. Raises ConfigurationError."""
    house = open_house(find_ini(ini))
    try:
        yield house
    finally:
        house.close()


def as_json(value: Any) -> None:
    """Write machine output on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


json_option = click.option("--json", "machine", is_flag=True, help=_("Kết quả dạng JSON cho máy đọc."))
