"""What the package promises to others, and what it leaves alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import congkhai.signing as package
from congkhai.signing import SigningError, errors

FOLDER = Path(package.__file__).parent


def test_every_promised_name_is_there_and_typed_names_are_the_same() -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    typed = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert typed == set(package.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        package.nothing  # noqa: B018 - the access is the test


def test_nothing_of_the_project_is_imported() -> None:
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not [name for name in names if name.startswith("congkhai")], path


def test_nobody_asks_the_machine_for_the_time_or_looks_for_system_trust() -> None:
    for path in FOLDER.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in (
            "datetime.now(",
            "time.time(",
            "date.today(",
            "import certifi\n",
            "ca_pem_file=",
            "import requests",
            "urllib.request",
        ):
            assert word not in text, (path, word)


def test_importing_the_package_loads_no_library() -> None:
    code = (
        "import sys, congkhai.signing\n"
        "print([name for name in ('lxml', 'cryptography', 'signxml', 'asn1crypto') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_errors_have_their_own_codes_and_explain_themselves() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SigningError)]
    assert len({one(what="x").code for one in kinds}) == len(kinds)
    shown = errors.KeyLoadError(what="Không mở được.", where="a.p12", advice="Kiểm tra.").explain()
    assert shown == "a.p12: Không mở được. (congkhai-S110)\nKiểm tra."
