"""ASiC-S containers with XAdES, and timestamps that lie in containers beside the signatures."""

import base64
import datetime as dt
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from congkhai.signing import (
    FileKey,
    FileReport,
    Guard,
    Indication,
    Member,
    Trust,
    member_from_bytes,
    verify_path,
)

from .pki import NOW, Pki
from .samples import container_signature, minutes_xml, sealed, sign, trust_of
from .stamping import OwnTsa, service_identity

SIMPLE = b"application/vnd.etsi.asic-s+zip"
EXTENDED = b"application/vnd.etsi.asic-e+zip"
SIGNATURES = "META-INF/signatures.xml"
HOUR = dt.timedelta(hours=1)
PAPER = member_from_bytes("quyết định.txt", "text/plain", "Quyết định số 15".encode())
Parts = dict[str, bytes]


def pack(path: Path, parts: Parts) -> Path:
    """Write a zip file, the mimetype first and everything stored."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def simple(key: FileKey, member: Member = PAPER) -> Parts:
    """The parts of a good ASiC-S container."""
    with member.open() as stream:
        data = stream.read()
    return {"mimetype": SIMPLE, member.name: data, SIGNATURES: container_signature([member], key)}


@pytest.fixture(scope="module")
def service(pki: Pki) -> Callable[..., OwnTsa]:
    identity = service_identity(pki.issuing)

    def make(at: dt.datetime = NOW - HOUR, *faults: str) -> OwnTsa:
        return OwnTsa(identity, at, frozenset(faults))

    return make


def only(path: Path, trust: Trust, at: dt.datetime = NOW) -> FileReport:
    return verify_path(path, trust, at).files[0]


def finding_ids(file: FileReport) -> list[str]:
    return [one.id for one in file.findings]


def test_one_file_with_its_signature_passes(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.asics", simple(key))
    file = only(path, trust)
    assert (file.format, file.indication, file.findings) == ("asics", Indication.PASSED, ()), file
    (one,) = file.signatures
    assert (one.level, one.covers, one.scope) == ("B", "FULL", ("quyết định.txt",))
    assert verify_path(path, trust, NOW, guard=Guard()).files == (file,)


def test_the_type_decides_and_not_the_name_of_the_file(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    assert only(pack(tmp_path / "a.zip", simple(key)), trust).format == "asics"
    assert only(pack(tmp_path / "a.asice", simple(key)), trust).format == "asics"


def test_signed_minutes_inside_are_judged_too(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    member = member_from_bytes("biên bản.xml", "application/xml", sign(minutes_xml(), key))
    outer, inner = verify_path(pack(tmp_path / "a.scs", simple(key, member)), trust, NOW).files
    assert (outer.format, inner.format, inner.indication) == ("asics", "xml", Indication.PASSED)


def test_what_does_not_belong_into_a_simple_container_keeps_it_open(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    good = simple(key)
    for number, (change, found) in enumerate(
        [
            ({"thêm.txt": b"x"}, {"V19", "V10", "V03"}),
            ({"META-INF/signatures2.xml": good[SIGNATURES].replace(b'Id="', b'Id="x')}, {"V19"}),
            ({"META-INF/x.bin": b"x"}, {"V12"}),
            ({"META-INF/signature.p7s": b"x"}, {"V21"}),
            ({"META-INF/evidencerecord.xml": b"<x/>"}, {"V21"}),
            ({"META-INF/ASiCEvidenceRecordManifest1.xml": b"<x/>", "META-INF/evidencerecord1.ers": b"x"}, {"V21"}),
        ]
    ):
        file = only(pack(tmp_path / f"{number}.asics", {**good, **change}), trust)
        assert file.indication is not Indication.PASSED, change
        assert found <= set(finding_ids(file)), (change, file.findings)


def test_changed_missing_or_mislabelled_parts_never_pass(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    good = simple(key)
    variants: list[Parts] = [
        {**good, "quyết định.txt": b"x"},
        {name: data for name, data in good.items() if name != "mimetype"},
        {name: data for name, data in good.items() if name != "quyết định.txt"},
        {name: data for name, data in good.items() if name != SIGNATURES},
        {**good, "mimetype": EXTENDED},
        {**good, "mimetype": b"text/plain"},
        {**good, "mimetype": SIMPLE + b"\n"},
        {SIGNATURES: good[SIGNATURES], "quyết định.txt": good["quyết định.txt"], "mimetype": SIMPLE},
        {**good, "META-INF/manifest.xml": b"<x/>"},
        {**good, SIGNATURES: good[SIGNATURES].replace(b"</asic:", b"<x/></asic:")},
    ]
    for number, parts in enumerate(variants):
        report = verify_path(pack(tmp_path / f"{number}.asics", parts), trust, NOW)
        assert report.indication is not Indication.PASSED, number


def test_a_timestamp_over_the_one_file_is_judged(
    key: FileKey, trust: Trust, tmp_path: Path, service: Callable[..., OwnTsa]
) -> None:
    good = simple(key)
    imprint = hashlib.sha256(good["quyết định.txt"]).digest()
    for faults, severity in (((), "info"), (("imprint",), "error"), (("signature",), "error")):
        parts = {**good, "META-INF/timestamp.tst": service(NOW - HOUR, *faults).token(imprint)}
        file = only(pack(tmp_path / f"{severity}{faults}.asics", parts), trust)
        assert [(one.id, one.severity) for one in file.findings] == [("V20", severity)]
        assert (file.indication is Indication.PASSED) == (not faults)
    alone = {name: data for name, data in parts.items() if name != SIGNATURES}
    file = only(pack(tmp_path / "alone.asics", {**alone, "META-INF/timestamp.tst": service().token(imprint)}), trust)
    assert file.indication is Indication.INDETERMINATE
    assert {"V02", "V20"} <= set(finding_ids(file))  # a timestamp is no signature


def manifest(covered: Parts, place: str = "META-INF/timestamp001.tst") -> bytes:
    """Write an ASiCManifest by hand."""
    from urllib.parse import quote

    references = "".join(
        f'<asic:DataObjectReference URI="{quote(name)}"><ds:DigestMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>'
        f"{base64.b64encode(hashlib.sha256(data).digest()).decode()}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in covered.items()
    )
    return (
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" '
        f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="{place}" '
        f'MimeType="application/vnd.etsi.timestamp-token"/>{references}</asic:ASiCManifest>'
    ).encode()


def members_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archived(good: Parts, tsa: OwnTsa, *, covered: Parts | None = None) -> Parts:
    """Add an archive manifest over signatures and files, with its timestamp."""
    inside = {name: data for name, data in good.items() if name not in {"mimetype", "META-INF/manifest.xml"}}
    listed = manifest(inside if covered is None else covered)
    token = tsa.token(hashlib.sha256(listed).digest())
    return {**good, "META-INF/ASiCArchiveManifest001.xml": listed, "META-INF/timestamp001.tst": token}


@pytest.fixture
def container(key: FileKey, tmp_path: Path) -> Parts:
    return members_of(sealed(tmp_path / "good.asice", key))


def test_an_archive_timestamp_proves_the_signatures_that_it_covers(
    container: Parts, trust: Trust, tmp_path: Path, service: Callable[..., OwnTsa]
) -> None:
    stamped = NOW - dt.timedelta(minutes=30)
    report = verify_path(pack(tmp_path / "a.asice", archived(container, service(stamped))), trust, NOW)
    assert report.indication is Indication.PASSED, report
    outer, inner = report.files
    assert finding_ids(outer) == ["V20"]
    (one,) = outer.signatures
    assert (one.best_signature_time, one.timestamp_time) == (stamped, stamped)
    assert [(stamp.kind, stamp.indication) for stamp in one.timestamps] == [("container", Indication.PASSED)]
    assert inner.signatures[0].best_signature_time == stamped


def test_a_signer_revoked_after_the_archive_timestamp_still_passes(
    pki: Pki, tmp_path: Path, service: Callable[..., OwnTsa]
) -> None:
    from .samples import file_key

    own = Pki.make("Gốc thu hồi")
    person = own.issuing.issue("Người Mẫu")
    good = members_of(sealed(tmp_path / "good.asice", file_key(person, tmp_path)))
    path = pack(tmp_path / "a.asice", archived(good, service(NOW - dt.timedelta(minutes=50))))
    own.issuing.revoke(person, NOW - dt.timedelta(minutes=10))
    own.trust_folder(tmp_path / "trust", crls=False)
    (tmp_path / "trust" / "later.crl").write_bytes(own.issuing.crl(NOW))
    (tmp_path / "trust" / "root.crl").write_bytes(own.root.crl())
    pki.trust_folder(tmp_path / "trust" / "timestamp")
    trust = Trust.load(tmp_path / "trust")
    assert only(path, trust, NOW + HOUR).signatures[0].indication is Indication.PASSED
    bare = only(tmp_path / "good.asice", trust, NOW + HOUR)
    assert bare.signatures[0].sub_indication == "REVOKED_NO_POE"


def test_a_manifest_or_token_that_is_not_right_keeps_the_container_open(
    container: Parts, trust: Trust, tmp_path: Path, service: Callable[..., OwnTsa]
) -> None:
    name = next(one for one in container if one.endswith(".html"))
    good = archived(container, service())
    listed, token = "META-INF/ASiCArchiveManifest001.xml", "META-INF/timestamp001.tst"
    variants: list[tuple[Parts, set[str]]] = [
        (archived(container, service(), covered={name: b"another"}), {"V20", "V21"}),
        (archived(container, service(), covered={"không có.txt": b"x"}), {"V20", "V21"}),
        (archived(container, service(), covered={}), {"V20", "V21"}),
        (archived(container, service(NOW - HOUR, "imprint")), {"V20"}),
        (archived(container, service(NOW - HOUR, "signature")), {"V20"}),
        ({**good, listed: good[listed].replace(b"timestamp001", b"timestamp002")}, {"V20", "V21"}),
        ({**good, listed: good[listed].replace(b"timestamp001.tst", b"signature1.p7s")}, {"V21"}),
        ({**good, listed: good[listed].replace(b"xmlenc#sha256", b"xmlenc#md5")}, {"V20", "V21"}),
        ({**good, listed: good[listed].replace(b">", b"> ", 1)}, {"V20"}),
        ({**good, listed: b"<!DOCTYPE x><x/>"}, {"V20", "V21"}),
        ({**good, token: b"x"}, {"V20"}),
        ({one: data for one, data in good.items() if one != listed}, {"V21"}),
        ({one: data for one, data in good.items() if one != token}, {"V20"}),
    ]
    for number, (parts, found) in enumerate(variants):
        file = only(pack(tmp_path / f"{number}.asice", parts), trust)
        assert file.indication is Indication.INDETERMINATE, (number, file)
        assert found <= set(finding_ids(file)), (number, file.findings)
        assert file.signatures[0].timestamp_time is None


def test_a_timestamp_of_an_unknown_service_proves_nothing(container: Parts, trust: Trust, tmp_path: Path) -> None:
    stranger = OwnTsa(service_identity(Pki.make("Gốc lạ").issuing), NOW - HOUR)
    file = only(pack(tmp_path / "a.asice", archived(container, stranger)), trust)
    assert file.indication is Indication.INDETERMINATE
    assert file.signatures[0].timestamp_time is None


def test_a_later_archive_manifest_covers_the_earlier_token(
    container: Parts, trust: Trust, tmp_path: Path, service: Callable[..., OwnTsa]
) -> None:
    first = archived(container, service(NOW - dt.timedelta(minutes=50)))
    inside = {name: data for name, data in first.items() if name not in {"mimetype", "META-INF/manifest.xml"}}
    listed = manifest(inside, "META-INF/timestamp002.tst")

    def again(at: dt.datetime) -> Parts:
        token = service(at).token(hashlib.sha256(listed).digest())
        return {**first, "META-INF/ASiCArchiveManifest002.xml": listed, "META-INF/timestamp002.tst": token}

    file = only(pack(tmp_path / "a.asice", again(NOW - dt.timedelta(minutes=20))), trust)
    assert file.indication is Indication.PASSED
    assert len(file.signatures[0].timestamps) == 2
    assert file.signatures[0].timestamp_time == NOW - dt.timedelta(minutes=50)


def test_a_trust_without_anything_passes_no_simple_container(key: FileKey, tmp_path: Path) -> None:
    assert only(pack(tmp_path / "a.asics", simple(key)), Trust.nothing()).indication is Indication.INDETERMINATE
    own = Pki.make("Gốc khác nữa")
    assert only(tmp_path / "a.asics", trust_of(own, tmp_path / "t")).indication is Indication.INDETERMINATE
