"""``congkhai fsck``: reads the whole store and says what does not fit; mends only when told to."""

from dataclasses import asdict
from pathlib import Path

import click

from ..fsck import ERROR, check_store, mend_store
from ..text import _
from ._open import as_json, json_option, opened


@click.command("fsck", help=_("Kiểm tra toàn bộ kho: dòng, tệp, nhật ký, chữ ký; chỉ sửa khi được yêu cầu."))
@click.option("--mend", is_flag=True, help=_("Sửa những gì sửa được; không xóa gì, việc sửa ghi vào nhật ký."))
@click.option("--quick", is_flag=True, help=_("Không đọc nội dung từng tệp và không kiểm tra chữ ký."))
@click.option("--by", default="fsck", show_default=True, help=_("Người yêu cầu, ghi vào nhật ký khi sửa."))
@json_option
@click.pass_obj
def command(ini: Path | None, mend: bool, quick: bool, by: str, machine: bool) -> None:
    """Run ``fsck``; exit code 1 when an error remains."""
    with opened(ini) as house:
        tell = None if machine else lambda part: click.echo(f"… {part}", err=True)
        found = check_store(house, whole=not quick, **({"progress": tell} if tell else {}))
        if mend:
            done = [one for one in mend_store(house, found, by) if one.mended]
            found = [*done, *check_store(house, whole=not quick)]  # one fault may have hidden or caused another
    if machine:
        as_json([asdict(one) for one in found])
    for one in () if machine else found:
        mark = _("đã sửa") if one.mended else one.severity
        click.echo(
            f"{mark:<7} {one.id:<14} {one.place}\n        {one.what} {'' if one.mended else one.advice}".rstrip()
        )
    left = [one for one in found if one.severity == ERROR and not one.mended]
    if not machine:
        count = len(left)
        click.echo(_("Kho lành lặn.") if not count else _("Còn {count} lỗi chưa sửa.").format(count=count))
    if left:
        raise click.exceptions.Exit(1)
