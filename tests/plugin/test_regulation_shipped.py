"""The five agencies' regulations as they are shipped: own clauses, own limits, and what the Law adds."""

from datetime import date
from pathlib import Path

import pytest

from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.records import Severity
from congkhai.plugin.regulation import DurationKind, Regulation, Unit, list_regulations, load_regulation
from congkhai.plugin.regulation_duties import occurrences
from congkhai.plugin.regulation_report import regulation_report
from congkhai.plugin.regulation_sections import FAMILIES

KHUYEN_CONG, SON_LA, BAC_KAN, LANG_SON, DONG_SON, LAW = (
    "khuyen-cong-2025", "son-la-cntttt-2022", "bac-kan-vp-2023", "lang-son-sct-2024", "dong-son-2024", "statute-2022",
)  # fmt: skip


def clauses(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for category in load_regulation(name).categories:
        found.setdefault(category.key, []).append(category.clause)
    return found


def ids(name: str) -> list[str]:
    return [finding.id for finding in regulation_report(load_regulation(name))]


def test_all_six_are_shipped() -> None:
    assert set(list_regulations()) == {KHUYEN_CONG, SON_LA, BAC_KAN, LANG_SON, DONG_SON, LAW}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (KHUYEN_CONG, {"superior_docs": ["10"], "other": ["11"], "feedback": ["L10"], "internal_rules": ["9"]}),
        (SON_LA, {"assets": ["3"], "personnel": ["4"], "integrity": ["5"], "superior_docs": ["9"], "other": ["L12"]}),
        (BAC_KAN, {"assets": ["9", "3"], "integrity": ["5"], "inspection": ["5"], "public_investment": ["L5"]}),
        (LANG_SON, {"policy": ["23.4"], "superior_docs": ["24.1"], "assets": ["L4"], "integrity": ["L7"]}),
        (DONG_SON, {"superior_docs": ["11"], "other": ["12"], "feedback": ["10"]}),
    ],
)
def test_each_agency_keeps_its_own_numbers(name: str, expected: dict[str, list[str]]) -> None:
    found = clauses(name)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "dropped"),
    [
        (KHUYEN_CONG, {"feedback"}),
        (SON_LA, {"public_investment", "other"}),
        (BAC_KAN, {"public_investment", "other"}),
        (LANG_SON, {"assets", "public_investment", "integrity", "feedback"}),
        (DONG_SON, set()),
    ],
)
def test_items_that_a_regulation_drops_stay_owed_and_are_reported(name: str, dropped: set[str]) -> None:
    regulation = load_regulation(name)
    assert {category.key for category in regulation.categories if category.from_law} == dropped
    assert ids(name).count("R01") == len(dropped)


def test_every_item_points_to_its_clause() -> None:
    for name in list_regulations():
        regulation = load_regulation(name)
        rules = (*regulation.categories, *regulation.deadlines, *regulation.durations, *regulation.channels)
        assert all("Điều" in rule.source for rule in rules), name
        assert all(rule.source for rule in (*regulation.duties, *regulation.regimes, *regulation.exclusions)), name


def test_son_la_publishes_in_three_working_days_and_posts_thirty() -> None:
    regulation = load_regulation(SON_LA)
    general, special = regulation.deadline("budget"), regulation.deadline("budget", variant="special")
    assert (general.count, general.unit, general.trigger) == (3, Unit.WORKING_DAY, "issued")
    assert (special.count, special.unit) == (5, Unit.CALENDAR_DAY)
    assert regulation.deadline("superior_docs").trigger == "received"
    assert regulation.counting_rule().incoming_trigger == "arrival"
    assert (regulation.duration("notice_board").days, regulation.duration("intranet").days) == (30, 20)


def test_an_internal_system_is_owed_whatever_a_regulation_lets_choose() -> None:
    for name in (KHUYEN_CONG, SON_LA, BAC_KAN, LANG_SON):
        regulation = load_regulation(name)
        assert "intranet" in {rule.form for rule in regulation.required_forms(has_internal_system=True)}, name
        assert "notice_board" in {rule.form for rule in regulation.required_forms(has_internal_system=False)}, name


def test_four_kinds_of_dossier_have_their_parts() -> None:
    regulation = load_regulation(DONG_SON)
    parts = {kind.key: [part.key for part in kind.parts] for kind in regulation.dossiers}
    assert parts == {
        "disclosure": ["9.1", "9.2", "9.3", "9.4", "9.5"],
        "decision": ["13.1", "13.2", "13.3", "13.4", "13.5"],
        "consultation": ["17.1", "17.2"],
        "supervision": ["22.1", "22.2"],
    }
    ballot = next(part for part in regulation.dossier("decision").parts if part.key == "13.3")
    assert ballot.conditions == ("by_ballot",)


def test_a_commune_owes_fourteen_items_to_the_people_by_limits_of_their_own() -> None:
    regulation = load_regulation(DONG_SON)
    assert [item.clause for item in regulation.people] == [str(number) for number in range(1, 15)]
    assert regulation.deadline("people.p07").count == 5
    assert (regulation.duration("notice_board", "people.p07").days, regulation.duration("notice_board").days) == (
        30,
        20,
    )
    assert regulation.duration("loudspeaker", "people.p07").days == 3
    for key in ("people.p04", "people.p13"):
        assert regulation.duration("notice_board", key).kind is DurationKind.PERMANENT
    assert {item.clause for item in regulation.people if item.loudspeaker} == {"7", "8", "9", "10", "11", "12"}


@pytest.mark.parametrize("name", [KHUYEN_CONG, SON_LA, BAC_KAN, LANG_SON])
def test_other_agencies_owe_nothing_to_the_people(name: str) -> None:
    regulation = load_regulation(name)
    assert regulation.people == ()
    assert not [duty for duty in regulation.duties if duty.key.startswith("people_")]


def test_every_regulation_names_its_exclusions() -> None:
    for name in list_regulations():
        keys = {rule.key for rule in load_regulation(name).exclusions}
        assert {"state_secret", "work_secret", "not_yet_public"} <= keys
    assert "petition_identity" in {rule.key for rule in load_regulation(LANG_SON).exclusions}


def test_special_laws_wait_for_confirmation() -> None:
    regulation = load_regulation(DONG_SON)
    keys = {regime.key for regime in regulation.regimes}
    assert {"declarations", "denunciation", "complaint_second", "budget_unit_settlement", "budget_commune_decided",
            "public_assets", "asset_control_discipline", "suspension_cancelled", "access_to_information",
            "own_regulation"} <= keys  # fmt: skip
    assert [regime.key for regime in regulation.regimes if regime.confirmed] == ["own_regulation"]


def duty_days(regulation: Regulation, key: str, first: date, last: date) -> tuple[date, ...]:
    return occurrences(next(duty for duty in regulation.duties if duty.key == key), first, last)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("report_month", [date(2026, month, 9) for month in range(1, 13)]),
        ("report_quarter", [date(2026, month, 9) for month in (3, 6, 9, 12)]),
        ("half_year_review", [date(2026, 7, 9)]),
        ("report_half_year", [date(2026, 6, 9)]),
        ("report_nine_months", [date(2026, 9, 9)]),
        ("report_year", []),
        ("conference", []),
    ],
)
def test_a_duty_before_a_day_ends_the_day_before(key: str, expected: list[date]) -> None:
    regulation = load_regulation(LANG_SON)
    assert list(duty_days(regulation, key, date(2026, 1, 1), date(2026, 12, 31))) == expected


def test_weekly_duties_fall_on_their_weekday() -> None:
    regulation = load_regulation(LANG_SON)
    week = date(2026, 11, 23), date(2026, 11, 29)
    assert duty_days(regulation, "briefing_week", *week) == (date(2026, 11, 23),)
    assert duty_days(regulation, "report_week", *week) == (date(2026, 11, 27),)


def test_the_laws_conference_is_due_by_the_end_of_march() -> None:
    regulation = load_regulation(DONG_SON)
    assert duty_days(regulation, "conference", date(2026, 1, 1), date(2026, 12, 31)) == (date(2026, 3, 31),)


def test_the_report_names_what_is_narrower_old_and_missing() -> None:
    assert ids(KHUYEN_CONG).count("R02") == 2
    assert "R02" in ids(DONG_SON)
    assert ids(SON_LA).count("R03") == 2
    assert "R03" not in ids(DONG_SON)
    assert {"R04", "R05"} <= set(ids(BAC_KAN))
    assert not {"R04", "R05"} & set(ids(DONG_SON))
    assert ids(LAW) == ["R06", "R07"]


def test_a_basis_that_was_right_when_cited_is_old_and_a_later_one_needs_confirmation() -> None:
    old = [f.message for f in regulation_report(load_regulation(SON_LA)) if f.id == "R03"]
    late = [f.message for f in regulation_report(load_regulation(BAC_KAN)) if f.id == "R03"]
    assert all("căn cứ cũ" in message for message in old)
    assert all("cần xác nhận" in message for message in late)


def test_no_finding_of_a_regulation_is_an_error_and_each_says_what_to_do() -> None:
    for name in list_regulations():
        for finding in regulation_report(load_regulation(name)):
            assert finding.severity in (Severity.WARN, Severity.INFO)
            assert finding.message
            assert finding.advice


WRONG = {
    "day": ("[duty:a]\ntitle = b\nevery = month\nbound = before\ndays = mồng 10\nsource = c\n", 10, "10/07"),
    "month": ("[duty:a]\ntitle = b\nevery = year\ndays = 10/13\nsource = c\n", 9, "10/07"),
    "rhythm": ("[duty:a]\ntitle = b\nevery = decade\nsource = c\n", 8, "quarter"),
    "weekday": ("[duty:a]\ntitle = b\nevery = week\nweekday = thứ hai\nsource = c\n", 9, "monday"),
    "exclusion": ("[exclusion:gossip]\ntitle = b\nsource = c\n", 6, "state_secret"),
    "people": ("[people:p01]\ntext = b\nsource = c\nloudspeaker = maybe\n", 9, "yes"),
    "reference": ("[reference:x]\ntitle = b\n", 6, "number"),
    "issued month": ("[counting]\n[regulation]\n", 7, "một lần"),
    "cardinality": (
        "[dossier:decision]\ntitle = a\nsource = b\n[part:1]\ndossier = decision\ntitle = a\ncardinality = daily\n"
        "origin = report\nsource = b\n",
        12,
        "half_year",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_data_is_answered_with_file_line_and_remedy(tmp_path: Path, case: str) -> None:
    body, line, remedy = WRONG[case]
    file = tmp_path / "mau.ini"
    file.write_text(f"\n[regulation]\nfollows = statute-2022\ntitle = Quy chế mẫu\narticle = Điều 9\n{body}", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_regulation(str(file))
    assert caught.value.where == f"{file}:{line}"
    assert remedy in caught.value.advice


HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "regulation.md"


def test_the_how_to_names_every_section_and_its_example_loads(tmp_path: Path) -> None:
    page = HOW_TO.read_text("utf-8")
    assert [family for family in FAMILIES if f"[{family}" not in page] == []
    example = next(block for block in page.split("```ini")[1:] if "[regulation]" in block).partition("```")[0]
    file = tmp_path / "quy-che.ini"
    file.write_text(example, "utf-8")
    regulation = load_regulation(str(file))
    assert (regulation.agency_kind, regulation.deadline("budget").count) == ("xa", 3)
    assert regulation.category("policy").source == "khoản 1 Điều 6"
