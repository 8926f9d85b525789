"""
The form of a backup: a tar file whose last member, ``manifest.json``, names every other with size and digest.

Members: ``database.sqlite``, ``vault/<sha256>``, ``ini/…``, ``trust/…``, ``plugins/…``. Encrypted, the whole is
one age file (age-encryption.org/v1), for as many keys as were named.
"""

import hashlib
import json
import os
import re
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from .errors import ConfigurationError, InputError
from .text import _

FORMAT = "congkhai-backup/1"
MANIFEST = "manifest.json"
DATABASE = "database.sqlite"
_AGE = b"age-encryption.org/"
_LARGEST_MANIFEST = 256 * 1024 * 1024
_PLACES = re.compile(r"database\.sqlite|vault/[0-9a-f]{64}|(ini|trust|plugins|regulation)/.+")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What a backup says of itself.

    Attributes:
        made: legal moment, ISO 8601.
        version: of the program that made it.
        schema: revision of the tables.
        heads: ``{agency: [number, hash]}``, the end of each journal.
        members: ``{name: [size in bytes, SHA-256]}``.
        missing: digests that rows name and the vault did not hold, or held damaged: the backup is not whole.
        left_out: files with secrets, which only an encrypted backup holds.
        secrets: references to secrets that whoever restores must provide, as the ini writes them.
    """

    made: str
    version: str
    schema: str
    database: str
    heads: dict[str, tuple[int, str]]
    members: dict[str, tuple[int, str]]
    missing: tuple[str, ...]
    left_out: tuple[str, ...]
    secrets: tuple[str, ...]

    def text(self) -> bytes:
        """Return the manifest as the member's bytes: JSON with sorted keys."""
        body = {"format": FORMAT, **asdict(self)}
        return json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest: whoever wrote it down can tell this backup from any other."""
        return hashlib.sha256(self.text()).hexdigest()


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest. Raises InputError: another form, or damaged."""
    try:
        body: dict[str, Any] = json.loads(data)
        if body.pop("format") != FORMAT or set(body) != set(Manifest.__slots__):
            raise unreadable(_("bản kê thuộc dạng khác"))
        return Manifest(
            made=str(body["made"]), version=str(body["version"]), schema=str(body["schema"]),
            database=str(body["database"]), heads=_pairs(body["heads"]), members=_pairs(body["members"]),
            missing=tuple(map(str, body["missing"])), left_out=tuple(map(str, body["left_out"])),
            secrets=tuple(map(str, body["secrets"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(_("bản kê không đọc được")) from error


def _pairs(body: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {name: (int(number), str(digest)) for name, (number, digest) in body.items()}


def unreadable(reason: str) -> InputError:
    """Return the error for a file that is not a whole backup of ours."""
    return InputError(
        what=_("Không dùng được bản sao lưu: {reason}.").format(reason=reason), code="congkhai-E796",
        advice=_("Dùng một bản sao lưu khác; giữ lại tệp này để xem xét."),
    )  # fmt: skip


class Writer:
    """Members on their way into a tar file, counted and digested as they go."""

    def __init__(self, out: BinaryIO) -> None:
        self._tar = tarfile.TarFile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT)
        self.members: dict[str, tuple[int, str]] = {}

    def add(self, name: str, stream: BinaryIO, size: int) -> None:
        """Add `size` bytes of a stream. Raises OSError when it ends early."""
        digested = _Digesting(stream)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, digested)
        self.members[name] = (size, digested.digest.hexdigest())

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a small file."""
        self.add(name, BytesIO(data), len(data))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file that nobody is writing to any more."""
        with path.open("rb") as stream:
            self.add(name, stream, os.fstat(stream.fileno()).st_size)

    def close(self, manifest: Manifest) -> None:
        """End with the manifest."""
        self.add_bytes(MANIFEST, manifest.text())
        self._tar.close()


class _Digesting:
    """A stream that remembers the digest of what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _age() -> Any:
    try:
        import pyrage  # type: ignore[import-untyped]  # an extra: only who encrypts needs it; it ships no types
    except ImportError as error:
        raise ConfigurationError(
            what=_("Mã hóa bản sao lưu cần phần bổ sung backup."), code="congkhai-E797",
            advice=_("Cài đặt: pip install 'congkhai[backup]'"),
        ) from error  # fmt: skip
    return pyrage


def _keys(make: Callable[[str], object], texts: Sequence[str], what: str) -> list[object]:
    pyrage = _age()
    try:
        return [make(text) for text in texts]
    except (pyrage.RecipientError, pyrage.IdentityError, ValueError) as error:
        raise InputError(
            what=_("Khóa age không đọc được."), where=what, code="congkhai-E797",
            advice=_("Tạo cặp khóa bằng age-keygen; khóa công khai bắt đầu bằng age1."),
        ) from error  # fmt: skip


@contextmanager
def encrypting(out: BinaryIO, recipients: Sequence[str]) -> Iterator[BinaryIO]:
    """
    Yield a stream whose bytes arrive in `out` encrypted for every recipient; nothing of them touches the disk in clear.

    Args:
        recipients: age public keys (``age1…``); none: the bytes go to `out` as they are.

    Raises:
        InputError: a key cannot be read.
    """
    if not recipients:
        yield out
        return
    pyrage = _age()
    keys = _keys(pyrage.x25519.Recipient.from_str, recipients, "--recipient")
    read_end, write_end = os.pipe()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(read_end, "rb") as clear:
                pyrage.encrypt_io(clear, out, keys)
        except BaseException as error:  # handed to the writer, who raises it
            failures.append(error)

    thread = threading.Thread(target=work, name="age", daemon=True)
    thread.start()
    try:
        with os.fdopen(write_end, "wb") as pipe:
            yield pipe
    except BrokenPipeError:
        if not failures:
            raise
    finally:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def decrypted(file: Path, identities: Sequence[str], folder: Path) -> Iterator[BinaryIO]:
    """
    Open a backup for reading, encrypted or not.

    Args:
        identities: age secret keys (``AGE-SECRET-KEY-1…``).
        folder: private folder for the clear bytes of an encrypted backup.

    Raises:
        InputError: it is encrypted and none of the keys opens it.
        OSError: the file cannot be read.
    """
    with file.open("rb") as stream:
        encrypted = stream.read(len(_AGE)) == _AGE
        stream.seek(0)
        if not encrypted:
            yield stream
            return
        if not identities:
            raise InputError(
                what=_("Bản sao lưu này được mã hóa."), where=str(file), code="congkhai-E797",
                advice=_("Đưa tệp khóa riêng bằng --identity."),
            )  # fmt: skip
        pyrage = _age()
        keys = _keys(pyrage.x25519.Identity.from_str, identities, "--identity")
        clear = folder / "clear.tar"
        try:
            with clear.open("xb") as out:
                pyrage.decrypt_io(stream, out, keys)
        except pyrage.DecryptError as error:
            raise InputError(
                what=_("Không giải mã được bản sao lưu: sai khóa, hoặc tệp đã bị thay đổi."), where=str(file),
                code="congkhai-E797", advice=_("Thử tệp khóa riêng khác, hoặc một bản sao lưu khác."),
            ) from error  # fmt: skip
        with clear.open("rb") as opened:
            yield opened


def read_identities(file: Path | None) -> list[str]:
    """Return the secret keys of an age identity file. Raises InputError."""
    if file is None:
        return []
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def whole_members() -> Iterator[None]:
    """Turn whatever `tarfile` says of a damaged file into an error of ours (InputError)."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise unreadable(_("tệp bị cắt cụt hoặc không phải bản sao lưu")) from error


def members(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """
    Yield each member with a stream of its bytes, in order.

    Raises:
        InputError: a member has no business in a backup (a link, another path).
        tarfile.TarError: not a tar file, or cut off; `whole_members` speaks for it.
    """
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for info in tar:
            parts = PurePosixPath(info.name).parts
            known = info.name == MANIFEST or _PLACES.fullmatch(info.name)
            content = tar.extractfile(info) if info.isreg() and known and ".." not in parts else None
            too_large = info.name == MANIFEST and info.size > _LARGEST_MANIFEST
            if content is None or too_large or "\0" in info.name or "\\" in info.name:
                raise unreadable(_("có mục lạ {name}").format(name=repr(info.name)))
            yield info.name, content  # type: ignore[misc]  # IO[bytes] of the standard library's stubs


def copy(source: BinaryIO, *targets: BinaryIO) -> tuple[int, str]:
    """Read a stream to its end into the targets. Returns size in bytes and SHA-256."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        for target in targets:
            target.write(chunk)
    return size, digest.hexdigest()
