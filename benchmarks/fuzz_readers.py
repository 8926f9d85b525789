"""
The readers of outside data as functions of bytes: each takes one input through everything that would read it.

Every target is the connector itself with its settings; only the call that would leave the machine is answered from
memory, one of its answers being the mutated input. What may come out is an offer or an error of the house; anything
else is a crash.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from congkhai.connectors.edxml_documents import PacketReader
from congkhai.connectors.edxml_settings import EdxmlSettings
from congkhai.connectors.ioffice import IofficeConnector
from congkhai.connectors.ioffice_settings import IofficeSettings
from congkhai.connectors.iwork import IworkConnector
from congkhai.connectors.iwork_settings import IworkSettings
from congkhai.connectors.manners_wire import Reply
from congkhai.connectors.simulators.edxml import entry_packets
from congkhai.connectors.simulators.edxml_packets import FAULTS, PacketFields, PacketFile, Party
from congkhai.connectors.simulators.edxml_soap import FAULTS as SOAP_FAULTS
from congkhai.connectors.simulators.edxml_soap import soap_packet
from congkhai.connectors.simulators.invent import invented
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.vxp import VxpConnector
from congkhai.connectors.vxp_settings import VxpSettings
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import CongkhaiError, InputError
from congkhai.plugin.interfaces import Connector, Context
from congkhai.plugin.records import PulledDocument

NOW = datetime(2025, 7, 9, 3, tzinfo=UTC)
US = "000.00.01.TT1"
_FILE = attachment_bytes("15-KH-UBND.pdf", "Số: 15/KH-UBND")


class Nobody:
    """A house that holds nothing and has refused nothing."""

    def fingerprint(self, remote_id: str) -> str | None:  # noqa: ARG002 - nothing is held
        """Return None."""
        return None

    def lacks_files(self, remote_id: str) -> bool:  # noqa: ARG002 - nothing is held
        """Return False."""
        return False

    def refused(self, remote_id: str) -> bool:  # noqa: ARG002 - nothing was refused
        """Return False."""
        return False

    def ticket(self, remote_id: str) -> str:
        """Return the id itself."""
        return remote_id

    def refused_ticket(self, ticket: str) -> bool:  # noqa: ARG002 - nothing was refused
        """Return False."""
        return False


@dataclass(frozen=True, slots=True)
class Target:
    """
    A reader.

    Attributes:
        seeds: inputs that it reads as they are, each with its step on the wire (``list``, ``detail``).
        read: reads one input (``step``, input); returns how many papers and files it got.
    """

    name: str
    seeds: tuple[tuple[str, bytes], ...]
    read: Callable[[str, bytes], int]


def _read_all(connector: Connector) -> int:
    """Do what intake does with everything that is offered, and keep nothing; returns how many papers and files."""
    got = 0
    try:
        for item in connector.pull(None, Nobody()):
            if isinstance(item, PulledDocument) and connector.plain(item.secrecy):
                got += 1
                for ref in connector.list_attachments(item):
                    try:
                        connector.open_attachment(ref)
                    except InputError:
                        continue
                    got += 1
    except CongkhaiError:
        pass
    return got


def edxml(folder: Path) -> Target:
    """The edXML reader, both forms, down to the opened attachments."""
    settings = EdxmlSettings.model_validate(
        {
            "folder": str(folder / "inbox"), "agency-ids": US, "complete-when": "renamed", "source-is-plain": "yes",
            "source-is-plain-basis": "thử", "trim-leading-junk": "3", "max-packet": "4 MiB", "max-attachment": "8 MiB",
            "max-decoded": "16 MiB",
        }
    )  # fmt: skip
    reader = PacketReader(settings, FixedClock(NOW))

    def read(_step: str, data: bytes) -> int:
        try:
            packet = reader.parse(data)
            if packet.act == "status":
                return 0
            document = reader.aimed(reader.document(packet, "0" * 64, data, "x"), Nobody())
            reader.check_hold(document, packet, Nobody(), {})
            refs = reader.attachments(packet, "x")
        except InputError:
            return 0
        got = 1
        for ref in refs:
            try:
                reader.open(packet, ref.ref.rpartition("#")[2])
            except InputError:
                continue
            got += 1
        return got

    return Target("edxml", tuple(("packet", one) for one in packets()), read)


def packets() -> list[bytes]:
    """Return packets of both forms, sound and spoilt, none longer than 64 KiB."""
    scenario = parse_scenario(invented("edxml", 6, 3))
    found = []
    for fault in (None, "decomposed", "mark_in_text", *sorted(FAULTS - {"zip_bomb", "many_receivers"})):
        entry = replace(scenario.entries[len(found) % 6], issued=NOW.date(), fault=None)
        found += entry_packets(entry, scenario, fault)
    fields = PacketFields(
        "000.00.00.TT9,2025/07/01,15/KH-UBND", "15/KH-UBND", "2025/07/01", "Kế hoạch", "Kế hoạch thử",
        Party("000.00.00.TT9", "UBND tỉnh Mẫu"), (Party(US, "UBND xã Mẫu"),),
        files=(PacketFile("15-KH-UBND.pdf", _FILE),),
    )  # fmt: skip
    found += [soap_packet(fields), *(soap_packet(fields, {fault}) for fault in sorted(SOAP_FAULTS))]
    return [one for one in found if len(one) <= 64 * 1024]


def _answering(connector: Any, folder: Path, answer: Callable[[requests.PreparedRequest], bytes]) -> Connector:
    """Answer a connector's calls from memory: nothing leaves, nothing waits."""

    def send(prepared: requests.PreparedRequest, *, limit: int | None = None, sink: Any = None) -> Reply:
        del limit, sink
        return Reply(200, {}, answer(prepared))

    folder.mkdir(parents=True, exist_ok=True)
    connector._client.web.send = send  # the one call that would leave the machine
    connector._client.web.sleep = lambda _seconds: None
    return connector  # type: ignore[no-any-return]  # a connector as it came, with one method of its client replaced


def _envelope(data: Any) -> bytes:
    return json.dumps({"status": {"code": "0", "message": ""}, "data": data}, ensure_ascii=False).encode()


def _context(folder: Path, name: str) -> Context:
    def no_blob(sha256: str) -> Any:
        raise AssertionError(sha256)

    (folder / "token").write_text("t", encoding="utf-8")
    return Context(name, "main", FixedClock(NOW), no_blob, folder / name)


_ROW = {"id": "1001", "trichYeu": "Kế hoạch thử", "soKihieu": "15/KH-UBND", "coQuanBanHanh": "UBND tỉnh Mẫu",
        "ngayVanBan": "01/07/2025", "congVanDenDi": "1", "ngayNhan": "02/07/2025 08:00"}  # fmt: skip
_DETAIL = {"id": "1001", "trichYeu": "Kế hoạch thử", "soKiHieu": "15/KH-UBND", "hinhThucVanBan": "Kế hoạch",
           "ngayVanBan": "01/07/2025", "ngayDenDi": "02/07/2025 08:00", "donViBanHanh": "UBND tỉnh Mẫu",
           "doMat": "Thường", "doUuTien": "Khẩn", "nguoiKiChinh": "Nguyễn Văn Mẫu", "soTrang": 2,
           "hanGiaiQuyet": "2025-07-20"}  # fmt: skip


def ioffice(folder: Path) -> Target:
    """The iOffice reader: lists, details, attachment lists, downloads in both modes."""
    seeds = {
        "list": _envelope([_ROW, {**_ROW, "id": 1002, "ngayVanBan": "2025-07-01 00:00:00"}]),
        "detail": _envelope(_DETAIL), "download": _FILE,
        "files": _envelope([{"id": "9", "name": "15-KH-UBND.pdf", "fileSize": str(len(_FILE)), "attachmentId": "7"}]),
    }  # fmt: skip
    context = _context(folder, "ioffice")
    settings = IofficeSettings.model_validate(
        {"base-url": "https://vanphong.example.vn/qlvb/", "token": "{file token}", "lists": "search", "retries": "0",
         "breaker-failures": "0", "secrecy-empty-is-plain": "yes", "related-files": "yes", "max-file-size": "4 MiB"},
        context={"folder": folder},
    )  # fmt: skip
    now: list[tuple[str, bytes]] = [("", b"")]

    def answer(call: requests.PreparedRequest) -> bytes:
        path = (call.url or "").partition("/qlvb/")[2]
        step = ("list" if "lookupdocument" in path else "detail" if "getdetail" in path
                else "download" if "file/download" in path else "files")  # fmt: skip
        if step == "list" and json.loads(call.body or b"{}").get("pageNo") != "1":
            return _envelope([])
        return now[0][1] if step == now[0][0] else seeds[step]

    connector = _answering(IofficeConnector(settings, context), folder / "ioffice", answer)

    def read(step: str, data: bytes) -> int:
        now[0] = (step, data)
        return _read_all(connector)

    return Target("ioffice", tuple(seeds.items()), read)


def iwork(folder: Path) -> Target:
    """The iWork reader: lists, details, downloads by path."""
    row = {"macongvan": "7", "sohieu": "15/KH-UBND", "trichyeu": "Kế hoạch thử", "ngaybh": "01/07/2025",
           "ngayden": "02/07/2025 08:00", "cqbh": "UBND tỉnh Mẫu", "domat": "Thường", "files": ["a.pdf"]}  # fmt: skip
    detail = {"SoHieu": "15/KH-UBND", "TrichYeu": "Kế hoạch thử", "NgayBanHanh": "01/07/2025", "DoMat": "Thường",
              "TenCapDo": "Thường", "Attachments": [{"FileName": "a.pdf", "FilePath": "/kho/get?key=7_0"}]}  # fmt: skip

    def good(value: Any) -> bytes:
        return json.dumps({"code": "OK", "message": "", "value": value}, ensure_ascii=False).encode()

    seeds = {"list": good({"total": 1, "data": [row]}), "detail": good(detail), "download": _FILE}
    context = _context(folder, "iwork")
    settings = IworkSettings.model_validate(
        {"base-url": "https://iwork.example.vn", "token": "{file token}", "lists": "den", "retries": "0",
         "breaker-failures": "0", "secrecy-empty-is-plain": "yes", "file-mode": "path", "max-file-size": "4 MiB"},
        context={"folder": folder},
    )  # fmt: skip
    now: list[tuple[str, bytes]] = [("", b"")]

    def answer(call: requests.PreparedRequest) -> bytes:
        url = urlsplit(call.url or "")
        asked = dict(parse_qsl(url.query))
        step = "download" if ".ashx" not in url.path else "detail" if "chitiet" in asked.get("type", "") else "list"
        if step == "list" and asked.get("page") != "1":
            return good({"total": 0, "data": []})
        return now[0][1] if step == now[0][0] else seeds[step]

    connector = _answering(IworkConnector(settings, context), folder / "iwork", answer)

    def read(step: str, data: bytes) -> int:
        now[0] = (step, data)
        return _read_all(connector)

    return Target("iwork", tuple(seeds.items()), read)


def vxp(folder: Path) -> Target:
    """The reader of the document axis: queue, envelope, packet."""

    def good(value: Any) -> bytes:
        return json.dumps({"status": "OK", "ErrorCode": "0", "ErrorDesc": "", "data": value}).encode()

    packet = packets()[0]
    listed = [{"docId": "a.1", "serviceType": "eDoc", "created_time": "1", "filePath": "/kho/a.1.edxml"}]
    seeds = {"list": good(listed), "envelope": good(base64.b64encode(packet).decode()), "packet": packet}
    context = _context(folder, "vxp")
    settings = VxpSettings.model_validate(
        {"endpoint": "https://truc.example.vn/vxp", "system-id": "congkhai", "secret": "{file token}",
         "own-system-id": "yes", "agency-ids": US, "source-is-plain": "yes", "source-is-plain-basis": "thử",
         "retries": "0", "breaker-failures": "0", "max-packet": "4 MiB", "max-attachment": "8 MiB"},
        context={"folder": folder},
    )  # fmt: skip
    now: list[tuple[str, bytes]] = [("", b"")]

    def answer(call: requests.PreparedRequest) -> bytes:
        step, data = now[0]
        if (call.url or "").endswith("getReceivedEdocList"):
            if "status" in call.headers.values():
                return good([])
            return data if step == "list" else seeds["list"]
        return data if step in ("envelope", "packet") else seeds["envelope"]

    connector = _answering(VxpConnector(settings, context), folder / "vxp", answer)

    def read(step: str, data: bytes) -> int:
        now[0] = (step, data)
        return _read_all(connector)

    return Target("vxp", tuple(seeds.items()), read)


def targets(folder: Path) -> Iterator[Target]:
    """Make every reader, its working files below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in (edxml, ioffice, iwork, vxp):
        yield make(folder)
