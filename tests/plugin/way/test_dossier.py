"""The dossier: complete or not at all, sealed over what is really there, the same in the folder that clerks open."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.records import DisclosureState, DocumentStatus, Dossier
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.work import retry
from congkhai.signing import Trust, read_container, verify_path

from .conftest import OpenOffice
from .office import Office
from .script import paper, plan_paper


@pytest.fixture
def last(at_stage: OpenOffice) -> Office:
    """A matter for whose dossier only the head's signature on the report is missing."""
    return at_stage("last")


def _dossier(office: Office) -> Dossier:
    made = office.dossier()
    assert made is not None
    return made


def _indication(office: Office) -> str:
    path = Path(_dossier(office).path)
    return verify_path(path, Trust.load(office.folder / "trust"), office.now).indication


def _hide_plan(office: Office) -> None:
    """As if the agency had not issued its plan yet."""
    with office.house.store.write(office.house.agency, "test") as tx:
        hidden = sa.update(t.document).where(t.document.c.remote_id == "plan")
        tx.connection.execute(hidden.values(status=DocumentStatus.RECALLED.value))


def test_a_complete_dossier_is_sealed_passes_verification_and_is_filed(last: Office) -> None:
    last.sign("head")
    dossier = _dossier(last)
    assert dossier.complete
    assert [finding.id for finding in dossier.findings if finding.severity == "error"] == []
    assert _indication(last) == "TOTAL_PASSED"
    assert last.matter().state is DisclosureState.FILED
    assert [entry["act"] for entry in last.journal("dossier.sealed", "dossier.filed")] == [
        "dossier.sealed", "dossier.filed",
    ]  # fmt: skip


def test_the_container_holds_every_paper_of_the_matter_and_an_index(last: Office) -> None:
    last.sign("head")
    members = {member.name: member for member in read_container(Path(_dossier(last).path)).members}
    listed = {name for part in _dossier(last).parts for name in part.members}
    assert listed <= members.keys()
    assert {"dossier.xml", "van-ban/01-1-van-ban.txt", "ke-hoach/01-1-van-ban.txt", "bien-ban/bien-ban-niem-yet.xml",
            "bien-ban/bien-ban-ket-thuc.pdf", "bao-cao/bao-cao-ket-qua.xml", "minh-chung/danh-sach.json"
            } <= members.keys()  # fmt: skip
    with members["minh-chung/danh-sach.json"].open() as stream:
        proofs = json.load(stream)
    assert {one["channel"] for one in proofs["postings"]} == {"intranet", "bang-tin"}
    assert any(name.endswith(".png") for name in members)


def test_the_open_folder_equals_the_container(last: Office) -> None:
    last.sign("head")
    path = Path(_dossier(last).path)
    folder = path.with_suffix("")
    inside = {}
    for member in read_container(path).members:
        with member.open() as stream:
            inside[member.name] = stream.read()
    outside = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert outside == inside
    assert path.read_bytes() == last.house.store.vault.read(_dossier(last).sha256)
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_a_missing_plan_keeps_the_dossier_incomplete_until_the_plan_comes(last: Office) -> None:
    _hide_plan(last)
    last.sign("head")
    dossier = _dossier(last)
    assert (dossier.complete, dossier.sha256, dossier.path) == (False, "", "")
    assert [finding.where for finding in dossier.findings if finding.id == "A23"] == ["9.1", "9.2"]
    assert last.matter().state is DisclosureState.CLOSED
    assert list((last.folder / "ban-giao").iterdir()) == []
    assert [one["what"] for one in status(last.house)["waiting"]] == ["dossier"]
    last.wait(days=1)
    assert len(last.journal("dossier.incomplete")) == 2
    last.script.keys[plan_paper().subject] = None
    last.receive(replace(plan_paper(), remote_id="plan-2", ref="plan-2", number="13/KH-UBND"))
    last.wait(days=1, minutes=1)
    assert last.matter().state is DisclosureState.FILED
    assert _indication(last) == "TOTAL_PASSED"


def test_another_year_s_plan_does_not_serve(last: Office) -> None:
    _hide_plan(last)
    with last.house.store.write(last.house.agency, "test") as tx:
        older = sa.update(t.document).where(t.document.c.remote_id == "plan")
        tx.connection.execute(older.values(status="current", issued=plan_paper().issued.replace(year=2025),  # type: ignore[union-attr]
                                           subject="Kế hoạch thực hiện công khai thông tin năm 2025"))  # fmt: skip
    last.sign("head")
    assert not _dossier(last).complete


@pytest.mark.parametrize("what", ["document", "minutes", "photo"])
def test_a_changed_file_in_the_vault_stops_the_seal_and_its_restoration_lets_it_go_on(last: Office, what: str) -> None:
    digest = _digest(last, what)
    path = last.house.store.vault.path(digest)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"!")
    last.sign("head")
    last.wait(days=2)
    made = last.dossier()
    assert made is None or not made.sha256
    assert last.matter().state is DisclosureState.CLOSED
    (stuck,) = [row for row in last.jobs("ready") + last.jobs("dead") if row.kind == "dossier"]
    assert digest in stuck.last_error
    assert list((last.folder / "ban-giao").iterdir()) == []
    path.write_bytes(good)
    with last.house.store.write(last.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.job).where(t.job.c.id == stuck.id).values(state="dead"))
    assert retry(last.house, stuck.key, "Quản trị")
    last.work()
    assert last.matter().state is DisclosureState.FILED


def _digest(office: Office, what: str) -> str:
    if what == "document":
        return office.documents()[1].attachments[0].sha256
    if what == "minutes":
        made = office.paper("posting")
        assert made is not None
        return made.pdf_sha256
    return next(one.sha256 for one in office.posting("bang-tin").evidence if one.kind == "photo")


@pytest.mark.parametrize(
    "what",
    [
        "document", "minutes",
        "photo",
    ],
)  # fmt: skip
def test_a_file_that_is_missing_from_the_vault_stops_the_seal(last: Office, what: str) -> None:
    last.house.store.vault.path(_digest(last, what)).unlink()
    last.sign("head")
    made = last.dossier()
    assert made is None or not made.sha256


def test_a_recalled_paper_keeps_the_dossier_incomplete(last: Office) -> None:
    last.receive(paper("9", "Thu hồi", act="recall", targets=("1",)))
    last.sign("head")
    assert not _dossier(last).complete
    assert "A29" in [finding.id for finding in _dossier(last).findings]


def test_signatures_whose_revocation_cannot_be_told_keep_the_dossier_incomplete(last: Office) -> None:
    for path in (last.folder / "trust").glob("*.crl"):
        path.unlink()
    last.sign("head")
    assert not _dossier(last).complete
    assert [finding.id for finding in _dossier(last).findings if finding.severity == "error"].count("S01") == 3


def test_an_expired_seal_seals_nothing(at_stage: OpenOffice) -> None:
    office = at_stage("last", lambda ini: ini.replace("keys/seal.", "keys/expired."))
    office.sign("head")
    made = office.dossier()
    assert made is None or not made.sha256
    assert office.matter().state is DisclosureState.CLOSED
    assert [row.kind for row in office.jobs("dead")] == ["dossier"]


def test_a_sealed_dossier_is_never_sealed_again(last: Office) -> None:
    last.sign("head")
    before = (_dossier(last), last.journal("dossier.sealed"), sorted((last.folder / "ban-giao").iterdir()))
    with last.house.store.write(last.house.agency, "test") as tx:
        again = sa.update(t.job).where(t.job.c.kind.in_(["dossier", "export", "file"]))
        tx.connection.execute(again.values(state="ready", run_at=0.0, attempts=0))
    last.work()
    assert (_dossier(last), last.journal("dossier.sealed"), sorted((last.folder / "ban-giao").iterdir())) == before
    assert _indication(last) == "TOTAL_PASSED"


def test_a_copy_that_somebody_spoilt_is_laid_out_again_from_the_vault(last: Office) -> None:
    last.sign("head")
    path = Path(_dossier(last).path)
    path.write_bytes(b"x")
    (path.with_suffix("") / "la.txt").write_bytes(b"x")
    with last.house.store.write(last.house.agency, "test") as tx:
        again = sa.update(t.job).where(t.job.c.kind == "export")
        tx.connection.execute(again.values(state="ready", run_at=0.0, attempts=0))
    last.work()
    assert _indication(last) == "TOTAL_PASSED"
    assert not (path.with_suffix("") / "la.txt").exists()
