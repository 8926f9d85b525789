"""Signers over tokens and remote services: what the ini may say, whose PIN it is, and who may set them to work."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import softhsm as t
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from softhsm import PIN, Faults, Tokens

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.csc import CscSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.config.load import IniError, load
from congkhai.plugin.errors import AccessError, ConfigurationError, NotAllowedError, OutsideError
from congkhai.plugin.host import Host
from congkhai.plugin.interfaces import Context, Signer
from congkhai.plugin.signer_keys import Asking
from congkhai.plugin.signing_desk import sign_unattended
from congkhai.signing.algorithms import BY_NAME, verify_value

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
EC_KEY, RSA_KEY = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
LABEL = "ky-so"
CSC_PIN = "246810"
UNATTENDED = "attended = no\nunattended-basis = 12/QĐ-UBND ngày 05/01/2026"


@dataclass(frozen=True)
class _Holder:
    """A key with a certificate that it issued itself."""

    private: Any
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nguyễn Văn Mẫu")])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.private.public_key())
            .serial_number(7).not_valid_before(NOW - timedelta(days=30)).not_valid_after(NOW + timedelta(days=400))
            .add_extension(usage, critical=True).sign(self.private, hashes.SHA256())
        )  # fmt: skip


@pytest.fixture(scope="module")
def host() -> Host:
    made = Host(["congkhai.plugin.signers", "congkhai.plugin.signers_token", "congkhai.plugin.signers_remote"])
    assert made.problems == ()
    return made


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tokens]:
    made = Tokens(tmp_path / "hsm", monkeypatch.setenv)
    made.put(made.make(LABEL), _Holder(EC_KEY))
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    scenario = {"name": "csc", "start": NOW.isoformat(), "end": "2027-12-01T00:00:00+07:00", "entries": []}
    made = Running(CscSimulator(tmp_path_factory.mktemp("csc"), parse_scenario(scenario)))
    yield made
    made.stop()


@pytest.fixture
def service(running: Running) -> Running:
    running.simulator.memory.clear()
    running.simulator.faults.clear()
    return running


Make = Callable[..., Signer]


@pytest.fixture
def signer(host: Host, tmp_path: Path) -> Make:
    """Make a signer of what stands in its section."""

    def make(keys: str, role: str = "head") -> Signer:
        (tmp_path / "pin").write_text(PIN + "\n")
        (tmp_path / "csc-pin").write_text(CSC_PIN + "\n")
        (tmp_path / "bad-pin").write_text("0000\n")
        (tmp_path / "ma").write_text("ma-truy-cap\n")
        ini = tmp_path / "congkhai.ini"
        head = "[agency]\nname = UBND xã Mẫu\ncode = MAU\nkind = xa\n"
        ini.write_text(f"{head}[signer:x]\nrole = {role}\nperson = Nguyễn Văn Mẫu\n{keys}\n", encoding="utf-8")
        section = load(ini, host).signers["x"]

        def no_blob(_digest: str) -> Any:
            raise AssertionError("a signer opens no document")

        return host.make_signer(section, Context("x", "main", FixedClock(NOW), no_blob, tmp_path / "own"))

    return make


@pytest.fixture
def token_keys(tokens: Tokens) -> str:
    return f"type = pkcs11\nmodule = {tokens.module}\ntoken = {LABEL}"


@pytest.fixture
def csc_keys(service: Running) -> Callable[[str], str]:
    return lambda credential: (
        f"type = csc\nurl = {service.line['url']}\naccess-token = {{file ma}}\ncredential = {credential}\n"
        "poll = 20 ms\npatience = 300 ms"
    )


def _verified(signer: Signer, value: bytes) -> bool:
    public = x509.load_der_x509_certificate(signer.certificate()).public_key()
    return verify_value(BY_NAME[signer.algorithm], public, b"octets", value)


def _results(signer: Signer, *, live: bool = False) -> dict[str, str]:
    return {result.id.removeprefix("signer:x:"): result.result for result in signer.check(live=live)}


class _Person:
    """Somebody at the desk, what they were asked, and what they type."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    def __call__(self, label: str) -> str:
        self.asked.append(label)
        return self.answers[len(self.asked) - 1]


def test_making_a_signer_touches_neither_token_nor_service(signer: Make) -> None:
    signer("type = pkcs11\nmodule = none.so\ntoken = x")
    signer("type = csc\nurl = http://127.0.0.1:9/csc/v2\naccess-token = {file none}")


def test_an_attended_token_signs_when_its_holder_types_the_pin(
    signer: Make, token_keys: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mine, person = signer(token_keys), _Person(PIN)
    assert (mine.role, mine.person, mine.attended) == ("head", "Nguyễn Văn Mẫu", True)
    assert mine.algorithm == "ecdsa-sha256"
    assert isinstance(mine, Asking)
    mine.ask_with(person)
    assert person.asked == []  # reading the certificate asks nobody
    for _time in range(3):
        assert _verified(mine, mine.sign(b"octets"))
    (label,) = person.asked
    assert LABEL in label
    assert PIN not in caplog.text
    assert PIN not in repr(mine)


def test_an_attended_token_does_nothing_for_a_process_without_a_person(
    signer: Make, token_keys: str, tokens: Tokens
) -> None:
    faults = Faults(tokens.module)
    logins = faults.count("C_Login")
    try:
        with pytest.raises(AccessError) as caught:
            signer(token_keys).sign(b"octets")
    finally:
        faults.undo()
    assert caught.value.code == "congkhai-S135"
    assert logins == []


def test_an_attended_remote_key_does_nothing_for_a_process_without_a_person(
    signer: Make, csc_keys: Callable[[str], str], service: Running
) -> None:
    with pytest.raises(AccessError) as caught:
        signer(csc_keys("pin-rsa")).sign(b"octets")
    assert caught.value.code == "congkhai-S135"
    assert not service.simulator.memory.get("sads")


@pytest.mark.parametrize("kind", ["pkcs11", "csc"])
def test_the_daemon_never_sets_an_attended_key_to_work_even_with_its_pin_at_hand(
    signer: Make, token_keys: str, csc_keys: Callable[[str], str], kind: str
) -> None:
    keys = f"{token_keys}\npin = {{file pin}}" if kind == "pkcs11" else f"{csc_keys('pin-rsa')}\npin = {{file csc-pin}}"
    mine = signer(keys)
    step: Any = SimpleNamespace(house=SimpleNamespace(signers={"x": mine}), args={"signer": "x", "minutes": "bb-1"})
    with pytest.raises(NotAllowedError) as caught:
        sign_unattended(step)
    assert caught.value.code == "congkhai-E220"
    assert _results(mine)["pin"] == "warn"  # the PIN of a person does not belong on the machine


def test_a_key_that_works_by_itself_needs_its_pin_and_its_basis(signer: Make, token_keys: str) -> None:
    with pytest.raises(IniError, match="cần pin"):
        signer(f"{token_keys}\n{UNATTENDED}")
    with pytest.raises(IniError, match="unattended-basis"):
        signer(f"{token_keys}\nattended = no\npin = {{file pin}}")
    mine = signer(f"{token_keys}\n{UNATTENDED}\npin = {{file pin}}")
    assert not mine.attended
    assert _verified(mine, mine.sign(b"octets"))
    assert _results(mine, live=True) == {"token": "ok", "certificate": "ok", "trial": "ok"}


def test_a_seal_on_a_token_works_by_itself(signer: Make, token_keys: str) -> None:
    mine = signer(f"{token_keys}\nattended = no\npin = {{file pin}}", role="seal")
    assert _verified(mine, mine.sign(b"octets"))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("module = x.so", "serial"), ("module = x.so\ntoken = t\nkey-id = xyz", "thập lục phân"),
        ("token = t", "module"), ("module = x.so\ntoken = t\npin = 1234", "tham chiếu"),
    ],
)  # fmt: skip
def test_a_token_section_that_cannot_work_is_refused_at_once(signer: Make, keys: str, said: str) -> None:
    with pytest.raises(IniError, match=said) as caught:
        signer(f"type = pkcs11\n{keys}")
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("url = https://a/csc/v2", "access-token"),
        ("url = https://a/csc/v2\naccess-token = {file a}\nuser = b\npassword = {file c}", "đăng nhập"),
        ("url = https://a/csc/v2\nuser = b", "đăng nhập"), ("access-token = {file a}", "url"),
        ("url = https://a/csc/v2\naccess-token = {file a}\npoll = 0 s", "lớn hơn 0"),
    ],
)  # fmt: skip
def test_a_csc_section_that_cannot_work_is_refused_at_once(signer: Make, keys: str, said: str) -> None:
    with pytest.raises(IniError, match=said):
        signer(f"type = csc\n{keys}")


def test_a_wrong_pin_stops_work_until_a_person_has_looked(signer: Make, token_keys: str, tokens: Tokens) -> None:
    faults = Faults(tokens.module)
    logins = faults.count("C_Login")
    try:
        keys = f"{token_keys}\n{UNATTENDED}\npin = {{file bad-pin}}"
        for mine in (signer(keys), signer(keys)):  # the second as after a restart
            for _try in range(2):
                with pytest.raises(AccessError):  # which no work step repeats by itself
                    mine.sign(b"octets")
        assert len(logins) == 1
        assert _results(mine)["token"] == "warn"
    finally:
        faults.undo()


def test_the_holder_is_told_how_many_tries_are_left_and_may_try_again(
    signer: Make, token_keys: str, tokens: Tokens
) -> None:
    mine, person = signer(token_keys), _Person("0000", PIN)
    assert isinstance(mine, Asking)
    mine.ask_with(person)
    with pytest.raises(AccessError, match="lần thử"):
        mine.sign(b"octets")
    mine.ask_with(person)
    assert _verified(mine, mine.sign(b"octets"))
    assert "đã có lần nhập sai" in person.asked[1]


def test_a_token_that_is_not_there_is_an_outside_matter(signer: Make, token_keys: str, tokens: Tokens) -> None:
    mine = signer(f"{token_keys}\n{UNATTENDED}\npin = {{file pin}}")
    mine.sign(b"octets")
    tokens.pull_out()
    with pytest.raises(OutsideError) as caught:
        mine.sign(b"octets")
    assert not isinstance(caught.value, AccessError)  # it is tried again
    assert _results(signer(token_keys))["token"] == "warn"
    tokens.put_back()
    assert _verified(mine, mine.sign(b"octets"))


def test_a_locked_token_fails_the_check(signer: Make, token_keys: str, tokens: Tokens) -> None:
    faults = Faults(tokens.module)
    faults.flags(t.LOCKED)
    try:
        (result,) = [one for one in signer(token_keys).check(live=False) if one.id.endswith(":token")]
    finally:
        faults.undo()
    assert result.result == "fail"
    assert "khóa" in result.what


def test_the_check_of_an_attended_token_asks_nobody_and_signs_nothing(
    signer: Make, token_keys: str, tokens: Tokens
) -> None:
    faults = Faults(tokens.module)
    logins = faults.count("C_Login")
    mine, person = signer(token_keys), _Person()
    assert isinstance(mine, Asking)
    mine.ask_with(person)
    try:
        assert _results(mine, live=True) == {"token": "ok", "certificate": "ok", "trial": "skipped"}
    finally:
        faults.undo()
    assert (person.asked, logins) == ([], [])


def test_two_tokens_of_one_label_fail_with_both_serial_numbers(signer: Make, token_keys: str, tokens: Tokens) -> None:
    tokens.make(LABEL)
    (result,) = signer(token_keys).check(live=False)
    assert (result.id, result.result) == ("signer:x:token", "fail")
    assert all(serial in result.what for serial in tokens.serials())
    with pytest.raises(ConfigurationError):
        signer(token_keys).certificate()
    first = tokens.serials()
    found = [_results(signer(f"{token_keys}\nserial = {serial}"))["token"] for serial in first]
    assert sorted(found) == ["fail", "ok"]  # the second token is empty


def test_padding_and_place_of_the_key_come_from_the_ini(signer: Make, tokens: Tokens) -> None:
    serial = tokens.make("rsa")
    tokens.put(serial, _Holder(RSA_KEY), "khoa", b"\x0a\x1f")
    keys = f"type = pkcs11\nmodule = {tokens.module}\nserial = {serial}\npin = {{file pin}}\n{UNATTENDED}"
    for more, algorithm in (
        ("key-id = 0A:1f", "rsa-sha256"), ("key-label = khoa\nrsa-padding = pss", "rsa-pss-sha256"),
    ):  # fmt: skip
        mine = signer(f"{keys}\n{more}")
        assert mine.algorithm == algorithm
        assert _verified(mine, mine.sign(b"octets"))


def test_a_remote_key_signs_when_its_holder_types_the_pin(
    signer: Make, csc_keys: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mine, person = signer(csc_keys("pin-rsa")), _Person(CSC_PIN)
    assert isinstance(mine, Asking)
    mine.ask_with(person)
    for _time in range(2):
        assert _verified(mine, mine.sign(b"octets"))
    assert person.asked == ["PIN"]
    assert CSC_PIN not in caplog.text
    assert mine.algorithm == "rsa-sha256"
    assert signer(csc_keys("pin-rsa") + "\nrsa-padding = pss").algorithm == "rsa-pss-sha256"


def test_a_code_is_asked_for_anew_and_the_pin_is_not(
    signer: Make, csc_keys: Callable[[str], str], service: Running
) -> None:
    mine, asked = signer(csc_keys("otp-p384")), []

    def person(label: str) -> str:
        asked.append(label)
        return CSC_PIN if label == "PIN" else str(service.simulator.memory["code"])

    assert isinstance(mine, Asking)
    mine.ask_with(person)
    for _time in range(2):
        assert _verified(mine, mine.sign(b"octets"))
    assert asked == ["PIN", "Mã gửi qua SMS", "Mã gửi qua SMS"]


def test_a_confirmation_that_does_not_come_is_an_outside_matter(signer: Make, csc_keys: Callable[[str], str]) -> None:
    with pytest.raises(OutsideError) as caught:
        signer(csc_keys("app-p256")).sign(b"octets")
    assert caught.value.code == "congkhai-S148"


def test_a_remote_seal_works_by_itself_with_its_pin(signer: Make, csc_keys: Callable[[str], str]) -> None:
    mine = signer(f"{csc_keys('pin-rsa')}\nattended = no\npin = {{file csc-pin}}", role="seal")
    assert _verified(mine, mine.sign(b"octets"))
    bad = signer(f"{csc_keys('pin-rsa')}\nattended = no\npin = {{file bad-pin}}", role="seal")
    for _try in range(5):
        with pytest.raises(AccessError):
            bad.sign(b"octets")
    assert _verified(mine, mine.sign(b"octets"))  # not locked: it was tried once


def test_the_check_of_a_remote_key_asks_the_service_only_when_live(
    signer: Make, csc_keys: Callable[[str], str]
) -> None:
    mine = signer(csc_keys("pin-rsa"))
    assert _results(mine) == {"service": "skipped"}
    assert _results(mine, live=True) == {"service": "ok", "certificate": "ok", "trial": "skipped"}
    assert _results(signer(csc_keys("revoked-p256")), live=True) == {"service": "fail"}
    away = signer("type = csc\nurl = http://127.0.0.1:9/csc/v2\naccess-token = {file ma}\ncredential = a")
    assert _results(away, live=True) == {"service": "warn"}
    assert _results(signer("type = csc\nurl = http://ky.example.vn\naccess-token = {file ma}")) == {"service": "fail"}
