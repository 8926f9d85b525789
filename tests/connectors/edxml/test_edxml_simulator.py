"""The simulated sender of packets: each exactly once ever, with the dirt that the scenario asks for."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from congkhai.connectors.edxml_packet import Packet, read_packet
from congkhai.connectors.edxml_parse import Limits, parse_tree
from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.edxml import EdxmlSimulator
from congkhai.connectors.simulators.scenario import parse_scenario

START = "2025-01-02T07:00:00+07:00"


def entry(key: str, at: str = START, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "at": at, "via": "edxml", "direction": "in", "type": "Kế hoạch", "number": f"{key}/KH-UBND",
        "issued": "2025-01-01", "issuer": "UBND huyện Mẫu", "subject": "Kế hoạch mẫu", "secrecy": "",
        "signer": "Nguyễn Văn Mẫu", "files": [{"name": "a.txt", "text": "Nội dung"}], **more,
    }  # fmt: skip


def scenario(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "mau", "start": START, "end": "2025-02-01T00:00:00+07:00",
        "agency": {"name": "UBND xã Mẫu Một", "code": "001.00.20.TT2"}, "entries": list(entries), **more,
    }  # fmt: skip


def simulator(folder: Path, plan: dict[str, Any]) -> EdxmlSimulator:
    made = EdxmlSimulator(folder, parse_scenario(plan))
    made.advanced()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "inbox").iterdir())


def read(path: Path) -> Packet:
    root, _junk = parse_tree(path.read_bytes(), Limits())
    return read_packet(root, Limits())


def test_a_packet_appears_when_its_moment_comes_and_only_once_ever(tmp_path: Path) -> None:
    plan = scenario(entry("1"), entry("2", "2025-01-05T07:00:00+07:00"), entry("3", via="ioffice"))
    made = simulator(tmp_path, plan)
    assert names(tmp_path) == ["00001-1.edxml"]
    (tmp_path / "inbox" / "00001-1.edxml").unlink()
    made.control("POST", "clock", {"now": "2025-01-06T00:00:00+07:00"})
    assert names(tmp_path) == ["00002-2.edxml"]
    (tmp_path / "inbox" / "00002-2.edxml").unlink()
    simulator(tmp_path, plan)
    assert names(tmp_path) == []


def test_a_kill_between_noting_and_renaming_is_made_good_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = scenario(entry("1"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def die(self: Path, target: Path) -> Path:
            raise KeyboardInterrupt

        patch.setattr(Path, "rename", die)
        simulator(tmp_path, plan)
    assert names(tmp_path) == []
    simulator(tmp_path, plan)
    assert names(tmp_path) == ["00001-1.edxml"]
    (tmp_path / "inbox" / "00001-1.edxml").unlink()
    simulator(tmp_path, plan)
    assert names(tmp_path) == []


def test_a_packet_that_was_not_noted_yet_is_not_sent_by_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def die(self: EdxmlSimulator) -> None:
            raise KeyboardInterrupt

        patch.setattr(EdxmlSimulator, "save", die)
        simulator(tmp_path, scenario(entry("1")))
    outage = {"via": "edxml", "from": START, "to": "2025-01-03T00:00:00+07:00"}
    simulator(tmp_path, scenario(entry("1"), outages=[outage]))
    assert names(tmp_path) == []


def test_the_packet_says_what_the_entry_says(tmp_path: Path) -> None:
    simulator(tmp_path, scenario(entry("1", urgency="Hỏa tốc")))
    packet = read(tmp_path / "inbox" / "00001-1.edxml")
    assert (packet.number, packet.subject, packet.urgency) == ("1/KH-UBND", "Kế hoạch mẫu", "Hỏa tốc")
    assert (packet.sender, packet.receivers) == ("UBND huyện Mẫu", ("001.00.20.TT2",))
    assert packet.parts[0].content.startswith(b"PK"), "a .txt travels zipped"


def test_an_outgoing_paper_comes_from_the_agency(tmp_path: Path) -> None:
    simulator(tmp_path, scenario(entry("1", direction="out")))
    assert read(tmp_path / "inbox" / "00001-1.edxml").sender_id == "001.00.20.TT2"


def test_acts_name_the_paper_of_their_target(tmp_path: Path) -> None:
    acts = [entry(act, act=act, target="1") for act in ("recall", "update", "replace")]
    simulator(tmp_path, scenario(entry("1"), *acts))
    first, *rest = (read(tmp_path / "inbox" / name) for name in names(tmp_path))
    assert [packet.act for packet in rest] == ["recall", "update", "replace"]
    assert all(packet.named[0] == first.identifier for packet in rest)
    assert rest[0].identifier == first.identifier


def test_a_secrecy_mark_stands_alone_on_a_line_of_the_subject(tmp_path: Path) -> None:
    simulator(tmp_path, scenario(entry("1", secrecy="Tối mật"), entry("2", secrecy="Thường")))
    assert read(tmp_path / "inbox" / "00001-1.edxml").subject == "TỐI MẬT\nKế hoạch mẫu"
    assert read(tmp_path / "inbox" / "00002-2.edxml").subject == "Kế hoạch mẫu"


def test_a_secrecy_mark_can_stand_in_the_text_only(tmp_path: Path) -> None:
    files = [{"name": "a.doc", "text": "Nội dung"}]
    simulator(tmp_path, scenario(entry("1", secrecy="Mật", fault="mark_in_text", files=files)))
    packet = read(tmp_path / "inbox" / "00001-1.edxml")
    assert packet.subject == "Kế hoạch mẫu"
    assert packet.parts[0].content.decode() == "MẬT\nNội dung"


def test_duplicate_and_same_id_give_two_files(tmp_path: Path) -> None:
    simulator(tmp_path, scenario(entry("1", fault="duplicate"), entry("2", fault="same_id")))
    inbox = tmp_path / "inbox"
    one, again, two, other = (inbox / name for name in names(tmp_path))
    assert one.read_bytes() == again.read_bytes()
    assert two.read_bytes() != other.read_bytes()
    assert read(two).identifier == read(other).identifier


def test_nothing_is_sent_during_an_outage(tmp_path: Path) -> None:
    outage = {"via": "edxml", "from": START, "to": "2025-01-03T00:00:00+07:00"}
    made = simulator(tmp_path, scenario(entry("1"), outages=[outage]))
    assert names(tmp_path) == []
    made.control("POST", "clock", {"now": "2025-01-03T00:00:00+07:00"})
    assert names(tmp_path) == ["00001-1.edxml"]


def test_an_unknown_fault_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        simulator(tmp_path, scenario(entry("1", fault="no_such_thing")))


def test_it_runs_as_a_process_and_sends_again_when_told(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(scenario(entry("1"))), encoding="utf-8")
    command = [sys.executable, "-m", "congkhai.connectors.simulators.edxml", "--state", str(tmp_path / "s")]
    with subprocess.Popen(
        [*command, "--scenario", str(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["folder"] == str(tmp_path / "s" / "inbox")
        again = urllib.request.Request(ready["control"] + "/again", data=b'{"id": "1"}', method="POST")  # noqa: S310 - loopback
        with urllib.request.urlopen(again, timeout=10) as reply:  # noqa: S310 - loopback
            assert json.load(reply)["files"] == ["00002-1.edxml"]
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0
    assert names(tmp_path / "s") == ["00001-1.edxml", "00002-1.edxml"]


def test_it_runs_inside_a_test_too(tmp_path: Path) -> None:
    running = Running(EdxmlSimulator(tmp_path, parse_scenario(scenario(entry("1")))))
    try:
        assert running.line["folder"] == str(tmp_path / "inbox")
        assert running.simulator.control("GET", "state", {})["inbox"] == ["00001-1.edxml"]
    finally:
        running.stop()


def test_a_whole_dirty_scenario_ends_with_every_packet_in_its_place(
    tmp_path: Path, make_desk: Callable[..., Any]
) -> None:
    wrong = {
        "half": "not_wellformed", "leading_junk": "leading_junk", "entity": "dtd", "utf16": "encoding",
        "same_id": "same_id_other_content", "bad_base64": "bad_base64", "second_header": "second_header",
    }  # fmt: skip
    fine = ["duplicate", "bad_date", "comments", "shuffled", "prefix", "zip_lie", "no_business", "crlf"]
    entries = [entry(str(number), fault=fault) for number, fault in enumerate([*wrong, *fine], start=1)]
    simulator(tmp_path, scenario(*entries, entry("99", secrecy="Mật")))
    desk = make_desk()
    desk.house.run()
    assert sorted(problem.code for problem in desk.house.problems) == sorted(wrong.values())
    assert len(desk.house.held) == len(fine) + 1, "the first paper of same_id stands"
    assert [name[6:] for name in desk.names("inbox")] == ["99.edxml"], "the secret one stays where it was put"
    assert len(desk.names("processed")) == len(fine) + 2
