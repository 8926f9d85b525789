"""Comments in iOffice: those that name a disclosure are taken, and of everything else nothing is known afterwards."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from congkhai.connectors.contract_feedback import FeedbackBench, FeedbackContract, Reader
from congkhai.connectors.ioffice_comments import IofficeComments
from congkhai.connectors.ioffice_settings import IofficeCommentsSettings
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.interfaces import PulledFeedback, feedback_code
from congkhai.plugin.records import CursorMark

from .conftest import START, Office, entry

CODE = feedback_code("vu-viec-1")
ORDER = "Giao phòng Tài chính xử lý gấp, không công khai"
LOG = "getactivitylog"
FAULTS = ("body_error", "html", "text", "stacktrace", "5xx", "reset", "429", "gone", "expired", "not_utf8", "truncated",
          "bom", "cut", "number_code")  # fmt: skip


def source(world: Office, **changes: Any) -> IofficeComments:
    values = world.settings(**{"breaker-failures": "0", "retries": "0", **changes})
    made = IofficeComments(
        IofficeCommentsSettings.model_validate(values, context={"folder": world.folder}), world.context()
    )
    made._client.web.sleep = world.waits.append
    return made


def read(made: IofficeComments, cursor: str | None = None) -> list[PulledFeedback]:
    return [item for item in made.pull(cursor) if isinstance(item, PulledFeedback)]


def out(key: str, **changes: Any) -> dict[str, Any]:
    return entry(key, direction="out", **changes)


@pytest.fixture
def world(office: Callable[..., Office]) -> Office:
    """Two outgoing papers (1001, 1002), an incoming one (1003), and an outgoing one of last year (1004)."""
    return office(out("1"), out("2"), entry("3"), out("4", issued="2025-06-30"))


class TestContract(FeedbackContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[FeedbackBench]:
        world = Office(tmp_path, [out("1"), out("2"), entry("3")], [])
        texts = [f"Ý kiến thứ {number} về {CODE}" for number in range(3)]
        for number, text in enumerate(texts):
            world.post("comment", document="1001" if number else "2/KH-UBND", text=text)
            world.post("comment", document="1001", text=ORDER)
        simulator = world.running.simulator
        kept = {item.key: item.text for item in read(source(world))}
        assert sorted(kept.values()) == texts

        def plant(fault: str, on: str) -> None:
            world.post("fault", fault=fault, on=on, times=2)

        yield FeedbackBench(
            make=lambda: source(world), kept=kept, calls=lambda: len(world.calls()),
            seen=lambda: (sorted(simulator._opened), list(simulator.memory.get("tripwires", []))),
            faults={f"{one}-{on}": partial(plant, one, on) for one in FAULTS for on in ("lookupdocument", LOG)},
            heal=simulator.faults.clear,
        )  # fmt: skip
        world.running.stop()


def test_only_what_names_a_disclosure_is_taken_and_nothing_else_leaves_a_trace(
    world: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.post("comment", document="1001", text=ORDER)
    world.post("comment", document="1003", text=f"Văn bản đến, {CODE}")
    world.post("comment", document="1001", text=f"Về {CODE.lower()}:\nđề nghị nêu rõ số liệu.", by="Lê Văn Mẫu")
    offered = list(source(world).pull(None))
    assert [type(item) for item in offered] == [PulledFeedback, CursorMark]
    found = offered[0]
    assert isinstance(found, PulledFeedback)
    assert (found.text, found.subject) == (f"Về {CODE.lower()}:\nđề nghị nêu rõ số liệu.", CODE)
    assert (found.sender, found.received_at) == ("Lê Văn Mẫu", START)
    assert "1001" in found.note
    assert not any(part in repr(offered) + caplog.text for part in (ORDER, "Trần Thị Mẫu", "Văn bản đến"))
    assert all("1003" not in call["path"] and "1004" not in call["path"] for call in world.calls(LOG))
    assert world.calls("getdetaildocument") == []
    assert world.running.simulator._opened == set()
    assert source(world).acknowledge(found.key) is False


def test_the_same_comment_is_one_however_the_deployment_spells_it(world: Office) -> None:
    world.post("comment", document="1001", text=f"{CODE}: đồng ý", updateDate="30/06/2026 09:15")
    world.post("comment", document="1001", text=f"{CODE}: đồng ý", updateDate="30/06/2026 09:15")  # shown twice
    world.post("comment", document="1001", text=f"{CODE}: đồng ý", updateDate="30/06/2026 09:16")
    reader = Reader()
    reader.pull(source(world))  # type: ignore[arg-type]  # a source by its members
    assert len(reader.held) == 2
    for habits in ({"nulls": "mixed"}, {"ids": "int"}, {"spelling": "newer"}, {"paging": "stuck"}, {"cap": 1}):
        world.post("switch", **habits)
        assert {item.key for item in read(source(world))} == set(reader.held)
    world.post("switch", search_ignores=["startDateBanHanh"])
    read(source(world))
    assert all("1004" not in call["path"] for call in world.calls(LOG))


@pytest.mark.parametrize("written", ["31/02/2026", None, 1751330000, "2026-12-31 00:00:00", {"ngay": 1}], ids=str)
def test_a_moment_that_cannot_be_read_loses_no_comment_and_says_so(world: Office, written: Any) -> None:
    world.post("comment", document="1001", text=f"Góp ý {CODE}", updateDate=written)
    (found,) = read(source(world))
    assert found.received_at == START
    assert "không đọc được" in found.note
    world.later(hours=3)
    assert [item.key for item in read(source(world))] == [found.key]


def test_rows_of_any_shape_are_passed_over(world: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"comment": f"Góp ý\u0000 {CODE}\ud800", "updateDate": "2026-06-30 09:15:00"}
    rows: list[Any] = [None, 7, "x", [], {}, {"comment": None}, {"comment": 5}, {"comment": [CODE]}, good]
    made = source(world)
    monkeypatch.setattr(made, "_log", lambda id_: rows if id_ == "1002" else [])
    (found,) = read(made)
    assert (found.text, found.sender) == (f"Góp ý {CODE}", "")
    assert found.received_at.isoformat() == "2026-06-30T09:15:00+07:00"


def test_a_log_that_cannot_be_read_is_named_after_all_others_were_read(world: Office) -> None:
    for paper in ("1001", "1002"):
        world.post("comment", document=paper, text=f"Góp ý {CODE}")
    cursor = next(item.value for item in source(world).pull(None) if isinstance(item, CursorMark))
    for data in ("body_error", "gone"):
        world.post("fault", fault=data, on=f"{LOG}/1002", times=1)
        offered: list[PulledFeedback | CursorMark] = []
        with pytest.raises(OutsideError, match="1002") as caught:
            offered.extend(source(world).pull(cursor))
        assert caught.value.code == "congkhai-E840"
        assert [item.value for item in offered if isinstance(item, CursorMark)] == [cursor]
        assert len(offered) == 1
    world.post("fault", fault="body_error", on=f"{LOG}/1002", times=1)
    reader = Reader()
    with pytest.raises(OutsideError):
        reader.pull(source(world))  # type: ignore[arg-type]  # a source by its members
    assert len(reader.held) == 1
    assert reader.cursor is not None
    reader.pull(source(world))  # type: ignore[arg-type]  # a source by its members
    assert len(reader.held) == len(reader.offered) == 2


def test_a_list_without_end_is_an_error_and_an_html_page_too(world: Office) -> None:
    with pytest.raises(OutsideError) as caught:
        read(source(world, **{"max-pages": "1"}))
    assert caught.value.code == "congkhai-E841"
    world.post("fault", fault="html", on="lookupdocument", times=1)
    with pytest.raises(OutsideError):
        read(source(world))


def test_check_reads_a_log_only_live_and_says_what_is_wrong(world: Office) -> None:
    assert [one.result for one in source(world).check(live=True)] == ["ok"]
    world.post("fault", fault="body_error", on=LOG, times=1)
    assert [one.result for one in source(world).check(live=True)] == ["fail"]
    assert [one.result for one in source(world, days="1").check(live=True)] == ["ok"]
    world.later(days=200)
    assert "chưa có văn bản đi" in source(world).check(live=True)[0].what
