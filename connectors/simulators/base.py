"""The part of a simulator that remembers: its clock, its memory, its journal and the faults planted in it."""

import json
import random
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from .scenario import Entry, Scenario, moment
from .wire import Call, Reply, json_reply, write_json


class Refused(Exception):  # noqa: N818 - it is an answer of the control interface, not a failure of the simulator
    """A control call that cannot be carried out; its text is the answer's ``error``."""


@dataclass(slots=True)
class Fault:
    """
    A planted fault: it hits the calls whose label contains `on`, from the `after`-th on, `times` times.

    Attributes:
        more: further members of the script (``retry_after``, ``ms`` …).
    """

    fault: str
    on: str = ""
    after: int = 0
    times: int = 1
    more: dict[str, Any] = field(default_factory=dict)


class Simulator:
    """
    Base of a simulated system.

    A simulator sets `kind` and `via`, keeps what it knows in `memory` (JSON values only) and overrides `serve` (the
    simulated wire), `advanced` (what happens when time moves), `act` and `ready`. All of them are called under `lock`.
    """

    kind: ClassVar[str] = "base"
    via: ClassVar[str] = ""

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        self.folder = folder
        self.scenario = scenario
        self.lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        kept = self._read()
        self.now: datetime = moment(kept["now"], "state") if kept else scenario.start
        self.faults: list[Fault] = [Fault(**item) for item in kept.get("faults", [])]
        self.memory: dict[str, Any] = kept.get("memory", {})
        self.port: int = kept.get("port", 0)
        self._recent: deque[float] = deque()
        self._chaos = random.Random(self._chaos_seed)  # noqa: S311 - faults that can be replayed

    # what a simulator overrides

    def serve(self, call: Call) -> Reply:
        """Answer one call of the simulated wire."""
        return json_reply({"error": f"no such path: {call.path}"}, 404)

    def advanced(self) -> None:
        """Do what is due at `now`; called at start and after every movement of the clock. MUST be repeatable."""

    def act(self, name: str, body: Mapping[str, Any]) -> Any:  # noqa: ARG002 - for those who override it
        """Carry out ``POST /_simulator/NAME`` and return its JSON answer; raises Refused."""
        raise Refused(f"no such act: {name}")

    def ready(self, base: str) -> dict[str, str]:  # noqa: ARG002 - for those who override it
        """Return what the ready line says besides ``control``; `base` is ``http://127.0.0.1:PORT``."""
        return {}

    def show(self) -> dict[str, Any]:
        """Return what ``GET /_simulator/state`` says besides kind, moment and due entries."""
        return {}

    # what a simulator uses

    def due(self) -> tuple[Entry, ...]:
        """Return this simulator's entries whose moment has come, in order."""
        return self.scenario.due(self.via, self.now)

    def in_outage(self) -> bool:
        """Tell whether the scenario has this simulator out of order now."""
        return self.scenario.out_of_order(self.via, self.now)

    def record(self, **fields: Any) -> None:
        """Append one line to the journal, with the simulated moment."""
        line = json.dumps({"at": self.now.isoformat(), **fields}, ensure_ascii=False)
        with self.lock, self._journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def calls(self) -> list[dict[str, Any]]:
        """Return the journal, oldest first; a last line cut off by a kill is left out."""
        if not self._journal.exists():
            return []
        found = []
        for line in self._journal.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    def limited(self, now: float) -> Reply | None:
        """Return a 429 when the last calls came faster than the limit that was set; `now` counts real seconds."""
        calls, seconds = self.memory.get("limit", (0, 0.0))
        if not calls:
            return None
        while self._recent and self._recent[0] <= now - seconds:
            self._recent.popleft()
        if len(self._recent) >= calls:
            wait = max(1, round(self._recent[0] + seconds - now))
            self.memory["refused_by_limit"] = self.memory.get("refused_by_limit", 0) + 1
            return Reply(status=429, body=b"Too many requests", headers=(("Retry-After", str(wait)),))
        self._recent.append(now)
        return None

    def take_fault(self, label: str, *codes: str) -> Fault | None:
        """
        Return the next planted fault for this call and use it up, or one that chaos throws, or None.

        Args:
            label: what names the call, usually method and path; a fault's ``on`` is looked for in it.
            codes: only these faults; none given means any.
        """
        with self.lock:
            for fault in self.faults:
                if fault.on not in label or (codes and fault.fault not in codes):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    self.save()
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                self.save()
                return fault
            return self._thrown(codes)

    def _thrown(self, codes: tuple[str, ...]) -> Fault | None:
        """Throw one of `codes` at random, at the rate that ``chaos`` was given for a whole call."""
        chaos = self.memory.get("chaos")
        if not chaos or not codes:
            return None
        chosen = sorted(set(codes) & set(chaos["faults"]) if chaos["faults"] else set(codes))
        if not chosen or self._chaos.random() >= chaos["rate"]:
            return None
        return Fault(self._chaos.choice(chosen))

    @property
    def _chaos_seed(self) -> int:
        return int((self.memory.get("chaos") or {}).get("seed", 0))

    def save(self) -> None:
        """Write the state atomically: a kill at any moment leaves the former or the new state."""
        with self.lock:
            write_json(
                self._state,
                {
                    "now": self.now.isoformat(),
                    "port": self.port,
                    "memory": self.memory,
                    "faults": [
                        {"fault": item.fault, "on": item.on, "after": item.after, "times": item.times,
                         "more": item.more} for item in self.faults
                    ],
                },
            )  # fmt: skip

    # the control interface

    def control(self, method: str, name: str, body: Mapping[str, Any]) -> Any:
        """Answer one control call; raises Refused."""
        with self.lock:
            if method == "GET":
                return self._look(name)
            if name == "clock":
                return self.set_clock(moment(body.get("now"), "now"))
            if name == "fault":
                return self._plant(dict(body))
            if name in {"chaos", "skew", "limit"}:
                return self._habit(name, body)
            return self.act(name, body)

    def set_clock(self, now: datetime) -> dict[str, str]:
        """Move simulated time and do what is due; raises Refused when `now` lies before the present."""
        with self.lock:
            if now < self.now:
                raise Refused(f"the clock stands at {self.now.isoformat()} and never goes back")
            self.now = now
            self.save()
            self.advanced()
            return {"now": self.now.isoformat()}

    def _habit(self, name: str, body: Mapping[str, Any]) -> Any:
        if name == "skew":
            self.memory["skew"] = int(body.get("seconds", 0))
        elif name == "limit":
            self.memory["limit"] = (int(body.get("calls", 0)), float(body.get("seconds", 1)))
        else:
            faults = [str(code) for code in body.get("faults", ())]
            self.memory["chaos"] = {
                "rate": float(body.get("rate", 0)), "seed": int(body.get("seed", 0)), "faults": faults,
            }  # fmt: skip
            self._chaos.seed(self._chaos_seed)
        self.save()
        return self.memory[name]

    def _look(self, name: str) -> Any:
        if name == "clock":
            return {"now": self.now.isoformat()}
        if name == "journal":
            return {"calls": self.calls()}
        if name == "fault":
            return {"faults": [{"fault": item.fault, "on": item.on, "times": item.times} for item in self.faults]}
        if name == "state":
            due = [entry.id for entry in self.due()]
            return {"kind": self.kind, "now": self.now.isoformat(), "due": due, **self.show()}
        raise Refused(f"nothing to see: {name}")

    def _plant(self, body: dict[str, Any]) -> Any:
        if body.get("clear"):
            self.faults.clear()
        else:
            if not body.get("fault"):
                raise Refused("a fault needs its code")
            self.faults.append(
                Fault(
                    fault=str(body.pop("fault")),
                    on=str(body.pop("on", "")),
                    after=int(body.pop("after", 0)),
                    times=int(body.pop("times", 1)),
                    more=body,
                )
            )
        self.save()
        return {"faults": len(self.faults)}

    @property
    def _state(self) -> Path:
        return self.folder / "state.json"

    @property
    def _journal(self) -> Path:
        return self.folder / "journal.jsonl"

    def _read(self) -> dict[str, Any]:
        if not self._state.exists():
            return {}
        kept: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        return kept
