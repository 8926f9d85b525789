"""The verbs of an installation, each in a process of its own: what they print, and what they exit with."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import congkhai

from congkhai.plugin.demo.place import furnish, place_of
from congkhai.plugin.demo.scenario import load_scenario


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh installation whose e-office does not answer."""
    place = place_of(tmp_path_factory.mktemp("office") / "work")
    inbox = place.folder / "inbox"
    inbox.mkdir(parents=True)
    furnish(place, load_scenario(), "http://127.0.0.1:9/qlvb/", str(inbox))
    return place.ini


def _start(ini: Path) -> "subprocess.Popen[str]":
    code = "from congkhai.plugin.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "-c", str(ini), "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lock = ini.parent / "data" / "lock"
    for _ in range(200):
        if lock.exists() and str(process.pid) in lock.read_text(encoding="utf-8"):
            return process
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"the daemon did not come up: {process.communicate()}")


def test_the_daemon_stops_at_once_when_told_to_and_exits_with_zero(installation: Path) -> None:
    process = _start(installation)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert time.monotonic() - begun < 10
    assert "Traceback" not in err


def test_a_second_daemon_is_refused_and_told_who_holds_the_store(installation: Path) -> None:
    first = _start(installation)
    try:
        second = congkhai("-c", str(installation), "run")
        third = congkhai("-c", str(installation), "once")
    finally:
        first.terminate()
        first.communicate(timeout=20)
    for refused in (second, third):
        assert refused.returncode == 1
        assert str(first.pid) in refused.stderr
        assert "congkhai-E420" in refused.stderr


def test_an_e_office_that_does_not_answer_is_shown_and_stops_nothing(installation: Path) -> None:
    assert congkhai("-c", str(installation), "once").returncode == 0
    found = json.loads(congkhai("-c", str(installation), "status", "--json").stdout)
    assert set(found) == {"due", "overdue", "waiting", "stuck", "duties", "oldest_due_seconds"}
    assert [row["id"] for row in found["stuck"] if row["what"] == "source"] == ["ioffice"]
    assert "ioffice" in congkhai("-c", str(installation), "work", "list").stdout


def test_simulated_time_moves_forward_only(installation: Path) -> None:
    later = congkhai("-c", str(installation), "once", "--now", "2026-07-03T09:00:00+07:00", "--json")
    assert json.loads(later.stdout)["now"] == "2026-07-03T09:00:00+07:00"
    back = congkhai("-c", str(installation), "once", "--now", "2026-07-02T09:00:00+07:00")
    assert (back.returncode, "congkhai-E412" in back.stderr) == (1, True)


def test_now_is_refused_on_a_store_that_lives_by_the_real_clock(tmp_path: Path) -> None:
    assert congkhai("init", "--dir", str(tmp_path), "--yes").returncode == 0
    ini = str(tmp_path / "congkhai.ini")
    done = congkhai("-c", ini, "once", "--now", "2999-01-01T00:00:00+07:00")
    assert (done.returncode, "congkhai-E412" in done.stderr) == (1, True)


def test_the_journal_is_shown_and_verified(installation: Path) -> None:
    congkhai("-c", str(installation), "once")
    shown = json.loads(congkhai("-c", str(installation), "journal", "show", "--json").stdout)
    assert shown[0]["seq"] == 0
    assert congkhai("-c", str(installation), "journal", "verify").returncode == 0


def test_a_signer_with_nothing_waiting_is_told_so(installation: Path) -> None:
    done = congkhai("-c", str(installation), "sign", "head")
    assert (done.returncode, "Không có gì chờ" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["sign", "nobody"], 78, "congkhai-E118"),
        (["work", "retry", "nothing", "--by", "A"], 2, "congkhai-E141"),
        (["work", "skip", "nothing", "--by", "A", "--reason", "x"], 2, "congkhai-E141"),
        (["work", "decide", "nothing", "--happened", "--by", "A", "--reason", "x"], 2, "congkhai-E141"),
        (["once", "--now", "tomorrow"], 2, "ISO 8601"),
        (["no-such-verb"], 2, ""),
    ],
)
def test_wrong_calls_say_what_to_do(installation: Path, arguments: list[str], code: int, words: str) -> None:
    done = congkhai("-c", str(installation), *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_ini_is_an_error_and_not_all_defaults(tmp_path: Path) -> None:
    done = congkhai("-c", str(tmp_path / "none.ini"), "status")
    assert (done.returncode, str(tmp_path / "none.ini") in done.stderr) == (78, True)


def test_a_store_that_was_never_made_names_the_verb_that_makes_one(tmp_path: Path) -> None:
    assert congkhai("init", "--dir", str(tmp_path), "--yes", "--no-store").returncode == 0
    done = congkhai("-c", str(tmp_path / "congkhai.ini"), "status")
    assert (done.returncode, "congkhai init" in done.stderr) == (78, True)


def test_the_demo_never_takes_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious", encoding="utf-8")
    done = congkhai("demo", "--dir", str(tmp_path), "--no-serve")
    assert (done.returncode, "congkhai-E121" in done.stderr) == (2, True)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "precious"
