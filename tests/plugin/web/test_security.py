"""What an outsider, another site, a hostile file or a fault of ours must not bring about, over every page there is."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
import sqlalchemy as sa
from lxml import etree

from congkhai.plugin.accounts import Duty
from congkhai.plugin.errors import StoreError
from congkhai.plugin.feedback import submit
from congkhai.plugin.store import tables as t
from congkhai.plugin.web import app, cross_origin, public_pages, sessions, work_pages
from congkhai.plugin.web.own_host import address_of, is_own
from congkhai.plugin.web.render import environment
from congkhai.plugin.web.rights import GRANTS, Right
from congkhai.plugin.web.routes import all_pages
from congkhai.plugin.web.visit import local_path
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import Office

from .conftest import HOLDERS
from .guarded import EVERYBODY, FAR, GETS, POSTS, SCRIPT, addresses, guarded, inside, rows_of
from .inside import Inside

__all__ = ["inside"]


# ------------------------------------------------------------------ every page


def test_every_page_shows_what_people_wrote_as_text_reads_without_writing_and_is_guarded(
    stages: dict[str, Path], tmp_path: Path
) -> None:
    inside = Inside(Office(copy_home(stages["posted"], tmp_path / "house")))
    house = inside.office.house
    HOLDERS.setdefault(EVERYBODY, (set(Duty), "records_officer", "Lê Văn Mẫu"))
    submit(house, inside.office.matter().id, SCRIPT, client="192.0.2.1", sender=SCRIPT)
    people = {
        t.document: ("subject", "issuer", "number", "type", "signer"), t.attachment: ("name",),
        t.disclosure: ("title", "note"), t.posting: ("place",), t.evidence: ("note", "address"), t.remark: ("text",),
        t.feedback_item: ("answer", "settled_by"), t.source: ("error",),
    }  # fmt: skip
    everybody = inside.signed_in(EVERYBODY)
    with house.store.engine.begin() as connection:
        for table, names in people.items():
            connection.execute(sa.update(table).values(dict.fromkeys(names, SCRIPT)))
        connection.execute(sa.update(t.account).values(person=SCRIPT))
    before, shown = rows_of(inside), 0
    for one in GETS:
        answer = everybody.get(addresses(inside, one), params={"tim": SCRIPT, "done": SCRIPT, "next": SCRIPT})
        refused = {"/dang-nhap/mot-cua/ve": (403,), "/lich-rieng/{token}.ics": (404,)}.get(one.path, ())
        assert answer.status_code in (200, 303, 400, 409, 503, *refused), (one.path, answer.status_code)
        assert "<script>alert" not in answer.text or "attachment" in answer.headers["content-disposition"], one.path
        shown += "&lt;script&gt;alert" in answer.text
        guarded(answer, one)
    assert shown >= 15
    etree.fromstring(everybody.get("/dang-cong-khai.atom").content)
    after = rows_of(inside)
    changed = {name for name, rows in after.items() if rows != before[name]} - {"session", "journal", "journal_head"}
    assert changed == set()
    house.close()


def test_whoever_has_not_signed_in_gets_nothing_of_a_page_that_is_not_open(inside: Inside) -> None:
    visitor = inside.visitor()
    for one in all_pages():
        open_ = one.right in (Right.OPEN, Right.OPEN_LIST, Right.OPEN_VERIFY)
        if open_ and one.method == "POST":
            continue  # these change something; each has tests of its own
        answer = visitor.request(one.method, addresses(inside, one))
        guarded(answer, one)
        if not open_:
            assert (answer.status_code, answer.content) == (303, b""), one
            assert answer.headers["location"].startswith("/dang-nhap?next=/")


@pytest.mark.parametrize("duty", [Duty.CLERK, Duty.HEAD])
def test_a_duty_alone_is_refused_what_belongs_to_others(inside: Inside, duty: Duty) -> None:
    HOLDERS.setdefault(f"chi-{duty}", ({duty}, "", "Lê Thị Mẫu"))
    client = inside.signed_in(f"chi-{duty}")
    granted = GRANTS[duty] | {Right.SIGNED_IN, Right.OPEN, Right.OPEN_LIST, Right.OPEN_VERIFY}
    refused = [one for one in all_pages() if one.right not in granted]
    assert refused
    for one in refused:
        answer = client.request(one.method, addresses(inside, one))
        assert answer.status_code == 403, one
        guarded(answer, one)


def test_an_upload_of_somebody_without_the_right_is_not_even_read_and_the_try_is_logged(
    inside: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b"x" * 1000

    for client in (inside.visitor(), inside.signed_in("thanh-tra")):
        with caplog.at_level(logging.WARNING):
            answer = client.post("/cong-khai/1/go", content=pieces(), headers={"Content-Type": "multipart/form-data"})
        assert answer.status_code in (303, 403)
    assert taken == []
    (told,) = [record for record in caplog.records if record.message == "page refused"]
    assert (told.__dict__["path"], told.__dict__["account"]) == ("/cong-khai/{id}/go", inside.holder("thanh-tra").id)


def test_odd_requests_are_answered_with_the_same_headers(inside: Inside) -> None:
    client = inside.signed_in(EVERYBODY)
    for method, path, status in (
        ("GET", "/khong-co", 404), ("DELETE", "/cong-khai", 405), ("PUT", "/tai-khoan", 405), ("TRACE", "/", 405),
        ("GET", "/cong-khai/%00", 400), ("GET", "/cong-khai/..%2f..%2fetc%2fpasswd", 404), ("GET", "/cong-khai/", 404),
        ("GET", "/cong-khai/a%0d%0aX-Y:%20z", 400), ("GET", "/%2fkhac.example/", 404),
    ):  # fmt: skip
        answer = client.request(method, path)
        assert answer.status_code == status, (method, path)
        assert "x-y" not in answer.headers
        guarded(answer)


def test_our_own_files_are_guarded_and_nothing_else_is_reached_there(inside: Inside) -> None:
    visitor = inside.visitor()
    answer = visitor.get("/static/style.css?abc")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (200, "nosniff")
    assert "immutable" in answer.headers["cache-control"]
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/",
        "/static//etc/passwd",
    ):
        refused = visitor.get(path)
        assert refused.status_code in (404, 405)
        guarded(refused)


# ------------------------------------------------------------------ other sites


def test_no_act_follows_from_another_site(inside: Inside) -> None:
    client = inside.signed_in(EVERYBODY)
    sites = ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": FAR}, {"Origin": "null"})
    for one in POSTS:
        for sent in sites:
            answer = client.post(addresses(inside, one), headers=sent)
            assert answer.status_code == 403, one
            guarded(answer)


OWN = ("https", "congkhai.xa.example", 443)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("site", [None, "same-origin", "none", "same-site", "cross-site", ""])
@pytest.mark.parametrize(
    "origin", [None, "https://congkhai.xa.example", "https://congkhai.xa.example:443", "http://congkhai.xa.example",
               "https://congkhai.xa.example:8443", "https://congkhai.xa.example.khac.example", FAR, "null", "x:y:z"],
)  # fmt: skip
def test_the_origin_decides_over_all_that_writes(method: str, site: str | None, origin: str | None) -> None:
    for cookie in (False, True):
        for bearer in ("", "Bearer x", "Basic x"):
            headers = {
                **({"sec-fetch-site": site} if site is not None else {}), **({"origin": origin} if origin else {}),
                **({"cookie": "a=b"} if cookie else {}), **({"authorization": bearer} if bearer else {}),
            }  # fmt: skip
            reading = method in ("GET", "HEAD", "OPTIONS")
            program = bearer == "Bearer x" and not cookie
            known = site in ("same-origin", "none") if site is not None else origin in (
                None, "https://congkhai.xa.example", "https://congkhai.xa.example:443",
            )  # fmt: skip
            assert cross_origin.is_allowed(method, headers, OWN) is (reading or program or known), headers


@pytest.mark.parametrize(
    ("host", "good"),
    [("congkhai.xa.example", True), ("CongKhai.xa.example:443", True), ("127.0.0.1:8080", True), ("[::1]:8080", True),
     ("localhost:8080", True), ("192.0.2.7", True), ("", True), ("khac.example", False),
     ("congkhai.xa.example.khac", False),
     ("congkhai.xa.example@khac.example", False), ("khac.example/congkhai.xa.example", False), ("x:y", False)],
)  # fmt: skip
def test_only_our_own_name_is_served(host: str, *, good: bool) -> None:
    assert is_own(host, OWN) is good


def test_a_request_for_a_foreign_name_is_refused_whatever_it_asks(inside: Inside) -> None:
    for path in ("/", "/dang-nhap", "/api/v1/openapi.json", "/static/style.css"):
        answer = inside.visitor().get(path, headers={"Host": "khac.example"})
        assert (answer.status_code, "khac.example" in answer.text) == (421, False)


def test_no_answer_repeats_the_host_or_scheme_of_a_request(inside: Inside) -> None:
    sent = {
        "Host": "localhost:9",
        "X-Forwarded-Host": "khac.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=khac",
    }
    for path in ("/", "/dang-cong-khai", "/dang-cong-khai.atom", "/cong-khai/", "/api/v1/openapi.json"):
        answer = inside.visitor().get(path, headers=sent)
        told = answer.text + str(answer.headers)
        assert "khac" not in told
        assert "localhost:9" not in told


@pytest.mark.parametrize(
    "address",
    ["//khac.example", "/\\khac.example", "\\\\khac.example", "https://khac.example", "javascript:alert(1)",
     "khac.example",
     "/\n/khac.example", "/\t/khac.example", "", "data:text/html,x", "///khac.example", "/x\\@khac.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(inside: Inside, address: str) -> None:
    assert local_path(address) == "/"
    assert local_path("/cong-khai?trang-thai=due") == "/cong-khai?trang-thai=due"
    form = inside.visitor().get("/dang-nhap", params={"next": address}).text
    first, *others = re.findall(r'name="next" value="([^"]*)"', form)
    assert first == "/"
    assert all(one.startswith("/dang-nhap?next=") for one in others)  # to read this page in another language


def test_an_address_is_believed_only_from_a_proxy_of_ours(inside: Inside) -> None:
    from starlette.requests import Request

    def asked(peer: str, told: str) -> Request:
        headers = [(b"x-forwarded-for", told.encode())] if told else []
        return Request({"type": "http", "client": (peer, 1) if peer else None, "headers": headers})

    proxies = ("198.51.100.7", "198.51.100.6")
    cases = (
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"), ("198.51.100.7", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.7", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.7", "203.0.113.9, 198.51.100.6", "203.0.113.9"),
        ("198.51.100.7", "", "198.51.100.7"), ("198.51.100.7", "<script>", "198.51.100.7"),
    )  # fmt: skip
    assert address_of(asked("", "203.0.113.9"), proxies) == "unix"
    assert address_of(asked("", "203.0.113.9"), ("unix",)) == "203.0.113.9"
    assert [address_of(asked(peer, told), proxies) for peer, told, _wanted in cases] == [one[2] for one in cases]


# ------------------------------------------------------------------ faults of ours


def test_a_fault_tells_an_id_and_nothing_of_the_inside(
    inside: Inside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("tại /srv/bi-mat, mật khẩu abc")

    def unreadable(*_given: object, **_named: object) -> None:
        raise StoreError("Không đọc được /srv/bi-mat", where="/srv/bi-mat")

    client, visitor = inside.signed_in(EVERYBODY), inside.visitor()
    monkeypatch.setattr(work_pages.worklist, "counts", broken)
    monkeypatch.setattr(public_pages, "closed_to_visitors", unreadable)
    with caplog.at_level(logging.ERROR):
        answers = [client.get("/"), visitor.get("/dang-cong-khai")]
        monkeypatch.setattr(app.sessions, "resume", broken)
        answers.append(client.get("/cong-khai/bi-mat-trong-dia-chi"))
    assert [answer.status_code for answer in answers] == [500, 503, 500]
    for answer in answers:
        assert not re.search("bi-mat|mật khẩu abc|RuntimeError|Traceback|line \\d", answer.text)
        (id_,) = set(re.findall(r"\b[0-9a-f]{8}\b", answer.text))
        assert id_ in [getattr(record, "id", "") for record in caplog.records]
        guarded(answer)
    assert "bi-mat-trong-dia-chi" not in caplog.text
    assert sessions.resume is broken


def test_templates_escape_and_name_what_is_missing() -> None:
    made = environment()
    assert made.autoescape is True
    assert made.undefined is jinja2.StrictUndefined
    folder = Path(app.__file__).parent / "templates"
    for file in folder.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*(?:safe|tojson)\b|\bMarkup\b|autoescape\s+false|style=|\son[a-z]+=", text), (
            file.name
        )
        assert not re.search(r"<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3\.org)", text), file.name
    with pytest.raises(jinja2.UndefinedError):
        made.from_string("{{ khong_co }}").render()


def test_our_scripts_keep_nothing_in_the_browser() -> None:
    for file in (Path(app.__file__).parent / "static").glob("*.js"):
        text = file.read_text(encoding="utf-8")
        kept = r"(?:local|session)Storage|indexedDB|document\.cookie"
        wild = r"innerHTML|outerHTML|document\.write|\beval\b|new Function"
        assert not re.search(f"{kept}|{wild}", text), file.name
