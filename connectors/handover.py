"""
Connector ``handover``: files dossiers into a folder from which a clerk imports them by hand; it never pulls.

One folder per dossier appears whole, by one rename, with ``receipt.json`` inside; so a crash leaves either nothing or
all of it, and the receipt is what the reconcile sweep reads back.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from congkhai.plugin.clock import local_date
from congkhai.plugin.config.settings import Location, Settings
from congkhai.plugin.errors import InputError, OutsideError, StoreError, UndecidedError
from congkhai.plugin.hooks import RegisterConnector, hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.platform import fsync_folder
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    Filing,
    FilingFile,
    Outcome,
    Pulled,
    PulledDocument,
    Receipt,
)
from congkhai.plugin.text import _

from .durable_files import folder_error, safe_name, sha256_of, write_synced
from .handover_sheet import SheetDefaults, SheetFile, dossier_fields, sheet_text, sheet_xml

RECEIPT = "receipt.json"
SHEET_XML = "phieu-thong-tin.xml"
SHEET_TEXT = "phieu-thong-tin.txt"
CODE = "congkhai-E331"
"""Error code of a hand-over folder that cannot be used."""
_CHUNK = 1024 * 1024
_FORMAT = 1


class HandoverSettings(Settings):
    """Keys of ``[connector:NAME]`` with ``type = handover``."""

    folder: Location = Field(description="Thư mục bàn giao hồ sơ; mỗi hồ sơ một thư mục con.")
    organ_id: str = Field("", description="Mã định danh cơ quan lập danh mục hồ sơ (FileCode/OrganId).")
    maintenance: str = Field("", description="Thời hạn bảo quản ghi vào phiếu thông tin, ví dụ 70 năm.")
    rights: str = Field("", description="Chế độ sử dụng ghi vào phiếu thông tin, ví dụ Công khai.")
    creator: str = Field("", description="Người lập hồ sơ ghi vào phiếu thông tin.")
    sheet_language: str = Field("Tiếng Việt", description="Ngôn ngữ của hồ sơ ghi vào phiếu thông tin.")


class HandoverConnector:
    """Filing target in a folder; see the module."""

    def __init__(self, settings: HandoverSettings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._folder = settings.folder

    def plain(self, secrecy: str | None) -> bool:  # noqa: ARG002 - nothing comes from here
        """Return False: nothing is ever pulled from here."""
        return False

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:  # noqa: ARG002 - a target only
        """Offer nothing: this is a filing target only."""
        return iter(())

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:  # noqa: ARG002 - a target only
        """Return nothing: no document comes from here."""
        return ()

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Refuse: no document comes from here. Raises InputError."""
        raise InputError(what=_("Thư mục bàn giao không có tệp để đọc."), where=str(attachment.ordinal))

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """Do nothing: no document comes from here."""

    def file_dossier(self, filing: Filing) -> Receipt:
        """
        Write the dossier's folder under a temporary name, force it to the disk, and rename it.

        A folder that already stands there for this key, whole, is answered with its receipt and not written again.

        Raises:
            OutsideError: it certainly was not filed (disk full, no right, a foreign folder in its place).
            UndecidedError: the rename was done, but the disk would not confirm it; or a damaged filing stands there.
            StoreError: a file of the vault is not what its digest says.
        """
        if not self._folder.is_dir():
            raise folder_error(FileNotFoundError(errno.ENOENT, ""), str(self._folder), CODE)
        if filed := self.find_filed(filing.key):
            return filed
        final = self._folder / _folder_name(filing.key)
        if os.path.lexists(final):
            raise OutsideError(
                what=_("Trong thư mục bàn giao đã có thư mục cùng tên nhưng không phải do congkhai lập."),
                where=str(final),
                advice=_("Đổi tên hoặc chuyển thư mục đó đi; congkhai tự làm tiếp ở lượt sau."),
                code=CODE,
            )
        temporary = self._folder / f".{final.name}.tmp"
        try:
            shutil.rmtree(temporary, ignore_errors=True)  # what a crash left; only this key ever writes there
            temporary.mkdir()
            receipt = self._write(filing, temporary, final.name)
            fsync_folder(temporary)
            temporary.rename(final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise folder_error(error, str(self._folder), CODE) from error
        except StoreError:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        try:
            fsync_folder(self._folder)
        except OSError as error:
            raise _undecided(final, _("Ổ đĩa không xác nhận đã ghi hồ sơ.")) from error
        return receipt

    def forget_filing(self, key: str) -> None:
        """Do nothing: the folder itself is looked at before every filing."""

    def find_filed(self, key: str) -> Receipt | None:
        """
        Read a filing back and compare every file with its digest.

        Returns:
            The receipt; None when there is no folder for this key, or one that never held our receipt.

        Raises:
            UndecidedError: the folder cannot be read, or files in it are missing or changed.
        """
        final = self._folder / _folder_name(key)
        try:
            raw = (final / RECEIPT).read_bytes()
        except FileNotFoundError as error:
            if not self._folder.is_dir():
                raise _undecided(self._folder, _("Không thấy thư mục bàn giao.")) from error
            return None
        except OSError as error:
            raise _undecided(final, _("Không đọc được biên nhận bàn giao.")) from error
        try:
            return _verified(final, key, json.loads(raw))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _undecided(final, _("Hồ sơ trong thư mục bàn giao bị thiếu tệp hoặc bị sửa.")) from error

    def _write(self, filing: Filing, folder: Path, name: str) -> Receipt:
        now = self._context.clock.now()
        files = [self._copy(file, folder / stored, stored) for file, stored in _stored_names(filing.files)]
        defaults = SheetDefaults(
            organ_id=self._settings.organ_id,
            maintenance=self._settings.maintenance,
            rights=self._settings.rights,
            creator=self._settings.creator,
            language=self._settings.sheet_language,
        )
        day = local_date(now)
        fields = dossier_fields(filing, defaults, day.year)
        digests = {file.name: file.sha256 for file in files}
        for sheet, content in (
            (SHEET_XML, sheet_xml(filing, fields, files)),
            (SHEET_TEXT, sheet_text(filing, fields, files, day).encode("utf-8", "replace")),
        ):
            write_synced(folder / sheet, content)
            digests[sheet] = hashlib.sha256(content).hexdigest()
        receipt = Receipt(filing.key, name, now, _("Đã ghi {count} tệp.").format(count=len(files)))
        facts = {
            "format": _FORMAT, "key": receipt.key, "folder": receipt.remote_id, "at": receipt.at.isoformat(),
            "detail": receipt.detail, "title": filing.title, "held": list(filing.held), "files": digests,
        }  # fmt: skip
        write_synced(folder / RECEIPT, json.dumps(facts, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
        return receipt

    def _copy(self, file: FilingFile, target: Path, stored: str) -> SheetFile:
        digest, size = hashlib.sha256(), 0
        with self._context.open_blob(file.sha256) as source, target.open("xb") as stream:
            while piece := source.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        if digest.hexdigest() != file.sha256 or size != file.size:
            raise StoreError(
                what=_("Tệp trong kho không khớp mã băm hoặc dung lượng đã ghi."),
                where=file.sha256,
                advice=_("Chạy congkhai fsck, khôi phục tệp từ bản sao lưu rồi nộp lại hồ sơ."),
            )
        return SheetFile(stored, file.name, file.media_type, size, file.sha256)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check that the folder is there and writable (with `live`)."""
        key = f"connector:{self._context.name}:folder"
        if not live:
            return (CheckResult(key, "skipped", _("Chưa thử thư mục bàn giao (dùng --live).")),)
        if not self._folder.is_dir():
            advice = _("Tạo thư mục {folder} hoặc gắn ổ đĩa mạng.").format(folder=self._folder)
            return (CheckResult(key, "fail", _("Không thấy thư mục bàn giao."), advice),)
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            advice = _("Cấp quyền đọc và ghi cho tài khoản chạy congkhai.")
            return (CheckResult(key, "fail", _("Không có quyền ghi vào thư mục bàn giao."), advice),)
        return (CheckResult(key, "ok", _("Thư mục bàn giao dùng được.")),)


def _folder_name(key: str) -> str:
    """Return the folder of a key: readable, and different for different keys."""
    return f"{safe_name(key.replace('/', '-'), 'ho-so', 60)}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _stored_names(files: Sequence[FilingFile]) -> Iterator[tuple[FilingFile, str]]:
    """Give each file a name that is safe and its own, also where case does not count."""
    taken = {RECEIPT, SHEET_XML, SHEET_TEXT}
    for ordinal, file in enumerate(files, start=1):
        name = safe_name(file.name, f"tep-{ordinal}")
        count = 2
        while name.casefold() in taken:
            stem, suffix = Path(safe_name(file.name, f"tep-{ordinal}")).stem, Path(name).suffix
            name, count = f"{stem}-{count}{suffix}", count + 1
        taken.add(name.casefold())
        yield file, name


def _verified(folder: Path, key: str, facts: Any) -> Receipt:
    """Return the receipt when every file named in it is there, unchanged; raises ValueError otherwise, and OSError."""
    if facts["format"] != _FORMAT or facts["key"] != key:
        raise ValueError("receipt of another format or key")
    for name, digest in facts["files"].items():
        if Path(name).name != name or sha256_of(folder / name) != digest:
            raise ValueError("file changed")
    at = datetime.fromisoformat(facts["at"])
    if at.tzinfo is None:
        raise ValueError("moment without zone")
    return Receipt(key, str(facts["folder"]), at, str(facts["detail"]))


def _undecided(place: Path, what: str) -> UndecidedError:
    return UndecidedError(
        what=what,
        where=str(place),
        advice=_(
            "Văn thư kiểm tra thư mục bàn giao rồi cho biết hồ sơ đã được nhập hay chưa; congkhai không tự nộp lại."
        ),
        code=CODE,
    )


@hookimpl
def register_connectors(register: RegisterConnector) -> None:
    """Offer ``type = handover``."""
    register("handover", HandoverSettings, HandoverConnector)
