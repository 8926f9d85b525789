"""A package laid out: every file with its name, its metadata and its place, ready to be written."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lxml import etree

from ..errors import ConfigurationError, InputError, OurError
from ..text import _
from .descriptive import descriptive, schema_of, validate_flat
from .mets import Described, Entry, Header, representation_mets, root_mets, uuid_of
from .premis import dossier_premis, files_premis
from .profile import Profile
from .records import ArchiveDossier, Content, Options, Paper, Request, clean, safe

REPRESENTATION = "rep1"
_REP = f"representations/{REPRESENTATION}"
JOURNAL = "nhat-ky.jsonl"
"""Name of the journal extract among the attachments: the workflow file (tệp quy trình) of every paper."""
_SCHEMAS = Path(__file__).with_name("schemas")
_OF_DOSSIER = ("fileCode", "arcFileCode")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a package: path below its top folder, size in bytes, SHA-256, and its bytes from the beginning."""

    path: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Package:
    """
    A package ready to be written.

    Attributes:
        folder: its one top folder; `zip`: name of the file that it travels in.
        parts: in the order in which they are written, METS first.
        notes: what whoever hands it over should look at, one sentence each.
    """

    objid: str
    folder: str
    zip: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def lay_out(
    dossier: ArchiveDossier, kind: str, profile: Profile, options: Options, *,
    request: Request | None = None, schemas: Path | None = None,
) -> Package:  # fmt: skip
    """
    Lay a sealed dossier out as a package.

    Args:
        kind: ``sip``, ``aip`` or ``dip``.
        request: what a user asked for; a DIP needs it.
        schemas: folder with published XSD files that lie in the package instead of those made from the profile.

    Raises:
        InputError: a field is missing, too long or has no code (code ``congkhai-E771``), or a DIP has no request.
        ConfigurationError: the folder of schemas lacks a file (code ``congkhai-E770``).
    """
    return _Layout(dossier, kind, profile, options, request, schemas).run()


class _Layout:
    def __init__(
        self, dossier: ArchiveDossier, kind: str, profile: Profile, options: Options, request: Request | None,
        schemas: Path | None,
    ) -> None:  # fmt: skip
        self.dossier, self.kind, self.profile, self.options, self.request = dossier, kind, profile, options, request
        self.fonds = options.fonds or dossier.organ_id
        self.schemas = self._schemas(schemas)
        asked = request.id if request else ""
        codes = (f"{words}={code}" for words, code in options.maintenance)
        settled = (self.fonds, options.submission, options.mode, *codes)
        shapes = (hashlib.sha256(data).hexdigest() for data in self.schemas.values())
        # Whatever changes what the package says changes its name, so that one name never says two things.
        self.seed = "\x1f".join(
            (kind, profile.id, profile.version, dossier.id, dossier.sha256, asked, *settled, *shapes)
        )
        number = uuid_of(self.seed)
        self.objid = profile.package(kind, "objid").replace("{UUID}", number).replace("{fonds}", self.fonds)
        self.folder = profile.package(kind, "folder").replace("{objid}", self.objid).replace(":", "_")
        self.codes = self._codes()
        self.parts: list[Part] = []
        self.notes: list[str] = []

    def run(self) -> Package:
        """Make every metadata file and list the parts."""
        if self.kind == "dip" and self.request is None:
            raise InputError(
                what=_("Gói DIP cần yêu cầu khai thác: mã, ngày, mục đích."), where=self.dossier.id,
                advice=_("Thêm --request TỆP.ini (xem docs/how-to/archive.md)."), code="congkhai-E772",
            )  # fmt: skip
        papers = self._papers()
        attached = self._attachments()
        representation = self._representation(papers, attached)
        names = self.profile.sections["names"]
        metadata = self._flat(f"metadata/descriptive/{names['descriptive']}", "dossier", self._values())
        premis = None
        if self.profile.yes(f"package:{self.kind}", "premis"):
            history = dossier_premis(self.dossier, self.objid, self.options.software)
            premis = self._small("metadata/preservation/PREMIS.xml", "text/xml", history)
        manual = self._small("documentation/HUONG-DAN.txt", "text/plain", (_SCHEMAS / "HUONG-DAN.txt").read_bytes())
        media_type = self.profile.get("mets", "schema-type")
        schemas = tuple(self._small(f"schemas/{name}", media_type, data) for name, data in self.schemas.items())
        values = self.profile.sections["mets"]
        mets = root_mets(
            self.profile,
            self._header(
                self.objid, self.profile.package(self.kind, "root-profile"),
                (self.options.software[0], values["root-agent-type"], values["root-agent-othertype"]),
                values["root-note-type"], f"schemas/{names['mets-schema']}",
                values["submission-agreement"].format(submission=self.options.submission, **self.codes),
            ),
            metadata=metadata, premis=premis, representation=representation, schemas=schemas, documentation=(manual,),
        )  # fmt: skip
        self._hold_mets(mets, "METS.xml")
        self._small("METS.xml", "text/xml", mets)
        order = sorted(self.parts, key=lambda part: (part.path != "METS.xml", part.path.startswith(_REP), part.path))
        name = self.profile.package(self.kind, "zip").replace("{objid}", self.objid).replace("{folder}", self.folder)
        return Package(self.objid, self.folder, name.replace(":", "_"), tuple(order), tuple(dict.fromkeys(self.notes)))

    def _codes(self) -> dict[str, str]:
        dossier = self.dossier
        facts = {
            "organ": dossier.organ_id,
            "year": str(dossier.year),
            "notation": dossier.notation,
            "fonds": self.fonds,
        }
        values = {
            key: pattern.format(**facts)
            for key, pattern in self.profile.sections["codes"].items()
            if key in _OF_DOSSIER
        }
        return {key: clean(value) for key, value in (facts | values).items()}

    def _code(self, name: str, ordinal: int) -> str:
        """Return a code of a paper: the first pattern of the profile whose result fits its field."""
        lengths = {field.name: field.length for field in self.profile.fields[self.kind, "document"]}
        codes = [pattern.format(ordinal=ordinal, **self.codes) for pattern in self.profile.get("codes", name).split()]
        return next((code for code in codes if len(code) <= lengths.get(name, 0)), codes[0])

    def _schemas(self, folder: Path | None) -> dict[str, bytes]:
        """Return the schemas of the package by name; a folder of published ones takes the place of what we make."""
        names = self.profile.sections["names"]
        made = {
            names["mets-schema"]: (_SCHEMAS / "mets.xsd").read_bytes(),
            f"{PurePosixPath(names['descriptive']).stem}.xsd": schema_of(self.profile, self.kind, "dossier"),
            names["document-schema"]: schema_of(self.profile, self.kind, "document"),
        }
        if folder is None:
            return made
        try:
            found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.xsd"))}
        except OSError as error:
            found, made = {}, {**made, str(error.strerror): b""}
        absent = sorted(set(made) - set(found))
        if absent:
            raise ConfigurationError(
                what=_("Thư mục lược đồ thiếu tệp: {names}.").format(names=", ".join(absent)), where=str(folder),
                advice=_("Chép đủ lược đồ đã công bố vào [archive] schemas, hoặc bỏ trống."), code="congkhai-E770",
            )  # fmt: skip
        return found

    def _small(self, path: str, media_type: str, data: bytes, relative: str = "") -> Entry:
        part = Part(path, len(data), hashlib.sha256(data).hexdigest(), partial(io.BytesIO, data))
        self.parts.append(part)
        return Entry(path.removeprefix(relative), media_type, part.size, part.sha256)

    def _file(self, name: str, content: Content) -> Entry:
        self.parts.append(Part(f"{_REP}/data/{name}", content.size, content.sha256, content.open))
        return Entry(f"data/{name}", content.media_type, content.size, content.sha256)

    def _flat(self, path: str, level: str, values: Mapping[str, str | int | None], relative: str = "") -> Entry:
        where = f"{self.dossier.id}: {PurePosixPath(path).name}"
        xml = descriptive(self.profile, self.kind, level, values, where)
        names = self.profile.sections["names"]
        stem = f"{PurePosixPath(names['descriptive']).stem}.xsd"
        validate_flat(xml, self.schemas[stem if level == "dossier" else names["document-schema"]], where)
        return self._small(path, self.profile.get("mets", "metadata-type"), xml, relative)

    def _papers(self) -> tuple[Described, ...]:
        described = []
        for ordinal, paper in enumerate(self.dossier.papers, 1):
            stem = safe(self.profile.get("names", "stem").format(ordinal=ordinal, **self.codes))
            main, *others = paper.files
            file = self._file(stem + _ending(main), main)
            attached = tuple(self._file(f"{stem}.{rank}{_ending(one)}", one) for rank, one in enumerate(others, 1))
            name = self.profile.get("names", "document").format(stem=stem)
            path = f"{_REP}/metadata/descriptive/{name}"
            described.append(
                Described(self._flat(path, "document", self._paper_values(ordinal, paper), f"{_REP}/"), file, attached)
            )
        return tuple(described)

    def _attachments(self) -> tuple[Entry, ...]:
        stem = safe(self.profile.get("names", "stem").format(ordinal=0, **self.codes))
        return tuple(
            self._file(f"{stem}.{rank}{_ending(one)}", one) for rank, one in enumerate(self.dossier.attachments, 1)
        )

    def _representation(self, papers: tuple[Described, ...], attached: tuple[Entry, ...]) -> Entry:
        premis = None
        if self.profile.yes(f"package:{self.kind}", "premis"):
            contents = [one for paper in self.dossier.papers for one in paper.files] + list(self.dossier.attachments)
            entries = [entry for paper in papers for entry in (paper.file, *paper.attached)] + list(attached)
            listed = [(entry.path, content) for entry, content in zip(entries, contents, strict=True)]
            premis = self._small(
                f"{_REP}/metadata/preservation/PREMIS_{REPRESENTATION}.xml", "text/xml",
                files_premis(listed, self.options.software), f"{_REP}/",
            )  # fmt: skip
        values = self.profile.sections["mets"]
        objid = values["representation-objid"].replace("{UUID}", uuid_of(self.seed, REPRESENTATION))
        names = self.profile.sections["names"]
        mets = representation_mets(
            self.profile,
            self._header(
                objid, values["representation-profile"],
                (clean(self.dossier.organ_name), values["representation-agent-type"],
                 values["representation-agent-othertype"]),
                values["representation-note-type"], f"../../schemas/{names['mets-schema']}", "",
            ),
            papers=papers, attached=attached, premis=premis, name=REPRESENTATION,
        )  # fmt: skip
        self._hold_mets(mets, f"{_REP}/METS.xml")
        return self._small(f"{_REP}/METS.xml", "text/xml", mets)

    def _header(
        self, objid: str, profile: str, agent: tuple[str, str, str], note_type: str, schema: str, submission: str
    ) -> Header:
        note = (
            self.fonds
            if note_type == "IDENTIFICATIONCODE"
            else f"{self.options.software[1]} ({self.profile.id} {self.profile.version})"
        )
        return Header(
            seed=self.seed, kind=self.kind, objid=objid, type=self.profile.package(self.kind, "type"), profile=profile,
            label=clean(self.dossier.title), at=self.dossier.sealed_at, agent=agent, note=(note_type, note),
            schema=schema, submission=submission,
        )  # fmt: skip

    def _hold_mets(self, mets: bytes, where: str) -> None:
        """Hold a METS file against our own schema: what fails here is a fault of ours, not of the dossier."""
        schema = _mets_schema()
        if not schema.validate(etree.fromstring(mets)):
            raise OurError(
                what=_("METS không hợp lệ: {error}").format(error=schema.error_log.last_error), where=where,
                advice=_("Báo cho bộ phận kỹ thuật kèm mã hồ sơ; gói tin chưa được ghi."), code="congkhai-E773",
            )  # fmt: skip

    def _values(self) -> dict[str, str | int | None]:
        dossier = self.dossier
        if self.request is not None:
            return _request_values(self.request)
        kinds = {self._confidence(paper) for paper in dossier.papers}
        return {
            **self.codes, "title": dossier.title, "maintenance": self._maintenance(), "mode": self._mode(),
            "language": self._language(dossier.language), "startDate": _day(dossier.start),
            "endDate": _day(dossier.end), "totalDoc": len(dossier.papers),
            "numberOfPage": max(dossier.pages, sum(paper.pages or 0 for paper in dossier.papers)),
            "confidenceLevel": kinds.pop() if len(kinds) == 1 else "03", "riskRecovery": "0",
            "description": ". ".join(one for one in (dossier.creator, dossier.description) if one),
        }  # fmt: skip

    def _paper_values(self, ordinal: int, paper: Paper) -> dict[str, str | int | None]:
        type_, words = self.profile.code("type", paper.type), paper.description
        if type_ is None:  # the list has no such kind: its words are kept where there is room for them
            type_, words = "32", ". ".join(one for one in (paper.type, words) if one)
        number, _slash, notation = paper.number.partition("/")
        return {
            **self.codes, "docId": self._code("docId", ordinal), "docCode": self._code("docCode", ordinal),
            "arcDocCode": self._code("arcDocCode", ordinal), "docOrdinal": ordinal,
            "maintenance": self._maintenance(), "typeName": type_, "codeNumber": number.strip(),
            "codeNotation": notation.strip(), "issuedDate": _day(paper.issued) if paper.issued else None,
            "organName": paper.organ or self.dossier.organ_name, "subject": paper.subject,
            "language": self._language(self.dossier.language), "numberOfPage": paper.pages, "mode": self._mode(),
            "confidenceLevel": self._confidence(paper), "riskRecovery": "0",
            "process": "1" if any(one.name == JOURNAL for one in self.dossier.attachments) else "0",
            "description": words,
        }  # fmt: skip

    def _confidence(self, paper: Paper) -> str:
        return "02" if paper.scanned else "01"

    def _maintenance(self) -> str:
        words = self.dossier.maintenance.casefold()
        code = dict(self.options.maintenance).get(words) or self.profile.code("maintenance", words)
        if code is None:
            code = "07"
            self.notes.append(_("Thời hạn bảo quản “{words}” không có mã riêng: ghi 07 (khác).").format(words=words))
        if not self.options.confirmed:
            self.notes.append(
                _(
                    "Mã thời hạn bảo quản {code} chưa được lưu trữ cơ quan xác nhận (lưu trữ lịch sử chỉ nhận 01, "
                    "vĩnh viễn): xác nhận rồi đặt [archive] retention-confirmed = yes."
                ).format(code=code)
            )
        return code

    def _mode(self) -> str:
        code = self.options.mode or self.profile.code("mode", self.dossier.rights)
        if code is None:
            raise InputError(
                what=_("Chế độ sử dụng “{words}” không có mã trong gói tin.").format(words=self.dossier.rights),
                where=self.dossier.id, code="congkhai-E771",
                advice=_("Khai [archive] mode = 01 (công khai) hoặc 02 (sử dụng có điều kiện)."),
            )  # fmt: skip
        return code

    def _language(self, words: str) -> str:
        return self.profile.code("language", words) or "11"


@lru_cache(maxsize=1)
def _mets_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_SCHEMAS / "mets.xsd"))


def _request_values(request: Request) -> dict[str, str | int | None]:
    return {
        "requestID": request.id, "requestDate": _day(request.day), "purpose": request.purpose,
        "purposeContent": request.content, "feeObjectType": request.fee, "researchTopic": request.topic,
        "description": request.description,
    }  # fmt: skip


def _day(day: object) -> str:
    return f"{day:%d/%m/%Y}"


def _ending(content: Content) -> str:
    """Return the ending of a file's name when it is plain, else one that says nothing."""
    ending = PurePosixPath(content.name).suffix.lower()
    return ending if 1 < len(ending) <= 6 and ending[1:].isalnum() and ending.isascii() else ".bin"
