"""Our own files through the verifier: what passes, what stays open, what fails, and the JSON shape."""

import datetime as dt
import json
from pathlib import Path

import pytest

from congkhai.signing import (
    FileKey,
    Indication,
    SigningError,
    SubIndication,
    Trust,
    UnreadableError,
    member_from_bytes,
    verify_bytes,
    verify_path,
    write_container,
)

from .pki import NOW, Pki
from .samples import container_signature, file_key, members, minutes_xml, sealed, sign, trust_of

HOUR = dt.timedelta(hours=1)
SIGNATURE_KEYS = {
    "id", "signer", "issuer", "serial", "role", "level", "algorithm", "indication", "sub_indication", "signing_time",
    "best_signature_time", "timestamp_time", "revocation", "covers", "scope", "certificate_valid_from",
    "certificate_valid_to", "cert_manager", "integrity", "messages", "timestamps", "chain",
}  # fmt: skip


def test_minutes_with_all_roles_signed_pass(key: FileKey, rsa_key: FileKey, trust: Trust) -> None:
    signed = sign(sign(minutes_xml(("head", "front")), key, role="head", place="Đông Sơn"), rsa_key, role="front")
    report = verify_bytes(signed, "minutes.xml", trust, NOW)
    assert report.indication is Indication.PASSED
    assert [(one.role, one.level, one.covers, one.scope) for one in report.signatures] == [
        ("head", "B", "FULL", ("Body#body",)), ("front", "B", "FULL", ("Body#body",)),
    ]  # fmt: skip
    assert report.signatures[0].signing_time == NOW - HOUR
    assert report.signatures[0].best_signature_time == NOW


def test_the_json_shape_has_all_keys_whatever_happened(key: FileKey, trust: Trust, folder: Path) -> None:
    (folder / "good.xml").write_bytes(sign(minutes_xml(), key))
    (folder / "bad.xml").write_bytes(sign(minutes_xml(), key).replace(b"ds:SignatureValue", b"ds:Other"))
    (folder / "broken.xml").write_bytes(b"<a>")
    (folder / "note.txt").write_text("ghi chú")
    shape = json.loads(json.dumps(verify_path(folder, trust, NOW).to_dict()))
    assert set(shape) == {"indication", "files", "findings"}
    assert shape["indication"] == "TOTAL_FAILED"
    assert [one["path"] for one in shape["files"]] == ["bad.xml", "broken.xml", "good.xml"]
    for one in shape["files"]:
        assert set(one) == {"path", "format", "indication", "signatures"}
        for found in one["signatures"]:
            assert set(found) == SIGNATURE_KEYS
    assert {"id", "severity", "where", "message", "advice"} == set(shape["findings"][0])
    assert [one["where"] for one in shape["findings"] if one["id"] == "V30"] == ["note.txt"]


def test_a_missing_role_is_named_and_keeps_the_file_open(key: FileKey, trust: Trust) -> None:
    report = verify_bytes(sign(minutes_xml(("head", "front")), key, role="head"), "m.xml", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert report.signatures[0].indication is Indication.PASSED
    assert ["“front”" in finding.message for finding in report.findings] == [True]


def test_minutes_without_signature_never_pass(trust: Trust) -> None:
    report = verify_bytes(minutes_xml(("head",)), "m.xml", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert {finding.id for finding in report.findings} == {"V02", "V04"}


def test_a_changed_letter_fails_and_integrity_says_changed(key: FileKey, trust: Trust) -> None:
    changed = sign(minutes_xml(), key).replace("công khai".encode(), "Công khai".encode())
    (one,) = verify_bytes(changed, "m.xml", trust, NOW).signatures
    assert (one.indication, one.sub_indication, one.integrity) == (
        Indication.FAILED, SubIndication.HASH_FAILURE, "changed",
    )  # fmt: skip
    assert one.signer and one.issuer and one.cert_manager


@pytest.mark.parametrize("crls", [True, False])
def test_without_revocation_data_or_trust_nothing_passes(pki: Pki, key: FileKey, tmp_path: Path, *, crls: bool) -> None:
    trust = trust_of(pki, tmp_path / "t", crls=False) if crls else Trust.nothing()
    report = verify_bytes(sign(minutes_xml(), key), "m.xml", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert report.signatures[0].integrity == "intact"
    assert report.signatures[0].revocation == "unknown"


def test_a_revoked_signer_stays_open_without_a_timestamp(tmp_path: Path) -> None:
    pki = Pki.make()
    identity = pki.issuing.issue("Người ký")
    pki.issuing.revoke(identity, NOW - 2 * HOUR)
    signed = sign(minutes_xml(), file_key(identity, tmp_path))
    (one,) = verify_bytes(signed, "m.xml", trust_of(pki, tmp_path / "t"), NOW).signatures
    assert (one.indication, one.sub_indication) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    assert one.revocation == "revoked"


@pytest.mark.parametrize(
    ("ahead", "passes", "noted"),
    [(dt.timedelta(minutes=4), True, False), (7 * HOUR, True, True), (8 * HOUR, False, False)],
)
def test_a_signing_time_ahead_of_the_clock(
    key: FileKey, trust: Trust, ahead: dt.timedelta, *, passes: bool, noted: bool
) -> None:
    (one,) = verify_bytes(sign(minutes_xml(), key, at=NOW + ahead), "m.xml", trust, NOW).signatures
    assert (one.indication is Indication.PASSED) is passes
    assert ("7 giờ" in " ".join(one.messages)) is noted


def test_a_signing_time_outside_of_the_certificate_does_not_pass(key: FileKey, trust: Trust) -> None:
    early = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
    (one,) = verify_bytes(sign(minutes_xml(), key, at=early), "m.xml", trust, NOW).signatures
    assert one.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE


def test_a_container_reports_itself_and_its_signed_members(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    path = sealed(tmp_path / "hồ sơ.asice", key)
    report = verify_path(path, trust, NOW)
    assert report.indication is Indication.PASSED, report
    assert [one.path for one in report.files] == [str(path), f"{path}!Biên bản/biên bản niêm yết.xml"]
    (seal,) = report.files[0].signatures
    assert (seal.covers, seal.role, len(seal.scope)) == ("FULL", "seal", 3)


def test_bad_minutes_inside_a_good_container_are_seen(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    bad = sign(minutes_xml(), key).replace("công khai".encode(), "Công khai".encode())
    report = verify_path(sealed(tmp_path / "a.asice", key, members(minutes=bad)), trust, NOW)
    assert [one.indication for one in report.files] == [Indication.PASSED, Indication.FAILED]
    assert report.indication is Indication.FAILED


def test_minutes_inside_that_cannot_be_read_do_not_slip_through(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    bad = b"<!DOCTYPE Minutes>" + sign(minutes_xml(), key).split(b"?>", 1)[1]
    report = verify_path(sealed(tmp_path / "a.asice", key, members(minutes=bad)), trust, NOW)
    assert report.indication is Indication.FAILED


def test_a_signature_file_inside_a_container_counts_for_its_minutes(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    from lxml import etree

    from .forge import ENVELOPED, EXC, enveloped

    minutes = minutes_xml(("head",))
    alone = etree.tostring(etree.fromstring(minutes)[0], encoding="unicode")
    parts = [
        member_from_bytes("bb/minutes.xml", "application/xml", minutes),
        member_from_bytes(
            "bb/minutes.sig-head.xml", "application/xml", enveloped(key, alone, [(ENVELOPED, ""), (EXC, "")])
        ),
    ]
    report = verify_path(sealed(tmp_path / "a.asice", key, parts), trust, NOW)
    assert report.indication is Indication.PASSED, report
    assert [len(one.signatures) for one in report.files] == [1, 1]


def test_a_member_that_no_signature_covers_keeps_the_container_open(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    parts = members()
    write_container(
        tmp_path / "a.asice",
        [*parts, member_from_bytes("thêm.txt", "text/plain", b"x")],
        [container_signature(parts, key)],
    )
    report = verify_path(tmp_path / "a.asice", trust, NOW)
    assert report.indication is Indication.INDETERMINATE
    assert report.files[0].signatures[0].covers == "PARTIAL"
    assert "thêm.txt" in {finding.where for finding in report.findings}


def test_a_missing_member_is_not_found(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    parts = members()
    write_container(tmp_path / "a.asice", parts[:-1], [container_signature(parts, key)])
    (one,) = verify_path(tmp_path / "a.asice", trust, NOW).files[0].signatures
    assert (one.indication, one.sub_indication) == (Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_a_changed_member_fails(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    parts = members()
    changed = [member_from_bytes(parts[0].name, parts[0].media_type, b"<other/>"), *parts[1:]]
    write_container(tmp_path / "a.asice", changed, [container_signature(parts, key)])
    (one,) = verify_path(tmp_path / "a.asice", trust, NOW).files[0].signatures
    assert one.sub_indication is SubIndication.HASH_FAILURE


def test_swapped_members_fail(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    one, two = (member_from_bytes(name, "text/plain", name.encode()) for name in ("a.txt", "b.txt"))
    swapped = [member_from_bytes("a.txt", "text/plain", b"b.txt"), member_from_bytes("b.txt", "text/plain", b"a.txt")]
    write_container(tmp_path / "a.asice", swapped, [container_signature([one, two], key)])
    assert verify_path(tmp_path / "a.asice", trust, NOW).indication is Indication.FAILED


def test_two_seals_are_both_judged(key: FileKey, rsa_key: FileKey, trust: Trust, tmp_path: Path) -> None:
    parts = members(minutes=sign(minutes_xml(), key))
    write_container(tmp_path / "a.asice", parts, [container_signature(parts, one) for one in (key, rsa_key)])
    report = verify_path(tmp_path / "a.asice", trust, NOW)
    assert report.indication is Indication.PASSED
    assert len(report.files[0].signatures) == 2


def test_a_container_inside_a_container_is_named_and_not_opened(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    inner = sealed(tmp_path / "inner.asice", key).read_bytes()
    parts = [member_from_bytes("inner.asice", "application/vnd.etsi.asic-e+zip", inner)]
    report = verify_path(sealed(tmp_path / "a.asice", key, parts), trust, NOW)
    assert [finding.id for finding in report.findings] == ["V15"]
    assert len(report.files) == 1


def test_a_folder_without_signed_files_never_passes(trust: Trust, folder: Path) -> None:
    assert verify_path(folder, trust, NOW).indication is Indication.INDETERMINATE
    (folder / "a.txt").write_text("x")
    assert {finding.id for finding in verify_path(folder, trust, NOW).findings} == {"V02", "V30"}


def test_the_worst_file_decides_a_folder_and_several_processes_agree(key: FileKey, trust: Trust, folder: Path) -> None:
    (folder / "con").mkdir()
    for index in range(4):
        (folder / "con" / f"{index}.xml").write_bytes(sign(minutes_xml(), key))
    (folder / "x.xml").write_bytes(sign(minutes_xml(), key).replace(b"Title", b"Titel"))
    seen: list[tuple[int, int]] = []
    alone = verify_path(folder, trust, NOW, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)
    assert alone.indication is Indication.FAILED
    assert verify_path(folder, trust, NOW, workers=2) == alone


@pytest.mark.parametrize("content", [b"", b"plain text", b"\x89PNG\r\n"])
def test_one_file_that_carries_no_signature_is_unreadable(trust: Trust, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(UnreadableError) as caught:
        verify_path(tmp_path / "a.bin", trust, NOW)
    assert caught.value.exit_code == 2


def test_a_missing_path_is_unreadable(trust: Trust, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        verify_path(tmp_path / "không có", trust, NOW)


def test_a_moment_without_zone_is_an_error(trust: Trust) -> None:
    with pytest.raises(ValueError, match="zone"):
        verify_bytes(minutes_xml(), "m.xml", trust, NOW.replace(tzinfo=None))


def test_who_must_not_go_on_is_stopped(key: FileKey, trust: Trust, folder: Path) -> None:
    (folder / "a.xml").write_bytes(sign(minutes_xml(), key))
    assert verify_path(folder, trust, NOW).or_raise().files
    with pytest.raises(SigningError, match="--trust"):
        verify_path(folder, Trust.nothing(), NOW).or_raise()
