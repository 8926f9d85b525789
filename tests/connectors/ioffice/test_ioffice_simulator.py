"""The simulator itself: a process with a memory, a clock that is told the time, tripwires that are seen."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.connectors.simulators.scenario import ScenarioError, parse_scenario


@pytest.fixture
def start(tmp_path, paper) -> Iterator:
    scenario = {"name": "thử", "start": "2026-07-01T07:30:00+07:00", "end": "2026-09-01T00:00:00+07:00",
                "agency": {"name": "Xã Mẫu", "code": "X01"},
                "entries": [paper("a"), paper("b", at="2026-07-05T08:00:00+07:00")]}  # fmt: skip
    (tmp_path / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
    started = []

    def run(*options):
        process = subprocess.Popen(
            [sys.executable, "-m", "congkhai.connectors.simulators.ioffice", "--state", str(tmp_path / "state"),
             "--scenario", str(tmp_path / "scenario.json"), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield run
    for process in started:
        process.kill()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()


def call(line, path, body=None, token=""):
    headers = {"X-Authentication-Token": token}
    if body is None:
        return requests.get(line["url"] + path, headers=headers, timeout=5)
    return requests.post(line["url"] + path, json=body, headers=headers, timeout=5)


def token_of(line):
    return call(line, "api/login/v3/", {"username": "u", "password": "p"}).json()["data"]["token"]


def test_a_killed_simulator_comes_back_with_everything_it_knew(start):
    process, line = start()
    requests.post(f"{line['control']}/clock", json={"now": "2026-07-06T08:00:00+07:00"}, timeout=5)
    requests.post(f"{line['control']}/notice", json={"title": "Công khai", "key": "k1"}, timeout=5)
    token = token_of(line)
    before = requests.get(f"{line['control']}/state", timeout=5).json()
    journal = requests.get(f"{line['control']}/journal", timeout=5).json()["calls"]
    process.kill()
    process.wait(10)
    _process, again = start()
    assert again == line  # the same port, so that addresses in an ini stay true
    assert requests.get(f"{again['control']}/state", timeout=5).json() == before
    assert before["due"] == ["a", "b"]
    assert requests.get(f"{again['control']}/journal", timeout=5).json()["calls"] == journal
    rows = call(again, "api/document/lookupdocument/", {"pageNo": "1", "pageRec": "10", "parameter": {}}, token).json()
    assert len(rows["data"]) == 2


def test_it_ends_with_its_parent_s_pipe_and_on_a_signal(start):
    process, _line = start()
    process.stdin.close()
    assert process.wait(10) == 0
    process, _line = start()
    process.terminate()
    assert process.wait(10) == 0


def test_detached_it_outlives_its_stdin(start):
    process, line = start("--detached")
    process.stdin.close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert requests.get(f"{line['control']}/clock", timeout=5).ok


def test_time_never_goes_back_and_needs_its_zone(office):
    world = office()
    for wrong in ("2026-06-30T00:00:00+07:00", "2026-08-01T00:00:00", "yesterday", None):
        answer = requests.post(f"{world.running.control}/clock", json={"now": wrong}, timeout=5)
        assert answer.status_code == 400
    assert requests.get(f"{world.running.control}/clock", timeout=5).json() == {"now": "2026-07-01T08:00:00+07:00"}


def test_a_paper_shows_only_when_its_moment_has_come(office, paper):
    world = office(paper("a"), paper("b", at="2026-07-02T08:00:00+07:00"))
    assert len(world.state["papers"]) == 1
    world.later(days=1)
    assert len(world.state["papers"]) == 2


def test_a_tripwire_answers_success_and_is_seen(tmp_path, office):
    world = office()
    line = world.running.line
    token = token_of(line)
    assert call(line, "api/document/signeddocument/1/", token=token).json()["data"] == "TRUE"
    assert [hit["label"] for hit in world.state["tripwires"]] == ["GET api/document/signeddocument/1/"]
    link = {"id": "502", "docId": 1001, "finish": 1}
    assert call(line, "api/brief/savebrief/", link, token).ok
    assert len(world.state["tripwires"]) == 2
    world.running.simulator.memory.clear()  # this test meant to hit them


def test_the_contract_s_strictness_is_kept(office, paper):
    world = office(paper("a"))
    line, token = world.running.line, token_of(world.running.line)
    search = "api/document/lookupdocument/"
    assert call(line, search, {"pageNo": 1, "pageRec": 10}, token).json()["status"]["code"] != "0"
    assert call(line, search.rstrip("/"), {"pageNo": "1", "pageRec": "10"}, token).status_code == 404
    assert call(line, search, {"pageNo": "1", "pageRec": "10"}).status_code == 401
    twin = call(line, "api/document/paginglookupdocument/", {"pageNo": "1", "pageRec": "10"}, token).json()
    assert twin["data"] == {"pageNo": 1, "pageRec": 10}
    window = {"startDateBanHanh": "01/07/2026", "endDateBanHanh": "02/07/2026"}
    found = call(line, search, {"pageNo": "1", "pageRec": "10", "parameter": window}, token).json()
    assert found["data"] == []


def test_the_same_text_gives_the_same_bytes():
    for name in ("a.pdf", "a.docx", "a.txt"):
        assert attachment_bytes(name, "Đông Sơn (1)\n\\x") == attachment_bytes(name, "Đông Sơn (1)\n\\x")
        assert attachment_bytes(name, "Đông Sơn") != attachment_bytes(name, "Đông Sơm")


def test_a_pdf_can_be_read_with_its_marks():
    import pypdfium2

    document = pypdfium2.PdfDocument(attachment_bytes("a.pdf", "ỦY BAN NHÂN DÂN\n" + "Dòng thứ hai\n" * 60))
    pages = len(document)
    page = document[0]
    text_page = page.get_textpage()
    text = text_page.get_text_range()
    for part in (text_page, page, document):
        part.close()
    assert pages == 2
    assert text.startswith("ỦY BAN NHÂN DÂN")


@pytest.mark.parametrize(
    "change",
    [{"at": "2026-07-01T08:00:00"}, {"issued": "30/06/2026"}, {"direction": "up"}, {"id": "twin"}],
)
def test_a_wrong_scenario_is_told(paper, change):
    scenario = {"name": "n", "start": "2026-07-01T07:30:00+07:00", "end": "2026-07-01T07:30:00+07:00",
                "entries": [paper("twin"), {**paper("a"), **change}]}  # fmt: skip
    with pytest.raises(ScenarioError):
        parse_scenario(scenario)
