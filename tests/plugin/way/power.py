"""
A power cut at a chosen point: between a file and its row, before and after a commit, before and after an outward act.

Run as ``python -m way.power STAGE END FIRST STRIDE``: lives each crash through in processes of its own (``fork``,
killed by ``os._exit`` at the point, then a restart that goes on to the end) and prints what each came to, as JSON.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from congkhai.connectors.edxml import EdxmlConnector
from congkhai.connectors.handover import HandoverConnector
from congkhai.plugin import channels, dossier
from congkhai.plugin.signers import FileSigner
from congkhai.plugin.store import Store, Vault, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, verify_path

from .office import Office

KILLED = 77
_passed = 0


def _point(limit: int) -> None:
    global _passed
    _passed += 1
    if _passed == limit:
        os._exit(KILLED)


def _around(owner: Any, name: str, limit: int) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def cut(*args: Any, **more: Any) -> Any:
        _point(limit)
        result = original(*args, **more)
        _point(limit)
        return result

    setattr(owner, name, cut)


def plant(limit: int) -> None:
    """Let the process die at the `limit`-th point; 0: never."""
    original = Store.write

    @contextmanager
    def write(self: Store, agency: str, actor: str) -> Iterator[Any]:
        with original(self, agency, actor) as tx:
            yield tx
            _point(limit)  # all is written, nothing is committed
        _point(limit)

    Store.write = write  # type: ignore[method-assign]
    _around(Vault, "put", limit)
    _around(EdxmlConnector, "settle", limit)
    _around(HandoverConnector, "file_dossier", limit)
    _around(FileSigner, "sign", limit)
    _around(channels, "write_durably", limit)
    _around(dossier, "write_durably", limit)


def live(office: Office, end: str) -> None:
    """Let the people do what waits for them until the matter is `end`; what is done follows from the store alone."""
    for _round in range(12):
        office.work()
        office.confirm_all()
        office.take_down_all()
        office.sign()
        matters = office.matters()
        if matters and all(matter.state.value == end for matter in matters):
            return
        office.wait(days=4)
    raise AssertionError(f"never {end}: {[matter.state for matter in office.matters()]}")


def came_to(office: Office) -> dict[str, Any]:
    """Return everything that must be the same however often the power failed."""
    folder = office.folder
    vault = office.house.store.vault
    with office.house.store.read() as connection:
        broken = list(verify_journal(connection, office.house.agency).broken)
        integrity = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    acts = [(body["act"], body["facts"].get("kind", "")) for body in office.journal()]
    kept = [path for path in vault.folder.rglob("*") if path.is_file()]
    sealed = [row.path for row in office.rows(t.dossier) if row.path]
    notices = folder / "data" / "plugins" / "channel-intranet"
    return {
        "documents": sorted((row.remote_id, row.version) for row in office.rows(t.document)),
        "states": [matter.state.value for matter in office.matters()],
        "postings": sorted((row.channel, row.state) for row in office.rows(t.posting)),
        "evidence": sorted((row.posting, row.kind) for row in office.rows(t.evidence) if row.kind != "probe"),
        "minutes": sorted(row.kind for row in office.rows(t.minutes)),
        "signatures": sorted((row.minutes, row.role) for row in office.rows(t.signature)),
        "acts": sorted(act for act in acts if act[0] not in {"evidence.added", "source.failing"}),
        "outbox": sorted((row.act, row.state) for row in office.rows(t.outbox)),
        "stuck": [(row.key, row.last_error) for row in office.jobs("dead")],
        "leased": [row.key for row in office.jobs("leased")],
        "notices": len(list(notices.iterdir())) if notices.exists() else 0,
        "filings": len([one for one in (folder / "ban-giao").iterdir() if not one.name.startswith(".")]),
        "packets": {
            place: sorted(one.name for one in (folder / place).iterdir() if one.is_file())
            for place in ("hop-thu", "hop-thu-processed", "hop-thu-held", "hop-thu-rejected")
            if (folder / place).exists()
        },
        "journal": broken,
        "integrity": integrity,
        "damaged": [str(path) for path in kept if vault.path(path.parent.name + path.name) != path],
        "left over": [path.name for path in folder.rglob(".tmp-*")],
        "verdicts": [verify_path(Path(path), Trust.load(folder / "trust"), office.now).indication for path in sealed],
    }


def _forked(call: Callable[[], None]) -> int:
    """Run `call` in a process of its own; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            call()
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(stage: Path, end: str, first: int, stride: int) -> None:
    """Cut the power at points first, first + stride … until a run ends without reaching its point."""
    limit = 0
    while True:
        with tempfile.TemporaryDirectory() as root:
            folder = Path(shutil.copytree(stage, Path(root) / "house"))
            result = Path(root) / "result.json"

            def run(limit: int = limit, folder: Path = folder) -> None:
                plant(limit)
                live(Office(folder), end)

            def restart(folder: Path = folder, result: Path = result) -> None:
                office = Office(folder)
                live(office, end)
                result.write_text(json.dumps(came_to(office)), encoding="utf-8")

            code = _forked(run)
            again = _forked(restart)
            came = json.loads(result.read_text(encoding="utf-8")) if result.exists() else None
            facts = {"point": limit, "killed": code == KILLED, "code": code, "again": again, "end": came}
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()
            if limit and code != KILLED:
                return
        limit = limit + stride if limit else first


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
