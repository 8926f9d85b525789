"""Filing back: one sending per key, read back when unclear, never finished, never repeated by itself."""

import pytest

from congkhai.plugin.errors import AccessError, NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.records import Filing, FilingFile

BACK = {
    "file-back": "yes",
    "push-path": "api/shared/integration/doc/create/",
    "result-path": "api/shared/congvan_stc/get_result/",
}
UNCLEAR = ["accept_then_timeout", "accept_then_garbage", "truncated"]


@pytest.fixture
def filing():
    def make(world, key="f" * 32, held=()):
        content = b"PK\x03\x04" + key.encode()
        digest = world.store(content)
        file = FilingFile("hồ sơ.asice", "application/vnd.etsi.asic-e+zip", digest, len(content))
        return Filing(key, "Hồ sơ công khai 1", (file,), tuple(held))

    return make


def test_a_dossier_is_pushed_whole_and_found_again(office, filing):
    world = office()
    connector = world.connector(**BACK)
    dossier = filing(world)
    assert connector.find_filed(dossier.key) is None
    receipt = connector.file_dossier(dossier)
    assert receipt.key == dossier.key
    pushed = world.state["pushed"]
    assert [(item["dossierId"], item["summary"]) for item in pushed] == [(dossier.key, "Hồ sơ công khai 1")]
    assert pushed[0]["files"][0]["sha256"] == dossier.files[0].sha256
    found = connector.find_filed(dossier.key)
    assert found is not None
    assert found.remote_id == "1/HS-CK"


@pytest.mark.parametrize("fault", UNCLEAR)
def test_an_unclear_answer_is_decided_by_the_result_list(office, filing, fault):
    world = office()
    world.post("fault", fault=fault, on="doc/create")
    receipt = world.connector(**BACK).file_dossier(filing(world))
    assert receipt.remote_id == "1/HS-CK"
    assert len(world.state["pushed"]) == 1


@pytest.mark.parametrize("fault", UNCLEAR)
def test_an_unclear_push_is_undecided_until_the_list_shows_exactly_one(office, filing, fault):
    world = office()
    world.post("switch", results_after_hours=2)
    world.post("fault", fault=fault, on="doc/create")
    connector = world.connector(**BACK)
    dossier = filing(world)
    with pytest.raises(UndecidedError):
        connector.file_dossier(dossier)
    with pytest.raises(UndecidedError):
        world.connector(**BACK).find_filed(dossier.key)  # a new process knows it too
    world.later(hours=3)
    found = world.connector(**BACK).find_filed(dossier.key)
    assert found is not None
    assert len(world.state["pushed"]) == 1
    assert len(world.calls("doc/create")) == 1


def test_without_a_result_list_an_unclear_push_stays_undecided_until_a_person_decides(office, filing):
    world = office()
    world.post("fault", fault="accept_then_timeout", on="doc/create")
    connector = world.connector(**{**BACK, "result-path": ""})
    dossier = filing(world)
    with pytest.raises(UndecidedError):
        connector.file_dossier(dossier)
    with pytest.raises(UndecidedError):
        connector.find_filed(dossier.key)
    connector.forget_filing(dossier.key)
    assert connector.find_filed(dossier.key) is None


def test_a_complete_result_list_settles_that_nothing_arrived(office, filing):
    world = office()
    world.post("fault", fault="reset", on="doc/create")
    connector = world.connector(**BACK, **{"result-is-complete": "yes"})
    dossier = filing(world)
    with pytest.raises(UndecidedError):
        connector.file_dossier(dossier)
    assert connector.find_filed(dossier.key) is None
    connector.file_dossier(dossier)
    assert len(world.state["pushed"]) == 1


@pytest.mark.parametrize("fault", ["body_error", "429"])
def test_a_clear_refusal_is_no_mystery(office, filing, fault):
    world = office()
    world.post("fault", fault=fault, on="doc/create")
    connector = world.connector(**BACK)
    dossier = filing(world)
    with pytest.raises(OutsideError) as caught:
        connector.file_dossier(dossier)
    assert not isinstance(caught.value, UndecidedError)
    assert connector.find_filed(dossier.key) is None
    assert connector.file_dossier(dossier).key == dossier.key


def test_a_server_that_is_down_certainly_took_nothing(office, filing):
    world = office()
    connector = world.connector(**BACK)
    connector.check(live=True)  # a session stands
    world.running.stop()
    with pytest.raises(OutsideError) as caught:
        connector.file_dossier(filing(world))
    assert not isinstance(caught.value, UndecidedError)
    assert list((world.folder / "work").glob("filing-*")) == []


def test_a_refused_login_leaves_no_doubt_behind(office, filing):
    world = office()
    world.post("switch", login="locked")
    with pytest.raises(AccessError):
        world.connector(**BACK).file_dossier(filing(world))
    assert list((world.folder / "work").glob("filing-*")) == []


@pytest.mark.parametrize("how", ["401", "body"])
def test_an_expired_session_is_renewed_before_the_one_push(office, filing, how):
    world = office()
    connector = world.connector(**BACK)
    connector.find_filed("x")
    world.post("fault", fault="expired", how=how, on="doc/create")
    connector.file_dossier(filing(world))
    assert len(world.state["pushed"]) == 1


def test_filing_back_is_off_unless_switched_on(office, filing):
    world = office()
    for changes in ({}, {"push-path": BACK["push-path"]}, {"file-back": "yes"}, {**BACK, "push-max-size": "5 B"}):
        with pytest.raises(NotAllowedError):
            world.connector(**changes).file_dossier(filing(world))
    assert world.calls("shared") == []


def test_held_papers_are_linked_without_finishing_them(office, paper, house, documents, filing):
    world = office(paper("a"), paper("b"))
    connector = world.connector(**BACK, brief="502")
    offered, _cursor = world.take(connector, house)
    held = [document.remote_id for document in documents(offered)]
    receipt = connector.file_dossier(filing(world, held=held))
    links = world.state["links"]
    assert [(link["brief"], link["finish"]) for link in links] == [("502", 0), ("502", 0)]
    assert "Chưa liên kết" not in receipt.detail
    assert [call["finish"] for call in world.calls("savebrief")] == [0, 0]


def test_a_link_that_fails_is_told_in_the_receipt(office, filing):
    world = office()
    connector = world.connector(**BACK, brief="999")
    assert "in-1001" in connector.file_dossier(filing(world, held=["in-1001"])).detail


def test_results_are_never_consumed(office, filing):
    world = office()
    connector = world.connector(**BACK)
    dossier = filing(world)
    connector.file_dossier(dossier)
    connector.find_filed(dossier.key)
    assert world.calls("receive_status") == []


def test_check_says_what_to_set(office):
    world = office()
    offline = {result.id: result.result for result in world.connector().check(live=False)}
    assert offline["ioffice-account"] == "warn"
    assert offline["ioffice-live"] == "skipped"
    ready = {"account-is-dedicated": "yes", "brief": "502", **BACK}
    live = {result.id: result.result for result in world.connector(**ready).check(live=True)}
    assert live == dict.fromkeys(
        ["ioffice-account", "ioffice-secrecy", "ioffice-login", "ioffice-list", "ioffice-brief"], "ok"
    )
    missing = {"file-back": "yes", "brief": "9"}
    found = {result.id: result.result for result in world.connector(**missing).check(live=True)}
    assert (found["ioffice-filing"], found["ioffice-brief"]) == ("fail", "fail")
    world.post("switch", login="otp")
    assert {result.result for result in world.connector(**ready).check(live=True)} >= {"fail"}


LINK = {**BACK, "brief": "502"}


def crash(*_args):
    raise KeyboardInterrupt


def test_links_that_a_crash_left_are_made_when_the_filing_is_read_back(office, filing, monkeypatch):
    world = office()
    connector = world.connector(**LINK)
    dossier = filing(world, held=("in-1001", "out-1002"))
    with monkeypatch.context() as patch:
        patch.setattr(connector._filing, "_link", crash)
        with pytest.raises(KeyboardInterrupt):
            connector.file_dossier(dossier)
    receipt = world.connector(**LINK).find_filed(dossier.key)
    # The first may have been sent when the crash came: it is shown to a person, and not sent again.
    assert "in-1001" in receipt.detail
    assert "out-1002" not in receipt.detail
    assert [link["document"] for link in world.state["links"]] == [1002]
    assert world.connector(**LINK).find_filed(dossier.key).detail == receipt.detail
    assert len(world.state["links"]) == 1
    assert len(world.state["pushed"]) == 1


@pytest.mark.parametrize("fault", UNCLEAR)
def test_a_link_without_a_clear_answer_is_shown_and_never_made_twice(office, filing, fault):
    world = office()
    world.post("fault", fault=fault, on="savebrief")
    dossier = filing(world, held=("in-1001", "in-1002"))
    receipt = world.connector(**LINK).file_dossier(dossier)
    assert "in-1001" in receipt.detail
    assert "in-1002" not in receipt.detail
    world.connector(**LINK).find_filed(dossier.key)
    assert [link["document"] for link in world.state["links"]] == [1001, 1002]


def test_a_link_that_certainly_failed_is_tried_again_on_the_next_read_back(office, filing):
    world = office()
    world.post("fault", fault="body_error", on="savebrief")
    dossier = filing(world, held=("in-1001",))
    assert "in-1001" in world.connector(**LINK).file_dossier(dossier).detail
    assert "in-1001" not in world.connector(**LINK).find_filed(dossier.key).detail
    assert len(world.state["links"]) == 1


def test_without_a_push_call_new_papers_go_to_the_hand_over_folder_and_held_ones_are_linked(office, filing):
    world = office()
    place = world.folder / "ban-giao"
    place.mkdir()
    keys = {"file-back": "yes", "handover-folder": str(place), "brief": "502"}
    connector = world.connector(**keys)
    dossier = filing(world, held=("in-1001",))
    assert connector.find_filed(dossier.key) is None
    receipt = connector.file_dossier(dossier)
    assert connector.find_filed(dossier.key).remote_id == receipt.remote_id
    assert len([path for path in place.iterdir() if path.is_dir()]) == 1
    assert [link["document"] for link in world.state["links"]] == [1001]
    assert world.state["pushed"] == []
