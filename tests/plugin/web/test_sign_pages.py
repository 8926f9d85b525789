"""The signing pages: what is shown is what is signed, and only the holder of a role signs, in their own way."""

from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from congkhai.connectors.simulators.control import Running
from congkhai.plugin.records import Minutes
from congkhai.plugin.signing_return import body_file
from congkhai.plugin.store import tables as t
from congkhai.plugin.web.body_view import fields_of, labels
from congkhai.plugin.web.server import serving
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import BOARD, STAFF_PAGE, Office
from tests.plugin.way.script import Script, plan_paper
from tests.plugin.way.script import paper as document
from tests.plugin.way.test_signing_return import plug_in

from .conftest import HOLDERS, PASSWORD, Serve, Site
from .remote_service import look, remote_service, signs_remotely, trusted

SCHEMAS = Path(__file__).parents[3] / "plugin" / "minutes"
XS = "{http://www.w3.org/2001/XMLSchema}"


def paper(office: Office) -> Minutes:
    made = office.paper("posting")
    assert made is not None
    return made


@pytest.fixture(scope="module")
def shared(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Posting minutes that wait for three signers, for tests that sign nothing."""
    folder = tmp_path_factory.mktemp("sign") / "house"
    copy_home(stages["posted"], folder)
    office = Office(folder, Script())
    with ExitStack() as stack:
        stack.callback(office.house.close)
        yield Site(office, stack.enter_context(serving(office.house, port=0)), stack)


def send(client: httpx.Client, minutes: str, data: bytes = b"", **fields: str) -> httpx.Response:
    files = {"returned": ("../ky.xml", data, "text/html")} if data else None
    return client.post(f"/ky/{minutes}/ky-so", data=fields, files=files)


def test_every_element_and_attribute_of_the_schemas_has_a_label() -> None:
    names: set[str] = set()
    for file in ("common.xsd", "minutes.xsd", "report.xsd", "decision.xsd"):
        root = ElementTree.parse(SCHEMAS / file).getroot()  # noqa: S314 - our own schema
        names |= {str(one.get("name")) for one in root.iter(f"{XS}element") if one.get("name")}
        names |= {f"@{one.get('name')}" for one in root.iter(f"{XS}attribute") if one.get("name")}
    assert names - labels().keys() - {"Body", "Report", "Decision"} == set()


def test_the_page_shows_every_value_of_the_body_in_its_order_and_its_digest(shared: Site) -> None:
    made = paper(shared.office)
    body = body_file(shared.office.house, made)
    root = ElementTree.fromstring(body)  # noqa: S314 - our own paper
    written = [text.strip() for text in root.itertext() if text.strip()]
    shown = unescape(shared.signed_in("mat-tran").get(f"/ky/{made.id}").text)
    content = shown[shown.index("signed-content") :]
    at = 0
    for text in written:
        at = content.index(text, at)
    for one in root.iter():
        assert all(value in content for value in one.attrib.values())
    assert made.body_sha256 in shown
    assert len(fields_of(body)) == len(root) + len(root.attrib)


def test_the_list_shows_each_their_own_papers_and_teaches_who_has_none(site: Site) -> None:
    made = paper(site.office)
    assert f"/ky/{made.id}" in site.signed_in("mat-tran").get("/ky").text
    site.office.sign("front_chair")
    assert "Không có văn bản nào chờ bạn ký." in site.signed_in("mat-tran").get("/ky").text
    assert f"/ky/{made.id}" in site.signed_in("van-thu").get("/?loai=signature").text
    assert "đã ký" in site.signed_in("thanh-tra").get(f"/ky/{made.id}").text


def test_only_the_page_that_signs_may_talk_to_the_plug_in_and_only_after_a_fresh_proof(site: Site) -> None:
    made = paper(site.office)
    site.ticket("mat-tran")
    client = site.visitor()
    client.post("/dang-nhap", data={"name": "mat-tran", "password": PASSWORD})
    fresh = client.get(f"/ky/{made.id}/ky-so")
    assert "connect-src 'self' wss://127.0.0.1:8987" in fresh.headers["content-security-policy"]
    assert "còn hiệu lực, không bị thu hồi" in fresh.text
    assert "127.0.0.1" not in client.get(f"/ky/{made.id}").headers["content-security-policy"]
    with site.office.house.store.engine.begin() as connection:
        connection.execute(t.session.update().values(proven=0.0))
    asked = client.get(f"/ky/{made.id}/ky-so")
    assert asked.headers["location"] == f"/xac-nhan?next=/ky/{made.id}/ky-so"
    signed = plug_in(site.office, "front_chair").signed(client.get(f"/ky/{made.id}/than.xml").content)
    assert send(client, made.id, signed, act="return").headers["location"].startswith("/xac-nhan?")
    assert paper(site.office).signatures == ()
    proven = client.post("/xac-nhan", data={"password": PASSWORD, "next": f"/ky/{made.id}/ky-so"})
    assert proven.headers["location"] == f"/ky/{made.id}/ky-so"
    assert send(client, made.id, signed, act="return").headers["location"] == "/ky?done=signed"


def test_what_was_signed_elsewhere_is_uploaded_and_named_a_plain_signature_wherever_it_is_shown(site: Site) -> None:
    made, client = paper(site.office), site.signed_in("mat-tran")
    body = client.get(f"/ky/{made.id}/than.xml").content
    assert body == body_file(site.office.house, made)
    wrong = send(client, made.id, plug_in(site.office, "head").signed(body), act="return")
    assert wrong.status_code == 400
    assert "chứng thư đã đăng ký" in wrong.text
    assert send(client, made.id, act="return").status_code == 400
    other = send(client, made.id, plug_in(site.office, "front_chair").signed(b"<a/>"), act="return")
    assert (other.status_code, "không được chấp nhận" in other.text) == (400, True)
    done = send(client, made.id, plug_in(site.office, "front_chair").signed(body), act="return")
    assert done.headers["location"] == "/ky?done=signed"
    again = send(client, made.id, plug_in(site.office, "front_chair").signed(body), act="return")
    assert again.status_code == 409
    for path in (f"/ky/{made.id}", f"/cong-khai/{made.disclosure}"):
        assert "XML-DSig thường" in site.signed_in("thanh-tra").get(path).text, path
    beside = client.get(f"/ky/{made.id}/chu-ky/front_chair.xml")
    assert b"SignatureValue" in beside.content
    assert "attachment" in beside.headers["content-disposition"]
    assert site.office.journal("minutes.signed")[0]["actor"] == HOLDERS["mat-tran"][2]


def test_nobody_signs_for_a_role_that_is_not_theirs(shared: Site) -> None:
    made = paper(shared.office)
    signed = plug_in(shared.office, "head").signed(body_file(shared.office.house, made))
    assert send(shared.signed_in("mat-tran"), made.id, signed, act="return").status_code == 400
    assert send(shared.signed_in("thanh-tra"), made.id, signed, act="return").status_code == 403
    assert shared.signed_in("quan-tri").get(f"/ky/{made.id}/ky-so").status_code == 403
    assert paper(shared.office).signatures == ()


def test_refusing_needs_a_reason_and_stops_everybody_until_a_clerk_decides(site: Site) -> None:
    made, client = paper(site.office), site.signed_in("mat-tran")
    assert send(client, made.id, act="refuse").status_code == 400
    assert send(client, made.id, act="refuse", reason="Sai ngày niêm yết.").headers["location"] == "/ky?done=refused"
    assert "đã từ chối ký" in site.signed_in("thu-truong").get("/ky").text
    assert site.signed_in("thu-truong").get(f"/ky/{made.id}/ky-so").status_code == 409
    assert site.office.said(site.office.journal("order.refused")[0]["facts"]["reason"]) == "Sai ngày niêm yết."


def test_an_approver_lets_a_paper_go_to_its_signers(serve: Serve, open_office: Any) -> None:
    office = open_office(STAFF_PAGE, BOARD, "[signing]\napprover = head\n")
    office.receive(plan_paper(), document())
    office.wait(hours=2)
    office.confirm()
    site, made = serve(office), paper(office)
    assert "chờ" in site.signed_in("mat-tran").get("/ky").text.lower()
    client = site.signed_in("thu-truong")
    assert "Duyệt, chuyển cho những người ký" in client.get(f"/ky/{made.id}").text
    assert send(client, made.id, act="approve").headers["location"] == f"/ky/{made.id}?done=approved"
    assert "Đọc và ký" in site.signed_in("mat-tran").get("/ky").text


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A remote signing service with the keys of its customers."""
    with remote_service(tmp_path_factory.mktemp("csc")) as one:
        yield one


@pytest.fixture
def remote(at_stage: Any, serve: Serve, service: Running) -> Site:
    """A house whose chair signs at the service, confirming on the phone."""
    office: Office = at_stage("closing", lambda ini: signs_remotely(ini, service, "front_chair"))
    trusted(office.folder, service)
    office.take_down_all()
    return serve(office)


def closing(office: Office) -> Minutes:
    made = office.paper("closing")
    assert made is not None
    return made


def state(office: Office) -> str:
    return str(office.rows(t.remote_signing)[-1].state)


def test_a_signature_confirmed_on_the_phone_survives_a_restart_and_is_kept(remote: Site, service: Running) -> None:
    office, made, client = remote.office, closing(remote.office), remote.signed_in("mat-tran")
    assert "xác nhận trên điện thoại" in client.get(f"/ky/{made.id}/ky-so").text
    started = send(client, made.id, act="remote").headers["location"]
    assert send(client, made.id, act="remote").headers["location"] == started
    assert client.get(started).headers["refresh"] == "3"
    assert "refresh" not in client.get(f"{started}?dung=1").headers
    look(office, 2)
    assert state(office) == "waiting"
    assert "Hãy mở ứng dụng ký số trên điện thoại" in client.get(started).text
    assert client.get(f"/ky/{made.id}/ky-so").headers["location"] == started
    office.restart()
    service.simulator.control("POST", "confirm", {})
    look(office, 2)
    assert state(office) == "done"
    assert [(one.role, one.beside) for one in closing(office).signatures] == [("front_chair", "")]
    entry = office.journal("minutes.signed")[-1]
    assert (entry["actor"], entry["facts"]["way"]) == (HOLDERS["mat-tran"][2], "remote")
    row = office.rows(t.remote_signing)[-1]
    assert (row.prepared, row.ticket) == ("", "")


def test_without_a_confirmation_there_is_no_signature_and_it_can_be_tried_again(remote: Site, service: Running) -> None:
    office, made, client = remote.office, closing(remote.office), remote.signed_in("mat-tran")
    starts = set()
    for how, expected in (("declined", "declined"), ("late", "late"), ("gone", "failed")):
        started = send(client, made.id, act="remote").headers["location"]
        look(office)
        if how == "declined":
            service.simulator.control("POST", "decline", {})
        elif how == "late":
            with office.house.store.engine.begin() as connection:
                connection.execute(t.remote_signing.update().values(until=0.0))
        else:
            assert client.post(started).headers["location"] == f"/ky/{made.id}/ky-so"
        look(office)
        request = next(row for row in office.rows(t.remote_signing) if started.endswith(row.id))
        assert request.state == expected
        shown = client.get(started)
        assert "chưa có chữ ký nào" in shown.text
        assert "refresh" not in shown.headers
        assert office.journal("signing.ended")[-1]["facts"]["state"] == expected
        starts.add(started)
    assert len(starts) == 3
    assert closing(office).signatures == ()


def test_a_service_that_is_away_for_a_while_is_asked_again(remote: Site, service: Running) -> None:
    office, made, client = remote.office, closing(remote.office), remote.signed_in("mat-tran")
    started = send(client, made.id, act="remote").headers["location"]
    look(office)
    service.simulator.control("POST", "fault", {"fault": "http", "on": "authorizeCheck", "status": 503})
    look(office)
    assert state(office) == "waiting"
    assert "đang bận hoặc hỏng" in client.get(started).text
    service.simulator.control("POST", "confirm", {})
    look(office, 2)
    assert state(office) == "done"
    assert closing(office).missing == ("records_officer", "head")
