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

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"
MOST_EXPOSED = 1.6


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

    def build(*, watchdog: float = 0, more: str = "") -> Daemon:
        place = place_of(tmp_path / "work")
        inbox = place.folder / "inbox"
        inbox.mkdir(parents=True)
        furnish(place, load_scenario(), "http://127.0.0.1:9/qlvb/", str(inbox))
        text = place.ini.read_text(encoding="utf-8")
        place.ini.write_text(f"{text}\n[web]\nenabled = no\n{more}\n", encoding="utf-8")  # tests run side by side
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(folder / "notify"))
        environment = {"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(folder / "notify"), "LANG": "C.UTF-8"}
        if watchdog:
            environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        code = "from congkhai.plugin.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "-c", str(place.ini), "run"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
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
