"""Our own minutes and reports as papers: the same facts as from a stranger's text, taken from the XML itself."""

from datetime import datetime
from typing import Final

from ..clock import ZONE, local_date
from ..minutes import MinutesContent, PostedChannel, ReportContent, Role, read_minutes, read_report
from ..minutes.body import DisclosedDocument
from ..minutes.people import Person as MinutesPerson
from ..tagging.fold import fold
from .citations import citations
from .flat import flatten, title_of
from .records import (
    Citation,
    Day,
    Hour,
    Named,
    Paper,
    PaperKind,
    Period,
    Person,
    Place,
    PostedObject,
    Signer,
    Text,
)  # fmt: skip

_KINDS: Final = {
    "posting": PaperKind.POSTING, "closing": PaperKind.CLOSING, "conference": PaperKind.MEETING,
    "ballot": PaperKind.BALLOT, "declarations": PaperKind.POSTING,
}  # fmt: skip
_REMOTE = {"portal": "portal", "intranet": "", "zalo": "zalo"}
MARKS = (b"urn:congkhai:minutes:1", b"urn:congkhai:report:1")


def paper_of_xml(xml: bytes, name: str) -> Paper:
    """
    Read our XML as a paper.

    Args:
        xml: minutes or a results report, signed or not.
        name: how findings call it.

    Raises:
        InputError: it is not ours, or damaged.
    """
    return paper_of(read_report(xml) if MARKS[1] in xml[:4000] else read_minutes(xml), name)


def paper_of(content: MinutesContent | ReportContent, name: str) -> Paper:
    """Turn the content of minutes or of a report into a paper; every place is the paper as a whole."""
    report = isinstance(content, ReportContent)
    whole = Place(name)
    title = content.subject or ("Kết quả công khai thông tin" if report else "")
    # The id keeps two papers with the same words apart.
    text = Text(name, flatten("\n".join((title, content.id, *content.bases))), (), "xml")
    started, finished = (
        (None, content.made) if isinstance(content, ReportContent) else (content.started, content.finished)
    )
    day = _day(started or finished, whole)
    own = _own(content.number, name)
    feedback = content.feedback
    closing = not report and getattr(content, "opening", None) is not None
    documents = tuple(getattr(content, "documents", ()))
    channels = tuple(getattr(content, "channels", ()))
    return Paper(
        text=text, kind=PaperKind.REPORT if report else _KINDS.get(str(getattr(content, "kind", "")), PaperKind.OTHER),
        type="bao cao" if report else "bien ban", title=title,
        number=Named(content.number, whole) if content.number else None, own=own,
        head_day=day if report else None, event_day=None if report else day,
        start=_hour(started, whole), end=None if report else _hour(finished, whole),
        end_day=None if report else _day(finished, whole),
        agency=content.agency.name, superior=content.agency.superior, motto=True,
        citations=tuple(citations(text)),
        people=tuple(_person(one, whole) for one in getattr(content, "participants", ())),
        signers=tuple(_signer(role, whole) for role in content.roles),
        capacities=tuple(line for role in content.roles for line in role.capacity),
        recipients=tuple(Named(one, whole) for one in content.recipients),
        period=_period(channels, whole, closing=closing or report),
        posting=tuple(_object(one, whole) for one in documents),
        places=tuple(Named(channel.place, whole) for channel in channels) if not report else (),
        remote=tuple(
            (_REMOTE[channel.form], bool(channel.evidence), whole)
            for channel in channels if report and _REMOTE.get(channel.form)
        ),
        comments=(Named(str(feedback.count), whole),) if feedback is not None and feedback.count else (),
        silence=(whole,) if feedback is not None and not feedback.count else (),
    )  # fmt: skip


def _day(moment: datetime | None, whole: Place) -> Day | None:
    if moment is None:
        return None
    day = local_date(moment)
    return Day(day, f"{day:%d/%m/%Y}", whole)


def _hour(moment: datetime | None, whole: Place) -> Hour | None:
    if moment is None:
        return None
    local = moment.astimezone(ZONE)
    return Hour(local.time().replace(tzinfo=None), f"{local:%H:%M}", whole)


def _own(number: str, name: str) -> Citation | None:
    return next(citations(Text(name, flatten(number))), None) if number else None


def _person(person: MinutesPerson, whole: Place) -> Person:
    return Person(person.name, person.title, "official", whole)


def _signer(role: Role, whole: Place) -> Signer:
    return Signer(role.person, role.capacity, whole)


def _period(channels: tuple[PostedChannel, ...], whole: Place, *, closing: bool) -> Period | None:
    """Return the stretch of all channels together; a stated number of days stands in posting minutes only."""
    if not channels:
        return None
    first = min(local_date(channel.posted_from) for channel in channels)
    ends = [local_date(channel.posted_to) for channel in channels if channel.posted_to is not None]
    days = max(channel.required_days for channel in channels)
    return Period(
        None if closing or not days else days, "", first, max(ends) if closing and ends else None, False, whole
    )


def _object(document: DisclosedDocument, whole: Place) -> PostedObject:
    numbers = ("".join(fold(document.number).split()),) if document.number else ()
    return PostedObject(
        "list", document.status == "draft", fold(document.type), title_of(document.subject), whole, numbers
    )
