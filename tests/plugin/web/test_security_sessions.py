"""Signing in and staying signed in: what an outsider can neither plant, guess, outlive, block nor read."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from congkhai.plugin import accounts, tokens
from congkhai.plugin.accounts import Duty, account, add_account, give_ticket, set_disabled, sign_in
from congkhai.plugin.config.schema import WebSettings
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.store import tables as t
from congkhai.plugin.web import sessions
from congkhai.plugin.web.app import cookie_name
from congkhai.plugin.web.rights import Right
from congkhai.plugin.web.routes import all_pages
from tests.plugin.way.conftest import OpenOffice
from tests.plugin.way.databases import copy_home
from tests.plugin.way.office import Office

from .conftest import PASSWORD
from .inside import Inside

NAME = "thanh-tra"
WRONG = "không phải câu đó đâu"


@pytest.fixture(scope="module")
def inside(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """A house whose inspector has a password."""
    office = Office(copy_home(stages["posted"], tmp_path_factory.mktemp("sessions") / "house"))
    made = Inside(office)
    made.holder(NAME)
    yield made
    office.house.close()


def _post(inside: Inside, name: str, password: str, address: str = "127.0.0.1", **cookies: str) -> Any:
    client = inside.visitor(address)
    for key, value in cookies.items():
        client.cookies.set(key, value)
    return client.post("/dang-nhap", data={"name": name, "password": password})


def _change(inside: Inside, digest: str, **values: object) -> None:
    with inside.office.house.store.engine.begin() as connection:
        connection.execute(sa.update(t.session).where(t.session.c.digest == digest).values(**values))


def _opened(inside: Inside) -> tuple[Any, str]:
    """Return a client with a session of its own, and the session's digest."""
    client = inside.signed_in(NAME, anew=True)
    assert client.get("/tai-khoan").status_code == 200
    return client, accounts.digest(inside.held[NAME])


def test_a_planted_session_is_not_taken_over_and_ends(inside: Inside) -> None:
    planted, digest = _opened(inside)
    name = cookie_name(inside.office.house)
    answer = _post(inside, NAME, PASSWORD, **{name: inside.held[NAME]})
    fresh = answer.cookies[name]
    assert fresh != inside.held[NAME]
    assert planted.get("/tai-khoan").status_code == 303
    stranger = _post(inside, NAME, PASSWORD, **{name: "tu-nghi-ra"})
    assert stranger.cookies[name] not in (fresh, "tu-nghi-ra")
    set_cookie = stranger.headers["set-cookie"].lower()
    assert all(part in set_cookie for part in ("httponly", "samesite=lax", "path=/"))
    assert "domain" not in set_cookie
    assert len(fresh) >= 43  # 256 bits
    held = inside.office.everything()
    assert all(fresh.encode() not in data for data in held.values())
    assert digest != fresh


@pytest.mark.parametrize("how", ["idle", "old", "ended", "disabled", "unknown"])
def test_a_session_does_not_outlive_its_time_its_end_or_its_account(inside: Inside, how: str) -> None:
    client, digest = _opened(inside)
    house, web = inside.office.house, inside.office.house.configuration.web
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.session).where(t.session.c.digest == digest)).one()
        holder = account(connection, row.account)
    assert holder is not None
    if how == "idle":
        _change(inside, digest, seen=row.seen - web.session_idle.total_seconds() - 1)
    elif how == "old":
        _change(inside, digest, begun=row.begun - web.session_longest.total_seconds() - 1)
    elif how == "ended":
        client.post("/tai-khoan/phien", data={"session": digest})
    elif how == "unknown":
        client.cookies.set(cookie_name(house), inside.held[NAME][:-1] + "!")
    else:
        with house.store.write(house.agency, "test") as tx:
            set_disabled(tx, holder, disabled=True)
    for path in ("/", "/tai-khoan", "/cong-khai"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/dang-nhap"), path
    if how == "disabled":
        with house.store.write(house.agency, "test") as tx:
            set_disabled(tx, holder, disabled=False)
        assert client.get("/").status_code == 303  # opening the account again opens no old session


def test_use_keeps_a_session_alive_only_up_to_its_longest_time(inside: Inside) -> None:
    client, digest = _opened(inside)
    longest = inside.office.house.configuration.web.session_longest
    with inside.office.house.store.read() as connection:
        row = connection.execute(sa.select(t.session).where(t.session.c.digest == digest)).one()
    _change(inside, digest, begun=row.begun - longest.total_seconds() + 5, seen=row.seen - 90)
    assert client.get("/tai-khoan").status_code == 200
    with inside.office.house.store.read() as connection:
        assert connection.scalar(sa.select(t.session.c.seen).where(t.session.c.digest == digest)) > row.seen - 90
    _change(inside, digest, begun=row.begun - longest.total_seconds() - 5)
    assert client.get("/tai-khoan").status_code == 303


def test_a_new_password_and_leaving_end_what_they_should(inside: Inside, cheap: None) -> None:
    house = inside.office.house
    with house.store.write(house.agency, "test") as tx:
        holder = add_account(tx, name="doi", person="Đỗ Thị Mẫu", duties=[Duty.INSPECTOR], password=PASSWORD)
    cookies = [sessions.begin(house.store, holder, address="", browser="") for _place in range(3)]
    clients = []
    for cookie in cookies:
        clients.append(inside.visitor())
        clients[-1].cookies.set(cookie_name(house), cookie)
    left = clients[0].post("/dang-xuat")
    assert "max-age=0" in left.headers["set-cookie"].lower()
    assert left.headers["clear-site-data"]
    assert [client.get("/").status_code for client in clients] == [303, 200, 200]
    new = {"old": PASSWORD, "new": "một câu dài khác hẳn"}
    assert clients[1].post("/tai-khoan/mat-khau", data={**new, "old": WRONG}).status_code == 400
    assert clients[1].post("/tai-khoan/mat-khau", data={**new, "new": "ngắn"}).status_code == 400
    assert clients[1].post("/tai-khoan/mat-khau", data=new).status_code == 303
    assert [client.get("/").status_code for client in clients] == [303, 303, 303]
    assert _post(inside, "doi", PASSWORD).status_code == 401


def test_nobody_ends_the_session_of_somebody_else(inside: Inside) -> None:
    client, digest = _opened(inside)
    inside.signed_in("van-thu").post("/tai-khoan/phien", data={"session": digest})
    assert client.get("/tai-khoan").status_code == 200
    assert digest not in inside.signed_in("van-thu").get("/tai-khoan").text


def test_what_binds_is_proven_anew_when_the_proof_is_old(inside: Inside) -> None:
    proven = [one for one in all_pages() if one.proven]
    assert proven
    assert {one.right for one in proven} == {Right.SIGN, Right.DECIDE}
    client = inside.signed_in("thu-truong")  # who holds both
    _change(inside, accounts.digest(inside.held["thu-truong"]), proven=0.0)
    for one in proven:
        answer = client.request(one.method, one.path.replace("{id}", "x"))
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/xac-nhan")
    assert client.post("/xac-nhan", data={"password": WRONG}).status_code == 401
    assert client.post("/xac-nhan", data={"password": PASSWORD, "next": "//khac.example"}).headers["location"] == "/"
    assert not client.get(proven[0].path.replace("{id}", "x")).headers.get("location", "").startswith("/xac-nhan")


# ------------------------------------------------------------------ guessing


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at a cost that does not slow the tests."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_wrong_passwords_wait_longer_each_time_and_shut_nobody_out(open_office: OpenOffice, cheap: None) -> None:
    house = open_office().house
    with house.store.write(house.agency, "test") as tx:
        add_account(tx, name="thu", person="Lê Thị Mẫu", duties=[Duty.CLERK], password=PASSWORD)

    def tried(password: str, address: str, name: str = "thu") -> bool:
        return sign_in(house.store, house.agency, name, password, address) is not None

    waits = []
    for _attempt in range(6):
        for _free in range(3):
            try:
                assert not tried(WRONG, "192.0.2.66")
            except NotAllowedError as error:
                assert error.code == "congkhai-E704"
                break
        with house.store.read() as connection:
            rows = {row.subject.partition(":")[0]: row for row in connection.execute(sa.select(t.attempt))}
            now = accounts.work.database_now(connection)
            free, longest = accounts._WAITS["pair"]
            waits.append(min(2.0 ** max(rows["pair"].failures - free, 0), longest))
        with house.store.engine.begin() as connection:  # the time is over
            connection.execute(sa.update(t.attempt).values(last=now - 301))
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    with house.store.engine.begin() as connection:  # an outsider never stops trying
        connection.execute(sa.update(t.attempt).values(failures=1_000_000, last=now))
    with pytest.raises(NotAllowedError):
        tried(PASSWORD, "192.0.2.66")
    with pytest.raises(NotAllowedError, match=r"chờ [1-6] giây"):
        tried(PASSWORD, "192.0.2.7")  # its holder elsewhere waits some seconds, no more
    with house.store.engine.begin() as connection:
        connection.execute(sa.update(t.attempt).values(last=now - 7))
    assert tried(PASSWORD, "192.0.2.7")
    with pytest.raises(NotAllowedError):
        tried(WRONG, "192.0.2.66", "ai khac")  # the address itself waits, whatever name it tries


def test_failures_that_are_long_past_are_forgotten(open_office: OpenOffice) -> None:
    house = open_office().house
    with house.store.engine.begin() as connection:
        connection.execute(sa.insert(t.attempt).values(subject="address:192.0.2.1", failures=9, last=1.0))
        connection.execute(sa.insert(t.attempt).values(subject="oidc:x", failures=0, last=1.0))
    assert sign_in(house.store, house.agency, "không có", WRONG, "192.0.2.2") is None
    with house.store.read() as connection:
        left = set(connection.scalars(sa.select(t.attempt.c.subject)))
    assert "address:192.0.2.1" not in left
    assert "oidc:x" in left


def test_an_answer_takes_the_same_work_whether_the_name_exists_or_not(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = inside.office.house
    with house.store.write(house.agency, "test") as tx:
        closed = add_account(tx, name="dong", person="A Mẫu", duties=[Duty.CLERK], password=PASSWORD)
        add_account(tx, name="khong-mat-khau", person="B Mẫu", duties=[Duty.CLERK])
        set_disabled(tx, closed, disabled=True)
    verified = []

    class Counting:
        def verify(self, known: str, _password: str) -> bool:
            verified.append(known.split("$")[:4])
            raise accounts.VerificationError

    monkeypatch.setattr(accounts, "_hasher", Counting())
    answers = [
        _post(inside, name, WRONG, address=f"198.51.100.{place}")
        for place, name in enumerate((NAME, "không có", "dong", "khong-mat-khau"))
    ]
    assert len(verified) == 4
    assert len({tuple(one) for one in verified}) == 1  # same algorithm and cost
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text.replace(name, "") for answer, name in zip(
        answers, (NAME, "không có", "dong", "khong-mat-khau"), strict=True
    )}) == 1  # fmt: skip


def test_passwords_are_kept_by_argon2id_with_a_cost_that_hurts_a_guesser(inside: Inside) -> None:
    with inside.office.house.store.read() as connection:
        kept = connection.scalar(sa.select(t.account.c.password).where(t.account.c.name == NAME))
    algorithm, _version, cost = str(kept).split("$")[1:4]
    memory = dict(part.split("=") for part in cost.split(","))
    assert (algorithm, int(memory["m"]) >= 19_456, int(memory["t"]) >= 2) == ("argon2id", True, True)


def test_no_password_ticket_cookie_or_token_comes_into_a_log_an_address_or_the_journal(
    inside: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    from congkhai.plugin.tokens import Scope, make_token

    house = inside.office.house
    with house.store.write(house.agency, "test") as tx:
        token = make_token(tx, "nhật ký", [Scope.STATUS], lasts=timedelta(days=1))
    with house.store.write(house.agency, "test") as tx:
        found = accounts.find(tx.connection, house.agency, NAME)
        ticket = give_ticket(tx, found)
    with caplog.at_level(logging.DEBUG):
        answers = [
            _post(inside, NAME, PASSWORD), _post(inside, NAME, WRONG),
            inside.visitor().post("/mot-lan", data={"ticket": ticket}),
            inside.visitor().post("/mot-lan", data={"ticket": "sai"}),
            inside.visitor().get("/api/v1/status", headers={"Authorization": f"Bearer {token}"}),
            inside.visitor().get("/api/v1/status", headers={"Authorization": f"Bearer {token}x"}),
        ]  # fmt: skip
    name = cookie_name(house)
    hidden = [PASSWORD, WRONG, ticket, token, *(answer.cookies[name] for answer in answers if name in answer.cookies)]
    assert len(hidden) == 6
    journal = str(inside.office.journal())
    for secret in hidden:
        assert secret not in caplog.text
        assert secret not in journal
        assert all(secret not in answer.headers.get("location", "") for answer in answers)
        assert all(secret not in answer.text for answer in answers)


def test_the_rules_for_passwords_count_length(cheap: None) -> None:
    name = "thu"
    for good in (
        "mười hai ký!",
        "a b c d e f g",
        "ẩ😀 x" * 8,
        "0123456789ab",
        "x y z " * 20 + "12345678",
        "câu không có số nào",
    ):
        accounts.check_password(good, name)
    for bad in ("ngắn", "a" * 11, "aaaaaaaaaaaaa", "d" * 129, "1 2 3 4 5 6 7" * 10):
        with pytest.raises(InputError):
            accounts.check_password(bad, name)
    long = "x y z " * 20 + "12345678"
    assert len(long) == accounts.LONGEST_PASSWORD == 128
    kept = accounts._hasher.hash(long)
    assert accounts._matches(kept, long)
    for other in (long[:-1], long[:72], long + "9", f" {long}", long.upper()):
        assert not accounts._matches(kept, other)


def test_the_forms_for_passwords_let_managers_work(inside: Inside) -> None:
    shown = inside.visitor().get("/dang-nhap").text + inside.signed_in(NAME).get("/tai-khoan").text
    fields = re.findall(r"<input[^>]*type=\"password\"[^>]*>", shown)
    assert len(fields) == 3
    for field in fields:
        assert re.search(r'autocomplete="(?:current|new)-password"', field)
        assert not re.search(r"pattern=|onpaste|readonly|value=", field)
    assert not re.search("câu hỏi bí mật|gợi ý mật khẩu", shown, re.IGNORECASE)


def test_a_new_house_has_no_account_at_all(open_office: OpenOffice) -> None:
    house = open_office().house
    with house.store.read() as connection:
        assert accounts.accounts(connection, house.agency) == []
    assert sign_in(house.store, house.agency, "admin", "admin", "192.0.2.1") is None


def test_secrets_of_ours_are_long_and_random(inside: Inside) -> None:
    from congkhai.plugin.tokens import Scope, make_token

    house = inside.office.house
    holder = inside.holder(NAME)
    made: dict[str, set[str]] = {"session": set(), "ticket": set(), "token": set(), "account": {holder.id}}
    with house.store.write(house.agency, "test") as tx:
        for number in range(20):
            made["ticket"].add(give_ticket(tx, holder))
            made["token"].add(make_token(tx, f"ngẫu nhiên {number}", [Scope.STATUS]).removeprefix("ckt_"))
    for _number in range(5):
        made["session"].add(sessions.begin(house.store, holder, address="", browser=""))
    least = {"session": 256, "ticket": 112, "token": 256}
    for kind, bits in least.items():
        assert all(len(one) * 6 >= bits for one in made[kind])
        assert len(made[kind]) in (5, 20)
    for module in (sessions, accounts, tokens):
        assert "import random" not in Path(str(module.__file__)).read_text(encoding="utf-8")


def test_sessions_end_by_default_as_the_standard_asks() -> None:
    web = WebSettings()
    assert web.session_idle <= timedelta(minutes=30)
    assert web.session_longest <= timedelta(hours=12)


def test_signing_in_failing_and_leaving_are_in_the_journal(inside: Inside) -> None:
    before = len(inside.office.journal())
    client = inside.visitor()
    client.post("/dang-nhap", data={"name": NAME, "password": WRONG})
    client.post("/dang-nhap", data={"name": "không có ai", "password": WRONG})
    client.post("/dang-nhap", data={"name": NAME, "password": PASSWORD})
    client.post("/dang-xuat")
    told = inside.office.journal()[before:]
    id_ = inside.holder(NAME).id
    assert [(body["act"], body["subject"]) for body in told] == [
        ("account.refused", id_), ("account.refused", "unknown"), ("session.begun", id_), ("session.ended", id_),
    ]  # fmt: skip
    assert all(body["at"] and body["actor"] and "node" in body for body in told)
    assert "không có ai" not in str(told)
