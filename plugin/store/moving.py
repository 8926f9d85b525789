"""Bringing a store to this program's schema, and moving its rows to another database, each row compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ..errors import ConfigurationError, StoreError
from ..text import _
from .engine import MOVED, alembic_config, database_url, engine_of
from .journal import Head, head, verify_journal
from .nodes import lock_number
from .tables import journal_head, meta, metadata

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database holds and what this program needs; `present` is empty for a database without a store."""

    present: str
    ours: str
    known: bool

    @property
    def newer(self) -> bool:
        """Whether a later program has been here."""
        return bool(self.present) and not self.known


def schema_of(connection: sa.Connection, url: str) -> Schema:
    """Read the schema's revision."""
    script = ScriptDirectory.from_config(alembic_config(url))
    present = MigrationContext.configure(connection).get_current_revision() or ""
    return Schema(present, str(script.get_current_head()), present in {one.revision for one in script.walk_revisions()})


def upgrade(folder: Path, database: str = "") -> Schema:
    """
    Bring an existing store to this program's schema, in one transaction.

    Steps only ever add, so that nodes of the release before go on working on the new schema until they are replaced.

    Returns:
        The schema as it was found.

    Raises:
        ConfigurationError: there is no store, or it is newer than this program; nothing was changed.
    """
    url = database_url(folder, database)
    engine = engine_of(url, writes=True)
    try:
        with engine.begin() as connection:
            if engine.dialect.name != "sqlite":  # two nodes that upgrade at once do it one after the other
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": lock_number("migrate")})
            found = schema_of(connection, url)
            _require_known(found, folder)
            config = alembic_config(url)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return found
    finally:
        engine.dispose()


def _require_known(found: Schema, folder: Path) -> None:
    if not found.present:
        raise ConfigurationError(
            what=_("Chưa có kho dữ liệu."), where=str(folder), code="congkhai-E411", advice=_("Chạy congkhai init."),
        )  # fmt: skip
    if found.newer:
        raise ConfigurationError(
            what=_("Kho do một bản congkhai mới hơn tạo (lược đồ {present}); bản này chỉ biết đến {ours}.").format(
                present=found.present, ours=found.ours
            ),
            where=str(folder), code="congkhai-E791", advice=_("Cài bản congkhai mới; kho chưa bị thay đổi."),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and the head of each agency's journal, recomputed in the new place."""

    rows: dict[str, int]
    heads: dict[str, Head]


def move(folder: Path, database: str, target: str, *, tell: Callable[[str, int], None], keep: bool = False) -> Moved:
    """
    Copy every row into an empty database, compare each one there, and recompute the journal; all of it or nothing.

    Args:
        target: address of the new database.
        tell: called with each table's name and number of rows.
        keep: leave the old store usable; otherwise it refuses to be opened, so that it does not live on beside.

    Raises:
        ConfigurationError: the store is not at this program's schema, or the target is not empty.
        StoreError: the target refuses rows or gives back others; nothing stays in it.
    """
    url = database_url(folder, database)
    source, into = engine_of(url, writes=True), engine_of(target, writes=True)
    try:
        with source.begin() as old, into.begin() as new:  # the source is locked: nothing is written meanwhile
            _require_ours(schema_of(old, url), folder)
            _require_empty(new, target)
            config = alembic_config(target)
            config.attributes["connection"] = new
            command.upgrade(config, "head")
            rows = {}
            for table in metadata.sorted_tables:
                rows[table.name] = _copy(old, new, table)
                _compare(old, new, table)
                tell(table.name, rows[table.name])
            moved = Moved(rows, _heads(old, new))
        if not keep:
            place = into.url.render_as_string(hide_password=True)
            with source.begin() as old:
                old.execute(sa.insert(meta).values(name=MOVED, value=place))
    except sa.exc.DBAPIError as error:
        raise StoreError(
            what=_("Cơ sở dữ liệu mới không nhận dữ liệu: {reason}.").format(reason=error.orig), code="congkhai-E793",
            where=into.url.render_as_string(hide_password=True), advice=_("Kho cũ còn nguyên; sửa lỗi rồi chạy lại."),
        ) from error  # fmt: skip
    else:
        return moved
    finally:
        source.dispose()
        into.dispose()


def _require_ours(found: Schema, folder: Path) -> None:
    _require_known(found, folder)
    if found.present != found.ours:
        raise ConfigurationError(
            what=_("Lược đồ của kho ({present}) khác lược đồ của chương trình ({ours}).").format(
                present=found.present, ours=found.ours
            ),
            where=str(folder), code="congkhai-E413", advice=_("Chạy congkhai migrate trước."),
        )  # fmt: skip


def _require_empty(connection: sa.Connection, target: str) -> None:
    tables = sa.inspect(connection).get_table_names()
    if tables:
        raise ConfigurationError(
            what=_("Cơ sở dữ liệu đích không trống: có {count} bảng.").format(count=len(tables)), code="congkhai-E792",
            where=sa.make_url(target).render_as_string(hide_password=True), advice=_("Tạo một cơ sở dữ liệu trống."),
        )  # fmt: skip


def _batches(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    keys = list(table.primary_key.columns)
    found = connection.execution_options(yield_per=_BATCH).execute(sa.select(table).order_by(*keys))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _copy(old: sa.Connection, new: sa.Connection, table: sa.Table) -> int:
    count = 0
    for rows in _batches(old, table):
        new.execute(sa.insert(table), rows)
        count += len(rows)
    serial = table.autoincrement_column
    if serial is not None and new.dialect.name == "postgresql" and count:
        sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', serial.name)
        new.execute(sa.select(sa.func.setval(sequence, sa.select(sa.func.max(serial)).scalar_subquery())))
    return count


def _compare(old: sa.Connection, new: sa.Connection, table: sa.Table) -> None:
    """Read every row back by its key; the order of texts differs between databases, so keys are looked up."""
    keys = list(table.primary_key.columns)
    for rows in _batches(old, table):
        wanted = [tuple(row[key.name] for key in keys) for row in rows]
        found = new.execute(sa.select(table).where(sa.tuple_(*keys).in_(wanted))).mappings()
        there = {tuple(row[key.name] for key in keys): dict(row) for row in found}
        wrong = [key for key, row in zip(wanted, rows, strict=True) if there.get(key) != row]
        if wrong:
            raise _differs(f"{table.name} {wrong[0]}")
    counts = [one.scalar(sa.select(sa.func.count()).select_from(table)) for one in (old, new)]
    if counts[0] != counts[1]:
        raise _differs(f"{table.name}: {counts[0]} / {counts[1]}")


def _heads(old: sa.Connection, new: sa.Connection) -> dict[str, Head]:
    """Recompute every chain in the new place; it must end where the old one ends."""
    heads = {}
    for agency in old.scalars(sa.select(journal_head.c.agency)).all():
        verdict = verify_journal(new, agency)
        if verdict.broken or verdict.head != head(old, agency):
            raise _differs(f"journal {agency}: {'; '.join(verdict.broken) or verdict.head.hash}")
        heads[agency] = verdict.head
    return heads


def _differs(where: str) -> StoreError:
    return StoreError(
        what=_("Dữ liệu đọc lại ở nơi mới khác với kho cũ."), where=where, code="congkhai-E764",
        advice=_("Không có gì được giữ ở nơi mới; chạy congkhai journal verify trên kho cũ rồi thử lại."),
    )  # fmt: skip
