"""Mail to all staff through a real SMTP server on loopback: delivered once, recorded per person, honest in doubt."""

import json
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from congkhai.connectors.mail import MailChannel, MailSettings
from congkhai.connectors.mail_message import message_id
from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import feedback_code

from .bench import BODY, TITLE, Bench
from .tls import Certificates, make_certificates

STAFF = ("an@mau.example.vn", "binh@mau.example.vn", "chi@mau.example.vn")


class Postman:
    """The server's side: keeps what it took, and fails as told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.refused: dict[str, str] = {}
        self.lost: set[str] = set()
        self.plain_commands = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not session.ssl:
            self.plain_commands += 1
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        (recipient,) = envelope.rcpt_tos
        self.taken.append((recipient, message))
        if recipient in self.lost:
            server.transport.abort()  # the mail is in, and nobody hears about it
        return "250 taken"


class Office(Controller):
    """A controller on a free port, whose trial connection trusts the test's own authority."""

    def __init__(self, postman: Postman, ca: Path, **options: Any) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._trust = ssl.create_default_context(cafile=str(ca))
        super().__init__(postman, hostname="127.0.0.1", port=port, **options)

    def _trigger_server(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
            if self.ssl_context is None:
                plain.recv(1024)
                return
            with self._trust.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
                wrapped.recv(1024)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def server(postman: Postman, certificates: Certificates) -> Iterator[Controller]:
    def allowed(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data == LoginPassword(b"congkhai", b"mat-khau"), handled=False)

    controller = Office(
        postman, certificates.ca, require_starttls=True, tls_context=certificates.server(),
        authenticator=allowed, auth_required=True,
    )  # fmt: skip
    controller.start()
    yield controller
    controller.stop()


def port_of(server: Controller) -> int:
    return int(server.port)


def mail(bench: Bench, port: int, certificates: Certificates, **settings: str) -> MailChannel:
    folder = bench.context.folder.parent
    (folder / "password").write_text("mat-khau\n", encoding="utf-8")
    written = {
        "smtp-host": "127.0.0.1", "smtp-port": str(port), "smtp-ca": str(certificates.ca), "smtp-user": "congkhai",
        "smtp-password": "{file password}", "smtp-timeout": "5 s", "sender": "congkhai@mau.example.vn",
        "recipients": ", ".join(STAFF), "list-id": "congkhai.mau.example.vn", **settings,
    }  # fmt: skip
    written = {key: value for key, value in written.items() if value or key != "smtp-password"}
    return MailChannel(MailSettings.model_validate(written, context={"folder": folder}), bench.context)


def test_everybody_gets_the_notice_with_its_papers_and_sees_nobody_else(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    channel = mail(bench, port_of(server), certificates)
    receipt = channel.publish(bench.notice())
    assert tuple(recipient for recipient, _message in postman.taken) == STAFF
    assert "3/3" in receipt.detail
    for recipient, message in postman.taken:
        assert message["To"] == recipient
        assert message["Message-ID"] == message_id("k1", "congkhai@mau.example.vn") == "<k1@mau.example.vn>"
        assert message["List-Id"] == "<congkhai.mau.example.vn>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert TITLE in message["Subject"]
        assert feedback_code("c0123456789abcde") in message["Subject"]
        body = message.get_body(("plain",))
        assert body is not None
        assert all(line in body.get_content() for line in BODY.splitlines())
        first, second = message.iter_attachments()
        assert (first.get_content_type(), first.get_content()) == ("application/pdf", b"%PDF-1.7 mot")
        assert first.get_filename() == "Kế hoạch số 15KH-UBND ngày 06.7.pdf"
        assert second.get_content_type() == "application/octet-stream"
    assert postman.plain_commands == 0


def test_a_second_try_sends_nothing_and_reads_back_from_the_record(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    channel = mail(bench, port_of(server), certificates)
    assert channel.find("k1") is None
    receipt = channel.publish(bench.notice())
    assert mail(bench, port_of(server), certificates).find("k1") == receipt
    assert channel.publish(bench.notice()) == receipt
    assert len(postman.taken) == 3


def test_a_refused_address_is_recorded_and_the_others_get_their_mail(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    postman.refused = {STAFF[1]: "550 no such user"}
    channel = mail(bench, port_of(server), certificates)
    receipt = channel.publish(bench.notice())
    assert "2/3" in receipt.detail
    assert "1 địa chỉ bị từ chối" in receipt.detail
    record = json.loads(channel.proof("k1"))
    assert {address: (one["fate"], one["code"]) for address, one in record["recipients"].items()} == {
        STAFF[0]: ("sent", 250), STAFF[1]: ("refused", 550), STAFF[2]: ("sent", 250)
    }  # fmt: skip


def test_a_busy_server_is_tried_again_for_those_who_are_left_only(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    postman.refused = {STAFF[2]: "451 try later"}
    channel = mail(bench, port_of(server), certificates)
    with pytest.raises(OutsideError) as failed:
        channel.publish(bench.notice())
    assert not isinstance(failed.value, UndecidedError)
    assert channel.find("k1") is None
    postman.refused = {}
    assert "3/3" in channel.publish(bench.notice()).detail
    assert [recipient for recipient, _message in postman.taken] == list(STAFF)


def test_a_lost_answer_after_the_content_is_undecided_and_nobody_is_written_to_twice(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    postman.lost = {STAFF[0]}
    channel = mail(bench, port_of(server), certificates)
    for _turn in range(2):
        with pytest.raises(UndecidedError) as unsure:
            channel.publish(bench.notice())
        assert "1/3" in unsure.value.what
    with pytest.raises(UndecidedError):
        channel.find("k1")
    assert [recipient for recipient, _message in postman.taken] == list(STAFF)
    postman.lost = set()
    channel.forget("k1")  # a person found out that it did not arrive
    assert "3/3" in channel.publish(bench.notice()).detail
    assert [recipient for recipient, _message in postman.taken] == [*STAFF, STAFF[0]]


def test_a_crash_between_handing_over_and_the_answer_leaves_it_undecided(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    channel = mail(bench, port_of(server), certificates)
    with monkeypatch.context() as patch:
        patch.setattr("congkhai.connectors.mail.hand_over", die)
        with pytest.raises(KeyboardInterrupt):
            channel.publish(bench.notice())
    again = mail(bench, port_of(server), certificates)
    assert again.find("k1") is None  # two are left, who must not wait
    with pytest.raises(UndecidedError):
        again.publish(bench.notice())
    assert [recipient for recipient, _message in postman.taken] == list(STAFF[1:])


def test_a_wrong_password_stops_at_once_and_nothing_is_sent(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    channel = mail(bench, port_of(server), certificates, **{"smtp-user": "nguoi-la"})
    with pytest.raises(AccessError):
        channel.publish(bench.notice())
    assert postman.taken == []
    assert [one.result for one in channel.check(live=True)] == ["ok", "fail"]


def test_a_server_that_is_not_who_it_says_gets_nothing(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates, tmp_path: Path
) -> None:
    other = make_certificates(tmp_path)
    channel = mail(bench, port_of(server), certificates, **{"smtp-ca": str(other.ca)})
    with pytest.raises(OutsideError):
        channel.publish(bench.notice())
    assert postman.taken == []
    assert channel.find("k1") is None


def test_tls_from_the_start_works_too(bench: Bench, postman: Postman, certificates: Certificates) -> None:
    controller = Office(postman, certificates.ca, ssl_context=certificates.server())
    controller.start()
    try:
        channel = mail(
            bench, port_of(controller), certificates,
            **{"smtp-security": "tls", "smtp-user": "", "smtp-password": ""},
        )  # fmt: skip
        assert "3/3" in channel.publish(bench.notice()).detail
    finally:
        controller.stop()


def test_a_paper_that_does_not_fit_is_named_instead(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    channel = mail(bench, port_of(server), certificates, **{"attachments-limit": "15 B"})
    channel.publish(bench.notice())
    message = postman.taken[0][1]
    assert [one.get_filename() for one in message.iter_attachments()] == ["Kế hoạch số 15KH-UBND ngày 06.7.pdf"]
    body = message.get_body(("plain",))
    assert body is not None
    assert "quá lớn để gửi kèm" in body.get_content()
    assert bench.trap.sha256 in body.get_content()


def test_a_withdrawal_is_told_in_the_same_thread_only_where_asked(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates
) -> None:
    channel = mail(bench, port_of(server), certificates)
    channel.publish(bench.notice())
    channel.withdraw("k1")
    assert len(postman.taken) == 3
    telling = mail(bench, port_of(server), certificates, **{"tell-withdrawal": "yes"})
    for _turn in range(2):
        telling.withdraw("k1")
    assert len(postman.taken) == 6
    last = postman.taken[-1][1]
    assert last["In-Reply-To"] == "<k1@mau.example.vn>"
    assert last["Message-ID"] == "<k1-w@mau.example.vn>"
    assert telling.probe("k1").visible is None


def test_the_list_of_recipients_may_be_a_file_and_a_bad_line_stops_all(
    bench: Bench, server: Controller, postman: Postman, certificates: Certificates, tmp_path: Path
) -> None:
    people = tmp_path / "nguoi-nhan.txt"
    people.write_text(
        "# toàn thể\nan@mau.example.vn\n\ndung@mau.example.vn # mới\nan@mau.example.vn\n", encoding="utf-8"
    )
    only_file = {"recipients": "", "recipients-file": str(people)}
    channel = mail(bench, port_of(server), certificates, **only_file)
    assert [one.what for one in channel.check(live=False)] == ["2 người nhận."]
    people.write_text("an@mau.example.vn\nkhông phải địa chỉ\n", encoding="utf-8")
    with pytest.raises(OutsideError):
        channel.publish(bench.notice())
    assert postman.taken == []
    people.unlink()
    assert [one.result for one in channel.check(live=False)] == ["fail"]


@pytest.mark.parametrize(
    "settings",
    [{"recipients": "an"}, {"sender": "x"}, {"list-id": "có dấu"}, {"smtp-user": ""}, {"smtp-host": ""},
     {"reply-to": "a b@c.vn"}],
)  # fmt: skip
def test_settings_that_could_not_work_are_refused(
    bench: Bench, certificates: Certificates, settings: dict[str, str]
) -> None:
    with pytest.raises(ValueError):
        mail(bench, 25, certificates, **settings)
