"""Writing a package: one stream, equal bytes for equal dossiers, whole or not at all."""

import errno
import hashlib
import os
import zipfile
from pathlib import Path

from ..errors import OurError
from ..platform import TEMPORARY, fsync_folder, is_left, temporary_name
from ..text import _
from .package import Package, Part

CHUNK = 1 << 20
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # what a zip file can say at least; the true moments stand in METS


def write_package(package: Package, folder: Path) -> tuple[Path, str]:
    """
    Write a package as a zip file, stored without compression so that the bytes are the same with every zlib.

    Written beside its place, flushed to disk, renamed; each file is digested while it passes and held against METS.
    Files beyond 4 GiB are written with zip64. Memory does not grow with the files.

    Args:
        folder: where it shall lie; made when it is missing. A package of the same name is replaced.

    Returns:
        The file and its SHA-256.

    Raises:
        OurError: bytes are not those that were declared (code ``congkhai-E774``), or the disk refuses (code
            ``congkhai-E775``); nothing is left behind.
        StoreError: a file of the vault is missing or damaged; nothing is left behind.
    """
    target = folder / package.zip
    temporary = folder / temporary_name(package.zip)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as out:
                with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                    for part in package.parts:
                        _add(archive, package.folder, part)
                out.flush()
                os.fsync(out.fileno())
            with temporary.open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        fsync_folder(folder)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise OurError(
            what=_("Đĩa đầy khi ghi gói tin.") if full
            else _("Không ghi được gói tin: {reason}.").format(reason=error.strerror or error),
            where=str(folder), code="congkhai-E775",
            advice=_("Giải phóng chỗ hoặc chọn thư mục khác rồi chạy lại lệnh: các gói đã xong được giữ nguyên."),
        ) from error  # fmt: skip
    return target, sha256


def _add(archive: zipfile.ZipFile, folder: str, part: Part) -> None:
    info = zipfile.ZipInfo(f"{folder}/{part.path}", _FIRST_DAY)
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    info.file_size = part.size  # decides about zip64 before the first byte
    digest, size = hashlib.sha256(), 0
    with part.open() as source, archive.open(info, "w") as out:
        while size <= part.size and (piece := source.read(CHUNK)):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    if size != part.size or digest.hexdigest() != part.sha256:
        raise OurError(
            what=_("Nội dung tệp không đúng với mã băm đã ghi."), where=part.path, code="congkhai-E774",
            advice=_("Tệp trong kho đã thay đổi hoặc bị hỏng: khôi phục từ bản sao lưu; gói tin chưa được ghi."),
        )  # fmt: skip


def leftovers(folder: Path) -> int:
    """Remove what a killed export left half written. Returns how many."""
    left = [one for one in folder.glob(f"{TEMPORARY}*.zip") if is_left(one, 0)] if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
