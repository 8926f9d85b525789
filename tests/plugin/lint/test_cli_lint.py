"""``congkhai lint`` as people call it: what it prints, its JSON, its exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.cli.lint import findings_of
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host
from congkhai.plugin.lint.gather import gather
from congkhai.plugin.lint.records import PaperSet
from congkhai.plugin.records import Finding, Severity
from congkhai.plugin.regulation import load_regulation

PAPERS = Path(__file__).with_name("papers")
FAULTY = sorted((PAPERS / "faulty").glob("*.txt"))
SOUND = sorted((PAPERS / "sound").glob("*.txt"))


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["lint", *map(str, arguments)])


def test_a_faulty_set_ends_with_1_and_names_every_finding_in_json() -> None:
    result = _run(*FAULTY, "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert {"findings", "papers", "unreadable"} == set(answer)
    one = next(one for one in answer["findings"] if one["id"] == "A05")
    assert {"id", "severity", "where", "message", "advice"} <= one.keys()
    assert (one["severity"], one["where"]) == ("error", "4-bien-ban-ket-thuc.txt:6:18")
    assert "Điều 48" in one["source"]
    assert {one["severity"] for one in answer["findings"]} == {"error", "warn", "info"}
    assert [paper["kind"] for paper in answer["papers"]] == [
        "consultation_plan", "meeting", "posting", "closing", "report", "regulation", "work_plan",
    ]  # fmt: skip


def test_a_sound_set_ends_with_0() -> None:
    result = _run(*SOUND)
    assert result.exit_code == 0, result.output
    assert "6 văn bản: 0 lỗi, 0 cảnh báo, 0 thông tin." in result.stdout


def test_warnings_alone_end_with_0() -> None:
    result = _run(PAPERS / "faulty" / "2-bien-ban-hop.txt", PAPERS / "faulty" / "7-ke-hoach-nam.txt", "--json")
    severities = {one["severity"] for one in json.loads(result.stdout)["findings"]}
    assert "error" in severities  # A01 of the meeting
    result = _run(PAPERS / "faulty" / "7-ke-hoach-nam.txt", "--json")
    assert {one["severity"] for one in json.loads(result.stdout)["findings"]} == {"warn"}
    assert result.exit_code == 0


def test_people_read_papers_with_the_gravest_first_and_what_to_do() -> None:
    lines = _run(*FAULTY).stdout.splitlines()
    heads = [line for line in lines if line.endswith(".txt")]
    assert set(heads) == {file.name for file in FAULTY}
    assert heads[-1] == "7-ke-hoach-nam.txt"  # the only one without an error or a second warning
    start = lines.index("4-bien-ban-ket-thuc.txt")
    words = [
        line.split()[0]
        for line in lines[start + 1 : lines.index("", start)]
        if line.startswith("  ") and line[2] != " "
    ]
    assert words == sorted(words, key=["lỗi", "cảnh", "thông"].index)
    assert any(line.strip().startswith("→") for line in lines)


def test_a_folder_stands_for_the_papers_in_it(tmp_path: Path) -> None:
    assert json.loads(_run(PAPERS / "sound", "--json").stdout)["findings"] == []
    result = _run(tmp_path)
    assert result.exit_code == 2
    assert "congkhai-E670" in result.output


def test_what_cannot_be_read_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    empty = tmp_path / "trong.txt"
    empty.touch()
    result = _run(*FAULTY, empty, tmp_path / "khong-co.pdf", "--json")
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert [one["code"] for one in answer["unreadable"]] == ["congkhai-E671", "congkhai-E670"]
    assert len(answer["papers"]) == len(FAULTY)
    assert answer["findings"]
    assert "congkhai-E671" in _run(empty).stderr


def test_a_file_name_with_control_signs_and_two_files_of_one_name_are_shown_safely(tmp_path: Path) -> None:
    text = FAULTY[6].read_text(encoding="utf-8")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x\x1b[31m\u202e.txt").write_text(text, encoding="utf-8")
    result = _run(tmp_path / "a" / "x\x1b[31m\u202e.txt", tmp_path / "b" / "x\x1b[31m\u202e.txt")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "2 văn bản" in result.stdout


def test_another_regulation_is_another_measure() -> None:
    posting = PAPERS / "sound" / "4-bien-ban-niem-yet.txt"
    assert json.loads(_run(posting, "--json").stdout)["findings"] == []
    strict = json.loads(_run(posting, "--json", "--regulation", "son-la-cntttt-2022").stdout)["findings"]
    assert [one["id"] for one in strict] == ["B19"]  # Sơn La asks for 30 days
    assert _run(posting, "--regulation", "khong-co").exit_code != 0


class _Eager:
    """A foreign check that finds something in everything."""

    id = "P77"
    severity = Severity.ERROR
    title = "Thử"
    source = "Quy định mẫu"

    def look(self, subject: object) -> Iterator[Finding]:
        if isinstance(subject, PaperSet):
            yield Finding(self.id, self.severity, subject.papers[0].file, "có", "sửa")


class _Broken(_Eager):
    id = "P78"

    def look(self, subject: object) -> Iterator[Finding]:
        raise RuntimeError("hỏng")


class _Offers:
    @hookimpl
    def register_checks(self, register: object) -> None:
        register(_Eager())  # type: ignore[operator]
        register(_Broken())  # type: ignore[operator]


def test_a_foreign_check_joins_in_and_a_broken_one_stops_nobody() -> None:
    host = Host(["congkhai.plugin.lint.plugin"], {"theirs": _Offers()})
    assert host.problems == ()
    checks = [kind.check for kind in host.checks.values()]
    found = list(findings_of(gather(SOUND), checks, load_regulation("dong-son-2024")))
    assert [(one.id, one.severity.value) for one in found] == [("P77", "error"), ("K01", "warn")]
    assert "P78" in found[1].where
