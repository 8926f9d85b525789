"""The connector: reads papers from the register's folder, files dossiers into its folder ``ho-so``."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pydantic import Field

from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import InputError, OutsideError
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    CursorMark,
    Direction,
    Filing,
    Outcome,
    Pulled,
    PulledDocument,
    PulledProblem,
    Receipt,
)

_PLAIN = "thường"


class RegisterSettings(Settings):
    """Sổ văn bản của xã, xuất ra một thư mục."""

    folder: Path = Field(description="Thư mục của sổ văn bản.")


class Register:
    """One register; see `congkhai.plugin.interfaces.Connector` for what each method must do."""

    def __init__(self, settings: RegisterSettings, context: Context) -> None:
        self._folder = settings.folder
        self._context = context

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        """Offer every paper that is not held as it stands: the register is small, so there is no window."""
        del cursor  # everything is looked at each time; `known` says what is held
        if not self._folder.is_dir():
            raise OutsideError("Không thấy thư mục sổ văn bản.", where=str(self._folder), code="mauson-E01")
        for file in sorted(self._folder.glob("*.json")):
            try:
                content = file.read_bytes()
                document = _document(file.stem, content)
            except OSError as error:
                raise OutsideError("Không đọc được sổ văn bản.", where=file.name, code="mauson-E02") from error
            except (ValueError, KeyError, TypeError, AttributeError):
                yield PulledProblem(file.stem, "mauson-unreadable", "Dòng của sổ không đọc được.", "Xuất lại dòng này.")
                continue
            if known.fingerprint(document.remote_id) != document.fingerprint and not known.refused(document.remote_id):
                yield document
        yield CursorMark("1")

    def plain(self, secrecy: str | None) -> bool:
        """Trust the one word that the register writes for papers that are not secret."""
        return secrecy is not None and secrecy.strip().casefold() == _PLAIN

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        """Name the paper's file."""
        file = self._folder / f"{document.ref}.pdf"
        return (AttachmentRef(1, file.name, "application/pdf", document.ref),) if file.exists() else ()

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        """Read the paper's file."""
        try:
            content = (self._folder / f"{attachment.ref}.pdf").read_bytes()
        except OSError as error:
            raise OutsideError("Không đọc được tệp.", where=attachment.name, code="mauson-E02") from error
        if not content.startswith(b"%PDF-"):
            raise InputError("Tệp không phải PDF.", where=attachment.name, code="mauson-not-pdf")
        return content

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """Leave every paper where it is."""

    def file_dossier(self, filing: Filing) -> Receipt:
        """Write the files and then, last and whole, the receipt that `find_filed` looks for."""
        target = self._shelf() / filing.key
        try:
            target.mkdir(parents=True, exist_ok=True)
            for number, file in enumerate(filing.files, start=1):
                with self._context.open_blob(file.sha256) as stream:
                    write_durably(target / f"{number:02d}{Path(file.name).suffix}", stream.read())
            write_durably(target / "receipt.json", json.dumps({"key": filing.key, "title": filing.title}).encode())
        except OSError as error:
            raise OutsideError("Không ghi được hồ sơ.", where=str(target), code="mauson-E03") from error
        return self._receipt(filing.key)

    def forget_filing(self, key: str) -> None:
        """Nothing is remembered here but what the folder shows."""

    def find_filed(self, key: str) -> Receipt | None:
        """Look for the receipt: a filing without one was cut off and is written again, file by file the same."""
        return self._receipt(key) if (self._shelf() / key / "receipt.json").exists() else None

    def _shelf(self) -> Path:
        """Return where dossiers lie. A share that is not there is neither filled anew nor read as "never filed"."""
        if not self._folder.is_dir():
            raise OutsideError("Không thấy thư mục sổ văn bản.", where=str(self._folder), code="mauson-E04")
        return self._folder / "ho-so"

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check that the folder is there; it is on this machine, so `live` asks no more."""
        name = f"{self._context.name}-folder"
        if live and not self._folder.is_dir():
            return (CheckResult(name, "fail", "Không thấy thư mục sổ văn bản.", "Kiểm tra khóa folder."),)
        return (CheckResult(name, "ok" if live else "skipped", "Thư mục sổ văn bản."),)

    def _receipt(self, key: str) -> Receipt:
        return Receipt(key, f"ho-so/{key}", self._context.clock.now(), "Đã lưu vào sổ văn bản.")


def _document(name: str, content: bytes) -> PulledDocument:
    row = json.loads(content)
    return PulledDocument(
        remote_id=name, ref=name, direction=Direction.OUT if row["di"] else Direction.IN, type=str(row["loai"]),
        number=str(row["so"]), issued=date.fromisoformat(row["ngay"]), arrived=None, issuer=str(row["co_quan"]),
        subject=str(row["trich_yeu"]), secrecy=row.get("do_mat"), fingerprint=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
