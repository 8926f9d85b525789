"""Signatures through time: what timestamps and embedded data prove, and what they do not."""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from congkhai.signing import (
    FileKey,
    Indication,
    SignatureReport,
    SubIndication,
    Trust,
    prepare,
    signature_ids,
    verify_bytes,
)

from .forge import DS, EXC, XSLT
from .long_term import (
    XADES,
    XADES141,
    add,
    archive_imprint,
    c14n,
    stamp_text,
    validation_data,
    values_text,
    with_archive,
    with_stamp,
)
from .pki import NOW, Authority, Identity, Pki, root
from .samples import file_key, minutes_xml, sign
from .stamping import OwnTsa, service_identity

UTC = dt.UTC
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
YEAR = 365 * DAY
OCSP = "http://127.0.0.1:9/ocsp"


@dataclass
class World:
    """A PKI with a timestamp authority of its own, a signer, and minutes that they signed."""

    pki: Pki
    stamping: Pki
    signer: Identity
    tsa: Identity
    key: FileKey
    anchors: Trust
    folder: Trust
    document: bytes
    id: str

    def service(self, at: dt.datetime, tsa: Identity | None = None, *faults: str) -> OwnTsa:
        return OwnTsa(tsa or self.tsa, at, frozenset(faults))

    def data(self, at: dt.datetime, *, ocsp: dt.datetime | None = None) -> str:
        """Return the signer's values: certificates and lists of a moment; with `ocsp` a reply instead of its list."""
        certificates = [self.signer.der, self.pki.issuing.identity.der, self.pki.root.identity.der]
        crls = [self.pki.root.crl(at)] + ([] if ocsp else [self.pki.issuing.crl(at)])
        return values_text(certificates, crls, [self.pki.issuing.ocsp(self.signer, ocsp)] if ocsp else [])

    def stamping_data(self, at: dt.datetime) -> str:
        certificates = [self.tsa.der, self.stamping.issuing.identity.der]
        return validation_data(values_text(certificates, [self.stamping.root.crl(at), self.stamping.issuing.crl(at)]))

    def at_lt(self, stamped: dt.datetime, known: dt.datetime) -> bytes:
        """Return the minutes at LT: stamped at one moment, data issued at another."""
        done = with_stamp(self.document, self.id, self.service(stamped))
        return add(done, self.id, self.data(known) + self.stamping_data(known))

    def lists(self, at: dt.datetime) -> list[bytes]:
        """Return the current list of every authority at a moment."""
        both = (self.pki, self.stamping)
        return [one.crl(at) for pki in both for one in (pki.root, pki.issuing)]

    def judge(self, document: bytes, at: dt.datetime, trust: Trust | None = None) -> SignatureReport:
        (one,) = verify_bytes(document, "m.xml", trust or self.anchors, at).signatures
        return one

    def trust(self, *crls: bytes, ocsps: tuple[bytes, ...] = ()) -> Trust:
        return self.folder.with_data(crls=crls, ocsps=ocsps)


def make(tmp_path: Path, *, signer_end: dt.datetime = NOW + YEAR, tsa_end: dt.datetime = NOW + 5 * YEAR) -> World:
    pki, stamping = Pki.make("Gốc người ký"), Pki.make("Gốc dấu thời gian")
    signer = pki.issuing.issue("Người ký", end=signer_end, ocsp_url=OCSP)
    tsa = service_identity(stamping.issuing, end=tsa_end)
    folder = tmp_path / "trust"
    for purpose, one in (("signer", pki), ("timestamp", stamping)):
        one.trust_folder(folder / purpose, crls=False)
    key = file_key(signer, tmp_path)
    document = sign(minutes_xml(), key, at=NOW)
    known = Trust.load(folder)
    return World(pki, stamping, signer, tsa, key, known.without_data(), known, document, signature_ids(document)[0])


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


# ---- timestamps that are bent


def bent(world: World) -> list[tuple[str, bytes]]:
    """Return LTA minutes with one thing about their timestamps or data changed each."""
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    good = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    other = sign(minutes_xml(text="Việc khác"), world.key, at=NOW)
    foreign = with_stamp(other, signature_ids(other)[0], world.service(NOW + HOUR))

    def cut(document: bytes, tag: bytes) -> bytes:
        start = document.index(b":" + tag)
        start = document.rindex(b"<", 0, start)
        prefix = document[start + 1 : document.index(b":", start)]
        end = document.index(b"</" + prefix + b":" + tag + b">", start) + len(b"</" + prefix + b":" + tag + b">")
        return document[start:end]

    sts, ats = cut(good, b"SignatureTimeStamp"), cut(good, b"ArchiveTimeStamp")
    values, data = cut(good, b"CertificateValues"), cut(good, b"TimeStampValidationData")
    revocations = cut(good, b"RevocationValues")
    archive = world.service(NOW + 2 * HOUR)
    over_nothing = stamp_text("ArchiveTimeStamp", archive.token(bytes(32)), "ats-1", namespace=XADES141)
    of_wrong_kind = stamp_text("SignatureTimeStamp", archive.token(archive_imprint(known, world.id)), "sts-2")
    again = sts.replace(b"sts-1", b"sts-9")
    second = (
        b"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
        + again
        + b"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    attributes = b'xmlns:xades="%s" Target="#%s"' % (XADES.encode(), world.id.encode())
    inner = b"<xades:QualifyingProperties %s>%s</xades:QualifyingProperties>" % (attributes, second)
    qualifying = b"<ds:Object>%s</ds:Object>" % inner
    more = b"<ds:X509Certificate>" + base64.b64encode(world.tsa.der) + b"</ds:X509Certificate></ds:X509Data>"
    close = b"</ds:Signature>"
    end = b"</xades:UnsignedProperties>"
    xslt = sts.replace(EXC.encode(), XSLT.encode())
    include = sts.replace(b"<ds:Canon", b'<s:Include URI="#body"/><ds:Canon', 1)
    wrong = world.service(NOW + HOUR, None, "imprint")
    return [
        ("timestamp over another value", with_stamp(world.document, world.id, wrong)),
        ("timestamp of another signature", good.replace(sts, cut(foreign, b"SignatureTimeStamp"))),
        ("archive timestamp over another value", add(known, world.id, over_nothing)),
        ("archive timestamp as signature timestamp", add(known, world.id, of_wrong_kind)),
        ("archive timestamp doubled", good.replace(ats, ats + ats.replace(b'"ats-1"', b'"ats-2"'))),
        ("archive timestamp moved to the front", good.replace(ats, b"").replace(sts, ats + sts)),
        ("archive timestamp before the values", good.replace(ats, b"").replace(values, ats + values)),
        ("values taken out under the archive timestamp", good.replace(values, b"")),
        ("revocation values taken out", good.replace(revocations, b"", 1)),
        ("validation data taken out", good.replace(data, b"")),
        ("values put in under the archive timestamp", good.replace(ats, values_text([world.tsa.der]).encode() + ats)),
        ("values swapped", good.replace(values + revocations, revocations + values)),
        ("signature timestamp taken out under the archive timestamp", good.replace(sts, b"")),
        ("a byte of the token", good.replace(sts, _flip(sts))),
        ("token emptied", good.replace(sts, sts.replace(_token(sts), b"MAA="))),
        ("archive token emptied", good.replace(ats, ats.replace(_token(ats), b"MAA="))),
        ("an Include in the timestamp", good.replace(sts, include)),
        ("second container of properties", good.replace(end, end + second)),
        ("second QualifyingProperties with a timestamp", good.replace(close, qualifying + close)),
        ("forbidden canonicalisation", good.replace(sts, xslt)),
        ("key info exchanged under the archive timestamp", good.replace(b"</ds:X509Data>", more)),
        ("body changed", good.replace("niêm yết".encode(), "không có".encode())),
    ]  # fmt: skip


def _token(stamp: bytes) -> bytes:
    return stamp[stamp.index(b"EncapsulatedTimeStamp") :].split(b">", 1)[1].split(b"<", 1)[0]


def _flip(stamp: bytes) -> bytes:
    token = _token(stamp)
    data = bytearray(base64.b64decode(token))
    data[len(data) // 2] ^= 1
    return stamp.replace(token, base64.b64encode(bytes(data)))


def test_no_bent_timestamp_or_value_passes(world: World) -> None:
    lists = [
        one.crl(NOW + 3 * HOUR)
        for one in (world.pki.root, world.pki.issuing, world.stamping.root, world.stamping.issuing)
    ]
    trust = world.trust(*lists)
    good = with_archive(world.at_lt(NOW + HOUR, NOW + HOUR), world.id, world.service(NOW + 2 * HOUR))
    assert world.judge(good, NOW + 4 * HOUR, trust).indication is Indication.PASSED
    for attack, document in bent(world):
        assert document != good, attack
        report = verify_bytes(document, "m.xml", trust, NOW + 4 * HOUR)
        assert report.indication is not Indication.PASSED, attack
        assert [text for one in report.signatures for text in one.messages] or report.findings, attack


def test_a_duplicate_of_an_honest_signature_timestamp_is_no_harm(world: World) -> None:
    twice = with_stamp(
        with_stamp(world.document, world.id, world.service(NOW + HOUR)), world.id, world.service(NOW + HOUR), "sts-2"
    )
    lists = world.lists(NOW)
    assert world.judge(twice, NOW + 2 * HOUR, world.trust(*lists)).level == "T"


def test_timestamps_that_contradict_each_other_are_named(world: World) -> None:
    known = world.at_lt(NOW + 5 * HOUR, NOW + 5 * HOUR)
    done = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    one = world.judge(done, NOW + 10 * HOUR)
    assert (one.indication, one.sub_indication) == (Indication.INDETERMINATE, SubIndication.TIMESTAMP_ORDER_FAILURE)


@pytest.mark.parametrize("minutes", [3, 30])
def test_a_reader_with_a_slow_clock_is_no_contradiction(world: World, minutes: int) -> None:
    done = with_stamp(world.document, world.id, world.service(NOW + dt.timedelta(minutes=minutes)))
    one = world.judge(done, NOW, world.trust(*world.lists(NOW - HOUR)))
    assert (one.indication, one.level) == (Indication.PASSED, "T" if minutes == 3 else "B"), one.messages


@pytest.mark.parametrize(
    ("ahead", "passes"), [(4 * HOUR / 60, True), (HOUR, False), (6.5 * HOUR, True), (7 * HOUR, True), (8 * HOUR, False)]
)
def test_a_timestamp_from_before_the_claimed_time(world: World, ahead: dt.timedelta, *, passes: bool) -> None:
    """Only clocks a few minutes apart, or local time that is called UTC and stamped at once, explain it."""
    document = sign(minutes_xml(), world.key, at=NOW + ahead)
    done = with_stamp(document, signature_ids(document)[0], world.service(NOW))
    lists = world.lists(NOW)
    one = world.judge(done, NOW + 12 * HOUR, world.trust(*lists))
    assert (one.indication is Indication.PASSED) is passes, one.messages
    if not passes:
        assert one.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE


def test_a_question_about_an_earlier_moment_leaves_later_timestamps_out(world: World) -> None:
    archived = with_archive(world.at_lt(NOW + HOUR, NOW + 2 * HOUR), world.id, world.service(NOW + 3 * DAY))
    one = world.judge(archived, NOW + DAY)
    assert (one.indication, one.level) == (Indication.PASSED, "LT")
    assert "sau thời điểm kiểm tra" in " ".join(one.messages)


def test_an_anchor_that_is_no_longer_trusted_stays_good_for_what_is_proven(tmp_path: Path) -> None:
    world = make(tmp_path)
    side = tmp_path / "trust" / "signer" / "root.pem.ini"
    side.write_text("[2020]\npurpose = signer\nvalid-from = 2020-01-01\nvalid-until = 2026-12-31\n", encoding="utf-8")
    trust = Trust.load(tmp_path / "trust").without_data()
    known = world.at_lt(NOW + HOUR, NOW + HOUR)
    archived = with_archive(known, world.id, world.service(NOW + 2 * HOUR))
    assert world.judge(known, NOW + 2 * HOUR, trust).indication is Indication.PASSED
    one = world.judge(known, NOW + 200 * DAY, trust)
    assert one.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE
    assert world.judge(archived, NOW + 200 * DAY, trust).indication is Indication.PASSED
    side.write_text("[2027]\npurpose = signer\nvalid-from = 2027-01-01\n", encoding="utf-8")
    young = Trust.load(tmp_path / "trust").without_data()
    assert (
        world.judge(archived, NOW + 200 * DAY, young).sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE
    )


def test_a_root_that_ended_stays_good_for_what_is_proven(tmp_path: Path) -> None:
    world = make(tmp_path)
    top = root("Gốc ngắn", end=NOW + 30 * DAY)
    short = Pki(top, Authority(top.issue("CA ngắn", authority=True, end=NOW + 30 * DAY)))
    signer = short.issuing.issue("Người ký", end=NOW + 20 * DAY)
    document = sign(minutes_xml(), file_key(signer, tmp_path), at=NOW)
    identifier = signature_ids(document)[0]
    done = with_stamp(document, identifier, world.service(NOW + HOUR))
    values = values_text([short.issuing.identity.der], [short.root.crl(NOW + HOUR), short.issuing.crl(NOW + HOUR)])
    done = add(done, identifier, values + world.stamping_data(NOW + HOUR))
    archived = with_archive(done, identifier, world.service(NOW + 2 * HOUR))
    trust = Trust(anchors=(*world.anchors.anchors, top.identity.der))
    assert world.judge(done, NOW + 40 * DAY, trust).indication is Indication.INDETERMINATE
    assert world.judge(archived, NOW + 40 * DAY, trust).level == "LTA"


# ---- content timestamps: what proves that signing came later


def content_signed(world: World, key: FileKey, at: dt.datetime) -> tuple[bytes, str]:
    """Return minutes whose signed properties hold a timestamp over the body, as some programs make them."""
    document = minutes_xml()
    prepared = prepare(
        document,
        certificate=key.certificate_der,
        algorithm=key.algorithm,
        signing_time=at - 2 * HOUR,
        chain=key.chain,
    )
    body = c14n(next(one for one in etree.fromstring(document) if one.get("Id") == "body"))
    token = world.service(at).token(hashlib.sha256(body).digest())
    close = b"</xades:SignedDataObjectProperties>"
    stamp = stamp_text("AllDataObjectsTimeStamp", token, "cts-1").encode()
    signature = etree.fromstring(prepared.signature.replace(close, stamp + close))
    properties = next(signature.iter(f"{{{XADES}}}SignedProperties"))
    reference = next(
        one for one in signature.iter(f"{{{DS}}}Reference") if one.get("URI") == f"#{properties.get('Id')}"
    )
    digest, info, value = reference.find(f"{{{DS}}}DigestValue"), signature[0], signature[1]
    assert digest is not None
    digest.text = base64.b64encode(hashlib.sha256(c14n(properties)).digest()).decode()
    value.text = base64.b64encode(key.sign(c14n(info))).decode()
    end = b"</Minutes>"
    return document.replace(end, etree.tostring(signature) + end), prepared.signature_id


def test_a_content_timestamp_that_holds_is_no_harm(world: World) -> None:
    document, identifier = content_signed(world, world.key, NOW)
    done = with_stamp(document, identifier, world.service(NOW + HOUR))
    one = world.judge(done, NOW + 2 * HOUR, world.trust(*world.lists(NOW)))
    assert (one.indication, one.level) == (Indication.PASSED, "T"), one.messages
    early = with_stamp(document, identifier, world.service(NOW - HOUR))
    one = world.judge(early, NOW + 2 * HOUR, world.trust(*world.lists(NOW)))
    assert one.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_signing_that_is_proven_to_come_after_revocation_fails(world: World) -> None:
    document, _identifier = content_signed(world, world.key, NOW)
    world.pki.issuing.revoke(world.signer, NOW - HOUR)
    one = world.judge(document, NOW + 2 * HOUR, world.trust(*world.lists(NOW)))
    assert (one.indication, one.sub_indication) == (Indication.FAILED, SubIndication.REVOKED)


def test_signing_that_is_proven_to_come_after_the_end_fails(tmp_path: Path) -> None:
    world = make(tmp_path, signer_end=NOW - DAY)
    document, _identifier = content_signed(world, world.key, NOW)
    one = world.judge(document, NOW + 2 * HOUR, world.trust(*world.lists(NOW)))
    assert (one.indication, one.sub_indication) == (Indication.FAILED, SubIndication.EXPIRED)
