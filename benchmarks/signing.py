"""
Measure how fast this machine signs, completes, rechecks and seals.

``python benchmarks/signing.py [--seconds N] [--json]``: each act runs for about N seconds (default 2) on one core, with
the kinds of keys that the demo uses. Making a signature is `prepare`, the key's own work and `complete`; rechecking is
the second implementation's verdict over the finished file, which every signature passes before it leaves the house.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from congkhai.plugin.demo.pki import SEAL, DemoPki, make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.signing import (
    FileKey,
    Member,
    complete,
    complete_container,
    load_pkcs12,
    member_from_bytes,
    prepare,
    prepare_container,
    recheck,
    recheck_container,
    write_container,
)

MOMENT = datetime(2026, 8, 3, 2, 30, tzinfo=UTC)
MINUTES = (
    '<Minutes xmlns="urn:congkhai:minutes:1"><Body Id="body">'
    + "".join(f"<Paragraph>Khoản {number}: nội dung niêm yết tại trụ sở.</Paragraph>" for number in range(60))
    + "</Body></Minutes>"
).encode()
KEYS = {"RSA-2048": "head", "RSA-3072": "front_chair", "P-256": "records_officer"}


def acts(pki: DemoPki, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is measured: a title, and a call that does it once."""
    keys = {kind: _key(pki, role) for kind, role in KEYS.items()}
    for kind, key in keys.items():
        yield f"make one signature, {kind}", lambda key=key: _sign(MINUTES, key)
    signed = MINUTES
    for key in keys.values():
        signed = _sign(signed, key)
    yield "recheck minutes with three signatures", lambda: recheck(signed)
    seal = _key(pki, SEAL)
    members = [
        member_from_bytes(f"papers/{n:02}.bin", "application/octet-stream", bytes([n]) * 2**20) for n in range(10)
    ]
    path = folder / "dossier.asice"
    yield "seal a container of 10 files of 1 MiB", lambda: _seal(path, members, seal)
    _seal(path, members, seal)
    yield "recheck a container of 10 files of 1 MiB", lambda: recheck_container(path)


def _key(pki: DemoPki, role: str) -> FileKey:
    return load_pkcs12(pki.keys[role].p12, pki.keys[role].password.read_text(encoding="utf-8").strip())


def _sign(document: bytes, key: FileKey) -> bytes:
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=MOMENT, chain=key.chain
    )
    return complete(document, prepared, key.sign(prepared.octets))


def _seal(path: Path, members: list[Member], key: FileKey) -> str:
    prepared = prepare_container(
        members, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=MOMENT, chain=key.chain
    )
    return write_container(path, members, [complete_container(members, prepared, key.sign(prepared.octets))])


def measure(act: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Run an act again and again; returns times per second, and the median of one in milliseconds."""
    act()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < 3:
        before = time.perf_counter()
        act()
        taken.append(time.perf_counter() - before)
    return len(taken) / sum(taken), sorted(taken)[len(taken) // 2] * 1000


@click.command()
@click.option("--seconds", default=2.0, show_default=True, help="Time for each act.")
@click.option("--json", "as_json", is_flag=True, help="Machine output.")
def command(seconds: float, as_json: bool) -> None:
    """Measure signing, rechecking and sealing on one core."""
    scenario = load_scenario()
    results = {}
    with tempfile.TemporaryDirectory(prefix="congkhai-bench-") as place:
        folder = Path(place)
        for title, act in acts(make_pki(folder, scenario.agency, scenario.people), folder):
            rate, median = measure(act, seconds)
            results[title] = {"per_second": round(rate, 1), "median_ms": round(median, 3)}
            if not as_json:
                click.echo(f"{title:<42} {rate:>10.1f} per second {median:>10.3f} ms")
    if as_json:
        json.dump(results, sys.stdout, indent=1)
        click.echo()


if __name__ == "__main__":
    command()
