"""A small world with a clock of its own: who signs, who stamps, and what their authorities said when."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from congkhai.signing import (
    FileKey,
    SignatureReport,
    Trust,
    signature_ids,
    verify_bytes,
)

from .long_term import (
    add,
    validation_data,
    values_text,
    with_stamp,
)
from .pki import NOW, Identity, Pki
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
