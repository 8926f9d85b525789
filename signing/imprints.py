"""
What a XAdES timestamp covers, as octets.

Source: EN 319 132-1 clauses 5.2.8.1 (content), 5.3 (signature timestamp), 5.5.2 (archive timestamp, not distributed).
"""

import hashlib
from collections.abc import Iterator
from itertools import chain, takewhile
from typing import Any

from lxml import etree

from ._text import _
from .errors import FormatError
from .references import Surroundings, c14n_parameters, reference_octets, refuse_inherited
from .structure import SignatureParts
from .unsigned import Stamp, Unsigned
from .xmlsafe import canonical, ds, xades

_HASHES = {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"}


def stamp_digest(
    stamp: Stamp, place: int, parts: SignatureParts, unsigned: Unsigned, around: Surroundings, hash_name: str
) -> bytes:
    """
    Return the digest that a token in a timestamp property must carry.

    Args:
        stamp: the property.
        place: its place among the unsigned properties; only those before it are covered.
        parts: the signature.
        unsigned: its unsigned properties.
        around: file and container.
        hash_name: hash function of the token's imprint.

    Raises:
        FormatError: a canonicalisation that is not accepted, or data that are missing.
    """
    method = (stamp.c14n, stamp.c14n_element)
    if stamp.kind == "signature":
        return digest(signature_octets(parts, method, around), hash_name)
    if stamp.kind == "content":
        return digest(content_octets(parts, method, around), hash_name)
    return archive_digest(parts, unsigned.properties[:place], method, around, hash_name)


def digest(pieces: Iterator[bytes], hash_name: str) -> bytes:
    """Return the digest of octets in pieces; raises FormatError for a hash function that is not accepted."""
    work = _hash(hash_name)
    for piece in pieces:
        work.update(piece)
    return bytes(work.digest())


def _hash(name: str) -> Any:
    if name not in _HASHES:
        raise FormatError(what=_("Mã băm {name} không được chấp nhận.").format(name=name), code="congkhai-S308")
    return hashlib.new(name)


def archive_digest(
    parts: SignatureParts,
    before: tuple[etree._Element, ...],
    method: "Method",
    around: Surroundings,
    hash_name: str,
) -> bytes:
    """
    Return the digest of what an archive timestamp covers; see `archive_octets` for the arguments.

    The files of a container, which may be large, come first in it: their part of the work is kept and used again.
    """
    members = tuple(takewhile(lambda one: one.uri and not one.uri.startswith("#"), parts.references))
    key = (hash_name, *(one.uri for one in members))
    if key not in around.digested:
        work = _hash(hash_name)
        for reference in members:
            for piece in reference_octets(reference, parts.element, around, method):
                work.update(piece)
        around.digested[key] = work
    work = around.digested[key].copy()
    for piece in archive_octets(parts, before, method, around, skip=len(members)):
        work.update(piece)
    return bytes(work.digest())


Method = tuple[str, etree._Element | None]


def _c14n(node: etree._Element, method: Method, around: Surroundings) -> bytes:
    exclusive, prefixes = c14n_parameters(*method)
    if not exclusive:
        refuse_inherited(node)
    octets = canonical(node, exclusive=exclusive, prefixes=prefixes)
    around.work.spend(len(octets))
    return octets


def signature_octets(parts: SignatureParts, method: Method, around: Surroundings) -> Iterator[bytes]:
    """Yield what a signature timestamp covers: the element ``ds:SignatureValue`` with its tags."""
    for one in parts.element.iterchildren(ds("SignatureValue")):
        yield _c14n(one, method, around)


def content_octets(parts: SignatureParts, method: Method, around: Surroundings) -> Iterator[bytes]:
    """Yield what a timestamp over all data objects covers: every reference but that to the signed properties."""
    data = (one for one in parts.references if one is not parts.properties_reference)
    return chain.from_iterable(reference_octets(one, parts.element, around, method) for one in data)


def archive_octets(
    parts: SignatureParts,
    before: tuple[etree._Element, ...],
    method: Method,
    around: Surroundings,
    *,
    skip: int = 0,
) -> Iterator[bytes]:
    """
    Yield what an archive timestamp covers.

    Args:
        parts: the signature.
        before: the unsigned properties that stand before the timestamp, in order.
        method: its canonicalisation.
        around: file and container.
        skip: references at the beginning that are digested already.

    Raises:
        FormatError: data that are referenced are missing.
    """
    for reference in parts.references[skip:]:
        yield from reference_octets(reference, parts.element, around, method)
    for name in ("SignedInfo", "SignatureValue", "KeyInfo"):
        for one in parts.element.iterchildren(ds(name)):
            yield _c14n(one, method, around)
    for one in before:
        yield _c14n(one, method, around)
    for one in parts.element.iterchildren(ds("Object")):
        if one.find(xades("QualifyingProperties")) is None:
            yield _c14n(one, method, around)
