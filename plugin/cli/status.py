"""``congkhai status``: what is due, overdue, waiting, stuck."""

from pathlib import Path

import click

from ..status import status
from ..text import _
from ._open import as_json, json_option, opened

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
    with opened(ini) as house:
        found = status(house)
    if machine:
        as_json(found)
        return
    for key, head in _HEADS.items():
        click.secho(f"{head}: {len(found[key])}", bold=True)
        for row in found[key]:
            click.echo(f"  {row['id']}  {row.get('title', row.get('what', ''))}")
            click.echo(f"      → {row['next']}")
