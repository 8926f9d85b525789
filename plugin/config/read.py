"""
Reading ini files with positions: what stands where, and every fault at once.

`configparser` is the authority on values; a pass of our own gives each section and key its line, because
`configparser` forgets lines and stops at the first duplicate. Keys are separated by ``=`` only, comments stand on lines
of their own, an empty line ends a value, and nothing is interpolated.
"""

import configparser
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..text import _

LONGEST_LINE = 10_000
LARGEST_FILE = 1024 * 1024
_HEADER = re.compile(r"\[(?P<name>[^\[\]]+)\]")
_COMMENTS = ("#", ";")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One fault of an ini file.

    Attributes:
        place: ``FILE:LINE``, or ``FILE`` when no line is to blame.
        section: section without brackets, or empty.
        key: key, or empty when the whole section or file is meant.
        message: what is wrong and what would be right, in the reader's language; never a value.
    """

    place: str
    section: str
    key: str
    message: str

    def __str__(self) -> str:
        parts = [f"{self.place}:"]
        if self.section:
            parts.append(f"[{self.section}]" if self.key else f"[{self.section}]:")
        if self.key:
            parts.append(f"{self.key}:")
        return " ".join([*parts, self.message])


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its text (lines joined by ``\\n``) and its place ``FILE:LINE``."""

    key: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class RawSection:
    """One section as written: name without brackets, place of its header, entries by key in order."""

    name: str
    place: str
    entries: Mapping[str, Entry]


@dataclass(slots=True)
class _Scan:
    """What our own pass saw: lines of headers and keys, and faults."""

    file: Path
    headers: dict[str, int] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def blame(self, line: int, message: str, section: str = "", key: str = "") -> None:
        self.problems.append(Problem(f"{self.file}:{line}", section, key, message))


def read_file(path: Path) -> tuple[tuple[RawSection, ...], tuple[Problem, ...]]:
    """
    Read one ini file.

    Args:
        path: the file; UTF-8, a byte order mark is tolerated.

    Returns:
        The sections in order, and every fault found. With faults the sections hold what could be read.
    """
    text, problems = _text(path)
    if problems:
        return (), problems
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            message = _("dòng dài {length} ký tự, quá giới hạn {limit}.").format(length=len(line), limit=LONGEST_LINE)
            return (), (Problem(f"{path}:{number}", "", "", message),)
    scan = _scanned(path, lines)
    values = _values(text) if scan.headers else {}
    sections = tuple(
        RawSection(
            name,
            f"{path}:{line}",
            {
                key: Entry(key, values.get(name, {}).get(key, ""), f"{path}:{at}")
                for (section, key), at in scan.keys.items()
                if section == name
            },
        )
        for name, line in scan.headers.items()
    )
    return sections, tuple(scan.problems)


def _text(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return the file's text with plain line ends, or what keeps us from reading it."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        message = _("không đọc được tệp ({reason}).").format(reason=error.strerror or type(error).__name__)
        return "", (Problem(str(path), "", "", message),)
    if data.startswith(_UTF16):
        return "", (Problem(str(path), "", "", _("tệp viết bằng UTF-16; hãy lưu lại bằng UTF-8.")),)
    if b"\0" in data:
        line, column = _position(data, data.index(b"\0"))
        message = _("cột {column}: byte NUL, đây không phải là tệp văn bản.").format(column=column)
        return "", (Problem(f"{path}:{line}", "", "", message),)
    if len(data) > LARGEST_FILE:
        message = _("tệp lớn hơn {limit} KiB.").format(limit=LARGEST_FILE // 1024)
        return "", (Problem(_longest(path, data), "", "", message),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the codec that skips the mark counts positions behind it
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") and len(error.object) < len(data) else 0)
        line, column = _position(data, start)
        message = _("cột {column}: byte 0x{byte:02X} không phải là UTF-8.").format(column=column, byte=data[start])
        return "", (Problem(f"{path}:{line}", "", "", message),)
    return text.replace("\r\n", "\n"), ()


def _longest(path: Path, data: bytes) -> str:
    """Name the line that makes a file too large, when there is one."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if len(line) > LONGEST_LINE:
            return f"{path}:{number}"
    return str(path)


def _position(data: bytes, offset: int) -> tuple[int, int]:
    """Return line and column (in characters, both from 1) of a byte."""
    start = data.rfind(b"\n", 0, offset) + 1
    before = data[start:offset].decode("utf-8-sig" if start == 0 else "utf-8", "replace")
    return data.count(b"\n", 0, offset) + 1, len(before) + 1


def _values(text: str) -> dict[str, dict[str, str]]:
    """Return the values by section and key; duplicates and bad lines are reported by our own pass, not here."""
    parser = configparser.RawConfigParser(
        strict=False, interpolation=None, delimiters=("=",), comment_prefixes=_COMMENTS,
        empty_lines_in_values=False, default_section="",
    )  # fmt: skip
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of keys
    start = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    with suppress(configparser.Error):  # bad lines stand in the scan's problems already; the rest was parsed
        parser.read_string(text[start.start() :] if start else "")
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _scanned(path: Path, lines: list[str]) -> _Scan:
    """Find the line of every header and key by the rules of `configparser`, and every fault."""
    scan = _Scan(path)
    section: str | None = None
    for number, stripped in _statements(lines):
        if stripped.startswith("["):
            section = _header(scan, number, stripped)
        elif section is None:
            if not scan.headers and not scan.problems:
                scan.blame(number, _("dòng này đứng trước mọi [mục]."))
        else:
            _key(scan, number, stripped, section)
    return scan


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield headers and first lines of keys with their numbers; comments, empty and continued lines are passed over."""
    indent = sys.maxsize
    in_key = False
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(_COMMENTS):
            indent = sys.maxsize
            continue
        here = len(line) - len(line.lstrip())
        if in_key and here > indent:
            continue
        indent = here
        in_key = not stripped.startswith("[") and "=" in stripped
        yield number, stripped


def _header(scan: _Scan, number: int, stripped: str) -> str | None:
    match = _HEADER.fullmatch(stripped)
    if not match:
        scan.blame(number, _("tiêu đề mục phải có dạng [tên], không có gì theo sau."))
        return None
    name = match["name"]
    if name in scan.headers:
        first = f"{scan.file}:{scan.headers[name]}"
        scan.blame(number, _("mục này đã có ở {first}.").format(first=first), name)
        return None  # its keys would only be told as duplicates once more
    scan.headers[name] = number
    return name


def _key(scan: _Scan, number: int, stripped: str, section: str) -> None:
    key, separator, _value = stripped.partition("=")
    key = key.rstrip()
    if not separator or not key:
        scan.blame(number, _("dòng này phải có dạng khóa = giá trị."), section)
    elif (section, key) in scan.keys:
        first = f"{scan.file}:{scan.keys[section, key]}"
        scan.blame(number, _("khóa này đã có ở {first}.").format(first=first), section, key)
    else:
        scan.keys[section, key] = number
