"""
xmlsec1, an independent implementation, agrees with what we write.

Its absence fails these tests: an interoperability that nobody looked at is none.
"""

import base64
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import member_from_bytes, signature_ids

from .pki import Pki
from .samples import file_key, members, minutes_xml, sealed, sign

IDS = [
    "--id-attr:Id", "urn:congkhai:minutes:1:Body", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
    "--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Signature",
]  # fmt: skip


def xmlsec1(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("xmlsec1")
    assert program is not None, "xmlsec1 is not installed; run: make interop (Debian: apt-get install xmlsec1)"
    command = [program, "--verify", "--verification-gmt-time", "2026-11-20 03:00:00", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def anchors(pki: Pki, tmp_path: Path) -> list[str]:
    (tmp_path / "root.pem").write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(pki.issuing.certificate.public_bytes(Encoding.PEM))
    return ["--trusted-pem", str(tmp_path / "root.pem"), "--untrusted-pem", str(tmp_path / "issuing.pem")]


def test_three_parallel_signatures_are_each_confirmed(pki: Pki, tmp_path: Path, anchors: list[str]) -> None:
    document = minutes_xml(("head", "front", "union"))
    for role, kind in (("head", "rsa2048"), ("front", "rsa3072"), ("union", "p256")):
        document = sign(
            document, file_key(pki.issuing.issue(f"Người ký {role}", kind), tmp_path), role=role, place="Đông Sơn"
        )
    path = tmp_path / "minutes.xml"
    path.write_bytes(document)
    ids = signature_ids(document)
    assert len(ids) == 3
    same = ["--enabled-reference-uris", "same-doc"]
    for one in ids:
        result = xmlsec1(tmp_path, *anchors, *same, *IDS, "--node-id", one, str(path))
        assert result.returncode == 0, result.stderr
    path.write_bytes(document.replace("công khai".encode(), "Công khai".encode()))
    for one in ids:
        assert xmlsec1(tmp_path, *anchors, *same, *IDS, "--node-id", one, str(path)).returncode != 0


def test_an_unpacked_container_is_confirmed(pki: Pki, tmp_path: Path, anchors: list[str]) -> None:
    parts = [*members(), member_from_bytes("a b/ký hiệu (1) & khác.txt", "text/plain", b"x")]
    path = sealed(tmp_path / "a.asice", file_key(pki.issuing.issue("Văn thư", "rsa2048"), tmp_path), parts)
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(unpacked)
    file = unpacked / "META-INF" / "signatures001.xml"
    assert len(ElementTree.fromstring(file.read_bytes())) == 1  # noqa: S314 - our own file, just written
    result = xmlsec1(unpacked, *anchors, *IDS, str(file))
    assert result.returncode == 0, result.stderr
    (unpacked / "trang.html").write_bytes(b"changed")
    assert xmlsec1(unpacked, *anchors, *IDS, str(file)).returncode != 0


def test_another_root_is_not_enough(pki: Pki, tmp_path: Path) -> None:
    stranger = Pki.make("Gốc khác")
    (tmp_path / "root.pem").write_bytes(stranger.root.certificate.public_bytes(Encoding.PEM))
    document = sign(minutes_xml(), file_key(pki.issuing.issue("Người ký"), tmp_path))
    (tmp_path / "m.xml").write_bytes(document)
    assert base64.b64encode(pki.issuing.identity.der) in document
    result = xmlsec1(
        tmp_path,
        "--trusted-pem",
        str(tmp_path / "root.pem"),
        *IDS,
        "--node-id",
        signature_ids(document)[0],
        str(tmp_path / "m.xml"),
    )
    assert result.returncode != 0
