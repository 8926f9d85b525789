"""Reading what people type and hand over in forms: moments, pictures, and whether they saw the newest state."""

import re
from datetime import date, datetime

from ..clock import ZONE
from ..errors import InputError, NotAllowedError
from ..records import Disclosure, Posting
from ..text import _
from .visit import Visit
from .words import posting_words, state_words

LARGEST = 32 * 1024 * 1024
"""Bytes of one uploaded picture or scan."""
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T]+(\d{1,2})[:h](\d{2}))?")
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)  # fmt: skip
_SCANS = (*_PICTURES, (b"%PDF-", "application/pdf"))


def sniffed(data: bytes, *, scan: bool = False) -> str:
    """Return the media type that the first bytes tell: a picture or, for a scan, also PDF; empty for all else."""
    for mark, media_type in _SCANS if scan else _PICTURES:
        if data.startswith(mark):
            return media_type
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def read_moment(text: str) -> datetime:
    """
    Read a moment as a browser sends it (``2026-07-06T08:30``) or as people write it (``6/7/2026 08:30``), Vietnam's.

    Raises:
        InputError: it is none, or there is no such day.
    """
    match = _DAY_FIRST.fullmatch(text.strip())
    try:
        if match:
            day = date(int(match[3]), int(match[2]), int(match[1]))
            return datetime(day.year, day.month, day.day, int(match[4] or 0), int(match[5] or 0), tzinfo=ZONE)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            _("“{text}” không phải là ngày giờ có thật.").format(text=text[:40]), code="congkhai-E721",
            advice=_("Viết ngày/tháng/năm giờ:phút, ví dụ 06/07/2026 08:30."),
        ) from error  # fmt: skip
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def moment_field(visit: Visit, name: str) -> datetime | None:
    """Return a moment of the form, or None when it was left empty. Raises InputError."""
    text = visit.text(name)
    return read_moment(text) if text else None


def picture(visit: Visit, name: str) -> bytes:
    """Return an uploaded picture, or nothing; its kind is told by its bytes. Raises InputError for anything else."""
    given = visit.upload(name)
    if given is None or not given[1]:
        return b""
    if len(given[1]) > LARGEST or not sniffed(given[1]):
        raise InputError(
            _("Tệp “{name}” không phải là ảnh, hoặc lớn hơn 32 MiB.").format(name=given[0][:80]), where=name,
            code="congkhai-E722", advice=_("Chụp bằng điện thoại rồi chọn tệp JPEG hoặc PNG."),
        )  # fmt: skip
    return given[1]


def require_newest(visit: Visit, present: Disclosure | Posting) -> None:
    """
    Refuse an act that was decided on a page that is out of date; the form carries what its page showed.

    Raises:
        NotAllowedError: somebody changed the matter or posting since; says what it was and what it is now.
    """
    seen = visit.text("seen")
    if not seen or seen == stamp(present):
        return
    words = state_words if isinstance(present, Disclosure) else posting_words
    before = seen.partition("~")[0]
    raise NotAllowedError(
        _("Có người vừa thay đổi mục này: trang của bạn ghi “{before}”, hiện nay là “{after}”.").format(
            before=words(before), after=words(present.state.value)
        ),
        where=present.id, code="congkhai-E720", advice=_("Mở lại trang, xem nội dung mới rồi làm lại nếu còn cần."),
    )  # fmt: skip


def stamp(present: Disclosure | Posting) -> str:
    """Return what a form carries to say which state its page showed."""
    version = present.row if isinstance(present, Disclosure) else f"{present.revision}-{len(present.evidence)}"
    return f"{present.state.value}~{version}"
