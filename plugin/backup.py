"""Backups while the daemon runs: rows of one moment, then the files they name; and proving one without restoring."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import sqlalchemy as sa

from .backup_archive import (
    DATABASE,
    MANIFEST,
    Manifest,
    Writer,
    copy,
    decrypted,
    encrypting,
    members,
    parse_manifest,
    unreadable,
    whole_members,
)
from .backup_rows import integrity, named_files, snapshot, sqlite_url
from .errors import StoreError
from .house import House
from .platform import TEMPORARY, fsync_folder, temporary_name
from .store import tables as t
from .store import verify_journal
from .text import _

_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*(?=@)")
_SECRET_NAME = re.compile(r"token|cookie|password|secret|\.p12$|\.pfx$|\.key$", re.IGNORECASE)
"""Files that plugins keep in their folders and that an unencrypted backup leaves out."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    What reading a backup found.

    Attributes:
        manifest: None when there is none to speak of.
        problems: sentences for people; empty when everything holds.
    """

    manifest: Manifest | None
    problems: tuple[str, ...]


def create_backup(house: House, target: Path, recipients: Sequence[str] = ()) -> tuple[Path, Manifest]:
    """
    Write a backup of everything that cannot be made anew.

    The order is the whole point: a file is in the vault before a row names it, so every file that the snapshot names is
    there when the snapshot is. Keys and passwords are never in it; unencrypted, it holds no token either.

    Args:
        target: a folder (the name is made from the legal moment), or the file itself.
        recipients: age public keys; none: not encrypted, readable by the owner only.

    Returns:
        The file, whole and durable, and its manifest.

    Raises:
        StoreError: disk or database failed; no half file stays.
        InputError: a key cannot be read.
    """
    made = house.clock.now()
    suffix = ".tar.age" if recipients else ".tar"
    file = target / f"congkhai-{made:%Y%m%dT%H%M%SZ}{suffix}" if target.is_dir() else target
    temporary = file.with_name(temporary_name(file.name))
    try:
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=temporary_name(""), dir=house.store.folder))
            )
            schema = snapshot(house.store, folder / DATABASE)
            out = stack.enter_context(os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))
            with encrypting(out, recipients) as clear:
                writer = Writer(clear)
                manifest = _write(house, writer, folder, schema, clear_text=not recipients)
                writer.close(manifest)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except OSError as error:
        raise StoreError(
            what=_("Không ghi được bản sao lưu: {reason}.").format(reason=error.strerror or error), where=str(file),
            code="congkhai-E795", advice=_("Kiểm tra dung lượng đĩa và quyền ghi vào thư mục đích."),
        ) from error  # fmt: skip
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(file.parent)
    return file, manifest


def _write(house: House, writer: Writer, folder: Path, schema: str, *, clear_text: bool) -> Manifest:
    writer.add_file(DATABASE, folder / DATABASE)
    engine = sa.create_engine(sqlite_url(folder / DATABASE))
    with engine.connect() as connection:
        needed = named_files(connection)
        heads = {row.agency: (row.seq, row.hash) for row in connection.execute(sa.select(t.journal_head))}
    engine.dispose()
    missing, left_out = [], []
    for digest in sorted(needed.union(house.store.vault.digests())):
        try:
            with house.store.vault.open(digest) as stream:
                writer.add(f"vault/{digest}", stream, house.store.vault.size(digest))
        except StoreError:  # missing or damaged: everything else is kept, and the manifest says so
            missing.append(digest)
    for name, path in _beside(house):
        if clear_text and name.startswith("plugins/") and _SECRET_NAME.search(path.name):
            left_out.append(name)
        elif clear_text and name.startswith("ini/"):
            writer.add_bytes(name, _PASSWORD.sub(r"\1:***", path.read_text(encoding="utf-8-sig")).encode())
        else:
            writer.add_file(name, path)
    return Manifest(
        made=house.clock.now().isoformat(), version=version("congkhai"), schema=schema,
        database=house.store.engine.dialect.name, heads=heads, members=dict(writer.members), missing=tuple(missing),
        left_out=tuple(left_out),
        secrets=tuple(f"[{section}] {key} = {secret!r}" for section, key, secret in house.configuration.secrets),
    )  # fmt: skip


def _beside(house: House) -> Iterator[tuple[str, Path]]:
    """Yield what belongs to the installation beside rows and vault: ini, regulation, trust, notes of plugins."""
    configuration = house.configuration
    yield "ini/congkhai.ini", configuration.path
    for path in sorted((configuration.folder / "conf.d").glob("*.ini")):
        yield f"ini/conf.d/{path.name}", path
    for regulation in dict.fromkeys(Path(one.regulation) for one in configuration.everybody.values()):
        if regulation.is_file():
            yield f"regulation/{regulation.name}", regulation
    for name, folder in (("trust", configuration.trust.folder), ("plugins", house.store.folder / "plugins")):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith(TEMPORARY):
                yield f"{name}/{path.relative_to(folder).as_posix()}", path


def verify_backup(file: Path, identities: Sequence[str] = ()) -> Found:
    """
    Prove a backup without restoring: manifest, every size and digest, the database's own check, the journal's chain.

    Args:
        identities: age secret keys, for an encrypted backup.

    Raises:
        InputError: it cannot be decrypted, or is not a backup.
        OSError: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as made:
        return check_members(file, identities, Path(made), None)


def check_members(file: Path, identities: Sequence[str], work: Path, target: Path | None) -> Found:
    """
    Read a backup to its end and check it.

    Args:
        work: private folder for what must lie on a disk to be read.
        target: where to lay the members; None: only the database, into `work`.

    Raises:
        InputError, OSError: as `verify_backup`.
    """
    seen: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    database = (target or work) / DATABASE
    with decrypted(file, identities, work) as stream, whole_members():
        for name, content in members(stream):
            if manifest is not None or name in seen:
                raise unreadable(_("có mục lạ {name}").format(name=repr(name)))
            if name == MANIFEST:
                data = BytesIO()
                copy(content, data)
                manifest = parse_manifest(data.getvalue())
            elif target is not None or name == DATABASE:
                path = (target or work) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as out:
                    seen[name] = copy(content, out)
            else:
                seen[name] = copy(content)
    if manifest is None:
        raise unreadable(_("tệp bị cắt cụt hoặc không phải bản sao lưu"))
    problems = [*_compared(manifest, seen)]
    if DATABASE in seen:
        problems += _database(manifest, seen, database)
    return Found(manifest, tuple(problems))


def _compared(manifest: Manifest, seen: dict[str, tuple[int, str]]) -> Iterator[str]:
    for name in sorted({*manifest.members, *seen}):
        if name not in seen:
            yield _("Thiếu {name}.").format(name=name)
        elif name not in manifest.members:
            yield _("Thừa {name}: không có trong bản kê.").format(name=name)
        elif seen[name] != manifest.members[name]:
            yield _("{name} đã bị thay đổi: không khớp bản kê.").format(name=name)
        elif name.startswith("vault/") and name != f"vault/{seen[name][1]}":
            yield _("{name}: nội dung không khớp tên.").format(name=name)
    for digest in manifest.missing:
        yield _("Tệp {digest} thiếu hoặc hỏng ngay khi sao lưu.").format(digest=digest)


def _database(manifest: Manifest, seen: dict[str, tuple[int, str]], file: Path) -> list[str]:
    verdict = integrity(file)
    if verdict != "ok":
        return [_("Cơ sở dữ liệu hỏng: {what}.").format(what=verdict)]
    problems = []
    engine = sa.create_engine(sqlite_url(file))
    try:
        with engine.connect() as connection:
            for agency, (seq, hash_) in manifest.heads.items():
                journal = verify_journal(connection, agency)
                problems += [f"{_('Nhật ký')} {agency}: {sentence}" for sentence in journal.broken]
                if (journal.head.seq, journal.head.hash) != (seq, hash_):
                    problems.append(_("Nhật ký {agency}: đầu chuỗi không khớp bản kê.").format(agency=agency))
            absent = {one for one in named_files(connection) if f"vault/{one}" not in seen} - set(manifest.missing)
            problems += [_("Thiếu {name}.").format(name=f"vault/{one}") for one in sorted(absent)]
    except sa.exc.DatabaseError as error:
        problems.append(_("Cơ sở dữ liệu hỏng: {what}.").format(what=error.orig))
    finally:
        engine.dispose()
    return problems
