"""What goes into an archive package, before any profile gives it a form."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

# Marks that turn the reading order around or are not seen at all would make a title lie to the archive.
_UNSEEN = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True, slots=True)
class Content:
    """
    Bytes that a package holds.

    Attributes:
        name: the file's name where it came from; only its ending is used.
        size: bytes; `sha256`: of the bytes, held against them while they are written.
        open: gives the bytes from their beginning.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One paper of the dossier with its NĐ 30/2020 fields.

    Attributes:
        number: joined số, ký hiệu as written; empty when it has none.
        pages: counted pages, None where they cannot be counted.
        scanned: the paper is a picture of paper, not born digital.
        files: the paper itself first, what is attached to it after.
    """

    type: str
    number: str
    issued: date | None
    organ: str
    subject: str
    pages: int | None
    scanned: bool
    files: tuple[Content, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """
    One act of the journal that preservation metadata speak of.

    Attributes:
        type: PREMIS event type: ``ingestion``, ``digital signature validation``, ``information package creation`` or
            ``digital signature renewal``.
        act, subject: as in the journal; `entry` the number and hash of its entry.
        facts: digests and ids, canonical JSON.
    """

    type: str
    at: datetime
    act: str
    subject: str
    entry: str
    facts: str


@dataclass(frozen=True, slots=True)
class ArchiveDossier:
    """
    A sealed dossier, read for packing.

    Attributes:
        id, sha256: of the dossier and of its sealed container.
        sealed_at: the moment that every date of the package comes from.
        organ_id, year, notation: mã hồ sơ of NĐ 30/2020.
        maintenance, rights, language: in words, as sealed.
        papers: in the order of the dossier; `attachments`: container, index, evidence, journal extract.
    """

    id: str
    sha256: str
    sealed_at: datetime
    organ_id: str
    organ_name: str
    year: int
    notation: str
    title: str
    maintenance: str
    rights: str
    creator: str
    language: str
    start: date
    end: date
    pages: int
    papers: tuple[Paper, ...]
    attachments: tuple[Content, ...]
    events: tuple[Event, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """
    What a user asked the archive for; only a DIP has one (Thông tư 05/2025/TT-BNV, Phụ lục V).

    Attributes:
        purpose: code 01 to 03; `content`: the purpose in words; `fee`: code of the reader's kind, or empty.
    """

    id: str
    day: date
    purpose: str
    content: str
    fee: str = ""
    topic: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What the agency settles beside the profile.

    Attributes:
        fonds: mã phông of the archive; empty: the agency's code.
        submission: code of the submission registration, or empty.
        mode: code of use that stands for the dossier's own words; empty: by the profile's list.
        maintenance: words of retention to code, before the profile's list.
        confirmed: the agency's archive has confirmed the codes of retention.
        software: name and version of the program.
    """

    fonds: str = ""
    submission: str = ""
    mode: str = ""
    maintenance: tuple[tuple[str, str], ...] = ()
    confirmed: bool = False
    software: tuple[str, str] = ("congkhai", "")


def clean(text: str) -> str:
    """Return composed text (NFC) on one line, without characters that cannot be seen or that turn the order around."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(
        " " if unicodedata.category(one) in {"Cc", "Zl", "Zp"} else one
        for one in text
        if one not in _UNSEEN and unicodedata.category(one) not in {"Cs", "Cn"}
    )
    return " ".join(kept.split())


def safe(text: str) -> str:
    """Return a file name of a code: ASCII letters, digits, dots and hyphens, no dot or hyphen at its ends."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.") or "tep"
