"""
Write the man pages from the code: one for ``congkhai``, one for each verb, one for the ini.

``python docs/man_pages.py FOLDER`` writes ``FOLDER/man1/*.1`` and ``FOLDER/man5/congkhai.ini.5``. The command line's
own help and the schema of the ini are the only sources, so that a page never says anything else than the program.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from congkhai.plugin.cli import VERBS, group
from congkhai.plugin.config.describe import KeyInfo, describe
from congkhai.plugin.config.schema import FAMILIES, SECTIONS, CommonSettings
from congkhai.plugin.host import BUILT_IN, Host

_EXITS = (
    ("0", "xong; với verify: TOTAL_PASSED."),
    ("1", "không đạt, hoặc không làm được; với verify: TOTAL_FAILED."),
    ("2", "gọi sai, hoặc không đọc được đầu vào."),
    ("3", "chưa đủ căn cứ để kết luận (verify: INDETERMINATE)."),
    ("78", "cấu hình sai."),
)
_FILES = (
    ("/etc/congkhai/congkhai.ini", "cấu hình, khi không có -c và không có congkhai.ini trong thư mục hiện tại."),
    ("/etc/congkhai/conf.d/*.ini", "các mục thêm, đọc theo thứ tự tên."),
    ("/var/lib/congkhai", "kho dữ liệu của gói Debian."),
)
_VARIABLES = (
    ("CONGKHAI_PLUGINS", "chỉ nạp các plugin này, cách nhau bằng dấu phẩy."),
    ("CONGKHAI_TRACE", "đặt 1: ghi mọi lần gọi plugin vào nhật ký kỹ thuật."),
)


def escaped(text: str) -> str:
    """Return text as roff prints it: backslashes, hyphens and leading dots mean themselves."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def group_page() -> str:
    """Return ``congkhai(1)``: options, verbs, files, exit codes."""
    context = click.Context(group, info_name="congkhai")
    lines = [*_head("congkhai", 1), *_name("congkhai", _first(group))]
    lines += [".SH SYNOPSIS", ".B congkhai", escaped("[-c FILE] [--language vi|en] COMMAND ..."), ".SH DESCRIPTION"]
    lines += [escaped(_first(group)), *_options(group, context), ".SH COMMANDS"]
    for verb in VERBS:
        command = _verb(context, verb)
        lines += _term(f"congkhai-{verb}(1)", command.get_short_help_str(200))
    for title, rows in (("FILES", _FILES), ("ENVIRONMENT", _VARIABLES), ("EXIT STATUS", _EXITS)):
        lines.append(f".SH {title}")
        for name, text in rows:
            lines += _term(name, text)
    lines += [".SH SEE ALSO", ".BR congkhai.ini (5)"]
    return "\n".join([*lines, ""])


def verb_page(verb: str) -> str:
    """Return the page of a verb, its sub-verbs included."""
    context = click.Context(group, info_name="congkhai")
    command = _verb(context, verb)
    lines = [*_head(f"congkhai-{verb}", 1), *_name(f"congkhai-{verb}", command.get_short_help_str(120))]
    lines += [".SH SYNOPSIS", *_usage(command, f"congkhai {verb}", context), ".SH DESCRIPTION", *_help(command)]
    lines += _options(command, context)
    lines += [line for part in _inner(command, f"congkhai {verb}", context) for line in part]
    lines += [".SH SEE ALSO", ".BR congkhai (1),", ".BR congkhai.ini (5)"]
    return "\n".join([*lines, ""])


def ini_page() -> str:
    """Return ``congkhai.ini(5)``: every section and key with its type, default and help."""
    lines = [*_head("congkhai.ini", 5), *_name("congkhai.ini", "tệp cấu hình của congkhai"), ".SH DESCRIPTION"]
    for text in (
        "Bảng mã UTF-8. Mỗi khóa viết khóa = giá trị; dòng bắt đầu bằng # hoặc ; là chú thích. Khóa bỏ trống coi như "
        "không viết. Mục hoặc khóa lạ là lỗi. Đường dẫn tương đối tính từ thư mục của tệp.",
        "Bí mật ghi bằng tham chiếu: {credential TÊN}, {file ĐƯỜNG-DẪN} hoặc {env TÊN}.",
    ):
        lines += [".PP", escaped(text)]
    for name, model in SECTIONS.items():
        lines += [f".SH [{name}]", escaped(_docstring(model)), *_keys(describe(model))]
    kinds = Host(BUILT_IN).families
    for family, title in FAMILIES.items():
        lines += [f".SH [{family}:NAME]", escaped(f"{title}."), *_keys(describe(CommonSettings))]
        for kind in sorted(kinds[family].values(), key=lambda one: one.name):
            lines += [f'.SS "type = {escaped(kind.name)}"', *_keys(describe(kind.settings))]
    lines += [".SH SEE ALSO", ".BR congkhai (1)"]
    return "\n".join([*lines, ""])


def pages() -> Iterator[tuple[str, str]]:
    """Yield every page as its path below the folder of man pages and its text."""
    yield "man1/congkhai.1", group_page()
    for verb in VERBS:
        yield f"man1/congkhai-{verb}.1", verb_page(verb)
    yield "man5/congkhai.ini.5", ini_page()


def _head(name: str, section: int) -> list[str]:
    return [f'.TH "{escaped(name).upper()}" {section} "" "congkhai {version("congkhai")}" "congkhai"', ".nh", ".ad l"]


def _name(name: str, what: str) -> list[str]:
    return [".SH NAME", f"{escaped(name)} \\- {escaped(what).rstrip('.')}"]


def _first(command: click.Command) -> str:
    return (command.help or "").strip().split("\n")[0]


def _docstring(model: type) -> str:
    return (inspect.getdoc(model) or "").split("\n")[0]


def _verb(context: click.Context, verb: str) -> click.Command:
    command = group.get_command(context, verb)
    if command is None:
        raise click.UsageError(f"no verb {verb}")
    return command


def _usage(command: click.Command, name: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    return [f".B {escaped(name)}", escaped(" ".join(command.collect_usage_pieces(context)))]


def _help(command: click.Command) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(command.help or "")):
        yield ".PP"
        yield escaped(paragraph)


def _options(command: click.Command, parent: click.Context) -> list[str]:
    context = click.Context(command, parent=parent if command is not group else None)
    records = (option.get_help_record(context) for option in command.get_params(context))
    rows = [record for record in records if record and record[1]]  # an argument stands in the synopsis already
    return [".SH OPTIONS", *(line for name, text in rows for line in _term(name, text))] if rows else []


def _inner(command: click.Command, name: str, parent: click.Context) -> Iterator[list[str]]:
    """Yield a part for each sub-verb, in order, theirs included."""
    if not isinstance(command, click.Group):
        return
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent)
    for inner in command.list_commands(context):
        found = command.get_command(context, inner)
        if found is None:
            continue
        whole = f"{name} {inner}"
        lines = [f'.SH "{escaped(whole).upper()}"', *_usage(found, whole, context), *_help(found)]
        lines += [line for line in _options(found, context) if line != ".SH OPTIONS"]
        yield lines
        yield from _inner(found, whole, context)


def _term(name: str, text: str) -> list[str]:
    return [".TP", f".B {escaped(name)}", escaped(text)]


def _keys(keys: Iterator[KeyInfo]) -> Iterator[str]:
    for info in keys:
        yield from _term(info.name, f"{info.help} Kiểu: {info.type}. {_state(info)}")


def _state(info: KeyInfo) -> str:
    return "Bắt buộc." if info.required else f"Mặc định: {info.default or 'bỏ trống'}."


def main(arguments: list[str]) -> int:
    """Write the pages below the folder that is named; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("man_pages.py FOLDER\n")
        return 2
    for name, text in pages():
        path = Path(arguments[0]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
