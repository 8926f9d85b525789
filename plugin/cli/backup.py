"""``congkhai backup``: back up while the daemon runs, and prove a backup without restoring it."""

import sys
from pathlib import Path

import click

from ..backup import create_backup, verify_backup
from ..backup_archive import read_identities
from ..house import whole_house
from ..text import _
from ._open import as_json, json_option, opened_all

file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
identity_option = click.option(
    "--identity", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("Tệp khóa riêng age, cho bản sao lưu được mã hóa."),
)  # fmt: skip


@click.group(help=_("Sao lưu khi đang chạy; kiểm tra bản sao lưu mà không khôi phục."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command(help=_("Sao lưu cơ sở dữ liệu, kho tệp, cấu hình và chứng thư gốc vào một tệp hoặc thư mục; "
                        "không có khóa ký và mật khẩu."))  # fmt: skip
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--recipient", "recipients", multiple=True, metavar="age1…", help=_("Mã hóa cho khóa công khai age này."))
@json_option
@click.pass_obj
def create(ini: Path | None, target: Path, recipients: tuple[str, ...], machine: bool) -> None:
    """Run ``backup create``; exit code 1 when a file that rows name could not be read."""
    with opened_all(ini) as houses:  # of several agencies: the whole installation, never one alone
        file, manifest = create_backup(whole_house(houses[0]), target, recipients)
    if machine:
        as_json({
            "file": str(file), "manifest": manifest.digest, "schema": manifest.schema, "heads": manifest.heads,
            "members": len(manifest.members), "bytes": sum(size for size, _digest in manifest.members.values()),
            "missing": manifest.missing, "left_out": manifest.left_out, "secrets": manifest.secrets,
        })  # fmt: skip
    else:
        click.echo(_("Đã sao lưu vào {file}: {n} mục.").format(file=file, n=len(manifest.members)))
        click.echo(_("Mã băm của bản kê (ghi lại để đối chiếu): {digest}").format(digest=manifest.digest))
        if not recipients:
            click.echo(_("Không mã hóa: cất ở nơi chỉ người vận hành đọc được, hoặc dùng --recipient."))
        for reference in manifest.secrets:
            click.echo(_("Không nằm trong bản sao lưu, phải tự giữ: {reference}").format(reference=reference))
        for name in manifest.left_out:
            click.echo(_("Chỉ bản mã hóa mới có: {name}").format(name=name))
        for digest in manifest.missing:
            click.echo(_("Tệp {digest} thiếu hoặc hỏng trong kho.").format(digest=digest), err=True)
    if manifest.missing:
        raise click.exceptions.Exit(1)


@command.command(help=_("Kiểm tra một bản sao lưu: bản kê, mã băm của mọi tệp, cơ sở dữ liệu, chuỗi nhật ký."))
@file_argument
@identity_option
@json_option
def verify(file: Path, identity: Path | None, machine: bool) -> None:
    """Run ``backup verify``; exit code 1 when anything does not hold."""
    found = verify_backup(file, read_identities(identity))
    if machine:
        made = found.manifest
        as_json({"manifest": made.digest if made else "", "made": made.made if made else "",
                 "heads": made.heads if made else {}, "members": len(made.members) if made else 0,
                 "problems": found.problems})  # fmt: skip
    elif not found.problems and found.manifest is not None:
        click.echo(
            _("Bản sao lưu nguyên vẹn: {n} mục, lập lúc {made}, bản kê {digest}.").format(
                n=len(found.manifest.members), made=found.manifest.made, digest=found.manifest.digest
            )
        )
        for agency, (seq, head) in sorted(found.manifest.heads.items()):
            click.echo(_("Nhật ký {agency}: {n} mục, đầu chuỗi {head}.").format(agency=agency, n=seq + 1, head=head))
    for problem in () if machine else found.problems:
        sys.stderr.write(problem + "\n")
    if found.problems:
        raise click.exceptions.Exit(1)
