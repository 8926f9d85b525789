"""
The papers a simulated iOffice shows: list rows, details, attachments, in the spellings that deployments differ in.

Member names are those of the client-side sources of the ``qlvb`` product; direction stands in ``congVanDenDi``
(``"1"`` incoming, ``"2"`` outgoing), secrecy (``doMat``) in the detail only.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .paper import attachment_bytes
from .scenario import Entry, Scenario

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_ID = 1001
RECENT = timedelta(days=14)
"""How long an incoming paper waits in the account's own list before it counts as handled."""
_TWIN = 500_000
"""Distance of the second id under which a paper planted as ``duplicate`` is shown."""


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One paper as the simulated system holds it.

    Attributes:
        id: the system's document id.
        entry: what the scenario says of its present form.
        shown: moment at which it first appeared.
    """

    id: int
    entry: Entry
    shown: datetime


def papers(scenario: Scenario, now: datetime, via: str = "ioffice") -> list[Paper]:
    """
    Return what the system holds now, newest first.

    An ``update`` changes its target in place, a ``recall`` takes it away, a ``replace`` is a paper of its own.
    """
    held: dict[str, Paper] = {}
    mine = [entry for entry in scenario.entries if entry.via == via]
    for number, entry in enumerate(mine):
        if entry.at > now:
            break
        if entry.act == "recall":
            held.pop(entry.target or "", None)
        elif entry.act == "update" and entry.target in held:
            held[entry.target] = replace(held[entry.target], entry=entry)
        else:
            held[entry.id] = Paper(FIRST_ID + number, entry, entry.at)
            if entry.fault == "duplicate":
                held[entry.id + "+"] = Paper(FIRST_ID + number + _TWIN, entry, entry.at)
    return sorted(held.values(), key=lambda paper: (paper.shown, paper.id), reverse=True)


def without(found: Sequence[Paper], switches: Mapping[str, Any]) -> list[Paper]:
    """Leave out what was taken back without a word (``vanished``) and what the account may not see (``denied``)."""
    hidden = {str(one) for name in ("vanished", "denied") for one in switches.get(name) or ()}
    return [paper for paper in found if not hidden & {str(paper.id), paper.entry.id}]


def is_denied(found: Sequence[Paper], key: str, switches: Mapping[str, Any]) -> bool:
    """Tell whether the system holds a paper that the account has no right to."""
    denied = {str(one) for one in switches.get("denied") or ()}
    return any(str(paper.id) == key and bool(denied & {key, paper.entry.id}) for paper in found)


def search(found: Sequence[Paper], parameter: Mapping[str, Any]) -> list[Paper]:
    """
    Apply an advanced search: issue-date window, number and subject; unset members are empty strings.

    Raises:
        ValueError: a date that is not ``dd/MM/yyyy``.
    """
    start, end = _asked(parameter.get("startDateBanHanh")), _asked(parameter.get("endDateBanHanh"))
    number, subject = parameter.get("soKyHieu") or "", (parameter.get("trichYeu") or "").casefold()
    return [
        paper
        for paper in found
        if (start is None or (paper.entry.issued or paper.shown.date()) >= start)
        and (end is None or (paper.entry.issued or paper.shown.date()) <= end)
        and number in paper.entry.number
        and subject in paper.entry.subject.casefold()
    ]


def waiting(found: Sequence[Paper], now: datetime) -> list[Paper]:
    """Return the incoming papers that still wait for the account."""
    return [paper for paper in found if paper.entry.direction == "in" and now - paper.shown <= RECENT]


def processed(found: Sequence[Paper], now: datetime) -> list[Paper]:
    """Return everything that does not wait."""
    left = {paper.id for paper in waiting(found, now)}
    return [paper for paper in found if paper.id not in left]


def row(paper: Paper, switches: Mapping[str, Any], read: Collection[int]) -> dict[str, Any]:
    """Write one list row; `switches` choose the deployment's habits, `read` are the ids this account has opened."""
    entry = paper.entry
    members: dict[str, Any] = {
        "id": _id(paper.id, switches),
        "trichYeu": _text(entry.subject, entry),
        "soKihieu": _text(entry.number, entry),
        "coQuanBanHanh": _text(entry.issuer, entry),
        "ngayVanBan": _day(paper, switches),
        "doKhan": entry.urgency or "Thường",
        "congVanDenDi": "1" if entry.direction == "in" else "2",
        "processDefinitionId": "qlvb",
        "processInstanceId": str(paper.id * 10),
        "hasFile": "TRUE" if entry.files else "FALSE",
        "ngayNhan": minute(paper.shown, switches),
        "isRead": "TRUE" if paper.id in read else "FALSE",
    }
    spelling = switches.get("spelling", "list")
    if spelling == "detail":
        members["soKiHieu"] = members.pop("soKihieu")
        members["TRICHYEU"] = members.pop("trichYeu")
    elif spelling == "newer":
        members["ngayDenDi"] = members.pop("ngayNhan")
        members["hanxuly"] = ""
        members["thanhVienLa"] = {"moi": ["1", "2"]}
    elif spelling == "foreign":
        members["soVB"] = members.pop("soKihieu")
        members["noiDung"] = members.pop("trichYeu")
    return _nulls(members, switches)


def detail(paper: Paper, switches: Mapping[str, Any]) -> dict[str, Any]:
    """Write the detail of one paper."""
    entry = paper.entry
    members: dict[str, Any] = {
        "id": _id(paper.id, switches),
        "trichYeu": _text(entry.subject, entry),
        "soKiHieu": _text(entry.number, entry),
        "hinhThucVanBan": entry.type,
        "typeCode": "".join(word[:1] for word in entry.type.split()).upper(),
        "ngayVanBan": _day(paper, switches),
        "ngayBanHanh": _day(paper, switches),
        "ngayDenDi": minute(paper.shown, switches),
        "soDenDi": paper.id - FIRST_ID + 1,
        "hanGiaiQuyet": "",
        "donViBanHanh": _text(entry.issuer, entry),
        "doUuTien": entry.urgency or "Thường",
        "doMat": entry.secrecy,
        "nguoiKiChinh": entry.signer,
        "soTrang": max(1, len(entry.files)),
        "soBan": 1,
        "trangThai": 2,
        "ghiChu": "",
        "tuKhoa": None,
        "isPreview": "TRUE",
    }
    if switches.get("codes"):
        del members["hinhThucVanBan"]
    if switches.get("spelling") == "foreign":
        members["soVB"] = members.pop("soKiHieu")
        members["noiDung"] = members.pop("trichYeu")
        members["mucDoMat"] = members.pop("doMat")
    if entry.fault == "no_secrecy":
        del members["doMat"]
    if entry.fault == "secrecy_code":
        members["doMat"] = 0
    return _nulls(members, switches, keep=("doMat", "mucDoMat"))


def files(paper: Paper, switches: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write the attachment list; ``id`` and ``attachmentId`` differ, as they do in the real product."""
    return _file_rows(paper, switches, related=False)


def related(paper: Paper, switches: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write the list of related files; a scenario's entry names them as ``related``, by their place among its files."""
    return _file_rows(paper, switches, related=True)


def _file_rows(paper: Paper, switches: Mapping[str, Any], *, related: bool) -> list[dict[str, Any]]:
    rows = []
    for number, file in enumerate(paper.entry.files):
        if (number in paper.entry.more.get("related", ())) is not related:
            continue
        content = attachment_bytes(file.name, file.text)
        rows.append(
            {
                "id": _id(file_id(paper, number), switches),
                "name": file.name,
                "attachmentId": _id(file_id(paper, number) + 7_000_000, switches),
                "creator": "Văn thư",
                "fileSize": len(content) if switches.get("ids") == "int" else str(len(content)),
                "filePage": "1",
                "isKy": "true",
            }
        )
    return rows


def activity(
    paper: Paper, comments: Sequence[Mapping[str, Any]], switches: Mapping[str, Any]
) -> list[dict[str, Any]]:  # fmt: skip
    """Write the activity log: how the paper was sent, then what was written beside it; no row has an id."""
    sent: dict[str, Any] = {
        "fullName": "Văn thư", "updateBy": "vanthu", "updateDate": minute(paper.shown, switches), "status": "1",
        "comment": "", "chuyenToi": "Các phòng", "action": "Phát hành",
    }  # fmt: skip
    written = [
        {name: said for name, said in one.items() if name != "document"} for one in comments
        if one["document"] == paper.id
    ]  # fmt: skip
    return [{**_nulls(one, switches, keep=("comment",)), "avatar": ""} for one in (sent, *written)]


def file_id(paper: Paper, number: int) -> int:
    """Return the id of the paper's attachment, counted from 0."""
    return paper.id * 100 + number + 1


def find_file(held: Mapping[int, Paper], key: int) -> tuple[Paper, str, bytes] | None:
    """Return paper, name and bytes of an attachment id (either of its two ids), or None."""
    for id_ in (key, key - 7_000_000):
        paper, number = held.get(id_ // 100), id_ % 100 - 1
        if paper is not None and 0 <= number < len(paper.entry.files):
            file = paper.entry.files[number]
            return paper, file.name, attachment_bytes(file.name, file.text)
    return None


def local(moment: datetime) -> datetime:
    """Return the moment on Vietnamese wall clocks."""
    return moment.astimezone(ZONE)


def _asked(text: Any) -> date | None:
    return datetime.strptime(f"{text} +0700", "%d/%m/%Y %z").date() if text else None


def _id(value: int, switches: Mapping[str, Any]) -> Any:
    return value if switches.get("ids") == "int" else str(value)


def _text(text: str, entry: Entry) -> str:
    return unicodedata.normalize("NFD", text) if entry.fault == "decomposed" else text


def _day(paper: Paper, switches: Mapping[str, Any]) -> Any:
    issued = paper.entry.issued
    if paper.entry.fault == "bad_date" or switches.get("dates") == "bad":
        return "31/02/2025"
    if issued is None:
        return ""
    written = f"{issued.day:02d}/{issued.month:02d}/{issued.year:04d}"
    if switches.get("dates") != "mixed":
        return written
    # The three forms that deployments write, each for some of the papers.
    return (written, issued.isoformat(), f"{written} 00:00", f"{issued.isoformat()} 00:00:00")[paper.id % 4]


def minute(moment: datetime, switches: Mapping[str, Any]) -> str:
    """Write a moment in the form of this deployment."""
    if switches.get("dates") == "mixed":
        return f"{local(moment):%Y-%m-%d %H:%M:%S}"
    return f"{local(moment):%d/%m/%Y %H:%M}"


def _nulls(members: dict[str, Any], switches: Mapping[str, Any], keep: Collection[str] = ()) -> dict[str, Any]:
    if switches.get("nulls") != "mixed":
        return members
    forms: list[Any] = [None, "", "{rỗng}"]
    written: dict[str, Any] = {}
    for number, (name, value) in enumerate(members.items()):
        if value != "" or name in keep:
            written[name] = value
        elif number % 4 < len(forms):
            written[name] = forms[number % 4]  # the fourth form is a missing member
    return written
