"""
JSON lines in and out of ``congkhai tag`` (docs/architecture.md, "tag in", "tag out").

A line is parsed at the edge into a typed record; what is wrong with it is said without repeating its content, which may
be that of a secret paper.
"""

import json
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..records import TagDecision
from ..regulation_records import Regulation
from ..secrecy import judge, says_plain
from ..text import _
from .decide import STANDARD, Thresholds, decide, refused
from .facts import facts_of
from .rules import NONE

AGENCY_KINDS = ("xa", "so", "trung_tam", "van_phong")
_TEXTS = ("type", "number", "issuer", "subject", "text")


@dataclass(frozen=True, slots=True)
class Line:
    """
    One document as a caller gives it.

    Attributes:
        id: whatever the caller uses, given back as it is.
        vouched: True when the caller left `secrecy` out, and so vouches that the source is plain.
        secrecy: the field as written; None when left out or null.
        row: the whole object, for what an evaluation needs beside it.
    """

    id: str | int | None
    direction: str
    type: str
    number: str
    issuer: str
    subject: str
    text: str
    agency_kind: str
    vouched: bool
    secrecy: str | None
    row: dict[str, Any]


def parse_line(raw: bytes) -> Line:
    """
    Parse one JSON line.

    Args:
        raw: the line's bytes, UTF-8.

    Raises:
        InputError: it is no JSON object, or a field has the wrong form; the message repeats nothing of it.
    """
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _wrong(_("không phải một đối tượng JSON viết bằng UTF-8")) from None
    if not isinstance(row, dict):
        raise _wrong(_("không phải một đối tượng JSON viết bằng UTF-8"))
    texts = {key: _text(row, key) for key in _TEXTS}
    if row.get("subject") is None:
        raise _wrong(_("thiếu “subject” (trích yếu)"))
    if row.get("direction") not in ("in", "out"):
        raise _wrong(_("“direction” phải là in hoặc out"))
    kind = row.get("agency_kind")
    if kind is not None and kind not in AGENCY_KINDS:
        raise _wrong(_("“agency_kind” phải là một trong: {kinds}").format(kinds=", ".join(AGENCY_KINDS)))
    identity = row.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        raise _wrong(_("“id” phải là chuỗi ký tự hoặc số nguyên"))
    secrecy = row.get("secrecy")
    return Line(
        id=identity, direction=row["direction"], type=texts["type"], number=texts["number"], issuer=texts["issuer"],
        subject=texts["subject"], text=texts["text"], agency_kind=kind or "", vouched="secrecy" not in row,
        secrecy=None if secrecy is None else str(secrecy), row=row,
    )  # fmt: skip


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise _wrong(_("“{key}” phải là chuỗi ký tự").format(key=key))
    return value or ""


def _wrong(what: str) -> InputError:
    return InputError(what, advice=_("Sửa dòng này rồi chạy lại."), code="congkhai-E133")


def tag_line(line: Line, regulation: Regulation, thresholds: Thresholds = STANDARD) -> TagDecision:
    """Decide on one line: the secrecy gate first, then the rules; the view is the line's, else the regulation's."""
    plain = line.vouched if line.secrecy is None else says_plain(line.secrecy)
    if judge(line.secrecy, field_is_plain=plain, texts=(line.subject, line.text)).refuse:
        return refused()
    facts = facts_of(
        paper=line.type, number=line.number, issuer=line.issuer, subject=line.subject, direction=line.direction,
        agency=line.agency_kind or regulation.agency_kind, text=line.text,
    )  # fmt: skip
    return decide(facts, regulation, thresholds)


def _clause(key: str, regulation: Regulation) -> str:
    return "" if key == NONE else next((one.clause for one in regulation.categories if one.key == key), "")


def answer(line: Line, decision: TagDecision, regulation: Regulation) -> str:
    """
    Return the line of JSON that answers one document.

    ``tags`` are what is proposed; ``considered`` are all answers worth naming, ``none`` among them, best first, so that
    a paper that is no item still shows what it would be otherwise; it is left out where nothing was weighed.
    """
    tags = [
        {"category": tag.category, "key": tag.key, "sub": tag.sub, "confidence": tag.confidence, "why": list(tag.why)}
        for tag in decision.tags
    ]
    out = {"id": line.id, "decision": decision.decision.value, "regime": decision.regime, "tags": tags}
    if decision.considered:
        out["considered"] = [
            {"category": _clause(key, regulation), "key": key, "confidence": probability}
            for key, probability in decision.considered
        ]
    return json.dumps(out, ensure_ascii=False)
