"""``congkhai migrate``: bring the store to this program's schema, or move it to another database."""

from pathlib import Path

import click

from ..config.load import find_ini, load
from ..host import Host
from ..platform import sole_holder
from ..store.moving import move, upgrade
from ..text import _


@click.command(help=_("Nâng lược đồ kho dữ liệu lên bản này, hoặc chuyển kho sang cơ sở dữ liệu khác bằng --to."))
@click.option("--to", "target", metavar="URL", help=_("Chuyển mọi dòng sang cơ sở dữ liệu trống này và đối chiếu."))
@click.option("--keep-old", is_flag=True, help=_("Sau khi chuyển vẫn mở được kho cũ (chỉ để thử)."))
@click.pass_obj
def command(ini: Path | None, target: str | None, keep_old: bool) -> None:
    """Run the verb. The store's lock is held, so that no daemon of this folder works meanwhile."""
    store = load(find_ini(ini), Host()).store
    with sole_holder(store.folder / "lock", "migrate"):
        found = upgrade(store.folder, store.database)
        if found.present == found.ours:
            click.echo(_("Lược đồ đã đúng bản này ({ours}).").format(ours=found.ours))
        else:
            click.echo(_("Đã nâng lược đồ từ {old} lên {new}.").format(old=found.present, new=found.ours))
        if target:
            moved = move(store.folder, store.database, target, tell=_tell, keep=keep_old)
            click.echo(_("Đã chuyển và đối chiếu {n} dòng.").format(n=sum(moved.rows.values())))
            for agency, head in sorted(moved.heads.items()):
                click.echo(_("Nhật ký {agency}: {n} mục, đầu chuỗi {head}, trùng với kho cũ.").format(
                    agency=agency, n=head.seq + 1, head=head.hash
                ))  # fmt: skip
            click.echo(_("Kho tệp giữ nguyên chỗ cũ. Bước tiếp theo: đặt [store] database thành địa chỉ mới."))


def _tell(table: str, rows: int) -> None:
    click.echo(f"  {table:<22} {rows:>8}")
