"""Every form and key at level B: xmlsec1, xadesjs, signxml and EU DSS agree with what we write."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import Indication, Trust, etsi_report, merge, recheck, recheck_container, verify_path
from tests.signing.pki import NOW, Pki
from tests.signing.samples import minutes_xml

from .conftest import KINDS, Honest
from .oracles import dss_schema, dss_verify, signatures_in, unpacked, xadesjs, xmlsec1

ALGORITHMS = [algorithm for _kind, algorithm in KINDS]
NOT_PSS = [one for one in ALGORITHMS if "pss" not in one]  # Debian 12's xmlsec1 1.2.37 does not know RSA-PSS in XML


def assert_xmlsec1_agrees(honest: Honest, file: Path, signatures: list[str], cwd: Path) -> None:
    root, issuing = honest.anchors
    for one in signatures:
        answer = xmlsec1(file, one, trusted=[root], untrusted=[issuing], at=NOW, cwd=cwd)
        assert answer.returncode == 0, answer.stderr
        assert "OK" in (answer.stdout + answer.stderr).splitlines()


@pytest.mark.parametrize("algorithm", NOT_PSS)
def test_xmlsec1_accepts_minutes(honest: Honest, algorithm: str) -> None:
    file = honest.minutes[algorithm]
    assert_xmlsec1_agrees(honest, file, signatures_in(file), file.parent)


@pytest.mark.parametrize("algorithm", NOT_PSS)
def test_xmlsec1_accepts_containers(honest: Honest, algorithm: str, tmp_path: Path) -> None:
    (file,) = unpacked(honest.containers[algorithm], tmp_path)
    assert_xmlsec1_agrees(honest, file, signatures_in(file), tmp_path)


def test_xmlsec1_accepts_each_parallel_signer(honest: Honest) -> None:
    ids = dict(zip(ALGORITHMS, signatures_in(honest.parallel), strict=True))
    assert_xmlsec1_agrees(honest, honest.parallel, [ids[one] for one in NOT_PSS], honest.parallel.parent)


def test_xmlsec1_refuses_a_changed_body_and_another_root(honest: Honest, tmp_path: Path) -> None:
    root, issuing = honest.anchors
    good = honest.minutes["ecdsa-sha256"]
    (one,) = signatures_in(good)
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(Pki.make("Gốc khác").root.certificate.public_bytes(Encoding.PEM))
    assert xmlsec1(good, one, trusted=[stranger], untrusted=[issuing], at=NOW, cwd=tmp_path).returncode != 0
    bent = tmp_path / "bent.xml"
    bent.write_bytes(good.read_bytes().replace(b"15/Q", b"16/Q"))
    assert xmlsec1(bent, one, trusted=[root], untrusted=[issuing], at=NOW, cwd=tmp_path).returncode != 0


def test_xadesjs_accepts_minutes_of_every_key(honest: Honest) -> None:
    said = xadesjs([*honest.minutes.values(), honest.parallel])
    assert len(said) == 2 * len(ALGORITHMS)
    assert set(said.values()) == {""}


def test_xadesjs_accepts_containers_of_every_key(honest: Honest, tmp_path: Path) -> None:
    for name, container in {**honest.containers, "all": honest.together}.items():
        files = unpacked(container, tmp_path / name)
        said = xadesjs(files, root=tmp_path / name)
        assert len(said) == len(files)
        assert set(said.values()) == {""}
    page = tmp_path / "all" / "trang.html"
    page.write_bytes(page.read_bytes() + b" ")
    assert "" not in xadesjs(files, root=tmp_path / "all").values()


def test_signxml_accepts_everything(honest: Honest) -> None:
    for file in [*honest.minutes.values(), honest.parallel]:
        assert list(recheck(file.read_bytes())) == signatures_in(file)
    for container in honest.containers.values():
        assert len(recheck_container(container)) == 1
    assert len(recheck_container(honest.together)) == len(ALGORITHMS)


def test_eu_dss_passes_everything_at_level_b(honest: Honest, honest_trust: Trust) -> None:
    said = dss_verify(honest.files, honest.trust, NOW)
    assert set(said) == set(honest.files)
    for file, verdict in said.items():
        assert verdict.passed, (file.name, verdict)
        assert verdict.levels == {"B"}, file.name
        assert verify_path(file, honest_trust, NOW).indication is Indication.PASSED, file.name
    assert len(said[honest.parallel].signatures) == len(said[honest.together].signatures) == len(ALGORITHMS)


def test_our_validation_report_holds_to_the_schema_of_ts_119_102_2(
    honest: Honest, honest_trust: Trust, tmp_path: Path
) -> None:
    bent = tmp_path / "bent.xml"
    bent.write_bytes(honest.parallel.read_bytes().replace(b"15/Q", b"16/Q"))
    unsigned = tmp_path / "unsigned.xml"
    unsigned.write_bytes(minutes_xml())
    found = merge(verify_path(one, honest_trust, NOW) for one in [*honest.files, bent, unsigned])
    report = tmp_path / "report.xml"
    report.write_bytes(etsi_report(found, NOW))
    dss_schema(report)
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(report.read_bytes().replace(b"vr:MainIndication", b"vr:Indication"))
    with pytest.raises(AssertionError):
        dss_schema(wrong)
