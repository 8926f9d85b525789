"""Every timestamp is in every report: kind, time, service and whether it holds."""

import datetime as dt
from pathlib import Path

import pytest
from lxml import etree

from congkhai.signing import Indication, Report, etsi_report, verify_bytes, verify_path
from congkhai.signing.etsi_report import VR

from .long_term import with_archive, with_stamp
from .past_world import HOUR, World, make
from .pki import NOW

NS = {"vr": VR}
JUDGED = NOW + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make(tmp_path_factory.mktemp("world"))


def archived(world: World) -> bytes:
    return with_archive(world.at_lt(NOW, NOW + HOUR), world.id, world.service(NOW + 2 * HOUR))


def report_of(world: World, data: bytes) -> Report:
    file = verify_bytes(data, "m.xml", world.trust(*world.lists(NOW + 3 * HOUR)), JUDGED)
    return Report(file.indication, (file,), file.findings)


def test_json_lists_each_timestamp(world: World) -> None:
    (file,) = report_of(world, archived(world)).to_dict()["files"]
    assert file["signatures"][0]["timestamps"] == [
        {
            "kind": kind, "time": time, "service": "CN=Dấu thời gian, O=UBND xã Mẫu, C=VN",
            "indication": "TOTAL_PASSED", "sub_indication": None,
        }
        for kind, time in (("signature", "2026-11-20T03:00:00Z"), ("archive", "2026-11-20T05:00:00Z"))
    ]  # fmt: skip


def test_one_that_does_not_hold_is_listed_with_its_reason(world: World) -> None:
    (file,) = report_of(world, with_stamp(world.document, world.id, world.service(NOW, None, "imprint"))).files
    (stamp,) = file.signatures[0].timestamps
    assert (stamp.indication, stamp.sub_indication) == (Indication.FAILED, "SIG_CONSTRAINTS_FAILURE")
    (file,) = report_of(world, with_stamp(world.document, world.id, world.service(NOW, None, "signature"))).files
    (stamp,) = file.signatures[0].timestamps
    assert (stamp.time, stamp.service, stamp.indication) == (None, "", Indication.FAILED)


def test_the_etsi_report_has_them_as_attributes_and_as_objects_with_a_verdict(world: World) -> None:
    root = etree.fromstring(etsi_report(report_of(world, archived(world)), JUDGED))
    times = {
        name: [one.text for one in root.iterfind(f".//vr:{name}/vr:TimeStampValue", NS)]
        for name in ("SignatureTimeStamp", "ArchiveTimeStamp")
    }
    assert times == {"SignatureTimeStamp": ["2026-11-20T03:00:00Z"], "ArchiveTimeStamp": ["2026-11-20T05:00:00Z"]}
    objects = {one.get("id"): one for one in root.iterfind(".//vr:ValidationObject", NS)}
    meant = [one.get("VOReference") for one in root.iterfind(".//vr:AttributeObject", NS)]
    assert len(meant) == 2
    for one in meant:
        assert objects[one].findtext("vr:ObjectType", namespaces=NS) == "urn:etsi:019102:validationObject:timestamp"
        assert objects[one].findtext(".//vr:MainIndication", namespaces=NS) == "urn:etsi:019102:mainindication:passed"


def test_a_signature_without_timestamps_lists_none(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(world.document)
    (file,) = verify_path(tmp_path / "a.xml", world.anchors, JUDGED).files
    assert file.signatures[0].timestamps == ()
