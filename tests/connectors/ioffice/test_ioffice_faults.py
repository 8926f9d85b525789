"""What an iOffice does wrong on the wire, and what comes of it: a retry, a stop, or a marked file; never wrong data."""

import base64

import pytest

from congkhai.plugin.errors import AccessError, InputError, OutsideError
from congkhai.plugin.records import AttachmentRef, CursorMark

PASSING = ["html", "text", "stacktrace", "5xx", "reset", "429", "truncated", "not_utf8"]


@pytest.mark.parametrize("where", ["lookupdocument", "getdetaildocument", "getfileattach"])
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_retried_within_the_run(office, paper, house, documents, fault, where):
    world = office(paper("a"), paper("b"))
    world.post("fault", fault=fault, on=where, after=0, times=1)
    offered, _cursor = world.take(world.connector(), house)
    assert len(documents(offered)) == 2
    assert [call["fault"] for call in world.calls() if "fault" in call] == [fault]


@pytest.mark.parametrize("fault", [*PASSING, "body_error", "redirect"])
def test_a_lasting_fault_ends_the_run_and_keeps_the_cursor(office, paper, house, fault):
    world = office(paper("a"))
    world.post("fault", fault=fault, on="lookupdocument", times=50)
    pulled = []
    with pytest.raises(OutsideError) as caught:
        pulled.extend(world.connector().pull(None, house))
    assert not isinstance(caught.value, AccessError)
    assert pulled == []
    assert len(world.calls("lookupdocument")) <= 3
    assert "mat-khau-thu" not in caught.value.explain()


@pytest.mark.parametrize("fault", ["bom", "mime", "number_code"])
def test_good_data_with_a_wrong_label_is_read(office, paper, house, documents, fault):
    world = office(paper("a"))
    world.post("fault", fault=fault, on="lookupdocument", times=50)
    offered, _cursor = world.take(world.connector(), house)
    assert len(documents(offered)) == 1


def test_retry_after_is_honoured_up_to_a_limit(office, paper, house):
    world = office(paper("a"))
    world.post("fault", fault="429", on="lookupdocument", retry_after=7)
    world.take(world.connector(), house)
    assert 7 in world.waits
    world.post("fault", fault="429", on="lookupdocument", retry_after=3600, times=9)
    with pytest.raises(OutsideError):
        world.take(world.connector(), house)
    assert 3600 not in world.waits


@pytest.mark.parametrize("how", ["401", "body", "html"])
def test_an_expired_session_is_renewed_once_and_the_call_repeated(office, paper, house, documents, how):
    world = office(*(paper(f"p{number}") for number in range(6)))
    world.post("switch", token_ttl=5, expiry=how)
    offered, _cursor = world.take(world.connector(), house)
    assert len(documents(offered)) == 6
    assert 3 <= len(world.calls("api/login/")) <= 7


def test_a_fault_of_the_system_at_login_is_no_reason_to_wait_for_a_person_until_the_third_time(office, paper, house):
    world = office(paper("a"))
    connector = world.connector()
    world.post("fault", fault="body_error", on="api/login/", times=3)
    for kind in (OutsideError, OutsideError, AccessError):
        with pytest.raises(kind) as caught:
            world.take(connector, house)
        assert isinstance(caught.value, AccessError) is (kind is AccessError)
    world.take(connector, house)
    assert len(house.held) == 1


@pytest.mark.parametrize(("how", "kind"), [("401", AccessError), ("body", AccessError), ("html", OutsideError)])
def test_a_session_refused_at_once_stops_without_a_login_loop(office, paper, house, how, kind):
    world = office(paper("a"))
    world.post("switch", token_ttl=0, expiry=how)
    with pytest.raises(kind):
        world.take(world.connector(), house)
    assert len(world.calls("api/login/")) == 2


@pytest.mark.parametrize(
    ("login", "word"), [("otp", "OTP"), ("captcha", "captcha"), ("locked", "khóa"), ("wrong", "không nhận")]
)
def test_a_login_that_needs_a_person_is_tried_once(office, paper, house, login, word):
    world = office(paper("a"))
    world.post("switch", login=login)
    with pytest.raises(AccessError) as caught:
        world.take(world.connector(), house)
    assert word in caught.value.what
    assert len(world.calls("api/login/")) == 1


def test_an_operator_token_is_used_without_login_and_its_end_is_told(office, paper, house, documents):
    world = office(paper("a"))
    (world.folder / "token").write_text(world.post("token")["token"] + "\n", encoding="utf-8")
    connector = world.connector(token="{file token}")
    offered, _cursor = world.take(connector, house)
    assert len(documents(offered)) == 1
    world.post("token")  # a new one ends the old one
    with pytest.raises(AccessError):
        world.take(connector, house)
    assert world.calls("api/login/") == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [("file_html", "file_html"), ("file_empty", "file_empty"), ("file_envelope", "file_refused"),
     ("file_short", "file_size")],
)  # fmt: skip
def test_a_download_that_is_not_the_file_is_refused_with_its_reason(office, paper, house, documents, fault, code):
    world = office(paper("a", fault=fault))
    connector = world.connector()
    document = next(item for item in connector.pull(None, house) if not isinstance(item, CursorMark))
    attachment = connector.list_attachments(document)[0]
    with pytest.raises(InputError) as caught:
        connector.open_attachment(attachment)
    assert caught.value.code == code


@pytest.mark.parametrize("mode", ["download", "downloaddocument"])
@pytest.mark.parametrize("id_field", ["id", "attachmentId"])
def test_files_come_whole_by_either_way_and_either_id(office, paper, house, mode, id_field):
    world = office(paper("a", files=[{"name": "../../kế hoạch.pdf", "text": "Một"}, {"name": "b.docx", "text": "Hai"}]))
    connector = world.connector(**{"file-mode": mode, "file-id-field": id_field})
    document = next(item for item in connector.pull(None, house) if not isinstance(item, CursorMark))
    first, second = connector.list_attachments(document)
    assert (first.ordinal, first.name, second.name) == (1, "_.._kế hoạch.pdf", "b.docx")
    assert connector.open_attachment(first).startswith(b"%PDF")
    content = connector.open_attachment(second)
    assert len(content) == second.size


def test_a_file_whose_content_is_not_its_extension_is_refused(office, paper, house):
    world = office(paper("a"))
    connector = world.connector()
    document = next(item for item in connector.pull(None, house) if not isinstance(item, CursorMark))
    real = connector.list_attachments(document)[0]
    for name, size, code in (("a.docx", real.size, "file_type"), ("a.pdf", 10**12, "file_too_large")):
        with pytest.raises(InputError) as caught:
            connector.open_attachment(AttachmentRef(1, name, "", real.ref, size))
        assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        connector.open_attachment(AttachmentRef(1, "a.pdf", "", "", None))
    assert caught.value.code == "file_no_id"


def test_a_login_page_instead_of_a_file_renews_the_session(office, paper, house):
    world = office(paper("a"))
    connector = world.connector()
    document = next(item for item in connector.pull(None, house) if not isinstance(item, CursorMark))
    attachment = connector.list_attachments(document)[0]
    world.post("fault", fault="expired", how="html", on="api/file/download/")
    assert connector.open_attachment(attachment).startswith(b"%PDF")
    assert len(world.calls("api/login/")) == 2


def test_a_slow_answer_ends_with_a_time_out(office, paper, house):
    world = office(paper("a"))
    world.post("fault", fault="delay", ms=700, on="lookupdocument", times=9)
    with pytest.raises(OutsideError) as caught:
        world.take(world.connector(retries="0", **{"read-timeout": "200 ms"}), house)
    assert "timeout" in caught.value.what or "connection" in caught.value.what


def test_nothing_secret_reaches_logs_or_errors(office, paper, house, caplog):
    caplog.set_level("DEBUG")
    world = office(paper("a", secrecy="Mật", subject="Chuyện kín"), paper("b"))
    world.post("switch", token_ttl=3)
    world.post("fault", fault="body_error", on="getfileattach", times=9)
    connector = world.connector()
    with pytest.raises(OutsideError) as caught:
        world.take(connector, house)
    token = connector._client._session._token
    seen = caplog.text + caught.value.explain() + repr(caught.value.__cause__) + repr(connector._settings)
    for secret in ("mat-khau-thu", "Chuyện kín", token, base64.b64encode(token.encode()).decode()):
        assert secret
        assert secret not in seen


def test_a_server_that_is_not_there_is_an_outside_error(office, paper, house):
    world = office(paper("a"))
    connector = world.connector()
    world.running.stop()
    with pytest.raises(OutsideError) as caught:
        world.take(connector, house)
    assert not isinstance(caught.value, AccessError)
