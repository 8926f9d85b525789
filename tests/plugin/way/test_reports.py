"""Dossiers and reports on the command line: what clerks, heads and inspectors take away."""

import csv
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import _open as opening
from congkhai.plugin.cli import group
from congkhai.plugin.clock import ZONE
from congkhai.plugin.host import Host
from congkhai.plugin.house import open_house
from congkhai.plugin.reports import Report, Table, to_csv
from congkhai.plugin.reports_data import period
from congkhai.signing import Trust, verify_path

from .conftest import OpenOffice
from .office import CLERK, Office
from .script import paper


@pytest.fixture
def filed(at_stage: OpenOffice) -> Office:
    """A matter whose dossier is filed, and one that is late."""
    office = at_stage("filed")
    office.receive(paper("9", "Về việc chậm trễ"))
    office.wait(days=12)
    return office


@pytest.fixture
def run(filed: Office, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a verb on the office's house; its scripted plugins are there too."""
    monkeypatch.setattr(opening, "open_house", lambda ini: open_house(ini, Host(extra={"script": filed.script})))

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(group, ["-c", str(filed.folder / "congkhai.ini"), *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return call


def test_dossiers_are_listed_shown_and_exported(filed: Office, run: Any, tmp_path: Path) -> None:
    (one,) = json.loads(run("dossier", "list", "--json").output)
    assert (one["kind"], one["state"], one["version"], len(one["volumes"])) == ("disclosure", "complete", 1, 1)
    shown = run("dossier", "show", one["id"]).output
    assert "9.5" in shown
    assert one["id"] == json.loads(run("dossier", "show", one["subject"], "--json").output)["id"]
    target = tmp_path / "ra"
    run("dossier", "export", one["id"], "--to", str(target))
    container = target / f"{one['id']}.asice"
    assert verify_path(container, Trust.load(filed.folder / "trust"), filed.now).indication == "TOTAL_PASSED"
    assert (target / one["id"] / "dossier.xml").is_file()
    run("dossier", "export", "--format", "asice", "--to", str(tmp_path / "chi-tep"))
    assert [path.name for path in (tmp_path / "chi-tep").iterdir()] == [container.name]


def test_matters_are_opened_filled_and_reopened_from_the_command_line(filed: Office, run: Any, tmp_path: Path) -> None:
    name = "Góp ý nội quy"
    opened = run("dossier", "open", "--kind", "consultation", "--title", name, "--year", "2026", "--by", CLERK)
    id_ = opened.output.strip()
    scan = tmp_path / "Kế hoạch.pdf"
    scan.write_bytes(b"%PDF-1.4 x")
    run("dossier", "bring", id_, "17.1", "--file", str(scan), "--by", CLERK)
    filed.work()
    shown = json.loads(run("dossier", "show", id_, "--json").output)
    assert (shown["state"], [part["state"] for part in shown["parts"]]) == ("incomplete", ["present", "missing"])
    assert shown["claims"][0]["form"] == "plain_scan"
    number = str(shown["claims"][0]["id"])
    result = run("dossier", "export", id_, "--to", str(tmp_path / "x"), code=1)
    assert "Chưa có văn bản" in str(result.exception)
    assert "congkhai-E697" in result.exception.explain()
    run("dossier", "refuse", number, "--by", CLERK, "--reason", "Nhầm")
    run("dossier", "confirm", number, "--by", CLERK)
    assert json.loads(run("dossier", "claims", "--json").output) == []
    sealed = json.loads(run("dossier", "list", "--kind", "disclosure", "--json").output)[0]
    assert "đã nộp" in run("dossier", "file", sealed["id"], "--by", CLERK).output
    run("dossier", "reopen", sealed["id"], "--by", CLERK, "--reason", "Bổ sung")
    filed.work()
    versions = json.loads(run("dossier", "list", "--kind", "disclosure", "--versions", "--json").output)
    assert [one["version"] for one in versions] == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("dossier", "show", "h0"), 2),
        (("dossier", "list", "--kind", "x"), 2),
        (("dossier", "open", "--kind", "disclosure", "--title", "a", "--year", "2026", "--by", "b"), 2),
        (("dossier", "open", "--kind", "decision", "--title", "a", "--year", "2026", "--fact", "x", "--by", "b"), 2),
        (("dossier", "confirm", "77", "--by", "b"), 2),
        (("report", "annual", "--output", "a.doc"), 2),
        (("report", "compliance", "--from", "2026-02-01", "--to", "2026-01-01"), 2),
        (("report", "results", "c0"), 2),
    ],
)
def test_bad_input_is_refused_with_advice(run: Any, arguments: tuple[str, ...], code: int) -> None:
    error = run(*arguments, code=1).exception  # click's own runner gives 1 for every exception
    assert error.exit_code == code
    assert error.explain().count("\n") == 1


def test_the_annual_report_counts_each_matter_once_and_every_failing(run: Any) -> None:
    made = json.loads(run("report", "annual", "--year", "2026", "--json").output)
    sums = made["totals"]
    assert (sums["disclosures"], sums["on_time"], sums["late"], sums["late_in_all"]) == (2, 1, 1, 1)
    assert sum(sums[name] for name in ("on_time", "late", "too_short", "incomplete", "open", "stopped")) == 2
    assert made["by_category"]["11"]["late"] == 1
    assert json.loads(run("report", "annual", "--year", "2025", "--json").output)["totals"]["disclosures"] == 0
    second = json.loads(run("report", "six-month", "--year", "2026", "--half", "2", "--json").output)
    assert second["totals"]["disclosures"] == 2


def test_the_quarterly_list_names_forms_and_times(run: Any) -> None:
    made = json.loads(run("report", "quarterly", "--year", "2026", "--quarter", "3", "--json").output)
    first = made["disclosures"][0]
    assert {one["form"] for one in first["forms"]} == {"intranet", "notice_board"}
    assert all(one["since"] for one in first["forms"])
    empty = json.loads(run("report", "quarterly", "--year", "2026", "--quarter", "1", "--json").output)
    assert empty["disclosures"] == []


def test_results_cover_every_form_with_its_proofs(filed: Office, run: Any) -> None:
    made = json.loads(run("report", "results", filed.matters()[0].id, "--json").output)
    assert {one["form"]: bool(one["proofs"]) for one in made["forms"]} == {"intranet": True, "notice_board": True}


def test_the_draft_plan_names_content_form_time_and_responsibility(run: Any) -> None:
    made = json.loads(run("report", "plan", "--year", "2027", "--json").output)
    assert [item["clause"] for item in made["items"]] == [str(number) for number in range(1, 13)]
    assert all(all(item[key] for key in ("content", "forms", "by", "for", "who")) for item in made["items"])
    assert "20 ngày" in made["items"][0]["for"]


@pytest.mark.parametrize("name", ["annual", "quarterly", "plan"])
def test_a_report_is_laid_out_as_pdf_with_its_words(run: Any, tmp_path: Path, name: str) -> None:
    import pypdfium2

    path = tmp_path / "bao-cao.pdf"
    run("report", name, "--year", "2026", "--output", str(path))
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))
    assert "UBND XÃ MẪU SƠN" in text
    assert "2026" in text


def test_csv_opens_in_a_spreadsheet_and_runs_no_formula(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bao-cao.csv"
    run("report", "annual", "--year", "2026", "--output", str(path))
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert any("chậm" in cell for row in rows for cell in row)
    bad = Report("x", "t", "", "a", datetime(2026, 1, 1, tzinfo=ZONE), (), (), (Table("t", ("h",), (("=1+1",),)),))
    assert b"'=1+1" in to_csv(bad)


def test_a_receipt_needs_no_house_and_says_digest_result_and_journal_head(filed: Office, tmp_path: Path) -> None:
    dossier = next(one for one in Path(filed.folder / "data" / "dossiers").glob("*.asice"))
    output = tmp_path / "phieu.json"
    arguments = ["report", "receipt", str(dossier), "--trust", str(filed.folder / "trust"), "--at",
                 filed.now.isoformat(), "--who", "Trần Văn Thanh Tra", "--output", str(output)]  # fmt: skip
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 0, result.output
    said = json.loads(output.read_text(encoding="utf-8"))
    assert said["indication"] == "TOTAL_PASSED"
    assert said["files"][0]["sha256"] == filed.house.store.vault.put(dossier.read_bytes())[0]
    assert said["dossiers"][0]["journal"]["sha256"]
    dossier.write_bytes(dossier.read_bytes()[:-200])
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code != 0


def test_the_daemon_makes_the_reports_of_a_quarter_when_it_is_over(office: Office) -> None:
    folder = office.folder / "data" / "reports"
    office.wait(days=2)
    assert not folder.exists()
    office.set_time(datetime(2027, 1, 2, 9, tzinfo=ZONE))  # the last two quarters ended while we were down
    office.restart()
    office.work()
    assert sorted(path.name for path in folder.glob("*.pdf")) == [
        "2026-6-thang-2.pdf", "2026-nam.pdf", "2026-quy-3-danh-sach.pdf", "2026-quy-4-danh-sach.pdf",
        "2027-ke-hoach-cong-khai-du-thao.pdf",
    ]  # fmt: skip
    assert json.loads((folder / "2026-nam.json").read_text(encoding="utf-8"))["report"] == "annual"
    assert len(office.journal("report.made")) == 2
    office.wait(days=2)
    assert len(office.journal("report.made")) == 2


def test_periods_have_their_first_and_last_days() -> None:
    assert period("quarter", 2024, 1) == (date(2024, 1, 1), date(2024, 3, 31))
    assert period("half", 2026, 2) == (date(2026, 7, 1), date(2026, 12, 31))
    assert period("year", 2024) == (date(2024, 1, 1), date(2024, 12, 31))


def test_a_matter_that_no_plan_of_the_year_covers_gets_a_draft_of_its_own_plan(open_office: OpenOffice) -> None:
    office = open_office()
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    office.wait(days=1)  # drafts are planned with the duties of each day
    matter = office.matter()
    folder = office.house.store.folder / "reports"
    drafts = sorted(path.name for path in folder.iterdir())
    assert drafts == [f"{matter.id}-ke-hoach-rieng-du-thao.{ending}" for ending in ("json", "pdf")]
    draft = json.loads((folder / drafts[0]).read_text(encoding="utf-8"))
    assert {one["place"] for one in draft["forms"]} == {posting.place for posting in matter.postings}
    assert any("ngày liên tục" in one["for"] for one in draft["forms"])
    assert [entry["subject"] for entry in office.journal("report.made")] == [matter.id]
