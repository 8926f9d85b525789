"""``docs/security.md`` is held to the tests: what it calls met names tests that exist, everything else says why."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| V(\d+\.\d+\.\d+) \| (.+?) \| (met|n/a|not met) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file below ``tests/``."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Return what rows name that is not there, and what they leave unsaid."""
    found = []
    for number, _words, state, held in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", held)
        if state == "met" and not named:
            found.append(f"{number}: no test")
        if state != "met" and len(held) < 6:
            found.append(f"{number}: no reason")
        found += [
            f"{number}: {file}::{name}"
            for file, name in named
            if not (ROOT / "tests" / file).exists() or name not in names_in(file)
        ]
    return found


def test_every_test_that_the_page_names_exists() -> None:
    assert missing(ROWS) == []
    assert missing([("9.9.9", "", "met", "`plugin/test_security_page.py::test_khong_co`")])
    assert missing([("9.9.9", "", "met", "nothing")])


def test_every_point_stands_once_and_in_order() -> None:
    numbers = [tuple(map(int, number.split("."))) for number, *_rest in ROWS]
    assert numbers == sorted(set(numbers))
    assert {number[0] for number in numbers} == set(range(1, 15))
    assert len(ROWS) == len(re.findall(r"^\| V\d+\.\d+\.\d+ \|", TEXT, re.MULTILINE)) > 200
    states = [state for _number, _words, state, _held in ROWS]
    met, other, open_ = (states.count(state) for state in ("met", "n/a", "not met"))
    assert f"{len(ROWS)} points: {met} met, {other} not applicable, {open_} not met." in TEXT


def test_the_page_models_threats() -> None:
    for heading in ("What there is to lose", "Who and where", "Settings that matter"):
        assert f"\n## {heading}\n" in TEXT
    assert TEXT.count("-->") >= 4  # the boundaries
