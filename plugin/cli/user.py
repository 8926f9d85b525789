"""``congkhai user``: accounts of the page."""

import sys
from pathlib import Path

import click

from ..accounts import Duty, accounts, add_account, find, give_ticket, set_disabled, set_password
from ..errors import InputError
from ..text import _
from ._open import as_json, json_option, opened


@click.group(help=_("Tài khoản của trang web: thêm, xem, khóa, đổi mật khẩu, cấp mã đăng nhập một lần."))
def command() -> None:
    """Group of the verbs about accounts."""


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = click.prompt(_("Mật khẩu mới"), hide_input=True, confirmation_prompt=_("Nhập lại"))
    return password


@command.command(help=_("Thêm một tài khoản; mật khẩu được hỏi, hoặc đọc một dòng từ đầu vào chuẩn."))
@click.argument("name")
@click.option("--person", required=True, help=_("Họ và tên như ghi trong sổ."))
@click.option("--duty", "duties", multiple=True, required=True, type=click.Choice([one.value for one in Duty]),
              help=_("Vai trò trên trang; lặp lại để có nhiều vai trò."))  # fmt: skip
@click.option("--role", default="", help=_("Vai trò ký trong quy chế, ví dụ head; chỉ cần với người ký."))
@click.option("--subject", default="", help=_("Đăng nhập một cửa: ISSUER và SUBJECT, cách nhau một dấu cách."))
@click.option("--ticket", is_flag=True, help=_("Cấp mã đăng nhập một lần thay cho mật khẩu."))
@click.pass_obj
def add(
    ini: Path | None, name: str, person: str, duties: tuple[str, ...], role: str, subject: str, ticket: bool
) -> None:
    """Make an account."""
    with opened(ini) as house:
        known = {rule.role for rule in house.regulation.signers}
        if role and role not in known:
            raise InputError(
                _("Quy chế không có vai trò ký {role}.").format(role=role), code="congkhai-E717",
                advice=_("Vai trò có trong quy chế: {known}.").format(known=", ".join(sorted(known))),
            )  # fmt: skip
        password = "" if ticket or subject else _new_password()
        if not (password or ticket or subject):
            raise InputError(_("Chưa có mật khẩu."), code="congkhai-E701")
        with house.store.write(house.agency, "congkhai user") as tx:
            made = add_account(
                tx, name=name, person=person, duties=map(Duty, duties), password=password, role=role, subject=subject
            )
            secret = give_ticket(tx, made) if ticket else ""
    click.echo(_("Đã thêm tài khoản {name}.").format(name=name))
    if secret:
        click.echo(_("Mã đăng nhập một lần (trong 24 giờ): {secret}").format(secret=secret))


@command.command("list", help=_("Xem các tài khoản."))
@json_option
@click.pass_obj
def list_(ini: Path | None, machine: bool) -> None:
    """List the accounts."""
    with opened(ini) as house, house.store.read() as connection:
        found = accounts(connection, house.agency)
    if machine:
        as_json([
            {"name": one.name, "person": one.person, "duties": sorted(one.duties), "role": one.role,
             "disabled": one.disabled} for one in found
        ])  # fmt: skip
        return
    for one in found:
        closed = _(" (đã khóa)") if one.disabled else ""
        click.echo(
            f"{one.name}{closed}: {one.person}; {', '.join(sorted(one.duties))}{'; ' + one.role if one.role else ''}"
        )


@command.command(help=_("Khóa một tài khoản và kết thúc mọi phiên của nó; --enable để mở lại."))
@click.argument("name")
@click.option("--enable", is_flag=True, help=_("Mở lại."))
@click.pass_obj
def disable(ini: Path | None, name: str, enable: bool) -> None:
    """Close or open an account."""
    with opened(ini) as house, house.store.write(house.agency, "congkhai user") as tx:
        set_disabled(tx, find(tx.connection, house.agency, name), disabled=not enable)
    click.echo(_("Đã mở lại.") if enable else _("Đã khóa."))


@command.command(help=_("Đổi mật khẩu; mọi phiên đang mở kết thúc."))
@click.argument("name")
@click.pass_obj
def password(ini: Path | None, name: str) -> None:
    """Change a password."""
    with opened(ini) as house:
        new = _new_password()
        with house.store.write(house.agency, "congkhai user") as tx:
            set_password(tx, find(tx.connection, house.agency, name), new)
    click.echo(_("Đã đổi mật khẩu."))


@command.command(help=_("Cấp mã đăng nhập một lần, dùng được trong 24 giờ."))
@click.argument("name")
@click.pass_obj
def ticket(ini: Path | None, name: str) -> None:
    """Give a one-time sign-in."""
    with opened(ini) as house, house.store.write(house.agency, "congkhai user") as tx:
        secret = give_ticket(tx, find(tx.connection, house.agency, name))
    click.echo(_("Mã đăng nhập một lần (trong 24 giờ): {secret}").format(secret=secret))
