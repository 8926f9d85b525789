"""A value that a file key has just made is taken without calculating again; any other is calculated."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from congkhai.signing import CompleteError, FileKey, Prepared, complete, prepare, xades_b
from congkhai.signing.algorithms import BY_NAME, verify_value
from congkhai.signing.keys.file import MadeValue

from .pki import NOW, Identity, Pki
from .samples import minutes_xml


def prepared_of(key: FileKey) -> Prepared:
    return prepare(
        minutes_xml(), certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW, chain=key.chain
    )


class CalculatedError(Exception):
    """The value was calculated."""


@pytest.fixture
def no_calculation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> bool:
        raise CalculatedError

    monkeypatch.setattr(xades_b, "verify_value", refuse)


@pytest.mark.usefixtures("no_calculation")
def test_what_an_rsa_file_key_made_is_not_calculated_again_and_everything_else_is(
    key: FileKey, rsa_key: FileKey
) -> None:
    prepared = prepared_of(rsa_key)
    value = rsa_key.sign(prepared.octets)
    assert complete(minutes_xml(), prepared, value)
    stored = Prepared.from_json(prepared.to_json())
    assert complete(minutes_xml(), stored, value)
    for other in (bytes(value), MadeValue(value), value[:-1] + b"x", rsa_key.sign(b"other")):
        with pytest.raises(CalculatedError):
            complete(minutes_xml(), prepared, other)
    by_curve = prepared_of(key)
    with pytest.raises(CalculatedError):
        complete(minutes_xml(), by_curve, key.sign(by_curve.octets))


def test_a_value_made_for_something_else_is_refused(pki: Pki, rsa_key: FileKey) -> None:
    prepared = prepared_of(rsa_key)
    identity = pki.issuing.issue("Người khác", "rsa2048", owner="b")
    stranger = FileKey(identity.private, identity.certificate, (), None)
    padded = FileKey(rsa_key._key, rsa_key.certificate, (), "rsa-pss-sha256")
    for maker, octets in ((rsa_key, b"other"), (stranger, prepared.octets), (padded, prepared.octets)):
        with pytest.raises(CompleteError) as caught:
            complete(minutes_xml(), prepared, maker.sign(octets))
        assert caught.value.code == "congkhai-S217"


def test_a_key_that_is_not_the_certificate_s_vouches_for_nothing(pki: Pki, rsa_key: FileKey) -> None:
    identity = pki.issuing.issue("Người khác", "rsa2048", owner="b")
    mixed = FileKey(identity.private, rsa_key.certificate, (), None)
    prepared = prepared_of(mixed)
    value = mixed.sign(prepared.octets)
    assert type(value) is bytes
    with pytest.raises(CompleteError):
        complete(minutes_xml(), prepared, value)


def bent(key: rsa.RSAPrivateKey, part: str) -> rsa.RSAPrivateKey:
    """Return a key whose short way of calculating leads astray."""
    whole = key.private_numbers()
    parts = {name: getattr(whole, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp", "public_numbers")}
    parts[part] += 2
    return rsa.RSAPrivateNumbers(**parts).private_key(unsafe_skip_rsa_key_validation=True)


@pytest.mark.parametrize("part", ["dmp1", "dmq1", "iqmp"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-pss-sha256", "rsa-sha512"])
def test_the_library_lets_no_miscalculated_value_out(pki: Pki, part: str, algorithm: str) -> None:
    identity: Identity = pki.issuing.issue("Người ký", "rsa2048", owner="c")
    assert isinstance(identity.private, rsa.RSAPrivateKey)
    maker = FileKey(bent(identity.private, part), identity.certificate, (), algorithm)
    value = maker.sign(b"octets")
    assert type(value) is MadeValue
    assert verify_value(BY_NAME[algorithm], identity.private.public_key(), b"octets", value)
