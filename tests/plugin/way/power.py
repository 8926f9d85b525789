"""
A power cut at a chosen point: between a file and its row, before and after a commit, before and after an outward act.

Run as ``python -m way.power STAGE END FIRST STRIDE``: lives each crash through in processes of its own (``fork``,
killed by ``os._exit`` at the point, then a restart that goes on to the end) and prints what each came to, as JSON.
"""

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from congkhai.connectors.edxml import EdxmlConnector
from congkhai.connectors.handover import HandoverConnector
from congkhai.plugin import channels, desk, dossier, dossier_versions, kinds_matters, orders
from congkhai.plugin.demo.people import photo
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.pausing import correct_matter, pause_posting, resume_posting
from congkhai.plugin.records import Break
from congkhai.plugin.signers import FileSigner
from congkhai.plugin.store import Store, Vault, read, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, verify_path

from .databases import copy_home, integrity_of
from .office import CLERK, Office

KILLED = 77
_AS_OFTEN_AS_NEEDED = {"evidence.added", "source.failing", "journal.checkpoint"}
"""Acts that a cut may repeat without harm: a checkpoint is signed before the dossier that names it is sealed."""

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


def live_on(office: Office) -> None:
    """
    Let a person pause the staff page, let it go on, and replace the paper everywhere, each once, as the store says.

    What is to do next follows from the interruptions that are kept, so a person who was cut off does it again.
    """
    for _round in range(20):
        office.work()
        done = {one.kind: one for name in ("intranet", "bang-tin") for one in _breaks(office, name)}
        page, board = office.posting("intranet").id, office.posting("bang-tin").id
        if "pause" not in done:
            pause_posting(office.house, page, CLERK, "Bảo trì")
        elif done["pause"].ended is None:
            with suppress(NotAllowedError):  # it is on its way back already
                resume_posting(office.house, page, CLERK)
        elif "correction" not in done:
            papers = [one.id for one in office.documents() if one.id not in office.matter().documents]
            correct_matter(office.house, office.matter().id, CLERK, "Sai số liệu", document=papers[0])
        elif any(one.ended is None for one in _breaks(office, "bang-tin")):
            desk.confirm_posting(office.house, board, CLERK, since=office.now, photo=photo("mới"))
        elif any(one.ended is None for one in _breaks(office, "intranet")):
            office.work()
        else:
            office.wait(days=2)
            return
    raise AssertionError(f"never done: {_breaks(office, 'intranet')}")


def live_dossiers(office: Office) -> None:
    """
    Let a signer refuse the posting minutes once, reopen the filed dossier once, and fill a consultation's dossier.

    What is to do next follows from the store, so a person who was cut off does it again.
    """
    for _round in range(20):
        office.work()
        kinds = [row.kind for row in office.rows(t.minutes)]
        posting = office.paper("posting")
        if posting is not None and not any(kind.startswith("void:") for kind in kinds):
            refused = [row for row in office.rows(t.signing_order) if row.state == "refused"]
            if not refused:
                orders.refuse(office.house, posting.id, "head", "Chủ tịch", "Sai địa điểm")
            orders.remake(office.house, posting.id, CLERK, "Sửa địa điểm")
            continue
        office.confirm_all()
        office.take_down_all()
        office.sign()
        _consult(office)
        made = office.dossier()
        if made is not None and made.filed_at is not None and made.version == 1:
            dossier_versions.reopen(office.house, made.id, CLERK, "Bổ sung")
            office.work()
        staff = [row for row in office.rows(t.dossier) if row.kind == "consultation"]
        made = office.dossier()
        if made is not None and made.version == 2 and made.filed_at and staff and staff[0].filed_at:
            return
        office.wait(days=4)
    raise AssertionError(f"never done: {office.rows(t.dossier)}")


def _consult(office: Office) -> None:
    """Open one consultation and fill both its places, each once."""
    held = office.rows(t.staff_matter)
    if not held:
        kinds_matters.open_matter(office.house, "consultation", "Góp ý", 2026, CLERK)
        held = office.rows(t.staff_matter)
    parts = {row.part for row in office.rows(t.claim)}
    if "17.1" not in parts:
        file = io.BytesIO(b"%PDF-1.4 x")
        kinds_matters.bring_file(office.house, held[0].id, "consultation", "17.1", file, "a.pdf", "application/pdf",
                                 "certified_copy", CLERK)  # fmt: skip
    if "17.2" not in parts:
        document = office.matter().documents[0]
        kinds_matters.bring_document(office.house, held[0].id, "consultation", "17.2", document, CLERK)
    office.work()


def _breaks(office: Office, channel: str) -> tuple[Break, ...]:
    with office.house.store.read() as connection:
        return read.breaks(connection, office.posting(channel).id)


def came_to(office: Office) -> dict[str, Any]:
    """Return everything that must be the same however often the power failed."""
    folder = office.folder
    notices = folder / "data" / "plugins" / "channel-intranet"
    vault = office.house.store.vault
    with office.house.store.read() as connection:
        broken = list(verify_journal(connection, office.house.agency).broken)
        integrity = integrity_of(connection)
    hashes = {row.seq: row.hash for row in office.rows(t.journal)}
    acts = [(body["act"], body["facts"].get("kind", "")) for body in office.journal()]
    kept = [path for path in vault.folder.rglob("*") if path.is_file()]
    sealed = [row.path for row in office.rows(t.dossier) if row.path]
    return {
        "documents": sorted((row.remote_id, row.version) for row in office.rows(t.document)),
        "states": [matter.state.value for matter in office.matters()],
        "postings": sorted((row.channel, row.state) for row in office.rows(t.posting)),
        "evidence": sorted((row.posting, row.kind) for row in office.rows(t.evidence) if row.kind != "probe"),
        "breaks": sorted((row.posting, row.kind, row.effect, row.ended is None) for row in office.rows(t.interruption)),
        "limits": sorted((row.id, str(row.close_from), row.revision) for row in office.rows(t.posting)),
        "looks": sorted((row.posting, row.result, str(row.at)) for row in office.rows(t.probe)),
        "shown": sorted(_shown(one) for one in notices.iterdir()) if notices.exists() else [],
        "minutes": sorted(row.kind for row in office.rows(t.minutes)),
        "signatures": sorted((row.minutes, row.role) for row in office.rows(t.signature)),
        "acts": sorted(act for act in acts if act[0] not in _AS_OFTEN_AS_NEEDED),
        "checkpoints": [row.seq for row in office.rows(t.checkpoint) if hashes.get(row.seq) != row.hash],
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


def _shown(file: Path) -> tuple[str, bool]:
    """Return the title of a notice on the staff page, and whether it stands there."""
    notice = json.loads(file.read_text(encoding="utf-8"))
    return notice["title"], not notice["withdrawn"]


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
    ways: dict[str, Callable[[Office], None]] = {"life": live_on, "dossiers": live_dossiers}
    go: Callable[[Office], None] = ways.get(end) or partial(live, end=end)
    while True:
        with tempfile.TemporaryDirectory() as root:
            folder = copy_home(stage, Path(root) / "house")
            result = Path(root) / "result.json"

            def run(limit: int = limit, folder: Path = folder) -> None:
                plant(limit)
                go(Office(folder))

            def restart(folder: Path = folder, result: Path = result) -> None:
                office = Office(folder)
                go(office)
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
