"""``fsck`` finds planted faults, mends what can be mended, deletes nothing; the sweep puts missing work back."""

import hashlib
import json
import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin import house
from congkhai.plugin.cli import group
from congkhai.plugin.fsck import Found, check_store, mend_store
from congkhai.plugin.host import Host
from congkhai.plugin.metrics import exposition
from congkhai.plugin.orphans import AGE
from congkhai.plugin.reconcile import gaps, mend, plan_sweep
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.status import status
from congkhai.plugin.store import Vault
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import skip

from .conftest import OpenOffice
from .office import Office
from .script import Script


@pytest.fixture
def office(at_stage: OpenOffice) -> Office:
    """A house whose only matter is filed."""
    return at_stage("filed")


def found(office: Office) -> list[Found]:
    """What is wrong."""
    return check_store(office.house)


def ids(findings: list[Found]) -> set[str]:
    """Which kinds of faults, mended ones left out."""
    return {one.id for one in findings if not one.mended}


def change(office: Office, *statements: "sa.Executable") -> None:
    """Do something to the rows behind the program's back."""
    with office.house.store.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def vault_of(office: Office) -> Vault:
    """The vault, which is a folder here."""
    assert isinstance(office.house.store.vault, Vault)
    return office.house.store.vault


def old_file(office: Office, data: bytes) -> str:
    """Put a file that nothing names, as old as an orphan must be."""
    sha256, _size = vault_of(office).put(data)
    past = vault_of(office).path(sha256).stat().st_mtime - AGE - 60
    os.utime(vault_of(office).path(sha256), (past, past))
    return sha256


def test_a_store_that_lived_normally_is_clean(office: Office) -> None:
    for path in vault_of(office).folder.rglob("*"):  # every file old: what no row names would show as an orphan
        if path.is_file():
            past = path.stat().st_mtime - AGE - 60
            os.utime(path, (past, past))
    assert found(office) == []


def test_a_missing_container_and_a_missing_photo_come_back_from_the_exported_dossier(office: Office) -> None:
    dossier = office.dossier()
    assert dossier is not None
    photo = next(row.sha256 for row in office.rows(t.evidence) if row.kind == "photo")
    for sha256 in (dossier.sha256, photo):
        vault_of(office).path(sha256).unlink()
    broken = found(office)
    assert {one.place for one in broken if one.id == "missing-file"} == {dossier.sha256, photo}
    after = mend_store(office.house, broken, "Nguyễn Văn Mẫu")
    assert all(one.mended for one in after if one.id == "missing-file")
    assert ids(found(office)) == set()
    assert hashlib.sha256(vault_of(office).read(photo)).hexdigest() == photo
    assert office.journal("fsck.mended")[-1]["facts"]["files"] == sorted([dossier.sha256, photo])


def test_a_changed_file_is_told_and_its_true_content_is_brought_back(office: Office) -> None:
    paper = office.paper("closing")
    assert paper is not None
    path = vault_of(office).path(paper.file_sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    broken = found(office)
    assert "wrong-digest" in ids(broken)
    mend_store(office.house, broken, "it")
    assert "wrong-digest" not in ids(found(office))
    damaged = vault_of(office).folder / "quarantine" / "damaged" / paper.file_sha256
    assert damaged.read_bytes().endswith(b"!")  # nothing is deleted


def test_what_has_no_copy_stays_an_error(office: Office) -> None:
    raw = next(row.sha256 for row in office.rows(t.evidence) if row.kind == "photo")
    vault_of(office).path(raw).unlink()
    for path in sorted(office.house.dossiers.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    after = mend_store(office.house, found(office), "it")
    assert "missing-file" in ids(after)


def test_orphans_are_laid_aside_and_come_back_when_a_row_needs_them(office: Office) -> None:
    old, young = old_file(office, b"left by a process that died"), vault_of(office).put(b"being written")[0]
    broken = found(office)
    assert [one.place for one in broken if one.id == "orphan"] == [old]
    mend_store(office.house, broken, "it")
    assert list(vault_of(office).quarantined()) == [old]
    assert young in set(vault_of(office).digests())
    assert ids(found(office)) == {"quarantined"}
    assert vault_of(office).read(old) == b"left by a process that died"
    assert list(vault_of(office).quarantined()) == []


def test_the_daemon_counts_and_names_orphans_once_a_day_and_touches_none(office: Office) -> None:
    old = old_file(office, b"left by a process that died")
    for _quarter in range(2):
        change(office, sa.delete(t.job).where(t.job.c.kind == "sweep"))
        assert plan_sweep(office.house)
        office.work()
    assert [row.state for row in office.rows(t.job) if row.kind == "orphans"] in ([], ["done"])
    (told,) = [one for one in status(office.house)["waiting"] if one["what"] == "orphans"]
    assert old[:12] in told["title"]
    assert b"congkhai_vault_orphans 1.0" in exposition(office.house)
    assert old in set(vault_of(office).digests())
    assert not list(vault_of(office).quarantined())

    mend_store(office.house, found(office), "it")
    with office.house.store.write(office.house.agency, "test") as tx:
        assert tx.enqueue("orphans", "orphans:the-day-after", day=0)
    office.work()
    assert not [one for one in status(office.house)["waiting"] if one["what"] == "orphans"]
    assert b"congkhai_vault_orphans 0.0" in exposition(office.house)


def test_a_broken_chain_an_unsigned_dossier_and_loose_rows_are_found(office: Office) -> None:
    dossier = office.dossier()
    assert dossier is not None
    suffix = "" if office.house.store.engine.dialect.name == "sqlite" else " ON journal"
    with office.house.store.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER journal_no_update{suffix}")
    change(
        office,
        sa.update(t.journal).where(t.journal.c.seq == 3).values(body="{}"),
        sa.update(t.dossier).values(sha256=office.paper("report").body_sha256),  # type: ignore[union-attr]  # it is there
        sa.delete(t.signature).where(t.signature.c.role == "head"),
        sa.insert(t.outbox).values(
            key="k", agency=office.house.agency, target="channel:x", act="publish", subject="nothing", state="done",
            planned_at=office.now, receipt="", error="",
        ),
    )  # fmt: skip
    change(office, sa.delete(t.dossier_volume))
    broken = found(office)
    assert {"broken-chain", "unsigned", "missing-file", "loose-row"} <= ids(broken)
    assert "broken-chain" in ids(mend_store(office.house, broken, "it"))  # told, never mended
    assert any(one.place.startswith("outbox") for one in broken if one.id == "loose-row")


def _no_work(office: Office) -> None:
    change(office, sa.delete(t.job), sa.update(t.deadline).values(state="superseded"))


def _of_state(state: DisclosureState) -> "sa.Executable":
    return sa.update(t.disclosure).values(state=state.value)


GAPS: dict[str, tuple[str, Callable[[Office], None]]] = {
    "signed-not-sealed": ("last", lambda office: _sign_without_work(office)),
    "signed-not-closed": ("last", lambda office: change(
        office, sa.delete(t.minutes).where(t.minutes.c.kind == "report"), _of_state(DisclosureState.CLOSING))),
    "closed-no-report": ("last", lambda office: change(
        office, sa.delete(t.minutes).where(t.minutes.c.kind == "report"))),
    "sealed-not-filed": ("filed", lambda office: change(
        office, _of_state(DisclosureState.CLOSED), sa.update(t.dossier).values(filed_at=None, receipt=""),
        sa.delete(t.outbox).where(t.outbox.c.act == "file"))),
    "filed-no-receipt": ("filed", lambda office: change(office, sa.update(t.dossier).values(receipt=""))),
}  # fmt: skip


@pytest.mark.parametrize("name", GAPS)
def test_the_sweep_gives_every_resting_state_its_work_back_and_the_matter_ends_filed(
    name: str, at_stage: OpenOffice, office: Office
) -> None:
    stage, make = GAPS[name]
    if stage == "last":
        office = at_stage(stage)
        if name != "signed-not-sealed":
            report = sa.select(t.minutes.c.id).where(t.minutes.c.kind == "report")
            change(office, sa.delete(t.signing_order).where(t.signing_order.c.minutes.in_(report)))
    make(office)
    _no_work(office)
    with office.house.store.read() as connection:
        assert name in {gap.name for gap in gaps(connection, office.house)}
    assert plan_sweep(office.house)
    assert not plan_sweep(office.house)  # one node gets this quarter of an hour
    office.work()
    for _turn in range(3):
        office.sign()
    assert office.matter().state is DisclosureState.FILED
    dossier = office.dossier()
    assert dossier is not None
    assert dossier.receipt
    assert name in {entry["facts"]["gap"] for entry in office.journal("sweep.mended")}
    with office.house.store.read() as connection:
        assert gaps(connection, office.house) == []
    assert len(list((office.folder / "ban-giao").glob("[!.]*"))) == 1


def _sign_without_work(office: Office) -> None:
    """The head signs, and the process dies with the follow-up row lost: as after a restored backup."""
    _name, signer = office.house.signer_of("head")
    for paper in waiting_for(office.house, "head"):
        sign_by_person(office.house, paper.id, signer)


def test_a_gap_that_stays_is_told_once_and_never_mended_for_ever(office: Office) -> None:
    change(office, _of_state(DisclosureState.CLOSED), sa.update(t.dossier).values(filed_at=None))
    _no_work(office)
    for _turn in range(4):
        with office.house.store.write(office.house.agency, "test") as tx:
            mend(tx, office.house)
        change(office, sa.update(t.job).values(state="done"))  # the work went through and nothing came of it
    assert len(office.journal("sweep.mended")) == 1
    assert [row.place for row in office.rows(t.fault) if row.place == "sealed-not-filed"] == ["sealed-not-filed"]
    assert any(row["what"] == "sealed-not-filed" for row in status(office.house)["stuck"])


def test_work_that_a_person_gave_up_stays_given_up(office: Office) -> None:
    change(office, _of_state(DisclosureState.CLOSED), sa.update(t.dossier).values(filed_at=None))
    key = next(row.key for row in office.jobs("done") if row.kind == "file")
    change(office, sa.update(t.job).where(t.job.c.key == key).values(state="dead"))
    assert skip(office.house, key, "Lê Văn Mẫu", "Nộp bản giấy.")
    with office.house.store.read() as connection:
        assert gaps(connection, office.house) == []


def test_the_verb_says_what_it_found_and_exits_by_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = house.open_house
    monkeypatch.setattr(
        "congkhai.plugin.cli._open.open_house", lambda ini: opening(ini, Host(extra={"script": Script()}))
    )
    ini = ["-c", str(office.folder / "congkhai.ini"), "fsck"]
    assert CliRunner().invoke(group, ini).exit_code == 0
    dossier = office.dossier()
    assert dossier is not None
    vault_of(office).path(dossier.sha256).unlink()
    broken = CliRunner().invoke(group, [*ini, "--json", "--quick"])
    assert (broken.exit_code, [one["id"] for one in json.loads(broken.stdout)]) == (
        1,
        ["missing-file", "unusable-proof"],
    )
    mended = CliRunner().invoke(group, [*ini, "--mend", "--by", "Nguyễn Văn Mẫu"])
    assert (mended.exit_code, "đã sửa" in mended.stdout) == (0, True)
