"""Papers of a matter: posting minutes, closing minutes, report; made once, saying what the store says."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from lxml import etree

from congkhai.plugin import desk
from congkhai.plugin.minutes import ReportContent, read_minutes, read_report, validate
from congkhai.plugin.minutes.view import report_view
from congkhai.plugin.minuting import content_of, load_matter, xml_of
from congkhai.plugin.records import Minutes
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import CLERK, Office
from .script import paper


def _xml(office: Office, kind: str) -> bytes:
    made = office.paper(kind)
    assert made is not None
    return office.house.store.vault.read(made.file_sha256)


def test_posting_minutes_name_the_papers_places_times_and_signers(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    xml = _xml(office, "posting")
    validate(xml)
    text = " ".join(etree.fromstring(xml).itertext())
    document = office.documents()[1]
    for word in (document.subject, document.attachments[0].sha256, "Bản tin công khai", "Lê Văn Mẫu"):
        assert word in text
    assert len([entry for entry in office.journal("minutes.made") if entry["facts"]["kind"] == "posting"]) == 1
    made = office.paper("posting")
    assert made is not None
    assert made.roles == ("front_chair", "records_officer", "head")
    assert read_minutes(xml).id == made.id


def test_closing_minutes_carry_the_comments_and_point_to_the_opening(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    desk.add_feedback(office.house, office.matter().id, CLERK, "Đề nghị làm rõ mục 2")
    office.take_down_all()
    text = _xml(office, "closing").decode()
    opening = office.paper("posting")
    assert opening is not None
    assert "Đề nghị làm rõ mục 2" in text
    assert opening.body_sha256 in text


def test_the_report_links_both_minutes_and_is_signed_by_the_head_alone(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    report = office.paper("report")
    assert report is not None
    assert report.roles == ("head",)
    content = read_report(_xml(office, "report"))
    kinds = ("posting", "closing")
    made: list[Minutes] = [one for one in map(office.paper, kinds) if one is not None]
    assert [(link.id, link.body_sha256) for link in content.minutes] == [(one.id, one.body_sha256) for one in made]


def test_the_same_paper_is_made_once_however_often_it_is_asked_for(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    before = office.paper("posting")
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(
            sa.update(t.job).where(t.job.c.kind == "minutes").values(state="ready", run_at=0.0, attempts=0)
        )
    office.work()
    assert office.paper("posting") == before
    assert len(office.journal("minutes.made")) == 1


def test_a_role_without_a_key_stops_the_minutes_and_says_what_to_add(open_office: OpenOffice) -> None:
    office = open_office()
    ini = office.folder / "congkhai.ini"
    text = ini.read_text(encoding="utf-8")
    start = text.index("[signer:front-chair]")
    ini.write_text(text[:start] + text[text.index("[signer:head]") :], encoding="utf-8")
    office.restart()
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    (stuck,) = office.jobs("dead")
    assert "front_chair" in stuck.last_error
    assert "[signer:" in stuck.last_error
    assert office.paper("posting") is None


@pytest.mark.parametrize("kind", ["posting", "closing"])
def test_the_file_kept_is_the_one_whose_digest_the_row_names(at_stage: OpenOffice, kind: str) -> None:
    office = at_stage("last")
    made = office.paper(kind)
    assert made is not None
    assert office.house.store.vault.read(made.pdf_sha256).startswith(b"%PDF-")
    assert _xml(office, kind)
    assert made.missing == ()


def test_minutes_and_report_name_every_category_of_a_matter_and_its_clause(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    house, matter = office.house, office.matter()
    with house.store.write(house.agency, "test") as tx:
        tx.connection.execute(
            sa.insert(t.disclosure_category).values(
                disclosure=matter.id, key="workplan", clause="2", rank=9, publish_by=tx.now
            )
        )
    with house.store.read() as connection:
        loaded = load_matter(house, connection, matter.id)
    for kind in ("closing", "report"):
        content = content_of(house, loaded, kind, "m1")
        assert (content.category.key, [one.key for one in content.further]) == ("superior_docs", ["workplan"])
        clauses = [house.regulation.category(key).source for key in ("superior_docs", "workplan")]
        assert content.regulation.clause == "; ".join(clauses)
    assert isinstance(content, ReportContent)
    made = read_report(xml_of(replace(content, minutes=content.minutes[:2])))
    assert made.further == content.further
    printed = str(report_view(made)["sections"])
    assert "(mục 11)" in printed
    assert "(mục 2)" in printed
