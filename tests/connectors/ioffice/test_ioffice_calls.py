"""The allow-list: what may be called, and that nothing gets past it, not even as a setting."""

import pytest
import responses
from pydantic import ValidationError

from congkhai.connectors.ioffice_calls import SAVE_BRIEF, Allowed, forbidden
from congkhai.connectors.ioffice_client import IofficeClient
from congkhai.connectors.ioffice_settings import IofficeSettings
from congkhai.connectors.simulators.ioffice_faults import tripwire
from congkhai.plugin.errors import AccessError, ConfigurationError, NotAllowedError, OutsideError

LOGIN = "api/login/v2/"
FULL = Allowed(LOGIN, "api/shared/integration/doc/create/", "api/shared/congvan_stc/get_result/", link=True)
NEVER = [
    ("POST", "api/notifycation/setreadnotify/"),
    ("GET", "api/document/signeddocument/1/"),
    ("POST", "api/document/finish/v2/"),
    ("POST", "api/document/finishcoeval/"),
    ("POST", "api/incommingdocument/tranferdocument/"),
    ("POST", "api/incommingdocument/promulgatedocumentcoeval/"),
    ("POST", "api/outgoingdocument/tranferdocument/"),
    ("POST", "api/document/forwarddocument/"),
    ("POST", "api/document/tranfernotify/"),
    ("GET", "api/incommingdocument/recoverdocument/1/"),
    ("GET", "api/outgoingdocument/recovertranferdocument/1/"),
    ("POST", "VNPTsignature/rest/ioffice/signature/"),
    ("POST", "api/document/signdocument/v2/"),
    ("POST", "api/document/signserverca/"),
    ("GET", "api/validateotp/123/"),
    ("GET", "api/resendotp/"),
    ("POST", "api/incommingdocument/sendcomment/"),
    ("GET", "api/switch/1/"),
    ("POST", "api/information/create/"),
    ("DELETE", "api/information/delete/1/"),
    ("POST", "api/job/createjob/"),
    ("POST", "api/file/upload/"),
    ("GET", "api/getlinkeditfile/1/"),
    ("POST", "api/createexception/"),
]


@pytest.mark.parametrize(("method", "path"), NEVER)
def test_what_marks_finishes_transfers_recalls_or_signs_is_refused(method, path):
    assert tripwire(method, path)
    assert forbidden(method, path)
    with pytest.raises(NotAllowedError):
        FULL.require(method, path)


@pytest.mark.parametrize(
    "path",
    [
        "api/document/getdetaildocument/../signeddocument/1/",
        "api/document/getdetaildocument/..%2fsigneddocument%2f1/",
        "api/document/getdetaildocument/1%2F..%2F..%2Fsigneddocument%2F1/",
        "api/document/getdetaildocument/1/?x=/api/switch/1/",
        "api/document/getdetaildocument/1/#/",
        "api/document/getdetaildocument//",
        "api//document/getdetaildocument/1/",
        "/api/document/getdetaildocument/1/",
        "//evil.example/api/document/getdetaildocument/1/",
        "http://evil.example/api/document/getdetaildocument/1/",
        "api/document/getdetaildocument/1",
        "api/document/getdetaildocument/1/\n",
        "api/document/getdetaildocument/1;x/",
        "api/document/getdetaildocument/1\\..\\x/",
        "api/document/getdetaildocument/１/",
        "api/document/getdetaildocument/" + "1" * 65 + "/",
        "API/document/getdetaildocument/1/",
    ],
)
def test_no_spelling_gets_past_the_list(path):
    with pytest.raises(NotAllowedError):
        FULL.require("GET", path)


def test_the_method_is_part_of_the_rule():
    FULL.require("GET", "api/document/getdetaildocument/1/")
    FULL.require("POST", "api/document/lookupdocument/")
    for method, path in (("POST", "api/document/getdetaildocument/1/"), ("GET", "api/document/lookupdocument/")):
        with pytest.raises(NotAllowedError):
            FULL.require(method, path)


@pytest.mark.parametrize("finish", [1, "0", True, False, None, 0.0])
def test_linking_never_ends_the_handling_of_a_paper(finish):
    FULL.require("POST", SAVE_BRIEF, {"id": "1", "docId": 2, "finish": 0})
    with pytest.raises(NotAllowedError):
        FULL.require("POST", SAVE_BRIEF, {"id": "1", "docId": 2, "finish": finish})
    with pytest.raises(NotAllowedError):
        FULL.require("POST", SAVE_BRIEF, {"id": "1", "docId": 2})


def test_writing_paths_are_closed_unless_opened():
    for path in ("api/shared/integration/doc/create/", SAVE_BRIEF):
        with pytest.raises(NotAllowedError):
            Allowed(LOGIN).require("POST", path, {"finish": 0})


def settings(tmp_path, **changes):
    (tmp_path / "password").write_text("mat-khau-thu", encoding="utf-8")
    values = {"base-url": "https://ioffice.example/qlvb", "username": "u", "password": "{file password}", **changes}
    return IofficeSettings.model_validate(values, context={"folder": tmp_path})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("push-path", path) for _method, path in NEVER],
        ("push-path", "api/brief/savebrief/"),
        ("push-path", "api/shared/../document/finish/v2/"),
        ("push-path", "api/shared/x/?a=b/"),
        ("result-path", "api/shared/integration/doc/receive_status/"),
        ("login-path", "api/switch/1/"),
        ("login-path", "api/document/finish/v2/"),
        ("base-url", "http://ioffice.example/qlvb/"),
        ("base-url", "https://user:secret@ioffice.example/qlvb/"),
        ("base-url", "https://ioffice.example/qlvb/?x=1"),
        ("base-url", "https://ioffice.example/qlvb/../x"),
        ("base-url", "ftp://ioffice.example/"),
        ("lists", "search, everything"),
        ("brief", "../x"),
        ("push-fields", "dossierId=mine"),
        ("username", ""),
        ("full-sweep-every", "0 s"),
    ],
)
def test_a_dangerous_or_wrong_setting_is_refused(tmp_path, key, value):
    with pytest.raises(ValidationError):
        settings(tmp_path, **{key: value})


@pytest.mark.parametrize("url", ["https://ioffice.example/qlvb", "https://ioffice.example/qlvb/"])
def test_the_context_path_keeps_one_slash(tmp_path, url):
    assert settings(tmp_path, **{"base-url": url}).base_url == "https://ioffice.example/qlvb/"


def test_no_connection_is_opened_for_a_refused_call(tmp_path):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post("https://ioffice.example/qlvb/api/login/v2/", json={"status": {"code": "0"}, "data": {"token": "t"}})
        client = IofficeClient(settings(tmp_path), Allowed(LOGIN), "ioffice")
        client.log_in()
        for method, path in NEVER:
            with pytest.raises(NotAllowedError):
                client.read(method, path)
        assert len(wire.calls) == 1


def test_a_redirect_is_never_followed_with_the_token(tmp_path):
    with responses.RequestsMock() as wire:
        base = "https://ioffice.example/qlvb/api/"
        wire.post(base + "login/v2/", json={"status": {"code": "0"}, "data": {"token": "$T.1/x"}})
        wire.get(base + "document/getdetaildocument/1/", status=302, headers={"Location": "https://evil.example/x/"})
        client = IofficeClient(settings(tmp_path), Allowed(LOGIN), "ioffice")
        with pytest.raises(Exception, match="redirect"):
            client.read("GET", "api/document/getdetaildocument/1/")
        assert [call.request.url for call in wire.calls][-1] == base + "document/getdetaildocument/1/"
        assert wire.calls[-1].request.headers["X-Authentication-Token"] == "$T.1/x"
        assert wire.calls[0].request.headers.get("X-Authentication-Token") is None


def test_an_untrusted_certificate_is_told_and_not_retried(tmp_path):
    import requests

    with responses.RequestsMock() as wire:
        failure = requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED")
        wire.post("https://ioffice.example/qlvb/api/login/v2/", body=failure)
        client = IofficeClient(settings(tmp_path), Allowed(LOGIN), "ioffice")
        with pytest.raises(OutsideError) as caught:
            client.log_in()
        assert not isinstance(caught.value, AccessError)
        assert "ca-bundle" in caught.value.advice
        assert len(wire.calls) == 1


def test_a_missing_secret_is_a_configuration_error(tmp_path):
    client = IofficeClient(settings(tmp_path, password="{file nowhere}"), Allowed(LOGIN), "ioffice")
    with pytest.raises(ConfigurationError):
        client.log_in()
