"""The work list: what is due, overdue, waiting and stuck, each with its next step, in words a clerk can act on."""

import time

from congkhai.plugin import desk
from congkhai.plugin.errors import InputError
from congkhai.plugin.records import PulledProblem
from congkhai.plugin.status import status

from .conftest import OpenOffice
from .office import CLERK, Office
from .script import paper


def test_an_empty_house_has_nothing_to_do(office: Office) -> None:
    office.work()
    assert status(office.house) == {
        "due": [],
        "overdue": [],
        "waiting": [],
        "stuck": [],
        "duties": [],
        "oldest_due_seconds": 0,
    }


def test_a_matter_to_confirm_is_due_with_its_limit_in_vietnamese_time(office: Office) -> None:
    office.script.keys["Lương"] = "?personnel"
    office.receive(paper("1", "Lương"))
    (one,) = status(office.house)["due"]
    assert (one["title"], one["category"], one["publish_by"]) == ("Lương", "6", "2026-07-10T00:00:00+07:00")
    assert "xác nhận" in one["next"]


def test_a_notice_for_the_board_waits_for_a_person_who_is_told_where(office: Office) -> None:
    office.receive(paper())
    (one,) = status(office.house)["waiting"]
    assert (one["what"], one["subject"]) == ("posting", office.posting("bang-tin").id)
    assert "Bản tin công khai" in one["next"]


def test_signatures_that_are_missing_are_named_by_role_and_paper(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    waiting = [one for one in status(office.house)["waiting"] if one["what"] == "signature"]
    assert [one["role"] for one in waiting] == ["front_chair", "records_officer", "head"]
    office.sign("head")
    waiting = [one for one in status(office.house)["waiting"] if one["what"] == "signature"]
    assert [one["role"] for one in waiting] == ["front_chair", "records_officer"]


def test_a_board_to_clear_is_shown_when_the_matter_closes_and_no_earlier(at_stage: OpenOffice) -> None:
    assert not [one for one in status(at_stage("posted").house)["waiting"] if one["what"] == "take-down"]
    office = at_stage("closing")
    (one,) = [one for one in status(office.house)["waiting"] if one["what"] == "take-down"]
    assert "Bản tin công khai" in one["next"]
    desk.confirm_taken_down(office.house, one["subject"], CLERK, at=office.now)
    assert not [one for one in status(office.house)["waiting"] if one["what"] == "take-down"]


def test_nothing_is_listed_any_more_when_a_matter_is_filed(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    assert {key: value for key, value in status(office.house).items() if value} == {}


def test_everything_that_is_stuck_says_what_to_do(office: Office) -> None:
    office.receive(PulledProblem("goi.edxml", "half", "Gói tin bị cụt.", "Xin gửi lại."))
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("publish", "không-có", posting="không-có")
    office.work()
    stuck = status(office.house)["stuck"]
    assert {one["id"] for one in stuck} == {"publish:không-có", "goi.edxml"}
    assert "Xin gửi lại." in next(one["next"] for one in stuck if one["id"] == "goi.edxml")


def test_an_attachment_that_cannot_be_used_is_shown(office: Office) -> None:
    office.source.files["1"] = {"a.zip": InputError("hỏng", code="zip_mismatch")}
    office.receive(paper())
    assert "zip_mismatch" in str(status(office.house)["stuck"])


def test_work_that_nobody_does_grows_older(office: Office) -> None:
    office.work()
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("overdue", "c1", subject="c1")
    time.sleep(1.2)
    assert status(office.house)["oldest_due_seconds"] >= 1
