"""Raising signatures with real services on loopback: from B to LTA, renewed, and judged decades later."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from congkhai.signing import (
    Indication,
    LevelError,
    Revocation,
    RevocationError,
    Service,
    Stamper,
    TimestampError,
    Tools,
    Trust,
    TryLaterError,
    augment,
    augment_container,
    enriched,
    member_from_bytes,
    read_container,
    recheck,
    recheck_container,
    renew,
    renew_container,
    renewal_due,
    signature_ids,
    verify_bytes,
    verify_path,
    write_container,
)
from congkhai.signing.status import ocsp_status

from .authority_service import SIGNED, ClockedSession, Services, running
from .pki import DER, Pki
from .samples import container_signature, file_key, members, minutes_xml, sign

UTC = dt.UTC
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
RENEWED = dt.datetime(2030, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The services, one for all tests of this file."""
    with running(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture(scope="module")
def anchors(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """The root and nothing else."""
    return Trust.load(services.trust_folder(tmp_path_factory.mktemp("anchors")))


class Desk:
    """Somebody who raises signatures: services, trust and the time in one hand."""

    def __init__(self, services: Services, trust: Trust) -> None:
        self.services, self.trust = services, trust
        self.session = ClockedSession(SIGNED)

    def tools(self, at: dt.datetime, tsa: str = "tsa") -> Tools:
        self.session.now = at
        stamper = Stamper([Service(self.services.tsa(tsa), timeout=20)], self.session, self.trust)
        return Tools(self.trust, at, stamper, Revocation(self.session, timeout=20))

    def raised(self, document: bytes, level: str, at: dt.datetime = SIGNED + MINUTE) -> bytes:
        for step in range(("T", "LT", "LTA").index(level) + 1):
            for one in signature_ids(document):
                document = augment(document, one, ("T", "LT", "LTA")[step], self.tools(at + step * MINUTE))
        return document


@pytest.fixture
def desk(services: Services, anchors: Trust) -> Iterator[Desk]:
    """A desk with its own session."""
    made = Desk(services, anchors)
    yield made
    made.session.close()


def signed(services: Services, *names: str) -> bytes:
    document = minutes_xml()
    for name in names or ("signer",):
        document = sign(document, services.key(name), at=SIGNED)
    return document


@pytest.mark.parametrize("who", ["signer", "signer-ec"])
def test_a_signature_rises_step_by_step_and_repeating_does_nothing(desk: Desk, who: str) -> None:
    document = signed(desk.services, who)
    (identifier,) = signature_ids(document)
    lists = [desk.services.crl(name, SIGNED) for name in ("root", "issuing")]
    for step, level in enumerate(("T", "LT", "LTA"), start=1):
        tools = desk.tools(SIGNED + step * MINUTE)
        raised = augment(document, identifier, level, tools)
        asked = len(desk.session.asked)
        assert augment(raised, identifier, level, tools) == raised
        assert len(desk.session.asked) == asked, "what is there is not asked for again"
        (one,) = verify_bytes(raised, "m.xml", desk.trust.with_data(crls=lists), SIGNED + 10 * MINUTE).signatures
        assert (one.indication, one.level) == (Indication.PASSED, level), one.messages
        assert one.best_signature_time == SIGNED + MINUTE
        assert recheck(raised) == (identifier,)
        document = raised


def test_all_steps_can_be_done_at_once(desk: Desk) -> None:
    document = signed(desk.services)
    raised = augment(document, *signature_ids(document), "LTA", desk.tools(SIGNED + MINUTE))
    (one,) = verify_bytes(raised, "m.xml", desk.trust, SIGNED + DAY).signatures
    assert (one.indication, one.level) == (Indication.PASSED, "LTA"), one.messages


def test_no_byte_outside_of_the_signature_changes(desk: Desk) -> None:
    document = signed(desk.services, "signer", "signer-ec")
    first, second = signature_ids(document)
    raised = augment(document, first, "LTA", desk.tools(SIGNED + MINUTE))
    place = document.index(b"</xades:QualifyingProperties>")
    assert raised.startswith(document[:place]) and raised.endswith(document[place:])
    both = augment(raised, second, "LTA", desk.tools(SIGNED + MINUTE))
    assert both.startswith(raised[: raised.index(second.encode())])
    report = verify_bytes(both, "m.xml", desk.trust, SIGNED + DAY)
    assert [one.level for one in report.signatures] == ["LTA", "LTA"]
    assert report.indication is Indication.PASSED


def test_somebody_may_sign_after_another_reached_the_last_level(desk: Desk) -> None:
    document = desk.raised(signed(desk.services), "LTA")
    document = sign(document, desk.services.key("signer-ec"), at=SIGNED + DAY)
    lists = [desk.services.crl(name, SIGNED + DAY) for name in ("root", "issuing")]
    report = verify_bytes(document, "m.xml", desk.trust.with_data(crls=lists), SIGNED + DAY)
    assert [one.level for one in report.signatures] == ["LTA", "B"]
    assert report.indication is Indication.PASSED


def test_a_renewed_archive_outlives_signer_authority_and_first_service(desk: Desk) -> None:
    """Signer until 2029, first service until 2031, issuing CA until 2032; the second service until 2045."""
    document = desk.raised(signed(desk.services), "LTA")
    (identifier,) = signature_ids(document)
    passing = [dt.datetime(year, 6, 1, tzinfo=UTC) for year in (2027, 2029, 2030)]
    for at in passing:
        assert verify_bytes(document, "m.xml", desk.trust, at).indication is Indication.PASSED, at
    expired = verify_bytes(document, "m.xml", desk.trust, dt.datetime(2031, 6, 1, tzinfo=UTC))
    assert expired.indication is Indication.INDETERMINATE
    renewed = renew(document, identifier, desk.tools(RENEWED, "tsa-next"))
    for at in (RENEWED, dt.datetime(2033, 1, 1, tzinfo=UTC), dt.datetime(2044, 12, 1, tzinfo=UTC)):
        (one,) = verify_bytes(renewed, "m.xml", desk.trust, at).signatures
        assert (one.indication, one.level) == (Indication.PASSED, "LTA"), one.messages
    assert (
        verify_bytes(renewed, "m.xml", desk.trust, dt.datetime(2045, 6, 1, tzinfo=UTC)).indication
        is not Indication.PASSED
    )
    with pytest.raises(LevelError):
        renew(document, identifier, desk.tools(dt.datetime(2031, 6, 1, tzinfo=UTC), "tsa-next"))


def test_renewal_is_due_before_the_newest_service_ends(desk: Desk) -> None:
    document = signed(desk.services)
    (identifier,) = signature_ids(document)
    assert renewal_due(document, identifier, desk.trust) is None
    known = desk.raised(document, "LT")
    due = renewal_due(known, identifier, desk.trust)
    assert due is not None and not due.archived and due.due == SIGNED + MINUTE
    archived = augment(known, identifier, "LTA", desk.tools(SIGNED + 3 * MINUTE))
    due = renewal_due(archived, identifier, desk.trust, margin=90 * DAY)
    assert due is not None and due.archived
    assert (due.due, due.ends) == (dt.datetime(2031, 1, 1, tzinfo=UTC) - 90 * DAY, dt.datetime(2031, 1, 1, tzinfo=UTC))
    renewed = renew(archived, identifier, desk.tools(RENEWED, "tsa-next"))
    due = renewal_due(renewed, identifier, desk.trust)
    assert due is not None and due.ends == dt.datetime(2045, 1, 1, tzinfo=UTC)


def test_a_revoked_signer_reaches_no_long_term_level(desk: Desk) -> None:
    document = signed(desk.services, "revoked")
    (identifier,) = signature_ids(document)
    stamped = augment(document, identifier, "T", desk.tools(SIGNED + MINUTE))
    with pytest.raises(LevelError, match="thu hồi"):
        augment(stamped, identifier, "LT", desk.tools(SIGNED + 2 * MINUTE))


def test_a_signer_revoked_later_stays_good_with_long_term_data(desk: Desk) -> None:
    document = desk.raised(signed(desk.services, "revoked-later"), "LTA")
    later = dt.datetime(2027, 6, 1, tzinfo=UTC)
    lists = [desk.services.crl(name, later) for name in ("root", "issuing")]
    (one,) = verify_bytes(document, "m.xml", desk.trust.with_data(crls=lists), later).signatures
    assert (one.indication, one.level) == (Indication.PASSED, "LTA"), one.messages
    (bare,) = verify_bytes(
        signed(desk.services, "revoked-later"), "m.xml", desk.trust.with_data(crls=lists), later
    ).signatures
    assert bare.indication is Indication.INDETERMINATE
    assert bare.revocation == "revoked"


def test_long_term_data_wait_for_a_list_from_after_the_timestamp(desk: Desk) -> None:
    document = desk.raised(signed(desk.services), "T")
    (identifier,) = signature_ids(document)
    old = [desk.services.crl(name, SIGNED) for name in ("root", "issuing")]
    at_hand = desk.trust.with_data(crls=old)
    with pytest.raises(TryLaterError) as caught:
        augment(document, identifier, "LT", Tools(at_hand, SIGNED + 2 * MINUTE))
    assert caught.value.not_before is not None and caught.value.not_before > SIGNED
    new = [desk.services.crl(name, caught.value.not_before + DAY) for name in ("root", "issuing")]
    later = Tools(desk.trust.with_data(crls=new), caught.value.not_before + 2 * DAY)
    raised = augment(document, identifier, "LT", later)
    assert verify_bytes(raised, "m.xml", desk.trust, SIGNED + 300 * DAY).signatures[0].level == "LT"


def test_without_services_the_signature_stays_as_it_is_and_says_why(desk: Desk) -> None:
    document = signed(desk.services)
    (identifier,) = signature_ids(document)
    silent = Stamper([Service("http://127.0.0.1:9/nobody", timeout=2)], desk.session, desk.trust)
    with pytest.raises(TimestampError):
        augment(document, identifier, "T", Tools(desk.trust, SIGNED, silent))
    with pytest.raises(LevelError):
        augment(document, identifier, "T", Tools(desk.trust, SIGNED))
    with pytest.raises(RevocationError):
        augment(desk.raised(document, "T"), identifier, "LT", Tools(desk.trust, SIGNED + 2 * MINUTE))


@pytest.mark.parametrize("level", ["X", "b", ""])
def test_an_unknown_level_or_signature_is_named(desk: Desk, level: str) -> None:
    document = signed(desk.services)
    with pytest.raises(LevelError):
        augment(document, signature_ids(document)[0], level, desk.tools(SIGNED))
    with pytest.raises(LevelError):
        augment(document, "sig-none", "T", desk.tools(SIGNED))


def test_a_broken_or_foreign_signature_is_not_raised(desk: Desk, tmp_path: Path) -> None:
    document = signed(desk.services)
    (identifier,) = signature_ids(document)
    with pytest.raises(LevelError):
        augment(document.replace("niêm yết".encode(), "không có".encode()), identifier, "T", desk.tools(SIGNED))
    stranger = sign(minutes_xml(), file_key(Pki.make("Gốc khác").issuing.issue("Lạ"), tmp_path), at=SIGNED)
    stamped = augment(stranger, *signature_ids(stranger), "T", desk.tools(SIGNED + MINUTE))
    with pytest.raises(LevelError, match="đường dẫn"):
        augment(stamped, *signature_ids(stranger), "LT", desk.tools(SIGNED + 2 * MINUTE))


# ---- containers


def seal(desk: Desk, path: Path, minutes: bytes, *names: str) -> Path:
    parts = members(minutes=minutes)
    write_container(path, parts, [container_signature(parts, desk.services.key(one), at=SIGNED) for one in names])
    return path


def raise_container(desk: Desk, path: Path, level: str, at: dt.datetime) -> None:
    container = read_container(path)
    write_container(path, container.members, augment_container(container, level, desk.tools(at)))


def test_a_container_rises_to_the_last_level_and_is_renewed(desk: Desk, tmp_path: Path) -> None:
    path = seal(desk, tmp_path / "a.asice", desk.raised(signed(desk.services), "LT"), "signer", "signer-ec")
    for step, level in enumerate(("T", "LT", "LTA"), start=5):
        raise_container(desk, path, level, SIGNED + step * MINUTE)
        assert len(recheck_container(path)) == 2
    report = verify_path(path, desk.trust, SIGNED + DAY)
    assert [[one.level for one in file.signatures] for file in report.files] == [["LTA", "LTA"], ["LT"]]
    assert report.indication is Indication.PASSED
    container = read_container(path)
    write_container(path, container.members, renew_container(container, desk.tools(RENEWED, "tsa-next")))
    for year in (2030, 2040):
        later = verify_path(path, desk.trust, dt.datetime(year, 12, 1, tzinfo=UTC))
        assert later.indication is Indication.PASSED, later


def test_a_changed_member_breaks_the_containers_archive_timestamp(desk: Desk, tmp_path: Path) -> None:
    path = seal(desk, tmp_path / "a.asice", minutes_xml(), "signer")
    raise_container(desk, path, "LTA", SIGNED + MINUTE)
    container = read_container(path)
    changed = [
        member_from_bytes(one.name, one.media_type, b"other") if index else one
        for index, one in enumerate(container.members)
    ]
    write_container(path, changed, [data for _name, data in container.signatures])
    report = verify_path(path, desk.trust, SIGNED + DAY)
    assert report.indication is Indication.FAILED
    assert report.files[0].signatures[0].level in {"B", "LT"}


@pytest.mark.parametrize("level", ["B", "T", "LTA"])
def test_the_containers_timestamps_prove_the_minutes_inside(desk: Desk, tmp_path: Path, level: str) -> None:
    """The signer of the minutes is revoked in March 2027; only the container tells that they signed before."""
    path = seal(desk, tmp_path / "a.asice", signed(desk.services, "revoked-later"), "signer")
    if level != "B":
        raise_container(desk, path, level, SIGNED + MINUTE)
    later = dt.datetime(2027, 6, 1, tzinfo=UTC)
    lists = [desk.services.crl(name, later) for name in ("root", "issuing")]
    inner = verify_path(path, desk.trust.with_data(crls=lists), later).files[1].signatures[0]
    if level == "B":
        assert inner.indication is Indication.INDETERMINATE
        return
    assert (inner.indication, inner.level) == (Indication.PASSED, "B"), inner.messages
    assert inner.best_signature_time == inner.timestamp_time == SIGNED + MINUTE


def test_minutes_at_lt_live_on_in_a_renewed_container(desk: Desk, tmp_path: Path) -> None:
    """In 2040 signer, CA and first service have ended; the minutes inside were never touched again."""
    minutes = desk.raised(signed(desk.services), "LT")
    path = seal(desk, tmp_path / "a.asice", minutes, "signer-ec")
    raise_container(desk, path, "LTA", SIGNED + 5 * MINUTE)
    container = read_container(path)
    write_container(path, container.members, renew_container(container, desk.tools(RENEWED, "tsa-next")))
    at = dt.datetime(2040, 1, 1, tzinfo=UTC)
    report = verify_path(path, desk.trust, at)
    assert [one.level for file in report.files for one in file.signatures] == ["LTA", "LT"]
    assert report.indication is Indication.PASSED, report
    assert verify_bytes(minutes, "m.xml", desk.trust, at).indication is Indication.INDETERMINATE


# ---- fetching for a verification


def test_a_reply_with_fractions_of_seconds_is_read(desk: Desk) -> None:
    """RFC 5280 forbids them, real responders write them, and the cryptography library refuses them."""
    one, issuer = (desk.services.certificates[name] for name in ("signer", "issuing"))
    question = ocsp.OCSPRequestBuilder().add_certificate(one, issuer, hashes.SHA256()).build().public_bytes(DER)
    reply = requests.post(
        f"{desk.services.url}/vn/ocsp/issuing", data=question, timeout=20,
        headers={"X-Certomancer-Fake-Time": "2026-11-20T03:00:00.123456+0000"},
    ).content  # fmt: skip
    with pytest.raises(ValueError, match="parsing"):
        _ = ocsp.load_der_ocsp_response(reply).produced_at_utc
    found = ocsp_status(reply, one, issuer)
    assert found is not None and found.revoked_at is None


def test_who_asks_for_current_data_gets_them_and_verification_itself_asks_nobody(desk: Desk, tmp_path: Path) -> None:
    path = seal(desk, tmp_path / "a.asice", signed(desk.services), "signer-ec")
    desk.session.now = at = SIGNED + DAY
    assert verify_path(path, desk.trust, at).indication is Indication.INDETERMINATE
    assert desk.session.asked == []
    richer, missing = enriched([path], desk.trust, Revocation(desk.session), at)
    assert missing == ()
    assert {url.rsplit("/", 2)[-2] for url in desk.session.asked} <= {"ocsp", "root", "issuing"}
    assert verify_path(path, richer, at).indication is Indication.PASSED


def test_what_cannot_be_had_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "m.xml").write_bytes(signed(desk.services))
    same, missing = enriched([tmp_path / "m.xml"], desk.trust, Revocation(None), SIGNED)
    assert same == desk.trust
    assert len(missing) == 2


def test_nobody_is_asked_about_certificates_without_a_path(desk: Desk, tmp_path: Path) -> None:
    stranger = Pki.make("Gốc khác").issuing.issue(
        "Lạ", ocsp_url=desk.services.url + "/trap", crl_url=desk.services.url + "/x"
    )
    (tmp_path / "m.xml").write_bytes(sign(minutes_xml(), file_key(stranger, tmp_path), at=SIGNED))
    assert enriched([tmp_path / "m.xml"], desk.trust, Revocation(desk.session), SIGNED) == (desk.trust, ())
    assert desk.session.asked == []
