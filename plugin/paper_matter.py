"""What a paper belongs to: a disclosure, or a matter of staff. Both have a title, and both may have been stopped."""

import sqlalchemy as sa

from .disclosures import STOPPED
from .errors import InputError
from .house import House
from .records import DisclosureState, Minutes
from .store import tables as t
from .text import _

_DROPPED = "dropped"


def title_of(connection: sa.Connection, subject: str) -> str:
    """Return the title of a disclosure or of a staff matter. Raises InputError (E140)."""
    for table in (t.disclosure, t.staff_matter):
        found = connection.scalar(sa.select(table.c.title).where(table.c.id == subject))
        if found is not None:
            return str(found)
    raise InputError(_("Không có việc nào mang mã này."), where=subject, code="congkhai-E140")


def require_own(connection: sa.Connection, agency: str, subject: str) -> None:
    """Raise InputError (E140) unless a disclosure or staff matter is there and belongs to an agency."""
    for table in (t.disclosure, t.staff_matter):
        found = connection.scalar(sa.select(table.c.agency).where(table.c.id == subject))
        if found == agency:
            return
    raise InputError(_("Không có việc nào mang mã này."), where=subject, code="congkhai-E140")


def is_stopped(connection: sa.Connection, paper: Minutes) -> bool:
    """Tell whether the matter of a paper has come to nothing, so that nobody signs the paper any more."""
    if paper.disclosure:
        state = connection.scalar(sa.select(t.disclosure.c.state).where(t.disclosure.c.id == paper.disclosure))
        return state is not None and DisclosureState(state) in STOPPED
    dropped = sa.select(t.staff_matter.c.state).where(t.staff_matter.c.id == paper.subject)
    return connection.scalar(dropped) == _DROPPED


def is_own(house: House, paper: Minutes, connection: sa.Connection) -> bool:
    """Tell whether a paper belongs to the agency of this house."""
    return connection.scalar(sa.select(t.minutes.c.agency).where(t.minutes.c.id == paper.id)) == house.agency


def not_stopped() -> sa.ColumnElement[bool]:
    """Return the condition that the matter of minutes goes on; closing minutes are signed even after it was stopped."""
    ended = [state.value for state in STOPPED]
    d, s, m = t.disclosure.c, t.staff_matter.c, t.minutes.c
    disclosed = sa.exists().where(d.id == m.disclosure, d.state.in_(ended))
    dropped = sa.exists().where(s.id == m.subject, s.state == _DROPPED, m.disclosure.is_(None))
    return sa.or_(m.kind == "closing", sa.and_(~disclosed, ~dropped))
