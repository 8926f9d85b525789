"""What can be said of every key without reading a file: its type in words, its default, whether it is a secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ..text import _
from .schema import field_default, ini_keys
from .secrets import Secret
from .settings import Duration, Location, Settings, Size, Words, YesNo
from .validate import ini_text
from .values import (
    Addresses,
    Counts,
    Database,
    Days,
    DutyDays,
    OfficeHours,
    Regulation,
    Retention,
    Share,
    Vault,
    Weekdays,
    Years,
)

_WEEKDAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """
    One key of a section.

    Attributes:
        name: ini key.
        type: its type in words, with the unit or the values it accepts.
        default: as the ini would write it; empty when required or empty by default.
        required: it has no default.
        secret: it takes a reference to a secret.
        help: what it is for.
    """

    name: str
    type: str
    default: str
    required: bool
    secret: bool
    help: str


def describe(model: type[Settings]) -> Iterator[KeyInfo]:
    """Describe every key of a section, in the order of its model."""
    for key, field in ini_keys(model).items():
        info = model.model_fields[field]
        required = info.is_required()
        yield KeyInfo(
            name=key,
            type=type_words(info),
            default="" if required else value_text(model, field, field_default(model, field)),
            required=required,
            secret=_has(info, Secret),
            help=_(info.description or ""),
        )


def value_text(model: type[Settings], field: str, value: Any) -> str:
    """Write a value of a field the way the ini would."""
    if _has(model.model_fields[field], Weekdays) and isinstance(value, tuple):
        return ", ".join(_WEEKDAY_NAMES[day] for day in value)
    return ini_text(value)


def type_words(info: FieldInfo) -> str:
    """Name the type of a field, in the reader's language."""
    for alias, words in _ALIASES:
        if _has(info, alias):
            return _(words)
    annotation = _plain(info.annotation)
    if get_origin(annotation) is Literal:
        return _("một trong: {values}").format(values=", ".join(str(value) for value in get_args(annotation)))
    return _(_PLAIN.get(annotation, "chữ"))


def _plain(annotation: Any) -> Any:
    """Take None out of ``X | None``, and the annotations off X."""
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not NoneType]
        return _plain(rest[0]) if len(rest) == 1 else annotation
    return _plain(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _has(info: FieldInfo, alias: Any) -> bool:
    """Tell whether a field is of one of our annotated types, alone or beside None."""
    mark = alias.__metadata__[0]
    return mark in info.metadata or any(mark in get_args(part) for part in get_args(info.annotation))


_ALIASES: tuple[tuple[Any, str], ...] = (
    (Secret, "tham chiếu bí mật: {credential TÊN}, {file ĐƯỜNG-DẪN} hoặc {env TÊN}"),
    (YesNo, "yes hoặc no"),
    (Duration, "thời gian có đơn vị: ms, s, min, h, d"),
    (Size, "dung lượng có đơn vị: B, KiB, MiB, GiB"),
    (Location, "đường dẫn"),
    (Words, "các từ, cách nhau bằng dấu phẩy"),
    (Days, "các ngày, cách nhau bằng dấu phẩy"),
    (Weekdays, "các thứ trong tuần"),
    (Years, "các năm, cách nhau bằng dấu phẩy"),
    (Counts, "các số ngày, cách nhau bằng dấu phẩy"),
    (DutyDays, "các mục KHOÁ NGÀY/THÁNG, cách nhau bằng dấu phẩy"),
    (OfficeHours, "các khoảng giờ"),
    (Retention, "thời hạn bảo quản"),
    (Regulation, "tên hoặc đường dẫn"),
    (Database, "địa chỉ cơ sở dữ liệu"),
    (Vault, "thư mục hoặc s3://…"),
    (Addresses, "các địa chỉ web"),
    (Share, "số từ 0 đến 1"),
)
_PLAIN: dict[Any, str] = {str: "chữ", int: "số nguyên", float: "số"}
