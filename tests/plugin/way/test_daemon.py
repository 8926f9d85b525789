"""The daemon: alone on its store, catching up, stopping without losing anything, and telling plugins what happened."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.daemon import HANDLERS, next_due, once, scan
from congkhai.plugin.errors import BusyError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import HOOKS
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import sole_holder
from congkhai.plugin.records import Disclosure, DisclosureState, Document, Dossier, Minutes, PostingState
from congkhai.plugin.signers import FileSigner, Pkcs12Settings
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.store import verify_journal

from .conftest import OpenOffice
from .messages import MESSENGER, Post
from .office import STAFF_PAGE, Office, ini_text, prepare
from .script import paper

CONGKHAI = (sys.executable, "-c", "from congkhai.plugin.cli import main; main()")


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run ``congkhai run`` on a house of built-in plugins until the block ends."""
    command = [*CONGKHAI, "-c", str(folder / "congkhai.ini"), "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            lock = folder / "data" / "lock"
            until = time.monotonic() + 30
            while not (lock.exists() and lock.read_text(encoding="utf-8")) and process.poll() is None:
                assert time.monotonic() < until, "the daemon did not come up"
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


@pytest.fixture
def plain(tmp_path: Path, pki: Path) -> Path:
    """The folder of a house that needs no plugin of this test."""
    ini = ini_text(STAFF_PAGE).replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules")
    prepare(tmp_path / "plain", pki, ini)
    return tmp_path / "plain"


def _cli(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*CONGKHAI, "-c", str(folder / "congkhai.ini"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_daemon_is_refused_and_told_who_holds_the_store_and_a_signal_ends_the_first(plain: Path) -> None:
    with _running(plain) as first:
        second = _cli(plain, "run")
        assert second.returncode == 1
        assert f"pid {first.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=20) == 0
    with sole_holder(plain / "data" / "lock", "test"):
        pass  # the store is free again


def test_a_killed_daemon_s_lock_is_free_at_once(plain: Path) -> None:
    with _running(plain) as first:
        first.kill()
        first.wait(timeout=10)
    with sole_holder(plain / "data" / "lock", "test"):
        pass


def test_one_pass_is_refused_while_somebody_else_holds_the_store(office: Office) -> None:
    with sole_holder(office.house.store.folder / "lock", "run (may-1)"), pytest.raises(BusyError, match="may-1"):
        once(office.house)
    office.source.offer(paper())
    assert once(office.house) > 0
    assert len(office.documents()) == 1


def test_every_kind_of_deadline_has_a_handler(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    kinds = {row.kind for row in office.rows(t.deadline)} | {row.kind for row in office.rows(t.job)}
    assert {"pull", "tag", "publish", "close", "withdraw", "minutes", "probe"} <= kinds
    assert kinds <= HANDLERS.keys()


def test_a_deadline_becomes_work_once_when_it_is_due_and_not_before(office: Office) -> None:
    office.work()
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.set_deadline("overdue", "c1", tx.now + timedelta(hours=1), "thử")
    assert scan(office.house) == 0
    assert next_due(office.house) == office.now + timedelta(hours=1)
    office.set_time(office.now + timedelta(hours=5))  # hours late: caught up
    assert scan(office.house) == 1
    assert scan(office.house) == 0
    assert [row.key for row in office.jobs("ready") if row.kind == "overdue"] != []


def test_a_deadline_that_was_corrected_acts_at_its_new_moment_only(office: Office) -> None:
    office.work()
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.set_deadline("overdue", "c1", tx.now + timedelta(hours=1), "thử")
        tx.set_deadline("overdue", "c1", tx.now + timedelta(hours=3), "sửa")
    office.set_time(office.now + timedelta(hours=2))
    assert scan(office.house) == 0
    office.set_time(office.now + timedelta(hours=2))
    assert scan(office.house) == 1


def test_at_start_the_traces_of_a_dead_process_are_cleared(office: Office) -> None:
    vault = office.house.store.vault.folder
    vault.mkdir(exist_ok=True)
    (vault / ".tmp-4194305-abcd").write_bytes(b"half")
    notes = office.house.store.folder / "plugins" / "channel-intranet"
    notes.mkdir(parents=True, exist_ok=True)
    (notes / ".tmp-4194305-abcd.json").write_bytes(b"half")
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("overdue", "c1", subject="c1")
        owner = office.house.store.node.rpartition(":")[0] + ":1"
        held = sa.update(t.job).where(t.job.c.kind == "overdue")
        tx.connection.execute(held.values(state="leased", lease_owner=owner, lease_until=9e12))
    office.restart()
    assert not (vault / ".tmp-4194305-abcd").exists()
    assert not (notes / ".tmp-4194305-abcd.json").exists()
    assert office.jobs("leased") == []


def test_restarting_in_the_middle_asks_no_source_twice_at_once(office: Office) -> None:
    office.work()
    for _time in range(3):
        office.restart()
        office.work()
    assert office.source.calls.count("pull") == 1


def test_the_journal_holds_after_a_whole_matter(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    with office.house.store.read() as connection:
        verdict = verify_journal(connection, office.house.agency)
    assert verdict.broken == ()
    assert verdict.entries == len(office.journal())


class Raising:
    """A plugin that fails in every event."""

    @hookimpl
    def document_received(self, document: Document) -> None:
        raise ValueError("hỏng khi nhận")

    @hookimpl
    def disclosure_changed(self, disclosure: Disclosure) -> None:
        raise RuntimeError("hỏng khi đổi trạng thái")

    @hookimpl
    def minutes_signed(self, minutes: Minutes, role: str) -> None:
        raise KeyError("hỏng khi ký")

    @hookimpl
    def dossier_filed(self, dossier: Dossier) -> None:
        raise OSError("hỏng khi nộp")


def test_a_plugin_that_raises_in_every_event_changes_nothing_and_is_recorded(at_stage: OpenOffice) -> None:
    office = at_stage("last", extra={"hỏng": Raising()})
    office.sign("head")
    assert office.matter().state is DisclosureState.FILED
    assert office.jobs("dead") == []
    problems = {(one.plugin, one.hook) for one in office.house.host.problems}
    assert problems == {("hỏng", "minutes_signed"), ("hỏng", "disclosure_changed"), ("hỏng", "dossier_filed")}
    assert [one["id"] for one in status(office.house)["stuck"]] == ["hỏng"] * len(office.house.host.problems)
    assert ("dossier_filed", office.rows(t.dossier)[0].id) in office.script.events  # the others were told


def test_hook_register_connectors(office: Office) -> None:
    office.receive(paper())
    assert office.documents()[0].source == "nguon"
    assert office.source.context is not None
    assert office.source.context.name == "nguon"


def test_hook_register_channels(open_office: OpenOffice) -> None:
    office = open_office("[channel:kenh]\ntype = script-channel\nform = intranet\nplace = Bảng điện tử\n")
    office.receive(paper())
    assert office.posting("kenh").place == "Bảng điện tử"
    assert len(office.place.shown) == 1


def test_hook_register_signers(at_stage: OpenOffice) -> None:
    class Plugin:
        used: list[str]

        @hookimpl
        def register_signers(self, register: Any) -> None:
            def build(settings: Pkcs12Settings, context: Context) -> FileSigner:
                self.used.append(context.name)
                return FileSigner(settings, context)

            register("thiet-bi", Pkcs12Settings, build)

    plugin = Plugin()
    plugin.used = []

    def edit(ini: str) -> str:
        head = ini.index("[signer:head]")
        return ini[:head] + ini[head:].replace("type = pkcs12", "type = thiet-bi", 1)

    office = at_stage("posted", edit, extra={"thiet-bi": plugin})
    assert plugin.used == ["head"]
    assert office.sign("head") == 1


def test_hook_register_taggers(office: Office) -> None:
    office.script.keys["Dự toán"] = "budget"
    office.receive(paper("1", "Dự toán"))
    assert (office.matter().key, office.matter().category) == ("budget", "3")
    assert [row.decided_by for row in office.rows(t.decision)] == ["script"]


def test_hook_register_feedback_sources(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, "[feedback:hom-thu]\ntype = attended\ntitle = hòm thư góp ý\n")
    assert office.house.feedback["hom-thu"].title == "hòm thư góp ý"


def test_hook_register_simulators(open_office: OpenOffice) -> None:
    class Plugin:
        @hookimpl
        def register_simulators(self, register: Any) -> None:
            register("gia-lap", ["chay", "gia-lap"])

    office = open_office(extra={"gia-lap": Plugin()})
    assert list(office.house.host.simulators["gia-lap"].command) == ["chay", "gia-lap"]


def test_hook_document_received(office: Office) -> None:
    office.receive(paper("1"), paper("2", secrecy="MẬT"))
    office.receive()
    (document,) = office.documents()
    assert office.script.events.count(("document_received", document.id)) == 1
    assert len([event for event in office.script.events if event[0] == "document_received"]) == 1


def test_hook_disclosure_changed(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    office.sign()
    office.wait(days=24)
    office.take_down_all()
    office.sign()
    told = [subject for hook, subject in office.script.events if hook == "disclosure_changed"]
    states = [entry["facts"]["after"] for entry in office.journal("disclosure.state")]
    assert told == states[1:]  # all but the one of before this opening, in the same order


def test_hook_minutes_signed(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    office.sign("head", "front_chair")
    assert [event for event in office.script.events if event[0] == "minutes_signed"] == [
        ("minutes_signed", "posting:head"), ("minutes_signed", "posting:front_chair"),
    ]  # fmt: skip


def test_hook_dossier_filed(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    assert [event for event in office.script.events if event[0] == "dossier_filed"] == [
        ("dossier_filed", office.rows(t.dossier)[0].id)
    ]


def test_hook_register_messengers(open_office: OpenOffice) -> None:
    post = Post()
    office = open_office(STAFF_PAGE, MESSENGER, extra={"post": post})
    assert list(office.house.messengers) == ["thu"]
    assert post.roles == ("records_officer", "head")


def test_every_hook_has_a_test_that_bears_its_name() -> None:
    tested = {name.removeprefix("test_hook_") for name in globals() if name.startswith("test_hook_")}
    assert {name for name in HOOKS if not name.startswith("register_")} <= tested  # test_docs holds all of them


def test_a_page_that_cannot_be_written_is_tried_again_and_the_posting_counts_from_its_success(office: Office) -> None:
    page = office.folder / "data" / "plugins" / "channel-intranet"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(b"")  # a file where the folder should be: nobody can write below it
    office.receive(paper())
    assert office.posting("intranet").state is PostingState.PLANNED
    page.unlink()
    for _try in range(100):
        office.work()
        if office.posting("intranet").state is PostingState.UP:
            break
        time.sleep(0.01)
    assert len(list(page.iterdir())) == 1
    assert json.loads(next(page.iterdir()).read_text(encoding="utf-8"))["withdrawn"] == ""
