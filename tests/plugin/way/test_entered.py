"""Minutes of meetings, ballot counts and declarations: asked for, entered by a clerk, signed, in their dossier."""

import io
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.clock import ZONE
from congkhai.plugin.desk import confirm_matter
from congkhai.plugin.entries import DECLARATIONS, checked, declarants, entries, facts_from, facts_to
from congkhai.plugin.entry_file import read_entry, sample
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.kinds_matters import bring_file, open_matter
from congkhai.plugin.minutes import MinutesKind, Person, read_minutes
from congkhai.plugin.minuting_entered import record
from congkhai.plugin.numbers import numbers, reserve
from congkhai.plugin.orders import remake
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import CLERK, PEOPLE, Office
from .script import paper
from .test_kinds import made, passes, states

CHAIR, SECRETARY = PEOPLE["head"], PEOPLE["records_officer"]
BOARD_ONLY = "[channel:bang-tin]\ntype = attended\nform = notice_board\nplace = Bản tin công khai\n"


def waiting(office: Office, what: str) -> list[dict[str, str]]:
    return [one for one in status(office.house)["waiting"] if one["what"] == what]


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    finally:
        document.close()


def wanting(office: Office) -> None:
    office.edit("[dossier]\n", "[dossier]\nminutes-number = required\n")


def test_a_conference_from_the_question_to_the_sealed_dossier(office: Office) -> None:
    house = office.house
    matter = open_matter(house, "decision", "Hội nghị cán bộ, công chức năm 2026", 2026, CLERK,
                         number="3", facts={"by_ballot": "yes"})  # fmt: skip
    office.work()
    assert [one["subject"] for one in waiting(office, "facts")] == ["1", "2"]
    with house.store.read() as connection:
        assert [one.kind for one in entries(connection, house.agency, "asked")] == ["conference", "ballot"]
    wanting(office)
    house = office.house
    facts = read_entry(sample("conference"), "conference")
    minutes = record(house, matter, "conference", facts, CLERK)
    office.work()
    (wanted,) = waiting(office, "number")
    assert f"congkhai number set {matter} conference" in wanted["next"]
    entered = CliRunner().invoke(
        group, ["-c", str(_plain_ini(office)), "number", "set", matter, "conference", "5/BB-UBND", "--by", CLERK]
    )
    assert entered.exit_code == 0, entered.output
    office.work()
    assert [one["role"] for one in waiting(office, "signature")] == ["records_officer", "head"]
    remake(house, minutes, CLERK, "Ghi sót một người dự",
           facts=replace(facts, participants=(*facts.participants, Person("Võ Văn Thêm", "Công chức"))))  # fmt: skip
    office.work()
    with house.store.read() as connection:
        given = numbers(connection, house.agency)
    assert [(one.text, one.state, one.reason) for one in given] == [
        ("05/BB-UBND", "void", "Ghi sót một người dự"), ("", "wanted", ""),
    ]  # fmt: skip
    assert "05/BB-UBND" not in [one.text for one in given if one.state == "used"]
    again = CliRunner().invoke(
        group, ["-c", str(office.folder / "ban.ini"), "number", "set", matter, "conference", "6/BB-UBND", "--by", CLERK]
    )
    assert again.exit_code == 0, again.output
    office.work()
    assert office.sign() == 2
    assert states(made(office, matter))["13.2"] == "present"
    assert not [one for one in waiting(office, "facts") if "hội nghị" in one["next"]]
    with house.store.read() as connection:
        (row,) = [one for one in office.rows(t.minutes) if not one.kind.startswith("void:")]
        signed = read.minutes_by_id(connection, row.id)
    assert (signed.disclosure, signed.subject, signed.number, signed.roles) == (
        "", matter, "06/BB-UBND", ("records_officer", "head"),
    )  # fmt: skip
    content = read_minutes(house.store.vault.read(signed.file_sha256))
    assert content.kind is MinutesKind.CONFERENCE
    assert content.participants[-1].name == "Võ Văn Thêm"
    assert content.regulation.clause == "khoản 3 Điều 10"
    text = words(house.store.vault.read(signed.pdf_sha256))
    for said in ("THƯ KÝ", "CHỦ TỌA", "Võ Văn Thêm", "Số: 06/BB-UBND", "giơ tay", "Chủ trì", "khoản 3 Điều 10"):
        assert said in text
    _rest_of_the_dossier(office, matter)


def _rest_of_the_dossier(office: Office, matter: str) -> None:
    """Count the ballots and bring the other parts; the sealed dossier holds both minutes, signed, and verifies."""
    house = office.house
    counted = read_entry(sample("ballot"), "ballot")
    record(house, matter, "ballot", counted, CLERK)
    with house.store.write(house.agency, CLERK) as tx:
        (entry,) = [one for one in entries(tx.connection, tx.agency, "entered") if one.kind == "ballot"]
        reserve(tx, "7/BB-UBND", entry.paper, matter, "ballot")
    for part, period in (("13.1", ""), ("13.4", ""), ("13.5", "6 tháng"), ("13.5", "năm")):
        bring_file(house, matter, "decision", part, io.BytesIO(f"%PDF {part} {period}".encode()), f"{part}.pdf",
                   "application/pdf", "signed_digital", CLERK, period)  # fmt: skip
    office.work()
    assert office.sign() == 2
    dossier = made(office, matter)
    assert dossier.complete, [(part.key, part.note) for part in dossier.parts] + [
        one.message for one in dossier.findings
    ]
    members = {part.key: part.members for part in dossier.parts}
    assert members["13.2"] == ("bien-ban/01-bien-ban-hoi-nghi.xml", "bien-ban/01-bien-ban-hoi-nghi.pdf")
    assert members["13.3"] == ("bien-ban/02-bien-ban-kiem-phieu.xml", "bien-ban/02-bien-ban-kiem-phieu.pdf")
    assert passes(office, dossier.path)
    with pytest.raises(NotAllowedError) as caught:
        record(house, matter, "conference", read_entry(sample("conference"), "conference"), CLERK)
    assert caught.value.code == "congkhai-E732"


def _plain_ini(office: Office) -> Path:
    """Write an ini that needs no plugin of the tests."""
    text = (office.folder / "congkhai.ini").read_text(encoding="utf-8")
    plain = office.folder / "ban.ini"
    plain.write_text(text.replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules"),
                     encoding="utf-8")  # fmt: skip
    return plain


def test_posted_declarations_wait_for_their_names_and_the_minutes_name_each(open_office: OpenOffice) -> None:
    office = open_office(BOARD_ONLY)
    one = paper("kk", "Niêm yết bản kê khai tài sản, thu nhập năm 2026")
    office.script.keys[one.subject] = "integrity/integrity.declarations"
    office.receive(one)
    office.wait(hours=1)
    matter = office.matter()
    if matter.state is DisclosureState.REVIEW:
        confirm_matter(office.house, matter.id, CLERK)
        office.work()
    office.confirm_all()
    office.wait(hours=1)
    assert office.paper("posting") is None
    assert [one["subject"] for one in waiting(office, "facts")] == ["1"]
    assert f"minutes new {matter.id} {DECLARATIONS}" in waiting(office, "facts")[0]["next"]
    record(office.house, matter.id, DECLARATIONS, read_entry(sample(DECLARATIONS), DECLARATIONS), CLERK)
    office.work()
    posted = office.paper("posting")
    assert posted is not None
    content = read_minutes(office.house.store.vault.read(posted.file_sha256))
    assert content.kind is MinutesKind.DECLARATIONS
    assert [one.name for one in content.declarations] == ["Nguyễn Văn Mẫu", "Lê Văn Mẫu"]
    with pytest.raises(NotAllowedError):
        record(office.house, matter.id, DECLARATIONS, read_entry(sample(DECLARATIONS), DECLARATIONS), CLERK)
    fewer = replace(read_entry(sample(DECLARATIONS), DECLARATIONS), declarations=(Person("Nguyễn Văn Mẫu"),))
    remake(office.house, posted.id, CLERK, "Ghi thừa một người", facts=fewer)
    office.work()
    office.sign()
    office.wait(days=40)
    office.take_down_all()
    closing = office.paper("closing")
    assert closing is not None
    ended = read_minutes(office.house.store.vault.read(closing.file_sha256))
    assert [one.name for one in ended.declarations] == ["Nguyễn Văn Mẫu"]
    with office.house.store.read() as connection:
        assert [one.name for one in declarants(connection, matter.id)] == ["Nguyễn Văn Mẫu"]


def test_what_a_clerk_enters_is_refused_with_the_place_when_it_cannot_be(office: Office) -> None:
    house = office.house
    facts = read_entry(sample("conference"), "conference")
    matter = open_matter(house, "decision", "Hội nghị 2026", 2026, CLERK)
    assert facts.meeting is not None
    wrong = {
        "E130": replace(facts, meeting=replace(facts.meeting, present=40)),
        "E730": replace(facts, finished=office.now + timedelta(hours=1)),
        "E734": replace(facts, meeting=replace(facts.meeting, secretary=Person("Người Không Có Khoá"))),
    }
    for code, given in wrong.items():
        with pytest.raises(InputError) as caught:
            record(house, matter, "conference", given, CLERK)
        assert caught.value.code == f"congkhai-{code}"
    for subject, kind, part in (("v-khong-co", "conference", ""), (matter, "conference", "99")):
        with pytest.raises(InputError) as caught:
            record(house, subject, kind, facts, CLERK, part)
        assert caught.value.code == "congkhai-E731"
    for text in ("", "[minutes]\nla = 1\n", "không phải ini", "[minutes]\nstarted = mai\n",
                 "[ballot:1]\nchoices = Tán thành\n[minutes]\nstarted = 2026-01-02 08:00\nfinished = 2026-01-02 09:00\n"
                 "chair = A\nsecretary = B\n"):  # fmt: skip
        with pytest.raises(InputError) as caught:
            read_entry(text, "conference")
        assert caught.value.code == "congkhai-E733"
    assert not [row for row in office.rows(t.entry) if row.state == "entered"]


@pytest.mark.parametrize("kind", ["conference", "ballot", DECLARATIONS])
def test_every_sample_can_be_entered_as_it_stands(kind: str) -> None:
    facts = checked(kind, read_entry(sample(kind), kind), datetime(2026, 7, 6, tzinfo=ZONE))
    assert facts_from(facts_to(facts)) == facts


def test_the_verb_prints_a_sample_takes_it_back_filled_and_hands_the_paper_out(office: Office, tmp_path: Path) -> None:
    matter = open_matter(office.house, "decision", "Hội nghị 2026", 2026, CLERK)
    office.work()
    ini = str(_plain_ini(office))

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(group, ["-c", ini, "minutes", *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return str(result.exception.explain()) if code and hasattr(result.exception, "explain") else result.stdout

    file = tmp_path / "hoi-nghi.ini"
    file.write_text(run("sample", "conference"), encoding="utf-8")
    assert f"congkhai minutes new {matter} conference" in run("list")
    minutes = run("new", matter, "conference", "--file", str(file), "--by", CLERK).strip()
    office.work()
    listed = json.loads(run("list", "--json"))
    assert [(one["id"], one["made"], one["facts"]["place"]) for one in listed] == [
        (minutes, True, "Hội trường trụ sở cơ quan")
    ]
    file.write_text(file.read_text(encoding="utf-8").replace("present = 30", "present = 31"), encoding="utf-8")
    run("correct", minutes, "--file", str(file), "--by", CLERK, "--reason", "Đếm lại")
    office.work()
    office.sign()
    (made_,) = [row.id for row in office.rows(t.minutes) if not row.kind.startswith("void:")]
    written = run("export", made_, "--to", str(tmp_path / "ra")).split()
    assert [Path(one).name for one in written] == [f"{made_}.xml", f"{made_}.pdf"]
    content = read_minutes(Path(written[0]).read_bytes()).meeting
    assert content is not None
    assert content.present == 31
    file.write_bytes("chủ trì".encode("utf-16"))
    assert "congkhai-E733" in run("new", matter, "conference", "--file", str(file), "--by", CLERK, code=1)
