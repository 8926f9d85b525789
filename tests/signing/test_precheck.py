"""What the law wants checked before anybody signs: dates, usage, path, status."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.signing import CertificateNotUsableError, SignerCheck, Trust, check_signer

from .pki import END, NOW, Identity, Pki, key_usage


@pytest.fixture
def own(tmp_path: Path) -> Pki:
    """A PKI of one's own, to revoke in."""
    return Pki.make("Gốc riêng")


def _checked(pki: Pki, one: Identity, folder: Path, at: dt.datetime = NOW, *, crls: bool = True) -> SignerCheck:
    trust = Trust.load(pki.trust_folder(folder / "trust", crls=crls))
    chain = [certificate.public_bytes(Encoding.DER) for certificate in one.chain]
    return check_signer(one.der, chain, trust, at, algorithm="ecdsa-sha256")


def test_a_good_certificate_is_good(own: Pki, tmp_path: Path) -> None:
    check = _checked(own, own.issuing.issue("Nguyễn Văn Mẫu"), tmp_path)
    assert (check.status, check.facts.warnings) == ("good", ())
    assert check.facts.name == "Nguyễn Văn Mẫu"


def test_a_revoked_certificate_is_refused(own: Pki, tmp_path: Path) -> None:
    one = own.issuing.issue("Nguyễn Văn Mẫu")
    own.issuing.revoke(one, NOW - dt.timedelta(days=2))
    with pytest.raises(CertificateNotUsableError) as caught:
        _checked(own, one, tmp_path)
    assert caught.value.code == "congkhai-S126"
    assert "thu hồi" in caught.value.what


def test_a_revoked_authority_is_refused(own: Pki, tmp_path: Path) -> None:
    one = own.issuing.issue("Nguyễn Văn Mẫu")
    own.root.revoke(own.issuing.identity, NOW - dt.timedelta(days=2))
    with pytest.raises(CertificateNotUsableError) as caught:
        _checked(own, one, tmp_path)
    assert caught.value.code == "congkhai-S126"


def test_without_revocation_data_the_status_is_a_warning(own: Pki, tmp_path: Path) -> None:
    check = _checked(own, own.issuing.issue("Nguyễn Văn Mẫu"), tmp_path, crls=False)
    assert check.status == "unknown"
    assert check.facts.warnings


def test_a_list_that_has_run_out_is_a_warning(own: Pki, tmp_path: Path) -> None:
    one = own.issuing.issue("Nguyễn Văn Mẫu")
    assert _checked(own, one, tmp_path, NOW + dt.timedelta(days=90)).status == "unknown"


def test_without_any_anchor_path_and_status_are_a_warning(own: Pki) -> None:
    check = check_signer(own.issuing.issue("Nguyễn Văn Mẫu").der, (), Trust.nothing(), NOW)
    assert check.status == "unknown"
    assert "chứng thư gốc" in " ".join(check.facts.warnings)


def test_a_certificate_of_another_authority_is_refused(own: Pki, pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(CertificateNotUsableError) as caught:
        _checked(own, pki.issuing.issue("Nguyễn Văn Mẫu"), tmp_path)
    assert caught.value.code == "congkhai-S128"
    assert "[trust]" in caught.value.advice


@pytest.mark.parametrize(
    ("change", "at", "code"),
    [
        ({}, END + dt.timedelta(days=1), "congkhai-S122"),
        ({"usage": key_usage(sign=False, commit=False)}, NOW, "congkhai-S123"),
        ({"kind": "rsa1024"}, NOW, "congkhai-S124"),
        ({"kind": "rsa2048"}, NOW, "congkhai-S125"),
    ],
)
def test_dates_usage_and_key_are_checked_first(
    own: Pki, tmp_path: Path, change: dict[str, Any], at: dt.datetime, code: str
) -> None:
    with pytest.raises(CertificateNotUsableError) as caught:
        _checked(own, own.issuing.issue("Nguyễn Văn Mẫu", **change), tmp_path, at)
    assert caught.value.code == code


def test_an_unreadable_chain_only_fails_to_help(own: Pki, tmp_path: Path) -> None:
    trust = Trust.load(own.trust_folder(tmp_path / "trust"))
    one = own.issuing.issue("Nguyễn Văn Mẫu")
    assert check_signer(one.der, [b"junk"], trust, NOW).status == "good"
