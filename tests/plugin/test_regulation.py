"""The shipped regulations, and what holds when a regulation meets the Law."""

from datetime import date
from pathlib import Path

import pytest

from congkhai.plugin.errors import ConfigurationError, NotAllowedError
from congkhai.plugin.regulation import (
    CATEGORY_KEYS,
    DurationKind,
    Unit,
    list_regulations,
    load_regulation,
)
from congkhai.plugin.regulation_matters import summary
from congkhai.plugin.regulation_report import regulation_report
from congkhai.schedules import CountingRule

HEAD = """
[regulation]
follows = statute-2022
title = Quy chế mẫu
article = Điều 9
"""


def written(folder: Path, body: str, head: str = HEAD) -> str:
    file = folder / "mau.ini"
    file.write_text(head + body, "utf-8")
    return str(file)


@pytest.fixture(scope="module")
def dong_son():
    return load_regulation("dong-son-2024")


@pytest.mark.parametrize("name", list_regulations())
def test_every_shipped_regulation_covers_the_twelve_statutory_items(name: str) -> None:
    assert {category.key for category in load_regulation(name).categories} == set(CATEGORY_KEYS)


@pytest.mark.parametrize("name", list_regulations())
def test_every_shipped_regulation_has_a_deadline_and_a_board_time_for_every_item(name: str) -> None:
    regulation = load_regulation(name)
    for key in CATEGORY_KEYS:
        duration = regulation.duration("notice_board", key)
        assert regulation.deadline(key).count >= 1
        assert duration is not None
        assert duration.days >= 20


def test_dong_son_numbers_its_items_as_in_article_6(dong_son) -> None:
    assert [category.clause for category in dong_son.categories] == [str(number) for number in range(1, 13)]
    assert dong_son.category("superior_docs").source == "khoản 11 Điều 6"
    assert [category.key for category in dong_son.clause("9")] == ["internal_rules"]


def test_dong_son_publishes_within_five_working_days_for_twenty_days(dong_son) -> None:
    deadline = dong_son.deadline("budget")
    duration = dong_son.duration("portal", "budget")
    assert (deadline.count, deadline.unit, deadline.source) == (5, Unit.WORKING_DAY, "khoản 2 Điều 7")
    assert (duration.days, duration.kind) == (20, DurationKind.MINIMUM)


def test_dong_son_keeps_its_own_regulation_posted_permanently(dong_son) -> None:
    duration = dong_son.duration("notice_board", "own_regulation")
    assert (duration.kind, duration.days) == (DurationKind.PERMANENT, 0)
    assert dong_son.deadline("own_regulation").trigger == "regulation_issued"
    forms = {rule.form for rule in dong_son.required_forms(has_internal_system=False, matter="own_regulation")}
    assert forms == {"portal", "notice_board", "written_notice_all"}


def test_declarations_are_posted_for_exactly_fifteen_days(dong_son) -> None:
    duration = dong_son.duration("notice_board", "integrity.declarations")
    assert (duration.days, duration.kind) == (15, DurationKind.EXACT)
    assert dong_son.deadline("integrity.declarations").unit is Unit.CALENDAR_DAY
    assert dong_son.regime("integrity.declarations").confirmed is False


def test_the_intranet_is_owed_where_the_agency_has_one(dong_son) -> None:
    without = [rule.form for rule in dong_son.required_forms(has_internal_system=False)]
    with_one = [rule.form for rule in dong_son.required_forms(has_internal_system=True)]
    assert without == ["portal", "notice_board"]
    assert with_one == ["portal", "notice_board", "intranet"]


def test_the_law_asks_for_the_board_only_without_an_internal_system() -> None:
    law = load_regulation("statute-2022")
    assert [rule.form for rule in law.required_forms(has_internal_system=True)] == ["intranet"]
    assert [rule.form for rule in law.required_forms(has_internal_system=False)] == ["notice_board"]


def test_an_exemption_wider_than_the_law_is_cut_back_with_a_warning(dong_son) -> None:
    exemption = next(rule for rule in dong_son.exemptions if rule.condition == "written_notice_all")
    assert exemption.wider_than_law
    assert exemption.forms == ("notice_board",)
    assert any(note.severity == "warn" and note.source == "khoản 3 Điều 7" for note in dong_son.notes)


def test_three_people_sign_posting_and_closing_minutes_in_paper_order(dong_son) -> None:
    for paper in ("posting", "closing"):
        assert [rule.role for rule in dong_son.signers_of(paper)] == ["front_chair", "records_officer", "head"]
    assert dong_son.signers_of("posting")[0].capacity == ("TM. ỦY BAN MTTQ", "CHỦ TỊCH")


def test_the_disclosure_dossier_has_the_five_parts_of_article_9(dong_son) -> None:
    parts = dong_son.dossier("disclosure").parts
    assert [(part.key, part.origin) for part in parts] == [
        ("9.1", "document"),
        ("9.2", "plan"),
        ("9.3", "minutes:posting"),
        ("9.4", "minutes:closing"),
        ("9.5", "report"),
    ]
    assert parts[3].conditions == ("board_posting", "ends")
    assert dong_son.dossier("unknown") is None


def test_personal_matters_are_kept_off_the_portal(dong_son) -> None:
    closed = {category.key for category in dong_son.categories if not category.portal_allowed}
    assert closed == {"personnel", "integrity", "inspection"}


def test_the_strict_counting_rule_is_the_default(dong_son) -> None:
    assert dong_son.counting_rule() == CountingRule()


def test_time_in_force_is_open_at_the_end(dong_son) -> None:
    assert not dong_son.in_force(date(2024, 2, 25))
    assert dong_son.in_force(date(2024, 2, 26))
    assert dong_son.in_force(date(2030, 1, 1))


def test_an_unknown_item_is_refused_by_name(dong_son) -> None:
    with pytest.raises(NotAllowedError, match="khong-co"):
        dong_son.category("khong-co")


def test_silence_is_filled_from_the_law(tmp_path: Path) -> None:
    regulation = load_regulation(written(tmp_path, ""))
    assert regulation.category("feedback").clause == "L10"
    assert all(category.from_law for category in regulation.categories)
    assert regulation.deadline("*").count == 5
    assert regulation.duration("intranet").days == 20
    assert sum(note.severity == "warn" for note in regulation.notes) == 12


def test_a_stricter_agency_rule_goes_before_the_law(tmp_path: Path) -> None:
    body = """
[deadline:general]
matter = *
count = 3
unit = working_day
trigger = issued
bound = not_later_than
source = Điều 21
[duration:board]
matter = *
form = notice_board
days = 30
kind = minimum
source = Điều 21
"""
    regulation = load_regulation(written(tmp_path, body))
    assert regulation.deadline("budget").count == 3
    assert regulation.duration("notice_board").days == 30
    assert regulation.duration("intranet").days == 20


def test_a_laxer_agency_rule_gives_way_to_the_law_with_a_warning(tmp_path: Path) -> None:
    body = """
[deadline:general]
matter = *
count = 10
unit = working_day
trigger = issued
bound = not_later_than
source = Điều 21
[duration:board]
matter = *
form = notice_board
days = 7
kind = minimum
source = Điều 22
"""
    regulation = load_regulation(written(tmp_path, body))
    assert regulation.deadline("budget").count == 5
    assert regulation.duration("notice_board").days == 20
    assert {"Điều 21", "Điều 22"} <= {note.source for note in regulation.notes if note.severity == "warn"}


def test_a_special_variant_is_found_only_when_asked(tmp_path: Path) -> None:
    body = """
[deadline:special]
matter = *
count = 5
unit = calendar_day
trigger = issued
bound = not_later_than
variant = special
source = Điều 21
"""
    regulation = load_regulation(written(tmp_path, body))
    assert regulation.deadline("budget").unit is Unit.WORKING_DAY
    assert regulation.deadline("budget", variant="special").unit is Unit.CALENDAR_DAY
    with pytest.raises(NotAllowedError):
        load_regulation("dong-son-2024").deadline("budget", variant="special")


WRONG = {
    "unknown section": ("[categori:1]\nkey = policy\n", 6, "category"),
    "unknown key": ("[category:1]\nkey = policy\ntext = a\nsource = b\nsub-key = c\n", 10, "sub-keys"),
    "unknown stable key": ("[category:1]\nkey = polisy\ntext = a\nsource = b\n", 7, "policy"),
    "missing key": ("[category:1]\nkey = policy\nsource = b\n", 6, "text"),
    "not a number": (
        "[duration:a]\nmatter = *\nform = *\ndays = hai mươi\nkind = minimum\nsource = b\n",
        9,
        "số nguyên",
    ),
    "no days": ("[duration:a]\nmatter = *\nform = *\ndays = 0\nkind = minimum\nsource = b\n", 9, "ngày"),
    "wrong counting": ("[counting]\nfirst-day = tomorrow\n", 6, "excluded"),
    "unknown form": ("[channel:zalo]\nrequirement = optional\ntitle = a\nsource = b\n", 6, "portal"),
    "part without dossier": (
        "[part:9.1]\ndossier = x\ntitle = a\ncardinality = year\norigin = report\nsource = b\n",
        7,
        "x",
    ),
    "twice": ("[category:1]\nkey = policy\nkey = budget\ntext = a\nsource = b\n", 8, "một lần"),
    "no ini": ("\n\nkhông phải ini\n", 8, "khóa"),
    "a limit for no item": (
        "[deadline:a]\nmatter = polisy\ncount = 5\nunit = working_day\ntrigger = issued\nbound = before\nsource = b\n",
        7,
        "policy",
    ),
    "a time for no item": (
        "[duration:a]\nmatter = workplann\nform = *\ndays = 20\nkind = minimum\nsource = b\n",
        7,
        "workplan",
    ),
    "no such sub-key": (
        "[category:1]\nkey = personnel\ntext = a\nsource = b\nsub-keys = personnel.peple\n",
        10,
        "personnel.people",
    ),
    "a regime for no item": (
        "[regime:a]\ntitle = a\nmatters = x\nsource = b\n",
        8,
        "integrity.declarations",
    ),
    "no such minutes": (
        "[signer:head]\ntitle = a\npapers = biên bản\norder = 1\nsource = b\n",
        8,
        "posting",
    ),
    "no such dossier": ("[dossier:cong-khai]\ntitle = a\nsource = b\n", 6, "disclosure"),
    "a further matter without words": ("[consult:them]\nsource = b\n", 6, "text"),
    "no such rhythm": ("[duty:a]\ntitle = a\nevery = hourly\nsource = b\n", 8, "month"),
    "a duty on no day": ("[duty:a]\ntitle = a\nevery = year\ndays = 32/13\nsource = b\n", 9, "10/07"),
    "an item for the people without a source": ("[people:p01]\ntext = a\n", 6, "source"),
    "bad severity": ("[law:a]\nseverity = error\nmessage = b\n", 7, "warn"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_regulation_is_answered_with_file_line_and_remedy(tmp_path: Path, case: str) -> None:
    body, line, remedy = WRONG[case]
    path = written(tmp_path, body)
    with pytest.raises(ConfigurationError) as caught:
        load_regulation(path)
    assert caught.value.where == f"{path}:{line}"
    assert remedy in caught.value.advice
    assert caught.value.exit_code == 78


def test_a_wrong_date_is_answered_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "", "[regulation]\ntitle = a\narticle = b\nfollows = statute-2022\nissued = 26/02/2024\n")
    with pytest.raises(ConfigurationError) as caught:
        load_regulation(path)
    assert caught.value.where == f"{path}:5"


def test_a_regulation_without_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="regulation"):
        load_regulation(written(tmp_path, "[counting]\nfirst-day = excluded\n", ""))


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_regulation("dong-son-2023")
    assert "dong-son-2024" in caught.value.advice


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_regulation(str(tmp_path / "none.ini"))


def test_regulations_that_follow_each_other_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mau.ini"
    path.write_text(f"[regulation]\nfollows = {path}\ntitle = a\narticle = b\n", "utf-8")
    with pytest.raises(ConfigurationError, match="vòng tròn"):
        load_regulation(str(path))


def test_a_file_that_is_no_utf8_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mau.ini"
    path.write_bytes(HEAD.encode("utf-16"))
    with pytest.raises(ConfigurationError) as caught:
        load_regulation(str(path))
    assert caught.value.where == str(path)
    assert "UTF-8" in caught.value.advice


def test_staff_decide_four_matters_and_are_consulted_on_eleven_by_the_law() -> None:
    law = load_regulation("statute-2022").staff_matters
    assert [one.number for one in law if one.kind == "decide"] == [str(n) for n in range(1, 5)]
    assert [one.number for one in law if one.kind == "consult"] == [str(n) for n in range(1, 12)]
    assert {one.dossier for one in law} == {"decision", "consultation", "supervision"}
    assert all(one.text and one.source for one in law)


@pytest.mark.parametrize("name", list_regulations())
def test_the_law_fills_in_what_a_regulation_does_not_say_about_staff(name: str) -> None:
    held = load_regulation(name).staff_matters
    assert len(held) >= 16
    assert all(one.text and one.source for one in held)


def test_a_regulation_gives_its_own_clause_and_may_go_further(tmp_path: Path) -> None:
    body = "[decide:1]\nsource = khoản 1 Điều 10\n\n[consult:them]\ntext = Việc khác của cơ quan\nsource = Điều 14a\n"
    held = load_regulation(written(tmp_path, body)).staff_matters
    first = next(one for one in held if one.kind == "decide")
    assert (first.source, first.from_law) == ("khoản 1 Điều 10", False)
    assert first.text == load_regulation("statute-2022").staff_matters[0].text
    assert held[-1].text == "Việc khác của cơ quan"
    assert sum(one.from_law for one in held) == 15


def test_what_a_regulation_leaves_out_about_staff_is_reported(dong_son) -> None:
    def silent(regulation) -> list[str]:
        return [finding.message for finding in regulation_report(regulation) if finding.id == "R08"]

    assert silent(dong_son) == []
    assert "11 việc" in silent(load_regulation("lang-son-sct-2024"))[1]
    assert "tự quản" in silent(load_regulation("bac-kan-vp-2023"))[0]
    assert "4 việc" in summary(dong_son.staff_matters, "decide")
    assert summary((), "decide") == ""
