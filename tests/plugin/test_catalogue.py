"""The English catalogue: complete where people look, compiled from what is written, with the same places."""

import gettext
import importlib.util
import string
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from congkhai.plugin.text import _, language, retold, set_language, speaking

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """``docs/catalogue.py``."""
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "docs" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_that_the_page_and_the_command_line_say_has_its_english(tool: ModuleType) -> None:
    known = tool.translated()
    shown = {
        message: files
        for message, files in tool.spoken().items()
        if any(file.startswith(("plugin/web/", "plugin/cli/", "plugin/worklist", "plugin/status")) for file in files)
    }
    assert len(shown) > 1000
    missing = sorted(message for message in shown if not known.get(message))
    assert missing == [], "run python docs/catalogue.py and translate what is new"


def test_the_compiled_catalogue_says_what_the_written_one_says(tool: ModuleType) -> None:
    with tool.MO.open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    known = {message: said for message, said in tool.translated().items() if said}
    assert {message: compiled.gettext(message) for message in known} == known
    assert compiled.gettext("Không có câu này trong danh mục") == "Không có câu này trong danh mục"


def test_every_translation_has_the_places_of_its_sentence(tool: ModuleType) -> None:
    known = tool.translated()
    assert tool.faults(known) == []
    for said in known.values():
        list(string.Formatter().parse(said))  # a place that cannot be filled raises


def test_a_sentence_that_was_stored_is_said_again_in_the_reader_s_language() -> None:
    stored = _("Gỡ khỏi {place} rồi xác nhận.").format(place="Bản tin công khai")
    many = f"{_('Chờ văn thư xác nhận nội dung công khai.')} {stored}"
    with speaking("en"):
        assert retold(stored) == "Take it down from Bản tin công khai, then confirm."
        assert retold(many) == f"Waiting for the clerk to confirm the disclosure. {retold(stored)}"
        assert retold("Nguyễn Văn Mẫu viết một câu của riêng mình.") == "Nguyễn Văn Mẫu viết một câu của riêng mình."
    assert retold(stored) == stored


def test_a_context_speaks_its_own_language_and_the_process_keeps_its_own() -> None:
    assert language() == "vi"
    with speaking("en"):
        assert _("Hồ sơ") == "Dossiers"
        with speaking("vi"):
            assert _("Hồ sơ") == "Hồ sơ"
        assert _("Hồ sơ") == "Dossiers"
    set_language("en")
    try:
        assert _("Hồ sơ") == "Dossiers"
    finally:
        set_language("vi")


def test_the_command_line_helps_in_english() -> None:
    program = str(Path(sys.executable).with_name("congkhai"))
    done = subprocess.run([program, "--language", "en", "--help"], capture_output=True, text=True, check=True)
    assert "Disclosure dossiers, from the document system" in done.stdout
    assert "Language of the output" in done.stdout
    assert "Chạy" not in done.stdout
