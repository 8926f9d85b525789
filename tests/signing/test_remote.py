"""Keys at a remote signing service: a simulated one on loopback, and the troubles that services have."""

import datetime as dt
import ipaddress
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.csc import CscSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.signing import (
    CertificateNotUsableError,
    CscAccess,
    CscWire,
    KeyLoadError,
    KeyRefusedError,
    KeyUnreachableError,
    RemoteKey,
    SigningError,
    complete,
    load_remote,
    prepare,
    recheck,
)
from congkhai.signing.algorithms import BY_NAME, verify_value
from congkhai.signing.keys.remote import AuthObject, credential_ids

from .pki import NOW
from .samples import minutes_xml

PIN = "246810"
SCENARIO = {"name": "csc", "start": NOW.isoformat(), "end": "2027-12-01T00:00:00+07:00", "entries": []}


class Service:
    """The simulated service, and what its customers do."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.url = running.line["url"]

    def access(self, **changes: Any) -> CscAccess:
        """Return a login by bearer token, unless changed."""
        return CscAccess(**{"url": self.url, "bearer": lambda: "ma-truy-cap", "read_timeout": 5.0, **changes})

    def key(self, credential: str | None, answers: Any = None, **more: Any) -> RemoteKey:
        """Load a key; the holder types the PIN unless `answers` says otherwise."""
        given = answers or typed(PIN=PIN)
        return load_remote(CscWire(self.access()), given, credential=credential, **{"poll": 0.02, **more})

    def act(self, name: str, **body: Any) -> Any:
        """Do something as the simulated people."""
        simulator = self.running.simulator
        return simulator.control("POST", name, body)

    def fault(self, code: str, on: str, **more: Any) -> None:
        """Plant a fault."""
        self.act("fault", fault=code, on=on, **more)

    def calls(self, method: str) -> int:
        """Count the calls of a method."""
        return sum(call["method"] == method for call in self.running.simulator.calls())


def typed(**values: str) -> Callable[[Sequence[AuthObject]], Mapping[str, str]]:
    """Return a holder who knows these values."""
    return lambda wanted: {one.id: values.get(one.id, "") for one in wanted}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for all tests; its keys are costly to make."""
    running = Running(CscSimulator(tmp_path_factory.mktemp("csc"), parse_scenario(SCENARIO)))
    yield running
    running.stop()


@pytest.fixture
def service(shared: Running) -> Service:
    """The service as it was at the beginning."""
    with shared.simulator.lock:
        shared.simulator.memory.clear()
        shared.simulator.faults.clear()
        (shared.simulator.folder / "journal.jsonl").unlink(missing_ok=True)
    return Service(shared)


def verified(key: RemoteKey, value: bytes, octets: bytes = b"octets") -> bool:
    return verify_value(BY_NAME[key.algorithm], key.certificate.public_key(), octets, value)


@pytest.mark.parametrize(
    ("credential", "algorithm"),
    [
        ("pin-rsa", "rsa-sha256"), ("pin-rsa", "rsa-sha384"), ("pin-rsa", "rsa-sha512"), ("pin-rsa", "rsa-pss-sha256"),
        ("pin-rsa", "rsa-pss-sha512"), ("plain-rsa", "rsa-sha256"), ("plain-rsa", "rsa-sha512"),
        ("free-p521", "ecdsa-sha512"), ("later-p256", "ecdsa-sha256"), ("token-p256", "ecdsa-sha256"),
    ],
)  # fmt: skip
def test_a_service_signs_minutes_that_a_second_program_accepts(
    service: Service, credential: str, algorithm: str
) -> None:
    key = service.key(credential, algorithm=algorithm)
    document = minutes_xml()
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW, chain=key.chain
    )
    signed = complete(document, prepared, key.sign(prepared.octets))
    assert recheck(signed) == (prepared.signature_id,)


def test_padding_is_chosen_for_rsa_keys_only(service: Service) -> None:
    assert service.key("pin-rsa", pss=True).algorithm == "rsa-pss-sha256"
    assert service.key("free-p521", pss=True).algorithm == "ecdsa-sha512"
    with pytest.raises(KeyLoadError) as caught:
        service.key("plain-rsa", pss=True)
    assert caught.value.code == "congkhai-S138"


def test_only_the_digest_leaves_this_machine(service: Service) -> None:
    seen: list[bytes] = []
    serve = service.running.simulator.serve

    def watched(call: Any) -> Any:
        seen.append(call.body)
        return serve(call)

    service.running.simulator.serve = watched  # type: ignore[method-assign] - the wire is what is looked at
    try:
        service.key("free-p521").sign("Nội dung biên bản".encode())
    finally:
        del service.running.simulator.serve
    assert len(seen) == 3
    assert not [body for body in seen if "Nội dung" in body.decode()]


def test_the_keys_are_listed_over_pages_and_one_must_be_named(service: Service) -> None:
    ids = credential_ids(CscWire(service.access()))
    assert {"pin-rsa", "app-p256", "token-p256"} < set(ids)
    assert service.calls("credentials/list") > 1
    with pytest.raises(KeyLoadError) as caught:
        service.key(None)
    assert caught.value.code == "congkhai-S114"
    assert "pin-rsa" in caught.value.what


def test_an_only_key_needs_no_name(service: Service) -> None:
    service.act("only", ids=["free-p521"])
    assert service.key(None).credential.id == "free-p521"


def test_a_login_with_password_lasts_over_calls_and_is_renewed(service: Service) -> None:
    wire = CscWire(service.access(bearer=None, login=lambda: ("xa-mau", "mat-khau-csc")))
    key = load_remote(wire, typed(), credential="free-p521")
    key.sign(b"octets")
    assert service.calls("auth/login") == 1
    service.act("expire")
    assert verified(key, key.sign(b"octets"))
    assert service.calls("auth/login") == 2


def test_a_refused_login_is_tried_once(service: Service) -> None:
    wire = CscWire(service.access(bearer=None, login=lambda: ("xa-mau", "sai-mat-khau")))
    for _try in range(3):
        with pytest.raises(KeyRefusedError) as caught:
            wire.post("credentials/list", {})
        assert caught.value.code == "congkhai-S143"
        assert "sai-mat-khau" not in caught.value.explain()
    assert service.calls("auth/login") == 1


@pytest.mark.parametrize("token", ["het-han", "mã\ntruy cập"])
def test_a_refused_bearer_token_is_said_and_not_quoted(service: Service, token: str) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        load_remote(CscWire(service.access(bearer=lambda: token)), typed(), credential="free-p521")
    assert caught.value.code == "congkhai-S143"
    assert token not in caught.value.explain()


@pytest.mark.parametrize(
    "url",
    ["http://ky.example.vn/csc/v2", "ftp://127.0.0.1/csc", "ky.example.vn/csc/v2", "http://127.0.0.1.example.vn/",
     "https://ai:mk@ky.example.vn/csc/v2", ""],
)  # fmt: skip
def test_only_https_is_called_except_on_this_machine(service: Service, url: str) -> None:
    with pytest.raises(KeyLoadError) as caught:
        CscWire(service.access(url=url))
    assert caught.value.code == "congkhai-S140"


def test_loopback_and_https_are_fine(service: Service) -> None:
    for url in ("http://localhost:1/csc/v2", "http://[::1]:1/csc/v2", "https://ky.example.vn/csc/v2"):
        assert CscWire(service.access(url=url)).access.url == url


def test_exactly_one_way_to_log_in(service: Service) -> None:
    for login in ({"bearer": None}, {"login": lambda: ("a", "b")}):
        with pytest.raises(KeyLoadError):
            CscWire(service.access(**login))


def test_a_wrong_pin_is_tried_once_and_never_again(service: Service) -> None:
    key = service.key("pin-rsa", typed(PIN="111111"))
    for _try in range(5):
        with pytest.raises(KeyRefusedError) as caught:
            key.sign(b"octets")
        assert caught.value.code == "congkhai-S144"
        assert "111111" not in caught.value.explain()
    assert service.calls("credentials/authorize") == 1
    assert service.calls("signatures/signHash") == 0


def test_a_locked_key_says_so(service: Service) -> None:
    for _try in range(3):
        with pytest.raises(KeyRefusedError, match="PIN"):
            service.key("pin-rsa", typed(PIN="111111")).sign(b"octets")
    with pytest.raises(KeyRefusedError) as caught:
        service.key("pin-rsa").sign(b"octets")
    assert caught.value.code == "congkhai-S145"


def test_nothing_is_asked_of_the_service_when_nobody_types(service: Service) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        service.key("pin-rsa", typed(PIN="")).sign(b"octets")
    assert caught.value.code == "congkhai-S135"
    assert service.calls("credentials/authorize") == 0


def test_a_code_is_sent_before_it_is_asked_for(service: Service) -> None:
    asked: list[list[str]] = []

    def holder(wanted: Sequence[AuthObject]) -> Mapping[str, str]:
        asked.append([one.id for one in wanted])
        return {"PIN": PIN, "OTP": service.act("code")["code"]}

    key = service.key("otp-p384", holder)
    assert verified(key, key.sign(b"a"), b"a")
    assert verified(key, key.sign(b"b"), b"b")
    assert asked == [["PIN", "OTP"], ["PIN", "OTP"]]


def test_the_holder_confirms_on_their_own_device_and_is_waited_for(service: Service) -> None:
    key = service.key("app-p256")

    def later() -> None:
        while not service.running.simulator.control("GET", "state", {})["waiting"]:
            time.sleep(0.01)
        time.sleep(0.1)
        service.act("confirm")

    person = threading.Thread(target=later)
    person.start()
    value = key.sign(b"octets")
    person.join()
    assert verified(key, value)
    assert service.calls("credentials/authorizeCheck") >= 2


def test_a_holder_who_declines_is_believed(service: Service) -> None:
    key = service.key("app-p256", poll=0.2)
    person = threading.Timer(0.1, lambda: service.act("decline"))
    person.start()
    with pytest.raises(KeyRefusedError) as caught:
        key.sign(b"octets")
    person.join()
    assert caught.value.code == "congkhai-S146"
    assert service.calls("signatures/signHash") == 0


def test_a_holder_who_does_not_answer_is_not_waited_for_forever(service: Service) -> None:
    started = time.monotonic()
    with pytest.raises(KeyUnreachableError) as caught:
        service.key("app-p256", patience=0.3).sign(b"octets")
    assert caught.value.code == "congkhai-S148"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("credential", ["off-p256", "revoked-p256"])
def test_a_key_that_the_service_bars_is_refused_before_anybody_is_asked(service: Service, credential: str) -> None:
    with pytest.raises(CertificateNotUsableError) as caught:
        service.key(credential)
    assert caught.value.code == "congkhai-S127"


def test_an_unknown_key_is_an_error_with_the_service_s_words(service: Service) -> None:
    with pytest.raises(SigningError) as caught:
        service.key("không có")
    assert caught.value.code == "congkhai-S147"
    assert "credentialID" in caught.value.what


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_service_may_be_tried_again(service: Service, status: int) -> None:
    key = service.key("free-p521")
    service.fault("http", "signHash", status=status)
    with pytest.raises(KeyUnreachableError) as caught:
        key.sign(b"octets")
    assert caught.value.code == "congkhai-S142"
    assert verified(key, key.sign(b"octets"))


def test_a_broken_or_slow_line_may_be_tried_again(service: Service) -> None:
    key = load_remote(CscWire(service.access(read_timeout=0.3)), typed(), credential="free-p521")
    for fault, more in (("reset", {}), ("slow", {"ms": 1500})):
        service.fault(fault, "signHash", **more)
        with pytest.raises(KeyUnreachableError) as caught:
            key.sign(b"octets")
        assert caught.value.code == "congkhai-S141"
    assert verified(key, key.sign(b"octets"))


def test_nobody_at_the_address_is_said(service: Service) -> None:
    wire = CscWire(service.access(url="http://127.0.0.1:9/csc/v2", connect_timeout=1.0))
    with pytest.raises(KeyUnreachableError):
        wire.post("info", {})


@pytest.mark.parametrize(("fault", "code"), [("html", "congkhai-S147"), ("redirect", "congkhai-S147")])
def test_an_answer_that_is_no_csc_answer_is_refused(service: Service, fault: str, code: str) -> None:
    service.fault(fault, "credentials/info")
    with pytest.raises(SigningError) as caught:
        service.key("free-p521")
    assert caught.value.code == code


@pytest.mark.parametrize(("fault", "code"), [("other_value", "congkhai-S149"), ("empty", "congkhai-S147")])
def test_a_value_that_is_not_ours_never_leaves(service: Service, fault: str, code: str) -> None:
    key = service.key("pin-rsa")
    service.fault(fault, "signHash")
    with pytest.raises(SigningError) as caught:
        key.sign(b"octets")
    assert caught.value.code == code


def test_activation_data_serve_one_digest_once(service: Service) -> None:
    wire = CscWire(service.access())
    one, two = "A" * 43 + "=", "B" * 42 + "E="
    common = {"credentialID": "later-p256", "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1"}
    sign = {**common, "signAlgo": "1.2.840.10045.4.3.2"}

    def allowed() -> str:
        body = {**common, "numSignatures": 1, "hashes": [one], "authData": []}
        return str(wire.post("credentials/authorize", body)[1]["SAD"])

    with pytest.raises(SigningError, match="not authorized"):
        wire.post("signatures/signHash", {**sign, "SAD": allowed(), "hashes": [two]})
    used = allowed()
    wire.post("signatures/signHash", {**sign, "SAD": used, "hashes": [one]})
    with pytest.raises(SigningError, match="SAD"):
        wire.post("signatures/signHash", {**sign, "SAD": used, "hashes": [one]})


def test_what_the_holder_typed_is_neither_logged_nor_repeated(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = service.key("pin-rsa")
    service.fault("echo", "credentials/authorize")
    with pytest.raises(SigningError) as caught:
        key.sign(b"octets")
    assert PIN not in caught.value.explain()
    key.sign(b"octets")
    assert PIN not in caplog.text
    assert PIN not in (service.running.simulator.folder / "journal.jsonl").read_text(encoding="utf-8")


def test_the_simulator_runs_as_a_process_of_its_own_and_survives_a_kill(tmp_path: Path) -> None:
    (tmp_path / "scenario.json").write_text(json.dumps(SCENARIO), encoding="utf-8")
    command = [
        sys.executable, "-m", "congkhai.connectors.simulators.csc", "--state", str(tmp_path / "state"),
        "--scenario", str(tmp_path / "scenario.json"),
    ]  # fmt: skip
    certificates = []
    for end in (signal.SIGKILL, signal.SIGTERM):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            access = CscAccess(url, bearer=lambda: "ma-truy-cap")
            key = load_remote(CscWire(access), typed(PIN=PIN), credential="pin-rsa")
            assert verified(key, key.sign(b"octets"))
            certificates.append(key.certificate_der)
            os.kill(process.pid, end)
    assert certificates[0] == certificates[1]


class _Tls:
    """An HTTPS service with a certificate of its own making, that lists no keys."""

    def __init__(self, folder: Path) -> None:
        private = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
            .serial_number(5).not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2049, 1, 1, tzinfo=dt.UTC))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(private, hashes.SHA256())
        )  # fmt: skip
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "key.pem").write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, folder / "key.pem")
        self.seen: list[str] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(self.headers["Authorization"])
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"credentialIDs": []}')

            def log_message(self, *arguments: Any) -> None:
                """Write nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *arguments: Any) -> None:
                """A client that hangs up in the handshake is what is tested."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/csc/v2"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def test_tls_of_an_authority_that_nobody_trusts_gets_no_login(tmp_path: Path) -> None:
    service = _Tls(tmp_path)
    try:
        with pytest.raises(KeyUnreachableError) as caught:
            CscWire(CscAccess(service.url, bearer=lambda: "ma")).post("credentials/list", {})
        assert "SSL" in caught.value.what
        assert service.seen == []
        trusting = CscWire(CscAccess(service.url, bearer=lambda: "ma", ca_file=service.ca))
        assert credential_ids(trusting) == ()
        assert service.seen == ["Bearer ma"]
    finally:
        service.stop()
