"""The page about verifying names every finding and option that there is."""

import re
from pathlib import Path

from congkhai.plugin.cli.verify import command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "verify.md").read_text(encoding="utf-8")


def test_every_finding_has_a_line() -> None:
    code = [*(ROOT / "signing").rglob("*.py"), ROOT / "plugin" / "verification_online.py"]
    used = {one for path in code for one in re.findall(r'"(V\d\d)"', path.read_text(encoding="utf-8"))}
    described = set(re.findall(r"V\d\d", PAGE))
    assert len(used) > 20
    assert used == described


def test_every_option_is_spoken_of() -> None:
    options = {name for one in command.params for name in one.opts if name.startswith("--")}
    assert {one for one in options if one not in PAGE} == set()
