"""
Timestamps that lie in a container beside its signatures: over the one file of an ASiC-S, or over the manifest that
names what it covers (ASiCManifest, ASiCArchiveManifest).

A timestamp that holds proves that the files it covers existed, signature files among them. Evidence records and CAdES
signatures are recognised and not judged: they leave the container open, by name.

Source: EN 319 162-1 clauses 4.3.3, 4.4.4 and A.4 (manifests), A.7 (archive manifests); RFC 3161.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ._text import _
from .algorithms import DIGESTS
from .asice_read import Container
from .errors import FormatError, SigningError
from .existence import Existence
from .history import AHEAD, StampResult, judged_service
from .limits import Limits
from .names import META, name_of
from .past import CLOCKS
from .paths import day
from .report import ReportFinding, SubIndication
from .structure import decode
from .surroundings import MemberDigests
from .tokens import Token, read_token
from .trust import Trust
from .xmlsafe import ASIC, ds, parse, text_of

_MANIFEST = re.compile(r"META-INF/ASiC(Archive)?Manifest[^/]*\.xml", re.IGNORECASE)
_TOKEN = re.compile(r"META-INF/[^/]*\.tst", re.IGNORECASE)
_CADES = re.compile(r"META-INF/[^/]*\.p7s", re.IGNORECASE)
_MAX_REFERENCES = 1000


@dataclass(frozen=True, slots=True)
class _Claim:
    """One timestamp and what it says to cover; `octets` is what its imprint must be over."""

    token_name: str
    octets: bytes | None
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What lies beside a container's signatures.

    Attributes:
        findings: what people should know; errors keep the container from passing.
        proofs: name of a file, in META-INF too → earliest moment at which a timestamp proves it.
        stamps: timestamps with the names that they cover.
        existence: what was known before, with what the timestamps prove about each other.
    """

    findings: tuple[ReportFinding, ...]
    proofs: Mapping[str, datetime]
    stamps: tuple[tuple[StampResult, frozenset[str]], ...]
    existence: Existence

    def of(self, names: frozenset[str]) -> Existence:
        """Return what is known about some files together: the latest of their proofs counts."""
        if not names or not names <= self.proofs.keys():
            return self.existence
        return replace(self.existence, whole=min(max(self.proofs[one] for one in names), self.existence.file))


def judge_evidence(
    container: Container, digests: MemberDigests, trust: Trust, existence: Existence, limits: Limits
) -> Evidence:
    """
    Judge the timestamps beside a container's signatures.

    Args:
        container: as read.
        digests: of its files.
        trust: what is trusted.
        existence: what is known before.
        limits: of this verification.

    Returns:
        What they prove; what is broken or unknown is a finding, never an exception.
    """
    return _Reading(container, digests, trust, existence, limits).run()


@dataclass(slots=True)
class _Reading:
    container: Container
    digests: MemberDigests
    trust: Trust
    existence: Existence
    limits: Limits
    findings: list[ReportFinding] = field(default_factory=list)

    def run(self) -> Evidence:
        known = dict(self.container.evidence)
        claims = list(self._claims(known))
        used = {one.token_name for one in claims}
        for name in known:
            if _CADES.fullmatch(name):
                self._error("V21", name, _("Chữ ký CAdES trong gói không được kiểm tra ở đây."))
            elif _TOKEN.fullmatch(name) and name not in used:
                self._error("V21", name, _("Dấu thời gian trong gói không nêu nó bảo vệ nội dung nào."))
            elif not _TOKEN.fullmatch(name) and not _MANIFEST.fullmatch(name):
                self._error("V21", name, _("Bản ghi bằng chứng lưu trữ (evidence record) không được kiểm tra ở đây."))
        return self._judged([(one, self._read(one, known)) for one in claims], known)

    def _error(self, kind: str, where: str, message: str) -> None:
        self.findings.append(ReportFinding(kind, "error", where, message))

    def _claims(self, known: Mapping[str, bytes]) -> Iterator[_Claim]:
        """Yield each timestamp with what it says to cover."""
        named: set[str] = set()
        for name, data in known.items():
            if not _MANIFEST.fullmatch(name):
                continue
            try:
                claim = self._manifest(data)
            except FormatError as error:
                self._error("V20", name, error.what)
                continue
            if _TOKEN.fullmatch(claim.token_name) and claim.token_name in known:
                named.add(claim.token_name)
                yield claim
            elif not _CADES.fullmatch(claim.token_name):
                self._error("V20", name, _("Bản kê không trỏ đến dấu thời gian nào trong gói."))
            else:
                self._error("V21", name, _("Chữ ký CAdES trong gói không được kiểm tra ở đây."))
        if self.container.kind != "asics" or len(self.container.members) != 1:
            return
        member = self.container.members[0].name
        for name in known:
            if _TOKEN.fullmatch(name) and name not in named:
                yield _Claim(name, None, (member,))

    def _manifest(self, data: bytes) -> _Claim:
        root = parse(data, limits=self.limits).root
        references = root.findall(f"{{{ASIC}}}DataObjectReference")
        place = root.find(f"{{{ASIC}}}SigReference")
        if root.tag != f"{{{ASIC}}}ASiCManifest" or place is None or not 0 < len(references) <= _MAX_REFERENCES:
            raise FormatError(what=_("Bản kê ASiCManifest không đúng cấu trúc."), code="congkhai-S307")
        wanted: dict[str, None] = {}
        for one in references:
            name = name_of(one.get("URI", ""))
            method, value = one.find(ds("DigestMethod")), one.find(ds("DigestValue"))
            spec = DIGESTS.get("" if method is None else method.get("Algorithm", ""))
            if name is None or spec is None or spec[1] or value is None or name in wanted:
                raise FormatError(what=_("Bản kê ASiCManifest không đúng cấu trúc."), code="congkhai-S307")
            if self._digest(name, spec[0]) != decode(text_of(value)):
                text = _("Bản kê ASiCManifest không khớp với tệp {name}.")
                raise FormatError(what=text.format(name=name), code="congkhai-S307")
            wanted[name] = None
        return _Claim(name_of(place.get("URI", "")) or "", data, tuple(wanted))

    def _digest(self, name: str, algorithm: str) -> bytes | None:
        if not name.startswith(META):
            return self.digests.of(name, algorithm)
        beside = {**dict(self.container.signatures), **dict(self.container.evidence)}
        return hashlib.new(algorithm, beside[name]).digest() if name in beside else None

    def _read(self, claim: _Claim, known: Mapping[str, bytes]) -> StampResult:
        made = StampResult(
            "container", -1, claim.token_name, None, SubIndication.SIG_CONSTRAINTS_FAILURE, "", tampered=True
        )
        try:
            token = read_token(known[claim.token_name])
        except SigningError as error:
            return replace(made, message=error.what)
        if claim.octets is None:
            digest = self._digest(claim.covers[0], token.hash_name)
        else:
            digest = hashlib.new(token.hash_name, claim.octets).digest()
        made = replace(made, token=token)
        if digest != token.imprint:
            text = _("Dấu thời gian {kind} không phải của nội dung này.")
            return replace(made, message=text.format(kind=_("của gói")))
        return replace(made, sub=None, tampered=False)

    def _judged(self, read: list[tuple[_Claim, StampResult]], known: Mapping[str, bytes]) -> Evidence:
        """Judge the youngest first: what covers an older one proves it."""
        proofs: dict[str, datetime] = {}
        stamps: list[tuple[StampResult, frozenset[str]]] = []
        for claim, made in sorted(read, key=_age, reverse=True):
            found = made if made.token is None or made.sub is not None else self._in_time(made, made.token)
            if found.time is not None:
                for name in claim.covers:
                    proofs[name] = min(found.time, proofs.get(name, found.time))
                self.existence = self.existence.proven(self._inside(claim, known), found.time)
            later = found.sub is not None and not found.tampered and _later(found, self.existence.at)
            severity = "info" if found.sub is None or later else "error"
            self.findings.append(ReportFinding("V20", severity, claim.token_name, found.message))
            stamps.append((found, frozenset(claim.covers)))
        return Evidence(tuple(self.findings), proofs, tuple(stamps), self.existence)

    def _inside(self, claim: _Claim, known: Mapping[str, bytes]) -> Iterator[bytes]:
        for name in claim.covers:
            if name in known:
                yield known[name]
                if _TOKEN.fullmatch(name):
                    try:
                        yield from read_token(known[name]).material.all()
                    except SigningError:
                        continue

    def _in_time(self, made: StampResult, token: Token) -> StampResult:
        existed, kind = self.existence.of(token.der), _("của gói")
        if _later(made, self.existence.at):
            text = _("Dấu thời gian {kind} ({moment}) có sau thời điểm kiểm tra, không xét.")
            sub = SubIndication.SIG_CONSTRAINTS_FAILURE
            return replace(made, sub=sub, message=text.format(kind=kind, moment=day(token.gen_time)))
        if existed < min(token.gen_time - CLOCKS, self.existence.at):
            text = _("Dấu thời gian {kind} ghi {moment}, muộn hơn dấu thời gian bao ngoài nó.")
            sub = SubIndication.TIMESTAMP_ORDER_FAILURE
            message = text.format(kind=kind, moment=day(token.gen_time))
            return replace(made, sub=sub, tampered=True, message=message)
        around = self.existence.with_material(token.material)
        return judged_service(made, token, kind, self.trust, around, max(existed, token.gen_time))


def _later(stamp: StampResult, at: datetime) -> bool:
    return stamp.token is not None and stamp.token.gen_time > at + AHEAD


def _age(one: tuple[_Claim, StampResult]) -> float:
    token = one[1].token
    return 0.0 if token is None else token.gen_time.timestamp()
