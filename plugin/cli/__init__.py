"""The command line: one module per verb, loaded only when its verb is called."""

import sys
from importlib import import_module
from pathlib import Path

import click

from ..bare_log import keep_bare
from ..platform import forbid_core_files
from ..text import _, set_language

VERBS = (
    "backup", "check", "demo", "disclosure", "dossier", "duties", "feedback", "fsck", "init", "journal", "limits",
    "lint", "migrate", "minutes", "number", "once", "orders", "posting", "privacy", "report", "restore", "run",
    "search", "sign", "status", "tag", "token", "user", "verify", "work",
)  # fmt: skip


class _Verbs(click.Group):
    """Finds each verb in the module of its name, so that a verb pays only for what it imports itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's contract
        """Name every verb."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's contract
        """Load the verb's module and return its command, or None for an unknown verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __name__).command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help in the language that was asked for: these sentences were made before it was known."""
        self.help = _(self.help or "")
        for option in self.params:
            if isinstance(option, click.Option) and option.help:
                option.help = _(option.help)
        super().format_help(ctx, formatter)


def _spoken(_context: click.Context, _option: click.Parameter, language: str) -> str:
    """Speak the language that is asked for before anything else is read, ``--help`` included."""
    set_language(language)
    return language


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Hồ sơ công khai, từ hệ thống quản lý văn bản đến hồ sơ đã ký và lưu."),
)  # fmt: skip
@click.option(
    "-c", "ini", type=click.Path(path_type=Path), default=None, metavar="FILE",
    help=_("Tệp cấu hình; mặc định ./congkhai.ini, rồi /etc/congkhai/congkhai.ini."),
)  # fmt: skip
@click.option("--agency", default="", metavar="KEY", help=_("Khóa của cơ quan, khi bản cài phục vụ nhiều cơ quan."))
@click.option(
    "--language", default="vi", show_default=True, is_eager=True, help=_("Ngôn ngữ của kết quả: vi hoặc en."),
    callback=_spoken, expose_value=False,
)  # fmt: skip
@click.version_option(package_name="congkhai")
@click.pass_context
def group(ctx: click.Context, ini: Path | None, agency: str) -> None:
    """Keep what every verb needs."""
    ctx.obj = ini
    ctx.meta["congkhai.agency"] = agency


def main() -> None:
    """Run the command line and exit with the code of design.md: 0, 1, 2, 3 or 78."""
    forbid_core_files()
    keep_bare()
    try:
        code = group.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)  # click hands back what ctx.exit() was given
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output has gone; that is no fault worth a trace
    except Exception as error:
        explain = getattr(
            error, "explain", None
        )  # errors of the signing and schedules libraries explain themselves too
        if explain is None:
            raise
        click.echo(explain(), err=True)
        sys.exit(getattr(error, "exit_code", 1))
