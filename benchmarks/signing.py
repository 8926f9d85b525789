"""
Measure how fast this machine signs and verifies, beside other libraries in the same run.

``python -m benchmarks.signing [--seconds N] [--large MIB] [--json]``, from the root of the repository. One thread;
minutes of five kilobytes, each round with other ones. Making a signature is `prepare`, the key's own work and
`complete`. Measured beside, because no peer does it: the second implementation's check before filing, the check of a
value that came from outside the process (a file key's RSA value has been held against the public key by OpenSSL
already), and papers that another program has laid out, which are read as a tree. How acts are compared stands in
`compare`, what the figures mean in ``benchmarks/README.md``.
"""

import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from congkhai.signing import FileKey, complete, prepare, recheck, verify_bytes, verify_pinned

from .big import large_file
from .compare import Rates, compare
from .peers import Act, bare, signxml_sign, signxml_verify, xmlsec_sign, xmlsec_verify
from .samples import KINDS, MOMENT, Authority, Signer, authority, minutes

FILES = 200
TARGETS = {
    "sign RSA-2048, share of the bare key": 0.75, "sign RSA-3072, share of the bare key": 0.85,
    "sign RSA-2048, times signxml XAdES": 3.0, "sign RSA-2048, times python-xmlsec": 1.4,
    "verify RSA-2048, times signxml XAdES": 8.0, "verify RSA-3072, times signxml XAdES": 8.0,
    "verify P-256, times signxml XAdES": 6.0, "verify RSA-2048, times python-xmlsec": 2.0,
    "full validation of B-LT, per second": 500.0, "large file checked, share of SHA-256": 0.8,
    "large file sealed, share of the slower of hashing and writing": 0.8,
}  # fmt: skip
MOST = {"large file, memory in MiB": 150.0, "congkhai verify FILE, seconds": 0.5}


def sign(document: bytes, key: FileKey) -> bytes:
    """Make one signature, from file to file."""
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=MOMENT, role="head",
        chain=key.chain,
    )  # fmt: skip
    return complete(document, prepared, key.sign(prepared.octets))


def sign_from_outside(document: bytes, key: FileKey) -> bytes:
    """Make one signature whose value comes from outside, as from a token: it is calculated before it is taken."""
    prepared = prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=MOMENT, role="head",
        chain=key.chain,
    )  # fmt: skip
    return complete(document, prepared, bytes(key.sign(prepared.octets)))


def foreign(documents: Sequence[bytes]) -> list[bytes]:
    """Return the same papers as another program might lay them out: with a line break before the body."""
    return [one.replace(b"<Body", b"\n<Body", 1) for one in documents]


def _present(acts: dict[str, Act | None]) -> dict[str, Act]:
    return {name: act for name, act in acts.items() if act is not None}


def signing_rates(signer: Signer, documents: Sequence[bytes], seconds: float) -> Rates:
    """Measure signing with one kind of key."""
    supply, again, laid_out = (
        itertools.cycle(documents),
        itertools.cycle(documents),
        itertools.cycle(foreign(documents)),
    )
    octets = prepare(
        documents[0], certificate=signer.key.certificate_der, algorithm=signer.key.algorithm, signing_time=MOMENT
    ).octets
    acts: dict[str, Act | None] = {
        "bare key": bare(signer, octets),
        "congkhai": lambda: sign(next(supply), signer.key),
        "signxml XAdES": signxml_sign(signer, documents),
        "python-xmlsec": xmlsec_sign(signer, documents),
        "congkhai, value from outside": lambda: sign_from_outside(next(again), signer.key),
        "congkhai, another's layout": lambda: sign(next(laid_out), signer.key),
    }
    return compare(_present(acts), seconds)


def verifying_rates(signer: Signer, root: Authority, signed: Sequence[bytes], seconds: float) -> Rates:
    """Measure mathematics and structure with a pinned certificate; python-xmlsec goes to its authority."""
    supply, again = itertools.cycle(signed), itertools.cycle(signed)
    laid_out = itertools.cycle(foreign(signed))
    own = [signxml_sign(signer, [one])() for one in minutes(40)]
    pinned = [signer.key.certificate_der]
    acts: dict[str, Act | None] = {
        "congkhai": lambda: verify_pinned(next(supply), pinned),
        "signxml XAdES": signxml_verify(signer, signed, references=2),
        "signxml XAdES, its own file": signxml_verify(signer, own, references=3),
        "python-xmlsec": xmlsec_verify(root, signed),
        "congkhai, another's layout": lambda: verify_pinned(next(laid_out), pinned),
        "recheck before filing": lambda: recheck(next(again)),
    }
    return compare(_present(acts), seconds)


def measure(seconds: float, large: int) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the rates in full, and the figures that have a target."""
    full: dict[str, Any] = {}
    figures: dict[str, float] = {}
    documents = minutes(FILES)
    with tempfile.TemporaryDirectory(prefix="congkhai-bench-") as place:
        folder, root = Path(place), authority()
        for kind in KINDS:
            signer = root.signer(kind, folder)
            making = signing_rates(signer, documents, seconds)
            signed = [sign(one, signer.key) for one in documents]
            checking = verifying_rates(signer, root, signed, seconds)
            for act, rates in (("sign", making), ("verify", checking)):
                full[f"{act} {kind}, per second"] = {name: round(rates.rate(name), 1) for name in rates.rounds}
                figures |= {
                    f"{act} {kind}, times {peer}": rates.ratio("congkhai", peer)
                    for peer in ("signxml XAdES", "signxml XAdES, its own file", "python-xmlsec")
                    if peer in rates.rounds
                }
            figures[f"sign {kind}, share of the bare key"] = making.ratio("congkhai", "bare key")
        figures |= _validation(folder, seconds) | _start(folder, root, signed[0])
        if large:
            full["large file"] = found = large_file(folder, folder / "P-256.p12", "do-thu", large)
            figures["large file checked, share of SHA-256"] = found["check_to_hash"]
            name = "large file sealed, share of the slower of hashing and writing"
            figures[name] = found["seal_to_slower_of_hash_and_write"]
            figures["large file, memory in MiB"] = found["largest_memory_mib"]
    return full, figures


def _start(folder: Path, root: Authority, signed: bytes) -> dict[str, float]:
    """Measure `congkhai verify FILE` from the start of the process to its verdict: the best of several starts."""
    from cryptography.hazmat.primitives.serialization import Encoding

    trust, file = folder / "trust", folder / "minutes.xml"
    trust.mkdir()
    (trust / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (trust / "root.crl").write_bytes(root.crl())
    file.write_bytes(signed)
    program = Path(sys.executable).with_name("congkhai")
    command = [program, "verify", str(file), "--trust", str(trust), "--at", "2026-08-04"]
    taken: list[float] = []
    for _round in range(7):
        before = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own program
        taken.append(time.perf_counter() - before)
    return {"congkhai verify FILE, seconds": min(taken)}


def _validation(folder: Path, seconds: float) -> dict[str, float]:
    """Measure full validation of B-LT: path, revocation data and timestamp of signatures that are all different."""
    try:
        from .levels import long_term
    except ImportError as error:  # the services come with the extra for tests
        click.echo(f"B-LT is not measured: {error}", err=True)
        return {}
    trust, at, files = long_term(folder / "services")
    supply = itertools.cycle(files)
    for one in files:
        if (verdict := verify_bytes(one, "m.xml", trust, at)).indication != "TOTAL_PASSED":
            raise click.ClickException(f"B-LT does not pass: {verdict}")
    rates = compare({"B-LT": lambda: verify_bytes(next(supply), "m.xml", trust, at)}, seconds)
    return {"full validation of B-LT, per second": rates.rate("B-LT")}


def _row(name: str, value: float) -> dict[str, Any]:
    target = TARGETS.get(name, MOST.get(name))
    met = None if target is None else value >= target if name in TARGETS else value < target
    return {"figure": name, "target": target, "reached": round(value, 3), "met": met}


@click.command()
@click.option("--seconds", default=2.0, show_default=True, help="Time for each act.")
@click.option("--large", default=1024, show_default=True, help="Size of the large file in MiB; 0 leaves it out.")
@click.option("--json", "as_json", is_flag=True, help="Machine output.")
def command(seconds: float, large: int, as_json: bool) -> None:
    """Measure signing and verifying, beside other libraries."""
    full, figures = measure(seconds, large)
    rows = [_row(name, value) for name, value in figures.items()]
    if as_json:
        json.dump({"rates": full, "targets": rows}, sys.stdout, indent=1, ensure_ascii=False)
        click.echo()
        return
    for name, rates in full.items():
        click.echo(f"{name}: " + ", ".join(f"{act} {rate}" for act, rate in rates.items()))
    for row in rows:
        said = {None: "", True: "reached", False: "MISSED"}[row["met"]]
        wanted = "" if row["target"] is None else f"{row['target']:>10}"
        click.echo(f"{row['figure']:<64} {row['reached']:>10} {wanted:>10} {said}")


if __name__ == "__main__":
    command()
