"""
Whose rows a store holds, and whether the ini names them: for a store that grows from one agency to several.

A store that began with one ``[agency]`` keeps its rows under the key ``main`` for ever: ids, journal and files hang on
it. Its section is then written ``[agency:main]``, and further agencies stand beside it; no row changes. Whoever writes
another key instead would find an empty house and believe everything lost, and whoever goes back to one ``[agency]``
would see the rows of all: both are refused before anything works.
"""

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from .config.configuration import Configuration
from .errors import ConfigurationError
from .records import CheckResult
from .store import Store
from .store import tables as t
from .text import _


def rows_of(connection: sa.Connection) -> Mapping[str, int]:
    """Return the keys of the agencies that the store has rows of, each with the number of its journal's entries."""
    heads = connection.execute(sa.select(t.journal_head.c.agency, t.journal_head.c.seq).order_by("agency"))
    return {row.agency: row.seq + 1 for row in heads}


def unnamed(configuration: Configuration, kept: Iterable[str]) -> tuple[str, ...]:
    """Return the agencies of the store that the ini does not name, in the order of their keys."""
    return tuple(key for key in kept if key not in configuration.everybody)


def require_named(configuration: Configuration, kept: Iterable[str]) -> None:
    """
    Refuse an ini that does not fit the rows it would work on.

    An agency that has left may be missing in the ini, as long as others of the store are named.

    Args:
        configuration: with all agencies, or what `Configuration.of` made of it.
        kept: keys of the agencies that there are rows of.

    Raises:
        ConfigurationError: the ini names none of them, or one agency where there are others.
    """
    kept = tuple(kept)
    foreign = unnamed(configuration, kept)
    if not _refused(configuration, foreign, len(kept)):
        return
    raise ConfigurationError(
        what=_("Kho có dữ liệu của cơ quan mang khóa {keys}, tệp ini không nêu.").format(keys=", ".join(foreign)),
        where=str(configuration.path), code="congkhai-E811", advice=_advice(),
    )  # fmt: skip


def agency_results(configuration: Configuration, whole: Store) -> Iterator[CheckResult]:
    """Yield what `congkhai check` says of the agencies of ini and store. Raises StoreError."""
    with whole.read() as connection:
        kept = rows_of(connection)
    key = configuration.agency_key
    if kept or configuration.several:
        entries = kept.get(key, 0)
        text = _("Kho có {n} mục nhật ký của cơ quan {key}.").format(n=entries, key=key)
        yield CheckResult(
            "store:agency", "ok", text if entries else _("Cơ quan {key} là mới: kho chưa có gì.").format(key=key)
        )
    foreign = unnamed(configuration, kept)
    if not foreign:
        return
    yield CheckResult(
        "store:agencies", "fail" if _refused(configuration, foreign, len(kept)) else "warn",
        _("Kho còn dữ liệu của cơ quan mang khóa {keys}, tệp ini không nêu.").format(keys=", ".join(foreign)),
        _advice(),
    )  # fmt: skip


def _refused(configuration: Configuration, foreign: tuple[str, ...], kept: int) -> bool:
    return bool(foreign) and (not configuration.several or len(foreign) == kept)


def _advice() -> str:
    return _(
        "Kho từng phục vụ một cơ quan giữ khóa main: ghi mục của cơ quan ấy là [agency:main] và thêm cơ quan mới bên "
        "cạnh; xem docs/operations.md."
    )
