"""``congkhai backup`` and ``congkhai restore`` as an operator calls them."""

import json
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.config.load import load
from congkhai.plugin.host import Host
from congkhai.plugin.store import create_store

_INI = "[agency]\nname = UBND xã Mẫu Sơn\ncode = MS\nkind = xa\n"


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    """An installation without anything in it but its ini and an empty store."""
    path = tmp_path / "house" / "congkhai.ini"
    path.parent.mkdir()
    path.write_text(_INI, encoding="utf-8")
    create_store(load(path, Host()).store.folder)
    return path


def _call(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(group, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_create_verify_and_restore_with_exit_codes(ini: Path, tmp_path: Path) -> None:
    code, said = _call("-c", ini, "backup", "create", tmp_path / "b.tar", "--json")
    assert code == 0, said
    made = MappingProxyType(json.loads(said))
    code, said = _call("backup", "verify", tmp_path / "b.tar")
    assert code == 0
    assert made["manifest"] in said
    code, said = _call("backup", "verify", tmp_path / "b.tar", "--json")
    assert json.loads(said)["problems"] == []

    data = bytearray((tmp_path / "b.tar").read_bytes())
    data[5000] ^= 0xFF
    (tmp_path / "bent.tar").write_bytes(bytes(data))
    assert _call("backup", "verify", tmp_path / "bent.tar")[0] == 1

    other = tmp_path / "other" / "congkhai.ini"
    other.parent.mkdir()
    other.write_text(_INI, encoding="utf-8")
    code, said = _call("-c", other, "restore", tmp_path / "b.tar", "--by", "Phạm Văn Mẫu")
    assert code == 0, said
    code, said = _call("-c", other, "journal", "verify")
    assert code == 0, said
