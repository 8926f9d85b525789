"""Reading ini files: positions, and every fault at once."""

import configparser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congkhai.plugin.config.read import LONGEST_LINE, Problem, read_file


def _write(folder: Path, content: str | bytes) -> Path:
    path = folder / "a.ini"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _only_problem(path: Path) -> Problem:
    _sections, problems = read_file(path)
    assert len(problems) == 1, problems
    return problems[0]


def test_every_section_and_key_knows_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "# head\n\n[agency]\nname = UBND xã Mẫu\n\n# more\n[store]\n  folder = data\n")
    sections, problems = read_file(path)
    assert problems == ()
    assert [(s.name, s.place) for s in sections] == [("agency", f"{path}:3"), ("store", f"{path}:7")]
    assert sections[0].entries["name"].text == "UBND xã Mẫu"
    assert sections[0].entries["name"].place == f"{path}:4"
    assert sections[1].entries["folder"].place == f"{path}:8"


def test_percent_signs_colons_and_equal_signs_stay_in_values(tmp_path: Path) -> None:
    sections, problems = read_file(_write(tmp_path, "[a]\nurl = https://x/?q=%20&a=b:c ; not a comment\n"))
    assert problems == ()
    assert sections[0].entries["url"].text == "https://x/?q=%20&a=b:c ; not a comment"


def test_continued_lines_belong_to_their_key(tmp_path: Path) -> None:
    sections, problems = read_file(_write(tmp_path, "[a]\noff = 1\n  2\n  3 = x\nwork = 4\n"))
    assert problems == ()
    assert {k: e.text for k, e in sections[0].entries.items()} == {"off": "1\n2\n3 = x", "work": "4"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_byte_order_mark_and_foreign_line_ends_are_tolerated(tmp_path: Path, ending: str) -> None:
    path = _write(tmp_path, b"\xef\xbb\xbf" + f"[a]{ending}b = ệ{ending}".encode())
    sections, problems = read_file(path)
    assert problems == ()
    assert sections[0].entries["b"].text == "ệ"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bad_byte_names_line_and_column_in_characters(tmp_path: Path, mark: bytes) -> None:
    path = _write(tmp_path, mark + "[a]\nđệ = ".encode() + b"\xff\n")
    problem = _only_problem(path)
    assert problem.place == f"{path}:2"
    assert "cột 6" in problem.message
    assert "0xFF" in problem.message


def test_bad_byte_in_the_first_line_behind_a_mark_has_the_column_people_see(tmp_path: Path) -> None:
    problem = _only_problem(_write(tmp_path, b"\xef\xbb\xbf[a\xff]\n"))
    assert problem.place.endswith(":1")
    assert "cột 3" in problem.message


def test_nul_byte_is_refused_with_its_place(tmp_path: Path) -> None:
    path = _write(tmp_path, b"[a]\nb = c\0d\n")
    problem = _only_problem(path)
    assert problem.place == f"{path}:2"
    assert "cột 6" in problem.message


def test_utf_16_is_named(tmp_path: Path) -> None:
    assert "UTF-16" in _only_problem(_write(tmp_path, "[a]\n".encode("utf-16"))).message


def test_line_over_the_limit_is_refused_and_at_the_limit_accepted(tmp_path: Path) -> None:
    fits = "b = " + "x" * (LONGEST_LINE - 4)
    assert read_file(_write(tmp_path, f"[a]\n{fits}\n"))[1] == ()
    path = _write(tmp_path, f"[a]\n{fits}x\n")
    assert _only_problem(path).place == f"{path}:2"


def test_line_of_a_megabyte_is_refused_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "[a]\nb = " + "x" * 1024 * 1024 + "\n")
    assert _only_problem(path).place == f"{path}:2"


def test_missing_file_is_a_problem_and_no_trace(tmp_path: Path) -> None:
    problem = _only_problem(tmp_path / "none.ini")
    assert problem.place == str(tmp_path / "none.ini")


def test_all_faults_of_form_come_at_once_with_their_lines(tmp_path: Path) -> None:
    path = _write(tmp_path, "[a]\nb = 1\nb = 2\njust words\n[a]\nc = 1\n[broken\n[d] tail\n= no key\n[e]\nkey: value\n")
    _sections, problems = read_file(path)
    assert [int(problem.place.rpartition(":")[2]) for problem in problems] == [3, 4, 5, 7, 8, 11]
    assert f"{path}:2" in problems[0].message, "the first place of a duplicate is named"
    assert f"{path}:1" in problems[2].message


def test_text_before_the_first_section_is_told_once(tmp_path: Path) -> None:
    path = _write(tmp_path, "name = x\ncode = y\n[a]\nb = 1\n")
    assert _only_problem(path).place == f"{path}:1"


_NAMES = st.text("abcxyz-đê", min_size=1, max_size=6)
_VALUES = st.text("ab =[]#;:%đ\t", max_size=12)
_LINES = st.one_of(
    st.builds("[{}]".format, _NAMES),
    st.builds("{} = {}".format, _NAMES, _VALUES),
    st.builds("  {}".format, _VALUES),
    st.builds("# {}".format, _VALUES),
    st.just(""),
    _VALUES,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, max_size=12))
def test_files_without_fault_mean_what_configparser_says(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join(lines)
    sections, problems = read_file(_write(tmp_path, text))
    if problems:
        return
    parser = configparser.RawConfigParser(
        strict=True, interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), empty_lines_in_values=False,
        default_section="",
    )  # fmt: skip
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    assert {s.name: {k: e.text for k, e in s.entries.items()} for s in sections} == {
        name: dict(parser.items(name)) for name in parser.sections()
    }


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_reader_raise(tmp_path: Path, data: bytes) -> None:
    for problem in read_file(_write(tmp_path, data))[1]:
        assert str(problem).startswith(str(tmp_path))
