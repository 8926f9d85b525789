"""Profiles are data: an agency changes a package without code, and a wrong one is told before anything is written."""

from pathlib import Path

import pytest
from lxml import etree

from congkhai.plugin.archive import check_package, export_dossier, load_profile
from congkhai.plugin.archive.profile import shipped
from congkhai.plugin.config.schema import ArchiveSettings
from congkhai.plugin.errors import ConfigurationError

from .shelf import Bundle, data_of, names_in, put, shelf_in

METS = "{http://www.loc.gov/METS/}"
CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
HEAD = "[profile]\nid = {id}\nversion = 2\ntitle = Mẫu của tỉnh\nbase = {base}\n"


def _own(folder: Path, text: str, base: str = "tt05-circular", name: str = "tinh") -> str:
    path = folder / f"{name}.ini"
    path.write_text(HEAD.format(id=name, base=base) + text, encoding="utf-8")
    return str(path)


def test_three_profiles_are_shipped_and_each_names_itself() -> None:
    assert shipped() == ("eark-2.1", "tt05-circular", "tt05-real-sample")
    assert [load_profile(name).id for name in shipped()] == list(shipped())


def test_the_constants_of_mets_come_from_the_profile(tmp_path: Path) -> None:
    found = {}
    for name in ("tt05-circular", "tt05-real-sample"):
        with shelf_in(tmp_path / name, profile=name, fonds="001.01") as shelf:
            path = export_dossier(shelf, put(shelf), "sip", tmp_path / f"out-{name}").path
        assert path is not None
        root = etree.fromstring(data_of(path, "METS.xml"))
        reference, note = next(root.iter(f"{METS}mdRef")), next(root.iter(f"{METS}note"))
        inner = etree.fromstring(data_of(path, "representations/rep1/METS.xml"))
        found[name] = (
            reference.get("MDTYPE"), reference.get("MDTYPEVERSION"), note.get(f"{CSIP}NOTETYPE"), note.text,
            inner.get("OBJID", "")[:5], root.findtext(f"{METS}metsHdr/{METS}altRecordID"),
            len(list(root.iter(f"{METS}amdSec"))), "schemas/mets1_12.xsd" in names_in(path),
        )  # fmt: skip
    version = found["tt05-circular"][3]
    assert version is not None
    assert version.endswith("(tt05-circular 1)")
    assert found == {
        "tt05-circular": ("OTHER", "1.0", "SOFTWARE VERSION", version, "uuid-", None, 0, False),
        "tt05-real-sample": (
            "DC", "1.0.0", "IDENTIFICATIONCODE", "001.01", "rep1", "000.01.25.H99.2026.CK-0001", 1, True,
        ),
    }  # fmt: skip


def test_an_agency_changes_codes_names_and_fields_in_an_ini_of_its_own(tmp_path: Path) -> None:
    own = _own(
        tmp_path,
        "[codes]\nfileCode = {organ}-{year}-{notation}\n[names]\nstem = {notation}-{ordinal:03}\n"
        "[fields:sip:document]\ndocCode = text 40 required\nsubject = text 800 required\n"
        "typeName = text 2 required type\n",
    )
    with shelf_in(tmp_path / "store", profile=own) as shelf:
        path = export_dossier(shelf, put(shelf, Bundle()), "sip", tmp_path / "out").path
    assert path is not None
    assert check_package(path).sound
    name = "representations/rep1/metadata/descriptive/EAD_doc_CK-0001-001.xml"
    assert [one.tag for one in etree.fromstring(data_of(path, name))] == ["docCode", "subject", "typeName"]
    assert b"<fileCode>000.01.25.H99-2026-CK-0001</fileCode>" in data_of(path, "metadata/descriptive/EAD.xml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fields:sip:document]\nsubject = words 500 required\n", "subject"),
        ("[fields:sip:document]\nsub ject = text 500 required\n", "sub ject"),
        ("[fields:sip:document]\nmode = text 2 required nowhere\n", "mode"),
        ("[list:mode]\n03 = mật\n", "03"),
        ("no section\n[", "parsing"),
    ],
)
def test_a_wrong_profile_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_profile(_own(tmp_path, text))
    assert said in caught.value.what
    assert caught.value.code == "congkhai-E770"


def test_a_profile_that_is_missing_or_goes_in_a_circle_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tt05-circular"):
        load_profile("tt06")
    with pytest.raises(ConfigurationError, match="khong-co"):
        load_profile(str(tmp_path / "khong-co.ini"))
    _own(tmp_path, "", base="b", name="a")
    with pytest.raises(ConfigurationError, match="vòng tròn"):
        load_profile(_own(tmp_path, "", base="a", name="b"))


@pytest.mark.parametrize("codes", ["20 năm", "20 năm=5", "=05", "20 năm=08"])
def test_retention_codes_that_are_none_are_refused_by_the_settings(codes: str) -> None:
    with pytest.raises(ValueError, match="retention-codes"):
        ArchiveSettings.model_validate({"retention-codes": codes})


def test_the_mode_of_secret_papers_is_no_setting() -> None:
    with pytest.raises(ValueError, match="mode"):
        ArchiveSettings.model_validate({"mode": "03"})
