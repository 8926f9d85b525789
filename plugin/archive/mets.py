"""METS files of a package: the inventory with digests, and which description belongs to which file."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from ..clock import ZONE
from .profile import Profile

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:congkhai:archive:1")
_M, _X, _C = f"{{{METS}}}", f"{{{XLINK}}}", f"{{{CSIP}}}"


def uuid_of(*parts: str) -> str:
    """Return the UUID (version 5, upper case) of these parts: equal parts, equal id, on every machine."""
    return str(uuid.uuid5(_SPACE, "\x1f".join(parts))).upper()


def moment_text(moment: datetime) -> str:
    """Write a moment as the circular wants it: milliseconds and the offset of Vietnam, never ``Z``."""
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One file as METS lists it.

    Attributes:
        path: relative to the METS file, ``/`` between folders, ASCII.
        key: stands for the file in the ids of this METS.
    """

    path: str
    media_type: str
    size: int
    sha256: str

    @property
    def key(self) -> str:
        """The path, which is unique within a package."""
        return self.path


@dataclass(frozen=True, slots=True)
class Described:
    """A description, the file that it describes, and what is attached to that file."""

    metadata: Entry
    file: Entry
    attached: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """
    What both METS files say of the package.

    Attributes:
        seed: what every id is derived from.
        objid: of this METS file; `label` its title.
        agent, note: name of the maker and what the note says of it.
    """

    seed: str
    kind: str
    objid: str
    type: str
    profile: str
    label: str
    at: datetime
    agent: tuple[str, str, str]
    note: tuple[str, str]
    schema: str
    submission: str = ""


class _Writer:
    def __init__(self, profile: Profile, header: Header) -> None:
        self.profile, self.header, self.at = profile, header, moment_text(header.at)
        names = {None: METS, "xlink": XLINK, "csip": CSIP, "sip": SIP, "xsi": XSI}
        self.root = etree.Element(f"{_M}mets", nsmap=names)
        for name, value in (
            ("OBJID", header.objid), ("TYPE", header.type), ("PROFILE", header.profile), ("LABEL", header.label),
            (f"{_C}CONTENTINFORMATIONTYPE", profile.get("mets", "content-type")),
            (f"{{{XSI}}}schemaLocation", f"{METS} {header.schema}"),
        ):  # fmt: skip
            if value:
                self.root.set(name, value)

    def id(self, *parts: str, prefix: str = "uuid-") -> str:
        """Return an id of this file, unique by its parts."""
        return prefix + uuid_of(self.header.seed, self.header.objid, *parts)

    def add(self, parent: etree._Element, name: str, **attributes: str) -> etree._Element:
        """Add an element of METS; empty attributes are left out."""
        given = {key: value for key, value in attributes.items() if value}
        element: etree._Element = etree.SubElement(parent, _M + name, given)
        return element

    def head(self) -> None:
        """Write who made the package, when and for what."""
        values, header = self.profile.sections["mets"], self.header
        one = self.add(
            self.root, "metsHdr", CREATEDATE=self.at, LASTMODDATE=self.at, RECORDSTATUS=values["record-status"]
        )
        one.set(f"{_C}OAISPACKAGETYPE", self.profile.package(header.kind, "oais"))
        name, type_, other = header.agent
        agent = self.add(one, "agent", ROLE="CREATOR", TYPE=type_, OTHERTYPE=other)
        self.add(agent, "name").text = name
        note = self.add(agent, "note")
        note.text = header.note[1]
        note.set(f"{_C}NOTETYPE", header.note[0])
        if header.submission:
            self.add(one, "altRecordID", TYPE="SUBMISSIONAGREEMENT").text = header.submission

    def reference(self, parent: etree._Element, entry: Entry, mdtype: str, other: str, version: str) -> None:
        """Point to a metadata file."""
        one = self.add(
            parent, "mdRef", LOCTYPE="URL", MDTYPE=mdtype, OTHERMDTYPE=other, MDTYPEVERSION=version,
            MIMETYPE=entry.media_type, SIZE=str(entry.size), CREATED=self.at, CHECKSUM=entry.sha256.upper(),
            CHECKSUMTYPE="SHA-256",
        )  # fmt: skip
        one.set(f"{_X}type", "simple")
        one.set(f"{_X}href", entry.path)

    def description(self, entry: Entry) -> str:
        """Add a descriptive section; returns its id."""
        values = self.profile.sections["mets"]
        id_ = self.id("dmd", entry.key)
        section = self.add(self.root, "dmdSec", ID=id_, CREATED=self.at, STATUS="CURRENT")
        self.reference(section, entry, values["mdtype"], values["othermdtype"], values["mdtype-version"])
        return id_

    def administration(self, premis: Entry | None) -> str:
        """Add the administrative section where one is wanted; returns the id of its reference to PREMIS."""
        if premis is None:
            if self.profile.yes("mets", "empty-amdsec"):
                self.add(self.root, "amdSec", ID=self.id("amd"))
            return ""
        section = self.add(self.root, "amdSec", ID=self.id("amd"))
        id_ = self.id("digiprov", premis.key)
        self.reference(
            self.add(section, "digiprovMD", ID=id_, CREATED=self.at, STATUS="CURRENT"), premis, "PREMIS", "", "3.0"
        )
        return id_

    def group(self, section: etree._Element, use: str, entries: Iterable[Entry]) -> str:
        """Add a file group; returns its id."""
        id_ = self.id("group", use)
        group = self.add(section, "fileGrp", ID=id_, USE=use)
        for entry in entries:
            file = self.add(
                group, "file", ID=self.file_id(entry), MIMETYPE=entry.media_type, SIZE=str(entry.size),
                CREATED=self.at, CHECKSUM=entry.sha256.upper(), CHECKSUMTYPE="SHA-256",
            )  # fmt: skip
            place = self.add(file, "FLocat", LOCTYPE="URL")
            place.set(f"{_X}type", "simple")
            place.set(f"{_X}href", entry.path)
        return id_

    def file_id(self, entry: Entry) -> str:
        """Return the id of a listed file."""
        return self.id("file", entry.key, prefix="ID-")

    def division(self, parent: etree._Element, label: str, **attributes: str) -> etree._Element:
        """Add a division of the structural map."""
        parts = (label, *(value for _name, value in sorted(attributes.items())))
        return self.add(parent, "div", ID=self.id("div", *parts), LABEL=label, **attributes)

    def map(self) -> etree._Element:
        """Begin the structural map; returns its one division."""
        return self.add(self.root, "structMap", ID=self.id("map"), TYPE="PHYSICAL", LABEL="CSIP")

    def done(self) -> bytes:
        """Return the file: UTF-8, declaration, nothing pretty."""
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)


def root_mets(
    profile: Profile, header: Header, *, metadata: Entry, premis: Entry | None, representation: Entry,
    schemas: tuple[Entry, ...], documentation: tuple[Entry, ...],
) -> bytes:  # fmt: skip
    """
    Write ``METS.xml`` of the package: its description, schemas, documentation, and the METS of its one representation.

    Returns:
        UTF-8 with declaration; equal for equal arguments.
    """
    writer = _Writer(profile, header)
    writer.head()
    described = writer.description(metadata)
    administered = writer.administration(premis)
    section = writer.add(writer.root, "fileSec", ID=writer.id("files"))
    groups = {}
    for use, entries in (
        ("Documentation", documentation), ("Schemas", schemas),
        (profile.get("mets", "representation-group"), (representation,)),
    ):  # fmt: skip
        if entries:
            groups[use] = writer.group(section, use, entries)
    top = writer.division(writer.map(), header.objid)
    writer.division(top, "Metadata", DMDID=described, ADMID=administered)
    for use in ("Documentation", "Schemas"):
        if use in groups:
            writer.add(writer.division(top, use), "fptr", FILEID=groups[use])
    use = profile.get("mets", "representation-group")
    if profile.yes("mets", "representations-division"):
        top = writer.division(top, "Representations")
        writer.add(top, "fptr", FILEID=groups[use])
    pointer = writer.add(writer.division(top, use), "mptr", LOCTYPE="URL")
    for name, value in (("type", "simple"), ("href", representation.path), ("title", groups[use])):
        pointer.set(_X + name, value)
    return writer.done()


def representation_mets(
    profile: Profile, header: Header, *, papers: tuple[Described, ...], attached: tuple[Entry, ...],
    premis: Entry | None, name: str,
) -> bytes:  # fmt: skip
    """
    Write the METS of a representation: every data file, and the description that belongs to it.

    Args:
        attached: files of the dossier as a whole (container, index, evidence, journal).
        name: folder of the representation, e.g. ``rep1``.
    """
    writer = _Writer(profile, header)
    writer.head()
    descriptions = [writer.description(paper.metadata) for paper in papers]
    administered = writer.administration(premis)
    section = writer.add(writer.root, "fileSec", ID=writer.id("files"))
    files = [entry for paper in papers for entry in (paper.file, *paper.attached)]
    group = writer.group(section, "Data", (*files, *attached))
    top = writer.division(
        writer.map(), name, TYPE=profile.package(header.kind, "representation-type"), ADMID=administered
    )
    writer.add(writer.division(top, "Data"), "fptr", FILEID=group)
    links = writer.division(top, "MetadataLink")
    for paper, described in zip(papers, descriptions, strict=True):
        one = writer.division(links, "MetadataLink/File", DMDID=described)
        writer.add(one, "fptr", FILEID=writer.file_id(paper.file))
        if paper.attached:
            _fptrs(writer, writer.division(one, "AttachmentFile", DMDID=described), paper.attached)
    if attached:
        _fptrs(writer, writer.division(top, "AttachmentFile"), attached)
    return writer.done()


def _fptrs(writer: _Writer, division: etree._Element, entries: Iterable[Entry]) -> None:
    for entry in entries:
        writer.add(division, "fptr", FILEID=writer.file_id(entry))
