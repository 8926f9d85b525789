"""
Simulated sender of edXML packets: drops a file into ``FOLDER/inbox`` when a paper of the scenario becomes due.

Each packet is put there exactly once, however often the process is killed: it is written under ``outgoing`` first, then
noted as sent, then renamed into the inbox; a restart finishes the renames that are still open.
"""

import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from .control import Refused, Simulator, main, write_bytes
from .edxml_packets import FAULTS, PacketFields, PacketFile, Party, document_packet
from .paper import attachment_bytes
from .scenario import Entry, Scenario

_VIETNAM = timezone(timedelta(hours=7))
_PRIORITIES = {"": "0", "thường": "0", "khẩn": "1", "thượng khẩn": "2", "hỏa tốc": "3", "hoả tốc": "3"}
_NO_MARK = frozenset({"", "thường", "không", "không mật", "bình thường"})
_OWN_FAULTS = frozenset({"duplicate", "same_id", "mark_in_text", "decomposed"})


class EdxmlSimulator(Simulator):
    """The other agencies' software at the drop folder."""

    kind = "edxml"
    via = "edxml"

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        super().__init__(folder, scenario)
        self.inbox = folder / "inbox"
        self.outgoing = folder / "outgoing"
        self.inbox.mkdir(exist_ok=True)
        self.outgoing.mkdir(exist_ok=True)

    def advanced(self) -> None:
        """Put the packets that are due into the inbox, except during an outage."""
        self._finish_renames()
        if self.in_outage():
            return
        for entry in self.due():
            if entry.id not in self._sent:
                planted = self.take_fault(f"send {entry.id}")
                self._send(entry, planted.fault if planted else entry.fault)

    def act(self, name: str, body: Mapping[str, Any]) -> Any:
        """``POST /_simulator/again {"id", "fault"?}`` sends an entry once more, as a new file."""
        if name != "again":
            raise Refused(f"no such act: {name}")
        entry = self.scenario.entry(str(body.get("id")))
        if entry is None or entry.id not in self._sent:
            raise Refused(f"never sent: {body.get('id')}")
        return {"files": self._send(entry, str(body["fault"]) if body.get("fault") else None)}

    def ready(self, base: str) -> dict[str, str]:  # noqa: ARG002 - the folder is the wire
        """Name the drop folder."""
        return {"folder": str(self.inbox)}

    def show(self) -> dict[str, Any]:
        """Return what was sent, and what still lies in the inbox."""
        return {"sent": self._sent, "inbox": sorted(path.name for path in self.inbox.iterdir())}

    @property
    def _sent(self) -> dict[str, list[str]]:
        sent: dict[str, list[str]] = self.memory.setdefault("sent", {})
        return sent

    def _send(self, entry: Entry, fault: str | None) -> list[str]:
        packets = entry_packets(entry, self.scenario, fault)
        first = sum(len(names) for names in self._sent.values()) + 1
        names = [f"{first + offset:05d}-{entry.id}.edxml" for offset in range(len(packets))]
        for name, packet in zip(names, packets, strict=True):
            write_bytes(self.outgoing / name, packet)
        self._sent.setdefault(entry.id, []).extend(names)
        self.save()
        self._finish_renames()
        self.record(sent=entry.id, files=names, fault=fault)
        return names

    def _finish_renames(self) -> None:
        noted = {name for names in self._sent.values() for name in names}
        for path in sorted(self.outgoing.iterdir()):
            if path.name in noted:
                path.rename(self.inbox / path.name)


def entry_packets(entry: Entry, scenario: Scenario, fault: str | None) -> list[bytes]:
    """
    Make the packets of one entry, in the order in which they are dropped.

    Args:
        entry: the paper.
        scenario: for its agency and for the entry that a recall, update or replacement is about.
        fault: None, a code of `FAULTS`, or ``duplicate`` (the same packet again), ``same_id`` (another paper under the
            same id), ``mark_in_text`` (the secrecy mark stands in the first file and not in the subject),
            ``decomposed`` (the subject in Unicode NFD).

    Raises:
        ValueError: unknown fault.
    """
    if fault is not None and fault not in FAULTS | _OWN_FAULTS:
        raise ValueError(f"{entry.id}: unknown fault {fault!r}")
    fields = _fields(entry, scenario, mark_in_text=fault == "mark_in_text")
    if fault == "decomposed":
        fields = replace(fields, subject=unicodedata.normalize("NFD", fields.subject))
    packet = document_packet(fields, {fault} & FAULTS if fault else ())
    if fault == "duplicate":
        return [packet, packet]
    if fault == "same_id":
        other = _fields(entry, scenario, mark_in_text=False, subject=f"{entry.subject} (bản khác)")
        return [packet, document_packet(other)]
    return [packet]


def identifier_of(entry: Entry, scenario: Scenario) -> str:
    """Return the ``DocumentId`` under which an entry travels: its own, or sender, date and number."""
    day = f"{entry.issued:%Y/%m/%d}" if entry.issued else ""
    return entry.identifier or f"{_sender(entry, scenario).id},{day},{entry.number}"


def _sender(entry: Entry, scenario: Scenario) -> Party:
    return _agency(scenario) if entry.direction == "out" else Party(_test_id(entry.issuer), entry.issuer)


def _agency(scenario: Scenario) -> Party:
    return Party(scenario.agency_code or "000.00.00.TT1", scenario.agency_name)


def _test_id(name: str) -> str:
    """Return an organisation id of the test range for a name; always the same, never a real one."""
    return f"{zlib.crc32(name.encode()) % 1000:03d}.00.01.TT2"


def _fields(entry: Entry, scenario: Scenario, *, mark_in_text: bool, subject: str | None = None) -> PacketFields:
    target = scenario.entry(entry.target) if entry.target else None
    target_id = identifier_of(target, scenario) if target else ""
    recalled = target_id if entry.act == "recall" else ""
    mark = entry.secrecy.strip().upper() if entry.secrecy.strip().lower() not in _NO_MARK else ""
    subject = entry.subject if subject is None else subject
    files = []
    for number, file in enumerate(entry.files):
        text = f"{mark}\n{file.text}" if mark and mark_in_text and number == 0 else file.text
        files.append(PacketFile(file.name, attachment_bytes(file.name, text)))
    ours = _agency(scenario)
    receiver = Party(_test_id("nơi nhận"), "UBND tỉnh Mẫu") if entry.direction == "out" else ours
    return PacketFields(
        identifier=recalled or identifier_of(entry, scenario),
        number=entry.number,
        issued=f"{entry.issued:%Y/%m/%d}" if entry.issued else "",
        type=entry.type,
        # edXML has no field for secrecy: a mark stands as on paper, alone on its line in capitals.
        subject=f"{mark}\n{subject}" if mark and not mark_in_text else subject,
        sender=_sender(entry, scenario),
        receivers=(receiver,),
        signer=entry.signer,
        priority=_PRIORITIES.get(entry.urgency.strip().lower(), "0"),
        act=entry.act,
        target=target_id,
        timestamp=f"{entry.at.astimezone(_VIETNAM):%Y/%m/%d %H:%M:%S}",
        files=tuple(files),
    )


if __name__ == "__main__":
    raise SystemExit(main(EdxmlSimulator))
