"""
What a portal folder holds of each disclosure: a folder with page, attachments and one record as JSON.

The record is written last, so that a publication that was cut off is seen as not there and is done again whole.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from congkhai.plugin.errors import StoreError
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import FilingFile
from congkhai.plugin.text import _

from .durable_files import sha256_of
from .plain_names import ascii_slug

FORMAT = 1
NOTICES = "cong-khai"
RECORD = "du-lieu.json"
PAGE = "index.html"
_CHUNK = 1024 * 1024
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_SERVED = {
    "application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/zip": ".zip",
    "application/vnd.etsi.asic-e+zip": ".asice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PortalFile:
    """One attachment: its own name for people, its stored name in the URL, media type, digest, bytes."""

    name: str
    stored: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PortalRecord:
    """
    One disclosure on the portal.

    Attributes:
        key: idempotency key of its publication.
        page_sha256: digest of the page as written.
        withdrawn: when it was taken down; None while it is up. Title, text and files are gone then.
    """

    key: str
    disclosure: str
    published: datetime
    title: str = ""
    body: str = ""
    files: tuple[PortalFile, ...] = ()
    page_sha256: str = ""
    withdrawn: datetime | None = None

    @property
    def path(self) -> str:
        """Address of the page below the site's root; never changes."""
        return f"{NOTICES}/{folder_of(self.disclosure)}/"

    @property
    def touched(self) -> datetime:
        """When people last saw it change."""
        return self.withdrawn or self.published

    @property
    def digest(self) -> str:
        """Digest of what people can see: the page and every attachment."""
        return content_digest(self.page_sha256, [(file.stored, file.sha256) for file in self.files])


def content_digest(page: str, files: Sequence[tuple[str, str]]) -> str:
    """Return one SHA-256 over the digests of a page and of its files (stored name and digest, in their order)."""
    lines = [page, *(f"{name} {sha256}" for name, sha256 in files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def folder_of(disclosure: str) -> str:
    """Return the folder name of a disclosure: its id, or a digest of it where the id is no plain word."""
    if _PLAIN_ID.fullmatch(disclosure):
        return disclosure.lower()
    return hashlib.sha256(disclosure.encode()).hexdigest()[:20]


def stored_files(files: Sequence[FilingFile]) -> tuple[PortalFile, ...]:
    """
    Give every attachment a name that any web server serves as what it is.

    The name is plain ASCII with a leading number, so names never clash; the extension follows the media type alone: a
    file that calls itself ``.html`` must not run as a page of the portal.
    """
    found = []
    for ordinal, file in enumerate(files, 1):
        stem = ascii_slug(Path(file.name.replace("\\", "-").replace("/", "-")).stem)[:80].strip("-") or "tep"
        suffix = _SERVED.get(file.media_type, ".bin")
        found.append(PortalFile(file.name, f"{ordinal:02d}-{stem}{suffix}", file.media_type, file.sha256, file.size))
    return tuple(found)


def copy_file(file: PortalFile, folder: Path, open_blob: Callable[[str], BinaryIO]) -> None:
    """Copy one attachment out of the vault, durably. Raises OSError; StoreError when the vault's bytes differ."""
    target = folder / file.stored
    with open_blob(file.sha256) as source:
        write_durably(target, source)
    if target.stat().st_size != file.size or sha256_of(target) != file.sha256:
        target.unlink(missing_ok=True)
        raise StoreError(
            what=_("Tệp trong kho không khớp mã băm hoặc dung lượng đã ghi."), where=file.sha256,
            advice=_("Chạy congkhai fsck, khôi phục tệp từ bản sao lưu rồi đăng lại."), code="congkhai-E560",
        )  # fmt: skip


def write_record(folder: Path, record: PortalRecord) -> None:
    """Write a record into its disclosure's folder. Raises OSError."""
    facts = asdict(record) | {
        "format": FORMAT, "published": record.published.isoformat(),
        "withdrawn": record.withdrawn.isoformat() if record.withdrawn else None,
    }  # fmt: skip
    write_durably(folder / RECORD, json.dumps(facts, ensure_ascii=False, indent=1).encode("utf-8", "replace"))


def read_record(folder: Path) -> PortalRecord | None:
    """Read the record of a disclosure's folder; None when there is none. Raises OSError, ValueError."""
    try:
        facts = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    try:
        if facts.pop("format") != FORMAT:
            raise ValueError("another format")
        facts["files"] = tuple(PortalFile(**file) for file in facts["files"])
        record = PortalRecord(**facts)
        published = datetime.fromisoformat(facts["published"])
        withdrawn = datetime.fromisoformat(facts["withdrawn"]) if facts["withdrawn"] else None
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a record of a portal notice: {type(error).__name__}") from error
    return replace(record, published=published, withdrawn=withdrawn)


def all_records(site: Path) -> Iterator[PortalRecord]:
    """
    Yield every readable record of a site, those changed last first.

    A damaged one is left out of the lists; the probe of its own page tells about it.
    """
    found = []
    for path in (site / NOTICES).glob(f"*/{RECORD}"):
        try:
            record = read_record(path.parent)
        except (OSError, ValueError):
            continue
        if record is not None:
            found.append(record)
    yield from sorted(found, key=lambda record: (record.touched, record.disclosure), reverse=True)
