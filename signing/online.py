"""
Fetching what a verification lacks: lists and replies for the certificates of some files, and the issuers that they did
not bring along, before they are judged offline.

Verification itself never touches the network. Who wants current data (``--online``) asks here first and verifies with
the richer trust afterwards. Status is asked for certificates with a path to an anchor only. The files themselves are
read like those that are judged: apart from this process, when there is a guard.

Source: TT 15/2025/TT-BKHCN Phụ lục II item 1.2 (status online where the CA offers it).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from .asice_read import is_container, read_container
from .errors import RevocationError, SigningError, TokenError
from .existence import Existence, Material
from .guarded import Guard, Stopped, run_guarded
from .issuers import fetch_issuers
from .keys.certificates import load_certificate
from .limits import DEFAULT_LIMITS
from .past import judge_certificate
from .paths import line_upwards
from .pdf_file import can_judge_pdf, pdf_certificates
from .references import Surroundings
from .revocation import Revocation
from .signature import signing_certificate
from .structure import take_apart
from .terms import SIGNER, TIMESTAMP
from .tokens import Token, read_token
from .trust import Trust
from .unsigned import read_unsigned
from .validation import companions_of
from .xml_file import find_signatures
from .xmlsafe import ParsedXml, parse


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one file makes us ask about: paths to anchors, and certificates without one; DER."""

    chains: tuple[tuple[bytes, ...], ...] = ()
    lost: tuple[bytes, ...] = ()


def enriched(
    paths: Sequence[Path],
    trust: Trust,
    source: Revocation,
    at: datetime,
    *,
    issuers: bool = False,
    guard: Guard | None = None,
    workers: int = 1,
) -> tuple[Trust, tuple[str, ...]]:
    """
    Return the trust with current revocation data for the signatures in some files.

    Args:
        paths: files and folders: XML, containers with what is signed inside, PDF; others are passed over.
        trust: anchors and what is at hand.
        source: where to ask.
        at: now, with zone.
        issuers: fetch issuers that are missing, too.
        guard: what reading one file may cost; None reads in this process.
        workers: processes, with a guard.

    Returns:
        The richer trust, and what could not be had, one sentence each.
    """
    files = list(_files(paths))
    said: list[str] = []
    found = _asked(files, trust, at, guard, workers)
    lost = dict.fromkeys(der for one in found for der in one.lost)
    if issuers and lost and source.session is not None:
        known = [load_certificate(der) for der in (*trust.anchors, *trust.intermediates)]
        more, failures = fetch_issuers(
            [load_certificate(der) for der in lost], known, source.session, timeout=source.timeout
        )
        said += failures
        if more:
            trust = trust.with_data(certificates=more)
            found = _asked(files, trust, at, guard, workers)
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for subject, issuer in dict.fromkeys(pair for one in found for chain in one.chains for pair in pairwise(chain)):
        try:
            statuses = source.status(load_certificate(subject), load_certificate(issuer), at)
        except RevocationError as error:
            said.append(str(error))
            continue
        crls += [status.der for status in statuses if status.kind == "crl"]
        ocsps += [status.der for status in statuses if status.kind == "ocsp"]
    return trust.with_data(crls=crls, ocsps=ocsps), tuple(dict.fromkeys(said))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        else:
            yield from (path, *companions_of(path))


def _asked(files: Sequence[Path], trust: Trust, at: datetime, guard: Guard | None, workers: int) -> list[_Asked]:
    if guard is None:
        return [_look(path, trust, at) for path in files]
    work = partial(_look, trust=trust, at=at)
    found = run_guarded(
        work, files, workers=workers, memory=guard.memory, allowed=lambda path: guard.allowed(_size(path))
    )
    return [one for one in found if not isinstance(one, Stopped)]  # why it was stopped, the verification will say


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # that it cannot be read, the verification will say


def _look(path: Path, trust: Trust, at: datetime) -> _Asked:
    """Return what a file makes us ask; what cannot be read has no questions."""
    chains: list[tuple[bytes, ...]] = []
    lost: list[bytes] = []
    for certificate, purpose, used, material in _certificates(path, trust, at):
        existence = Existence(at, material=material)
        chain = judge_certificate(certificate, trust, existence, purpose=purpose, existed=min(used, at)).chain
        if chain:
            chains.append(tuple(map(_der, chain)))
        else:
            lost.append(_der(_highest(certificate, material)))
    return _Asked(tuple(chains), tuple(lost))


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _highest(certificate: x509.Certificate, material: Material) -> x509.Certificate:
    """Return the last certificate on the way up that a signature brought along."""
    brought = []
    for der in material.certificates:
        try:
            brought.append(load_certificate(der))
        except SigningError:
            continue
    return (certificate, *line_upwards(certificate, brought))[-1]


_Use = tuple[x509.Certificate, str, datetime, Material]
"""A certificate, what for and when it was used, and what came with it."""


def _certificates(path: Path, trust: Trust, at: datetime) -> Iterator[_Use]:
    try:
        if not path.is_file():
            return
        if not is_container(path):
            yield from _of_bytes(path.read_bytes(), trust, at)
            return
        container = read_container(path)
        for _name, data in container.signatures:
            yield from _of_bytes(data, trust, at)
        beside = [token for _name, data in container.evidence if (token := _token(data)) is not None]
        yield from _uses(None, beside, Material(), at)
        for member in container.members:
            with member.open() as stream:
                head = stream.read(1024)
                if member.size <= DEFAULT_LIMITS.xml_bytes and (b"<" in head or head.startswith(b"%PDF-")):
                    yield from _of_bytes(head + stream.read(), trust, at)
    except (SigningError, OSError):
        return


def _of_bytes(data: bytes, trust: Trust, at: datetime) -> Iterator[_Use]:
    if data.startswith(b"%PDF-"):
        for signer, tokens, material in pdf_certificates(data) if can_judge_pdf() else ():
            yield from _uses(signer, tokens, material, at)
        return
    try:
        parsed = parse(data)
        signatures, _counter = find_signatures(parsed, DEFAULT_LIMITS)
    except SigningError:
        return
    for element in signatures:
        try:
            yield from list(_of_signature(element, parsed, trust, at))
        except SigningError:
            continue  # the verification will say what is wrong with it


def _of_signature(element: etree._Element, parsed: ParsedXml, trust: Trust, at: datetime) -> Iterator[_Use]:
    parts = take_apart(element, DEFAULT_LIMITS)
    unsigned = read_unsigned(parts, DEFAULT_LIMITS)
    material = Material(parts.certificates) + unsigned.material()
    tokens = [token for _place, stamp in unsigned.stamps for der in stamp.tokens if (token := _token(der)) is not None]
    signer = signing_certificate(parts, Surroundings(parsed), trust)
    yield from _uses(signer, tokens, material, at)


def _token(der: bytes) -> Token | None:
    try:
        return read_token(der)
    except TokenError:
        return None


def _uses(signer: x509.Certificate | None, tokens: Iterable[Token], material: Material, at: datetime) -> Iterator[_Use]:
    stamps = list(tokens)
    for token in stamps:
        material += token.material
    for token in stamps:
        yield token.certificate, TIMESTAMP, token.gen_time, material
    if signer is not None:
        yield signer, SIGNER, min((one.gen_time for one in stamps), default=at), material
