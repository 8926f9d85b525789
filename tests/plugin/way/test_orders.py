"""Signing orders: turns, the approver's gate, deputies, absence, refusal, reminders."""

from datetime import date, timedelta

import pytest

from congkhai.plugin.duties import read_duties
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.orders import (
    Deputy,
    add_absence,
    add_deputy,
    approve,
    end_stand_in,
    go_on,
    refuse,
    remake,
)
from congkhai.plugin.records import Minutes
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, verify_bytes

from .conftest import OpenOffice
from .office import BOARD, CLERK, PEOPLE, STAFF_PAGE, Office
from .script import paper, plan_paper

SIGNING = "[signing]\norder = {order}\napprover = {approver}\n"
VICE = """
[signer:pho]
type = pkcs12
role = deputy_head
person = Phạm Văn Mẫu
file = keys/head.p12
password = {file keys/head.password}
"""


def post(office: Office) -> Minutes:
    """Bring a matter to its posting minutes."""
    office.receive(plan_paper(), paper())
    office.confirm()
    made = office.paper("posting")
    assert made is not None
    return made


def waits(office: Office, role: str) -> list[str]:
    return [one.kind for one in waiting_for(office.house, role)]


def sign(office: Office, role: str) -> None:
    made = office.paper("posting")
    assert made is not None
    sign_by_person(office.house, made.id, office.house.signer_of(role)[1])
    office.work()


def test_in_order_each_waits_for_those_before(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, SIGNING.format(order="in_order", approver=""))
    post(office)
    assert [bool(waits(office, role)) for role in ("front_chair", "records_officer", "head")] == [True, False, False]
    with pytest.raises(NotAllowedError, match="front_chair"):
        sign(office, "head")
    for role in ("front_chair", "records_officer", "head"):
        sign(office, role)
    made = office.paper("posting")
    assert made is not None
    assert made.missing == ()


def test_nobody_signs_before_the_approver_has_let_the_paper_go(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, SIGNING.format(order="parallel", approver="records_officer"))
    made = post(office)
    assert waits(office, "head") == []
    with pytest.raises(NotAllowedError, match="duyệt"):
        sign(office, "head")
    with pytest.raises(NotAllowedError, match="không chờ"):
        approve(office.house, made.id, "head", CLERK)
    approve(office.house, made.id, "records_officer", CLERK)
    assert waits(office, "head") == ["posting"]
    with pytest.raises(NotAllowedError, match="không chờ"):
        approve(office.house, made.id, "records_officer", CLERK)


def test_an_unattended_key_signs_when_its_turn_comes(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, SIGNING.format(order="in_order", approver=""))
    before = "role = records_officer\nperson = Lê Văn Mẫu\nattended = "
    office.edit(f"{before}yes", f"{before}no\nunattended-basis = QĐ 1/QĐ-UBND")
    made = post(office)
    assert [one.role for one in made.signatures] == []
    sign(office, "front_chair")
    made = office.paper("posting") or made
    assert {one.role for one in made.signatures} == {"front_chair", "records_officer"}


def test_a_deputy_signs_with_their_own_key_and_the_paper_says_so(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, VICE)
    today = office.now.date()
    vice = Deputy("head", "pho", "KT.", "Phó Chủ tịch", "Quyết định phân công số 3/QĐ-UBND ngày 05/01/2026")
    add_deputy(office.house, vice, today, None, CLERK)
    made = post(office)
    content = read_minutes(office.house.store.vault.read(made.file_sha256))
    head = next(role for role in content.roles if role.key == "head")
    assert (head.capacity, head.person) == (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Phạm Văn Mẫu")
    assert vice.basis in content.bases
    assert (waits(office, "head"), waits(office, "deputy_head")) == ([], ["posting"])
    with pytest.raises(NotAllowedError):
        sign(office, "head")
    sign_by_person(office.house, made.id, office.house.signers["pho"])
    for role in ("front_chair", "records_officer"):
        sign(office, role)
    made = office.paper("posting") or made
    assert made.missing == ()
    assert {one.signer for one in made.signatures if one.role == "head"} == {"Phạm Văn Mẫu"}
    xml = office.house.store.vault.read(made.file_sha256)
    assert verify_bytes(xml, "m.xml", Trust.load(office.folder / "trust"), office.now).indication == "TOTAL_PASSED"
    (entry,) = office.journal("order.deputies")
    assert office.said(entry["facts"]["deputies"]["head"][1]) == vice.basis
    assert end_stand_in(office.house, "head", CLERK) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form": "Q."}, "hình thức"),
        ({"role": "bác sĩ"}, "vai trò"),
        ({"signer": "ai"}, "signer"),
        ({"basis": " "}, "thiếu văn bản"),
        ({"title": ""}, "chức vụ"),
        ({"form": "TUQ."}, "thời hạn"),
    ],
)
def test_a_deputy_without_what_the_law_asks_for_is_refused(office: Office, change: dict[str, str], words: str) -> None:
    values = {"role": "head", "signer": "head", "form": "KT.", "title": "Phó", "basis": "QĐ 1", **change}
    with pytest.raises(NotAllowedError, match=words):
        add_deputy(office.house, Deputy(**values), date(2026, 7, 1), None, CLERK)
    assert office.rows(t.deputy) == []


def test_a_deputy_s_time_has_an_end(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, VICE)
    day = office.now.date()
    over = Deputy("head", "pho", "TUQ.", "Chánh Văn phòng", "Giấy uỷ quyền số 2/GUQ-UBND")
    add_deputy(office.house, over, day - timedelta(days=9), day - timedelta(days=1), CLERK)
    post(office)
    assert waits(office, "head") == ["posting"]


def test_an_absent_person_who_must_sign_is_waited_for_and_one_who_need_not_is_left_out(
    open_office: OpenOffice,
) -> None:
    office = open_office()
    own = office.folder / "quy-che.ini"
    shipped = __import__("importlib.resources").resources.files("congkhai.plugin") / "regulations/dong-son-2024.ini"
    text = shipped.read_text(encoding="utf-8")
    own.write_text(text.replace("[signer:front_chair]\n", "[signer:front_chair]\nmandatory = no\n"), encoding="utf-8")
    office.edit("regulation = dong-son-2024", f"regulation = {own}")
    for role in ("front_chair", "head"):
        add_absence(office.house, role, office.now.date(), None, CLERK, "Đi công tác")
    made = post(office)
    assert set(made.roles) == {"records_officer", "head"}
    content = read_minutes(office.house.store.vault.read(made.file_sha256))
    assert PEOPLE["front_chair"] not in {role.person for role in content.roles}


def test_a_refused_paper_is_signed_by_nobody_until_a_person_decides(open_office: OpenOffice) -> None:
    office = open_office()
    made = post(office)
    sign(office, "front_chair")
    with pytest.raises(NotAllowedError, match="lý do"):
        refuse(office.house, made.id, "head", PEOPLE["head"], "")
    refuse(office.house, made.id, "head", PEOPLE["head"], "Sai địa điểm")
    assert waits(office, "head") == waits(office, "records_officer") == []
    with pytest.raises(NotAllowedError, match="từ chối"):
        sign(office, "records_officer")
    steps = [one["next"] for one in status(office.house)["waiting"] if one["what"] == "signature"]
    assert all("từ chối" in step for step in steps)
    go_on(office.house, made.id, CLERK, "Đã giải thích")
    assert waits(office, "head") == ["posting"]
    refuse(office.house, made.id, "head", PEOPLE["head"], "Vẫn sai")
    remake(office.house, made.id, CLERK, "Lập lại theo ý kiến Chủ tịch")
    office.work()
    new = office.paper("posting")
    assert new is not None
    assert (new.id != made.id, new.signatures, waits(office, "head")) == (True, (), ["posting"])
    with office.house.store.read() as connection:
        old = read.minutes_by_id(connection, made.id)
    assert (old.kind, len(old.signatures)) == ("void:posting:1", 1)
    assert office.house.store.vault.read(old.file_sha256)
    with pytest.raises(NotAllowedError):
        sign_by_person(office.house, old.id, office.house.signer_of("head")[1])
    said = [office.said(one["facts"]["reason"]) for one in office.journal("order.refused")]
    assert said == ["Sai địa điểm", "Vẫn sai"]
    office.sign()
    made = office.paper("posting") or made
    assert made.missing == ()


def test_signing_has_a_day_and_reminders_that_end_with_the_last_signature(office: Office) -> None:
    made = post(office)

    def duty() -> list[str]:
        with office.house.store.read() as connection:
            return [one.state for one in read_duties(connection, office.house.agency) if one.subject == made.id]

    assert duty() == ["open"]
    office.wait(days=6)
    told = [row for row in office.rows(t.reminder) if made.id in row.title]
    assert {"overdue"} <= {row.stage for row in told}
    office.sign()
    assert duty() == ["done"]


def test_without_a_deadline_nobody_is_reminded_of_signing(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, BOARD, "[signing]\ndeadline = 0\n")
    made = post(office)
    with office.house.store.read() as connection:
        assert [one for one in read_duties(connection, office.house.agency) if one.subject == made.id] == []
