"""Certificates that a signature brings along beside the signer's: forged or broken ones keep it from passing."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from congkhai.signing import FileKey, Indication, Trust, verify_bytes

from .pki import DER, NOW, Pki
from .samples import minutes_xml, sign


def with_certificate(good: bytes, der: bytes) -> bytes:
    """Put one more certificate into KeyInfo, which no signature covers."""
    more = b"<ds:X509Certificate>" + base64.b64encode(der) + b"</ds:X509Certificate></ds:X509Data>"
    return good.replace(b"</ds:X509Data>", more, 1)


def forged(pki: Pki) -> bytes:
    """A certificate with issuer, number and key of the real issuing authority, signed by itself."""
    real = pki.issuing.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.issuer)
        .public_key(real.public_key())
        .serial_number(real.serial_number)
        .not_valid_before(real.not_valid_before_utc)
        .not_valid_after(real.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(pki.issuing.identity.private, hashes.SHA256()).public_bytes(DER)


def test_a_forged_twin_of_an_authority_is_named(pki: Pki, key: FileKey, trust: Trust) -> None:
    report = verify_bytes(with_certificate(sign(minutes_xml(), key), forged(pki)), "m.xml", trust, NOW)
    (one,) = report.signatures
    assert one.indication is Indication.INDETERMINATE
    assert any("chứng thư giả" in message for message in one.messages)
    assert one.integrity == "intact"


def test_what_is_no_certificate_is_named(key: FileKey, trust: Trust) -> None:
    data = with_certificate(sign(minutes_xml(), key), b"\x30\x03\x02\x01\x01")
    (one,) = verify_bytes(data, "m.xml", trust, NOW).signatures
    assert one.indication is Indication.INDETERMINATE
    assert any("không đọc được" in message for message in one.messages)


def test_certificates_that_only_have_nothing_to_do_with_it_are_no_harm(key: FileKey, trust: Trust) -> None:
    other = Pki.make("Gốc bên cạnh").root.identity.der
    data = with_certificate(sign(minutes_xml(), key), other)
    assert verify_bytes(data, "m.xml", trust, NOW).indication is Indication.PASSED
