"""Tag review: proposals with their reasons, accepted, changed or excluded; a decision reaches those alike that wait."""

from typing import Any

import pytest

from congkhai.plugin.records import Direction, DisclosureState
from tests.plugin.way.office import Office
from tests.plugin.way.script import paper

from .conftest import Serve, Site

SUBJECTS = [f"Nâng bậc lương thường xuyên đối với công chức xã đợt {number}" for number in range(1, 4)]


@pytest.fixture
def review(open_office: Any, serve: Serve) -> Site:
    """Three papers much alike, and one other, wait for the clerk."""
    office: Office = open_office()
    office.edit("use = script", "use = script-rules")
    office.receive(
        *(paper(str(n), subject, direction=Direction.OUT, type="Quyết định", number=f"{n}/QĐ-UBND", arrived=None)
          for n, subject in enumerate([*SUBJECTS, "Bổ nhiệm ông Nguyễn Văn Mẫu giữ chức Trưởng phòng"], 1))
    )  # fmt: skip
    return serve(office)


def test_the_list_says_what_is_proposed_and_why(review: Site) -> None:
    shown = review.signed_in("van-thu").get("/nhan").text
    for subject in SUBJECTS:
        assert subject in shown
    assert shown.count("Chấp nhận<span") == 4


def test_accepting_shows_how_many_alike_are_proposed_and_settles_them(review: Site) -> None:
    clerk, first = review.signed_in("van-thu"), review.office.documents()[0]
    accepted = clerk.post(f"/nhan/{first.id}/dong-y")
    assert accepted.headers["location"] == f"/nhan/{first.id}/tuong-tu?done=tagged"
    shown = clerk.get(f"/nhan/{first.id}/tuong-tu").text
    assert "2 văn bản tương tự được đề xuất" in shown
    others = [one.id for one in review.office.documents()[1:3]]
    assert clerk.post(f"/nhan/{first.id}/tuong-tu", data={"id": others}).status_code == 303
    states = {one.documents[0]: one.state for one in review.office.matters()}
    assert {states[one] for one in [first.id, *others]} == {DisclosureState.DUE}
    assert "Bổ nhiệm" in clerk.get("/nhan").text


def test_items_are_found_without_diacritics_and_the_paper_is_changed(review: Site) -> None:
    clerk, last = review.signed_in("van-thu"), review.office.documents()[-1]
    wanted = clerk.get(f"/nhan/{last.id}?tim=noi quy quy che").text
    assert 'value="internal_rules"' in wanted
    assert 'value="budget"' not in wanted
    assert clerk.post(f"/nhan/{last.id}/doi", data={"key": "internal_rules"}).status_code == 303
    assert review.office.matters()[-1].key == "internal_rules"


def test_excluding_needs_a_reason(review: Site) -> None:
    clerk, last = review.signed_in("van-thu"), review.office.documents()[-1]
    assert clerk.post(f"/nhan/{last.id}/khong-thuoc").status_code == 400
    assert clerk.post(f"/nhan/{last.id}/khong-thuoc", data={"reason": "gửi nhầm"}).status_code == 303
    assert review.office.matters()[-1].state is DisclosureState.EXCLUDED


def test_an_inspector_reads_the_reasons_and_gets_no_forms(review: Site) -> None:
    shown = review.signed_in("thanh-tra").get(f"/nhan/{review.office.documents()[0].id}").text
    assert "Đề xuất và lý do" in shown
    assert "/dong-y" not in shown
