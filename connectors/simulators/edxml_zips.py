"""Transport zips of simulated edXML attachments, honest and hostile (edXML reference section 6 and 10, rule 7)."""

import io
import uuid
import zipfile
from collections.abc import Collection

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def extension_of(name: str) -> str:
    """Return what follows the last dot of a name, lower case."""
    return name.rpartition(".")[2].lower()


def transport_zip(name: str, content: bytes, *, inside: str | None = None, flags: int = 0) -> bytes:
    """
    Zip one file as the public SDK does: deflated, under a UUID that has nothing to do with the attachment's name.

    Args:
        inside: name of the entry instead of UUID and extension.
        flags: general purpose bits set afterwards in both headers, to lie about the entry.
    """
    out = io.BytesIO()
    entry = inside or f"{uuid.uuid5(uuid.NAMESPACE_OID, name)}.{extension_of(name)}"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(entry, _FIRST_DAY)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    data = bytearray(out.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= flags
    return bytes(data)


def streamed_zip(name: str, content: bytes) -> bytes:
    """Zip one file as a streaming writer does: flag bit 3, sizes after the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]  # only bytes-like come
            self.data += piece
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(f"{uuid.uuid5(uuid.NAMESPACE_OID, name)}.{extension_of(name)}", _FIRST_DAY)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    return bytes(pipe.data)


def lying_zip(name: str, content: bytes, faults: Collection[str]) -> bytes | None:
    """Return the transport zip of a fault, or None when the attachment is honest."""
    if "zip_lie" in faults:
        return transport_zip(name, b'<?xml version="1.0"?><edXML></edXML>', inside=f"{uuid.UUID(int=1)}.edxml")
    if "zip_bomb" in faults:
        return transport_zip(name, bytes(8 * 1024 * 1024))
    if "zip_nested" in faults:
        return transport_zip(name, transport_zip(name, content))
    if "zip_traversal" in faults:
        return transport_zip(name, content, inside=f"../../{name}")
    if "zip_encrypted" in faults:
        return transport_zip(name, content, flags=1)
    if "zip_bit3" in faults:
        return streamed_zip(name, content)
    return None
