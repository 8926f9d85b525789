"""
Reading a package back, as if a stranger had sent it: nothing is unpacked, everything is limited, nothing is trusted.

Reading is lenient where the circular is unclear (order of fields, letter case of the description files' prefix, an
empty ``amdSec``) and strict where a package contradicts itself.
"""

import hashlib
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from ..errors import InputError
from ..records import Finding, Severity
from ..text import _
from .mets import CSIP, METS, XLINK

MOST_FILES = 100_000
MOST_BYTES = 64 * 1024**3
_MOST_XML = 64 * 1024**2
_MOST_RATIO = 200
_CHUNK = 1 << 20
_M = f"{{{METS}}}"
_FLAT = re.compile(r"(^|/)(metadata/descriptive)/[^/]+\.xml$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PackageReport:
    """
    What a package is and what is wrong with it.

    Attributes:
        kind: ``SIP``, ``AIP`` or ``DIP`` as the package says, or empty.
        title: its label; `software`: who made it, as it says; `files`: how many it holds; `size`: their bytes.
        papers: how many papers have a description of their own.
        valid_schemas: description files that were held against the package's own schemas.
        findings: severity ``error`` means that the package must not be accepted.
    """

    path: Path
    objid: str
    kind: str
    title: str
    software: str
    files: int
    size: int
    papers: int
    valid_schemas: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """True when nothing contradicts the package."""
        return all(one.severity is not Severity.ERROR for one in self.findings)


def check_package(path: Path) -> PackageReport:
    """
    Read a SIP, AIP or DIP back.

    Args:
        path: the zip file.

    Returns:
        What it says of itself, with every contradiction found: a file that is missing, changed, or not listed, an id
        used twice, a description without a file, a file not valid against the schema beside it.

    Raises:
        InputError: no zip file, or one made to harm: unsafe names, a bomb, entities in XML (code ``congkhai-E778``).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reading(path, archive).run()
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeError) as error:
        raise _hostile(path, str(error)) from error


def _hostile(path: Path, why: str) -> InputError:
    return InputError(
        what=_("Gói tin không đọc được: {why}.").format(why=why), where=str(path), code="congkhai-E778",
        advice=_("Yêu cầu bên gửi lập và gửi lại gói tin."),
    )  # fmt: skip


class _Reading:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self.archive = path, archive
        self.findings: list[Finding] = []
        self.infos: dict[str, zipfile.ZipInfo] = {}
        self.listed: set[str] = set()
        self.schemas: list[etree.XMLSchema] = []
        self.valid = self.papers = 0

    def run(self) -> PackageReport:
        """Read everything once."""
        top = self._names()
        root = self._mets("METS.xml")
        if root is None:
            self._error("P01", "METS.xml", _("gói tin không có METS.xml"))
            return self._report(None)
        objid = root.get("OBJID", "")
        if objid.replace(":", "_") != top:
            self._error("P02", top, _("thư mục gói tin không mang tên OBJID {objid}").format(objid=objid))
        self._schemas()
        self._listing(root, "")
        for pointer in root.iter(f"{_M}mptr"):
            self._representation(pointer.get(f"{{{XLINK}}}href", ""))
        for name in sorted(set(self.infos) - self.listed - {"METS.xml"}):
            self._error("P05", name, _("tệp có trong gói nhưng không có trong METS"))
        for name in sorted(name for name in self.infos if _FLAT.search(name)):
            self._flat(name)
        return self._report(root)

    def _report(self, root: etree._Element | None) -> PackageReport:
        header = root.find(f"{_M}metsHdr") if root is not None else None
        agent = header.find(f"{_M}agent") if header is not None else None
        words = " ".join(" ".join(str(one) for one in agent.itertext()).split()) if agent is not None else ""
        return PackageReport(
            self.path, root.get("OBJID", "") if root is not None else "",
            header.get(f"{{{CSIP}}}OAISPACKAGETYPE", "") if header is not None else "",
            root.get("LABEL", "") if root is not None else "", words, len(self.infos),
            sum(one.file_size for one in self.infos.values()), self.papers, self.valid, tuple(self.findings),
        )  # fmt: skip

    def _error(self, id_: str, where: str, message: str, severity: Severity = Severity.ERROR) -> None:
        self.findings.append(Finding(id_, severity, where, message))

    def _names(self) -> str:
        """Hold names and sizes to what is safe; returns the one top folder."""
        infos = [one for one in self.archive.infolist() if not one.is_dir()]
        if not infos or len(infos) > MOST_FILES or sum(one.file_size for one in infos) > MOST_BYTES:
            raise _hostile(self.path, _("số tệp hoặc dung lượng vượt giới hạn"))
        tops = {one.filename.split("/", 1)[0] for one in infos}
        for info in infos:
            name = info.filename
            plain = posixpath.normpath(name) == name and not name.startswith(("/", "../")) and "\\" not in name
            if not plain or ":" in name or "\0" in name or any(ord(one) < 32 for one in name):
                raise _hostile(self.path, _("tên tệp không an toàn: {name}").format(name=ascii(name)))
            if info.file_size > _CHUNK and info.file_size > _MOST_RATIO * max(info.compress_size, 1):
                raise _hostile(self.path, _("tệp nén quá mức: {name}").format(name=name))
        if len(tops) != 1 or any("/" not in one.filename for one in infos):
            raise _hostile(self.path, _("gói tin phải có đúng một thư mục ngoài cùng"))
        top = tops.pop()
        names = [info.filename.removeprefix(f"{top}/") for info in infos]
        if len({name.casefold() for name in names}) != len(names):
            raise _hostile(self.path, _("hai tệp trùng tên"))
        self.infos = dict(zip(names, infos, strict=True))
        return top

    def _xml(self, name: str) -> etree._Element | None:
        info = self.infos.get(name)
        if info is None:
            return None
        try:
            with self.archive.open(info) as stream:
                data = stream.read(_MOST_XML + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            self._error("P03", name, _("tệp hỏng trong gói: {error}").format(error=error))
            return None
        if len(data) > _MOST_XML:
            raise _hostile(self.path, _("tệp XML quá lớn: {name}").format(name=name))
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise _hostile(self.path, _("tệp XML có khai báo DOCTYPE: {name}").format(name=name))
        try:
            return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except etree.XMLSyntaxError as error:
            self._error("P03", name, _("không phải XML: {error}").format(error=error))
            return None

    def _mets(self, name: str) -> etree._Element | None:
        root = self._xml(name)
        if root is None or root.tag != f"{_M}mets":
            return None
        ids = [value for one in root.iter(etree.Element) if (value := one.get("ID")) is not None]
        for twice in sorted({one for one in ids if ids.count(one) > 1} if len(ids) != len(set(ids)) else ()):
            self._error("P04", name, _("mã {id} dùng hai lần").format(id=twice))
        known = set(ids)
        for one in root.iter(f"{_M}div", f"{_M}fptr"):
            for wanted in " ".join(one.get(key, "") for key in ("DMDID", "ADMID", "FILEID")).split():
                if wanted not in known:
                    self._error("P06", name, _("dẫn đến mã không có: {id}").format(id=wanted))
        return root

    def _schemas(self) -> None:
        """Compile the package's own schemas of flat descriptions; what cannot be compiled alone is left to others."""
        for name in sorted(self.infos):
            if name.startswith("schemas/") and b"simpledc" in (self._head(name)):
                root = self._xml(name)
                if root is not None:
                    try:
                        self.schemas.append(etree.XMLSchema(root))
                    except etree.XMLSchemaParseError as error:
                        self._error("P07", name, _("lược đồ hỏng: {error}").format(error=error))

    def _head(self, name: str) -> bytes:
        with self.archive.open(self.infos[name]) as stream:
            return stream.read(64 * 1024)

    def _representation(self, href: str) -> None:
        place = posixpath.normpath(unquote(href))
        root = self._mets(place)
        if root is None:
            self._error("P01", place, _("không có METS của phần nội dung"))
            return
        self._listing(root, posixpath.dirname(place) + "/")
        files = {one.get("ID"): one for one in root.iter(f"{_M}file")}
        described = {
            wanted
            for one in root.iter(f"{_M}div")
            if one.get("LABEL") == "MetadataLink/File"
            for wanted in (one.get("DMDID") or "").split()
        }
        self.papers += len(described)
        linked = {one.get("FILEID") for one in root.iter(f"{_M}fptr")}
        for id_, file in files.items():
            if id_ not in linked:
                self._error("P08", place, _("tệp {name} không thuộc văn bản nào").format(name=next(_hrefs(file), id_)))
        for section in root.iter(f"{_M}dmdSec"):
            if section.get("ID") not in described:
                self._error("P08", place, _("phần mô tả {id} không nối với tệp nào").format(id=section.get("ID")))

    def _listing(self, root: etree._Element, base: str) -> None:
        """Hold every file and metadata reference against the bytes."""
        for one in root.iter(f"{_M}file", f"{_M}mdRef"):
            for href in _hrefs(one):
                name = posixpath.normpath(base + unquote(href))
                self.listed.add(name)
                self._bytes(name, one)

    def _bytes(self, name: str, stated: etree._Element) -> None:
        info = self.infos.get(name)
        if info is None:
            self._error("P09", name, _("METS liệt kê nhưng gói không có tệp này"))
            return
        digest, size = hashlib.sha256(), 0
        try:
            with self.archive.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    digest.update(piece)
                    size += len(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:  # the zip's own checksum noticed first
            self._error("P11", name, _("tệp hỏng trong gói: {error}").format(error=error))
            return
        if stated.get("CHECKSUMTYPE") != "SHA-256":
            self._error("P10", name, _("mã băm không phải SHA-256"), Severity.WARN)
        elif stated.get("CHECKSUM", "").lower() != digest.hexdigest():
            self._error("P11", name, _("nội dung không đúng với mã băm trong METS"))
        if stated.get("SIZE") != str(size):
            self._error("P11", name, _("độ dài không đúng với METS"))

    def _flat(self, name: str) -> None:
        root = self._xml(name)
        if root is None:
            return
        if self.schemas and any(schema.validate(root) for schema in self.schemas):
            self.valid += 1
        elif self.schemas:
            last = self.schemas[-1].error_log.last_error
            why = str(last.message) if last is not None else ""
            self._error("P12", name, _("không hợp lệ theo lược đồ trong gói: {error}").format(error=why))
        if (root.findtext("mode") or "").strip() == "03":
            self._error("P13", name, _("chế độ sử dụng 03 (mật): gói tin không được chứa tài liệu mật"))
        digitised = root.findtext("confidenceLevel") == "02" and root.find("paperFileCode") is not None
        if digitised and not (root.findtext("paperFileCode") or "").strip():
            self._error("P14", name, _("hồ sơ số hóa thiếu mã hồ sơ giấy"), Severity.WARN)


def _hrefs(element: etree._Element) -> Iterator[str]:
    """Yield where a ``file`` or ``mdRef`` lies."""
    for one in (element, *element.findall(f"{_M}FLocat")):
        href = one.get(f"{{{XLINK}}}href")
        if href:
            yield href
