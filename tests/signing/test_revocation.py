"""Fetching lists and replies: whom it asks, what it accepts and keeps, and that it never asks without a session."""

import datetime as dt
from pathlib import Path

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from congkhai.signing import Revocation, RevocationError
from congkhai.signing.errors import KeyLoadError
from congkhai.signing.keys.certificates import certificate_facts, issued, load_certificate
from congkhai.signing.status import crl_status, ocsp_nonce, ocsp_status

from .pki import DER, NOW, Authority, Identity, Pki, bent_everywhere
from .stamping import OwnSession

OCSP, CRL = "http://127.0.0.1:9/ocsp", "http://127.0.0.1:9/ca.crl"
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def own() -> Pki:
    """A PKI in which the test may revoke."""
    return Pki.make()


def signer(own: Pki, *, ocsp: bool = True, crl: bool = True) -> Identity:
    return own.issuing.issue("Người ký", ocsp_url=OCSP if ocsp else "", crl_url=CRL if crl else "")


def issuer(own: Pki) -> x509.Certificate:
    return own.issuing.certificate


def nonce_of(question: bytes) -> bytes:
    request = asn1_ocsp.OCSPRequest.load(question)["tbs_request"]
    return next(
        one["extn_value"].parsed.native for one in request["request_extensions"] if one["extn_id"].native == "nonce"
    )


def test_ocsp_is_asked_first_and_a_list_only_when_it_fails(own: Pki) -> None:
    one = signer(own)
    session = OwnSession({OCSP: own.issuing.ocsp(one, NOW), CRL: own.issuing.crl(NOW)})
    (found,) = Revocation(session).status(one.certificate, issuer(own), NOW)
    assert (found.kind, found.revoked_at, found.issued) == ("ocsp", None, NOW)
    assert session.calls == [("POST", OCSP)]
    session = OwnSession({OCSP: TimeoutError("chậm"), CRL: own.issuing.crl(NOW)})
    (found,) = Revocation(session).status(one.certificate, issuer(own), NOW)
    assert found.kind == "crl"
    assert session.calls == [("POST", OCSP), ("GET", CRL)]


def test_what_is_at_hand_is_not_asked_for(own: Pki) -> None:
    one, session = signer(own), OwnSession({})
    for source in (
        Revocation(session, crls=(own.issuing.crl(NOW - DAY),)),
        Revocation(session, ocsps=(own.issuing.ocsp(one, NOW),)),
    ):
        source.status(one.certificate, issuer(own), NOW)
    assert session.calls == []


def test_without_a_session_nobody_is_asked(own: Pki) -> None:
    with pytest.raises(RevocationError, match="mạng"):
        Revocation().status(signer(own).certificate, issuer(own), NOW)


def test_data_must_be_as_new_as_is_asked(own: Pki) -> None:
    one = signer(own, ocsp=False)
    session = OwnSession({CRL: own.issuing.crl(NOW - DAY, days=3)})
    assert Revocation(session).status(one.certificate, issuer(own), NOW)
    with pytest.raises(RevocationError) as caught:
        Revocation(session).status(one.certificate, issuer(own), NOW, since=NOW - HOUR)
    assert caught.value.next_update == NOW + 2 * DAY
    session = OwnSession({CRL: own.issuing.crl(NOW)})
    assert Revocation(session).status(one.certificate, issuer(own), NOW, since=NOW - HOUR)


def test_a_revocation_is_reported_however_old_its_list(own: Pki) -> None:
    one = signer(own, ocsp=False)
    own.issuing.revoke(one, NOW - 2 * DAY)
    (found,) = Revocation(OwnSession({CRL: own.issuing.crl(NOW - DAY)})).status(
        one.certificate, issuer(own), NOW, since=NOW
    )
    assert found.revoked_at == NOW - 2 * DAY


def test_a_nonce_that_is_not_ours_is_refused_and_ours_accepted(own: Pki) -> None:
    one = signer(own, crl=False)
    with pytest.raises(RevocationError, match="nonce"):
        Revocation(OwnSession({OCSP: own.issuing.ocsp(one, NOW, nonce=b"0" * 16)})).status(
            one.certificate, issuer(own), NOW
        )
    honest = OwnSession({OCSP: lambda question: own.issuing.ocsp(one, NOW, nonce=nonce_of(question))})
    assert Revocation(honest).status(one.certificate, issuer(own), NOW)


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", 500, 302, b"\x30\x03\x0a\x01\x06", ConnectionError("x"), b"y" * 300_000]
)
def test_a_useless_reply_is_named(own: Pki, answer: bytes | int | Exception) -> None:
    with pytest.raises(RevocationError) as caught:
        Revocation(OwnSession({OCSP: answer, CRL: answer})).status(signer(own).certificate, issuer(own), NOW)
    assert OCSP in caught.value.what and CRL in caught.value.what


def test_a_list_or_reply_of_somebody_else_is_refused(own: Pki) -> None:
    other = Pki.make("Gốc khác")
    one = signer(own)
    twin = Authority(Identity(other.issuing.identity.private, own.issuing.certificate))
    for answers in (
        {CRL: twin.crl(NOW)},
        {CRL: other.issuing.crl(NOW)},
        {OCSP: twin.ocsp(one, NOW)},
        {OCSP: own.issuing.ocsp(signer(own), NOW)},
    ):
        with pytest.raises(RevocationError):
            Revocation(OwnSession(dict(answers))).status(one.certificate, issuer(own), NOW)


def test_a_responder_without_exemption_brings_its_own_status_along(own: Pki) -> None:
    one = signer(own, ocsp=True)
    reply = own.issuing.ocsp(one, NOW, no_check=False)
    with pytest.raises(RevocationError):
        Revocation(OwnSession({OCSP: reply}), crls=()).status(one.certificate, issuer(own), NOW)
    found = Revocation(OwnSession({OCSP: reply}), crls=(own.issuing.crl(NOW - DAY, days=1),)).status(
        one.certificate, issuer(own), NOW, since=NOW
    )
    assert [status.kind for status in found] == ["ocsp", "crl"]


def test_a_list_is_kept_until_newer_ones_are_needed(own: Pki, tmp_path: Path) -> None:
    one = signer(own, ocsp=False)
    session = OwnSession({CRL: own.issuing.crl(NOW, days=10)})
    for _time in range(3):
        Revocation(session, cache=tmp_path).status(one.certificate, issuer(own), NOW + HOUR)
    assert len(session.calls) == 1
    with pytest.raises(RevocationError):
        Revocation(session, cache=tmp_path).status(one.certificate, issuer(own), NOW + 2 * HOUR, since=NOW + 2 * HOUR)
    assert len(session.calls) == 2
    with pytest.raises(RevocationError):  # fetched a minute ago: it is not asked for again so soon
        Revocation(session, cache=tmp_path).status(
            one.certificate, issuer(own), NOW + 2 * HOUR + dt.timedelta(minutes=1), since=NOW + 2 * HOUR
        )
    assert len(session.calls) == 2
    Revocation(session, cache=tmp_path).status(one.certificate, issuer(own), NOW + 9 * DAY)
    assert len(session.calls) == 2


def test_a_damaged_cache_is_only_slower(own: Pki, tmp_path: Path) -> None:
    one = signer(own, ocsp=False)
    session = OwnSession({CRL: own.issuing.crl(NOW)})
    Revocation(session, cache=tmp_path).status(one.certificate, issuer(own), NOW)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"\xff\xfe rubbish")
    assert Revocation(session, cache=tmp_path).status(one.certificate, issuer(own), NOW)
    assert Revocation(session, cache=tmp_path / "không có").status(one.certificate, issuer(own), NOW)
    assert sorted(tmp_path.iterdir()) == [kept]


# ---- what one list or reply says


def test_a_list_speaks_only_for_its_scope(own: Pki) -> None:
    one, authority = signer(own).certificate, own.issuing.certificate
    for build, speaks in (
        ({"only_contains_user_certs": True}, True), ({"only_contains_ca_certs": True}, False),
        ({"indirect_crl": True}, False), ({"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})}, False),
        ({"full_name": [x509.UniformResourceIdentifier(CRL)]}, True),
        ({"full_name": [x509.UniformResourceIdentifier(OCSP)]}, False),
    ):  # fmt: skip
        assert (crl_status(_list(own, **build), one, authority) is not None) is speaks, build  # type: ignore[arg-type]


def _list(own: Pki, **point: object) -> bytes:
    fields = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    builder = x509.CertificateRevocationListBuilder().issuer_name(own.issuing.certificate.subject)
    builder = builder.last_update(NOW).next_update(NOW + DAY)
    scope = x509.IssuingDistributionPoint(**{**fields, **point})  # type: ignore[arg-type]
    builder = builder.add_extension(scope, critical=True)
    return builder.sign(own.issuing.identity.private, hashes.SHA256()).public_bytes(DER)


def test_a_delta_list_and_a_lifted_suspension(own: Pki) -> None:
    one, authority = signer(own).certificate, own.issuing.certificate
    base = (
        x509.CertificateRevocationListBuilder().issuer_name(authority.subject).last_update(NOW).next_update(NOW + DAY)
    )
    delta = base.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    private = own.issuing.identity.private
    assert crl_status(delta.sign(private, hashes.SHA256()).public_bytes(DER), one, authority) is None
    for reason, revoked in ((x509.ReasonFlags.remove_from_crl, None), (x509.ReasonFlags.certificate_hold, NOW)):
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(NOW)
        listed = base.add_revoked_certificate(entry.add_extension(x509.CRLReason(reason), critical=False).build())
        found = crl_status(listed.sign(private, hashes.SHA256()).public_bytes(DER), one, authority)
        assert found is not None and found.revoked_at == revoked


def test_a_reply_speaks_for_one_certificate(own: Pki) -> None:
    one = signer(own)
    data = own.issuing.ocsp(one, NOW)
    assert ocsp_status(data, one.certificate, issuer(own)) is not None
    assert ocsp_status(data[:-5], one.certificate, issuer(own)) is None
    assert ocsp_status(data, signer(own).certificate, issuer(own)) is None


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn")  # a bent one may become negative
def test_no_changed_byte_of_a_list_or_reply_makes_it_say_something_else(own: Pki) -> None:
    one = signer(own)
    own.issuing.revoke(one, NOW - DAY)
    for data, read in ((own.issuing.crl(NOW), crl_status), (own.issuing.ocsp(one, NOW), ocsp_status)):
        good = read(data, one.certificate, issuer(own))
        assert good is not None and good.revoked_at == NOW - DAY
        for place, bent in bent_everywhere(data):
            found = read(bent, one.certificate, issuer(own))
            assert found is None or (found.issued, found.revoked_at) == (good.issued, good.revoked_at), place
    for place, bent in bent_everywhere(own.issuing.ocsp(one, NOW, nonce=b"0123456789abcdef")):
        assert ocsp_nonce(bent) is None or len(bent) > place, place


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn")  # a bent one may become negative
def test_a_certificate_with_any_changed_byte_is_read_whole_or_refused(own: Pki) -> None:
    good, refused = signer(own).certificate, 0
    for place, bent in bent_everywhere(good.public_bytes(DER)):
        try:
            found = load_certificate(bent)
        except KeyLoadError:
            refused += 1
            continue
        same = found.tbs_certificate_bytes == good.tbs_certificate_bytes  # the count of unused bits is not signed
        assert same or not issued(found, issuer(own)), place
        assert certificate_facts(bent).sha256
        assert len(found.extensions) > 0
    assert refused > 100
