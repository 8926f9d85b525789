"""Fetching missing issuers: only certificate files, only real issuers, never an anchor, never without end."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from congkhai.signing.issuers import fetch_issuers, issuer_addresses

from .pki import DER, NOW, PEM, START, Authority, Identity, Pki, key, name
from .stamping import OwnSession

URL = "http://ca.mau.vn/issuing.cer"


def person(issuer: Authority, *urls: str, common: str = "Người Mẫu") -> Identity:
    """Issue a certificate that says where its issuer lies."""
    private = key("p256", common)
    places = [
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))
        for url in urls
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(issuer.certificate.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(NOW.replace(year=2035))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityInformationAccess(places), critical=False)
        .sign(issuer.identity.private, hashes.SHA256())
    )
    return Identity(private, certificate)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make("Gốc AIA")


def fetch(pki: Pki, one: Identity, routes: dict[str, object]) -> tuple[tuple[bytes, ...], OwnSession]:
    session = OwnSession(routes)  # type: ignore[arg-type]  # bytes and statuses
    found, _said = fetch_issuers([one.certificate], [pki.root.certificate], session, timeout=5)
    return found, session


@pytest.mark.parametrize("form", ["der", "pem", "p7c"])
def test_an_issuer_is_read_in_each_form(pki: Pki, form: str) -> None:
    issuing = pki.issuing.certificate
    data = {
        "der": issuing.public_bytes(DER), "pem": issuing.public_bytes(PEM),
        "p7c": pkcs7.serialize_certificates([pki.root.certificate, issuing], DER),
    }  # fmt: skip
    found, session = fetch(pki, person(pki.issuing, URL), {URL: data[form]})
    assert found == (issuing.public_bytes(DER),)
    assert session.calls == [("GET", URL)]


@pytest.mark.parametrize(
    "url",
    [
        "ldap://ca.mau.vn/x.cer", "file:///etc/x.cer", "http://ca.mau.vn/delete?id=1", "http://ca.mau.vn/x.cer?a=1",
        "http://u:p@ca.mau.vn/x.cer", "http://ca.mau.vn/admin", "http://[::1/x.cer",
    ],
)  # fmt: skip
def test_an_address_that_is_no_certificate_file_is_not_asked(pki: Pki, url: str) -> None:
    found, session = fetch(pki, person(pki.issuing, url), {url: pki.issuing.certificate.public_bytes(DER)})
    assert (found, session.calls) == ((), [])


def test_what_did_not_issue_the_certificate_is_left_aside(pki: Pki) -> None:
    other = Pki.make("Gốc khác AIA")
    for answer in (other.issuing.certificate.public_bytes(DER), b"<html>", b"", 404, 302):
        found, _session = fetch(pki, person(pki.issuing, URL), {URL: answer})
        assert found == ()


def test_a_root_from_the_network_is_never_taken(pki: Pki) -> None:
    root = "http://ca.mau.vn/root.cer"
    stranger = Pki.make("Gốc lạ AIA")
    below = Authority(person(stranger.root, root, common="CA lạ"))
    routes = {URL: below.identity.der, root: stranger.root.identity.der}
    found, session = fetch(pki, person(below, URL), routes)
    assert found == (below.identity.der,)
    assert [url for _method, url in session.calls] == [URL, root]


def test_a_long_line_of_issuers_is_not_followed_for_ever(pki: Pki) -> None:
    urls = [f"http://ca.mau.vn/{number}.cer" for number in range(8)]
    line = [Authority(person(pki.root, urls[0], common="CA 0"))]
    for number in range(1, 8):
        line.append(Authority(person(line[-1], urls[number - 1], common=f"CA {number}")))
    routes = {urls[number]: one.identity.der for number, one in enumerate(line)}
    _found, session = fetch(pki, person(line[-1], urls[7]), dict(routes))
    assert len(session.calls) == 4


def test_many_lost_certificates_are_asked_about_up_to_a_limit(pki: Pki) -> None:
    lost = [person(pki.issuing, f"http://ca.mau.vn/{number}.cer").certificate for number in range(50)]
    session = OwnSession({})
    _found, said = fetch_issuers(lost, [pki.root.certificate], session, timeout=5)
    assert len(session.calls) == 32
    assert "Quá nhiều" in said[-1]


def test_at_most_two_addresses_of_one_certificate_count(pki: Pki) -> None:
    one = person(pki.issuing, *(f"http://ca.mau.vn/{number}.cer" for number in range(5)))
    assert len(issuer_addresses(one.certificate)) == 2
    assert issuer_addresses(pki.root.certificate) == ()
