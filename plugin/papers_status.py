"""What papers wait for beside signatures: a number that a clerk must get, or what only people know of an act."""

import sqlalchemy as sa

from .entries import ASKED, DECLARATIONS, Entry, entries
from .house import House
from .numbers import WANTED, PaperNumber, numbers
from .paper_matter import title_of
from .text import _


def papers_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return the papers that wait for their number, and the minutes that wait for their facts, oldest first."""
    found = [_number(connection, one) for one in numbers(connection, house.agency, WANTED)]
    return found + [_facts(connection, one) for one in entries(connection, house.agency, ASKED)]


def paper_names() -> dict[str, str]:
    """Return what each kind of paper is called, in the middle of a sentence."""
    return {
        "posting": _("biên bản niêm yết"), "closing": _("biên bản kết thúc"), "report": _("báo cáo kết quả"),
        "conference": _("biên bản hội nghị"), "ballot": _("biên bản kiểm phiếu"),
        DECLARATIONS: _("danh sách người có bản kê khai được niêm yết"),
    }  # fmt: skip


def number_step(one: PaperNumber) -> str:
    """Say how a number is entered."""
    words = _("Lấy số cho {paper} rồi ghi: congkhai number set {matter} {kind} SỐ --by NGƯỜI.")
    return words.format(paper=paper_names().get(one.kind, one.kind), matter=one.disclosure, kind=one.kind)


def facts_step(one: Entry) -> str:
    """Say how the facts are entered."""
    words = _("Nhập {paper}: congkhai minutes new {matter} {kind} --file TỆP --by NGƯỜI.")
    return words.format(paper=paper_names()[one.kind], matter=one.subject, kind=one.kind)


def _number(connection: sa.Connection, one: PaperNumber) -> dict[str, str]:
    return {"id": one.disclosure, "title": title_of(connection, one.disclosure), "what": "number",
            "subject": one.paper, "next": number_step(one)}  # fmt: skip


def _facts(connection: sa.Connection, one: Entry) -> dict[str, str]:
    return {"id": one.subject, "title": title_of(connection, one.subject), "what": "facts", "subject": str(one.id),
            "next": facts_step(one)}  # fmt: skip
