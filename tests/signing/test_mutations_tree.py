"""Hundreds of variants of our own files: none passes unless what was signed is untouched and nothing was added."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from congkhai.signing import FileKey, FileReport, Indication, Trust, member_from_bytes, verify_bytes, verify_path

from .long_term import with_archive
from .mutations import container_variants
from .mutations_tree import shown, tree_variants
from .past_world import HOUR, make
from .pki import NOW
from .samples import container_signature, minutes_xml, sealed, sign

SIGNATURES = "META-INF/signatures.xml"


def facts(file: FileReport) -> list[tuple[object, ...]]:
    """What a reader is told about each signature."""
    return [
        (one.signer, one.role, one.signing_time, one.covers, one.scope, one.certificate_sha256)
        for one in file.signatures
    ]


def check(good: bytes, trust: Trust, at: object = NOW) -> tuple[int, int]:
    """Judge every variant; return how many there were and how many passed."""
    honest = verify_bytes(good, "m.xml", trust, at)  # type: ignore[arg-type]  # a moment
    assert honest.indication is Indication.PASSED, honest
    count = passed = 0
    for attack, data in tree_variants(good):
        count += 1
        found = verify_bytes(data, "m.xml", trust, at)  # type: ignore[arg-type]  # a moment
        if found.indication is not Indication.PASSED:
            assert found.findings or any(one.messages for one in found.signatures), attack
            continue
        passed += 1
        assert shown(data) == shown(good), attack
        assert facts(found) == facts(honest), attack
    return count, passed


def test_variants_of_minutes(key: FileKey, trust: Trust) -> None:
    count, passed = check(sign(minutes_xml(("head",)), key, role="head", place="Đông Sơn"), trust)
    assert count > 400
    assert 0 < passed < count // 5  # comments, and what no signature covers


def test_variants_of_minutes_with_long_term_data(tmp_path: Path) -> None:
    world = make(tmp_path)
    good = with_archive(world.at_lt(NOW, NOW + HOUR), world.id, world.service(NOW + 2 * HOUR))
    count, passed = check(good, world.trust(*world.lists(NOW + 3 * HOUR)), NOW + 4 * HOUR)
    assert count > 600
    assert 0 < passed < count // 5  # comments, and what no signature covers


def simple_container(key: FileKey) -> bytes:
    """An ASiC-S container with a manifest that it would not need."""
    member = member_from_bytes("trang.html", "text/html", b"<!DOCTYPE html><html><body>trang</body></html>")
    listed = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.etsi.asic-s+zip"/><manifest:file-entry manifest:full-path="trang.html" '
        'manifest:media-type="text/html"/></manifest:manifest>'
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive, member.open() as stream:
        archive.writestr(zipfile.ZipInfo("mimetype"), b"application/vnd.etsi.asic-s+zip")
        archive.writestr(zipfile.ZipInfo("trang.html"), stream.read())
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), listed)
        archive.writestr(zipfile.ZipInfo(SIGNATURES), container_signature([member], key))
    return out.getvalue()


def test_variants_of_a_simple_container(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    path = tmp_path / "a.asics"
    good = simple_container(key)
    path.write_bytes(good)
    assert verify_path(path, trust, NOW).indication is Indication.PASSED
    count = 0
    for attack, data in container_variants(good, "application/vnd.etsi.asic-s+zip"):
        if data == good:
            continue  # there is nothing of the kind in this container
        path.write_bytes(data)
        report = verify_path(path, trust, NOW)
        # One file needs no list of files; the signature says which it is.
        assert (report.indication is Indication.PASSED) == (attack == "manifest dropped"), attack
        count += 1
    assert count >= 30


@pytest.mark.parametrize("kind", ["asice", "asics"])
def test_variants_of_a_containers_signature_file(key: FileKey, trust: Trust, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "asice":
        sealed(path, key, [member_from_bytes("trang 1.html", "text/html", b"<html>1</html>")])
    else:
        path.write_bytes(simple_container(key))
    honest = verify_path(path, trust, NOW).files[0]
    assert honest.indication is Indication.PASSED
    with zipfile.ZipFile(path) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
    name = next(one for one in parts if "signatures" in one)
    count = passed = 0
    for attack, data in tree_variants(parts[name]):
        with zipfile.ZipFile(path, "w") as archive:
            for one, content in {**parts, name: data}.items():
                archive.writestr(zipfile.ZipInfo(one), content)
        found = verify_path(path, trust, NOW).files[0]
        count += 1
        if found.indication is Indication.PASSED:
            passed += 1
            assert facts(found) == facts(honest), attack
    assert count > 350
    assert 0 < passed < count // 5  # comments, and what no signature covers
