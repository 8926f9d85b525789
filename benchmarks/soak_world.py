"""
The world of the document soak: four simulated sources with invented papers, a commune, and the daemon that is killed.

``python -m benchmarks.soak_world FOLDER`` is that daemon: the real steps over the real store by simulated time, from
wherever the store stands to the end of the scenario. It may be killed at any moment and started again.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from congkhai.connectors.simulators.invent import invented
from congkhai.plugin.daemon import next_due, recover, run_due
from congkhai.plugin.demo.people import People, next_desk_moment
from congkhai.plugin.demo.place import Place, furnish, place_of, prepare
from congkhai.plugin.demo.scenario import Scenario, load_scenario
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house
from congkhai.plugin.logs import configure_logs
from congkhai.plugin.platform import sole_holder
from congkhai.plugin.records import Decision, Document, Tag, TagDecision
from congkhai.plugin.text import set_language

from .soak_acts import acts, outages, public_packets

SHARES = {"ioffice": 0.55, "iwork": 0.35, "vxp": 0.05, "edxml": 0.05}
"""How the papers are spread over the sources."""
DISCLOSED = "Kế hoạch công tác quý của xã Mẫu Sơn, bản số"
"""Begins the subject of the papers that are carried through to a filed dossier."""
DISCLOSED_EVERY = 600
LIVING_ON = timedelta(days=26)
"""How long the world goes on when the last paper has come: a plan of work hangs for twenty days, then it is filed."""
FAULTS = {
    "ioffice": ("5xx", "reset", "html", "text", "stacktrace", "429", "expired", "body_error", "not_utf8", "truncated",
                "bom", "mime", "cut", "number_code", "accept_then_garbage", "accept_then_timeout", "file_html",
                "file_empty", "file_envelope", "file_short"),
    "iwork": ("5xx", "reset", "html", "text", "stacktrace", "429", "expired", "body_error", "truncated", "bom", "mime",
              "cut", "file_html", "file_empty", "file_envelope", "file_short"),
    "vxp": ("5xx", "reset", "html", "text", "429", "truncated", "cut", "body_error"),
}  # fmt: skip
"""What is thrown at random, by source; all but ``gone``, which says that a paper is no more, and the slow ones."""
_TRUTH = "truth.json"
_CONTROLS = "controls.json"


class SoakTagger:
    """Decides by the subject alone, so that the number of dossiers is known; everything else needs no disclosure."""

    def tag(self, document: Document, text: str) -> TagDecision | None:  # noqa: ARG002 - decided by the subject
        """Propose the agency's work plan for the chosen papers."""
        if not document.subject.startswith(DISCLOSED):
            return TagDecision(Decision.NONE, decided_by="soak")
        return TagDecision(Decision.AUTO, (Tag("2", "workplan", 0.99, ("soak",)),), decided_by="soak")


class SoakPlugin:
    """Registers the tagger."""

    @hookimpl
    def register_taggers(self, register: Callable[..., None]) -> None:
        """Offer ``use = soak``."""
        register("soak", lambda _regulation: SoakTagger())


def arriving(documents: int) -> timedelta:
    """Return the time in which the papers arrive."""
    return timedelta(days=1 if documents <= 1000 else 5)


def scenario_of(end: datetime | None = None) -> Scenario:
    """Return the demo's commune with its people, and with no papers of its own."""
    demo = load_scenario()
    return replace(demo, entries=(), outages=(), end=end or demo.end)


def papers(documents: int, seed: int, start: datetime) -> list[dict[str, Any]]:
    """Invent the papers of all sources, in the order in which they appear."""
    entries: list[dict[str, Any]] = []
    for place, (via, share) in enumerate(SHARES.items()):
        count = max(2, round(documents * share))
        step = arriving(documents) / count
        for number, entry in enumerate(invented(via, count, seed + place)["entries"], start=1):
            at = start + timedelta(hours=1) + step * number
            entry |= {"at": at.isoformat()}
            if entry.get("issued") and entry["issued"].startswith("2025"):
                entry["issued"] = (at - timedelta(days=1)).date().isoformat()
            if via in ("vxp", "edxml"):
                _tame(entry, number)
            elif via == "ioffice" and number % DISCLOSED_EVERY == 7:
                _disclosed(entry, number, at)
            entries.append(entry)
    entries.append(_plan(start))
    entries += acts(entries, DISCLOSED, seed)
    entries += public_packets(DISCLOSED, start + timedelta(hours=2))
    return sorted(entries, key=lambda entry: (entry["at"], entry["id"]))


def _tame(entry: dict[str, Any], number: int) -> None:
    """Packets have an id and no secrecy field; what is wrong with packets has tests of its own."""
    # Every tenth paper comes by both ways under one id, as papers do; nothing happens to those.
    entry["shared"] = number % 10 == 0
    notation = "SOAK" if entry["shared"] else entry["via"].upper()
    entry["identifier"] = f"000.00.00.TT9,2026/06/{number % 28 + 1:02d},{number}/{notation}"
    entry |= {"secrecy": "", "direction": "in", "number": entry["number"] or f"{number}/UBND"}
    entry["subject"] = entry["subject"] or "V/v kiểm tra"
    if (entry.get("issued") or "2").startswith(("0001", "2090")):
        entry["issued"] = entry["at"][:10]
    if entry.get("fault") not in (None, "duplicate", "decomposed"):
        entry["fault"] = None
    for place, file in enumerate(entry["files"]):
        file["name"] = f"{number}-{place}.pdf"


def _disclosed(entry: dict[str, Any], number: int, at: datetime) -> None:
    entry |= {
        "subject": f"{DISCLOSED} {number}", "secrecy": "Thường", "direction": "out", "type": "Kế hoạch", "fault": None,
        "number": f"{number}/KH-UBND", "issuer": "UBND xã Mẫu Sơn", "issued": at.date().isoformat(),
    }  # fmt: skip
    entry["files"] = [{"name": f"{number}-KH-UBND.pdf", "text": f"Số: {number}/KH-UBND\n\n{entry['subject']}"}]


def _plan(start: datetime) -> dict[str, Any]:
    """The agency's disclosure plan of the year, which every disclosure dossier needs."""
    subject = "Kế hoạch thực hiện công khai thông tin của cơ quan năm 2026"
    return {
        "id": "io-plan", "at": (start + timedelta(minutes=30)).isoformat(), "via": "ioffice", "direction": "out",
        "type": "Kế hoạch", "number": "1/KH-UBND-CK", "issued": start.date().isoformat(), "issuer": "UBND xã Mẫu Sơn",
        "subject": subject, "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu", "urgency": "Thường",
        "files": [{"name": "ke-hoach-cong-khai.pdf", "text": subject}],
    }  # fmt: skip


def write_scenario(folder: Path, documents: int, seed: int) -> Path:
    """Write the scenario that the simulators play; returns its path."""
    scenario = scenario_of()
    file = folder / _TRUTH
    file.write_text(
        json.dumps(
            {
                "name": f"soak-{seed}", "start": scenario.start.isoformat(),
                "end": (scenario.start + arriving(documents) + LIVING_ON).isoformat(),
                "agency": {"name": scenario.agency.name, "code": scenario.agency.code},
                "entries": papers(documents, seed, scenario.start),
                "outages": outages(scenario.start, arriving(documents)),
            },
            ensure_ascii=False,
        ),
        encoding="utf-8",
    )  # fmt: skip
    return file


@contextmanager
def outside(folder: Path, scenario: Path, rate: float, seed: int) -> Iterator[dict[str, dict[str, str]]]:
    """Run the four simulators for the time of the block, throwing faults at `rate`; yields their ready lines."""
    host, processes, lines = Host(), list[subprocess.Popen[str]](), dict[str, dict[str, str]]()
    try:
        for kind in SHARES:
            command = [*host.simulators[kind].command, "--state", str(folder / kind), "--scenario", str(scenario)]
            process = subprocess.Popen(  # noqa: S603 - our own module with our own arguments
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            processes.append(process)
            lines[kind] = json.loads(process.stdout.readline()) if process.stdout else {}
            if kind in FAULTS:
                body = {"rate": rate, "seed": seed, "faults": FAULTS[kind]}
                requests.post(f"{lines[kind]['control']}/chaos", json=body, timeout=30).raise_for_status()
        ends = json.loads(scenario.read_text(encoding="utf-8"))["end"]
        told = {"end": ends, "controls": [line["control"] for line in lines.values()]}
        (folder / _CONTROLS).write_text(json.dumps(told), encoding="utf-8")
        yield lines
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=60)
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


_MORE = """
[connector:iwork]
type = iwork
base-url = {iwork}
token = {{file keys/iwork.token}}
refresh-token = {{file keys/iwork.refresh}}
file-mode = path
storage-hosts = {storage}
page-size = 100
max-rps = 1000
retry-wait = 2 ms
retry-after-limit = 1 s
full-sweep-every = 10 d
breaker-failures = 0
account-is-dedicated = yes

[connector:vxp]
type = vxp
endpoint = {vxp}
system-id = congkhai
own-system-id = yes
secret = {{file keys/vxp.secret}}
agency-ids = {code}
source-is-plain = yes
source-is-plain-basis = Thử tải
max-rps = 1000
retry-wait = 2 ms
retry-after-limit = 1 s
breaker-failures = 0
"""


def furnish_soak(place: Place, lines: dict[str, dict[str, str]]) -> None:
    """Write keys, ini and an empty store: the demo's commune with two sources more."""
    scenario = scenario_of()
    furnish(place, scenario, lines["ioffice"]["url"], lines["edxml"]["folder"])
    for name, text in (
        ("iwork.token", lines["iwork"]["token"]), ("iwork.refresh", lines["iwork"]["refresh"]),
        ("vxp.secret", lines["vxp"]["secret"]),
    ):  # fmt: skip
        key = place.folder / "keys" / name
        key.write_text(text, encoding="utf-8")
        key.chmod(0o600)
    ini = place.ini.read_text(encoding="utf-8")
    for before, after in (
        # Work that fails waits by the real clock: long enough for simulated days to go on between two attempts of many
        # pieces of work, and often enough for an outage of days, which is minutes here.
        ("retry-longest = 1 s", "retry-longest = 10 s\nattempts = 1000"),
        ("pull-every = 12 h", "pull-every = 4 h"), ("[tagging]\n", "[tagging]\nuse = soak\n"),
        ("page-size = 50\noverlap-days = 30\nfull-sweep-every = 14 d", "page-size = 100\noverlap-days = 6\n"
         "full-sweep-every = 10 d\nretry-wait = 2 ms\nretry-after-limit = 1 s"),
        ("retries = 0\n", ""),
    ):  # fmt: skip
        if before not in ini:
            raise ValueError(f"the demo's ini has changed: {before}")
        ini = ini.replace(before, after, 1)
    more = _MORE.format(
        iwork=lines["iwork"]["url"], storage=lines["iwork"]["storage"], vxp=lines["vxp"]["url"],
        code=scenario.agency.code,
    )  # fmt: skip
    place.ini.write_text(ini + more, encoding="utf-8")


def soak_house(place: Place) -> House:
    """Open the house of a soak."""
    return open_house(place.ini, Host(extra={"soak": SoakPlugin()}))


def live(house: House, controls: list[str], end: datetime) -> None:
    """Live on to `end` from wherever the store's clock stands."""
    scenario, session = scenario_of(end), requests.Session()
    people = People(house, scenario)
    with sole_holder(house.store.folder / "lock", "soak"):
        recover(house)
        while True:
            now = house.clock.now()
            for control in controls:
                session.post(f"{control}/clock", json={"now": now.isoformat()}, timeout=60).raise_for_status()
            while run_due(house) or people.work():
                pass
            if now >= scenario.end:
                return
            due = next_due(house)
            moments = [scenario.end, next_desk_moment(house, now), *([] if due is None else [max(due, now)])]
            house.store.set_simulated_time(min(moments))


def place_for(folder: Path) -> Place:
    """Make the folders of a soak."""
    return prepare(folder)


def main(arguments: list[str]) -> None:
    """Be the daemon of the soak in the given folder."""
    set_language("vi")
    configure_logs("error", "text")
    place = place_of(Path(arguments[0]))
    told = json.loads((place.outside / _CONTROLS).read_text(encoding="utf-8"))
    house = soak_house(place)
    try:
        live(house, told["controls"], datetime.fromisoformat(told["end"]))
    finally:
        house.close()


if __name__ == "__main__":
    main(sys.argv[1:])
