"""
Profiles: what a package looks like, as data.

A profile is an ini file. Field sets, lengths, code lists, constants of METS, identifiers and file names all come from
it; none is decided in code, because the circular, published packages and other programs disagree on many of them.
"""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from ..errors import ConfigurationError
from ..text import _

KINDS = ("sip", "aip", "dip")
"""Kinds of package: for handing over (SIP), for keeping (AIP), for a user of the archive (DIP)."""
DEFAULT = "tt05-circular"
_FOLDER = Path(__file__).with_name("profiles")
_TYPES = ("text", "number", "date", "flag")
_LARGEST = 256 * 1024
_WHOLE = ("fields:", "list:")  # sections that a profile replaces as they stand; of the others it changes single keys


@dataclass(frozen=True, slots=True)
class Field:
    """
    One element of a flat descriptive file.

    Attributes:
        type: ``text``, ``number`` (digits only), ``date`` (``DD/MM/YYYY``) or ``flag`` (``0`` or ``1``).
        length: most characters, or digits; 0 where the type says it.
        codes: name of the list that its value comes from, or empty.
    """

    name: str
    type: str
    length: int
    required: bool
    codes: str = ""


@dataclass(frozen=True)
class Profile:
    """
    One reading of the circular.

    Attributes:
        id, version, title: written into packages, logs and reports.
        lists: code lists by name: code to its meanings in lower case, the first one leading.
    """

    id: str
    version: str
    title: str
    sections: Mapping[str, Mapping[str, str]]
    fields: Mapping[tuple[str, str], tuple[Field, ...]]
    lists: Mapping[str, Mapping[str, tuple[str, ...]]]

    def get(self, section: str, key: str) -> str:
        """Return a value of the profile; `load_profile` has made sure that it is there. Raises KeyError."""
        return self.sections[section][key]

    def package(self, kind: str, key: str) -> str:
        """Return a value of a kind of package."""
        return self.sections[f"package:{kind}"][key]

    def yes(self, section: str, key: str) -> bool:
        """Return a switch."""
        return self.sections[section][key] == "yes"

    def code(self, name: str, words: str) -> str | None:
        """Return the code whose meanings include `words` (any case), or None."""
        wanted = " ".join(words.split()).casefold()
        return next((code for code, meanings in self.lists[name].items() if wanted in meanings), None)


def shipped() -> tuple[str, ...]:
    """Name the profiles that come with the program."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.ini")))


@lru_cache(maxsize=8)
def load_profile(name: str) -> Profile:
    """
    Load a profile by the name of a shipped one, or by the path of an agency's own ini.

    Raises:
        ConfigurationError: no such profile, or the file is not one (code ``congkhai-E770``).
    """
    sections = _read(_path(name), ())
    profile = sections.get("profile", {})
    fields = {
        (kind, level): tuple(_field(name, key, text) for key, text in sections[f"fields:{kind}:{level}"].items())
        for kind in KINDS
        for level in ("dossier", "document")
        if f"fields:{kind}:{level}" in sections
    }
    lists = {
        section.removeprefix("list:"): {
            code: tuple(" ".join(one.split()).casefold() for one in meanings.split(","))
            for code, meanings in values.items()
        }
        for section, values in sections.items()
        if section.startswith("list:")
    }
    loaded = Profile(
        profile.get("id", ""), profile.get("version", ""), profile.get("title", ""), sections, fields, lists
    )
    _check(name, loaded)
    return loaded


def _path(name: str) -> Path:
    return Path(name) if "/" in name or "\\" in name or name.endswith(".ini") else _FOLDER / f"{name}.ini"


class _CaseParser(configparser.ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        """Keep the case of keys: they are names of XML elements."""
        return optionstr


def _read(path: Path, seen: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Read an ini over the one that it names as its base."""
    parser = _CaseParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False)
    try:
        if path.stat().st_size > _LARGEST:
            _fail(str(path), _("tệp quá lớn"))
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        _fail(str(path), _("không có tệp này; có sẵn: {names}").format(names=", ".join(shipped())))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        _fail(str(path), str(error).splitlines()[0])
    own = {section: dict(parser[section]) for section in parser.sections()}
    base = own.get("profile", {}).get("base")
    if not base:
        return own
    if base in seen:
        _fail(str(path), _("hồ sơ mẫu dẫn vòng tròn về {base}").format(base=base))
    under = _read(
        path.with_name(f"{base}.ini") if path.with_name(f"{base}.ini").exists() else _path(base), (*seen, base)
    )
    return under | {
        name: values if name.startswith(_WHOLE) else under.get(name, {}) | values for name, values in own.items()
    }


def _field(where: str, name: str, text: str) -> Field:
    match = re.fullmatch(r"(\w+)(?: (\d+))? (required|optional)(?: (\w+))?", " ".join(text.split()))
    if not match or match[1] not in _TYPES or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name):
        _fail(where, _("trường {name} không đúng dạng: KIỂU ĐỘ-DÀI required|optional DANH-SÁCH").format(name=name))
    return Field(name, match[1], int(match[2] or 0), match[3] == "required", match[4] or "")


def _check(name: str, profile: Profile) -> None:
    """Hold a profile to the shape of the shipped one, so that a writer never meets a missing key."""
    pattern = profile if name == DEFAULT else load_profile(DEFAULT)
    for section, values in pattern.sections.items():
        if section.startswith(("fields:", "list:")):
            continue
        absent = [key for key in values if key not in profile.sections.get(section, {})]
        if absent:
            _fail(name, _("thiếu [{section}] {keys}").format(section=section, keys=", ".join(absent)))
    for kind in KINDS:
        for level in ("dossier", "document"):
            for field in profile.fields.get((kind, level), ()) or _fail(name, f"[fields:{kind}:{level}]"):
                if field.codes and field.codes not in profile.lists:
                    _fail(name, _("trường {name} dùng danh sách chưa khai").format(name=field.name))
    if "03" in profile.lists.get("mode", {}):
        _fail(name, _("danh sách mode không được có mã 03 (mật): tài liệu mật không bao giờ vào gói tin"))


def _fail(where: str, what: str) -> NoReturn:
    raise ConfigurationError(
        what=_("Hồ sơ mẫu của gói tin lưu trữ không dùng được: {what}.").format(what=what), where=where,
        advice=_("Xem [archive] profile trong tệp cấu hình và các mẫu có sẵn."), code="congkhai-E770",
    )  # fmt: skip
