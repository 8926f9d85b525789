"""Loading the ini and its drop-ins, validated against the house's schema and the plugins' own."""

import os
import re
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from ..errors import ConfigurationError
from ..host import Host, Kind
from ..text import _
from .configuration import DEFAULT, Configuration, IniError, Section, Value
from .describe import value_text
from .read import Problem, RawSection, read_file
from .schema import (
    FAMILIES,
    MAIN_AGENCY,
    PER_AGENCY,
    SECTIONS,
    AgencySettings,
    CommonSettings,
    DossierSettings,
    StoreSettings,
    TaggingSettings,
    WorkSettings,
    ini_keys,
)
from .secrets import SecretRef
from .settings import Settings
from .validate import check_section, nearest

__all__ = ["DEFAULT", "USUAL_PLACES", "Configuration", "IniError", "Section", "Value", "find_ini", "load"]

USUAL_PLACES = (Path("congkhai.ini"), Path("/etc/congkhai/congkhai.ini"))
"""Where the ini is looked for when ``-c`` names none."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
"""Keys of agencies."""
_USER_INFO = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*(?=@)")


def find_ini(path: Path | None) -> Path:
    """
    Return the ini to use, absolute.

    Args:
        path: what ``-c`` named; None looks in the usual places.

    Raises:
        ConfigurationError: there is no such file; never "all defaults".
    """
    for candidate in (path,) if path else USUAL_PLACES:
        if candidate.is_file():
            return candidate.absolute()
    looked = ", ".join(str(candidate.absolute()) for candidate in ((path,) if path else USUAL_PLACES))
    raise ConfigurationError(
        _("Không có tệp cấu hình {looked}.").format(looked=looked),
        advice=_("Tạo tệp bằng congkhai init, hoặc chỉ ra tệp bằng congkhai -c TỆP."),
        code="congkhai-E112",
    )


def load(path: Path, host: Host) -> Configuration:
    """
    Read and validate an ini with its ``conf.d/*.ini``.

    Args:
        path: the main file; relative paths inside are resolved against its folder.
        host: plugins, whose kinds give the schema of their sections.

    Raises:
        ConfigurationError: the file is missing.
        IniError: faults, all of them at once.
    """
    path = find_ini(path)
    sections, problems = _gathered(path)
    if any(not problem.section for problem in problems):
        raise _faults(path, problems)  # what could not be read as text or lines would give misleading faults below
    reader = _Reader(path, sections, host, problems)
    configuration = reader.configuration()
    if configuration is None:
        raise _faults(path, reader.problems)
    return configuration


def _gathered(path: Path) -> tuple[dict[str, RawSection], list[Problem]]:
    """Read the main file and the drop-ins in sorted order; a drop-in may only add sections."""
    gathered: dict[str, RawSection] = {}
    problems: list[Problem] = []
    for file in (path, *sorted((path.parent / "conf.d").glob("*.ini"))):
        sections, faults = read_file(file)
        problems += faults
        for section in sections:
            if file != path and section.name == "agency":
                message = _("tệp trong conf.d không được đụng đến mục [agency].")
                problems.append(Problem(section.place, section.name, "", message))
            elif section.name in gathered:
                first = gathered[section.name].place
                message = _("mục này đã có ở {first}; tệp trong conf.d chỉ được thêm mục mới.").format(first=first)
                problems.append(Problem(section.place, section.name, "", message))
            else:
                gathered[section.name] = section
    return gathered, problems


def _faults(path: Path, problems: Sequence[Problem]) -> IniError:
    files = list(dict.fromkeys([str(path), *sorted(_split(problem.place)[0] for problem in problems)]))
    problems = sorted(problems, key=lambda problem: (files.index(_split(problem.place)[0]), _split(problem.place)[1]))
    listed = "\n".join(f"  {problem}" for problem in problems)
    return IniError(
        _("Tệp cấu hình {file} có {count} lỗi:\n{listed}").format(file=path, count=len(problems), listed=listed),
        advice=_("Sửa các dòng trên rồi chạy congkhai check."),
        problems=tuple(problems),
    )


def _split(place: str) -> tuple[str, int]:
    """Return file and line of a place; line 0 when it names none."""
    file, colon, line = place.rpartition(":")
    return (file, int(line)) if colon and line.isdigit() else (place, 0)


class _Reader:
    """One reading: collects problems, warnings and values while it goes through the sections."""

    def __init__(self, path: Path, sections: Mapping[str, RawSection], host: Host, problems: Sequence[Problem]) -> None:
        self.path = path
        self.sections = sections
        self.host = host
        self.problems = list(problems)
        self.warnings: list[str] = []
        self.written: list[tuple[str, type[Settings], Settings]] = []
        self.agencies: dict[str, AgencySettings] = {}

    def configuration(self) -> Configuration | None:
        """Return the configuration, or None when there are problems."""
        self.agencies = self._agencies()
        own = {name: self._check(model, name) for name, model in SECTIONS.items() if name != "agency"}
        mine = {key: self._own(key) for key in self.agencies}
        kinds = self.host.families
        named: dict[str, dict[str, Section]] = {family: {} for family in FAMILIES}
        for section in self.sections.values():
            family, colon, name = section.name.partition(":")
            if section.name in SECTIONS or section.name in self._claimed:
                continue
            if family not in FAMILIES or not colon:
                self._unknown_section(section)
            elif not _NAME.fullmatch(name):
                self._blame(section, "", _("TÊN chỉ gồm chữ không dấu, số, '.', '_' và '-', tối đa 64 ký tự."))
            else:
                made = self._plugin_section(section, family, name, kinds[family])
                if made is not None:
                    named[family][name] = made
        self._check_links(own)
        for key, said in mine.items():
            self._check_filing(key, said.get("dossier") or own["dossier"], f"dossier:{key}")
        if self.problems:
            return None
        complete = _completed(cast(dict[str, Any], own))
        self._warn(complete)
        return Configuration(
            path=self.path,
            agencies=MappingProxyType(self.agencies),
            own=MappingProxyType(mine),
            everybody=MappingProxyType(self.agencies),
            several=bool(self._named),
            connectors=MappingProxyType(named["connector"]),
            channels=MappingProxyType(named["channel"]),
            signers=MappingProxyType(named["signer"]),
            messengers=MappingProxyType(named["messenger"]),
            feedback=MappingProxyType(named["feedback"]),
            warnings=tuple(self.warnings),
            values=tuple(self._values(complete)),
            secrets=tuple(self._secrets()),
            **complete,
        )

    def _blame(self, section: RawSection, key: str, message: str) -> None:
        place = section.entries[key].place if key in section.entries else section.place
        self.problems.append(Problem(place, section.name, key, message))

    def _check(self, model: type[Settings], name: str, ignore: Sequence[str] = ()) -> Settings | None:
        checked = check_section(model, self.sections.get(name), name, file=self.path, ignore=ignore)
        self.problems += checked.problems
        if checked.settings is not None:
            self.written.append((name, model, checked.settings))
        return checked.settings

    def _unknown_section(self, section: RawSection) -> None:
        family, colon, name = section.name.partition(":")
        forms = [*SECTIONS, *(f"{known}:{name}" if colon else known for known in FAMILIES)]
        message = _("mục không được biết đến.")
        if family in FAMILIES or (family == "agency" and not colon):
            message = _("mục này cần một tên: [{family}:TÊN].").format(family=family)
        else:
            message += nearest(section.name, forms)
        self._blame(section, "", message)

    def _plugin_section(self, section: RawSection, family: str, name: str, kinds: Mapping[str, Kind]) -> Section | None:
        common_keys = tuple(ini_keys(CommonSettings))
        common_only = RawSection(
            section.name, section.place, {key: entry for key, entry in section.entries.items() if key in common_keys}
        )
        checked = check_section(CommonSettings, common_only, section.name, file=self.path)
        self.problems += checked.problems
        if checked.settings is None:
            return None
        common = cast(CommonSettings, checked.settings)
        unsaid = bool(self._named) and "agency" not in section.entries  # nobody's by default, not even main's
        if self.agencies and (unsaid or common.agency not in self.agencies):
            message = _("không có cơ quan nào mang khóa này.") + nearest(common.agency, list(self.agencies))
            if unsaid:
                message = _("có nhiều cơ quan: ghi agency = KHÓA, một trong: {keys}.").format(
                    keys=", ".join(self.agencies)
                )
            self._blame(section, "agency", message)
        kind = kinds.get(common.type)
        if kind is None:
            self._blame(section, "type", self._no_kind(common.type, kinds))
            return None
        self.written.append((section.name, CommonSettings, common))
        settings = self._check(kind.settings, section.name, ignore=common_keys)
        if settings is None:
            return None
        return Section(family, name, kind.name, common.agency, settings, section.place)

    def _no_kind(self, name: str, kinds: Mapping[str, Kind]) -> str:
        message = _("không plugin nào cung cấp loại này.") + nearest(name, kinds)
        if kinds:
            message += " " + _("Các loại có: {kinds}.").format(kinds=", ".join(kinds))
        for info in self.host.plugins():
            if info.problem and name in info.name:
                message += " " + _("Plugin {plugin} không nạp được: {problem}").format(
                    plugin=info.name, problem=info.problem
                )
        return message

    def _agencies(self) -> dict[str, AgencySettings]:
        """
        Read the agencies: one ``[agency]``, or several ``[agency:KEY]``; empty when they have faults.

        Of several one may be ``main``: what was the only agency of the store until now.
        """
        several = self._named
        if not several:
            found = self._check(AgencySettings, "agency")
            return {MAIN_AGENCY: cast(AgencySettings, found)} if found is not None else {}
        made: dict[str, AgencySettings] = {}
        for name in several:
            key = name.partition(":")[2]
            if not KEY.fullmatch(key):
                message = _("KHÓA chỉ gồm chữ thường không dấu, số và '-', tối đa 32 ký tự.")
                self._blame(self.sections[name], "", message)
                continue
            found = self._check(AgencySettings, name)
            if found is not None:
                made[key] = cast(AgencySettings, found)
        if "agency" in self.sections:
            message = _("đã có các mục [agency:KHÓA]: không dùng thêm mục [agency].")
            self._blame(self.sections["agency"], "", message)
        languages = {one.language for one in made.values()}
        if len(languages) > 1:
            self._blame(
                self.sections[several[-1]], "language", _("các cơ quan của một bản cài dùng chung một ngôn ngữ.")
            )
        return made

    @property
    def _named(self) -> list[str]:
        """Names of the sections ``[agency:KEY]``."""
        return [name for name in self.sections if name.startswith("agency:")]

    @property
    def _claimed(self) -> set[str]:
        """Names of the sections that speak of one agency: itself, and what it says for itself."""
        keys = [name.partition(":")[2] for name in self._named]
        return {f"{family}:{key}" for key in keys for family in ("agency", *PER_AGENCY)}

    def _own(self, agency: str) -> dict[str, Settings]:
        """Read what one of several agencies says for itself, on top of what the ini says for all."""
        made: dict[str, Settings] = {}
        for name in PER_AGENCY:
            section = self.sections.get(f"{name}:{agency}")
            if section is None or not self._named:
                continue
            base = self.sections.get(name)
            whole = RawSection(section.name, section.place, {**(base.entries if base else {}), **section.entries})
            checked = check_section(SECTIONS[name], whole, section.name, file=self.path)
            self.problems += [one for one in checked.problems if one not in self.problems]
            if checked.settings is not None:
                made[name] = checked.settings
                self.written.append((section.name, SECTIONS[name], checked.settings))
        return made

    def _check_filing(self, agency: str, dossier: Settings | None, name: str) -> None:
        """Refuse an agency that would file its dossiers through the connector of another."""
        if not isinstance(dossier, DossierSettings) or not dossier.file_to or not self._named:
            return
        section = self.sections.get(f"connector:{dossier.file_to}")
        entry = section.entries.get("agency") if section else None
        if section is not None and (entry is None or entry.text.strip() != agency):
            message = _("[connector:{name}] không phải của cơ quan {agency}.").format(
                name=dossier.file_to, agency=agency
            )
            place = self.sections.get(name) or self.sections["dossier"]
            self._blame(place, "file-to", message)

    def _check_links(self, own: Mapping[str, Settings | None]) -> None:
        """Check names in one section that stand for something elsewhere."""
        connectors = [name.partition(":")[2] for name in self.sections if name.startswith("connector:")]
        dossier, tagging = own["dossier"], own["tagging"]
        if isinstance(dossier, DossierSettings) and dossier.file_to and dossier.file_to not in connectors:
            message = _("không có mục [connector:{name}].").format(name=dossier.file_to)
            self._blame(self.sections["dossier"], "file-to", message + nearest(dossier.file_to, connectors))
        if isinstance(tagging, TaggingSettings):
            for name in tagging.use:
                if name in self.host.taggers:
                    continue
                message = _("không có bộ gắn nhóm '{name}'.").format(name=name) + nearest(name, self.host.taggers)
                if self._source("tagging", "use") != DEFAULT:
                    self._blame(self.sections["tagging"], "use", message)
                else:
                    self.warnings.append(str(Problem(str(self.path), "tagging", "use", message)))

    def _warn(self, own: Mapping[str, Any]) -> None:
        """Note what is allowed but should be looked at."""
        if self._source("dossier", "retention") == DEFAULT:
            message = _("thời hạn bảo quản {retention} là giá trị mặc định; cần lưu trữ cơ quan xác nhận và ghi rõ.")
            text = message.format(retention=own["dossier"].retention)
            self.warnings.append(str(Problem(str(self.path), "dossier", "retention", text)))
        for section, key, secret in self._secrets():
            file = secret.folder / Path(secret.name).expanduser()
            if secret.kind == "file" and _others_can_read(file):
                text = _("mọi người trên máy đọc được tệp bí mật {file}; hãy chmod 600.").format(file=file)
                self.warnings.append(str(Problem(self._source(section, key), section, key, text)))

    def _secrets(self) -> Iterator[tuple[str, str, SecretRef]]:
        for section, model, settings in self.written:
            for key, field in ini_keys(model).items():
                value = getattr(settings, field)
                if isinstance(value, SecretRef):
                    yield section, key, value

    def _source(self, section: str, key: str) -> str:
        raw = self.sections.get(section)
        entry = raw.entries.get(key) if raw else None
        return entry.place if entry and entry.text.strip() else DEFAULT

    def _values(self, own: Mapping[str, Any]) -> Iterator[Value]:
        """Yield every value in force, sections in the order of the schema, then of the files."""
        for section, model, settings in self.written:
            final = own.get(section, settings)
            for key, field in ini_keys(model).items():
                text = value_text(model, field, getattr(final, field))
                yield Value(section, key, _USER_INFO.sub(r"\1:***", text), self._source(section, key))


def _completed(own: dict[str, Any]) -> dict[str, Any]:
    """Fill defaults that follow from other values: places under the work folder, the node's name."""
    store: StoreSettings = own["store"]
    dossier: DossierSettings = own["dossier"]
    work: WorkSettings = own["work"]
    return own | {
        "store": store.model_copy(
            update={
                "database": store.database or f"sqlite:///{store.folder / 'congkhai.sqlite'}",
                "vault": store.vault or str(store.folder / "vault"),
            }
        ),
        "dossier": dossier.model_copy(update={"folder": dossier.folder or store.folder / "dossiers"}),
        "work": work.model_copy(update={"node": work.node or socket.gethostname()}),
    }


def _others_can_read(file: Path) -> bool:
    """Tell whether everybody on the machine may read a file (POSIX only)."""
    if os.name != "posix":
        return False
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False  # a missing secret is told by congkhai check, with its own advice
