"""From a disclosure to its papers: what the posting minutes, closing minutes and results report say."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from .disclosures import STOPPED, WITHDRAWN_AFTER, change_state
from .errors import NotAllowedError, PassingError
from .feedback import source_title
from .feedback_pull import must_wait, period_end, unread
from .house import House
from .minutes import (
    Agency,
    CategoryRef,
    FeedbackSummary,
    JournalHead,
    MinutesContent,
    MinutesKind,
    MinutesLink,
    Person,
    PostedChannel,
    RegulationRef,
    ReportContent,
    Role,
    availability,
    body_sha256,
    disclosed,
    interruptions,
    minutes_xml,
    posted,
    report_xml,
    validate,
)
from .numbers import ask, number_of, use
from .orders import Seat, bases, begin, call_unattended, paper_name, seats
from .records import Disclosure, DisclosureState, Document, Minutes, Posting
from .regulation_records import SignerRule
from .store import Transaction, journal, read
from .store import tables as t
from .text import _
from .work import Step

REPORT = "report"


@dataclass(frozen=True, slots=True)
class Matter:
    """A disclosure with everything its papers speak of, read at one moment."""

    disclosure: Disclosure
    documents: tuple[Document, ...]
    head: JournalHead
    papers: tuple[Minutes, ...]

    def paper(self, kind: str) -> Minutes | None:
        """Return the minutes of a kind, or None."""
        return next((one for one in self.papers if one.kind == kind), None)


def load_matter(house: House, connection: sa.Connection, disclosure: str) -> Matter:
    """Read a disclosure with its documents, minutes and the journal head. Raises InputError."""
    record = read.disclosure(connection, disclosure)
    head = journal.head(connection, house.agency)
    papers = (read.minutes(connection, disclosure, kind) for kind in ("posting", "closing", REPORT))
    return Matter(
        record,
        tuple(read.document(connection, id_) for id_ in record.documents),
        JournalHead(head.seq, head.hash),
        tuple(paper for paper in papers if paper is not None),
    )


def signers_of(house: House, kind: str) -> Sequence[SignerRule]:
    """
    Return who signs a paper, in paper order; the results report is signed by the head alone.

    Raises:
        NotAllowedError: the regulation names nobody; the agency must say who signs before the first minutes.
    """
    rules = house.regulation.signers_of("posting" if kind == REPORT else kind)
    rules = tuple(rule for rule in rules if kind != REPORT or rule.role == "head")
    if not rules:
        raise NotAllowedError(
            what=_("Quy chế chưa nêu ai ký biên bản."), where=house.regulation.name, code="congkhai-E219",
            advice=_("Thêm các mục [signer:…] vào tệp quy chế của cơ quan (mẫu: dong-son-2024.ini)."),
        )  # fmt: skip
    return rules


def _seats(house: House, kind: str) -> tuple[Seat, ...]:
    return seats(house, signers_of(house, kind))


def _roles(found: Sequence[Seat]) -> tuple[Role, ...]:
    return tuple(Role(seat.rule.role, seat.capacity, seat.person) for seat in found)


def _people(found: Sequence[Seat]) -> tuple[Person, ...]:
    return tuple(Person(seat.person, seat.deputy.title if seat.deputy else seat.rule.title) for seat in found)


def _channel(house: House, posting: Posting, *, over: bool) -> PostedChannel:
    """Say one posting; papers made at its end also carry its interruptions and what the looks at it prove."""
    title = next((rule.title for rule in house.regulation.channels if rule.form == posting.form), posting.form)
    until = posting.posted_to or house.clock.now()
    with house.store.read() as connection:
        looks, breaks = read.looks(connection, posting.id), read.breaks(connection, posting.id)
    return posted(
        posting, form=posting.form, name=title, counting=house.rule.sentence,
        interruptions=interruptions(breaks, until) if over else (),
        availability=availability(posting, looks, breaks, until) if over else None,
    )  # fmt: skip


def _early_reason(matter: Matter) -> str:
    """Return why a posting ended before its time, as it was recorded; empty when none did."""
    said = [
        one.note
        for posting in matter.disclosure.postings
        for one in posting.evidence
        if one.kind in ("early_end", "removal")
    ]
    return " ".join(dict.fromkeys(said))


def _common(house: House, matter: Matter, kind: str, found: Sequence[Seat]) -> dict[str, object]:
    agency = house.configuration.agency
    category = house.regulation.category(matter.disclosure.key)
    return {
        "agency": Agency(agency.name, agency.code, agency.superior),
        "regulation": RegulationRef(
            house.regulation.title, category.source, house.regulation.number, house.regulation.issued
        ),
        "category": CategoryRef(matter.disclosure.category, matter.disclosure.key, category.text),
        "bases": (*house.regulation.bases, *bases(found)),
        "place": agency.place or agency.name,
        "documents": tuple(disclosed(document, draft=False) for document in matter.documents),
        "channels": tuple(
            _channel(house, posting, over=kind != MinutesKind.POSTING)
            for posting in matter.disclosure.postings
            if posting.posted_from is not None or matter.disclosure.state not in STOPPED
        ),
        "journal": matter.head,
    }


def _feedback(house: House, matter: Matter) -> FeedbackSummary:
    """Count and name the comments, with the places where they came in and those that were not read to the end."""
    comments = tuple(replace(one, source=source_title(house, one.source)) for one in matter.disclosure.feedback)
    with house.store.read() as connection:
        return FeedbackSummary(len(comments), comments, unread(house, connection, period_end(matter.disclosure)))


def _link(paper: Minutes) -> MinutesLink:
    return MinutesLink(paper.id, paper.kind, paper.body_sha256, paper.number)


def content_of(house: House, matter: Matter, kind: str, id_: str) -> MinutesContent | ReportContent:
    """Write the content of one paper of a matter: ``posting``, ``closing`` or ``report``."""
    found = _seats(house, kind)
    common = _common(house, matter, kind, found)
    now = house.clock.now()
    if kind == REPORT:
        return ReportContent(
            id=id_, made=now, roles=_roles(found), feedback=_feedback(house, matter),
            minutes=tuple(_link(paper) for paper in matter.papers), **common,  # type: ignore[arg-type]  # fields shared by both papers
        )  # fmt: skip
    opening = matter.paper("posting")
    starts = [posting.posted_from for posting in matter.disclosure.postings if posting.posted_from]
    ends = [posting.posted_to for posting in matter.disclosure.postings if posting.posted_to]
    closing = kind == MinutesKind.CLOSING
    return MinutesContent(
        id=id_, kind=MinutesKind(kind), started=max(ends) if closing else max(starts), finished=now,
        participants=_people(found), roles=_roles(found),
        feedback_receiver="" if closing else _people(found)[0].name,
        feedback=_feedback(house, matter) if closing else None,
        opening=_link(opening) if closing and opening else None,
        early_reason=_early_reason(matter) if closing else "",
        **common,  # type: ignore[arg-type]  # fields shared by both papers
    )  # fmt: skip


def xml_of(content: MinutesContent | ReportContent) -> bytes:
    """Write the XML of a paper."""
    return report_xml(content) if isinstance(content, ReportContent) else minutes_xml(content)


def paper_id(connection: sa.Connection, disclosure: str, kind: str) -> str:
    """Return the id of a matter's paper of one kind, made or still to be made."""
    return "m" + hashlib.sha256(paper_name(connection, disclosure, kind).encode()).hexdigest()[:15]


def make_minutes(step: Step) -> None:
    """Write one paper of a matter and put it before its signers. Work kind ``minutes``; args: disclosure, kind."""
    house, kind = step.house, step.args["kind"]
    with house.store.read() as connection:
        matter = load_matter(house, connection, step.args["disclosure"])
    stopped = matter.disclosure.state in STOPPED and not (kind == MinutesKind.CLOSING and _came_down(matter))
    if matter.paper(kind) is not None or stopped:
        with step.commit() as tx:
            if kind == REPORT:
                _end_again(tx, matter)
        return
    if kind == MinutesKind.CLOSING and must_wait(step, matter.disclosure):
        return
    if kind == MinutesKind.CLOSING:
        with house.store.read() as connection:
            matter = load_matter(house, connection, step.args["disclosure"])  # comments may have come in just now
    with house.store.read() as connection:
        id_ = paper_id(connection, matter.disclosure.id, kind)
        number = number_of(connection, house.agency, id_)
    if not number and house.configuration.dossier.minutes_number == "required":
        with step.commit() as tx:
            ask(tx, id_, matter.disclosure.id, kind)
        return
    xml = xml_of(replace(content_of(house, matter, kind, id_), number=number))
    validate(xml)
    file_sha256, _size = house.store.vault.put(xml)
    found = _seats(house, kind)
    roles = [seat.rule.role for seat in found]
    with step.commit() as tx:
        if use(tx, id_) != number:
            raise PassingError(
                _("Số của biên bản vừa được ghi trong lúc lập; biên bản sẽ được lập lại."),
                where=id_,
                code="congkhai-E689",
            )
        tx.connection.execute(
            sa.insert(t.minutes).values(
                id=id_, disclosure=matter.disclosure.id, kind=kind, roles=roles, body_sha256=body_sha256(xml),
                file_sha256=file_sha256, pdf_sha256="", made_at=tx.now, number=number,
            )
        )  # fmt: skip
        tx.journal("minutes.made", id_, kind=kind, body=body_sha256(xml), roles=roles)
        begin(tx, house, id_, found)
        call_unattended(tx, house, read.minutes_by_id(tx.connection, id_))


def _came_down(matter: Matter) -> bool:
    """Tell whether people had seen a matter that was withdrawn or replaced, and nothing of it is up any more."""
    postings = [posting for posting in matter.disclosure.postings if posting.posted_from is not None]
    down = all(posting.posted_to is not None for posting in postings)
    withdrawn = matter.disclosure.state in WITHDRAWN_AFTER
    return withdrawn and bool(postings) and down and matter.paper("posting") is not None


def _end_again(tx: Transaction, matter: Matter) -> None:
    """End a filed matter whose permanent posting was taken up again: its dossier stands, its closing minutes lie by."""
    present = read.disclosure(tx.connection, matter.disclosure.id)
    dossier = read.dossier(tx.connection, matter.disclosure.id)
    if present.state is DisclosureState.CLOSED and dossier is not None and dossier.filed_at is not None:
        change_state(tx, present, DisclosureState.FILED)
