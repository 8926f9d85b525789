"""
A simulated VNPT iWork / iOffice v3 (``.ashx`` handlers) behind a provincial gateway, as two published clients saw it.

Switches (``POST /_simulator/switch``): ``token_ttl`` (calls), ``expiry`` (``401``, ``403``, ``body``, ``text``),
``rotate`` (each refresh hands out a new refresh token and kills the old one), ``refresh`` (``no``: refused), ``paging``
(``border_repeat``, ``extra_row``, ``shift``, ``stuck``), ``cap`` (rows), ``empty`` (``braces``: ``{rỗng}`` for empty),
``level`` (``urgent``: the secrecy word stands in ``TenCapDo`` and ``DoMat`` is empty), ``vanished`` and ``denied`` (ids
of papers: taken back without a word; no right to them any more), ``spelling`` (``newer``: the other names of the dates,
members of the detail in small letters), ``ids`` (``int``). Faults as in ``ioffice_faults``.
Handlers that mark as read answer success and are counted as tripwires, like any call that is not a reading one.

Acts: ``switch``, ``token`` (an operator's token and refresh token).
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

from . import ioffice_papers as shown
from .base import Fault, Refused, Simulator
from .control import main
from .ioffice_faults import AFTER, BEFORE, ON_FILES, instead, page, plain, spoiled, spoiled_file
from .paper import attachment_bytes
from .scenario import Scenario
from .wire import Call, Reply, json_reply

APP = "/ioffice/Ajax/"
REFRESH = "/iwork/Oauth/api/v1/RefreshToken"
STORAGE = "/kho/get"
_TRIPWIRES = ("click_xemdi", "click_xemden", "clickxem_vanban", "notify", "readed")


class IworkSimulator(Simulator):
    """Simulated iWork with one agency's papers."""

    kind: ClassVar[str] = "iwork"
    via: ClassVar[str] = "iwork"

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        super().__init__(folder, scenario)
        self._held: list[shown.Paper] = []
        self._seen: list[shown.Paper] = []
        self._by_id: dict[int, shown.Paper] = {}
        self._seen_at: datetime | None = None

    def ready(self, base: str) -> dict[str, str]:
        """Say where it is, and hand out what an operator would: a token and a refresh token."""
        tokens = self.act("token", {})
        return {"url": base + "/", "storage": base.removeprefix("http://"), **tokens}

    def show(self) -> dict[str, Any]:
        """Return tripwires hit, the papers shown, and how often the token was renewed."""
        return {
            "tripwires": self.memory.get("tripwires", []), "papers": [paper.id for paper in self._papers()],
            "renewed": self.memory.get("renewed", 0), "switches": self._switches,
        }  # fmt: skip

    def act(self, name: str, body: Mapping[str, Any]) -> Any:
        """Carry out an act of the system's operator."""
        if name == "switch":
            self._switches.update(body)
            self._seen_at = None
        elif name == "token":
            self.memory.setdefault("refresh", self._made("refresh", 0))
            self.memory["token"] = self.memory.get("token") or self._made("token", 0)
            self.save()
            return {"token": self.memory["token"], "refresh": self.memory["refresh"]}
        else:
            raise Refused(f"no such act: {name}")
        self.save()
        return self._switches

    def serve(self, call: Call) -> Reply:
        """Answer one call and write it down; tokens never reach the journal."""
        query = {name: values[-1] for name, values in parse_qs(call.query, keep_blank_values=True).items()}
        kind = query.get("type") or query.get("action") or ""
        label = f"{call.method} {call.path} {kind}"
        facts: dict[str, Any] = {"method": call.method, "path": call.path, "type": kind}
        if "documentId" in query:
            facts["id"] = query["documentId"]
        if self.in_outage():
            reply = page("<html><body>Service Unavailable</body></html>", 503)
        elif fault := self.take_fault(label, *BEFORE):
            facts["fault"] = fault.fault
            reply = self._expired() if fault.fault == "expired" else instead(fault)
        else:
            reply = self._work(call, query, facts)
            if reply.status == 200 and (fault := self.take_fault(label, *AFTER - {"number_code"})):
                facts["fault"] = fault.fault
                reply = spoiled(reply, fault)
        self.record(**facts, status=reply.status)
        return reply

    def _work(self, call: Call, query: Mapping[str, str], facts: dict[str, Any]) -> Reply:
        if call.path == REFRESH and call.method == "GET":
            return self._renew(query)
        handler = call.path.removeprefix(APP) if call.path.startswith(APP) else ""
        if not self._good(call, query, handler):
            return self._expired()
        asked = query.get("type", "")
        if call.method == "GET" and handler == "IworkHandler.ashx":
            if asked in {"xemdi", "xemden"}:
                return self._list("out" if asked == "xemdi" else "in", query)
            if asked in {"xemdi_chitiet", "xemden_chitiet"}:
                return self._detail(query.get("documentId", ""))
        if call.method == "GET" and handler == "IworkVanThuHandler.ashx" and asked == "xulyden":
            return self._list("in", query)
        if call.method == "GET" and handler == "IworkFileHandler.ashx" and query.get("action") == "getfile":
            return self._file(query.get("fileName", ""))
        if call.method == "GET" and call.path == STORAGE:
            return self._file(query.get("key", ""))
        if handler or any(mark in call.path for mark in _TRIPWIRES):
            facts["tripwire"] = True
            kept = self.memory.setdefault("tripwires", [])
            kept.append({"at": self.now.isoformat(), "label": f"{call.method} {handler} {asked}"})
            self.save()
            return _good("TRUE")
        return page("<html><body>404</body></html>", 404)

    def _good(self, call: Call, query: Mapping[str, str], handler: str) -> bool:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        if handler == "IworkFileHandler.ashx":
            given = query.get("access_token", "")
        elif call.path == STORAGE:
            given = query.get("token", "")
        if not given or given != self.memory.get("token"):
            return False
        limit = self._switches.get("token_ttl")
        self.memory["used"] = self.memory.get("used", 0) + 1
        return limit is None or self.memory["used"] <= int(limit)

    def _renew(self, query: Mapping[str, str]) -> Reply:
        if self._switches.get("refresh") == "no" or query.get("refreshToken") != self.memory.get("refresh"):
            return json_reply({"code": "ERROR", "message": "Refresh token không hợp lệ", "value": None})
        number = self.memory.get("renewed", 0) + 1
        self.memory |= {"renewed": number, "token": self._made("token", number), "used": 0}
        if self._switches.get("rotate"):
            self.memory["refresh"] = self._made("refresh", number)
        self.save()
        return _good({"accessToken": self.memory["token"], "refreshToken": self.memory["refresh"]})

    def _expired(self) -> Reply:
        how = self._switches.get("expiry", "401")
        if how == "text":
            return plain("Not found application: ioffice")
        if how == "body":
            return json_reply({"code": "ERROR", "message": "Phiên đăng nhập hết hạn", "value": None})
        return json_reply({"message": "Unauthorized"}, int(how))

    def _made(self, what: str, number: int) -> str:
        digest = hashlib.sha256(f"{self.scenario.name} {what} {number}".encode()).hexdigest()
        return f"sim.{what}.{number}.{digest[:24]}"

    def _papers(self) -> list[shown.Paper]:
        if self._seen_at != self.now:
            self._held = shown.papers(self.scenario, self.now, self.via)
            self._seen = shown.without(self._held, self._switches)
            self._by_id = {paper.id: paper for paper in self._seen}
            self._seen_at = self.now
        return self._seen

    def _list(self, direction: str, query: Mapping[str, str]) -> Reply:
        number, size = int(query.get("page", "1")), min(int(query.get("length", "10")), self._cap(query))
        named = {"soKyHieu": query.get("column_sohieu", ""), "trichYeu": query.get("column_trichyeu", "")}
        found = [paper for paper in shown.search(self._papers(), named) if paper.entry.direction == direction]
        how, first = self._switches.get("paging", ""), (number - 1) * size
        if how == "stuck":
            first = min(first, max(0, (len(found) - 1) // size * size))
        if how == "shift" and number > 1:
            first -= 1
        last = first + size + (1 if how == "extra_row" else 0)
        if how == "border_repeat" and number > 1 and first < len(found):
            first -= 1
        rows = [self._row(paper) for paper in found[first:last]]
        # The total counts the repeated rows too, as the real one does.
        total = len(found) + (len(found) // size if how else 0)
        return _good({"total": total, "data": rows})

    def _cap(self, query: Mapping[str, str]) -> int:
        return int(self._switches.get("cap") or query.get("length", "10"))

    def _row(self, paper: shown.Paper) -> dict[str, Any]:
        entry, received = paper.entry, f"{shown.local(paper.shown):%d/%m/%Y %H:%M}"
        members = {
            "macongvan": paper.id if self._switches.get("ids") == "int" else str(paper.id), "sohieu": entry.number,
            "trichyeu": entry.subject, "ngaytao": received, "ngaybh": _day(paper), "ngayden": received,
            "cqbh": entry.issuer, "nguoiky": entry.signer, "domat": self._level(entry.secrecy)[0],
            "loaivanban": entry.type, "files": [file.name for file in entry.files],
        }  # fmt: skip
        if self._switches.get("spelling") == "newer":
            members["ngaybanhanh"], members["ngaynhan"] = members.pop("ngaybh"), members.pop("ngayden")
        return members

    def _detail(self, key: str) -> Reply:
        self._papers()
        paper = self._by_id.get(int(key)) if key.isdigit() else None
        if shown.is_denied(self._held, key, self._switches):
            return json_reply({"code": "FORBIDDEN", "message": "Không có quyền xem văn bản", "value": None})
        if paper is None or paper.entry.fault == "gone":
            return json_reply({"code": "NOT_FOUND", "message": "Không tìm thấy văn bản", "value": None})
        entry = paper.entry
        marking, level = self._level(entry.secrecy)
        members = {
            "SoHieu": entry.number, "TrichYeu": entry.subject, "LoaiVanBan": entry.type, "LinhVuc": "",
            "CoQuanBanHanh": entry.issuer, "NguoiKy": entry.signer, "NgayBanHanh": _day(paper),
            "NgayDen": f"{shown.local(paper.shown):%d/%m/%Y %H:%M}", "SoDen": str(paper.id), "TenCapDo": level,
            "DoMat": marking, "NoiNhan": "", "NguonVanBan": "", "ButPhe": "", "MaDinhDanh": entry.identifier,
            "Attachments": [
                {"Id": number, "FileName": file.name, "FilePath": f"{STORAGE}?key={paper.id}_{number}&token=cu"}
                for number, file in enumerate(entry.files)
            ],
        }  # fmt: skip
        if self._switches.get("empty") == "braces":
            members = {name: "{rỗng}" if value == "" else value for name, value in members.items()}
        if self._switches.get("spelling") == "newer":
            members = {name.lower() if name != "Attachments" else name: value for name, value in members.items()}
        return _good(members)

    def _level(self, secrecy: str) -> tuple[str, str]:
        if self._switches.get("level") == "urgent" and secrecy not in {"", "Thường"}:
            return "", secrecy
        return secrecy, "Thường"

    def _file(self, key: str) -> Reply:
        found = self._content(key)
        if found is None:
            return json_reply({"code": "NOT_FOUND", "message": "Không có tệp", "value": None})
        fault = self.take_fault(f"GET file {key}", *ON_FILES)
        if fault is not None:
            return spoiled_file(found, Fault(fault.fault))
        return Reply(body=found, content_type="application/octet-stream")

    def _content(self, key: str) -> bytes | None:
        """Find a file by its storage key (``PAPER_NUMBER``) or by its name, as the handler does."""
        self._papers()
        paper, _line, number = key.partition("_")
        if paper.isdigit() and number.isdigit() and int(paper) in self._by_id:
            files = self._by_id[int(paper)].entry.files
            if int(number) < len(files):
                return attachment_bytes(files[int(number)].name, files[int(number)].text)
        for one in self._seen:
            for file in one.entry.files:
                if file.name == key:
                    return attachment_bytes(file.name, file.text)
        return None

    @property
    def _switches(self) -> dict[str, Any]:
        switches: dict[str, Any] = self.memory.setdefault("switches", {})
        return switches


def _day(paper: shown.Paper) -> str:
    if paper.entry.fault == "bad_date":
        return "31/02/2025"
    issued = paper.entry.issued
    return f"{issued.day:02d}/{issued.month:02d}/{issued.year:04d}" if issued else ""


def _good(value: Any) -> Reply:
    return json_reply({"code": "OK", "message": "", "value": value})


if __name__ == "__main__":
    raise SystemExit(main(IworkSimulator))
