"""Holding a section as written against its model: unknown keys, missing keys, wrong values, all found in one pass."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..text import _
from .read import Problem, RawSection
from .schema import ini_keys
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """A validated section: its settings (None when there are problems) and the problems."""

    settings: Settings | None
    problems: tuple[Problem, ...]


def nearest(name: str, known: Collection[str]) -> str:
    """Return a sentence that offers the nearest known name, with a space before it; empty when none is near."""
    match = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return " " + _('Có phải là "{name}"?').format(name=match[0]) if match else ""


def check_section(
    model: type[Settings], section: RawSection | None, name: str, *, file: Path, ignore: Collection[str] = ()
) -> Checked:
    """
    Validate one section.

    Args:
        model: the section's settings.
        section: as written; None when the file has no such section, which leaves the defaults.
        name: the section's name, for messages.
        file: the main ini; relative paths are resolved against its folder.
        ignore: keys that stand in the section but belong to somebody else (the common keys of plugin sections).

    A key without a value counts as not written. Problems come in the order of the file.
    """
    keys = ini_keys(model)
    entries = [entry for entry in section.entries.values() if entry.key not in ignore] if section else []
    place = section.place if section else str(file)
    problems = [
        Problem(entry.place, name, entry.key, _("khóa không được biết đến.") + nearest(entry.key, [*keys, *ignore]))
        for entry in entries
        if entry.key not in keys
    ]
    values = {entry.key: entry.text for entry in entries if entry.key in keys and entry.text.strip()}
    try:
        settings = model.model_validate(values, context={"folder": file.parent})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            key = str(detail["loc"][0]) if detail["loc"] else ""
            where = section.entries[key].place if section and key in values else place
            told = sentence(detail)
            if key and detail["type"] == "value_error":
                told = _("giá trị không dùng được; cần: {told}").format(told=told)
            problems.append(Problem(where, name, key, told))
        return Checked(None, tuple(problems))
    return Checked(None if problems else settings, tuple(problems))


def sentence(detail: ErrorDetails) -> str:
    """Say what a value must be, in the reader's language and without showing the value."""
    context: Mapping[str, Any] = detail.get("ctx", {})
    write = _SENTENCES.get(detail["type"])
    return write(context) if write else _("giá trị không hợp lệ ({reason}).").format(reason=detail["msg"])


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _context: _("thiếu khóa bắt buộc."),
    "value_error": lambda context: (
        str(context["error"]).rstrip(".") + "."
    ),  # our own sentence, in `values` and `settings`
    "int_parsing": lambda _context: _("phải là số nguyên."),
    "int_from_float": lambda _context: _("phải là số nguyên."),
    "int_type": lambda _context: _("phải là số nguyên."),
    "int_parsing_size": lambda _context: _("số quá lớn."),
    "float_parsing": lambda _context: _("phải là một số, viết 0.85."),
    "finite_number": lambda _context: _("phải là một số hữu hạn."),
    "literal_error": lambda context: _("phải là một trong: {expected}.").format(
        expected=str(context["expected"]).replace(" or ", ", ").replace("'", "")
    ),
    "greater_than": lambda context: _("phải lớn hơn {limit}.").format(limit=ini_text(context["gt"])),
    "greater_than_equal": lambda context: _("phải từ {limit} trở lên.").format(limit=ini_text(context["ge"])),
    "less_than": lambda context: _("phải nhỏ hơn {limit}.").format(limit=ini_text(context["lt"])),
    "less_than_equal": lambda context: _("không được quá {limit}.").format(limit=ini_text(context["le"])),
    "string_too_short": lambda context: _("phải có ít nhất {count} ký tự.").format(count=context["min_length"]),
    "string_too_long": lambda context: _("không được quá {count} ký tự.").format(count=context["max_length"]),
    "too_short": lambda context: _("phải có ít nhất {count} giá trị.").format(count=context["min_length"]),
    "too_long": lambda context: _("không được quá {count} giá trị.").format(count=context["max_length"]),
    "string_pattern_mismatch": lambda context: _("không đúng dạng {pattern}.").format(pattern=context["pattern"]),
}


def ini_text(value: Any) -> str:
    """Write a value the way the ini would: durations with units, lists with commas, yes and no; None as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        spans = all(isinstance(part, tuple) for part in value)
        return ", ".join("-".join(ini_text(end) for end in part) if spans else ini_text(part) for part in value)
    return str(value)


def _duration(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:g} s" if seconds >= 1 or not seconds else f"{seconds * 1000:g} ms"
