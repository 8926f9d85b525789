"""The pages on checks say what the code does."""

import ast
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

from congkhai.plugin.host import BUILT_IN, Host
from congkhai.plugin.life_findings import _KINDS
from congkhai.plugin.lint.files import read_bytes
from congkhai.plugin.lint.parse import parse
from congkhai.plugin.lint.plugin import BUILT_IN as RULES
from congkhai.plugin.lint.plugin import SAID_ELSEWHERE
from congkhai.plugin.lint.records import PaperSet
from congkhai.plugin.lint.run import look
from congkhai.plugin.regulation import load_regulation
from congkhai.schedules import Calendar

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
HOW_TO = ROOT / "docs" / "how-to" / "lint.md"


def test_every_check_is_documented_and_nothing_else() -> None:
    shown = re.findall(r"^\| ([A-Z]\d\d+) \|", PAGE, re.MULTILINE)
    registered = list(Host(BUILT_IN).checks)
    assert shown == [*registered, *(one.id for one in SAID_ELSEWHERE)]
    assert len(set(shown)) == len(shown)


def test_every_row_has_severity_title_and_source() -> None:
    words = {"error": "lỗi", "warn": "cảnh báo", "info": "thông tin"}
    for rule in (*RULES, *SAID_ELSEWHERE):
        (row,) = re.findall(rf"^\| {rule.id} \|.*$", PAGE, re.MULTILINE)
        assert words[rule.severity.value] in row
        assert rule.title in row
        assert rule.source in row


def test_every_id_that_the_code_gives_to_a_finding_is_documented() -> None:
    used = set()
    elsewhere = {"regulation_report.py", "verification_online.py"}  # of regulations and of signatures, not of dossiers
    for path in (path for path in (ROOT / "plugin").rglob("*.py") if path.name not in elsewhere):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).split(".")[-1] in {"Finding", "Rule"}
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    used.add(first.value)
    used |= set(_KINDS.values())
    assert {"A05", "S02"} <= used
    assert {id_ for id_ in used if f"| {id_} |" not in PAGE} == set()


def test_the_check_of_the_how_to_works(sound: dict[str, str]) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    module = ModuleType("mauson_checks")
    exec(compile(code, str(HOW_TO), "exec"), module.__dict__)  # noqa: S102 - our own page is what is tested
    host = Host(["congkhai.plugin.lint.plugin"], {"mauson_checks": module})
    assert host.problems == ()
    ask: Callable[[str], list[str]] = lambda text: [  # noqa: E731 - asked twice below
        one.id
        for one in look(
            PaperSet(
                (parse(read_bytes(text.encode(), "a.txt")),),
                load_regulation("dong-son-2024"),
                Calendar(),
                date(2026, 1, 5),
            ),
            [kind.check for kind in host.checks.values()],
        )
    ]
    posting = sound["4-bien-ban-niem-yet.txt"]
    assert ask(posting) == ["P01"]
    assert ask(posting.replace("Biên bản lập xong", "Giao bà Lê Thị Thử tiếp nhận ý kiến.\n\nBiên bản lập xong")) == []
