"""Who has not signed in sees nothing that the law keeps from the public, and no file with personal data in it."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from congkhai.plugin.openness import closed_to_visitors, never_leaves
from congkhai.plugin.records import Disclosure
from congkhai.plugin.store import tables as t
from tests.plugin.way.conftest import OpenOffice
from tests.plugin.way.office import CLERK, Office
from tests.plugin.way.script import paper

from .inside import Inside

Change = Callable[[Office, Disclosure], None]


def _set(office: Office, query: sa.Update | sa.Insert) -> None:
    with office.house.store.engine.begin() as connection:
        connection.execute(query)


def _leading(office: Office, matter: Disclosure) -> None:
    _set(office, sa.update(t.disclosure).where(t.disclosure.c.id == matter.id).values(key="integrity.declarations"))


def _further(office: Office, matter: Disclosure) -> None:
    values = {
        "disclosure": matter.id,
        "rank": 7,
        "clause": "7",
        "key": "integrity.declarations",
        "publish_by": matter.publish_by,
    }
    _set(office, sa.insert(t.disclosure_category).values(values))


def _title(office: Office, matter: Disclosure) -> None:
    told = "Về việc ông Nguyễn Văn Mẫu, CCCD số 001090012345"
    _set(office, sa.update(t.disclosure).where(t.disclosure.c.id == matter.id).values(title=told))


def _subject(office: Office, matter: Disclosure) -> None:
    told = "Về việc bà Mẫu mắc bệnh tim"
    _set(office, sa.update(t.document).where(t.document.c.id == matter.documents[0]).values(subject=told))


@pytest.mark.parametrize("change", [_leading, _further, _title, _subject])
def test_five_pages_and_the_verification_leave_out_what_may_not_leave(at_stage: OpenOffice, change: Change) -> None:
    inside = Inside(at_stage("posted"))
    matter = inside.office.matter()
    (document,) = inside.office.documents()[1:]
    digest = document.attachments[0].sha256[:32]
    here = f"/dang-cong-khai/{matter.id}"
    lists = ("/dang-cong-khai", "/dang-cong-khai.atom", "/dang-cong-khai/quy/2026/3")
    visitor, staff = inside.visitor(), inside.signed_in("thanh-tra")
    for path in lists:
        assert matter.id in visitor.get(path).text, path
    assert visitor.get(here).status_code == visitor.get(f"{here}/tep/{digest}").status_code == 200

    change(inside.office, matter)

    for path in lists:
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert matter.id not in answer.text, path
        assert matter.id in staff.get(path).text, path
    for path in (here, f"{here}/tep/{digest}", f"/kiem-tra/{matter.id}"):
        assert (visitor.get(path).status_code, path) == (400, path)
    assert visitor.post(f"{here}/y-kien", data={"text": "còn không?"}).status_code == 400
    assert staff.get(here).status_code == staff.get(f"{here}/tep/{digest}").status_code == 200


def test_a_file_with_personal_data_or_without_words_is_for_those_who_signed_in(open_office: OpenOffice) -> None:
    office = open_office()
    office.source.files["1"] = {
        "sach.txt": b"N\xe1\xbb\x99i dung chung", "ten.txt": "Nguyễn Văn Mẫu, sinh ngày 01/02/1990".encode(),
        "anh.png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    }  # fmt: skip
    office.receive(paper())
    inside, matter = Inside(office), office.matter()
    (document,) = office.documents()
    here = f"/dang-cong-khai/{matter.id}"
    visitor, staff = inside.visitor(), inside.signed_in("thanh-tra")
    shown = visitor.get(here).text
    assert "sach.txt" in shown
    assert "ten.txt" not in shown
    assert shown.count("có thể chứa dữ liệu cá nhân") == 2
    answers = {
        file.name: tuple(client.get(f"{here}/tep/{file.sha256}").status_code for client in (visitor, staff))
        for file in document.attachments
    }
    assert answers == {"sach.txt": (200, 200), "ten.txt": (400, 200), "anh.png": (400, 200)}
    assert "ten.txt" in staff.get(here).text


def test_what_a_person_let_out_is_open_until_it_changes(open_office: OpenOffice) -> None:
    from congkhai.plugin.privacy_guard import held, overrule

    office = open_office("[channel:kenh]\ntype = script-channel\nform = portal\n")
    office.receive(paper(subject="Về việc bà Mẫu mắc bệnh tim"))
    (one, *_more) = held(office.house)
    with office.house.store.read() as connection:
        assert closed_to_visitors(office.house, connection, [one.matter.id]) == {one.matter.id}
        assert not never_leaves(connection, one.matter)
    overrule(office.house, one.posting.id, CLERK, "Người này đồng ý bằng văn bản")
    with office.house.store.read() as connection:
        assert closed_to_visitors(office.house, connection, [one.matter.id]) == frozenset()
    _title(office, one.matter)
    with office.house.store.read() as connection:
        assert closed_to_visitors(office.house, connection, [one.matter.id]) == {one.matter.id}
