"""The demo's keys: a path that a foreign validator accepts offline, and files that only their owner reads."""

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import ExpiredError, PathBuildingError, ValidationError

from congkhai.plugin.demo import pki
from congkhai.plugin.demo.pki import EXPIRED, SEAL, DemoPki, make_pki
from congkhai.plugin.demo.scenario import load_scenario

USABLE = ("head", "front_chair", "records_officer", SEAL)
DURING = datetime(2026, 8, 1, 2, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DemoPki:
    scenario = load_scenario()
    return make_pki(tmp_path_factory.mktemp("demo"), scenario.agency, scenario.people)


def open_key(made: DemoPki, role: str) -> PKCS12KeyAndCertificates:
    places = made.keys[role]
    return load_pkcs12(places.p12.read_bytes(), places.password.read_text().strip().encode())


def leaf(made: DemoPki, role: str) -> x509.Certificate:
    held = open_key(made, role).cert
    assert held is not None
    return held.certificate


def validate(made: DemoPki, role: str, moment: datetime, *, with_lists: bool = True) -> None:
    """Build and check the path with pyhanko-certvalidator, without network, revocation data required."""

    def read(name: str) -> asn1_x509.Certificate:
        pem = x509.load_pem_x509_certificate((made.trust / name).read_bytes())
        return asn1_x509.Certificate.load(pem.public_bytes(Encoding.DER))

    lists = [asn1_crl.CertificateList.load(path.read_bytes()) for path in sorted(made.trust.glob("*.crl"))]
    context = ValidationContext(
        trust_roots=[read("root.crt")],
        other_certs=[read("issuing.crt")],
        crls=lists if with_lists else [],
        allow_fetching=False,
        revocation_mode="require",
        moment=moment,
    )
    certificate = asn1_x509.Certificate.load(leaf(made, role).public_bytes(Encoding.DER))
    validator = CertificateValidator(certificate, validation_context=context)
    asyncio.run(validator.async_validate_usage({"digital_signature", "non_repudiation"}))


@pytest.mark.parametrize("role", USABLE)
def test_the_path_of_every_key_is_accepted_offline_with_its_revocation_lists(made: DemoPki, role: str) -> None:
    validate(made, role, AFTER)


def test_without_the_revocation_lists_no_path_is_accepted(made: DemoPki) -> None:
    with pytest.raises(ValidationError):
        validate(made, "head", AFTER, with_lists=False)


def test_the_expired_certificate_is_refused_for_its_age(made: DemoPki) -> None:
    with pytest.raises((ExpiredError, PathBuildingError), match="expired"):
        validate(made, EXPIRED, AFTER)


def test_lists_speak_for_the_simulated_weeks_and_today_and_outlive_every_certificate(made: DemoPki) -> None:
    scenario = load_scenario()
    for name in ("root", "issuing"):
        found = x509.load_der_x509_crl((made.trust / f"{name}.crl").read_bytes())
        assert found.last_update_utc < scenario.start
        assert found.last_update_utc < AFTER
        assert found.next_update_utc is not None
        assert found.next_update_utc >= leaf(made, "head").not_valid_after_utc
        assert found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1


@pytest.mark.parametrize("role", USABLE)
def test_certificates_are_valid_through_the_simulated_weeks_and_today(made: DemoPki, role: str) -> None:
    certificate = leaf(made, role)
    assert certificate.not_valid_before_utc < DURING < AFTER < certificate.not_valid_after_utc


@pytest.mark.parametrize("role", USABLE)
def test_key_usage_is_critical_and_for_signing_only(made: DemoPki, role: str) -> None:
    extension = leaf(made, role).extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    assert extension.value.digital_signature
    assert extension.value.content_commitment
    assert not extension.value.key_encipherment
    assert not extension.value.key_cert_sign


def test_key_identifiers_link_the_chain(made: DemoPki) -> None:
    issuing = x509.load_pem_x509_certificate((made.trust / "issuing.crt").read_bytes())
    its_own = issuing.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    for role in USABLE:
        named = leaf(made, role).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert named.key_identifier == its_own


def test_keys_are_of_mixed_kinds_and_fit_their_certificates(made: DemoPki) -> None:
    kinds = []
    for role in USABLE:
        held = open_key(made, role)
        assert held.key is not None
        assert held.key.public_key() == leaf(made, role).public_key()
        assert len(held.additional_certs) == 2
        if isinstance(held.key, rsa.RSAPrivateKey):
            kinds.append(f"rsa-{held.key.key_size}")
        elif isinstance(held.key, ec.EllipticCurvePrivateKey):
            kinds.append(held.key.curve.name)
    assert kinds == ["rsa-2048", "rsa-3072", "secp256r1", "secp256r1"]


def test_certificates_name_the_people_of_the_scenario(made: DemoPki) -> None:
    people = {person.role: person for person in load_scenario().people}
    for role in ("head", "front_chair", "records_officer"):
        names = leaf(made, role).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert [name.value for name in names] == [people[role].name]


def test_keys_and_passwords_are_readable_by_their_owner_only(made: DemoPki) -> None:
    files = [path for key in made.keys.values() for path in (key.p12, key.password)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700


def test_a_wrong_password_opens_nothing(made: DemoPki) -> None:
    with pytest.raises(ValueError, match="password"):
        load_pkcs12(made.keys["head"].p12.read_bytes(), b"not the password")


def test_no_private_key_of_an_authority_is_left_behind(made: DemoPki) -> None:
    assert sorted(path.name for path in made.trust.iterdir()) == ["issuing.crl", "issuing.crt", "root.crl", "root.crt"]
    authorities = [x509.load_pem_x509_certificate(path.read_bytes()).public_key() for path in made.trust.glob("*.crt")]
    for role in made.keys:
        key = open_key(made, role).key
        assert key is not None
        assert key.public_key() not in authorities


def test_a_second_call_finds_the_same_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario()
    monkeypatch.setattr(pki, "_rsa", lambda bits: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    first = make_pki(tmp_path, scenario.agency, scenario.people)
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert make_pki(tmp_path, scenario.agency, scenario.people) == first
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


def test_a_run_killed_between_anchors_and_keys_starts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario()
    original = Path.rename

    def die(self: Path, target: Path) -> Path:
        if target.name == "keys":
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "rename", die)
    with pytest.raises(KeyboardInterrupt):
        make_pki(tmp_path, scenario.agency, scenario.people)
    orphan = (tmp_path / "trust" / "root.crt").read_bytes()
    monkeypatch.setattr(Path, "rename", original)
    again = make_pki(tmp_path, scenario.agency, scenario.people)
    assert (again.trust / "root.crt").read_bytes() != orphan
    validate(again, "head", AFTER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "trust"]
