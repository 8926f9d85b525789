"""The way on: what a matter waits for stands on its own page, and an error shows the way back."""

from dataclasses import replace
from pathlib import Path

import pytest

from congkhai.plugin import desk
from congkhai.plugin.records import DisclosureState, PostingState
from congkhai.plugin.web.next_steps import next_steps
from tests.plugin.way.conftest import OpenOffice
from tests.plugin.way.office import CLERK, Office

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


def test_what_was_withdrawn_still_has_to_come_off_the_board(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    desk.withdraw_matter(office.house, office.matter().id, CLERK, "Ban hành nhầm")
    office.work()
    board = office.posting("bang-tin")
    assert f'<a href="/niem-yet/{board.id}">Gỡ khỏi {board.place} rồi xác nhận.</a>' in steps(Inside(office))


def test_a_place_that_waits_for_leave_asks_for_leave(inside: Inside) -> None:
    office = inside.office
    first = replace(office.posting("intranet"), state=PostingState.WAITING, mode="release")
    held = replace(office.matter(), state=DisclosureState.DUE, postings=(first,))
    (step,) = next_steps(office.house, held, (), None, None)
    assert (step.words, step.path) == (f"Cho phép đăng lên {first.place}.", f"/niem-yet/{first.id}")


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
