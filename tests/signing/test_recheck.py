"""The second verifier agrees with what is right and stops what is wrong."""

import base64
import hashlib
from pathlib import Path

import pytest
from signxml.xades.xades import XAdESVerifier

from congkhai.signing import (
    FileKey,
    RecheckError,
    body_digest,
    member_from_bytes,
    member_from_file,
    recheck,
    recheck_container,
    signature_ids,
)
from congkhai.signing import _recheck as module

from .pki import Pki
from .samples import file_key, members, minutes_xml, sealed, sign


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa2048", None),
        ("rsa3072", "rsa-pss-sha256"),
        ("p256", None),
        ("p384", None),
        ("p521", None),
        ("rsa2048", "rsa-pss-sha512"),
    ],
)
def test_every_kind_of_signature_is_confirmed(pki: Pki, tmp_path: Path, kind: str, algorithm: str | None) -> None:
    signed = sign(minutes_xml(), file_key(pki.issuing.issue("Người ký", kind), tmp_path, algorithm), role="head")
    assert recheck(signed, body_sha256=body_digest(signed)) == signature_ids(signed)


def test_each_of_three_parallel_signatures_is_confirmed(key: FileKey, rsa_key: FileKey) -> None:
    signed = sign(sign(sign(minutes_xml(), key), rsa_key), key)
    assert len(recheck(signed)) == 3


def test_a_changed_body_is_stopped(key: FileKey) -> None:
    with pytest.raises(RecheckError) as caught:
        recheck(sign(minutes_xml(), key).replace("công khai".encode(), "Công khai".encode()))
    assert caught.value.code == "congkhai-S501"


def test_a_file_without_signature_is_stopped() -> None:
    with pytest.raises(RecheckError):
        recheck(minutes_xml())


def test_a_right_signature_over_another_body_is_stopped(key: FileKey) -> None:
    other = body_digest(minutes_xml(text="khác"))
    with pytest.raises(RecheckError) as caught:
        recheck(sign(minutes_xml(), key), body_sha256=other)
    assert caught.value.code == "congkhai-S502"


def test_a_wrong_value_is_stopped(key: FileKey) -> None:
    signed = sign(minutes_xml(), key)
    start = signed.index(b">", signed.index(b"<ds:SignatureValue")) + 1
    value = base64.b64encode(bytes(64))
    with pytest.raises(RecheckError):
        recheck(signed[:start] + value + signed[start + len(value) :])


def test_a_certificate_that_the_signature_does_not_name_is_stopped(key: FileKey, rsa_key: FileKey) -> None:
    signed = sign(minutes_xml(), key).replace(
        base64.b64encode(key.certificate_der), base64.b64encode(rsa_key.certificate_der)
    )
    with pytest.raises(RecheckError) as caught:
        recheck(signed)
    assert caught.value.code == "congkhai-S504"


def test_a_container_is_confirmed_whatever_its_members_look_like(tmp_path: Path, key: FileKey) -> None:
    parts = [
        *members(),
        member_from_bytes("bẫy.xml", "application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        member_from_bytes("rỗng.txt", "text/plain", b""),
        member_from_bytes(
            "giả.xml", "application/xml",
            b'<x:SignedProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#"><x:SignedSignatureProperties/></x:SignedProperties>',
        ),
    ]  # fmt: skip
    assert len(recheck_container(sealed(tmp_path / "a.asice", key, parts))) == 1


def test_a_changed_member_is_stopped(tmp_path: Path, key: FileKey) -> None:
    path = sealed(tmp_path / "a.asice", key, [member_from_bytes("a.txt", "text/plain", b"to be changed")])
    data = path.read_bytes()
    changed = data.replace(b"to be changed", b"has changed..")
    import zlib

    old, new = (zlib.crc32(text).to_bytes(4, "little") for text in (b"to be changed", b"has changed.."))
    path.write_bytes(changed.replace(old, new))
    with pytest.raises(RecheckError) as caught:
        recheck_container(path)
    assert caught.value.code == "congkhai-S501"


def test_a_big_member_is_hashed_in_a_stream_and_still_checked(
    tmp_path: Path, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WHOLE_LIMIT", 1000)
    big = tmp_path / "lớn.bin"
    big.write_bytes(b"z" * 5000)
    parts = [
        member_from_file("lớn.bin", "application/octet-stream", big),
        member_from_bytes("b.txt", "text/plain", b"b"),
    ]
    path = sealed(tmp_path / "a.asice", key, parts)
    hashed: list[str] = []
    real = module._hash
    monkeypatch.setattr(module, "_hash", lambda member, name: hashed.append(member.name) or real(member, name))
    assert len(recheck_container(path)) == 1
    assert hashed == ["lớn.bin"]
    monkeypatch.setattr(module, "_hash", lambda _member, _name: hashlib.sha256(b"other").digest())
    with pytest.raises(RecheckError):
        recheck_container(path)


def test_signxml_still_has_the_places_that_are_overridden() -> None:
    for name in ("_get_signature", "_get_digest", "_fromstring"):
        assert callable(getattr(XAdESVerifier, name))


def test_a_verifier_that_looked_at_something_else_is_a_failure(key: FileKey, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = sign(minutes_xml(), key)
    real = XAdESVerifier.verify

    def mistaken(self: XAdESVerifier, *args: object, **kwargs: object) -> object:
        results = real(self, *args, **kwargs)
        object.__setattr__(results[0], "signed_data", b"something else")
        return results

    monkeypatch.setattr(XAdESVerifier, "verify", mistaken)
    with pytest.raises(RecheckError) as caught:
        recheck(signed)
    assert caught.value.code == "congkhai-S502"
