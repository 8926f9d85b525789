"""
The channel ``notice-board``: a person prints the sheet, posts it, and confirms with a photo.

What a board shows cannot be looked at from here, so a probe says that it cannot be told; the people at the place can.
"""

from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import CongkhaiError, NotAllowedError
from congkhai.plugin.hooks import RegisterChannel, hookimpl
from congkhai.plugin.interfaces import Context, EvidenceField
from congkhai.plugin.records import CheckResult, FilingFile, Notice, Probe, Receipt
from congkhai.plugin.text import _

from .board_sheet import board_sheet
from .portal_record import folder_of

# A fixed offset, which is what typst takes; Vietnam has no other.
_OFFSET = timezone(timedelta(hours=7))


def _page(value: str) -> str:
    if value and (not value.startswith(("https://", "http://")) or "{disclosure}" not in value):
        raise ValueError("địa chỉ trang xem và đối chiếu, có {disclosure}, ví dụ https://…/cong-khai/{disclosure}/")
    return value


class BoardSettings(Settings):
    """Keys of ``[channel:NAME] type = notice-board``."""

    place: str = Field(min_length=1, description="Nơi niêm yết, ghi vào biên bản.")
    form: str = Field(default="notice_board", description="Hình thức công khai trong quy chế.")
    agency_name: str = Field(default="", description="Tên cơ quan in trên đầu tờ niêm yết; bỏ trống: không in.")
    paper: Literal["a4", "a3"] = Field(default="a4", description="Khổ giấy của tờ niêm yết.")
    page_url: Annotated[str, AfterValidator(_page)] = Field(
        default="", description="Trang mà mã QR mở ra, có {disclosure}; bỏ trống: mã QR mang mã băm để đối chiếu."
    )


class NoticeBoard:
    """A board in the office; everybody who comes in may read it."""

    attended = True
    audience = "internal"

    def __init__(self, settings: BoardSettings, context: Context) -> None:
        self.form = settings.form
        self.place = settings.place
        self.evidence = (
            EvidenceField("photo", _("Ảnh chụp bảng niêm yết, thấy rõ nội dung và vị trí"), "file"),
            EvidenceField("note", _("Ghi chú"), "text", required=False),
        )
        self._settings = settings
        self._context = context

    def sheet(self, notice: Notice) -> bytes:
        """Return the sheet to print, PDF. Raises OurError."""
        address = self._settings.page_url.replace("{disclosure}", folder_of(notice.disclosure))
        made_at = self._context.clock.now().astimezone(_OFFSET)
        return board_sheet(
            notice, agency=self._settings.agency_name, paper=self._settings.paper, address=address, made_at=made_at
        )

    def publish(self, notice: Notice) -> Receipt:
        """Refuse: a person does this and confirms it. Raises NotAllowedError, always."""
        raise self._by_a_person(notice.key)

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument; a board has no place for a key
        """Say what to print, where to post it and what to bring back."""
        return _("In tờ niêm yết, dán tại {place}, chụp ảnh rồi xác nhận kèm ảnh.").format(place=self.place)

    def find(self, key: str) -> Receipt | None:  # noqa: ARG002 - the contract's argument; nothing can be read back here
        """Return None: what a person did is known by their confirmation only."""
        return None

    def probe(self, key: str) -> Probe:  # noqa: ARG002 - the contract's argument; a board cannot be looked at from here
        """Say that it cannot be told from here."""
        return Probe(self._context.clock.now(), None, message=_("Chỉ người tại chỗ mới xác nhận được."))

    def withdraw(self, key: str) -> None:
        """Refuse: a person takes the sheet down and confirms it. Raises NotAllowedError, always."""
        raise self._by_a_person(key)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Say where it is; with `live`, lay out a sheet, which needs the fonts of this machine."""
        place = CheckResult("channel.place", "ok", self.place)
        if not live:
            return (place,)
        try:
            self.sheet(Notice("0", "thu", _("Thử in tiếng Việt: Ẫ Ễ Ộ Ữ ằ ẵ ặ ỳ"), "", (_NOTHING,)))
        except CongkhaiError as error:
            return (place, CheckResult("channel.sheet", "fail", str(error), error.advice))
        return (place, CheckResult("channel.sheet", "ok", _("Dựng được tờ niêm yết để in.")))

    def _by_a_person(self, key: str) -> NotAllowedError:
        return NotAllowedError(
            what=_("Việc này do người thực hiện và xác nhận."), where=f"{self.place} ({key})", code="congkhai-E563",
            advice=_("Xác nhận trong danh sách việc cần làm, kèm ảnh chụp."),
        )  # fmt: skip


_NOTHING = FilingFile("thu.pdf", "application/pdf", "0" * 64, 0)


@hookimpl
def register_channels(register: RegisterChannel) -> None:
    """Offer ``type = notice-board``."""
    register("notice-board", BoardSettings, NoticeBoard)
