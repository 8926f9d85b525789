"""The demo's scenario: it holds what the demo promises to show, and a broken one is refused with its faults named."""

import copy
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from congkhai.connectors.simulators.scenario import load_scenario as load_for_simulators
from congkhai.plugin.clock import ZONE, local_date
from congkhai.plugin.demo.scenario import CANARY, DEFAULT, Category, Entry, Scenario, load_scenario, parse_scenario
from congkhai.plugin.errors import InputError
from congkhai.plugin.records import Direction

CATEGORIES = set(get_args(Category))
EARLY = datetime(2026, 8, 10, tzinfo=ZONE)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario()


@pytest.fixture
def raw() -> Any:
    return json.loads(DEFAULT.read_text(encoding="utf-8"))


def fault(scenario: Scenario, code: str) -> Entry:
    (found,) = [entry for entry in scenario.entries if entry.fault == code]
    return found


def test_it_covers_ten_weeks_of_the_past_with_a_worked_saturday_and_the_national_day(scenario: Scenario) -> None:
    assert scenario.end - scenario.start > timedelta(weeks=10)
    days = {local_date(entry.at) for entry in scenario.entries}
    assert date(2026, 8, 22) in days
    assert scenario.start.date() < date(2026, 8, 31) < date(2026, 9, 2) < scenario.end.date()
    assert scenario.end < datetime(2026, 9, 30, tzinfo=UTC)


def test_every_week_brings_papers(scenario: Scenario) -> None:
    weeks = Counter((entry.at - scenario.start).days // 7 for entry in scenario.entries)
    assert set(weeks) == set(range(11))
    assert max(weeks.values()) <= 12


def test_there_are_sixty_or_more_papers_in_and_out_by_both_connectors(scenario: Scenario) -> None:
    assert 64 <= len(scenario.entries) <= 72
    ways = Counter((entry.via, entry.direction) for entry in scenario.entries)
    assert all(ways[via, direction] for via in ("ioffice", "edxml") for direction in Direction)
    assert sum(entry.via == "ioffice" for entry in scenario.entries) > len(scenario.entries) / 2


def test_all_twelve_categories_occur_and_a_third_has_none(scenario: Scenario) -> None:
    found = Counter(entry.expect.category for entry in scenario.entries)
    assert {key for key in found if key} == CATEGORIES
    assert len(CATEGORIES) == 12
    assert found[None] >= len(scenario.entries) / 3


def test_enough_disclosures_open_early_to_close_and_some_stay_open(scenario: Scenario) -> None:
    opening = [entry for entry in scenario.entries if entry.expect.disclosure]
    unattended = [entry for entry in opening if entry.expect.category != "personnel" and entry.at < EARLY]
    assert len(unattended) >= 14
    assert any(entry.at > scenario.end - timedelta(days=20) for entry in opening)


def test_the_yearly_disclosure_plan_comes_first_and_names_what_a_plan_must(scenario: Scenario) -> None:
    plan = scenario.entries[0]
    assert plan.subject == "Kế hoạch thực hiện công khai thông tin của cơ quan năm 2026"
    assert plan.direction is Direction.OUT
    for word in ("Nội dung", "Hình thức", "Thời điểm", "Thời gian", "Trách nhiệm"):
        assert word in plan.files[0].text


def test_one_paper_comes_by_both_connectors_and_one_packet_comes_twice(scenario: Scenario) -> None:
    papers: dict[tuple[str, object, str], set[str]] = {}
    for entry in scenario.entries:
        papers.setdefault((entry.number, entry.issued, entry.issuer), set()).add(entry.via)
    assert {"edxml", "ioffice"} in papers.values()
    assert fault(scenario, "duplicate").via == "edxml"


def test_recall_and_replacement_name_papers_that_came_before(scenario: Scenario) -> None:
    acts = Counter(entry.act for entry in scenario.entries)
    assert acts["recall"] == acts["replace"] == 1
    for entry in scenario.entries:
        if entry.target is not None:
            assert scenario.entry(entry.target).at < entry.at


def test_secrets_carry_the_canary_in_subject_and_text_and_are_marked(scenario: Scenario) -> None:
    secret = [entry for entry in scenario.entries if CANARY in entry.subject]
    assert {entry.via for entry in secret} == {"ioffice", "edxml"}
    for entry in secret:
        assert entry.expect.refused
        assert all(CANARY in file.text for file in entry.files)
        if entry.via == "ioffice":
            assert entry.secrecy == "Mật"
        else:
            assert entry.files[0].text.splitlines()[0] in {"MẬT", "TỐI MẬT", "TUYỆT MẬT"}
    others = [entry for entry in scenario.entries if entry not in secret]
    assert not any(CANARY in file.text for entry in others for file in entry.files)


def test_empty_and_unknown_markings_occur_and_must_be_refused(scenario: Scenario) -> None:
    markings = {entry.secrecy for entry in scenario.entries if entry.via == "ioffice" and entry.expect.refused}
    assert "" in markings
    assert markings - {"", "Mật"}
    assert all(
        entry.secrecy == "Thường" for entry in scenario.entries if entry.via == "ioffice" and not entry.expect.refused
    )


def test_a_plain_paper_about_state_secrets_tempts_the_gate(scenario: Scenario) -> None:
    assert any("bí mật nhà nước" in entry.subject and not entry.expect.refused for entry in scenario.entries)


@pytest.mark.parametrize("code", ["duplicate", "leading_junk", "bad_date", "zip_lie", "half", "dtd"])
def test_every_fault_occurs_once(scenario: Scenario, code: str) -> None:
    assert fault(scenario, code).via == "edxml"


def test_the_impossible_date_stands_inside_the_identifier(scenario: Scenario) -> None:
    assert ",2026/02/30," in fault(scenario, "bad_date").identifier


def test_the_e_office_is_down_for_two_days_in_which_papers_arrive(scenario: Scenario) -> None:
    (outage,) = scenario.outages
    assert outage.end - outage.start == timedelta(days=2)
    missed = [entry for entry in scenario.entries if entry.via == outage.via and outage.start <= entry.at < outage.end]
    assert any(entry.expect.disclosure for entry in missed)


def test_own_papers_are_numbered_in_the_order_of_their_dates(scenario: Scenario) -> None:
    own = [entry for entry in scenario.entries if entry.issuer == scenario.agency.name]
    numbers = [(entry.issued, int(entry.number.partition("/")[0])) for entry in own]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)


def test_people_for_the_three_roles_are_named(scenario: Scenario) -> None:
    assert len({scenario.person(role).name for role in ("head", "front_chair", "records_officer")}) == 3


def break_one(raw: Any, **changes: Any) -> Any:
    broken = copy.deepcopy(raw)
    broken["entries"][3] |= changes
    return broken


@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        ({"via": "fax"}, "entries.3.via", "danh sách cho phép"),
        ({"at": "2026-06-30T14:40:00"}, "entries.3.at", "múi giờ"),
        ({"colour": "red"}, "entries.3", "không có trong định dạng"),
        ({"issued": "2026-06-31"}, "entries.3.issued", "không hợp lệ"),
        ({"expect": {"category": "gossip", "disclosure": False}}, "entries.3.expect.category", "danh sách cho phép"),
        ({"at": "2026-10-30T14:40:00+07:00"}, "ms-004", "ngoài thời gian"),
        ({"issued": "2026-07-05"}, "ms-004", "issued sau"),
        ({"id": "ms-001"}, "ms-001", "đã dùng"),
        ({"act": "recall"}, "ms-004", "target phải có"),
        ({"act": "recall", "target": "ms-060"}, "ms-004", "không có trước mục này"),
        ({"fault": "half"}, "ms-004", "chỉ có trên trục edXML"),
        ({"expect": {"category": None, "disclosure": True}}, "ms-004", "phải có danh mục"),
        ({"subject": CANARY}, "ms-004", "phải bị từ chối"),
        ({"files": [{"name": "a.pdf", "text": "x"}, {"name": "a.pdf", "text": "y"}]}, "ms-004", "tên riêng"),
    ],
)
def test_a_broken_entry_is_refused_by_place_and_reason(
    raw: Any, changes: dict[str, Any], place: str, sentence: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario(break_one(raw, **changes), where="s.json")
    assert place in caught.value.what
    assert sentence in caught.value.what
    assert caught.value.where == "s.json"


def test_all_faults_are_named_at_once(raw: Any) -> None:
    del raw["entries"][0]["issuer"]
    raw["entries"][1]["via"] = "fax"
    raw["people"].append({"role": "x"})
    with pytest.raises(InputError) as caught:
        parse_scenario(raw)
    for place in ("entries.0.issuer", "entries.1.via", "people.6.name"):
        assert place in caught.value.what


@pytest.mark.parametrize("missing", ["head", "front_chair", "records_officer"])
def test_a_scenario_without_a_signer_is_refused(raw: Any, missing: str) -> None:
    raw["people"] = [person for person in raw["people"] if person["role"] != missing]
    with pytest.raises(InputError, match=missing):
        parse_scenario(raw)


def test_an_outage_outside_the_window_is_refused(raw: Any) -> None:
    raw["outages"][0]["to"] = "2027-01-01T00:00:00+07:00"
    with pytest.raises(InputError, match=r"outages\.0"):
        parse_scenario(raw)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]"])
def test_a_file_that_is_no_scenario_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert caught.value.where == str(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json"):
        load_scenario(tmp_path / "none.json")


def test_the_simulators_read_the_same_papers_from_the_same_file(scenario: Scenario) -> None:
    theirs = load_for_simulators(DEFAULT)
    assert [(entry.id, entry.at, entry.fault) for entry in theirs.entries] == [
        (entry.id, entry.at, entry.fault) for entry in scenario.entries
    ]
    assert [(outage.via, outage.start, outage.end) for outage in theirs.outages] == [
        (outage.via, outage.start, outage.end) for outage in scenario.outages
    ]
    assert (theirs.agency_name, theirs.agency_code) == (scenario.agency.name, scenario.agency.code)
