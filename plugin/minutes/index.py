"""
The dossier's index (``dossier.xml``): NĐ 30/2020 dossier fields, required parts, and every member with its digest.

Lengths are those of NĐ 30/2020/NĐ-CP Phụ lục VI, part II; they are checked and never used to cut (a shortened title
would be another title).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from lxml import etree

from ..records import Finding, Part, Severity
from ..text import _
from .body import Agency, JournalHead
from .check import content_error, normalised, require_count, require_digest, require_texts, require_unique
from .codec import DAY, TRUTH, WHOLE, Attribute, Leaf, Many, Nested, Shape, Value
from .read import expect, parse, read_shape
from .rules import check_journal
from .shapes import AGENCY, JOURNAL
from .write import checked_bytes

DOSSIER_NAMESPACE = "urn:congkhai:dossier:1"
# NĐ 30/2020, Phụ lục VI, part II, table of dossiers: field, its name in the decree, length in characters.
LENGTHS = (
    ("title", "Title", 500),
    ("maintenance", "Maintenance", 30),
    ("rights", "Rights", 30),
    ("creator", "Creator", 30),
    ("language", "Language", 50),
    ("description", "Description", 500),
)
_MOST = 9999  # DocTotal and PageTotal have four digits


@dataclass(frozen=True, slots=True)
class FileCode:
    """Mã hồ sơ: identifier of the agency (13), year (4 digits), number and symbol of the dossier (20)."""

    organ_id: str
    catalog: int
    notation: str


@dataclass(frozen=True, slots=True)
class Member:
    """
    One file of the dossier.

    Attributes:
        name: its name in the container: relative, ``/`` between folders.
        size: bytes; `sha256`: of the bytes.
        kind: ``document``, ``minutes``, ``report``, ``plan``, ``evidence``, ``feedback``, ``signature`` or ``other``.
        pages: number of pages, None when not counted.
        volume: volume (tập) that it lies in, from 1.
    """

    name: str
    title: str
    media_type: str
    size: int
    sha256: str
    kind: str = "other"
    pages: int | None = None
    volume: int = 1


@dataclass(frozen=True, slots=True)
class DossierIndex:
    """
    What ``dossier.xml`` says.

    Attributes:
        maintenance: retention (thời hạn bảo quản), in words, e.g. ``20 năm``.
        rights: conditions of use (chế độ sử dụng); `creator`: who compiled it.
        start: date of the first paper; `end`: of the last, None while open.
        doc_total, page_total: documents and pages of the whole dossier.
        kind: kind of dossier, e.g. ``disclosure``.
        complete: every required part there, every required signature valid, no ``error`` finding.
        members: of all volumes; `volume`: the one that this copy lies in, of `volumes`.
    """

    id: str
    disclosure: str
    agency: Agency
    code: FileCode
    title: str
    maintenance: str
    rights: str
    creator: str
    language: str
    start: date
    end: date | None
    doc_total: int
    page_total: int
    kind: str
    complete: bool
    parts: tuple[Part, ...]
    members: tuple[Member, ...]
    journal: JournalHead
    description: str = ""
    volume: int = 1
    volumes: int = 1
    findings: tuple[Finding, ...] = ()


_CODE = Shape(
    FileCode, (Leaf("organ_id", "OrganId"), Leaf("catalog", "FileCatalog", WHOLE), Leaf("notation", "FileNotation"))
)
_PART = Shape(
    Part,
    (
        Attribute("state", "state"),
        Leaf("key", "Clause", optional=True),
        Leaf("title", "Title"),
        Many("members", "Members", "FileName"),
        Leaf("note", "Description", optional=True),
    ),
)
_MEMBER = Shape(
    Member,
    (
        Attribute("kind", "kind"),
        Attribute("volume", "volume", WHOLE),
        Leaf("name", "FileName"),
        Leaf("title", "Title"),
        Leaf("media_type", "MediaType"),
        Leaf("size", "Size", WHOLE),
        Leaf("sha256", "Sha256"),
        Leaf("pages", "PageAmount", WHOLE, optional=True),
    ),
)
_FINDING = Shape(
    Finding,
    (
        Attribute("id", "code"),
        Attribute("severity", "severity", Value(str, Severity)),
        Leaf("where", "Where", optional=True),
        Leaf("message", "Message"),
        Leaf("advice", "Advice", optional=True),
    ),
)
INDEX = Shape(
    DossierIndex,
    (
        Attribute("kind", "kind"),
        Attribute("complete", "complete", TRUTH),
        Attribute("volume", "volume", WHOLE),
        Attribute("volumes", "volumes", WHOLE),
        Leaf("id", "DossierId"),
        Leaf("disclosure", "DisclosureId"),
        Nested("code", "FileCode", _CODE),
        Nested("agency", "Organ", AGENCY),
        Leaf("title", "Title"),
        Leaf("maintenance", "Maintenance"),
        Leaf("rights", "Rights"),
        Leaf("creator", "Creator"),
        Leaf("language", "Language"),
        Leaf("start", "StartDate", DAY),
        Leaf("end", "EndDate", DAY, optional=True),
        Leaf("doc_total", "DocTotal", WHOLE),
        Leaf("page_total", "PageTotal", WHOLE),
        Leaf("description", "Description", optional=True),
        Many("parts", "Parts", "Part", _PART),
        Many("members", "Members", "Member", _MEMBER, ordered=True),
        Many("findings", "Findings", "Finding", _FINDING),
        Nested("journal", "JournalHead", JOURNAL),
    ),
)


def dossier_index(index: DossierIndex) -> bytes:
    """
    Write ``dossier.xml``, UTF-8 with declaration, valid against ``dossier.xsd``; equal for equal indexes.

    Raises:
        InputError: a field is longer than NĐ 30/2020 allows, a member's name is not safe, a part names a file that is
            no member, or a dossier is called complete that has a missing part or an ``error`` finding.
    """
    index = normalised(index)
    _check_lengths(index)
    _check_members(index)
    _check_parts(index)
    check_journal(index.journal)
    root = etree.Element(f"{{{DOSSIER_NAMESPACE}}}Dossier", nsmap={None: DOSSIER_NAMESPACE})
    INDEX.write(root, index)
    return checked_bytes(root)


def read_index(xml: bytes) -> DossierIndex:
    """Read ``dossier.xml``. Raises InputError when it is not valid."""
    return read_shape(expect(parse(xml), DOSSIER_NAMESPACE), INDEX)


def _check_lengths(index: DossierIndex) -> None:
    texts = [(name, str(getattr(index, field)), most) for field, name, most in LENGTHS]
    texts += [("OrganId", index.code.organ_id, 13), ("FileNotation", index.code.notation, 20)]
    for name, text, most in texts:
        if len(text) > most:
            raise content_error(
                _("{name} dài {length} ký tự, Nghị định 30/2020/NĐ-CP cho tối đa {most}.").format(
                    name=name, length=len(text), most=most
                ),
                name,
                _("Rút gọn trường này; phần mềm không tự cắt bớt."),
            )
        if not text.strip() and name != "Description":
            raise content_error(_("Thiếu trường {name} của hồ sơ.").format(name=name), name, _("Bổ sung trường này."))
    for name, number in (("DocTotal", index.doc_total), ("PageTotal", index.page_total)):
        require_count(number, name)
        if number > _MOST:
            raise content_error(
                _("{name} vượt quá bốn chữ số.").format(name=name), name, _("Chia hồ sơ thành nhiều hồ sơ.")
            )
    if index.end is not None and index.end < index.start:
        raise content_error(_("Hồ sơ kết thúc trước khi bắt đầu."), "EndDate", _("Kiểm tra lại ngày của văn bản."))


def _check_members(index: DossierIndex) -> None:
    require_unique((member.name for member in index.members), "members")
    for member in index.members:
        require_texts(member, ("name", "title", "media_type"), member.name)
        pure = PurePosixPath(member.name)
        if pure.is_absolute() or "\\" in member.name or str(pure) != member.name or {"..", "."} & set(pure.parts):
            raise content_error(
                _("Tên tệp “{name}” không an toàn trong hồ sơ.").format(name=member.name),
                "members",
                _("Dùng tên tương đối, không có “..”, “\\” hoặc “//”."),
            )
        require_count(member.size, member.name)
        require_digest(member.sha256, member.name)
        if not 1 <= member.volume <= index.volumes:
            raise content_error(
                _("Tệp “{name}” nằm ngoài các tập của hồ sơ.").format(name=member.name),
                "members",
                _("Kiểm tra số tập."),
            )


def _check_parts(index: DossierIndex) -> None:
    names = {member.name for member in index.members}
    for part in index.parts:
        absent = [name for name in part.members if name not in names]
        if absent or (part.state == "present" and not part.members):
            raise content_error(
                _("Thành phần “{title}” không có tệp tương ứng trong hồ sơ.").format(title=part.title),
                part.key or "parts",
                _("Đưa tệp vào hồ sơ hoặc ghi thành phần là còn thiếu."),
            )
    lacking = any(part.state == "missing" for part in index.parts)
    if index.complete and (lacking or any(finding.severity is Severity.ERROR for finding in index.findings)):
        raise content_error(
            _("Hồ sơ còn thiếu thành phần hoặc còn lỗi nên không được ghi là đầy đủ."),
            "complete",
            _("Bổ sung phần thiếu, hoặc ghi hồ sơ là chưa đầy đủ."),
        )
