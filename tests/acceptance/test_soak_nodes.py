"""Two nodes on one PostgreSQL database under SIGKILL: a small form of ``make soak``."""

import random
from pathlib import Path

from benchmarks.soak_nodes import soak
from tests.postgresql import running_server


def test_two_nodes_under_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    with running_server() as server:
        figures = soak(tmp_path, server.database, kills=1, papers=1, nodes=2, dice=random.Random(7))  # noqa: S311 - moments to kill at, no secret
    assert (figures.lost, figures.twice, figures.broken) == ([], [], [])
    assert figures.kills == 1
    assert figures.filings == figures.papers == figures.rounds
