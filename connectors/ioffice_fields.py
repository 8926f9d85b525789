"""
From iOffice's members to a document of ours: aliases, dates, and the fingerprint by which a change is seen.

The product spells one thing in several ways (``soKihieu``, ``soKiHieu``, ``soKyHieu``); a member is looked up by its
known names, exactly first and then without regard to case. Nothing here decides about secrecy: the marking is handed
on as it stands.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from congkhai.plugin.records import Direction, PulledDocument

from .doubts import plausible

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "number": ("soKiHieu", "soKihieu", "soKyHieu"),
    "subject": ("trichYeu",),
    "issuer": ("donViBanHanh", "coQuanBanHanh"),
    "issued": ("ngayVanBan", "ngayBanHanh"),
    "arrived": ("ngayDenDi", "ngayNhan"),
    "urgency": ("doUuTien", "doKhan"),
    "type": ("hinhThucVanBan", "tenLoaiVanBan", "typeCode"),
    "signer": ("nguoiKiChinh", "nguoiKyChinh"),
    "pages": ("soTrang",),
    "direction": ("congVanDenDi",),
    "has_file": ("hasFile",),
    "secrecy": ("doMat",),
    "register_number": ("soDenDi",),
    "due": ("hanGiaiQuyet", "hanxuly"),
    "remark": ("ghiChu",),
    "book": ("soVanBan",),
    "copies": ("soBan",),
}
FILE_FIELDS: Mapping[str, str] = {"file_name": "name", "file_size": "fileSize"}
"""Fields of an attachment row, each with the name known here; its id is the setting ``file-id-field``."""
_IN_ROW = ("number", "subject", "issuer", "issued", "urgency", "has_file")
_IN_DETAIL = (
    "number", "subject", "issuer", "issued", "arrived", "urgency", "type", "signer", "pages", "register_number", "due",
    "remark", "book", "copies",
)  # fmt: skip
_DATES = (
    ("%d/%m/%Y %z", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("%d/%m/%Y %H:%M %z", re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}")),
    ("%d/%m/%Y %H:%M:%S %z", re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}")),
    ("%Y-%m-%d %H:%M:%S %z", re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")),
    ("%Y-%m-%d %z", re.compile(r"\d{4}-\d{2}-\d{2}")),
)
_CONTROL = re.compile(r"[\ud800-\udfff\x00-\x1f\x7f-\x9f]+")
_EMPTY_MARK = "{rỗng}"


@dataclass(frozen=True, slots=True)
class Row:
    """
    One list row, in memory only: its subject may be that of a secret paper.

    Attributes:
        id: the system's document id, as text.
        digest: over what the row says of the paper, the same in every list and however spelt.
    """

    id: str
    direction: Direction
    members: Mapping[str, Any]
    digest: str

    @property
    def remote_id(self) -> str:
        """Key of the paper at this source: direction and id, since the two registers may count for themselves."""
        return f"{self.direction.value}-{self.id}"


def respelt(members: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """
    Add the members of a deployment's own spelling under the names known here.

    Args:
        members: a row or a detail as it came.
        names: from ``field-names``: our field to the member that holds it there.

    A known member that holds something keeps its word, except for the secrecy marking: there two words count as both.
    """
    added: dict[str, Any] = {}
    for field, theirs in names.items():
        if theirs not in members or field not in NAMES:
            continue
        if field == "secrecy":
            said = secrecy_of(members)
            marking = members[theirs] if isinstance(members[theirs], str) else f"?{members[theirs]!r:.40}"
            both = [word for word in (said or "", marking) if not is_empty(word)]
            added[NAMES[field][0]] = " / ".join(dict.fromkeys(both))
        elif value(members, field) is None:
            added[NAMES[field][0]] = members[theirs]
    return {**members, **added} if added else members


def value(members: Mapping[str, Any], field: str) -> Any:
    """Return the first member of this field that holds something, as it came; None when there is none."""
    for name in NAMES[field]:
        if name in members and not is_empty(members[name]):
            return members[name]
    lowered = {name.lower() for name in NAMES[field]}
    found = (members[name] for name in members if name.lower() in lowered and not is_empty(members[name]))
    return next(found, None)


def is_empty(raw: Any) -> bool:
    """Tell whether a member says "no value": null, empty or blank text, or the literal ``{rỗng}``."""
    return raw is None or (isinstance(raw, str) and clean(raw) in {"", _EMPTY_MARK})


def clean(text: str) -> str:
    """Return text in NFC, control characters and runs of blanks as one blank, without blanks around it."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())


def text_of(members: Mapping[str, Any], field: str) -> str:
    """Return a field as text; numbers as digits, structures (which no text field has) as nothing."""
    raw = value(members, field)
    if isinstance(raw, str):
        return clean(raw)
    return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else ""


def day(raw: Any) -> tuple[date | None, str]:
    """
    Read a date in any of the forms the system uses; Vietnamese wall-clock dates, without zone.

    Returns:
        The date and an empty text; None and an empty text when there is no date; None and the text as written
        (40 characters at most) when it cannot be read.
    """
    found, written = moment(raw)
    return None if found is None else found.date(), written


def moment(raw: Any) -> tuple[datetime | None, str]:
    """Read a moment as `day` reads a date; one without an hour is midnight in Vietnam."""
    if is_empty(raw):
        return None, ""
    text = clean(str(raw))
    for form, shape in _DATES:
        if shape.fullmatch(text):
            try:
                return datetime.strptime(f"{text} +0700", form), ""  # noqa: DTZ007 - every form ends in %z
            except ValueError:
                break
    return None, text[:40]


def row_of(members: Any) -> Row | None:
    """Read a list row; None when it is no object or has no usable id. A missing direction means incoming."""
    if not isinstance(members, Mapping):
        return None
    id_ = text_of(members, "id")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id_):
        return None
    direction = Direction.OUT if text_of(members, "direction") == "2" else Direction.IN
    return Row(id_, direction, members, _digest(_said(members, _IN_ROW)))


def document_of(row: Row, detail: Mapping[str, Any], today: date | None = None) -> PulledDocument:
    """
    Join row and detail; the detail's word counts first. `today` shows which dates cannot be (None: any may).

    The fingerprint is ``1:ROW:DETAIL``: the first part is computed from the list row alone, so that an unchanged paper
    is recognised without opening its detail; the second part shows, at a full sweep, what changed in the detail only.
    """
    joined = {**_spelt(row.members), **_spelt(detail)}
    marks: list[str] = []
    issued = _marked(joined, "issued", "date-unreadable", marks, today)
    arrived = _marked(joined, "arrived", "arrival-unreadable", marks, today) if row.direction is Direction.IN else None
    due = _marked(joined, "due", "due-unreadable", marks, today) if row.direction is Direction.IN else None
    if not text_of(joined, "number"):
        marks.append("number-missing")
    if not text_of(joined, "subject"):
        marks.append("subject-missing")
    pages = text_of(joined, "pages")
    secrecy = secrecy_of(row.members, detail)
    said = {**_said(joined, _IN_DETAIL), "secrecy": secrecy}
    return PulledDocument(
        remote_id=row.remote_id,
        direction=row.direction,
        type=text_of(joined, "type"),
        number=text_of(joined, "number"),
        issued=issued,
        arrived=arrived,
        issuer=text_of(joined, "issuer"),
        subject=text_of(joined, "subject"),
        fingerprint=f"1:{row.digest}:{_digest(said)}",
        secrecy=secrecy,
        signer=text_of(joined, "signer"),
        urgency=text_of(joined, "urgency"),
        page_amount=int(pages) if pages.isdecimal() and len(pages) < 6 else None,
        marks=tuple(marks),
        ref=row.id,
        due=due,
    )


def unchanged(row: Row, fingerprint: str | None) -> bool:
    """Tell whether a held paper's row says the same as this one."""
    return fingerprint is not None and fingerprint.split(":")[:2] == ["1", row.digest]


def secrecy_of(*sources: Mapping[str, Any]) -> str | None:
    """
    Return the marking as written, from whatever member spells it, in row and detail.

    Several different markings are joined and anything that is not text is shown as ``?``, so that neither ever equals a
    value an operator calls plain. An empty member gives empty text, no member at all None.
    """
    names = {name.lower() for name in NAMES["secrecy"]}
    found = [raw for members in sources for name, raw in members.items() if name.lower() in names]
    if not found:
        return None
    said = []
    for raw in found:
        if not is_empty(raw):
            shown = clean(raw) if isinstance(raw, str) else f"?{json.dumps(raw, default=str)[:40]}"
            if shown not in said:
                said.append(shown)
    return " / ".join(said)


def folded(text: str) -> str:
    """Return text as markings are compared: NFC, white space collapsed, case folded."""
    return clean(text).casefold()


def _marked(members: Mapping[str, Any], field: str, mark: str, marks: list[str], today: date | None) -> date | None:
    found, raw = day(value(members, field))
    if found is not None and today is not None and not plausible(found, today):
        raw, mark, found = found.isoformat(), "date-implausible", None
    if raw:
        marks.extend((mark, f"{field}-as-written: {raw}"))
    return found


def _spelt(members: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what holds something, each field under its first name, so that a detail replaces a row however spelt."""
    kept = {}
    for field, names in NAMES.items():
        found = value(members, field)
        if found is not None:
            kept[names[0]] = found
    return kept


def _said(members: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, str]:
    said = {}
    for field in fields:
        if field in {"issued", "arrived", "due"}:
            found, raw = day(value(members, field))
            said[field] = found.isoformat() if found else raw
        elif field == "has_file":
            said[field] = "1" if text_of(members, field).casefold() in {"true", "1"} else ""
        else:
            said[field] = text_of(members, field)
    return said


def _digest(said: Mapping[str, Any]) -> str:
    written = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hashlib.sha256(written).hexdigest()[:32]
