"""Prepare, sign, complete over the body of minutes."""

import dataclasses
import datetime as dt
import hashlib

import pytest
from lxml import etree

from congkhai.signing import (
    CompleteError,
    FileKey,
    FormatError,
    Prepared,
    PrepareError,
    body_digest,
    complete,
    prepare,
    signature_ids,
)
from congkhai.signing._xades_text import SignedObject, escape_attribute, escape_text, signature_text
from congkhai.signing.algorithms import BY_NAME
from congkhai.signing.xmlsafe import canonical

from .pki import NOW, Pki
from .samples import minutes_xml, sign

NASTY = "a&b<c>\"d'\r\n\te ﷺ 𝄞 – “Đông Sơn”"


def prepared_of(document: bytes, key: FileKey, **changes: str) -> Prepared:
    return prepare(
        document, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW, chain=key.chain, **changes
    )


def alone(text: bytes) -> bytes:
    return etree.tostring(etree.fromstring(text), method="c14n", exclusive=True, with_comments=False)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "ecdsa-sha512"])
@pytest.mark.parametrize("role", [None, NASTY])
def test_the_written_text_is_its_own_canonical_form(key: FileKey, algorithm: str, role: str | None) -> None:
    objects = [
        SignedObject("#body", b"\x01" * 32, "application/xml", canonicalised=True),
        SignedObject("a%20b/c.pdf", b"\x02" * 32, NASTY, canonicalised=False),
    ]
    text = signature_text(
        "0123456789abcdef", objects, algorithm=BY_NAME[algorithm], certificate=key.certificate_der, chain=key.chain,
        signing_time=NOW, role=role, place=role,
    )  # fmt: skip
    assert alone(text.element) == text.element
    assert alone(text.signed_info) == text.signed_info
    assert alone(text.signed_properties) == text.signed_properties
    root = etree.fromstring(text.element)
    assert canonical(root[0]) == text.signed_info
    properties = root.find(".//{*}SignedProperties")
    assert properties is not None
    assert canonical(properties) == text.signed_properties


def test_escapes_survive_reading_back() -> None:
    root = etree.fromstring(f'<a b="{escape_attribute(NASTY)}">{escape_text(NASTY)}</a>')
    assert root.get("b") == NASTY
    assert root.text == NASTY


def test_the_body_digest_is_over_the_exclusive_canonical_form_without_comments() -> None:
    plain = b'<M xmlns="urn:x" xmlns:y="urn:y"><Body Id="body"><a b="1"   a="2"/></Body></M>'
    expected = b'<Body xmlns="urn:x" Id="body"><a a="2" b="1"></a></Body>'
    assert body_digest(plain) == hashlib.sha256(expected).hexdigest()


def test_signers_sign_apart_and_finish_in_any_order(key: FileKey, rsa_key: FileKey) -> None:
    document = minutes_xml()
    first, second = prepared_of(document, key, role="head"), prepared_of(document, rsa_key, role="front")
    after_second = complete(document, second, rsa_key.sign(second.octets))
    after_both = complete(after_second, first, key.sign(first.octets))
    assert signature_ids(after_both) == (second.signature_id, first.signature_id)
    assert after_second[: after_second.rindex(b"</Minutes>")] in after_both
    assert body_digest(after_both) == body_digest(document)


def test_what_was_prepared_survives_being_kept_for_days(key: FileKey) -> None:
    document = minutes_xml()
    kept = prepared_of(document, key, role=NASTY, place="Đông Sơn").to_json()
    prepared = Prepared.from_json(kept)
    assert prepared.to_json() == kept
    assert prepared.digest == hashlib.sha256(prepared.octets).digest()
    assert signature_ids(complete(document, prepared, key.sign(prepared.octets))) == (prepared.signature_id,)


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "[]", "null"])
def test_a_damaged_preparation_is_refused(text: str) -> None:
    with pytest.raises(PrepareError):
        Prepared.from_json(text)


def refusal(document: bytes, prepared: Prepared, value: bytes, certificate: bytes | None = None) -> str:
    with pytest.raises(CompleteError) as caught:
        complete(document, prepared, value, certificate=certificate)
    return caught.value.code


def test_complete_refuses_a_changed_body(key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    changed = minutes_xml(text="Nội dung khác")
    assert refusal(changed, prepared, key.sign(prepared.octets)) == "congkhai-S215"


def test_complete_refuses_a_value_over_other_octets(key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    assert refusal(minutes_xml(), prepared, key.sign(b"other")) == "congkhai-S217"
    assert refusal(minutes_xml(), prepared, b"") == "congkhai-S217"


def test_complete_refuses_a_value_of_another_key(key: FileKey, rsa_key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    assert refusal(minutes_xml(), prepared, rsa_key.sign(prepared.octets)) == "congkhai-S217"


def test_complete_refuses_another_certificate(key: FileKey, rsa_key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    value = key.sign(prepared.octets)
    assert refusal(minutes_xml(), prepared, value, rsa_key.certificate_der) == "congkhai-S216"
    swapped = dataclasses.replace(prepared, certificate=rsa_key.certificate_der, algorithm=rsa_key.algorithm)
    assert refusal(minutes_xml(), swapped, rsa_key.sign(swapped.octets)) == "congkhai-S214"


def test_complete_refuses_octets_that_are_not_those_of_the_signature(key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    forged = dataclasses.replace(prepared, octets=prepared.octets + b" ")
    assert refusal(minutes_xml(), forged, key.sign(forged.octets)) == "congkhai-S214"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<xades:SigningTime>2026", b"<xades:SigningTime>2025"),
        (b"</ds:SignatureValue>", b"AAAA</ds:SignatureValue>"),
        (b"<ds:Object>", b"<ds:Object>&#0;"),
    ],
)
def test_complete_refuses_an_edited_signature(key: FileKey, old: bytes, new: bytes) -> None:
    prepared = prepared_of(minutes_xml(), key)
    edited = dataclasses.replace(prepared, signature=prepared.signature.replace(old, new))
    assert refusal(minutes_xml(), edited, key.sign(prepared.octets)) in {"congkhai-S214", "congkhai-S215"}


def test_complete_refuses_the_same_signature_twice(key: FileKey) -> None:
    prepared = prepared_of(minutes_xml(), key)
    value = key.sign(prepared.octets)
    once = complete(minutes_xml(), prepared, value)
    assert refusal(once, prepared, value) == "congkhai-S212"


def test_complete_refuses_a_preparation_for_a_container(key: FileKey) -> None:
    prepared = dataclasses.replace(prepared_of(minutes_xml(), key), kind="container")
    assert refusal(minutes_xml(), prepared, key.sign(prepared.octets)) == "congkhai-S211"


@pytest.mark.parametrize(
    "document",
    [
        b'<M xmlns="urn:x"><Body Id="body"/><Extra/></M>',
        b'<M xmlns="urn:x" title="x"><Body Id="body"/></M>',
        b'<M xmlns="urn:x">loose<Body Id="body"/></M>',
        b'<M xmlns="urn:x"><Body Id="body"><!-- hidden --></Body></M>',
        b'<M xmlns="urn:x"><Body Id="body"/></M><!-- after -->',
        b'<?xml-stylesheet href="x"?><M xmlns="urn:x"><Body Id="body"/></M>',
        b'<M xmlns="urn:x"><In><Body Id="body"/></In></M>',
    ],
)
def test_prepare_refuses_what_would_be_shown_and_not_signed(key: FileKey, document: bytes) -> None:
    with pytest.raises(PrepareError):
        prepared_of(document, key)


@pytest.mark.parametrize(
    "document",
    [
        b"<M/>",
        b"no xml",
        b'<!DOCTYPE M><M><Body Id="body"/></M>',
        b'<M xmlns="urn:x"><Body Id="body"/><Body Id="body"/></M>',
        b'<M xmlns="urn:x"><Body xml:id="body"/></M>',
    ],
)
def test_prepare_refuses_xml_that_is_not_accepted(key: FileKey, document: bytes) -> None:
    with pytest.raises(FormatError):
        prepared_of(document, key)


def test_prepare_refuses_text_that_xml_cannot_hold_and_algorithms_of_other_keys(key: FileKey) -> None:
    with pytest.raises(PrepareError):
        prepared_of(minutes_xml(), key, role="bad\x00role")
    with pytest.raises(PrepareError):
        prepare(minutes_xml(), certificate=key.certificate_der, algorithm="rsa-sha256", signing_time=NOW)
    with pytest.raises(ValueError, match="zone"):
        prepare(
            minutes_xml(), certificate=key.certificate_der, algorithm=key.algorithm,
            signing_time=NOW.replace(tzinfo=None),
        )  # fmt: skip


def test_signing_time_is_written_in_utc_with_whole_seconds(key: FileKey) -> None:
    local = dt.datetime(2026, 11, 20, 10, 0, 1, 999999, tzinfo=dt.timezone(dt.timedelta(hours=7)))
    assert b"<xades:SigningTime>2026-11-20T03:00:01Z</xades:SigningTime>" in sign(minutes_xml(), key, at=local)


def test_ids_of_two_signatures_never_meet(pki: Pki, key: FileKey) -> None:
    document = minutes_xml()
    assert len({prepared_of(document, key).signature_id for _index in range(200)}) == 200
