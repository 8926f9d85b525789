"""
Write docs/reference anew from the code: settings, commands, hooks, error codes.

``python docs/generate.py`` writes the pages; with ``--check`` it writes nothing and ends with 1 when one is stale.
"""

import ast
import difflib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import click

from congkhai.plugin import hooks
from congkhai.plugin.cli import VERBS, group
from congkhai.plugin.config.reference import settings_page
from congkhai.plugin.host import BUILT_IN, Host
from congkhai.plugin.lint.plugin import SAID_ELSEWHERE
from congkhai.plugin.metrics import GAUGES
from congkhai.plugin.metrics_counting import COUNTED

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "reference"
PACKAGES = ("plugin", "connectors", "signing", "schedules")


def hooks_page() -> str:
    """Return every hook with its arguments and what its specification says, in the order of the module."""
    parts = [
        "# Hooks\n\nEverything that `plugin/hooks.py` specifies. Registering hooks hand a plugin the function to call; "
        "the others carry events. This page is generated from the code.\n"
    ]
    functions = [
        function
        for function in vars(hooks).values()
        if inspect.isfunction(function) and function.__module__ == hooks.__name__
    ]
    for function in functions:
        arguments = ", ".join(
            f"{name}: {inspect.formatannotation(parameter.annotation)}"
            for name, parameter in inspect.signature(function).parameters.items()
        )
        text = inspect.getdoc(function) or ""
        text = re.sub(r"\.\. versionadded:: (\S+)", r"Since version \1.", text).replace("``", "`")
        parts.append(f"## `{function.__name__}({_short(arguments)})`\n\n{text}\n")
    return "\n".join(parts)


def _short(text: str) -> str:
    """Name types without the modules they come from."""
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text).replace("collections.abc.", "").replace("NoneType", "None")


def commands_page() -> str:
    """Return every verb with its arguments, options and help, as the command line itself declares them."""
    parts = [
        "# Lệnh\n\n`congkhai [-c TỆP] [--language vi|en] LỆNH …`. Mã thoát: 0 xong (`verify`: TOTAL_PASSED), "
        "1 không đạt (`verify`: TOTAL_FAILED), 2 gọi sai hoặc không đọc được đầu vào, 3 chưa đủ căn cứ "
        "(`verify`: INDETERMINATE), 78 cấu hình sai. Trang này được sinh từ mã nguồn.\n"
    ]
    context = click.Context(group, info_name="congkhai")
    for verb in VERBS:
        command = group.get_command(context, verb)
        if command is None:
            raise click.UsageError(f"no verb {verb}")
        parts.extend(_command(command, ("congkhai", verb), context))
    return "\n".join(parts)


def _command(command: click.Command, names: tuple[str, ...], parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=names[-1], parent=parent)
    usage = " ".join([*names, *command.collect_usage_pieces(context)])
    lines = [f"{'#' * len(names)} `{' '.join(names)}`\n", f"    {usage}\n", inspect.cleandoc(command.help or ""), ""]
    rows = [record for record in (option.get_help_record(context) for option in command.params) if record]
    if rows:
        lines += ["| tùy chọn | ý nghĩa |", "| --- | --- |"]
        lines += [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in rows]
        lines.append("")
    yield "\n".join(lines)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(inner, (*names, name), context)


def checks_page() -> str:
    """Return every check of papers and dossiers, by id, with severity, what it looks at, where, and its source."""
    words = {"error": "lỗi", "warn": "cảnh báo", "info": "thông tin"}
    lines = [
        "# Các phép kiểm tra\n\nMỗi phép kiểm tra có một mã không đổi. Mức độ là mức nặng nhất mà nó nêu. “Văn bản”: "
        "soát văn bản lập ở bất kỳ đâu bằng `congkhai lint` và văn bản của chính congkhai; “hồ sơ”: soát hồ sơ của "
        "congkhai qua dữ liệu trước khi niêm phong. Trang này được sinh từ mã nguồn; cách dùng: "
        "[soát văn bản](../how-to/lint.md).\n",
        "| mã | mức độ | soát gì | ở đâu | căn cứ |",
        "| --- | --- | --- | --- | --- |",
    ]
    for check in [*(kind.check for kind in Host(BUILT_IN).checks.values()), *SAID_ELSEWHERE]:
        places = [name for name, part in (("văn bản", "papers"), ("hồ sơ", "dossier")) if getattr(check, part, None)]
        cells = (check.id, words[check.severity.value], check.title, ", ".join(places) or "hồ sơ", check.source)
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


@cache  # the code is read once, however often the pages are compared
def errors_page() -> str:
    """Return every error code with the sentences that carry it and what each advises, read from the source."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    constants = {name: code for tree in trees.values() for name, code in _constants(tree)}
    for place, tree in trees.items():
        for code, what, advice in _codes(tree, constants, list(trees.values())):
            row = (what, advice, place)
            if row not in found.setdefault(code, []):
                found[code].append(row)
    lines = [
        "# Mã lỗi\n\nMỗi lỗi mang một mã không đổi. Chỗ trong `{…}` được thay bằng giá trị cụ thể. "
        "Trang này được sinh từ mã nguồn.\n",
        "| mã | nội dung | việc cần làm | nơi |",
        "| --- | --- | --- | --- |",
    ]
    for code in sorted(found):
        for what, advice, place in sorted(found[code]):
            cells = (_cell(what), _cell(advice))
            lines.append(f"| {code} | {cells[0]} | {cells[1]} | `{place}` |")
    return "\n".join([*lines, ""])


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield names that a module gives to error codes."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_code(node.value):
            yield node.targets[0].id, node.value


def _codes(tree: ast.AST, constants: dict[str, ast.AST], trees: Sequence[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """Yield code, sentence and advice of everything in a module that carries an error code, each constant once."""
    seen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and statement.value and _is_code(statement.value):
                    seen.add(id(statement.value))
                    yield _value(statement.value), (ast.get_docstring(node) or "").split("\n")[0], ""
        if isinstance(node, ast.Call):
            named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            what = named.get("what") or (node.args[0] if node.args else None)
            for branch, code in _branches(named.get("code"), constants):
                seen.add(id(code))
                said = (_branch(what, branch), _branch(named.get("advice"), branch))
                for texts in _said(said, node, tree, trees):
                    yield _value(code), *texts
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):  # a code handed on by position
        for argument in call.args:
            if _is_code(argument) and id(argument) not in seen:
                sentences = [other for other in call.args if other is not argument and _text(other)]
                yield _value(argument), _text(sentences[0] if sentences else None), ""


def _said(
    nodes: tuple[ast.AST | None, ast.AST | None], call: ast.Call, tree: ast.AST, trees: Sequence[ast.AST]
) -> Iterator[tuple[str, str]]:
    """
    Yield sentence and advice of an error, looking behind names.

    A local variable stands for what was assigned to it last; a parameter for what each caller hands over.
    """
    around = [function for function, held in _functions(tree) if call in held]
    function = around[-1] if around else None
    nodes = (_assigned(nodes[0], call, function), _assigned(nodes[1], call, function))
    names = [argument.arg for argument in function.args.args if argument.arg != "self"] if function else []
    if function is None or not isinstance(nodes[0], ast.Name) or nodes[0].id not in names:
        yield _text(nodes[0]), _text(nodes[1])
        return
    for caller in (one for other in trees for one in _calls(other).get(function.name, ())):
        given = dict(zip(names, caller.args, strict=False)) | {k.arg: k.value for k in caller.keywords if k.arg}
        handed = [given.get(node.id) if isinstance(node, ast.Name) else node for node in nodes]
        yield _text(handed[0]), _text(handed[1])


@cache
def _functions(tree: ast.AST) -> list[tuple[ast.FunctionDef, set[ast.AST]]]:
    """Return the functions of a module, outer before inner, each with every node in it."""
    return [(one, {*ast.walk(one)}) for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]


@cache
def _calls(tree: ast.AST) -> dict[str, list[ast.Call]]:
    """Return the calls of a module by the last part of what is called."""
    found: dict[str, list[ast.Call]] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and isinstance(one.func, (ast.Name, ast.Attribute)):
            found.setdefault(one.func.id if isinstance(one.func, ast.Name) else one.func.attr, []).append(one)
    return found


def _assigned(node: ast.AST | None, call: ast.Call, function: ast.FunctionDef | None) -> ast.AST | None:
    """Return what a local name was last given before a call; the node itself when it is no such name."""
    if function is None or not isinstance(node, ast.Name):
        return node
    values = [
        statement.value
        for statement in ast.walk(function)
        if isinstance(statement, ast.Assign)
        and statement.lineno <= call.lineno
        and any(isinstance(target, ast.Name) and target.id == node.id for target in statement.targets)
    ]
    return max(values, key=lambda value: value.lineno, default=node)


def _is_code(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"congkhai-[A-Z]\d+", str(node.value)))


def _value(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _branches(node: ast.AST | None, constants: dict[str, ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yield the code of an expression; for ``a if … else b`` both, each with the branch it stands in."""
    if isinstance(node, ast.IfExp):
        yield from (("body", code) for _inner, code in _branches(node.body, constants))
        yield from (("orelse", code) for _inner, code in _branches(node.orelse, constants))
    elif isinstance(node, ast.Name) and node.id in constants:
        yield "", constants[node.id]
    elif node is not None and _is_code(node):
        yield "", node


def _branch(node: ast.AST | None, branch: str) -> ast.AST | None:
    """Return the part of an expression that belongs to a branch; all of it when it has none."""
    if branch and isinstance(node, ast.IfExp):
        return node.body if branch == "body" else node.orelse
    return node


def _text(node: ast.AST | None) -> str:
    """Return the first sentence written out in an expression such as ``_("…").format(…)``."""
    strings = (
        [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)] if node else []
    )
    return strings[0] if strings else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def metrics_page() -> str:
    """Return every metric with its type and labels."""
    lines = [
        "# Metrics\n\n`/metrics` trên cổng của trang web, hoặc trên `[web] health-port`. Nhãn chỉ lấy từ các tập đóng: "
        "không bao giờ là mã, số, trích yếu văn bản hay tên người. Trang này được sinh từ mã nguồn.\n",
        "| metric | type | labels | meaning |",
        "| --- | --- | --- | --- |",
    ]
    rows = [(name, "gauge", one.labels, one.help) for name, one in GAUGES.items()]
    rows += [(name, one.kind, one.labels, one.help) for name, one in COUNTED.items()]
    for name, kind, labels, text in sorted(rows):
        lines.append(f"| `{name}` | {kind} | {', '.join(f'`{one}`' for one in labels)} | {_cell(text)} |")
    return "\n".join([*lines, ""])


def main(arguments: list[str]) -> int:
    """Write or check the pages; returns the exit code."""
    pages = {
        "settings.md": settings_page(Host(BUILT_IN)),
        "commands.md": commands_page(),
        "hooks.md": hooks_page(),
        "errors.md": errors_page(),
        "checks.md": checks_page(),
        "metrics.md": metrics_page(),
    }
    stale = False
    for name, text in pages.items():
        path = PAGES / name
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        if held == text:
            continue
        stale = True
        if "--check" in arguments:
            changes = difflib.unified_diff(held.splitlines(), text.splitlines(), f"docs/reference/{name}", "code", n=0)
            sys.stderr.write("\n".join([*list(changes)[:20], f"docs/reference/{name} is out of date: make docs", ""]))
        else:
            PAGES.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/reference/{name}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
