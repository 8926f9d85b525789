"""The simulated outside: one process per system, with its own state, told the time by us."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from ..errors import OurError
from ..host import Host
from ..text import _
from .place import CONNECTORS

_CONTROLS = "simulators.json"


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator: its control address, and what it offers (``url`` or ``folder``)."""

    kind: str
    control: str
    url: str = ""
    folder: str = ""
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def set_clock(self, moment: datetime) -> None:
        """Tell it the time; it never goes back."""
        answer = self.session.post(f"{self.control}/clock", json={"now": moment.isoformat()}, timeout=10)
        answer.raise_for_status()


@contextmanager
def started(host: Host, outside: Path, scenario: Path) -> Iterator[dict[str, Simulator]]:
    """
    Run the simulators of the demo's systems for the time of the block.

    Args:
        outside: folder for their states; kept, so that a later start goes on where this one ended.

    Raises:
        OurError: a simulator did not come up.
    """
    processes: list[subprocess.Popen[str]] = []
    try:
        found = {}
        for kind in CONNECTORS:
            command = [*host.simulators[kind].command, "--state", str(outside / kind), "--scenario", str(scenario)]
            process = subprocess.Popen(  # noqa: S603 - our own module, started with our own arguments
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            processes.append(process)
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise OurError(
                    what=_("Bộ mô phỏng {kind} không khởi động được.").format(kind=kind), code="congkhai-E447",
                    advice=_("Chạy lại; nếu vẫn lỗi, chạy riêng: {command}").format(command=" ".join(command)),
                )  # fmt: skip
            offered = json.loads(line)  # a simulator may offer more than the demo needs
            known = {name: offered[name] for name in ("control", "url", "folder") if name in offered}
            found[kind] = Simulator(kind, **known)
        (outside / _CONTROLS).write_text(
            json.dumps({kind: {"control": one.control} for kind, one in found.items()}), encoding="utf-8"
        )
        yield found
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


def controls(outside: Path) -> list[Simulator]:
    """Return the simulators that another process started for this demo."""
    content = json.loads((outside / _CONTROLS).read_text(encoding="utf-8"))
    return [Simulator(kind, one["control"]) for kind, one in content.items()]
