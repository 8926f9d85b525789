"""Timestamps that are bent, contradict each other, or prove that signing came too late."""

import base64
import datetime as dt
import hashlib
from pathlib import Path

import pytest
from lxml import etree

from congkhai.signing import (
    FileKey,
    Indication,
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
    values_text,
    with_archive,
    with_stamp,
)
from .past_world import DAY, HOUR, World, make
from .pki import NOW, Authority, Pki, root
from .samples import file_key, minutes_xml, sign


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in which nobody is revoked; the signer ends after a year, the timestamp service after five."""
    return make(tmp_path)


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
