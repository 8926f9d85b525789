"""
Keys and certificates of the demo's commune: a root, an issuing authority, one key per role, and a seal.

The private keys of both authorities exist in memory only, so nothing more can ever be issued under a demo's root. Both
revocation lists are made once: they are dated just before the simulated weeks and outlive them, which is what lets a
verifier decide about a signature offline, in those weeks and today.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from .scenario import Person, ScenarioAgency

VALID_FROM = datetime(2025, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2055, 12, 31, tzinfo=UTC)
EXPIRED_ON = datetime(2026, 1, 1, tzinfo=UTC)
CRL_MADE = datetime(2026, 6, 28, tzinfo=UTC)

SEAL = "seal"
EXPIRED = "expired"

_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A PKCS#12 file and the file that holds its password (one line); both readable by their owner only."""

    p12: Path
    password: Path


@dataclass(frozen=True, slots=True)
class DemoPki:
    """
    Where the demo's keys and anchors lie.

    Attributes:
        trust: folder for ``[trust] folder`` and ``verify --trust``: root and issuing certificate (PEM, ``*.crt``),
            the revocation lists of both (DER, ``*.crl``).
        keys: by role ``head``, ``front_chair``, ``records_officer``, by ``seal``, and by ``expired``: a certificate of
            the head that ran out before the simulated weeks, to try what happens then.
    """

    trust: Path
    keys: Mapping[str, KeyFile]


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_pki(folder: Path, agency: ScenarioAgency, people: tuple[Person, ...]) -> DemoPki:
    """
    Make the keys of a demo under its folder, or find those made before.

    Args:
        folder: the demo's own folder; ``keys/`` and ``trust/`` are made in it.
        agency: organisation named in the certificates.
        people: must hold one person each for ``head``, ``front_chair`` and ``records_officer``.

    Returns:
        The places of keys and anchors. A run that was killed while making them leaves nothing that a later one uses.

    Raises:
        OSError: the folder cannot be written.
        KeyError: a role has no person.
    """
    made = DemoPki(
        trust=folder / "trust",
        keys={role: _places(folder / "keys", role) for role in (*_ROLES, SEAL, EXPIRED)},
    )
    if (folder / "keys").is_dir():
        return made
    new_keys, new_trust = folder / ".keys-new", folder / ".trust-new"
    for place in (new_keys, new_trust, made.trust):
        # Left over from a killed run: anchors without keys, under which nothing was ever signed.
        shutil.rmtree(place, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    new_keys.mkdir(mode=0o700)
    new_trust.mkdir()
    _write_all(new_keys, new_trust, agency, {person.role: person for person in people})
    new_trust.rename(made.trust)
    new_keys.rename(folder / "keys")  # last: this folder is what says that all is there
    return made


_ROLES = ("head", "front_chair", "records_officer")


def _places(keys: Path, role: str) -> KeyFile:
    return KeyFile(keys / f"{role}.p12", keys / f"{role}.password")


def _write_all(keys: Path, trust: Path, agency: ScenarioAgency, people: Mapping[str, Person]) -> None:
    root_key, issuing_key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(agency, "congkhai demo root CA")
    root = _Authority(_authority(root_name, root_key, None, path_length=1), root_key)
    issuing_name = _name(agency, "congkhai demo issuing CA")
    issuing = _Authority(_authority(issuing_name, issuing_key, root, path_length=0), issuing_key)
    for name, authority in (("root", root), ("issuing", issuing)):
        (trust / f"{name}.crt").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
        (trust / f"{name}.crl").write_bytes(_revocation_list(authority))
    holders: tuple[tuple[str, x509.Name, _PrivateKey, datetime], ...] = (
        ("head", _person(agency, people["head"]), _rsa(2048), VALID_TO),
        ("front_chair", _person(agency, people["front_chair"]), _rsa(3072), VALID_TO),
        (
            "records_officer",
            _person(agency, people["records_officer"]),
            ec.generate_private_key(ec.SECP256R1()),
            VALID_TO,
        ),
        (SEAL, _name(agency, agency.name), ec.generate_private_key(ec.SECP256R1()), VALID_TO),
        (EXPIRED, _person(agency, people["head"]), ec.generate_private_key(ec.SECP256R1()), EXPIRED_ON),
    )
    for role, subject, key, valid_to in holders:
        certificate = _leaf(subject, key, issuing, valid_to)
        password = secrets.token_urlsafe(18)
        places = _places(keys, role)
        _write_private(places.password, password.encode() + b"\n")
        _write_private(
            places.p12,
            serialize_key_and_certificates(
                role.encode(),
                key,
                certificate,
                [issuing.certificate, root.certificate],
                BestAvailableEncryption(password.encode()),
            ),
        )


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _name(agency: ScenarioAgency, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, agency.name),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _person(agency: ScenarioAgency, person: Person) -> x509.Name:
    return x509.Name([*_name(agency, person.name), x509.NameAttribute(NameOID.TITLE, person.title)])


def _builder(
    subject: x509.Name, key: _PrivateKey, issuer: x509.Name, issuer_key: _PrivateKey, valid_to: datetime
) -> x509.CertificateBuilder:
    """Return what every certificate of RFC 5280 section 4.2.1 has here: names, validity, key identifiers."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(valid_to)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _authority(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: _Authority | None, *, path_length: int
) -> x509.Certificate:
    issuer_name = issuer.certificate.subject if issuer else subject
    issuer_key = issuer.key if issuer else key
    builder = _builder(subject, key, issuer_name, issuer_key, VALID_TO)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_usage(authority=True), critical=True).sign(issuer_key, hashes.SHA384())


def _leaf(subject: x509.Name, key: _PrivateKey, issuer: _Authority, valid_to: datetime) -> x509.Certificate:
    builder = _builder(subject, key, issuer.certificate.subject, issuer.key, valid_to)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    return builder.add_extension(_usage(authority=False), critical=True).sign(issuer.key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    """People and seal sign content (digitalSignature, nonRepudiation); authorities sign certificates and lists."""
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _revocation_list(authority: _Authority) -> bytes:
    """Return an empty revocation list, DER (RFC 5280 section 5)."""
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(CRL_MADE)
        .next_update(VALID_TO)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
