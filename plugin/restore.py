"""Restoring: beside first, checked, then swapped in; never onto a store that lives or is newer than this program."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from .agency_rows import require_named
from .backup import check_members
from .backup_archive import DATABASE, Manifest
from .backup_rows import copy_rows, known_revisions, single_file, sqlite_url
from .config.configuration import Configuration
from .errors import BusyError, InputError, NotAllowedError, StoreError
from .house import vault_of
from .platform import TEMPORARY, fsync_folder, sole_holder, write_durably
from .store import Vault, create_store, open_store
from .store import tables as t
from .store.engine import database_url
from .store.vault_s3 import Bucket, S3Vault
from .text import _


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What a restore did.

    Attributes:
        manifest: of the backup.
        files: how many files went into the vault.
        kept: where the store that was there before lies now; None when there was none.
        left: files of the trust folder that are there in another form and were not touched.
    """

    manifest: Manifest
    files: int
    kept: Path | None
    left: tuple[str, ...]


def restore(
    configuration: Configuration, file: Path, identities: Sequence[str] = (), *, force: bool = False,
    actor: str = "restore",
) -> Restored:  # fmt: skip
    """
    Bring rows, files, trust and the plugins' notes of a backup into the place that the local ini names.

    The local ini is never touched. Leases are given back and sessions ended; outward acts are asked for by their key
    before they are sent again, as always, so that what was done after the backup is not done twice.

    Args:
        force: put the backup in place of a store that holds something; that store is kept beside, never deleted.

    Raises:
        BusyError: a daemon holds the place.
        NotAllowedError: there is a store already, or the backup or that store is of a newer program.
        InputError: the backup is damaged or cannot be decrypted; nothing was changed.
        ConfigurationError: the local ini does not name the backup's agencies; nothing was changed.
    """
    folder = configuration.store.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with sole_holder(folder / "lock", "restore"), tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=folder) as made:
        url = database_url(folder, configuration.store.database)
        before = _present(url)
        if before and not force:
            raise NotAllowedError(
                what=_("Nơi khôi phục đã có dữ liệu (nhật ký đến mục {seq}).").format(seq=max(before.values())),
                where=str(folder), code="congkhai-E798",
                advice=_("Khôi phục vào nơi trống, hoặc dùng --force: kho cũ được giữ lại bên cạnh."),
            )  # fmt: skip
        stage = Path(made) / "stage"
        stage.mkdir()
        found = check_members(file, identities, Path(made), stage)
        if found.manifest is None or found.problems:
            raise InputError(
                what=_("Bản sao lưu không nguyên vẹn: {what}").format(what=" ".join(found.problems[:5])),
                where=str(file), code="congkhai-E796",
                advice=_("Dùng một bản sao lưu khác; kho hiện có chưa bị đụng đến."),
            )  # fmt: skip
        _refuse_newer(found.manifest, file)
        require_named(configuration, found.manifest.heads)
        _settle(stage, found.manifest, before, actor)
        files = _fill_vault(vault_of(configuration), stage)
        kept = _swap_rows(url, stage / DATABASE, before)
        _swap_plugins(folder / "plugins", stage / "plugins", kept)
        left = _add_trust(configuration.trust.folder, stage / "trust")
    return Restored(found.manifest, files, kept, left)


def _present(url: str) -> dict[str, int]:
    """Return the journal's end of every agency at the place; empty where there is nothing. Raises NotAllowedError."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return {}
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            _refuse_others(connection, url)
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision is None:
                return {}
            if revision not in known_revisions():
                raise NotAllowedError(
                    what=_("Kho ở nơi khôi phục thuộc bản congkhai mới hơn ({schema}).").format(schema=revision),
                    where=_without_password(url), code="congkhai-E798",
                    advice=_("Cài bản congkhai mới hơn, hoặc khôi phục vào nơi khác."),
                )  # fmt: skip
            return {row.agency: row.seq for row in connection.execute(sa.select(t.journal_head))}
    finally:
        engine.dispose()


def _without_password(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)


def _refuse_others(connection: sa.Connection, url: str) -> None:
    """On PostgreSQL the lock file of one machine says nothing of the other nodes; their connections do."""
    if connection.dialect.name != "postgresql":
        return
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    if connection.scalar(sa.text(query)):
        raise BusyError(
            what=_("Cơ sở dữ liệu đang có nút khác kết nối."), where=_without_password(url), code="congkhai-E798",
            advice=_("Dừng mọi nút rồi khôi phục."),
        )  # fmt: skip


def _refuse_newer(manifest: Manifest, file: Path) -> None:
    if manifest.schema not in known_revisions():
        raise NotAllowedError(
            what=_("Bản sao lưu do congkhai {version} (lược đồ {schema}) tạo, mới hơn chương trình này.").format(
                version=manifest.version, schema=manifest.schema
            ),
            where=str(file), code="congkhai-E798", advice=_("Cài bản congkhai mới hơn rồi khôi phục."),
        )  # fmt: skip


def _settle(stage: Path, manifest: Manifest, before: dict[str, int], actor: str) -> None:
    """Bring the staged rows to our schema, end what lived only then, and say in each journal where they come from."""
    url = sqlite_url(stage / DATABASE)
    create_store(stage, database=url)
    store = open_store(stage, database=url)
    try:
        for agency, (seq, hash_) in manifest.heads.items():
            with store.write(agency, actor) as tx:
                leased = sa.update(t.job).where(t.job.c.state == "leased")
                tx.connection.execute(leased.values(state="ready", lease_owner=None, lease_until=None))
                tx.connection.execute(sa.update(t.session).values(ended=True))
                tx.connection.execute(sa.update(t.ticket).values(used=True))
                tx.journal(
                    "store.restored", manifest.digest, seq=seq, head=hash_, made=manifest.made,
                    replaced=before.get(agency, -1),
                )  # fmt: skip
    finally:
        store.close()
    single_file(stage / DATABASE)


def _fill_vault(place: Path | Bucket, stage: Path) -> int:
    vault: S3Vault | Vault = S3Vault(place) if isinstance(place, Bucket) else Vault(place)
    count = 0
    for path in sorted((stage / "vault").glob("*")):
        try:
            vault.open(path.name).close()
        except StoreError:  # not there, or damaged: the backup's copy has just been checked
            vault.remove(path.name)
            with path.open("rb") as stream:
                vault.put(stream)
        count += 1
    return count


def _swap_rows(url: str, staged: Path, before: dict[str, int]) -> Path | None:
    """Put the staged rows in place; what was there is renamed beside. PostgreSQL must be empty: it has no beside."""
    if not url.startswith("sqlite:///"):
        if before:
            raise NotAllowedError(
                what=_("Cơ sở dữ liệu PostgreSQL ở nơi khôi phục không trống."), where=_without_password(url),
                code="congkhai-E798", advice=_("Tạo một cơ sở dữ liệu mới và ghi vào [store] database, rồi khôi phục."),
            )  # fmt: skip
        create_store(staged.parent, database=url)
        source, target = sa.create_engine(sqlite_url(staged)), sa.create_engine(url)
        with source.connect() as reading, target.begin() as writing:
            copy_rows(reading, writing)
        source.dispose()
        target.dispose()
        return None
    file = Path(url.removeprefix("sqlite:///"))
    kept = None
    if file.exists():
        number = next(n for n in range(1, 10_000) if not file.with_name(f"{file.name}.before-{n}").exists())
        kept = file.with_name(f"{file.name}.before-{number}")
        for tail in ("-wal", "-shm", ""):  # the companions first: without its file they mean nothing
            companion = file.with_name(file.name + tail)
            if companion.exists():
                companion.rename(kept.with_name(kept.name + tail))
    file.parent.mkdir(parents=True, exist_ok=True)
    with staged.open("rb") as stream:
        write_durably(file, stream)
    file.chmod(0o600)
    return kept


def _swap_plugins(place: Path, staged: Path, kept: Path | None) -> None:
    """Put the plugins' notes back; those of the store that was replaced lie beside it."""
    if place.exists() and kept is not None:
        place.rename(place.with_name(f"plugins.{kept.name.rpartition('.')[2]}"))
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            target = place / path.relative_to(staged)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o600)
    if place.exists():
        fsync_folder(place)


def _add_trust(place: Path, staged: Path) -> tuple[str, ...]:
    """Add anchors that are not there; what the house has under the same name stays as it is."""
    left = []
    for path in sorted(staged.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(staged)
        if not (place / name).exists():
            with path.open("rb") as stream:
                write_durably(place / name, stream)
        elif (place / name).read_bytes() != path.read_bytes():
            left.append(name.as_posix())
    return tuple(left)
