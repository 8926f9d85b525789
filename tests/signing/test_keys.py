"""Keys in files, and certificates that may or may not sign."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import (
    ALGORITHMS,
    CertificateNotUsableError,
    FileKey,
    KeyLoadError,
    certificate_facts,
    check_certificate,
    load_pem,
    load_pkcs12,
)
from congkhai.signing.algorithms import BY_NAME, verify_value

from .pki import END, NOW, START, Pki, key, key_usage
from .samples import file_key


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_signs_a_value_that_its_certificate_verifies_and_another_does_not(
    pki: Pki, tmp_path: Path, algorithm: str
) -> None:
    kind = "p384" if algorithm.startswith("ecdsa") else "rsa2048"
    mine = file_key(pki.issuing.issue("Người ký", kind, owner="a"), tmp_path, algorithm)
    other = pki.issuing.issue("Người khác", kind, owner="b")
    value = mine.sign(b"octets")
    assert verify_value(BY_NAME[algorithm], mine.certificate.public_key(), b"octets", value)
    assert not verify_value(BY_NAME[algorithm], mine.certificate.public_key(), b"Octets", value)
    assert not verify_value(BY_NAME[algorithm], other.certificate.public_key(), b"octets", value)


@pytest.mark.parametrize(
    ("kind", "size", "usual"),
    [("p256", 64, "ecdsa-sha256"), ("p384", 96, "ecdsa-sha384"), ("p521", 132, "ecdsa-sha512")],
)
def test_ecdsa_values_have_twice_the_curve_size(pki: Pki, tmp_path: Path, kind: str, size: int, usual: str) -> None:
    loaded = file_key(pki.issuing.issue("Người ký", kind), tmp_path)
    assert loaded.algorithm == usual
    assert {len(loaded.sign(bytes([n]))) for n in range(20)} == {size}


def test_an_rsa_key_signs_with_pkcs1_unless_told_otherwise(rsa_key: FileKey) -> None:
    assert rsa_key.algorithm == "rsa-sha256"


def test_a_wrong_password_is_named(pki: Pki, tmp_path: Path) -> None:
    path = pki.issuing.issue("Người ký").pkcs12(tmp_path / "a.p12")
    for password in ("sai", None):
        with pytest.raises(KeyLoadError) as caught:
            load_pkcs12(path, password)
        assert caught.value.code == "congkhai-S113", caught.value
        assert "mật khẩu" in caught.value.what.lower()


def test_a_damaged_file_is_not_called_a_wrong_password(pki: Pki, tmp_path: Path) -> None:
    path = pki.issuing.issue("Người ký").pkcs12(tmp_path / "a.p12")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(KeyLoadError) as caught:
        load_pkcs12(path, "mat-khau")
    assert caught.value.code == "congkhai-S112"
    assert caught.value.advice


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyLoadError) as caught:
        load_pkcs12(tmp_path / "không có.p12", None)
    assert "không có.p12" in str(caught.value)


def test_a_key_of_another_certificate_is_refused(pki: Pki, tmp_path: Path) -> None:
    one = pki.issuing.issue("Người ký")
    private, certificates = one.pem(tmp_path)
    pki.issuing.issue("Người khác")
    private.write_bytes(pki.issuing.issue("Người khác").pem(tmp_path)[0].read_bytes())
    certificates.write_bytes(one.certificate.public_bytes(Encoding.PEM))
    with pytest.raises(KeyLoadError) as caught:
        load_pem(private, certificates)
    assert caught.value.code == "congkhai-S116"


def test_pem_gives_the_same_key_as_pkcs12(pki: Pki, tmp_path: Path) -> None:
    one = pki.issuing.issue("Người ký", "rsa2048")
    private, certificates = one.pem(tmp_path, "bí mật")
    from_pem, from_p12 = load_pem(private, certificates, "bí mật"), file_key(one, tmp_path)
    assert from_pem.sign(b"x") == from_p12.sign(b"x")
    assert from_pem.certificate_der == from_p12.certificate_der == one.der
    assert from_pem.chain == from_p12.chain == (pki.issuing.identity.der,)


@pytest.mark.parametrize("password", [None, "sai"])
def test_an_encrypted_pem_key_needs_its_password(pki: Pki, tmp_path: Path, password: str | None) -> None:
    private, certificates = pki.issuing.issue("Người ký").pem(tmp_path, "đúng")
    with pytest.raises(KeyLoadError) as caught:
        load_pem(private, certificates, password)
    assert caught.value.code == "congkhai-S113"


def test_an_algorithm_of_another_key_kind_is_refused(pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(KeyLoadError):
        file_key(pki.issuing.issue("Người ký"), tmp_path, "rsa-sha256")
    with pytest.raises(KeyLoadError):
        file_key(pki.issuing.issue("Người ký"), tmp_path, "rsa-sha1")


def test_a_key_never_shows_itself(key: FileKey) -> None:
    assert "serial" in repr(key)
    assert "PRIVATE" not in repr(key)


@pytest.mark.parametrize(
    ("at", "code"),
    [(START - dt.timedelta(seconds=1), "congkhai-S121"), (END + dt.timedelta(seconds=1), "congkhai-S122")],
)
def test_a_certificate_out_of_its_time_must_not_sign(key: FileKey, at: dt.datetime, code: str) -> None:
    with pytest.raises(CertificateNotUsableError) as caught:
        check_certificate(key.certificate_der, at)
    assert caught.value.code == code


def test_a_certificate_that_ends_soon_is_announced(key: FileKey) -> None:
    assert check_certificate(key.certificate_der, NOW).warnings == ()
    soon = check_certificate(key.certificate_der, END - dt.timedelta(days=7))
    assert soon.days_left == 7
    assert "7 ngày" in soon.warnings[0]


def test_a_certificate_for_encryption_only_must_not_sign(pki: Pki) -> None:
    one = pki.issuing.issue("Người ký", usage=key_usage(sign=False, commit=False))
    with pytest.raises(CertificateNotUsableError) as caught:
        check_certificate(one.der, NOW)
    assert caught.value.code == "congkhai-S123"


def test_a_certificate_without_key_usage_signs_with_a_warning(pki: Pki) -> None:
    assert "KeyUsage" in check_certificate(pki.issuing.issue("Người ký", with_usage=False).der, NOW).warnings[0]


@pytest.mark.parametrize("kind", ["rsa1024", "p192"])
def test_a_short_key_must_not_sign(pki: Pki, kind: str) -> None:
    with pytest.raises(CertificateNotUsableError) as caught:
        check_certificate(pki.issuing.issue("Người ký", kind).der, NOW)
    assert caught.value.code == "congkhai-S124"


def test_a_moment_without_zone_is_an_error(key: FileKey) -> None:
    with pytest.raises(ValueError, match="zone"):
        check_certificate(key.certificate_der, NOW.replace(tzinfo=None))


def test_facts_name_person_issuer_and_managing_unit(key: FileKey) -> None:
    facts = certificate_facts(key.certificate_der)
    assert facts.name == "Nguyễn Văn Mẫu"
    assert facts.subject.startswith("CN=Nguyễn Văn Mẫu, T=Chủ tịch, O=UBND xã Mẫu")
    assert facts.manager == "UBND xã Mẫu"
    assert "CA cấp phát" in facts.issuer
    assert (facts.valid_from, facts.valid_to) == (START, END)


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(KeyLoadError):
        certificate_facts(b"no certificate")


def test_the_test_keys_are_shared_per_owner() -> None:
    assert key("p256", "x") is key("p256", "x")
