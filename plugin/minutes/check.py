"""What every paper's content must satisfy before it is written: clean text, whole moments, digests that are digests."""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar, cast

from ..clock import ZONE
from ..errors import InputError
from ..text import _

CONTENT_CODE = "congkhai-E130"
_Record = TypeVar("_Record")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_EARLIEST_YEAR = 1976  # Vietnam keeps +07:00 without a break since then; earlier offsets have no ISO 8601 notation
# Controls that reverse the reading order would show the signer another text than the one that is signed.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NONCHARACTERS = frozenset("\ufffe\uffff")


def content_error(what: str, where: str, advice: str) -> InputError:
    """Make the error of a content that cannot be written (code ``congkhai-E130``)."""
    return InputError(what, where=where, advice=advice, code=CONTENT_CODE)


def normalised(content: _Record) -> _Record:
    """
    Return a record in the form in which it is written and read back.

    Texts are composed (NFC) with ``\\n`` as line end, marks that reverse the reading order are shown by their code
    (``[U+202E]``), a blank text is empty; moments are in Vietnam's zone with whole seconds.

    Args:
        content: a frozen dataclass of this package, nested to any depth.

    Raises:
        InputError: a text has control characters, or a moment has no zone.
    """
    return cast(_Record, _normalised(content, ""))


def _normalised(value: object, where: str) -> object:
    if isinstance(value, str):
        # Enumerations are strings too, and are written as they are.
        return value if type(value) is not str else _clean_text(value, where)
    if isinstance(value, datetime):
        return _clean_moment(value, where)
    if isinstance(value, tuple):
        return tuple(_normalised(each, f"{where}[{place}]") for place, each in enumerate(value, 1))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {
            each.name: _normalised(getattr(value, each.name), f"{where}.{each.name}" if where else each.name)
            for each in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **changes)
    return value


def _clean_text(text: str, where: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not _REORDERING.isdisjoint(text):
        # They come in with titles from elsewhere, and nobody can see them to take them out: shown by code, all can.
        text = "".join(f"[U+{ord(each):04X}]" if each in _REORDERING else each for each in text)
    for character in text:
        forbidden = unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"
        if forbidden or character in _NONCHARACTERS:
            raise content_error(
                _("Nội dung chứa ký tự điều khiển U+{code:04X}, không được phép trong văn bản ký số.").format(
                    code=ord(character)
                ),
                where,
                _("Nhập lại đoạn chữ này, hoặc dán dưới dạng văn bản thuần."),
            )
    return text if text.strip() else ""


def _clean_moment(moment: datetime, where: str) -> datetime:
    if moment.tzinfo is None:
        raise content_error(_("Thời điểm không có múi giờ."), where, _("Ghi thời điểm kèm múi giờ, ví dụ +07:00."))
    if moment.year < _EARLIEST_YEAR:
        raise content_error(
            _("Thời điểm {moment} quá sớm.").format(moment=moment), where, _("Kiểm tra lại ngày giờ đã nhập.")
        )
    return moment.astimezone(ZONE).replace(microsecond=0)


def require_texts(record: object, names: Iterable[str], where: str = "") -> None:
    """Raise InputError when one of the named text fields of `record` is empty or blank."""
    for name in names:
        if not str(getattr(record, name)).strip():
            raise content_error(
                _("Thiếu thông tin bắt buộc."), f"{where}.{name}" if where else name, _("Bổ sung thông tin này.")
            )


def require_digest(digest: str, where: str) -> None:
    """Raise InputError unless `digest` is SHA-256 in 64 lower-case hexadecimal digits."""
    if not _DIGEST.match(digest):
        raise content_error(
            _("Mã băm không phải SHA-256 (64 chữ số thập lục phân viết thường)."),
            where,
            _("Tính lại mã băm từ tệp gốc."),
        )


def require_count(number: int, where: str) -> None:
    """Raise InputError when `number` is negative."""
    if number < 0:
        raise content_error(_("Số không được âm."), where, _("Kiểm tra lại số đã nhập."))


def require_unique(values: Iterable[str], where: str) -> None:
    """Raise InputError when a value occurs twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise content_error(_("“{value}” xuất hiện hai lần.").format(value=value), where, _("Bỏ mục trùng."))
        seen.add(value)
