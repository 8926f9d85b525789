"""What the verbs share: finding the ini, opening the house, saying things as text or JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ..config.load import find_ini
from ..house import House, open_house, open_houses
from ..text import _

AGENCY = "congkhai.agency"
"""Under which the command line keeps what ``--agency`` named."""


@contextmanager
def opened(ini: Path | None) -> Iterator[House]:
    """Open the house of the chosen ini for the time of a verb. Raises ConfigurationError."""
    agency = chosen_agency()
    house = open_house(find_ini(ini), agency=agency) if agency else open_house(find_ini(ini))
    try:
        yield house
    finally:
        house.close()


@contextmanager
def opened_all(ini: Path | None) -> Iterator[tuple[House, ...]]:
    """Open every agency of the chosen ini, or the one that ``--agency`` chose. Raises ConfigurationError."""
    if chosen_agency():
        with opened(ini) as house:
            yield (house,)
        return
    houses = open_houses(find_ini(ini))
    try:
        yield houses
    finally:
        for house in houses:
            house.close()


def chosen_agency() -> str:
    """Return the key that ``--agency`` named; empty when it did not."""
    context = click.get_current_context(silent=True)
    return str(context.meta.get(AGENCY, "")) if context is not None else ""


def as_json(value: Any) -> None:
    """Write machine output on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


json_option = click.option("--json", "machine", is_flag=True, help=_("Kết quả dạng JSON cho máy đọc."))
