"""``congkhai sign`` with a token: whose certificate it is, the PIN at the terminal, and what is left of it nowhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from softhsm import PIN, Tokens

from congkhai.plugin import house
from congkhai.plugin.cli import group
from congkhai.plugin.host import BUILT_IN, Host
from congkhai.plugin.records import Minutes
from congkhai.signing import recheck

from .conftest import OpenOffice
from .office import PEOPLE, Office
from .script import Script

ROLE = "records_officer"
NAMES = [*BUILT_IN, "congkhai.plugin.signers_token"]


@dataclass(frozen=True)
class _Holder:
    private: Any
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


class Desk:
    """A house whose records officer has a token, with posting minutes that wait for it."""

    def __init__(self, office: Office, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office, self.folder = office, office.folder
        office.house.close()
        keys = self.folder / "keys"
        password = (keys / f"{ROLE}.password").read_text(encoding="utf-8").strip().encode()
        private, certificate, chain = pkcs12.load_key_and_certificates((keys / f"{ROLE}.p12").read_bytes(), password)
        assert certificate is not None
        tokens.put(tokens.make("van-thu"), _Holder(private, certificate, tuple(chain)))
        self.ini = self.folder / "congkhai.ini"
        self.before = self.ini.read_text(encoding="utf-8")
        head, mark, rest = self.before.partition("[signer:records-officer]\ntype = pkcs12")
        assert mark
        rest = rest.replace(
            f"file = keys/{ROLE}.p12\npassword = {{file keys/{ROLE}.password}}",
            f"module = {tokens.module}\ntoken = van-thu", 1,
        )  # fmt: skip
        self.ini.write_text(f"{head}[signer:records-officer]\ntype = pkcs11{rest}", encoding="utf-8")
        opening = house.open_house
        monkeypatch.setattr(
            "congkhai.plugin.cli._open.open_house", lambda ini: opening(ini, Host(NAMES, {"script": Script()}))
        )

    def sign(self, *more: str, typed: str = PIN) -> Result:
        """Run the verb; somebody types at the terminal."""
        return CliRunner().invoke(
            group, ["-c", str(self.ini), "sign", "records-officer", *more], input=f"{typed}\n" if typed else ""
        )

    def paper(self) -> Minutes:
        """Look at the minutes, as the house keeps them."""
        text = self.ini.read_text(encoding="utf-8")
        self.ini.write_text(self.before, encoding="utf-8")
        self.office.restart()
        paper = self.office.paper("posting")
        self.ini.write_text(text, encoding="utf-8")
        assert paper is not None
        return paper


@pytest.fixture
def desk(at_stage: OpenOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    tokens = Tokens(tmp_path / "hsm", monkeypatch.setenv)
    yield Desk(at_stage("posted"), tokens, monkeypatch)
    tokens.close()


def test_looking_at_what_waits_asks_for_no_pin(desk: Desk) -> None:
    shown = desk.sign(typed="")
    assert shown.exit_code == 0, shown.output
    assert "PIN" not in shown.output
    assert ROLE in desk.paper().missing


def test_the_holder_sees_the_certificate_and_types_the_pin_which_stays_nowhere(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    done = desk.sign("--all")
    assert done.exit_code == 0, done.output
    assert PEOPLE[ROLE] in done.output
    assert "không bị thu hồi" in done.output
    assert "PIN của thiết bị van-thu" in done.output
    assert "ký số thành công" in done.output
    paper = desk.paper()
    assert ROLE not in paper.missing
    assert recheck(desk.office.house.store.vault.read(paper.file_sha256), body_sha256=paper.body_sha256)
    assert desk.office.journal("minutes.signed")[-1]["facts"]["certificate"] == "good"
    desk.office.house.close()
    assert PIN not in done.output + caplog.text
    kept = [path for path in desk.folder.rglob("*") if path.is_file() and PIN.encode() in path.read_bytes()]
    assert kept == []


@pytest.mark.parametrize(("typed", "code"), [("sai-PIN", "congkhai-S132"), ("", "congkhai-S135")])
def test_a_wrong_or_missing_pin_signs_nothing(desk: Desk, typed: str, code: str) -> None:
    done = desk.sign("--all", typed=typed or "\n")
    assert done.exit_code != 0
    assert getattr(done.exception, "code", "") == code
    assert ROLE in desk.paper().missing


def test_a_certificate_that_no_anchor_knows_is_refused_before_the_pin_is_asked_for(desk: Desk) -> None:
    for place in (desk.folder / "trust").iterdir():
        if place.name.startswith("issuing") or place.suffix == ".crl":
            place.unlink()
    other = desk.folder / "trust" / "root.crt"
    assert other.exists()
    other.write_bytes(_another_root())
    done = desk.sign("--all")
    assert getattr(done.exception, "code", "") == "congkhai-S128"
    assert "PIN" not in done.output
    assert ROLE in desk.paper().missing


def _another_root() -> bytes:
    import datetime as dt

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gốc khác")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(9).not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC)).add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
