"""Off loopback there is TLS: the cookie is bound to the host, and nothing goes in clear."""

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from congkhai.plugin.clock import SystemClock
from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.web.server import check_listening, serving
from tests.plugin.way.conftest import OpenOffice

from .conftest import Site


def _certificate(folder: Path) -> Path:
    """Write a server certificate for this machine, good for a day, and its key; return the certificate's file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "congkhai thử")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "may-chu.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "may-chu.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return folder / "may-chu.pem"


def test_with_a_certificate_everything_goes_over_tls_and_the_cookie_is_bound_to_the_host(
    at_stage: OpenOffice, tmp_path: Path
) -> None:
    certificate = _certificate(tmp_path)
    said = f"[web]\ntls-certificate = {certificate}\ntls-key = {tmp_path / 'may-chu.key'}\n"
    office = at_stage("posted", lambda text: text.replace("[web]\n", said))
    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(office.house, port=0) as address:
        assert address.startswith("https://127.0.0.1:")
        with httpx.Client(base_url=address, verify=trusting, trust_env=False, timeout=30) as client:
            site = Site(office, address, None)  # type: ignore[arg-type]  # only its tickets are used
            answer = client.post("/mot-lan", data={"ticket": site.ticket("thanh-tra")})
            name, *attributes = answer.headers["set-cookie"].split("; ")
            assert name.startswith("__Host-congkhai=")
            assert {one.lower() for one in attributes} == {"httponly", "path=/", "samesite=lax", "secure"}
            assert client.get("/").status_code == 200
            refused = client.post("/dang-xuat", headers={"Origin": address.replace("https", "http")})
            assert refused.status_code == 403
            stream = client.stream("GET", "/healthz")
            with stream as got:
                layer = got.extensions["network_stream"].get_extra_info("ssl_object")
                assert layer.version() in ("TLSv1.2", "TLSv1.3")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(address, trust_env=False)
        with pytest.raises(httpx.HTTPError):
            httpx.get(address.replace("https", "http"), trust_env=False)
        old = ssl.create_default_context(cafile=str(certificate))
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(address, verify=old, trust_env=False)


@pytest.mark.parametrize("listen", ["0.0.0.0", "::", "192.0.2.1", "congkhai.xa.example"])  # noqa: S104 - the point
def test_off_loopback_without_tls_nothing_is_served(at_stage: OpenOffice, listen: str) -> None:
    office = at_stage("posted", lambda text: text.replace("[web]\n", f"[web]\nlisten = {listen}\n"))
    with pytest.raises(ConfigurationError) as caught, serving(office.house, port=0):
        pass
    assert caught.value.code == "congkhai-E715"


def test_behind_a_proxy_with_tls_the_public_address_is_enough_and_the_cookie_is_bound(at_stage: OpenOffice) -> None:
    from congkhai.plugin.web.app import cookie_name

    said = "[web]\nlisten = 192.0.2.1\npublic-url = https://congkhai.xa.example\n"
    office = at_stage("posted", lambda text: text.replace("[web]\n", said))
    check_listening(office.house)
    assert cookie_name(office.house) == "__Host-congkhai"
