"""Mail over a real SMTP server on the loopback, with TLS; refusals and wrong certificates."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from congkhai.connectors.messenger_mail import Mail, MailSettings
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.config.secrets import SecretRef
from congkhai.plugin.errors import AccessError, ConfigurationError, OutsideError
from congkhai.plugin.interfaces import Context, Message

NOW = datetime(2026, 7, 7, 0, 30, tzinfo=UTC)
MESSAGE = Message(
    "a" * 32, "records_officer", "[congkhai] 2 việc đến hạn", "UBND xã Mẫu Sơn\n\nSẮP ĐẾN HẠN:\n  - Việc\n"
)


class Inbox:
    """What the server took; `refuse` is its answer to a recipient."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "may thu mau")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1)).not_valid_after(datetime.now(UTC) + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def _login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"congkhai", b"mat-khau")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def server(inbox: Inbox, certificate: Path) -> Iterator[Callable[..., int]]:
    """Start a server on a free port of the loopback and return the port."""
    running: list[Controller] = []

    def start(security: str = "starttls", *, login: bool = False) -> int:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        options: dict[str, Any] = {"authenticator": _login, "auth_required": True} if login else {}
        if security == "tls":
            controller = Controller(inbox, hostname="127.0.0.1", port=_free_port(), ssl_context=tls, **options)
        else:
            controller = Controller(
                inbox, hostname="127.0.0.1", port=_free_port(), tls_context=tls, require_starttls=True, **options
            )
        controller.start()
        running.append(controller)
        return int(controller.port)

    yield start
    for controller in running:
        controller.stop(no_assert=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mail(port: int, certificate: Path | None, folder: Path, **more: Any) -> Mail:
    settings = MailSettings.model_validate(
        {
            "roles": "records_officer, head", "to": "vanthu@mau.gov.vn, lanhdao@mau.gov.vn", "host": "127.0.0.1",
            "sender": "congkhai@mau.gov.vn", "port": port, "timeout": "5 s",
            **({"ca-file": str(certificate)} if certificate else {}), **more,
        },
        context={"folder": folder},
    )  # fmt: skip
    return Mail(settings, Context("thu", "main", FixedClock(NOW), _no_blob, folder))


def _no_blob(_sha256: str) -> Any:
    raise AssertionError


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_message_arrives_encrypted_at_the_address_of_its_role_under_its_key(
    server: Callable[..., int], inbox: Inbox, certificate: Path, tmp_path: Path, security: str
) -> None:
    sender = mail(server(security), certificate, tmp_path, security=security)
    sender.send(MESSAGE)
    sender.send(MESSAGE)
    first, second = (message_from_bytes(bytes(one.content), policy=policy.default) for one in inbox.taken)
    assert inbox.taken[0].rcpt_tos == ["vanthu@mau.gov.vn"]
    assert first["subject"] == MESSAGE.subject
    assert first.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert first["message-id"] == second["message-id"] == f"<{'a' * 32}@mau.gov.vn>"
    assert first["date"].datetime == NOW
    assert all(result.result == "ok" for result in sender.check(live=True))


def test_a_login_is_made_only_over_tls_and_a_refused_one_asks_a_person(
    server: Callable[..., int], inbox: Inbox, certificate: Path, tmp_path: Path
) -> None:
    (tmp_path / "right").write_text("mat-khau\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("khac\n", encoding="utf-8")
    port = server(login=True)
    mail(port, certificate, tmp_path, user="congkhai", password="{file right}").send(MESSAGE)
    assert len(inbox.taken) == 1
    wrong = mail(port, certificate, tmp_path, user="congkhai", password="{file wrong}")
    with pytest.raises(AccessError) as refused:
        wrong.send(MESSAGE)
    assert refused.value.code == "congkhai-E593"
    assert [result.result for result in wrong.check(live=True)] == ["fail"]
    assert "khac" not in repr(refused.value) + repr(SecretRef("file", "wrong", tmp_path))


def test_an_unknown_certificate_is_not_talked_to(server: Callable[..., int], inbox: Inbox, tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as refused:
        mail(server(), None, tmp_path).send(MESSAGE)
    assert refused.value.code == "congkhai-E592"
    assert inbox.taken == []


def test_a_server_that_is_not_there_is_tried_again_later(certificate: Path, tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as failed:
        mail(1, certificate, tmp_path).send(MESSAGE)
    assert not isinstance(failed.value, AccessError)


@pytest.mark.parametrize(("answer", "kind"), [("550 no such box", AccessError), ("451 try later", OutsideError)])
def test_a_refused_address_is_told_apart_from_a_full_queue(
    server: Callable[..., int], inbox: Inbox, certificate: Path, tmp_path: Path, answer: str, kind: type[OutsideError]
) -> None:
    inbox.refuse = answer
    with pytest.raises(OutsideError) as refused:
        mail(server(), certificate, tmp_path).send(MESSAGE)
    assert type(refused.value) is kind
    assert "vanthu" not in str(refused.value), "no address in what may reach a log"


def test_roles_and_addresses_must_go_together(tmp_path: Path, certificate: Path) -> None:
    with pytest.raises(ConfigurationError):
        mail(1, certificate, tmp_path, to="vanthu@mau.gov.vn")
    with pytest.raises(ValueError, match="địa chỉ thư"):
        mail(1, certificate, tmp_path, to="vanthu, head@mau.gov.vn")
