"""``congkhai init``: from nothing to a passing check."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.config.load import load
from congkhai.plugin.errors import CongkhaiError, UsageError
from congkhai.plugin.host import Host
from congkhai.plugin.regulation import list_regulations, load_regulation
from congkhai.plugin.store import open_store

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CONGKHAI_PLUGINS", "congkhai.plugin.signers,congkhai.connectors.edxml")

    def runner(*arguments: str, text: str = "") -> Result:
        return CliRunner().invoke(group, ["init", *arguments], input=text)

    return runner


def _load(folder: Path) -> object:
    return load(folder / "congkhai.ini", Host())


def _error(result: Result) -> CongkhaiError:
    assert isinstance(result.exception, CongkhaiError), result.output
    return result.exception


def test_yes_asks_nothing_and_gives_an_ini_that_check_accepts(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    result = run("--dir", str(folder), "--yes")
    assert result.exit_code == 0, result.output
    assert "giá trị mẫu" in result.output
    checked = CliRunner().invoke(group, ["-c", str(folder / "congkhai.ini"), "check"])
    assert checked.exit_code == 0, checked.output


def test_the_ini_is_for_owner_and_group_only(run: Run, tmp_path: Path) -> None:
    run("--dir", str(tmp_path), "--yes")
    assert stat.S_IMODE((tmp_path / "congkhai.ini").stat().st_mode) == 0o640


def test_questions_are_asked_and_their_answers_written(run: Run, tmp_path: Path) -> None:
    answers = ["UBND xã Mẫu", "MAU", "thôn", "xa", "dong-son-2024", "", "edxml", "kho", "ho-so", "G01.02.03", "den"]
    result = run("--dir", str(tmp_path), text="\n".join(answers) + "\n")
    assert result.exit_code == 0, (result.output, result.exception)
    configuration = load(tmp_path / "congkhai.ini", Host())
    assert configuration.agency.name == "UBND xã Mẫu"
    assert configuration.agency.kind == "xa", "an answer outside the choices is asked again"
    assert configuration.agency.regulation == "dong-son-2024"
    assert configuration.store.folder == tmp_path / "kho"
    assert configuration.dossier.folder == tmp_path / "ho-so"
    assert configuration.connectors["edxml"].settings.folder == tmp_path / "den"
    assert "giá trị mẫu" not in result.output


def test_options_answer_the_questions(run: Run, tmp_path: Path) -> None:
    result = run(
        "--dir", str(tmp_path), "--yes", "--name", "Sở Mẫu", "--code", "S1", "--kind", "so",
        "--regulation", "statute-2022", "--store", "/nowhere/data", "--no-store",
        "--set", "agency", "office-hours", "07:30-11:30",
        "--set", "signer:seal", "type", "pem", "--set", "signer:seal", "role", "seal",
        "--set", "signer:seal", "file", "k.pem", "--set", "signer:seal", "person", "Sở Mẫu",
    )  # fmt: skip
    assert result.exit_code == 0, (result.output, result.exception)
    configuration = load(tmp_path / "congkhai.ini", Host())
    assert (configuration.agency.name, configuration.agency.kind) == ("Sở Mẫu", "so")
    assert configuration.agency.office_hours
    assert configuration.signers["seal"].settings.role == "seal"
    assert configuration.source_of("agency", "office-hours").startswith(str(tmp_path))


def test_required_keys_that_nobody_may_be_asked_for_are_named(run: Run, tmp_path: Path) -> None:
    error = _error(run("--dir", str(tmp_path), "--yes", "--connector", "edxml"))
    assert "[connector:edxml] folder" in error.what
    assert "--set" in error.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [("--connector", "none-such"), ("--set", "agency", "nmae", "x"), ("--set", "web", "port", "0"),
     ("--simulated-clock", "2024-02-01T08:00:00"), ("--simulated-clock", "soon")],
)  # fmt: skip
def test_what_makes_no_sense_writes_nothing(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert _error(run("--dir", str(tmp_path), "--yes", *arguments)).exit_code in (2, 78)
    assert list(tmp_path.iterdir()) == []


def test_a_standing_file_is_kept_without_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "congkhai.ini").write_text("mine")
    error = _error(run("--dir", str(tmp_path), "--yes"))
    assert isinstance(error, UsageError)
    assert (tmp_path / "congkhai.ini").read_text() == "mine"
    assert run("--dir", str(tmp_path), "--yes", "--force").exit_code == 0
    assert load(tmp_path / "congkhai.ini", Host()).agency.code == "MAU"


def test_keep_makes_the_store_of_a_standing_ini(run: Run, tmp_path: Path) -> None:
    run("--dir", str(tmp_path), "--yes", "--no-store")
    before = (tmp_path / "congkhai.ini").read_bytes()
    assert not (tmp_path / "data").exists()
    assert run("--dir", str(tmp_path), "--keep").exit_code == 0
    open_store(tmp_path / "data").close()
    assert (tmp_path / "congkhai.ini").read_bytes() == before


def test_a_store_for_trials_gets_its_simulated_clock(run: Run, tmp_path: Path) -> None:
    assert run("--dir", str(tmp_path), "--yes", "--simulated-clock", "2024-02-01T08:00:00+07:00").exit_code == 0
    store = open_store(tmp_path / "data")
    assert store.clock.now().isoformat().startswith("2024-02-01T")
    store.close()


def test_a_folder_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = _error(run("--dir", str(tmp_path / "file" / "sub"), "--yes"))
    assert str(tmp_path / "file") in error.what


def test_the_shipped_regulations_are_listed_with_a_line_each_and_those_of_the_kind_marked(run: Run) -> None:
    lines = run("--list-regulations", "--kind", "so").output.splitlines()
    assert [line.split(":")[0].strip("* ") for line in lines] == list(list_regulations())
    assert [line for line in lines if line.startswith("*")] == [line for line in lines if "lang-son-sct-2024:" in line]


def test_the_wizard_lists_regulations_and_writes_a_copy_to_edit(run: Run, tmp_path: Path) -> None:
    answers = ["UBND xã Mẫu", "MAU", "xa", "dong-son-2024", "mau-son", "none", "kho", "ho-so"]
    result = run("--dir", str(tmp_path), text="\n".join(answers) + "\n")
    assert result.exit_code == 0, (result.output, result.exception)
    assert "* dong-son-2024:" in result.output
    assert "R02" in result.output, "what is narrower than the Law is told at once"
    regulation = load_regulation(load(tmp_path / "congkhai.ini", Host()).agency.regulation)
    assert regulation.name == "mau-son"
    assert (regulation.agency, regulation.based_on, regulation.number) == ("UBND xã Mẫu", "dong-son-2024", "")


@pytest.mark.parametrize("base", list_regulations())
def test_every_shipped_regulation_can_be_the_base(run: Run, tmp_path: Path, base: str) -> None:
    arguments = ("--dir", str(tmp_path), "--yes", "--no-store", "--kind", "trung_tam", "--name", "Trung tâm Mẫu")
    result = run(*arguments, "--regulation", base, "--derive", "rieng")
    assert result.exit_code == 0, (result.output, result.exception)
    own, copied = load_regulation(str(tmp_path / "regulations" / "rieng.ini")), load_regulation(base)
    assert [(one.clause, one.key) for one in own.categories] == [(one.clause, one.key) for one in copied.categories]
    assert own.deadlines == copied.deadlines
    assert own.agency_kind == "trung_tam"
    assert own.issued is None


def test_a_copy_is_never_written_over_a_file_or_under_a_shipped_name(run: Run, tmp_path: Path) -> None:
    for name in ("dong-son-2024", "Mẫu Sơn", "../x"):
        error = _error(run("--dir", str(tmp_path), "--yes", "--derive", name))
        assert error.code == "congkhai-E524"
    assert run("--dir", str(tmp_path), "--yes", "--no-store", "--derive", "rieng").exit_code == 0
    before = (tmp_path / "regulations" / "rieng.ini").read_bytes()
    error = _error(run("--dir", str(tmp_path), "--yes", "--no-store", "--force", "--derive", "rieng"))
    assert error.code == "congkhai-E524"
    assert (tmp_path / "regulations" / "rieng.ini").read_bytes() == before


def test_answers_that_make_no_ini_leave_no_copy_behind(run: Run, tmp_path: Path) -> None:
    result = run("--dir", str(tmp_path), "--yes", "--derive", "rieng", "--set", "work", "workers", "viele")
    assert result.exit_code != 0
    assert not (tmp_path / "regulations" / "rieng.ini").exists()


def test_an_unknown_regulation_is_told_at_once(run: Run, tmp_path: Path) -> None:
    assert _error(run("--dir", str(tmp_path), "--yes", "--regulation", "khong-co")).code == "congkhai-E116"
    assert not (tmp_path / "congkhai.ini").exists()
