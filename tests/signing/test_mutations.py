"""No hostile variant of a good file passes, crashes or hangs."""

import time
from pathlib import Path

import pytest

from congkhai.signing import FileKey, Indication, Trust, verify_bytes, verify_path

from .mutations import container_variants, minutes_variants
from .pki import NOW
from .samples import minutes_xml, sealed, sign

SECONDS = 10  # generous: a shared machine; an attack that works costs minutes


def test_every_variant_of_minutes_is_refused_or_left_open(key: FileKey, rsa_key: FileKey, trust: Trust) -> None:
    good = sign(minutes_xml(("head",)), key, role="head")
    other = sign(minutes_xml(("head",), text="Việc khác"), key, role="head")
    assert verify_bytes(good, "m.xml", trust, NOW).indication is Indication.PASSED
    count = 0
    for attack, data in minutes_variants(good, other, rsa_key):
        assert data != good, f"{attack} changes nothing"
        started = time.monotonic()
        report = verify_bytes(data, "m.xml", trust, NOW)
        assert report.indication is not Indication.PASSED, attack
        assert time.monotonic() - started < SECONDS, attack
        said = [message for one in report.signatures for message in one.messages]
        assert said or report.findings, f"{attack}: no reason is given"
        count += 1
    assert count > 80


def test_a_later_signature_does_not_heal_a_bent_first_one(key: FileKey, rsa_key: FileKey, trust: Trust) -> None:
    good = sign(sign(minutes_xml(("head", "front")), key, role="head"), rsa_key, role="front")
    other = sign(minutes_xml(("head", "front"), text="Việc khác"), key, role="head")
    assert verify_bytes(good, "m.xml", trust, NOW).indication is Indication.PASSED
    for attack, data in minutes_variants(good, other, rsa_key):
        assert verify_bytes(data, "m.xml", trust, NOW).indication is not Indication.PASSED, attack


def test_every_variant_of_a_container_is_refused_or_left_open(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    path = sealed(tmp_path / "a.asice", key)
    assert verify_path(path, trust, NOW).indication is Indication.PASSED
    good = path.read_bytes()
    count = 0
    for attack, data in container_variants(good):
        assert data != good, f"{attack} changes nothing"
        path.write_bytes(data)
        started = time.monotonic()
        report = verify_path(path, trust, NOW)
        assert report.indication is not Indication.PASSED, attack
        assert time.monotonic() - started < SECONDS, attack
        count += 1
    assert count > 30


@pytest.mark.parametrize("step", [97])
def test_no_single_changed_byte_of_minutes_makes_a_different_paper_pass(key: FileKey, trust: Trust, step: int) -> None:
    good = sign(minutes_xml(("head",)), key, role="head")
    body = good[good.index(b"<Body") : good.index(b"</Body>")]
    for place in range(0, len(good), step):
        data = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        if verify_bytes(data, "m.xml", trust, NOW).indication is Indication.PASSED:
            assert body in data, place


def test_no_single_changed_byte_of_a_container_passes(key: FileKey, trust: Trust, tmp_path: Path) -> None:
    path = sealed(tmp_path / "a.asice", key)
    good = path.read_bytes()
    for place in range(0, len(good), 101):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        report = verify_path(path, trust, NOW)
        if report.indication is Indication.PASSED:
            assert report.files[0].signatures[0].covers == "FULL", place
