"""
A simulated national document axis (VXP): queues of edXML packets, one per system id, and signed headers.

Two system ids read here: ``congkhai`` (ours) and ``qlvb`` (the province's own e-office, with the same packets in a
queue of its own). A packet leaves the queue of a system id when that system id confirms it. Switches (``POST
/_simulator/switch``): ``order`` (``sent``, ``sorted``: how the signed JSON is ordered), ``raw`` (packets come as bytes
instead of base64), ``deny`` (the system id is refused), ``window`` (seconds by which a timestamp may be off; unset:
not looked at). Faults as in ``ioffice_faults``; a packet's own faults as in ``edxml``. Tripwires: ``sendEdoc``,
``registerAgency``, ``deleteAgency``, and ``updateStatus`` unless the switch ``may_confirm`` is on.

Acts: ``switch``, ``consume`` {"systemid", "docId"} (the second reader takes one of its own).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from congkhai.plugin.clock import ZONE, SystemClock

from .base import Refused, Simulator
from .control import main
from .edxml import entry_packets
from .ioffice_faults import AFTER, BEFORE, instead, page, spoiled
from .scenario import Scenario
from .wire import Call, Reply, json_reply

SERVICE = "/vxp/"
SECRETS = {"congkhai": "bi-mat-gia-1", "qlvb": "bi-mat-gia-2"}
_PREFIX = "xroadvnpt-"
_TRIPWIRES = frozenset({"sendEdoc", "registerAgency", "deleteAgency"})


class VxpSimulator(Simulator):
    """Simulated axis with the packets of one scenario."""

    kind: ClassVar[str] = "vxp"
    via: ClassVar[str] = "vxp"

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        super().__init__(folder, scenario)
        self._packets: dict[str, list[bytes]] = {}  # made once: a queue is asked for as often as it has packets

    def ready(self, base: str) -> dict[str, str]:
        """Say where the service is, and hand out what its operator would."""
        return {"url": base + SERVICE, "system_id": "congkhai", "secret": SECRETS["congkhai"]}

    def show(self) -> dict[str, Any]:
        """Return tripwires hit, and what each system id has confirmed and still has waiting."""
        return {
            "tripwires": self.memory.get("tripwires", []), "confirmed": self._confirmed,
            "waiting": {name: [id_ for id_, _packet in self._queue(name)] for name in SECRETS},
        }  # fmt: skip

    def act(self, name: str, body: Mapping[str, Any]) -> Any:
        """Carry out an act of the operator, or of the second reader."""
        if name == "switch":
            self._switches.update(body)
        elif name == "consume":
            self._confirmed.setdefault(str(body["systemid"]), []).append(str(body["docId"]))
        else:
            raise Refused(f"no such act: {name}")
        self.save()
        return self._switches

    def serve(self, call: Call) -> Reply:
        """Answer one call and write it down."""
        name = call.path.removeprefix(SERVICE) if call.path.startswith(SERVICE) else ""
        said = {key.removeprefix(_PREFIX): value for key, value in call.headers.items() if key.startswith(_PREFIX)}
        facts: dict[str, Any] = {"method": call.method, "path": name, "system": said.get("systemid", "")}
        label = f"{call.method} {name} {said.get('messagetype', '')}"
        if self.in_outage():
            reply = page("<html><body>Service Unavailable</body></html>", 503)
        elif fault := self.take_fault(label, *BEFORE - {"expired"}):
            facts["fault"] = fault.fault
            reply = json_reply(_fail("9999")) if fault.fault == "body_error" else instead(fault)
        else:
            reply = self._work(call, name, said, facts)
            if reply.status == 200 and (fault := self.take_fault(label, *AFTER - {"number_code"})):
                facts["fault"] = fault.fault
                reply = spoiled(reply, fault)
        self.record(**facts, status=reply.status)
        return reply

    def _work(self, call: Call, name: str, said: Mapping[str, str], facts: dict[str, Any]) -> Reply:
        if call.method != "POST" or not name:
            return page("<html><body>404</body></html>", 404)
        if self._switches.get("deny") or not self._signed(call, said):
            return json_reply(_fail("401"), 401)
        system = said["systemid"]
        if name in _TRIPWIRES or (name == "updateStatus" and not self._switches.get("may_confirm")):
            facts["tripwire"] = True
            self.memory.setdefault("tripwires", []).append({"at": self.now.isoformat(), "label": name})
            self.save()
            return json_reply(_good(None))
        if name == "getReceivedEdocList":
            rows = [
                {"docId": id_, "serviceType": "eDoc", "messageType": "edoc", "created_time": id_, "from": "A",
                 "to": "B", "status": "initial", "filePath": f"/kho/{id_}.edxml"}
                for id_, _packet in self._queue(system)
            ]  # fmt: skip
            return json_reply(_good(rows if said.get("messagetype") == "edoc" else []))
        if name == "getEdoc":
            packet = dict(self._queue(system)).get(said.get("docid", ""))
            if packet is None:
                return json_reply(_fail("404"))
            if self._switches.get("raw"):
                return Reply(body=packet, content_type="application/octet-stream")
            return json_reply(_good(base64.b64encode(packet).decode("ascii")))
        if name == "updateStatus":
            self._confirmed.setdefault(system, []).append(said.get("docid", ""))
            self.save()
            return json_reply(_good(None))
        return json_reply(_fail("400"))

    def _signed(self, call: Call, said: Mapping[str, str]) -> bool:
        secret = SECRETS.get(said.get("systemid", ""))
        names = said.get("sign-header-key", "").split(";")
        if secret is None or any(name.lower() not in call.headers for name in names):
            return False
        if not {f"{_PREFIX}systemid", f"{_PREFIX}timestamp"} <= {name.lower() for name in names}:
            return False
        ordered = sorted(names) if self._switches.get("order") == "sorted" else names
        members = {name: call.headers[name.lower()] for name in ordered}
        written = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        right = hmac.new(secret.encode(), written, hashlib.sha256).hexdigest()
        return hmac.compare_digest(right, said.get("sign-header", "")) and self._timely(said["timestamp"])

    def _timely(self, text: str) -> bool:
        try:
            stamp = datetime.strptime(text.partition("+")[0] + "+0700", "%d%m%YT%H%M%S%z")
        except ValueError:
            return False
        window = self._switches.get("window")
        now = SystemClock().now().astimezone(ZONE)
        skew = float(self.memory.get("skew", 0))
        return window is None or abs((stamp.astimezone(UTC) - now).total_seconds() - skew) <= float(window)

    def _queue(self, system: str) -> list[tuple[str, bytes]]:
        """Return ids and packets that wait for a system id, oldest first."""
        gone = set(self._confirmed.get(system, []))
        found = []
        for entry in self.due():
            if entry.id not in self._packets:
                self._packets[entry.id] = entry_packets(entry, self.scenario, entry.fault)
            for number, packet in enumerate(self._packets[entry.id], start=1):
                id_ = f"{entry.id}.{number}"
                if id_ not in gone:
                    found.append((id_, packet))
        return found

    @property
    def _confirmed(self) -> dict[str, list[str]]:
        confirmed: dict[str, list[str]] = self.memory.setdefault("confirmed", {})
        return confirmed

    @property
    def _switches(self) -> dict[str, Any]:
        switches: dict[str, Any] = self.memory.setdefault("switches", {})
        return switches


def _good(data: Any) -> dict[str, Any]:
    return {"status": "OK", "ErrorCode": "0", "ErrorDesc": "", "data": data}


def _fail(code: str) -> dict[str, Any]:
    return {"status": "FAIL", "ErrorCode": code, "ErrorDesc": "Không thực hiện được"}


if __name__ == "__main__":
    raise SystemExit(main(VxpSimulator))
