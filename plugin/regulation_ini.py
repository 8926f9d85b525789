"""
Read a regulation's ini file into sections that remember their lines.

The standard parser gives values without places; a wrong regulation must be answered with file and line, so the places
are collected beside it.
"""

import configparser
import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar

from .errors import ConfigurationError
from .text import _

T = TypeVar("T")
_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\]")
_KEY = re.compile(r"(?P<key>[^\s=:#;\[][^=:]*?)\s*[=:]")


class Section:
    """
    One section of the file; every key must be taken once, what is left over is an error.

    Attributes:
        family: part of the name before the colon, e.g. ``category``.
        name: part after it, e.g. ``11``; empty when there is no colon.
    """

    def __init__(self, file: Path, header: str, values: dict[str, str], lines: dict[str, int]) -> None:
        family, _colon, name = header.partition(":")
        self.family = family.strip()
        self.name = name.strip()
        self._file = file
        self._values = values
        self._lines = lines
        self._known: set[str] = set()

    def place(self, key: str = "") -> str:
        """Return ``file:line`` of a key, or of the section itself."""
        line = self._lines.get(key) or self._lines.get("", 1)
        return f"{self._file}:{line}"

    def fail(self, what: str, advice: str, key: str = "") -> NoReturn:
        """Raise ConfigurationError about a key of this section, or about the section itself."""
        raise ConfigurationError(what, where=self.place(key), advice=advice, code="congkhai-E115")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a value as written, trimmed; without `default` the key must be there and not empty."""
        self._known.add(key)
        value = self._values.get(key, "").strip()
        if value or default is not None:
            return value or (default or "")
        return self.fail(
            _("[{section}] thiếu “{key}”.").format(section=self._title(), key=key),
            _("Thêm dòng “{key} = …” vào mục này.").format(key=key),
        )

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the allowed words."""
        value = self.text(key, default)
        if value not in allowed:
            self._bad(key, value, _("một trong: {words}").format(words=", ".join(allowed)))
        return value

    def words(self, key: str, *, separator: str = ",") -> tuple[str, ...]:
        """Return the parts of a value, trimmed, in order; empty when the key is missing or empty."""
        return tuple(part.strip() for part in self.text(key, "").split(separator) if part.strip())

    def number(self, key: str, default: int | None = None) -> int:
        """Return a whole number of at least 0."""
        return self._convert(key, None if default is None else str(default), _whole, _("một số nguyên không âm"))

    def yes(self, key: str, *, default: bool) -> bool:
        """Return yes or no."""
        return self.choice(key, ("yes", "no"), "yes" if default else "no") == "yes"

    def day(self, key: str) -> date | None:
        """Return a date (``2024-02-26``), or None when the key is missing or empty."""
        return self._convert(key, "", lambda value: date.fromisoformat(value) if value else None, "2024-02-26")

    def month(self, key: str) -> date | None:
        """Return the first day of a month (``2022-01``), or None when the key is missing or empty."""
        return self._convert(key, "", lambda value: date.fromisoformat(f"{value}-01") if value else None, "2022-01")

    def others(self) -> dict[str, str]:
        """Take all remaining keys with their values."""
        rest = {key: value.strip() for key, value in self._values.items() if key not in self._known}
        self._known.update(rest)
        return rest

    def done(self) -> None:
        """Raise ConfigurationError for a key that nobody asked for."""
        for key in self._values:
            if key not in self._known:
                near = get_close_matches(key, sorted(self._known), 1)
                known = near[0] if near else ", ".join(sorted(self._known))
                self.fail(
                    _("[{section}] không có khóa “{key}”.").format(section=self._title(), key=key),
                    _("Khóa gần nhất: {known}.").format(known=known), key,
                )  # fmt: skip

    def _convert(self, key: str, default: str | None, parse: Callable[[str], T], wanted: str) -> T:
        value = self.text(key, default)
        try:
            return parse(value)
        except ValueError:
            return self._bad(key, value, wanted)

    def _bad(self, key: str, value: str, wanted: str) -> NoReturn:
        self.fail(
            _("[{section}] {key} = “{value}” không dùng được.").format(section=self._title(), key=key, value=value),
            _("Giá trị phải là {wanted}.").format(wanted=wanted), key,
        )  # fmt: skip

    def _title(self) -> str:
        return f"{self.family}:{self.name}" if self.name else self.family


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError(value)
    return number


def read_sections(file: Path, families: tuple[str, ...]) -> list[Section]:
    """
    Read an ini file into sections, in order of the file.

    Args:
        file: path of the ini file, UTF-8.
        families: section families that are known, e.g. ``category``.

    Raises:
        ConfigurationError: the file cannot be read, is no ini, repeats itself, or has an unknown section.
    """
    try:
        source = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            _("Không đọc được tệp quy chế."), where=str(file),
            advice=_("Kiểm tra đường dẫn, quyền đọc và bảng mã UTF-8."), code="congkhai-E115",
        ) from error  # fmt: skip
    parser = configparser.ConfigParser(interpolation=None, empty_lines_in_values=False)
    try:
        parser.read_string(source, str(file))
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next((number for number, _text in getattr(error, "errors", ())), 1)
        raise ConfigurationError(
            _("Tệp quy chế sai cú pháp hoặc lặp lại một mục, một khóa."), where=f"{file}:{line}",
            advice=_("Mỗi mục [tên] và mỗi khóa trong mục chỉ được có một lần, viết “khóa = giá trị”."),
            code="congkhai-E115",
        ) from error  # fmt: skip
    lines = _places(source)
    sections = [Section(file, name, dict(parser[name]), lines[name]) for name in parser.sections()]
    for section in sections:
        if section.family not in families:
            near = get_close_matches(section.family, families, 1)
            section.fail(
                _("Không có mục [{name}] trong tệp quy chế.").format(name=section.family),
                _("Tên gần nhất: {known}.").format(known=near[0] if near else ", ".join(families)),
            )
    return sections


def _places(source: str) -> dict[str, dict[str, int]]:
    """Return for each section the line of each key, and under the empty key its own line."""
    lines: dict[str, dict[str, int]] = {}
    current: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if match := _SECTION.match(line):
            current = lines.setdefault(match["name"], {"": number})
        elif match := _KEY.match(line):
            current.setdefault(match["key"].lower(), number)
    return lines
