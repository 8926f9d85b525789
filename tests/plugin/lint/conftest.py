"""Papers for the checks: a set with the faults of real life, a sound set, and ways to look at them."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from congkhai.plugin.lint.files import read_bytes
from congkhai.plugin.lint.parse import parse
from congkhai.plugin.lint.plugin import BUILT_IN
from congkhai.plugin.lint.records import Paper, PaperSet
from congkhai.plugin.lint.run import look
from congkhai.plugin.records import Finding
from congkhai.plugin.regulation import load_regulation
from congkhai.schedules import Calendar

PAPERS = Path(__file__).with_name("papers")
TODAY = date(2026, 11, 20)
Texts = dict[str, str]
Lint = Callable[..., list[Finding]]


def _texts(folder: str) -> Texts:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted((PAPERS / folder).glob("*.txt"))}


@pytest.fixture
def faulty() -> Texts:
    """Seven papers with every fault that checks A01 to A26 and A28 know."""
    return _texts("faulty")


@pytest.fixture
def sound() -> Texts:
    """Six papers of one matter without a fault."""
    return _texts("sound")


@pytest.fixture
def lint() -> Lint:
    """Look at texts, one paper each, as one set."""

    def run(texts: Mapping[str, str | bytes], regulation: str = "dong-son-2024") -> list[Finding]:
        papers = tuple(
            parse(read_bytes(text.encode() if isinstance(text, str) else text, name)) for name, text in texts.items()
        )
        return list(look(PaperSet(papers, load_regulation(regulation), Calendar(), TODAY), BUILT_IN))

    return run


@pytest.fixture
def read() -> Callable[[str], Paper]:
    """Read one text as a paper."""
    return lambda text: parse(read_bytes(text.encode(), "giay.txt"))
