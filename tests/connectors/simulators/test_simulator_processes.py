"""The simulators as processes that any plugin author can start, and the faults that all of them share."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from congkhai.connectors.simulators.control import Running
from congkhai.connectors.simulators.invent import HOSTILE_NAMES, invented
from congkhai.connectors.simulators.ioffice import IofficeSimulator
from congkhai.connectors.simulators.scenario import parse_scenario
from congkhai.connectors.simulators.zalo import ZaloSimulator
from congkhai.plugin.host import Host

NAMES = ("ioffice", "iwork", "vxp", "edxml")


@pytest.mark.parametrize("name", NAMES)
def test_a_simulator_starts_by_hand_with_papers_of_its_own(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", f"congkhai.connectors.simulators.{name}", "--port", "0", "--seed", "7"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*command, "--papers", "12"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        state = requests.get(f"{line['control']}/state", timeout=5).json()
        assert state["kind"] == name
        assert len(state["due"]) == 12
        assert state.get("tripwires", []) == []
        if name == "edxml":
            assert len(state["inbox"]) >= 12
        process.terminate()
        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*NAMES, "wordpress", "zalo"])
def test_every_simulator_is_offered_to_the_house_by_its_plugin(name: str) -> None:
    command = Host().simulators[name].command
    assert command == (sys.executable, "-m", f"congkhai.connectors.simulators.{name}")


def test_a_publisher_is_started_by_hand_with_an_account_and_remembers_what_it_was_sent(tmp_path: Path) -> None:
    command = [*Host().simulators["wordpress"].command, "--state", str(tmp_path / "wp"), "--papers", "0"]
    for turn in range(2):  # killed in between: what was published stands
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            account = (line["username"], line["application_password"])
            if not turn:
                post = {"title": "Bài", "content": "Nội dung", "slug": "bai", "status": "publish"}
                made = requests.post(f"{line['url']}wp-json/wp/v2/posts", json=post, auth=account, timeout=5)
                assert made.status_code == 201
            shown = requests.get(f"{line['url']}wp-json/wp/v2/posts?slug=bai", timeout=5).json()
            assert [one["status"] for one in shown] == ["publish"]
            process.kill()


def test_a_simulated_official_account_hands_out_what_a_channel_needs(tmp_path: Path) -> None:
    running = Running(ZaloSimulator(tmp_path / "zalo", parse_scenario(invented("zalo", 0, 1))))
    try:
        token = running.line["refresh_token"]
        asked = {"app_id": running.line["app_id"], "grant_type": "refresh_token", "refresh_token": token}
        given = requests.post(
            f"{running.line['url']}v4/oa/access_token", data=asked, headers={"secret_key": running.line["secret_key"]},
            timeout=5,
        )  # fmt: skip
        assert given.json()["access_token"]
    finally:
        running.stop()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_papers_and_another_seed_others(name: str) -> None:
    assert invented(name, 40, 1) == invented(name, 40, 1)
    assert invented(name, 40, 1)["entries"] != invented(name, 40, 2)["entries"]


def test_among_the_invented_papers_are_those_that_real_systems_hold_too() -> None:
    entries = invented("ioffice", 400, 3)["entries"]
    assert {entry["secrecy"] for entry in entries} == {"Thường", "Mật", ""}
    assert {"0001-01-01", "2090-05-06"} <= {entry["issued"] for entry in entries}
    assert any(not entry["number"] for entry in entries)
    assert any([file["name"] for file in entry["files"]] == list(HOSTILE_NAMES) for entry in entries)
    assert {"in", "out"} == {entry["direction"] for entry in entries}


@pytest.fixture
def running(tmp_path: Path) -> Any:
    made = Running(IofficeSimulator(tmp_path / "sim", parse_scenario(invented("ioffice", 3, 1))))
    yield made
    made.stop()


def post(running: Running, name: str, **body: Any) -> Any:
    return requests.post(f"{running.control}/{name}", json=body, timeout=5).json()


def login(running: Running) -> requests.Response:
    body = {"username": "a", "password": "b"}
    return requests.post(f"{running.line['url']}api/login/v3/", json=body, timeout=5)


def test_chaos_can_be_replayed(running: Running) -> None:
    def seen() -> list[int]:
        post(running, "chaos", rate=0.5, seed=4, faults=["5xx"])
        return [login(running).status_code for _ in range(20)]

    first = seen()
    assert {200, 502} == set(first)
    assert seen() == first
    post(running, "chaos", rate=0)
    assert [login(running).status_code for _ in range(5)] == [200] * 5


def test_the_rate_limit_says_when_to_come_back(running: Running) -> None:
    post(running, "limit", calls=2, seconds=30)
    assert [login(running).status_code for _ in range(3)] == [200, 200, 429]
    assert 1 <= int(login(running).headers["Retry-After"]) <= 30
    post(running, "limit", calls=0)
    assert login(running).status_code == 200


def test_the_clock_of_the_simulated_machine_may_be_wrong(running: Running) -> None:
    from email.utils import parsedate_to_datetime

    right = parsedate_to_datetime(login(running).headers["Date"])
    post(running, "skew", seconds=7200)
    wrong = parsedate_to_datetime(login(running).headers["Date"])
    assert 7190 < (wrong - right).total_seconds() < 7260


@pytest.mark.parametrize(("fault", "more"), [("drip", {"rate": 1000}), ("delay", {"ms": 200})])
def test_a_slow_answer_is_slow_and_whole(running: Running, fault: str, more: dict[str, int]) -> None:
    post(running, "fault", fault=fault, **more)
    start = time.monotonic()
    assert login(running).json()["status"]["code"] == "0"
    assert time.monotonic() - start > 0.09


def test_a_cut_answer_ends_early(running: Running) -> None:
    post(running, "fault", fault="cut")
    with pytest.raises(requests.RequestException):
        login(running)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "api/notifycation/setreadnotify/"), ("GET", "api/document/signeddocument/1/"),
     ("POST", "api/document/finish/v2/"), ("POST", "api/incommingdocument/tranferdocument/"),
     ("GET", "api/incommingdocument/recoverdocument/1/"), ("POST", "api/document/signserverca/")],
)  # fmt: skip
def test_a_tripwire_answers_success_and_is_counted(running: Running, method: str, path: str) -> None:
    token = post(running, "token")["token"]
    reply = requests.request(
        method, running.line["url"] + path, headers={"X-Authentication-Token": token}, json={}, timeout=5
    )
    assert reply.json()["status"]["code"] == "0"
    assert [one["label"] for one in running.simulator.show()["tripwires"]] == [f"{method} {path}"]
