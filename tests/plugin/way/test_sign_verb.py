"""``congkhai sign`` as a person and a program meet it: showing, choosing, signing, and what is said when it stops."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.connectors.simulators.signing_plugin import SigningPlugin
from congkhai.plugin import house, signing_desk
from congkhai.plugin.cli import group
from congkhai.plugin.cli import sign as verb
from congkhai.plugin.errors import CongkhaiError, UsageError
from congkhai.plugin.host import Host

from .conftest import OpenOffice
from .office import Office
from .script import Script


@pytest.fixture
def posted(at_stage: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A house with posting minutes that wait for the head; the verb opens it with the same plugins."""
    office = at_stage("posted")
    opening = house.open_house
    monkeypatch.setattr(
        "congkhai.plugin.cli._open.open_house", lambda ini: opening(ini, Host(extra={"script": Script()}))
    )
    return office


def sign(office: Office, *more: str) -> Result:
    ini = Path(office.folder) / "congkhai.ini"
    office.house.close()
    try:
        return CliRunner().invoke(group, ["-c", str(ini), "sign", *more])
    finally:
        office.restart()


def paper_id(office: Office) -> str:
    paper = office.paper("posting")
    assert paper is not None
    return paper.id


def test_without_a_choice_it_shows_and_signs_nothing(posted: Office) -> None:
    shown = sign(posted, "head")
    assert shown.exit_code == 0, shown.output
    paper = posted.paper("posting")
    assert paper is not None
    assert paper.id in shown.output
    assert f"SHA-256 {paper.body_sha256}" in shown.output
    assert "--all" in shown.output
    assert "head" in paper.missing


def test_one_is_signed_by_its_id_and_the_answer_is_json(posted: Office) -> None:
    done = sign(posted, "head", "--id", paper_id(posted), "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    assert json.loads(done.stdout) == {"waiting": [], "signed": [paper_id(posted)]}
    assert "kiểm tra chứng thư" in done.stderr
    again = json.loads(sign(posted, "head", "--json").stdout)
    assert again == {"waiting": [], "signed": []}
    assert "Không có gì chờ" in sign(posted, "head").output


def test_an_id_that_does_not_wait_is_named_and_nothing_at_all_is_signed(posted: Office) -> None:
    done = sign(posted, "head", "--id", paper_id(posted), "--id", "khong-co")
    assert isinstance(done.exception, UsageError)
    assert (done.exception.code, done.exception.exit_code) == ("congkhai-E661", 2)
    assert "khong-co" in done.exception.what
    assert paper_id(posted) in done.exception.advice
    paper = posted.paper("posting")
    assert paper is not None and "head" in paper.missing


def test_an_unknown_signer_is_named_with_those_there_are(posted: Office) -> None:
    done = sign(posted, "nobody", "--all")
    assert isinstance(done.exception, CongkhaiError)
    assert done.exception.code == "congkhai-E118"
    assert "head" in done.exception.advice


def test_all_and_a_choice_together_are_a_usage_error(posted: Office) -> None:
    assert sign(posted, "head", "--all", "--id", "x").exit_code == 2


@pytest.mark.parametrize("machine", [True, False])
def test_where_it_stops_is_said_and_the_error_is_not_swallowed(
    posted: Office, monkeypatch: pytest.MonkeyPatch, *, machine: bool
) -> None:
    def broken(*_args: object) -> None:
        raise UsageError(what="hỏng", code="congkhai-E120")

    monkeypatch.setattr(verb, "sign_by_person", broken)
    done = sign(posted, "head", "--all", *(["--json"] if machine else []))
    assert isinstance(done.exception, UsageError)
    if machine:
        assert json.loads(done.stdout) == {
            "waiting": [paper_id(posted)], "signed": [], "failed": paper_id(posted),
        }  # fmt: skip
    else:
        assert "Ký số không thành công" in done.stderr


def test_papers_of_a_matter_that_stopped_are_not_offered(posted: Office) -> None:
    assert signing_desk.waiting_for(posted.house, "head")
    with posted.house.store.write(posted.house.agency, "test") as tx:
        from congkhai.plugin.store import tables as t

        tx.connection.execute(t.disclosure.update().values(state="superseded"))
    assert signing_desk.waiting_for(posted.house, "head") == []


def test_what_another_program_signed_is_taken_back_by_the_verb(posted: Office, tmp_path: Path) -> None:
    written = json.loads(sign(posted, "head", "--body", str(tmp_path / "ra"), "--json").stdout)["written"]
    assert [Path(one).stem for one in written] == [paper_id(posted)]
    keys = posted.folder / "keys"
    password = (keys / "head.password").read_text(encoding="utf-8").strip()
    program = SigningPlugin((keys / "head.p12").read_bytes(), password)
    back = tmp_path / "ve.xml"
    back.write_bytes(program.signed(Path(written[0]).read_bytes()))
    done = sign(posted, "head", "--return", str(back))
    assert done.exit_code == 0, (done.output, done.exception)
    assert paper_id(posted) in done.output
    assert "XML-DSig thường" in done.output
    again = sign(posted, "head", "--return", str(back))
    assert isinstance(again.exception, CongkhaiError)
    assert again.exception.code == "congkhai-E746"
    refused = sign(posted, "front-chair", "--return", str(back), "--id", paper_id(posted))
    assert isinstance(refused.exception, CongkhaiError)
    assert refused.exception.code == "congkhai-E743"
    assert sign(posted, "head", "--all", "--return", str(back)).exit_code == 2
