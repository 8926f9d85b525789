"""
What minutes say, as frozen records: everything that is signed, nothing that is layout.

The records mirror ``Body`` of ``minutes.xsd`` and of ``report.xsd``. Moments carry a zone and whole seconds; an empty
string, None or an empty tuple means that the paper does not say it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ..records import Document, Evidence, Feedback, Posting
from ..text import _
from .check import content_error
from .meeting import Meeting
from .people import Person

if TYPE_CHECKING:
    from .availability import Availability


class MinutesKind(StrEnum):
    """
    Which act the minutes are about.

    Biên bản niêm yết, kết thúc niêm yết, hội nghị, kiểm phiếu, and công khai bản kê khai tài sản, thu nhập
    (NĐ 130/2020/NĐ-CP, Điều 11.4: it names each declaration that was posted).
    """

    POSTING = "posting"
    CLOSING = "closing"
    CONFERENCE = "conference"
    BALLOT = "ballot"
    DECLARATIONS = "declarations"

    @property
    def of_meeting(self) -> bool:
        """True for the minutes of a meeting: they need no disclosed document and no form of disclosure."""
        return self in (MinutesKind.CONFERENCE, MinutesKind.BALLOT)


@dataclass(frozen=True, slots=True)
class Agency:
    """
    The issuing agency as it stands in the head of the paper (NĐ 30/2020, Phụ lục I, box 2).

    Attributes:
        code: identifier of the agency (mã định danh), e.g. ``000.00.12.H40``.
        superior: the agency directly above, or empty.
    """

    name: str
    code: str
    superior: str = ""


@dataclass(frozen=True, slots=True)
class RegulationRef:
    """
    The regulation that asks for the disclosure.

    Attributes:
        clause: where it does, e.g. ``khoản 1 Điều 7``.
        number: number and symbol, e.g. ``156/QC-UBND``; empty for a law cited without number.
    """

    title: str
    clause: str
    number: str = ""
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class CategoryRef:
    """
    The disclosure category (nội dung công khai).

    Attributes:
        clause: number of the clause in the agency's regulation, e.g. ``11``.
        key: stable key, e.g. ``superior_docs``.
        title: the category in the words of the regulation.
        regime: empty for the ordinary regime, else ``consultation`` or ``people``.
    """

    clause: str
    key: str
    title: str = ""
    regime: str = ""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file: `size` in bytes, `sha256` as 64 lower-case hexadecimal digits; the name is text, never a path."""

    name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DisclosedDocument:
    """
    A document that was made public.

    Attributes:
        type: tên loại, e.g. ``Quyết định``.
        number: number and symbol as written; empty for a draft.
        subject: the exact title (trích yếu), never shortened (check A09).
        status: ``issued`` or ``draft`` (dự thảo).
        page_amount: pages, or None when not counted.
    """

    type: str
    number: str
    issued: date | None
    subject: str
    status: str = "issued"
    issuer: str = ""
    page_amount: int | None = None
    attachments: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Interruption:
    """A time in which a posting could not be seen; `end` None when it did not come back."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class PostedChannel:
    """
    One form of disclosure that was used (hình thức công khai), by its own clock.

    Attributes:
        posting: id of the posting.
        form: key of the form, e.g. ``notice_board``; `name`: its Vietnamese name.
        required_days: consecutive days; 0 means permanent (thường xuyên).
        counting: how the days are counted, in words.
        close_from: earliest lawful end; None when permanent.
        basis: clause that asks for this form and duration.
        posted_to: actual end; None while the posting is up.
        exact: the time is an exact one, which may not be exceeded either.
        availability: what the looks at it prove; None where nobody could look.
    """

    posting: str
    form: str
    name: str
    place: str
    posted_from: datetime
    required_days: int
    counting: str
    close_from: datetime | None
    basis: str = ""
    posted_to: datetime | None = None
    interruptions: tuple[Interruption, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    availability: "Availability | None" = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class UnreadSource:
    """A place for comments that was not read to the end of the period: its title, and until when it was read."""

    title: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """
    Comments received: how many, and the texts that are shown (names only where the law asks for them).

    Attributes:
        unread: places that were not read to the end; while there are any, nobody can say that nothing was received.
    """

    count: int
    comments: tuple[Feedback, ...] = ()
    unread: tuple[UnreadSource, ...] = ()


@dataclass(frozen=True, slots=True)
class MinutesLink:
    """Points to other minutes by id and by the digest of their body (SHA-256 of its exclusive c14n)."""

    id: str
    kind: str
    body_sha256: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The journal's last entry when the body was frozen: sequence number and chained digest."""

    seq: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Role:
    """
    A role that must sign.

    Attributes:
        key: role in the regulation, e.g. ``head``.
        capacity: lines above the name, e.g. ``("TM. ỦY BAN MTTQ", "CHỦ TỊCH")``.
        person: name as it stands on paper.
    """

    key: str
    capacity: tuple[str, ...]
    person: str


@dataclass(frozen=True, slots=True)
class MinutesContent:
    """
    Minutes of a posting, of its end, or of a meeting: the union of NĐ 30/2020 Mẫu 1.9 and what evidence needs.

    Attributes:
        subject: name of the event under the title; empty takes the usual words of the kind.
        number: ``12/BB-UBND``, or empty when the agency signs without a number.
        bases: legal bases (căn cứ), one sentence part each, with or without the word "Căn cứ".
        place: where the minutes were made; `started`, `finished`: begin and end of the act.
        feedback_receiver: who receives comments.
        feedback: comments received; closing only.
        opening: the posting minutes that a closing belongs to.
        meeting: attendance, course and votes of a meeting; for minutes of a conference or a ballot count only.
        early_reason: why a posting ended before its earliest lawful end; the minutes then state the true period.
        declarations: persons whose declarations of assets were posted, by name only (NĐ 130/2020 Điều 11.4).
        roles: who must sign, in paper order (left to right).
        recipients: lines of "Nơi nhận".
        further: the other categories of the matter; `category` is the leading one.
    """

    id: str
    kind: MinutesKind
    agency: Agency
    regulation: RegulationRef
    category: CategoryRef
    bases: tuple[str, ...]
    place: str
    started: datetime
    finished: datetime
    participants: tuple[Person, ...]
    documents: tuple[DisclosedDocument, ...]
    channels: tuple[PostedChannel, ...]
    journal: JournalHead
    roles: tuple[Role, ...]
    subject: str = ""
    number: str = ""
    absent: tuple[Person, ...] = ()
    feedback_receiver: str = ""
    feedback: FeedbackSummary | None = None
    opening: MinutesLink | None = None
    early_reason: str = ""
    declarations: tuple[Person, ...] = ()
    recipients: tuple[str, ...] = ("Lưu: VT, Hồ sơ.",)
    meeting: Meeting | None = None
    further: tuple[CategoryRef, ...] = ()


def disclosed(document: Document, *, draft: bool) -> DisclosedDocument:
    """
    Take over what minutes say of a stored document.

    Args:
        draft: True when a draft was posted for comment, which is never the issued text (check A09).
    """
    return DisclosedDocument(
        type=document.type,
        number=document.number,
        issued=document.issued,
        subject=document.subject,
        status="draft" if draft else "issued",
        issuer=document.issuer,
        page_amount=document.page_amount,
        attachments=tuple(
            FileRef(file.name, file.media_type, file.size, file.sha256)
            for file in document.attachments
            if not file.problem  # it was never there, so it was not shown either
        ),
    )


def posted(
    posting: Posting, *, name: str, counting: str, form: str = "", interruptions: tuple[Interruption, ...] = (),
    availability: "Availability | None" = None,
) -> PostedChannel:  # fmt: skip
    """
    Take over what minutes say of a stored posting.

    Args:
        name: Vietnamese name of the form.
        counting: the counting rule in words (the stored rule is a key).
        form: key of the form, where it differs from the posting's own.
        availability: what the looks at it prove, for papers made at its end.

    Raises:
        InputError: the posting was never put up.
    """
    if posting.posted_from is None:
        raise content_error(
            _("Hình thức công khai “{place}” chưa được niêm yết nên không thể lập biên bản.").format(
                place=posting.place
            ),
            posting.id,
            _("Xác nhận thời điểm niêm yết trước khi lập biên bản."),
        )
    return PostedChannel(
        posting=posting.id,
        form=form or posting.form,
        name=name,
        place=posting.place,
        posted_from=posting.posted_from,
        required_days=posting.required_days,
        counting=counting,
        close_from=posting.close_from,
        basis=posting.basis,
        posted_to=posting.posted_to,
        interruptions=interruptions,
        evidence=posting.evidence,
        availability=availability,
        exact=posting.kind == "exact",
    )
