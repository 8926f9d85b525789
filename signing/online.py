"""
Fetching what a verification lacks: lists and replies for the certificates of one file, before it is judged offline.

Verification itself never touches the network. Who wants current data (``--online``) asks here first and verifies with
the richer trust afterwards. Only certificates with a path to an anchor are asked about.

Source: TT 15/2025/TT-BKHCN Phụ lục II item 1.2 (status online where the CA offers it).
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from lxml import etree

from .asice_read import is_container, read_container
from .errors import RevocationError, SigningError, TokenError
from .existence import Existence, Material
from .limits import DEFAULT_LIMITS
from .past import judge_certificate
from .references import Surroundings
from .revocation import Revocation
from .signature import signing_certificate
from .structure import take_apart
from .terms import SIGNER, TIMESTAMP
from .tokens import read_token
from .trust import Trust
from .unsigned import read_unsigned
from .xml_file import find_signatures
from .xmlsafe import ParsedXml, parse


def enriched(paths: Sequence[Path], trust: Trust, source: Revocation, at: datetime) -> tuple[Trust, tuple[str, ...]]:
    """
    Return the trust with current revocation data for the signatures in some files.

    Args:
        paths: XML files and containers, their signed members included; others are passed over.
        trust: anchors and what is at hand.
        source: where to ask.
        at: now, with zone.

    Returns:
        The richer trust, and what could not be had, one sentence each.
    """
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    said: list[str] = []
    done: set[tuple[x509.Certificate, x509.Certificate]] = set()
    for path in paths:
        for chain in _chains(path, trust, at):
            for one, issuer in pairwise(chain):
                if (one, issuer) in done:
                    continue
                done.add((one, issuer))
                try:
                    found = source.status(one, issuer, at)
                except RevocationError as error:
                    said.append(str(error))
                    continue
                crls += [status.der for status in found if status.kind == "crl"]
                ocsps += [status.der for status in found if status.kind == "ocsp"]
    return trust.with_data(crls=crls, ocsps=ocsps), tuple(dict.fromkeys(said))


def _chains(path: Path, trust: Trust, at: datetime) -> list[tuple[x509.Certificate, ...]]:
    """Return the paths of all signers and timestamp services in a file; what cannot be read has none."""
    found: list[tuple[x509.Certificate, ...]] = []
    for parsed in _documents(path):
        try:
            signatures, _counter = find_signatures(parsed, DEFAULT_LIMITS)
        except SigningError:
            continue
        for element in signatures:
            try:
                found += _of_signature(element, parsed, trust, at)
            except SigningError:
                continue  # the verification will say what is wrong with it
    return found


def _documents(path: Path) -> list[ParsedXml]:
    try:
        if not is_container(path):
            return _parsed(path.read_bytes())
        container = read_container(path)
        found = [one for _name, data in container.signatures for one in _parsed(data)]
        for member in container.members:
            if member.size <= DEFAULT_LIMITS.xml_bytes and member.name.lower().endswith(".xml"):
                with member.open() as stream:
                    found += _parsed(stream.read())
    except SigningError:
        return []
    return found


def _parsed(data: bytes) -> list[ParsedXml]:
    try:
        return [parse(data)]
    except SigningError:
        return []


def _of_signature(
    element: etree._Element, parsed: ParsedXml, trust: Trust, at: datetime
) -> list[tuple[x509.Certificate, ...]]:
    parts = take_apart(element, DEFAULT_LIMITS)
    unsigned = read_unsigned(parts, DEFAULT_LIMITS)
    material = Material(parts.certificates) + unsigned.material()
    wanted: list[tuple[x509.Certificate, str, datetime]] = []
    tokens = []
    for _place, stamp in unsigned.stamps:
        for der in stamp.tokens:
            try:
                tokens.append(read_token(der))
            except TokenError:
                continue
    for token in tokens:
        material += token.material
        wanted.append((token.certificate, TIMESTAMP, token.gen_time))
    signer = signing_certificate(parts, Surroundings(parsed), trust)
    if signer is not None:
        wanted.append((signer, SIGNER, min((one.gen_time for one in tokens), default=at)))
    chains = [
        judge_certificate(one, trust, Existence(at, material=material), purpose=purpose, existed=min(used, at)).chain
        for one, purpose, used in wanted
    ]
    return [chain for chain in chains if chain]
