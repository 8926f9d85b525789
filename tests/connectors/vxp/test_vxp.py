"""The document axis: signed headers, a queue of our own, nothing ever taken off anybody's queue."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import requests
from pydantic import ValidationError

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.simulators.vxp import VxpSimulator
from congkhai.connectors.vxp import VxpConnector
from congkhai.connectors.vxp_settings import VxpSettings
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import AccessError, NotAllowedError, OutsideError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import CursorMark, Filing, Outcome, Pulled, PulledDocument, PulledProblem

START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
US = "000.00.01.TT1"


def paper(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": key, "at": START.isoformat(), "via": "vxp", "direction": "in", "type": "Kế hoạch",
        "number": f"{key}/KH-UBND", "issued": "2025-06-30", "issuer": "UBND tỉnh Mẫu", "subject": f"Kế hoạch {key}",
        "secrecy": "Thường", "signer": "Nguyễn Văn Mẫu", "files": [{"name": f"{key}.pdf", "text": key}], **changes,
    }  # fmt: skip


class Axis:
    """A simulated axis, its connector, and a stand-in for intake."""

    def __init__(self, folder: Path, entries: list[dict[str, Any]]) -> None:
        scenario = {"name": "t", "start": START.isoformat(), "end": "2025-12-31T00:00:00+07:00", "entries": entries,
                    "agency": {"name": "UBND xã Mẫu Một", "code": US}}  # fmt: skip
        self.folder = folder
        self.running = Running(VxpSimulator(folder / "simulator", parse_scenario(scenario)))
        self.clock = FixedClock(START)
        self.held: dict[str, str] = {}
        self.refusals: set[str] = set()
        (folder / "secret").write_text(self.running.line["secret"])

    def fingerprint(self, remote_id: str) -> str | None:
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:
        return False

    def refused(self, remote_id: str) -> bool:
        return remote_id in self.refusals

    def ticket(self, remote_id: str) -> str:
        return hashlib.sha256(remote_id.encode()).hexdigest()

    def refused_ticket(self, ticket: str) -> bool:
        return ticket in {self.ticket(one) for one in self.refusals}

    def post(self, name: str, **body: Any) -> Any:
        return requests.post(f"{self.running.control}/{name}", json=body, timeout=5).json()

    @property
    def state(self) -> dict[str, Any]:
        return requests.get(f"{self.running.control}/state", timeout=5).json()

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [call for call in self.running.simulator.calls() if call["path"] == name]

    def blob(self, sha256: str) -> BinaryIO:
        raise AssertionError(sha256)

    def connector(self, **changes: str) -> VxpConnector:
        keys = {
            "endpoint": self.running.line["url"], "system-id": "congkhai", "secret": "{file secret}",
            "own-system-id": "yes", "agency-ids": US, "source-is-plain": "yes", "source-is-plain-basis": "Quy chế mẫu",
            "max-rps": "1000", "retry-wait": "1 ms", **changes,
        }  # fmt: skip
        settings = VxpSettings.model_validate({k: v for k, v in keys.items() if v}, context={"folder": self.folder})
        made = VxpConnector(settings, Context("vxp", "main", self.clock, self.blob, self.folder / "work"))
        made._client.web.sleep = lambda _seconds: None
        return made

    def take(self, connector: VxpConnector, cursor: str | None = None) -> tuple[list[Pulled], str]:
        offered: list[Pulled] = []
        for item in connector.pull(cursor, self):
            offered.append(item)
            if isinstance(item, CursorMark):
                cursor = item.value
            if isinstance(item, PulledDocument):
                if connector.plain(item.secrecy) and "MẬT" not in item.subject.splitlines():
                    for ref in connector.list_attachments(item):
                        connector.open_attachment(ref)
                    self.held[item.remote_id] = item.fingerprint
                    connector.settle(item, Outcome.ACCEPTED, "new")
                else:
                    self.refusals.add(item.remote_id)
                    connector.settle(item, Outcome.REFUSED, "text-marked")
        assert cursor
        return offered, cursor


@pytest.fixture
def axis(tmp_path: Path) -> Iterator[Callable[..., Axis]]:
    started: list[Axis] = []

    def start(*entries: dict[str, Any]) -> Axis:
        started.append(Axis(tmp_path, list(entries)))
        return started[-1]

    yield start
    for made in started:
        assert made.state["tripwires"] == []
        made.running.stop()


def documents(offered: list[Pulled]) -> list[PulledDocument]:
    return [item for item in offered if isinstance(item, PulledDocument)]


@pytest.mark.parametrize("raw", [False, True])
def test_packets_are_read_and_left_where_they_are(axis: Any, raw: bool) -> None:
    world = axis(paper("1"), paper("2"))
    world.post("switch", raw=raw)
    offered, cursor = world.take(world.connector())
    assert [item.number for item in documents(offered)] == ["1/KH-UBND", "2/KH-UBND"]
    assert world.state["waiting"]["congkhai"] == ["1.1", "2.1"]
    assert world.calls("updateStatus") == []
    again, _cursor = world.take(world.connector(), cursor)
    assert documents(again) == []
    assert len(world.calls("getEdoc")) == 2


def test_the_second_readers_queue_is_left_alone(axis: Any) -> None:
    world = axis(paper("1"), paper("2"))
    world.post("switch", may_confirm=True)
    world.take(world.connector(confirm="yes"))
    assert world.state["waiting"] == {"congkhai": [], "qlvb": ["1.1", "2.1"]}
    world.post("consume", systemid="qlvb", docId="1.1")
    assert world.state["waiting"]["qlvb"] == ["2.1"]
    assert {call["system"] for call in world.running.simulator.calls()} == {"congkhai"}


def test_only_what_was_taken_in_is_confirmed(axis: Any) -> None:
    world = axis(paper("1"), paper("2", secrecy="Mật"), paper("3", fault="not_edxml"))
    world.post("switch", may_confirm=True)
    world.take(world.connector(confirm="yes"))
    assert world.state["confirmed"] == {"congkhai": ["1.1"]}


def test_a_confirmation_that_fails_loses_nothing(axis: Any) -> None:
    world = axis(paper("1"))
    world.post("switch", may_confirm=True)
    world.post("fault", fault="5xx", on="updateStatus", times=9)
    _offered, cursor = world.take(world.connector(confirm="yes"))
    assert len(world.held) == 1
    again, _cursor = world.take(world.connector(confirm="yes"), cursor)
    assert documents(again) == []


def test_the_cursor_holds_no_id_of_a_packet_and_a_refused_one_is_read_once(axis: Any) -> None:
    world = axis(paper("1", secrecy="Mật"))
    _offered, cursor = world.take(world.connector())
    assert "1.1" not in cursor
    assert "KH-UBND" not in cursor
    world.take(world.connector(), cursor)
    assert len(world.calls("getEdoc")) == 1
    world.refusals.clear()  # a person has cleared the paper
    world.take(world.connector(), cursor)
    assert len(world.calls("getEdoc")) == 2


@pytest.mark.parametrize("order", ["sent", "sorted"])
def test_the_signature_follows_the_order_that_the_axis_wants(axis: Any, order: str) -> None:
    world = axis(paper("1"))
    world.post("switch", order=order, window=5)
    offered, _cursor = world.take(world.connector(**{"header-order": order}))
    assert len(documents(offered)) == 1


@pytest.mark.parametrize("cause", ["deny", "secret", "order", "skew"])
def test_an_axis_that_refuses_us_stops_the_source(axis: Any, cause: str) -> None:
    world = axis(paper("1"))
    if cause == "secret":
        (world.folder / "secret").write_text("sai")
    if cause == "skew":
        world.post("switch", window=60)
        world.post("skew", seconds=3600)
    world.post("switch", deny=cause == "deny", order="sorted" if cause == "order" else "sent")
    connector = world.connector()
    with pytest.raises(AccessError) as caught:
        world.take(connector)
    assert world.running.line["secret"] not in caught.value.explain()
    results = {result.id: result.result for result in connector.check(live=True)}
    assert results["vxp-live"] == "fail"
    assert ("vxp-clock" in results) is (cause == "skew")


@pytest.mark.parametrize("where", ["getReceivedEdocList", "getEdoc"])
@pytest.mark.parametrize("fault", ["html", "text", "stacktrace", "5xx", "reset", "429", "cut"])
def test_a_passing_fault_is_retried_within_the_run(axis: Any, fault: str, where: str) -> None:
    world = axis(paper("1"))
    world.post("fault", fault=fault, on=where)
    offered, _cursor = world.take(world.connector())
    assert len(documents(offered)) == 1


def test_a_lasting_fault_keeps_what_was_done(axis: Any) -> None:
    world = axis(paper("1"), paper("2"))
    world.post("fault", fault="5xx", on="getEdoc", after=1, times=9)
    marks = []
    with pytest.raises(OutsideError):
        for item in world.connector().pull(None, world):
            if isinstance(item, PulledDocument):
                world.held[item.remote_id] = item.fingerprint
            if isinstance(item, CursorMark):
                marks.append(item.value)
    world.post("fault", clear=True)
    offered, _cursor = world.take(world.connector(), marks[-1])
    assert [item.number for item in documents(offered)] == ["2/KH-UBND"]


def test_a_packet_that_is_not_handed_out_is_told_and_asked_for_again(axis: Any) -> None:
    world = axis(paper("1"), paper("2"))
    world.post("fault", fault="body_error", on="getEdoc")
    offered, cursor = world.take(world.connector())
    assert [item.code for item in offered if isinstance(item, PulledProblem)] == ["gone"]
    assert len(documents(offered)) == 1
    offered, _cursor = world.take(world.connector(), cursor)
    assert len(documents(offered)) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [("dtd", "dtd"), ("leading_junk", "leading_junk"), ("bad_base64", "bad_base64"), ("half", "not_wellformed"),
     ("many_receivers", "limit_elements")],
)  # fmt: skip
def test_a_packet_that_cannot_be_used_is_shown_once_and_the_stream_goes_on(axis: Any, fault: str, code: str) -> None:
    world = axis(paper("1", fault=fault), paper("2"))
    offered, cursor = world.take(world.connector())
    (problem,) = [item for item in offered if isinstance(item, PulledProblem)]
    assert problem.code == code
    assert "1.1" not in problem.ref
    assert len(documents(offered)) == 1
    again, _cursor = world.take(world.connector(), cursor)
    assert [item for item in again if not isinstance(item, CursorMark)] == []


def test_the_same_id_with_other_content_is_held(axis: Any) -> None:
    world = axis(paper("1", fault="same_id"))
    offered, _cursor = world.take(world.connector())
    assert len(documents(offered)) == 1
    assert [item.code for item in offered if isinstance(item, PulledProblem)] == ["same_id_other_content"]


def test_a_packet_beyond_the_limit_is_shown(axis: Any) -> None:
    world = axis(paper("1", files=[{"name": "a.txt", "text": "x" * 50}, {"name": "b.pdf", "text": "y"}]), paper("2"))
    offered, _cursor = world.take(world.connector(**{"max-packet": "1 KiB"}))
    assert {item.code for item in offered if isinstance(item, PulledProblem)} == {"limit_packet_size"}


def test_a_source_that_is_not_declared_plain_takes_nothing_in(axis: Any) -> None:
    world = axis(paper("1", number=""))
    offered, _cursor = world.take(world.connector(**{"source-is-plain": "no"}))
    assert world.held == {}
    assert [item for item in offered if isinstance(item, PulledProblem)] == []


def test_calls_that_take_or_register_are_refused_before_a_connection_is_opened(axis: Any) -> None:
    world = axis(paper("1"))
    client = world.connector()._client
    for name in ("sendEdoc", "registerAgency", "deleteAgency", "updateStatus"):
        with pytest.raises(NotAllowedError):
            client._repeating(name, {}, None)
    with pytest.raises(NotAllowedError):
        client.confirm("1.1")
    assert world.running.simulator.calls() == []
    with pytest.raises(NotAllowedError):
        world.connector().file_dossier(Filing("k", "t", ()))


@pytest.mark.parametrize(
    "keys",
    [{"own-system-id": "no"}, {"system-id": "a b"}, {"endpoint": "http://truc.vn/"}, {"source-is-plain-basis": ""},
     {"secret": ""}],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(axis: Any, keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        axis().connector(**keys)


def test_unconfirmed_things_are_warnings_of_the_check(axis: Any) -> None:
    world = axis(paper("1"))
    results = {result.id: result.result for result in world.connector().check(live=True)}
    assert results == {"vxp-wire": "warn", "vxp-list": "ok"}
    more = world.connector(**{"confirm": "yes", "source-is-plain": "no"}).check(live=False)
    assert {result.id for result in more} == {"vxp-wire", "vxp-confirm", "vxp-secrecy", "vxp-live"}


def test_the_signature_and_the_secret_reach_no_log(axis: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    world = axis(paper("1", fault="dtd"), paper("2"))
    world.clock.moment += timedelta(days=1)
    world.take(world.connector())
    assert world.running.line["secret"] not in caplog.text
    assert "KH-UBND" not in caplog.text
