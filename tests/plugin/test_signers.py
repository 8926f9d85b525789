"""Signers over key files: opened at first use, checked before anybody relies on them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from congkhai.plugin.clock import FixedClock
from congkhai.plugin.config.load import IniError, load
from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.host import Host
from congkhai.plugin.interfaces import Context, Signer

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
PEM = serialization.Encoding.PEM


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 400) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn Văn Mẫu")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(NOW - timedelta(days=30)).not_valid_after(NOW + timedelta(days=days))
        .add_extension(usage, critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip


@pytest.fixture(scope="module")
def host() -> Host:
    return Host(["congkhai.plugin.signers"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encryption = serialization.BestAvailableEncryption(b"mat-khau")
    data = pkcs12.serialize_key_and_certificates(b"k", EC_KEY, _certificate(EC_KEY), None, encryption)
    (tmp_path / "key.p12").write_bytes(data)
    (tmp_path / "password").write_text("mat-khau\n")
    plain = serialization.NoEncryption()
    for name, key in (("rsa", RSA_KEY), ("ec", EC_KEY)):
        pem = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)
        (tmp_path / f"{name}.pem").write_bytes(pem + _certificate(key).public_bytes(PEM))
    for file in tmp_path.iterdir():
        file.chmod(0o600)
    return tmp_path


def _signer(host: Host, folder: Path, keys: str, now: datetime = NOW) -> Signer:
    ini = folder / "congkhai.ini"
    head = "[agency]\nname = UBND xã Mẫu\ncode = MAU\nkind = xa\n"
    ini.write_text(f"{head}[signer:x]\nrole = head\nperson = Nguyễn Văn Mẫu\n{keys}\n", encoding="utf-8")
    section = load(ini, host).signers["x"]

    def no_blob(_digest: str) -> None:
        raise AssertionError("a signer opens no document")

    return host.make_signer(section, Context("x", "main", FixedClock(now), no_blob, folder / "own"))  # type: ignore[arg-type]


def _results(signer: Signer, *, live: bool = False) -> dict[str, str]:
    return {result.id: result.result for result in signer.check(live=live)}


def test_a_pkcs12_signer_signs_with_the_key_in_its_file(host: Host, folder: Path) -> None:
    signer = _signer(host, folder, "type = pkcs12\nfile = key.p12\npassword = {file password}")
    assert (signer.role, signer.person, signer.attended) == ("head", "Nguyễn Văn Mẫu", True)
    assert signer.algorithm == "ecdsa-sha256"
    assert x509.load_der_x509_certificate(signer.certificate()).serial_number == 7
    assert signer.chain() == ()
    value = signer.sign(b"octets")
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    EC_KEY.public_key().verify(encode_dss_signature(r, s), b"octets", ec.ECDSA(hashes.SHA256()))


def test_a_pem_signer_takes_the_padding_that_the_ini_names(host: Host, folder: Path) -> None:
    plain = _signer(host, folder, "type = pem\nfile = rsa.pem")
    assert plain.algorithm == "rsa-sha256"
    RSA_KEY.public_key().verify(plain.sign(b"octets"), b"octets", padding.PKCS1v15(), hashes.SHA256())
    pss = _signer(host, folder, "type = pem\nfile = rsa.pem\nrsa-padding = pss")
    assert pss.algorithm == "rsa-pss-sha256"
    rule = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    RSA_KEY.public_key().verify(pss.sign(b"octets"), b"octets", rule, hashes.SHA256())


def test_making_a_signer_opens_nothing(host: Host, folder: Path) -> None:
    signer = _signer(host, folder, "type = pkcs12\nfile = none.p12\npassword = {file none}")
    with pytest.raises(ConfigurationError, match="none"):
        signer.certificate()


def test_check_passes_a_good_key_and_tries_it_only_when_live(host: Host, folder: Path) -> None:
    signer = _signer(host, folder, "type = pem\nfile = ec.pem")
    assert _results(signer) == {"signer:x:key": "ok", "signer:x:certificate": "ok"}
    assert _results(signer, live=True) == {
        "signer:x:key": "ok", "signer:x:certificate": "ok", "signer:x:trial": "ok",
    }  # fmt: skip


def test_check_notes_the_older_padding(host: Host, folder: Path) -> None:
    (key, *_rest) = _signer(host, folder, "type = pem\nfile = rsa.pem").check(live=False)
    assert "RSA-PSS" in key.what


@pytest.mark.parametrize(
    ("days", "expected"),
    [(399, "warn"), (401, "fail"), (-31, "fail"), (0, "ok")],
    ids=["last days", "past", "early", "fine"],
)
def test_check_judges_the_certificate_at_legal_time(host: Host, folder: Path, days: int, expected: str) -> None:
    signer = _signer(host, folder, "type = pem\nfile = ec.pem", NOW + timedelta(days=days))
    assert _results(signer)["signer:x:certificate"] == expected


def test_check_fails_a_wrong_password_and_a_foreign_certificate(host: Host, folder: Path) -> None:
    (folder / "password").write_text("sai")
    assert _results(_signer(host, folder, "type = pkcs12\nfile = key.p12\npassword = {file password}")) == {
        "signer:x:key": "fail"
    }
    signer = _signer(host, folder, "type = pem\nfile = ec.pem\ncertificates = rsa.pem")
    (result,) = signer.check(live=True)
    assert (result.id, result.result) == ("signer:x:key", "fail")
    assert "sai" not in result.what.split()


def test_check_warns_of_a_key_file_that_others_can_read(host: Host, folder: Path) -> None:
    (folder / "ec.pem").chmod(0o644)
    assert _results(_signer(host, folder, "type = pem\nfile = ec.pem"))["signer:x:file"] == "warn"


def test_a_person_s_key_works_unattended_only_with_a_basis(host: Host, folder: Path) -> None:
    with pytest.raises(IniError, match="unattended-basis"):
        _signer(host, folder, "type = pem\nfile = ec.pem\nattended = no")
    basis = "unattended-basis = 12/QĐ-UBND ngày 05/01/2026"
    assert not _signer(host, folder, f"type = pem\nfile = ec.pem\nattended = no\n{basis}").attended


def test_the_seal_may_work_unattended(host: Host, folder: Path) -> None:
    ini = folder / "congkhai.ini"
    _signer(host, folder, "type = pem\nfile = ec.pem")
    text = ini.read_text(encoding="utf-8").replace("role = head", "role = seal\nattended = no")
    ini.write_text(text, encoding="utf-8")
    assert not load(ini, host).signers["x"].settings.attended
