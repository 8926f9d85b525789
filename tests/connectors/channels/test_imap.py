"""A mailbox of comments: read whole, never marked read, each mail once, and honest when it could not be read."""

import random
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from congkhai.connectors.imap import ImapSettings, ImapSource
from congkhai.connectors.imap_mail import read_mail, unquoted
from congkhai.connectors.mail_session import Fate, Handed
from congkhai.plugin.errors import AccessError, ConfigurationError, OutsideError
from congkhai.plugin.interfaces import PulledFeedback
from congkhai.plugin.records import CursorMark

from .bench import NOW, Bench
from .imap_server import Box, ImapServer
from .tls import Certificates, make_certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def server(box: Box, certificates: Certificates) -> Iterator[ImapServer]:
    running = ImapServer(box, certificates)
    yield running
    running.stop()


def source(bench: Bench, port: int, certificates: Certificates, **settings: str) -> ImapSource:
    folder = bench.context.folder.parent
    (folder / "password").write_text(settings.pop("secret", "mat-khau"), encoding="utf-8")
    written = {
        "host": "127.0.0.1", "port": str(port), "ca-bundle": str(certificates.ca), "user": "gop-y",
        "password": "{file password}", "timeout": "5 s", **settings,
    }  # fmt: skip
    return ImapSource(ImapSettings.model_validate(written, context={"folder": folder}), bench.context)


def mail(
    number: int = 1, subject: str = "Góp ý GY-19D0E433", text: str = "Đề nghị làm rõ mục 2.", **headers: str
) -> bytes:
    message = EmailMessage()
    message["From"] = "Nguyễn Văn Mẫu <mau@example.vn>"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@example.vn>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def pulled(channel: ImapSource, cursor: str | None = None) -> tuple[list[PulledFeedback], str]:
    items = list(channel.pull(cursor))
    marks = [one.value for one in items if isinstance(one, CursorMark)]
    return [one for one in items if isinstance(one, PulledFeedback)], marks[-1]


def test_mails_are_offered_with_what_they_say_and_stay_unread(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates
) -> None:
    key = "0123456789abcdef0123456789abcdef"
    box.put(mail(1, In_Reply_To=f"<{key}@mau.example.vn>"))
    box.put(mail(2, text="Nhất trí.\n\nVào lúc 08:00 ngày 06/7, UBND xã đã viết:\n> nội dung cũ\n"))
    (first, second), _cursor = pulled(source(bench, server.port, certificates))
    assert (first.key, first.sender, first.subject) == ("<1@example.vn>", "mau@example.vn", "Góp ý GY-19D0E433")
    assert (first.text, first.references, first.received_at) == ("Đề nghị làm rõ mục 2.", (key,), NOW)
    assert second.text == "Nhất trí."
    assert all(one.flags == set() for one in box.mails.values())
    assert not [line for line in box.commands if line.split()[0].upper() in {"SELECT", "STORE", "EXPUNGE", "CLOSE"}]


def test_only_what_is_new_is_read_and_the_last_mail_is_not_offered_twice(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates
) -> None:
    channel = source(bench, server.port, certificates)
    box.put(mail(1))
    _items, cursor = pulled(channel)
    assert pulled(channel, cursor)[0] == []
    box.put(mail(2))
    items, cursor = pulled(channel, cursor)
    assert [one.key for one in items] == ["<2@example.vn>"]
    box.mails.clear()
    assert pulled(channel, cursor)[0] == []


def test_a_rebuilt_mailbox_is_read_from_its_beginning_under_the_same_keys(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates
) -> None:
    channel = source(bench, server.port, certificates)
    old = box.put(mail(1), arrived="01-Jan-2026 08:00:00 +0700")
    box.put(mail(2))
    first, cursor = pulled(channel)
    assert [one.key for one in first] == ["<2@example.vn>"]  # the first reading goes back 30 days
    box.validity = 2
    again, _cursor = pulled(channel, cursor)
    assert [one.key for one in again] == ["<1@example.vn>", "<2@example.vn>"]
    assert old == 1
    assert len(pulled(source(bench, server.port, certificates, **{"since-days": "0"}))[0]) == 2


def test_a_connection_that_breaks_keeps_what_was_offered_and_goes_on_from_the_last_mark(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("congkhai.connectors.imap._EVERY", 2)
    for number in range(1, 6):
        box.put(mail(number))
    box.drop_on, box.answers = "UID FETCH", 7  # two fetches a mail: it hangs up within the fourth
    channel = source(bench, server.port, certificates)
    offered: list[PulledFeedback | CursorMark] = []
    with pytest.raises(OutsideError) as failed:
        for one in channel.pull(None):
            offered.append(one)  # noqa: PERF402 - what came before the break must be kept
    assert not isinstance(failed.value, AccessError)
    assert [one.key for one in offered if isinstance(one, PulledFeedback)] == [f"<{n}@example.vn>" for n in (1, 2, 3)]
    (mark,) = [one.value for one in offered if isinstance(one, CursorMark)]
    box.drop_on = ""
    assert [one.key for one in pulled(channel, mark)[0]] == [f"<{n}@example.vn>" for n in (3, 4, 5)]


def test_a_wrong_password_or_mailbox_is_a_refusal_and_a_stranger_is_not_believed(
    bench: Bench, server: ImapServer, certificates: Certificates, tmp_path: Path
) -> None:
    with pytest.raises(AccessError):
        pulled(source(bench, server.port, certificates, secret="sai"))
    with pytest.raises(AccessError):
        pulled(source(bench, server.port, certificates, mailbox="GopY"))
    with pytest.raises(ConfigurationError):
        pulled(source(bench, server.port, certificates, mailbox="Góp ý"))
    with pytest.raises(OutsideError) as untrusted:
        pulled(source(bench, server.port, make_certificates(tmp_path)))
    assert not isinstance(untrusted.value, AccessError)
    with pytest.raises(OutsideError):
        pulled(source(bench, 9, certificates))


def test_a_check_opens_the_mailbox_and_changes_nothing(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates
) -> None:
    channel = source(bench, server.port, certificates)
    assert [one.result for one in channel.check(live=False)] == ["skipped"]
    assert [one.result for one in channel.check(live=True)] == ["ok"]
    assert [one.result for one in source(bench, server.port, certificates, secret="sai").check(live=True)] == ["fail"]


def test_a_mail_that_is_too_large_is_named_and_its_body_left(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates
) -> None:
    box.put(mail(1, text="dài " * 2000))
    (item,), _cursor = pulled(source(bench, server.port, certificates, **{"max-size": "1 KiB"}))
    assert (item.text, item.subject) == ("", "Góp ý GY-19D0E433")
    assert "quá lớn" in item.note


def test_a_sender_is_told_once_they_can_be_and_a_machine_never(
    bench: Bench, box: Box, server: ImapServer, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[EmailMessage, str]] = []
    fates = iter([Handed(Fate.SENT, 250), Handed(Fate.LATER, 451), Handed(Fate.REFUSED, 550)])

    def hand_over(_session: object, message: EmailMessage, _sender: str, recipient: str) -> Handed:
        sent.append((message, recipient))
        return next(fates)

    class Open:
        def __enter__(self) -> None: ...
        def __exit__(self, *_exception: object) -> None: ...

    monkeypatch.setattr("congkhai.connectors.imap.hand_over", hand_over)
    monkeypatch.setattr("congkhai.connectors.imap.session", lambda _settings: Open())
    box.put(mail(1))
    box.put(mail(2, Auto_Submitted="auto-replied"))
    box.put(mail(3, Reply_To="khac@example.vn"))
    silent = source(bench, server.port, certificates)
    assert silent.acknowledge("<1@example.vn>") is False
    channel = source(bench, server.port, certificates, **{"smtp-host": "127.0.0.1", "sender": "gop-y@mau.example.vn"})
    assert channel.acknowledge("<1@example.vn>") is True
    reply, recipient = sent[0]
    assert (recipient, reply["In-Reply-To"], reply["Auto-Submitted"]) == (
        "mau@example.vn", "<1@example.vn>", "auto-replied"
    )  # fmt: skip
    assert channel.acknowledge("<2@example.vn>") is False
    assert channel.acknowledge("<9@example.vn>") is False
    with pytest.raises(OutsideError):
        channel.acknowledge("<3@example.vn>")
    assert channel.acknowledge("<3@example.vn>") is False
    assert [to for _message, to in sent] == ["mau@example.vn", "khac@example.vn", "khac@example.vn"]
    assert box.mails[1].flags == set()


# what a mail holds


def test_a_page_is_read_as_words_and_scripts_are_none() -> None:
    message = EmailMessage()
    message["From"] = "a@example.vn"
    message.set_content(
        "<html><head><style>p{}</style><script>alert(1)</script></head>"
        "<p>Dòng một</p><div>Dòng <b>hai</b></div></html>",
        subtype="html",
    )
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    item = read_mail(message.as_bytes(), arrived="", now=NOW)
    assert item.text == "Dòng một\nDòng hai"
    assert "1 tệp kèm theo" in item.note
    assert item.key.startswith("sha256:")
    assert item.received_at == NOW


def test_a_mail_in_an_unknown_charset_is_kept_and_says_so() -> None:
    raw = b"From: a@example.vn\nContent-Type: text/plain; charset=x-la\n\nchu khong dau\n"
    item = read_mail(raw, arrived="31-Feb-2026 08:00:00 +0700", now=NOW)
    assert "chu khong dau" in item.text
    assert "không đọc được" in item.note


@pytest.mark.parametrize(
    "headers",
    [{"Auto-Submitted": "auto-replied; x"}, {"Precedence": "bulk"}, {"Return-Path": "<>"},
     {"X-Auto-Response-Suppress": "All"}],
)  # fmt: skip
def test_a_machine_s_mail_is_seen(headers: dict[str, str]) -> None:
    assert read_mail(mail(1, **headers), arrived="", now=NOW).automatic
    assert not read_mail(mail(1, Precedence="list", Auto_Submitted="no"), arrived="", now=NOW).automatic


def test_somebody_who_wrote_between_the_lines_is_heard() -> None:
    assert unquoted("> câu hỏi\n> câu hai") == "> câu hỏi\n> câu hai"
    assert unquoted("Tôi nhất trí\n--\nMẫu\n0900") == "Tôi nhất trí"
    assert unquoted("Ý kiến\n---- Thư gốc ----\nTừ: x") == "Ý kiến"


def test_no_bytes_break_the_reader() -> None:
    chance = random.Random(4)  # noqa: S311 - damage, not a secret
    whole = mail(1, subject="=?utf-8?b?R8OzcA==?=", References="<x@y> <" + "a" * 2000)
    for _turn in range(300):
        damaged = bytearray(whole)
        for _hit in range(chance.randint(1, 12)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 4))
        item = read_mail(bytes(damaged), arrived=chance.choice(["", "rác", "06-Jul-2026 08:00:00 +0700"]), now=NOW)
        assert item.key
        assert item.received_at.tzinfo
