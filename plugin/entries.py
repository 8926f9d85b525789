"""
What only people know of an act, as a clerk entered it: a meeting, a count of ballots, whose declarations were posted.

The house asks for it when a matter needs it (an entry in the state ``asked``), a clerk enters it, and minutes are made
from it as from what the house saw itself. Entries are never changed: a corrected one is a new row, and the last counts.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from .errors import InputError, NotAllowedError
from .house import House
from .kinds_match import words_fit
from .kinds_matters import StaffMatter, kind_of, matter
from .minutes import Ballot, Choice, Meeting, MinutesKind, Person, Speech
from .minutes.check import normalised, require_texts
from .minutes.meeting import check_meeting
from .minutes.rules import check_people
from .paper_matter import require_own
from .records import Minutes
from .regulation_records import DossierPart
from .store import Transaction, read
from .store import tables as t
from .text import _

KINDS: Final = tuple(kind.value for kind in (MinutesKind.CONFERENCE, MinutesKind.BALLOT, MinutesKind.DECLARATIONS))
OF_MEETINGS: Final = KINDS[:2]
DECLARATIONS: Final = MinutesKind.DECLARATIONS.value
ASKED, ENTERED = "asked", "entered"
_TYPE = "biên bản"


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What happened, as a clerk entered it.

    Attributes:
        subject: name of the meeting under the title; empty takes the usual words of the kind.
        started, finished: begin and end, with zone; None for declarations, whose posting has its own times.
        declarations: whose declarations of assets were posted, by name and title only.
        meeting: attendance, course and votes; None for declarations.
    """

    subject: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    place: str = ""
    participants: tuple[Person, ...] = ()
    absent: tuple[Person, ...] = ()
    declarations: tuple[Person, ...] = ()
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One row: what was asked for, or entered.

    Attributes:
        subject: disclosure or staff matter; `kind`: one of `KINDS`; `part`: clause of the dossier's part, or empty.
        paper: id of the minutes that it becomes; empty for declarations, which stand in the posting minutes.
    """

    id: int
    agency: str
    subject: str
    kind: str
    part: str
    paper: str
    state: str
    facts: Facts
    by: str
    at: datetime


def _people(value: Any) -> tuple[Person, ...]:
    return tuple(Person(**one) for one in value)


def _meeting(value: Any) -> Meeting | None:
    if value is None:
        return None
    return Meeting(
        value["summoned"], value["present"], Person(**value["chair"]), Person(**value["secretary"]),
        _people(value["counters"]), tuple(value["agenda"]),
        tuple(Speech(Person(**one["speaker"]), one["text"]) for one in value["speeches"]),
        tuple(value["conclusions"]),
        tuple(
            Ballot(**{**one, "choices": tuple(Choice(**choice) for choice in one["choices"])})
            for one in value["ballots"]
        ),
    )  # fmt: skip


def facts_to(facts: Facts) -> dict[str, Any]:
    """Return facts as JSON values."""
    moments = {name: moment.isoformat() if (moment := getattr(facts, name)) else None for name in _MOMENTS}
    return {**asdict(facts), **moments}


_MOMENTS = ("started", "finished")


def facts_from(data: Mapping[str, Any]) -> Facts:
    """Return facts from what `facts_to` made of them; those of a row that only asks are empty."""
    if not data:
        return Facts()
    started, finished = (datetime.fromisoformat(data[name]) if data[name] else None for name in _MOMENTS)
    return Facts(
        data["subject"], started, finished, data["place"], _people(data["participants"]), _people(data["absent"]),
        _people(data["declarations"]), _meeting(data["meeting"]),
    )  # fmt: skip


def checked(kind: str, facts: Facts, now: datetime) -> Facts:
    """
    Return facts in the form in which minutes are written, once they agree with each other.

    Raises:
        InputError: something is missing, contradicts itself or lies in the future (E130, E730).
    """
    facts = normalised(facts)
    for name in ("participants", "absent", "declarations"):
        check_people(getattr(facts, name), name)
    if kind == DECLARATIONS:
        if not facts.declarations:
            raise _wrong(_("Chưa nêu tên ai có bản kê khai được niêm yết."), "declarations")
        return Facts(declarations=facts.declarations)
    require_texts(facts, ("place",))
    if facts.meeting is None or facts.started is None or facts.finished is None:
        raise _wrong(_("Thiếu giờ bắt đầu, giờ kết thúc hoặc diễn biến của cuộc họp."), "minutes")
    if not facts.started <= facts.finished <= now:
        raise _wrong(_("Cuộc họp phải kết thúc sau khi bắt đầu và trước lúc nhập."), "finished")
    if not facts.participants:
        raise _wrong(_("Biên bản không có người tham dự."), "participants")
    check_meeting(facts.meeting, counted=kind == MinutesKind.BALLOT)
    return facts


def _wrong(what: str, where: str) -> InputError:
    return InputError(what, where=where, code="congkhai-E730", advice=_("Mẫu: congkhai minutes sample."))


def _entry(row: "sa.Row[tuple[object, ...]]") -> Entry:
    values = {name: getattr(row, name) for name in Entry.__dataclass_fields__}
    return Entry(**{**values, "facts": facts_from(values["facts"])})


def entries(connection: sa.Connection, agency: str, *states: str, subject: str = "") -> tuple[Entry, ...]:
    """Read entries in these states (all when none is named), of one subject or of all, oldest first."""
    c = t.entry.c
    query = sa.select(t.entry).where(c.agency == agency)
    if states:
        query = query.where(c.state.in_(states))
    if subject:
        query = query.where(c.subject == subject)
    return tuple(_entry(row) for row in connection.execute(query.order_by(c.id)))


def entry_of(connection: sa.Connection, paper: str) -> Entry | None:
    """Return what minutes are made from: the last entry with their id, or None for minutes of another origin."""
    c = t.entry.c
    query = sa.select(t.entry).where(c.paper == paper, c.state == ENTERED, c.paper != "").order_by(c.id.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _entry(row)


def declarants(connection: sa.Connection, disclosure: str) -> tuple[Person, ...]:
    """Return whose declarations a disclosure posts, as entered last; empty while nobody has said."""
    c = t.entry.c
    query = sa.select(t.entry).where(c.subject == disclosure, c.kind == DECLARATIONS, c.state == ENTERED)
    row = connection.execute(query.order_by(c.id.desc()).limit(1)).one_or_none()
    return () if row is None else _entry(row).facts.declarations


def papers_of(connection: sa.Connection, subject: str) -> tuple[tuple[Minutes, str], ...]:
    """Return the minutes of a staff matter that stand, in the order in which they were entered, each with its part."""
    c, e = t.minutes.c, t.entry.c
    query = (
        sa.select(c.id, e.part)
        .join(t.entry, e.paper == c.id)
        .where(c.subject == subject, c.disclosure.is_(None), c.kind.in_(KINDS))
    )
    rows = connection.execute(query.order_by(e.id)).all()
    return tuple((read.minutes_by_id(connection, row.id), row.part) for row in rows)


def part_for(house: House, found: StaffMatter, kind: str) -> DossierPart | None:
    """Return the part of a matter's dossier that minutes of a kind fill, or None."""
    words = {"conference": "hội nghị", "ballot": "kiểm phiếu"}[kind]
    return next((part for part in kind_of(house, found.kind).parts(house.regulation)
                 if words_fit(part, _TYPE, words)), None)  # fmt: skip


def ask(tx: Transaction, subject: str, kind: str, part: str = "") -> None:
    """Put down that a matter waits for what a clerk must enter; nothing happens when it is asked for or there."""
    c = t.entry.c
    if tx.connection.execute(sa.select(c.id).where(c.subject == subject, c.kind == kind)).first() is None:
        _write(tx, subject, kind, part, "", ASKED, {})
        tx.journal("minutes.asked", subject, kind=kind)


def ask_no_more(tx: Transaction, subject: str, kind: str) -> None:
    """Take a question back: the part came another way, or is not owed any more."""
    c = t.entry.c
    tx.connection.execute(sa.delete(t.entry).where(c.subject == subject, c.kind == kind, c.state == ASKED))


def enter(house: House, subject: str, kind: str, facts: Facts, by: str, part: str = "") -> str:
    """
    Enter what happened; minutes are made from it as soon as the daemon works.

    Args:
        subject: staff matter for a meeting or a count, disclosure for declarations.
        part: clause of the dossier's part; empty: the one whose words fit.

    Returns:
        Id of the minutes to be; empty for declarations.

    Raises:
        InputError: the facts are not fit to be written, or there is no such matter or part (E130, E730, E731).
        NotAllowedError: the matter is closed, or its minutes are made already (E732).
    """
    facts = checked(kind, facts, house.clock.now())
    with house.store.write(house.agency, by) as tx:
        if kind == DECLARATIONS:
            return _enter_declarants(tx, subject, facts)
        found = matter(tx.connection, subject)
        if found is not None:
            require_own(tx.connection, tx.agency, subject)
        if found is None:
            raise InputError(
                _("Biên bản hội nghị, kiểm phiếu thuộc một việc của cơ quan."), where=subject, code="congkhai-E731",
                advice=_("Mở việc bằng congkhai dossier open rồi dùng mã của việc đó."),
            )  # fmt: skip
        if found.state in ("closed", "dropped"):
            raise NotAllowedError(
                _("Việc này đã kết thúc."), where=subject, code="congkhai-E732",
                advice=_("Lập lại hồ sơ bằng congkhai dossier reopen trước."),
            )  # fmt: skip
        place = part or getattr(part_for(house, found, kind), "key", "")
        known = {one.key for one in kind_of(house, found.kind).parts(house.regulation)}
        if place not in known:
            raise InputError(
                _("Hồ sơ này không có phần nào cho biên bản đó."), where=place or kind, code="congkhai-E731",
                advice=_("Nêu phần bằng --part; các phần: {names}.").format(names=", ".join(sorted(known)) or "–"),
            )  # fmt: skip
        ask_no_more(tx, subject, kind)
        return _plan(tx, subject, kind, place, facts_to(facts))


def _plan(tx: Transaction, subject: str, kind: str, part: str, facts: Mapping[str, Any]) -> str:
    """Write an entry under the next id of its matter and kind, and have its minutes made."""
    c = t.entry.c
    count = tx.connection.scalar(
        sa.select(sa.func.count(sa.distinct(c.paper))).where(c.subject == subject, c.kind == kind, c.state == ENTERED)
    )
    paper = "m" + hashlib.sha256("\x1f".join((subject, kind, str(count))).encode()).hexdigest()[:15]
    _write(tx, subject, kind, part, paper, ENTERED, facts)
    tx.journal("minutes.entered", paper, kind=kind, matter=subject)
    tx.enqueue("minutes", f"{paper}:entered", disclosure=subject, kind=kind, paper=paper)
    return paper


def _enter_declarants(tx: Transaction, subject: str, facts: Facts) -> str:
    read.disclosure(tx.connection, subject)
    require_own(tx.connection, tx.agency, subject)
    if read.minutes(tx.connection, subject, "posting") is not None:
        raise NotAllowedError(
            _("Biên bản niêm yết đã lập."), where=subject, code="congkhai-E732",
            advice=_("Chưa ký xong thì sửa bằng congkhai minutes correct; đã ký xong thì nội dung không đổi nữa."),
        )  # fmt: skip
    ask_no_more(tx, subject, DECLARATIONS)
    number = _write(tx, subject, DECLARATIONS, "", "", ENTERED, facts_to(facts))
    tx.journal("minutes.entered", subject, kind=DECLARATIONS)
    tx.enqueue("minutes", f"{subject}:posting:{number}", disclosure=subject, kind="posting")
    return ""


def replace_facts(tx: Transaction, paper: Minutes, facts: Facts | None) -> str:
    """
    Write the entry from which a paper is made anew: the old facts, or corrected ones.

    Returns:
        Id of the new minutes; empty where they get theirs as all minutes of disclosures do.

    Raises:
        InputError: the corrected facts are not fit to be written (E130, E730).
    """
    if facts is not None:
        facts = checked(paper.kind if paper.kind in OF_MEETINGS else DECLARATIONS, facts, tx.now)
    if paper.kind not in OF_MEETINGS:
        if facts is not None:
            _write(tx, paper.disclosure, DECLARATIONS, "", "", ENTERED, facts_to(facts))
        return ""
    held = entry_of(tx.connection, paper.id)
    if held is None:
        raise InputError(_("Không có nội dung đã nhập cho biên bản này."), where=paper.id, code="congkhai-E731")
    return _plan(tx, held.subject, held.kind, held.part, facts_to(facts or held.facts))


def _write(
    tx: Transaction, subject: str, kind: str, part: str, paper: str, state: str, facts: Mapping[str, Any]
) -> int:  # fmt: skip
    made = tx.connection.execute(
        sa.insert(t.entry).values(
            agency=tx.agency, subject=subject, kind=kind, part=part, paper=paper, state=state, facts=dict(facts),
            by=tx.actor, at=tx.now,
        )
    )  # fmt: skip
    return int((made.inserted_primary_key or (0,))[0])
