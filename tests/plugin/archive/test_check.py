"""Reading packages back: every kind of damage is named, and packages made to harm are refused."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from congkhai.plugin.archive import PackageReport, Shelf, check_package, export_dossier
from congkhai.plugin.errors import CongkhaiError

from .shelf import put

Edit = Callable[[dict[str, bytes]], None]


@pytest.fixture
def sip(shelf: Shelf, out: Path) -> Path:
    """A sound package."""
    path = export_dossier(shelf, put(shelf), "sip", out).path
    assert path is not None
    return path


def _changed(path: Path, edit: Edit) -> PackageReport:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    edit(files)
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return check_package(other)


def _one(files: dict[str, bytes], ending: str) -> str:
    return next(name for name in files if name.endswith(ending))


def _drop(ending: str) -> Edit:
    return lambda files: files.pop(_one(files, ending)) and None


def _replace(ending: str, old: bytes, new: bytes) -> Edit:
    def edit(files: dict[str, bytes]) -> None:
        name = _one(files, ending)
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return edit


def _add(files: dict[str, bytes]) -> None:
    files[_one(files, "METS.xml").rsplit("/", 1)[0] + "/la.txt"] = b"x"


def _rename(files: dict[str, bytes]) -> None:
    for name in list(files):
        files["khac/" + name.split("/", 1)[1]] = files.pop(name)


def _twice(files: dict[str, bytes]) -> None:
    name = _one(files, "rep1/METS.xml")
    ids = re.findall(rb'<file ID="([^"]+)"', files[name])
    files[name] = files[name].replace(ids[1], ids[0])


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        (_drop("0000001.pdf"), "P09"),
        (_replace("0000001.pdf", b"%PDF-1.7 van ban", b"%PDF-1.7 van bam"), "P11"),
        (_replace("0000001.pdf", b"%PDF", b"%%PDF"), "P11"),
        (_replace("EAD.xml", b"<maintenance>05<", b"<maintenance>99<"), "P12"),
        (_replace("EAD.xml", b"<mode>02<", b"<mode>03<"), "P13"),
        (_add, "P05"),
        (_rename, "P02"),
        (_twice, "P04"),
        (_replace("rep1/METS.xml", b'DMDID="uuid-', b'DMDID="uuid-X'), "P06"),
        (_drop("rep1/METS.xml"), "P01"),
        (_replace("metadata/descriptive/EAD.xml", b"</simpledc>", b"</simple>"), "P03"),
        (_replace("schemas/EAD.xsd", b"simpledc", b"simpledc\xff"), "P03"),
    ],
)
def test_every_kind_of_damage_is_named(sip: Path, edit: Edit, finding: str) -> None:
    assert check_package(sip).findings == ()
    report = _changed(sip, edit)
    assert finding in {one.id for one in report.findings}
    assert not report.sound


def test_a_package_without_mets_says_so(sip: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        files.pop(min((name for name in files if name.endswith("METS.xml")), key=len))

    assert [one.id for one in _changed(sip, edit).findings] == ["P01"]


def test_order_of_fields_and_letter_case_of_names_do_not_matter(sip: Path) -> None:
    def shuffled(files: dict[str, bytes]) -> None:
        name = _one(files, "metadata/descriptive/EAD.xml")
        fields = re.findall(rb"<(\w+)>([^<]*)</\1>", files[name])
        inner = b"".join(b"<%b>%b</%b>" % (key, value, key) for key, value in reversed(fields))
        files[name] = b"<simpledc>" + inner + b"</simpledc>"

    report = _changed(sip, shuffled)
    assert {one.id for one in report.findings} == {"P11"}  # other bytes, but still valid by the schema
    assert report.valid_schemas == 3


@pytest.mark.parametrize("name", ["../ngoai.txt", "/etc/x", "a/../../b", "x\\y", "c:x", "khong-thu-muc.txt"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("goi/METS.xml", b"<x/>")
        archive.writestr(name, b"x")
    with pytest.raises(CongkhaiError) as caught:
        check_package(path)
    assert caught.value.code == "congkhai-E778"


def test_a_bomb_entities_and_rubbish_are_refused(tmp_path: Path) -> None:
    bomb, entities, rubbish = tmp_path / "bomb.zip", tmp_path / "entities.zip", tmp_path / "rubbish.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("goi/METS.xml", b"0" * 20_000_000)
    with zipfile.ZipFile(entities, "w") as archive:
        archive.writestr("goi/METS.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    rubbish.write_bytes(b"PK\x03\x04 khong phai zip")
    for path in (bomb, entities, rubbish, tmp_path / "khong-co.zip"):
        with pytest.raises(CongkhaiError) as caught:
            check_package(path)
        assert caught.value.code == "congkhai-E778"
