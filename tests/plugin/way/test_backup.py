"""Backups of a working house, proven without restoring; drills that end with the same dossiers and a valid journal."""

import io
import json
import re
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa

from congkhai.plugin.backup import create_backup, verify_backup
from congkhai.plugin.backup_archive import MANIFEST, Manifest
from congkhai.plugin.config.load import load
from congkhai.plugin.errors import BusyError, CongkhaiError, InputError, NotAllowedError
from congkhai.plugin.host import Host
from congkhai.plugin.platform import sole_holder
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.restore import restore
from congkhai.plugin.store import create_store, verify_journal
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, verify_path
from tests.postgresql import running_server

from .conftest import OpenOffice
from .office import Office

_DATABASE = re.compile(r"^database = .*$", re.MULTILINE)


@pytest.fixture
def filed(at_stage: OpenOffice) -> Office:
    """A house whose only matter has been signed, sealed and filed."""
    office = at_stage("filed")
    assert office.matter().state is DisclosureState.FILED
    return office


@contextmanager
def _refused(kind: type[CongkhaiError], code: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code


def _elsewhere(office: Office, folder: Path, database: str = "") -> Path:
    """Lay ini, keys and an inbox of another machine; return its ini."""
    folder.mkdir()
    for name in ("keys", "trust"):
        shutil.copytree(office.folder / name, folder / name)
    (folder / "ban-giao").mkdir()
    text = (office.folder / "congkhai.ini").read_text(encoding="utf-8")
    text = _DATABASE.sub("", text)
    if database:
        section = "" if "[store]" in text else "\n[store]\n"
        text = f"{text}{section}database = {database}\n"
    (folder / "congkhai.ini").write_text(text, encoding="utf-8")
    return folder / "congkhai.ini"


def _configuration(ini: Path, office: Office) -> object:
    return load(ini, Host(extra={"script": office.script}))


def _tables(office: Office, *without: str) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: sorted((tuple(map(str, row)) for row in office.rows(table)), key=str)
        for table in t.metadata.sorted_tables
        if table.name not in without
    }


_CHANGED = ("journal", "journal_head", "job", "session", "ticket", "source", "deadline")
"""What a restore, and the start after it, write themselves; the journal is compared entry by entry."""


def _drill(office: Office, backup: Path, ini: Path, identities: tuple[str, ...] = ()) -> Office:
    """Restore elsewhere, open it, and hold it to the first house."""
    before = _tables(office, *_CHANGED)
    entries = office.journal()
    done = restore(_configuration(ini, office), backup, identities, actor="Lê Văn Mẫu")  # type: ignore[arg-type]
    assert done.kept is None
    other = Office(ini.parent, office.script)
    assert _tables(other, *_CHANGED) == before
    assert other.journal()[: len(entries)] == entries
    said = other.journal("store.restored")[-1]
    assert (said["subject"], said["actor"]) == (done.manifest.digest, "Lê Văn Mẫu")
    assert (said["facts"]["seq"], said["facts"]["head"]) == tuple(done.manifest.heads["main"])
    with other.house.store.read() as connection:
        verdict = verify_journal(connection, other.house.agency)
    assert verdict.broken == ()
    assert sorted(other.house.store.vault.digests()) == sorted(office.house.store.vault.digests())
    return other


def test_a_restore_drill_ends_with_the_same_dossiers_and_a_valid_journal(
    filed: Office, tmp_path: Path, offices: list[Office]
) -> None:
    file, manifest = create_backup(filed.house, tmp_path)
    assert manifest.missing == ()
    assert verify_backup(file).manifest == manifest
    assert verify_backup(file).problems == ()
    other = _drill(filed, file, _elsewhere(filed, tmp_path / "elsewhere"))
    offices.append(other)
    sealed, again = filed.dossier(), other.dossier()
    assert again == sealed
    assert sealed is not None
    container = tmp_path / "dossier.asice"
    container.write_bytes(other.house.store.vault.read(sealed.sha256))
    assert verify_path(container, Trust.load(other.folder / "trust"), other.now).indication == "TOTAL_PASSED"
    filings = len(list((filed.folder / "ban-giao").iterdir()))
    other.wait(days=2)  # nothing is filed, signed or published a second time
    assert len(other.rows(t.outbox)) == len(filed.rows(t.outbox))
    assert len(list((other.folder / "ban-giao").iterdir())) == 0 < filings


def test_work_goes_on_after_a_restore(at_stage: OpenOffice, tmp_path: Path, offices: list[Office]) -> None:
    office = at_stage("closing")
    file, _manifest = create_backup(office.house, tmp_path)
    other = _drill(office, file, _elsewhere(office, tmp_path / "elsewhere"))
    offices.append(other)
    other.take_down_all()
    other.sign("records_officer", "front_chair", "head")
    other.sign()
    assert other.matter().state is DisclosureState.FILED


def test_a_backup_taken_while_others_write_is_of_one_moment(filed: Office, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with filed.house.store.write(filed.house.agency, "writer") as tx:
                kept, _size = filed.house.store.vault.put(str(tx.now).encode())
                tx.journal("test.write", kept)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [create_backup(filed.house, tmp_path / f"{number}.tar")[0] for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert [verify_backup(file).problems for file in files] == [(), (), ()]


def test_an_encrypted_backup_opens_only_with_its_key(filed: Office, tmp_path: Path, offices: list[Office]) -> None:
    identity, foreign = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    file, _manifest = create_backup(filed.house, tmp_path, [str(identity.to_public())])
    assert file.suffix == ".age"
    assert b"UBND" not in file.read_bytes()
    assert b"manifest.json" not in file.read_bytes()
    for keys in ((), (str(foreign),), ("AGE-SECRET-KEY-1XYZ",)):
        with _refused(InputError, "congkhai-E797"):
            verify_backup(file, keys)
    assert verify_backup(file, [str(identity)]).problems == ()
    offices.append(_drill(filed, file, _elsewhere(filed, tmp_path / "elsewhere"), (str(identity),)))


def test_a_wrong_public_key_leaves_no_file(filed: Office, tmp_path: Path) -> None:
    target = tmp_path / "to"
    target.mkdir()
    with _refused(InputError, "congkhai-E797"):
        create_backup(filed.house, target, ["age1nonsense"])
    assert list(target.iterdir()) == []


def test_keys_passwords_and_tokens_are_not_in_a_backup(filed: Office, tmp_path: Path) -> None:
    folder = filed.house.store.folder / "plugins" / "channel-zalo"
    folder.mkdir(parents=True)
    (folder / "tokens.json").write_text('"planted-refresh-token"', encoding="utf-8")
    (folder / "note.json").write_text("{}", encoding="utf-8")
    filed.edit("[work]", "# was: postgresql+psycopg://ai:planted-password@127.0.0.1/congkhai\n[work]")
    file, manifest = create_backup(filed.house, tmp_path)
    data = file.read_bytes()
    for password in (filed.folder / "keys").glob("*.password"):
        assert password.read_bytes().strip() not in data
    for key in (filed.folder / "keys").glob("*.p12"):
        assert key.read_bytes() not in data
    assert b"planted" not in data
    assert manifest.left_out == ("plugins/channel-zalo/tokens.json",)
    assert "plugins/channel-zalo/note.json" in manifest.members
    assert any("password = {file keys/head.password}" in one for one in manifest.secrets)
    assert file.stat().st_mode & 0o077 == 0
    identity = pyrage.x25519.Identity.generate()
    _file, whole = create_backup(filed.house, tmp_path, [str(identity.to_public())])
    assert whole.left_out == ()


Change = Callable[[dict[str, bytes]], None]


def _bend(file: Path, change: Change) -> None:
    with tarfile.open(file) as tar:
        parts = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    change(parts)
    with tarfile.open(file, "w") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _first(parts: dict[str, bytes], head: str) -> str:
    return next(name for name in parts if name.startswith(head))


def _drop(parts: dict[str, bytes]) -> None:
    del parts[_first(parts, "vault/")]


def _change(parts: dict[str, bytes]) -> None:
    name = _first(parts, "vault/")
    parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])


def _add(parts: dict[str, bytes]) -> None:
    manifest = parts.pop(MANIFEST)
    parts["vault/" + "0" * 64] = b"x"
    parts[MANIFEST] = manifest


def _heads(parts: dict[str, bytes]) -> None:
    body = json.loads(parts[MANIFEST])
    body["heads"]["main"][0] += 1
    parts[MANIFEST] = json.dumps(body).encode()


def _forget(parts: dict[str, bytes]) -> None:
    body = json.loads(parts[MANIFEST])
    for name in [one for one in parts if one.startswith("vault/")]:
        del body["members"][name], parts[name]
    parts[MANIFEST] = json.dumps(body).encode()


def _database(parts: dict[str, bytes]) -> None:
    parts["database.sqlite"] = parts["database.sqlite"][:8192]


@pytest.mark.parametrize("change", [_drop, _change, _add, _heads, _forget, _database])
def test_every_change_of_a_backup_is_found_and_is_not_restored(filed: Office, tmp_path: Path, change: Change) -> None:
    file, _manifest = create_backup(filed.house, tmp_path / "b.tar")
    _bend(file, change)
    assert verify_backup(file).problems
    ini = _elsewhere(filed, tmp_path / "elsewhere")
    with _refused(InputError, "congkhai-E796"):
        restore(_configuration(ini, filed), file)  # type: ignore[arg-type]
    assert not (tmp_path / "elsewhere" / "data" / "congkhai.sqlite").exists()


@pytest.mark.parametrize("name", ["../out", "/etc/x", "ini/../../out", "vault/short", "keys/head.p12"])
def test_a_member_that_has_no_business_there_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "b.tar"
    with tarfile.open(file, "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    with _refused(InputError, "congkhai-E796"):
        verify_backup(file)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"x" * 2000])
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.tar").write_bytes(data)
    with _refused(InputError, "congkhai-E796"):
        verify_backup(tmp_path / "b.tar")


def test_a_backup_that_was_cut_off_is_refused(filed: Office, tmp_path: Path) -> None:
    file, _manifest = create_backup(filed.house, tmp_path)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    with _refused(InputError, "congkhai-E796"):
        verify_backup(file)


def test_a_damaged_vault_is_said_and_the_rest_is_kept(filed: Office, tmp_path: Path) -> None:
    damaged, gone = sorted(filed.house.store.vault.digests())[:2]
    filed.house.store.vault.path(damaged).write_bytes(b"rot")  # type: ignore[union-attr]
    filed.house.store.vault.remove(gone)
    file, manifest = create_backup(filed.house, tmp_path)
    assert damaged in manifest.missing
    assert any(damaged in one for one in verify_backup(file).problems)


def test_a_live_store_is_not_restored_onto(filed: Office, tmp_path: Path) -> None:
    file, _manifest = create_backup(filed.house, tmp_path)
    configuration = filed.house.configuration
    with sole_holder(filed.house.store.folder / "lock", "run"), pytest.raises(BusyError):
        restore(configuration, file, force=True)


def test_a_store_that_holds_something_is_kept_beside_when_forced(
    filed: Office, tmp_path: Path, offices: list[Office]
) -> None:
    file, _manifest = create_backup(filed.house, tmp_path)
    ini = _elsewhere(filed, tmp_path / "elsewhere")
    offices.append(_drill(filed, file, ini))
    other = offices.pop()
    with other.house.store.write(other.house.agency, "test") as tx:
        tx.journal("test.later", "x")
    later = len(other.journal())
    other.house.close()
    with pytest.raises(NotAllowedError, match=f"{later - 1}"):
        restore(_configuration(ini, filed), file)  # type: ignore[arg-type]
    done = restore(_configuration(ini, filed), file, force=True)  # type: ignore[arg-type]
    assert done.kept is not None
    engine = sa.create_engine(f"sqlite:///{done.kept}")
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.journal)) == later
    engine.dispose()
    offices.append(Office(ini.parent, filed.script))
    assert offices[-1].journal("test.later") == []
    assert offices[-1].journal("store.restored")[0]["facts"]["replaced"] == later - 1


def test_a_newer_backup_and_a_newer_store_are_refused(filed: Office, tmp_path: Path) -> None:
    file, _manifest = create_backup(filed.house, tmp_path / "b.tar")
    ini = _elsewhere(filed, tmp_path / "elsewhere")

    def newer(parts: dict[str, bytes]) -> None:
        body = json.loads(parts[MANIFEST])
        parts[MANIFEST] = json.dumps({**body, "schema": "s9999"}).encode()

    copy = tmp_path / "newer.tar"
    shutil.copyfile(file, copy)
    _bend(copy, newer)
    with pytest.raises(NotAllowedError, match="s9999"):
        restore(_configuration(ini, filed), copy)  # type: ignore[arg-type]
    create_store(tmp_path / "elsewhere" / "data")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'elsewhere' / 'data' / 'congkhai.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 's9999'")
    engine.dispose()
    with pytest.raises(NotAllowedError, match="s9999"):
        restore(_configuration(ini, filed), file, force=True)  # type: ignore[arg-type]


def test_what_the_house_has_in_trust_stays_as_it_is(filed: Office, tmp_path: Path, offices: list[Office]) -> None:
    file, _manifest = create_backup(filed.house, tmp_path)
    ini = _elsewhere(filed, tmp_path / "elsewhere")
    first, second = sorted(one for one in (ini.parent / "trust").rglob("*") if one.is_file())[:2]
    first.write_bytes(b"our own")
    second.unlink()
    done = restore(_configuration(ini, filed), file)  # type: ignore[arg-type]
    assert done.left == (first.relative_to(ini.parent / "trust").as_posix(),)
    assert first.read_bytes() == b"our own"
    assert second.exists()


@pytest.fixture(scope="module")
def empty_database() -> Iterator[Callable[[], str]]:
    """Addresses of empty databases on a PostgreSQL server of these tests."""
    with running_server() as server:
        yield server.database


def test_a_backup_goes_to_postgresql_and_back(
    filed: Office, tmp_path: Path, offices: list[Office], empty_database: Callable[[], str]
) -> None:
    first, _manifest = create_backup(filed.house, tmp_path / "first.tar")
    ini = _elsewhere(filed, tmp_path / "server", empty_database())
    server = _drill(filed, first, ini)
    offices.append(server)
    assert server.house.store.engine.dialect.name == "postgresql"
    with server.house.store.write(server.house.agency, "test") as tx:  # numbers go on where they were
        tx.remark("x", "said after the restore")
        tx.record_fault("test", "x", "a fault")
        tx.enqueue("tag", "x", subject="x")
    with _refused(BusyError, "congkhai-E798"):
        restore(_configuration(ini, filed), first, force=True)  # type: ignore[arg-type]
    second, manifest = create_backup(server.house, tmp_path / "second.tar")
    assert manifest.database == "postgresql"
    assert verify_backup(second).problems == ()
    offices.append(_drill(server, second, _elsewhere(filed, tmp_path / "back")))
    server.house.close()
    with _refused(NotAllowedError, "congkhai-E798"):
        restore(_configuration(ini, filed), first, force=True)  # type: ignore[arg-type]


def test_the_manifest_tells_backups_apart() -> None:
    one = Manifest("2026-07-06T01:00:00+00:00", "1", "s", "sqlite", {"main": (3, "a")}, {}, (), (), ())
    other = Manifest("2026-07-06T01:00:00+00:00", "1", "s", "sqlite", {"main": (4, "a")}, {}, (), (), ())
    assert one.digest != other.digest
