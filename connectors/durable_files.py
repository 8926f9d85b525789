"""Files that other people's programs meet: written whole or not at all, moved without ever replacing another."""

import errno
import hashlib
import os
import re
import unicodedata
from pathlib import Path

from congkhai.plugin.errors import OutsideError
from congkhai.plugin.text import _

_CHUNK = 1024 * 1024
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))
_WINDOWS_DEVICES = frozenset({"con", "prn", "aux", "nul", *_PORTS})


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits, reading it in pieces. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and force it to the disk; for use inside a temporary folder. Raises OSError."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def free_name(folder: Path, name: str) -> Path:
    """Return `folder`/`name`, or with ``~2``, ``~3`` … before the extension when that name is taken."""
    candidate = folder / name
    count = 2
    while os.path.lexists(candidate):
        candidate = folder / f"{Path(name).stem}~{count}{Path(name).suffix}"
        count += 1
    return candidate


def safe_name(text: str, fallback: str, limit: int = 150) -> str:
    """
    Make a file name that Linux, Windows and a network share accept.

    Args:
        text: any text; only what follows the last ``/`` or ``\\`` counts.
        fallback: name when nothing usable remains.
        limit: longest result, bytes in UTF-8; the extension is kept.
    """
    name = unicodedata.normalize("NFC", text.replace("\\", "/").rsplit("/", 1)[-1])
    name = _FORBIDDEN.sub("", name).strip(" .").encode("utf-8", "ignore").decode()
    if not name or name.split(".", 1)[0].strip().casefold() in _WINDOWS_DEVICES:
        name = f"{fallback}{Path(name).suffix}"
    suffix = Path(name).suffix if len(Path(name).suffix.encode()) <= 16 else ""
    stem = name[: len(name) - len(suffix)]
    room = limit - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + suffix


def kept_name(text: str, fallback: str) -> str:
    """
    Return the name under which an attachment from outside is kept: text that no file system can misread.

    Separators become ``_`` instead of cutting what stands before them away: the secrecy gate reads names too.
    """
    return safe_name(re.sub(r"[/\\]", "_", text), fallback, 240)


def folder_error(error: OSError, place: str, code: str) -> OutsideError:
    """
    Turn an operating system error about a shared folder into one that says what IT can do.

    Args:
        error: as raised.
        place: what people call the folder, free of packet names.
        code: stable error code.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        what, advice = _("Đĩa chứa thư mục đã đầy."), _("Giải phóng dung lượng; congkhai tự làm tiếp ở lượt sau.")
    elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        what = _("Không có quyền ghi hoặc đọc thư mục.")
        advice = _("Cấp quyền đọc, ghi và đổi tên trong thư mục cho tài khoản chạy congkhai.")
    elif error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.EIO}:
        what = _("Không thấy thư mục, hoặc ổ đĩa mạng đang mất kết nối.")
        advice = _("Kiểm tra đường dẫn và gắn lại ổ đĩa mạng.")
    elif error.errno == errno.EXDEV:
        what = _("Hai thư mục nằm trên hai ổ đĩa khác nhau nên không thể chuyển tệp một bước.")
        advice = _("Đặt các thư mục processed, rejected, held trên cùng ổ đĩa với thư mục nhận.")
    else:
        name = errno.errorcode.get(error.errno or 0, "?")
        what = _("Thư mục không dùng được ({name}).").format(name=name)
        advice = _("Kiểm tra thư mục và ổ đĩa, rồi chạy congkhai check --live.")
    return OutsideError(what=what, where=place, advice=advice, code=code)
