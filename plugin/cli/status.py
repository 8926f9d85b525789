"""``congkhai status``: what is due, overdue, waiting, stuck."""

from pathlib import Path
from typing import Any

import click

from ..readiness import not_ready
from ..status import status
from ..text import _
from ._open import as_json, json_option, opened_all

_HEADS = {
    "overdue": _("QUÁ HẠN"),
    "due": _("ĐẾN HẠN"),
    "waiting": _("ĐANG CHỜ NGƯỜI"),
    "stuck": _("VƯỚNG MẮC"),
    "duties": _("NGHĨA VỤ"),
}


@click.command(help=_("Việc đến hạn, quá hạn, đang chờ, vướng mắc, và bước tiếp theo của từng việc."))
@json_option
@click.pass_obj
def command(ini: Path | None, machine: bool) -> None:
    """Run the verb."""
    with opened_all(ini) as houses:
        each = {house.agency: (house.configuration.agency.name, status(house)) for house in houses}
        lacking = [] if machine else list(dict.fromkeys(one for house in houses for one in not_ready(house)))
    if machine:
        found = {key: one for key, (_name, one) in each.items()}
        as_json(next(iter(found.values())) if len(found) == 1 else found)
        return
    if lacking:
        text = _("CHƯA LÀM VIỆC ĐƯỢC, vì: {lacking} (xem docs/operations.md).")
        click.secho(text.format(lacking=", ".join(lacking)), fg="red", bold=True)
    for key, (name, one) in each.items():
        if len(each) > 1:
            click.secho(f"[{key}] {name}", bold=True, underline=True)
        _print(one)


def _print(found: dict[str, Any]) -> None:
    for key, head in _HEADS.items():
        click.secho(f"{head}: {len(found[key])}", bold=True)
        for row in found[key]:
            click.echo(f"  {row['id']}  {row.get('title', row.get('what', ''))}")
            click.echo(f"      → {row['next']}")
