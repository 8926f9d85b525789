"""What xmlsec1, a program in C that knows nothing of this project, says about the signatures that we make."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from congkhai.plugin.demo.pki import SEAL, DemoPki, make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.signing import (
    FileKey,
    complete,
    complete_container,
    load_pkcs12,
    member_from_bytes,
    prepare,
    prepare_container,
    signature_ids,
    write_container,
)

from .oracles import BODIES, need

ROLES = ("head", "front_chair", "records_officer")
SIGNED_AT = datetime(2026, 8, 3, 2, 30, tzinfo=UTC)
ETSI = "http://uri.etsi.org/01903/v1.3.2#"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
MINUTES = """<?xml version="1.0" encoding="UTF-8"?>
<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">
  <Subject>Biên bản niêm yết: Chương trình công tác quý III năm 2026 &amp; phụ lục</Subject>
  <Place note="bảng tin">Trụ sở UBND xã Mẫu Sơn</Place>
</Body></Minutes>
""".encode()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> DemoPki:
    scenario = load_scenario()
    return make_pki(tmp_path_factory.mktemp("pki"), scenario.agency, scenario.people)


def key(pki: DemoPki, role: str) -> FileKey:
    return load_pkcs12(pki.keys[role].p12, pki.keys[role].password.read_text().strip())


def verify(file: Path, signature: str, trust: Path) -> subprocess.CompletedProcess[str]:
    """Verify one signature, chain included, with xmlsec1, run where the container was unpacked."""
    command = [
        need("xmlsec1", "xmlsec1"), "--verify",
        "--trusted-pem", str(trust / "root.crt"), "--untrusted-pem", str(trust / "issuing.crt"),
        *(part for namespace in BODIES for part in ("--id-attr:Id", f"{namespace}:Body")),
        "--id-attr:Id", f"{ETSI}:SignedProperties", "--id-attr:Id", f"{XMLDSIG}:Signature",
        "--node-id", signature, str(file),
    ]  # fmt: skip
    folder = file.parent.parent if file.parent.name == "META-INF" else file.parent
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def assert_good(answer: subprocess.CompletedProcess[str]) -> None:
    assert answer.returncode == 0, answer.stderr
    assert "OK" in answer.stderr.splitlines() + answer.stdout.splitlines()


def signed_minutes(pki: DemoPki, roles: tuple[str, ...]) -> bytes:
    """Sign in parallel: everybody prepares the unsigned file, and the values come back in another order."""
    prepared = {}
    for role in roles:
        signer = key(pki, role)
        prepared[role] = prepare(
            MINUTES, certificate=signer.certificate_der, algorithm=signer.algorithm, signing_time=SIGNED_AT, role=role,
            chain=signer.chain,
        )  # fmt: skip
    document = MINUTES
    for role in reversed(roles):
        document = complete(document, prepared[role], key(pki, role).sign(prepared[role].octets))
    return document


def unpacked_container(pki: DemoPki, folder: Path) -> Path:
    """Make a sealed container, unpack it, and return the file with its signature."""
    members = [
        member_from_bytes("Biên bản niêm yết.xml", "application/xml", signed_minutes(pki, ("head",))),
        member_from_bytes("tài liệu/Quyết định 614.pdf", "application/pdf", b"%PDF-1.7 \x00\xff not really"),
    ]
    seal = key(pki, SEAL)
    prepared = prepare_container(
        members, certificate=seal.certificate_der, algorithm=seal.algorithm, signing_time=SIGNED_AT, role="seal",
        chain=seal.chain,
    )  # fmt: skip
    container = folder / "dossier.asice"
    write_container(container, members, [complete_container(members, prepared, seal.sign(prepared.octets))])
    with zipfile.ZipFile(container) as archive:
        archive.extractall(folder / "open")
    (signature,) = (folder / "open" / "META-INF").glob("signatures*.xml")
    return signature


def id_of(file: Path) -> str:
    return next(element.attrib["Id"] for element in etree.parse(file).iter(f"{{{XMLDSIG}}}Signature"))


def test_three_parallel_signatures_are_each_accepted(pki: DemoPki, tmp_path: Path) -> None:
    document = signed_minutes(pki, ROLES)
    path = tmp_path / "minutes.xml"
    path.write_bytes(document)
    ids = signature_ids(document)
    assert len(ids) == 3
    for signature in ids:
        assert_good(verify(path, signature, pki.trust))


def test_a_changed_body_is_refused(pki: DemoPki, tmp_path: Path) -> None:
    document = signed_minutes(pki, ("records_officer",))
    path = tmp_path / "minutes.xml"
    path.write_bytes(document.replace("quý III".encode(), "quý IV".encode()))
    (signature,) = signature_ids(document)
    assert verify(path, signature, pki.trust).returncode != 0


def test_a_foreign_root_is_refused(pki: DemoPki, tmp_path: Path) -> None:
    scenario = load_scenario()
    foreign = make_pki(tmp_path / "foreign", scenario.agency, scenario.people)
    document = signed_minutes(pki, ("head",))
    path = tmp_path / "minutes.xml"
    path.write_bytes(document)
    (signature,) = signature_ids(document)
    assert verify(path, signature, foreign.trust).returncode != 0


def test_the_seal_of_an_unpacked_container_is_accepted(pki: DemoPki, tmp_path: Path) -> None:
    signature = unpacked_container(pki, tmp_path)
    assert_good(verify(signature, id_of(signature), pki.trust))


def test_a_changed_member_breaks_the_seal(pki: DemoPki, tmp_path: Path) -> None:
    signature = unpacked_container(pki, tmp_path)
    paper = tmp_path / "open" / "tài liệu" / "Quyết định 614.pdf"
    paper.write_bytes(paper.read_bytes() + b"\n")
    assert verify(signature, id_of(signature), pki.trust).returncode != 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the whole demo once and return its folder."""
    folder = tmp_path_factory.mktemp("demo") / "congkhai-demo"
    program = Path(sys.executable).with_name("congkhai")
    done = subprocess.run(
        [program, "demo", "--json", "--no-serve", "--dir", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["dossiers"]
    return folder


def signed_files(folder: Path, scratch: Path) -> Iterator[tuple[Path, str]]:
    """Yield every signature of every container in a folder: its seal and the minutes inside."""
    for number, container in enumerate(sorted(folder.rglob("*.asice"))):
        place = scratch / str(number)
        with zipfile.ZipFile(container) as archive:
            archive.extractall(place)
        for file in sorted(place.rglob("*.xml")):
            for element in etree.parse(file).iter(f"{{{XMLDSIG}}}Signature"):
                yield file, element.attrib["Id"]


def test_every_signature_in_the_demos_dossiers_is_accepted(demo: Path, tmp_path: Path) -> None:
    seals = minutes = 0
    for file, signature in signed_files(demo / "dossiers", tmp_path):
        assert_good(verify(file, signature, demo / "trust"))
        seals += file.parent.name == "META-INF"
        minutes += file.parent.name != "META-INF"
    assert seals >= 8
    assert minutes >= 2 * len(ROLES) * 8
