"""What a clerk enters for papers: the number that was given, and what happened at a meeting or whom a posting names."""

import sqlalchemy as sa
from starlette.responses import Response

from ..entries import DECLARATIONS, Entry, Facts, entries
from ..entry_file import choices, count, lines, moment, one_person, people
from ..errors import InputError
from ..minutes import Ballot, Meeting, Speech
from ..minuting_entered import record
from ..numbers import WANTED, PaperNumber, numbers, reserve
from ..paper_matter import title_of
from ..papers_status import paper_names
from ..text import _
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit, redirect

BALLOTS = (1, 2, 3)
"""Votes that the form has room for; more are entered from a file, with ``congkhai minutes new``."""


def _wanted(visit: Visit, connection: sa.Connection) -> PaperNumber:
    found = numbers(connection, visit.house.agency, WANTED)
    held = next((one for one in found if one.paper == visit.path("id")), None)
    if held is None:
        raise InputError(
            _("Văn bản này không chờ số; có thể người khác vừa ghi."), where=visit.path("id"), code="congkhai-E735",
            advice=_("Tải lại danh sách việc cần làm."),
        )  # fmt: skip
    return held


def number(visit: Visit) -> Response:
    """Ask for the number of a paper."""
    with visit.house.store.read() as connection:
        wanted = _wanted(visit, connection)
        title = title_of(connection, wanted.disclosure)
    return page(visit, "number.html", paper=wanted.paper, name=paper_names().get(wanted.kind, ""), title=title)


def numbered(visit: Visit) -> Response:
    """Keep the number; the paper is made with it at once."""
    house = visit.house
    with house.store.write(house.agency, visit.person) as tx:
        wanted = _wanted(visit, tx.connection)
        reserve(tx, visit.text("number", needed=_("số và ký hiệu")), wanted.paper, wanted.disclosure, wanted.kind)
    return redirect("/?loai=number", done="saved")


def _asked(visit: Visit) -> Entry:
    with visit.house.store.read() as connection:
        found = entries(connection, visit.house.agency, "asked")
    held = next((one for one in found if str(one.id) == visit.path("id")), None)
    if held is None:
        raise InputError(
            _("Biên bản này không chờ nhập; có thể người khác vừa nhập."), where=visit.path("id")[:20],
            code="congkhai-E735", advice=_("Tải lại danh sách việc cần làm."),
        )  # fmt: skip
    return held


def facts(visit: Visit) -> Response:
    """Ask for what happened."""
    entry = _asked(visit)
    with visit.house.store.read() as connection:
        title = title_of(connection, entry.subject)
    return page(
        visit, "facts.html", entry=entry, title=title, name=paper_names()[entry.kind], ballots=BALLOTS,
        declared=entry.kind == DECLARATIONS,
    )  # fmt: skip


def entered(visit: Visit) -> Response:
    """Keep what happened; the minutes are made and put before their signers at once."""
    entry = _asked(visit)
    given = _declared(visit) if entry.kind == DECLARATIONS else _met(visit)
    record(visit.house, entry.subject, entry.kind, given, visit.person, entry.part)
    return redirect("/?loai=facts", done="saved")


def _declared(visit: Visit) -> Facts:
    return Facts(declarations=people(visit.text("declarations", needed=_("tên người có bản kê khai"))))


def _met(visit: Visit) -> Facts:
    """Read a meeting from the form; what does not agree is said by the same checks as for a file."""
    named = people(visit.text("participants", needed=_("người dự")))
    present = count(visit.text("present") or str(len(named)), "present")
    return Facts(
        subject=visit.text("subject"), started=moment(visit.text("started", needed=_("giờ bắt đầu")), "started"),
        finished=moment(visit.text("finished", needed=_("giờ kết thúc")), "finished"),
        place=visit.text("place", needed=_("địa điểm")), participants=named, absent=people(visit.text("absent")),
        meeting=Meeting(
            summoned=count(visit.text("summoned") or str(present), "summoned"), present=present,
            chair=one_person(visit.text("chair", needed=_("người chủ trì")), "chair"),
            secretary=one_person(visit.text("secretary", needed=_("thư ký")), "secretary"),
            counters=people(visit.text("counters")), agenda=lines(visit.text("agenda")),
            speeches=_speeches(visit.text("speeches")), conclusions=lines(visit.text("conclusions")),
            ballots=tuple(_ballot(visit, place) for place in BALLOTS if visit.text(f"question-{place}")),
        ),
    )  # fmt: skip


def _speeches(text: str) -> tuple[Speech, ...]:
    """Read speeches, parted by empty lines: who spoke on the first line, what they said below."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    found = []
    for block in blocks:
        who, _line, said = block.partition("\n")
        found.append(Speech(one_person(who, "speeches"), said.strip()))
    return tuple(found)


def _ballot(visit: Visit, place: int) -> Ballot:
    def tally(name: str) -> int:
        return count(visit.text(f"{name}-{place}") or "0", name)

    return Ballot(
        visit.text(f"question-{place}"), visit.text(f"form-{place}", needed=_("hình thức biểu quyết")),
        tally("issued"), tally("returned"), tally("valid"), tally("invalid"), choices(visit.text(f"choices-{place}")),
    )  # fmt: skip


PAGES = (
    Page("/so/{id}", "GET", Right.CLERK, number),
    Page("/so/{id}", "POST", Right.CLERK, numbered),
    Page("/noi-dung-bien-ban/{id}", "GET", Right.CLERK, facts),
    Page("/noi-dung-bien-ban/{id}", "POST", Right.CLERK, entered),
)
