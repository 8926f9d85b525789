"""The configuration as a whole: faults all at once, sources, drop-ins, secrets, plugin sections."""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field

from congkhai.plugin.config.load import DEFAULT, Configuration, IniError, find_ini, load
from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Settings
from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host

AGENCY = "[agency]\nname = UBND xã Mẫu\ncode = MAU\nkind = xa\n"


class OfficeSettings(Settings):
    """Một hệ thống thử."""

    base_url: str = Field(description="Địa chỉ.")
    token: Secret | None = Field(default=None, description="Mã truy cập.")
    window: Duration = Field(default=timedelta(days=3), description="Cửa sổ.")


class _Office:
    @hookimpl
    def register_connectors(self, register: Callable[..., None]) -> None:
        register("office", OfficeSettings, SimpleNamespace)

    @hookimpl
    def register_taggers(self, register: Callable[..., None]) -> None:
        register("rules", SimpleNamespace)


@pytest.fixture
def host() -> Host:
    return Host(["congkhai.plugin.signers"], extra={"office": _Office()})


Reader = Callable[..., Configuration]


@pytest.fixture
def read(tmp_path: Path, host: Host) -> Reader:
    def reader(text: str, drop_ins: Mapping[str, str] | None = None) -> Configuration:
        path = tmp_path / "congkhai.ini"
        path.write_text(text, encoding="utf-8")
        for name, content in (drop_ins or {}).items():
            (tmp_path / "conf.d").mkdir(exist_ok=True)
            (tmp_path / "conf.d" / name).write_text(content, encoding="utf-8")
        return load(path, host)

    return reader


def _faults(read: Reader, text: str, drop_ins: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(IniError) as caught:
        read(text, drop_ins)
    assert caught.value.exit_code == 78
    return [str(problem).replace("\\", "/") for problem in caught.value.problems]


def test_the_smallest_file_gives_every_default(read: Reader, tmp_path: Path) -> None:
    configuration = read(AGENCY)
    assert configuration.path == tmp_path / "congkhai.ini"
    assert (configuration.agency.name, configuration.agency_key) == ("UBND xã Mẫu", "main")
    assert configuration.store.folder == tmp_path / "data"
    assert configuration.store.database == f"sqlite:///{tmp_path}/data/congkhai.sqlite"
    assert configuration.store.vault == str(tmp_path / "data" / "vault")
    assert configuration.dossier.folder == tmp_path / "data" / "dossiers"
    assert configuration.dossier.creator == ""
    assert configuration.trust.folder == tmp_path / "trust"
    assert configuration.work.node
    assert configuration.work.pull_every == timedelta(minutes=15)
    assert (configuration.connectors, configuration.channels, configuration.signers) == ({}, {}, {})


def test_unknown_key_names_file_line_section_and_the_nearest_name(read: Reader, tmp_path: Path) -> None:
    text = AGENCY + "[connector:ioffice]\ntype = office\nbase-url = x\nwindw = 3 d\n"
    (fault,) = _faults(read, text)
    assert fault.startswith(f"{tmp_path}/congkhai.ini:8: [connector:ioffice] windw: ")
    assert '"window"' in fault


def test_keys_are_lower_case_with_hyphens(read: Reader) -> None:
    (fault,) = _faults(read, AGENCY + "has_intranet = yes\n")
    assert '"has-intranet"' in fault


def test_unknown_section_offers_the_nearest(read: Reader) -> None:
    faults = _faults(read, AGENCY + "[stor]\n[conector:x]\ntype = office\n[nothing-like-it]\n")
    assert len(faults) == 3
    assert '"store"' in faults[0]
    assert '"connector:x"' in faults[1]
    assert "Có phải" not in faults[2]


def test_every_fault_is_listed_at_once_in_the_order_of_the_file(read: Reader, tmp_path: Path) -> None:
    text = (
        "[agency]\nname = X\nkind = commune\n[work]\nworkers = many\nlease = -3 s\npoll = 3\nattempts = 0\n"
        "[tagging]\nauto-above = 2\n[web]\nport = 99999\n[connector:a]\n[connector:b]\ntype = office\n"
    )
    faults = _faults(read, text)
    places = [fault.removeprefix(f"{tmp_path}/congkhai.ini:").split(": ")[0:2] for fault in faults]
    assert [(int(line), what.split("]")[0] + "]") for line, what in places] == [
        (1, "[agency]"), (3, "[agency]"), (5, "[work]"), (6, "[work]"), (7, "[work]"), (8, "[work]"),
        (10, "[tagging]"), (12, "[web]"), (13, "[connector:a]"), (14, "[connector:b]"),
    ]  # fmt: skip
    assert "code: thiếu khóa bắt buộc" in faults[0]
    assert "xa, so, trung_tam, van_phong" in faults[1]
    assert "đơn vị" in faults[3]
    assert "đơn vị" in faults[4]
    assert "base-url: thiếu khóa bắt buộc" in faults[-1]


def test_the_error_for_people_lists_the_same_lines_and_says_what_to_do(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(IniError) as caught:
        read("[agency]\nname = X\n")
    text = caught.value.explain()
    assert f"{tmp_path}/congkhai.ini:1: [agency] code: " in text
    assert f"{tmp_path}/congkhai.ini:1: [agency] kind: " in text
    assert "congkhai-E111" in text
    assert "congkhai check" in text


def test_missing_agency_is_told_with_its_keys(read: Reader) -> None:
    faults = _faults(read, "[store]\n")
    assert [fault.partition("[agency] ")[2].split(":")[0] for fault in faults] == ["name", "code", "kind"]


@pytest.mark.parametrize("addition", ["[agency]\nlanguage = vi\n", "name = again\n"])
def test_duplicates_are_errors(read: Reader, addition: str) -> None:
    (fault,) = _faults(read, AGENCY + addition)
    assert "đã có ở" in fault


def test_two_connectors_of_one_name_are_an_error(read: Reader) -> None:
    section = "[connector:a]\ntype = office\nbase-url = x\n"
    (fault,) = _faults(read, AGENCY + section + section)
    assert "[connector:a]" in fault


def test_an_empty_value_counts_as_not_written(read: Reader) -> None:
    assert read(AGENCY + "superior =\n[store]\nfolder =\n").source_of("store", "folder") == DEFAULT
    (fault,) = _faults(read, AGENCY.replace("MAU", ""))
    assert "[agency] code: thiếu khóa bắt buộc" in fault


def test_missing_file_is_an_error_and_never_all_defaults(tmp_path: Path, host: Host) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "none.ini", host)
    assert caught.value.exit_code == 78
    assert str(tmp_path / "none.ini") in str(caught.value)


def test_without_c_the_file_is_looked_for_in_the_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "congkhai.ini").write_text(AGENCY)
    assert find_ini(None) == tmp_path / "congkhai.ini"


def test_an_unreadable_file_is_told(tmp_path: Path, host: Host) -> None:
    (tmp_path / "congkhai.ini").write_bytes(b"[agency]\nname = \xff\n")
    with pytest.raises(IniError) as caught:
        load(tmp_path / "congkhai.ini", host)
    assert len(caught.value.problems) == 1, "what could not be read gives no further faults"
    assert "0xFF" in str(caught.value)


def test_every_value_remembers_its_source(read: Reader, tmp_path: Path) -> None:
    configuration = read(
        AGENCY + "[work]\nworkers = 4\n", {"10-office.ini": "[connector:io]\ntype = office\nbase-url = https://x\n"}
    )
    assert configuration.source_of("work", "workers") == f"{tmp_path}/congkhai.ini:6"
    assert configuration.source_of("work", "poll") == DEFAULT
    assert configuration.source_of("connector:io", "base-url") == f"{tmp_path}/conf.d/10-office.ini:3"
    assert configuration.connectors["io"].source == f"{tmp_path}/conf.d/10-office.ini:1"
    with pytest.raises(KeyError):
        configuration.source_of("work", "nothing")
    texts = {(value.section, value.key): value.text for value in configuration.values}
    assert texts["work", "lease"] == "2 min"
    assert texts["calendar", "weekend"] == "sat, sun"
    assert texts["connector:io", "window"] == "3 d"
    assert texts["connector:io", "type"] == "office"


def test_drop_ins_come_in_sorted_order_and_only_add(read: Reader) -> None:
    ends = {
        "b.ini": "[connector:b]\ntype = office\nbase-url = b\n",
        "a.ini": "[connector:a]\ntype = office\nbase-url = a\n",
    }
    assert list(read(AGENCY, ends).connectors) == ["a", "b"]


@pytest.mark.parametrize(
    ("main", "drop_in"),
    [
        (AGENCY + "[work]\nworkers = 1\n", "[work]\npoll = 1 s\n"),
        (AGENCY, "[agency]\nlanguage = en\n"),
        ("[store]\n", AGENCY),
    ],
)
def test_a_drop_in_that_touches_a_standing_section_or_the_agency_is_an_error_naming_it(
    read: Reader, main: str, drop_in: str
) -> None:
    faults = _faults(read, main, {"x.ini": drop_in})
    assert any("/conf.d/x.ini:1: [" in fault for fault in faults)


def test_plugin_sections_are_validated_by_their_kind(read: Reader, tmp_path: Path) -> None:
    configuration = read(
        AGENCY + "[connector:io]\ntype = office\nbase-url = https://x\ntoken = {file t}\nwindow = 6 h\n"
    )
    section = configuration.connectors["io"]
    assert (section.id, section.kind, section.agency) == ("connector:io", "office", "main")
    assert isinstance(section.settings, OfficeSettings)
    assert section.settings.window == timedelta(hours=6)
    assert section.settings.token is not None
    assert section.settings.token.folder == tmp_path
    assert configuration.plugin_folder(section) == tmp_path / "data" / "plugins" / "connector-io"


def test_a_kind_that_nobody_offers_names_the_kinds_there_are(read: Reader) -> None:
    (fault,) = _faults(read, AGENCY + "[connector:io]\ntype = offce\nbase-url = x\n")
    assert '"office"' in fault
    assert "[connector:io] type:" in fault


def test_a_kind_whose_plugin_is_broken_says_so(tmp_path: Path) -> None:
    path = tmp_path / "congkhai.ini"
    path.write_text(AGENCY + "[connector:io]\ntype = none_such\n", encoding="utf-8")
    with pytest.raises(IniError, match="congkhai_none_such"):
        load(path, Host(["congkhai_none_such"]))


@pytest.mark.parametrize("name", ["connector", "connector:", "connector:tên", "connector:a b", "signer:" + "x" * 65])
def test_names_of_plugin_sections_are_plain(read: Reader, name: str) -> None:
    (fault,) = _faults(read, AGENCY + f"[{name}]\ntype = office\nbase-url = x\n")
    assert f"[{name}]:" in fault


def test_another_agency_is_refused_until_there_are_several(read: Reader) -> None:
    (fault,) = _faults(read, AGENCY + "[connector:io]\ntype = office\nbase-url = x\nagency = so-a\n")
    assert "[connector:io] agency:" in fault


def test_filing_needs_a_connector_that_is_there(read: Reader) -> None:
    section = "[connector:handover]\ntype = office\nbase-url = x\n"
    (fault,) = _faults(read, AGENCY + section + "[dossier]\nfile-to = handovr\n")
    assert '"handover"' in fault
    assert read(AGENCY + section + "[dossier]\nfile-to = handover\n").dossier.file_to == "handover"


def test_a_named_tagger_must_be_there(read: Reader) -> None:
    (fault,) = _faults(read, AGENCY + "[tagging]\nuse = rules, magic\n")
    assert "'magic'" in fault


def test_a_clear_text_secret_is_an_error_that_does_not_repeat_it(read: Reader) -> None:
    with pytest.raises(IniError) as caught:
        read(AGENCY + "[connector:io]\ntype = office\nbase-url = x\ntoken = geheim123\n")
    assert "{file" in str(caught.value)
    assert "geheim123" not in caught.value.explain() + repr(caught.value) + str(caught.value.__cause__)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_secret_that_others_can_read_is_warned_about(read: Reader, tmp_path: Path) -> None:
    text = AGENCY + "[connector:io]\ntype = office\nbase-url = x\ntoken = {file token}\n"
    (tmp_path / "token").write_text("geheim123\n")
    (tmp_path / "token").chmod(0o644)
    warned = [warning for warning in read(text).warnings if "[connector:io] token" in warning]
    assert len(warned) == 1
    assert f"{tmp_path}/congkhai.ini:8" in warned[0]
    (tmp_path / "token").chmod(0o640)
    assert not [warning for warning in read(text).warnings if "token" in warning]


def test_nothing_secret_stands_in_the_configuration(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("geheim123\n")
    configuration = read(
        AGENCY + "[connector:io]\ntype = office\nbase-url = https://u:geheim456@x\ntoken = {file token}\n"
    )
    assert configuration.connectors["io"].settings.token.read() == "geheim123"
    assert "geheim123" not in repr(configuration)
    shown = {(value.section, value.key): value.text for value in configuration.values}
    assert shown["connector:io", "token"] == "{file token}"
    assert shown["connector:io", "base-url"] == "https://u:***@x"


def test_retention_left_to_its_default_is_warned_about(read: Reader) -> None:
    assert any("retention" in warning for warning in read(AGENCY).warnings)
    assert not any("retention" in warning for warning in read(AGENCY + "[dossier]\nretention = 20 năm\n").warnings)


def test_a_configuration_cannot_be_changed(read: Reader) -> None:
    configuration: Any = read(AGENCY)
    with pytest.raises(AttributeError):
        configuration.path = Path()
    with pytest.raises(TypeError):
        configuration.connectors["x"] = None
