"""
Reading ASiC-E containers: members, signature files, and what disagrees.

What makes a container unreadable or ambiguous is refused; what only makes it less than it claims to be (a manifest that
disagrees, a file that nobody signed) is a finding.

Source: EN 319 162-1 clauses 4.3 and A.1; ODF 1.2 part 3.
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
from .names import CONTAINER_TYPE, MANIFEST_NAME, META, MIMETYPE, fold
from .report import ReportFinding
from .streams import StreamDigest, pieces
from .xmlsafe import MANIFEST, parse
from .zipsafe import MemberReader, entries

_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Container:
    """
    A container as read; its members can be opened while the file is there.

    Attributes:
        members: data files in file order, digested.
        signatures: signature files, name → bytes, in name order.
        problems: what disagrees; an ``error`` keeps the container from passing.
    """

    path: Path
    members: tuple[Member, ...]
    signatures: tuple[tuple[str, bytes], ...]
    problems: tuple[ReportFinding, ...]

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
    problems = _check_mimetype(path, infos, limits)
    types, manifest_problems = _manifest(path, infos, limits)
    members: list[Member] = []
    signatures: list[tuple[str, bytes]] = []
    budget = limits.container_bytes
    for info in infos:
        name = info.filename
        if name in {MIMETYPE, MANIFEST_NAME}:
            continue
        if _SIGNATURES.fullmatch(name):
            signatures.append((name, _small(path, info, limits)))
        elif fold(name).startswith(META.casefold()):
            problems.append(_odd(name))
        else:
            members.append(_member(path, info, types.get(name, "application/octet-stream"), limits, budget))
            budget -= members[-1].size
    problems += manifest_problems
    problems += _compare(types, members) if types else []
    return Container(path, tuple(members), tuple(sorted(signatures)), tuple(problems))


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


def _check_mimetype(path: Path, infos: list[zipfile.ZipInfo], limits: Limits) -> list[ReportFinding]:
    found = next((info for info in infos if info.filename == MIMETYPE), None)
    if found is None or found.file_size > 200 or _small(path, found, limits) != CONTAINER_TYPE.encode():
        raise ContainerError(
            what=_("Gói thiếu tệp mimetype hoặc không phải gói ASiC-E."), where=str(path), code="congkhai-S317"
        )
    if infos[0] is not found or found.compress_type != zipfile.ZIP_STORED or found.extra:
        return [
            ReportFinding(
                "V11", "error", MIMETYPE, _("Tệp mimetype phải đứng đầu gói, không nén và không có trường phụ.")
            )
        ]
    return []


def _odd(name: str) -> ReportFinding:
    return ReportFinding(
        "V12", "error", name, _("Tệp trong META-INF không thuộc loại được kiểm tra và không chữ ký nào bảo vệ nó.")
    )


def _manifest(path: Path, infos: list[zipfile.ZipInfo], limits: Limits) -> tuple[dict[str, str], list[ReportFinding]]:
    """Return name → media type as the manifest says, and what is wrong with the manifest itself."""
    found = next((info for info in infos if info.filename == MANIFEST_NAME), None)
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
    if types.pop("/", None) != CONTAINER_TYPE:
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
