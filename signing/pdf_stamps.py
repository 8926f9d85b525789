"""
Timestamps of a PDF file: those inside signatures, and the document timestamps, which cover all that was in the file
before them.

Document timestamps are judged like archive timestamps, from the last one backwards: one that holds proves the
signatures, tokens and validation data of the revisions before it, and the next is judged with that proof.

Source: EN 319 142-1 clauses 5.4.3 (document timestamp), 5.5 (LTV) and 6 (levels); EN 319 102-1 clauses 5.4 and 5.6.3.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from asn1crypto import cms
from cryptography import x509

from ._asn1_crypto import BROKEN
from ._text import _
from .errors import SigningError
from .existence import Existence, Material
from .history import AHEAD, StampResult, judged_service
from .levels import service_known
from .past import CLOCKS, judge_certificate
from .paths import day
from .report import SubIndication
from .tokens import Token, read_token
from .trust import Trust

MAX_STAMPS = 64


def stored_at(reader: Any, revision: int | None = None) -> Material:
    """
    Return certificates and revocation data of the document security store; they help and are never trusted.

    Args:
        reader: of pyHanko.
        revision: as of which; None as of the last.
    """
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    handler = reader if revision is None else reader.get_historical_resolver(revision)
    try:
        store = DocumentSecurityStore.read_dss(handler)
        return Material(
            tuple(one.dump() for one in store.load_certs()),
            tuple(one.get_object().data for one in store.crls),
            tuple(one.get_object().data for one in store.ocsps),
        )
    except NoDSSFoundError:
        return Material()


def document_stamps(reader: Any, trust: Trust, existence: Existence) -> tuple[tuple[StampResult, ...], Existence]:
    """
    Judge the document timestamps.

    Args:
        reader: of pyHanko.
        trust: what is trusted.
        existence: what is known about the file from outside, with its validation data.

    Returns:
        Each, in file order, its ``place`` being its revision; and what they prove.
    """
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    whole = {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}
    results: list[StampResult] = []
    for one in reversed(list(reader.embedded_timestamp_signatures)[:MAX_STAMPS]):
        made = _read(one, whole)
        if made.token is not None and made.sub is None:
            made = _in_time(made, made.token, trust, existence)
        results.append(made)
        if made.time is not None:
            existence = existence.proven(_before(reader, one.signed_revision), made.time)
    return tuple(reversed(results)), existence


def _read(embedded: Any, whole: set[Any]) -> StampResult:
    """Read one document timestamp; `sub` is None when it is over the bytes before it and nothing else."""
    made = StampResult(
        "document", embedded.signed_revision, str(embedded.field_name), None, SubIndication.SIG_CONSTRAINTS_FAILURE, "",
        tampered=True,
    )  # fmt: skip
    try:
        token = read_token(cms.ContentInfo.load(embedded.pkcs7_content).dump())  # zeros may follow in the file
    except (SigningError, *BROKEN) as error:
        said = error.what if isinstance(error, SigningError) else _("không đọc được")
        return replace(made, message=said)
    made = replace(made, token=token)
    if embedded.evaluate_signature_coverage() not in whole:
        return replace(made, message=_("Dấu thời gian tài liệu không bao trọn phần trước nó của tệp."))
    if (
        embedded.sig_object.get("/SubFilter") != "/ETSI.RFC3161"
        or embedded.compute_digest(token.hash_name) != token.imprint
    ):
        return replace(made, message=_("Dấu thời gian {kind} không phải của nội dung này.").format(kind=_("tài liệu")))
    return replace(made, sub=None, tampered=False)


def _in_time(made: StampResult, token: Token, trust: Trust, existence: Existence) -> StampResult:
    """Judge order and service of a timestamp that is over the right bytes."""
    existed, kind = existence.of(token.der), _("tài liệu") if made.kind == "document" else _("chữ ký")
    if token.gen_time > existence.at + AHEAD:
        text = _("Dấu thời gian {kind} ({moment}) có sau thời điểm kiểm tra, không xét.")
        return replace(
            made, sub=SubIndication.SIG_CONSTRAINTS_FAILURE,
            message=text.format(kind=kind, moment=day(token.gen_time)),
        )  # fmt: skip
    if existed < min(token.gen_time - CLOCKS, existence.at):
        text = _("Dấu thời gian {kind} ghi {moment}, muộn hơn dấu thời gian bao ngoài nó.")
        return replace(
            made, sub=SubIndication.TIMESTAMP_ORDER_FAILURE, tampered=True,
            message=text.format(kind=kind, moment=day(token.gen_time)),
        )  # fmt: skip
    return judged_service(made, token, kind, trust, existence, max(existed, token.gen_time))


def _before(reader: Any, revision: int) -> list[bytes]:
    """Return what lies in the file before a document timestamp: validation data, and what earlier signatures carry."""
    found = list(stored_at(reader, revision).all())
    for one in reader.embedded_signatures:
        if one.signed_revision >= revision:
            continue
        found += [certificate.chosen.dump() for certificate in one.signed_data["certificates"] or ()]
        for der in (cms.ContentInfo.load(one.pkcs7_content).dump(), *signature_tokens(one)):
            found.append(der)
            try:
                found += read_token(der).material.all()
            except SigningError:
                continue
    return found


def signature_tokens(embedded: Any) -> list[bytes]:
    """Return the timestamp tokens inside a signature, DER, not judged."""
    return [
        value.dump()
        for attribute in embedded.signer_info["unsigned_attrs"] or ()
        if attribute["type"].native == "signature_time_stamp_token"
        for value in attribute["values"]
    ][:MAX_STAMPS]


def signature_stamps(embedded: Any, trust: Trust, existence: Existence) -> tuple[StampResult, ...]:
    """Judge the timestamps inside one signature; each must be over its very value."""
    results: list[StampResult] = []
    for der in signature_tokens(embedded):
        made = StampResult("signature", -1, "", None, SubIndication.SIG_CONSTRAINTS_FAILURE, "", tampered=True)
        try:
            token = read_token(der)
        except SigningError as error:
            results.append(replace(made, message=error.what))
            continue
        value = embedded.signer_info["signature"].native
        if token.imprint != hashlib.new(token.hash_name, value).digest():
            text = _("Dấu thời gian {kind} không phải của nội dung này.").format(kind=_("chữ ký"))
            results.append(replace(made, token=token, message=text))
            continue
        results.append(_in_time(replace(made, token=token, sub=None, tampered=False), token, trust, existence))
    return tuple(results)


def pades_level(
    stamps: Sequence[StampResult],
    certificate: x509.Certificate,
    trust: Trust,
    existence: Existence,
    own: Material,
    dss: Material,
) -> str:
    """
    Return the level of a PAdES signature with the mandatory signed attributes, by what the file itself carries.

    Args:
        stamps: its own timestamps and the document timestamps after it.
        certificate: of the signer.
        trust: of the verification; only its anchors are used here.
        existence: what the timestamps prove.
        own: certificates and revocation data in the file.
        dss: those that the last document timestamp that holds covers; empty without one.
    """
    holding = [one for one in stamps if one.sub is None and one.time is not None]
    if not holding:
        return "B"
    best = min(one.time for one in holding if one.time is not None)
    alone = trust.without_data()
    known = Existence(existence.at, existence.whole, existence.known, own)
    signer = judge_certificate(certificate, alone, known, existed=min(best, existence.file))
    first = min(holding, key=lambda one: one.time or existence.at)
    if signer.sub is not None or not service_known(first, alone, known):
        return "T"
    archived = any(one.kind == "document" for one in holding) and bool(dss.crls or dss.ocsps)
    return "LTA" if archived else "LT"
