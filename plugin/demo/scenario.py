"""
The demo's commune on paper: what appears in its e-office and drop folder, when, and what is wrong with it.

The file ``scenario.json`` beside this module is read by the demo and, as a plain file, by the simulators. Reading goes
through `load_scenario`, which refuses a scenario that contradicts itself and names every fault at once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError

from ..errors import InputError
from ..records import Direction
from ..text import _

CANARY = "CANARY-7F3A"
"""Stands in the subject and text of every state secret of the scenario; must never be found under a work folder."""

DEFAULT = Path(__file__).with_name("scenario.json")
_STRICT = ConfigDict(extra="forbid")

Via = Literal["ioffice", "edxml"]
Category = Literal[
    "policy", "workplan", "budget", "assets", "public_investment", "personnel", "integrity", "inspection",
    "internal_rules", "feedback", "superior_docs", "other",
]  # fmt: skip
Fault = Literal["duplicate", "leading_junk", "bad_date", "zip_lie", "half", "dtd"]


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """One attachment: its name as sent and the text on its page; the simulator makes the file of it."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Expect:
    """
    What is true of an entry, for tests.

    Attributes:
        category: key of the category its content belongs to; None for no category.
        disclosure: whether it opens a disclosure of its own, whatever becomes of that later (recall, replacement).
        refused: whether the secrecy gate must refuse it: a state secret, or a marking that is empty or unknown.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    category: Category | None
    disclosure: bool
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One paper at its source.

    Attributes:
        id: unique within the scenario.
        at: moment from which the source offers it, with zone.
        type: kind of paper (tên loại văn bản) in words.
        issued: date of the paper; None when it bears none.
        secrecy: the e-office's marking as written; empty on the edXML axis, which has no such field.
        identifier: edXML document identifier; a recall repeats the one of its target.
        files: attachments in order.
        act: what the packet does; all but ``new`` name a `target`.
        target: id of the earlier entry that a recall, update or replacement is about.
        fault: what the simulator spoils: the packet comes twice (``duplicate``), has bytes before its declaration
            (``leading_junk``), an impossible date inside its identifier (``bad_date``), an attachment whose zip is
            something else (``zip_lie``), is cut in half (``half``), or declares a DTD with entities (``dtd``).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    id: str
    at: AwareDatetime
    via: Via
    direction: Direction
    type: str
    number: str
    issued: date | None
    issuer: str
    subject: str
    secrecy: str
    signer: str
    urgency: str
    files: tuple[ScenarioFile, ...]
    expect: Expect
    identifier: str = ""
    act: Literal["new", "recall", "update", "replace"] = "new"
    target: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source does not answer; `start` inclusive, `end` exclusive, with zone."""

    via: Via
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the commune: role in the regulation, name and title as they stand on paper."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    role: str
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class ScenarioAgency:
    """The commune: key of its ini section, name, agency code (mã định danh), kind, regulation and place of papers."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    key: str
    name: str
    code: str
    kind: Literal["xa", "so", "trung_tam", "van_phong"]
    regulation: str
    place: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A whole simulated time of one agency.

    Attributes:
        start, end: first and last moment, with zone; every entry lies between them.
        entries: by `Entry.at`, earliest first.
    """

    name: str
    start: datetime
    end: datetime
    agency: ScenarioAgency
    entries: tuple[Entry, ...]
    outages: tuple[Outage, ...]
    people: tuple[Person, ...]

    def entry(self, id: str) -> Entry:  # noqa: A002 - the field that is asked for has this name
        """Return the entry of that id. Raises KeyError."""
        for entry in self.entries:
            if entry.id == id:
                return entry
        raise KeyError(id)

    def person(self, role: str) -> Person:
        """Return the first person who holds a role. Raises KeyError."""
        for person in self.people:
            if person.role == role:
                return person
        raise KeyError(role)


@dataclass(frozen=True, slots=True)
class _OutageOnFile:
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    via: Via
    start: AwareDatetime
    end: AwareDatetime


@dataclass(frozen=True, slots=True)
class _ScenarioOnFile:
    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    start: AwareDatetime
    end: AwareDatetime
    agency: ScenarioAgency
    entries: tuple[Entry, ...]
    outages: tuple[_OutageOnFile, ...]
    people: tuple[Person, ...]


_FILE = TypeAdapter(_ScenarioOnFile)


def load_scenario(path: Path = DEFAULT) -> Scenario:
    """
    Read and check a scenario file.

    Args:
        path: a JSON file in UTF-8; by default the one that comes with the demo.

    Returns:
        The scenario, its entries sorted by the moment they appear.

    Raises:
        InputError: the file cannot be read, is not JSON, or contradicts itself; names every fault.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise _refuse(str(path), (_("không đọc được: {reason}").format(reason=error),)) from error
    return parse_scenario(data, where=str(path))


def parse_scenario(data: object, where: str = "") -> Scenario:
    """
    Check a scenario that was read from JSON.

    Args:
        data: what `json.loads` gave.
        where: file name for messages.

    Raises:
        InputError: names every fault, each with its place such as ``entries.3.at``.
    """
    if isinstance(data, dict) and isinstance(data.get("outages"), list):
        data = data | {"outages": [_outage_names(outage) for outage in data["outages"]]}
    try:
        found = _FILE.validate_json(json.dumps(data))
    except ValidationError as error:
        faults = tuple(f"{'.'.join(map(str, fault['loc']))}: {_sentence(fault)}" for fault in error.errors())
        raise _refuse(where, faults) from error
    scenario = Scenario(
        name=found.name,
        start=found.start,
        end=found.end,
        agency=found.agency,
        entries=tuple(sorted(found.entries, key=lambda entry: (entry.at, entry.id))),
        outages=tuple(Outage(outage.via, outage.start, outage.end) for outage in found.outages),
        people=found.people,
    )
    if faults := tuple(_contradictions(scenario)):
        raise _refuse(where, faults)
    return scenario


def _outage_names(outage: object) -> object:
    """The file says ``from`` and ``to``, which Python keeps for itself in part."""
    if not isinstance(outage, dict):
        return outage
    names = {"from": "start", "to": "end"}
    return {names.get(key, key): value for key, value in outage.items()}


def _sentence(fault: object) -> str:
    kind = fault["type"] if isinstance(fault, dict) else ""
    known = {
        "missing": _("thiếu trường này"),
        "extra_forbidden": _("trường không có trong định dạng"),
        "unexpected_keyword_argument": _("trường không có trong định dạng"),
        "literal_error": _("giá trị không thuộc danh sách cho phép"),
        "enum": _("giá trị không thuộc danh sách cho phép"),
        "timezone_aware": _("thời điểm phải có múi giờ, ví dụ 2026-06-29T08:00:00+07:00"),
    }
    detail = fault.get("msg", "") if isinstance(fault, dict) else ""
    return known.get(kind, _("giá trị không hợp lệ ({detail})").format(detail=detail))


def _contradictions(scenario: Scenario) -> Iterator[str]:
    if scenario.end <= scenario.start:
        yield _("end: phải sau start")
    seen: dict[str, Entry] = {}
    for entry in scenario.entries:
        yield from (f"{entry.id}: {fault}" for fault in _faults_of(entry, scenario, seen))
        seen[entry.id] = entry
    for number, outage in enumerate(scenario.outages):
        if not scenario.start <= outage.start < outage.end <= scenario.end:
            yield _("outages.{number}: phải nằm trọn trong thời gian của kịch bản").format(number=number)
    roles = [person.role for person in scenario.people]
    for role in ("head", "front_chair", "records_officer"):
        if roles.count(role) != 1:
            yield _("people: cần đúng một người giữ vai trò {role}").format(role=role)


def _faults_of(entry: Entry, scenario: Scenario, seen: dict[str, Entry]) -> Iterator[str]:
    if entry.id in seen:
        yield _("mã này đã dùng cho một mục khác")
    if not scenario.start <= entry.at <= scenario.end:
        yield _("at nằm ngoài thời gian của kịch bản")
    if entry.issued is not None and entry.issued > entry.at.date():
        yield _("issued sau thời điểm xuất hiện")
    if (entry.act == "new") == (entry.target is not None):
        yield _("target phải có khi act khác new, và chỉ khi đó")
    if entry.target is not None:
        yield from _target_faults(entry, seen.get(entry.target))
    if entry.via == "edxml" and not entry.identifier:
        yield _("gói edXML phải có identifier")
    if entry.via == "ioffice" and (entry.act != "new" or entry.fault is not None):
        yield _("act khác new và fault chỉ có trên trục edXML")
    names = [file.name for file in entry.files]
    if len(set(names)) != len(names) or not all(file.name and file.text for file in entry.files):
        yield _("mỗi tệp cần một tên riêng và có nội dung")
    if entry.fault == "zip_lie" and not entry.files:
        yield _("zip_lie cần ít nhất một tệp")
    if entry.expect.disclosure and (entry.expect.category is None or entry.expect.refused):
        yield _("expect: công khai thì phải có danh mục và không bị từ chối")
    if CANARY in entry.subject and not entry.expect.refused:
        yield _("expect: mục mang dấu bí mật phải bị từ chối")


def _target_faults(entry: Entry, target: Entry | None) -> Iterator[str]:
    if target is None:
        yield _("target {target} không có trước mục này").format(target=entry.target)
    elif target.via != entry.via:
        yield _("target {target} không cùng nguồn").format(target=entry.target)
    elif entry.act == "recall" and target.identifier != entry.identifier:
        yield _("thu hồi phải mang identifier của {target}").format(target=entry.target)


def _refuse(where: str, faults: tuple[str, ...]) -> InputError:
    return InputError(
        what=_("Kịch bản trình diễn không dùng được: {faults}.").format(faults="; ".join(faults)),
        where=where,
        advice=_("Sửa các chỗ đã nêu trong tệp kịch bản rồi chạy lại."),
        code="congkhai-E190",
    )
