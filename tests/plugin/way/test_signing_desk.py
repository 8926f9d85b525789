"""Signing: each role with its own key, side by side, verified twice, never by the daemon unless it is allowed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from congkhai.plugin import desk
from congkhai.plugin.errors import ConfigurationError, NotAllowedError, OurError
from congkhai.plugin.interfaces import Signer
from congkhai.plugin.records import CheckResult
from congkhai.plugin.signing_desk import sign_by_person, waiting_for
from congkhai.plugin.store import tables as t
from congkhai.signing import SigningError, Trust, complete, recheck, verify_bytes

from .conftest import OpenOffice
from .office import ROLES, Office


@pytest.fixture
def posted(at_stage: OpenOffice) -> Office:
    """Posting minutes that wait for three signers."""
    return at_stage("posted")


@dataclass
class Watched:
    """A signer that calls somebody while it signs."""

    inner: Signer
    meanwhile: Callable[[], object] = lambda: None
    role: str = field(init=False)
    person: str = field(init=False)
    attended: bool = field(init=False)

    def __post_init__(self) -> None:
        self.role, self.person, self.attended = self.inner.role, self.inner.person, self.inner.attended

    @property
    def algorithm(self) -> str:
        return self.inner.algorithm

    def certificate(self) -> bytes:
        return self.inner.certificate()

    def chain(self) -> list[bytes]:
        return list(self.inner.chain())

    def sign(self, octets: bytes) -> bytes:
        self.meanwhile()
        return self.inner.sign(octets)

    def check(self, *, live: bool) -> list[CheckResult]:
        return list(self.inner.check(live=live))


def _id(office: Office) -> str:
    made = office.paper("posting")
    assert made is not None
    return made.id


def _sign(office: Office, role: str) -> None:
    sign_by_person(office.house, _id(office), office.house.signer_of(role)[1])


def _nothing_was_signed(office: Office) -> bool:
    made = office.paper("posting")
    assert made is not None
    return made.signatures == () and len(made.missing) == 3 and office.journal("minutes.signed") == []


def test_the_daemon_never_uses_the_key_of_a_person(posted: Office) -> None:
    posted.wait(days=40)
    assert _nothing_was_signed(posted)
    with posted.house.store.write(posted.house.agency, "test") as tx:
        tx.enqueue("sign", "ép", minutes=_id(posted), signer="head")
    posted.work()
    assert _nothing_was_signed(posted)
    (stuck,) = [row for row in posted.jobs("dead") if row.kind == "sign"]
    assert "head" in stuck.last_error


def test_a_key_that_the_agency_lets_work_by_itself_is_used_at_once(at_stage: OpenOffice) -> None:
    def allow(ini: str) -> str:
        head = ini.index("[signer:head]")
        allowed = "attended = no\nunattended-basis = Quyết định mẫu số 2"
        return ini[:head] + ini[head:].replace("attended = yes", allowed, 1)

    office = at_stage("closing", allow)
    office.take_down_all()
    closing = office.paper("closing")
    assert closing is not None
    assert [one.role for one in closing.signatures] == ["head"]


def test_three_people_sign_in_any_order_and_every_signature_stays_valid(posted: Office) -> None:
    bodies = set()
    for role in ("head", "records_officer", "front_chair"):
        _sign(posted, role)
        made = posted.paper("posting")
        assert made is not None
        bodies.add(made.body_sha256)
    assert len(bodies) == 1
    assert made is not None
    xml = posted.house.store.vault.read(made.file_sha256)
    assert set(recheck(xml, body_sha256=made.body_sha256)) == {one.signature_id for one in made.signatures}
    report = verify_bytes(xml, "m.xml", Trust.load(posted.folder / "trust"), posted.now)
    assert report.indication == "TOTAL_PASSED"
    assert len(report.signatures) == 3
    assert [event for event in posted.script.events if event[0] == "minutes_signed"] == [
        ("minutes_signed", f"posting:{role}") for role in ("head", "records_officer", "front_chair")
    ]
    assert posted.house.store.vault.read(made.pdf_sha256).startswith(b"%PDF-")
    assert posted.journal("minutes.signed")[0]["actor"] == "Nguyễn Văn Mẫu"


def test_a_role_that_the_paper_does_not_wait_for_is_refused(posted: Office) -> None:
    with pytest.raises(NotAllowedError):
        sign_by_person(posted.house, _id(posted), posted.house.signer_of("seal")[1])
    assert _nothing_was_signed(posted)
    _sign(posted, "head")
    with pytest.raises(NotAllowedError):
        _sign(posted, "head")
    assert len(posted.journal("minutes.signed")) == 1


def test_the_paper_of_a_withdrawn_matter_is_not_signed_any_more(posted: Office) -> None:
    desk.withdraw_matter(posted.house, posted.matter().id, "Lê Văn Mẫu", "Nhầm")
    assert waiting_for(posted.house, "head") == []
    with pytest.raises(NotAllowedError):
        _sign(posted, "head")


def test_an_expired_certificate_is_refused_before_its_key_is_used(at_stage: OpenOffice) -> None:
    office = at_stage("posted", lambda ini: ini.replace("keys/head.", "keys/expired."))
    used: list[int] = []
    signer = Watched(office.house.signer_of("head")[1], lambda: used.append(1))
    with pytest.raises(SigningError):
        sign_by_person(office.house, _id(office), signer)
    assert used == []
    assert _nothing_was_signed(office)


def test_a_wrong_key_password_is_a_clear_error_that_names_the_file(posted: Office) -> None:
    (posted.folder / "keys" / "head.password").write_text("sai\n", encoding="utf-8")
    posted.restart()
    with pytest.raises(ConfigurationError) as refused:
        _sign(posted, "head")
    assert "head.p12" in str(refused.value)
    assert refused.value.advice
    assert "sai" not in refused.value.explain().split()
    assert _nothing_was_signed(posted)
    _sign(posted, "front_chair")  # a key that cannot be opened stops nobody else


def test_somebody_who_signs_while_another_signs_loses_neither_signature(posted: Office) -> None:
    both = Watched(posted.house.signer_of("head")[1], lambda: _sign(posted, "front_chair"))
    sign_by_person(posted.house, _id(posted), both)
    made = posted.paper("posting")
    assert made is not None
    assert {one.role for one in made.signatures} == {"head", "front_chair"}
    xml = posted.house.store.vault.read(made.file_sha256)
    assert set(recheck(xml, body_sha256=made.body_sha256)) == {one.signature_id for one in made.signatures}


def test_somebody_who_finishes_between_file_and_row_loses_neither_signature(
    posted: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def late(document: bytes, **more: str) -> tuple[str, ...]:
        if not seen:
            seen.append(1)
            _sign(posted, "front_chair")
        return recheck(document, **more)

    monkeypatch.setattr("congkhai.plugin.signing_desk.recheck", late)
    _sign(posted, "head")
    made = posted.paper("posting")
    assert made is not None
    assert {one.role for one in made.signatures} == {"head", "front_chair"}


def test_three_people_at_once_each_sign_once(posted: Office) -> None:
    errors: list[Exception] = []

    def run(role: str) -> None:
        try:
            _sign(posted, role)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(role,)) for role in ROLES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    made = posted.paper("posting")
    assert made is not None
    assert made.missing == ()
    xml = posted.house.store.vault.read(made.file_sha256)
    assert len(recheck(xml, body_sha256=made.body_sha256)) == 3
    assert made.pdf_sha256


def test_one_role_signing_twice_at_once_signs_once(posted: Office) -> None:
    twice = Watched(posted.house.signer_of("head")[1], lambda: _sign(posted, "head"))
    with pytest.raises(Exception) as refused:
        sign_by_person(posted.house, _id(posted), twice)
    made = posted.paper("posting")
    assert made is not None
    assert [one.role for one in made.signatures] == ["head"]
    assert len(posted.journal("minutes.signed")) == 1
    assert refused.value


def test_one_role_signing_twice_at_once_is_told_so_in_words(posted: Office) -> None:
    twice = Watched(posted.house.signer_of("head")[1], lambda: _sign(posted, "head"))
    with pytest.raises(NotAllowedError):
        sign_by_person(posted.house, _id(posted), twice)


@pytest.mark.parametrize("plant", ["sees nothing", "something else was signed"])
def test_when_the_second_verifier_disagrees_nothing_is_kept(
    posted: Office, monkeypatch: pytest.MonkeyPatch, plant: str
) -> None:
    if plant == "sees nothing":
        monkeypatch.setattr("congkhai.plugin.signing_desk.recheck", lambda _document, **_more: ())
    else:

        def forged(document: bytes, *more: object) -> bytes:
            return complete(document, *more).replace("Mẫu Sơn".encode(), "Mẫu Khác".encode(), 1)  # type: ignore[arg-type]

        monkeypatch.setattr("congkhai.plugin.signing_desk.complete", forged)
    with pytest.raises((OurError, SigningError)):
        _sign(posted, "head")
    assert _nothing_was_signed(posted)
    assert posted.rows(t.signature) == []


def test_a_paper_whose_kept_file_was_changed_is_not_signed(posted: Office) -> None:
    made = posted.paper("posting")
    assert made is not None
    path = posted.house.store.vault.path(made.file_sha256)
    path.write_bytes(path.read_bytes().replace("Mẫu Sơn".encode(), "Mẫu Khác".encode()))
    with pytest.raises(OurError):
        _sign(posted, "head")
    assert _nothing_was_signed(posted)


def test_what_waits_for_a_role_is_listed_oldest_first_and_not_after_it_signed(at_stage: OpenOffice) -> None:
    office = at_stage("posted")
    assert [one.kind for one in waiting_for(office.house, "head")] == ["posting"]
    assert waiting_for(office.house, "seal") == []
    _sign(office, "head")
    assert waiting_for(office.house, "head") == []
    assert [one.kind for one in waiting_for(office.house, "front_chair")] == ["posting"]


def test_closing_minutes_may_be_signed_before_the_opening_ones_and_the_matter_ends_the_same(
    at_stage: OpenOffice,
) -> None:
    office = at_stage("posted")
    office.wait(days=24)
    office.take_down_all()
    closing = office.paper("closing")
    assert closing is not None
    for role in ROLES:
        sign_by_person(office.house, closing.id, office.house.signer_of(role)[1])
    office.work()
    assert office.matter().state.value == "closing"
    for role in ROLES:
        _sign(office, role)
    office.work()
    assert office.matter().state.value == "closed"
    assert office.paper("report") is not None
