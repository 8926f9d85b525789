"""
Power cuts: killed between any two steps, a restart ends in the same place; nothing is lost, nothing happens twice.

Every run here tries some of the points; ``CONGKHAI_EVERY_POINT=1`` tries all of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .office import BOARD, STAFF_PAGE, ini_text, prepare
from .packets import INBOX, PROVINCE, US, packet


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Path:
    """A house into whose inbox two packets have come: the annual plan, and a directive of the province."""
    folder = tmp_path_factory.mktemp("begun") / "house"
    ini = ini_text(INBOX, STAFF_PAGE, BOARD).replace("[connector:nguon]\ntype = script\n", "")
    prepare(folder, pki, ini)
    inbox = folder / "hop-thu"
    inbox.mkdir()
    plan = "Kế hoạch thực hiện công khai thông tin năm 2026"
    (inbox / "1.edxml").write_bytes(packet("12/KH-UBND", "Kế hoạch", plan, US, "2026/01/12"))
    directive = "Về việc tăng cường chỉ đạo, điều hành thực hiện nhiệm vụ năm 2026"
    (inbox / "2.edxml").write_bytes(packet("45/CT-UBND", "Chỉ thị", directive, PROVINCE, "2026/07/02"))
    return folder


def _crashes(stage: Path, end: str, first: int, stride: int) -> list[dict[str, object]]:
    if os.environ.get("CONGKHAI_EVERY_POINT") == "1":
        first, stride = 1, 1
    command = [sys.executable, "-m", "way.power", str(stage), end, str(first), str(stride)]
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=900,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _assert_all_the_same(runs: list[dict[str, object]], points: int) -> None:
    whole, *cut = runs
    assert sum(bool(run["killed"]) for run in cut) >= points
    assert whole["end"] is not None
    for run in cut:
        assert run["end"] is not None, f"point {run['point']}: the restart ended with {run['again']}"
        for name, value in whole["end"].items():  # type: ignore[attr-defined]  # a JSON object
            assert run["end"][name] == value, f"point {run['point']}: {name}"  # type: ignore[index]


def test_a_cut_between_the_packet_and_the_posted_notice(begun: Path) -> None:
    runs = _crashes(begun, "posted", 2, 15)
    end = runs[0]["end"]
    assert end["states"] == ["posted"]  # type: ignore[index]
    assert end["notices"] == 1  # type: ignore[index]
    assert end["packets"]["hop-thu"] == []  # type: ignore[index]
    _assert_all_the_same(runs, 3)


def test_a_cut_between_the_last_signature_and_the_filed_dossier(stages: dict[str, Path]) -> None:
    runs = _crashes(stages["last"], "filed", 3, 11)
    end = runs[0]["end"]
    assert (end["filings"], end["verdicts"]) == (1, ["TOTAL_PASSED"])  # type: ignore[index]
    assert end["acts"].count(["dossier.filed", ""]) == 1  # type: ignore[index]
    _assert_all_the_same(runs, 3)


def test_a_cut_anywhere_after_the_posting(stages: dict[str, Path]) -> None:
    runs = _crashes(stages["posted"], "filed", 5, 40)
    assert runs[0]["end"]["minutes"] == ["closing", "posting", "report"]  # type: ignore[index]
    _assert_all_the_same(runs, 3)


def test_a_cut_while_a_notice_is_paused_and_its_paper_replaced(stages: dict[str, Path]) -> None:
    runs = _crashes(stages["posted"], "life", 4, 9)
    end = runs[0]["end"]
    assert sorted(kind for _posting, kind, _effect, _open in end["breaks"]) == [  # type: ignore[index]
        "correction", "correction", "pause",
    ]  # fmt: skip
    assert [standing for _title, standing in end["shown"]].count(True) == 1  # type: ignore[index]
    assert end["looks"]  # type: ignore[index]
    assert end["stuck"] == []  # type: ignore[index]
    _assert_all_the_same(runs, 3)


def test_a_cut_while_a_paper_is_refused_a_dossier_reopened_and_a_consultation_filled(stages: dict[str, Path]) -> None:
    runs = _crashes(stages["posted"], "dossiers", 9, 90)
    end = runs[0]["end"]
    assert "void:posting:1" in end["minutes"]  # type: ignore[operator,index]
    assert end["verdicts"] == ["TOTAL_PASSED"] * 3  # type: ignore[index]
    assert end["acts"].count(["dossier.filed", ""]) == 3  # type: ignore[index]
    assert end["acts"].count(["dossier.reopened", ""]) == 1  # type: ignore[index]
    assert end["stuck"] == []  # type: ignore[index]
    _assert_all_the_same(runs, 3)
