"""
The drop folder of edXML packets: which files have fully arrived, and where a packet goes when it is done with.

A packet only ever moves by one rename inside one file system, and only after what was learnt from it is safe; so a
crash at any point leaves it either where it was or where it belongs (edXML reference 9.4).
"""

import hashlib
import json
import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from congkhai.plugin.platform import fsync_folder, write_durably
from congkhai.plugin.text import _

from .durable_files import folder_error, free_name, sha256_of

_LOG = logging.getLogger(__name__)
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", "~")
_CHUNK = 1024 * 1024
CODE = "congkhai-E330"
"""Error code of a drop folder that cannot be used."""


@dataclass(frozen=True, slots=True)
class Places:
    """
    Where packets lie; all on one file system.

    Attributes:
        inbox: where the sender puts packets; nothing is ever written into it.
        processed: accepted packets, duplicates, status packets.
        rejected: quarantined packets, with their reasons.
        held: packets that wait for a person, with their reasons.
    """

    inbox: Path
    processed: Path
    rejected: Path
    held: Path


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    A file in the inbox as it was when it was looked at.

    Attributes:
        key: changes whenever the file does; holds nothing of its name.
    """

    name: str
    size: int
    changed_ns: int
    inode: int

    @property
    def key(self) -> str:
        """Digest over name, size, last change and inode."""
        facts = f"\0{self.size}\0{self.changed_ns}\0{self.inode}".encode()
        return hashlib.sha256(os.fsencode(self.name) + facts).hexdigest()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a packet was set aside; free of packet text."""

    code: str
    message: str
    advice: str
    sha256: str
    size: int
    at: datetime


class DropFolder:
    """Takes whole packets out of the inbox and moves finished ones away; raises OutsideError when a folder fails."""

    def __init__(self, places: Places, work: Path, patterns: tuple[str, ...], settle: timedelta | None) -> None:
        """
        Args:
            places: the four folders.
            work: a folder of our own, for the file that tells the file system's time.
            patterns: names that count as packets, e.g. ``*.edxml``; compared without regard to case.
            settle: how long a file must be unchanged; None when the sender renames finished files into the inbox.
        """
        self.places = places
        self._work = work
        self._patterns = tuple(pattern.lower() for pattern in patterns)
        self._settle = settle
        self._waits = 0
        self.soon: timedelta | None = None

    def arrivals(self) -> list[Arrival]:
        """
        Return the packets that have fully arrived, oldest first; `soon` then says when the next one will have.

        Raises OutsideError when the inbox is not there.
        """
        self.soon = None
        try:
            found = [arrival for entry in os.scandir(self.places.inbox) if (arrival := self._look(entry))]
            latest = self._file_system_now() - int(self._settle.total_seconds() * 1e9) if self._settle else None
        except OSError as error:
            raise folder_error(error, str(self.places.inbox), CODE) from error
        ready = [arrival for arrival in found if latest is None or arrival.changed_ns <= latest]
        self._expect([arrival.changed_ns - latest for arrival in found if latest and arrival.changed_ns > latest])
        return sorted(ready, key=lambda arrival: (arrival.changed_ns, arrival.name))

    def _expect(self, left: list[int]) -> None:
        """
        Work out when the next file will have been quiet long enough; `left` are nanoseconds, one for each that has not.

        Each look that finds something still growing waits twice as long as the one before: a file that is written for
        hours is looked at a few times and then at the regular pulls only.
        """
        self._waits = self._waits + 1 if left and self._settle else 0
        if left and self._settle:
            quiet = timedelta(microseconds=min(left) // 1000 + 1)
            self.soon = max(quiet, self._settle * (1 << min(self._waits - 1, 32)) if self._waits > 1 else quiet)

    def _look(self, entry: "os.DirEntry[str]") -> Arrival | None:
        name = entry.name
        if name.startswith(".") or name.lower().endswith(_UNFINISHED):
            return None
        if not any(fnmatchcase(name.lower(), pattern) for pattern in self._patterns):
            return None
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        return _arrival(name, status) if stat.S_ISREG(status.st_mode) else None

    def _file_system_now(self) -> int:
        """Ask a file system for its time: file times are compared with file times, never with the legal clock."""
        self._work.mkdir(parents=True, exist_ok=True)
        probe = self._work / "now"
        probe.touch()
        return probe.stat().st_mtime_ns

    def read(self, arrival: Arrival, limit: int) -> tuple[bytes | None, str]:
        """
        Read one packet whole.

        Returns:
            The bytes and their SHA-256; no bytes when the packet is above `limit`; an empty digest when the file
            changed or went away meanwhile, so that it is looked at another time.

        Raises:
            OutsideError: it cannot be read.
        """
        try:
            handle = os.open(self.places.inbox / arrival.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None, ""
        except OSError as error:
            raise folder_error(error, str(self.places.inbox), CODE) from error
        try:
            with os.fdopen(handle, "rb") as stream:
                if _arrival(arrival.name, os.fstat(stream.fileno())) != arrival:
                    self.soon = self.soon or self._settle
                    return None, ""
                data, digest = _read_counted(stream.fileno(), limit)
                unchanged = _arrival(arrival.name, os.fstat(stream.fileno())) == arrival
        except OSError as error:
            raise folder_error(error, str(self.places.inbox), CODE) from error
        if not unchanged:
            self.soon = self.soon or self._settle
        return (data, digest) if unchanged else (None, "")

    def find(self, name: str, sha256: str) -> bytes | None:
        """Return the bytes of a packet wherever it lies by now, or None when it is not there any more."""
        for folder in (self.places.inbox, self.places.processed, self.places.held):
            try:
                data = (folder / name).read_bytes()
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                return data
        return None

    def finish(self, name: str, sha256: str) -> None:
        """Move a packet to the processed folder; does nothing when it is not in the inbox any more."""
        self._move(name, sha256, self.places.processed, None)

    def set_aside(self, name: str, sha256: str, folder: Path, reason: Reason) -> None:
        """
        Move a packet to the rejected or held folder, with ``NAME.reason.json`` and ``NAME.reason.txt`` beside it.

        The reasons are written first: a crash in between leaves the packet in the inbox, and the next pass repeats it.
        """
        self._move(name, sha256, folder, reason)

    def _move(self, name: str, sha256: str, folder: Path, reason: Reason | None) -> None:
        source = self.places.inbox / name
        try:
            # A sender may have put another packet under the same name meanwhile: that one is not ours to move.
            if not source.is_file() or sha256_of(source) != sha256:
                return
            folder.mkdir(parents=True, exist_ok=True)
            target = free_name(folder, name)
            if reason:
                _write_reason(target, reason)
            source.rename(target)
            fsync_folder(folder)
            fsync_folder(self.places.inbox)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not source.exists():
                return  # somebody else took it: there is nothing left to move
            raise folder_error(error, str(folder), CODE) from error


def _arrival(name: str, status: os.stat_result) -> Arrival:
    # Copying programs may set the time of modification back; the time of the inode's change shows when data came.
    return Arrival(name, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns), status.st_ino)


def _read_counted(handle: int, limit: int) -> tuple[bytes | None, str]:
    digest, pieces, total = hashlib.sha256(), [], 0
    while piece := os.read(handle, _CHUNK):
        digest.update(piece)
        total += len(piece)
        if total <= limit:
            pieces.append(piece)
        else:
            pieces.clear()
    return (b"".join(pieces) if total <= limit else None), digest.hexdigest()


def _write_reason(target: Path, reason: Reason) -> None:
    name = shown_name(target.name)
    facts = {
        "format": 1, "packet": name, "sha256": reason.sha256, "size": reason.size, "code": reason.code,
        "message": reason.message, "advice": reason.advice, "at": reason.at.isoformat(),
    }  # fmt: skip
    lines = (
        _("Gói tin: {name}").format(name=name),
        _("Lý do: {message} ({code})").format(message=reason.message, code=reason.code),
        _("Việc cần làm: {advice}").format(advice=reason.advice),
        _("Thời điểm: {at}").format(at=reason.at.isoformat()),
        f"SHA-256: {reason.sha256}\n",
    )
    facts_json = json.dumps(facts, ensure_ascii=False, indent=1)
    write_durably(target.with_name(f"{target.name}.reason.json"), facts_json.encode())
    write_durably(target.with_name(f"{target.name}.reason.txt"), "\n".join(lines).encode())


def shown_name(name: str) -> str:
    """Return a file name as text that every store accepts, also when its bytes are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class Refusals:
    """
    Remembers which files of the inbox were refused for secrecy, so that they are not read again and again.

    Keeps a digest over name, size and time of each file and the house's ticket for the paper; nothing of the packet,
    not even its id, which holds the paper's number and date. What is lost here is only found out again by reading, so a
    failure to write is no failure of the pass.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[str, str] = self._load()

    def ticket(self, arrival: Arrival) -> str | None:
        """Return the ticket of the paper in this very file, when the house refused it before."""
        return self._ids.get(arrival.key)

    def remember(self, arrival: Arrival, ticket: str) -> None:
        """Note that the house refused the paper in this file, by the ticket that stands for it."""
        self._ids[arrival.key] = ticket
        self._save()

    def keep_only(self, arrivals: list[Arrival]) -> None:
        """Forget files that are not in the inbox any more."""
        present = {arrival.key for arrival in arrivals}
        if gone := self._ids.keys() - present:
            for key in gone:
                del self._ids[key]
            self._save()

    def _load(self) -> dict[str, str]:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(raw, Mapping):
            return {}
        digest = re.compile(r"[0-9a-f]{64}")
        return {key: value for key, value in raw.items() if digest.fullmatch(key) and isinstance(value, str)}

    def _save(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(self._path, json.dumps(self._ids).encode())
        except OSError as error:
            _LOG.warning("cannot keep the list of refused packet files: errno %s", error.errno)


def folder_problems(places: Places) -> Iterator[str]:
    """Name what is wrong with the folders, in Vietnamese; used by ``congkhai check --live``. Never raises OSError."""
    try:
        device = places.inbox.stat().st_dev
    except OSError as error:
        yield str(folder_error(error, str(places.inbox), CODE))
        return
    if not places.inbox.is_dir():
        yield _("{folder} không phải là thư mục.").format(folder=places.inbox)
    for folder in (places.processed, places.rejected, places.held):
        existing = folder if folder.exists() else folder.parent
        try:
            other = existing.stat().st_dev
        except OSError as error:
            yield str(folder_error(error, str(existing), CODE))
            continue
        if other != device:
            yield _("{folder} không cùng ổ đĩa với thư mục nhận.").format(folder=folder)
        if not os.access(existing, os.W_OK | os.X_OK):
            yield _("Không có quyền ghi vào {folder}.").format(folder=existing)
    if not os.access(places.inbox, os.R_OK | os.W_OK | os.X_OK):
        yield _("Không có quyền đọc hoặc chuyển tệp trong {folder}.").format(folder=places.inbox)
