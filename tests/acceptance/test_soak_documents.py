"""Three hundred papers, changes, recalls, outages, faults, two kills: simulator, store and journal say the same."""

from pathlib import Path

from benchmarks.soak_documents import run


def test_a_small_soak_ends_with_exactly_the_simulators_truth(tmp_path: Path) -> None:
    found = run(300, 2, seed=20260722, rate=0.004, folder=tmp_path, limit=420)
    assert found["wrong"] == []
    assert found["restarts"] == 2
    assert found["documents"] + found["refused"] >= 300
    # Filed: a plain one, an updated one, a replaced one and what replaced it; withdrawn: a recalled one.
    assert (found["filed"], found["withdrawn"]) == (4, 1)
    assert min(found["recalled"], found["updated"], found["replaced"]) >= 3
    assert found["outages"] == 9
    assert found["source_failed"] >= 3
    assert sum(found["faults_thrown"].values()) > 5
    assert found["highest_mib"] < 400
