"""Exporting: whole or not at all, told when it cannot be, and going on where it was cut off."""

import errno
import json
import os
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from congkhai.plugin.archive import Exported, Shelf, check_package, export_dossier, export_many, sealed_ids
from congkhai.plugin.archive import write as writing
from congkhai.plugin.errors import BusyError, CongkhaiError
from congkhai.plugin.store import tables as t
from congkhai.plugin.store import verify_journal

from .shelf import AGENCY, Bundle, Sheet, names_in, put


def _many(shelf: Shelf, count: int) -> list[str]:
    return [
        put(shelf, Bundle(id=f"h{number:016}", sheets=(Sheet(data=b"%PDF " + str(number).encode()),)))
        for number in range(1, count + 1)
    ]


def test_an_incomplete_or_unknown_dossier_is_refused(shelf: Shelf, out: Path) -> None:
    id_ = put(shelf)
    with shelf.store.write(AGENCY, "test") as tx:
        tx.connection.execute(sa.update(t.dossier).values(sha256="", complete=False))
    for asked in (id_, "h-khong-co"):
        with pytest.raises(CongkhaiError) as caught:
            export_dossier(shelf, asked, "sip", out)
        assert caught.value.code == "congkhai-E776"
    assert not out.exists()
    assert sealed_ids(shelf.store, AGENCY) == []


def test_a_missing_or_damaged_container_is_told_and_nothing_is_left(shelf: Shelf, out: Path) -> None:
    id_ = put(shelf)
    with shelf.store.read() as connection:
        digest = connection.scalar(sa.select(t.dossier.c.sha256))
    path = shelf.store.vault.path(digest)  # type: ignore[union-attr, arg-type]
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"!")
    with pytest.raises(CongkhaiError, match=str(digest)):
        export_dossier(shelf, id_, "sip", out)
    path.unlink()
    with pytest.raises(CongkhaiError, match=str(digest)):
        export_dossier(shelf, id_, "sip", out)
    assert not out.exists()
    path.write_bytes(good)
    assert export_dossier(shelf, id_, "sip", out).state == "written"


def test_a_container_without_a_member_that_its_index_names_is_refused(shelf: Shelf, out: Path, tmp_path: Path) -> None:
    id_ = put(shelf)
    with shelf.store.read() as connection:
        digest = str(connection.scalar(sa.select(t.dossier.c.sha256)))
    cut = tmp_path / "cut.asice"
    with zipfile.ZipFile(shelf.store.vault.path(digest)) as old, zipfile.ZipFile(cut, "w") as new:  # type: ignore[union-attr]
        for info in old.infolist():
            if "danh-sach" not in info.filename:
                new.writestr(info, old.read(info))
    with cut.open("rb") as stream:
        sha256, _size = shelf.store.vault.put(stream)
    with shelf.store.write(AGENCY, "test") as tx:
        tx.connection.execute(sa.update(t.dossier).values(sha256=sha256))
        tx.connection.execute(sa.update(t.dossier_volume).values(sha256=sha256))
    with pytest.raises(CongkhaiError, match=r"danh-sach\.json") as caught:
        export_dossier(shelf, id_, "sip", out)
    assert caught.value.code == "congkhai-E777"
    assert list(out.iterdir()) == []


def test_a_full_disk_leaves_nothing_half_and_the_next_run_goes_on(
    shelf: Shelf, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _many(shelf, 3)
    assert export_many(shelf, ids[:1], "sip", out) == (1, 0, 0)
    real, calls = writing._add, 0

    def full(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls > 20:  # in the middle of the second package
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "_add", full)
    with pytest.raises(CongkhaiError) as caught:
        export_many(shelf, ids, "sip", out)
    assert caught.value.code == "congkhai-E775"
    done = sorted(path.name for path in out.iterdir())
    assert all(name.endswith(".zip") and not name.startswith(".") for name in done)
    monkeypatch.setattr(writing, "_add", real)
    assert export_many(shelf, ids, "sip", out) == (3 - len(done), len(done), 0)
    assert all(check_package(path).sound for path in out.iterdir())


def test_a_killed_export_goes_on_where_it_was_and_sweeps_its_half_file(shelf: Shelf, out: Path) -> None:
    ids = _many(shelf, 4)
    seen: list[Exported] = []
    assert export_many(shelf, ids[:2], "sip", out, done=seen.append) == (2, 0, 0)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    (out / f".tmp-4194305-{seen[0].path.name}").write_bytes(b"PK half")  # type: ignore[union-attr]
    assert export_many(shelf, ids, "sip", out, done=seen.append) == (2, 2, 0)
    after = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert len(after) == 4
    assert {name: after[name] for name in before} == before
    assert [one.state for one in seen] == ["written", "written", "present", "present", "written", "written"]


def test_one_bad_dossier_does_not_stop_the_others(shelf: Shelf, out: Path) -> None:
    ids = _many(shelf, 2)
    bad = put(shelf, Bundle(id="h0000000000000009", sheets=(Sheet(subject="x" * 501),)))
    seen: list[Exported] = []
    assert export_many(shelf, [ids[0], bad, "khong-co", ids[1]], "sip", out, done=seen.append) == (2, 0, 2)
    assert [one.code for one in seen] == ["", "congkhai-E771", "congkhai-E776", ""]
    assert bad in seen[1].notes[0]
    assert len(list(out.iterdir())) == 2


def test_two_exports_into_one_folder_exclude_each_other(shelf: Shelf, out: Path) -> None:
    ids = _many(shelf, 1)

    def second(_one: Exported) -> None:
        with pytest.raises(BusyError):
            export_many(shelf, ids, "sip", out)

    export_many(shelf, ids, "sip", out, done=second)
    assert export_many(shelf, ids, "sip", out) == (0, 1, 0)


def test_what_was_handed_out_stands_in_the_journal_and_changes_no_later_package(shelf: Shelf, out: Path) -> None:
    (id_,) = _many(shelf, 1)
    first = export_dossier(shelf, id_, "sip", out / "a")
    second = export_dossier(shelf, id_, "sip", out / "b")
    assert first.sha256 == second.sha256
    with shelf.store.read() as connection:
        assert verify_journal(connection, AGENCY).broken == ()
        bodies = [json.loads(one) for one in connection.scalars(sa.select(t.journal.c.body).order_by(t.journal.c.seq))]
    packaged = [one["facts"] for one in bodies if one["act"] == "dossier.packaged"]
    assert [one["sha256"] for one in packaged] == [first.sha256, second.sha256]
    assert packaged[0]["profile"] == "tt05-circular 1"


def test_what_is_too_large_for_a_plain_zip_is_written_as_zip64(
    shelf: Shelf, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = put(shelf, Bundle(sheets=(Sheet(data=b"%PDF" + b"x" * 5000),)))
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 4000)  # instead of 2 GiB
    path = export_dossier(shelf, id_, "sip", out).path
    monkeypatch.undo()
    assert path is not None
    with zipfile.ZipFile(path) as archive:
        wide = {one.filename.rsplit("/", 1)[-1] for one in archive.infolist() if one.create_version >= 45}
    assert any(name.endswith("0000001.pdf") for name in wide)
    assert check_package(path).sound


def test_only_the_newest_sealed_version_is_exported_unless_an_older_one_is_named(shelf: Shelf, out: Path) -> None:
    old = put(shelf, Bundle(id="h0000000000000001"))
    new = put(shelf, Bundle(id="h0000000000000002"))
    with shelf.store.write(AGENCY, "test") as tx:
        newer = sa.update(t.dossier).where(t.dossier.c.id == new)
        tx.connection.execute(newer.values(subject=f"d-{old}", version=2, previous=old))
    assert sealed_ids(shelf.store, AGENCY) == [new]
    assert export_dossier(shelf, old, "sip", out).state == "written"


def test_a_large_paper_passes_in_pieces(shelf: Shelf, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", 1000)
    put(shelf, Bundle(sheets=(Sheet(data=b"%PDF" + b"x" * 50_000),)))
    done = export_dossier(shelf, Bundle().id, "sip", out)
    assert done.path is not None
    assert check_package(done.path).sound
    with zipfile.ZipFile(done.path) as archive:
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    assert len(names_in(done.path)) == 16
