"""What systemd is told by the real daemon, on a notify socket of the test's own; and how closed its unit is."""

import configparser
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from congkhai.plugin.demo.place import furnish, place_of
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.web.listening import handed_over

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"
MOST_EXPOSED = 1.6
_AS_SYSTEMD_DOES = [
    "bash",
    "-c",
    'exec 3<&"$0"; export LISTEN_FDS=1 LISTEN_FDNAMES=congkhai-web.socket LISTEN_PID=$$; exec "$@"',
]
"""A program that becomes another, with a socket as descriptor 3 and what systemd says about it; its number follows."""


@dataclass
class Daemon:
    """A running daemon, what it says, and its ini."""

    process: "subprocess.Popen[str]"
    socket: socket.socket
    ini: Path

    def hear(self, wanted: str, *, within: float = 30) -> str:
        """Return the first datagram that holds `wanted`."""
        heard = []
        until = time.monotonic() + within
        while time.monotonic() < until:
            self.socket.settimeout(max(0.05, until - time.monotonic()))
            try:
                heard.append(self.socket.recv(4096).decode())
            except TimeoutError:
                break
            if wanted in heard[-1]:
                return heard[-1]
        pytest.fail(f"no {wanted} among {heard}")


Start = Callable[..., Daemon]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start daemons of a fresh installation that are gone when the test is."""
    started: list[Daemon] = []
    folder = Path(tempfile.mkdtemp(prefix="congkhai-notify-", dir="/tmp"))  # sockets need short paths

    def build(*, watchdog: float = 0, more: str = "", given: socket.socket | None = None) -> Daemon:
        place = place_of(tmp_path / "work")
        inbox = place.folder / "inbox"
        inbox.mkdir(parents=True)
        furnish(place, load_scenario(), "http://127.0.0.1:9/qlvb/", str(inbox))
        text = place.ini.read_text(encoding="utf-8")
        enabled = "no" if given is None else "yes"  # tests run side by side
        place.ini.write_text(f"{text}\n[web]\nenabled = {enabled}\n{more}\n", encoding="utf-8")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(folder / "notify"))
        environment = {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(folder / "notify"), "LANG": "C.UTF-8"}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        code = "from congkhai.plugin.cli import main; main()"
        command = [sys.executable, "-c", code, "-c", str(place.ini), "run"]
        if given is not None:
            command = [*_AS_SYSTEMD_DOES, str(given.fileno()), *command]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            pass_fds=() if given is None else [given.fileno()],
        )  # fmt: skip
        started.append(Daemon(process, listener, place.ini))
        return started[-1]

    yield build
    for one in started:
        one.process.kill()
        one.process.communicate()
        one.socket.close()
    shutil.rmtree(folder)


def test_the_daemon_says_ready_lives_reloads_and_stops(start: Start) -> None:
    daemon = start(watchdog=1)
    assert "STATUS=running" in daemon.hear("READY=1", within=60)
    daemon.hear("WATCHDOG=1")
    daemon.hear("WATCHDOG=1")

    text = daemon.ini.read_text(encoding="utf-8")
    daemon.ini.write_text(f"{text}\n[log]\nlevel = debug\n\n[tagging]\nreview-above = 0.31\n", encoding="utf-8")
    if "[tagging]" in text or "[log]" in text:
        daemon.ini.write_text(text.replace("[tagging]", "[tagging]\nreview-above = 0.31"), encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    assert re.search(r"MONOTONIC_USEC=\d+", daemon.hear("RELOADING=1"))
    assert "needs a restart: [tagging] review-above" in daemon.hear("READY=1")

    daemon.ini.write_text("[agency]\nnonsense = 1\n", encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hear("RELOADING=1")
    assert "the old one stays in force" in daemon.hear("READY=1")
    daemon.hear("WATCHDOG=1")

    begun = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    daemon.hear("STOPPING=1")
    _out, err = daemon.process.communicate(timeout=20)
    assert daemon.process.returncode == 0, err
    assert time.monotonic() - begun < 10
    assert "Traceback" not in err
    assert "ini not reloaded" in err


def test_the_health_port_answers_machines_and_shows_nothing_else(start: Start) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    daemon = start(more=f"health-port = {port}")
    daemon.hear("READY=1", within=60)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"ready": True, "lacking": []}
        assert "congkhai_build_info{" in client.get("/metrics").text
        assert client.get("/").status_code == 404


def test_the_page_is_served_on_the_socket_that_systemd_opened(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        daemon = start(given=opened)
        daemon.hear("READY=1", within=60)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            assert client.get("/dang-nhap").status_code == 200
        limits = Path(f"/proc/{daemon.process.pid}/limits").read_text(encoding="utf-8")
        assert re.search(r"Max core file size +0 +0 ", limits), "core files could hold keys"
        passwords = [file.read_bytes().strip() for file in (daemon.ini.parent / "keys").glob("*.password")]
        shown_by_ps = Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes()
        assert passwords
        assert [one for one in passwords if one in shown_by_ps] == []


def test_what_systemd_hands_over_must_listen() -> None:
    code = (
        "import os; from congkhai.plugin.web.listening import handed_over\n"
        "try: handed_over(os.environ)\n"
        "except Exception as error: raise SystemExit(error.code)"
    )
    script = 'exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
    command = ["bash", "-c", script, "bash", sys.executable, "-c", code]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "congkhai-E799" in refused.stderr
    assert handed_over({"LISTEN_FDS": "1", "LISTEN_PID": "1"}) == {}, "meant for another process"
    assert handed_over({}) == {}


def test_the_sample_units_are_as_closed_as_promised(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze of the Debian package systemd")
    unit = (UNITS / "congkhai.service").read_text(encoding="utf-8")
    token = (UNITS / "congkhai-usb-token.conf").read_text(encoding="utf-8").partition("[Service]\n")[2]
    for number, text in enumerate((unit, unit.replace("\n[Install]", f"\n{token}\n[Install]"))):
        file = tmp_path / str(number) / "congkhai.service"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        said = subprocess.run(
            [program, "security", "--offline=true", "--no-pager", str(file)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        level = float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0])
        assert level <= MOST_EXPOSED, said


def test_the_socket_belongs_to_the_daemon_which_takes_its_connections() -> None:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # unit files are case-sensitive
    parser.read(UNITS / "congkhai-web.socket", encoding="utf-8")
    given = parser["Socket"]
    assert (given["Service"], given["Accept"], given["FileDescriptorName"]) == ("congkhai.service", "no", "web")
    assert given["ListenStream"] == "127.0.0.1:8080", "the ini's own default, and nobody but this machine"
    assert parser["Install"]["WantedBy"] == "sockets.target"


def test_every_hardening_line_of_the_unit_says_when_to_relax_it() -> None:
    lines = (UNITS / "congkhai.service").read_text(encoding="utf-8").partition("# Relax")[2].splitlines()
    explained = True  # the first line follows the comment that the text was cut at
    for line in lines:
        if line.startswith("["):
            break
        if not line:
            explained = False
        elif line.startswith("#"):
            explained = True
        else:
            assert explained, f"{line} has no comment above"


def test_the_unit_names_what_the_daemon_does() -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # unit files are case-sensitive
    parser.read(UNITS / "congkhai.service", encoding="utf-8")
    service = parser["Service"]
    assert service["Type"] == "notify"
    assert service["RestartPreventExitStatus"] == "78"
    assert service["ExecReload"].endswith("-HUP $MAINPID")
    assert service["ExecStart"].endswith(" run")
    assert int(service["TimeoutStopSec"]) > 10
