"""What is handed out: wheel and source distribution hold what they must and nothing else; lock, pages, scripts fit."""

import configparser
import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from congkhai.plugin.cli import VERBS
from congkhai.plugin.config.schema import SECTIONS, ini_keys

ROOT = Path(__file__).parents[1]
PACKAGES = ("plugin", "connectors", "signing", "schedules")
OF_DEVELOPERS = {"test", "lint", "bench"}
LOCK = ROOT / "packaging" / "requirements.lock"
MADE_FROM = {".po", ".pot", ".mako"}
"""Catalogues are compiled, and migrations are written, in a clone only."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Names inside the wheel and inside the source distribution, both built from a copy of the tree."""
    folder = tmp_path_factory.mktemp("built")
    copy = folder / "source"
    left_out = shutil.ignore_patterns(
        "__pycache__", "*.egg-info", ".pytest_cache", "images", "node_modules", "venv", "target"
    )
    copy.mkdir()
    for name in (*PACKAGES, "docs", "packaging", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=left_out)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy(file, copy)
    code = (
        "from setuptools import build_meta as meta\n"
        f"print(meta.build_wheel({str(folder)!r}), meta.build_sdist({str(folder)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    (source,) = folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive, tarfile.open(source) as tar:
        return set(archive.namelist()), {name.partition("/")[2] for name in tar.getnames()}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(built: tuple[set[str], set[str]]) -> None:
    wheel = {name.removeprefix("congkhai/") for name in built[0] if ".dist-info/" not in name}
    tree = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in MADE_FROM
    }
    assert wheel == tree
    for needed in (
        "plugin/web/templates/base.html", "plugin/web/static/style.css", "plugin/regulations/statute-2022.ini",
        "plugin/tagging/model.json", "plugin/minutes/minutes.typ", "plugin/minutes/minutes.xsd",
        "plugin/demo/scenario.json", "plugin/archive/profiles/tt05-circular.ini", "connectors/board_sheet.typ",
        "plugin/locale/en/LC_MESSAGES/congkhai.mo",
    ):  # fmt: skip
        assert needed in wheel
    compiled = {name for name in tree if name.endswith(".mo")}
    assert {name for name in wheel if "/locale/" in name} == compiled
    assert not [name for name in built[0] if "test" in Path(name).parts[0] or "/tests/" in name]


def test_the_source_distribution_can_build_what_the_project_hands_out(built: tuple[set[str], set[str]]) -> None:
    source = built[1]
    for needed in (
        "packaging/build-deb.sh", "packaging/requirements.lock", "packaging/Containerfile", "docs/operations.md",
        "packaging/systemd/congkhai.service", "docs/man_pages.py", "Makefile", "LICENSE",
    ):  # fmt: skip
        assert needed in source
    assert not [name for name in source if name.startswith("tests/") or "__pycache__" in name]


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_the_lock_holds_what_setup_cfg_asks_for_in_versions_that_it_allows() -> None:
    text = LOCK.read_text(encoding="utf-8")
    locked = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    }
    extras = {name: text for name, text in _setup()["options.extras_require"].items() if name not in OF_DEVELOPERS}
    assert f"#  {' '.join(sorted(extras))}\n" in text, "make lock"
    asked = "\n".join([_setup()["options"]["install_requires"], *extras.values()])
    for line in filter(None, map(str.strip, asked.splitlines())):
        requirement = Requirement(line)
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{line} is not locked: make lock"
        assert requirement.specifier.contains(version), f"{line} is locked at {version}: make lock LOCK=--upgrade"
    for entry in re.split(r"\n(?=[\w.-]+==)", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"https?://|--find-links|--index-url", text)


def _man_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("man_pages", ROOT / "docs" / "man_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_verb_and_every_key_of_the_ini_has_its_place_in_a_man_page() -> None:
    pages = dict(_man_pages().pages())
    assert {f"man1/congkhai-{verb}.1" for verb in VERBS} < pages.keys()
    for name, text in pages.items():
        macros = {line.split()[0] for line in text.splitlines() if line.startswith((".", "'"))}
        assert macros <= {".TH", ".nh", ".ad", ".SH", ".SS", ".PP", ".TP", ".B", ".BR"}, name
        assert re.search(r"^\.SH NAME\n\S+ \\- \S", text, re.MULTILINE), name
    ini = pages["man5/congkhai.ini.5"].replace("\\-", "-")
    for section, model in SECTIONS.items():
        assert f".SH [{section}]" in ini
        assert [key for key in ini_keys(model) if f"\n.B {key}\n" not in ini] == []
    backup = pages["man1/congkhai-backup.1"].replace("\\-", "-")
    assert ".B --recipient" in backup


@pytest.mark.parametrize("script", sorted((ROOT / "packaging").rglob("*")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shells(script: Path) -> None:
    if script.is_dir() or not script.read_bytes().startswith(b"#!"):
        return
    shell = script.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#!/bin/")
    assert shell in {"sh", "bash"}
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^set -e", script.read_text(encoding="utf-8"), re.MULTILINE)
