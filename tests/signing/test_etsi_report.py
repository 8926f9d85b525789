"""The report of TS 119 102-2: what it says is what was found. Its schema is held by make interop."""

import pytest
from lxml import etree

from congkhai.signing import FileKey, Indication, Report, Trust, etsi_report, merge, verify_bytes
from congkhai.signing.etsi_report import VR

from .pki import NOW
from .samples import minutes_xml, sign

NS = {"vr": VR}


def report(*files: bytes, trust: Trust) -> Report:
    judged = [verify_bytes(data, f"biên bản {number}.xml", trust, NOW) for number, data in enumerate(files)]
    return merge(Report(one.indication, (one,), one.findings) for one in judged)


def test_each_signature_is_reported_with_its_verdict(key: FileKey, rsa_key: FileKey, trust: Trust) -> None:
    good = sign(sign(minutes_xml(), key, role="head"), rsa_key, role="front")
    bad = good.replace("công khai".encode(), "Công khai".encode())
    root = etree.fromstring(etsi_report(report(good, bad, trust=trust), NOW))
    status = [one.text for one in root.iterfind(".//vr:SignatureValidationStatus/vr:MainIndication", NS)]
    assert [one.rpartition(":")[2] for one in status] == ["total-passed"] * 2 + ["total-failed"] * 2
    subs = [one.text for one in root.iterfind(".//vr:SignatureValidationStatus/vr:SubIndication", NS)]
    assert subs == ["urn:etsi:019102:subindication:HASH_FAILURE"] * 2
    assert [one.text for one in root.iterfind(".//vr:Role", NS)] == ["head", "front"] * 2
    assert {one.text for one in root.iterfind(".//vr:ValidationTime", NS)} == {"2026-11-20T03:00:00Z"}


def test_objects_that_are_referred_to_are_there_once(key: FileKey, trust: Trust) -> None:
    good = sign(minutes_xml(), key)
    root = etree.fromstring(etsi_report(report(good, good, trust=trust), NOW))
    there = [one.get("id") for one in root.iterfind(".//vr:ValidationObject", NS)]
    meant = {one.get("VOReference") for one in root.iter() if one.get("VOReference")}
    assert len(there) == len(set(there)) == 3  # two files, one certificate
    assert meant == set(there)


def test_a_file_without_signature_is_reported_too(trust: Trust) -> None:
    found = report(minutes_xml(), trust=trust)
    assert found.indication is Indication.INDETERMINATE
    root = etree.fromstring(etsi_report(found, NOW))
    (main,) = root.iterfind(".//vr:MainIndication", NS)
    assert main.text == "urn:etsi:019102:mainindication:indeterminate"
    with pytest.raises(ValueError, match="at least one file"):
        etsi_report(Report(Indication.INDETERMINATE, ()), NOW)
