"""
The timestamps of one signature, judged from the outermost inwards, and what they prove together.

The last archive timestamp is judged as of now; if it holds, everything it covers is proven to have existed at its
time, and the one before it is judged with that proof; and so on to the signature timestamp, whose time is the
earliest at which the signature itself is proven. A timestamp that does not hold proves nothing, and a signature that
carries one does not pass: Điều 6 of TT 15/2025/TT-BKHCN asks for the validity of a timestamp wherever there is one.

Source: EN 319 102-1 clauses 5.4 (timestamps), 5.5 (signatures with time), 5.6.2.3 and 5.6.3 (proofs, long-term data).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509

from ._text import _
from .errors import FormatError, TokenError
from .existence import Existence, Material
from .imprints import stamp_digest
from .keys.certificates import readable_name
from .limits import Limits
from .past import CLOCKS, judge_certificate
from .paths import day
from .references import Surroundings
from .report import FAILURES, SubIndication
from .structure import SignatureParts
from .terms import TIMESTAMP
from .tokens import Token, read_token
from .trust import Trust
from .unsigned import Stamp, Unsigned, read_stamp, read_unsigned
from .xmlsafe import xades

AHEAD = timedelta(minutes=5)
"""How far a timestamp may lie after the moment of verification: honest clocks differ."""
_NO_POE = {
    SubIndication.OUT_OF_BOUNDS_NO_POE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED, SubIndication.REVOKED_NO_POE,
    SubIndication.REVOKED_CA_NO_POE, SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
}  # fmt: skip
_KEPT = {SubIndication.TRY_LATER, SubIndication.TIMESTAMP_ORDER_FAILURE, SubIndication.NO_POE}


@dataclass(frozen=True, slots=True)
class StampResult:
    """
    One timestamp token, judged.

    Attributes:
        kind: ``content``, ``signature``, ``archive`` or, in PDF files, ``document``.
        place: of its property among the unsigned ones; -1 for a content timestamp; a document timestamp's revision.
        id: ``Id`` of its property, or empty.
        token: None when it cannot be read.
        sub: None when it holds.
        message: in the reader's language.
        tampered: it is broken or over something else, whoever made it.
        chain: of its service, the anchor last; empty without a path.
    """

    kind: str
    place: int
    id: str
    token: Token | None
    sub: SubIndication | None
    message: str
    tampered: bool = False
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def time(self) -> datetime | None:
        """The time it proves; None when it does not hold."""
        return self.token.gen_time if self.token is not None and self.sub is None else None


@dataclass(frozen=True, slots=True)
class History:
    """
    What is proven about one signature.

    Attributes:
        best: earliest moment at which the signature is proven to have existed; now without a proof.
        proven: a timestamp, or what the file lies in, proves `best`.
        existence: proofs and data for judging the signing certificate.
        own: certificates and revocation data inside the signature alone.
        stamps: every token, in file order, those of the signed properties first.
        after: the signature was made after this moment, as a content timestamp proves; None without one.
        others: unsigned properties that are not used.
    """

    best: datetime
    proven: bool
    existence: Existence
    own: Material
    stamps: tuple[StampResult, ...] = ()
    after: datetime | None = None
    others: tuple[str, ...] = ()

    def problems(self) -> Iterator[tuple[SubIndication, str]]:
        """Yield what the timestamps leave open; see `stamp_problems`."""
        yield from stamp_problems(self.stamps, self.existence.at)

    def notes(self) -> Iterator[str]:
        """Yield what else a reader should know."""
        for one in self.stamps:
            yield one.message
        if self.others:
            yield _("Thuộc tính không được ký, không dùng làm bằng chứng: {names}.").format(
                names=", ".join(self.others)
            )


def stamp_problems(stamps: Sequence[StampResult], at: datetime) -> Iterator[tuple[SubIndication, str]]:
    """Yield what timestamps leave open: all that were tampered with, others when no second one of their kind holds."""
    holding = {one.kind for one in stamps if one.sub is None}
    for one in stamps:
        if one.sub is not None and not _is_later(one, at) and (one.tampered or one.kind not in holding):
            yield one.sub, one.message


def _is_later(one: StampResult, at: datetime) -> bool:
    return one.token is not None and not one.tampered and one.token.gen_time > at + AHEAD


def read_history(
    parts: SignatureParts, around: Surroundings, trust: Trust, existence: Existence, limits: Limits
) -> History:
    """
    Judge the timestamps of a signature.

    Args:
        parts: the signature.
        around: file and container.
        trust: what is trusted.
        existence: what is known before; `Existence.whole` holds for everything in the file.
        limits: of the whole verification.

    Raises:
        FormatError: unsigned properties that are not acceptable.
    """
    unsigned = read_unsigned(parts, limits)
    content = _content_stamps(parts)
    proven = existence.whole is not None and existence.whole < existence.at
    own = Material(tuple(dict.fromkeys(parts.certificates))) + unsigned.material()
    if not unsigned.stamps and not content:
        found = existence.with_material(own)
        if proven:
            found = found.proven(own.all(), existence.file)
        return History(existence.file, proven, found, own, others=unsigned.others)
    return _Reading(parts, around, trust, unsigned, existence, own).run(content)


def _content_stamps(parts: SignatureParts) -> tuple[Stamp, ...]:
    if parts.properties is None:
        return ()
    found = parts.properties.iterfind(f"{xades('SignedDataObjectProperties')}/{xades('AllDataObjectsTimeStamp')}")
    return tuple(read_stamp(one, "content") for one in found)


class _Reading:
    """The walk from the outermost timestamp inwards; `existence` grows with each that holds."""

    def __init__(
        self,
        parts: SignatureParts,
        around: Surroundings,
        trust: Trust,
        unsigned: Unsigned,
        existence: Existence,
        own: Material,
    ) -> None:
        self._parts, self._around, self._trust, self._unsigned = parts, around, trust, unsigned
        self._whole = existence.file
        for _place, stamp in unsigned.stamps:
            for der in stamp.tokens:
                own += _inside(der)
        self._own = own
        self._existence = existence.with_material(own)
        self._best = existence.file
        if existence.file < existence.at:
            tokens = [der for _place, stamp in unsigned.stamps for der in stamp.tokens]
            self._existence = self._existence.proven((*own.all(), *tokens), existence.file)

    def run(self, content: tuple[Stamp, ...]) -> History:
        results: list[StampResult] = []
        archives = [(place, one) for place, one in self._unsigned.stamps if one.kind == "archive"]
        for place, stamp in reversed(archives):
            for der in stamp.tokens or (b"",):
                result = self._judge(der, stamp, place, self._existence.of(der))
                results.append(result)
                if result.time is not None:
                    self._existence = self._existence.proven(self._covered(place), result.time)
                    self._best = min(self._best, result.time)
        for place, stamp in self._unsigned.stamps:
            if stamp.kind == "signature":
                results += [self._judge(der, stamp, place, self._existence.of(der)) for der in stamp.tokens or (b"",)]
        times = [one.time for one in results if one.kind == "signature" and one.time is not None]
        self._best = min([self._best, *times])
        results += [self._judge(der, one, -1, self._best) for one in content for der in one.tokens or (b"",)]
        after = [one.time for one in results if one.kind == "content" and one.time is not None]
        return History(
            best=self._best, proven=self._best < self._existence.at, existence=self._existence, own=self._own,
            stamps=tuple(sorted(results, key=lambda one: one.place)), after=max(after, default=None),
            others=self._unsigned.others,
        )  # fmt: skip

    def _covered(self, place: int) -> Iterator[bytes]:
        """Yield what an archive timestamp at a place proves: KeyInfo, and every property before it."""
        yield from self._parts.certificates
        for index, values in self._unsigned.values:
            if index < place:
                yield from values.all()
        for index, stamp in self._unsigned.stamps:
            if index < place:
                for der in stamp.tokens:
                    yield der
                    yield from _inside(der).all()

    def _judge(self, der: bytes, stamp: Stamp, place: int, existed: datetime) -> StampResult:
        made = StampResult(stamp.kind, place, stamp.id, None, SubIndication.SIG_CONSTRAINTS_FAILURE, "", tampered=True)
        try:
            token = read_token(der)
            made = replace(made, token=token)
            wanted = stamp_digest(stamp, place, self._parts, self._unsigned, self._around, token.hash_name)
        except (TokenError, FormatError) as error:
            return replace(made, message=error.what)
        if not stamp.plain:
            return replace(made, message=_("Dấu thời gian có thành phần không được chấp nhận."))
        if token.imprint != wanted:
            return replace(
                made, message=_("Dấu thời gian {kind} không phải của nội dung này.").format(kind=_name(stamp))
            )
        made = replace(made, tampered=False)
        if token.gen_time > self._existence.at + AHEAD:
            text = _("Dấu thời gian {kind} ({moment}) có sau thời điểm kiểm tra, không xét.")
            return replace(made, message=text.format(kind=_name(stamp), moment=day(token.gen_time)))
        if existed < min(token.gen_time - CLOCKS, self._existence.at):
            text = _("Dấu thời gian {kind} ghi {moment}, muộn hơn dấu thời gian bao ngoài nó.")
            return replace(
                made, sub=SubIndication.TIMESTAMP_ORDER_FAILURE,
                message=text.format(kind=_name(stamp), moment=day(token.gen_time)), tampered=True,
            )  # fmt: skip
        return judged_service(made, token, _name(stamp), self._trust, self._existence, max(existed, token.gen_time))


def judged_service(
    made: StampResult, token: Token, kind: str, trust: Trust, existence: Existence, existed: datetime
) -> StampResult:
    """
    Judge the service of a timestamp that is over the right octets.

    Args:
        made: the result so far.
        token: the token.
        kind: what people call this kind of timestamp.
        trust: what is trusted.
        existence: what is proven so far.
        existed: when the token is proven to have existed.

    Returns:
        The result with verdict, message and chain.
    """
    judged = judge_certificate(
        token.certificate, trust, existence, purpose=TIMESTAMP, existed=min(existed, existence.at),
        used_at=token.gen_time,
    )  # fmt: skip
    who = readable_name(token.certificate.subject)
    if judged.sub is None:
        text = _("Dấu thời gian {kind} {moment} của {who} hợp lệ.")
        message = text.format(kind=kind, moment=day(token.gen_time), who=who)
        return replace(made, sub=None, message=message, chain=judged.chain)
    text = _("Dấu thời gian {kind} {moment} của {who} không dùng làm bằng chứng được: {reason}")
    message = text.format(kind=kind, moment=day(token.gen_time), who=who, reason=" ".join(judged.messages))
    return replace(made, sub=_as_signature(judged.sub), message=message, chain=judged.chain)


def _as_signature(sub: SubIndication) -> SubIndication:
    """Return what a service's sub-indication means for the signature that carries its token; never a failure of it."""
    if sub in _NO_POE:
        return SubIndication.NO_POE
    return sub if sub in _KEPT and sub not in FAILURES else SubIndication.SIG_CONSTRAINTS_FAILURE


def _name(stamp: Stamp) -> str:
    return {"signature": _("chữ ký"), "archive": _("lưu trữ"), "content": _("nội dung")}[stamp.kind]


def _inside(der: bytes) -> Material:
    """Return the certificates and lists inside a token; nothing when it cannot be read."""
    try:
        return read_token(der).material
    except TokenError:
        return Material()
