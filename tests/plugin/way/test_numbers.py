"""Numbers: reserved before a paper is frozen, never given twice; codes of dossiers without a gap, whoever writes."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.errors import CongkhaiError, InputError, NotAllowedError
from congkhai.plugin.house import House
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.minuting import paper_id
from congkhai.plugin.numbers import DOSSIERS, dossier_code, number_of, numbers, reserve, void
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.worklist import items

from .conftest import OpenOffice
from .office import Office
from .script import paper, plan_paper


def _wanting(ini: str) -> str:
    return ini.replace("[dossier]\n", "[dossier]\nminutes-number = required\n")


def _with_shipped_plugins_only(ini: str) -> str:
    return ini.replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules")


def _reserve(house: House, text: str, paper_: str, kind: str = "posting", matter: str = "d-x") -> None:
    with house.store.write(house.agency, "Văn thư") as tx:
        reserve(tx, text, paper_, matter, kind)


def _codes(house: House, year: int) -> list[int]:
    c = t.number.c
    with house.store.read() as connection:
        return list(
            connection.scalars(sa.select(c.value).where(c.series == DOSSIERS, c.year == year).order_by(c.value))
        )


@pytest.fixture
def posted(at_stage: OpenOffice) -> Office:
    return at_stage("posted")


def test_a_paper_waits_for_its_number_and_is_frozen_with_it(at_stage: OpenOffice) -> None:
    office = at_stage("closing", _wanting)
    office.take_down_all()
    matter = office.matter().id
    assert office.paper("closing") is None
    with office.house.store.read() as connection:
        [wanted] = numbers(connection, office.house.agency, "wanted")
        assert wanted.paper == paper_id(connection, matter, "closing")
    assert (wanted.kind, wanted.disclosure, wanted.text) == ("closing", matter, "")
    office.wait(days=2)
    assert office.paper("closing") is None
    _reserve(office.house, "7/BB-UBND", wanted.paper, "closing", matter)
    office.work()
    made = office.paper("closing")
    assert made is not None
    assert made.id == wanted.paper
    assert made.number == "07/BB-UBND"
    assert read_minutes(office.house.store.vault.read(made.file_sha256)).number == "07/BB-UBND"
    with office.house.store.read() as connection:
        assert [(one.text, one.state) for one in numbers(connection, office.house.agency)] == [("07/BB-UBND", "used")]
    assert [entry["subject"] for entry in office.journal("number.wanted", "number.reserved")] == [wanted.paper] * 2


def test_a_number_that_came_early_is_used_and_hurries_nothing(at_stage: OpenOffice) -> None:
    office = at_stage("closing")
    matter = office.matter().id
    with office.house.store.read() as connection:
        id_ = paper_id(connection, matter, "closing")
    _reserve(office.house, "08/BB-UBND", id_, "closing", matter)
    office.work()
    assert office.paper("closing") is None
    assert not office.jobs("dead")
    office.take_down_all()
    made = office.paper("closing")
    assert made is not None
    assert made.number == "08/BB-UBND"


def test_without_the_setting_a_paper_is_made_without_number(posted: Office) -> None:
    made = posted.paper("posting")
    assert made is not None
    assert made.number == ""
    with pytest.raises(NotAllowedError) as caught:
        _reserve(posted.house, "09/BB-UBND", made.id)
    assert caught.value.code == "congkhai-E687"


@pytest.mark.parametrize("text", ["", "12", "BB-UBND", "0/BB-UBND", "12/", "mười hai/BB", "12/BB UBND", "-1/BB"])
def test_what_is_no_number_is_refused(posted: Office, text: str) -> None:
    with pytest.raises(InputError) as caught:
        _reserve(posted.house, text, "m1")
    assert caught.value.code == "congkhai-E685"


def test_a_number_is_never_given_twice_not_even_when_it_was_given_up(posted: Office) -> None:
    house = posted.house
    _reserve(house, "012/BB-UBND", "m1")
    with house.store.read() as connection:
        assert number_of(connection, house.agency, "m1") == "12/BB-UBND"
    for text in ("12/BB-UBND", "0012/BB-UBND"):
        with pytest.raises(InputError) as caught:
            _reserve(house, text, "m2")
        assert caught.value.code == "congkhai-E686"
    _reserve(house, "12/TB-UBND", "m3")  # another symbol is another number
    with pytest.raises(NotAllowedError):
        _reserve(house, "13/BB-UBND", "m1")
    with house.store.write(house.agency, "Văn thư") as tx:
        void(tx, "12/BB-UBND", "ghi nhầm văn bản")
    with pytest.raises(InputError) as caught:
        _reserve(house, "12/BB-UBND", "m1")
    assert caught.value.code == "congkhai-E686"
    _reserve(house, "13/BB-UBND", "m1")
    with house.store.write(house.agency, "Văn thư") as tx, pytest.raises(InputError):
        void(tx, "12/BB-UBND", "lần nữa")


def test_a_number_of_the_next_year_is_another(posted: Office) -> None:
    _reserve(posted.house, "12/BB-UBND", "m1")
    posted.set_time(posted.now.replace(year=posted.now.year + 1))
    _reserve(posted.house, "12/BB-UBND", "m2")


def test_a_number_of_a_paper_that_went_out_is_taken(posted: Office) -> None:
    with posted.house.store.write(posted.house.agency, "test") as tx:
        document = posted.documents()[0]
        tx.connection.execute(
            sa.update(t.document)
            .where(t.document.c.id == document.id)
            .values(number="3/BB-UBND", direction="outgoing", issued=posted.now.date())
        )
    with pytest.raises(InputError) as caught:
        _reserve(posted.house, "03/BB-UBND", "m1")
    assert document.id in caught.value.what


def test_two_writers_cannot_take_one_number(posted: Office) -> None:
    other = Office(posted.folder)
    try:

        def take(number: int) -> bool:
            house = (posted, other)[number % 2].house
            try:
                _reserve(house, "20/BB-UBND", f"m{number}")
            except CongkhaiError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(16))) == 1
    finally:
        other.house.close()


def test_codes_of_dossiers_have_no_gap_whoever_asks(posted: Office) -> None:
    other = Office(posted.folder)
    try:

        def ask(number: int) -> str:
            return dossier_code((posted, other)[number % 2].house, f"d{number // 2}", 2031)

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(ask, range(60)))
    finally:
        other.house.close()
    assert made[::2] == made[1::2]  # both asked for the same thirty dossiers
    assert sorted(set(made)) == [f"CK-{value:04d}" for value in range(1, 31)]
    assert _codes(posted.house, 2031) == list(range(1, 31))
    assert dossier_code(posted.house, "d0", 2032) == "CK-0001"


def test_a_cut_before_the_commit_leaves_no_gap(posted: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    house = posted.house
    assert dossier_code(house, "d1", 2031) == "CK-0001"

    class _CutError(Exception):
        """The power fails."""

    def cut(*_args: object, **_facts: object) -> None:
        raise _CutError

    with monkeypatch.context() as patch:
        patch.setattr("congkhai.plugin.store.transaction.journal.append", cut)
        with pytest.raises(_CutError):
            dossier_code(house, "d2", 2031)
    posted.restart()
    assert dossier_code(posted.house, "d3", 2031) == "CK-0002"
    assert dossier_code(posted.house, "d2", 2031) == "CK-0003"
    assert dossier_code(posted.house, "d3", 2031) == "CK-0002"
    assert _codes(posted.house, 2031) == [1, 2, 3]


def test_a_sealed_dossier_bears_the_first_code_of_its_year(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    dossier = office.dossier()
    assert dossier is not None
    assert dossier.sha256
    index = (office.house.dossiers / dossier.id / "dossier.xml").read_text("utf-8")
    assert "<FileNotation>CK-0001</FileNotation>" in index


def _run(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(group, ["-c", str(folder / "congkhai.ini"), *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_clerk_enters_and_gives_up_numbers_by_verb(at_stage: OpenOffice) -> None:
    office = at_stage("closing", _with_shipped_plugins_only)
    matter = office.matter().id
    said = _run(office.folder, "number", "set", matter, "closing", "21/BB-UBND", "--by", "Nguyễn Thị Mẫu")
    assert "21/BB-UBND" in said
    [row] = json.loads(_run(office.folder, "number", "list", "--json"))
    assert (row["number"], row["state"], row["by"], row["disclosure"]) == (
        "21/BB-UBND", "reserved", "Nguyễn Thị Mẫu", matter,
    )  # fmt: skip
    _run(office.folder, "number", "void", "21/BB-UBND", "--reason", "ghi nhầm", "--by", "Nguyễn Thị Mẫu")
    assert "đã hủy" in _run(office.folder, "number", "list", "--state", "void")


def test_closing_minutes_wait_for_posting_minutes_that_wait_for_their_number(open_office: OpenOffice) -> None:
    office = open_office()
    office.edit("[dossier]\n", "[dossier]\nminutes-number = required\n")
    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    office.confirm()
    office.wait(days=24)
    office.take_down_all()
    assert office.paper("posting") is None
    assert not office.jobs("dead")
    matter = office.matter().id
    for place, kind in enumerate(("posting", "closing"), 1):
        with office.house.store.read() as connection:
            (wanted,) = numbers(connection, office.house.agency, "wanted")
        assert wanted.kind == kind
        (told,) = [one for one in status(office.house)["waiting"] if one["what"] == "number"]
        assert f"congkhai number set {matter} {kind}" in told["next"]
        assert [one.subject for one in items(office.house, "number")] == [wanted.paper]
        _reserve(office.house, f"{place}/BB-UBND", wanted.paper, kind, matter)
        office.work()
    opening, closing = office.paper("posting"), office.paper("closing")
    assert opening is not None
    assert closing is not None
    assert read_minutes(office.house.store.vault.read(closing.file_sha256)).opening is not None
    assert (opening.number, closing.number) == ("01/BB-UBND", "02/BB-UBND")
    assert not items(office.house, "number")
