"""Built-in forms of disclosure: the daemon's own staff page, and places where a person posts and confirms."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pydantic import Field

from .config.settings import Settings
from .errors import NotAllowedError, OutsideError, UndecidedError
from .hooks import RegisterChannel, hookimpl
from .interfaces import Context
from .platform import write_durably
from .records import CheckResult, Notice, Probe, Receipt
from .text import _


class StaffPageSettings(Settings):
    """Keys of ``[channel:NAME] type = staff-page``."""

    form: str = Field("intranet", description="Hình thức công khai trong quy chế mà trang này đáp ứng.")
    place: str = Field("Trang công khai nội bộ của cơ quan", description="Nơi người xem thấy, ghi vào biên bản.")


class AttendedSettings(Settings):
    """Keys of ``[channel:NAME] type = attended``."""

    form: str = Field("notice_board", description="Hình thức công khai trong quy chế, ví dụ notice_board, portal.")
    place: str = Field(description="Nơi niêm yết hoặc địa chỉ trang, ghi vào biên bản.")


class StaffPage:
    """
    The daemon's own page for staff: one file per notice, which the web page serves.

    A notice is there from the moment its file is renamed into place; taking it down marks the file, never removes it.
    """

    attended = False

    def __init__(self, settings: StaffPageSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._folder = context.folder
        self._clock = context.clock

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _load(self, key: str) -> dict[str, str] | None:
        """Read the file of a notice; None when there is none. Raises UndecidedError when it cannot be told."""
        try:
            content: dict[str, str] = json.loads(self._path(key).read_text(encoding="utf-8"))
            datetime.fromisoformat(content["published"])
        except (FileNotFoundError, NotADirectoryError):  # where no folder is, no notice is
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UndecidedError(
                what=_("Không đọc được thông báo trên trang công khai nội bộ ({reason}).").format(
                    reason=type(error).__name__
                ),
                where=str(self._path(key)), code="congkhai-E781",
                advice=_("Kiểm tra thư mục này và quyền đọc; tệp hỏng thì khôi phục từ bản sao lưu."),
            ) from error  # fmt: skip
        return content

    def _save(self, key: str, content: dict[str, object]) -> None:
        try:
            write_durably(self._path(key), json.dumps(content, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            raise OutsideError(
                what=_("Không ghi được trang công khai nội bộ: {reason}.").format(reason=error.strerror or error),
                where=str(self._folder), advice=_("Kiểm tra dung lượng đĩa và quyền ghi."), code="congkhai-E330",
            ) from error  # fmt: skip

    def publish(self, notice: Notice) -> Receipt:
        """Put the notice on the page. Raises OutsideError when it cannot be written."""
        now = self._clock.now()
        content: dict[str, object] = {
            "key": notice.key, "disclosure": notice.disclosure, "title": notice.title, "body": notice.body,
            "files": [{"name": f.name, "media_type": f.media_type, "sha256": f.sha256} for f in notice.files],
            "published": now.isoformat(), "withdrawn": "",
        }  # fmt: skip
        self._save(notice.key, content)
        return Receipt(notice.key, notice.key, now, f"/cong-khai/{notice.disclosure}")

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; nobody has to do anything here
        """Return nothing: the page is written by the daemon."""
        return ""

    def find(self, key: str) -> Receipt | None:
        """Read back a notice by its key. Raises UndecidedError when its file cannot be read."""
        content = self._load(key)
        if content is None:
            return None
        address = f"/cong-khai/{content['disclosure']}"
        return Receipt(key, key, datetime.fromisoformat(content["published"]), address)

    def probe(self, key: str) -> Probe:
        """Look whether the notice stands on the page; None of `visible` when its file cannot be read."""
        try:
            content = self._load(key)
            digest = sha256(self._path(key).read_bytes()).hexdigest() if content else ""
        except (UndecidedError, OSError) as error:
            return Probe(self._clock.now(), None, message=str(error))
        visible = content is not None and not content["withdrawn"]
        address = f"/cong-khai/{content['disclosure']}" if content else ""
        return Probe(self._clock.now(), visible, address, digest, "" if visible else _("Không có trên trang nội bộ."))

    def withdraw(self, key: str) -> None:
        """Mark the notice as taken down; doing so twice changes nothing. Raises OutsideError."""
        content = self._load(key)
        if content is not None and not content["withdrawn"]:
            self._save(key, {**content, "withdrawn": self._clock.now().isoformat()})

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check that the page's folder can be written; with `live`, by writing and removing a probe file."""
        if live:
            try:
                write_durably(self._folder / "probe.txt", b"probe")
                (self._folder / "probe.txt").unlink()
            except OSError as error:
                return [CheckResult("channel.folder", "fail", str(error), _("Cho congkhai quyền ghi vào thư mục này."))]
        return [CheckResult("channel.folder", "ok", str(self._folder))]


class Attended:
    """A place where a person posts: notice board, portal, conference. They confirm it here, with what proves it."""

    attended = True
    observable = False
    """A board cannot be looked at from here: people say what they see (``congkhai disclosure seen``)."""

    def __init__(self, settings: AttendedSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self._clock = context.clock

    def publish(self, notice: Notice) -> Receipt:
        """Refuse: a person does this and confirms it."""
        raise self._by_a_person(notice.key)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; a board has no place for a key
        """Say where to post."""
        return _("Niêm yết tại {place} rồi xác nhận.").format(place=self.place)

    def find(self, key: str) -> Receipt | None:  # noqa: ARG002 - the contract's argument; nothing can be read back here
        """Return None: what a person did is known by their confirmation only."""
        return None

    def probe(self, key: str) -> Probe:  # noqa: ARG002 - the contract's argument; a board cannot be looked at from here
        """Say that it cannot be told from here."""
        return Probe(self._clock.now(), None, message=_("Chỉ người tại chỗ mới xác nhận được."))

    def withdraw(self, key: str) -> None:
        """Refuse: a person does this and confirms it."""
        raise self._by_a_person(key)

    def _by_a_person(self, key: str) -> NotAllowedError:
        return NotAllowedError(
            what=_("Việc này do người thực hiện và xác nhận."), where=f"{self.place} ({key})", code="congkhai-E223",
            advice=_("Xác nhận trong danh sách việc cần làm."),
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument; there is nothing to reach
        """Say where it is."""
        return [CheckResult("channel.place", "ok", self.place)]


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer the built-in forms."""
    register("staff-page", StaffPageSettings, StaffPage)
    register("attended", AttendedSettings, Attended)
