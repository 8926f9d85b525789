"""The channel: one text file per notice, in a folder that a screen in the hall shows."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.platform import write_durably
from congkhai.plugin.records import CheckResult, Notice, Probe, Receipt


class BulletinSettings(Settings):
    """Màn hình thông báo tại trụ sở."""

    folder: Path = Field(description="Thư mục mà màn hình hiển thị.")
    form: str = Field("notice_board", description="Hình thức công khai trong quy chế.")
    place: str = Field("Màn hình tại trụ sở", description="Nơi người xem thấy.")


class Bulletin:
    """One screen."""

    attended = False

    def __init__(self, settings: BulletinSettings, context: Context) -> None:
        self.form, self.place = settings.form, settings.place
        self._folder, self._clock, self._name = settings.folder, context.clock, context.name

    def instructions(self, key: str) -> str:
        """Instruct nobody: the channel acts by itself."""
        del key
        return ""

    def publish(self, notice: Notice) -> Receipt:
        """Write the notice under its key: the same notice again is the same file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_durably(self._file(notice.key), f"{notice.title}\n\n{notice.body}\n".encode())
        except OSError as error:
            raise OutsideError("Không ghi được lên màn hình.", where=self._name, code="mauson-E04") from error
        return self._receipt(notice.key)

    def find(self, key: str) -> Receipt | None:
        """Look whether the file is there."""
        return self._receipt(key) if self._file(key).exists() else None

    def probe(self, key: str) -> Probe:
        """Digest what the screen shows; a folder that is gone cannot tell."""
        now, file = self._clock.now(), self._file(key)
        try:
            return Probe(at=now, visible=True, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
        except FileNotFoundError:
            return Probe(at=now, visible=False if self._folder.is_dir() else None)
        except OSError:
            return Probe(at=now, visible=None)

    def withdraw(self, key: str) -> None:
        """Remove the file; one that is gone already is as good."""
        try:
            self._file(key).unlink(missing_ok=True)
        except OSError as error:
            raise OutsideError("Không gỡ được khỏi màn hình.", where=self._name, code="mauson-E04") from error

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Say where it shows."""
        return (CheckResult(f"{self._name}-folder", "ok" if live else "skipped", f"Hiển thị tại {self.place}."),)

    def _file(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.txt"

    def _receipt(self, key: str) -> Receipt:
        return Receipt(key, self._file(key).name, self._clock.now())
