"""Papers that their source does not show any more: told after days, never believed lightly, decided by a person."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin import desk, worklist
from congkhai.plugin.cli import group
from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.host import Host
from congkhai.plugin.house import open_house
from congkhai.plugin.interfaces import Known, Presence, Sought
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.minutes.view import minutes_view
from congkhai.plugin.records import DisclosureState, DocumentStatus
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.plugin.vanished import confirm_recalled, keep_vanished
from congkhai.plugin.vanishing import plan_round

from .conftest import OpenOffice
from .office import BOARD, CLERK, SCRIPTED, STAFF_PAGE, START, Office
from .script import Script, Source, paper

QUIET = "[reminders]\nenabled = no\n"
WHY = "Văn phòng UBND tỉnh trả lời đã thu hồi"


@dataclass(eq=False)
class Shelf(Source):
    """A scripted source that can be asked for its papers."""

    missing: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    down: bool = False
    sought: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None

    def still_there(self, paper: Sought, known: Known) -> Presence:
        self.sought.append(paper.remote_id)
        if self.meanwhile is not None:
            self.meanwhile()
        assert known.fingerprint(paper.remote_id) is not None
        if self.down:
            raise OutsideError("nguồn không trả lời")
        if paper.remote_id in self.unknown:
            return Presence.UNKNOWN
        return Presence.GONE if paper.remote_id in self.missing else Presence.THERE


class Open(Protocol):
    def __call__(self, *channels: str, papers: int = 1, more: str = "") -> Office: ...


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def house_of(open_office: OpenOffice, shelf: Shelf) -> Open:
    def build(*channels: str, papers: int = 1, more: str = "") -> Office:
        office = open_office(*(channels or (STAFF_PAGE,)), QUIET, more, script=Script(source=shelf))
        office.receive(*(paper(str(number), f"Việc số {number}") for number in range(1, papers + 1)))
        live(office, hours=1)  # the next pull sees them for the first time
        return office

    return build


def live(office: Office, turns: int = 1, **span: float) -> None:
    """Live on, a day and a little at a time, each time with a pull that went well."""
    for _turn in range(turns):
        office.set_time(office.now + timedelta(**(span or {"hours": 27})))
        with office.house.store.write(office.house.agency, "test") as tx:
            plan_round(tx, office.house, "nguon")
        office.work()


def told(office: Office) -> list[str]:
    """The papers that ``status`` and the work list agree to wait for a word."""
    rows = [one["subject"] for one in status(office.house)["waiting"] if one["what"] == "vanished"]
    assert rows == [one.subject for one in worklist.items(office.house, "vanished")]
    assert worklist.counts(office.house)["vanished"] == len(rows)
    return rows


def test_what_is_missed_for_days_is_told_and_nothing_comes_down_by_itself(house_of: Open, shelf: Shelf) -> None:
    office = house_of()
    shelf.missing.add("1")
    live(office, 2)
    assert told(office) == []  # missed twice
    live(office, hours=20)
    assert told(office) == []  # asked too early
    live(office, hours=7)
    (document,) = told(office)
    (row,) = [one for one in status(office.house)["waiting"] if one["what"] == "vanished"]
    assert "nguon" in row["next"]
    assert row["id"] == office.matter().id
    live(office, 3)
    assert office.matter().state is DisclosureState.POSTED
    assert office.documents()[0].status is DocumentStatus.CURRENT
    (entry,) = office.journal("document.vanished")
    assert (entry["subject"], entry["actor"]) == (document, "congkhai")
    assert (entry["facts"]["source"], entry["facts"]["gone_times"]) == ("nguon", 3)
    shelf.missing.clear()  # it shows again: nobody need say anything
    live(office)
    assert told(office) == []
    assert len(office.journal("document.seen-again")) == 1
    with pytest.raises(NotAllowedError) as refused:
        confirm_recalled(office.house, document, CLERK, WHY)
    assert refused.value.code == "congkhai-E800"


def test_a_paper_that_its_source_holds_under_another_id_has_not_vanished(house_of: Open, shelf: Shelf) -> None:
    office = house_of()
    office.receive(paper("1b", "Việc số 1", number="1/UBND-VP"))  # entered anew; the old row is taken away
    shelf.missing = {"1"}
    live(office, 4)
    assert told(office) == []
    shelf.missing = {"1", "1b"}
    live(office, 3)
    assert len(told(office)) == 1


def test_three_times_within_two_days_are_not_enough(house_of: Open, shelf: Shelf) -> None:
    office = house_of(more="[vanished]\nlook-every = 12 h\n")
    shelf.missing.add("1")
    live(office, 4, hours=13.5)
    assert (len(shelf.sought), told(office)) == (5, [])  # once seen, four times missed in 40 hours
    live(office, hours=13.5)
    assert len(told(office)) == 1


def test_papers_are_asked_for_once_a_day_and_only_while_they_are_public(house_of: Open, shelf: Shelf) -> None:
    office = house_of(papers=2)
    office.script.keys["Không công khai"] = None
    office.receive(paper("9", "Không công khai"))
    shelf.sought.clear()
    live(office, 8, hours=13)  # every second of these moments is a day after the last look
    assert {one: shelf.sought.count(one) for one in shelf.sought} == {"1": 4, "2": 4}
    for matter in office.matters():
        desk.withdraw_matter(office.house, matter.id, CLERK, "xong")
    shelf.sought.clear()
    live(office, 2)
    assert shelf.sought == []


def test_no_false_alarm_from_a_source_that_is_down_unsure_or_never_showed_the_paper(
    house_of: Open, shelf: Shelf
) -> None:
    shelf.missing.add("1")  # never seen: its search does not cover it
    office = house_of(papers=3)
    shelf.down, shelf.missing = True, {"1", "2", "3"}
    live(office, 5)
    shelf.down, shelf.missing, shelf.unknown = False, {"1"}, {"2"}
    live(office, 5)
    shelf.unknown.clear()
    for shelf.missing in ({"1", "3"}, {"1", "3"}, {"1"}, {"1", "3"}, {"1", "3"}, {"1"}):  # missed and seen in turns
        live(office)
    assert told(office) == []
    assert office.journal("document.vanished") == []


def test_many_papers_that_vanish_together_are_a_fault_of_the_source(house_of: Open, shelf: Shelf) -> None:
    office = house_of(papers=6)
    shelf.missing = {"1", "2", "3", "4"}
    live(office, 6)
    assert told(office) == []
    (fault,) = [row for row in office.rows(t.fault) if row.place == "source-shows-less"]
    assert (fault.subject, fault.settled) == ("nguon", False)
    shelf.missing = {"1", "2"}
    live(office, 2)
    assert told(office) == []  # what was missed in the crowd does not count
    live(office, 1)
    assert len(told(office)) == 2
    (first, _second) = told(office)
    (matter,) = [one for one in office.matters() if first in one.documents]
    desk.withdraw_matter(office.house, matter.id, CLERK, "Hết cần")
    assert first not in told(office)  # nothing of it is public any more


def test_a_person_may_keep_it_and_its_source_is_not_asked_again(house_of: Open, shelf: Shelf) -> None:
    office = house_of()
    shelf.missing.add("1")
    live(office, 3)
    (document,) = told(office)
    shelf.missing.clear()
    shelf.meanwhile = lambda: keep_vanished(office.house, document, CLERK)
    live(office)  # it shows again in the very moment of the decision: the decision stands
    assert office.journal("document.seen-again") == []
    shelf.missing, shelf.meanwhile = {"1"}, None
    shelf.sought.clear()
    live(office, 4)
    assert (shelf.sought, told(office)) == ([], [])
    assert office.matter().state is DisclosureState.POSTED
    (entry,) = office.journal("document.kept")
    assert (entry["actor"], entry["subject"]) == (CLERK, document)
    with pytest.raises(NotAllowedError):
        keep_vanished(office.house, document, CLERK)


def test_what_nobody_has_seen_is_excluded_and_a_reason_is_needed(house_of: Open, shelf: Shelf) -> None:
    office = house_of(BOARD)
    shelf.missing.add("1")
    live(office, 3)
    (document,) = told(office)
    with pytest.raises(NotAllowedError):
        confirm_recalled(office.house, document, CLERK, " ")
    confirm_recalled(office.house, document, CLERK, WHY)
    assert office.matter().state is DisclosureState.EXCLUDED
    assert office.documents()[0].status is DocumentStatus.RECALLED


def test_nothing_is_asked_where_the_ini_says_no(house_of: Open, shelf: Shelf) -> None:
    office = house_of(more="[vanished]\nenabled = no\n")
    live(office, 2)
    assert shelf.sought == []


@dataclass
class Ioffice:
    """A simulated e-office and the section that leads to it."""

    running: Running
    section: str

    def take_back(self, *entries: str) -> None:
        self.running.simulator.control("POST", "switch", {"vanished": list(entries)})

    def shown(self) -> set[str]:
        return {f"in-{one}" for one in self.running.simulator.control("GET", "state", {})["papers"]}


@pytest.fixture
def ioffice(tmp_path: Path) -> Iterator[Ioffice]:
    entries = [
        {
            "id": f"p{number}", "at": (START - timedelta(hours=2)).isoformat(), "via": "ioffice", "direction": "in",
            "type": "Kế hoạch", "number": f"{number}/KH-UBND", "issued": "2026-07-03", "issuer": "UBND tỉnh Mẫu",
            "subject": f"Kế hoạch số {number}", "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu",
            "files": [{"name": f"{number}.pdf", "text": f"Nội dung {number}"}],
        }
        for number in range(1, 4)
    ]  # fmt: skip
    scenario = {"name": "mat", "start": (START - timedelta(days=1)).isoformat(), "end": "2026-12-31T00:00:00+07:00",
                "agency": {"name": "UBND xã Mẫu", "code": "000.01.25.H99"}, "entries": entries}  # fmt: skip
    running = Running(IofficeSimulator(tmp_path / "simulator", parse_scenario(scenario)))
    running.simulator.set_clock(START)
    (tmp_path / "password").write_text("mat-khau", encoding="utf-8")
    lines = (
        "[connector:io]", "type = ioffice", f"base-url = {running.line['url']}", "username = tich-hop",
        f"password = {{file {tmp_path / 'password'}}}", "max-rps = 1000", "retry-wait = 1 ms", "lists = search",
        "account-is-dedicated = no",
    )  # fmt: skip
    yield Ioffice(running, "\n".join(lines) + "\n")
    running.stop()
    assert running.simulator.memory.get("tripwires", []) == []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a sub-verb of ``congkhai disclosure`` on an office's house, its scripted world included."""

    def call(office: Office, *arguments: str) -> str:
        world = Host(extra={"script": office.script})
        monkeypatch.setattr("congkhai.plugin.cli._open.open_house", lambda ini: open_house(ini, world))
        answer = CliRunner().invoke(group, ["-c", str(office.folder / "congkhai.ini"), "disclosure", *arguments])
        assert answer.exit_code == 0, (answer.output, answer.exception)
        return answer.output

    return call


def by_status(office: Office, status: DocumentStatus) -> Sequence[str]:
    return [one.remote_id for one in office.documents() if one.status is status]


def test_simulator_store_journal_and_notices_agree_after_a_recall_that_nobody_announced(
    open_office: OpenOffice, ioffice: Ioffice, run: Callable[..., str]
) -> None:
    office = open_office(SCRIPTED, ioffice.section)
    office.edit("pull-every = 90 d", "pull-every = 13 h")
    office.wait(hours=14)
    assert len(office.place.shown) == 3
    details = [call for call in ioffice.running.simulator.calls() if "getdetaildocument" in call["path"]]
    ioffice.take_back("p2")
    office.wait(days=4)
    (row,) = json.loads(run(office, "vanished", "--json"))
    assert (row["number"], row["source"]) == ("2/KH-UBND", "io")
    assert len(office.place.shown) == 3  # nothing comes down by itself
    # The account is an official's: nothing was opened in order to look.
    assert [call for call in ioffice.running.simulator.calls() if "getdetaildocument" in call["path"]] == details
    office.restart()
    assert row["document"] in run(office, "vanished")
    run(office, "recalled", row["document"], "--by", CLERK, "--reason", WHY)
    office.work()
    recalled = by_status(office, DocumentStatus.RECALLED)
    assert set(by_status(office, DocumentStatus.CURRENT)) == ioffice.shown()
    assert recalled == ["in-1002"]
    facts = [(one["subject"], one["actor"]) for one in office.journal("document.vanished", "document.recalled")]
    assert facts == [(row["document"], "congkhai"), (row["document"], CLERK)]
    (matter,) = [one for one in office.matters() if one.state is DisclosureState.WITHDRAWN]
    assert row["document"] in matter.documents
    assert {notice.title for notice in office.place.shown.values()} == {"Kế hoạch số 1", "Kế hoạch số 3"}
    (removal,) = [one for one in matter.postings[0].evidence if one.kind == "removal"]
    assert WHY in removal.note
    assert "hệ thống nguồn io" in removal.note
    with office.house.store.read() as connection:
        closing = read.minutes(connection, matter.id, "closing")
    assert closing is not None
    content = read_minutes(office.house.store.vault.read(closing.file_sha256))
    assert WHY in json.dumps(minutes_view(content), ensure_ascii=False)
