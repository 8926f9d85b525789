"""Each dependency that reaches an installation is justified, and nothing is justified that is not one."""

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_INSTALLED = {"test", "lint", "bench"}


def _names(text: str) -> set[str]:
    lines = (line.strip() for line in text.splitlines())
    return {re.split(r"[\s\[<>=,;]", line)[0].lower() for line in lines if line and not line.startswith("#")}


def test_every_dependency_is_justified_and_every_justified_one_is_needed() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = parser["options.extras_require"]
    needed = _names(parser["options"]["install_requires"])
    needed = needed.union(*(_names(extras[name]) for name in extras if name not in NOT_INSTALLED))
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Za-z0-9_.-]+) \|(?: `\w+` \|)? (.+) \|$", page, re.MULTILINE)
    justified = {name.lower() for name, why in rows if len(why) > 10 and name != "package"}
    assert justified == needed
