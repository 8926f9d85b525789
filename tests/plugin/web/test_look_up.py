"""Finding matters without diacritics, their history in words, files as pictures, months and years."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import InputError
from congkhai.plugin.search import holding, index_all
from congkhai.plugin.store import tables as t
from congkhai.plugin.web.charts import stacked
from congkhai.plugin.web.history_words import is_named
from congkhai.plugin.web.page_image import page_image
from tests.plugin.way.office import Office
from tests.plugin.way.script import paper

from .conftest import Serve, Site

PLUGIN = Path(__file__).parents[3] / "plugin"
OUTWARD = ("publish", "withdraw", "hide", "file")


@pytest.fixture
def found(open_office: Any, serve: Serve) -> Site:
    """Three matters whose words and issuers differ."""
    office: Office = open_office()
    office.receive(
        paper("15", "Về việc phân bổ dự toán thu chi ngân sách", issuer="Sở Tài chính", signer="Đỗ Thị Mẫu"),
        paper("16", "Hướng dẫn thực hiện dân chủ ở cơ sở", issuer="Sở Nội vụ"),
        paper("17", "Triển khai phòng, chống lụt bão", issuer="UBND tỉnh Lạng Sơn"),
    )
    return serve(office)


def titles(site: Site, **query: str) -> list[str]:
    text = site.signed_in("thanh-tra").get("/cong-khai", params=query).text
    return [one.title for one in site.office.matters() if one.title in text]


def test_words_numbers_issuers_and_people_are_found_with_and_without_diacritics(found: Site) -> None:
    budget, democracy, storm = (one.title for one in found.office.matters())
    assert titles(found, tim="du toan ngan sach") == [budget]
    assert titles(found, tim="Dự toán") == [budget]
    assert titles(found, tim="16/UBND-VP") == [democracy]
    assert titles(found, tim="16 ubnd vp") == [democracy]
    assert titles(found, tim="do thi mau") == [budget]
    assert titles(found, tim="lụt bã") == [storm]
    assert titles(found, tim="dân chủ bão") == []
    assert titles(found, **{"don-vi": "so noi vu"}) == [democracy]
    assert titles(found, **{"don-vi": "dân chủ"}) == []


def test_filters_combine_and_an_impossible_day_is_explained(found: Site) -> None:
    assert len(titles(found, tu="2026-07-01", den="2026-07-31")) == 3
    assert titles(found, tu="2026-08-01") == []
    assert titles(found, **{"trang-thai": "filed"}) == []
    assert len(titles(found, khoan="11")) == 3
    client = found.signed_in("thanh-tra")
    assert client.get("/cong-khai", params={"tu": "2026-02-31"}).status_code == 400


def test_the_words_are_written_with_the_matter_and_can_be_written_anew(found: Site) -> None:
    house = found.office.house
    before = {tuple(row) for row in found.office.rows(t.search_word)}
    assert before
    with house.store.write(house.agency, "test") as tx:
        tx.connection.execute(sa.delete(t.search_word))
        assert index_all(tx.connection, house.agency) == 3
    assert {tuple(row) for row in found.office.rows(t.search_word)} == before


def test_text_without_words_asks_for_nothing(found: Site) -> None:
    with found.office.house.store.read() as connection:
        assert holding(connection, found.office.house.agency, " -,. ") == []


def acts() -> Iterator[str]:
    """Yield every act that the code writes into the journal."""
    for path in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "journal":
                first = node.args[0] if node.args else None
                for one in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                    if isinstance(one, ast.Constant):
                        yield str(one.value)
                    elif isinstance(one, ast.JoinedStr):
                        head, tail = one.values[0], one.values[-1]
                        if isinstance(tail, ast.Constant):  # an act outside: f"{act}.done"
                            yield from (f"{act}{tail.value}" for act in OUTWARD)
                        elif isinstance(head, ast.Constant):  # a family: f"duty.{state}"
                            yield str(head.value)


def test_every_act_that_the_code_writes_is_told_in_words() -> None:
    written = set(acts())
    assert len(written) > 60
    assert {act for act in written if not is_named(act)} == set()


def test_the_timeline_tells_what_happened_by_whom_and_in_what_order(site: Site) -> None:
    matter = site.office.matter()
    text = site.signed_in("thanh-tra").get(f"/cong-khai/{matter.id}").text
    places = [text.index(words) for words in ("Mở nội dung công khai", "Bắt đầu công khai", "Lập biên bản")]
    assert places == sorted(places)
    assert "Lê Văn Mẫu" in text
    assert "posting.up" not in text
    assert "Chuẩn bị đăng" not in text
    full = site.signed_in("thanh-tra").get(f"/cong-khai/{matter.id}?lich-su=tat-ca").text
    assert "Chuẩn bị đăng" in full


def pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _number in range(pages):
        document.new_page(595, 842)
    target = io.BytesIO()
    document.save(target)
    document.close()
    return target.getvalue()


def test_a_page_is_drawn_as_a_picture_by_us() -> None:
    picture, count = page_image(pdf(3), 2, width=200)
    assert count == 3
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert abs(int.from_bytes(picture[16:20]) - 200) <= 1  # whole pixels


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 broken", b"<html>"])
def test_what_cannot_be_drawn_is_said_to_be_so(data: bytes) -> None:
    with pytest.raises(InputError):
        page_image(data, 1)


def test_minutes_are_looked_at_page_by_page(serve: Serve, at_stage: Any) -> None:
    site = serve(at_stage("closing"))
    minutes = site.office.paper("posting")
    assert minutes is not None
    client = site.signed_in("thanh-tra")
    shown = client.get(f"/bien-ban/{minutes.id}/xem").text
    assert f"/bien-ban/{minutes.id}/xem/1.png" in shown
    picture = client.get(f"/bien-ban/{minutes.id}/xem/1.png")
    assert picture.headers["content-type"] == "image/png"
    assert client.get(f"/bien-ban/{minutes.id}/xem/99.png").status_code == 400


def test_the_month_shows_what_falls_on_its_days(found: Site) -> None:
    client = found.signed_in("thanh-tra")
    matter = found.office.matters()[0]
    shown = client.get("/lich?thang=2026-07").text
    assert f'href="/cong-khai/{matter.id}"' in shown
    assert "Tháng này không có hạn nào." in client.get("/lich?thang=2030-01").text
    assert client.get("/lich?thang=2026-13").status_code == 400


def test_the_year_counts_what_was_in_time_and_what_was_late(serve: Serve, at_stage: Any) -> None:
    client = serve(at_stage("last")).signed_in("thu-truong")
    shown = client.get("/nam").text
    assert "<dt>Công khai đúng hạn</dt><dd>1</dd>" in shown
    assert "<title id=" in shown
    assert "<desc id=" in shown
    assert client.get("/nam?nam=abc").status_code == 400


def test_bars_stand_on_each_other_and_end_below_the_top() -> None:
    chart = stacked("x", "t", "d", ("a", "b"), [("1", (3, 4)), ("2", (0, 0)), ("3", (0, 7))])
    assert [(one.series, one.x) for one in chart.bars] == [
        (0, chart.bars[0].x), (1, chart.bars[0].x), (1, chart.bars[2].x),
    ]  # fmt: skip
    lower, upper, alone = chart.bars
    assert lower.y + lower.height == pytest.approx(chart.bottom)
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    assert alone.height == pytest.approx(lower.height + upper.height, abs=0.2)
    assert min(one.y for one in chart.bars) >= 0
