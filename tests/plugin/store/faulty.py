"""
A writer that is to meet disk faults: ``python faulty.py FOLDER COUNT`` keeps files and rows and says what was kept.

It answers with one line of JSON: the numbers whose file and rows were acknowledged, and how many the store refused.
Faults come from outside (``fiu-run``).
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from congkhai.plugin.errors import StoreError
from congkhai.plugin.store import Store, open_store
from congkhai.plugin.store import tables as t


def main(folder: Path, count: int) -> None:
    """Write and acknowledge."""
    store = _opened(folder)
    kept: list[int] = []
    refused = 0
    for number in range(count):
        try:
            sha256, size = store.vault.put(f"tệp {number}".encode() * 50)
            with store.write("xa", "test") as tx:
                tx.journal("test.kept", f"n{number}", file=sha256)
                tx.enqueue("tag", f"n{number}", number=number, size=size)
                tx.connection.execute(sa.insert(t.meta).values(name=f"n{number}", value=sha256))
        except StoreError as error:
            refused += 1
            assert error.advice
            continue
        kept.append(number)
    _say(json.dumps({"kept": kept, "refused": refused}).encode())


def _opened(folder: Path) -> Store:
    """Open the store; a fault may hit that too, and then the daemon is started again."""
    for _turn in range(100):
        with suppress(StoreError):
            return open_store(folder)
    return open_store(folder)


def _say(line: bytes) -> None:
    """Write the one line of the answer, whatever writing costs: the faults hit every file of the process."""
    for _turn in range(1000):
        with suppress(OSError):
            os.write(1, line)
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
