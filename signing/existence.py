"""
What is proven to have existed, and since when: the proofs of existence (POE) that timestamps give.

Everything a verifier holds exists at the moment of verification; a valid timestamp proves that what it covers existed
at its time. Things are known by the SHA-256 of their octets; the earliest proof counts.

Source: EN 319 102-1 clauses 5.6.2.3 (extraction) and 3.1 (proof of existence).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Material:
    """
    Certificates and revocation data that came with signatures, DER; they help, and are never trusted as such.

    Attributes:
        certificates, crls, ocsps: each once, in the order in which they were found.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __add__(self, other: "Material") -> "Material":
        if not (other.certificates or other.crls or other.ocsps):
            return self
        return Material(
            tuple(dict.fromkeys((*self.certificates, *other.certificates))),
            tuple(dict.fromkeys((*self.crls, *other.crls))),
            tuple(dict.fromkeys((*self.ocsps, *other.ocsps))),
        )

    def all(self) -> tuple[bytes, ...]:
        """Return everything, for registering a proof."""
        return (*self.certificates, *self.crls, *self.ocsps)


@dataclass(frozen=True, slots=True)
class Existence:
    """
    What is known about the existence of a file's parts before its own timestamps are read.

    Attributes:
        at: moment of verification, with zone.
        whole: the whole file is proven to have existed by then; None without such a proof. A container's timestamps
            prove it for the files inside.
        known: SHA-256 of single things → earliest proof, sorted by digest.
        material: what came with signatures around the file, a container's seal for one.
    """

    at: datetime
    whole: datetime | None = None
    known: tuple[tuple[bytes, datetime], ...] = ()
    material: Material = Material()

    @property
    def file(self) -> datetime:
        """Return the earliest moment at which the file is known to have existed."""
        return self.at if self.whole is None else min(self.whole, self.at)

    def of(self, thing: bytes) -> datetime:
        """Return the earliest moment at which some octets are proven to have existed; `at` without a proof."""
        return _table(self.known).get(_digest(thing), self.at)

    def moments(self) -> tuple[datetime, ...]:
        """Return the moments at which something is proven, in order, the moment of verification last."""
        earlier = {moment for _thing, moment in self.known if moment < self.at}
        return (*sorted(earlier), self.at)

    def proven(self, things: Iterable[bytes], moment: datetime) -> "Existence":
        """Return the same with a proof that some octets existed at a moment."""
        table = dict(self.known)
        for thing in things:
            digest = _digest(thing)
            table[digest] = min(moment, table.get(digest, moment))
        return replace(self, known=tuple(sorted(table.items())))

    def with_material(self, more: Material) -> "Existence":
        """Return the same with more certificates and revocation data at hand."""
        return replace(self, material=self.material + more)


@lru_cache(maxsize=512)
def _digest(thing: bytes) -> bytes:
    return hashlib.sha256(thing).digest()


@lru_cache(maxsize=256)
def _table(known: tuple[tuple[bytes, datetime], ...]) -> dict[bytes, datetime]:
    return dict(known)
