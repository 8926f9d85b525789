"""What other systems read: lists by key, one thing, a container, a verdict; and what they are refused."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from openapi_spec_validator import validate

from congkhai.plugin.accounts import digest
from congkhai.plugin.api.pace import Pace
from congkhai.plugin.api.serve import ENDPOINTS, language_of
from congkhai.plugin.records import Disclosure
from congkhai.plugin.store import tables as t
from congkhai.plugin.tokens import Scope, end_token, make_token, resume_token
from congkhai.plugin.web import verify_pages
from tests.plugin.way.office import Office

from .conftest import Api


def _problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["status"], told["type"]) == (status, f"urn:congkhai:{code}" if code else "about:blank")
    assert told["title"]
    assert told["detail"]


def _matter(api: Api) -> Disclosure:
    return next(one for one in api.office.matters() if one.state.value == "filed")


def test_a_list_is_read_part_by_part_and_each_thing_has_its_address(api: Api, caller: httpx.Client) -> None:
    everything = caller.get("disclosures").json()
    assert everything["next"] is None
    ids = [one["id"] for one in everything["items"]]
    assert set(ids) == {one.id for one in api.office.matters()}
    walked, after = [], ""
    for _part in range(len(ids)):
        answer = caller.get("disclosures", params={"limit": 1, **({"after": after} if after else {})})
        walked += [one["id"] for one in answer.json()["items"]]
        after = answer.json()["next"]
        link = answer.headers.get("link", "")
        assert (f'<{"/api/v1"}/disclosures?limit=1&after={after}>; rel="next"' == link) is bool(after)
    assert walked == ids
    assert after is None
    matter = _matter(api)
    one = caller.get(f"disclosures/{matter.id}").json()
    assert (one["title"], one["state"]) == (matter.title, "filed")
    assert [paper["subject"] for paper in one["papers"]] == [matter.title]
    assert {place["form"] for place in one["places"]} == {"intranet", "notice_board"}
    assert "Mẫu" not in caller.get(f"disclosures/{matter.id}").text.replace("Mẫu Sơn", "")  # nobody's name
    assert one["dossier"]


def test_filters_narrow_the_list(api: Api, caller: httpx.Client) -> None:
    matter = _matter(api)
    assert [one["id"] for one in caller.get("disclosures?state=filed").json()["items"]] == [matter.id]
    assert caller.get(f"disclosures?category={matter.category}").json()["items"]
    assert caller.get("disclosures?category=99").json()["items"] == []
    assert caller.get("disclosures?opened-from=2026-07-07").json()["items"] == []
    assert caller.get("disclosures?opened-from=0001-01-01").json()["items"]
    assert caller.get("disclosures?opened-from=9999-12-31").json()["items"] == []
    assert caller.get("dossiers?sealed-from=2026-07-07").json()["items"]
    assert caller.get("dossiers?sealed-from=2027-07-07").json()["items"] == []


def test_a_dossier_is_taken_as_it_was_sealed_verified_and_every_access_is_in_the_journal(
    api: Api, caller: httpx.Client
) -> None:
    (listed,) = caller.get("dossiers").json()["items"]
    dossier = caller.get(f"dossiers/{listed['id']}").json()
    assert (dossier["disclosure"], dossier["complete"]) == (_matter(api).id, True)
    (volume,) = dossier["volumes"]
    taken = caller.get(f"dossiers/{listed['id']}/volumes/1")
    assert hashlib.sha256(taken.content).hexdigest() == volume["sha256"]
    assert taken.headers["content-disposition"].startswith("attachment; ")
    assert "sandbox" in taken.headers["content-security-policy"]
    acts = {body["act"]: body for body in api.office.journal("api.dossier", "api.container")}
    assert {body["facts"]["of"] for body in acts.values()} == {listed["id"]}
    assert {body["actor"] for body in acts.values()} == {f"token:{acts['api.container']['subject']}"}

    before = {name for name in api.office.everything() if "/vault/" in name}
    verdict = caller.post("verifications", content=taken.content, headers={"Content-Type": "application/octet-stream"})
    assert verdict.json()["indication"] == "TOTAL_PASSED"
    assert tempfile.gettempdir() not in verdict.text
    assert {name for name in api.office.everything() if "/vault/" in name} == before
    for spoilt in (b"", b"\x00", b"<a/>", b"PK\x03\x04", b"%PDF-1.7"):
        verdict = caller.post("verifications", content=spoilt, headers={"Content-Type": "application/pdf"})
        assert (verdict.status_code, verdict.json()["indication"] == "TOTAL_PASSED") == (200, False)
        assert verdict.json()["findings"]
        assert tempfile.gettempdir() not in verdict.text


def test_the_status_is_numbers_only(api: Api, caller: httpx.Client) -> None:
    answer = caller.get("status").json()
    assert (answer["agency"], answer["ready"]) == ("000.01.25.H99", True)
    assert {one["kind"] for one in answer["waiting"]} >= {"overdue", "today", "signature", "stuck"}


@pytest.mark.parametrize("path", ["disclosures", "dossiers", "openapi.json"])
def test_what_the_caller_has_already_is_not_sent_again(caller: httpx.Client, path: str) -> None:
    first = caller.get(path)
    etag = first.headers["etag"]
    again = caller.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert caller.get(path, headers={"If-None-Match": '"other", W/' + etag}).status_code == 304
    assert caller.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["content-security-policy"].startswith("default-src 'none'")
    assert ("attachment" in first.headers.get("content-disposition", "")) is (path != "openapi.json")


def test_without_a_good_token_nothing_is_told(api: Api) -> None:
    house = api.office.house
    with house.store.write(house.agency, "test") as tx:
        over = make_token(tx, "hết hạn", [Scope.STATUS], lasts=timedelta(0))
        ended = make_token(tx, "đã dừng", [Scope.STATUS])
        calendar = make_token(tx, "lịch", ["calendar:clerk"])
        end_token(tx, "đã dừng")
    for token in ("", "x", "ckt_x", over, ended, "ckt_" + "a" * 43):
        client = api.client(token)
        for one in ENDPOINTS:
            answer = client.request(one.method, one.path.replace("{id}", "x").replace("{number}", "1").lstrip("/"))
            _problem(answer, 401, "E750")
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert api.client().get("status", headers={"Authorization": f"Basic {over}"}).status_code == 401
    _problem(api.client(calendar).get("status"), 403, "E751")


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_its_scope_and_no_other(api: Api, scope: Scope) -> None:
    client = api.client(api.token(scope))
    for one in ENDPOINTS:
        path = one.path.replace("{id}", "x").replace("{number}", "1").lstrip("/")
        answer = client.request(one.method, path, content=b"" if one.takes else None)
        assert (answer.status_code == 403) is (one.scope is not scope), (one.path, scope)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "disclosures/khong-co", 404, "E753"),
        ("GET", "disclosures/..%2f..%2fetc", 404, ""),
        ("GET", "disclosures/a%00b", 404, "E753"),
        ("GET", "disclosures/a%0Ab", 404, ""),
        ("GET", "dossiers/khong-co", 404, "E753"),
        ("GET", "dossiers/x/volumes/0", 404, "E753"),
        ("GET", "disclosures?limit=0", 400, "E754"),
        ("GET", "disclosures?limit=1&limit=2", 400, "E754"),
        ("GET", "disclosures?limit=%C2%B2", 400, "E754"),
        ("GET", "disclosures?state=none", 400, "E754"),
        ("GET", "disclosures?opened-from=2026-02-30", 400, "E754"),
        ("GET", "disclosures?unknown=1", 400, "E754"),
        ("GET", "disclosures?after=khong-co", 404, "E753"),
        ("GET", "dossiers?after=khong-co", 404, "E753"),
        ("GET", "nothing", 404, ""),
        ("POST", "disclosures", 405, ""),
        ("DELETE", "dossiers/x", 405, ""),
        ("OPTIONS", "disclosures", 405, ""),
        ("POST", "verifications", 415, "E755"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(
    caller: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = caller.request(method, path)
    _problem(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]


def test_a_dossier_has_no_volume_beyond_its_last(caller: httpx.Client) -> None:
    (listed,) = caller.get("dossiers").json()["items"]
    _problem(caller.get(f"dossiers/{listed['id']}/volumes/2"), 404, "E753")


def test_problems_speak_the_callers_language(caller: httpx.Client) -> None:
    assert caller.get("disclosures/khong-co").json()["title"] == "Không có"
    told = caller.get("disclosures/khong-co", headers={"Accept-Language": "en"}).json()
    assert told["title"] != "Không có"
    assert (told["title"] + told["detail"]).isascii()
    wanted = {"": "vi", "vi": "vi", "en-GB,en;q=0.9": "en", "fr, en;q=0.5": "en", "fr": "vi", "*": "vi"}
    assert {header: language_of(header) for header in wanted} == wanted


def test_an_upload_that_is_too_large_is_refused_while_it_comes(api: Api, caller: httpx.Client) -> None:
    most = api.office.house.configuration.web.upload_limit

    sent = []

    def pieces() -> Iterator[bytes]:
        for number in range(4 * most >> 20):
            sent.append(number)
            yield bytes(1 << 20)

    answer = caller.post("verifications", content=pieces(), headers={"Content-Type": "application/pdf"})
    _problem(answer, 413, "E755")
    assert len(sent) <= (most >> 20) + 2


def test_so_many_uploads_at_once_have_to_wait(caller: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_pages, "_PATIENCE", 0.0)
    with ExitStack() as busy:
        for _place in range(4):
            assert verify_pages._LOOKS.acquire(timeout=0)
            busy.callback(verify_pages._LOOKS.release)
        answer = caller.post("verifications", content=b"<a/>", headers={"Content-Type": "application/xml"})
    _problem(answer, 429, "E752")
    assert answer.headers["retry-after"]


def test_other_sites_get_no_leave_to_read(api: Api, caller: httpx.Client) -> None:
    answer = caller.get("disclosures", headers={"Origin": "https://khac.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    cookie = api.client().get("disclosures", headers={"Cookie": "congkhai=x"})
    assert cookie.status_code == 401


@contextmanager
def _as(office: Office, key: str) -> Iterator[str]:
    """Let the filed matter be of another key for a while."""
    matter = next(one for one in office.matters() if one.state.value == "filed")
    query = sa.update(t.disclosure).where(t.disclosure.c.id == matter.id)
    with office.house.store.engine.begin() as connection:
        connection.execute(query.values(key=key))
    try:
        yield matter.id
    finally:
        with office.house.store.engine.begin() as connection:
            connection.execute(query.values(key=matter.key))


def test_declarations_never_leave(api: Api, caller: httpx.Client) -> None:
    (listed,) = caller.get("dossiers").json()["items"]
    with _as(api.office, "integrity.declarations") as id_:
        assert id_ not in caller.get("disclosures").text
        assert caller.get("dossiers").json()["items"] == []
        for path in (f"disclosures/{id_}", f"dossiers/{listed['id']}", f"dossiers/{listed['id']}/volumes/1"):
            _problem(caller.get(path), 404, "E753")
    assert caller.get(f"dossiers/{listed['id']}/volumes/1").status_code == 200


def test_the_document_is_true_openapi_and_names_every_endpoint(caller: httpx.Client) -> None:
    told = caller.get("openapi.json").json()
    assert told["openapi"] == "3.1.0"
    validate(told)
    named = {(method.upper(), path) for path, operations in told["paths"].items() for method in operations}
    assert named == {(one.method, one.path) for one in ENDPOINTS}


def test_whoever_asks_too_often_has_to_wait() -> None:
    now = [0.0]
    pace = Pace(60, lambda: now[0])
    assert [pace.wait("a") for _call in range(60)] == [0] * 60
    assert pace.wait("a") == 1 + 1
    assert pace.wait("b") == 0
    now[0] = 1.5
    assert pace.wait("a") == 0
    assert pace.wait("a") > 0
    for number in range(10_001):
        pace.wait(str(number))
    assert len(pace._buckets) == 10_000


def test_the_pace_holds_for_a_token_and_for_whoever_has_none(api: Api) -> None:
    token = api.token(Scope.STATUS)
    good, stranger = api.client(token), api.client(address="192.0.2.9")
    for client, path in ((stranger, "dossiers"), (good, "disclosures")):
        assert client.get(path).status_code in (401, 403)
        answers = (client.get(path) for _call in range(400))  # the bucket fills while a slow machine asks
        refused = next(answer for answer in answers if answer.status_code == 429)
        _problem(refused, 429, "E752")
        assert int(refused.headers["retry-after"]) >= 1
    assert api.client(address="192.0.2.10").get("dossiers").status_code == 401


def test_only_a_digest_of_a_token_is_kept_and_it_dies_with_its_owner(filed: Office) -> None:
    from congkhai.plugin.accounts import Duty, add_account, set_disabled

    house = filed.house
    with house.store.write(house.agency, "test") as tx:
        owner = add_account(tx, name="lich", person="Lê Thị Mẫu", duties=[Duty.CLERK])
        secret = make_token(tx, "lịch của tôi", ["calendar:clerk"], owner=owner)
    found = resume_token(house.store, secret)
    assert found is not None
    assert (found.role, found.digest) == ("clerk", digest(secret))
    assert all(secret.encode() not in data for data in filed.everything().values())
    with house.store.write(house.agency, "test") as tx:
        set_disabled(tx, owner, disabled=True)
    assert resume_token(house.store, secret) is None
