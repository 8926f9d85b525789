"""The hand-over folder: a dossier appears whole or not at all, once, and is read back."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from lxml import etree

from congkhai.connectors import handover as plugin
from congkhai.connectors.handover import RECEIPT, SHEET_TEXT, SHEET_XML, HandoverConnector, HandoverSettings
from congkhai.connectors.handover_sheet import NAMESPACE, SheetDefaults, dossier_fields
from congkhai.plugin.clock import FixedClock
from congkhai.plugin.errors import OutsideError, StoreError, UndecidedError
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import Filing, FilingFile

NOW = datetime(2025, 12, 31, 18, 0, tzinfo=UTC)  # already 2026 in Vietnam


class Vault:
    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def open(self, sha256: str) -> BinaryIO:
        return io.BytesIO(self.blobs[sha256])

    def file(self, name: str, content: bytes, media_type: str = "application/pdf") -> FilingFile:
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return FilingFile(name, media_type, digest, len(content))


@pytest.fixture
def vault() -> Vault:
    return Vault()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "ban-giao"
    folder.mkdir()
    return folder


def connector(target: Path, vault: Vault, **keys: str) -> HandoverConnector:
    settings = HandoverSettings.model_validate({"folder": str(target), **keys})
    return HandoverConnector(settings, Context("tu", "xa-mau", FixedClock(NOW), vault.open, target.parent / "work"))


def filing(vault: Vault, key: str = "dossier-1", title: str = "Hồ sơ công khai mẫu") -> Filing:
    files = (
        vault.file("bien-ban.xml", b"<Minutes/>", "application/xml"),
        vault.file("bien-ban.pdf", b"%PDF-1.7 mau"),
        vault.file("ho-so.asice", b"PK mau", "application/vnd.etsi.asic-e+zip"),
    )
    return Filing(key, title, files, held=("ioffice:7", "ioffice:8"))


def only(target: Path) -> Path:
    [folder] = target.iterdir()
    return folder


def test_a_dossier_is_written_whole_with_sheet_and_receipt(target: Path, vault: Vault) -> None:
    receipt = connector(target, vault).file_dossier(filing(vault))
    folder = only(target)
    assert sorted(path.name for path in folder.iterdir()) == [
        "bien-ban.pdf", "bien-ban.xml", "ho-so.asice", SHEET_TEXT, SHEET_XML, RECEIPT
    ]  # fmt: skip
    assert (folder / "bien-ban.pdf").read_bytes() == b"%PDF-1.7 mau"
    assert (receipt.key, receipt.remote_id, receipt.at) == ("dossier-1", folder.name, NOW)


def test_the_sheet_carries_the_fields_of_the_decree(target: Path, vault: Vault) -> None:
    made = connector(target, vault, **{"organ-id": "000.00.01.TT2", "maintenance": "70 năm"})
    made.file_dossier(filing(vault, title="Hồ sơ <mẫu> & khác"))
    root = etree.fromstring((only(target) / SHEET_XML).read_bytes())
    names = {"q": NAMESPACE}

    def value(path: str) -> Any:
        return root.findtext(path, namespaces=names)

    assert value("q:Dossier/q:FileCode/q:OrganId") == "000.00.01.TT2"
    assert value("q:Dossier/q:FileCode/q:FileCatalog") == "2026", "the year counts in Vietnam"
    assert value("q:Dossier/q:Title") == "Hồ sơ <mẫu> & khác"
    assert value("q:Dossier/q:Maintenance") == "70 năm"
    assert value("q:Dossier/q:DocTotal") == "3", "one paper as XML and PDF, two held; the container is no paper"
    assert value("q:Dossier/q:Creator") is None, "what is not known is not invented"
    assert [item.get("ordinal") for item in root.iterfind("q:Files/q:File", names)] == ["1", "2", "3"]
    assert [item.get("id") for item in root.iterfind("q:Held/q:Document", names)] == ["ioffice:7", "ioffice:8"]
    text = (only(target) / SHEET_TEXT).read_text(encoding="utf-8")
    assert "Ngày lập: 01/01/2026" in text
    assert "Người lập hồ sơ (Creator): …" in text
    assert "ioffice:7" in text


def test_a_value_longer_than_the_decree_allows_is_kept_whole_and_named(target: Path, vault: Vault) -> None:
    title = "Hồ sơ " + "rất dài " * 80
    connector(target, vault).file_dossier(filing(vault, title=title))
    text = (only(target) / SHEET_TEXT).read_text(encoding="utf-8")
    assert title in text
    assert f"{len(title)} > 500" in text
    fields = dossier_fields(Filing("k", title, ()), SheetDefaults(), 2026)
    assert [field.name for field in fields if field.too_long] == ["Title"]


def test_filing_twice_writes_once_and_gives_the_same_receipt(target: Path, vault: Vault) -> None:
    first = connector(target, vault).file_dossier(filing(vault))
    again = connector(target, vault).file_dossier(filing(vault))
    assert again == first
    assert len(list(target.iterdir())) == 1


def test_a_filing_is_read_back(target: Path, vault: Vault) -> None:
    made = connector(target, vault)
    assert made.find_filed("dossier-1") is None
    receipt = made.file_dossier(filing(vault))
    assert connector(target, vault).find_filed("dossier-1") == receipt
    assert made.find_filed("dossier-2") is None


@pytest.mark.parametrize("damage", ["changed", "missing", "receipt"])
def test_a_damaged_filing_is_undecided_and_not_written_again(target: Path, vault: Vault, damage: str) -> None:
    made = connector(target, vault)
    made.file_dossier(filing(vault))
    folder = only(target)
    if damage == "changed":
        (folder / "bien-ban.xml").write_bytes(b"<Other/>")
    elif damage == "missing":
        (folder / "bien-ban.xml").unlink()
    else:
        (folder / RECEIPT).write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(UndecidedError):
        made.find_filed("dossier-1")
    with pytest.raises(UndecidedError):
        made.file_dossier(filing(vault))


def test_a_receipt_cannot_point_outside_its_folder(target: Path, vault: Vault) -> None:
    made = connector(target, vault)
    made.file_dossier(filing(vault))
    path = only(target) / RECEIPT
    facts = json.loads(path.read_text(encoding="utf-8"))
    (target / "x").write_bytes(b"x")
    facts["files"]["../x"] = hashlib.sha256(b"x").hexdigest()
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(UndecidedError):
        made.find_filed("dossier-1")


@pytest.mark.parametrize("point", ["fsync", "rename"])
def test_a_crash_before_the_rename_leaves_nothing_and_the_next_try_succeeds(
    target: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", die) if point == "fsync" else patch.setattr(Path, "rename", die)
        connector(target, vault).file_dossier(filing(vault))
    assert connector(target, vault).find_filed("dossier-1") is None
    connector(target, vault).file_dossier(filing(vault))
    assert not only(target).name.startswith(".")


def test_everything_is_on_the_disk_before_the_folder_appears(
    target: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda handle: (acts.append("fsync"), real_fsync(handle))[1])
    monkeypatch.setattr(Path, "rename", lambda self, to: (acts.append("rename"), real_rename(self, to))[1])
    connector(target, vault).file_dossier(filing(vault))
    assert acts == ["fsync"] * 7 + ["rename", "fsync"], "six files and their folder, then the name, then its folder"


@pytest.mark.parametrize("number", [28, 30])  # ENOSPC, EROFS
def test_a_full_or_read_only_disk_is_certain_not_to_have_filed(
    target: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*args: Any) -> None:
        raise OSError(number, "no")

    with monkeypatch.context() as patch, pytest.raises(OutsideError) as caught:
        patch.setattr(os, "fsync", fail)
        connector(target, vault).file_dossier(filing(vault))
    assert not isinstance(caught.value, UndecidedError)
    assert caught.value.advice
    assert list(target.iterdir()) == []


def test_a_disk_that_does_not_confirm_the_rename_leaves_it_undecided(
    target: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = os.fsync, [0]

    def fail_last(handle: int) -> None:
        count[0] += 1
        if count[0] == 8:
            raise OSError(5, "no")
        real(handle)

    with monkeypatch.context() as patch, pytest.raises(UndecidedError):
        patch.setattr(os, "fsync", fail_last)
        connector(target, vault).file_dossier(filing(vault))


def test_bytes_that_are_not_what_their_digest_says_are_not_filed(target: Path, vault: Vault) -> None:
    wanted = filing(vault)
    vault.blobs[wanted.files[1].sha256] = b"something else"
    with pytest.raises(StoreError):
        connector(target, vault).file_dossier(wanted)
    assert list(target.iterdir()) == []


def test_a_missing_folder_is_never_made_behind_a_lost_mount(target: Path, vault: Vault) -> None:
    target.rmdir()
    made = connector(target, vault)
    with pytest.raises(UndecidedError):
        made.find_filed("dossier-1")
    with pytest.raises(OutsideError) as caught:
        made.file_dossier(filing(vault))
    assert not isinstance(caught.value, UndecidedError)
    assert not target.exists()
    assert [result.result for result in made.check(live=True)] == ["fail"]


def test_a_foreign_folder_in_the_place_is_left_alone(target: Path, vault: Vault) -> None:
    made = connector(target, vault)
    made.file_dossier(filing(vault))
    folder = only(target)
    for path in folder.iterdir():
        path.unlink()
    (folder / "cua-van-thu.txt").write_text("x", encoding="utf-8")
    with pytest.raises(OutsideError):
        made.file_dossier(filing(vault))
    assert [path.name for path in folder.iterdir()] == ["cua-van-thu.txt"]


@pytest.mark.parametrize(
    ("names", "stored"),
    [
        (("a.pdf", "A.PDF", "a.pdf"), ["a.pdf", "A-2.PDF", "a-3.pdf"]),
        (("../../x.pdf", "C:\\y\\z.pdf"), ["x.pdf", "z.pdf"]),
        (("receipt.json", "CON.txt", "..", "a:b?.txt"), ["receipt-2.json", "tep-2.txt", "tep-3", "ab.txt"]),
        (("Biên bản.pdf",), ["Biên bản.pdf"]),
    ],
)
def test_file_names_are_safe_and_their_own(
    target: Path, vault: Vault, names: Sequence[str], stored: Sequence[str]
) -> None:
    files = tuple(vault.file(name, str(number).encode()) for number, name in enumerate(names))
    connector(target, vault).file_dossier(Filing("k", "t", files))
    folder = only(target)
    assert [(folder / name).read_bytes().decode() for name in stored] == [str(number) for number in range(len(names))]


def test_different_keys_never_share_a_folder(target: Path, vault: Vault) -> None:
    made = connector(target, vault)
    for key in ("a/b", "a-b", "A-B", "a b", "../a-b", "x" * 300, "x" * 301):
        made.file_dossier(Filing(key, "t", ()))
    folders = {path.name.casefold() for path in target.iterdir()}
    assert len(folders) == 7
    assert all(made.find_filed(key) for key in ("a/b", "../a-b", "x" * 301))


def test_it_is_a_target_only(target: Path, vault: Vault) -> None:
    made = connector(target, vault)

    class Nothing:
        def fingerprint(self, remote_id: str) -> str | None:
            return None

        def refused(self, remote_id: str) -> bool:
            return False

    assert list(made.pull(None, Nothing())) == []
    assert not made.plain(None)
    assert [result.result for result in made.check(live=True)] == ["ok"]
    assert [result.result for result in made.check(live=False)] == ["skipped"]
    kinds: list[str] = []
    plugin.register_connectors(lambda kind, settings, factory: kinds.append(kind))
    assert kinds == ["handover"]
