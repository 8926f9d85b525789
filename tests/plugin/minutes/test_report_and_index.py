"""The results report and the dossier index: round trips, what they refuse, lengths of NĐ 30/2020."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from congkhai.plugin.errors import InputError
from congkhai.plugin.minutes import (
    DossierIndex,
    FeedbackSummary,
    ReportContent,
    body_sha256,
    completed_report,
    decision_around,
    decision_xml,
    dossier_index,
    minutes_xml,
    read_decision,
    read_index,
    read_minutes,
    read_report,
    report_xml,
    validate,
)
from congkhai.plugin.records import Part

from .papers import closing_decision

Plant = Callable[[bytes, str, str], bytes]


def test_report_comes_back_as_it_was_written(report: ReportContent) -> None:
    xml = report_xml(report)
    assert read_report(xml) == completed_report(report)
    assert report_xml(read_report(xml)) == xml
    root = etree.fromstring(xml)
    assert (root.tag, root[0].get("Id")) == ("{urn:congkhai:report:1}Report", "body")
    assert root.find(".//{*}RequiredRoles/{*}Role[@key='head']") is not None
    assert len(body_sha256(xml)) == 64


def test_report_without_comments_says_so(report: ReportContent) -> None:
    assert read_report(report_xml(replace(report, feedback=FeedbackSummary(0)))).feedback.count == 0


def test_report_names_no_form_without_evidence(report: ReportContent) -> None:
    board, portal = report.channels
    with pytest.raises(InputError, match="minh chứng") as caught:
        report_xml(replace(report, channels=(board, replace(portal, evidence=()))))
    assert caught.value.where == "channels[2].evidence"


def test_a_decision_comes_back_as_it_was_written_also_from_a_body_signed_from_inside() -> None:
    decision = closing_decision()
    xml = decision_xml(decision)
    validate(xml)
    assert (read_decision(xml), decision_around(xml)) == (decision, None)
    body = etree.fromstring(xml)[0]
    body.append(etree.Element("{http://www.w3.org/2000/09/xmldsig#}Signature"))
    assert decision_around(etree.tostring(body)) == xml
    for bad in (replace(decision, lacking=()), replace(decision, reason=" ")):
        with pytest.raises(InputError):
            decision_xml(bad)


def test_papers_are_not_read_as_each_other(report: ReportContent, index: DossierIndex) -> None:
    with pytest.raises(InputError, match="không phải loại"):
        read_minutes(report_xml(report))
    with pytest.raises(InputError, match="không phải loại"):
        read_report(dossier_index(index))
    with pytest.raises(InputError, match="không phải loại"):
        read_index(report_xml(report))


def test_index_comes_back_as_it_was_written(index: DossierIndex) -> None:
    xml = dossier_index(index)
    assert read_index(xml) == index
    assert dossier_index(read_index(xml)) == xml
    root = etree.fromstring(xml)
    code = root.find("{*}FileCode")
    assert code is not None
    assert [etree.QName(child).localname for child in code] == ["OrganId", "FileCatalog", "FileNotation"]
    assert root.findtext("{*}StartDate") == "2024-01-30"


@pytest.mark.parametrize(
    ("field", "most"),
    [("title", 500), ("maintenance", 30), ("rights", 30), ("creator", 30), ("language", 50), ("description", 500)],
)
def test_lengths_are_those_of_the_decree_and_nothing_is_cut(index: DossierIndex, field: str, most: int) -> None:
    fits: dict[str, Any] = {field: "ệ" * most}
    assert getattr(read_index(dossier_index(replace(index, **fits))), field) == "ệ" * most
    too_long: dict[str, Any] = {field: "ệ" * (most + 1)}
    with pytest.raises(InputError, match=f"tối đa {most}"):
        dossier_index(replace(index, **too_long))


@pytest.mark.parametrize(("field", "most"), [("organ_id", 13), ("notation", 20)])
def test_lengths_of_the_file_code(index: DossierIndex, field: str, most: int) -> None:
    fits: dict[str, Any] = {field: "1" * most}
    assert read_index(dossier_index(replace(index, code=replace(index.code, **fits)))).code.catalog == 2024
    too_long: dict[str, Any] = {field: "1" * (most + 1)}
    with pytest.raises(InputError, match=f"tối đa {most}"):
        dossier_index(replace(index, code=replace(index.code, **too_long)))


@pytest.mark.parametrize("field", ["doc_total", "page_total"])
def test_totals_have_four_digits(index: DossierIndex, field: str) -> None:
    fits: dict[str, Any] = {field: 9999}
    assert getattr(read_index(dossier_index(replace(index, **fits))), field) == 9999
    for wrong in (10000, -1):
        change: dict[str, Any] = {field: wrong}
        with pytest.raises(InputError):
            dossier_index(replace(index, **change))


@pytest.mark.parametrize(
    "name", ["../ngoai.xml", "/etc/passwd", "a\\b.xml", "a//b.xml", "./a.xml", "a/../b.xml", "a/", ""]
)
def test_unsafe_member_names_are_refused(index: DossierIndex, name: str) -> None:
    with pytest.raises(InputError):
        dossier_index(replace(index, parts=index.parts[1:], members=(replace(index.members[0], name=name),)))


def test_member_named_twice_is_refused(index: DossierIndex) -> None:
    with pytest.raises(InputError, match="hai lần"):
        dossier_index(replace(index, members=(index.members[0], *index.members)))


def test_part_that_names_no_member_is_refused(index: DossierIndex, planted: Plant) -> None:
    with pytest.raises(InputError, match="Biên bản niêm yết"):
        dossier_index(replace(index, members=index.members[:1]))
    fault = planted(
        dossier_index(index), "<Members><FileName>bien-ban/12-BB-UBND.xml", "<Members><FileName>bien-ban/khac.xml"
    )
    with pytest.raises(InputError) as caught:
        validate(fault)
    assert caught.value.code == "congkhai-E131"


def test_present_part_needs_a_member(index: DossierIndex) -> None:
    with pytest.raises(InputError):
        dossier_index(replace(index, parts=(Part("9.5", "Báo cáo", "present"),)))


def test_dossier_with_a_missing_part_or_an_error_is_never_complete(index: DossierIndex) -> None:
    with pytest.raises(InputError, match="đầy đủ"):
        dossier_index(replace(index, complete=True, findings=()))
    with pytest.raises(InputError, match="đầy đủ"):
        dossier_index(replace(index, complete=True, parts=index.parts[:1]))
    done = replace(index, complete=True, parts=index.parts[:1], findings=())
    assert read_index(dossier_index(done)).complete is True


def test_members_lie_in_volumes_that_exist(index: DossierIndex) -> None:
    later = (index.members[0], replace(index.members[1], volume=2))
    with pytest.raises(InputError, match="ngoài các tập"):
        dossier_index(replace(index, members=later))
    assert read_index(dossier_index(replace(index, members=later, volumes=2))).members[1].volume == 2


def test_open_dossier_has_no_end_and_none_before_its_start(index: DossierIndex) -> None:
    assert read_index(dossier_index(replace(index, end=None))).end is None
    with pytest.raises(InputError):
        dossier_index(replace(index, end=date(2024, 1, 29)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('complete="false"', 'complete="0"'),
        ('state="missing"', 'state="lost"'),
        ('severity="error"', 'severity="fatal"'),
        ("<FileCatalog>2024<", "<FileCatalog>24<"),
        ("<Creator>Nguyễn Thị Mẫu<", f"<Creator>{'a' * 31}<"),
        ("<DocTotal>2<", "<DocTotal>10000<"),
        ("</Dossier>", '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></Dossier>'),
    ],
)
def test_index_schema_refuses_planted_faults(index: DossierIndex, planted: Plant, old: str, new: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(planted(dossier_index(index), old, new))
    assert caught.value.code == "congkhai-E131"


def test_long_titles_stand_whole_in_minutes(posting: Any) -> None:
    long = "Quyết định " * 200
    document = replace(posting.documents[0], subject=long)
    assert read_minutes(minutes_xml(replace(posting, documents=(document,)))).documents[0].subject == long
