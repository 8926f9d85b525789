"""Filing back: looked for first, sent once, read back, and undecided rather than sent twice."""

import time
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import AccessError, OutsideError, UndecidedError
from congkhai.plugin.outbox import settle_by_person
from congkhai.plugin.records import DisclosureState, Receipt
from congkhai.plugin.signing_desk import sign_by_person
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import Office


@pytest.fixture
def last(at_stage: OpenOffice) -> Office:
    """A matter whose dossier goes to the scripted system once the head has signed its report."""
    return at_stage("last", lambda ini: ini.replace("file-to = ban-giao", "file-to = nguon"))


def _dossier(office: Office) -> Any:
    made = office.dossier()
    assert made is not None
    return made


def _acts(office: Office) -> list[str]:
    return [call.partition(" ")[0] for call in office.source.calls if call.startswith(("find", "file"))]


def _raise(error: BaseException) -> Any:
    def call(*_anything: object) -> Any:
        raise error

    return call


def test_the_new_papers_and_the_container_are_filed_once_under_one_key(last: Office) -> None:
    last.sign("head")
    (filing,) = last.source.filings
    assert _acts(last) == ["find", "file"]
    assert [file.name for file in filing.files] == [
        "bien-ban-niem-yet.xml", "bien-ban-niem-yet.pdf", "bien-ban-ket-thuc.xml", "bien-ban-ket-thuc.pdf",
        "bao-cao-ket-qua.xml", "bao-cao-ket-qua.pdf", f"{_dossier(last).id}.asice",
    ]  # fmt: skip
    assert filing.files[-1].sha256 == _dossier(last).sha256
    assert _dossier(last).receipt.startswith("hs-1")
    assert last.matter().state is DisclosureState.FILED
    assert last.script.events[-1] == ("dossier_filed", _dossier(last).id)


def test_a_filing_that_stands_there_already_is_not_sent_again(last: Office) -> None:
    last.source.finding = lambda key: Receipt(key, "hs-cũ", last.now)
    last.sign("head")
    assert _acts(last) == ["find"]
    assert _dossier(last).receipt.startswith("hs-cũ")


def test_accepted_without_an_answer_is_unsure_and_never_sent_again(last: Office) -> None:
    last.source.filing = _raise(UndecidedError("hết thời gian chờ"))
    last.sign("head")
    last.work_on()
    assert last.matter().state is DisclosureState.CLOSED
    assert "unsure-file" in [one["what"] for one in status(last.house)["stuck"]]
    last.source.filing = None
    last.restart()
    last.wait(days=5)
    assert _acts(last).count("file") == 1
    assert _dossier(last).filed_at is None


def test_power_lost_after_sending_is_settled_by_the_read_back(last: Office) -> None:
    def filed_then_dead(filing: Any) -> Any:
        last.source.filed[filing.key] = Receipt(filing.key, "hs-1", last.now)
        raise KeyboardInterrupt

    last.source.filing = filed_then_dead
    with pytest.raises(KeyboardInterrupt):
        last.sign("head")
    last.source.filing = None
    last.restart()
    last.work()
    assert _acts(last) == ["find", "file", "find"]
    assert last.matter().state is DisclosureState.FILED
    assert len(last.journal("dossier.filed")) == 1
    assert [event for event in last.script.events if event[0] == "dossier_filed"] == [
        ("dossier_filed", _dossier(last).id)
    ]


def test_a_system_that_is_down_gets_the_dossier_when_it_is_back_under_the_same_key(last: Office) -> None:
    last.source.filing = _raise(OutsideError("502"))
    last.sign("head")
    assert last.matter().state is DisclosureState.CLOSED
    last.source.filing = None
    for _try in range(100):
        last.work()
        if last.matter().state is DisclosureState.FILED:
            break
        time.sleep(0.01)
    assert len({filing.key for filing in last.source.filings}) == 1
    assert len(last.source.filed) == 1


def test_a_system_that_refuses_us_waits_for_a_person(last: Office) -> None:
    last.source.filing = _raise(AccessError("tài khoản bị khoá"))
    last.sign("head")
    time.sleep(0.03)
    last.work()
    assert _acts(last).count("file") == 1
    assert [row.kind for row in last.jobs("dead")] == ["file"]


def test_without_a_place_to_file_the_dossier_stays_where_clerks_find_it(at_stage: OpenOffice) -> None:
    office = at_stage("last", lambda ini: ini.replace("file-to = ban-giao", "file-to ="))
    office.sign("head")
    assert office.matter().state is DisclosureState.FILED
    assert _dossier(office).path in _dossier(office).receipt
    assert office.rows(t.outbox)[-1].act != "file"


def test_the_hand_over_folder_gets_the_dossier_whole(at_stage: OpenOffice) -> None:
    office = at_stage("last")
    office.sign("head")
    (folder,) = (office.folder / "ban-giao").iterdir()
    names = {file.name for file in folder.iterdir()}
    assert {"receipt.json", f"{_dossier(office).id}.asice", "bao-cao-ket-qua.pdf"} <= names
    assert folder.name in _dossier(office).receipt


def test_the_dossier_of_a_matter_that_was_withdrawn_meanwhile_is_not_filed(last: Office) -> None:
    made = last.paper("report")
    assert made is not None
    sign_by_person(last.house, made.id, last.house.signer_of("head")[1])
    with last.house.store.write(last.house.agency, "test") as tx:  # before its dossier is built
        tx.connection.execute(sa.update(t.disclosure).values(state="withdrawn"))
    last.work()
    assert last.source.filings == []


def test_papers_that_the_target_holds_already_are_named_and_not_sent_again(last: Office) -> None:
    """What iOffice holds is only linked there (``savebrief``); its bytes travel inside the container alone."""
    last.sign("head")
    (filing,) = last.source.filings
    disclosed = next(one for one in last.documents() if one.id == last.matter().documents[0])
    assert disclosed.source == "nguon"
    assert filing.held == (disclosed.remote_id,)
    assert not {file.sha256 for file in filing.files} & {file.sha256 for file in disclosed.attachments}


@pytest.mark.parametrize(("happened", "sent"), [(True, 1), (False, 2)])
def test_a_person_decides_an_undecided_filing(last: Office, happened: bool, sent: int) -> None:
    last.source.filing = _raise(UndecidedError("hết thời gian chờ"))
    last.sign("head")
    last.source.filing = None
    (row,) = [row for row in last.rows(t.outbox) if row.act == "file"]
    assert settle_by_person(last.house, row.key, happened=happened, by="Lê Văn Mẫu", reason="Đã xem iOffice")
    last.work()
    assert _acts(last).count("file") == sent
    assert last.matter().state is DisclosureState.FILED
    assert status(last.house)["stuck"] == []
