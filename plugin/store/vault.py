"""Files by content: name = SHA-256, written once, never changed."""

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import StoreError
from ..platform import TEMPORARY, age_of, fsync_folder, is_left, temporary_name
from ..text import _

_IN_MEMORY = 32 * 1024 * 1024  # larger files are hashed in a first pass and read from disk in a second
CHUNK = 1 << 20
"""Bytes read at once."""
QUARANTINE = "quarantine"
"""Folder, or part of a key, of files that no row names; a file that is asked for after all comes back by itself."""


class Vault:
    """
    A folder of files named by their digest.

    The order of `put` is the whole point: temporary file, write, fsync, rename, fsync of the folder; only then may a
    row name the digest.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the file of this digest lies."""
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, data: bytes | BinaryIO) -> tuple[str, int]:
        """
        Keep bytes, or a stream read to its end, durably.

        Returns:
            SHA-256 (64 hexadecimal digits) and size in bytes.

        Raises:
            StoreError: the disk is full, read-only or failing; nothing was kept.
        """
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self.folder / temporary_name(secrets.token_hex(4))
            digest, size = hashlib.sha256(), 0
            try:
                with temporary.open("xb") as out:
                    while chunk := stream.read(CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                sha256 = digest.hexdigest()
                target = self.path(sha256)
                if target.exists():  # equal content is one file, however many rows name it
                    temporary.unlink()
                    return sha256, size
                target.parent.mkdir(exist_ok=True)
                temporary.rename(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            fsync_folder(target.parent)
            fsync_folder(self.folder)
        except OSError as error:
            raise StoreError(
                what=_("Không lưu được tệp: {reason}.").format(reason=error.strerror), where=str(self.folder),
                advice=_("Kiểm tra dung lượng đĩa và quyền ghi; văn bản vẫn còn nguyên ở nơi gửi và sẽ được lấy lại."),
            ) from error  # fmt: skip
        return sha256, size

    def open(self, sha256: str) -> BinaryIO:
        """
        Open kept bytes for reading, after checking their digest.

        Raises:
            StoreError: the file is missing, or its bytes are not what its name says.
        """
        path = self.path(sha256)
        self._recall(sha256)
        try:
            if path.stat().st_size <= _IN_MEMORY:
                data = path.read_bytes()
                found = hashlib.sha256(data).hexdigest()
                stream: BinaryIO = io.BytesIO(data)
            else:
                with path.open("rb") as handle:
                    found = hashlib.file_digest(handle, "sha256").hexdigest()
                stream = path.open("rb")
        except OSError as error:
            raise StoreError(
                what=_("Thiếu tệp trong kho: {reason}.").format(reason=error.strerror), where=sha256,
                advice=_("Khôi phục tệp từ bản sao lưu; không xoá dòng nào trong cơ sở dữ liệu."),
            ) from error  # fmt: skip
        if found != sha256:
            stream.close()
            raise StoreError(
                what=_("Tệp trong kho đã bị thay đổi: nội dung không khớp mã băm."), where=sha256,
                advice=_("Khôi phục tệp từ bản sao lưu và kiểm tra đĩa."),
            )  # fmt: skip
        return stream

    def read(self, sha256: str) -> bytes:
        """Return kept bytes whole, checked. Raises StoreError as `open`."""
        with self.open(sha256) as stream:
            return stream.read()

    def size(self, sha256: str) -> int:
        """Return the size in bytes. Raises StoreError when the file is missing."""
        self._recall(sha256)
        try:
            return self.path(sha256).stat().st_size
        except OSError as error:
            raise StoreError(
                what=_("Thiếu tệp trong kho: {reason}.").format(reason=error.strerror), where=sha256,
                advice=_("Khôi phục tệp từ bản sao lưu; không xoá dòng nào trong cơ sở dữ liệu."),
            ) from error  # fmt: skip

    def digests(self) -> Iterator[str]:
        """Name everything that is kept."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                yield folder.name + path.name

    def remove(self, sha256: str) -> None:
        """Delete a file that no row names; only for the orphan sweep."""
        self.path(sha256).unlink(missing_ok=True)

    def age(self, sha256: str) -> float:
        """Return how many seconds ago a file was put here; infinite when it is not here."""
        return age_of(self.path(sha256))

    def quarantine(self, sha256: str) -> None:
        """Lay a file aside, where it can be found again; nothing is deleted. Raises StoreError."""
        aside = self._aside(sha256)
        try:
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path(sha256).replace(aside)
        except OSError as error:
            raise StoreError(
                what=_("Không chuyển được tệp vào nơi cách ly: {reason}.").format(reason=error.strerror), where=sha256,
                advice=_("Kiểm tra quyền ghi của kho tệp."),
            ) from error  # fmt: skip

    def lay_damaged(self, sha256: str) -> None:
        """Lay a file whose bytes are not what its name says where the true one can take its place. Raises OSError."""
        aside = self.folder / QUARANTINE / "damaged" / sha256
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path(sha256).replace(aside)

    def quarantined(self) -> Iterator[str]:
        """Name everything that lies aside."""
        for folder in sorted((self.folder / QUARANTINE).glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                yield folder.name + path.name

    def _aside(self, sha256: str) -> Path:
        return self.folder / QUARANTINE / sha256[:2] / sha256[2:]

    def _recall(self, sha256: str) -> None:
        """Bring back a file that was laid aside and is named now: a row was written while the sweep went through."""
        if not self.path(sha256).exists() and (aside := self._aside(sha256)).exists():
            with suppress(OSError):  # told by who opens it
                self.path(sha256).parent.mkdir(exist_ok=True)
                aside.replace(self.path(sha256))

    def tidy(self, margin: float = 0) -> int:
        """
        Remove temporary files that a killed process left; call only while holding the store. Returns how many.

        Args:
            margin: age in seconds that is left alone, where other nodes write into the same folder.
        """
        left = list(self.folder.glob(f"{TEMPORARY}*")) if self.folder.is_dir() else []
        left = [path for path in left if is_left(path, margin)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)
