"""
Simulated public-service signing plug-in: what runs on a signer's PC and signs XML for pages over a local WebSocket.

It listens at ``wss://127.0.0.1:8987/SignXML`` with a TLS certificate that it makes for itself, as the real one brings
its own, and holds one PKCS#12 key. Request, one JSON text: ``Base64Content`` (the XML), ``ReturnSignatureOnly``,
``HashAlg`` (``SHA256``, ``SHA384``, ``SHA512``), ``XmlDsigForm``. Reply: ``Status`` (0: signed), ``Signature``
(base64), ``Error``.

Only these names are known of the real one. That the content is signed enveloped, over the whole document and with
inclusive canonicalisation, that `XmlDsigForm` true means plain XML-DSig and false XAdES, and what `Status` says, is
assumed. `behaviour` plants troubles: ``declined`` (the holder presses cancel), ``other`` (another content is signed),
``nothing`` (an empty reply), ``garbage`` (no JSON), ``silent`` (no answer at all).
"""

import argparse
import base64
import ipaddress
import json
import signal
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID
from lxml import etree

from congkhai.plugin.clock import Clock, SystemClock

PORT = 8987
PATH = "/SignXML"
_HASHES = ("SHA256", "SHA384", "SHA512")
_DAY = timedelta(days=1)
_LONGEST = 64 * 1024**2


class CannotSignError(Exception):
    """What the plug-in tells its caller in ``Error``."""


@dataclass
class SigningPlugin:
    """
    A plug-in with its key.

    Attributes:
        p12: PKCS#12 bytes; `password`: of it.
        behaviour: see the module; empty signs as it should.
        asked: every request that came, without its content.
        clock: what a XAdES signature takes its claimed time from.
    """

    p12: bytes
    password: str
    behaviour: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    clock: Clock = field(default_factory=SystemClock)

    def answer(self, text: str) -> str | None:
        """Answer one request; None says nothing."""
        try:
            request = json.loads(text)
            content = base64.b64decode(request["Base64Content"], validate=True)
        except (ValueError, KeyError, TypeError):
            return _reply(1, "", "Yêu cầu không đúng cấu trúc")
        self.asked.append({name: value for name, value in request.items() if name != "Base64Content"})
        if self.behaviour in ("declined", "nothing", "garbage", "silent"):
            return {
                "declined": _reply(2, "", "Người dùng đã huỷ việc ký"), "nothing": _reply(0, "", ""),
                "garbage": "OK", "silent": None,
            }[self.behaviour]  # fmt: skip
        try:
            signed = self.signed(
                content, plain=bool(request.get("XmlDsigForm", True)), hash_name=str(request.get("HashAlg", "SHA256")),
                alone=bool(request.get("ReturnSignatureOnly", False)),
            )  # fmt: skip
        except CannotSignError as error:
            return _reply(3, "", str(error))
        return _reply(0, base64.b64encode(signed).decode(), "")

    def signed(self, content: bytes, *, plain: bool = True, hash_name: str = "SHA256", alone: bool = False) -> bytes:
        """
        Sign an XML document enveloped.

        Args:
            content: the document.
            plain: XML-DSig; otherwise XAdES.
            hash_name: ``SHA256`` and so on.
            alone: give the ``ds:Signature`` back without the document.

        Raises:
            CannotSignError: no XML, an unknown hash, or a key that cannot be opened.
        """
        from signxml import methods
        from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
        from signxml.signer import XMLSigner
        from signxml.xades.xades import XAdESSigner

        class Timed(XAdESSigner):
            """XAdES by the plug-in's own clock."""

            def add_signing_time(self, *more: Any, **options: Any) -> None:
                super().add_signing_time(*more, **options)
                more[0][-1].text = moment

        moment = self.clock.now().isoformat(timespec="seconds")
        if hash_name not in _HASHES:
            raise CannotSignError(f"HashAlg {hash_name!r}")
        try:
            key, certificate, chain = pkcs12.load_key_and_certificates(self.p12, self.password.encode())
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        except (ValueError, etree.XMLSyntaxError) as error:
            raise CannotSignError(str(error)) from error
        if key is None or certificate is None:
            raise CannotSignError("no key")
        if self.behaviour == "other":
            root.append(etree.Element("Khac"))
        family = "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "RSA"
        options: dict[str, Any] = {
            "method": methods.enveloped, "signature_algorithm": SignatureMethod[f"{family}_{hash_name}"],
            "digest_algorithm": DigestAlgorithm[hash_name], "c14n_algorithm": CanonicalizationMethod.CANONICAL_XML_1_0,
        }  # fmt: skip
        signer: Any = XMLSigner(**options) if plain else Timed(**options)
        done = signer.sign(root, key=key, cert=[certificate, *chain])
        if not alone:
            return etree.tostring(done, encoding="UTF-8", xml_declaration=True)
        (element,) = done.iterchildren("{http://www.w3.org/2000/09/xmldsig#}Signature")
        return etree.tostring(element, with_tail=False)


def _reply(status: int, signature: str, error: str) -> str:
    return json.dumps({"Status": status, "Signature": signature, "Error": error}, ensure_ascii=False)


@contextmanager
def running(plugin: SigningPlugin, port: int = PORT) -> Iterator[int]:
    """
    Let a plug-in listen while the block runs.

    Yields:
        The port that it listens on.

    Raises:
        OSError: somebody listens there already.
    """
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.server import ServerConnection, serve

    def talk(line: ServerConnection) -> None:
        if line.request is None or line.request.path != PATH:
            line.close(1008, "no such path")
            return
        try:
            for message in line:
                answer = plugin.answer(message if isinstance(message, str) else message.decode(errors="replace"))
                if answer is not None:
                    line.send(answer)
        except ConnectionClosed:
            return  # the page was left

    with (
        tempfile.TemporaryDirectory(prefix="congkhai-plug-in-") as folder,
        serve(talk, "127.0.0.1", port, ssl=_context(Path(folder)), max_size=_LONGEST) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, name="signing-plug-in", daemon=True)
        thread.start()
        try:
            yield int(server.socket.getsockname()[1])
        finally:
            server.shutdown()
            thread.join(5)


def _context(folder: Path) -> ssl.SSLContext:
    """Make a TLS certificate for this machine alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - _DAY).not_valid_after(now + _DAY)
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "tls.pem"
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    return context


def main() -> int:
    """Run the plug-in as a process until SIGTERM or SIGINT; return the exit code."""
    parser = argparse.ArgumentParser(description=SigningPlugin.__doc__)
    parser.add_argument("key", type=Path, help="PKCS#12 file of the signer")
    parser.add_argument("password", type=Path, help="file with its password, one line")
    parser.add_argument("--port", type=int, default=PORT, help="port on 127.0.0.1; pages know 8987 only")
    parser.add_argument("--behaviour", default="", help="declined, other, nothing, garbage or silent")
    options = parser.parse_args()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    plugin = SigningPlugin(
        options.key.read_bytes(), options.password.read_text(encoding="utf-8").strip(), options.behaviour
    )
    with running(plugin, options.port) as port:
        sys.stdout.write(json.dumps({"url": f"wss://127.0.0.1:{port}{PATH}"}) + "\n")
        sys.stdout.flush()
        over.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
