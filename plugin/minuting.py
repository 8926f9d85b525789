"""From a disclosure to its papers: what the posting minutes, closing minutes and results report say."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from .disclosures import STOPPED, WITHDRAWN_AFTER, change_state
from .entries import DECLARATIONS, declarants
from .entries import ask as ask_facts
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
from .planning import keys_of
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
    rules: Sequence[SignerRule] = house.regulation.signers_of("posting" if kind in (REPORT, DECLARATIONS) else kind)
    if kind == DECLARATIONS:
        rules = _of_declarations(house, rules)
    rules = tuple(rule for rule in rules if kind != REPORT or rule.role == "head")
    if not rules:
        raise NotAllowedError(
            what=_("Quy chế chưa nêu ai ký biên bản."), where=house.regulation.name, code="congkhai-E219",
            advice=_("Thêm các mục [signer:…] vào tệp quy chế của cơ quan (mẫu: dong-son-2024.ini)."),
        )  # fmt: skip
    return rules


def _of_declarations(house: House, usual: Sequence[SignerRule]) -> Sequence[SignerRule]:
    """Return who signs that declarations were posted: the agency's own rule, the special law's roles, or the usual."""
    own = house.regulation.signers_of(DECLARATIONS)
    regime = house.regulation.regime("integrity.declarations")
    asked = regime.signers if regime is not None else ()
    held = [rule for rule in house.regulation.signers if rule.role in asked]
    return own or (held if asked and len(held) == len(asked) else usual)


def _seats(house: House, kind: str) -> tuple[Seat, ...]:
    return seats(house, signers_of(house, kind))


def _roles(found: Sequence[Seat]) -> tuple[Role, ...]:
    return tuple(Role(seat.rule.role, seat.capacity, seat.person) for seat in found)


def _people(found: Sequence[Seat]) -> tuple[Person, ...]:
    return tuple(Person(seat.person, seat.deputy.title if seat.deputy else seat.rule.title) for seat in found)


def _channel(house: House, posting: Posting, *, over: bool) -> PostedChannel:
    """Say one posting; papers made at its end also carry its interruptions and what the looks at it prove."""
    title = next((rule.title for rule in house.regulation.channels if rule.form == posting.form), posting.form)
    if not over:  # posting minutes say how it began, even when they are made after it ended: a number came late
        began = tuple(one for one in posting.evidence if one.kind not in ("early_end", "removal"))
        posting = replace(posting, posted_to=None, evidence=began)
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
    leading, *further = _categories(house, matter)
    clauses = dict.fromkeys(house.regulation.category(one.key).source for one in (leading, *further))
    return {
        "agency": Agency(agency.name, agency.code, agency.superior),
        "regulation": RegulationRef(
            house.regulation.title, "; ".join(clauses), house.regulation.number, house.regulation.issued
        ),
        "category": leading,
        "further": tuple(further),
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


def _categories(house: House, matter: Matter) -> list[CategoryRef]:
    """Return every category of a matter, the leading one first."""
    c = t.disclosure_category.c
    query = sa.select(c.key, c.clause).where(c.disclosure == matter.disclosure.id).order_by(c.rank)
    with house.store.read() as connection:
        held = [(row.key, row.clause) for row in connection.execute(query)]
    first = (matter.disclosure.key, matter.disclosure.category)
    return [
        CategoryRef(clause, key, house.regulation.category(key).text)
        for key, clause in dict([first, *((key, clause) for key, clause in held if key != first[0])]).items()
    ]


def _feedback(house: House, matter: Matter) -> FeedbackSummary:
    """Count and name the comments, with the places where they came in and those that were not read to the end."""
    comments = tuple(replace(one, source=source_title(house, one.source)) for one in matter.disclosure.feedback)
    with house.store.read() as connection:
        return FeedbackSummary(len(comments), comments, unread(house, connection, period_end(matter.disclosure)))


def _link(paper: Minutes) -> MinutesLink:
    return MinutesLink(paper.id, paper.kind, paper.body_sha256, paper.number)


def content_of(house: House, matter: Matter, kind: str, id_: str) -> MinutesContent | ReportContent:
    """Write the content of one paper of a matter: ``posting``, ``closing`` or ``report``."""
    people = _declarants(house, matter)
    found = _seats(house, DECLARATIONS if people and kind == MinutesKind.POSTING else kind)
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
        id=id_, kind=MinutesKind.DECLARATIONS if people and not closing else MinutesKind(kind), declarations=people,
        started=max(ends) if closing else max(starts), finished=now,
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
    """
    Write one paper and put it before its signers.

    Work kind ``minutes``; args: disclosure, kind. Minutes of meetings: `minuting_entered.make_entered`.
    """
    house, kind = step.house, step.args["kind"]
    with house.store.read() as connection:
        matter = load_matter(house, connection, step.args["disclosure"])
    stopped = matter.disclosure.state in STOPPED and not (kind == MinutesKind.CLOSING and _came_down(matter))
    if matter.paper(kind) is not None or stopped:
        with step.commit() as tx:
            if kind == REPORT:
                _end_again(tx, matter)
        return
    if kind == MinutesKind.POSTING and posts_declarations(house, matter.disclosure) and not _declarants(house, matter):
        with step.commit() as tx:
            ask_facts(tx, matter.disclosure.id, DECLARATIONS)
        return
    if kind == MinutesKind.CLOSING and matter.paper("posting") is None:
        with step.commit():  # made as soon as the posting minutes are there: their number or their facts are missing
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
    content = replace(content_of(house, matter, kind, id_), number=number)
    declared = isinstance(content, MinutesContent) and content.kind is MinutesKind.DECLARATIONS
    found = _seats(house, DECLARATIONS if declared else kind)
    freeze(step, content, kind, found, disclosure=matter.disclosure.id, subject=matter.disclosure.id)


def freeze(
    step: Step, content: MinutesContent | ReportContent, kind: str, found: Sequence[Seat], *, disclosure: str | None,
    subject: str,
) -> None:  # fmt: skip
    """
    Write a paper as the file that is signed, and put it before its signers; ends the step.

    Args:
        content: with its number, which counts as used from now on.
        kind: under which name the paper is kept.
        disclosure: None for a paper of a staff matter; `subject`: what it belongs to.

    Raises:
        InputError: the content is not fit to be written.
        PassingError: its number was entered while it was made (E689); it is made again.
    """
    house, id_ = step.house, content.id
    xml = xml_of(content)
    validate(xml)
    file_sha256, _size = house.store.vault.put(xml)
    roles = [seat.rule.role for seat in found]
    with step.commit() as tx:
        if use(tx, id_) != content.number:
            raise PassingError(
                _("Số của biên bản vừa được ghi trong lúc lập; biên bản sẽ được lập lại."),
                where=id_,
                code="congkhai-E689",
            )
        tx.connection.execute(
            sa.insert(t.minutes).values(
                id=id_, disclosure=disclosure, kind=kind, roles=roles, body_sha256=body_sha256(xml),
                file_sha256=file_sha256, pdf_sha256="", made_at=tx.now, number=content.number, agency=tx.agency,
                subject=subject,
            )
        )  # fmt: skip
        tx.journal("minutes.made", id_, kind=kind, body=body_sha256(xml), file=file_sha256, roles=roles)
        begin(tx, house, id_, found)
        call_unattended(tx, house, read.minutes_by_id(tx.connection, id_))
        if kind == MinutesKind.POSTING:
            _close_after(tx, subject, id_)


def _close_after(tx: Transaction, disclosure: str, posting_minutes: str) -> None:
    """Have the closing minutes made now when they had to wait for the posting minutes that they point to."""
    state = tx.connection.scalar(sa.select(t.disclosure.c.state).where(t.disclosure.c.id == disclosure))
    if state == DisclosureState.CLOSING.value:
        key = f"{disclosure}:closing:after:{posting_minutes}"
        tx.enqueue("closing-minutes", key, subject=disclosure)


def posts_declarations(house: House, matter: Disclosure) -> bool:
    """Tell whether declarations of assets are posted: then the minutes name each (NĐ 130/2020/NĐ-CP Điều 11.4)."""
    with house.store.read() as connection:
        return "integrity.declarations" in keys_of(connection, matter)


def _declarants(house: House, matter: Matter) -> tuple[Person, ...]:
    with house.store.read() as connection:
        return declarants(connection, matter.disclosure.id)


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
