"""``congkhai search``: disclosures by words, with or without diacritics."""

from pathlib import Path

import click
import sqlalchemy as sa

from ..search import exact_first, holding, index_all
from ..store import tables as t
from ..text import _
from ._open import as_json, json_option, opened

_MOST = 100


@click.command(help=_("Tìm nội dung công khai theo từ, có dấu hay không dấu; --rebuild lập lại chỉ mục từ."))
@click.argument("words", nargs=-1)
@click.option("--rebuild", is_flag=True, help=_("Lập lại chỉ mục từ của mọi nội dung công khai."))
@json_option
@click.pass_obj
def command(ini: Path | None, words: tuple[str, ...], rebuild: bool, machine: bool) -> None:
    """Run the verb."""
    text = " ".join(words)
    with opened(ini) as house:
        if rebuild:
            with house.store.write(house.agency, "congkhai search") as tx:
                count = index_all(tx.connection, house.agency)
            click.echo(_("Đã lập chỉ mục cho {count} nội dung công khai.").format(count=count), err=machine)
            if not words:
                return
        d = t.disclosure.c
        with house.store.read() as connection:
            query = sa.select(d.id, d.title, d.state).where(
                d.agency == house.agency, *holding(connection, house.agency, text)
            )
            rows = connection.execute(query.order_by(d.opened_at.desc(), d.id.desc()).limit(_MOST)).all()
    rows = [rows[place] for place in exact_first(text, [row.title for row in rows])]
    if machine:
        as_json([{"id": row.id, "title": row.title, "state": row.state} for row in rows])
        return
    for row in rows:
        click.echo(f"{row.id}  {row.state:<10}  {row.title}")
