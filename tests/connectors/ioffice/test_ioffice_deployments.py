"""What differs between deployments of iOffice, and papers whose fields a person must look at."""

import pytest
from pydantic import ValidationError

from congkhai.connectors.ioffice_settings import IofficeNoticeSettings, IofficeSettings
from congkhai.plugin.errors import NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.records import Notice, PulledDocument, PulledProblem

KEY = "0123456789abcdef0123456789abcdef"
NAMES = "number=soVB, subject=noiDung, secrecy=mucDoMat"
PUBLISH = {"publish-path": "api/shared/thongbao/create/", "publish-fields": "title={title}, content={body}"}


def problems(offered):
    return sorted((item.code, item.ref) for item in offered if isinstance(item, PulledProblem))


def test_names_of_a_deployments_own_are_mapped_in_the_ini(office, paper, house, documents):
    world = office(paper("a", number="12/KH-UBND"), paper("b", secrecy="Mật", subject="Chuyện kín"))
    world.post("switch", spelling="foreign")
    offered, _cursor = world.take(world.connector(**{"field-names": NAMES}), house)
    found = {item.remote_id: item for item in documents(offered)}
    assert {item.number for item in found.values()} >= {"12/KH-UBND"}
    assert all("number-missing" not in item.marks for item in found.values())
    assert len(house.held) == 1
    assert len(house.refusals) == 1


def test_without_the_mapping_an_unknown_marking_is_no_marking_and_refused(office, paper, house):
    world = office(paper("a"))
    world.post("switch", spelling="foreign")
    world.take(world.connector(), house)
    assert house.held == {}


def test_a_mapped_marking_never_hides_the_known_one(office, paper, house):
    world = office(paper("a", secrecy="Mật"))
    world.take(world.connector(**{"field-names": "secrecy=doUuTien"}), house)
    assert house.held == {}


@pytest.mark.parametrize("names", ["nonsense=a", "number=", "number"])
def test_a_mapping_of_unknown_fields_is_refused(office, names):
    world = office()
    with pytest.raises(ValidationError):
        IofficeSettings.model_validate(world.settings(**{"field-names": names}), context={"folder": world.folder})


@pytest.mark.parametrize("form", ["mixed", ""])
def test_every_form_of_a_date_is_the_same_day(office, paper, house, documents, form):
    world = office(*(paper(f"p{number}", issued="2025-06-30") for number in range(4)))
    world.post("switch", dates=form)
    offered, _cursor = world.take(world.connector(), house)
    assert {str(item.issued) for item in documents(offered)} == {"2025-06-30"}


@pytest.mark.parametrize(
    ("change", "code"),
    [({"issued": "0001-01-01"}, "date-implausible"), ({"issued": "2090-05-06"}, "date-implausible"),
     ({"number": ""}, "number-missing"), ({"subject": ""}, "subject-missing")],
)  # fmt: skip
def test_a_paper_with_impossible_fields_is_taken_in_and_shown_with_its_reason(
    office, paper, house, documents, change, code
):
    world = office(paper("a", **change), paper("b"))
    offered, cursor = world.take(world.connector(), house)
    assert len(documents(offered)) == 2
    odd = next(item for item in documents(offered) if code in item.marks)
    assert problems(offered) == [(code, odd.remote_id)]
    if "issued" in change:
        assert odd.issued is None
        assert any(change["issued"] in mark for mark in odd.marks)
    again, _cursor = world.take(world.connector(), house, cursor)
    assert problems(again) == []


def test_nothing_is_said_of_a_secret_papers_fields(office, paper, house):
    world = office(paper("a", number="", secrecy="Tối mật"))
    offered, _cursor = world.take(world.connector(), house)
    assert problems(offered) == []


def test_a_type_given_as_a_code_is_looked_up_once(office, paper, house, documents):
    world = office(paper("a", type="Kế hoạch"), paper("b", type="Quyết Định"), paper("c", type="Lạ Lùng"))
    world.post("switch", codes=True)
    offered, _cursor = world.take(world.connector(), house)
    assert {item.type for item in documents(offered)} >= {"LL"}
    assert len(world.calls("getlisttypecode")) == 1


def test_a_list_that_ends_before_its_count_is_reported(office, paper, house):
    world = office(*(paper(f"p{number}") for number in range(3)))
    offered, _cursor = world.take(world.connector(**{"count-lists": "yes", "lists": "search"}), house)
    assert problems(offered) == []
    world.post("switch", count_extra=5)
    offered, _cursor = world.take(world.connector(**{"count-lists": "yes", "lists": "search"}), house)
    assert problems(offered) == [("list-short", "search-count")]


def test_related_files_follow_the_papers_own(office, paper, house, documents):
    files = [{"name": "a.txt", "text": "một"}, {"name": "b.txt", "text": "hai"}]
    world = office(paper("a", files=files, related=[1]))
    offered, _cursor = world.take(world.connector(**{"related-files": "yes"}), house)
    (document,) = documents(offered)
    connector = world.connector(**{"related-files": "yes"})
    assert [ref.name for ref in connector.list_attachments(document)] == ["a.txt", "b.txt"]
    assert [ref.name for ref in world.connector().list_attachments(document)] == ["a.txt"]
    assert connector.open_attachment(connector.list_attachments(document)[1]) == b"hai"


def test_a_file_longer_than_the_limit_is_marked_and_the_paper_kept(office, paper, house, documents):
    world = office(paper("a", files=[{"name": "a.txt", "text": "x" * 5000}]))
    world.post("switch", ids="str")
    connector = world.connector(**{"max-file-size": "1 KiB"})
    (document,) = [item for item in connector.pull(None, house) if isinstance(item, PulledDocument)]
    (ref,) = connector.list_attachments(document)
    with pytest.raises(Exception, match="Tệp lớn hơn mức cho phép"):
        connector.open_attachment(ref)
    unsized = type(ref)(ref.ordinal, ref.name, ref.media_type, ref.ref, None)
    with pytest.raises(Exception, match="Tệp lớn hơn mức cho phép") as caught:
        connector.open_attachment(unsized)
    assert caught.value.code == "file_too_large"


def notice():
    return Notice(KEY, "d1", "Công khai dự toán {body}", "Nội dung", ())


def test_a_notice_is_published_by_the_provinces_call_and_found_by_its_code(office):
    world = office()
    channel = world.channel(**PUBLISH)
    assert channel.attended is False
    assert channel.find(KEY) is None
    receipt = channel.publish(notice())
    assert receipt.remote_id == "9001"
    assert channel.find(KEY).remote_id == "9001"
    assert channel.probe(KEY).visible is True
    assert world.state["notices"][0]["title"].startswith("Công khai dự toán {body} [CK-")


def test_a_lost_answer_to_a_notice_is_read_back_and_never_repeated(office):
    world = office()
    channel = world.channel(**PUBLISH)
    world.post("fault", fault="accept_then_timeout", on="thongbao")
    assert channel.publish(notice()).remote_id == "9001"
    assert len(world.state["notices"]) == 1
    world.post("fault", fault="reset", on="thongbao")
    with pytest.raises(UndecidedError):
        channel.publish(Notice("f" * 32, "d2", "Khác", "", ()))
    world.post("fault", fault="body_error", on="thongbao")
    with pytest.raises(OutsideError) as caught:
        channel.publish(Notice("e" * 32, "d3", "Khác", "", ()))
    assert not isinstance(caught.value, UndecidedError)
    assert len(world.state["notices"]) == 1


def test_taking_a_published_notice_down_is_left_to_a_person(office):
    world = office()
    channel = world.channel(**PUBLISH)
    channel.publish(notice())
    with pytest.raises(UndecidedError):
        channel.withdraw(KEY)
    world.post("notice-remove", key="")
    channel.withdraw(KEY)


def test_without_a_call_the_notice_stays_a_persons_act(office):
    world = office()
    assert world.channel().attended is True
    with pytest.raises(NotAllowedError):
        world.channel().publish(notice())


@pytest.mark.parametrize(
    "keys", [{"publish-path": "api/information/create/"}, {"publish-path": "api/notifycation/setreadnotify"},
             {**PUBLISH, "publish-fields": "content=a"}]
)  # fmt: skip
def test_a_publishing_call_that_must_not_be_is_refused(office, keys):
    world = office()
    with pytest.raises(ValidationError):
        IofficeNoticeSettings.model_validate(world.settings(**keys), context={"folder": world.folder})
