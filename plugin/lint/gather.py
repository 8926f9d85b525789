"""From what a person names on the command line to papers: files, folders, dossier folders, containers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import CongkhaiError, InputError
from ..records import Part
from ..text import _
from .case import DossierCase
from .files import read_paper
from .of_xml import MARKS, paper_of_xml
from .parse import parse
from .records import Paper

MOST_FILES = 500
_INDEX = "dossier.xml"
_XML_LIMIT = 32 * 1024 * 1024
_PAPERS = (".txt", ".pdf", ".docx", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".md")


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    What was read.

    Attributes:
        papers: papers from anywhere, to be looked at as one set.
        dossiers: our own dossiers: the case and the papers in it, each a set of its own.
        unreadable: errors of files that could not be read; the others were read all the same.
    """

    papers: tuple[Paper, ...]
    dossiers: tuple[tuple[DossierCase, tuple[Paper, ...]], ...]
    unreadable: tuple[CongkhaiError, ...]


def gather(paths: Sequence[Path], told: Callable[[int, int], None] | None = None) -> Gathered:
    """
    Read everything that is named.

    Args:
        paths: files (one paper each), folders of papers, dossier folders, ASiC-E containers.
        told: called with the number of files done and the number of all.
    """
    papers: list[Paper] = []
    dossiers: list[tuple[DossierCase, tuple[Paper, ...]]] = []
    unreadable: list[CongkhaiError] = []
    files = list(_files(paths, unreadable))
    names = _names(files)
    for done, path in enumerate(files, 1):
        try:
            if path.is_dir():
                dossiers.append(_folder(path))
            elif path.suffix.lower() == ".asice":
                dossiers.append(_container(path))
            else:
                papers.append(_paper(path, names[path]))
        except CongkhaiError as error:
            unreadable.append(error)
        if told is not None:
            told(done, len(files))
    return Gathered(tuple(papers), tuple(dossiers), tuple(unreadable))


def _files(paths: Sequence[Path], unreadable: list[CongkhaiError]) -> Iterator[Path]:
    """Yield files and dossier folders; a plain folder stands for the papers in it."""
    for path in dict.fromkeys(paths):
        if not path.is_dir() or (path / _INDEX).is_file():
            yield path
            continue
        inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        wanted = [
            file for file in inside if file.suffix.lower() in _PAPERS or file.suffix.lower() in {".asice", ".xml"}
        ]
        if not wanted or len(wanted) > MOST_FILES:
            unreadable.append(
                InputError(
                    _("Thư mục có {count} tệp văn bản; đọc được từ 1 đến {most}.").format(
                        count=len(wanted), most=MOST_FILES
                    ),
                    where=str(path),
                    advice=_("Chỉ rõ các tệp của một việc."),
                    code="congkhai-E670",
                )
            )
            continue
        yield from wanted


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """Call each file by its own name, or by the path given where two have one name."""
    short = [file.name for file in files]
    return {file: file.name if short.count(file.name) == 1 else str(file) for file in files}


def _paper(path: Path, name: str) -> Paper:
    if path.suffix.lower() == ".xml" and path.is_file() and path.stat().st_size <= _XML_LIMIT:
        data = path.read_bytes()
        if any(mark in data[:4000] for mark in MARKS):
            return paper_of_xml(data, name)
    return parse(read_paper(path, name))


def _folder(path: Path) -> tuple[DossierCase, tuple[Paper, ...]]:
    members = {
        file.relative_to(path).as_posix(): file.read_bytes
        for file in sorted(path.rglob("*")) if file.is_file() and file.stat().st_size <= _XML_LIMIT
    }  # fmt: skip
    return _dossier(path.name, members)


def _container(path: Path) -> tuple[DossierCase, tuple[Paper, ...]]:
    from congkhai.signing import SigningError, read_container

    try:
        members: dict[str, Callable[[], bytes]] = {}
        for member in read_container(path).members:

            def content(member: object = member) -> bytes:
                with member.open() as stream:  # type: ignore[attr-defined]  # bound early, so that each keeps its own
                    data: bytes = stream.read(_XML_LIMIT + 1)
                return data

            members[member.name] = content
    except (SigningError, OSError) as error:
        raise InputError(
            _("Không đọc được gói hồ sơ: {reason}").format(reason=error),
            where=path.name,
            advice=_("Kiểm tra gói bằng congkhai verify."),
            code="congkhai-E670",
        ) from error
    return _dossier(path.name, members)


def _dossier(name: str, members: dict[str, Callable[[], bytes]]) -> tuple[DossierCase, tuple[Paper, ...]]:
    """Read index and signed papers of a dossier; parts whose files are gone count as missing."""
    from ..minutes import read_index

    if _INDEX not in members:
        raise InputError(
            _("Hồ sơ không có mục lục {index}.").format(index=_INDEX),
            where=name,
            advice=_("Dùng hồ sơ do congkhai lập, hoặc đưa từng văn bản."),
            code="congkhai-E670",
        )
    index = read_index(members[_INDEX]())
    papers = []
    for member, content in members.items():
        if member.endswith(".xml") and member != _INDEX and not member.startswith("META-INF/"):
            data = content()
            if any(mark in data[:4000] for mark in MARKS):
                papers.append(paper_of_xml(data, f"{name}/{member}"))
    parts = tuple(_judged(part, members) for part in index.parts)
    return DossierCase(parts=parts), tuple(papers)


def _judged(part: Part, members: dict[str, Callable[[], bytes]]) -> Part:
    gone = [member for member in part.members if member not in members]
    if part.state != "present" or not gone:
        return part
    return replace(
        part, state="missing", note=_("Mục lục nêu tệp {names} nhưng không có.").format(names=", ".join(gone))
    )
