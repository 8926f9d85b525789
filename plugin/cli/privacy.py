"""``congkhai privacy``: personal data that holds a public posting back: its place, a cover for it, a person's word."""

from pathlib import Path

import click

from ..privacy_guard import Finding, Held, held, overrule
from ..text import _
from ._open import as_json, json_option, opened


@click.group(help=_("Dữ liệu cá nhân trong nội dung sắp công khai ra ngoài: xem chỗ, đề xuất che, quyết định."))
def command() -> None:
    """Hold the sub-verbs together."""


@command.command("list", help=_("Các lần công khai ra ngoài có điều phải xem, kèm vị trí và đề xuất che."))
@json_option
@click.pass_obj
def show(ini: Path | None, machine: bool) -> None:
    """Run ``privacy list``."""
    with opened(ini) as house:
        rows = held(house)
    if machine:
        as_json([_row(one) for one in rows])
        return
    for one in rows:
        click.echo(f"{one.posting.id}  {one.posting.place}  {one.matter.title}")
        if one.report.never:
            click.echo(_("    Bản kê khai tài sản, thu nhập: không được đưa ra kênh công cộng."))
        for finding in one.report.findings:
            click.echo(f"    {_place(finding)}: {finding.words}")
            if finding.proposal:
                click.echo(_("        đề xuất: {text}").format(text=finding.proposal))
    click.echo(_("{n} lần công khai cần xem.").format(n=len(rows)))


@command.command(help=_("Cho công khai dù có điều đã nêu; lý do được giữ, nhật ký giữ mã băm của nó."))
@click.argument("posting")
@click.option("--by", required=True, metavar="NAME", help=_("Người quyết định."))
@click.option("--reason", required=True, help=_("Căn cứ: ai đồng ý, điều khoản nào cho phép."))
@click.pass_obj
def release(ini: Path | None, posting: str, by: str, reason: str) -> None:
    """Run ``privacy release``."""
    with opened(ini) as house:
        report = overrule(house, posting, by, reason)
    click.echo(_("Đã cho công khai; {n} điều đã nêu được bỏ qua.").format(n=len(report.findings)))


def _place(finding: Finding) -> str:
    if not finding.line:
        return finding.where
    return _("{where}, dòng {line}, chữ {column}").format(
        where=finding.where, line=finding.line, column=finding.column
    )  # fmt: skip


def _row(one: Held) -> dict[str, object]:
    return {
        "posting": one.posting.id, "disclosure": one.matter.id, "title": one.matter.title, "place": one.posting.place,
        "state": one.posting.state.value, "never": one.report.never, "examined": one.report.digest,
        "findings": [
            {"where": found.where, "line": found.line, "column": found.column, "kind": found.kind,
             "sensitive": found.sensitive, "proposal": found.proposal}
            for found in one.report.findings
        ],
    }  # fmt: skip
