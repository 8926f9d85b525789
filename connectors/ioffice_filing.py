"""
Filing a dossier back into iOffice: at most one sending per key, read back before anything is sent again.

New papers go through the integration endpoint of the province, a gateway's push, or a hand-over folder; papers that the
system already holds are linked to a dossier that the operator chose (``brief``), never with anything but ``finish`` 0.

Before the call leaves, a note of it is made durable in the connector's own folder. While a note is there and the result
list does not show the key, the answer to "was it filed?" is "cannot be told", unless the operator vouches
(``result-is-complete``) that the list shows everything the system has taken in.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from congkhai.plugin.errors import NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import fsync_folder, write_durably
from congkhai.plugin.records import Filing, FilingFile, Receipt
from congkhai.plugin.text import _

from .handover import HandoverConnector, HandoverSettings
from .ioffice_calls import SAVE_BRIEF
from .ioffice_client import IofficeClient
from .ioffice_fields import clean
from .ioffice_reply import Declined, Transient
from .ioffice_settings import IofficeSettings, pairs

log = logging.getLogger("congkhai.connectors.ioffice")


class IofficeFiling:
    """
    The way back of one source.

    The note of a filing is JSON: ``key``, ``at``, ``held`` (papers to link), ``receipt`` and ``detail`` once the new
    papers have arrived, and ``links`` (remote id to ``sent``, ``done``, ``failed`` or ``unclear``). Links are made one
    by one, each noted before and after, so that a crash between them neither forgets nor repeats one.
    """

    def __init__(self, settings: IofficeSettings, client: IofficeClient, context: Context) -> None:
        self._settings = settings
        self._client = client
        self._context = context
        self._folder: HandoverConnector | None = None
        if settings.handover_folder is not None:
            self._folder = HandoverConnector(
                HandoverSettings.model_validate({"folder": str(settings.handover_folder)}), context
            )

    def file(self, filing: Filing) -> Receipt:
        """
        Hand over the new papers under the filing's key, then link the papers that the system already holds.

        Raises:
            NotAllowedError: filing back is not switched on, has no path, or is too large.
            UndecidedError: it cannot be told whether the system took it.
            OutsideError: it certainly did not.
        """
        if not self._settings.file_back or not (self._settings.push_path or self._folder):
            raise NotAllowedError(
                what=_("Chưa bật việc nộp hồ sơ trở lại iOffice."), where=self._context.name,
                advice=_("Đặt file-back = yes và push-path do tỉnh cấp, hoặc dùng thư mục bàn giao."),
                code="congkhai-E231",
            )  # fmt: skip
        note = {"key": filing.key, "at": self._context.clock.now().isoformat(), "held": list(filing.held), "links": {}}
        if self._folder is not None:
            self._keep(note)
            receipt = self._folder.file_dossier(filing)
        else:
            receipt = self._push(filing, note)
        return self._linked({**note, "receipt": receipt.remote_id, "detail": receipt.detail}, receipt)

    def find(self, key: str) -> Receipt | None:
        """
        Read back: the receipt, None when the key was certainly not filed; links that a crash left are made now.

        Raises:
            UndecidedError: it was sent, and the system does not show whether it arrived.
        """
        note = self._read(key)
        shown = self._folder.find_filed(key) if self._folder is not None else self._listed(key, quiet=False)
        if shown is not None:
            return self._linked(note, shown) if note else shown
        if self._folder is not None or note is None:
            return None  # never sent from here
        if "receipt" in note:
            detail = note.get("detail") or _("iOffice đã nhận hồ sơ; danh sách kết quả chưa hoặc không còn nêu.")
            return self._linked(note, Receipt(key, note["receipt"], self._context.clock.now(), detail))
        if self._settings.result_is_complete and self._settings.result_path:
            self.forget(key)
            return None
        raise self._undecided()

    def forget(self, key: str) -> None:
        """Take note that a person found the filing not to be there, so that it may be sent again."""
        note = self._note(key)
        note.unlink(missing_ok=True)
        if note.parent.exists():
            fsync_folder(note.parent)

    def _push(self, filing: Filing, note: dict[str, Any]) -> Receipt:
        body = self._dossier(filing)
        self._client.log_in()
        self._keep(note)
        try:
            return self._send(filing.key, body)
        except (Transient, Declined) as error:
            if isinstance(error, Declined) or not error.reached:
                self.forget(filing.key)
                raise self._client.outside(error) from error
            log.warning("filing unclear", extra={"source": self._context.name, "reason": error.code})
            shown = self._listed(filing.key, quiet=True)
            if shown is None:
                raise self._undecided() from error
            return shown
        except OutsideError:
            self.forget(filing.key)  # the session was refused, so the papers never left
            raise

    def _send(self, key: str, body: Any) -> Receipt:
        data = self._client.write(self._settings.push_path, body)
        taken = data is True or (isinstance(data, str) and data.strip().upper() == "TRUE")
        # What a gateway's own push answers is not published: its envelope's "0" is all there is to go by.
        if not taken and self._settings.push_form == "shared":
            raise Transient("answer-unclear")
        return Receipt(key, key, self._context.clock.now(), _("iOffice đã nhận hồ sơ."))

    def _dossier(self, filing: Filing) -> Any:
        size = sum(file.size for file in filing.files)
        if size > self._settings.push_max_size:
            raise NotAllowedError(
                what=_("Hồ sơ lớn hơn mức cho phép của một lần nộp."), where=filing.key,
                advice=_("Tăng push-max-size nếu iOffice nhận được, hoặc dùng thư mục bàn giao."),
                code="congkhai-E232",
            )  # fmt: skip
        given = pairs(self._settings.push_fields)
        if self._settings.push_form == "lgsp-a":
            return {"trichYeu": filing.title, "maHoSo": filing.key, **given, "files": self._gateway_files(filing)}
        if self._settings.push_form == "lgsp-b":
            return {"tenHoSo": filing.title, "documentCode": filing.key, **given, "files": self._gateway_files(filing)}
        files = [
            {
                "fileId": "", "fileName": file.name, "fileType": file.media_type, "fileSize": str(size),
                "fileData": data, "soTrang": "",
            } for file, size, data in self._encoded(filing)
        ]  # fmt: skip
        names = ("documentType", "loaiVBId", "maNguoiKy", "maNguoiTao", "noiNhan", "noiNhanNgoai", "maCongVanSo")
        fields = {name: given.get(name, "") for name in names}
        return [{"dossierId": filing.key, "summary": filing.title, **fields, "files": files}]

    def _gateway_files(self, filing: Filing) -> list[dict[str, Any]]:
        return [{"fileName": file.name, "fileByte": data, "size": size} for file, size, data in self._encoded(filing)]

    def _encoded(self, filing: Filing) -> Iterator[tuple[FilingFile, int, str]]:
        for file in filing.files:
            with self._context.open_blob(file.sha256) as stream:
                content = stream.read()
            yield file, len(content), base64.b64encode(content).decode("ascii")

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

    def _linked(self, note: dict[str, Any], receipt: Receipt) -> Receipt:
        """Link papers the system holds to the operator's dossier; what could not be linked is said, not hidden."""
        note = {**note, "receipt": receipt.remote_id, "detail": note.get("detail") or receipt.detail}
        self._keep(note)
        links: dict[str, str] = dict(note.get("links", {}))
        if not self._settings.brief or not self._settings.file_back:
            return receipt
        for remote_id in note.get("held", ()):
            if links.get(remote_id) == "sent":
                links[remote_id] = "unclear"  # a crash came in between; a second link could be a second entry
            elif remote_id not in links or links[remote_id] == "failed":
                self._keep({**note, "links": {**links, remote_id: "sent"}})
                links[remote_id] = self._link(remote_id)
            self._keep({**note, "links": links})
        left = [remote_id for remote_id, state in links.items() if state != "done"]
        if not left:
            return receipt
        said = _("Chưa chắc đã liên kết {count} văn bản vào hồ sơ {brief}: {ids}; kiểm tra trong iOffice.").format(
            count=len(left), brief=self._settings.brief, ids=", ".join(left)
        )
        return Receipt(receipt.key, receipt.remote_id, receipt.at, f"{receipt.detail} {said}".strip())

    def _link(self, remote_id: str) -> str:
        try:
            # finish stays 0: anything else would end the paper's handling in somebody else's house.
            body = {"id": self._settings.brief, "docId": int(remote_id.rpartition("-")[2]), "finish": 0, "comment": ""}
            self._client.write(SAVE_BRIEF, body)
        except Transient as error:
            return "unclear" if error.reached else "failed"
        except (ValueError, Declined, OutsideError):
            return "failed"
        return "done"

    def _note(self, key: str) -> Path:
        return self._context.folder / f"filing-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _read(self, key: str) -> dict[str, Any] | None:
        note = self._note(key)
        if not note.exists():
            return None
        kept: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return kept

    def _keep(self, note: dict[str, Any]) -> None:
        write_durably(self._note(note["key"]), json.dumps(note, ensure_ascii=False).encode())

    def _undecided(self) -> UndecidedError:
        return UndecidedError(
            what=_("Không xác định được iOffice đã nhận hồ sơ hay chưa."), where=self._context.name,
            advice=_("Mở iOffice để kiểm tra rồi ghi nhận kết quả; congkhai không tự gửi lại."),
            code="congkhai-E321",
        )  # fmt: skip
