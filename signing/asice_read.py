"""
Reading ASiC containers: members, signature files, and what disagrees.

ASiC-E holds any number of files, ASiC-S exactly one with its signatures. Timestamps and their manifests beside the
signatures are handed on unjudged.

What makes a container unreadable or ambiguous is refused; what only makes it less than it claims to be (a manifest that
disagrees, a file that nobody signed) is a finding.

Source: EN 319 162-1 clauses 4.3, 4.4 and A.1; ODF 1.2 part 3.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from ._text import _
from .asice import Member
from .errors import ContainerError, FormatError
from .limits import DEFAULT_LIMITS, Limits
from .names import CONTAINER_TYPE, MANIFEST_NAME, META, MIMETYPE, SIMPLE_TYPE, fold
from .report import ReportFinding
from .streams import StreamDigest, pieces
from .xmlsafe import MANIFEST, parse
from .zipsafe import MemberReader, entries

_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.IGNORECASE)
_EVIDENCE = re.compile(
    r"META-INF/(ASiC(Archive|EvidenceRecord)?Manifest[^/]*\.xml|[^/]*timestamp[^/]*\.tst"
    r"|[^/]*signature[^/]*\.p7s|[^/]*evidencerecord[^/]*\.(ers|xml))",
    re.IGNORECASE,
)
_SIMPLE_SUFFIXES = {".asics", ".scs"}
_MAX_EVIDENCE = 64


@dataclass(frozen=True, slots=True)
class Container:
    """
    A container as read; its members can be opened while the file is there.

    Attributes:
        members: data files in file order, digested.
        signatures: signature files, name → bytes, in name order.
        problems: what disagrees; an ``error`` keeps the container from passing.
        kind: ``asice`` or ``asics``.
        evidence: timestamps, manifests, evidence records and CAdES signatures in META-INF, name → bytes, unjudged.
    """

    path: Path
    members: tuple[Member, ...]
    signatures: tuple[tuple[str, bytes], ...]
    problems: tuple[ReportFinding, ...]
    kind: str = "asice"
    evidence: tuple[tuple[str, bytes], ...] = ()

    def member(self, name: str) -> Member | None:
        """Return the data file of exactly this name."""
        return next((one for one in self.members if one.name == name), None)


def is_container(path: Path) -> bool:
    """Tell whether a file begins like a zip file; raises OSError."""
    with path.open("rb") as stream:
        return stream.read(2) == b"PK"


def read_container(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Container:
    """
    Read a container: every member is inflated once and digested.

    Args:
        path: the file.
        limits: members, bytes and compression ratio that are accepted.

    Raises:
        ContainerError: not a container, broken, hostile, wrong mimetype, or beyond the limits.
        OSError: the file cannot be read.
    """
    infos = entries(path, limits)
    media_type, problems = _check_mimetype(path, infos, limits)
    types, manifest_problems = _manifest(path, infos, limits, media_type)
    members: list[Member] = []
    signatures: list[tuple[str, bytes]] = []
    evidence: list[tuple[str, bytes]] = []
    budget = limits.container_bytes
    for info in infos:
        name = info.filename
        if name in {MIMETYPE, MANIFEST_NAME}:
            continue
        if _SIGNATURES.fullmatch(name):
            signatures.append((name, _small(path, info, limits)))
        elif _EVIDENCE.fullmatch(name) and len(evidence) < _MAX_EVIDENCE:
            evidence.append((name, _small(path, info, limits)))
        elif fold(name).startswith(META.casefold()):
            problems.append(_odd(name))
        else:
            members.append(_member(path, info, types.get(name, "application/octet-stream"), limits, budget))
            budget -= members[-1].size
    problems += manifest_problems
    problems += _compare(types, members) if types else []
    simple = media_type == SIMPLE_TYPE
    if simple:
        problems += _check_simple(members, signatures)
    kind = "asics" if simple else "asice"
    return Container(path, tuple(members), tuple(sorted(signatures)), tuple(problems), kind, tuple(sorted(evidence)))


def _open(path: Path, info: zipfile.ZipInfo, limits: Limits) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(MemberReader(path, info, limits)))


def _member(path: Path, info: zipfile.ZipInfo, media_type: str, limits: Limits, budget: int) -> Member:
    size = 0
    with _open(path, info, limits) as stream, StreamDigest() as digest:
        for piece in pieces(stream):
            size += len(piece)
            if size > budget:
                raise ContainerError(
                    what=_("Tổng dung lượng khi giải nén vượt giới hạn."), where=str(path), code="congkhai-S316"
                )
            digest.update(piece)
        found = digest.digest().hex()
    return Member(info.filename, media_type, found, size, partial(_open, path, info, limits), info.CRC)


def _small(path: Path, info: zipfile.ZipInfo, limits: Limits) -> bytes:
    with _open(path, info, limits) as stream:
        data = stream.read(limits.xml_bytes + 1)
        if len(data) > limits.xml_bytes:
            raise ContainerError(
                what=_("Tệp {name} trong gói quá lớn.").format(name=ascii(info.filename)), code="congkhai-S316"
            )
        return data


def _check_mimetype(path: Path, infos: list[zipfile.ZipInfo], limits: Limits) -> tuple[str, list[ReportFinding]]:
    """Return the container's type, and what is wrong with how it is stated."""
    found = next((info for info in infos if info.filename == MIMETYPE), None)
    if found is None and path.suffix.lower() in _SIMPLE_SUFFIXES:
        return SIMPLE_TYPE, [ReportFinding("V11", "error", MIMETYPE, _("Gói không có tệp mimetype."))]
    stated = b"" if found is None or found.file_size > 200 else _small(path, found, limits)
    if found is None or stated not in {CONTAINER_TYPE.encode(), SIMPLE_TYPE.encode()}:
        raise ContainerError(
            what=_("Gói thiếu tệp mimetype hoặc không phải gói ASiC."), where=str(path), code="congkhai-S317"
        )
    if infos[0] is not found or found.compress_type != zipfile.ZIP_STORED or found.extra:
        text = _("Tệp mimetype phải đứng đầu gói, không nén và không có trường phụ.")
        return stated.decode(), [ReportFinding("V11", "error", MIMETYPE, text)]
    return stated.decode(), []


def _check_simple(members: list[Member], signatures: list[tuple[str, bytes]]) -> list[ReportFinding]:
    """An ASiC-S container holds one file and one file of signatures over it."""
    problems = []
    if len(members) != 1:
        text = _("Gói ASiC-S phải có đúng một tệp, gói này có {count}.")
        problems.append(ReportFinding("V19", "error", "", text.format(count=len(members))))
    if len(signatures) > 1:
        text = _("Gói ASiC-S chỉ được có một tệp chữ ký, gói này có {count}.")
        problems.append(ReportFinding("V19", "error", META, text.format(count=len(signatures))))
    return problems


def _odd(name: str) -> ReportFinding:
    return ReportFinding(
        "V12", "error", name, _("Tệp trong META-INF không thuộc loại được kiểm tra và không chữ ký nào bảo vệ nó.")
    )


def _manifest(
    path: Path, infos: list[zipfile.ZipInfo], limits: Limits, media_type: str
) -> tuple[dict[str, str], list[ReportFinding]]:
    """Return name → media type as the manifest says, and what is wrong with the manifest itself."""
    found = next((info for info in infos if info.filename == MANIFEST_NAME), None)
    if found is None and media_type == SIMPLE_TYPE:
        return {}, []  # one file needs no list of files
    if found is None:
        return {}, [ReportFinding("V13", "error", MANIFEST_NAME, _("Gói không có tệp kê khai manifest.xml."))]
    try:
        root = parse(_small(path, found, limits), limits=limits).root
    except FormatError as error:
        return {}, [ReportFinding("V13", "error", MANIFEST_NAME, error.what)]
    types: dict[str, str] = {}
    problems: list[ReportFinding] = []
    for entry in root.iter(f"{{{MANIFEST}}}file-entry"):
        name = entry.get(f"{{{MANIFEST}}}full-path", "")
        if name in types:
            problems.append(_disagrees(name, _("được kê khai hai lần")))
        types[name] = entry.get(f"{{{MANIFEST}}}media-type", "")
    if types.pop("/", None) != media_type:
        problems.append(_disagrees("/", _("không kê khai đúng kiểu của gói")))
    # An empty dictionary would look like "no manifest"; the root entry alone is a manifest of nothing.
    return types or {"": ""}, problems


def _compare(types: dict[str, str], members: list[Member]) -> list[ReportFinding]:
    names = {one.name for one in members}
    missing = [
        _disagrees(name, _("có trong bản kê, không có trong gói")) for name in types if name and name not in names
    ]
    meta = [finding for finding in missing if not finding.where.startswith(META)]
    return meta + [_disagrees(name, _("có trong gói, không có trong bản kê")) for name in names - types.keys()]


def _disagrees(name: str, how: str) -> ReportFinding:
    return ReportFinding(
        "V14",
        "error",
        name,
        _("Bản kê manifest.xml và nội dung gói không khớp: {name} {how}.").format(name=name, how=how),
    )
