"""Forms that people perform: each asks for its own evidence, keeps it in the vault, and refuses what is not enough."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from congkhai.plugin.attended import FORMS, AttendedForm
from congkhai.plugin.cli import group
from congkhai.plugin.confirmation import confirm, evidence_fields
from congkhai.plugin.demo.people import photo
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.records import Posting, PostingState

from .conftest import OpenOffice
from .office import CLERK, STAFF_PAGE, Office
from .script import paper

PDF = b"%PDF-1.7 bien ban"
ENOUGH: dict[str, tuple[dict[str, str], dict[str, bytes]]] = {
    "conference": ({"participants": "25"}, {"minutes": PDF}),
    "section-heads": ({"heads": "4"}, {"signatures": PDF}),
    "written-notice": ({"number": "15/TB-UBND", "recipients": "30"}, {"signatures": PDF}),
    "party-union-notice": ({"number": "16/TB-UBND", "receivers": "Chi bộ, Công đoàn"}, {"receipt": PDF}),
    "loudspeaker": ({"days": "4/7/2026, 5/7/2026, 2026-07-06"}, {"log": PDF}),
    "village-heads": ({"heads": "6"}, {"signatures": PDF}),
}


def waiting(open_office: OpenOffice, kind: str) -> tuple[Office, Posting]:
    office = open_office(STAFF_PAGE, f"[channel:kenh]\ntype = {kind}\nplace = Nhà văn hóa\n")
    office.receive(paper())
    office.wait(hours=2)
    posting = office.posting("kenh")
    assert posting.state is PostingState.WAITING
    return office, posting


def test_every_form_is_tested() -> None:
    assert set(FORMS) == set(ENOUGH)


@pytest.mark.parametrize("kind", list(FORMS))
def test_a_form_takes_its_own_evidence_and_keeps_it(open_office: OpenOffice, kind: str) -> None:
    office, posting = waiting(open_office, kind)
    answers, files = ENOUGH[kind]
    channel = office.house.channels["kenh"]
    assert isinstance(channel, AttendedForm)
    assert posting.form == FORMS[kind].form
    for field in evidence_fields(office.house, posting.id):
        if field.required:
            assert field.label in channel.instructions("k")
    confirm(office.house, posting.id, CLERK, since=office.now, answers=answers, files=files)
    kept = office.posting("kenh")
    assert kept.state is PostingState.UP
    kinds = [one.kind for one in kept.evidence]
    assert kinds == ["confirmation", "statement", "document"]
    assert office.house.store.vault.read(kept.evidence[-1].sha256) == PDF
    for text in answers.values():
        assert text in kept.evidence[1].note


@pytest.mark.parametrize("kind", list(FORMS))
def test_missing_evidence_is_named_at_once_and_nothing_is_kept(open_office: OpenOffice, kind: str) -> None:
    office, posting = waiting(open_office, kind)
    with pytest.raises(InputError) as refused:
        confirm(office.house, posting.id, CLERK, since=office.now)
    for field in evidence_fields(office.house, posting.id):
        assert (field.label in refused.value.what) is field.required
    assert office.posting("kenh").state is PostingState.WAITING
    assert office.posting("kenh").evidence == ()


@pytest.mark.parametrize(
    ("kind", "answers", "files", "said"),
    [
        ("conference", {"participants": "nhiều"}, {"minutes": PDF}, "phải là số"),
        ("conference", {"participants": "0"}, {"minutes": PDF}, "từ 1 trở lên"),
        ("conference", {"participants": "5"}, {"minutes": b"MZ\x90"}, "PDF"),
        ("conference", {"participants": "5", "lạ": "x"}, {"minutes": PDF}, "không có mục"),
        ("loudspeaker", {"days": "4/7/2026, 5/7/2026"}, {"log": PDF}, "3 ngày liên tục"),
        ("loudspeaker", {"days": "2/7/2026, 4/7/2026, 6/7/2026"}, {"log": PDF}, "3 ngày liên tục"),
        ("loudspeaker", {"days": "31/6/2026"}, {"log": PDF}, "không phải là ngày"),
        ("loudspeaker", {"days": "6/7/2026, 7/7/2026, 8/7/2026"}, {"log": PDF}, "chưa đến"),
    ],
)
def test_wrong_evidence_is_refused_with_its_reason(
    open_office: OpenOffice, kind: str, answers: dict[str, str], files: dict[str, bytes], said: str
) -> None:
    office, posting = waiting(open_office, kind)
    with pytest.raises(InputError, match=said):
        confirm(office.house, posting.id, CLERK, since=office.now, answers=answers, files=files)
    assert office.posting("kenh").state is PostingState.WAITING


def test_a_form_leaves_every_act_to_a_person(open_office: OpenOffice) -> None:
    office, _posting = waiting(open_office, "conference")
    channel = office.house.channels["kenh"]
    with pytest.raises(NotAllowedError):
        channel.withdraw("k")
    assert (channel.find("k"), channel.probe("k").visible) == (None, None)
    assert [one.result for one in channel.check(live=True)] == ["ok"]


def test_the_board_s_sheet_is_printed_and_its_photo_confirmed_on_the_command_line(
    open_office: OpenOffice, tmp_path: Path
) -> None:
    office, posting = waiting(open_office, "notice-board")
    office.house.close()
    ini, run = str(office.folder / "congkhai.ini"), CliRunner()
    picture = tmp_path / "anh.png"
    picture.write_bytes(photo(posting.id))
    # The command line opens the house itself, without the scripted plugins: they are taken out of the ini first.
    text = Path(ini).read_text(encoding="utf-8")
    text = text.replace("[connector:nguon]\ntype = script\n", "").replace("use = script", "use = rules")
    Path(ini).write_text(text, encoding="utf-8")
    listed = run.invoke(group, ["-c", ini, "posting", "list"])
    assert posting.id in listed.output
    assert "photo (file)" in listed.output
    printed = run.invoke(group, ["-c", ini, "posting", "sheet", posting.id, "--out", str(tmp_path / "to.pdf")])
    assert printed.exit_code == 0, printed.output
    assert (tmp_path / "to.pdf").read_bytes().startswith(b"%PDF")
    without = run.invoke(group, ["-c", ini, "posting", "confirm", posting.id, "--by", CLERK])
    assert isinstance(without.exception, InputError)
    arguments = ["-c", ini, "posting", "confirm", posting.id, "--by", CLERK, "--photo", str(picture)]
    assert run.invoke(group, arguments).exit_code == 0
    office.restart()
    kept = office.posting("kenh")
    assert (kept.state, kept.evidence[0].kind) == (PostingState.UP, "photo")
    assert office.house.store.vault.read(kept.evidence[0].sha256) == picture.read_bytes()
