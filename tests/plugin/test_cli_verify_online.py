"""``congkhai verify --online``: what is asked and which way; without it nobody is ever asked."""

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin import verification_online
from congkhai.plugin.cli import group
from congkhai.plugin.cli import verify as verify_verb
from congkhai.plugin.errors import CongkhaiError
from congkhai.signing import load_pem
from tests.plugin.signing_samples import sample_module

SAMPLES, SERVICE, PKI = (sample_module(name) for name in ("samples", "authority_service", "pki"))
NOW = SERVICE.SIGNED + dt.timedelta(hours=1)


class FixedClock:
    """The clock of somebody who verifies an hour after signing."""

    def now(self) -> dt.datetime:
        return NOW


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with SERVICE.running(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture(autouse=True)
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The services and the verb live an hour after signing, whatever year it is."""
    monkeypatch.setattr(verify_verb, "SystemClock", FixedClock)
    monkeypatch.setattr(verification_online.requests, "Session", partial(SERVICE.ClockedSession, NOW))


@pytest.fixture
def paper(services: Any, tmp_path: Path) -> Path:
    """Minutes whose signature brings along neither issuer nor status, and a trust folder with the root alone."""
    services.trust_folder(tmp_path / "trust")
    alone = tmp_path / "alone.pem"
    alone.write_bytes(services.certificates["signer"].public_bytes(PKI.PEM))
    key = load_pem(services.folder / "signer.key.pem", alone)
    (tmp_path / "a.xml").write_bytes(SAMPLES.sign(SAMPLES.minutes_xml(), key, at=SERVICE.SIGNED))
    return tmp_path / "a.xml"


def verify(paper: Path, *options: str, ini: Path | None = None) -> Result:
    before = ["-c", str(ini)] if ini else []
    return CliRunner().invoke(
        group, [*before, "verify", "--json", "--trust", str(paper.parent / "trust"), *options, str(paper)]
    )


def test_online_finds_issuer_and_status_and_the_verdict_is_complete(paper: Path) -> None:
    offline = verify(paper)
    assert offline.exit_code == 3
    assert json.loads(offline.stdout)["files"][0]["signatures"][0]["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    online = verify(paper, "--online")
    assert online.exit_code == 0, online.output
    (one,) = json.loads(online.stdout)["files"][0]["signatures"]
    assert (one["revocation"], one["sub_indication"]) == ("good", None)


def test_a_folder_is_asked_about_as_a_whole_and_a_revoked_signer_is_found(paper: Path, services: Any) -> None:
    folder = paper.parent / "hồ sơ"
    folder.mkdir()
    key = services.key("revoked")
    (folder / "b.xml").write_bytes(SAMPLES.sign(SAMPLES.minutes_xml(), key, at=SERVICE.SIGNED))
    SAMPLES.sealed(folder / "c.asice", services.key("signer-ec"), SAMPLES.members(minutes=paper.read_bytes()))
    result = CliRunner().invoke(
        group, ["verify", "--json", "--online", "--trust", str(paper.parent / "trust"), str(folder)]
    )
    verdicts = {one["path"]: one["indication"] for one in json.loads(result.stdout)["files"]}
    assert verdicts.pop("b.xml") == "INDETERMINATE"
    assert set(verdicts.values()) == {"TOTAL_PASSED"}, result.stdout
    assert len(verdicts) == 2


def test_what_cannot_be_had_is_said_and_leaves_the_verdict_open(paper: Path, tmp_path: Path) -> None:
    pki = PKI.Pki.make("Gốc lặng")
    person = pki.issuing.issue("Người Mẫu", ocsp_url="http://127.0.0.1:9/ocsp")
    (tmp_path / "b.xml").write_bytes(SAMPLES.sign(SAMPLES.minutes_xml(), SAMPLES.file_key(person, tmp_path)))
    trust = pki.trust_folder(tmp_path / "other", crls=False)
    result = CliRunner().invoke(group, ["verify", "--json", "--online", "--trust", str(trust), str(tmp_path / "b.xml")])
    assert result.exit_code == 3
    warnings = [one for one in json.loads(result.stdout)["findings"] if one["id"] == "V40"]
    assert any("127.0.0.1:9" in one["message"] for one in warnings)


class _Proxy(BaseHTTPRequestHandler):
    """Remembers what it was asked for and knows nothing."""

    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        self.send_error(404)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (_Proxy,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def plain_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the session as it is; the names asked for exist nowhere, so that only a proxy can have been asked."""
    import requests.sessions

    monkeypatch.setattr(verification_online.requests, "Session", requests.sessions.Session)


@pytest.mark.parametrize("named", ["option", "ini"])
def test_every_question_goes_through_the_proxy(
    tmp_path: Path, proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    plain_session(monkeypatch)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # the environment has no say
    address, asked = proxy
    pki = PKI.Pki.make("Gốc qua proxy")
    person = pki.issuing.issue("Người Mẫu", ocsp_url="http://ocsp.mau.invalid/", crl_url="http://crl.mau.invalid/a.crl")
    paper = tmp_path / "a.xml"
    paper.write_bytes(SAMPLES.sign(SAMPLES.minutes_xml(), SAMPLES.file_key(person, tmp_path)))
    pki.trust_folder(tmp_path / "trust", crls=False)
    ini = None
    if named == "ini":
        ini = tmp_path / "congkhai.ini"
        agency = "[agency]\ncode = X01\nname = UBND xã Mẫu\nkind = xa\n"
        ini.write_text(f"{agency}[timestamp]\nproxy = {address}\n", encoding="utf-8")
    result = verify(paper, "--online", *(["--proxy", address] if named == "option" else []), ini=ini)
    assert result.exit_code == 3, (result.output, result.exception)
    assert {"http://ocsp.mau.invalid/", "http://crl.mau.invalid/a.crl"} <= set(asked)


def test_a_broken_ini_or_proxy_stops_instead_of_going_out_another_way(paper: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.ini").write_text("[timestamp\n", encoding="utf-8")
    assert isinstance(verify(paper, "--online", ini=tmp_path / "bad.ini").exception, CongkhaiError)
    wrong = verify(paper, "--online", "--proxy", "proxy.mau:3128").exception
    assert isinstance(wrong, CongkhaiError) and (wrong.code, wrong.exit_code) == ("congkhai-E660", 2)
    assert verify(paper, "--proxy", "http://127.0.0.1:3128").exit_code == 2


def test_a_path_that_is_not_there_is_named_online_too(paper: Path) -> None:
    result = verify(paper.with_name("không có.xml"), "--online")
    assert isinstance(result.exception, CongkhaiError)
    assert (result.exception.code, result.exception.exit_code) == ("congkhai-S411", 2)


_NO_NETWORK = """
import json, socket, sys
from click.testing import CliRunner
from congkhai.plugin.cli import group
from tests.plugin.signing_samples import sample_module

tried = []

def refuse(*args, **more):
    tried.append(args)
    raise OSError("no network here")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
result = CliRunner().invoke(group, ["verify", *sys.argv[1:]])
print(json.dumps([result.exit_code, bool(tried), "requests" in sys.modules]))
"""


def test_without_online_no_socket_is_ever_used(tmp_path: Path) -> None:
    pki = PKI.Pki.make("Gốc kín")
    person = pki.issuing.issue("Người Mẫu", ocsp_url="http://127.0.0.1:9/", crl_url="http://127.0.0.1:9/a.crl")
    key = SAMPLES.file_key(person, tmp_path)
    trust = pki.trust_folder(tmp_path / "trust", crls=False)
    (tmp_path / "a.xml").write_bytes(SAMPLES.sign(SAMPLES.minutes_xml(), key))
    SAMPLES.sealed(tmp_path / "b.asice", key)

    def run(*options: str) -> list[Any]:
        # Without a limit on time everything happens in this one process, where every try would be seen.
        files = ["--time-limit", "0", "--trust", str(trust), str(tmp_path / "a.xml"), str(tmp_path / "b.asice")]
        done = subprocess.run(
            [sys.executable, "-c", _NO_NETWORK, *options, *files],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        found: list[Any] = json.loads(done.stdout)
        return found

    assert run() == [3, False, False]
    assert run("--online", "--proxy", "http://127.0.0.1:9") == [3, True, True]
