"""What the command line says about packages, to people and to programs."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from congkhai.plugin.archive import Shelf
from congkhai.plugin.cli._dossier_archive import check_packages, export_packages, read_request
from congkhai.plugin.errors import CongkhaiError
from congkhai.plugin.house import House

from .shelf import Bundle, Sheet, put

REQUEST = "[request]\nid = YC-01\nday = 2026-09-01\npurpose = 02\ncontent = Thanh tra\n"


@pytest.fixture
def house(shelf: Shelf) -> House:
    """As much of a house as exporting asks for."""
    some: Any = SimpleNamespace(
        store=shelf.store, agency=shelf.agency, configuration=SimpleNamespace(archive=shelf.settings)
    )
    return cast(House, some)


def test_all_sealed_dossiers_are_exported_and_counted(
    house: House, shelf: Shelf, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        put(shelf, Bundle(id=f"h{number:016}"))
    put(shelf, Bundle(id="h0000000000000009", sheets=(Sheet(subject="x" * 501),)))
    assert export_packages(house, (), "sip", out) == 1
    said = capsys.readouterr()
    assert "3 gói tin đã lập, 0 đã có sẵn, 1 không lập được" in said.out
    assert said.out.count("retention-confirmed") == 1
    assert "subject" in said.err
    assert export_packages(house, (), "sip", out) == 1
    assert "0 gói tin đã lập, 3 đã có sẵn, 1 không lập được" in capsys.readouterr().out


def test_programs_get_json_and_the_check_agrees(
    house: House, shelf: Shelf, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = put(shelf)
    assert export_packages(house, (id_,), "sip", out, machine=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["dossier"], row["state"], len(row["sha256"])) == (id_, "written", 64)
    path = Path(row["path"])
    assert check_packages([path], machine=True) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["kind"], report["papers"], report["sound"], report["findings"]) == ("SIP", 2, True, [])
    path.write_bytes(path.read_bytes().replace(b"%PDF-1.7 van ban", b"%PDF-1.7 van bam"))
    assert check_packages([path], machine=False) == 1
    assert "KHÔNG ĐẠT" in (said := capsys.readouterr().out)
    assert "P11" in said


def test_people_are_told_one_dossier_and_one_verdict(
    house: House, shelf: Shelf, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = put(shelf)
    assert export_packages(house, (id_,), "aip", out) == 0
    assert f"{id_}: đã lập" in capsys.readouterr().out
    assert check_packages(list(out.iterdir()), machine=False) == 0
    assert "đạt" in capsys.readouterr().out


def test_a_dip_needs_one_dossier_and_a_request_that_can_be_read(
    house: House, shelf: Shelf, out: Path, tmp_path: Path
) -> None:
    id_, request = put(shelf), tmp_path / "yeu-cau.ini"
    request.write_text(REQUEST, encoding="utf-8")
    for ids, file in (((), request), ((id_,), None), ((id_, id_), request)):
        with pytest.raises(CongkhaiError) as caught:
            export_packages(house, ids, "dip", out, request=file)
        assert caught.value.code == "congkhai-E772"
    assert export_packages(house, (id_,), "dip", out, request=request) == 0
    for wrong in ("", "[request]\nid = 1\n", REQUEST.replace("2026-09-01", "01/09/2026"), "rubbish"):
        request.write_text(wrong, encoding="utf-8")
        with pytest.raises(CongkhaiError) as caught:
            read_request(request)
        assert caught.value.code == "congkhai-E772"
