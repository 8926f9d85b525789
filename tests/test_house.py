"""The habits of the house: which way imports go, how large modules are, what nobody calls or writes into the tree."""

import ast
import configparser
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from congkhai.plugin.cli import VERBS

ROOT = Path(__file__).parents[1]
PACKAGES = ("plugin", "connectors", "signing", "schedules")
LONGEST = 500

PUBLIC_TO_CONNECTORS = {
    f"congkhai.plugin.{name}"
    for name in (
        "hooks",
        "interfaces",
        "records",
        "errors",
        "clock",
        "text",
        "platform",
        "config.settings",
        "config.secrets",
    )
}
"""What a connector, ours or anybody's, may use of the host."""

ALLOWED_CLOCKS = {
    "plugin/clock.py": "the one source of legal time",
}
"""Modules that may ask the machine for the date, each with its reason."""

WALL_CLOCK = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"), ("time", "strftime"), ("time", "ctime"),
}  # fmt: skip
"""Ways to the wall clock. ``time.monotonic``, for leases and time-outs, is not one: it tells no date."""


def modules(*folders: str) -> list[Path]:
    made = {"venv", "node_modules", "target"}  # what make interop installs is not ours
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not made & set(path.relative_to(ROOT).parts))


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


OURS = modules(*PACKAGES)
EVERYTHING = [*OURS, *modules("tests", "benchmarks", "docs")]


def dotted(path: Path) -> str:
    """Return the import name of a module under one of the four packages; of a package's ``__init__``, the package's."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(["congkhai", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def imports(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """Yield what a module imports of the project, as full dotted names with their lines, relative imports resolved."""
    name = dotted(path)
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def forbidden_imports(source: str, path: Path) -> list[str]:
    own = path.relative_to(ROOT).parts[0]
    found = []
    for name, line in imports(ast.parse(source), path):
        parts = name.split(".")
        if parts[0] != "congkhai" or len(parts) < 2 or parts[1] == own:
            continue
        allowed = {
            "plugin": parts[1] in {"signing", "schedules"},
            "connectors": any(name == public or name.startswith(f"{public}.") for public in PUBLIC_TO_CONNECTORS),
        }.get(own, False)
        if not allowed:
            found.append(f"{short(path)}:{line} imports {name}")
    return found


def wall_clock_calls(source: str, name: str) -> list[str]:
    """Find uses of the wall clock, under whatever name the module or class was imported."""
    if name in ALLOWED_CLOCKS:
        return []
    tree = ast.parse(source)
    called = {"datetime": "datetime", "date": "date", "time": "time"}
    direct: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            called |= {a.asname: a.name for a in node.names if a.asname and a.name in {"datetime", "time"}}
        elif isinstance(node, ast.ImportFrom) and node.module in {"datetime", "time"}:
            called |= {a.asname: a.name for a in node.names if a.asname}
            direct |= {
                a.asname or a.name: a.name
                for a in node.names
                if ("time", a.name) in WALL_CLOCK and node.module == "time"
            }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (called.get(owner, owner), node.attr) in WALL_CLOCK:
                found.append(f"{name}:{node.lineno} uses {owner}.{node.attr}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in direct:
            found.append(f"{name}:{node.lineno} uses {node.id}")
    return found


def habits_broken(source: str, name: str) -> list[str]:
    """Find prints, pickles, executed text and swallowed exceptions."""
    found = []
    for node in ast.walk(ast.parse(source)):
        what = ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "eval", "exec"}:
            what = f"calls {node.func.id}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            named = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
            what = "imports pickle" if {part.split(".")[0] for part in named} & {"pickle", "shelve", "marshal"} else ""
        elif isinstance(node, ast.ExceptHandler):
            broad = node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
            what = "swallows every exception" if broad and all(isinstance(line, ast.Pass) for line in node.body) else ""
        if what:
            found.append(f"{name}:{node.lineno} {what}")
    return found


def banned_names(source: str, name: str) -> list[str]:
    stem = Path(name).stem
    found = (
        [f"{name} says nothing by its name"]
        if stem.strip("_") in {"utils", "util", "helpers", "misc", "common"}
        else []
    )
    found.extend(
        f"{name}:{node.lineno} class {node.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils?)$", node.name)
    )
    return found


@pytest.mark.parametrize("path", OURS, ids=short)
def test_imports_follow_the_arrows(path: Path) -> None:
    assert forbidden_imports(path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize("path", EVERYTHING, ids=short)
def test_no_module_is_longer_than_its_limit(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", OURS, ids=short)
def test_only_the_clock_asks_the_machine_for_the_date(path: Path) -> None:
    assert wall_clock_calls(path.read_text(encoding="utf-8"), short(path)) == []


@pytest.mark.parametrize("path", OURS, ids=short)
def test_nothing_prints_pickles_or_swallows(path: Path) -> None:
    assert habits_broken(path.read_text(encoding="utf-8"), short(path)) == []


@pytest.mark.parametrize("path", OURS, ids=short)
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert banned_names(path.read_text(encoding="utf-8"), short(path)) == []


@pytest.mark.parametrize("path", OURS, ids=short)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_list_of_allowed_clocks_names_modules_that_need_it() -> None:
    needless = [name for name in ALLOWED_CLOCKS if (ROOT / name).exists() and not _uses_clock(ROOT / name)]
    assert needless == []


def _uses_clock(path: Path) -> bool:
    return bool(wall_clock_calls(path.read_text(encoding="utf-8"), "elsewhere.py"))


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("signing/x.py", "from congkhai.plugin.records import Document"),
        ("schedules/x.py", "import congkhai.signing"),
        ("connectors/x.py", "from congkhai.signing import verify_path"),
        ("connectors/x.py", "from congkhai.plugin.store.engine import Store"),
        ("connectors/x.py", "from congkhai.plugin import store"),
        ("connectors/simulators/x.py", "from congkhai.plugin.demo import scenario"),
        ("plugin/x.py", "import congkhai.connectors.edxml"),
        ("plugin/cli/x.py", "from congkhai import connectors"),
        ("plugin/cli/x.py", "from ...connectors import edxml"),
    ],
)
def test_a_forbidden_arrow_is_seen(place: str, line: str) -> None:
    assert forbidden_imports(line, ROOT / place)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("plugin/x.py", "from congkhai.signing import verify_path"),
        ("plugin/cli/x.py", "from ..records import Document"),
        ("connectors/x.py", "from congkhai.plugin.records import Document"),
        ("connectors/x.py", "from congkhai.plugin.config import settings"),
        ("connectors/x.py", "from .edxml_parse import parse"),
        ("signing/keys/x.py", "from ..errors import SigningError"),
    ],
)
def test_a_lawful_arrow_is_let_through(place: str, line: str) -> None:
    assert forbidden_imports(line, ROOT / place) == []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime as dt\ndt.now(UTC)",
        "from datetime import date\ndate.today()",
        "import time as t\nt.time()",
        "from time import time\ntime()",
        "from datetime import datetime\nfactory = datetime.now",
    ],
)
def test_every_way_to_the_wall_clock_is_seen(source: str) -> None:
    assert wall_clock_calls(source, "plugin/x.py")


def test_the_monotonic_clock_is_no_wall_clock() -> None:
    assert (
        wall_clock_calls("import time\nfrom time import monotonic\ntime.monotonic()\nmonotonic()", "plugin/x.py") == []
    )


@pytest.mark.parametrize(
    "source",
    ["print('x')", "import pickle", "from marshal import loads", "try:\n  x\nexcept Exception:\n  pass", "eval('1')"],
)
def test_a_broken_habit_is_seen(source: str) -> None:
    assert habits_broken(source, "plugin/x.py")


@cache
def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_setup_cfg_lists_every_package_folder() -> None:
    folders = {dotted(path) for path in OURS if path.name == "__init__.py"}
    listed = set(setup_cfg()["options"]["packages"].split())
    assert listed == folders


def test_every_folder_with_code_is_a_package() -> None:
    assert [short(path.parent) for path in OURS if not (path.parent / "__init__.py").exists()] == []


def test_setup_cfg_ships_every_data_file() -> None:
    section = setup_cfg()["options.package_data"]
    shipped = {
        file
        for package, patterns in section.items()
        for name in (setup_cfg()["options"]["packages"].split() if package == "*" else [package])
        for pattern in patterns.replace("\n", ",").split(",")
        if pattern.strip()
        for file in ROOT.joinpath(*name.split(".")[1:]).glob(pattern.strip())
    }
    data = {ROOT / name for name in tracked() if name.split("/")[0] in PACKAGES and not name.endswith(".py")}
    # Catalogues are compiled to .mo, which ships; .mako is what a new migration is written from, in a clone only.
    sources = {path for path in data if path.suffix in {".po", ".pot", ".mako"}}
    assert sorted(map(short, data - sources - shipped)) == []


@cache
def tracked() -> tuple[str, ...]:
    """Return the files of the tree: what git holds or would hold, or everything outside hidden folders without git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        return tuple(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    except (OSError, subprocess.CalledProcessError):
        hidden = {"__pycache__", "build", "dist", "node_modules", "venv", "target", "congkhai-demo"}
        return tuple(
            short(path)
            for path in ROOT.rglob("*")
            if path.is_file()
            and not hidden & set(path.relative_to(ROOT).parts)
            and not any(
                (part.startswith(".") and part != ".ci") or part.endswith(".egg-info")
                for part in path.relative_to(ROOT).parts
            )
        )


BLOCK = re.compile(r"^```(console|ini)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[tuple[str, str]]:
    """Return the fenced blocks of one kind in README and docs, each with the name of its page."""
    return [
        (name, match[2])
        for name in tracked()
        if name.endswith(".md")
        for match in BLOCK.finditer((ROOT / name).read_text(encoding="utf-8"))
        if match[1] == kind
    ]


@cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def wrong_commands(text: str) -> list[str]:
    """Find prompts of a console block that name a verb or target which does not exist; other lines are output."""
    found = []
    for line in text.splitlines():
        if not line.startswith(("$ ", "# ")):
            continue
        words = [
            word for word in shlex.split(line[2:], comments=True) if word != "sudo" and not re.match(r"[A-Z]+=", word)
        ]
        if words and Path(words[0]).name == "congkhai":
            verb = next((word for word in _without_options(words[1:])), None)
            if verb is not None and verb not in VERBS:
                found.append(f"{line}: no verb {verb}")
        elif words and words[0] == "make":
            found += [f"{line}: no target {word}" for word in words[1:] if word not in make_targets()]
    return found


def _without_options(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in {"-c", "--language"}:
            skip = True
        elif not word.startswith("-"):
            yield word


def test_console_blocks_name_verbs_and_targets_that_exist() -> None:
    assert [f"{name}: {fault}" for name, text in blocks("console") for fault in wrong_commands(text)] == []


def test_readmes_show_the_two_commands() -> None:
    for readme in ("README.md", "README.vi.md"):
        shown = "\n".join(text for name, text in blocks("console") if name == readme)
        assert "$ make run" in shown
        assert "$ make test" in shown


def test_ini_blocks_parse() -> None:
    for name, text in blocks("ini"):
        parser = configparser.RawConfigParser(strict=True)
        parser.read_string(text, source=name)
        assert parser.sections(), name


@pytest.mark.parametrize(
    "line", ["$ congkhai fly", "$ congkhai -c x.ini fly", "$ make tea", "# .venv/bin/congkhai fly --json"]
)
def test_a_command_that_does_not_exist_is_seen(line: str) -> None:
    assert wrong_commands(line)


@pytest.mark.parametrize(
    "line", ["$ congkhai -c x.ini verify a.xml", "$ make run PYTHON=python3.12", "made 3 files", "$ ls"]
)
def test_a_command_that_exists_is_let_through(line: str) -> None:
    assert wrong_commands(line) == []


LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


def test_links_between_pages_lead_somewhere() -> None:
    dead = [
        f"{name}: {target}"
        for name in tracked()
        if name.endswith(".md")
        for target in LINK.findall((ROOT / name).read_text(encoding="utf-8"))
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert dead == []


MACHINE = re.compile(
    rb"/(?:work|opt/wheels|home/[a-z]+)/"
    rb"|\bshared/(?:design|domain|engineering)"
    rb"|(?:artifactory|jfrog|nexus|devpi)[.-]"
    rb"|\b(?:10|192\.168)(?:\.\d{1,3}){2,3}\b"
)
"""Paths and hosts of the machines on which the project was made: nothing of a workshop belongs into the product."""


def test_the_tree_names_no_path_or_host_of_the_machine_it_was_made_on() -> None:
    found = [
        f"{name}: {match[0]!r}"
        for name in tracked()
        if name != "tests/test_house.py" and not name.endswith((".png", ".jpg", ".pdf", ".otf", ".ttf"))
        for match in MACHINE.finditer((ROOT / name).read_bytes())
    ]
    assert found == []


def test_no_file_of_the_tree_is_a_link_out_of_it() -> None:
    outside = [name for name in tracked() if not (ROOT / name).resolve().is_relative_to(ROOT.resolve())]
    assert outside == []
