"""The simulated signing plug-in speaks as pages expect, over TLS on this machine alone."""

import base64
import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from congkhai.connectors.simulators.signing_plugin import SigningPlugin, running

CONTENT = base64.b64encode("<a><b>Mẫu</b></a>".encode()).decode()


def plug_in() -> SigningPlugin:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 7, 6, tzinfo=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn Văn Mẫu")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now).not_valid_after(now + timedelta(days=9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    return SigningPlugin(pkcs12.serialize_key_and_certificates(b"ky", key, made, None, NoEncryption()), "")


def said(plugin: SigningPlugin, **request: object) -> dict[str, object]:
    answer = plugin.answer(json.dumps(request))
    assert answer is not None
    found: dict[str, object] = json.loads(answer)
    return found


def test_it_signs_what_it_is_handed_as_a_whole_or_gives_the_signature_alone() -> None:
    plugin = plug_in()
    trust_all = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust_all.check_hostname, trust_all.verify_mode = False, ssl.CERT_NONE
    with running(plugin, 0) as port, connect(f"wss://127.0.0.1:{port}/SignXML", ssl=trust_all, proxy=None) as line:
        for alone in (False, True):
            line.send(json.dumps({"Base64Content": CONTENT, "ReturnSignatureOnly": alone, "HashAlg": "SHA384"}))
            reply = json.loads(line.recv(timeout=10))
            assert (reply["Status"], reply["Error"]) == (0, "")
            signed = base64.b64decode(reply["Signature"])
            assert (b"<b>" in signed) is not alone
            assert b"xmldsig-more#sha384" in signed
            assert b"QualifyingProperties" not in signed
        with (
            connect(f"wss://127.0.0.1:{port}/Khac", ssl=trust_all, proxy=None) as other,
            pytest.raises(ConnectionClosed),
        ):
            other.recv(timeout=10)


def test_it_says_what_it_cannot_sign_and_can_be_told_to_fail() -> None:
    plugin = plug_in()
    weak = {"Base64Content": CONTENT, "HashAlg": "MD5"}
    for request in ({}, {"Base64Content": "?"}, weak, {"Base64Content": "eA=="}):
        reply = said(plugin, **request)
        assert reply["Signature"] == ""
        assert reply["Error"]
    assert "QualifyingProperties" in str(
        base64.b64decode(str(said(plugin, Base64Content=CONTENT, XmlDsigForm=False)["Signature"]))
    )
    plugin.behaviour = "declined"
    assert "huỷ" in str(said(plugin, Base64Content=CONTENT)["Error"])
    plugin.behaviour = "silent"
    assert plugin.answer(json.dumps({"Base64Content": CONTENT})) is None
