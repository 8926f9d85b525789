"""Dossiers on the page: listed, with every volume to download, and packed for the archive."""

import io
import time
import zipfile
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.kinds_matters import open_matter
from congkhai.plugin.store import tables as t
from tests.plugin.way.office import CLERK, Office
from tests.plugin.way.script import paper
from tests.plugin.way.test_kinds import made

from .conftest import Serve
from .inside import Inside


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
    for path in (f"/ho-so/{dossier.id}/tat-ca", f"/cong-khai/{dossier.disclosure}/ho-so.asice"):
        alone = inspector.get(path)
        assert (alone.content, "asice" in alone.headers["content-disposition"]) == (sealed, True)
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
    matter = f"/cong-khai/{dossier.disclosure}"
    for shows, link in ((matter, f"{matter}/ho-so.asice"), (f"/ho-so/{dossier.id}", f"/ho-so/{dossier.id}/tat-ca")):
        assert f'<a href="{link}">Tải cả 2 tập (ZIP)</a>' in inspector.get(shows).text
        answer = inspector.get(link)
        assert f'filename="{dossier.id}.zip"' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as both:
            assert both.testzip() is None
            held = {name: both.read(name) for name in both.namelist()}
        assert held == {f"{dossier.id}-tap-01.asice": sealed, f"{dossier.id}-tap-02.asice": b"PK tap hai"}
    judged = inspector.get(f"/kiem-tra/{dossier.disclosure}").text  # the second volume is no container at all
    assert f"{dossier.id}-tap-02.asice" in judged
    assert 'class="verdict TOTAL_PASSED"' not in judged
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.dossier_volume).where(t.dossier_volume.c.number == 2).values(sha256="0" * 64))
    assert inspector.get(f"{matter}/ho-so.asice").status_code == 503  # an error page, not half a file
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


PLAN = ("ke-hoach.pdf", b"%PDF-1.7 1 0 obj", "text/html")


def test_a_clerk_finds_an_incomplete_staff_dossier_in_the_work_list_and_brings_its_parts(office: Office) -> None:
    matter = open_matter(office.house, "decision", "Hội nghị năm 2026", 2026, CLERK, number="3")
    later = open_matter(office.house, "supervision", "Giám sát năm 2026", 2026, CLERK)
    office.receive(paper("91", "Báo cáo 6 tháng về việc thực hiện nghị quyết hội nghị"))
    office.work()
    with office.house.store.write(office.house.agency, "test") as tx:  # as while a period still runs
        tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.subject == later).values(findings=[]))
    inside, dossier = Inside(office), made(office, matter)
    clerk, inspector = inside.signed_in("van-thu"), inside.signed_in("thanh-tra")
    listed = clerk.get("/", params={"loai": "dossier"}).text
    assert f'href="/ho-so/{dossier.id}"' in listed
    assert "Giám sát năm 2026" not in listed
    page = f"/ho-so/{dossier.id}"
    assert "Đưa văn bản vào phần này" not in inspector.get(page).text
    for path in ("thanh-phan", "de-xuat"):
        assert inspector.post(f"{page}/{path}").status_code == 403

    def send(part: str, file: Any = None, **more: str) -> int:
        files = {"file": file} if file else None
        return clerk.post(f"{page}/thanh-phan", data={"part": part, **more}, files=files).status_code

    assert "Đưa văn bản vào phần này" in clerk.get(page).text
    assert '<a href="/noi-dung-bien-ban/1">Nhập nội dung để lập biên bản này</a>' in clerk.get(page).text
    for part, file, more in (
        ("13.1", None, {}), ("13.1", ("a.html", b"<html>", "application/pdf"), {"form": "plain_scan"}),
        ("13.1", PLAN, {"form": "ky-tay"}), ("13.1", PLAN, {"form": "plain_scan", "document": "91/KH-UBND"}),
        ("9.3", PLAN, {"form": "plain_scan"}), ("99", PLAN, {"form": "plain_scan"}),
        ("13.1", PLAN, {"form": "plain_scan", "period": "quý 9"}), ("13.1", None, {"document": "404/KH-UBND"}),
    ):  # fmt: skip
        assert send(part, file, **more) == 400, (part, more)  # type: ignore[arg-type]  # fields of one form
    assert send("13.1", PLAN, form="plain_scan") == 303
    assert send("13.1", PLAN, form="plain_scan") == 409  # sent twice
    assert send("13.5", document=office.documents()[-1].number, period="6 tháng") == 303
    office.work()
    assert {part.key: part.state for part in made(office, matter).parts if part.key in ("13.1", "13.5")} == {
        "13.1": "present", "13.5": "waiting",
    }  # fmt: skip
    shown = clerk.get(page).text
    assert "ke-hoach.pdf – bản quét, bản chụp" in shown
    (number,) = [row.id for row in office.rows(t.claim) if row.name == "ke-hoach.pdf"]
    for data in ({"claim": str(number), "act": "refuse"}, {"claim": "4096", "act": "confirm"},
                 {"claim": str(number), "act": "khac"}):  # fmt: skip
        assert clerk.post(f"{page}/de-xuat", data=data).status_code == 400
    taken = {"claim": str(number), "act": "refuse", "reason": "Nhầm kế hoạch năm trước"}
    assert clerk.post(f"{page}/de-xuat", data=taken).status_code == 303
    office.work()
    assert "ke-hoach.pdf" not in clerk.get(page).text
    with office.house.store.write(office.house.agency, "test") as tx:
        mine = sa.update(t.claim).where(t.claim.c.id == number)
        tx.connection.execute(mine.values(state="proposed", why=["số khớp"]))
    assert "Đúng là phần này" in clerk.get(page).text
    assert clerk.post(f"{page}/de-xuat", data={"claim": str(number), "act": "confirm"}).status_code == 303
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.id == dossier.id).values(sha256="0" * 64))
    assert send("13.4", PLAN, form="plain_scan") == 409
    assert "Đưa văn bản vào phần này" not in clerk.get(page).text
