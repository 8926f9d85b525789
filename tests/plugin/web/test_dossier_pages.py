"""Dossiers on the page: listed, with every volume to download, and packed for the archive."""

import io
import time
import zipfile
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.store import tables as t

from .conftest import Serve


def test_a_dossier_is_listed_downloaded_by_volume_and_packed(serve: Serve, at_stage: Any) -> None:
    site = serve(at_stage("last"))
    office, inspector = site.office, site.signed_in("thanh-tra")
    assert "Không có hồ sơ nào ở đây." in inspector.get("/ho-so").text
    office.sign()
    office.wait(hours=2)
    dossier = office.dossier()
    assert dossier is not None
    listed = inspector.get("/ho-so").text
    assert f'href="/ho-so/{dossier.id}"' in listed
    assert f'href="/ho-so/{dossier.id}"' in inspector.get("/ho-so?nam=2026").text
    assert dossier.id not in inspector.get("/ho-so?nam=2019").text
    assert dossier.id not in inspector.get("/ho-so?trang-thai=incomplete").text
    assert inspector.get("/ho-so?nam=hai").status_code == 400
    shown = inspector.get(f"/ho-so/{dossier.id}").text
    assert "Tải ASiC-E" in shown
    assert "Thành phần" in shown
    sealed = office.house.store.vault.read(dossier.sha256)
    first = inspector.get(f"/ho-so/{dossier.id}/tap/1.asice")
    assert first.content == sealed
    assert inspector.get(f"/ho-so/{dossier.id}/tap/2.asice").status_code == 400
    with office.house.store.write(office.house.agency, "test") as tx:  # a second volume, as a large dossier has
        digest, _size = office.house.store.vault.put(b"PK tap hai")
        volumes = tx.connection.scalar(sa.select(sa.func.count()).select_from(t.dossier_volume))
        if not volumes:
            tx.connection.execute(
                sa.insert(t.dossier_volume).values(dossier=dossier.id, number=1, sha256=dossier.sha256, members=3)
            )
        tx.connection.execute(
            sa.insert(t.dossier_volume).values(dossier=dossier.id, number=2, sha256=digest, members=1)
        )
    assert "Tập 2 (ASiC-E)" in inspector.get(f"/ho-so/{dossier.id}").text
    assert inspector.get(f"/ho-so/{dossier.id}/tap/2.asice").content == b"PK tap hai"
    assert inspector.get(f"/ho-so/{dossier.id}/tap/3.asice").status_code == 400
    assert inspector.post(f"/ho-so/{dossier.id}/goi", data={"kind": "sip"}).status_code == 403
    assert site.signed_in("van-thu").post(f"/ho-so/{dossier.id}/goi", data={"kind": "exe"}).status_code == 400
    assert inspector.get("/ho-so/khong-co").status_code == 400


def test_a_package_for_the_archive_is_made_on_the_page(serve: Serve, at_stage: Any) -> None:
    def settled(ini: str) -> str:
        return f"{ini}\n[archive]\nfonds = 000.01.25.H99\nmode = 01\nretention-confirmed = yes\n"

    site = serve(at_stage("last", settled))
    site.office.sign()
    site.office.wait(hours=2)
    dossier, clerk = site.office.dossier(), site.signed_in("van-thu")
    assert dossier is not None
    made = clerk.post(f"/ho-so/{dossier.id}/goi", data={"kind": "aip"})
    assert made.status_code == 200, made.text
    assert "attachment" in made.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(made.content)) as package:
        assert any(name.endswith("METS.xml") for name in package.namelist())
    for _look in range(100):  # it is removed after the answer was sent
        left = [one for one in site.office.house.store.folder.iterdir() if one.name.startswith(".tmp-")]
        if not left:
            break
        time.sleep(0.1)
    assert left == []
