"""
Filing a dossier back into iOffice: at most one sending per key, read back before anything is sent again.

Before the call leaves, a note of it is made durable in the connector's own folder. While a note is there and the result
list does not show the key, the answer to "was it filed?" is "cannot be told", unless the operator vouches
(``result-is-complete``) that the list shows everything the system has taken in.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from congkhai.plugin.errors import NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import fsync_folder, write_durably
from congkhai.plugin.records import Filing, Receipt
from congkhai.plugin.text import _

from .ioffice_calls import SAVE_BRIEF
from .ioffice_client import IofficeClient
from .ioffice_fields import clean
from .ioffice_reply import Declined, Transient
from .ioffice_settings import IofficeSettings, pairs

log = logging.getLogger("congkhai.connectors.ioffice")


class IofficeFiling:
    """The way back of one source."""

    def __init__(self, settings: IofficeSettings, client: IofficeClient, context: Context) -> None:
        self._settings = settings
        self._client = client
        self._context = context

    def file(self, filing: Filing) -> Receipt:
        """
        Push the new papers under the filing's key, then link the papers that the system already holds.

        Raises:
            NotAllowedError: filing back is not switched on, has no path, or is too large.
            UndecidedError: it cannot be told whether the system took it.
            OutsideError: it certainly did not.
        """
        body = [self._dossier(filing)]
        self._client.log_in()
        note = self._note(filing.key)
        self._context.folder.mkdir(parents=True, exist_ok=True)
        write_durably(note, json.dumps({"key": filing.key, "at": self._context.clock.now().isoformat()}).encode())
        try:
            receipt = self._push(filing.key, body)
        except OutsideError:
            self._forget(note)  # the session was refused, so the papers never left
            raise
        except (Transient, Declined) as error:
            if isinstance(error, Declined) or not error.reached:
                self._forget(note)
                raise self._client.outside(error) from error
            log.warning("filing unclear", extra={"source": self._context.name, "reason": error.code})
            shown = self._listed(filing.key, quiet=True)
            if shown is None:
                raise self._undecided() from error
            receipt = shown
        done = {"key": filing.key, "at": receipt.at.isoformat(), "receipt": receipt.remote_id}
        write_durably(note, json.dumps(done).encode())
        return Receipt(receipt.key, receipt.remote_id, receipt.at, self._link(filing, receipt.detail))

    def find(self, key: str) -> Receipt | None:
        """
        Read back: the receipt, None when the key was certainly not filed.

        Raises:
            UndecidedError: it was sent, and the system does not show whether it arrived.
        """
        shown = self._listed(key, quiet=False)
        if shown is not None:
            return shown
        note = self._note(key)
        if not note.exists():
            return None  # never sent from here
        kept = json.loads(note.read_text(encoding="utf-8"))
        if "receipt" in kept:
            detail = _("iOffice đã nhận hồ sơ; danh sách kết quả chưa hoặc không còn nêu.")
            return Receipt(key, kept["receipt"], self._context.clock.now(), detail)
        if self._settings.result_is_complete and self._settings.result_path:
            self._forget(note)
            return None
        raise self._undecided()

    def forget(self, key: str) -> None:
        """Take note that a person found the filing not to be there, so that it may be sent again."""
        self._forget(self._note(key))

    def _push(self, key: str, body: list[dict[str, Any]]) -> Receipt:
        data = self._client.write(self._settings.push_path, body)
        if not (data is True or (isinstance(data, str) and data.strip().upper() == "TRUE")):
            raise Transient("answer-unclear")
        return Receipt(key, key, self._context.clock.now(), _("iOffice đã nhận hồ sơ."))

    def _dossier(self, filing: Filing) -> dict[str, Any]:
        settings = self._settings
        if not settings.file_back or not settings.push_path:
            raise NotAllowedError(
                what=_("Chưa bật việc nộp hồ sơ trở lại iOffice."), where=self._context.name,
                advice=_("Đặt file-back = yes và push-path do tỉnh cấp, hoặc dùng thư mục bàn giao."),
                code="congkhai-E231",
            )  # fmt: skip
        size = sum(file.size for file in filing.files)
        if size > settings.push_max_size:
            raise NotAllowedError(
                what=_("Hồ sơ lớn hơn mức cho phép của một lần nộp."), where=filing.key,
                advice=_("Tăng push-max-size nếu iOffice nhận được, hoặc dùng thư mục bàn giao."),
                code="congkhai-E232",
            )  # fmt: skip
        files = []
        for file in filing.files:
            with self._context.open_blob(file.sha256) as stream:
                content = stream.read()
            files.append(
                {
                    "fileId": "", "fileName": file.name, "fileType": file.media_type, "fileSize": str(len(content)),
                    "fileData": base64.b64encode(content).decode("ascii"), "soTrang": "",
                }
            )  # fmt: skip
        given = pairs(settings.push_fields)
        names = ("documentType", "loaiVBId", "maNguoiKy", "maNguoiTao", "noiNhan", "noiNhanNgoai", "maCongVanSo")
        fields = {name: given.get(name, "") for name in names}
        return {"dossierId": filing.key, "summary": filing.title, **fields, "files": files}

    def _listed(self, key: str, *, quiet: bool) -> Receipt | None:
        """Look for the key in the result list; `quiet`: a list that cannot be read counts as one that lacks it."""
        if not self._settings.result_path or not self._settings.file_back:
            return None
        try:
            rows = self._client.read("GET", self._settings.result_path)
        except Declined as error:
            if quiet:
                return None
            raise self._client.outside(error) from error
        except OutsideError:
            if quiet:
                return None
            raise
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping) and str(row.get("dossierId", "")) == key:
                number = clean(str(row.get("soKyHieu") or ""))
                detail = _("iOffice đã nhận hồ sơ, số {number}.").format(number=number) if number else ""
                return Receipt(key, number or key, self._context.clock.now(), detail)
        return None

    def _link(self, filing: Filing, detail: str) -> str:
        """Link papers the system holds to the operator's dossier; what could not be linked is said, not hidden."""
        if not self._settings.brief:
            return detail
        failed = []
        for remote_id in filing.held:
            id_ = remote_id.rpartition("-")[2]
            try:
                # finish stays 0: anything else would end the paper's handling in somebody else's house.
                body = {"id": self._settings.brief, "docId": int(id_), "finish": 0, "comment": ""}
                self._client.write(SAVE_BRIEF, body)
            except (ValueError, Transient, Declined):
                failed.append(remote_id)
        if failed:
            note = _("Chưa liên kết được {count} văn bản vào hồ sơ {brief}: {ids}.").format(
                count=len(failed), brief=self._settings.brief, ids=", ".join(failed)
            )
            return f"{detail} {note}".strip()
        return detail

    def _note(self, key: str) -> Path:
        return self._context.folder / f"filing-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _forget(self, note: Path) -> None:
        note.unlink(missing_ok=True)
        if note.parent.exists():
            fsync_folder(note.parent)

    def _undecided(self) -> UndecidedError:
        return UndecidedError(
            what=_("Không xác định được iOffice đã nhận hồ sơ hay chưa."), where=self._context.name,
            advice=_("Mở iOffice để kiểm tra rồi ghi nhận kết quả; congkhai không tự gửi lại."),
            code="congkhai-E321",
        )  # fmt: skip
