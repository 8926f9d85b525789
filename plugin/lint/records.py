"""
What is read from a paper, as frozen records: each fact with its place, so that a finding can point at it.

A paper is read from text, PDF, DOCX or a scan, or made from our own XML (`of_xml`); a check cannot tell the difference
but for `Paper.medium`. An empty string, None or an empty tuple means that the paper does not say it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from congkhai.schedules import Calendar

from ..clock import ZONE
from ..regulation_records import Regulation
from .flat import Flat


class PaperKind(StrEnum):
    """What a paper is in a matter of disclosure or consultation."""

    CONSULTATION_PLAN = "consultation_plan"
    DISCLOSURE_PLAN = "disclosure_plan"
    WORK_PLAN = "work_plan"
    MEETING = "meeting"
    POSTING = "posting"
    CLOSING = "closing"
    BALLOT = "ballot"
    REPORT = "report"
    REGULATION = "regulation"
    DECISION = "decision"
    NOTICE = "notice"
    OTHER = "other"


MINUTES = frozenset({PaperKind.MEETING, PaperKind.POSTING, PaperKind.CLOSING, PaperKind.BALLOT})
"""Kinds that are minutes (biên bản)."""
PLANS = frozenset({PaperKind.CONSULTATION_PLAN, PaperKind.DISCLOSURE_PLAN, PaperKind.WORK_PLAN})
"""Kinds that are plans (kế hoạch)."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where something stands.

    Attributes:
        file: name of the paper.
        line, column: from 1 in the text that was read; 0 when the whole paper is meant.
        page: from 1 for paged files, else 0.
    """

    file: str
    line: int = 0
    column: int = 0
    page: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        page = f" (tr. {self.page})" if self.page else ""
        return f"{self.file}:{self.line}:{self.column}{page}"


@dataclass(frozen=True, slots=True)
class Text:
    """
    The text of one paper.

    Attributes:
        file: name by which findings call it.
        flat: the text and its folded form.
        pages: index in `flat.source` at which each page begins; empty for unpaged files.
        medium: ``text``, ``pdf``, ``docx``, ``ocr`` or ``xml``.
        encoding: what the bytes were written in: ``utf-8``, or a legacy encoding (``tcvn3``, ``vni``, ``cp1258``).
    """

    file: str
    flat: Flat
    pages: tuple[int, ...] = ()
    medium: str = "text"
    encoding: str = "utf-8"

    def place(self, index: int) -> Place:
        """Return the place of a character of the folded text."""
        source = self.flat.at[index] if index < len(self.flat.at) else len(self.flat.source)
        line = bisect_right(self.flat.lines, source)
        column = source - self.flat.lines[line - 1] + 1
        return Place(self.file, line, column, bisect_right(self.pages, source))


@dataclass(frozen=True, slots=True)
class Named:
    """Words of a paper and their place."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Day:
    """
    A date as it is written.

    Attributes:
        value: None when no such day exists (31/02).
        written: as it stands in the paper.
        start, end: where it stands in the folded text.
    """

    value: date | None
    written: str
    place: Place
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day as it is written."""

    value: time
    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Citation:
    """
    A paper that is cited, as a legal basis or otherwise.

    Attributes:
        type: folded type in front of the number (``cong van``); empty when none stands there.
        number: as written; `digits` and `letters` are its parts in one form (``127``, ``{"kh", "ubnd"}``).
        year: year inside the number (59/2023/NĐ-CP), or 0.
        issuer, subject: folded words after ``của`` and after ``về việc``.
    """

    type: str
    number: str
    digits: str
    letters: frozenset[str]
    year: int
    day: Day | None
    issuer: str
    subject: str
    place: Place

    @property
    def key(self) -> tuple[str, frozenset[str], int]:
        """What makes two ways of writing one number equal."""
        return self.digits, self.letters, self.year


@dataclass(frozen=True, slots=True)
class Person:
    """
    Somebody named in a paper.

    Attributes:
        role: ``chair``, ``secretary``, ``official`` (named with a title) or ``listed`` (a line in a list).
    """

    name: str
    title: str
    role: str
    place: Place


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody in the signature block; `capacity` holds the lines above the name, empty when there are none."""

    name: str
    capacity: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Period:
    """
    How long something is or was posted, in the paper's own words.

    Attributes:
        days: stated number of days, or None.
        words: the number in words between brackets, folded; empty when there is none.
        first, last: stated from and to; `through` is True for "đến hết ngày".
        place_days: where the number stands, `place_last` where the end does.
    """

    days: int | None
    words: str
    first: date | None
    last: date | None
    through: bool
    place: Place


@dataclass(frozen=True, slots=True)
class PostedObject:
    """
    What a paper says is posted.

    Attributes:
        section: ``list`` (the section that names the papers) or ``opening`` (the sentence on the act).
        draft: whether it is called a draft (dự thảo).
        form: folded form of the paper (``quyet dinh``, ``qui che``, ``ke hoach`` …), empty when not said.
        title: folded title.
        numbers: numbers of issued papers named there, folded and without blanks.
    """

    section: str
    draft: bool
    form: str
    title: str
    place: Place
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many took part: total, present, absent as written; None for what is not said."""

    total: int | None
    present: int | None
    absent: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Structure:
    """Parts, chapters and articles, claimed or real; 0 where nothing is said."""

    parts: int
    chapters: int
    articles: int
    place: Place


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One paper, read.

    Attributes:
        type: folded name of the type (``bien ban``, ``ke hoach``); empty when it has none.
        number: as written in the head; its `Citation` form is `own`.
        head_day: date of the place-and-date line.
        event_day: date on which the act happened by the body's own words (minutes).
        start, end: begin and end of the act.
        agency, superior: issuing agency and the one above it, as written in the head.
        motto: whether Quốc hiệu and Tiêu ngữ are there.
        deadlines: strict deadlines for comments (trước ngày …).
        posting: everything said about what is posted; `places`: where.
        remote: claims of channels without paper (``portal``, ``zalo``), each with whether proof stands by,
            and its place.
        comments: recorded comments; `silence`: places that say there were none.
        duplicates: sentences that stand twice.
    """

    text: Text
    kind: PaperKind
    type: str
    title: str
    number: Named | None = None
    own: Citation | None = None
    head_day: Day | None = None
    head_place: str = ""
    event_day: Day | None = None
    start: Hour | None = None
    end: Hour | None = None
    end_day: Day | None = None
    agency: str = ""
    superior: str = ""
    motto: bool = False
    days: tuple[Day, ...] = ()
    citations: tuple[Citation, ...] = ()
    people: tuple[Person, ...] = ()
    signers: tuple[Signer, ...] = ()
    capacities: tuple[str, ...] = ()
    recipients: tuple[Named, ...] = ()
    period: Period | None = None
    deadlines: tuple[Day, ...] = ()
    posting: tuple[PostedObject, ...] = ()
    places: tuple[Named, ...] = ()
    remote: tuple[tuple[str, bool, Place], ...] = ()
    board: Place | None = None
    comments: tuple[Named, ...] = ()
    silence: tuple[Place, ...] = ()
    claimed: Structure | None = None
    structure: Structure | None = None
    numbering: tuple[Named, ...] = ()
    duplicates: tuple[Named, ...] = ()
    count: Count | None = None

    @property
    def file(self) -> str:
        """Name by which findings call the paper."""
        return self.text.file

    @property
    def whole(self) -> Place:
        """The paper as a place."""
        return Place(self.text.file)

    @property
    def own_day(self) -> date | None:
        """The day of the act by the body's words, else of the head."""
        day = self.event_day or self.head_day
        return day.value if day else None

    @property
    def dated(self) -> date | None:
        """The date of the paper by which it is cited: of the head, else of the act."""
        day = self.head_day or self.event_day
        return day.value if day else None

    def moment(self, hour: Hour | None) -> datetime | None:
        """Return an hour of the act as a moment with zone, or None when day or hour is not known."""
        day = self.own_day
        return None if day is None or hour is None else datetime.combine(day, hour.value, tzinfo=ZONE)

    def says(self, *phrases: str) -> bool:
        """Tell whether one of the folded phrases stands in the paper, whatever stands between its words."""
        squeezed = " ".join(self.text.flat.text.split())
        return any(phrase in squeezed for phrase in phrases)


@dataclass(frozen=True, slots=True)
class PaperSet:
    """
    Papers that are looked at together, and by what they are measured.

    Attributes:
        papers: in the order given.
        regulation: rules of the agency; its counting rule and posting times are the measure.
        calendar: working days.
        today: local date of the check.
        of_dossier: True for the papers of one of our dossiers, whose parts and limits are judged from records.
    """

    papers: tuple[Paper, ...]
    regulation: Regulation
    calendar: Calendar
    today: date
    of_dossier: bool = False
    unreadable: tuple[str, ...] = field(default=())

    def of(self, *kinds: PaperKind) -> Iterator[Paper]:
        """Yield the papers of these kinds, in order."""
        return (paper for paper in self.papers if paper.kind in kinds)

    def first(self, *kinds: PaperKind) -> Paper | None:
        """Return the first paper of these kinds, or None."""
        return next(self.of(*kinds), None)
