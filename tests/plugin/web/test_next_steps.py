"""The way on: what a matter waits for stands on its own page, and an error shows the way back."""

from pathlib import Path

import pytest

from tests.plugin.way.conftest import OpenOffice
from tests.plugin.way.office import Office

from .inside import HOME, Inside


def steps(inside: Inside, name: str = "van-thu") -> str:
    """Return what a matter's page says of the next step; empty when it says nothing."""
    shown = inside.signed_in(name).get(f"/cong-khai/{inside.office.matter().id}").text
    return shown.partition("<h2>Bước tiếp theo</h2>")[2].partition("<h2>")[0]


def test_a_matter_says_what_it_waits_for_until_nothing_is_left(at_stage: OpenOffice) -> None:
    posted = Inside(at_stage("posted"))
    made = posted.office.paper("posting")
    assert made is not None
    said = steps(posted)
    assert f'<a href="/ky/{made.id}">Biên bản niêm yết: chờ ký:' in said
    assert "Để hiển thị ít nhất đến" in said
    closing = Inside(at_stage("closing"))
    board = closing.office.posting("bang-tin")
    assert f'<a href="/niem-yet/{board.id}">Gỡ khỏi {board.place} rồi xác nhận.</a>' in steps(closing)
    client = closing.signed_in("van-thu")
    assert "Việc đang chờ được nêu ở trang nội dung" in client.get(f"{matter(closing.office)}/thao-tac").text
    assert steps(Inside(at_stage("filed"))) == ""


def matter(office: Office) -> str:
    return f"/cong-khai/{office.matter().id}"


@pytest.fixture(scope="module")
def inside(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Inside:
    """A house that these requests do not change."""
    from tests.plugin.way.databases import copy_home

    return Inside(Office(copy_home(stages["posted"], tmp_path_factory.mktemp("back") / "house")))


@pytest.mark.parametrize(
    ("referer", "back"),
    [(f"{HOME}/cong-khai?tim=a&sau=b", "/cong-khai?tim=a&amp;sau=b"), (f"{HOME}/nam?done=saved", "/nam"),
     ("https://khac.example/cong-khai", ""), (f"{HOME}//khac.example/x", ""), ("http://[", ""), ("", ""),
     (f"{HOME}/", "")],
)  # fmt: skip
def test_an_error_leads_back_to_where_somebody_came_from_and_nowhere_else(
    inside: Inside, referer: str, back: str
) -> None:
    client = inside.signed_in("van-thu")
    answer = client.get("/cong-khai/khong-co", headers={"Referer": referer})
    assert answer.status_code == 400
    assert (f'href="{back}">Quay lại trang trước' in answer.text) is bool(back)
    assert ("Quay lại trang trước" in answer.text) is bool(back)
    assert "khac.example" not in answer.text


def test_a_form_that_was_refused_says_how_to_keep_what_was_typed(inside: Inside) -> None:
    client = inside.signed_in("van-thu")
    answer = client.post("/y-kien/nhap", data={}, headers={"Referer": f"{HOME}/y-kien/nhap"})
    assert answer.status_code == 400
    assert "không phải nhập lại từ đầu" in answer.text
    refused = client.get("/ho-so/x/ket-thuc")
    assert refused.status_code == 403
    assert "thuộc vai trò khác" in refused.text
