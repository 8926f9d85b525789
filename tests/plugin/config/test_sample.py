"""The generated ini: complete, commented, and valid."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from congkhai.plugin.config.describe import describe
from congkhai.plugin.config.load import load
from congkhai.plugin.config.sample import sample
from congkhai.plugin.config.schema import SECTIONS
from congkhai.plugin.config.setup import missing_keys, write_ini
from congkhai.plugin.errors import ConfigurationError, UsageError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host

ANSWERS = {"agency": {"name": "UBND xã Mẫu", "code": "MAU", "kind": "xa"}, "store": {"folder": "kho"}}


class _Rules:
    @hookimpl
    def register_taggers(self, register: Callable[..., None]) -> None:
        register("rules", SimpleNamespace)


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(["congkhai.plugin.signers"], extra={"rules": _Rules()})


def _block(text: str, section: str) -> str:
    """Return the lines of a section, commented or not."""
    match = re.search(rf"^#?\[{re.escape(section)}\]\n(.*?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, section
    return match[1]


def test_the_sample_loads_and_holds_the_answers(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "congkhai.ini"
    path.write_text(sample(host, ANSWERS), encoding="utf-8")
    configuration = load(path, host)
    assert configuration.agency.name == "UBND xã Mẫu"
    assert configuration.store.folder == tmp_path / "kho"


def test_the_sample_lists_every_key_with_its_help(host: Host) -> None:
    text = sample(host, ANSWERS)
    flat = " ".join(text.replace("\n# ", " ").split())
    blocks = {name: (_block(text, name), model) for name, model in SECTIONS.items()}
    blocks |= {
        f"signer:{kind.name}": (_block(text, f"signer:{kind.name}"), kind.settings) for kind in host.signers.values()
    }
    for section, (block, model) in blocks.items():
        for info in describe(model):
            assert re.search(rf"^#?{info.name} =", block, re.MULTILINE), f"[{section}] {info.name}"
            assert info.help
            assert " ".join(info.help.split()) in flat


def test_taking_the_marks_off_every_default_changes_nothing(host: Host, tmp_path: Path) -> None:
    text = sample(host, ANSWERS).partition("# ---")[0]
    plain, spelled = tmp_path / "plain.ini", tmp_path / "spelled.ini"
    plain.write_text(text, encoding="utf-8")
    spelled.write_text(re.sub(r"^#(?=[a-z-]+ =)", "", text, flags=re.MULTILINE), encoding="utf-8")
    one, two = load(plain, host), load(spelled, host)
    assert [(v.section, v.key, v.text) for v in one.values] == [(v.section, v.key, v.text) for v in two.values]
    assert two.source_of("work", "lease") != "default"


def test_an_answer_cannot_open_a_section_of_its_own(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "congkhai.ini"
    answers = {"agency": ANSWERS["agency"] | {"name": "X\n[web]\nport = 1"}}
    path.write_text(sample(host, answers), encoding="utf-8")
    configuration = load(path, host)
    assert configuration.web.port == 8080
    assert configuration.agency.name == "X [web] port = 1"


def test_missing_keys_of_a_plugin_section_are_named(host: Host) -> None:
    answers = ANSWERS | {"signer:seal": {"type": "pem", "role": "seal"}}
    assert [(section, info.name) for section, info in missing_keys(host, answers)] == [
        ("signer:seal", "person"), ("signer:seal", "file"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "answers", [{"agncy": {}}, {"signer:x": {"type": "none"}}, {"web": {"prt": "1"}}, {"signer": {}}]
)
def test_answers_to_nothing_are_refused(host: Host, answers: dict[str, dict[str, str]]) -> None:
    with pytest.raises(UsageError):
        list(missing_keys(host, answers))


def test_answers_that_make_no_valid_file_write_nothing(host: Host, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[web\] port"):
        write_ini(tmp_path / "congkhai.ini", host, ANSWERS | {"web": {"port": "0"}})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten_unasked(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "congkhai.ini"
    path.write_text("mine")
    with pytest.raises(UsageError):
        write_ini(path, host, ANSWERS)
    assert path.read_text() == "mine"
    write_ini(path, host, ANSWERS, overwrite=True)
    assert load(path, host).agency.code == "MAU"
    assert [entry.name for entry in tmp_path.iterdir()] == ["congkhai.ini"]
