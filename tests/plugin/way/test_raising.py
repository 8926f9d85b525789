"""With timestamp services configured, signatures rise to LT before the seal, and the container to LTA and beyond."""

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from congkhai.plugin import dossier_seal, raising
from congkhai.plugin.desk import release_posting
from congkhai.plugin.entries import DECLARATIONS
from congkhai.plugin.entry_file import read_entry, sample
from congkhai.plugin.journal_proofs import check_journal
from congkhai.plugin.kinds_matters import bring_file, open_matter
from congkhai.plugin.minuting_entered import record
from congkhai.plugin.records import DisclosureState, Dossier
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, verify_path
from tests.signing.authority_service import ClockedSession, Services, running

from .conftest import OpenOffice
from .office import BOARD, CLERK, PEOPLE, ROLES, STAFF_PAGE, Office
from .script import paper, plan_paper


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Authorities, status and timestamp services on loopback."""
    with running(tmp_path_factory.mktemp("services")) as found:
        yield found


class Clocked(ClockedSession):
    """A session of the house that tells the services the house's time; can be cut off."""

    office: Office
    reachable = True

    def __init__(self) -> None:
        super().__init__(self.office.house.clock.now())

    def request(self, method: Any, url: Any, *args: Any, **more: Any) -> requests.Response:
        """Ask, as long as there is a way out."""
        if not type(self).reachable:
            raise requests.ConnectionError("no route")
        return super().request(method, url, *args, **more)


def _with_services(ini: str, services: Services, budget: str) -> str:
    """Give every signer a key of the test authority, and the house its timestamp service."""
    head, _mark, _signers = ini.partition("\n[signer:")
    keys = {"seal": "signer-ec", **dict.fromkeys(ROLES, "signer")}
    signers = "".join(
        f"\n[signer:{role.replace('_', '-')}]\ntype = pem\nrole = {role}\nperson = {PEOPLE.get(role, 'UBND xã')}\n"
        f"attended = {'no' if role == 'seal' else 'yes'}\nfile = {services.folder / name}.key.pem\n"
        f"certificates = {services.folder / name}.chain.pem\n"
        for role, name in keys.items()
    )
    return f"{head}\n[timestamp]\nurl = {services.tsa()}\nbudget = {budget}\ntimeout = 20 s\n{signers}"


@pytest.fixture
def timed(open_office: OpenOffice, services: Services, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An empty house with timestamps."""
    office = open_office(STAFF_PAGE, BOARD)
    ini = office.folder / "congkhai.ini"
    ini.write_text(_with_services(ini.read_text(encoding="utf-8"), services, "3 d"), encoding="utf-8")
    for one in (office.folder / "trust").iterdir():
        one.unlink()
    services.trust_folder(office.folder / "trust")
    office.restart()
    Clocked.office, Clocked.reachable = office, True
    monkeypatch.setattr(raising.requests, "Session", Clocked)
    return office


@pytest.fixture
def stamped(timed: Office) -> Office:
    """A house with timestamps whose one matter waits to be closed."""
    office = timed
    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    office.confirm()
    office.sign(*ROLES)
    office.wait(days=24)
    return office


def _finish(office: Office) -> None:
    office.take_down_all()
    office.sign(*ROLES)
    office.sign("head")
    office.work()


def _levels(office: Office, at: datetime | None = None) -> list[str]:
    dossier = _dossier(office)
    report = verify_path(Path(dossier.path), Trust.load(office.folder / "trust"), at or office.house.clock.now())
    assert report.indication == "TOTAL_PASSED", report.to_dict()
    return [one.level for file in report.files for one in file.signatures]


def _dossier(office: Office) -> Dossier:
    dossier = office.dossier()
    assert dossier is not None
    return dossier


def _assert_checkpoints_stamped(office: Office) -> None:
    rows = office.rows(t.checkpoint)
    assert rows
    for row in rows:
        path = office.folder / "checkpoint.asice"
        path.write_bytes(office.house.store.vault.read(row.sha256))
        report = verify_path(path, Trust.load(office.folder / "trust"), office.now)
        assert (row.level, report.indication, report.files[0].signatures[0].level) == ("LT", "TOTAL_PASSED", "LT")
    verdict, proofs = check_journal(office.house)
    assert (verdict.broken, proofs.problems) == ((), ())


def test_papers_reach_lt_and_the_container_lta_before_it_is_filed(stamped: Office) -> None:
    _finish(stamped)
    stamped.wait(days=40)  # until the authority's next list, issued after the timestamps, is there
    assert stamped.matter().state is DisclosureState.FILED
    levels = _levels(stamped)
    assert "LTA" in levels
    assert set(levels) <= {"LT", "LTA"}
    _assert_checkpoints_stamped(stamped)
    acts = [entry["act"] for entry in stamped.journal()]
    assert acts.index("dossier.sealed") < acts.index("dossier.raised") < acts.index("dossier.filed")


def test_the_container_is_renewed_before_its_timestamp_service_ends(stamped: Office) -> None:
    _finish(stamped)
    stamped.wait(days=40)
    due = [row for row in stamped.rows(t.deadline) if row.kind == "raise-dossier" and row.state == "open"]
    assert [row.due.year for row in due] == [2030]


def test_services_that_stay_away_stop_nobody_from_signing_and_are_shown_when_the_budget_is_spent(
    stamped: Office,
) -> None:
    Clocked.reachable = False
    _finish(stamped)
    assert stamped.paper("report") is not None
    assert not stamped.paper("report").missing  # type: ignore[union-attr]  # asserted above
    assert stamped.matter().state is DisclosureState.CLOSED
    assert _stamp_states(stamped) == {"waiting"}
    stamped.wait(days=2)
    assert _stamp_states(stamped) == {"late"}
    assert not [row for row in status(stamped.house)["stuck"] if row["what"] == "timestamp"]
    stamped.wait(days=3)
    assert "spent" in _stamp_states(stamped)
    assert "timestamp" in {row["what"] for row in status(stamped.house)["stuck"]}
    Clocked.reachable = True
    stamped.wait(days=40)
    assert stamped.matter().state is DisclosureState.FILED
    assert "LTA" in _levels(stamped)
    assert _stamp_states(stamped) == set()  # a renewal that is planned waits for nobody


def _stamp_states(office: Office) -> set[str]:
    """How the waiting for timestamps stands; each row says when the budget ends and when it is tried again."""
    rows = [row for row in status(office.house)["waiting"] if row["what"] == "timestamp"]
    assert all(row["since"] < row["ends"] and row["next_try"] and row["next"] for row in rows)
    return {row["state"] for row in rows}


def test_every_volume_of_a_dossier_reaches_lta_and_is_filed(stamped: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossier_seal, "MOST", 6)  # as if it held more than 200 members
    _finish(stamped)
    stamped.wait(days=40)
    dossier = _dossier(stamped)
    with stamped.house.store.read() as connection:
        volumes = read.volumes(connection, dossier.id)
    paths = sorted(Path(dossier.path).parent.glob(f"{dossier.id}-tap-*.asice"))
    assert len(paths) == len(volumes) >= 2
    trust = Trust.load(stamped.folder / "trust")
    for path, sha256 in zip(paths, volumes, strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        report = verify_path(path, trust, stamped.house.clock.now())
        assert report.indication == "TOTAL_PASSED"
        levels = {one.level for file in report.files for one in file.signatures if one.role == "seal"}
        assert levels == {"LTA"}
    assert stamped.matter().state is DisclosureState.FILED
    filed = [one.name for one in (stamped.folder / "ban-giao").rglob("*.asice")]
    assert sorted(filed) == [path.name for path in paths]


def test_minutes_of_staff_matters_and_declarations_reach_lt_and_their_dossiers_lta(timed: Office) -> None:
    house = timed.house
    matter = open_matter(house, "decision", "Hội nghị cán bộ, công chức năm 2026", 2026, CLERK,
                         number="3", facts={"by_ballot": "yes"})  # fmt: skip
    declared = paper("kk", "Niêm yết bản kê khai tài sản, thu nhập năm 2026")
    timed.script.keys[declared.subject] = "integrity/integrity.declarations"
    timed.receive(plan_paper(), declared)
    timed.wait(hours=2)
    posted = timed.matter().id
    for one in timed.matter().postings:
        if one.mode == "release":
            release_posting(house, one.id, CLERK, reason="Chỉ nêu tên người kê khai")
    timed.work()
    timed.confirm()
    timed.wait(hours=1)
    for subject, kind in ((matter, "conference"), (matter, "ballot"), (posted, DECLARATIONS)):
        record(house, subject, kind, read_entry(sample(kind), kind), CLERK)
    for part, period in (("13.1", ""), ("13.4", ""), ("13.5", "6 tháng"), ("13.5", "năm")):
        bring_file(house, matter, "decision", part, io.BytesIO(f"%PDF {part} {period}".encode()), f"{part}.pdf",
                   "application/pdf", "signed_digital", CLERK, period)  # fmt: skip
    timed.work()
    Clocked.reachable = False
    assert timed.sign() == 7  # two signers of each meeting's minutes, three of the posting's
    with house.store.read() as connection:
        before = read.dossier(connection, matter)
    assert before is None or not before.sha256  # the papers wait for their timestamps first
    assert _stamp_states(timed) == {"waiting"}
    Clocked.reachable = True
    timed.wait(days=24)
    timed.take_down_all()
    timed.sign()
    timed.sign("head")
    timed.wait(days=40)
    acts = [(entry["act"], entry["subject"]) for entry in timed.journal()]
    kinds = {row.id: (row.subject, row.kind) for row in timed.rows(t.minutes)}
    raised = {kinds[subject] for act, subject in acts if act == "minutes.raised" and subject in kinds}
    assert raised >= {(matter, "conference"), (matter, "ballot"), (posted, "posting"), (posted, "closing")}
    for subject in (matter, posted):
        with house.store.read() as connection:
            dossier = read.dossier(connection, subject)
        assert dossier is not None
        assert dossier.complete, [one.message for one in dossier.findings]
        assert dossier.filed_at is not None
        report = verify_path(Path(dossier.path), Trust.load(timed.folder / "trust"), timed.now)
        assert report.indication == "TOTAL_PASSED", report.to_dict()
        levels = [one.level for file in report.files for one in file.signatures]
        assert (set(levels), levels.count("LTA")) == ({"LT", "LTA"}, 1)
    verdict, proofs = check_journal(house)
    assert (verdict.broken, proofs.problems) == ((), ())
    heads = {anchor.where for anchor in proofs.anchors}
    assert {f"biên bản {id_}" for id_ in kinds} <= heads  # those of the meetings too
