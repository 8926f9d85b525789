"""
A small certification authority for tests: root, issuing CA, signers, CRLs, OCSP replies.

Keys are made once per process and shared; certificates are made per call, so that no test depends on another's.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

UTC = dt.UTC
START = dt.datetime(2026, 1, 1, tzinfo=UTC)
END = dt.datetime(2028, 1, 1, tzinfo=UTC)
NOW = dt.datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TEST_PASSWORD = "mat-khau"
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def key(kind: str, owner: str = "") -> PrivateKey:
    """Return a key of a kind (``rsa1024`` … ``rsa4096``, ``p192``, ``p256``, ``p384``, ``p521``), one per owner."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    curves = {"p192": ec.SECP192R1(), "p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def name(common: str, organisation: str = "UBND xã Mẫu", title: str = "") -> x509.Name:
    """Return a Vietnamese distinguished name."""
    parts = [(NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, organisation)]
    parts += [(NameOID.TITLE, title)] if title else []
    parts += [(NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def key_usage(*, sign: bool = True, commit: bool = True, authority: bool = False) -> x509.KeyUsage:
    """Return a KeyUsage extension."""
    return x509.KeyUsage(
        sign, commit, False, False, not (sign or commit or authority), authority, authority, False, False
    )


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate."""

    private: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(DER)

    def pkcs12(self, path: Path, password: str | None = TEST_PASSWORD) -> Path:
        """Write a PKCS#12 file."""
        guard = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b"ky", self.private, self.certificate, self.chain, guard)
        )
        return path

    def pem(self, folder: Path, password: str | None = None) -> tuple[Path, Path]:
        """Write key and certificates as PEM; return both paths."""
        guard = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        private, certificates = folder / "key.pem", folder / "certificates.pem"
        private.write_bytes(self.private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, guard))
        certificates.write_bytes(b"".join(one.public_bytes(PEM) for one in (self.certificate, *self.chain)))
        return private, certificates


@dataclass
class Authority:
    """A CA that issues, revokes and publishes."""

    identity: Identity
    revoked: dict[int, dt.datetime] = field(default_factory=dict)

    @property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        return self.identity.certificate

    def issue(
        self,
        common: str,
        kind: str = "p256",
        *,
        start: dt.datetime = START,
        end: dt.datetime = END,
        usage: x509.KeyUsage | None = None,
        with_usage: bool = True,
        authority: bool = False,
        title: str = "",
        organisation: str = "UBND xã Mẫu",
        extended: x509.ObjectIdentifier | None = None,
        owner: str = "",
        ocsp_url: str = "",
        crl_url: str = "",
        no_check: bool = True,
    ) -> Identity:
        """Issue a certificate; `authority` makes it a CA."""
        private = key(kind, owner or common)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common, organisation, title))
            .issuer_name(self.certificate.subject)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key()), critical=False
            )
        )
        if with_usage:
            plain = key_usage(sign=not authority, commit=not authority, authority=authority)
            builder = builder.add_extension(usage or plain, critical=True)
        if extended is not None:
            stamping = extended == ExtendedKeyUsageOID.TIME_STAMPING
            builder = builder.add_extension(x509.ExtendedKeyUsage([extended]), critical=stamping)
            if not stamping and no_check:
                builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if ocsp_url:
            place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
            builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
        certificate = builder.sign(self.identity.private, hashes.SHA256())
        own = () if self.certificate.subject == self.certificate.issuer else (self.certificate,)
        return Identity(private, certificate, own)

    def revoke(self, identity: Identity, at: dt.datetime) -> None:
        """Enter a certificate into later CRLs."""
        self.revoked[identity.certificate.serial_number] = at

    def crl(self, at: dt.datetime = NOW - dt.timedelta(days=1), days: int = 60) -> bytes:
        """Return a CRL issued at a moment, DER."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at)
            .next_update(at + dt.timedelta(days=days))
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key()), critical=False
            )
        )
        for serial, moment in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
            reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
            builder = builder.add_revoked_certificate(entry.add_extension(reason, critical=False).build())
        return builder.sign(self.identity.private, hashes.SHA256()).public_bytes(DER)

    def ocsp(
        self,
        identity: Identity,
        at: dt.datetime = NOW,
        *,
        authorised: bool = True,
        no_check: bool = True,
        until: dt.datetime = END,
        days: int = 7,
        nonce: bytes | None = None,
    ) -> bytes:
        """
        Return an OCSP reply for a certificate, DER.

        `authorised` False leaves out the responder's permission, `no_check` False its exemption from being checked;
        `until` is the end of its certificate.
        """
        responder = self.issue(
            "OCSP", owner=f"ocsp-{id(self)}", extended=ExtendedKeyUsageOID.OCSP_SIGNING if authorised else None,
            no_check=no_check, end=until,
        )  # fmt: skip
        revoked = self.revoked.get(identity.certificate.serial_number)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                identity.certificate, self.certificate, hashes.SHA256(),
                ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
                at, at + dt.timedelta(days=days), revoked, x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
        )  # fmt: skip
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.sign(responder.private, hashes.SHA256()).public_bytes(DER)


def root(common: str = "Gốc thử nghiệm", kind: str = "p256", **period: dt.datetime) -> Authority:
    """Make a self-signed root CA; `start` and `end` may be given."""
    private = key(kind, common)
    subject = name(common, "Cơ quan chứng thực thử nghiệm")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(period.get("start", dt.datetime(2020, 1, 1, tzinfo=UTC)))
        .not_valid_after(period.get("end", dt.datetime(2040, 1, 1, tzinfo=UTC)))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(key_usage(sign=False, commit=False, authority=True), critical=True)
        .sign(private, hashes.SHA256())
    )
    return Authority(Identity(private, certificate))


@dataclass
class Pki:
    """Root, issuing CA, and a trust folder to be."""

    root: Authority
    issuing: Authority

    @classmethod
    def make(cls, common: str = "Gốc thử nghiệm") -> "Pki":
        """Make a root and an issuing CA below it."""
        top = root(common)
        return cls(
            top,
            Authority(top.issue(f"CA cấp phát – {common}", authority=True, end=dt.datetime(2035, 1, 1, tzinfo=UTC))),
        )

    def trust_folder(self, folder: Path, *, crls: bool = True) -> Path:
        """Write the trust folder: anchor, issuing CA, and with `crls` both revocation lists."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pem").write_bytes(self.root.certificate.public_bytes(PEM))
        (folder / "issuing.cer").write_bytes(self.issuing.certificate.public_bytes(DER))
        if crls:
            (folder / "root.crl").write_bytes(self.root.crl())
            (folder / "issuing.crl").write_bytes(self.issuing.crl())
        return folder


def bent_everywhere(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return each place with `data` whose lowest, then whose highest bit is turned over there."""
    for place in range(len(data)):
        for bit in (1, 0x80):
            yield place, data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
