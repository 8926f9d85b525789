"""What the acts of people share on the command line: who acts, when it was, a file that proves it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from ..clock import ZONE
from ..errors import UsageError
from ..house import House
from ..text import _
from ._open import opened

_F = TypeVar("_F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """A moment as people write it; without a zone it is Vietnam's time."""

    name = "thời điểm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read ISO 8601 (``2026-07-06 08:30``, ``2026-07-06T01:30Z``) or ``06/07/2026 08:30``."""
        moment = value if isinstance(value, datetime) else _read(str(value).strip())
        if moment is None:
            self.fail(_("“{value}” không phải thời điểm, ví dụ 2026-07-06 08:30.").format(value=value), param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def _read(text: str) -> datetime | None:
    """Read a moment, with or without zone; None when it is none. A day alone is no moment."""
    for form in ("", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"):
        try:
            found = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - its zone follows
        except ValueError:
            continue
        return found if form or len(text) > len("2026-07-06") else None
    return None


MOMENT = Moment()


def by_option(function: _F) -> _F:
    """Add ``--by``: who acts."""
    return click.option("--by", required=True, help=_("Người thực hiện."))(function)


def reason_option(*, required: bool = True) -> Callable[[_F], _F]:
    """Add ``--reason``: why; it is kept beside the journal."""
    return click.option("--reason", required=required, default=None if required else "", help=_("Lý do."))


def file_option(name: str, text: str) -> Callable[[_F], _F]:
    """Add an option that takes an existing file."""
    return click.option(name, type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None, help=text)


def bytes_of(path: Path | None) -> bytes:
    """
    Read a file that a person handed over; empty when none was.

    Raises:
        UsageError: it is empty or larger than 64 MiB.
    """
    if path is None:
        return b""
    size = path.stat().st_size
    if not 0 < size <= 64 * 1024 * 1024:
        raise UsageError(
            what=_("Tệp rỗng hoặc lớn hơn 64 MiB."), where=str(path), code="congkhai-E517",
            advice=_("Đưa tệp ảnh hoặc bản quét khác."),
        )  # fmt: skip
    return path.read_bytes()


def act(ini: Path | None, call: Callable[[House, datetime], object]) -> None:
    """Open the house, do one act of a person at the present moment, and say what came of it."""
    with opened(ini) as house:
        came = call(house, house.clock.now())
    click.echo(_("Đã ghi.") if came is None else str(came))
