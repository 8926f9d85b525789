"""Three hundred papers, random faults, two kills: simulator, store and journal say the same."""

from pathlib import Path

from benchmarks.soak_documents import run


def test_a_small_soak_ends_with_exactly_the_simulators_truth(tmp_path: Path) -> None:
    found = run(300, 2, seed=20260722, rate=0.004, folder=tmp_path, limit=280)
    assert found["wrong"] == []
    assert found["restarts"] == 2
    assert found["documents"] + found["refused"] >= 300
    assert found["filed"] == 1
    assert sum(found["faults_thrown"].values()) > 5
    assert found["highest_mib"] < 400
