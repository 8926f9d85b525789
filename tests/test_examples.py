"""The examples of the how-to pages do what the pages say."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import pytest

from congkhai.plugin.clock import FixedClock
from congkhai.plugin.host import Host
from congkhai.plugin.interfaces import Context

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "plugin.md"


@pytest.fixture
def example() -> ModuleType:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    module = ModuleType("mauson_loudspeaker")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page is what is tested
    return module


def test_the_plugin_of_the_how_to_registers_its_channel(example: ModuleType, tmp_path: Path) -> None:
    host = Host(names=[], extra={"mauson_loudspeaker": example})
    assert host.problems == ()
    kind = host.channels["village-radio"]
    settings = kind.settings.model_validate({"place": "thôn Nà Mẫu"})

    def no_blob(sha256: str) -> BinaryIO:
        raise AssertionError(sha256)

    clock = FixedClock(datetime(2026, 8, 3, tzinfo=UTC))
    channel = kind.factory(settings, Context("thon-na-mau", "main", clock, no_blob, tmp_path))
    assert channel.place == "thôn Nà Mẫu"
    assert channel.attended
    assert channel.probe("k").visible is None
