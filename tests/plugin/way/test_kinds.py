"""Four kinds of dossiers: what they ask for, who may fill a place, versions, volumes, names."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.dossier_parts import numbered, slug
from congkhai.plugin.dossier_seal import MOST
from congkhai.plugin.dossier_versions import reopen
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host
from congkhai.plugin.interfaces import PartCase
from congkhai.plugin.kinds_matters import (
    bring_document,
    bring_file,
    claims,
    decide_claim,
    matters,
    open_matter,
    proposed,
)
from congkhai.plugin.minutes import read_index
from congkhai.plugin.records import Direction, DisclosureState, Dossier, Part
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, read_container, verify_path

from .conftest import OpenOffice
from .office import CLERK, Office
from .script import paper

TITLE = "Lấy ý kiến về chi tiêu nội bộ, tiết kiệm điện"


def ours(remote_id: str, type_: str, subject: str, **more: Any) -> Any:
    """Make a paper of our own that the tagger leaves alone."""
    values = {"direction": Direction.OUT, "type": type_, "number": f"{remote_id}/UBND", "issuer": "UBND xã Mẫu Sơn",
              "issued": date(2026, 7, 2), "arrived": None, **more}  # fmt: skip
    return paper(remote_id, subject, **values)


def take_in(office: Office, *papers: Any) -> None:
    """Receive papers that need no disclosure, and let them claim their places as the daily round does."""
    for one in papers:
        office.script.keys[one.subject] = None
    office.receive(*papers)
    office.restart()
    office.work()


def made(office: Office, subject: str) -> Dossier:
    with office.house.store.read() as connection:
        found = read.dossier(connection, subject)
    assert found is not None
    return found


def states(dossier: Dossier) -> dict[str, str]:
    return {part.key: part.state for part in dossier.parts}


def ids(office: Office) -> list[str]:
    with office.house.store.read() as connection:
        return [one.id for one in matters(connection, office.house.agency)]


def passes(office: Office, path: str) -> bool:
    return verify_path(Path(path), Trust.load(office.folder / "trust"), office.now).indication == "TOTAL_PASSED"


def test_a_consultation_is_complete_once_its_report_came_and_the_explanation_was_disclosed(office: Office) -> None:
    matter = open_matter(office.house, "consultation", TITLE, 2026, CLERK, number="9")
    take_in(office, ours("127", "Kế hoạch", f"Tổ chức lấy ý kiến {TITLE}"))
    assert states(made(office, matter)) == {"17.1": "missing", "17.2": "missing"}
    with office.house.store.read() as connection:
        (waiting,) = proposed(connection, office.house.agency)
    step = next(one for one in status(office.house)["waiting"] if one["what"] == "claim")["next"]
    assert "cách thức" in step  # what the plan must name is told to the person who decides
    decide_claim(office.house, waiting.id, CLERK, confirmed=True)
    report = ours("164", "Báo cáo", "Tổng hợp ý kiến theo Kế hoạch số 127 /UBND")
    office.receive(report)  # the tagger takes it for a disclosure of its own
    office.restart()
    office.work()
    assert states(made(office, matter)) == {"17.1": "present", "17.2": "missing"}
    assert "được công khai" in next(part.note for part in made(office, matter).parts if part.key == "17.2")
    office.confirm()
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.set_deadline("dossier", matter, tx.now, "test")
    office.work()
    dossier = made(office, matter)
    assert dossier.complete
    assert passes(office, dossier.path)
    assert dossier.filed_at is not None
    assert (dossier.disclosure, dossier.subject, dossier.kind) == ("", matter, "consultation")


def test_a_paper_that_cites_a_number_of_the_matter_is_placed_without_asking(office: Office) -> None:
    matter = open_matter(office.house, "consultation", TITLE, 2026, CLERK)
    plan = ours("127", "Kế hoạch", f"Tổ chức lấy ý kiến {TITLE}")
    take_in(office, plan)
    with office.house.store.read() as connection:
        decide_claim(office.house, proposed(connection, office.house.agency)[0].id, CLERK, confirmed=True)
    take_in(office, ours("164", "Báo cáo", "Kết quả lấy ý kiến theo Kế hoạch số 127/UBND"))
    with office.house.store.read() as connection:
        assert [(one.part, one.state) for one in claims(connection, matter)] == [
            ("17.1", "confirmed"), ("17.2", "confirmed"),
        ]  # fmt: skip


def test_a_plan_without_a_matter_proposes_one_and_another_year_s_paper_goes_nowhere(office: Office) -> None:
    take_in(office, ours("1", "Kế hoạch", "Tổ chức lấy ý kiến về nội quy"),
            ours("2", "Báo cáo", "Tổng hợp ý kiến về nội quy năm 2024"))  # fmt: skip
    with office.house.store.read() as connection:
        (found,) = matters(connection, office.house.agency)
        assert (found.state, found.kind, len(claims(connection, found.id))) == ("proposed", "consultation", 1)
        number = claims(connection, found.id)[0].id
    decide_claim(office.house, number, CLERK, confirmed=True)
    with office.house.store.read() as connection:
        assert next(matters(connection, office.house.agency)).state == "open"


def test_two_papers_that_claim_one_place_wait_until_a_person_has_chosen(office: Office) -> None:
    matter = open_matter(office.house, "supervision", "Giám sát năm 2026", 2026, CLERK)
    subject = "Ban hành Quy chế hoạt động của Ban Thanh tra nhân dân năm 2026"
    take_in(office, ours("5", "Quyết định", subject), ours("6", "Quyết định", f"{subject} (sửa)"))
    with office.house.store.read() as connection:
        first, second = claims(connection, matter)
    assert (first.state, second.state) == ("confirmed", "proposed")
    with pytest.raises(NotAllowedError, match=r"22\.1"):
        decide_claim(office.house, second.id, CLERK, confirmed=True)
    decide_claim(office.house, first.id, CLERK, confirmed=False, reason="Đã có bản sửa")
    decide_claim(office.house, second.id, CLERK, confirmed=True)
    office.work()
    assert states(made(office, matter))["22.1"] == "present"
    assert [entry["act"] for entry in office.journal("claim.refused")] == ["claim.refused"]


def test_periods_of_a_year_are_missing_once_over_and_waited_for_before(office: Office) -> None:
    matter = open_matter(office.house, "supervision", "Giám sát năm 2026", 2026, CLERK)
    report = "Báo cáo kết quả hoạt động của Ban Thanh tra nhân dân"
    take_in(office, ours("7", "Báo cáo", f"{report} quý I năm 2026"))
    part = next(one for one in made(office, matter).parts if one.key == "22.2")
    assert (part.state, "6 tháng" in part.note, "quý III" in part.note) == ("missing", True, False)
    take_in(office, ours("8", "Báo cáo", f"{report} 6 tháng năm 2026"))
    part = next(one for one in made(office, matter).parts if one.key == "22.2")
    assert (part.state, "quý III" in part.note) == ("waiting", True)


def test_an_agency_without_an_inspection_board_owes_no_supervision_dossier(office: Office) -> None:
    matter = open_matter(office.house, "supervision", "Năm 2026", 2026, CLERK, facts={"has_inspection_board": "no"})
    office.work()
    assert set(states(made(office, matter)).values()) == {"not_applicable"}
    assert not made(office, matter).complete


def test_a_decision_dossier_asks_for_the_ballot_minutes_only_when_there_was_a_ballot(office: Office) -> None:
    matter = open_matter(office.house, "decision", "Hội nghị năm 2026", 2026, CLERK)
    office.work()
    assert states(made(office, matter))["13.3"] == "not_applicable"
    ballot = open_matter(office.house, "decision", "Hội nghị bất thường", 2026, CLERK, facts={"by_ballot": "yes"})
    office.work()
    assert states(made(office, ballot))["13.3"] == "missing"


class _Endless(io.RawIOBase):
    """A file of many bytes of which never more than a chunk lies in memory."""

    def __init__(self, size: int) -> None:
        self.left, self.largest = size, 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "the whole file was asked for at once"
        self.largest = max(self.largest, size)
        taken = min(size, self.left)
        self.left -= taken
        return b"\x00" * taken


def test_a_scan_of_any_size_is_read_as_a_stream_and_never_counts_as_signed(office: Office) -> None:
    matter = open_matter(office.house, "consultation", TITLE, 2026, CLERK)
    scan = _Endless(300 * 1024 * 1024)
    bring_file(office.house, matter, "consultation", "17.1", scan, "Quét KH 127.pdf", "application/pdf",  # type: ignore[arg-type]
               "plain_scan", CLERK)  # fmt: skip
    office.work()
    dossier = made(office, matter)
    assert (scan.left, scan.largest <= 1 << 20) == (0, True)
    assert states(dossier)["17.1"] == "present"
    assert [one.where for one in dossier.findings if one.id == "D01"] == ["17.1"]


def test_a_second_file_in_a_taken_place_and_an_empty_one_are_refused(office: Office) -> None:
    matter = open_matter(office.house, "consultation", TITLE, 2026, CLERK)

    def bring(data: bytes) -> int:
        return bring_file(office.house, matter, "consultation", "17.1", io.BytesIO(data), "a.pdf", "application/pdf",
                          "certified_copy", CLERK)  # fmt: skip

    bring(b"1")
    with pytest.raises(NotAllowedError, match=r"17\.1"):
        bring(b"2")
    with pytest.raises(InputError, match="rỗng"):
        bring(b"")
    with pytest.raises(InputError, match=r"99\.9"):
        bring_document(office.house, matter, "consultation", "99.9", "d", CLERK)


@pytest.fixture
def filed(at_stage: OpenOffice) -> Office:
    """A matter whose dossier is filed."""
    return at_stage("filed")


def test_a_part_that_arrives_after_filing_is_shown_and_goes_into_a_new_version(filed: Office) -> None:
    subject = filed.matter().id
    old = made(filed, subject)
    filed.wait(hours=1)
    bring_file(filed.house, subject, "disclosure", "9.2", io.BytesIO(b"x"), "Kế hoạch riêng.pdf", "application/pdf",
               "certified_copy", CLERK)  # fmt: skip
    filed.work()
    assert made(filed, subject) == old
    late = [one for one in status(filed.house)["waiting"] if one["what"] == "late-part"]
    assert [one["subject"] for one in late] == [old.id]
    with pytest.raises(NotAllowedError, match="lý do"):
        reopen(filed.house, old.id, CLERK, " ")
    new = reopen(filed.house, old.id, CLERK, "Bổ sung kế hoạch riêng")
    filed.work()
    dossier = made(filed, subject)
    assert (dossier.id, dossier.version, dossier.previous, dossier.complete) == (new, 2, old.id, True)
    assert filed.matter().state is DisclosureState.FILED
    assert dossier.filed_at is not None
    members = {one.name: one for one in read_container(Path(dossier.path)).members}
    with members["phien-ban-truoc.json"].open() as stream:
        assert json.load(stream)["containers"] == [old.sha256]
    with members["dossier.xml"].open() as stream:
        assert old.sha256 in read_index(stream.read()).description
    assert any(name.startswith("thanh-phan-9.2/") for name in members)
    assert passes(filed, old.path)  # the old version is kept as it was
    assert passes(filed, dossier.path)
    assert [one for one in status(filed.house)["waiting"] if one["what"] == "late-part"] == []
    with pytest.raises(NotAllowedError, match="mới nhất"):
        reopen(filed.house, old.id, CLERK, "Lần nữa")


def test_three_thousand_papers_of_one_matter_are_split_into_volumes(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    first = office.documents()[-1]
    with office.house.store.write(office.house.agency, "test") as tx:
        row = tx.connection.execute(sa.select(t.document).where(t.document.c.id == first.id)).one()._mapping
        file = tx.connection.execute(sa.select(t.attachment).where(t.attachment.c.document == first.id)).one()._mapping
        fresh = range(2, 3001)
        tx.connection.execute(sa.insert(t.document), [
            {**row, "id": f"x{n}", "remote_id": f"x{n}", "number": f"{n}/QĐ-UBND"} for n in fresh
        ])  # fmt: skip
        tx.connection.execute(sa.insert(t.attachment), [{**file, "document": f"x{n}"} for n in fresh])
        tx.connection.execute(sa.insert(t.disclosure_document), [
            {"disclosure": office.matter().id, "document": f"x{n}", "rank": n} for n in fresh
        ])  # fmt: skip
    office.sign("head")
    dossier = made(office, office.matter().id)
    assert dossier.complete
    with office.house.store.read() as connection:
        volumes = read.volumes(connection, dossier.id)
    paths = sorted(Path(dossier.path).parent.glob(f"{dossier.id}-tap-*.asice"))
    assert len(paths) == len(volumes) == 16
    names: list[str] = []
    for number in (1, len(paths)):  # the first and the last; each is sealed alike
        assert passes(office, str(paths[number - 1]))
        members = read_container(paths[number - 1]).members
        assert len(members) <= MOST
        with next(one for one in members if one.name == "dossier.xml").open() as stream:
            index = read_index(stream.read())
        assert (index.volume, index.volumes, len({one.name for one in index.members})) == (
            number, 16, len(index.members),
        )  # fmt: skip
        names = [one.name for one in index.members if one.kind == "document"]
    assert names == sorted(names)
    assert len(names) == 3000
    filing = next(one for one in (office.folder / "ban-giao").iterdir() if not one.name.startswith("."))
    assert len(list(filing.rglob("*.asice"))) == 16


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Quyết định số 5.pdf", "quyet-dinh-so-5.pdf"),
        ("CON", "con"),
        ("a<b>:c|d?.docx. ", "a-b-c-d.docx"),
        ("Đ" * 200 + ".pdf", "d" * 56 + ".pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ("\u202egnp.exe", "gnp.exe"),
        ("", "tep"),
    ],
)
def test_names_are_safe_on_windows_and_linux(given: str, name: str) -> None:
    assert slug(given) == name


def test_names_sort_however_many_there_are() -> None:
    assert [numbered(1, 9), numbered(1, 150), numbered(150, 150), numbered(7, 3000)] == ["01", "001", "150", "0007"]


class _Own:
    """A plugin with a kind and a way to fill its part."""

    key, title, per = "congratulation", "Hồ sơ khen", "matter"

    def parts(self, regulation: Any) -> Any:
        first = regulation.dossier("consultation").parts[0]
        return (replace(first, key="K1", origin="plugin:own"), replace(first, key="K2", origin="plugin:broken"))

    def why_not(self, part: Any, facts: Any) -> str:
        return ""

    @hookimpl
    def register_dossier_kinds(self, register: Any) -> None:
        register(self)

    @hookimpl
    def register_dossier_parts(self, register: Any) -> None:
        register("plugin:own", lambda case: Part(case.part.key, case.part.title, "present", ("x",)))
        register("plugin:broken", self._broken)

    def _broken(self, case: PartCase) -> Part:
        raise KeyError(case.kind)


def test_hook_register_dossier_parts_fills_places_and_a_failure_of_it_is_said(open_office: OpenOffice) -> None:
    office = open_office(extra={"own": _Own()})
    matter = open_matter(office.house, "congratulation", "Khen", 2026, CLERK)
    office.work()
    parts = {part.key: part for part in made(office, matter).parts}
    assert parts["K1"].state == "present"
    assert (parts["K2"].state, "own" in parts["K2"].note) == ("missing", True)


def test_hook_register_dossier_kinds_and_a_kind_that_is_taken_disables_the_plugin_that_came_second() -> None:
    class Second:
        key, title, per = "decision", "Trùng", "year"

        def parts(self, regulation: Any) -> Any:
            return ()

        @hookimpl
        def register_dossier_kinds(self, register: Any) -> None:
            register(self)

    host = Host(["congkhai.plugin.kinds"], extra={"second": Second()})
    assert [problem.plugin for problem in host.problems] == ["second"]
    assert host.dossier_kinds["decision"].plugin == "congkhai.plugin.kinds"
