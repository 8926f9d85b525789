"""iWork: the two gates, tokens that end in the middle of a run, paging habits, files, and what is never called."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import requests
from pydantic import ValidationError

from congkhai.connectors.iwork import IworkConnector
from congkhai.connectors.iwork_settings import IworkSettings
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.iwork import IworkSimulator
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import AccessError, InputError, NotAllowedError, OutsideError, PassingError
from congkhai.plugin.interfaces import Context, Presence, Sought
from congkhai.plugin.records import CursorMark, Direction, Filing, Pulled, PulledDocument, PulledProblem

START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)


def paper(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": key, "at": START.isoformat(), "via": "iwork", "direction": "in", "type": "Kế hoạch",
        "number": f"{key}/KH-UBND", "issued": "2025-06-30", "issuer": "UBND tỉnh Mẫu", "subject": f"Kế hoạch {key}",
        "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu", "files": [{"name": f"{key}.pdf", "text": key}], **changes,
    }  # fmt: skip


class Office:
    """A simulated iWork, its connector, and a stand-in for intake."""

    def __init__(self, folder: Path, entries: list[dict[str, Any]]) -> None:
        scenario = {"name": "t", "start": START.isoformat(), "end": "2025-12-31T00:00:00+07:00", "entries": entries}
        self.folder = folder
        self.running = Running(IworkSimulator(folder / "simulator", parse_scenario(scenario)))
        self.line = self.running.line
        self.clock = FixedClock(START)
        self.held: dict[str, str] = {}
        self.refusals: set[str] = set()
        self.lacking: set[str] = set()
        (folder / "token").write_text(self.line["token"])
        (folder / "refresh").write_text(self.line["refresh"])

    def fingerprint(self, remote_id: str) -> str | None:
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:
        return remote_id in self.lacking

    def refused(self, remote_id: str) -> bool:
        return remote_id in self.refusals

    def ticket(self, remote_id: str) -> str:
        return remote_id

    def refused_ticket(self, ticket: str) -> bool:
        return ticket in self.refusals

    def post(self, name: str, **body: Any) -> Any:
        return requests.post(f"{self.running.control}/{name}", json=body, timeout=5).json()

    @property
    def state(self) -> dict[str, Any]:
        return requests.get(f"{self.running.control}/state", timeout=5).json()

    def calls(self, part: str) -> list[dict[str, Any]]:
        return [call for call in self.running.simulator.calls() if part in f"{call['path']} {call['type']}"]

    def blob(self, sha256: str) -> BinaryIO:
        raise AssertionError(sha256)

    def connector(self, **changes: str) -> IworkConnector:
        keys = {
            "base-url": self.line["url"], "token": "{file token}", "refresh-token": "{file refresh}", "page-size": "4",
            "max-rps": "1000", "retry-wait": "1 ms", "account-is-dedicated": "yes", **changes,
        }  # fmt: skip
        keys = {name: value for name, value in keys.items() if value}
        settings = IworkSettings.model_validate(keys, context={"folder": self.folder})
        made = IworkConnector(settings, Context("iwork", "main", self.clock, self.blob, self.folder / "work"))
        made._client.web.sleep = lambda _seconds: None
        return made

    def take(self, connector: IworkConnector, cursor: str | None = None) -> tuple[list[Pulled], str]:
        offered: list[Pulled] = []
        for item in connector.pull(cursor, self):
            offered.append(item)
            if isinstance(item, CursorMark):
                cursor = item.value
            if isinstance(item, PulledDocument):
                if connector.plain(item.secrecy):
                    for ref in connector.list_attachments(item):
                        connector.open_attachment(ref)
                    self.held[item.remote_id] = item.fingerprint
                else:
                    self.refusals.add(item.remote_id)
        assert cursor
        return offered, cursor


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    started: list[Office] = []

    def start(*entries: dict[str, Any]) -> Office:
        started.append(Office(tmp_path, list(entries)))
        return started[-1]

    yield start
    for made in started:
        assert made.state["tripwires"] == []
        made.running.stop()


def documents(offered: list[Pulled]) -> list[PulledDocument]:
    return [item for item in offered if isinstance(item, PulledDocument)]


def test_papers_of_both_directions_arrive_with_their_fields_and_files(office: Any) -> None:
    world = office(paper("1", identifier="ma-1"), paper("2", direction="out"))
    offered, cursor = world.take(world.connector())
    found = {item.remote_id: item for item in documents(offered)}
    assert set(found) == {"in-1001", "out-1002"}
    one = found["in-1001"]
    assert (one.number, one.issuer, one.signer, one.type) == (
        "1/KH-UBND",
        "UBND tỉnh Mẫu",
        "Nguyễn Văn Mẫu",
        "Kế hoạch",
    )
    assert (str(one.issued), str(one.arrived), one.identifier) == ("2025-06-30", "2025-07-01", "ma-1")
    assert found["out-1002"].arrived is None
    again, _cursor = world.take(world.connector(), cursor)
    assert documents(again) == []
    assert len(world.calls("getfile")) == 2
    assert len(world.calls("chitiet")) == 2


@pytest.mark.parametrize("cap", [None, 3])
@pytest.mark.parametrize("paging", ["", "border_repeat", "extra_row", "shift", "stuck"])
def test_every_paper_comes_once_whatever_the_paging_habit(office: Any, paging: str, cap: int | None) -> None:
    world = office(*(paper(str(number)) for number in range(11)))
    world.post("switch", paging=paging, cap=cap)
    offered, _cursor = world.take(world.connector())
    assert sorted(item.remote_id for item in documents(offered)) == [f"in-{1001 + number}" for number in range(11)]


@pytest.mark.parametrize("secrecy", ["Mật", "Tối mật", "Lạ", "1"])
def test_a_row_that_is_marked_is_refused_without_opening_its_detail(office: Any, secrecy: str) -> None:
    world = office(paper("1", secrecy=secrecy), paper("2"))
    world.take(world.connector())
    assert world.refusals == {"in-1001"}
    assert [call["id"] for call in world.calls("chitiet")] == ["1002"]
    assert len(world.calls("getfile")) == 1


def test_a_secrecy_word_in_the_urgency_counts(office: Any) -> None:
    world = office(paper("1", secrecy="Tuyệt mật"))
    world.post("switch", level="urgent")
    world.take(world.connector(**{"secrecy-empty-is-plain": "yes"}))
    assert world.refusals == {"in-1001"}
    assert world.calls("getfile") == []


@pytest.mark.parametrize(("setting", "taken"), [("no", False), ("yes", True)])
@pytest.mark.parametrize("braces", [False, True])
def test_an_empty_marking_is_plain_only_when_the_operator_says_so(
    office: Any, setting: str, taken: bool, braces: bool
) -> None:
    world = office(paper("1", secrecy=""))
    world.post("switch", empty="braces" if braces else "")
    world.take(world.connector(**{"secrecy-empty-is-plain": setting}))
    assert bool(world.held) is taken


@pytest.mark.parametrize("expiry", ["401", "403", "body", "text"])
def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed(office: Any, expiry: str) -> None:
    world = office(*(paper(str(number)) for number in range(6)))
    world.post("switch", token_ttl=5, expiry=expiry)
    offered, _cursor = world.take(world.connector())
    assert len(documents(offered)) == 6
    assert world.state["renewed"] >= 2


def test_a_rotated_refresh_token_survives_a_restart_and_only_its_owner_reads_it(office: Any) -> None:
    world = office(*(paper(str(number)) for number in range(6)))
    world.post("switch", token_ttl=5, rotate=True)
    world.take(world.connector())
    kept = world.folder / "work" / "refresh-token"
    assert kept.stat().st_mode & 0o777 == 0o600
    offered, _cursor = world.take(world.connector(token=""))  # a new process, with only the old token in the ini
    assert documents(offered) == []
    (world.folder / "refresh").write_text("cua-nguoi-van-hanh")
    with pytest.raises(AccessError):  # what the operator puts in counts from then on
        world.take(world.connector(token=""))


def test_without_a_way_to_renew_the_source_waits_for_a_person(office: Any) -> None:
    world = office(paper("1"))
    world.post("switch", token_ttl=0)
    with pytest.raises(AccessError):
        world.take(world.connector(**{"refresh-token": ""}))
    world.post("switch", refresh="no")
    with pytest.raises(AccessError) as caught:
        world.take(world.connector())
    assert world.line["refresh"] not in caught.value.explain()


@pytest.mark.parametrize("where", ["xemden", "xemden_chitiet"])
@pytest.mark.parametrize(
    "fault", ["html", "text", "stacktrace", "5xx", "reset", "429", "truncated", "bom", "mime", "cut"]
)
def test_a_passing_fault_is_retried_within_the_run(office: Any, fault: str, where: str) -> None:
    world = office(paper("1"), paper("2"))
    world.post("fault", fault=fault, on=where)
    offered, _cursor = world.take(world.connector())
    assert len(documents(offered)) == 2


@pytest.mark.parametrize("fault", ["stacktrace", "5xx", "html", "429"])
def test_a_lasting_fault_ends_the_run_and_keeps_the_cursor(office: Any, fault: str) -> None:
    world = office(paper("1"))
    world.post("fault", fault=fault, on="xemden", times=50)
    with pytest.raises(OutsideError) as caught:
        list(world.connector().pull(None, world))
    assert not isinstance(caught.value, AccessError)
    assert world.line["token"] not in caught.value.explain()


@pytest.mark.parametrize("mode", ["handler", "path"])
def test_files_come_by_either_way(office: Any, mode: str) -> None:
    world = office(paper("1"))
    connector = world.connector(**{"file-mode": mode})
    (document,) = documents(list(connector.pull(None, world)))
    (ref,) = connector.list_attachments(document)
    assert connector.open_attachment(ref).startswith(b"%PDF")
    fresh = world.connector(**{"file-mode": mode})  # after a restart nothing is remembered
    assert fresh.list_attachments(document) == (ref,)


@pytest.mark.parametrize(
    ("fault", "code"), [("file_empty", "file_empty"), ("file_html", "file_html"), ("file_envelope", "file_type")]
)
def test_what_is_not_the_file_marks_it_and_keeps_the_paper(office: Any, fault: str, code: str) -> None:
    world = office(paper("1"))
    connector = world.connector()
    (document,) = documents(list(connector.pull(None, world)))
    (ref,) = connector.list_attachments(document)
    world.post("fault", fault=fault, on="file")
    with pytest.raises(InputError) as caught:
        connector.open_attachment(ref)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "path", ["https://kho.example.vn/get?key=1", "http://127.0.0.1:1/get?key=1", "/kho/../x/get", "/kho/xoa?key=1"]
)
def test_no_file_is_fetched_from_a_place_that_was_not_named(office: Any, path: str) -> None:
    world = office(paper("1"))
    connector = world.connector(**{"file-mode": "path"})
    (document,) = documents(list(connector.pull(None, world)))
    (ref,) = connector.list_attachments(document)
    elsewhere = type(ref)(1, "a.pdf", "application/pdf", f'["a.pdf", "{path}"]')
    before = len(world.running.simulator.calls())
    with pytest.raises(InputError) as caught:
        connector.open_attachment(elsewhere)
    assert caught.value.code == "file_refused"
    assert len(world.running.simulator.calls()) == before


def test_calls_that_do_not_read_are_refused_before_a_connection_is_opened(office: Any) -> None:
    world = office(paper("1"))
    client = world.connector()._client
    for handler, kind in (
        ("IworkHandler.ashx", "click_xemden"),
        ("IworkHandler.ashx", "notify"),
        ("Readed.ashx", "xemdi"),
    ):
        with pytest.raises(NotAllowedError):
            client.read(handler, {"type": kind})
    assert world.running.simulator.calls() == []


def test_a_change_in_the_detail_only_is_seen_at_the_sweep(office: Any) -> None:
    changed = paper("2", act="update", target="1", at=(START + timedelta(days=1)).isoformat(), number="1/KH-UBND",
                    subject="Kế hoạch 1", files=[{"name": "1.pdf", "text": "khác"}], identifier="mới")  # fmt: skip
    world = office(paper("1"), changed)
    _offered, cursor = world.take(world.connector())
    for days, expected in ((2, 0), (8, 1)):
        world.clock.moment = START + timedelta(days=days)
        world.post("clock", now=world.clock.moment.isoformat())
        offered, cursor = world.take(world.connector(), cursor)
        assert len(documents(offered)) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [({"issued": "2090-01-01"}, "date-implausible"), ({"number": ""}, "number-missing"),
     ({"subject": ""}, "subject-missing")],
)  # fmt: skip
def test_doubtful_fields_are_shown(office: Any, change: dict[str, str], code: str) -> None:
    world = office(paper("1", **change))
    offered, _cursor = world.take(world.connector())
    assert [item.code for item in offered if isinstance(item, PulledProblem)] == [code]
    assert len(documents(offered)) == 1


def test_a_paper_that_cannot_be_opened_is_told_and_the_run_goes_on(office: Any) -> None:
    world = office(paper("1", fault="gone"), paper("2"))
    offered, _cursor = world.take(world.connector())
    assert [item.code for item in offered if isinstance(item, PulledProblem)] == ["gone"]
    assert len(documents(offered)) == 1


def test_unconfirmed_things_are_warnings_of_the_check(office: Any) -> None:
    world = office(paper("1"))
    results = {result.id: result.result for result in world.connector().check(live=True)}
    assert results == {"iwork-wire": "warn", "iwork-list": "ok"}
    more = world.connector(**{"account-is-dedicated": "no", "file-mode": "path"}).check(live=False)
    assert {result.id for result in more} == {"iwork-wire", "iwork-account", "iwork-storage", "iwork-live"}
    with pytest.raises(NotAllowedError):
        world.connector().file_dossier(Filing("k", "t", ()))


@pytest.mark.parametrize(
    "keys",
    [{"base-url": "https://a.vn/x"}, {"base-url": "http://a.vn"}, {"lists": "xoa"}, {"app-path": "a/../b"},
     {"storage-hosts": "a.vn/x"}, {"token": "", "refresh-token": ""}],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(office: Any, keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        office().connector(**keys)


def test_no_token_reaches_a_log(office: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    world = office(paper("1"))
    world.post("switch", token_ttl=2)
    world.take(world.connector())
    assert "sim.token" not in caplog.text
    assert "sim.refresh" not in caplog.text


def test_a_held_paper_whose_files_are_missing_is_offered_again(office: Any) -> None:
    world = office(paper("1"), paper("2"))
    connector = world.connector()
    first, cursor = world.take(connector)
    world.lacking = {documents(first)[0].remote_id}
    again, _cursor = world.take(connector, cursor)
    assert [one.fingerprint for one in documents(again)] == [documents(first)[0].fingerprint]


@pytest.mark.parametrize("fault", ["truncated", "bom", "file_short"])
@pytest.mark.parametrize("name", ["1.pdf", "1.docx"])
def test_a_file_that_came_cut_or_marked_is_fetched_again(office: Any, fault: str, name: str) -> None:
    world = office(paper("1", files=[{"name": name, "text": "Nội dung " * 40}]))
    connector = world.connector(**{"file-mode": "path", "storage-hosts": world.line["storage"]})
    (document,) = documents(list(connector.pull(None, world)))
    (ref,) = connector.list_attachments(document)
    whole = attachment_bytes(name, "Nội dung " * 40)
    world.post("fault", fault=fault, on="/kho/get" if fault != "file_short" else "file", times=1)
    if name.endswith("docx"):
        with pytest.raises(PassingError):  # no archive without its end: the paper waits
            connector.open_attachment(ref)
    assert connector.open_attachment(ref) == whole


def test_a_file_that_is_held_without_its_end_is_taken_as_it_is_and_one_that_changes_is_not(office: Any) -> None:
    world = office(paper("1"))
    connector = world.connector(**{"file-mode": "path", "storage-hosts": world.line["storage"]})
    (document,) = documents(list(connector.pull(None, world)))
    (ref,) = connector.list_attachments(document)
    world.post("fault", fault="file_short", on="file", times=2)
    assert connector.open_attachment(ref) == attachment_bytes("1.pdf", "1")[:-10], "the same bytes twice are the file"
    answers = iter([b"%PDF-1.7 a", b"%PDF-1.7 b", b"%PDF-1.7 c"])
    connector._client.download = lambda *_asked: next(answers)
    with pytest.raises(PassingError) as changing:
        connector.open_attachment(ref)
    assert changing.value.code == "file_changing"


def _days(count: int, first: int = 1, **changes: Any) -> list[dict[str, Any]]:
    return [
        paper(str(number), at=(START + timedelta(hours=number)).isoformat(), **changes)
        for number in range(first, first + count)
    ]


def test_what_a_killed_run_left_below_many_held_pages_comes_with_the_next_run(office: Any) -> None:
    world = office(*_days(8), *_days(40, first=9))
    world.post("clock", now=(START + timedelta(hours=8)).isoformat())
    made = {"lists": "den", "quiet-pages": "1", "full-sweep-every": "90 d"}
    _offered, cursor = world.take(world.connector(**made))
    assert len(world.held) == 8
    world.clock.moment = START + timedelta(days=3)
    world.post("clock", now=world.clock.moment.isoformat())
    for number, item in enumerate(world.connector(**made).pull(cursor, world), start=1):  # killed after five pages
        assert isinstance(item, PulledDocument)
        world.held[item.remote_id] = item.fingerprint
        if number == 20:
            break
    offered, cursor = world.take(world.connector(**made), cursor)
    assert len(documents(offered)) == 20, "the newest twenty are held, and the twenty below them must come"
    assert len(world.held) == 48
    before = len(world.calls("xemden"))
    offered, _cursor = world.take(world.connector(**made), cursor)
    assert documents(offered) == []
    assert len(world.calls("xemden")) - before <= 4, "a quiet run stops at the last one's first rows"


def test_a_run_goes_to_the_end_where_nothing_tells_how_deep_it_must_go(office: Any) -> None:
    world = office(*_days(30, direction="out"))
    made = {"lists": "di", "quiet-pages": "1", "full-sweep-every": "90 d"}
    _offered, cursor = world.take(world.connector(**made))  # the list is still empty
    world.clock.moment = START + timedelta(days=3)
    world.post("clock", now=world.clock.moment.isoformat())
    for number, item in enumerate(world.connector(**made).pull(cursor, world), start=1):
        world.held[item.remote_id] = item.fingerprint
        if number == 12:
            break
    world.take(world.connector(**made), cursor)
    assert len(world.held) == 30
    for unknown in (
        '{"v": 1, "swept": "2025-07-01T08:00:00+07:00"}',
        '{"v": 2, "swept": "2025-07-01", "tops": []}',
        "[",
    ):
        before = len(world.calls("xemdi"))
        offered, _cursor = world.take(world.connector(**made), unknown)
        assert (documents(offered), len(world.calls("xemdi")) - before) == ([], 9)


def test_a_vanished_paper_is_missed_by_its_lists_and_opened_in_our_own_account_only(
    office: Callable[..., Office],
) -> None:
    started = office(*(paper(str(number)) for number in range(1, 26)), paper("di", direction="out"))
    started.take(started.connector())
    two = Sought("in-1002", Direction.IN, "2/KH-UBND", None, "Kế hoạch 2")
    ours, theirs = {"account-is-dedicated": "yes"}, {"account-is-dedicated": "no"}
    opened = len(started.calls("chitiet"))
    for settings in (ours, theirs):
        made = started.connector(**settings)
        for sought in (two, replace(two, number="99/KH-UBND"), replace(two, subject="Tên cũ")):
            assert made.still_there(sought, started) is Presence.THERE
    assert len(started.calls("chitiet")) == opened
    started.post("switch", vanished=["1002"])
    assert started.connector(**theirs).still_there(two, started) is Presence.GONE
    assert len(started.calls("chitiet")) == opened
    assert started.connector(**ours).still_there(two, started) is Presence.GONE
    assert started.connector(**ours, lists="di").still_there(two, started) is Presence.UNKNOWN
    started.post("switch", vanished=[], denied=["1002"])
    assert started.connector(**ours).still_there(two, started) is Presence.UNKNOWN
    started.held.clear()  # an account whose papers we do not hold proves nothing
    assert started.connector(**theirs).still_there(two, started) is Presence.UNKNOWN


def test_other_spellings_and_numbers_for_ids_are_the_same_paper(office: Callable[..., Office]) -> None:
    started = office(paper("1", secrecy="Thường"), paper("2", secrecy="Mật"))
    offered, _cursor = started.take(started.connector(lists="den"))
    (plain,) = [one for one in offered if isinstance(one, PulledDocument) and one.remote_id == "in-1001"]
    started.post("switch", spelling="newer", ids="int")
    kept, started.held = dict(started.held), {}
    again, _cursor = started.take(started.connector(lists="den"))
    (same,) = [one for one in again if isinstance(one, PulledDocument) and one.remote_id == "in-1001"]
    assert same == plain
    assert (started.held, started.refusals) == (kept, {"in-1002"})
