"""The containers of a sealed dossier handed out: one as it is, several as one ZIP file, written while it leaves."""

import io
import zipfile
from collections.abc import Iterator, Sequence

from starlette.responses import Response, StreamingResponse

from ..clock import ZONE
from ..dossier_seal import container_name
from ..records import Dossier
from ..store.vault import Vault
from ..store.vault_s3 import S3Vault
from .downloads import SEALED_OFF, download

_PIECE = 1 << 18  # bytes read at a time: what is held in memory, however large the volumes are


class _Passage(io.RawIOBase):
    """Takes what the ZIP writer writes and hands it on; it cannot be sought, so that nothing is written twice."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: object) -> int:
        """Take bytes."""
        piece = bytes(data)  # type: ignore[call-overload]  # whatever has bytes, as RawIOBase has it
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        piece = bytes(self._held)
        self._held.clear()
        return piece


def hand_out(vault: Vault | S3Vault, dossier: Dossier, volumes: Sequence[str]) -> Response:
    """
    Return the whole of a sealed dossier: its container, or all of them in one ZIP file.

    Args:
        volumes: digests of its containers, in order; at least one.

    Raises:
        StoreError: a container is not in the vault; nothing has left then.
    """
    if len(volumes) == 1:
        return download(vault.read(volumes[0]), container_name(dossier.id, 1, 1), "application/vnd.etsi.asic-e+zip")
    for sha256 in volumes:
        vault.size(sha256)  # what is missing is told as an error page, not as a file that ends early
    return StreamingResponse(
        _zipped(vault, dossier, volumes), media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{dossier.id}.zip"', "Content-Security-Policy": SEALED_OFF,
        },
    )  # fmt: skip


def _zipped(vault: Vault | S3Vault, dossier: Dossier, volumes: Sequence[str]) -> Iterator[bytes]:
    passage = _Passage()
    sealed = dossier.sealed_at.astimezone(ZONE).timetuple()[:6] if dossier.sealed_at else (1980, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(passage, "w", zipfile.ZIP_STORED) as archive:
        for number, sha256 in enumerate(volumes, 1):
            entry = zipfile.ZipInfo(container_name(dossier.id, number, len(volumes)), sealed)
            with vault.open(sha256) as stream, archive.open(entry, "w", force_zip64=True) as member:
                while piece := stream.read(_PIECE):
                    member.write(piece)
                    yield passage.taken()
            yield passage.taken()
    yield passage.taken()
