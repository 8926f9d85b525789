"""
Foreign programs that judge our files, each run as a program of its own on files.

A program that is missing fails the test: an interoperability that nobody looked at is none.
"""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

HERE = Path(__file__).parent
DSS = HERE / "dss" / "target" / "interop-dss.jar"
XADESJS = HERE / "xadesjs"
VERAPDF = HERE / "verapdf" / "target" / "interop-verapdf.jar"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
BODIES = ("urn:congkhai:minutes:1", "urn:congkhai:report:1", "urn:congkhai:decision:1")
"""Namespaces of the files with a body that several sign; DTD-less XML needs to be told where their ids are."""


def need(name: str, what: str | Path) -> str:
    """Return the place of a program or of a product of `make interop`; fail the test when it is missing."""
    found = shutil.which(what) if isinstance(what, str) else str(what) if what.exists() else None
    if found is None:
        pytest.fail(f"{name} is missing; run: make interop", pytrace=False)
    return found


def signatures_in(file: Path) -> list[str]:
    """Return the ids of all signatures in a file."""
    return [one.get("Id", "") for one in etree.parse(file).iter(f"{{{DS}}}Signature")]


def unpacked(container: Path, folder: Path) -> list[Path]:
    """Unpack a container and return its signature files."""
    with zipfile.ZipFile(container) as archive:
        archive.extractall(folder)
    return sorted((folder / "META-INF").glob("*signatures*.xml"))


def xmlsec1(
    file: Path, signature: str, *, trusted: Sequence[Path], untrusted: Sequence[Path] = (), at: datetime, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Verify one signature with xmlsec1, chain included; `cwd` is where relative references are found."""
    command = [
        need("xmlsec1", "xmlsec1"), "--verify", "--verification-gmt-time", f"{at:%Y-%m-%d %H:%M:%S}",
        *(part for one in trusted for part in ("--trusted-pem", str(one))),
        *(part for one in untrusted for part in ("--untrusted-pem", str(one))),
        *(part for namespace in BODIES for part in ("--id-attr:Id", f"{namespace}:Body")),
        "--id-attr:Id", f"{XADES}:SignedProperties", "--id-attr:Id", f"{DS}:Signature",
        "--node-id", signature, str(file),
    ]  # fmt: skip
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def xadesjs(files: Iterable[Path], *, root: Path | None = None) -> dict[str, str]:
    """Return what xadesjs says about every signature: id → empty when it is valid, the reason otherwise."""
    need("xadesjs", XADESJS / "node_modules" / "xadesjs")
    command = [need("node", "node"), str(XADESJS / "verify.mjs"), *(["--root", str(root)] if root else [])]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, timeout=120
    )
    lines = (json.loads(line) for line in done.stdout.splitlines())
    return {one["id"]: "" if one["valid"] else one.get("reason", "not valid") for one in lines}


@dataclass(frozen=True)
class DssSignature:
    """What EU DSS says about one signature."""

    id: str
    indication: str
    sub_indication: str | None
    level: str
    errors: tuple[str, ...]
    timestamps: tuple[str, ...]


@dataclass(frozen=True)
class DssFile:
    """What EU DSS says about one file; `refused` is why it would not read it at all."""

    signatures: tuple[DssSignature, ...]
    refused: str

    @property
    def passed(self) -> bool:
        """Every signature is TOTAL_PASSED, and there is one."""
        return bool(self.signatures) and all(one.indication == "TOTAL_PASSED" for one in self.signatures)

    @property
    def levels(self) -> set[str]:
        """The levels, as ``B``, ``T``, ``LT``, ``LTA``."""
        return {one.level.removeprefix("XAdES_BASELINE_") for one in self.signatures}


def dss_verify(files: Iterable[Path], trust: Path, at: datetime, *, limit: int = 30) -> dict[Path, DssFile]:
    """Judge files with EU DSS, offline, with the anchors, CRLs and OCSP replies of a trust folder of ours."""
    command = ["verify", "--trust", str(trust), "--time", at.isoformat(), "--limit", str(limit), *map(str, files)]
    found: dict[Path, DssFile] = {}
    for line in _dss(*command).splitlines():
        one: dict[str, Any] = json.loads(line)
        signatures = tuple(
            DssSignature(
                sig["id"], sig["indication"], sig["sub_indication"], sig["level"], tuple(sig["errors"]),
                tuple(sig["timestamps"]),
            )
            for sig in one["signatures"]
        )  # fmt: skip
        found[Path(one["path"])] = DssFile(signatures, one.get("refused", ""))
    return found


def dss_sign(
    files: Sequence[Path], out: Path, *, key: Path, password: str, trust: Path, form: str, level: str = "B",
    at: datetime | None = None, options: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Sign with EU DSS and return the file it made."""
    moment = ["--time", at.isoformat()] if at else []
    _dss(
        "sign", "--trust", str(trust), "--key", str(key), "--password", password, "--form", form, "--level", level,
        "--out", str(out), *moment, *options, *map(str, files),
    )  # fmt: skip
    return out


def dss_schema(report: Path) -> None:
    """Hold a validation report against the schema that EU DSS brings along; AssertionError when it does not fit."""
    _dss("schema", str(report))


def _dss(*arguments: str) -> str:
    command = [need("Java", "java"), "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-jar", need("EU DSS", DSS), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def verapdf(files: Iterable[Path], flavour: str) -> dict[Path, tuple[str, ...]]:
    """
    Judge PDF files with veraPDF.

    Args:
        flavour: part and level of PDF/A as veraPDF writes them, e.g. ``3a``.

    Returns:
        For each file the rules that it breaks; an empty tuple means that it conforms.
    """
    command = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-jar", need("veraPDF", VERAPDF), flavour, *map(str, files)]
    done = subprocess.run(
        [need("Java", "java"), *command], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[Path, tuple[str, ...]] = {}
    for line in done.stdout.splitlines():
        verdict, checks, name, *broken = line.rstrip("\t").split("\t")
        assert int(checks) > 100, f"veraPDF looked at next to nothing in {name}"
        assert (verdict == "conformant") == (not broken), line
        found[Path(name)] = tuple(broken)
    return found


def xmllint(file: Path, schema: Path) -> subprocess.CompletedProcess[str]:
    """Validate XML against an XML schema with xmllint, without network."""
    command = [need("xmllint", "xmllint"), "--nonet", "--noout", "--schema", str(schema), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


def pdftotext(file: Path, *, top: int = 0, height: int = 842) -> str:
    """
    Return the text of a PDF file on A4 paper as poppler reads it.

    Args:
        top, height: the strip of every page that is read, in points; the whole page unless told.
    """
    command = [
        need("pdftotext", "pdftotext"), "-enc", "UTF-8", "-nopgbrk", "-r", "72", "-x", "0", "-y", str(top), "-W", "596",
        "-H", str(height), str(file), "-",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL, timeout=60)
    return done.stdout.decode("utf-8")
