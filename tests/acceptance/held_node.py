"""
``congkhai`` whose filing stops in the middle: done outside, not yet written down.

Run as ``python -m tests.acceptance.held_node FOLDER ARGUMENTS…``; it says that it has come so far by the file
``reached`` in the folder, and goes on once there is a file ``go``.
"""

import sys
import time
from pathlib import Path

from congkhai.connectors.handover import HandoverConnector
from congkhai.plugin.cli import main
from congkhai.plugin.records import Filing, Receipt

_LONGEST = 60.0


def hold_filings(folder: Path) -> None:
    """Let every filing of this process stop after it was done outside."""
    send = HandoverConnector.file_dossier

    def file_dossier(self: HandoverConnector, filing: Filing) -> Receipt:
        receipt = send(self, filing)
        (folder / "reached").touch()
        until = time.monotonic() + _LONGEST
        while not (folder / "go").exists() and time.monotonic() < until:
            time.sleep(0.05)
        return receipt

    HandoverConnector.file_dossier = file_dossier  # type: ignore[method-assign]  # the moment of the fault


if __name__ == "__main__":
    hold_filings(Path(sys.argv[1]))
    sys.argv = ["congkhai", *sys.argv[2:]]
    main()
