"""Pulling from a simulated iOffice: order, windows, paging, change, and what a second run costs."""

import json
import unicodedata
from datetime import date, timedelta

import pytest

from congkhai.plugin.errors import AccessError, OutsideError
from congkhai.plugin.records import CursorMark, Direction, PulledDocument, PulledProblem


def test_a_paper_arrives_with_its_fields(office, paper, house, documents):
    world = office(paper("a", urgency="Khẩn"), paper("b", direction="out", issuer="Ủy ban nhân dân xã Mẫu"))
    offered, _cursor = world.take(world.connector(), house)
    by_number = {document.number: document for document in documents(offered)}
    first, second = by_number["a/KH-UBND"], by_number["b/KH-UBND"]
    assert (first.direction, first.type, first.issued, first.arrived) == (
        Direction.IN, "Kế hoạch", date(2026, 6, 30), date(2026, 7, 1),
    )  # fmt: skip
    assert (first.issuer, first.subject, first.signer) == ("Ủy ban nhân dân tỉnh", "Kế hoạch thử a", "Nguyễn Văn Mẫu")
    assert (first.secrecy, first.urgency, first.page_amount, first.marks) == ("Thường", "Khẩn", 1, ())
    assert (second.direction, second.arrived) == (Direction.OUT, None)
    assert first.remote_id.startswith("in-")
    assert second.remote_id.startswith("out-")


def test_pull_itself_makes_no_file_call(office, paper, house):
    world = office(paper("a"), paper("b", secrecy="Mật"))
    list(world.connector().pull(None, house))
    assert world.calls("getdetaildocument")
    assert world.calls("api/file/") == []


def test_a_secret_paper_never_has_its_files_asked_for(office, paper, house, documents):
    markings = {"a": "Mật", "b": "", "c": "Hạn chế phổ biến", "d": "Thường", "e": "0"}
    world = office(*(paper(key, secrecy=text) for key, text in markings.items()), paper("f", fault="no_secrecy"),
                   paper("g", fault="secrecy_code"))  # fmt: skip
    connector = world.connector()
    offered, _cursor = world.take(connector, house)
    passed = [document.ref for document in documents(offered) if connector.plain(document.secrecy)]
    assert len(documents(offered)) == 7
    assert [call["id"] for call in world.calls("getfileattach")] == passed
    assert len(passed) == 1


def test_empty_marking_is_plain_only_when_the_operator_says_so(office):
    world = office()
    strict, vouched = world.connector(), world.connector(**{"secrecy-empty-is-plain": "yes"})
    assert [strict.plain(text) for text in ("", None, " ", "{rỗng}x")] == [False] * 4
    assert [vouched.plain(text) for text in ("", None)] == [True, True]
    assert vouched.plain("Mật") is False
    assert strict.plain(unicodedata.normalize("NFD", " BÌNH   thường ")) is True


def test_each_file_call_comes_after_the_detail_of_its_paper(office, paper, house):
    world = office(*(paper(f"p{number}") for number in range(12)))
    world.take(world.connector(), house)
    opened = set()
    for call in world.calls():
        if "getdetaildocument" in call["path"]:
            opened.add(call["id"])
        if "getfileattach" in call["path"]:
            assert call["id"] in opened


def test_a_second_run_opens_nothing_and_downloads_nothing(office, paper, house):
    world = office(*(paper(f"p{number}") for number in range(25)), paper("s", secrecy="Mật"))
    connector = world.connector()
    _offered, cursor = world.take(connector, house)
    before = len(world.calls())
    again, second_cursor = world.take(connector, house, cursor)
    later = world.calls()[before:]
    assert [type(item) for item in again] == [CursorMark]
    assert second_cursor == cursor
    assert [call for call in later if "getdetail" in call["path"] or "api/file/" in call["path"]] == []


def test_a_held_paper_whose_files_are_missing_is_offered_again(office, paper, house, documents):
    world = office(paper("a"), paper("b"))
    connector = world.connector()
    first, cursor = world.take(connector, house)
    house.lacking = {documents(first)[0].remote_id}
    again, _cursor = world.take(connector, house, cursor)
    assert [(one.remote_id, one.fingerprint) for one in documents(again)] == [
        (documents(first)[0].remote_id, documents(first)[0].fingerprint)
    ]


def test_a_changed_row_is_offered_again_and_replaces_the_fingerprint(office, paper, house, documents):
    world = office(
        paper("a"), paper("b"),
        paper("a2", at="2026-07-02T07:00:00+07:00", act="update", target="a", number="a/KH-UBND", subject="Đã sửa"),
    )  # fmt: skip
    connector = world.connector()
    first, cursor = world.take(connector, house)
    world.later(days=2)
    second, _cursor = world.take(connector, house, cursor)
    assert [document.subject for document in documents(second)] == ["Đã sửa"]
    ids = {document.number: document.remote_id for document in documents(first)}
    assert documents(second)[0].remote_id == ids["a/KH-UBND"]


def test_what_changes_in_the_detail_only_is_seen_at_the_full_sweep(office, paper, house, documents):
    change = paper("a2", at="2026-07-02T07:00:00+07:00", act="update", target="a", number="a/KH-UBND",
                   subject="Kế hoạch thử a", secrecy="Mật")  # fmt: skip
    world = office(paper("a"), change)
    connector = world.connector(**{"full-sweep-every": "7 d"})
    _first, cursor = world.take(connector, house)
    world.later(days=2)
    quiet, cursor = world.take(connector, house, cursor)
    assert documents(quiet) == []
    world.later(days=6)
    swept, cursor = world.take(connector, house, cursor)
    assert [document.secrecy for document in documents(swept)] == ["Mật"]
    assert json.loads(cursor)["swept"].startswith("2026-07-09")


def test_a_refused_paper_is_left_alone_until_the_full_sweep(office, paper, house, documents):
    world = office(paper("a", secrecy="Mật"))
    connector = world.connector()
    _offered, cursor = world.take(connector, house)
    world.later(days=1)
    assert documents(world.take(connector, house, cursor)[0]) == []
    world.later(days=10)
    assert len(documents(world.take(connector, house, cursor)[0])) == 1


def test_a_paper_issued_long_ago_that_arrives_today_is_found_through_the_inbox(office, paper, house, documents):
    old = paper("old", at="2026-07-20T07:00:00+07:00", issued="2025-01-05")
    world = office(paper("a"), old)
    connector = world.connector(**{"overlap-days": "10", "full-sweep-every": "300 d"})
    _offered, cursor = world.take(connector, house)
    world.at(world.clock.moment + timedelta(days=20))
    offered, _cursor = world.take(connector, house, cursor)
    assert [document.number for document in documents(offered)] == ["old/KH-UBND"]


def test_search_window_overlaps_the_former_one(office, paper, house):
    world = office(paper("a"), paper("b", issued="2026-06-01"))
    connector = world.connector(lists="search", **{"overlap-days": "10"})
    _offered, cursor = world.take(connector, house)
    house.held.clear()
    again, _cursor = world.take(connector, house, cursor)
    assert [item.number for item in again if isinstance(item, PulledDocument)] == ["a/KH-UBND"]


@pytest.mark.parametrize("habit", ["border_repeat", "extra_row", "shift", "stuck", ""])
@pytest.mark.parametrize("cap", [None, 3])
def test_every_paper_comes_once_whatever_the_paging_habit(office, paper, house, documents, habit, cap):
    world = office(*(paper(f"p{number}") for number in range(23)))
    world.post("switch", paging=habit, cap=cap)
    offered, _cursor = world.take(world.connector(lists="search"), house)
    numbers = [document.number for document in documents(offered)]
    assert sorted(numbers) == sorted(set(numbers))
    # A server that ignores the page number shows its last page only after the first ones; nothing may be lost there.
    assert len(numbers) == 23
    assert len(world.calls("lookupdocument")) <= 12


def test_a_list_without_end_stops_at_the_page_limit_and_keeps_the_cursor(office, paper, house):
    world = office(*(paper(f"p{number}") for number in range(30)))
    pulled = []
    with pytest.raises(OutsideError):
        pulled.extend(world.connector(lists="search", **{"max-pages": "2"}).pull(None, house))
    assert [item for item in pulled if isinstance(item, CursorMark)] == []


@pytest.mark.parametrize(
    "habits",
    [{"spelling": "detail"}, {"spelling": "newer"}, {"ids": "int"}, {"nulls": "mixed"}, {"dates": "mixed"},
     {"token_in": "header"}, {"need_cookie": True}],
)  # fmt: skip
def test_habits_of_deployments_change_nothing_we_read(office, paper, house, documents, habits):
    world = office(paper("a"), paper("b", fault="decomposed", subject="Kế hoạch công khai dự toán"))
    world.post("switch", **habits)
    connector = world.connector()
    offered, cursor = world.take(connector, house)
    found = {document.number: document for document in documents(offered)}
    assert set(found) == {"a/KH-UBND", "b/KH-UBND"}
    assert found["b/KH-UBND"].subject == "Kế hoạch công khai dự toán"
    assert found["a/KH-UBND"].issued == date(2026, 6, 30)
    assert found["a/KH-UBND"].arrived == date(2026, 7, 1)
    world.post("switch", spelling="list", ids="str", nulls="", dates="")
    assert documents(world.take(connector, house, cursor)[0]) == []


def test_an_unreadable_date_keeps_the_paper_and_is_marked(office, paper, house, documents):
    world = office(paper("a", fault="bad_date"))
    offered, _cursor = world.take(world.connector(), house)
    assert documents(offered)[0].issued is None
    assert documents(offered)[0].marks == ("date-unreadable", "issued-as-written: 31/02/2025")


def test_a_paper_that_cannot_be_opened_is_told_twice_and_then_closed(office, paper, house, documents):
    world = office(paper("a"), paper("b", fault="gone"))
    connector = world.connector()
    codes, cursor = [], None
    for _run in range(3):
        offered, cursor = world.take(connector, house, cursor)
        codes.append([item.code for item in offered if isinstance(item, PulledProblem)])
    assert codes == [["gone"], ["gone-closed"], []]
    assert len(house.held) == 1
    detail_calls = [call for call in world.calls("getdetaildocument") if call["status"] == 404]
    assert len(detail_calls) == 2


def test_an_interrupted_first_run_goes_on_where_it_was(office, paper, house, documents):
    world = office(*(paper(f"p{number}") for number in range(15)))
    connector = world.connector(lists="search", retries="0")
    world.post("fault", fault="5xx", on="getdetaildocument", after=6)
    with pytest.raises(OutsideError):
        world.take(connector, house)
    assert len(house.held) == 6
    before = len(world.calls("getdetaildocument"))
    offered, _cursor = world.take(connector, house)
    assert len(documents(offered)) == 9
    assert len(world.calls("getdetaildocument")) - before == 9


def test_what_a_killed_run_left_in_an_own_list_comes_with_the_next_run(office, paper, house, documents):
    entries = [paper(f"{number:02d}", issued="2025-07-01") for number in range(1, 31)]
    world = office(*entries[:6], *({**one, "at": "2026-07-01T12:30:00+07:00"} for one in entries[6:]))
    made = {"lists": "waiting", "page-size": "4", "quiet-pages": "1", "full-sweep-every": "90 d"}
    _offered, cursor = world.take(world.connector(**made), house)
    assert len(house.held) == 6
    world.later(hours=6)
    for number, item in enumerate(world.connector(**made).pull(cursor, house), start=1):  # killed after three pages
        house.held[item.remote_id] = item.fingerprint
        if number == 12:
            break
    offered, cursor = world.take(world.connector(**made), house, cursor)
    assert len(documents(offered)) == 12, "the newest twelve are held, and the twelve below them must come"
    assert len(house.held) == 30
    before = len(world.calls("getlistwaiting"))
    world.take(world.connector(**made), house, cursor)
    assert len(world.calls("getlistwaiting")) - before <= 3
    old = {name: value for name, value in json.loads(cursor).items() if name != "tops"}  # as an older version wrote it
    assert documents(world.take(world.connector(**made), house, json.dumps(old))[0]) == []


def test_an_outage_stops_the_run_and_recovery_loses_nothing(office, paper, house, documents):
    outage = {"via": "ioffice", "from": "2026-07-03T00:00:00+07:00", "to": "2026-07-05T00:00:00+07:00"}
    world = office(paper("a"), paper("b", at="2026-07-03T09:00:00+07:00"), outages=[outage])
    connector = world.connector()
    _offered, cursor = world.take(connector, house)
    world.later(days=2)
    with pytest.raises(OutsideError) as caught:
        world.take(connector, house, cursor)
    assert not isinstance(caught.value, AccessError)
    world.later(days=2)
    offered, _cursor = world.take(connector, house, cursor)
    assert [document.number for document in documents(offered)] == ["b/KH-UBND"]


def test_a_cursor_of_another_version_starts_from_the_beginning(office, paper, house, documents):
    world = office(paper("a"))
    offered, _cursor = world.take(world.connector(), house, '{"v": 9}')
    assert len(documents(offered)) == 1
