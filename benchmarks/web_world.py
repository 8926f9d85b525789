"""
A store as it looks after ten years: a million papers, a hundred thousand dossiers, and a normal day's work on top.

Rows go into the real tables in bulk, because intake at its own pace would take days; what the page reads is the same.
``python -m benchmarks.web_world FOLDER`` serves such a folder as a process of its own, as `congkhai run` does.
"""

import json
import random
import secrets
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.accounts import Duty, accounts, add_account, give_ticket
from congkhai.plugin.house import open_house
from congkhai.plugin.search import UNIT
from congkhai.plugin.store import create_store
from congkhai.plugin.store import tables as t
from congkhai.plugin.tagging.fold import tokens
from congkhai.plugin.web.server import serving

INI = """\
[agency]
name = UBND xã Mẫu Sơn
code = 000.01.25.H99
kind = xa
regulation = dong-son-2024
office-hours = 07:30-11:30, 13:30-17:00
has-intranet = yes

[channel:intranet]
type = staff-page

[channel:bang-tin]
type = attended
form = notice_board
place = Bản tin công khai
"""
YEARS = 10
REVIEWED, DUE, POSTED, CLOSING, UNTAGGED = 300, 250, 600, 120, 80
"""How many matters and papers wait on a normal day, from the newest back."""
_KINDS = ("Quyết định", "Thông báo", "Báo cáo", "Kế hoạch", "Công văn", "Tờ trình")
_WHAT = (
    "công khai dự toán thu, chi ngân sách", "nâng bậc lương thường xuyên", "phê duyệt kế hoạch đào tạo, bồi dưỡng",
    "quy chế chi tiêu nội bộ", "kết quả đánh giá, xếp loại công chức", "mua sắm tài sản công", "điều động, bổ nhiệm",
    "kết quả giải quyết khiếu nại", "chương trình công tác", "tuyển dụng viên chức", "thi đua, khen thưởng",
    "quyết toán kinh phí", "cải cách hành chính", "sửa chữa trụ sở", "phòng, chống lãng phí",
)  # fmt: skip
_UNITS = ("Văn phòng", "Phòng Kinh tế", "Phòng Văn hóa - Xã hội", "Trung tâm Phục vụ hành chính công", "Ban Chỉ huy")
_PEOPLE = tuple(f"{family} {middle} Mẫu" for family in ("Nguyễn", "Trần", "Lê", "Phạm") for middle in ("Văn", "Thị"))
_CLAUSES = (("3", "budget"), ("1", "policy"), ("4", "assets"), ("9", "internal_rules"), ("8", "inspection"))
_STEP = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much lies in the store."""

    documents: int
    dossiers: int


def make(folder: Path, size: Size) -> None:
    """Lay ini and a filled store into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "congkhai.ini").write_text(INI, encoding="utf-8")
    (folder / "trust").mkdir(exist_ok=True)
    create_store(folder / "data")
    with sqlite3.connect(folder / "data" / "congkhai.sqlite") as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        fill(connection, size, datetime.now(UTC).replace(microsecond=0))
    connection.close()


def fill(connection: sqlite3.Connection, size: Size, now: datetime) -> None:
    """Write every row."""
    chance = random.Random(8)  # noqa: S311 - the same store each time, no secret
    matters = size.dossiers + size.dossiers // 20 + REVIEWED + DUE + POSTED + CLOSING
    every = max(1, size.documents // matters)
    _insert(connection, t.document, _documents(size, now))
    _insert(connection, t.decision, _decisions(size, now, every, matters))
    rows: dict[sa.Table, list[dict[str, Any]]] = {}
    for place in range(matters):
        for table, row in _matter(size, now, place, matters, place * every, chance):
            rows.setdefault(table, []).append(row)
        if place % _STEP == _STEP - 1:
            _flush(connection, rows)
    _flush(connection, rows)
    _untagged(connection, size, now)
    connection.commit()


def _flush(connection: sqlite3.Connection, rows: dict[sa.Table, list[dict[str, Any]]]) -> None:
    for table in sorted(rows, key=[*t.metadata.sorted_tables].index):
        _insert(connection, table, rows[table])
    rows.clear()


def _insert(connection: sqlite3.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    names = list(first)
    marks = ", ".join("?" for _name in names)
    sql = f'INSERT INTO "{table.name}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)}) VALUES ({marks})'  # noqa: S608 - names of our own tables
    connection.execute(sql, tuple(first.values()))
    connection.executemany(sql, (tuple(row.values()) for row in rows))
    connection.commit()


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _when(size: Size, now: datetime, number: int) -> datetime:
    return now - timedelta(days=365 * YEARS) * ((size.documents - number) / size.documents)


def _id(kind: str, number: int) -> str:
    return kind + sha256(f"{kind}{number}".encode()).hexdigest()[:15]


def _subject(number: int) -> str:
    what = _WHAT[number * 7 % len(_WHAT)]
    return f"{_KINDS[number % len(_KINDS)]} về {what} đợt {number % 97} năm {2016 + number % 11} của {_unit(number)}"


def _unit(number: int) -> str:
    return _UNITS[number * 3 % len(_UNITS)]


def _documents(size: Size, now: datetime) -> Iterator[dict[str, Any]]:
    for number in range(size.documents):
        when = _when(size, now, number)
        yield {
            "id": _id("d", number), "agency": "main", "source": "nguon", "remote_id": str(number), "version": 1,
            "direction": "out" if number % 2 else "in", "type": _KINDS[number % len(_KINDS)],
            "number": f"{number % 3000}/QĐ-UBND", "issued": f"{when:%Y-%m-%d}", "arrived": f"{when:%Y-%m-%d}",
            "issuer": _unit(number), "subject": _subject(number), "signer": _PEOPLE[number % len(_PEOPLE)],
            "identifier": "", "urgency": "", "page_amount": 3, "status": "current", "marks": "[]",
            "fingerprint": f"{number:032x}", "raw_sha256": "", "received_at": _at(when),
        }  # fmt: skip


def _decisions(size: Size, now: datetime, every: int, matters: int) -> Iterator[dict[str, Any]]:
    tag = {
        "category": "6",
        "key": "personnel",
        "sub": "personnel.people",
        "confidence": 0.7,
        "why": ["trích yếu có “nâng bậc lương”"],
    }
    proposal = json.dumps([tag], ensure_ascii=False)
    for number in range(size.documents):
        about = number % every == 0 and number // every < matters
        review = about and (number // every % 4 == 0 or number // every >= matters - REVIEWED)
        yield {
            "document": _id("d", number), "seq": 0, "decision": "review" if review else "auto" if about else "none",
            "regime": None, "tags": proposal if about else "[]", "why": "[]", "decided_by": "rules",
            "at": _at(_when(size, now, number)),
        }  # fmt: skip


def _state(place: int, matters: int, chance: random.Random) -> str:
    left = matters - 1 - place
    for state, count in (("review", REVIEWED), ("due", DUE), ("posted", POSTED), ("closing", CLOSING)):
        if left < count:
            return state
        left -= count
    return "filed" if chance.random() < 0.955 else chance.choice(("excluded", "withdrawn", "superseded"))


def _matter(
    size: Size, now: datetime, place: int, matters: int, document: int, chance: random.Random
) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Give the rows of one matter and of everything that hangs on it."""
    opened = _when(size, now, place * size.documents // matters)
    state, id_ = _state(place, matters, chance), _id("c", place)
    clause, key = _CLAUSES[place % len(_CLAUSES)]
    until = opened + timedelta(days=chance.choice((5, 10)))
    if state in ("review", "due"):
        until = now + timedelta(days=chance.choice((-2, 1, 3, 7)))
    title, number = _subject(document), f"{document % 3000}/QĐ-UBND"
    yield t.disclosure, {
        "id": id_, "agency": "main", "title": title, "category": clause, "key": key, "state": state,
        "trigger": f"{opened:%Y-%m-%d}", "publish_by": _at(until), "remind_on": f"{until:%Y-%m-%d}",
        "opened_at": _at(opened), "row": 3, "note": "",
    }  # fmt: skip
    yield t.disclosure_document, {"disclosure": id_, "document": _id("d", document), "rank": 1}
    yield t.disclosure_category, {"disclosure": id_, "key": key, "clause": clause, "rank": 1, "publish_by": _at(until)}
    words = dict.fromkeys(
        word for text in (title, number, id_, _PEOPLE[document % len(_PEOPLE)]) for word in tokens(text)
    )
    for word in (*words, *(UNIT + one for one in dict.fromkeys(tokens(_unit(document))))):
        yield t.search_word, {"agency": "main", "word": word, "disclosure": id_}
    open_ = "open" if state in ("review", "due") else "done"
    yield t.deadline, _deadline("overdue", id_, until, open_)
    if state in ("review", "excluded"):
        return
    yield from _public(id_, state, opened, place)
    if state == "filed":
        yield from _papers(id_, opened, title, place)
    if place % 40 == 0:
        yield t.feedback_item, {
            "agency": "main", "source": "page", "ref": f"r{place}", "disclosure": id_, "received_at": _at(opened),
            "at": _at(opened), "by": "", "subject": "", "text": f"Đề nghị làm rõ mục {place}.", "sender": "",
            "note": "", "sha256": "0" * 64, "client": "", "state": "noted" if state == "filed" else "new",
            "automatic": False, "answer": "", "settled_at": None, "settled_by": "", "acknowledged_at": None,
            "erased_at": None,
        }  # fmt: skip


def _deadline(kind: str, id_: str, due: datetime, state: str) -> dict[str, Any]:
    return {"agency": "main", "kind": kind, "subject": id_, "due": _at(due), "rule": "mẫu", "state": state}


def _public(id_: str, state: str, opened: datetime, place: int) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Give the postings of a matter: one place in twelve shows its paper for good."""
    permanent = place % 12 == 0
    yield t.deadline, _deadline("close", id_, opened + timedelta(days=31), "open" if state == "posted" else "done")
    for channel, form in (("intranet", "intranet"), ("bang-tin", "notice_board")):
        waits = state == "due" and channel == "bang-tin"
        up = state in ("due", "posted", "closing") or (permanent and state == "filed")
        name = _id(channel[0], place)
        yield t.posting, {
            "id": name, "disclosure": id_, "channel": channel, "form": form, "place": "Bản tin công khai",
            "state": "waiting" if waits else "up" if up else "down", "required_days": 0 if permanent else 30,
            "counting": "calendar", "basis": "mẫu", "posted_from": None if waits else _at(opened + timedelta(days=1)),
            "posted_to": None if up or waits else _at(opened + timedelta(days=32)),
            "close_from": None if waits else _at(opened + timedelta(days=31)), "kind": "minimum",
            "standing": "required", "mode": "", "revision": 0,
        }  # fmt: skip
        yield t.outbox, {
            "key": f"publish:{name}", "agency": "main", "target": channel, "act": "publish", "subject": name,
            "state": "done", "planned_at": _at(opened), "done_at": _at(opened), "receipt": "", "error": "",
        }  # fmt: skip


def _papers(id_: str, opened: datetime, title: str, place: int) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Give minutes, signatures and the sealed dossier of a matter that is done."""
    closed = opened + timedelta(days=32)
    unsigned = place % 900 == 0
    for kind in ("posting", "closing", "report"):
        paper, waits = _id(kind, place), unsigned and kind == "report"
        yield t.minutes, {
            "id": paper, "disclosure": id_, "kind": kind, "roles": '["records_officer", "head"]',
            "body_sha256": "1" * 64, "file_sha256": "2" * 64, "pdf_sha256": "" if waits else "3" * 64,
            "made_at": _at(closed), "number": "", "agency": "main", "subject": id_,
        }  # fmt: skip
        for role in ("records_officer",) if waits else ("records_officer", "head"):
            yield t.signature, {
                "minutes": paper, "role": role, "signer": _PEOPLE[place % len(_PEOPLE)], "signed_at": _at(closed),
                "signature_id": f"s-{role}",
            }  # fmt: skip
    lacking = place % 700 == 0
    parts = [{"key": "1", "title": "Biên bản niêm yết", "state": "present", "members": ["a.xml"], "note": ""}]
    findings = [{"id": "A01", "severity": "error", "where": "", "message": "Thiếu báo cáo.", "advice": "Bổ sung."}]
    yield t.dossier, {
        "id": f"h{id_[1:]}", "disclosure": id_, "kind": "disclosure", "title": title, "complete": not lacking,
        "parts": json.dumps(parts, ensure_ascii=False),
        "findings": json.dumps(findings if lacking else [], ensure_ascii=False),
        "sha256": "" if lacking else "4" * 64, "path": "", "sealed_at": None if lacking else _at(closed),
        "filed_at": None if lacking else _at(closed), "receipt": "", "subject": id_, "version": 1, "previous": "",
    }  # fmt: skip


def _untagged(connection: sqlite3.Connection, size: Size, now: datetime) -> None:
    """Let some of the newest papers wait for a word of the clerk."""
    chosen: Sequence[str] = [_id("d", size.documents - 1 - number) for number in range(UNTAGGED)]
    marks = [(_at(now), one) for one in chosen]
    connection.executemany("UPDATE decision SET decision = 'review', at = ? WHERE document = ?", marks)
    connection.executemany("INSERT INTO waiting_paper (agency, at, document) VALUES ('main', ?, ?)", marks)
    connection.commit()


def tickets(folder: Path, count: int) -> list[str]:
    """Return sign-ins for a clerk of the folder, each working once."""
    house = open_house(folder / "congkhai.ini")
    try:
        with house.store.write(house.agency, "benchmark") as tx:
            held = {one.name: one for one in accounts(tx.connection, house.agency)}
            holder = held.get("do") or add_account(
                tx, name="do", person="Người Đo", duties={Duty.CLERK}, role="", password=secrets.token_urlsafe()
            )
            return [give_ticket(tx, holder) for _number in range(count)]
    finally:
        house.close()


def main(arguments: Sequence[str]) -> None:
    """Serve a folder until the process is ended; the first line says where."""
    house = open_house(Path(arguments[0]) / "congkhai.ini")
    with serving(house, port=0) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1:])
