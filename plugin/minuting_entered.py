"""Minutes of meetings: from what a clerk entered to the paper that the secretary and the chair sign."""

from collections.abc import Sequence

from .entries import OF_MEETINGS, Entry, Facts, checked, enter, entry_of
from .errors import NotAllowedError
from .house import House
from .kinds_matters import StaffMatter, kind_of, matter
from .minutes import (
    Agency,
    CategoryRef,
    JournalHead,
    Meeting,
    MinutesContent,
    MinutesKind,
    Person,
    RegulationRef,
    Role,
)
from .minutes.view import OF_STAFF
from .minuting import freeze, make_minutes
from .numbers import ask, number_of
from .orders import Seat, bases, seats
from .regulation_matters import DOSSIERS
from .regulation_records import SignerRule
from .store import journal, read
from .text import _
from .work import Step

_NAMES = {"conference": "Hội nghị", "ballot": "Kiểm phiếu"}
_MODEL = "Mẫu 1.9, Phụ lục III Nghị định 30/2020/NĐ-CP"


def record(house: House, subject: str, kind: str, facts: Facts, by: str, part: str = "") -> str:
    """
    Enter what happened, once it is sure that somebody can sign it; otherwise as `entries.enter`.

    Raises:
        NotAllowedError: secretary or chair has no key here (E734).
    """
    facts = checked(kind, facts, house.clock.now())
    if facts.meeting is not None:
        seats_of(house, kind, facts.meeting)
    return enter(house, subject, kind, facts, by, part)


def make(step: Step) -> None:
    """Make a paper of any kind. Work kind ``minutes``; args: disclosure (or staff matter), kind, paper if entered."""
    if step.args["kind"] in OF_MEETINGS:
        make_entered(step)
    else:
        make_minutes(step)


def make_entered(step: Step) -> None:
    """Write minutes of a meeting. Args: paper (their id)."""
    house, id_ = step.house, step.args["paper"]
    with house.store.read() as connection:
        entry = entry_of(connection, id_)
        found = matter(connection, entry.subject) if entry else None
        made = entry is None or found is None or read.has_minutes(connection, id_)
        number = number_of(connection, house.agency, id_)
        head = journal.head(connection, house.agency)
    if made or entry is None or found is None or entry.facts.meeting is None or found.state == "dropped":
        with step.commit():
            return
    if not number and house.configuration.dossier.minutes_number == "required":
        with step.commit() as tx:
            ask(tx, id_, entry.subject, entry.kind)
        return
    signers = seats_of(house, entry.kind, entry.facts.meeting)
    content = content_of(house, found, entry, signers, JournalHead(head.seq, head.hash), number)
    freeze(step, content, entry.kind, signers, disclosure=None, subject=entry.subject)


def content_of(
    house: House, found: StaffMatter, entry: Entry, signers: Sequence[Seat], head: JournalHead, number: str
) -> MinutesContent:  # fmt: skip
    """
    Write the content of minutes of a meeting.

    Raises:
        NotAllowedError: the entry is of a disclosure's kind and not of a meeting.
    """
    facts, agency = entry.facts, house.configuration.agency
    if facts.started is None or facts.finished is None:
        raise NotAllowedError(_("Thiếu giờ bắt đầu, giờ kết thúc."), where=entry.paper, code="congkhai-E730")
    rules = house.regulation
    return MinutesContent(
        id=entry.paper, kind=MinutesKind(entry.kind), agency=Agency(agency.name, agency.code, agency.superior),
        regulation=RegulationRef(rules.title, clause_of(house, found), rules.number, rules.issued),
        category=CategoryRef(found.number or found.kind, found.kind, found.title, OF_STAFF),
        bases=(*rules.bases, *bases(signers)), place=facts.place, started=facts.started, finished=facts.finished,
        participants=facts.participants, absent=facts.absent, documents=(), channels=(), journal=head,
        roles=tuple(Role(seat.rule.role, seat.capacity, seat.person) for seat in signers),
        subject=facts.subject or f"{_NAMES[entry.kind]}: {found.title}", number=number, meeting=facts.meeting,
    )  # fmt: skip


def clause_of(house: House, found: StaffMatter) -> str:
    """Return where the regulation or the Law speaks of a matter of staff; of its dossier where no item is named."""
    for one in house.regulation.staff_matters:
        if found.number and DOSSIERS.get(one.kind) == found.kind and one.number == found.number:
            return one.source
    rule = house.regulation.dossier(found.kind)
    return rule.source if rule is not None and rule.source else kind_of(house, found.kind).title


def seats_of(house: House, kind: str, meeting: Meeting) -> tuple[Seat, ...]:
    """
    Return who signs minutes of a meeting: whom the regulation names for the kind, else secretary left and chair right.

    Whoever heads the counters signs between them where a key of theirs is known. Source: NĐ 30/2020/NĐ-CP, Mẫu 1.9.

    Raises:
        NotAllowedError: secretary or chair has no key here (E734).
    """
    rules = house.regulation.signers_of(kind)
    if rules:
        return seats(house, rules)
    asked = [(meeting.secretary, "THƯ KÝ", True), (meeting.chair, "CHỦ TỌA", True)]
    if kind == MinutesKind.BALLOT:
        asked.insert(1, (meeting.counters[0], "TRƯỞNG BAN KIỂM PHIẾU", False))
    found: list[Seat] = []
    for person, capacity, needed in asked:
        role = _role_of(house, person)
        if role and all(seat.rule.role != role for seat in found):
            rule = SignerRule(role, person.title, (capacity,), (kind,), len(found) + 1, _MODEL)
            found.append(Seat(rule, (capacity,), person.name))
        elif needed and not role:
            raise NotAllowedError(
                what=_("{person} ký biên bản với tư cách {capacity} nhưng chưa có khoá ký.").format(
                    person=person.name, capacity=capacity.lower()
                ),
                where="[signer:…]", code="congkhai-E734",
                advice=_(
                    "Thêm [signer:TÊN] có person đúng họ tên này, hoặc nêu người ký của {kind} trong quy chế; ký tay "
                    "thì đưa bản quét bằng congkhai dossier bring."
                ).format(kind=kind),
            )  # fmt: skip
    return tuple(found)


def _role_of(house: House, person: Person) -> str:
    """Return the role of the key that a person holds, by name; empty when none is known."""
    name = " ".join(person.name.casefold().split())
    held = (one for one in house.signers.values() if " ".join(one.person.casefold().split()) == name)
    return next((signer.role for signer in held), "")
