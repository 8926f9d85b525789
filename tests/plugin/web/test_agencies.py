"""Two agencies in one installation: each lives its own life, and nothing of the one is seen or changed by the other."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin import worklist
from congkhai.plugin.accounts import Duty, add_account, sign_in
from congkhai.plugin.checkpoints import Kept, kept
from congkhai.plugin.cli import group
from congkhai.plugin.errors import ConfigurationError, CongkhaiError
from congkhai.plugin.fsck import check_store
from congkhai.plugin.house import House, open_house
from congkhai.plugin.journal_proofs import check_journal
from congkhai.plugin.metrics import exposition
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.search import holding
from congkhai.plugin.status import status
from congkhai.plugin.store import read
from congkhai.plugin.store import tables as t
from congkhai.plugin.web import sessions
from congkhai.plugin.web.agencies import COOKIE, make_apps
from congkhai.plugin.web.app import cookie_name
from congkhai.plugin.web.routes import all_pages
from congkhai.plugin.web.watch_pages import ANSWERS
from congkhai.plugin.work import retry, skip
from congkhai.signing import read_container

from .inside import HOME, Direct
from .two_agencies import CANARY, MINE, NAMES, THEIRS, Two, dump, matters, prepare_two

PASSWORD = "một câu dài dễ nhớ"


@pytest.fixture(scope="module")
def two(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Both communes with their plan filed; nothing that follows may change it."""
    import shutil

    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(pki, folder, dirs_exist_ok=True)
    prepare_two(folder)
    both = Two(folder)
    both.live()
    for house in both.houses:
        with house.store.write(house.agency, "test") as tx:
            add_account(tx, name="quan-tri", person=f"Quản trị {house.agency}", duties=list(Duty), password=PASSWORD)
            tx.record_fault("overdue", "x", CANARY if house.agency == THEIRS else "Quá hạn")
    yield both
    both.close()


def ids_of(house: House) -> set[str]:
    """Return every id of an agency's rows that could be asked for."""
    found: set[str] = {house.agency}
    with house.store.read() as connection:
        for table in t.metadata.sorted_tables:
            for column in table.primary_key.columns:
                if isinstance(column.type, sa.Text):
                    found |= {str(one) for one in connection.scalars(sa.select(column))}
    return {one for one in found if len(one) > 5}


@pytest.fixture(scope="module")
def foreign(two: Two) -> set[str]:
    """Ids that stand in rows of the other agency only."""
    return ids_of(two.theirs) - ids_of(two.mine)


def betrays(text: str, foreign: set[str], asked: str = "") -> list[str]:
    """Return what a text lets out of the other agency; what was asked for may be said back."""
    told = [one for one in foreign if one not in asked and one in text and one != THEIRS]
    return told + ([CANARY] if CANARY in text else [])


def test_one_process_takes_both_to_their_own_filed_dossier(two: Two) -> None:
    for house, other in ((two.mine, THEIRS), (two.theirs, MINE)):
        (matter,) = matters(house)
        assert matter.state is DisclosureState.FILED
        filed = [one for one in (two.folder / f"ban-giao-{house.agency}").iterdir() if not one.name.startswith(".")]
        assert len(filed) == 1
        with house.store.read() as connection:
            dossier = read.dossier(connection, matter.id)
        assert dossier is not None
        assert Path(dossier.path).parent.name == house.agency
        text = "".join(member.name for member in read_container(Path(dossier.path)).members)
        assert other not in text
        verdict, proofs = check_journal(house)
        assert (verdict.broken, proofs.problems, proofs.foreign) == ((), (), 0)
        assert check_store(house) == []
    verdict, proofs = check_journal(two.mine, [two.folder / "data" / "dossiers"])
    assert (verdict.broken, proofs.problems, proofs.foreign > 0) == ((), (), True)


def test_every_read_function_answers_with_nothing_of_the_other(two: Two, foreign: set[str]) -> None:
    functions = [one for name, one in vars(read).items() if inspect.isfunction(one) and not name.startswith("_")
                 and one.__module__ == read.__name__]  # fmt: skip
    assert len(functions) > 8
    for function in functions:
        several = "Sequence" in str(inspect.signature(function))
        for id_ in sorted(foreign):
            more = ["closing"] if function is read.minutes else []
            with two.mine.store.read() as connection:
                try:
                    answer = function(connection, [id_] if several else id_, *more)
                    answer = list(answer) if isinstance(answer, Iterator) else answer
                except CongkhaiError as error:
                    assert not betrays(str(error), foreign, id_), function
                    continue
            assert not answer, (function, id_)


def test_what_is_shown_of_the_house_names_nothing_of_the_other(two: Two, foreign: set[str]) -> None:
    house = two.mine
    shown = [str(status(house)), exposition(house).decode(), str(worklist.counts(house)), str(worklist.stuck(house))]
    shown += [str(worklist.items(house, kind)) for kind in worklist.KINDS]
    for text in shown:
        assert not betrays(text, foreign)
    with house.store.read() as connection:
        query = sa.select(t.disclosure.c.id).where(*holding(connection, THEIRS, "tân lập"))
        assert not connection.execute(query).all()
        query = sa.select(t.disclosure.c.title).where(*holding(connection, MINE, "riêng"))
        assert not connection.execute(query).all()
    both = exposition(*two.houses).decode()
    assert f'agency="{MINE}"' in both
    assert f'agency="{THEIRS}"' in both


def test_no_verb_of_one_acts_on_the_other(two: Two, foreign: set[str]) -> None:
    with two.theirs.store.engine.begin() as connection:
        key = connection.scalar(sa.select(t.job.c.key).where(t.job.c.kind == "file"))
        fault = connection.scalar(sa.select(t.fault.c.id).order_by(t.fault.c.id.desc()))
        connection.execute(sa.update(t.job).where(t.job.c.key == key).values(state="dead"))
    before = dump(two.theirs)
    assert not retry(two.mine, str(key), "kẻ tò mò")
    assert not skip(two.mine, str(key), "kẻ tò mò", "thử")
    assert not skip(two.mine, f"fault:{fault}", "kẻ tò mò", "thử")
    assert dump(two.theirs) == before
    with two.theirs.store.engine.begin() as connection:
        connection.execute(sa.update(t.job).where(t.job.c.key == key).values(state="done"))


def kept_of(house: House) -> list[Kept]:
    """Return an agency's checkpoints."""
    with house.store.read() as connection:
        return kept(connection, house.agency)


def client_of(two: Two, agency: str) -> httpx.Client:
    """Return a visitor who has chosen an agency."""
    client = httpx.Client(transport=Direct(make_apps(two.houses, own=HOME), "127.0.0.1"), base_url=HOME)
    client.cookies.set(COOKIE, agency)
    return client


def signed_in(two: Two, house: House) -> httpx.Client:
    """Return a visitor with every right in an agency."""
    holder = sign_in(house.store, house.agency, "quan-tri", PASSWORD, "127.0.0.1")
    assert holder is not None
    client = client_of(two, house.agency)
    cookie = sessions.begin(house.store, holder, address="127.0.0.1", browser="test")
    client.cookies.set(cookie_name(house), cookie)
    return client


def test_no_page_shows_or_changes_anything_of_the_other(two: Two, foreign: set[str]) -> None:
    client = signed_in(two, two.mine)
    kinds: dict[str, list[str]] = {}
    for id_ in sorted(foreign):  # one id of each form is enough for each page
        kinds.setdefault(id_[0] + str(len(id_)), []).append(id_)
    asked = [ids[0] for ids in kinds.values()][:8]
    before = dump(two.theirs)
    reached = 0
    for page in all_pages():
        if page.path in ANSWERS:
            continue  # for machines of IT: these speak of the installation, and hold no content
        names = re.findall(r"\{([a-z_:]+)\}", page.path)
        for id_ in asked if names else [""]:
            path = re.sub(r"\{[a-z_:]+\}", id_, page.path)
            form: Any = dict.fromkeys(("id", "key", "posting", "minutes", "dossier", "document", "subject", "row"), id_)
            form |= {"reason": "thử", "by": "kẻ tò mò", "since": "2026-07-06T08:00", "at": "2026-07-06T08:00"}
            query = {"q": CANARY[:8], "next": "/", "agency": THEIRS}
            answer = client.request(page.method, path, data=form if page.method == "POST" else None, params=query)
            assert answer.status_code < 500 or answer.status_code == 503, (page.method, path, answer.text[:300])
            # What the visitor typed into a search field is shown to them again.
            assert not betrays(answer.text.replace(CANARY[:8], ""), foreign, id_), (page.method, path)
            reached += answer.status_code < 400
    assert reached > 20
    after = dump(two.theirs)
    assert after == before


def test_the_visitor_chooses_an_agency_and_a_session_of_one_opens_nothing_in_the_other(two: Two) -> None:
    app = Direct(make_apps(two.houses, own=HOME), "127.0.0.1")
    visitor = httpx.Client(transport=app, base_url=HOME)
    away = visitor.get("/cong-khai")
    assert (away.status_code, away.headers["location"]) == (303, "/co-quan?next=/cong-khai")
    listed = visitor.get("/co-quan")
    assert all(name in listed.text for name in NAMES.values())
    chosen = visitor.get("/co-quan", params={"chon": THEIRS, "next": "//evil.example/"})
    assert (chosen.status_code, chosen.headers["location"], visitor.cookies[COOKIE]) == (303, "/", THEIRS)
    assert NAMES[THEIRS] in visitor.get("/dang-nhap").text
    assert "/co-quan" in visitor.get("/dang-nhap").text
    done = visitor.post("/dang-nhap", data={"name": "quan-tri", "password": PASSWORD})
    assert done.status_code == 303
    assert CANARY in visitor.get("/cong-khai").text
    session = visitor.cookies[cookie_name(two.theirs)]
    other = client_of(two, MINE)
    other.cookies.set(cookie_name(two.mine), session)
    assert other.get("/cong-khai").headers["location"].startswith("/dang-nhap")
    assert other.get("/readyz").json()["ready"] in (True, False)
    assert other.get(f"/co-quan/{THEIRS}/api/v1/disclosures").status_code == 401
    assert other.get("/co-quan/nobody/api/v1/disclosures").headers["location"] == "/co-quan"


def test_verbs_ask_for_the_agency_and_say_which_there_are(two: Two) -> None:
    ini = ["-c", str(two.folder / "congkhai.ini")]
    unchosen = CliRunner().invoke(group, [*ini, "journal", "verify"])
    assert isinstance(unchosen.exception, ConfigurationError)
    assert unchosen.exception.code == "congkhai-E765"
    wrong = CliRunner().invoke(group, [*ini, "--agency", "nobody", "journal", "verify"])
    assert isinstance(wrong.exception, ConfigurationError)
    assert (wrong.exception.code, MINE in wrong.exception.advice) == ("congkhai-E766", True)
    right = CliRunner().invoke(group, [*ini, "--agency", MINE, "journal", "verify"])
    assert right.exit_code == 0, right.output
    passed = CliRunner().invoke(group, [*ini, "once", "--json"])
    assert json.loads(passed.stdout)["done"] >= 4, passed.output  # a sweep and a checkpoint for each
    for house in two.houses:
        assert [one.why for one in kept_of(house)][-1] == "day"
    checked = CliRunner().invoke(group, [*ini, "check", "--only", "regulation", "--json"])
    assert {one["id"].partition("/")[0] for one in json.loads(checked.stdout)["checks"]} == {MINE, THEIRS}
    both = CliRunner().invoke(group, [*ini, "status"])
    assert all(name in both.output for name in NAMES.values())
    alone = CliRunner().invoke(group, [*ini, "--agency", MINE, "status"])
    assert CANARY not in alone.output
    with pytest.raises(ConfigurationError):
        open_house(two.folder / "congkhai.ini")
