"""
Digests of large streams, computed beside the reading and writing of them.

Reading, checking and writing a gigabyte costs about as much as its SHA-256; done one after the other they would double
the time. Hashing releases the interpreter, so one helper thread is enough, and one piece is all that waits for it.
"""

import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO

CHUNK = 1024 * 1024
"""Bytes that are read at once."""


class StreamDigest:
    """
    A digest that is fed in pieces; whole chunks are hashed in a thread while the caller fetches the next.

    Use it as a context manager, so that the thread ends with it.
    """

    def __init__(self, algorithm: str = "sha256") -> None:
        """Begin; `algorithm` is a name for hashlib."""
        self._hash = hashlib.new(algorithm)
        self._pool: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None
        self._big = 0

    def __enter__(self) -> "StreamDigest":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def update(self, piece: bytes) -> None:
        """Add bytes; they must not change afterwards."""
        self._settle()
        self._big += len(piece) >= CHUNK
        if len(piece) < CHUNK or self._big < 2:  # small files are not worth a thread
            self._hash.update(piece)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1)
        self._pending = self._pool.submit(self._hash.update, piece)

    def digest(self) -> bytes:
        """Return the digest of all that was added."""
        self._settle()
        return self._hash.digest()

    def _settle(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a stream in pieces of at most `CHUNK` bytes."""
    while piece := stream.read(CHUNK):
        yield piece


def digest_of(stream: IO[bytes], algorithm: str = "sha256") -> bytes:
    """Return the digest of what a stream still holds."""
    with StreamDigest(algorithm) as digest:
        for piece in pieces(stream):
            digest.update(piece)
        return digest.digest()


def crc32_of(stream: IO[bytes]) -> int:
    """Return the CRC-32 of what a stream still holds, as zip files state it."""
    crc = 0
    for piece in pieces(stream):
        crc = zlib.crc32(piece, crc)
    return crc
