"""
What a simulated agency lives through: papers that come and go, faults planted in them, and outages.

One JSON file drives every simulator::

    {"name", "start", "end", "agency": {"name", "code"},
     "entries": [{"id", "at", "via", "direction", "type", "number", "issued", "issuer", "subject", "secrecy", "signer",
                  "urgency", "identifier", "files": [{"name", "text"}], "act", "target", "fault"}],
     "outages": [{"via", "from", "to"}]}

Moments are ISO 8601 with zone; ``issued`` is a date or null.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any


class ScenarioError(ValueError):
    """The scenario file cannot be used; the message names the entry and the field."""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """One attachment: the name that the source shows, and the text its page carries."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One paper, at the moment at which the outside system begins to show it.

    Attributes:
        at: with zone; the entry is due from this moment on.
        via: simulator that shows it: ``ioffice`` or ``edxml``.
        direction: ``in`` or ``out``.
        secrecy: marking as the source writes it; empty when the source leaves the field empty.
        act: ``new``, ``recall``, ``update`` or ``replace``; `target` is the id of the entry it is about.
        fault: None, or the code of what is wrong with the paper or its packet.
        more: members this record has no field for, as they stand in the file.
    """

    id: str
    at: datetime
    via: str
    direction: str
    type: str
    number: str
    issued: date | None
    issuer: str
    subject: str
    secrecy: str
    signer: str
    urgency: str = ""
    identifier: str = ""
    files: tuple[ScenarioFile, ...] = ()
    act: str = "new"
    target: str | None = None
    fault: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch of simulated time, start included and end not, in which one simulator does not answer."""

    via: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    Everything a simulator plays.

    Attributes:
        entries: ordered by moment, then by place in the file.
    """

    name: str
    start: datetime
    end: datetime
    agency_name: str
    agency_code: str
    entries: tuple[Entry, ...]
    outages: tuple[Outage, ...] = ()

    def due(self, via: str, now: datetime) -> tuple[Entry, ...]:
        """Return the entries of one simulator whose moment has come, in order."""
        return tuple(entry for entry in self.entries if entry.via == via and entry.at <= now)

    def entry(self, key: str) -> Entry | None:
        """Return the entry with this id, of whatever simulator."""
        return next((entry for entry in self.entries if entry.id == key), None)

    def out_of_order(self, via: str, now: datetime) -> bool:
        """Tell whether one simulator is in an outage at this moment."""
        return any(outage.via == via and outage.start <= now < outage.end for outage in self.outages)


def moment(text: Any, where: str) -> datetime:
    """Parse an ISO 8601 moment; one without a zone raises ScenarioError, because it names no moment."""
    try:
        value = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{where}: not an ISO 8601 moment: {text!r}") from error
    if value.tzinfo is None:
        raise ScenarioError(f"{where}: a moment needs its zone: {text!r}")
    return value


def load_scenario(path: Path) -> Scenario:
    """
    Read a scenario file.

    Raises:
        ScenarioError: unreadable, not JSON, or a field that does not fit; duplicate entry ids too.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    return parse_scenario(raw)


def parse_scenario(raw: Mapping[str, Any]) -> Scenario:
    """Turn the JSON object of a scenario file into records; raises ScenarioError."""
    try:
        entries = [_entry(item) for item in raw.get("entries", ())]
        agency = raw.get("agency", {})
        scenario = Scenario(
            name=str(raw["name"]),
            start=moment(raw["start"], "start"),
            end=moment(raw["end"], "end"),
            agency_name=str(agency.get("name", "")),
            agency_code=str(agency.get("code", "")),
            entries=tuple(sorted(entries, key=lambda entry: entry.at)),
            outages=tuple(
                Outage(str(item["via"]), moment(item["from"], "outage"), moment(item["to"], "outage"))
                for item in raw.get("outages", ())
            ),
        )
    except KeyError as error:
        raise ScenarioError(f"missing field {error}") from error
    keys = [entry.id for entry in scenario.entries]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ScenarioError(f"entry ids used twice: {', '.join(twice)}")
    return scenario


_KNOWN = {
    "id", "at", "via", "direction", "type", "number", "issued", "issuer", "subject", "secrecy", "signer", "urgency",
    "identifier", "files", "act", "target", "fault",
}  # fmt: skip


def _entry(item: Mapping[str, Any]) -> Entry:
    key = str(item["id"])
    if item["direction"] not in {"in", "out"}:
        raise ScenarioError(f"{key}: direction is 'in' or 'out', not {item['direction']!r}")
    issued = item.get("issued")
    try:
        issued_on = date.fromisoformat(issued) if issued else None
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{key}: issued is not a date: {issued!r}") from error
    return Entry(
        id=key,
        at=moment(item["at"], key),
        via=str(item["via"]),
        direction=item["direction"],
        type=str(item.get("type") or ""),
        number=str(item.get("number") or ""),
        issued=issued_on,
        issuer=str(item.get("issuer") or ""),
        subject=str(item.get("subject") or ""),
        secrecy=str(item.get("secrecy") or ""),
        signer=str(item.get("signer") or ""),
        urgency=str(item.get("urgency") or ""),
        identifier=str(item.get("identifier") or ""),
        files=tuple(ScenarioFile(str(file["name"]), str(file.get("text", ""))) for file in item.get("files") or ()),
        act=str(item.get("act") or "new"),
        target=item.get("target"),
        fault=item.get("fault"),
        more={name: value for name, value in item.items() if name not in _KNOWN},
    )
