"""Several agencies in one ini: sections of their own, faults with their place, and the one-agency ini unchanged."""

from pathlib import Path

import pytest

from congkhai.plugin.config.load import Configuration, IniError, load
from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.host import Host

ONE = "[agency]\nname = UBND xã Mẫu Sơn\ncode = H99\nkind = xa\n"
TWO = (
    "[agency:mau-son]\nname = UBND xã Mẫu Sơn\ncode = H99\nkind = xa\n"
    "[agency:tan-lap]\nname = UBND xã Tân Lập\ncode = H98\nkind = xa\n"
)
CHANNELS = (
    "[channel:a]\ntype = staff-page\nagency = mau-son\n[channel:b]\ntype = staff-page\nagency = tan-lap\n"
    "[connector:nop-a]\ntype = handover\nfolder = a\nagency = mau-son\n"
)


@pytest.fixture(scope="module")
def host() -> Host:
    """The built-in plugins."""
    return Host()


def read(tmp_path: Path, host: Host, text: str) -> Configuration:
    """Read an ini."""
    path = tmp_path / "congkhai.ini"
    path.write_text(text, encoding="utf-8")
    return load(path, host)


def fault(tmp_path: Path, host: Host, text: str) -> str:
    """Return the only fault of an ini."""
    with pytest.raises(IniError) as caught:
        read(tmp_path, host, text)
    assert len(caught.value.problems) == 1, caught.value.problems
    return str(caught.value.problems[0])


def test_the_ini_of_one_agency_is_what_it_was(tmp_path: Path, host: Host) -> None:
    one = read(tmp_path, host, ONE)
    assert (list(one.agencies), one.agency_key, one.several) == (["main"], "main", False)
    assert one.of("main") is one
    assert one.dossier.folder == tmp_path / "data" / "dossiers"


def test_each_agency_sees_its_own_sections_and_overrides(tmp_path: Path, host: Host) -> None:
    both = read(
        tmp_path, host,
        TWO + CHANNELS + "[dossier]\nretention = 30 năm\ncreator = Chung\n[dossier:mau-son]\nfile-to = nop-a\n",
    )  # fmt: skip
    assert list(both.agencies) == ["mau-son", "tan-lap"]
    mine, theirs = both.of("mau-son"), both.of("tan-lap")
    assert (list(mine.channels), list(theirs.channels), list(theirs.connectors)) == (["a"], ["b"], [])
    assert (mine.agency.name, theirs.agency.name) == ("UBND xã Mẫu Sơn", "UBND xã Tân Lập")
    assert (mine.dossier.file_to, theirs.dossier.file_to) == ("nop-a", "")
    assert (mine.dossier.creator, str(mine.dossier.retention)) == ("Chung", str(theirs.dossier.retention))
    folders = {one.dossier.folder for one in (mine, theirs)}
    assert folders == {tmp_path / "data" / "dossiers" / key for key in ("mau-son", "tan-lap")}
    with pytest.raises(ConfigurationError) as caught:
        both.of("main")
    assert caught.value.code == "congkhai-E766"


def test_faults_name_their_place(tmp_path: Path, host: Host) -> None:
    assert "[agency]" in fault(tmp_path, host, TWO + ONE)
    assert "mau-son, tan-lap" in fault(tmp_path, host, TWO + "[channel:c]\ntype = staff-page\n")
    assert '"tan-lap"' in fault(tmp_path, host, TWO + "[channel:c]\ntype = staff-page\nagency = tan-lop\n")
    assert "[agency:Mẫu Sơn]" in fault(tmp_path, host, TWO + "[agency:Mẫu Sơn]\nname = x\ncode = y\nkind = xa\n")
    assert "retention" in fault(tmp_path, host, TWO + "[dossier:tan-lap]\nretentoin = 5 năm\n")
    assert "[dossier:tan-lop]" in fault(tmp_path, host, TWO + "[dossier:tan-lop]\ncreator = x\n")
    shared = fault(tmp_path, host, TWO + CHANNELS + "[dossier:tan-lap]\nfile-to = nop-a\n")
    assert "file-to" in shared
    assert "tan-lap" in shared
    assert "[agency:tan-lap]" in fault(tmp_path, host, TWO + "language = en\n")


def test_a_drop_in_may_add_an_agency(tmp_path: Path, host: Host) -> None:
    (tmp_path / "conf.d").mkdir()
    more = TWO.replace("mau-son", "c").replace("tan-lap", "d")
    (tmp_path / "conf.d" / "more.ini").write_text(more, encoding="utf-8")
    assert list(read(tmp_path, host, TWO).agencies) == ["mau-son", "tan-lap", "c", "d"]
