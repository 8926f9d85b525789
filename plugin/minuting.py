"""From a disclosure to its papers: what the posting minutes, closing minutes and results report say."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from .errors import NotAllowedError
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
    body_sha256,
    disclosed,
    minutes_xml,
    posted,
    report_xml,
    validate,
)
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


def _roles(house: House, kind: str) -> tuple[Role, ...]:
    return tuple(
        Role(rule.role, rule.capacity, house.signer_of(rule.role)[1].person) for rule in signers_of(house, kind)
    )


def _people(house: House, kind: str) -> tuple[Person, ...]:
    return tuple(Person(house.signer_of(rule.role)[1].person, rule.title) for rule in signers_of(house, kind))


def _channel(house: House, posting: Posting) -> PostedChannel:
    title = next((rule.title for rule in house.regulation.channels if rule.form == posting.form), posting.form)
    return posted(posting, form=posting.form, name=title, counting=house.rule.sentence)


def _common(house: House, matter: Matter) -> dict[str, object]:
    agency = house.configuration.agency
    category = house.regulation.category(matter.disclosure.key)
    return {
        "agency": Agency(agency.name, agency.code, agency.superior),
        "regulation": RegulationRef(
            house.regulation.title, category.source, house.regulation.number, house.regulation.issued
        ),
        "category": CategoryRef(matter.disclosure.category, matter.disclosure.key, category.text),
        "bases": house.regulation.bases,
        "place": agency.place or agency.name,
        "documents": tuple(disclosed(document, draft=False) for document in matter.documents),
        "channels": tuple(_channel(house, posting) for posting in matter.disclosure.postings),
        "journal": matter.head,
    }


def _feedback(matter: Matter) -> FeedbackSummary:
    return FeedbackSummary(len(matter.disclosure.feedback), matter.disclosure.feedback)


def _link(paper: Minutes) -> MinutesLink:
    return MinutesLink(paper.id, paper.kind, paper.body_sha256, paper.number)


def content_of(house: House, matter: Matter, kind: str, id_: str) -> MinutesContent | ReportContent:
    """Write the content of one paper of a matter: ``posting``, ``closing`` or ``report``."""
    common = _common(house, matter)
    now = house.clock.now()
    if kind == REPORT:
        return ReportContent(
            id=id_, made=now, roles=_roles(house, kind), feedback=_feedback(matter),
            minutes=tuple(_link(paper) for paper in matter.papers), **common,  # type: ignore[arg-type]  # fields shared by both papers
        )  # fmt: skip
    opening = matter.paper("posting")
    starts = [posting.posted_from for posting in matter.disclosure.postings if posting.posted_from]
    ends = [posting.posted_to for posting in matter.disclosure.postings if posting.posted_to]
    closing = kind == MinutesKind.CLOSING
    return MinutesContent(
        id=id_, kind=MinutesKind(kind), started=max(ends) if closing else max(starts), finished=now,
        participants=_people(house, kind), roles=_roles(house, kind),
        feedback_receiver="" if closing else _people(house, kind)[0].name,
        feedback=_feedback(matter) if closing else None,
        opening=_link(opening) if closing and opening else None,
        **common,  # type: ignore[arg-type]  # fields shared by both papers
    )  # fmt: skip


def xml_of(content: MinutesContent | ReportContent) -> bytes:
    """Write the XML of a paper."""
    return report_xml(content) if isinstance(content, ReportContent) else minutes_xml(content)


def make_minutes(step: Step) -> None:
    """Write one paper of a matter and put it before its signers. Work kind ``minutes``; args: disclosure, kind."""
    house, kind = step.house, step.args["kind"]
    with house.store.read() as connection:
        matter = load_matter(house, connection, step.args["disclosure"])
    if matter.paper(kind) is not None or matter.disclosure.state is DisclosureState.WITHDRAWN:
        with step.commit():
            return
    id_ = "m" + hashlib.sha256(f"{matter.disclosure.id}\x1f{kind}".encode()).hexdigest()[:15]
    xml = xml_of(content_of(house, matter, kind, id_))
    validate(xml)
    file_sha256, _size = house.store.vault.put(xml)
    roles = [rule.role for rule in signers_of(house, kind)]
    with step.commit() as tx:
        tx.connection.execute(
            sa.insert(t.minutes).values(
                id=id_, disclosure=matter.disclosure.id, kind=kind, roles=roles, body_sha256=body_sha256(xml),
                file_sha256=file_sha256, pdf_sha256="", made_at=tx.now, number="",
            )
        )  # fmt: skip
        tx.journal("minutes.made", id_, kind=kind, body=body_sha256(xml), roles=roles)
        _call_unattended(tx, house, id_, roles)


def _call_unattended(tx: Transaction, house: House, minutes: str, roles: list[str]) -> None:
    """Plan the signatures of keys that the agency lets work by themselves; all others wait for their holders."""
    for role in roles:
        name, signer = house.signer_of(role)
        if not signer.attended:
            tx.enqueue("sign", f"{minutes}:{role}", minutes=minutes, signer=name)
