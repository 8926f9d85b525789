"""A critical extension that nobody here understands stands in the way, wherever in the path it is; others do not."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from congkhai.signing import Indication, SubIndication, Trust, verify_bytes
from congkhai.signing.status import crl_status

from .pki import DER, NOW, PEM, Authority, Identity, Pki
from .samples import file_key, minutes_xml, sign

UNKNOWN = x509.ObjectIdentifier("1.2.3.4.5.6.7")


def reissued(identity: Identity, issuer: Authority, *, critical: bool) -> Identity:
    """Return the same certificate with one more extension, signed anew by its issuer."""
    old = identity.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    for one in old.extensions:
        builder = builder.add_extension(one.value, one.critical)
    builder = builder.add_extension(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), critical)
    return Identity(identity.private, builder.sign(issuer.identity.private, hashes.SHA256()), identity.chain)


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize("where", ["signer", "issuer"])
def test_only_a_critical_unknown_extension_keeps_a_signature_from_passing(
    tmp_path: Path, where: str, *, critical: bool
) -> None:
    pki = Pki.make(f"Gốc {where}{critical}")
    if where == "issuer":
        pki = Pki(pki.root, Authority(reissued(pki.issuing.identity, pki.root, critical=critical)))
    person = pki.issuing.issue("Người Mẫu")
    if where == "signer":
        person = reissued(person, pki.issuing, critical=critical)
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "root.pem").write_bytes(pki.root.certificate.public_bytes(PEM))
    (folder / "issuing.cer").write_bytes(pki.issuing.certificate.public_bytes(DER))
    (folder / "root.crl").write_bytes(pki.root.crl())
    (folder / "issuing.crl").write_bytes(pki.issuing.crl())
    report = verify_bytes(sign(minutes_xml(), file_key(person, tmp_path)), "m.xml", Trust.load(folder), NOW)
    (one,) = report.signatures
    if not critical:
        assert report.indication is Indication.PASSED
        return
    assert one.indication is Indication.INDETERMINATE
    assert one.sub_indication in {
        SubIndication.CHAIN_CONSTRAINTS_FAILURE, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    }  # fmt: skip
    assert one.integrity == "intact"


@pytest.mark.parametrize("critical", [True, False])
def test_a_list_with_a_critical_unknown_extension_says_nothing(*, critical: bool) -> None:
    pki = Pki.make(f"Gốc CRL {critical}")
    person = pki.issuing.issue("Người Mẫu").certificate
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(pki.issuing.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .add_extension(x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), critical)
    )
    data = builder.sign(pki.issuing.identity.private, hashes.SHA256()).public_bytes(DER)
    assert (crl_status(data, person, pki.issuing.certificate) is None) is critical
