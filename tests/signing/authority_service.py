"""
certomancer as a real service on loopback: CA, OCSP, CRLs, two timestamp services, with a clock that the test moves.

The clock goes with each request, so that one running service serves every test at once.
"""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from congkhai.signing import FileKey, load_pem

from .pki import PEM, PrivateKey, key

UTC = dt.UTC
SIGNED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""When the tests sign."""
KEYS = {
    "root": "rsa2048", "issuing": "rsa2048", "ocsp": "rsa2048", "tsa": "rsa2048", "tsa-next": "p256",
    "signer": "rsa2048", "signer-ec": "p256", "signer-p384": "p384", "signer-p521": "p521",
    "revoked": "p256", "revoked-later": "p256",
}  # fmt: skip


class ClockedSession(requests.Session):
    """A session that tells the service what time it is; it asks nobody but loopback."""

    def __init__(self, now: dt.datetime) -> None:
        super().__init__()
        self.trust_env = False
        self.now = now
        self.asked: list[str] = []

    def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
        """Send a request with the service's time in whole seconds."""
        assert str(url).startswith("http://127.0.0.1:"), url
        self.asked.append(str(url))
        headers = {
            **(more.pop("headers", None) or {}),
            "X-Certomancer-Fake-Time": self.now.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }
        return super().request(method, url, *args, headers=headers, **more)


def _period(start: int, end: int) -> dict[str, str]:
    return {"valid-from": f"{start}-01-01T00:00:00+0000", "valid-to": f"{end}-01-01T00:00:00+0000"}


def _extension(kind: str, schema: str, params: object, *, critical: bool = False) -> dict[str, Any]:
    return {"id": kind, "critical": critical, "smart-value": {"schema": schema, "params": params}}


def _usage(*bits: str) -> dict[str, Any]:
    return _extension("key_usage", "key-usage", list(bits), critical=True)


def _lists(name: str) -> dict[str, Any]:
    return _extension("crl_distribution_points", "crl-dist-url", {"crl-repo-names": [name]})


def _configuration(url: str) -> dict[str, Any]:
    def stamping(start: int, end: int) -> dict[str, Any]:
        only = {"id": "extended_key_usage", "critical": True, "value": ["time_stamping"]}
        extensions = [_usage("digital_signature"), only, _lists("root")]
        return {"issuer": "root", "validity": _period(start, end), "extensions": extensions}

    def signer(**more: Any) -> dict[str, Any]:
        places = {"ocsp-responder-names": ["issuing"], "ca-issuer-links": [{"repo": "issuing"}]}
        replies = _extension("authority_information_access", "aia-urls", places)
        extensions = [_usage("digital_signature", "non_repudiation"), replies, _lists("issuing")]
        return {"issuer": "issuing", "validity": _period(2026, 2029), "extensions": extensions} | more

    def revoked(moment: str) -> dict[str, Any]:
        return signer(revocation={"revoked-since": moment, "reason": "key_compromise"})

    names = {
        "root": "Gốc thử nghiệm", "issuing": "CA cấp phát thử nghiệm", "ocsp": "OCSP thử nghiệm",
        "tsa": "Dấu thời gian thử nghiệm", "tsa-next": "Dấu thời gian thử nghiệm 2", "signer": "Nguyễn Văn Mẫu",
        "signer-ec": "Trần Thị Mẫu", "signer-p384": "Hoàng Văn Mẫu", "signer-p521": "Đỗ Thị Mẫu",
        "revoked": "Lê Văn Mẫu", "revoked-later": "Phạm Thị Mẫu",
    }  # fmt: skip
    return {
        "external-url-prefix": url,
        "keysets": {"vn": {"path-prefix": ".", "keys": {one: {"path": f"{one}.key.pem"} for one in KEYS}}},
        "pki-architectures": {
            "vn": {
                "keyset": "vn",
                "entity-defaults": {"country-name": "VN", "organization-name": "UBND xã Mẫu"},
                "entities": {one: {"common-name": name} for one, name in names.items()},
                "certs": {
                    "root": {
                        "subject": "root", "subject-key": "root", "issuer": "root", "authority-key": "root",
                        "validity": _period(2020, 2060),
                        "profiles": [{"id": "simple-ca", "params": {"crl-repo": "root"}}],
                    },
                    "issuing": {
                        "issuer": "root", "validity": _period(2020, 2032),
                        "profiles": [{"id": "simple-ca", "params": {"max-path-len": 0, "crl-repo": "root"}}],
                    },
                    "ocsp": {"issuer": "issuing", "validity": _period(2026, 2028), "profiles": ["ocsp-responder"]},
                    "tsa": stamping(2026, 2031),
                    "tsa-next": stamping(2026, 2045),
                    "signer": signer(), "signer-ec": signer(), "signer-p384": signer(), "signer-p521": signer(),
                    "revoked": revoked("2026-06-01T00:00:00+0000"),
                    "revoked-later": revoked("2027-03-01T00:00:00+0000"),
                },
                "services": {
                    "ocsp": {"issuing": {"for-issuer": "issuing", "responder-cert": "ocsp", "signing-key": "ocsp"}},
                    "crl-repo": {
                        one: {"for-issuer": one, "signing-key": one, "simulated-update-schedule": pause}
                        for one, pause in (("root", "P90D"), ("issuing", "P30D"))
                    },
                    "cert-repo": {"issuing": {"for-issuer": "issuing", "publish-issued-certs": True}},
                    "time-stamping": {
                        "tsa": {"signing-key": "tsa", "signing-cert": "tsa"},
                        "tsa-next": {"signing-key": "tsa-next", "signing-cert": "tsa-next"},
                    },
                },
            }
        },
    }  # fmt: skip


@dataclass
class Services:
    """The running services: where they are, and what they issued."""

    url: str
    folder: Path
    certificates: dict[str, x509.Certificate] = field(default_factory=dict)

    def tsa(self, name: str = "tsa") -> str:
        """Return the address of a timestamp service."""
        return f"{self.url}/vn/tsa/{name}"

    def key(self, name: str, algorithm: str | None = None) -> FileKey:
        """Return a signer's key with its certificates."""
        return load_pem(self.folder / f"{name}.key.pem", self.folder / f"{name}.chain.pem", algorithm=algorithm)

    def trust_folder(self, folder: Path) -> Path:
        """Write a trust folder with the root and nothing else."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pem").write_bytes(self.certificates["root"].public_bytes(PEM))
        return folder

    def crl(self, name: str, at: dt.datetime) -> bytes:
        """Return a CRL as it was or will be at a moment."""
        with ClockedSession(at) as session:
            return session.get(f"{self.url}/vn/crls/{name}/latest.crl", timeout=20).content


@contextmanager
def running(folder: Path) -> Iterator[Services]:
    """Run the services in a thread on a free port of loopback; keys and certificates are written into the folder."""
    from certomancer.integrations.animator import Animator, AnimatorArchStore
    from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
    from werkzeug.serving import WSGIRequestHandler, make_server

    for one, kind in KEYS.items():
        (folder / f"{one}.key.pem").write_bytes(_pem(key(kind, f"service-{one}")))

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name is werkzeug's
            """Say nothing."""

    def nobody(_environ: Any, _start: Any) -> list[bytes]:
        raise AssertionError("not ready")

    server = make_server("127.0.0.1", 0, nobody, threaded=True, request_handler=Quiet)
    url = f"http://127.0.0.1:{server.port}"
    config = CertomancerConfig(_configuration(url), key_search_dir=str(folder))
    architecture = config.get_pki_arch(ArchLabel("vn"))
    server.app = Animator(AnimatorArchStore({ArchLabel("vn"): architecture}), with_web_ui=False)
    found = {one: x509.load_der_x509_certificate(architecture.get_cert(CertLabel(one)).dump()) for one in KEYS}
    for one in KEYS:
        chain = [found[one], found["issuing"]] if found[one].issuer == found["issuing"].subject else [found[one]]
        (folder / f"{one}.chain.pem").write_bytes(b"".join(each.public_bytes(PEM) for each in chain))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Services(url, folder, found)
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _pem(private: PrivateKey) -> bytes:
    return private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
