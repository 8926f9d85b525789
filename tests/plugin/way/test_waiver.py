"""A dossier that will never be complete is closed by a signed decision of the head, and stays incomplete."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.dossier_versions import reopen
from congkhai.plugin.dossier_waiver import NAME, waive
from congkhai.plugin.entry_file import read_entry, sample
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.kinds_matters import open_matter
from congkhai.plugin.minutes import read_index
from congkhai.plugin.minuting_entered import record
from congkhai.plugin.records import Severity
from congkhai.plugin.reports import compliance
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.worklist import items
from congkhai.signing import Trust, read_container, verify_path

from .conftest import OpenOffice
from .office import CLERK, Office
from .test_entered import _plain_ini
from .test_kinds import made, passes

WHY = "Không có Ban Thanh tra nhân dân nhiệm kỳ này, không lập được báo cáo"


def _judged(office: Office, subject: str) -> None:
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.set_deadline("dossier", subject, tx.now, "test")
    office.work()


def test_the_head_closes_a_dossier_with_missing_parts_and_every_list_says_so(office: Office) -> None:
    matter = open_matter(office.house, "supervision", "Giám sát năm 2026", 2026, CLERK)
    office.work()
    before = made(office, matter)
    for name, reason, code in (("head", " ", "736"), ("front-chair", WHY, "738"), ("khong-co", WHY, "738")):
        with pytest.raises(NotAllowedError) as caught:
            waive(office.house, matter, name, reason)
        assert caught.value.code == f"congkhai-E{code}"
    said = CliRunner().invoke(
        group, ["-c", str(_plain_ini(office)), "dossier", "waive", matter, "--signer", "head", "--reason", WHY,
                "--decision", "Quyết định số 9/QĐ-UBND ngày 05/7/2026"],
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    office.work()
    dossier = made(office, matter)
    assert (bool(before.sha256), bool(dossier.sha256), dossier.complete) == (False, True, False)
    assert [one.id for one in dossier.findings if one.severity is Severity.ERROR] == ["A23", "A23"]
    (told,) = [one for one in dossier.findings if one.id == "D02"]
    assert WHY in told.message
    assert "Nguyễn Văn Mẫu" in told.message
    assert passes(office, dossier.path)
    members = {one.name: one for one in read_container(Path(dossier.path)).members}
    index = read_index(members["dossier.xml"].open().read())
    assert (index.complete, {part.state for part in index.parts}) == (False, {"missing"})
    decision = office.folder / "quyet-dinh.asice"
    decision.write_bytes(members[NAME].open().read())
    verdict = verify_path(decision, Trust.load(office.folder / "trust"), office.now)
    assert verdict.indication == "TOTAL_PASSED"
    assert ["CN=Nguyễn Văn Mẫu" in one.signer for one in verdict.files[0].signatures] == [True]
    text = next(one for one in read_container(decision).members if one.name.endswith(".txt")).open().read().decode()
    for words in (WHY, "22.1", "22.2", "9/QĐ-UBND", "không được coi là hồ sơ đầy đủ"):
        assert words in text
    assert dossier.filed_at is not None
    assert not [one for one in status(office.house)["waiting"] if one["what"] == "dossier"]
    with pytest.raises(NotAllowedError) as caught:
        waive(office.house, matter, "head", WHY)
    assert caught.value.code == "congkhai-E737"
    reopen(office.house, dossier.id, CLERK, "Đã tìm thấy quy chế")
    office.work()
    assert not made(office, matter).sha256  # the decision spoke of the old version only
    assert [entry["facts"]["lacking"] for entry in office.journal("dossier.waived")] == [
        [["A23", "22.1"], ["A23", "22.2"]]
    ]


def test_a_decision_covers_what_it_names_and_nothing_that_went_wrong_later(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    plans = sa.update(t.document).where(t.document.c.type == "Kế hoạch")
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(plans.values(status="recalled"))
    office.sign()
    matter = office.matter()
    assert [one.where for one in office.dossier().findings if one.severity is Severity.ERROR]  # type: ignore[union-attr]  # judged
    assert items(office.house, "dossier")
    waive(office.house, matter.id, "head", "Kế hoạch năm đã bị thu hồi, không lập lại")
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.dossier_waiver).values(lacking=[["A23", "9.2"]]))
    office.work()
    assert not office.dossier().sha256  # type: ignore[union-attr]  # the decision does not cover 9.1
    waive(office.house, matter.id, "head", "Kế hoạch năm đã bị thu hồi, không lập lại")
    office.work()
    dossier = office.dossier()
    assert dossier is not None
    assert dossier.sha256
    assert dossier.filed_at is not None
    assert not items(office.house, "dossier")
    line = compliance(office.house, matter.trigger, matter.trigger, "compliance", "x").data["disclosures"][0]
    assert line["incomplete"]


def test_what_belongs_to_another_agency_is_not_there(office: Office) -> None:
    matter = open_matter(office.house, "decision", "Hội nghị năm 2026", 2026, CLERK)
    office.work()
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.staff_matter).values(agency="khac"))
    for act in (
        lambda: waive(office.house, matter, "head", WHY),
        lambda: record(office.house, matter, "conference", read_entry(sample("conference"), "conference"), CLERK),
    ):
        with pytest.raises(InputError) as caught:
            act()
        assert caught.value.code == "congkhai-E140"
