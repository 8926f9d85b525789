"""``congkhai check``: is everything there and right, before the daemon starts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from ..checks import Check, all_checks, run_checks, worst
from ..config.load import DEFAULT, Configuration, IniError, find_ini, load
from ..errors import UsageError
from ..host import Host
from ..records import CheckResult
from ..text import _
from ._open import chosen_agency

_LABELS = {"ok": "đạt", "warn": "lưu ý", "fail": "lỗi", "skipped": "bỏ qua"}
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red", "skipped": "bright_black"}


_HELP = (
    _("Kiểm tra cấu hình, tệp, khóa và plugin."),
    _(
        "Các mục kiểm tra (ID): ini, plugins (mỗi plugin một kết quả plugin:TÊN), secrets (mỗi bí mật một kết quả "
        "secret:MỤC:KHÓA), regulation, regulation-law, roles, store, trust, timestamp, papers, sign-in, và "
        "connector:TÊN, channel:TÊN, signer:TÊN, feedback:TÊN, messenger:TÊN."
    ),
    _("Mã thoát: 0 đạt (có thể kèm lưu ý), 1 có mục không đạt, 78 tệp cấu hình sai."),
)


@click.command("check", help="\n\n".join(_HELP))
@click.option("--live", is_flag=True, help=_("Thử cả hệ thống bên ngoài, khóa và nơi đăng, chỉ đọc."))
@click.option("--only", default="", metavar="ID", help=_("Chỉ chạy một mục kiểm tra."))
@click.option("--show", is_flag=True, help=_("In mọi giá trị đang có hiệu lực và nơi đặt nó; bí mật được che."))
@click.option("--json", "as_json", is_flag=True, help=_("Kết quả dạng JSON."))
@click.pass_obj
def command(ini: Path | None, *, live: bool, only: str, show: bool, as_json: bool) -> None:
    """Run the verb."""
    host = Host()
    try:
        configuration = load(find_ini(ini), host)
        configuration = configuration.of(chosen_agency()) if chosen_agency() else configuration
    except IniError as error:
        if not as_json:
            raise
        faults = [CheckResult("ini", "fail", str(problem), error.advice) for problem in error.problems]
        click.echo(_json(faults))
        raise SystemExit(error.exit_code) from error
    results = []
    checks: tuple[Check, ...] = ()
    for key in configuration.agencies:
        checks = all_checks(configuration.of(key), host, live=live)
        for found in run_checks(checks, only):
            result = replace(found, id=f"{key}/{found.id}") if configuration.several else found
            results.append(result)
            if not as_json:
                _print_result(result)
    if only and not results:
        raise UsageError(
            _("Không có mục kiểm tra {id}.").format(id=only),
            advice=_("Các mục: {ids}.").format(ids=", ".join(check.id for check in checks)), code="congkhai-E122",
        )  # fmt: skip
    if as_json:
        click.echo(_json(results, configuration if show else None))
    elif show:
        _print_values(configuration)
    if worst(results) == "fail":
        raise SystemExit(1)


def _print_result(result: CheckResult) -> None:
    label = click.style(_(_LABELS[result.result]), fg=_COLOURS[result.result])
    click.echo(f"[{label}] {result.id}: {result.what}")
    if result.advice and result.result in ("warn", "fail"):
        click.echo(f"      → {result.advice}")


def _print_values(configuration: Configuration) -> None:
    section = ""
    for value in configuration.values:
        if value.section != section:
            section = value.section
            click.echo(f"\n[{section}]")
        source = _("mặc định") if value.source == DEFAULT else value.source
        click.echo(f"{value.key} = {value.text}".rstrip() + click.style(f"    # {source}", fg="bright_black"))


def _json(results: Sequence[CheckResult], configuration: Configuration | None = None) -> str:
    answer: dict[str, Any] = {"result": worst(results), "checks": [asdict(result) for result in results]}
    if configuration is not None:
        answer["values"] = [asdict(value) for value in configuration.values]
    return json.dumps(answer, ensure_ascii=False, indent=2)
