"""
The field sheet that lies beside a handed-over dossier: NĐ 30/2020/NĐ-CP Phụ lục VI, phần II, dossier fields.

Only what is known is filled in; what the clerk must add is named, nothing is invented. Values are never cut: one that
is longer than the decree's field is written whole and named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from lxml import etree

from congkhai.plugin.records import Filing
from congkhai.plugin.text import _

NAMESPACE = "urn:congkhai:handover:1"
_CONTAINERS = frozenset({"application/vnd.etsi.asic-e+zip"})
_LENGTHS = {
    "OrganId": 13, "FileCatalog": 4, "FileNotation": 20, "Title": 500, "Maintenance": 30, "Rights": 30, "Creator": 30,
    "Language": 50, "StartDate": 10, "EndDate": 10, "DocTotal": 4, "PageTotal": 4, "Description": 500,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetDefaults:
    """What the ini knows about every dossier of this agency; empty where it does not."""

    organ_id: str = ""
    maintenance: str = ""
    rights: str = ""
    creator: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: NĐ 30 name, what a clerk calls it, its value or empty."""

    name: str
    label: str
    value: str

    @property
    def too_long(self) -> bool:
        """Tell whether the value is longer than the decree's field."""
        return len(self.value) > _LENGTHS[self.name]


@dataclass(frozen=True, slots=True)
class SheetFile:
    """One file of the hand-over as it lies in the folder: stored name, original name, type, bytes, SHA-256."""

    name: str
    original: str
    media_type: str
    size: int
    sha256: str


def dossier_fields(filing: Filing, defaults: SheetDefaults, year: int) -> tuple[Field, ...]:
    """
    Return the dossier fields in the order of the decree's table 3.

    Args:
        filing: the dossier.
        defaults: from the ini.
        year: year in which the dossier came into being (``FileCatalog``).
    """
    # Minutes travel as XML and PDF of one paper, so papers are counted by name without extension; the sealed container
    # holds the papers again and is none itself.
    papers = {PurePosixPath(file.name).stem for file in filing.files if file.media_type not in _CONTAINERS}
    return (
        Field("OrganId", _("Mã định danh cơ quan lập danh mục hồ sơ"), defaults.organ_id),
        Field("FileCatalog", _("Năm hình thành hồ sơ"), str(year)),
        Field("FileNotation", _("Số và ký hiệu hồ sơ"), ""),
        Field("Title", _("Tiêu đề hồ sơ"), filing.title),
        Field("Maintenance", _("Thời hạn bảo quản"), defaults.maintenance),
        Field("Rights", _("Chế độ sử dụng"), defaults.rights),
        Field("Creator", _("Người lập hồ sơ"), defaults.creator),
        Field("Language", _("Ngôn ngữ"), defaults.language),
        Field("StartDate", _("Thời gian bắt đầu"), ""),
        Field("EndDate", _("Thời gian kết thúc"), ""),
        Field("DocTotal", _("Tổng số văn bản trong hồ sơ"), str(len(papers) + len(filing.held))),
        Field("PageTotal", _("Tổng số trang của hồ sơ"), ""),
        Field("Description", _("Ghi chú"), ""),
    )


def sheet_xml(filing: Filing, fields: Sequence[Field], files: Sequence[SheetFile]) -> bytes:
    """Write the sheet as XML; element names are those of NĐ 30/2020, empty fields are left out."""
    root = etree.Element(f"{{{NAMESPACE}}}HandOver", nsmap={None: NAMESPACE})
    root.set("key", _xml_text(filing.key))
    dossier = etree.SubElement(root, f"{{{NAMESPACE}}}Dossier")
    code = etree.SubElement(dossier, f"{{{NAMESPACE}}}FileCode")
    for field in fields:
        if field.value:
            parent = code if field.name in {"OrganId", "FileCatalog", "FileNotation"} else dossier
            etree.SubElement(parent, f"{{{NAMESPACE}}}{field.name}").text = _xml_text(field.value)
    listed = etree.SubElement(root, f"{{{NAMESPACE}}}Files")
    for ordinal, file in enumerate(files, start=1):
        etree.SubElement(
            listed,
            f"{{{NAMESPACE}}}File",
            {
                "ordinal": str(ordinal), "name": file.name, "original": _xml_text(file.original),
                "mediaType": _xml_text(file.media_type), "size": str(file.size), "sha256": file.sha256,
            },
        )  # fmt: skip
    if filing.held:
        held = etree.SubElement(root, f"{{{NAMESPACE}}}Held")
        for remote_id in filing.held:
            etree.SubElement(held, f"{{{NAMESPACE}}}Document").set("id", _xml_text(remote_id))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def sheet_text(filing: Filing, fields: Sequence[Field], files: Sequence[SheetFile], day: date) -> str:
    """Write the sheet as a clerk reads it: fields, what is missing, files in order, papers already in the system."""
    return "\n".join(_lines(filing, fields, files, day)) + "\n"


def _lines(filing: Filing, fields: Sequence[Field], files: Sequence[SheetFile], day: date) -> Iterator[str]:
    yield _("PHIẾU THÔNG TIN HỒ SƠ BÀN GIAO")
    yield _("Ngày lập: {day}").format(day=f"{day:%d/%m/%Y}")
    yield _("Mã bàn giao: {key}").format(key=filing.key)
    yield ""
    for field in fields:
        yield f"{field.label} ({field.name}): {field.value or _('………… (văn thư điền)')}"
    if long := [field for field in fields if field.too_long]:
        yield ""
        yield _("Dài hơn quy định tại Phụ lục VI Nghị định 30/2020/NĐ-CP, cần rút gọn khi nhập:")
        yield from (f"- {field.label}: {len(field.value)} > {_LENGTHS[field.name]}" for field in long)
    yield ""
    yield _("MỤC LỤC TỆP")
    for ordinal, file in enumerate(files, start=1):
        yield _("{ordinal}. {name} ({size} byte)").format(ordinal=ordinal, name=file.name, size=file.size)
        if file.name != file.original:
            yield _("   Tên gốc: {name}").format(name=" ".join(file.original.split()))
        yield f"   SHA-256: {file.sha256}"
    if filing.held:
        yield ""
        yield _("VĂN BẢN ĐÃ CÓ TRONG HỆ THỐNG, CẦN ĐƯA VÀO HỒ SƠ")
        yield from (f"- {remote_id}" for remote_id in filing.held)


def _xml_text(text: str) -> str:
    """Leave out the characters that XML 1.0 cannot carry (section 2.2)."""
    return "".join(character for character in text if character in "\t\n\r" or _allowed(ord(character)))


def _allowed(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
