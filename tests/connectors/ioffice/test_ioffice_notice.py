"""The notice channel: a clerk publishes in iOffice, we find the notice by its key and see when it is gone."""

import pytest

from congkhai.connectors.ioffice_notice import notice_token
from congkhai.plugin.errors import NotAllowedError, UndecidedError
from congkhai.plugin.records import Notice

KEY = "0123456789abcdef0123456789abcdef"


def test_a_notice_is_found_by_its_key_whatever_page_it_stands_on(office):
    world = office()
    channel = world.channel(**{"page-size": "3"})
    assert channel.find(KEY) is None
    assert channel.probe(KEY).visible is False
    world.post("notice", title="Công khai dự toán", key=KEY)
    for number in range(10):
        world.post("notice", title=f"Thông báo {number}", key="")
    receipt, probe = channel.find(KEY), channel.probe(KEY)
    assert receipt is not None
    assert receipt.remote_id == "9001"
    assert probe.visible is True
    assert probe.address.endswith("/qlvb/thong-bao/9001")
    assert len(probe.sha256) == 64
    assert channel.probe(KEY).sha256 == probe.sha256


def test_the_short_code_of_a_title_is_enough(office):
    world = office()
    world.post("notice", title=f"Công khai quy chế [{notice_token(KEY)}]", key="")
    assert world.channel().probe(KEY).visible is True
    assert world.channel().probe("another").visible is False


def test_a_notice_taken_down_is_seen_to_be_gone(office):
    world = office()
    channel = world.channel()
    world.post("notice", title="Công khai", key=KEY)
    assert channel.probe(KEY).visible is True
    world.post("notice-remove", key=KEY)
    assert channel.probe(KEY).visible is False


def test_a_server_that_does_not_answer_is_no_statement(office):
    world = office()
    channel = world.channel(retries="0")
    world.post("notice", title="Công khai", key=KEY)
    world.post("fault", fault="5xx", on="getlistnotify", times=2)
    assert channel.probe(KEY).visible is None
    with pytest.raises(UndecidedError):
        channel.find(KEY)


def test_a_list_too_long_to_see_whole_is_undecided(office):
    world = office()
    for number in range(30):
        world.post("notice", title=f"Thông báo {number}", key="")
    with pytest.raises(UndecidedError):
        world.channel(**{"max-pages": "2"}).find(KEY)


def test_people_publish_and_take_down(office):
    channel = office().channel()
    assert (channel.attended, channel.form) == (True, "intranet")
    with pytest.raises(NotAllowedError) as caught:
        channel.publish(Notice(KEY, "d1", "Công khai", "", ()))
    assert notice_token(KEY) in caught.value.advice
    with pytest.raises(NotAllowedError):
        channel.withdraw(KEY)


def test_check_tries_the_list_only_live(office):
    world = office()
    assert [result.result for result in world.channel().check(live=False)] == ["skipped"]
    assert world.calls() == []
    assert [result.result for result in world.channel().check(live=True)] == ["ok"]
    world.post("switch", login="captcha")
    assert [result.result for result in world.channel().check(live=True)] == ["fail"]
