"""
A large file in a container: how fast against hashing and writing it, and with how much memory.

Sealing and checking run in processes of their own, whose largest memory the system tells at their end.
"""

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from congkhai.signing import (
    Trust,
    complete_container,
    load_pkcs12,
    member_from_file,
    prepare_container,
    verify_path,
    write_container,
)

from .samples import MOMENT

ROUNDS = 3
PIECE = 1024 * 1024


def seal(source: Path, target: Path, key_file: Path, word: str) -> None:
    """Put a file into a container, signed."""
    key = load_pkcs12(key_file, word)
    members = [member_from_file(source.name, "application/octet-stream", source)]
    prepared = prepare_container(
        members, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=MOMENT, chain=key.chain
    )
    write_container(target, members, [complete_container(members, prepared, key.sign(prepared.octets))])


def check(target: Path) -> None:
    """Verify a container whose signer nobody trusts: the mathematics are all done, and must hold."""
    (report, *_rest) = verify_path(target, Trust.nothing(), MOMENT).files
    if report.signatures[0].integrity != "intact":
        raise SystemExit("the container does not hold")


def large_file(folder: Path, key_file: Path, word: str, megabytes: int) -> dict[str, Any]:
    """
    Measure sealing and checking of one large file.

    Args:
        folder: with room for three times the file.
        key_file: PKCS#12 with an ECDSA key, and its password.
        megabytes: size of the file.
    """
    source, copy, target = folder / "large.bin", folder / "copy.bin", folder / "large.asice"
    with source.open("wb") as stream:
        for _number in range(megabytes):
            stream.write(os.urandom(PIECE))
        stream.flush()
        os.fsync(stream.fileno())
    rounds: list[dict[str, float]] = []
    memory = 0
    for _round in range(ROUNDS):
        times = {"hash": _timed(lambda: _hash(source)), "write": _timed(lambda: _copy(source, copy))}
        copy.unlink()
        for act, arguments in (("seal", (source, target, key_file, word)), ("check", (target,))):
            times[act], used = _apart(act, *map(str, arguments))
            memory = max(memory, used)
        target.unlink()
        rounds.append(times)
    source.unlink()
    size = megabytes / 1024
    return {
        "gib": round(size, 3),
        **{f"{name}_gib_per_second": round(size / _median(rounds, name), 3) for name in rounds[0]},
        "check_to_hash": round(statistics.median(one["hash"] / one["check"] for one in rounds), 3),
        "seal_to_slower_of_hash_and_write": round(
            statistics.median(max(one["hash"], one["write"]) / one["seal"] for one in rounds), 3
        ),
        "largest_memory_mib": memory,
    }


def _median(rounds: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in rounds)


def _timed(act: Any) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def _hash(path: Path) -> None:
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reading, target.open("wb") as writing:
        while piece := reading.read(PIECE):
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())


def _apart(*arguments: str) -> tuple[float, int]:
    """Run an act in a process of its own; return its seconds, without the start of Python, and its MiB."""
    done = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, "-m", "benchmarks.big", *arguments], check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    return float(told["seconds"]), int(told["mib"])


if __name__ == "__main__":
    act, *rest = sys.argv[1:]
    started = time.perf_counter()
    if act == "seal":
        seal(Path(rest[0]), Path(rest[1]), Path(rest[2]), rest[3])
    else:
        check(Path(rest[0]))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - started, "mib": used}))
