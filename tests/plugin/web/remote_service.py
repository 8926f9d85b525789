"""A simulated remote signing service for the pages' tests, and a house in which one role signs there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.csc import CscSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin.store import tables as t
from tests.plugin.way.office import Office

_SCENARIO = {"name": "csc", "start": "2026-06-29T08:00:00+07:00", "end": "2027-12-01T00:00:00+07:00", "entries": []}


@contextmanager
def remote_service(folder: Path) -> Iterator[Running]:
    """Run the service with its state in a folder."""
    running = Running(CscSimulator(folder, parse_scenario(_SCENARIO)))
    try:
        yield running
    finally:
        running.stop()


def signs_remotely(ini: str, service: Running, role: str) -> str:
    """Return an ini in which a role signs at the service, confirming on the phone."""
    there = (
        f"type = csc\nurl = {service.line['url']}\ncredential = app-p256\npoll = 30 s\n"
        f"access-token = {{file keys/csc.token}}\nrole = {role}\n"
    )
    ini = re.sub(rf"type = pkcs12\nrole = {role}\n", there, ini)
    return re.sub(rf"(?<=attended = yes\n)file = keys/{role}.p12\npassword = .*\n", "", ini)


def trusted(folder: Path, service: Running) -> None:
    """Lay the service's login and its authority into a house's folder."""
    token = folder / "keys" / "csc.token"
    token.write_text("ma-truy-cap\n", encoding="utf-8")
    token.chmod(0o600)
    for name in ("root.crt", "root.crl"):
        (folder / "trust" / f"csc-{name}").write_bytes((Path(service.line["keys"]) / name).read_bytes())


def look(office: Office, times: int = 1) -> None:
    """Let the daemon look at the phone's answer again, without waiting for its turn."""
    for _time in range(times):
        with office.house.store.engine.begin() as connection:
            connection.execute(t.job.update().where(t.job.c.state == "ready").values(run_at=0.0))
        office.work()
