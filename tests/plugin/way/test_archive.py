"""A dossier that came the whole way, packed for the archive: what was sealed is what is handed over."""

import json
import zipfile
from pathlib import Path

from lxml import etree

from congkhai.plugin.archive import Exported, Shelf, check_package, export_dossier
from congkhai.signing import Trust, verify_path

from .conftest import OpenOffice
from .office import Office


def _export(office: Office, kind: str = "sip", folder: str = "nop-luu") -> Exported:
    house, dossier = office.house, office.dossier()
    assert dossier is not None
    return export_dossier(
        Shelf(house.store, house.agency, house.configuration.archive), dossier.id, kind, office.folder / folder
    )


def test_a_filed_dossier_becomes_a_sip_that_reads_back_and_verifies(at_stage: OpenOffice, tmp_path: Path) -> None:
    office = at_stage("last")
    office.sign("head")
    done = _export(office)
    assert done.path is not None
    report = check_package(done.path)
    assert report.findings == ()
    with zipfile.ZipFile(done.path) as archive:
        archive.extractall(tmp_path / "opened")
    (container,) = (tmp_path / "opened").rglob("*.asice")
    assert verify_path(container, Trust.load(office.folder / "trust"), office.now).indication == "TOTAL_PASSED"
    described = [
        {str(one.tag): one.text for one in etree.parse(file).getroot()}
        for file in sorted((tmp_path / "opened").rglob("EAD_doc_*.xml"))
    ]
    # Decision, plan, posting and closing minutes, report: each once, each a paper of its kind.
    assert report.papers == len(described) == 5
    kinds = [one["typeName"] for one in described]
    assert kinds.count("20") == 2
    assert {"10", "14"} <= set(kinds)
    assert {one["process"] for one in described} == {"1"}
    assert office.journal("dossier.packaged")[0]["facts"]["sha256"] == done.sha256


def test_packing_again_says_that_it_is_there_and_an_aip_tells_the_whole_history(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    assert _export(office).state == "written"
    assert _export(office).state == "present"
    assert len(office.journal("dossier.packaged")) == 1
    path = _export(office, "aip").path
    assert path is not None
    with zipfile.ZipFile(path) as archive:
        (history,) = (name for name in archive.namelist() if name.endswith("/metadata/preservation/PREMIS.xml"))
        types = [one.text for one in etree.fromstring(archive.read(history)).iter("{*}eventType")]
        (extract,) = (name for name in archive.namelist() if name.endswith(".jsonl"))
        acts = [json.loads(json.loads(line)["body"])["act"] for line in archive.read(extract).splitlines()]
    assert types.count("ingestion") >= 1
    assert types.count("digital signature validation") >= 7  # two minutes with three signers, and the report
    assert types[-1] == "information package creation"
    assert acts[-1] == "dossier.sealed"
    assert "posting.down" in acts
