"""Mathematics and structure with pinned certificates: what holds is named, everything else is an error."""

import pytest

from congkhai.signing import ChangedError, FileKey, FormatError, SigningError, verify_pinned

from .forge import ENVELOPED, EXC, enveloped
from .mutations import minutes_variants
from .samples import minutes_xml, sign


def test_every_signer_is_named_with_role_and_time(key: FileKey, rsa_key: FileKey) -> None:
    data = sign(sign(minutes_xml(), key, role="head"), rsa_key, role="front")
    found = verify_pinned(data, [rsa_key.certificate_der, key.certificate_der])
    assert [(one.role, one.certificate) for one in found] == [
        ("head", key.certificate_der),
        ("front", rsa_key.certificate_der),
    ]
    assert all(one.signing_time is not None for one in found)


def test_a_signature_by_somebody_else_is_refused(key: FileKey, rsa_key: FileKey) -> None:
    with pytest.raises(ChangedError):
        verify_pinned(sign(minutes_xml(), key), [rsa_key.certificate_der])
    with pytest.raises(ChangedError):
        verify_pinned(sign(minutes_xml(), key), [])


def test_unsigned_and_plain_signatures_are_refused(key: FileKey) -> None:
    with pytest.raises(FormatError):
        verify_pinned(minutes_xml(), [key.certificate_der])
    with pytest.raises(ChangedError):
        verify_pinned(enveloped(key, "<r>x</r>", [(ENVELOPED, ""), (EXC, "")]), [key.certificate_der])


def test_no_hostile_variant_holds(key: FileKey, rsa_key: FileKey) -> None:
    good, other = sign(minutes_xml(("head",)), key, role="head"), sign(minutes_xml(("head",), "khác"), key, role="head")
    assert verify_pinned(good, [key.certificate_der])
    count = 0
    # What is only replaced among the certificates of KeyInfo does not matter here: nobody asks them.
    harmless = {"certificate replaced", "certificate damaged", "no KeyInfo"}
    for attack, data in minutes_variants(good, other, rsa_key):
        if attack in harmless:
            continue
        with pytest.raises(SigningError):
            verify_pinned(data, [key.certificate_der])
            pytest.fail(attack)
        count += 1
    assert count > 90
