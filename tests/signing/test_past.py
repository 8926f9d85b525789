"""Signatures through time: what timestamps and embedded data prove, and what they do not."""

import datetime as dt
from pathlib import Path

import pytest

from congkhai.signing import (
    Indication,
    SubIndication,
    Trust,
    signature_ids,
)

from .long_term import (
    add,
    values_text,
    with_archive,
    with_stamp,
)
from .past_world import DAY, HOUR, UTC, YEAR, World, make
from .pki import NOW, Authority, Pki
from .samples import file_key, minutes_xml, sign
from .stamping import service_identity


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in which nobody is revoked; the signer ends after a year, the timestamp service after five."""
    return make(tmp_path)


# ---- levels are what their data prove


def test_each_level_is_reported_when_its_data_hold(world: World) -> None:
    at = NOW + 2 * HOUR
    lists = [
        one.crl(NOW - DAY) for one in (world.pki.root, world.pki.issuing, world.stamping.root, world.stamping.issuing)
    ]
    stamped = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    archived = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    for document, level, best in (
        (world.document, "B", at), (stamped, "T", NOW + HOUR), (known, "LT", NOW + HOUR), (archived, "LTA", NOW + HOUR),
    ):  # fmt: skip
        one = world.judge(document, at, world.trust(*lists))
        assert (one.indication, one.level, one.best_signature_time) == (Indication.PASSED, level, best), one.messages
        assert one.timestamp_time == (None if level == "B" else NOW + HOUR)


def test_lt_and_lta_need_nothing_but_anchors(world: World) -> None:
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    assert world.judge(known, NOW + 200 * DAY).level == "LT"
    archived = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    one = world.judge(archived, NOW + 3 * YEAR)
    assert (one.indication, one.level, one.revocation) == (Indication.PASSED, "LTA", "good")


def test_data_from_the_trust_folder_do_not_raise_the_level(world: World) -> None:
    stamped = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    lists = [
        one.crl(NOW + 2 * HOUR)
        for one in (world.pki.root, world.pki.issuing, world.stamping.root, world.stamping.issuing)
    ]
    assert world.judge(stamped, NOW + 3 * HOUR, world.trust(*lists)).level == "T"


def test_nothing_but_what_is_trusted_counts(world: World) -> None:
    archived = with_archive(world.at_lt(NOW + HOUR, NOW + HOUR), world.id, world.service(NOW + 2 * HOUR))
    one = world.judge(archived, NOW + 3 * HOUR, Trust.nothing())
    assert (one.indication, one.level) == (Indication.INDETERMINATE, "B")


# ---- the signer's certificate in the past


def test_an_expired_signer_with_a_timestamp_and_data_passes(world: World) -> None:
    one = world.judge(world.at_lt(NOW + HOUR, NOW + 2 * HOUR), NOW + 2 * YEAR)
    assert (one.indication, one.best_signature_time) == (Indication.PASSED, NOW + HOUR)


def test_an_expired_signer_without_a_timestamp_stays_open(world: World) -> None:
    document = add(world.document, world.id, world.data(NOW + HOUR))
    one = world.judge(document, NOW + 2 * YEAR)
    assert one.indication is Indication.INDETERMINATE
    assert one.sub_indication in {SubIndication.OUT_OF_BOUNDS_NO_POE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED}


def test_a_signer_revoked_after_the_timestamp_passes(world: World) -> None:
    stamped = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    world.pki.issuing.revoke(world.signer, NOW + DAY)
    lists = [
        one.crl(NOW + 2 * DAY)
        for one in (world.pki.root, world.pki.issuing, world.stamping.root, world.stamping.issuing)
    ]
    one = world.judge(stamped, NOW + 3 * DAY, world.trust(*lists))
    assert (one.indication, one.level) == (Indication.PASSED, "T"), one.messages


def test_a_signer_revoked_before_the_timestamp_does_not_pass(world: World) -> None:
    world.pki.issuing.revoke(world.signer, NOW + HOUR)
    one = world.judge(world.at_lt(NOW + 2 * HOUR, NOW + 3 * HOUR), NOW + DAY)
    assert (one.sub_indication, one.revocation) == (SubIndication.REVOKED_NO_POE, "revoked")


def test_a_newer_list_of_the_reader_outweighs_good_data_in_the_file(world: World) -> None:
    good = world.at_lt(NOW + 2 * HOUR, NOW + 3 * HOUR)
    assert world.judge(good, NOW + DAY).indication is Indication.PASSED
    world.pki.issuing.revoke(world.signer, NOW + HOUR)  # found out later, and dated back
    one = world.judge(good, NOW + 2 * DAY, world.trust(world.pki.issuing.crl(NOW + 2 * DAY)))
    assert one.sub_indication is SubIndication.REVOKED_NO_POE


def test_a_later_revocation_is_no_harm_and_is_found_in_replies_too(world: World) -> None:
    good = world.at_lt(NOW + 2 * HOUR, NOW + 3 * HOUR)
    world.pki.issuing.revoke(world.signer, NOW + DAY)
    reply = world.pki.issuing.ocsp(world.signer, NOW + 2 * DAY)
    assert world.judge(good, NOW + 2 * DAY, world.trust(ocsps=(reply,))).indication is Indication.PASSED
    world.pki.issuing.revoke(world.signer, NOW + HOUR)
    reply = world.pki.issuing.ocsp(world.signer, NOW + 2 * DAY)
    assert world.judge(good, NOW + 2 * DAY, world.trust(ocsps=(reply,))).sub_indication is SubIndication.REVOKED_NO_POE


@pytest.mark.parametrize("kind", ["crl", "ocsp"])
def test_data_older_than_the_timestamp_do_not_speak_for_it(world: World, kind: str) -> None:
    done = with_stamp(world.document, world.id, world.service(NOW + 3 * HOUR))
    old = NOW + HOUR
    done = add(
        done, world.id, world.data(old, ocsp=old if kind == "ocsp" else None) + world.stamping_data(NOW + 3 * HOUR)
    )
    one = world.judge(done, NOW + 100 * DAY)
    assert (one.indication, one.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert one.level == "T"
    assert "trước thời điểm ký" in " ".join(one.messages)


def test_an_old_reply_does_not_speak_even_while_it_is_in_force(world: World) -> None:
    done = with_stamp(world.document, world.id, world.service(NOW + 3 * HOUR))
    done = add(done, world.id, world.data(NOW, ocsp=NOW + HOUR) + world.stamping_data(NOW + 3 * HOUR))
    assert world.judge(done, NOW + 4 * HOUR).sub_indication is SubIndication.TRY_LATER


def test_a_reply_after_the_timestamp_speaks_for_it(world: World) -> None:
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    done = add(done, world.id, world.data(NOW, ocsp=NOW + 2 * HOUR) + world.stamping_data(NOW + 3 * HOUR))
    one = world.judge(done, NOW + 30 * DAY)
    assert (one.indication, one.level) == (Indication.PASSED, "LT")


def test_a_reply_whose_responder_ended_needs_an_archive_timestamp(world: World) -> None:
    reply = world.pki.issuing.ocsp(world.signer, NOW + 2 * HOUR, until=NOW + 60 * DAY)
    certificates = [world.pki.issuing.identity.der]
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    done = add(
        done, world.id, values_text(certificates, [world.pki.root.crl(NOW)], [reply]) + world.stamping_data(NOW + HOUR)
    )
    assert world.judge(done, NOW + 30 * DAY).indication is Indication.PASSED
    one = world.judge(done, NOW + 90 * DAY)
    assert one.sub_indication is SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE
    archived = with_archive(done, world.id, world.service(NOW + 3 * HOUR))
    assert world.judge(archived, NOW + 90 * DAY).level == "LTA"


@pytest.mark.parametrize("known", [True, False])
def test_a_responder_without_exemption_must_be_known_not_revoked(world: World, *, known: bool) -> None:
    reply = world.pki.issuing.ocsp(world.signer, NOW + 2 * HOUR, no_check=False)
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    lists = [world.pki.root.crl(NOW)] + ([world.pki.issuing.crl(NOW - HOUR)] if known else [])
    done = add(
        done, world.id, values_text([world.pki.issuing.identity.der], lists, [reply]) + world.stamping_data(NOW + HOUR)
    )
    one = world.judge(done, NOW + 100 * DAY)
    assert (one.indication is Indication.PASSED) is known


def test_a_list_from_after_the_end_of_the_certificate_says_nothing(tmp_path: Path) -> None:
    world = make(tmp_path, signer_end=NOW + 2 * HOUR)
    one = world.judge(world.at_lt(NOW + HOUR, NOW + 3 * HOUR), NOW + DAY)
    assert one.sub_indication is SubIndication.TRY_LATER


def test_a_timestamp_from_before_the_certificate_proves_that_something_is_wrong(world: World, tmp_path: Path) -> None:
    young = world.pki.issuing.issue("Người ký trẻ", start=NOW + 2 * HOUR)
    document = sign(minutes_xml(), file_key(young, tmp_path), at=NOW + 2 * HOUR)
    done = with_stamp(document, signature_ids(document)[0], world.service(NOW + HOUR))
    one = world.judge(done, NOW + 3 * HOUR, world.trust(world.stamping.root.crl(NOW), world.stamping.issuing.crl(NOW)))
    assert (one.indication, one.sub_indication) == (Indication.FAILED, SubIndication.NOT_YET_VALID)


def test_an_authority_revoked_later_needs_an_archive_timestamp(world: World) -> None:
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    archived = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    world.pki.root.revoke(world.pki.issuing.identity, NOW + 10 * DAY)
    trust = world.trust(world.pki.root.crl(NOW + 20 * DAY))
    one = world.judge(known, NOW + 30 * DAY, trust)
    assert one.sub_indication is SubIndication.REVOKED_CA_NO_POE
    assert world.judge(archived, NOW + 30 * DAY, trust).indication is Indication.PASSED


def test_an_authority_that_ended_needs_an_archive_timestamp(world: World) -> None:
    ca_end = dt.datetime(2036, 1, 1, tzinfo=UTC)  # the issuing CA ends in 2035
    long_tsa = service_identity(world.stamping.issuing, "Dấu thời gian dài", end=dt.datetime(2034, 1, 1, tzinfo=UTC))
    root_only = Authority(world.stamping.root.identity)
    later = service_identity(root_only, "Dấu thời gian mới", start=NOW, end=dt.datetime(2039, 1, 1, tzinfo=UTC))
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    one = world.judge(known, ca_end)
    assert one.indication is Indication.INDETERMINATE
    archived = with_archive(known, world.id, world.service(NOW + 2 * HOUR, long_tsa))
    renewal = NOW + 3 * YEAR
    archived = add(archived, world.id, world.stamping_data(renewal))
    archived = with_archive(archived, world.id, world.service(renewal, later), "ats-2")
    one = world.judge(archived, ca_end, world.trust(root_only.crl(renewal)))
    assert (one.indication, one.level) == (Indication.PASSED, "LTA"), one.messages


# ---- the timestamp service in the past


def test_a_service_that_ended_needs_a_newer_archive_timestamp(tmp_path: Path) -> None:
    world = make(tmp_path, tsa_end=NOW + 2 * YEAR)
    later = service_identity(world.stamping.issuing, "Dấu thời gian 2", end=NOW + 8 * YEAR)
    archived = with_archive(world.at_lt(NOW + HOUR, NOW + HOUR), world.id, world.service(NOW + 2 * HOUR))
    one = world.judge(archived, NOW + 3 * YEAR)
    assert one.indication is Indication.INDETERMINATE
    assert "hết hạn" in " ".join(one.messages)
    renewed = add(archived, world.id, world.stamping_data(NOW + YEAR))
    renewed = with_archive(renewed, world.id, world.service(NOW + YEAR, later), "ats-2")
    one = world.judge(renewed, NOW + 3 * YEAR)
    assert (one.indication, one.level, one.best_signature_time) == (Indication.PASSED, "LTA", NOW + HOUR), one.messages
    too_late = with_archive(archived, world.id, world.service(NOW + 2 * YEAR + DAY, later), "ats-2")
    assert world.judge(too_late, NOW + 3 * YEAR).indication is Indication.INDETERMINATE


def test_a_renewal_without_data_for_the_service_before_proves_less(tmp_path: Path) -> None:
    """The first service has no status inside the file: when it has ended, nobody can tell any more."""
    world = make(tmp_path, tsa_end=NOW + 2 * YEAR)
    later = service_identity(world.pki.issuing, "Dấu thời gian khác", end=NOW + 8 * YEAR)
    both = Trust(anchors=(world.pki.root.identity.der, world.stamping.root.identity.der))
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR))
    done = add(done, world.id, world.data(NOW + HOUR) + values_text([world.stamping.issuing.identity.der]))
    with_lists = both.with_data(crls=[world.stamping.root.crl(NOW), world.stamping.issuing.crl(NOW)])
    assert world.judge(done, NOW + 2 * HOUR, with_lists).level == "T"  # it has no status for the service inside
    renewed = with_archive(done, world.id, world.service(NOW + YEAR, later), "ats-1")
    one = world.judge(renewed, NOW + 3 * YEAR, both)
    assert one.indication is Indication.INDETERMINATE
    assert one.level == "B"


def test_a_service_revoked_before_anything_proves_its_token_does_not_count(world: World) -> None:
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    world.stamping.issuing.revoke(world.tsa, NOW + 5 * DAY)
    trust = world.trust(world.stamping.issuing.crl(NOW + 6 * DAY))
    one = world.judge(known, NOW + 10 * DAY, trust)
    assert (one.indication, one.level) == (Indication.INDETERMINATE, "B")
    assert "thu hồi" in " ".join(one.messages)
    other = service_identity(world.stamping.issuing, "Dấu thời gian 2")
    archived = with_archive(known, world.id, world.service(NOW + 2 * DAY, other))
    one = world.judge(archived, NOW + 10 * DAY, trust)
    assert (one.indication, one.level) == (Indication.PASSED, "LTA"), one.messages


def test_an_unknown_service_proves_nothing_and_keeps_the_signature_open(world: World) -> None:
    stranger = service_identity(Pki.make("Gốc lạ").issuing)
    lists = [one.crl(NOW - DAY) for one in (world.pki.root, world.pki.issuing)]
    assert world.judge(world.document, NOW + HOUR, world.trust(*lists)).indication is Indication.PASSED
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR, stranger))
    one = world.judge(done, NOW + 2 * HOUR, world.trust(*lists))
    assert (one.indication, one.level, one.timestamp_time) == (Indication.INDETERMINATE, "B", None)
    assert one.best_signature_time == NOW + 2 * HOUR
    second = with_stamp(done, world.id, world.service(NOW + HOUR), "sts-2")
    lists += [one.crl(NOW - DAY) for one in (world.stamping.root, world.stamping.issuing)]
    one = world.judge(second, NOW + 2 * HOUR, world.trust(*lists))
    assert (one.indication, one.level) == (Indication.PASSED, "T")


def test_an_anchor_for_signers_does_not_vouch_for_timestamps(world: World) -> None:
    inside = service_identity(world.pki.issuing, "Dấu thời gian của CA người ký")
    lists = [one.crl(NOW - DAY) for one in (world.pki.root, world.pki.issuing)]
    done = with_stamp(world.document, world.id, world.service(NOW + HOUR, inside))
    one = world.judge(done, NOW + 2 * HOUR, world.trust(*lists))
    assert (one.indication, one.level) == (Indication.INDETERMINATE, "B")
    assert "mục đích" in " ".join(one.messages)
    both = Trust(anchors=world.anchors.anchors).with_data(crls=lists)
    assert world.judge(done, NOW + 2 * HOUR, both).level == "T"
