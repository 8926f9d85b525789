"""``congkhai restore``: bring a backup into the place that the local ini names."""

import getpass
from pathlib import Path

import click

from ..backup_archive import read_identities
from ..config.load import find_ini, load
from ..host import Host
from ..restore import restore
from ..text import _
from ._open import as_json, json_option
from .backup import file_argument, identity_option


@click.command(
    help=_("Khôi phục một bản sao lưu vào nơi mà tệp cấu hình tại chỗ chỉ ra; kiểm tra trọn vẹn trước khi đổi.")
)
@file_argument
@identity_option
@click.option("--force", is_flag=True, help=_("Thay cả khi nơi đó đã có dữ liệu; dữ liệu cũ được giữ lại bên cạnh."))
@click.option("--by", default="", help=_("Người khôi phục, ghi vào nhật ký; mặc định: tài khoản đang dùng."))
@json_option
@click.pass_obj
def command(
    ini: Path | None, file: Path, identity: Path | None, *, force: bool, by: str, machine: bool
) -> None:  # fmt: skip
    """Run the verb."""
    configuration = load(find_ini(ini), Host())
    done = restore(configuration, file, read_identities(identity), force=force, actor=by or getpass.getuser())
    if machine:
        as_json(
            {
                "manifest": done.manifest.digest,
                "files": done.files,
                "kept": done.kept and str(done.kept),
                "left": done.left,
            }
        )
        return
    click.echo(_("Đã khôi phục bản lập lúc {made}: {n} tệp trong kho.").format(made=done.manifest.made, n=done.files))
    if done.kept:
        click.echo(_("Cơ sở dữ liệu cũ được giữ ở {path}.").format(path=done.kept))
    for name in done.left:
        click.echo(_("Chứng thư {name} tại chỗ khác với bản sao lưu và được giữ nguyên.").format(name=name))
    for reference in done.manifest.secrets:
        click.echo(_("Cần có lại: {reference}").format(reference=reference))
    click.echo(_("Chạy congkhai check rồi congkhai journal verify trước khi khởi động lại."))
