"""The benchmark of tagging as a program: figures from folds, exit 2 without its file."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]


def program() -> ModuleType:
    """Load the program from its place in the clone; it is not installed."""
    spec = spec_from_file_location("congkhai_benchmark_tagging", ROOT / "benchmarks" / "tagging.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_document_is_held_out_exactly_once() -> None:
    folds_of = program().folds_of
    folds = folds_of(53, 10, 1)
    assert sorted(place for fold in folds for place in fold) == list(range(53))
    assert folds != folds_of(53, 10, 2)


def test_without_its_file_it_ends_with_two(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.tagging", "--data", str(tmp_path / "none.jsonl"), "--json"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "none.jsonl" in ended.stderr
    assert ended.stdout == ""


def test_a_held_out_document_is_answered_by_what_the_others_taught(tmp_path: Path) -> None:
    bench = program()
    rows = [
        {"id": f"{what}{number}", "direction": "out", "subject": f"{what} số {number} của Trạm Mẫu", "labels": labels}
        for number in range(6)
        for what, labels in (("thanh lý tài sản công", [4]), ("giấy đi đường màu xanh", []))
    ]
    file = tmp_path / "data.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    labelled = bench.read_labelled(file)
    said = bench.held_out(labelled, bench.folds_of(len(labelled), 3, 0))
    assert [one.ranked[0] for one in said] == ["4", "none"] * 6
