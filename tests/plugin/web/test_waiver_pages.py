"""Closing an incomplete dossier on the page: who may, what is shown before, three ways to sign, and what is refused."""

import hashlib
import re
from html import unescape
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from congkhai.plugin.dossier_decision import key_of, read_draft, settle_words, sign_here, take_back
from congkhai.plugin.dossier_waiver import NAME, STEM
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.kinds_matters import open_matter
from congkhai.plugin.minutes import read_decision, read_index, validate
from congkhai.plugin.orders import Deputy, add_deputy
from congkhai.plugin.records import Dossier
from congkhai.plugin.store import tables as t
from congkhai.signing import Trust, body_alone, complete, prepare, read_container, verify_bytes, verify_path
from tests.plugin.way.office import CLERK, PEOPLE, Office
from tests.plugin.way.test_kinds import made
from tests.plugin.way.test_signing_return import plug_in

from .inside import Inside

WHY = "Không có Ban Thanh tra nhân dân nhiệm kỳ này <b>"
BASIS = "Quyết định số 9/QĐ-UBND ngày 05/7/2026"


def incomplete(office: Office, title: str = "Giám sát năm 2026", year: int = 2026) -> Dossier:
    matter = open_matter(office.house, "supervision", title, year, CLERK)
    office.work()
    return made(office, matter)


def settled(client: httpx.Client, dossier: Dossier) -> str:
    """Fill the form as a head would, and return the address of what is to be signed."""
    form = client.get(f"/ho-so/{dossier.id}/ket-thuc")
    assert form.status_code == 200, form.text
    seen = unescape(re.search(r'name="seen" value="([^"]*)"', form.text)[1])  # type: ignore[index]  # always there
    answer = client.post(f"/ho-so/{dossier.id}/ket-thuc", data={"seen": seen, "reason": WHY, "basis": BASIS})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_head_reads_what_will_be_missing_signs_elsewhere_and_the_dossier_holds_and_proves_it(
    office: Office,
) -> None:
    dossier = incomplete(office)
    inside = Inside(office)
    head, clerk = inside.signed_in("thu-truong"), inside.signed_in("van-thu")
    assert "Soạn quyết định" in head.get(f"/ho-so/{dossier.id}").text
    told = clerk.get(f"/ho-so/{dossier.id}").text
    assert "Soạn quyết định" not in told
    assert "người đứng đầu quyết định" in told
    for method in ("GET", "POST"):
        assert clerk.request(method, f"/ho-so/{dossier.id}/ket-thuc").status_code == 403
    form = f"/ho-so/{dossier.id}/ket-thuc"
    assert "đã thay đổi" in head.post(form, data={"seen": "1:A01/x", "reason": WHY}).text
    seen = unescape(re.search(r'name="seen" value="([^"]*)"', head.get(form).text)[1])  # type: ignore[index]  # there
    empty = head.post(form, data={"seen": seen, "reason": " ", "basis": BASIS})
    assert (empty.status_code, BASIS in empty.text) == (400, True)
    address = settled(head, dossier)
    assert not office.journal("dossier.waived")
    (drafted,) = office.journal("dossier.drafted")
    assert (drafted["actor"], address.endswith(drafted["facts"]["sha256"])) == (PEOPLE["head"], True)
    shown = unescape(head.get(address).text)
    effect = "không được coi là hồ sơ đầy đủ"
    for words in (WHY, BASIS, "22.1", "22.2", effect, PEOPLE["head"], "Chưa có gì được quyết"):
        assert words in shown
    assert f"congkhai dossier waive {dossier.id} --signer head --reason" in shown
    assert "<b>" not in head.get(address).text
    body = head.get(f"{address}/than.xml").content
    assert head.post(address, data={"act": "return"}).status_code == 400
    wrong = plug_in(office, "front_chair").signed(body)
    changed = plug_in(office, "head").signed(body.replace(b"22.1", b"22.9"))
    for data in (wrong, changed, b"<x/>"):
        answer = head.post(address, data={"act": "return"}, files={"returned": ("x.xml", data)})
        assert answer.status_code == 400, data[:80]
    assert head.post(address, data={"act": "here"}).status_code == 409  # the head's key is the head's alone to use
    assert not office.journal("dossier.waived")
    signed = plug_in(office, "head").signed(body)
    answer = head.post(address, data={"act": "return"}, files={"returned": ("x.xml", signed)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ho-so/{dossier.id}?done=waived")
    assert "ngay sau đây" in head.get(f"/ho-so/{dossier.id}").text
    office.work()
    sealed = made(office, dossier.subject)
    assert (bool(sealed.sha256), sealed.complete) == (True, False)
    assert WHY in unescape(head.get(f"/ho-so/{dossier.id}").text)
    for path in (address, form):
        assert head.get(path).status_code == 409
    (entry,) = office.journal("dossier.waived")
    assert entry["actor"] == PEOPLE["head"]
    trust = Trust.load(office.folder / "trust")
    report = verify_path(Path(sealed.path), trust, office.now)
    assert report.indication == "TOTAL_PASSED"
    inner = next(one for one in report.files if one.path.endswith(f"{STEM}.xml"))
    assert [(one.role, one.level) for one in inner.signatures] == [("head", "XML-DSig")]
    members = {one.name: one.open().read() for one in read_container(Path(sealed.path)).members}
    assert (NAME in members, read_index(members["dossier.xml"]).complete) == (False, False)
    assert hashlib.sha256(members[f"{STEM}.xml"]).hexdigest() == drafted["facts"]["sha256"]  # so no file is an orphan
    validate(members[f"{STEM}.xml"])
    assert read_decision(members[f"{STEM}.xml"]).reason == WHY


def test_xades_beside_the_body_and_a_key_that_may_work_by_itself_sign_too(office: Office) -> None:
    first, second = incomplete(office), incomplete(office, "Giám sát năm 2025", 2025)
    house, trust = office.house, Trust.load(office.folder / "trust")
    draft = settle_words(house, first.id, "head", WHY)
    signer = house.signer_of("head")[1]
    prepared = prepare(
        draft.xml, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=office.now, role="head"
    )
    take_back(house, first.id, draft.sha256, "head", complete(draft.xml, prepared, signer.sign(prepared.octets)))
    signer.attended = False  # type: ignore[misc]  # as [signer:head] attended = no with its basis
    client = Inside(office).signed_in("thu-truong")
    address = settled(client, second)
    assert "Ký và kết thúc hồ sơ" in client.get(address).text
    assert client.post(address, data={"act": "here"}).status_code == 303
    office.work()
    for one in (first, second):
        sealed = made(office, one.subject)
        members = {member.name: member.open().read() for member in read_container(Path(sealed.path)).members}
        report = verify_bytes(members[f"{STEM}.xml"], "d.xml", trust, office.now)
        assert (report.indication, [one.role for one in report.signatures]) == ("TOTAL_PASSED", ["head"])
        assert verify_path(Path(sealed.path), trust, office.now).indication == "TOTAL_PASSED"


def test_words_hold_for_what_they_were_settled_for_and_by_whom(office: Office) -> None:
    first, second = incomplete(office), incomplete(office, "Giám sát năm 2025", 2025)
    house = office.house
    with pytest.raises(NotAllowedError) as caught:
        settle_words(house, first.id, "front_chair", WHY)
    assert caught.value.code == "congkhai-E738"
    with pytest.raises(NotAllowedError) as caught:
        settle_words(house, first.id, "head", " ")
    assert caught.value.code == "congkhai-E736"
    draft = settle_words(house, first.id, "head", WHY, BASIS)
    other, _size = house.store.vault.put(b"<x/>")
    again, _size = house.store.vault.put(draft.xml + b"\n")
    for id_, sha256 in ((second.id, draft.sha256), (first.id, other), (first.id, "0" * 64), (first.id, "../x"),
                        (first.id, again)):  # fmt: skip
        with pytest.raises(InputError) as refused:
            read_draft(house, id_, sha256)
        assert refused.value.code == "congkhai-E820"
    vice = Deputy("head", "front-chair", "KT.", "Phó Chủ tịch", "Quyết định số 3/QĐ-UBND ngày 01/7/2026")
    add_deputy(house, vice, office.now.date(), None, CLERK)
    assert key_of(house, "front_chair")[0] == "front-chair"
    for role, where in (("front_chair", "E821"), ("records_officer", "E738")):  # the words name the head
        with pytest.raises(NotAllowedError) as caught:
            sign_here(house, first.id, draft.sha256, role)
        assert caught.value.code.endswith(where)
    by_deputy = settle_words(house, first.id, "front_chair", WHY)
    assert by_deputy.content.roles[0].capacity[-1] == "PHÓ CHỦ TỊCH"
    with house.store.write(house.agency, "test") as tx:
        findings = [{**one, "where": "22.9"} for one in tx.connection.scalar(
            sa.select(t.dossier.c.findings).where(t.dossier.c.id == first.id))]  # fmt: skip
        tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.id == first.id).values(findings=findings))
    with pytest.raises(NotAllowedError) as caught:
        take_back(house, first.id, draft.sha256, "head", plug_in(office, "head").signed(body_alone(draft.xml)))
    assert caught.value.code == "congkhai-E821"
    assert not office.journal("dossier.waived")
