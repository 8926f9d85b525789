"""What a package holds: every file listed once with its digest, every paper described, names safe everywhere."""

import hashlib
import json
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree

from congkhai.plugin.archive import KINDS, Request, Shelf, check_package, export_dossier, load_profile, sealed_ids
from congkhai.plugin.archive.profile import shipped
from congkhai.plugin.errors import CongkhaiError
from congkhai.plugin.store import tables as t

from .shelf import AGENCY, ORGAN, SEALED, Bundle, Sheet, data_of, names_in, put, shelf_in

METS = "{http://www.loc.gov/METS/}"
XLINK = "{http://www.w3.org/1999/xlink}"
PREMIS = "{http://www.loc.gov/premis/v3}"
REQUEST = Request("YC-01", date(2026, 9, 1), "02", "Thanh tra việc công khai ngân sách")


def exported(shelf: Shelf, out: Path, kind: str = "sip", bundle: Bundle | None = None) -> Path:
    """Put a bundle on the shelf and pack it."""
    request = REQUEST if kind == "dip" else None
    path = export_dossier(shelf, put(shelf, bundle or Bundle()), kind, out, request=request).path
    assert path is not None
    return path


def flat(path: Path, name: str) -> dict[str, str]:
    """Read a flat description."""
    return {str(one.tag): one.text or "" for one in etree.fromstring(data_of(path, name))}


def papers(path: Path) -> list[dict[str, str]]:
    """Read the descriptions of all papers."""
    return [flat(path, name) for name in names_in(path) if "/rep1/metadata/descriptive/" in name]


@pytest.mark.parametrize("profile", shipped())
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_every_profile_reads_back_sound(tmp_path: Path, profile: str, kind: str) -> None:
    with shelf_in(tmp_path / "store", profile=profile) as shelf:
        report = check_package(exported(shelf, tmp_path / "out", kind))
    assert report.findings == ()
    assert (report.kind, report.papers, report.valid_schemas) == (kind.upper(), 2, 3)
    assert report.software.startswith("congkhai ")


def test_the_tree_is_that_of_sip_hoso(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out)
    names = names_in(path)
    assert names[0] == "METS.xml"
    stem = f"{ORGAN}.2026.CK-0001"
    assert set(names) == {
        "METS.xml", "documentation/HUONG-DAN.txt", "metadata/descriptive/EAD.xml", "schemas/EAD.xsd",
        "schemas/EAD_doc.xsd", "schemas/METS.xsd", "representations/rep1/METS.xml",
        *(f"representations/rep1/metadata/descriptive/EAD_doc_{stem}.000000{rank}.xml" for rank in (1, 2)),
        *(f"representations/rep1/data/{stem}.{rest}" for rest in (
            "0000000.1.asice", "0000000.2.xml", "0000000.3.json", "0000000.4.jsonl", "0000001.pdf", "0000002.pdf",
            "0000002.1.xml",
        )),
    }  # fmt: skip
    root = etree.fromstring(data_of(path, "METS.xml"))
    assert f"{root.get('OBJID')}.zip" == path.name
    assert root.get("OBJID", "").upper().replace("UUID-", "uuid-") == root.get("OBJID")
    assert root.findtext(f"{METS}metsHdr/{METS}altRecordID") == "NL-2026-01"


def test_the_dossier_is_described_by_the_fields_of_nd_30_and_tt_05(shelf: Shelf, out: Path) -> None:
    fields = flat(exported(shelf, out), "metadata/descriptive/EAD.xml")
    assert fields == {
        "fileCode": f"{ORGAN}.2026.CK-0001", "title": Bundle().title, "maintenance": "05", "mode": "02",
        "language": "01", "startDate": "01/07/2026", "endDate": "03/08/2026", "totalDoc": "2", "numberOfPage": "2",
        "confidenceLevel": "01", "riskRecovery": "0", "description": "Lê Văn Mẫu",
    }  # fmt: skip


def test_each_paper_is_described_and_joined_to_its_file(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out)
    decision, minutes = papers(path)
    assert decision | {"docCode": ""} == {
        "docId": "CK-0001.1", "docCode": "", "maintenance": "05", "typeName": "02", "codeNumber": "127",
        "codeNotation": "QĐ-UBND", "issuedDate": "01/07/2026", "organName": "UBND xã Mẫu Sơn",
        "subject": Sheet().subject, "language": "01", "numberOfPage": "2", "mode": "02", "confidenceLevel": "01",
        "riskRecovery": "0", "process": "1",
    }  # fmt: skip
    assert decision["docCode"] == f"{ORGAN}.2026.CK-0001.0000001"
    assert (minutes["typeName"], minutes["codeNumber"], minutes["codeNotation"]) == ("20", "15", "BB-UBND")
    mets = etree.fromstring(data_of(path, "representations/rep1/METS.xml"))
    described = {one.get("ID"): one[0].get(f"{XLINK}href") for one in mets.iter(f"{METS}dmdSec")}
    files = {one.get("ID"): one[0].get(f"{XLINK}href") for one in mets.iter(f"{METS}file")}
    joined = {
        described[div.get("DMDID")]: [files[one.get("FILEID")] for one in div.iter(f"{METS}fptr")]
        for div in mets.iter(f"{METS}div")
        if div.get("LABEL") == "MetadataLink/File"
    }
    stem = f"{ORGAN}.2026.CK-0001"
    assert joined == {
        f"metadata/descriptive/EAD_doc_{stem}.0000001.xml": [f"data/{stem}.0000001.pdf"],
        f"metadata/descriptive/EAD_doc_{stem}.0000002.xml": [f"data/{stem}.0000002.pdf", f"data/{stem}.0000002.1.xml"],
    }


def test_digests_and_sizes_in_mets_are_those_of_the_bytes(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out)
    listed = 0
    for base in ("", "representations/rep1/"):
        for one in etree.fromstring(data_of(path, f"{base}METS.xml")).iter(f"{METS}file", f"{METS}mdRef"):
            place = one if one.tag == f"{METS}mdRef" else one[0]
            data = data_of(path, base + (place.get(f"{XLINK}href") or ""))
            assert (one.get("CHECKSUM"), one.get("SIZE")) == (
                hashlib.sha256(data).hexdigest().upper(), str(len(data)),
            )  # fmt: skip
            assert (one.get("CREATED") or "") == "2026-08-03T10:30:00.000+07:00"
            listed += 1
    assert listed == len(names_in(path)) - 1


def test_the_sealed_container_and_the_journal_extract_lie_in_the_representation(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out)
    stem = f"representations/rep1/data/{ORGAN}.2026.CK-0001.0000000"
    with shelf.store.read() as connection:
        sealed = connection.scalar(sa.select(t.dossier.c.sha256))
    assert hashlib.sha256(data_of(path, f"{stem}.1.asice")).hexdigest() == sealed
    entries = [json.loads(line) for line in data_of(path, f"{stem}.4.jsonl").splitlines()]
    assert [json.loads(one["body"])["act"] for one in entries] == [
        "document.received", "minutes.made", "minutes.signed", "dossier.sealed",
    ]  # fmt: skip
    for one in entries:  # the extract can be recomputed without the store
        whole = b"\x00" + bytes.fromhex(one["prev"]) + one["body"].encode()
        assert hashlib.sha256(whole).hexdigest() == one["hash"]


def test_an_aip_tells_the_history_of_the_dossier_in_premis(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out, "aip")
    history = etree.fromstring(data_of(path, "metadata/preservation/PREMIS.xml"))
    assert [one.text for one in history.iter(f"{PREMIS}eventType")] == [
        "ingestion", "creation", "digital signature validation", "information package creation",
    ]  # fmt: skip
    files = etree.fromstring(data_of(path, "representations/rep1/metadata/preservation/PREMIS_rep1.xml"))
    names = [one.text for one in files.iter(f"{PREMIS}objectIdentifierValue")]
    assert sorted(f"representations/rep1/{one}" for one in names) == sorted(
        one for one in names_in(path) if "/data/" in one
    )
    assert "arcFileCode" in flat(path, "metadata/descriptive/EAD.xml")


def test_a_dip_describes_the_request_and_needs_one(shelf: Shelf, out: Path) -> None:
    fields = flat(exported(shelf, out, "dip"), "metadata/descriptive/EAD.xml")
    assert fields == {
        "requestID": "YC-01", "requestDate": "01/09/2026", "purpose": "02", "purposeContent": REQUEST.content,
    }  # fmt: skip
    with pytest.raises(CongkhaiError, match="DIP"):
        export_dossier(shelf, Bundle().id, "dip", out)


def test_the_same_dossier_gives_the_same_bytes_and_another_seal_another_name(tmp_path: Path) -> None:
    made = []
    for place in ("a", "b"):
        with shelf_in(tmp_path / place) as shelf:
            made.append(exported(shelf, tmp_path / f"out-{place}"))
    assert made[0].name == made[1].name
    first, second = (zipfile.ZipFile(path) for path in made)
    differing = [name for name in first.namelist() if first.read(name) != second.read(name)]
    first.close()
    second.close()
    # Two stores differ in their node's name, so in their journals; within one store nothing differs.
    assert all(name.endswith(("jsonl", "METS.xml")) for name in differing)
    with shelf_in(tmp_path / "c") as shelf:
        id_ = put(shelf)
        one = export_dossier(shelf, id_, "sip", tmp_path / "out-1").path
        two = export_dossier(shelf, id_, "sip", tmp_path / "out-2").path
        assert one is not None
        assert two is not None
        assert one.read_bytes() == two.read_bytes()
        other = exported(shelf, tmp_path / "out-3", bundle=Bundle(id="h0000000000000002"))
        assert other.name != one.name


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        ("Đ" * 200, "Đ" * 200),
        (unicodedata.normalize("NFD", "Về việc phân bổ"), "Về việc phân bổ"),
        ("Quyết định \u202e123\u202c số\u200b 5", "Quyết định 123 số 5"),
        ("dòng một\ndòng\thai\x07", "dòng một dòng hai"),
    ],
)
def test_odd_names_and_subjects_come_out_composed_and_readable(
    shelf: Shelf, out: Path, subject: str, written: str
) -> None:
    path = exported(shelf, out, bundle=Bundle(sheets=(Sheet(subject=subject),)))
    assert papers(path)[0]["subject"] == written
    assert all(name.isascii() and len(name) < 150 for name in names_in(path))
    assert check_package(path).sound


def test_a_kind_of_paper_without_code_is_other_and_keeps_its_words(shelf: Shelf, out: Path) -> None:
    path = exported(shelf, out, bundle=Bundle(sheets=(Sheet(type="Sao y"),)))
    assert papers(path)[0]["typeName"] == "32"
    assert papers(path)[0]["description"] == "Sao y"


@pytest.mark.parametrize(
    ("bundle", "field"),
    [
        (Bundle(sheets=(Sheet(number="12345678901234/QĐ-UBND"),)), "codeNumber"),
        (Bundle(sheets=(Sheet(subject="x" * 501),)), "subject"),
        (Bundle(rights="Mật"), "Mật"),
    ],
)
def test_what_does_not_fit_stops_the_export_and_names_the_field(
    shelf: Shelf, out: Path, bundle: Bundle, field: str
) -> None:
    id_ = put(shelf, bundle)
    with pytest.raises(CongkhaiError, match=field) as caught:
        export_dossier(shelf, id_, "sip", out)
    assert caught.value.code == "congkhai-E771"
    assert not out.exists() or list(out.iterdir()) == []


def test_retention_codes_are_the_agencys_and_warn_until_they_are_confirmed(tmp_path: Path) -> None:
    with shelf_in(tmp_path / "a") as shelf:
        notes = export_dossier(shelf, put(shelf), "sip", tmp_path / "out").notes
        assert "05" in notes[0]
        assert "retention-confirmed" in notes[0]
    settings = {"retention-codes": "20 năm=07, 5 năm=06", "retention-confirmed": "yes"}
    with shelf_in(tmp_path / "b", **settings) as shelf:
        done = export_dossier(shelf, put(shelf), "sip", tmp_path / "out")
        assert done.notes == ()
        assert done.path is not None
        assert flat(done.path, "metadata/descriptive/EAD.xml")["maintenance"] == "07"


def test_the_same_file_in_two_papers_is_described_as_both(shelf: Shelf, out: Path) -> None:
    sheets = (Sheet(), Sheet(name="van-ban/02-1-quyet-dinh.pdf", number="128/QĐ-UBND"))
    path = exported(shelf, out, bundle=Bundle(sheets=sheets))
    assert [one["codeNumber"] for one in papers(path)] == ["127", "128", "15"]


def test_all_volumes_of_a_dossier_travel_in_one_package(shelf: Shelf, out: Path) -> None:
    sheets = tuple(Sheet(name=f"van-ban/{rank:02}-1-x.pdf", data=b"%PDF " + str(rank).encode()) for rank in range(1, 8))
    path = exported(shelf, out, bundle=Bundle(sheets=sheets, volumes=3))
    assert sum(name.endswith(".asice") for name in names_in(path)) == 3
    report = check_package(path)
    assert (report.papers, report.findings) == (8, ())
    assert data_of(path, f"representations/rep1/data/{ORGAN}.2026.CK-0001.0000007.pdf") == b"%PDF 7"


def test_dossiers_of_staff_matters_are_packed_like_the_others(shelf: Shelf, out: Path) -> None:
    id_ = put(shelf)
    with shelf.store.write(AGENCY, "test") as tx:
        tx.connection.execute(sa.update(t.dossier).values(disclosure=None, subject="s-1", kind="decision"))
        tx.connection.execute(
            sa.insert(t.staff_matter).values(
                id="s-1", agency=AGENCY, kind="decision", number="1", title="x", year=2026, facts={}, state="closed",
                opened_at=SEALED, opened_by="x",
            )
        )  # fmt: skip
    assert sealed_ids(shelf.store, AGENCY) == [id_]
    assert sealed_ids(shelf.store, "other") == []
    assert export_dossier(shelf, id_, "sip", out).state == "written"


def test_published_schemas_replace_ours_and_all_must_be_there(tmp_path: Path) -> None:
    folder = tmp_path / "xsd"
    folder.mkdir()
    with shelf_in(tmp_path / "a", schemas=str(folder)) as shelf:
        with pytest.raises(CongkhaiError, match=r"METS\.xsd") as caught:
            export_dossier(shelf, put(shelf), "sip", tmp_path / "out")
        assert caught.value.code == "congkhai-E770"
    with shelf_in(tmp_path / "b") as shelf:
        path = exported(shelf, tmp_path / "out")
        for name in ("METS.xsd", "EAD.xsd", "EAD_doc.xsd"):
            (folder / name).write_bytes(data_of(path, f"schemas/{name}"))
        (folder / "xlink.xsd").write_text("<schema/>")
    with shelf_in(tmp_path / "c", schemas=str(folder)) as shelf:
        other = exported(shelf, tmp_path / "out-2")
        assert "schemas/xlink.xsd" in names_in(other)
        assert other.name != path.name


def test_a_stranger_can_verify_a_package_with_unzip_and_xmllint_only(shelf: Shelf, out: Path, tmp_path: Path) -> None:
    path = exported(shelf, out)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "opened")
    (top,) = (tmp_path / "opened").iterdir()
    for schema, file in (("METS.xsd", "METS.xml"), ("METS.xsd", "representations/rep1/METS.xml"),
                         ("EAD.xsd", "metadata/descriptive/EAD.xml")):  # fmt: skip
        command = ["xmllint", "--noout", "--nonet", "--schema", f"schemas/{schema}", file]
        done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr.strip()) == (0, f"{file} validates")


def test_three_hundred_papers_are_listed_and_another_agency_sees_nothing(shelf: Shelf, out: Path) -> None:
    sheets = tuple(
        Sheet(name=f"van-ban/{rank:03}-1-x.pdf", number=f"{rank}/QĐ-UBND", data=b"%PDF " + str(rank).encode())
        for rank in range(1, 301)
    )
    report = check_package(exported(shelf, out, bundle=Bundle(sheets=sheets)))
    assert (report.papers, report.findings) == (301, ())
    with pytest.raises(CongkhaiError) as caught:
        export_dossier(replace(shelf, agency="other"), Bundle().id, "sip", out)
    assert caught.value.code == "congkhai-E776"
    assert shelf.agency == AGENCY


def test_no_profile_can_write_secret_papers(tmp_path: Path) -> None:
    own = tmp_path / "own.ini"
    own.write_text("[profile]\nid = own\nversion = 1\ntitle = x\nbase = tt05-circular\n[list:mode]\n03 = mật\n")
    with pytest.raises(CongkhaiError, match="03") as caught:
        load_profile(str(own))
    assert caught.value.code == "congkhai-E770"
