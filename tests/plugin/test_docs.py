"""The documents are held to the code: nothing undocumented, nothing documented that is not there."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from congkhai.plugin import hooks
from congkhai.plugin.checks import all_checks
from congkhai.plugin.cli import VERBS, group
from congkhai.plugin.config.describe import describe
from congkhai.plugin.config.load import load
from congkhai.plugin.config.schema import FAMILIES, SECTIONS, CommonSettings
from congkhai.plugin.config.settings import Settings
from congkhai.plugin.host import BUILT_IN, HOOKS, Host

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
CODE = re.compile(r"congkhai-[A-Z]\d{3}")


def _page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(BUILT_IN)


def _models(host: Host) -> dict[str, type[Settings]]:
    """Return every model with the heading it must stand under."""
    models: dict[str, type[Settings]] = {f"## `[{name}]`": model for name, model in SECTIONS.items()}
    assert set(FAMILIES) == set(host.families)
    for family, kinds in ((name, host.families[name]) for name in FAMILIES):
        models[f"## `[{family}:TÊN]`"] = CommonSettings
        models |= {f"### `[{family}:TÊN]` với `type = {kind.name}`": kind.settings for kind in kinds.values()}
    return models


def _under(page: str, heading: str) -> str:
    """Return what stands between a heading and the next one."""
    assert f"\n{heading}\n" in page, f"{heading} is not documented"
    return page.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("congkhai_docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh() -> None:
    assert _generator().main(["--check"]) == 0, "write them anew: make docs"


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = _generator()
    monkeypatch.setattr(generator, "PAGES", tmp_path)
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "hooks.md").write_text("old", encoding="utf-8")
    assert generator.main(["--check"]) == 1


def test_every_plugin_that_is_built_in_can_be_documented(host: Host) -> None:
    assert [(problem.plugin, problem.error) for problem in host.problems] == []


def test_every_setting_is_documented_with_type_default_and_help(host: Host) -> None:
    page = _page("settings.md")
    for heading, model in _models(host).items():
        rows = _under(page, heading)
        for info in describe(model):
            assert info.help, f"{heading} {info.name} has no description"
            (row,) = re.findall(rf"^\| `{info.name}` \|.*$", rows, re.MULTILINE)
            assert info.type.replace("|", "\\|") in row
            assert (f"`{info.default}`" if info.default else "bắt buộc" if info.required else "bỏ trống") in row


def test_no_setting_is_documented_that_does_not_exist(host: Host) -> None:
    page = _page("settings.md")
    models = _models(host)
    headings = re.findall(r"^(##+ `\[.*)$", page, re.MULTILINE)
    assert set(headings) == set(models)
    for heading in headings:
        names = re.findall(r"^\| `([^`]+)` \|", _under(page, heading), re.MULTILINE)
        assert names == [info.name for info in describe(models[heading])]


def test_every_hook_is_documented_with_its_arguments() -> None:
    page = _page("hooks.md")
    shown = dict(re.findall(r"^## `(\w+)\((.*)\)`$", page, re.MULTILINE))
    assert tuple(shown) == HOOKS
    for name in HOOKS:
        arguments = list(inspect.signature(getattr(hooks, name)).parameters)
        assert re.findall(r"(\w+): ", shown[name]) == arguments
        assert "Since version" in _under(page, f"## `{name}({shown[name]})`")


def test_every_hook_has_a_test_of_its_name() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in HOOKS if f"def test_hook_{name}" not in text] == []


def test_every_error_code_is_documented_and_every_documented_one_exists() -> None:
    used = {
        node.value
        for package in ("plugin", "connectors", "signing", "schedules")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }
    documented = set(re.findall(r"^\| (congkhai-\w+) \|", _page("errors.md"), re.MULTILINE))
    assert used - documented == set()
    assert documented - used == set()


def test_every_documented_error_says_something() -> None:
    rows = re.findall(r"^\| (congkhai-\w+) \| (.*?) \|", _page("errors.md"), re.MULTILINE)
    spoken = {code for code, what in rows if what.strip()}
    assert {code for code, _what in rows} - spoken == set()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented_with_its_options(verb: str) -> None:
    page = _page("commands.md")
    context = click.Context(group, info_name="congkhai")
    command: Any = group.get_command(context, verb)
    assert command is not None
    assert f"## `congkhai {verb}`" in page
    section = page.partition(f"## `congkhai {verb}`")[2].partition("\n## ")[0]
    assert (command.help or "").strip().split("\n")[0].strip() in section
    for parameter in command.params:
        for option in parameter.opts:
            assert option in section or parameter.param_type_name == "argument"


def test_no_verb_is_documented_that_does_not_exist() -> None:
    assert tuple(re.findall(r"^## `congkhai (\w+)`$", _page("commands.md"), re.MULTILINE)) == VERBS


def test_every_check_id_is_documented(tmp_path: Path, host: Host) -> None:
    section = _page("commands.md").partition("## `congkhai check`")[2].partition("\n## ")[0]
    (tmp_path / "congkhai.ini").write_text("[agency]\nname = X\ncode = X\nkind = xa\n", encoding="utf-8")
    for check in all_checks(load(tmp_path / "congkhai.ini", host), host, live=False):
        assert re.search(rf"\b{check.id}\b", section), check.id
    for family in FAMILIES:
        assert f"{family}:TÊN" in section
